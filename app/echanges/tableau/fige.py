"""What is frozen of a table that is sent, and how it is read back.

It is one canonical JSON: figures, pseudonymised lines, meetings, definitions and their version,
who, when. A line is kept under the titles of its columns, which people read; the names of these
columns are kept beside them, so that a line of today is set against it whatever the titles and
their order have become.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from app import indicateurs
from app.echanges.tableau import disposition
from app.echanges.tableau.mensuel import Cachet, TableauDuMois, version_des_definitions
from app.models import Envoi

TITRES_D_ORIGINE = {
    "Code dossier": "code",
    "Âge": "age",
    "MDS": "mds",
    "Lieu d’accueil": "lieu_accueil",
    "Phase": "phase",
    "Compte dans": "indicateurs",
    "Entrée dans le dispositif": "entree_le",
    "Sortie du dispositif": "sortie_le",
    "Référent ASE": "referent_ase",
    "Coordonnateur": "coordonnateur",
    "Mesure ASE": "mesure",
    "Fin de la mesure": "fin_mesure",
    "Sortie de l’ASE": "sortie_ase_le",
    "Prise de contact": "contact_le",
    "Premier rdv tripartite": "rdv_le",
    "Délai (jours)": "delai",
    "Rencontres du mois": "rencontres_tenues",
    "Alertes du mois": "alertes",
    "Motifs d’alerte": "motifs",
    "Situation observée le": "observee_le",
    "Situation": "situation_pro",
    "Logement": "logement",
    "Ressources": "ressources",
    "Couverture maladie": "couverture",
}
"""Title → name of the columns of « Jeunes suivis » in the tables sent before the names were kept in
them. It never changes: those tables do not."""

LigneFigee = Mapping[str, Any]
"""A line by the names of its columns, as JSON holds its values."""


def figer(
    tableau: TableauDuMois, cachet: Cachet, precedent: Envoi | None, nombres: Mapping[str, int]
) -> bytes:
    """The canonical JSON: sorted keys, no space, UTF-8.

    ``nombres``: how many lines each check finds. The same contents always give the same SHA-256.
    """
    contenu = {
        "mois": f"{tableau.du:%Y-%m}",
        "mds": tableau.mds and tableau.mds.code,
        "numero": cachet.numero,
        "motif": cachet.motif,
        "precedent": precedent and precedent.empreinte,
        "envoye_par": tableau.prepare_par,
        "envoye_le": tableau.prepare_le.isoformat(timespec="seconds"),
        "verification": cachet.verification,
        "conventions": tableau.conventions,
        "chiffres": chiffres(tableau),
        "graphiques": [[g.sujet, list(map(_point, g.points))] for g in tableau.dessins],
        "colonnes": {
            "jeunes": titres_des_colonnes("jeunes"),
            "instances": titres_des_colonnes("instances"),
        },
        "jeunes": lignes_a_figer("jeunes", cachet.jeunes),
        "instances": lignes_a_figer("instances", tableau.instances),
        "fusions": tableau.fusions.json(),
        "anomalies": {"nombres": nombres, "motif": cachet.motif_anomalies},
        "definitions": {
            "version": version_des_definitions(),
            "indicateurs": [[d.code, d.titre, d.regle] for d in indicateurs.DEFINITIONS.values()],
            "regles_communes": [list(regle) for regle in indicateurs.REGLES_COMMUNES],
        },
        "differences": [
            [d.nature, d.objet, d.champ, d.avant, d.apres, d.raison] for d in cachet.differences
        ],
    }
    return json.dumps(contenu, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def contenu_fige(envoi: Envoi) -> dict[str, Any]:
    """What was frozen, as it was; empty while the table is being prepared."""
    contenu: dict[str, Any] = json.loads(envoi.contenu or b"{}")
    return contenu


def chiffres(tableau: TableauDuMois) -> dict[str, Any]:
    """Each figure of each period: its values, and the words people read."""
    tous: dict[str, Any] = {}
    for periode, resultats in tableau.colonnes.items():
        tous[periode] = {
            c.code: {"valeurs": _simple(c.valeurs), "texte": c.texte, "completude": c.completude}
            for c in resultats
        }
    return tous


def _point(point: Any) -> list[object]:
    return [point.nom, point.valeur, point.texte, point.complement]


def titres_des_colonnes(contenu: str) -> dict[str, str]:
    """Title → name of the columns of a sheet, without those that name a youth."""
    return {c.titre: c.nom for c in disposition.feuille(contenu).montrees()}


def lignes_a_figer(contenu: str, lignes: Iterable[Any]) -> list[dict[str, Any]]:
    """The lines of a sheet by the titles of their columns.

    Of a youth, also the number by which the youth is found again.
    """
    colonnes = disposition.feuille(contenu).montrees()
    figees = []
    for ligne in lignes:
        figee = {c.titre: _simple(c.valeur(ligne)) for c in colonnes}
        if hasattr(ligne, "numero"):
            figee["numero"] = ligne.numero
        figees.append(figee)
    return figees


def jeunes_par_numero(fige: Mapping[str, Any]) -> dict[int, LigneFigee]:
    """The lines of the youths that a table froze, by the names of their columns."""
    titres = fige.get("colonnes", {}).get("jeunes", TITRES_D_ORIGINE)
    lus: dict[int, LigneFigee] = {}
    for figee in fige["jeunes"]:
        lus[figee["numero"]] = {
            titres[titre]: valeur for titre, valeur in figee.items() if titre in titres
        }
    return lus


def _simple(valeur: object) -> Any:
    """What JSON can hold."""
    match valeur:
        case dict():
            return {str(cle): _simple(v) for cle, v in valeur.items()}
        case list() | tuple():
            return [_simple(v) for v in valeur]
        case date():
            return valeur.isoformat()
        case Decimal():
            return str(valeur)
    return valeur


def suivre(chiffre: Mapping[str, Any] | None, chemin: str) -> Any:
    """The value at a path of a frozen figure; an indicator that did not exist yet has none."""
    valeur: Any = chiffre and chiffre["valeurs"]
    for cle in chemin.split("."):
        valeur = valeur.get(cle) if isinstance(valeur, dict) else None
    return valeur
