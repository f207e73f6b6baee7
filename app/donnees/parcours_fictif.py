"""The invented path of one youth: repérage, mesures ASE, entry, exits and returns, binôme."""

from datetime import date

from app.regles.age import anniversaire

from . import (
    besoin_fictif,
    contrat_fictif,
    fiction,
    mobilite_fictive,
    rencontre_fictive,
    situation_fictive,
    tache_fictive,
)
from . import tirages as t
from .vie_fictive import Decor, Vie, jours, naitre, parfois


def raconter(decor: Decor, numero: int, code: str, mds: int) -> tuple[date, date] | None:
    """Draw one youth.

    Returns their stay in the scheme (first and last day so far), for the collective life.
    """
    vie = naitre(decor, numero, mds)
    contact = None
    if vie.r.random() > 0.02:
        contact = vie.vecu(vie.plus_tard(vie.repere, 2, 40))
    _fiche(vie, code, contact)
    _mesures(vie)
    entree = _entree(vie, contact)
    rencontre_fictive.avant_majorite(vie)
    besoin_fictif.besoins(vie)
    contrat_fictif.contrats(vie)
    if entree is None:
        return None
    sortie = _accompagnement(vie, entree)
    fin = sortie or vie.horizon
    _binome(vie, entree, sortie)
    rencontre_fictive.suivi(vie, entree, fin, continue_=sortie is None and not vie.deces)
    situation_fictive.situations(vie, entree, fin)
    situation_fictive.difficultes(vie, entree, fin)
    situation_fictive.enquete(vie, entree, fin)
    mobilite_fictive.mobilites(vie, entree, fin)
    tache_fictive.taches(vie, entree, fin)
    return entree, fin


def _fiche(vie: Vie, code: str, contact: date | None) -> None:
    r = vie.r
    prenom, nom = fiction.personne(r)
    fiche = {
        "id": vie.id,
        "mds_id": vie.mds,
        "code": code,
        "nom": nom,
        "prenom": prenom,
        "date_naissance": vie.naissance,
        "telephone": parfois(r, 0.85, lambda: fiction.portable(r)),
        "courriel": parfois(r, 0.55, lambda: fiction.courriel(f"{prenom} {nom}")),
        "lieu_accueil_code": t.ACCUEIL(r),
        "etablissement_accueil": parfois(r, 0.4, lambda: r.choice(fiction.ETABLISSEMENTS)),
        "est_parent": r.choices((False, True, None), cum_weights=(80, 86, 100))[0],
        "est_hors_departement": r.choices((False, True, None), cum_weights=(88, 94, 100))[0],
        "repere_le": vie.repere,
        "oriente_par": r.choice(fiction.ORIENTEURS),
        "contact_le": contact,
        "objectif": None,
    }
    if contact:
        fiche["objectif"] = parfois(r, 0.7, lambda: r.choice(fiction.OBJECTIFS))
    fiche["observations"] = parfois(r, 0.15, lambda: r.choice(fiction.OBSERVATIONS))
    vie.decor.lignes["jeune"].append(fiche)


def _entree(vie: Vie, contact: date | None) -> date | None:
    """The day of the rendez-vous tripartite, or some days after a contact without one."""
    tenu = rencontre_fictive.rendez_vous(vie, contact)
    if tenu or contact is None or vie.r.random() >= 0.5:
        return tenu
    return vie.vecu(vie.plus_tard(contact, 5, 40))


def _mesures(vie: Vie) -> None:
    """Placement until the majority, then a contrat jeune majeur or an exit; some come back."""
    r = vie.r
    debut = max(
        vie.naissance + jours(300),
        min(vie.repere, vie.majorite) - jours(r.randrange(150, 3600)),
    )
    placement = _mesure(vie, t.MESURE(r), debut, vie.majorite)
    if vie.deces:
        _deces(vie)
    elif vie.majorite > vie.le:
        _mineur(vie, placement)
    else:
        _apres_la_majorite(vie, placement)


def _mesure(vie: Vie, type_code: str | None, du: date, au: date) -> dict:
    mesure = vie.ajouter(
        "mesure", type_code=type_code, du=du, echeance=au, au=au, motif_fin_code=None
    )
    vie.mesures.append(mesure)
    return mesure


