"""The lines of figures of a monthly table.

What each says in the three periods, and why it must perhaps not be read alone.

The workbook, the screen and what is frozen show the same.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select

from app import indicateurs
from app.echanges.tableau.disposition import PERIODES, LigneDeChiffres
from app.echanges.tableau.lignes import LigneDeDefinition, LigneDeLogement, LigneDeSynthese
from app.extensions import db
from app.indicateurs.chiffres import Chiffre, en_pourcent, pourcent
from app.models.nomenclature import Logement
from app.regles import parametres as p

Colonnes = Mapping[str, indicateurs.Resultats]
"""The figures of each period of ``PERIODES``."""


def ligne_de_synthese(colonnes: Colonnes, ligne: LigneDeChiffres) -> LigneDeSynthese:
    """A line of the summary, as it is shown."""
    definition = indicateurs.DEFINITIONS[ligne.code]
    chiffres = {periode: colonnes[periode][ligne.code] for periode in PERIODES}
    est_un_taux = ligne.format == "taux"
    completudes: dict[str, float | None] = dict.fromkeys(PERIODES)
    if est_un_taux and isinstance(definition, indicateurs.Taux) and definition.inconnu:
        completudes = {periode: chiffre.completude for periode, chiffre in chiffres.items()}
    code = ""
    if definition.au_contrat and not ligne.libelle:
        code = definition.code
    return LigneDeSynthese(
        code=code,
        libelle=ligne.libelle or definition.titre,
        mois=valeur(chiffres["mois"], ligne.chemin),
        cumul=valeur(chiffres["cumul"], ligne.chemin),
        en_cours=valeur(chiffres["en_cours"], ligne.chemin),
        completude_mois=completudes["mois"],
        completude_cumul=completudes["cumul"],
        completude_en_cours=completudes["en_cours"],
        prudence=prudence(colonnes, ligne.code) if est_un_taux else "",
    )


def valeur(chiffre: Chiffre, chemin: str) -> Any:
    """What a cell of the summary holds.

    A number, or the words that replace a rate that must not be read alone.
    """
    if chemin == "taux":
        return _taux(chiffre)
    if chiffre.secret and chemin in ("oui", "non"):
        return chiffre.texte
    trouve: Any = chiffre.valeurs
    for cle in chemin.split("."):
        trouve = trouve[cle]
    if isinstance(trouve, list):
        return ", ".join(f"{date.fromisoformat(le):%d/%m/%Y}" for le in trouve)
    return trouve


def _taux(chiffre: Chiffre) -> float | str:
    valeurs = chiffre.valeurs
    reponses = valeurs["oui"] + valeurs["non"]
    if not reponses:
        return chiffre.texte
    taux: float = valeurs.get("taux", pourcent(valeurs["oui"], reponses))
    if chiffre.texte != en_pourcent(taux):
        return chiffre.texte
    return taux


def prudence(colonnes: Colonnes, code: str) -> str:
    """Why the rate of this indicator must not be read alone, period by period; empty: it may."""
    avis = []
    for periode, (nom, _) in PERIODES.items():
        chiffre = colonnes[periode][code]
        reponses = chiffre.valeurs["oui"] + chiffre.valeurs["non"]
        if 0 < reponses < p.REPONSES_MINIMALES.valeur:
            avis.append(f"{nom} : moins de {p.REPONSES_MINIMALES.dit}.")
        elif chiffre.alerte and chiffre.completude is not None:
            suite = ", lire l’intervalle." if reponses else "."
            avis.append(f"{nom} : complétude {en_pourcent(chiffre.completude)}{suite}")
    return " ".join(avis)


def logements(valeurs: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """The (code, label) of the housing that occurs in one of these values of I8.

    In the order of the code list.
    """
    occurrents: set[str] = set()
    for v in valeurs:
        occurrents.update(v["repartition"])
    types = (
        select(Logement.code, Logement.libelle)
        .where(Logement.code.in_(occurrents))
        .order_by(Logement.ordre, Logement.code)
    )
    return [(code, libelle) for code, libelle in db.session.execute(types)]


def lignes_de_logement(colonnes: Colonnes) -> list[LigneDeLogement]:
    """One line a kind of housing that occurs."""
    valeurs = _valeurs_du_logement(colonnes)
    lignes = []
    for code, libelle in logements(list(valeurs.values())):
        jeunes = {periode: v["repartition"].get(code, 0) for periode, v in valeurs.items()}
        parts = {periode: v["pourcentages"].get(code) for periode, v in valeurs.items()}
        lignes.append(_ligne_de_logement(libelle, jeunes, parts))
    return lignes


def totaux_du_logement(colonnes: Colonnes) -> list[LigneDeLogement]:
    """Those who have a housing, those who have none, those of whom it is not known."""
    valeurs = _valeurs_du_logement(colonnes)
    libelles = {
        "n": "Ensemble des jeunes logés",
        "non_loges": "Non logés",
        "nr": "Non renseigné",
    }
    sans_part = dict.fromkeys(PERIODES)
    lignes = []
    for cle, libelle in libelles.items():
        jeunes = {periode: v[cle] for periode, v in valeurs.items()}
        lignes.append(_ligne_de_logement(libelle, jeunes, sans_part))
    return lignes


def _valeurs_du_logement(colonnes: Colonnes) -> dict[str, dict[str, Any]]:
    return {periode: colonnes[periode]["I8"].valeurs for periode in PERIODES}


def _ligne_de_logement(
    libelle: str, jeunes: Mapping[str, int], parts: Mapping[str, float | None]
) -> LigneDeLogement:
    return LigneDeLogement(
        libelle,
        jeunes_mois=jeunes["mois"],
        part_mois=parts["mois"],
        jeunes_cumul=jeunes["cumul"],
        part_cumul=parts["cumul"],
        jeunes_en_cours=jeunes["en_cours"],
        part_en_cours=parts["en_cours"],
    )


def lignes_de_definition() -> Iterator[LigneDeDefinition]:
    """The sentence of each indicator, then the rules that hold for all."""
    for d in indicateurs.DEFINITIONS.values():
        yield LigneDeDefinition(d.code if d.au_contrat else "", d.titre, d.regle)
    for titre, phrase in indicateurs.REGLES_COMMUNES:
        yield LigneDeDefinition("Règle commune", titre, phrase)
