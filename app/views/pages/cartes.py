"""What each role keeps an eye on, on its home page: numbers that open the lists they count.

One statement counts them all, whatever the roles and the number of cards.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from app.acces import Perimetre, mds_permises
from app.models import Jeune
from app.regles import parametres as p
from app.regles.conservation import NOM_ANONYME
from app.views import en_attente, portefeuille
from app.views.orientation import ACCEPTEE, RECENTES, RENVOYEE
from app.views.socle.compteur import ListeComptee, compter

MIENS = {"qui": portefeuille.MIENS}
A_RENOUVELER = {"etat": "a_renouveler"}


@dataclass(frozen=True)
class CarteDeCompteurs:
    """A title and its numbers: of each, how many and the list."""

    cle: str
    titre: str
    compteurs: list[tuple[int, ListeComptee]]


A_DEUX = "a_deux"
DES_PAPIERS = ("reunions", "partenaires", "transferts", "registre", "roles", "exports", A_DEUX)
"""The cards that count what ``models/papiers.py`` names."""
ORDRE = (
    *("nouvelles", "anniversaires", "envoyees", "reunions", "partenaires", "transferts"),
    *("registre", "comptes", "roles", "exports", A_DEUX),
)
"""In which a person reads them."""
Sujet = tuple[str, str, list[ListeComptee]]
"""(key, title, lists): a card that is not counted yet."""


def cartes(perimetre: Perimetre, le: date, *, des_papiers: bool) -> list[CarteDeCompteurs]:
    """The cards of the roles that the person holds, without the lists that they may not open.

    ``des_papiers``: those that count what ``models/papiers.py`` names, or the others.
    """
    sujets = []
    for cle, titre, listes in _sujets(perimetre, le):
        if (cle in DES_PAPIERS) != des_papiers:
            continue
        ouvertes = [liste for liste in listes if liste.lue_par(perimetre)]
        if ouvertes:
            sujets.append((cle, titre, ouvertes))
    nombres = iter(compter([liste for *_, listes in sujets for liste in listes]))
    return [
        CarteDeCompteurs(cle, titre, [(next(nombres), liste) for liste in listes])
        for cle, titre, listes in sujets
    ]


def ranger(toutes: Iterable[CarteDeCompteurs]) -> list[CarteDeCompteurs]:
    return sorted(toutes, key=lambda carte: ORDRE.index(carte.cle))


def _sujets(perimetre: Perimetre, le: date) -> Iterator[Sujet]:
    """A person who holds several roles has them all."""
    roles = perimetre.roles
    agent = portefeuille.moi()
    suit_des_jeunes = agent is not None and agent.a_des_jeunes
    if "COORDONNATEUR" in roles and suit_des_jeunes:
        yield _nouvelles(le)
    if "REFERENT_SEF" in roles:
        if suit_des_jeunes:
            yield _anniversaires()
        yield _envoyees(le)
    if "SLAI" in roles:
        yield _reunions()
        yield _partenaires()
    if "RESPONSABLE" in roles:
        yield _transferts()
    if "DPO" in roles:
        yield _demandes()
    if "ADMINISTRATEUR" in roles:
        yield _comptes()
    if roles & {"RESPONSABLE", "ADMINISTRATEUR"}:
        yield _habilitations()
    if roles & {"RESPONSABLE", "DPO"}:
        yield _sorties_de_donnees(le)
        yield _actes_a_deux()


def _nouvelles(le: date) -> Sujet:
    miens = (
        *mds_permises(Jeune),
        *portefeuille.les_siens(Jeune.id),
        Jeune.nom_tri != NOM_ANONYME,
    )
    seuils = p.SILENCE_JOURS.valeur
    listes = [
        ListeComptee(f"{jours} jours", "jeune", {**MIENS, "nouvelles": str(jours)}, nombre)
        for jours, nombre in zip(seuils, en_attente.silences(seuils, le, *miens), strict=True)
    ]
    return "nouvelles", "Mes jeunes sans nouvelles depuis", listes


def _anniversaires() -> Sujet:
    ages = (p.AGE_ENTRETIEN, p.AGE_MAJORITE)
    listes = [ListeComptee(age.dit, "jeune", {**MIENS, "bientot": str(age.valeur)}) for age in ages]
    return "anniversaires", f"Mes jeunes qui auront, sous {p.ANNIVERSAIRE_PROCHE_MOIS.dit}", listes


def _envoyees(le: date) -> Sujet:
    depuis = {"contact_le_du": (le - RECENTES).isoformat()}
    listes = [
        ListeComptee("sans réponse", "orientation", {"de": "moi", "etat": "sans_reponse"}),
        ListeComptee(
            "acceptées", "orientation", _repondues(ACCEPTEE) | depuis, singulier="acceptée"
        ),
        ListeComptee(
            "renvoyées", "orientation", _repondues(RENVOYEE) | depuis, singulier="renvoyée"
        ),
    ]
    return "envoyees", "Mes orientations envoyées", listes


def _repondues(reponse: str) -> dict[str, str]:
    return {"de": "moi", "reponse_code": reponse}


def _reunions() -> Sujet:
    listes = [
        ListeComptee("à venir", "instance", {"a_jour": "prevues"}),
        ListeComptee(
            "passés, à mettre à jour",
            "instance",
            {"a_jour": "non"},
            singulier="passé, à mettre à jour",
        ),
    ]
    return "reunions", "Permanences et comités à tenir", listes


def _partenaires() -> Sujet:
    listes = [
        ListeComptee("à rappeler", "partenaire", {"relance": "a_rappeler"}),
        ListeComptee(
            "pas suivants en retard",
            "action_partenariat",
            {"pas": "retard"},
            singulier="pas suivant en retard",
        ),
        ListeComptee(
            "conventions à renouveler",
            "convention_partenaire",
            A_RENOUVELER,
            singulier="convention à renouveler",
        ),
    ]
    return "partenaires", "Partenaires à rappeler", listes


def _transferts() -> Sujet:
    listes = [
        ListeComptee("à accepter ou refuser", "transfert", {"etat": "a_repondre"}),
        ListeComptee("en attente, dans les deux sens", "transfert", {"etat": "attente"}),
    ]
    return "transferts", "Transferts", listes


def _habilitations() -> Sujet:
    delai = f"dans les {p.FIN_D_HABILITATION_JOURS.dit}"
    liste = ListeComptee(
        f"finissent {delai}", "habilitation", {"etat": "bientot"}, singulier=f"finit {delai}"
    )
    return "roles", "Habilitations", [liste]


def _comptes() -> Sujet:
    liste = ListeComptee(
        "ouverts, jamais utilisés",
        "ab_user",
        {"usage": "jamais"},
        singulier="ouvert, jamais utilisé",
    )
    return "comptes", "Comptes", [liste]


def _demandes() -> Sujet:
    listes = [
        ListeComptee("à répondre, dans le délai", "demande_personne", {"etat": "a_repondre"}),
        ListeComptee("en retard", "demande_personne", {"etat": "en_retard"}),
    ]
    return "registre", "Demandes des personnes", listes


def _sorties_de_donnees(le: date) -> Sujet:
    depuis = le - timedelta(days=p.SORTIES_DE_DONNEES_JOURS.valeur)
    duree = p.SORTIES_DE_DONNEES_JOURS.dit
    filtres = {"le_du": depuis.isoformat(), "sorte": "fichiers"}
    liste = ListeComptee(
        f"fichiers emportés en {duree}",
        "sortie_de_donnees",
        filtres,
        singulier=f"fichier emporté en {duree}",
    )
    return "exports", "Sorties de données", [liste]


def _actes_a_deux() -> Sujet:
    liste = ListeComptee("à confirmer ou refuser", "acte_a_deux", {"etat": "attend"})
    return A_DEUX, "Actes à deux", [liste]