def _mineur(vie: Vie, placement: dict) -> None:
    """A few placements have no known end; a few ended early."""
    r = vie.r
    connu = (vie.le - vie.repere).days
    if r.random() < 0.06:
        placement["au"] = None
    elif r.random() < 0.04 and connu > 60:
        fin = vie.plus_tard(vie.repere, 40, connu)
        placement.update(au=fin, motif_fin_code="RETOUR_FAMILLE")


def _apres_la_majorite(vie: Vie, placement: dict) -> None:
    r = vie.r
    suite = 0.0
    if vie.repere < vie.majorite:
        suite = r.random()
    if suite > 0.72:
        placement["motif_fin_code"] = t.FIN_18(r)
        return
    if suite > 0.60:
        placement["motif_fin_code"] = "MAJORITE"
        du = vie.plus_tard(vie.majorite, 45, 220)
    else:
        du = vie.majorite + jours(r.choice((1, 1, 1, 8, 15)))
    du = _contrats(vie, du)
    if len(vie.mesures) > 1 and du <= vie.horizon:
        derniere = vie.mesures[-1]
        if derniere["au"] == anniversaire(vie.naissance, 21):
            derniere["motif_fin_code"] = "VINGT_ET_UN_ANS"
        else:
            derniere["motif_fin_code"] = t.FIN_CJM(r)


def _contrats(vie: Vie, du: date) -> date:
    """Contrats jeune majeur one after the other, until 21; returns the day after the last one."""
    r = vie.r
    a_21_ans = anniversaire(vie.naissance, 21)
    while du <= vie.horizon and du < a_21_ans:
        au = min(du + jours(r.choice((182, 182, 364))), a_21_ans)
        _mesure(vie, t.CONTRAT(r), du, au)
        du = au + jours(1)
        if du > vie.repere and r.random() < 0.3:
            break
    return du


def _deces(vie: Vie) -> None:
    if vie.mesures[0]["au"] < vie.horizon:
        _mesure(vie, "CJM", vie.majorite + jours(1), vie.horizon)
    vie.mesures[-1].update(au=vie.horizon, motif_fin_code="DECES")


def _accompagnement(vie: Vie, entree: date) -> date | None:
    """One stay, or two; returns the day of the last exit, None while it lasts."""
    r = vie.r
    sejour = vie.ajouter("accompagnement", du=entree, au=None, motif_sortie_code=None)
    if r.random() < 0.012 and entree + jours(9) < vie.horizon:
        vie.ajouter(
            "accompagnement",
            du=entree + jours(2),
            au=entree + jours(9),
            motif_sortie_code="ERREUR",
        )
    if vie.deces:
        sejour.update(au=vie.horizon, motif_sortie_code="DECES")
        return vie.horizon
    depart = _depart(vie, entree)
    if depart is None or depart > vie.horizon:
        return None
    sejour.update(au=depart, motif_sortie_code=t.FIN_DISPOSITIF(r))
    retour = vie.plus_tard(depart, 20, 150)
    if r.random() < 0.3 and retour <= vie.horizon:
        vie.ajouter("accompagnement", du=retour, au=None, motif_sortie_code=None)
        return None
    return depart


def _depart(vie: Vie, entree: date) -> date | None:
    """The day of the exit from the scheme: often after that from ASE, now and then before."""
    ase = vie.sortie_ase
    if ase and vie.r.random() < 0.4:
        return vie.plus_tard(max(entree, ase), 20, 260)
    return parfois(vie.r, 0.08, lambda: vie.plus_tard(entree, 60, 400))


def _binome(vie: Vie, entree: date, sortie: date | None) -> None:
    """One référent, or two who follow each other, then the coordonnateur alone after the ASE.

    A few youths have no binôme; of one relay in eight nobody is named yet.
    """
    r = vie.r
    if r.random() < 0.03:
        return
    referents = vie.equipe.referents
    fins = [jour for jour in (sortie, vie.sortie_ase) if jour and jour > entree]
    fin = min(fins, default=None)
    membres = {"referent_ase": r.choice(referents), "coordonnateur": vie.equipe.coordonnateur}
    releve = vie.plus_tard(entree, 90, 300)
    if r.random() < 0.12 and releve < (fin or vie.horizon):
        vie.ajouter("binome", **membres, du=entree, au=releve - jours(1))
        entree = releve
        membres["referent_ase"] = r.choice(referents)
    vie.ajouter("binome", **membres, du=entree, au=fin)
    if fin and fin < (sortie or vie.horizon) and vie.id % 8:
        seul = membres | {"referent_ase": None}
        vie.ajouter("binome", **seul, du=fin + jours(1), au=sortie)
