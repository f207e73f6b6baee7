"""One rule at every door: what the form refuses the workbook and the base refuse, in the same
words; a contradiction comes in and waits; a rule never blocks the mending of another field."""

import functools
import html
import json
import re
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import CheckConstraint, create_engine, text
from sqlalchemy.exc import DBAPIError
from werkzeug.datastructures import MultiDict

from app.echanges.reprise import application
from app.echanges.reprise.feuilles import FEUILLES
from app.echanges.reprise.lecture import CelluleRefusee
from app.erreurs import expliquer
from app.extensions import db
from app.indicateurs import anomalies, saisies_refusees
from app.models import BORNEES, Jeune, Rencontre, catalogue
from app.models.base import PHRASES
from app.models.dates import (
    colonnes_de_date,
    contrainte_de_naissance,
    contrainte_du_fait,
    est_un_fait,
    naissance_avant,
)
from app.models.formes import formes_de
from app.regles.age import aujourd_hui
from app.regles.coordonnees import (
    PAS_UN_COURRIEL,
    PAS_UN_TELEPHONE,
    TAILLE_DU_RECIT,
    refus_du_texte,
)
from app.regles.dates import APRES_DES_FAITS, AVANT_NAISSANCE, FUTUR, HORS_DU_SIECLE
from app.regles.presences import ABSENT_ET_PRESENT, ENCORE_PREVUE
from app.views.socle import dates
from app.views.socle.champs import (
    ChampDate,
    ChampTexte,
    ChampTexteLong,
    ChampVoulu,
    Formulaire,
)
from app.views.socle.saisie import lire_date
from tests import factories as f
from tests.classeurs import DONNEES, JEUNE, LIMITES, ecrire, listes
from tests.connexions import ouvrir_session, poster

LISTES = listes()
ESSAI = application.OptionsDImport(essai=True)
DEMAIN = aujourd_hui() + timedelta(days=3)
FABRIQUES = {
    **{table: functools.partial(f.fabriquer, table, "ART") for table in f.D_UNE_MDS},
    "jeune": f.un_jeune,
    "partenaire": f.un_partenaire,
    "agent": f.un_agent,
}


def mauvais_textes(champ):
    """(what is typed, the sentence) of each text that this column cannot hold."""
    if champ.attribut == "telephone":
        yield "0000000000000000", PAS_UN_TELEPHONE
    elif champ.attribut == "courriel":
        yield "pas-un-courriel", PAS_UN_COURRIEL
    taille = TAILLE_DU_RECIT if champ.genre == "recit" else champ.taille
    if champ.genre in ("recit", "texte") and taille:
        trop = "x" * (taille + 1)
        yield trop, refus_du_texte(champ.attribut, trop, taille)


TEXTES = [
    (feuille, champ, texte, phrase)
    for feuille in FEUILLES
    for champ in feuille.champs
    for texte, phrase in mauvais_textes(champ)
]
FAITS = [
    (feuille, champ)
    for feuille in FEUILLES
    for champ in feuille.champs
    if champ.genre == "date" and champ.colonne.info.get("fait")
]


def saisir(champ, texte) -> list[str]:
    """What a form says of a text typed in the field of this column."""
    classe = ChampTexteLong if champ.genre == "recit" else ChampTexte
    voulu = ChampVoulu(champ.attribut, champ.colonne, champ.titre, None, False, "jeune", "creer")
    formulaire = type("Essai", (Formulaire,), {champ.attribut: classe.de_colonne(voulu)})
    form = formulaire(MultiDict({champ.attribut: texte}))
    form.validate()
    return list(form[champ.attribut].errors)


def test_chaque_texte_se_refuse_au_formulaire_et_au_classeur_dans_les_memes_mots(session, tmp_path):
    """Of every field of every noun of the workbook."""
    assert len({feuille.nom for feuille, *_ in TEXTES}) == 11
    feuilles = {}
    attendus = {}
    for feuille, champ, texte, phrase in TEXTES:
        assert saisir(champ, texte) == [phrase], (feuille.nom, champ.titre)
        if champ.genre == "recit":  # no cell of Excel holds a longer one
            continue
        lignes = feuilles.setdefault(feuille.nom, [])
        lignes.append(ligne_juste(feuille, len(lignes)) | {champ.titre: texte})
        attendus[feuille.nom, len(lignes) + 1, champ.titre] = phrase
    chemin = ecrire(tmp_path / "textes.xlsx", feuilles)
    refus: list[CelluleRefusee] = application.importer(chemin, LIMITES, ESSAI).refus
    lus = {(r.feuille, r.ligne, r.colonne): r.raison for r in refus}
    assert {ou: lus.get(ou) for ou in attendus} == attendus


