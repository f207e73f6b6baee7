"""Reads the stories of the ``*.yaml`` files beside: what a social worker writes → the records of a
youth."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import yaml

from .independant import Histoire

DOSSIER = Path(__file__).parent
FICHIERS = sorted(DOSSIER.glob("*.yaml"))
PRESENCES = (
    "jeune_present",
    "coordonnateur_present",
    "service_ase_present",
    "lieu_accueil_present",
)
ABSENTS = {
    "": (),
    "sans jeune": PRESENCES[:1],
    "sans coordonnateur": PRESENCES[1:2],
    "sans ASE": PRESENCES[2:3],
    "sans lieu": PRESENCES[3:],
    "sans ASE ni lieu": PRESENCES[2:],
}
STATUTS = {"tenu": "TENUE", "prévu": "PREVUE", "annulé": "ANNULEE", "absent": "ABSENCE"}
SITUATION = {
    "parcours": "situation_pro_code",
    "logement": "logement_code",
    "ressource 1": "ressource_1_code",
    "ressource 2": "ressource_2_code",
    "base": "couverture_base_code",
    "complémentaire": "couverture_complementaire_code",
}
MESURES = {"PLACEMENT", "CJM", "AEMO", "OPP"}


@dataclass
class Recit:
    fichier: str
    titre: str
    code: str
    du: date
    au: date
    mds: str | None
    histoires: list[Histoire]
    instances: list[dict]
    postes: list[dict]
    attendu: str | dict
    valeurs: dict
    parce_que: str
    reprise: bool | None


def lire(fichier: Path) -> list[Recit]:
    contenu = yaml.safe_load(fichier.read_text(encoding="utf-8"))
    return [_recit(fichier.stem, contenu, cas) for cas in contenu["cas"]]


def _recit(nom: str, contenu: dict, cas: dict) -> Recit:
    dit = contenu.get("modèle", {}) | cas
    connus = {
        "titre",
        "indicateur",
        "période",
        "dans la MDS",
        "attendu",
        "valeurs",
        "parce que",
        "reprise",
        "né",
        "MDS",
        "suivi",
        "sous mesure",
        "en binôme",
        "coordonnateur seul",
        "alertes",
        "rendez-vous",
        "situations",
        "enquêtes",
        "rattachements",
        "rencontres",
        "mobilités",
        "freins",
        "prise de contact",
        "autres prises de contact",
        "instances",
        "postes",
    }
    assert set(dit) <= connus, f"{nom}, « {cas['titre']} » : {set(dit) - connus}"
    du, au, _ = _periode(cas.get("période", contenu["période"]))
    return Recit(
        nom,
        cas["titre"],
        cas.get("indicateur", contenu["indicateur"]),
        du,
        au,
        cas.get("dans la MDS"),
        [_histoire(dit)] if "né" in dit else [],
        [_instance(i) for i in dit.get("instances", ())],
        [_poste(p) for p in dit.get("postes", ())],
        cas["attendu"],
        cas.get("valeurs", {}),
        cas.get("parce que", ""),
        cas.get("reprise"),
    )


def _jour(texte: str | None) -> date | None:
    if not texte:
        return None
    jour, mois, annee = map(int, texte.split("/"))
    return date(annee, mois, jour)


def _periode(texte: str) -> tuple[date, date | None, list[str]]:
    """« 01/02/2025 → 30/06/2025 AEMO DECES »"""
    debut, suite = texte.split("→")
    mots = suite.split()
    fin = _jour(mots.pop(0)) if mots and "/" in mots[0] else None
    return _jour(debut.strip()), fin, mots


def _intervalles(textes: list[str], colonne: str | None = None) -> list[dict]:
    lus = [_periode(t) for t in textes]
    return [
        {"du": du, "au": au} | ({colonne: mots[0] if mots else None} if colonne else {})
        for du, au, mots in lus
    ]


def _mesures(textes: list[str]) -> list[dict]:
    lues = [_periode(t) for t in textes]
    return [
        {
            "du": du,
            "au": au,
            "type_code": next((m for m in mots if m in MESURES), "PLACEMENT"),
            "motif_fin_code": next((m for m in mots if m not in MESURES), None),
        }
        for du, au, mots in lues
    ]


def _rendez_vous(texte: str) -> dict:
    le, statut, *reste = texte.split(maxsplit=2)
    type_code = "ENTRETIEN" if statut == "entretien" else "TRIPARTITE"
    absents = ABSENTS[reste[0] if reste else ""]
    return {
        "le": _jour(le),
        "type_code": type_code,
        "statut_code": STATUTS.get(statut, "TENUE"),
        **{presence: presence not in absents for presence in PRESENCES},
    }


def _oui_non(texte: str | None) -> bool | None:
    return {None: None, "oui": True, "non": False}[texte]


def _situation(dit: dict) -> dict:
    return {
        "observee_le": _jour(dit["le"]),
        "confirmee_le": _jour(dit.get("confirmée")),
        **{colonne: dit.get(mot) for mot, colonne in SITUATION.items()},
        "maintien_6_mois": _oui_non(dit.get("maintien")),
        "fin_ressource_1": _jour(dit.get("fin 1")),
        "fin_ressource_2": _jour(dit.get("fin 2")),
    }


def _histoire(dit: dict) -> Histoire:
    return Histoire(
        naissance=_jour(dit["né"]),
        mds=dit["MDS"],
        contact_le=_jour(dit.get("prise de contact")),
        autres_contacts=[_jour(le) for le in dit.get("autres prises de contact", ())],
        rattachements=[
            {"mds": texte[:3]} | dict(zip(("du", "au"), _periode(texte[4:])[:2], strict=True))
            for texte in dit.get("rattachements", ())
        ],
        accompagnements=_intervalles(dit.get("suivi", []), "motif_sortie_code"),
        mesures=_mesures(dit.get("sous mesure", [])),
        binomes=[
            *_intervalles(dit.get("en binôme", [])),
            *({**b, "referent_ase": None} for b in _intervalles(dit.get("coordonnateur seul", []))),
        ],
        alertes=_intervalles(dit.get("alertes", [])),
        rencontres=[_rendez_vous(texte) for texte in dit.get("rendez-vous", ())],
        situations=[_situation(s) for s in dit.get("situations", ())],
        enquetes=[
            {
                "demandee_le": _jour(q["demandée"]),
                "repondue_le": _jour(q.get("répondue")),
                "reponse_code": q.get("réponse"),
            }
            for q in dit.get("enquêtes", ())
        ],
        visites=[_visite(texte) for texte in dit.get("rencontres", ())],
        mobilites=[
            m | {"ou": "Lille"} for m in _intervalles(dit.get("mobilités", []), "genre_code")
        ],
        freins=[
            {"du": f["du"], "leve_le": f["au"], "theme_code": f["theme_code"]}
            for f in _intervalles(dit.get("freins", []), "theme_code")
        ],
    )


def _visite(texte: str) -> dict:
    """« 15/02/2025 tenu MEDIATHEQUE », « 15/02/2025 prévu MDS », « … absent … »."""
    le, statut, lieu = texte.split()
    return {
        "le": _jour(le),
        "type_code": "ENTRETIEN",
        "statut_code": STATUTS[statut],
        "jeune_present": statut == "tenu",
        "lieu_code": lieu,
    }


def _instance(dit: dict) -> dict:
    return {
        "type_code": dit["type"],
        "le": _jour(dit["le"]),
        "statut_code": dit["statut"],
        "mds": dit.get("MDS"),
        "coordonnateur_present": _oui_non(dit.get("coordonnateur")),
        "jeunes_recus": dit.get("reçus"),
    }


def _poste(dit: dict) -> dict:
    return {
        "du": _jour(dit["du"]),
        "au": _jour(dit.get("au")),
        "etp": Decimal(dit["etp"]),
        "telephone_fourni_le": _jour(dit.get("téléphone")),
        "ordinateur_fourni_le": _jour(dit.get("ordinateur")),
        "frais_deplacement": _oui_non(dit.get("frais")),
    }
