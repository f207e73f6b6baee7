"""What a person probably meant by a cell that cannot be read: « mars 2007 », « O (15/03) », « FA ».

Proposed, and taken only when a person says yes; nothing of the base here.
"""

import calendar
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from difflib import get_close_matches

from app.echanges.reprise.alias import Alias, lire_alias, mot
from app.echanges.reprise.cellules import Codes, en_texte
from app.echanges.reprise.feuilles import ChampDeReprise
from app.regles.coordonnees import proposer_telephone
from app.regles.texte import plier

VIDE = ""
"""Proposed for « en cours », « ? » : the cell is left empty."""
MOIS = (
    *("janvier", "fevrier", "mars", "avril", "mai", "juin", "juillet", "aout", "septembre"),
    *("octobre", "novembre", "decembre"),
)
SIECLE = 50
"""Two digits under it are of the years 2000."""
_RIEN = {"?", "-", "/", "x", "nc", "nr", "neant", "sans", "en cours", "a definir", "inconnu", "so"}
_OUI = {"x", "oui", "o", "ok", "fait", "v", "vu", "y", "yes", "1"}
_NON = {"non", "n", "0", "pas encore"}
_COURTE = re.compile(r"(\d{1,2}) ?[/. -] ?(\d{1,2}) ?[/. -] ?(\d{4}|\d{2})")
_A_L_ENVERS = re.compile(r"(\d{4})[/. -]?(\d{2})[/. -]?(\d{2})")
_MOIS_ANNEE = re.compile(r"(?:([a-z]{3,9})\.?|(\d{1,2}))[ /.-]*(\d{4}|\d{2})")
_JOUR_MOIS_ANNEE = re.compile(r"(\d{1,2})(?:er)?[ /.-]*([a-z]{3,9})\.?[ /.-]*(\d{4}|\d{2})")
_AVANT_LA_DATE = re.compile(
    r"^(?:(?:nee?|le|du|depuis|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|"
    r"lun|mar|mer|jeu|ven|sam|dim)\b[. ,:]*)+(?=\d)"
)
_HEURE_APRES = re.compile(r"[t ]+(?:a )?\d{1,2}[:h]\d{2}(?::\d{2})?$")
_DATE_DANS_UN_TEXTE = re.compile(r"(\d{1,2})/(\d{1,2})(?:/(\d{4}|\d{2}))?")
_REPONSE = re.compile(r"(oui|non|o|n|x)\b[ :,-]*\(?(.*?)\)?")
_TERRITOIRE = re.compile(
    r"^(?:uts?|utas|mds|territoire|secteur"
    r"|maison d[ue]s? (?:departement|solidarites?)(?: (?:des? |de la )?solidarites?)?)"
    r"\b *(?:de l'|de la |des |de |du |d')?"
)
_DUREE_ECRITE = re.compile(r"(?:(\d{1,2}) ?h(?:eures?)?)? ?(?:(\d{1,3}) ?(?:m|mn|min|minutes?)?)?")
"""« 1h », « 1h30 », « 45 min » in minutes."""
_DUREE = re.compile(r"(\d{1,2}) ?mois")
_JOUR_D_EXCEL = re.compile(r"\d{5}(?:[.,]\d+)?")
JOUR_UN_D_EXCEL = date(1899, 12, 30)
JOURS_D_EXCEL = range(14_000, 73_051)
"""Numbers that are days of 1938 to 2099 when a cell lost its format of date."""


@dataclass(frozen=True)
class PropositionDeLecture:
    """What to write instead, and why; an empty text empties the cell.

    ``ligne`` and ``colonne``: the cell to mend, when that is not the one that is refused, and what
    it says today.
    """

    valeur: str
    raison: str = ""
    ligne: int = 0
    colonne: str = ""
    avant: str = ""


def proposer(
    champ: ChampDeReprise, brut: object, listes: Mapping[str, Codes]
) -> PropositionDeLecture | None:
    """What the person probably meant by a cell that this column cannot read; None: nobody knows."""
    texte = en_texte(brut)
    plie = plier(texte)
    match champ.genre:
        case "date":
            trouvee = _proposer_date(brut, plie)
        case "oui_non":
            trouvee = _proposer_oui_non(plie)
        case "code" | "mds":
            trouvee = _proposer_code(champ.liste or "mds", plie, listes)
        case "texte" if champ.attribut == "telephone":
            trouvee = proposer_telephone(texte)
        case "entier" if trouve := _DUREE_ECRITE.fullmatch(plie):
            trouvee = str(60 * int(trouve[1] or 0) + int(trouve[2] or 0))
        case _:
            trouvee = None
    if trouvee is not None:
        return PropositionDeLecture(trouvee)
    if plie in _RIEN and not champ.requis:
        return PropositionDeLecture(VIDE, "la cellule est laissée vide")
    return None


# Dates