def ligne_juste(feuille, numero: int) -> dict:
    """Enough for the row to be read: a key of its own, the rest as it comes."""
    ligne = {}
    for champ in feuille.champs:
        if not champ.requis and champ.attribut not in feuille.cle:
            continue
        match champ.genre:
            case "date":
                ligne[champ.titre] = date(2024, 1, 1) + timedelta(days=numero)
            case "mds":
                ligne[champ.titre] = "ART"
            case "code":
                ligne[champ.titre] = next(iter(LISTES[champ.liste].valeurs))
            case "nombre":
                ligne[champ.titre] = 1
            case _:
                ligne[champ.titre] = f"X{numero}"
    return ligne


def la_base_dit(table: str, numero: int, colonne: str, valeur) -> tuple[str, str | None]:
    """What the person reads of the refusal by the base, and the column it stands next to."""
    ordre = text(f"update {table} set {colonne} = :v where id = :n")
    with pytest.raises(DBAPIError) as refus, db.session.begin_nested():
        db.session.execute(ordre, {"v": valeur, "n": numero})
    return expliquer(refus.value)


FORMES = [
    (table, forme)
    for table, classe in catalogue.noms().items()
    for forme in formes_de(classe.__table__, bool(classe.declaration.classeur))
]


@pytest.mark.parametrize("table", sorted({table for table, _ in FORMES}))
def test_chaque_texte_a_le_meme_refus_dans_la_base(session, table):
    numero = db.session.scalar(text(f"select min(id) from {table}"))
    if numero is None:
        numero = FABRIQUES[table]().id
    for forme in (forme for nom, forme in FORMES if nom == table):
        mauvais = "x" * (TAILLE_DU_RECIT + 1)
        if forme.contrainte.endswith("_forme"):
            mauvais = "pas bon"
        attendu = (forme.phrase, forme.colonne)
        assert la_base_dit(table, numero, forme.colonne, mauvais) == attendu


def test_une_date_d_un_autre_siecle_se_refuse_partout(session, tmp_path):
    with pytest.raises(ValueError, match=HORS_DU_SIECLE):
        lire_date("01/01/2101")
    feuilles = {}
    attendus = set()
    for feuille in FEUILLES:
        lignes = []
        for champ in feuille.champs:
            if champ.genre == "date" and champ.attribut != "date_naissance":
                lignes.append(ligne_juste(feuille, len(lignes)) | {champ.titre: date(2101, 1, 1)})
                attendus.add((feuille.nom, len(lignes) + 1, champ.titre))
        if lignes:
            feuilles[feuille.nom] = lignes
    refus = application.importer(ecrire(tmp_path / "s.xlsx", feuilles), LIMITES, ESSAI).refus
    hors = {(r.feuille, r.ligne, r.colonne) for r in refus if r.raison == HORS_DU_SIECLE}
    assert attendus <= hors


def test_un_fait_a_venir_se_refuse_au_classeur_comme_au_formulaire(session, tmp_path):
    feuilles = {}
    attendus = set()
    for feuille, champ in FAITS:
        lignes = feuilles.setdefault(feuille.nom, [])
        ligne = ligne_juste(feuille, len(lignes)) | {champ.titre: DEMAIN}
        if "Statut" in ligne:
            ligne["Statut"] = "TENUE"
            assert est_un_fait(champ.colonne, lambda nom: "TENUE")
        lignes.append(ligne)
        attendus.add((feuille.nom, len(lignes) + 1, champ.titre))
    refus = application.importer(ecrire(tmp_path / "f.xlsx", feuilles), LIMITES, ESSAI).refus
    assert attendus <= {(r.feuille, r.ligne, r.colonne) for r in refus if r.raison == FUTUR}


AVANT = date(2001, 1, 1)
"""Before the birth of any youth of these tests."""
DATES = [
    (classe, colonne)
    for classe in BORNEES
    for colonne in colonnes_de_date(classe.__table__)
    if colonne.name != "date_naissance"
]


