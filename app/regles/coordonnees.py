"""Texts that cannot be: a phone, an e-mail that is none, a text too long; in the same words for
the form, the workbook and the base.

One expression each, written so that Python and PostgreSQL read it alike: the base refuses with it
too (``app/acces``).
"""

import re

PAS_UN_TELEPHONE = "Ce n’est pas un numéro de téléphone : écrivez-le comme 06 39 98 12 34."
PAS_UN_COURRIEL = "Ce n’est pas une adresse de courriel : écrivez-la comme prenom.nom@exemple.fr."
_SEPARE = r"[ .-]?"
_FRANCAIS = rf"0[1-9]({_SEPARE}[0-9]){{8}}"
_INTERNATIONAL = rf"([+]|00 ?)[1-9][0-9]{{0,2}}( ?[(]0[)])?({_SEPARE}[0-9]){{5,12}}"
_COURT = r"[1-9][0-9]{1,3}|[1-9][0-9] [0-9]{2}|118 ?[0-9]{3}"
_UN_NUMERO = rf"({_FRANCAIS}|{_INTERNATIONAL}|{_COURT})( ?[(][^()]{{1,40}}[)]| [^0-9;/,]{{1,40}})?"
TELEPHONE = rf"^{_UN_NUMERO}( ?(;|/|,|ou) ?{_UN_NUMERO})*$"
"""Of France, of abroad, or short (115, 39 49); a remark after it; several, « ; » or « / » between
them."""
_UNE_ADRESSE = r"[^][ @;,<>()]+@[^][ @;,<>().]+([.][^][ @;,<>().]+)*[.][^][ @;,<>().0-9]{2,}"
COURRIEL = rf"^{_UNE_ADRESSE}( ?[;,] ?{_UNE_ADRESSE})*$"
_TELEPHONE = re.compile(TELEPHONE)
_COURRIEL = re.compile(COURRIEL)


def refus_du_telephone(texte: str) -> str | None:
    """Why this is no phone, in a sentence; None: it is one."""
    return None if _TELEPHONE.match(texte) else PAS_UN_TELEPHONE


def refus_du_courriel(texte: str) -> str | None:
    """Why this is no e-mail, in a sentence; None: it is one."""
    return None if _COURRIEL.match(texte) else PAS_UN_COURRIEL


TAILLE_DU_RECIT = 32_767
"""Of a text of several lines: what a cell of Excel holds, so that each comes out and in again."""


def refus_de_la_longueur(texte: str, taille: int | None) -> str | None:
    """Why this text is too long, in a sentence; None: it is not."""
    if not taille or len(texte) <= taille:
        return None
    return f"{au_plus(taille)} ; ce texte en compte {len(texte)}."


def au_plus(taille: int) -> str:
    return f"{taille} caractères au plus"


def refus_du_texte(colonne: str, texte: str, taille: int | None = None) -> str | None:
    """Why this text cannot be kept in a column of this name, in a sentence; None: it can."""
    if raison := refus_de_la_longueur(texte, taille):
        return raison
    regle = FORMES.get(colonne)
    return regle(texte) if regle else None


FORMES = {"telephone": refus_du_telephone, "courriel": refus_du_courriel}
"""Columns of these names, in whatever table, hold a phone or an e-mail."""


def proposer_telephone(texte: str) -> str | None:
    """What a phone that lost its zero was: « 639981234 », « 33639981234 »; None: nobody knows."""
    chiffres = re.sub(r"\D", "", texte)
    if re.search(r"[a-zA-Z]", texte):
        return None
    chiffres = re.sub(r"^(?:00)?33(?=[1-9]\d{8}$)", "", chiffres)
    if len(chiffres) == 9 and chiffres[0] != "0":
        chiffres = f"0{chiffres}"
    if len(chiffres) != 10 or refus_du_telephone(chiffres):
        return None
    return " ".join(chiffres[n : n + 2] for n in range(0, 10, 2))
