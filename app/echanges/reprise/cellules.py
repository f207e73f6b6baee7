"""One cell of a workbook → a typed value, or the reason why it cannot be read.

The cell is as people fill it, the reason in French.
"""

import re
from collections.abc import Callable, Hashable, Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from functools import partial

from app.echanges.reprise.feuilles import PREMIER_JOUR, ChampDeReprise
from app.regles.coordonnees import proposer_telephone, refus_de_la_longueur
from app.regles.dates import HORS_DU_SIECLE, JOUR_INEXISTANT, PAS_UNE_DATE
from app.regles.texte import plier, sans_espaces_doubles, sans_invisibles

OUI = {"oui", "o", "1", "vrai", "true"}
NON = {"non", "n", "0", "faux", "false"}
ENTIER_MAXIMAL = 2_147_483_647
TAILLE_DES_REFERENCES = 300
PROPOSITIONS = 200
"""Unknown values of a list for which a near one is looked for: beyond, the time it takes shows."""
_DATE_FRANCAISE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_DATE_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_HEURE = re.compile(r"[T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?Z?$")
_HEURE_ECRITE = re.compile(r"(\d{1,2}) ?[:hH] ?(\d{2})?(?::\d{2})?")
PAS_UNE_HEURE = "Ce n’est pas une heure : écrivez-la HH:MM, comme 14:30."
JAMAIS_CALCULEE = (
    "La formule de cette cellule n’a jamais été calculée : ouvrez le classeur dans un tableur,"
    " enregistrez-le, puis recommencez."
)
_FIN_DE_LIGNE = re.compile(r"\r\n|\r|\n")


Lecteur = Callable[[object], object]
"""From what the library gives of a cell to what is kept of it."""


class Illisible(Exception):
    """The reason, in French, why a cell cannot be read."""


class ErreurExcel(str):
    """#N/A, #REF!… : what a formula shows when it has no result."""


class FormuleNonCalculee(str):
    """« =B2&C2 » whose file holds no result."""


SANS_RESULTAT = (ErreurExcel, FormuleNonCalculee)


class Codes:
    """A list, by folded code then folded label.

    A code wins over a label, an item in use over a retired one.
    """

    def __init__(self, items: Iterable[tuple[str, str, Hashable, bool]]):
        """``items``: code, label, value kept, whether it is retired."""
        items = sorted(items, key=lambda item: not item[3])
        self.valeurs = {plier(libelle): valeur for _, libelle, valeur, _ in items}
        self.valeurs |= {plier(code): valeur for code, _, valeur, _ in items}
        self._libelles = {plier(libelle): libelle for _, libelle, _, _ in items}
        self._libelles |= {plier(code): code for code, _, _, _ in items}
        self._par_valeur = {valeur: libelle for _, libelle, valeur, _ in items}
        self._inconnus: dict[str, Illisible] = {}

    def __getitem__(self, texte: str) -> Hashable:
        plie = plier(texte)
        try:
            return self.valeurs[plie]
        except KeyError:
            if plie not in self._inconnus:
                self._inconnus[plie] = Illisible(
                    f"Cette valeur n’est pas dans la liste de codes.{self._proposition(plie)}"
                )
            raise self._inconnus[plie] from None

    def libelle(self, valeur: str) -> str:
        """What a person reads of a code, of a label, or of either once folded."""
        connue = self.valeurs.get(plier(valeur))
        return self._par_valeur.get(connue, valeur)

    def _proposition(self, plie: str) -> str:
        """A value of the list that looks like this one.

        Looking for it takes time, hence not for ever.
        """
        if len(self._inconnus) >= PROPOSITIONS:
            return ""
        proches = get_close_matches(plie[:100], self.valeurs, 1, 0.75)
        if not proches:
            return ""
        return f" Vouliez-vous écrire « {self._libelles[proches[0]]} » ?"


def en_texte(brut: object) -> str:
    """What the cell says, as text, spaces folded: a number gives its digits, a date JJ/MM/AAAA."""
    if isinstance(brut, str):
        if brut.isprintable() and "  " not in brut and brut[:1] != " " != brut[-1:]:
            return brut  # nearly all: no-break spaces, invisible signs are not « printable »
        return sans_espaces_doubles(sans_invisibles(brut))
    if isinstance(brut, bool):
        return "VRAI" if brut else "FAUX"
    if isinstance(brut, float):
        if brut.is_integer():
            return str(int(brut))
        return format(Decimal(repr(brut)), "f")
    if isinstance(brut, date):  # with a time or not
        return f"{brut:%d/%m/}{brut.year:04}"
    if isinstance(brut, time):
        return f"{brut:%H:%M}"
    return str(brut)


def en_recit(brut: object) -> str:
    """A text of several lines: spaces folded, line breaks kept."""
    if not isinstance(brut, str) or "\n" not in brut and "\r" not in brut:
        return en_texte(brut)
    return "\n".join(en_texte(ligne) for ligne in _FIN_DE_LIGNE.split(brut)).strip("\n")