def saisir_une_date(classe, colonne, jour: date, jeune) -> list[str]:
    """What the form of a noun says of a day typed in the field of this column."""
    formulaire = type("Essai", (Formulaire,), {colonne.name: ChampDate("Le")})
    form = formulaire(MultiDict({colonne.name: f"{jour:%d/%m/%Y}"}))
    form.validate()
    connu = {"jeune_id": jeune.id, "date_naissance": jeune.date_naissance}
    statut = str(colonne.info.get("fait") or "").split(" ")[0]
    dates.verifier(form, classe, SimpleNamespace(**connu, statut_code=statut))
    return list(form[colonne.name].errors)


def test_chaque_date_de_chaque_fiche_a_les_memes_mots_au_formulaire_et_dans_la_base(session):
    """Of every field of every noun; that the base refuses each is in test_dates.py."""
    jeune = f.un_jeune("ART", date_naissance=date(2008, 4, 12))
    for classe, colonne in DATES:
        ici = (classe.__name__, colonne.name)
        table = classe.__table__.name
        dits = {jour: saisir_une_date(classe, colonne, jour, jeune) for jour in (DEMAIN, AVANT)}
        assert saisir_une_date(classe, colonne, date(2101, 1, 1), jeune) == [HORS_DU_SIECLE], ici
        assert PHRASES[f"ck_{table}_dates"][0] == HORS_DU_SIECLE
        futur = PHRASES.get(contrainte_du_fait(table, colonne.name), ("",))[0]
        assert dits[DEMAIN] == [futur] * bool(colonne.info.get("fait")), ici
        avant = PHRASES.get(contrainte_de_naissance(table, colonne.name), ("",))[0]
        assert dits[AVANT] == [avant] * naissance_avant(colonne), ici


def test_avant_la_naissance_se_refuse_au_classeur_dans_les_memes_mots(session, tmp_path):
    feuilles = {"Jeunes": [{**JEUNE, "Code dossier": f"NAI{n}"} for n in range(20)]}
    attendus = set()
    for feuille in FEUILLES:
        if not feuille.par_jeune and feuille.table != "jeune":
            continue
        lignes = feuilles.setdefault(feuille.nom, [])
        for champ in feuille.champs:
            if champ.genre == "date" and champ.attribut != "date_naissance":
                ligne = ligne_juste(feuille, len(lignes)) | {champ.titre: AVANT}
                ligne |= {titre: AVANT for titre, dit in ligne.items() if isinstance(dit, date)}
                if feuille.table == "jeune":
                    ligne |= {**JEUNE, "Code dossier": f"NAI{len(lignes)}"}
                else:
                    ligne |= {"Jeune": f"NAI{len(lignes) % 20}"}
                lignes.append(ligne)
                attendus.add((feuille.nom, len(lignes) + 1, champ.titre))
    refus = application.importer(ecrire(tmp_path / "n.xlsx", feuilles), LIMITES, ESSAI).refus
    dits = {(r.feuille, r.ligne, r.colonne) for r in refus if r.raison == AVANT_NAISSANCE}
    assert attendus <= dits, attendus - dits


def test_une_contradiction_entre_se_dit_et_attend_parmi_les_anomalies(session):
    chemin = DONNEES / "terrain" / "import-permissif.xlsx"
    garder = application.OptionsDImport(garder_les_bonnes=True)
    rapport = application.importer(chemin, LIMITES, garder)
    assert [(r.ligne, r.colonne, r.raison) for r in rapport.refus] == [(2, "Le", FUTUR)]
    assert any(ABSENT_ET_PRESENT in dit for dit in rapport.avertissements)
    mois = (date(2026, 3, 1), date(2026, 3, 31))
    (ligne,) = anomalies.lister(*mois, code="PRESENCE_CONTRADICTOIRE")
    assert ligne.dossier == "V001"
    encore = application.importer(chemin, LIMITES, garder)
    assert not any(ABSENT_ET_PRESENT in dit for dit in encore.avertissements)


def test_une_rencontre_encore_prevue_entre_avec_un_avertissement(session, tmp_path):
    jeune = {**JEUNE, "Code dossier": "UR1"}
    rencontre = {"Code": "UR1R", "Jeune": "UR1", "Type": "ENTRETIEN", "Le": date(2026, 3, 2)}
    feuilles = {"Jeunes": [jeune], "Rencontres": [{**rencontre, "Statut": "PREVUE"}]}
    rapport = application.importer(ecrire(tmp_path / "p.xlsx", feuilles), LIMITES, ESSAI)
    assert rapport.refus == []
    assert any(ENCORE_PREVUE in dit for dit in rapport.avertissements)


