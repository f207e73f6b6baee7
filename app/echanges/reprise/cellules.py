"""One cell of a workbook as people fill it → a typed value, or the reason in French why it cannot
be read."""

import re
from collections.abc import Callable, Hashable, Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from functools import partial

from app.echanges.reprise.feuilles import PREMIER_JOUR, Champ
from app.regles.texte import plier, sans_espaces_doubles, sans_invisibles

OUI, NON = {"oui", "o", "1", "vrai", "true"}, {"non", "n", "0", "faux", "false"}
PAS_UNE_DATE = "Ce n’est pas une date : écrivez-la JJ/MM/AAAA."
ENTIER_MAXIMAL = 2_147_483_647
TAILLE_DES_REFERENCES = 300
PROPOSITIONS = 200
"""Unknown values of a list for which a near one is looked for: beyond, the time it takes shows."""
_DATE_FRANCAISE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_DATE_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_HEURE = re.compile(r"[T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?Z?$")
_FIN_DE_LIGNE = re.compile(r"\r\n|\r|\n")


class Illisible(Exception):
    """The reason, in French, why a cell cannot be read."""


class ErreurExcel(str):
    """#N/A, #REF!… : what a formula shows when it has no result."""


class Codes:
    """A list, by folded code then folded label; a code wins over a label, an item in use over a
    retired one."""

    def __init__(self, items: Iterable[tuple[str, str, Hashable, bool]]):
        """``items``: code, label, value kept, whether it is retired."""
        items = sorted(items, key=lambda item: not item[3])
        self.valeurs = {plier(libelle): valeur for _, libelle, valeur, _ in items}
        self.valeurs |= {plier(code): valeur for code, _, valeur, _ in items}
        self._libelles = {plier(libelle): libelle for _, libelle, _, _ in items} | {
            plier(i[0]): i[0] for i in items
        }
        self._inconnus: dict[str, Illisible] = {}

    def __getitem__(self, texte: str) -> Hashable:
        plie = plier(texte)
        try:
            return self.valeurs[plie]
        except KeyError:
            if plie not in self._inconnus:
                proches = (
                    get_close_matches(plie[:100], self.valeurs, 1, 0.75)
                    if len(self._inconnus) < PROPOSITIONS
                    else []
                )
                suite = (
                    f" Vouliez-vous écrire « {self._libelles[proches[0]]} » ?" if proches else ""
                )
                self._inconnus[plie] = Illisible(
                    f"Cette valeur n’est pas dans la liste de codes.{suite}"
                )
            raise self._inconnus[plie] from None


def en_texte(brut) -> str:
    """What the cell says, as text, spaces folded: a number gives its digits, a date JJ/MM/AAAA."""
    if isinstance(brut, str):
        if brut.isprintable() and "  " not in brut and brut[:1] != " " != brut[-1:]:
            return brut  # nearly all of them: no-break spaces and invisible signs are not « printable »
        return sans_espaces_doubles(sans_invisibles(brut))
    if isinstance(brut, bool):
        return "VRAI" if brut else "FAUX"
    if isinstance(brut, float):
        return str(int(brut)) if brut.is_integer() else format(Decimal(repr(brut)), "f")
    if isinstance(brut, date):  # with a time or not
        return f"{brut:%d/%m/}{brut.year:04}"
    return f"{brut:%H:%M}" if isinstance(brut, time) else str(brut)


def en_recit(brut) -> str:
    """A text of several lines: spaces folded, line breaks kept."""
    if not isinstance(brut, str) or "\n" not in brut and "\r" not in brut:
        return en_texte(brut)
    return "\n".join(en_texte(ligne) for ligne in _FIN_DE_LIGNE.split(brut)).strip("\n")


def lecteur(champ: Champ, listes: Mapping[str, Codes]) -> Callable:
    """The function that reads one cell of this column; it raises Illisible. An empty text gives
    None."""
    genre = champ.genre
    if genre in ("code", "mds", "mds_liste"):
        codes = listes[champ.liste or "mds"]
        lire_valeur = partial(_liste_de_codes if genre == "mds_liste" else _code, codes)
    elif genre in ("texte", "jeune", "partenaire"):
        lire_valeur = partial(_texte_court, champ.taille or TAILLE_DES_REFERENCES)
    else:
        lire_valeur = {
            "date": _date,
            "oui_non": _oui_non,
            "entier": _entier,
            "nombre": _nombre,
            "recit": lambda b: en_recit(b) or None,
        }[genre]

    memoire: dict[str, object] = {}
    se_repete = genre not in ("texte", "recit")

    def lire_cellule(brut):
        if type(brut) is str:  # neither an error of Excel, nor a number, nor a date
            if brut in memoire:
                return memoire[brut]
            valeur = lire_valeur(brut)
            if se_repete:
                memoire[brut] = valeur
            return valeur
        if isinstance(brut, ErreurExcel):
            raise Illisible("La formule de cette cellule est en erreur.")
        return lire_valeur(brut)

    return lire_cellule


def _texte_court(taille: int, brut) -> str | None:
    texte = en_texte(brut)
    if len(texte) > taille:
        raise Illisible(f"Ce texte est trop long : {len(texte)} caractères, {taille} au plus.")
    return texte or None


def _code(codes: Codes, brut):
    texte = en_texte(brut)
    return codes[texte] if texte else None


def _liste_de_codes(codes: Codes, brut) -> tuple:
    return (
        tuple(
            dict.fromkeys(
                codes[morceau] for morceau in en_texte(brut).split(";") if morceau.strip()
            )
        )
        or None
    )


def _date(brut) -> date | None:
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
        raise Illisible("Cette date est trop ancienne.")
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
        raise Illisible("Ce jour n’existe pas dans le calendrier.") from None


def _oui_non(brut) -> bool | None:
    if isinstance(brut, bool):
        return brut
    texte = plier(en_texte(brut))
    if texte in OUI or texte in NON:
        return texte in OUI
    if texte:
        raise Illisible("Écrivez Oui ou Non, ou laissez vide si on ne le sait pas.")
    return None


def _nombre(brut) -> Decimal | None:
    texte = "" if isinstance(brut, bool) else en_texte(brut).replace(" ", "").replace(",", ".", 1)
    if not texte and not isinstance(brut, bool):
        return None
    try:
        nombre = Decimal(repr(brut) if isinstance(brut, float) else texte)
    except InvalidOperation:
        raise Illisible("Ce n’est pas un nombre.") from None
    if not nombre.is_finite():
        raise Illisible("Ce n’est pas un nombre.")
    return nombre


def _entier(brut) -> int | None:
    nombre = _nombre(brut)
    if nombre is None:
        return None
    if nombre != nombre.to_integral_value() or abs(nombre) > ENTIER_MAXIMAL:
        raise Illisible(
            "Il faut un nombre entier."
            if abs(nombre) <= ENTIER_MAXIMAL
            else "Ce nombre est trop grand."
        )
    return int(nombre)
