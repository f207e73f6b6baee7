"""The invented rencontres of one youth, and the steps of the law that are done."""

from datetime import date

from app.regles.age import anniversaire

from . import fiction
from . import tirages as t
from .vie_fictive import Vie, jours, ouvre, parfois

PRESENCES = (
    "jeune_present",
    "coordonnateur_present",
    "service_ase_present",
    "lieu_accueil_present",
)


def _rencontre(vie: Vie, type_code: str | None, le: date, statut: str | None, **champs) -> None:
    r = vie.r
    ligne = {
        "code": vie.decor.code_rencontre(),
        "type_code": type_code,
        "le": le,
        "statut_code": statut,
        "lieu_code": t.LIEU(r),
        **_rendez_vous_pris(vie, type_code, le, statut),
        "fixee_le": parfois(r, 0.6, lambda: min(le - jours(r.randrange(1, 15)), vie.le)),
        **_presences(vie, type_code, statut),
        "compte_rendu": None,
        "action_id": None,
        "rsase_present": None,
    }
    if statut == "TENUE":
        ligne["compte_rendu"] = parfois(r, 0.4, lambda: r.choice(fiction.COMPTES_RENDUS))
    vie.ajouter("rencontre", **(ligne | champs))


def _rendez_vous_pris(vie: Vie, type_code: str | None, le: date, statut: str | None) -> dict:
    """The hour and the agent of what was fixed with somebody; a call, a passage have none."""
    champs: dict = dict.fromkeys(("heure", "duree", "agents"))
    if statut == "PREVUE" or type_code == "TRIPARTITE":
        rang = vie.id + le.toordinal()
        champs["heure"] = f"{9 + rang % 8:02}:{rang % 4 * 15:02}"
        champs["duree"] = 30 + rang % 3 * 15
        champs["agents"] = vie.equipe.coordonnateur
    return champs


def _presences(vie: Vie, type_code: str | None, statut: str | None) -> dict[str, bool | None]:
    """Held, the youth is there (some cells stay empty); not held, nobody says."""
    r = vie.r
    presences: dict[str, bool | None] = dict.fromkeys(PRESENCES)
    if statut in ("ABSENCE", "EXCUSE"):
        presences["jeune_present"] = False
    if statut == "TENUE":
        presences["jeune_present"] = r.random() > 0.02 or None
        presences["coordonnateur_present"] = r.random() > 0.04
        if type_code != "TELEPHONE":
            presences["service_ase_present"] = r.random() < 0.5
            presences["lieu_accueil_present"] = r.random() < 0.3
    return presences


def rendez_vous(vie: Vie, contact: date | None) -> date | None:
    """The rendez-vous tripartite, most within the 15 days; its day when it was held."""
    r = vie.r
    if contact is None or r.random() < 0.04:
        return None
    if r.random() < 0.78:
        le = ouvre(vie.plus_tard(contact, 3, 14))
    else:
        le = ouvre(vie.plus_tard(contact, 16, 45))
    for essai in range(2):
        statut = _statut_du_rendez_vous(vie, le, essai)
        if statut == "PREVUE" and vie.deces:
            return None
        service_ase = r.random() < 0.9
        presents = {}
        if statut == "TENUE":
            presents["service_ase_present"] = service_ase
            presents["lieu_accueil_present"] = not service_ase or r.random() < 0.5
        fixee_le = min(vie.plus_tard(contact, 0, 4), vie.horizon, le)
        _rencontre(vie, "TRIPARTITE", le, statut, fixee_le=fixee_le, **presents)
        if statut == "TENUE":
            return le
        if statut == "PREVUE":
            return None
        le = ouvre(vie.plus_tard(le, 6, 20))
    return None


def _statut_du_rendez_vous(vie: Vie, le: date, essai: int) -> str | None:
    """To come, held at the second attempt, or drawn."""
    if le > vie.horizon:
        return "PREVUE"
    if essai:
        return "TENUE"
    return t.STATUT_RDV(vie.r)


def avant_majorite(vie: Vie) -> None:
    """The entretien of 17 years and what follows from it, the preparation of 18."""
    r = vie.r
    entretien = ouvre(anniversaire(vie.naissance, 17) + jours(r.randrange(-60, 45)))
    if vie.repere <= entretien <= vie.horizon and r.random() < 0.75:
        _rencontre(vie, "ENTRETIEN_17", entretien, "TENUE")
        if r.random() < 0.7:
            _etape(vie, "PROJET_17", vie.vecu(vie.plus_tard(entretien, 5, 60)))
    avant_18 = vie.majorite - jours(r.randrange(20, 70))
    if vie.repere < avant_18 <= vie.horizon and r.random() < 0.65:
        _etape(vie, "PREPARATION_18", avant_18)
    if vie.majorite <= vie.horizon and r.random() < 0.15:
        motif = "En apprentissage, ne souhaite pas le contrat d’engagement jeune."
        _etape(vie, "CEJ_18", None, motif)


def _etape(vie: Vie, echeance: str, faite_le: date | None, motif: str | None = None) -> None:
    if faite_le or motif:
        vie.ajouter(
            "etape",
            echeance=echeance,
            faite_le=faite_le,
            est_sans_objet=faite_le is None,
            motif=motif,
        )


def suivi(vie: Vie, entree: date, fin: date, *, continue_: bool) -> None:
    """At most seven rencontres, one every few weeks; one more to come while the stay goes on."""
    r = vie.r
    le = entree
    for _ in range(7):
        le = ouvre(vie.plus_tard(le, 22, 85))
        if le > fin:
            break
        _rencontre(vie, t.RENCONTRE(r), le, t.STATUT(r))
    if continue_ and r.random() < 0.45:
        _rencontre(vie, t.RENCONTRE(r), ouvre(vie.plus_tard(vie.le, 1, 45)), "PREVUE")
    _six_mois_apres(vie, entree)


def _six_mois_apres(vie: Vie, entree: date) -> None:
    """The entretien six months after the exit from ASE, held or planned."""
    sortie = vie.sortie_ase
    if sortie is None or sortie < vie.majorite or vie.deces:
        return
    le = ouvre(vie.plus_tard(sortie, 165, 215))
    if sortie >= entree and vie.r.random() < 0.65 and le <= vie.le + jours(40):
        statut = "PREVUE"
        if le <= vie.le:
            statut = "TENUE"
        _rencontre(vie, "ENTRETIEN_6_MOIS", le, statut)