def test_l_essai_dit_ce_que_la_base_refuserait_d_une_ligne(session, tmp_path):
    """Else the trial shows rows that the import then refuses."""
    jeune = {**JEUNE, "Code dossier": "UR2"}
    rencontre = {"Jeune": "UR2", "Type": "ENTRETIEN", "Le": date(2026, 3, 2), "Statut": "TENUE"}
    durees = {"U0": 0, "U1": 1, "U2": 1440, "U3": 1441}
    orientation = {"Jeune": "UR2", "Prise de contact le": date(2026, 3, 2), "Réponse": "Renvoyée"}
    feuilles = {
        "Jeunes": [jeune],
        "Rencontres": [rencontre | {"Code": c, "Durée": minutes} for c, minutes in durees.items()],
        "Orientations": [orientation],
    }
    rapport = application.importer(ecrire(tmp_path / "d.xlsx", feuilles), LIMITES, ESSAI)
    refus = [(r.feuille, r.ligne, r.colonne) for r in rapport.refus]
    assert sorted(refus) == [
        ("Orientations", 2, "Raison du renvoi"),
        ("Rencontres", 2, "Durée"),
        ("Rencontres", 5, "Durée"),
    ]


@pytest.mark.parametrize("feuille", FEUILLES, ids=lambda feuille: feuille.nom)
def test_chaque_borne_d_une_colonne_du_classeur_se_controle_avant_la_base(feuille):
    """A text that is not empty is a required cell; dates in order are checked by their own."""
    attributs = {champ.attribut for champ in feuille.champs}
    connues = {nom for nom, _ in feuille.controles}
    connues |= {f"ck_{feuille.table}_{debut}_{fin}" for debut, fin in feuille.ordres}
    for contrainte in catalogue.classe_de(feuille.table).__table__.constraints:
        if not isinstance(contrainte, CheckConstraint) or str(contrainte.sqltext).endswith("<> ''"):
            continue
        if PHRASES[contrainte.name][1] in attributs:
            assert contrainte.name in connues


# --- What is already there


@pytest.fixture
def ancienne(app, tous):
    """A youth and a rencontre that the rules of today would refuse; a coordonnateur of Artois."""
    moteur = create_engine(app.config["DATABASE_OWNER_URL"])
    gardes = [("jeune", "forme_telephone"), ("rencontre", "fait_le")]

    def basculer(acte: str) -> None:
        with moteur.begin() as base:
            for table, nom in gardes:
                base.execute(text(f"alter table {table} {acte} trigger {nom}"))

    with tous() as session:
        basculer("disable")
        jeune = f.un_jeune("ART", nom="Ancien", telephone="à demander")
        champs = {"le": DEMAIN, "statut_code": "ABSENCE", "jeune_present": True}
        rencontre = f.une_rencontre(jeune, **champs)
        compte = f.un_compte("COORDONNATEUR", "ART").id
        numeros = jeune.id, rencontre.id, compte
        session.commit()
        basculer("enable")
    moteur.dispose()
    return numeros


def test_une_regle_n_empeche_pas_de_corriger_un_autre_champ(app, ancienne, tous):
    jeune, rencontre, compte = ancienne
    client = ouvrir_session(app.test_client(), compte)
    page = client.get(f"/rencontres/{rencontre}/modifier").text
    champs = des_champs(page) | {"compte_rendu": "Vu ailleurs."}
    rendu = poster(client, f"/rencontres/{rencontre}/modifier", champs, page="/rencontres/")
    assert rendu.status_code == 302, rendu.text
    champs |= {"le": (DEMAIN + timedelta(days=1)).isoformat(), "version": "2"}
    rendu = poster(client, f"/rencontres/{rencontre}/modifier", champs, page="/rencontres/")
    assert rendu.status_code == 422
    assert FUTUR in rendu.text
    page = client.get(f"/jeunes/{jeune}/modifier").text
    champs = des_champs(page) | {"objectif": "Le permis."}
    rendu = poster(client, f"/jeunes/{jeune}/modifier", champs, page="/jeunes/")
    assert rendu.status_code == 302, rendu.text
    champs |= {"telephone": "rien", "version": "2"}
    rendu = poster(client, f"/jeunes/{jeune}/modifier", champs, page="/jeunes/")
    assert PAS_UN_TELEPHONE in rendu.text
    with tous() as session:
        assert session.get(Rencontre, rencontre).compte_rendu == "Vu ailleurs."
        assert session.get(Jeune, jeune).objectif == "Le permis."