def lecteur(champ: ChampDeReprise, listes: Mapping[str, Codes]) -> Lecteur:
    """The function that reads one cell of this column; it raises Illisible.

    An empty text gives None.
    """
    lire_valeur = _lecteur_de(champ, listes)
    memoire: dict[str, object] = {}
    se_repete = champ.genre not in ("texte", "recit")

    def lire_cellule(brut: object) -> object:
        if type(brut) is str:  # neither an error of Excel, nor a number, nor a date
            if brut in memoire:
                return memoire[brut]
            valeur = lire_valeur(brut)
            if se_repete:
                memoire[brut] = valeur
            return valeur
        if isinstance(brut, ErreurExcel):
            raise Illisible("La formule de cette cellule est en erreur.")
        if isinstance(brut, FormuleNonCalculee):
            raise Illisible(JAMAIS_CALCULEE)
        return lire_valeur(brut)

    return lire_cellule


def _lecteur_de(champ: ChampDeReprise, listes: Mapping[str, Codes]) -> Lecteur:
    """By the kind of the column."""
    match champ.genre:
        case "mds_liste":
            return partial(_liste_de_codes, listes["mds"])
        case "code" | "mds":
            return partial(_code, listes[champ.liste or "mds"])
        case "texte" if champ.attribut == "telephone":
            return partial(_telephone, champ.taille or TAILLE_DES_REFERENCES)
        case "texte" | "jeune" | "partenaire":
            return partial(_texte_court, champ.taille or TAILLE_DES_REFERENCES)
        case "date":
            return _date
        case "heure":
            return _heure
        case "oui_non":
            return _oui_non
        case "entier":
            return _entier
        case "nombre":
            return _nombre
    return _recit


def _recit(brut: object) -> str | None:
    return en_recit(brut) or None


def _texte_court(taille: int, brut: object) -> str | None:
    texte = en_texte(brut)
    if raison := refus_de_la_longueur(texte, taille):
        raise Illisible(raison)
    return texte or None


def _telephone(taille: int, brut: object) -> str | None:
    """One that Excel kept as a number gets its zero back."""
    if isinstance(brut, float):
        brut = proposer_telephone(en_texte(brut)) or brut
    return _texte_court(taille, brut)


def _code(codes: Codes, brut: object) -> Hashable:
    texte = en_texte(brut)
    return codes[texte] if texte else None


def _liste_de_codes(codes: Codes, brut: object) -> tuple[Hashable, ...] | None:
    """Separated by « ; », each once, in the order of the cell."""
    morceaux = [morceau for morceau in en_texte(brut).split(";") if morceau.strip()]
    return tuple(dict.fromkeys(codes[morceau] for morceau in morceaux)) or None


def _date(brut: object) -> date | None:
    if isinstance(brut, str):
        texte = en_texte(brut)
        if not texte:
            return None
        jour = _date_ecrite(_HEURE.sub("", texte))
    elif isinstance(brut, date):
        jour = brut.date() if isinstance(brut, datetime) else brut
    elif isinstance(brut, float):
        raise Illisible("C’est un nombre, pas une date : donnez à la cellule le format Date.")
    else:
        raise Illisible(PAS_UNE_DATE)
    if jour < PREMIER_JOUR:
        raise Illisible(HORS_DU_SIECLE)
    return jour


def _date_ecrite(texte: str) -> date:
    if trouve := _DATE_FRANCAISE.fullmatch(texte):
        jour, mois, annee = trouve.groups()
    elif trouve := _DATE_ISO.fullmatch(texte):
        annee, mois, jour = trouve.groups()
    else:
        raise Illisible(PAS_UNE_DATE)
    try:
        return date(int(annee), int(mois), int(jour))
    except ValueError:
        raise Illisible(JOUR_INEXISTANT) from None


def _heure(brut: object) -> time | None:
    """« 14:30 », « 14h30 », « 9h », or an hour of Excel; seconds are dropped."""
    if isinstance(brut, datetime | time):
        return time(brut.hour, brut.minute)
    texte = en_texte(brut)
    if not texte:
        return None
    trouve = _HEURE_ECRITE.fullmatch(texte)
    if isinstance(brut, float) or not trouve:
        raise Illisible(PAS_UNE_HEURE)
    try:
        return time(int(trouve[1]), int(trouve[2] or 0))
    except ValueError:
        raise Illisible("Cette heure n’existe pas.") from None


def _oui_non(brut: object) -> bool | None:
    if isinstance(brut, bool):
        return brut
    texte = plier(en_texte(brut))
    if texte in OUI or texte in NON:
        return texte in OUI
    if texte:
        raise Illisible("Écrivez Oui ou Non, ou laissez vide si on ne le sait pas.")
    return None


def _nombre(brut: object) -> Decimal | None:
    texte = en_texte(brut).replace(" ", "").replace(",", ".", 1)
    if isinstance(brut, float):
        texte = repr(brut)
    if not texte:
        return None
    try:
        nombre = Decimal(texte)
    except InvalidOperation:
        raise Illisible("Ce n’est pas un nombre.") from None
    if not nombre.is_finite():
        raise Illisible("Ce n’est pas un nombre.")
    return nombre


def _entier(brut: object) -> int | None:
    nombre = _nombre(brut)
    if nombre is None:
        return None
    if abs(nombre) > ENTIER_MAXIMAL:
        raise Illisible("Ce nombre est trop grand.")
    if nombre != nombre.to_integral_value():
        raise Illisible("Il faut un nombre entier.")
    return int(nombre)
