"""Of the records that the rows of one youth say: which are one, and which mesures are over."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from app.echanges.reprise.cellules import en_texte
from app.echanges.reprise.contexte import ContexteDuFichier, Suite, Valeurs
from app.echanges.reprise.feuilles import PAR_TABLE
from app.echanges.reprise.personnes import Personne


def rassembler(
    contexte: ContexteDuFichier, personne: Personne, dites: Iterable[Suite]
) -> list[Suite]:
    """Records of one key made one: what the first leaves empty comes from the next ones, and what
    contradicts it goes to the observations.
    """
    gardees: dict[object, Suite] = {}
    for suite in dites:
        numero, table, valeurs = suite
        cle = (table, *(_lue(contexte, table, a, valeurs.get(a)) for a in PAR_TABLE[table].cle))
        _, _, premieres = gardees.setdefault(cle, suite)
        if premieres is valeurs:
            continue
        for attribut, brut in valeurs.items():
            deja = premieres.setdefault(attribut, brut)
            if _lue(contexte, table, attribut, deja) != _lue(contexte, table, attribut, brut):
                _observer(personne, numero, table, attribut, brut)
    return list(gardees.values())


def _lue(contexte: ContexteDuFichier, table: str, attribut: str, brut: Any) -> Any:
    """What a cell says, whatever the way of writing it."""
    champ = PAR_TABLE[table].par_attribut.get(attribut)
    if brut is None or champ is None or champ.genre == "jeune":
        return None
    return contexte.lire(champ, brut) if contexte.lisible(champ, brut) else en_texte(brut)


def _observer(personne: Personne, numero: int, table: str, attribut: str, brut: Any) -> None:
    for ligne in personne.lignes:
        if ligne.numero == numero:
            titre = PAR_TABLE[table].par_attribut[attribut].titre
            titre, _ = ligne.cellules.get(f"{table}.{attribut}", (titre, ""))
            ligne.restes.append(f"{titre} : {en_texte(brut)}")


def finir_les_mesures(contexte: ContexteDuFichier, mesures: Sequence[Valeurs]) -> None:
    """A planned end that has passed is the real one when a reason is given, or when another mesure
    of the youth begins afterwards.
    """
    debuts = [_jour(contexte, "du", valeurs) for valeurs in mesures]
    for valeurs in mesures:
        fin = _jour(contexte, "echeance", valeurs)
        if fin is None or "au" in valeurs or fin >= contexte.le:
            continue
        suivie = any(debut is not None and debut >= fin for debut in debuts)
        if suivie or "motif_fin_code" in valeurs:
            valeurs["au"] = fin
            contexte.mesures_finies += 1


def _jour(contexte: ContexteDuFichier, attribut: str, valeurs: Valeurs) -> date | None:
    lu = _lue(contexte, "mesure", attribut, valeurs.get(attribut))
    return lu if isinstance(lu, date) else None