def lire_date_libre(texte: str) -> date | None:
    """A whole text that is a day or a month, in one of the ways people type it.

    « 12/03/08 », « 12.03.2008 », « jeudi 1er mars 2008 », « 12-mars-08 », « 20080312 »; of « mars
    2007 », « 12/2007 », « févr-26 », the first day.
    """
    plie = _HEURE_APRES.sub("", _AVANT_LA_DATE.sub("", plier(texte)))
    if trouve := _COURTE.fullmatch(plie):
        jour, mois, annee = trouve.groups()
        return _jour(annee_entiere(annee), int(mois), int(jour))
    if trouve := _A_L_ENVERS.fullmatch(plie):
        annee, mois, jour = trouve.groups()
        return _jour(int(annee), int(mois), int(jour))
    if trouve := _JOUR_MOIS_ANNEE.fullmatch(plie):
        jour, nom, annee = trouve.groups()
        return _jour(annee_entiere(annee), _numero_du_mois(nom), int(jour))
    if trouve := _MOIS_ANNEE.fullmatch(plie):
        nom, chiffres, annee = trouve.groups()
        mois = int(chiffres or 0) or _numero_du_mois(nom or "")
        return _jour(annee_entiere(annee), mois, 1)
    return None


def dates_dans(texte: str, jusqu_au: date) -> list[tuple[date, str]]:
    """The days named in a text, each with the words before it; without year, the last one possible.

    « absent 20/02 – reporté 05/03 » → (20/02, « absent »), (05/03, « reporte »).
    """
    trouvees = []
    fin = 0
    plie = plier(texte)
    for trouve in _DATE_DANS_UN_TEXTE.finditer(plie):
        jour, mois, annee = trouve.groups()
        le = None
        if annee:
            le = _jour(annee_entiere(annee), int(mois), int(jour))
        else:
            le = _la_derniere(int(mois), int(jour), jusqu_au)
        if le is not None:
            trouvees.append((le, plie[fin : trouve.start()]))
        fin = trouve.end()
    return trouvees


def annee_entiere(annee: str) -> int:
    if len(annee) == 4:
        return int(annee)
    return int(annee) + (2000 if int(annee) < SIECLE else 1900)


def mois_nomme(texte: str) -> date | None:
    """The last day of a month that a title names: « SUIVI – MAI 2026 »."""
    for trouve in re.finditer(r"\b([a-z]{3,9})\.? (20\d\d)\b", plier(texte)):
        if mois := _numero_du_mois(trouve[1]):
            annee = int(trouve[2])
            return date(annee, mois, calendar.monthrange(annee, mois)[1])
    return None


def _la_derniere(mois: int, jour: int, jusqu_au: date) -> date | None:
    le = _jour(jusqu_au.year, mois, jour)
    if le is not None and le > jusqu_au + timedelta(days=31):
        return _jour(jusqu_au.year - 1, mois, jour)
    return le


def _numero_du_mois(nom: str) -> int:
    """« fevr », « sept » → their number; 0 when no month begins so."""
    if len(nom) < 3:
        return 0
    trouves = [n for n, mois in enumerate(MOIS, 1) if mois.startswith(nom) or nom == mois[:4]]
    return trouves[0] if len(trouves) == 1 else 0


def _jour(annee: int, mois: int, jour: int) -> date | None:
    try:
        return date(annee, mois, jour)
    except ValueError:
        return None


def _proposer_date(brut: object, plie: str) -> str | None:
    if _JOUR_D_EXCEL.fullmatch(plie) and (jours := int(plie[:5])) in JOURS_D_EXCEL:
        return f"{JOUR_UN_D_EXCEL + timedelta(days=jours):%d/%m/%Y}"
    if isinstance(brut, datetime | date):
        return None
    lue = lire_date_libre(plie)
    if lue is None and (trouvees := _DATE_DANS_UN_TEXTE.findall(plie)):
        entieres = ["/".join(t) for t in trouvees if t[2]]
        lue = lire_date_libre(entieres[0]) if len(entieres) == len(trouvees) == 1 else None
    return f"{lue:%d/%m/%Y}" if lue else None


# Oui, Non, codes


def reponse_et_reste(texte: str) -> tuple[str, str] | None:
    """« O (15/03) » → (« Oui », « 15/03 »); None when the text begins with neither."""
    trouve = _REPONSE.fullmatch(plier(texte))
    if trouve is None:
        return None
    dit = "Non" if trouve[1] in _NON else "Oui"
    return dit, trouve[2]


def _proposer_oui_non(plie: str) -> str | None:
    if plie in _OUI:
        return "Oui"
    if plie in _NON:
        return "Non"
    reponse = reponse_et_reste(plie)
    return reponse[0] if reponse else None


def traduire(liste: str, texte: str, alias: Alias | None = None) -> str | None:
    """The code that a word of the field says for sure: « CSS » → C2S, « UT Artois » → Artois."""
    alias = alias or lire_alias()
    dit = mot(texte)
    if liste == "mds":
        sans = _TERRITOIRE.sub("", plier(texte)).strip()
        if sans and sans != plier(texte):
            return sans
    return alias.valeurs.get(liste, {}).get(dit)


def _proposer_code(liste: str, plie: str, listes: Mapping[str, Codes]) -> str | None:
    alias = lire_alias()
    codes = listes.get(liste)
    if codes is None:
        return None
    sur = traduire(liste, plie, alias)
    if sur and plier(sur) in codes.valeurs:
        return codes.libelle(sur)
    if liste == "mds":
        plie = _TERRITOIRE.sub("", plie) or plie
    dit = mot(plie)
    sens = alias.propositions.get(liste, {})
    if dit in sens:
        return codes.libelle(sens[dit])
    if liste == "situation_pro" and dit.startswith("cdd") and (duree := _DUREE.search(dit)):
        return codes.libelle("CDD_LONG" if int(duree[1]) >= 6 else "CDD_COURT")
    proches = get_close_matches(plie[:100], codes.valeurs, 1, 0.75)
    return codes.libelle(proches[0]) if proches else None
