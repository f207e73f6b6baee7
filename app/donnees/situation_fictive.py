"""What is observed of one invented youth: situations, alertes, freins, mobilisations, answers."""

from datetime import date

from . import fiction
from . import tirages as t
from .vie_fictive import DEUX_ANS, Vie, au_plus, jours, parfois

SANS_RIEN = 0.05
SANS_RIEN_EN_PLUS_AVANT = 0.11
"""Share of majors without anything today, and what is added to it two years ago: what the scheme
exists to bring down."""
HEBERGES = ("CONJOINT", "PARENTS", "FAMILLE", "EX_AF")
AVEC_APL = ("FJT", "LOC_SOC", "LOC_PRIV")
A_TERME = ("ALLOC_CJM", "ALLOC_CEJ", "SALAIRE")


def situations(vie: Vie, entree: date, fin: date) -> None:
    """One at the entry, then every few months, and one around the exit from ASE."""
    r = vie.r
    dates = {entree}
    le = vie.plus_tard(entree, 140, 290)
    while le <= fin:
        dates.add(le)
        le = vie.plus_tard(le, 140, 290)
    sortie = vie.sortie_ase
    if sortie and sortie > entree and r.random() < 0.86:
        dates.add(min(max(sortie + jours(r.randrange(-15, 20)), entree), vie.horizon))
    for le in sorted(dates):
        _situation(vie, le, fin)


def _situation(vie: Vie, le: date, fin: date) -> None:
    r = vie.r
    majeur = le >= vie.majorite - jours(15)
    pro, logement, ressource, confirmee = _reponses(vie, le, majeur)
    apl = logement in AVEC_APL and r.random() < 0.6
    confirmee_le = maintien = fin_ressource = ressource_2 = None
    if confirmee <= fin:
        confirmee_le = parfois(r, 0.3, lambda: confirmee)
    if logement in HEBERGES:
        maintien = r.choice((True, True, False, None))
    if ressource in A_TERME:
        fin_ressource = parfois(r, 0.4, lambda: vie.plus_tard(le, 30, 400))
    if apl:
        ressource_2 = "APL"
    vie.ajouter(
        "situation",
        observee_le=le,
        confirmee_le=confirmee_le,
        situation_pro_code=pro,
        logement_code=logement,
        maintien_6_mois=maintien,
        ressource_1_code=ressource,
        fin_ressource_1=fin_ressource,
        ressource_2_code=ressource_2,
        fin_ressource_2=None,
        couverture_base_code=t.BASE(r),
        couverture_complementaire_code=t.COMPLEMENTAIRE(r),
    )


Reponses = tuple[str | None, str | None, str | None, date]
"""Situation pro, logement, ressource, and the day on which it would be seen again."""


def _reponses(vie: Vie, le: date, majeur: bool) -> Reponses:
    r = vie.r
    if not majeur:
        pro = t.PRO_MINEUR(r)
        confirmee = vie.plus_tard(le, 15, 80)
        return pro, None, t.RESSOURCE_MINEUR(r), confirmee
    pro = t.PRO_MAJEUR(r)
    logement = t.LOGEMENT(r)
    confirmee = vie.plus_tard(le, 15, 80)
    ressource = t.RESSOURCE_MAJEUR(r)
    anciennete = min((vie.le - le).days / DEUX_ANS, 1)
    if r.random() < SANS_RIEN + SANS_RIEN_EN_PLUS_AVANT * anciennete:
        pro = t.PRO_SANS_RIEN(r)
        logement = t.LOGEMENT_SANS_RIEN(r)
        ressource = t.RESSOURCE_SANS_RIEN(r)
    return pro, logement, ressource, confirmee


def difficultes(vie: Vie, entree: date, fin: date) -> None:
    """A few alertes since the repérage, freins and mobilisations since the entry."""
    r = vie.r
    for _ in range(r.choices((0, 1, 2), cum_weights=(68, 93, 100))[0]):
        _alerte(vie, fin)
    for _ in range(r.choices((0, 1, 2, 3), cum_weights=(30, 65, 90, 100))[0]):
        _frein(vie, entree, fin)
    for _ in range(r.choices((0, 1, 2), cum_weights=(50, 85, 100))[0]):
        _mobilisation(vie, entree, fin)


def _alerte(vie: Vie, fin: date) -> None:
    r = vie.r
    du = _pendant(vie, vie.repere, fin)
    au = parfois(r, 0.7, lambda: au_plus(vie.plus_tard(du, 10, 150), fin))
    vie.ajouter_une_fois(
        "alerte",
        "motif_code",
        t.ALERTE(r),
        du=du,
        au=au,
        signalee_par=r.choice(fiction.SIGNALEMENTS),
    )


def _frein(vie: Vie, entree: date, fin: date) -> None:
    r = vie.r
    du = _pendant(vie, entree, fin)
    leve_le = parfois(r, 0.6, lambda: au_plus(vie.plus_tard(du, 30, 240), fin))
    precision = parfois(r, 0.3, lambda: r.choice(fiction.PRECISIONS))
    vie.ajouter_une_fois(
        "frein", "theme_code", t.FREIN(r), du=du, leve_le=leve_le, precision=precision
    )


def _mobilisation(vie: Vie, entree: date, fin: date) -> None:
    r = vie.r
    partenaire, type_code = r.choice(vie.equipe.partenaires)
    du = _pendant(vie, entree, fin)
    au = parfois(r, 0.5, lambda: au_plus(vie.plus_tard(du, 20, 300), fin))
    issue = None
    if au:
        issue = r.choice(fiction.ISSUES)
    vie.ajouter_une_fois(
        "mobilisation",
        "partenaire_id",
        partenaire,
        du=du,
        au=au,
        dispositif=fiction.DISPOSITIFS.get(type_code),
        issue=issue,
        resultat_code=fiction.RESULTATS.get(issue),
    )


def _pendant(vie: Vie, du: date, au: date) -> date:
    """A day between the two, the last one left out."""
    return du + jours(vie.r.randrange(max(1, (au - du).days)))


def enquete(vie: Vie, entree: date, fin: date) -> None:
    """Asked some months after the entry, answered most of the time."""
    r = vie.r
    demandee = vie.plus_tard(entree, 90, 300)
    if demandee > fin or r.random() >= 0.55:
        return
    repondue = parfois(r, 0.72, lambda: vie.vecu(vie.plus_tard(demandee, 0, 25)))
    reponse = None
    if repondue:
        reponse = t.REPONSE(r)
    vie.ajouter("enquete", demandee_le=demandee, repondue_le=repondue, reponse_code=reponse)