def test_une_naissance_apres_ce_qui_est_vecu_est_refusee_a_chaque_porte(app, tous, tmp_path):
    """The year of today typed for that of the birth; what was typed stays beside the sentence."""
    with tous() as session:
        jeune = f.un_jeune("ART", code="VERH", date_naissance=date(2008, 4, 12))
        f.un_accompagnement(jeune, du=date(2025, 5, 5))
        adresse = f"/jeunes/{jeune.id}/modifier"
        compte = f.un_compte("RESPONSABLE", "ART").id
        session.commit()
        dite = {**JEUNE, "Code dossier": "VERH", "Date de naissance": "12/04/2026"}
        fichier = ecrire(tmp_path / "v.xlsx", {"Jeunes": [dite]})
        refus = application.importer(fichier, LIMITES, ESSAI).refus
    assert [(r.colonne, r.raison) for r in refus] == [("Date de naissance", APRES_DES_FAITS)]
    client = ouvrir_session(app.test_client(), compte)
    champs = des_champs(client.get(adresse).text) | {"date_naissance": "2026-04-12"}
    rendu = poster(client, adresse, champs, page="/jeunes/")
    assert rendu.status_code == 422
    assert html.escape(APRES_DES_FAITS) in rendu.text and 'value="2026-04-12"' in rendu.text


def des_champs(page: str) -> dict[str, str]:
    """The form of a record, as a browser sends it back untouched."""
    champs = {}
    for balise in re.findall(r"<input [^>]*>", page):
        lus = dict(re.findall(r'([a-z-]+)="([^"]*)"', balise))
        coche = lus.get("type") not in ("checkbox", "radio") or " checked" in balise
        if "name" in lus and coche and lus.get("type") not in ("submit", "search"):
            champs[lus["name"]] = html.unescape(lus.get("value", ""))
    zones = r'<textarea[^>]* name="([^"]+)"[^>]*>(.*?)</textarea>'
    for nom, corps in re.findall(zones, page, re.S):
        champs[nom] = html.unescape(corps.strip())
    for nom, corps in re.findall(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', page, re.S):
        choisie = re.search(r'value="([^"]*)"[^>]* selected', corps)
        champs[nom] = html.unescape(choisie[1]) if choisie else ""
    champs.pop("csrf_token", None)
    champs.pop("jeton", None)
    return champs


def test_ce_que_les_regles_refuseraient_est_liste_sans_un_nom(app, ancienne, tous):
    with tous():
        trouvees = {(s.fiche, s.colonne, s.phrase) for s in saisies_refusees.lister()}
    assert {
        ("Jeune", "Téléphone", PAS_UN_TELEPHONE),
        ("Rencontre", "Jeune présent", ABSENT_ET_PRESENT),
        ("Rencontre", "Le", saisies_refusees.DATE_IMPOSSIBLE),
    } <= trouvees
    with tous():
        mois = (aujourd_hui().replace(day=1), aujourd_hui())
        listees = {a.jeune_id for a in anomalies.lister(*mois, code="COORDONNEES_FAUSSES")}
        assert ancienne[0] in listees
    rendu = app.test_cli_runner().invoke(args=["tandem", "verifier-donnees"])
    assert rendu.exit_code == 1
    assert "Téléphone : " in rendu.stdout and "Ancien" not in rendu.stdout
    assert f" /jeunes/{ancienne[0]}\n" in rendu.stdout
    en_json = app.test_cli_runner().invoke(args=["tandem", "verifier-donnees", "--json"])
    assert en_json.exit_code == 1
    dites = {(d["fiche"], d["colonne"]): d["adresse"] for d in json.loads(en_json.stdout)}
    assert dites["Jeune", "Téléphone"] == f"/jeunes/{ancienne[0]}"
    assert re.fullmatch(r"/rencontres/\d+", dites["Rencontre", "Jeune présent"])
    with tous() as session:
        assert session.get(Jeune, ancienne[0]).telephone == "à demander"
