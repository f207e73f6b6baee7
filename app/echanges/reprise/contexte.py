"""What the rows of a file of any shape share, and how one of their cells goes to a field."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from app.echanges.reprise.cellules import SANS_RESULTAT, Codes, Illisible, en_texte, lecteur
from app.echanges.reprise.connus import CodesNeufs, Connus
from app.echanges.reprise.destinations import DESTINATIONS
from app.echanges.reprise.feuilles import ChampDeReprise
from app.echanges.reprise.personnes import LigneDuFichier
from app.echanges.reprise.valeurs import proposer, traduire
from app.regles.coordonnees import proposer_telephone, refus_du_texte

Valeurs = dict[str, Any]
"""Attribute → cell of a row of the classeur de reprise."""
Suite = tuple[int, str, Valeurs]
"""Number of the row, table, its values."""


@dataclass
class ContexteDuFichier:
    """What all the rows of a file share."""

    listes: Mapping[str, Codes]
    connus: Connus
    codes: CodesNeufs
    le: date
    """The day of what is said without a date."""
    aujourd_hui: date
    coordonnateur: str = ""
    traduits: dict[tuple[str, str], str] = field(default_factory=dict)
    """(heading, value) → what it was understood as."""
    sans_debut: int = 0
    """Records dated by default."""
    sejours_ouverts: int = 0
    mesures_finies: int = 0
    """Planned ends taken as real ones."""
    _lecteurs: dict[tuple[str, str], Any] = field(default_factory=dict)
    _traduites: dict[tuple[str, str, str], tuple[Any, str]] = field(default_factory=dict)
    """(table, attribute, text) → the cell as the field reads it, the word it was translated by."""

    def lire(self, champ: ChampDeReprise, brut: Any) -> Any:
        """The value of a cell. Raises Illisible."""
        cle = (champ.colonne.table.name, champ.attribut)
        if cle not in self._lecteurs:
            self._lecteurs[cle] = lecteur(champ, self.listes)
        return self._lecteurs[cle](brut)

    def lisible(self, champ: ChampDeReprise, brut: Any) -> bool:
        try:
            return self.lire(champ, brut) is not None
        except Illisible:
            return False

    def traduire(self, champ: ChampDeReprise, titre: str, brut: Any) -> Any:
        """The cell as this field reads it, translated if need be; None: no value of the field.

        What was found for a text serves all the cells that say the same.
        """
        texte = en_texte(brut)
        if not isinstance(brut, str):
            return _traduire(self, champ, brut, texte)[0]
        cle = (champ.colonne.table.name, champ.attribut, brut)
        if cle not in self._traduites:
            self._traduites[cle] = _traduire(self, champ, brut, texte)
        lue, mot = self._traduites[cle]
        if mot:
            self.traduits[titre, texte] = mot
        return lue

    def date_de(self, ligne: LigneDuFichier, destination: str) -> date | None:
        champ = DESTINATIONS[destination].champ
        brut = ligne.cellules.get(destination, ("", ""))[1]
        if champ is None or brut == "" or not self.lisible(champ, brut):
            return None
        lue = self.lire(champ, brut)
        return lue if isinstance(lue, date) else None


def cellule(contexte: ContexteDuFichier, ligne: LigneDuFichier, destination: str) -> Any:
    """What goes to a field; empty when the row says nothing, or what nobody can translate.

    What a person may correct is left as it was read: its refusal comes with a proposal.
    """
    if destination not in ligne.cellules:
        return ""
    champ = DESTINATIONS[destination].champ
    titre, brut = ligne.cellules[destination]
    if champ is None or brut == "":
        return ""
    lue = contexte.traduire(champ, titre, brut)
    if lue is None:
        ligne.restes.append(f"{titre} : {en_texte(brut)}")
        return ""
    return lue


def _traduire(
    contexte: ContexteDuFichier, champ: ChampDeReprise, brut: Any, texte: str
) -> tuple[Any, str]:
    """(the cell as the field reads it, or None; the word that it was translated by, if it was)."""
    if isinstance(brut, SANS_RESULTAT):
        return brut, ""
    if contexte.lisible(champ, brut):
        perdu = refus_du_texte(champ.attribut, en_texte(contexte.lire(champ, brut)))
        if perdu and not (champ.attribut == "telephone" and proposer_telephone(texte)):
            return None, ""
        return brut, ""
    if champ.genre in ("code", "mds"):
        sens = traduire(champ.liste or "mds", texte)
        if sens is not None and contexte.lisible(champ, sens):
            return sens, contexte.listes[champ.liste or "mds"].libelle(sens)
    if proposer(champ, brut, contexte.listes) is not None or _est_de_l_identite(champ):
        return brut, ""
    return None, ""


def _est_de_l_identite(champ: ChampDeReprise) -> bool:
    return champ.requis and champ.colonne.table.name == "jeune"
