"""Where a column of any file may go: the fields of the sheets of a youth, and a few ways of writing
that fill several of them.
"""

from dataclasses import dataclass

from app.echanges.reprise.feuilles import FEUILLES, ChampDeReprise
from app.regles.texte import plier

HORS = ("rattachement",)
"""Sheets of a youth that no table of agents holds."""
AUTREMENT = ("rencontre.code", "jeune.observations")
"""The base gives the first; « garder dans les observations » fills the second."""


@dataclass(frozen=True)
class Destination:
    """A choice of « À quoi correspond chaque colonne ? »."""

    code: str
    """« jeune.nom », « mesure.type_code », or the word of a special one."""
    libelle: str
    champ: ChampDeReprise | None = None
    table: str = ""
    """Of the field, or of the record that a special one makes."""
    plusieurs: bool = False
    """Several columns of a sheet may go there."""


NOM_PRENOM = Destination("nom_prenom", "Nom et prénom (séparés)", table="jeune")
PRENOM_NOM = Destination("prenom_nom", "Prénom et nom (séparés)", table="jeune")
LIEU = Destination("lieu", "Lieu d’accueil (type et nom)", table="jeune")
COUVERTURE = Destination("couverture", "Couverture santé", table="situation")
FREINS = Destination("freins", "Freins (plusieurs)", table="frein", plusieurs=True)
TRIPARTITE = Destination("tripartite", "Rendez-vous tripartite", table="rencontre", plusieurs=True)
ENTRETIEN = Destination("entretien", "Entretien tenu le", table="rencontre", plusieurs=True)
OBSERVER = Destination("observer", "Garder dans les observations", plusieurs=True)
LAISSER = Destination("laisser", "Ne pas reprendre", plusieurs=True)
SPECIALES = (NOM_PRENOM, PRENOM_NOM, LIEU, COUVERTURE, FREINS, TRIPARTITE, ENTRETIEN)


def _composer() -> dict[str, Destination]:
    """In the order in which they are offered: the youth, then what follows them."""
    toutes = list(SPECIALES[:2])
    for feuille in FEUILLES:
        if feuille.table in HORS or not (feuille.table == "jeune" or feuille.par_jeune):
            continue
        for champ in feuille.champs:
            code = f"{feuille.table}.{champ.attribut}"
            if champ.genre == "jeune" or code in AUTREMENT:
                continue
            libelle = champ.titre
            if feuille.table != "jeune":
                libelle = f"{feuille.modele.declaration.libelle} : {champ.titre}"
            toutes.append(Destination(code, libelle, champ, feuille.table))
    toutes += [*SPECIALES[2:], OBSERVER, LAISSER]
    return {destination.code: destination for destination in toutes}


DESTINATIONS: dict[str, Destination] = _composer()
_AUTRES_NOMS = {
    "nom et prenom": NOM_PRENOM,
    "prenom et nom": PRENOM_NOM,
    "freins": FREINS,
    "observations": OBSERVER,
}
PAR_LIBELLE: dict[str, Destination] = {
    **{plier(d.libelle): d for d in DESTINATIONS.values()},
    **_AUTRES_NOMS,
}
"""Folded label → destination, as the file of the other names and a person write it."""
