"""Dates that cannot be: refused at every door (form, workbook, base), and listed before sending
when they are already there."""

from datetime import date, timedelta

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import IntegrityError

from app import acces
from app.echanges.reprise import application
from app.extensions import db
from app.indicateurs import anomalies
from app.models import BORNEES, Jeune
from app.models.base import PHRASES
from app.models.dates import FAIT, colonnes_de_date, dates_d_une_vie, faits_de
from app.regles.age import aujourd_hui
from app.regles.dates import APRES_DES_FAITS, AVANT_NAISSANCE, FUTUR, HORS_DU_SIECLE, refus
from tests import factories as f
from tests.classeurs import JEUNE, LIMITES, ecrire
from tests.connexions import ouvrir_session, poster

JOUR = date(2026, 11, 28)
NAISSANCE = date(2008, 4, 12)


@pytest.mark.parametrize(
    ("le", "est_un_fait", "attendu"),
    [
        (JOUR, True, None),
        (JOUR + timedelta(days=1), True, FUTUR),
        (JOUR + timedelta(days=1), False, None),
        (NAISSANCE, True, None),
        (NAISSANCE - timedelta(days=1), True, AVANT_NAISSANCE),
        (date(2100, 12, 31), False, None),
        (date(2101, 1, 1), False, HORS_DU_SIECLE),
        (date(2925, 3, 1), True, HORS_DU_SIECLE),
        (date(1899, 12, 31), False, HORS_DU_SIECLE),
    ],
)
def test_une_date_qui_ne_peut_pas_etre_se_dit(le, est_un_fait, attendu):
    assert refus(le, JOUR, est_un_fait=est_un_fait, naissance=NAISSANCE) == attendu


# --- The workbook

DEMAIN = aujourd_hui() + timedelta(days=1)
APRES_DEMAIN = aujourd_hui() + timedelta(days=2)
SITUATION = {"Jeune": "TD1", "Situation": "LYCEE_PRO"}
RENCONTRE = {"Code": "RTD1", "Jeune": "TD1", "Type": "ENTRETIEN"}


@pytest.mark.parametrize(
    ("feuille", "ligne", "colonne", "phrase"),
    [
        (
            "Jeunes",
            {"Prise de contact le": date(2925, 3, 1)},
            "Prise de contact le",
            HORS_DU_SIECLE,
        ),
        ("Jeunes", {"Prise de contact le": DEMAIN}, "Prise de contact le", FUTUR),
        ("Jeunes", {"Repéré le": date(2001, 1, 1)}, "Repéré le", AVANT_NAISSANCE),
        ("Situations", {**SITUATION, "Observée le": date(2030, 1, 1)}, "Observée le", FUTUR),
        ("Rencontres", {**RENCONTRE, "Le": DEMAIN, "Statut": "TENUE"}, "Le", FUTUR),
        ("Rencontres", {**RENCONTRE, "Le": DEMAIN, "Statut": "PREVUE"}, None, None),
        (
            "Mesures ASE",
            {"Jeune": "TD1", "Type": "PLACEMENT", "Du": date(2020, 1, 1), "Au": date(2205, 1, 1)},
            "Au",
            HORS_DU_SIECLE,
        ),
        (
            "Mesures ASE",
            {"Jeune": "TD1", "Type": "PLACEMENT", "Du": date(2005, 1, 1)},
            "Du",
            AVANT_NAISSANCE,
        ),
    ],
)
def test_le_classeur_refuse_une_date_impossible(session, tmp_path, feuille, ligne, colonne, phrase):
    jeune = {**JEUNE, "Code dossier": "TD1"}
    feuilles = {"Jeunes": [jeune], feuille: [ligne]}
    if feuille == "Jeunes":
        feuilles = {"Jeunes": [{**jeune, **ligne}]}
    chemin = ecrire(tmp_path / "permissif.xlsx", feuilles)
    rapport = application.importer(chemin, LIMITES, application.OptionsDImport(essai=True))
    dits = [(r.feuille, r.colonne, r.raison) for r in rapport.refus]
    assert dits == ([(feuille, colonne, phrase)] if phrase else [])


# --- The form


@pytest.fixture(scope="module")
def decor(app):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        jeune = f.un_jeune("ART", nom="Impossible", date_naissance=NAISSANCE)
        compte = f.un_compte("COORDONNATEUR", "ART").id
        db.session.commit()
        return {"jeune": jeune.id, "compte": compte}


@pytest.mark.parametrize(
    ("route", "champs", "phrase"),
    [
        ("accompagnements", {"du": "2005-01-01"}, AVANT_NAISSANCE),
        ("situations", {"observee_le": DEMAIN.isoformat()}, FUTUR),
        (
            "freins",
            {"theme_code": "MOBILITE", "du": "2026-01-01", "leve_le": DEMAIN.isoformat()},
            FUTUR,
        ),
    ],
)
def test_le_formulaire_refuse_une_date_impossible(app, decor, route, champs, phrase):
    client = ouvrir_session(app.test_client(), decor["compte"])
    adresse = f"/{route}/ajouter?jeune={decor['jeune']}"
    rendu = poster(client, adresse, {"jeune_id": str(decor["jeune"]), **champs}, page=adresse)
    assert rendu.status_code == 422
    assert phrase in rendu.text


# --- The base, and the check before sending


def lire_en_proprietaire(app, ordre: str) -> list:
    """What the owner of the base reads, of its catalogue."""
    moteur = create_engine(app.config["DATABASE_OWNER_URL"])
    with moteur.connect() as base:
        lignes = base.execute(text(ordre)).all()
    moteur.dispose()
    return lignes


def test_chaque_date_de_chaque_fiche_est_bornee_dans_la_base(app):
    lignes = lire_en_proprietaire(
        app,
        "select conname, pg_get_constraintdef(oid) as regle from pg_constraint"
        " where conname like 'ck\\_%\\_dates'",
    )
    lues = {ligne.conname: ligne.regle for ligne in lignes}
    for classe in BORNEES:
        nom = f"ck_{classe.__tablename__}_dates"
        assert PHRASES[nom][0] == HORS_DU_SIECLE
        for colonne in colonnes_de_date(classe.__table__):
            assert f"{colonne.name} >= '1900-01-01'" in lues[nom], (nom, colonne.name)


DES_DROITS = {
    "emporte_du_jour",
    "est_dernier_dpo",
    "garder_les_roles",
    "motif_de_lecture",
    "repondre_acte_a_deux",
    "tient_des_dossiers",
}
"""Who holds which role now, and what left since midnight: the clock of the server alone says it."""


def test_le_jour_d_une_fiche_est_celui_de_l_application(app):
    """The clock of the server dates nothing: it decides only which rights are open."""
    defauts = lire_en_proprietaire(
        app,
        "select adrelid::regclass::text, pg_get_expr(adbin, adrelid) from pg_attrdef"
        " where pg_get_expr(adbin, adrelid) ilike '%current_date%'",
    )
    assert defauts == []
    fonctions = lire_en_proprietaire(
        app,
        "select proname from pg_proc where pronamespace = 'acces'::regnamespace"
        " and regexp_replace(prosrc, 'current_date between h\\.du', '', 'gi') ~* 'current_date'",
    )
    assert {nom for (nom,) in fonctions} - DES_DROITS == {"aujourd_hui"}


def test_la_base_refuse_un_autre_siecle(session):
    jeune = f.un_jeune("ART", date_naissance=NAISSANCE)
    with pytest.raises(IntegrityError, match="ck_mesure_dates"), session.begin_nested():
        f.une_mesure(jeune, du=date(2020, 1, 1), au=date(2205, 1, 1))


@pytest.mark.parametrize(
    ("ecrire_en_sql", "contrainte"),
    [
        (
            "insert into situation (jeune_id, observee_le) values (:jeune, current_date + 2)",
            "ck_situation_observee_le_futur",
        ),
        (
            "insert into enquete (jeune_id, repondue_le) values (:jeune, current_date + 2)",
            "ck_enquete_repondue_le_futur",
        ),
        (
            "update jeune set contact_le = current_date + 2 where id = :jeune",
            "ck_jeune_contact_le_futur",
        ),
        (
            "update rencontre set statut_code = 'TENUE' where jeune_id = :jeune",
            "ck_rencontre_le_futur",
        ),
    ],
)
def test_la_base_refuse_un_fait_a_venir_quelle_que_soit_la_porte(
    session, ecrire_en_sql, contrainte
):
    jeune = f.un_jeune("ART", date_naissance=NAISSANCE)
    f.une_rencontre(jeune, le=APRES_DEMAIN, statut_code="PREVUE")
    with pytest.raises(IntegrityError) as refus_de_la_base, session.begin_nested():
        session.execute(text(ecrire_en_sql), {"jeune": jeune.id})
    assert refus_de_la_base.value.orig.diag.constraint_name == contrainte
    assert PHRASES[contrainte][0] == FUTUR


def test_chaque_fait_a_son_refus_dans_la_base(app):
    attendus = set()
    for classe in BORNEES:
        for colonne in colonnes_de_date(classe.__table__):
            if colonne.info.get(FAIT):
                attendus.add((classe.__tablename__, f"fait_{colonne.name}"))
    lus = lire_en_proprietaire(
        app,
        "select tgrelid::regclass::text, tgname from pg_trigger where starts_with(tgname, 'fait_')",
    )
    assert {tuple(ligne) for ligne in lus} == attendus
    assert ("situation", "fait_observee_le") in attendus


D_UNE_VIE = [
    (classe.__table__.name, nom) for classe in BORNEES for nom in dates_d_une_vie(classe.__table__)
]


@pytest.mark.parametrize(("table", "colonne"), D_UNE_VIE)
def test_la_base_refuse_une_date_avant_la_naissance_quelle_que_soit_la_porte(
    session, table, colonne
):
    """What stays as it was is let through: the mending of another field is never blocked."""
    cle, numero = "id", f.un_jeune("ART", date_naissance=NAISSANCE).id
    if table != "jeune":
        numero = f.FABRIQUES[table]("ART").id
        session.execute(
            text(
                f"update jeune set date_naissance = '2008-04-12' where id ="
                f" (select jeune_id from {table} where id = :n)"
            ),
            {"n": numero},
        )
    ordre = text(f"update {table} set {colonne} = '2008-04-11' where {cle} = :n")
    with pytest.raises(IntegrityError) as refus_de_la_base, session.begin_nested():
        session.execute(ordre, {"n": numero})
    contrainte = f"ck_{table}_{colonne}_naissance"
    assert refus_de_la_base.value.orig.diag.constraint_name == contrainte
    assert PHRASES[contrainte] == (AVANT_NAISSANCE, colonne)


TOUJOURS_DATEES = {
    classe.__table__.name
    for classe in BORNEES
    if any(not classe.__table__.c[nom].nullable for nom in dates_d_une_vie(classe.__table__))
}


@pytest.mark.parametrize("table", sorted(TOUJOURS_DATEES | {"jeune"}))
def test_une_naissance_ne_passe_pas_apres_ce_qui_est_deja_vecu(session, table):
    """Nor does what was already before it, or is « since always », block its correction."""
    if table == "jeune":
        numero = f.un_jeune("ART", repere_le=date(2025, 5, 5)).id
    else:
        numero = f.FABRIQUES[table]("ART").jeune_id
    ordre = text(
        "update jeune set date_naissance = date_naissance + cast(:jours as int) where id = :n"
    )
    session.execute(ordre, {"n": numero, "jours": 30})
    with pytest.raises(IntegrityError) as refus_de_la_base, session.begin_nested():
        session.execute(ordre, {"n": numero, "jours": 365 * 40})
    contrainte = refus_de_la_base.value.orig.diag.constraint_name
    assert PHRASES[contrainte] == (APRES_DES_FAITS, "date_naissance")


@pytest.fixture
def sans_refus(app):
    """As before the base refused these dates: those that it already holds stay in it."""
    moteur = create_engine(app.config["DATABASE_OWNER_URL"])
    gardes = [(c.__tablename__, f"fait_{nom}") for c in BORNEES for nom, _ in faits_de(c.__table__)]
    gardes += [(table, "naissance") for table in dict(D_UNE_VIE)]
    for acte in ("disable", "enable"):
        with moteur.begin() as base:
            for table, declencheur in gardes:
                base.execute(text(f"alter table {table} {acte} trigger {declencheur}"))
        if acte == "disable":
            yield
    moteur.dispose()


@pytest.mark.usefixtures("sans_refus")
def test_le_controle_avant_envoi_liste_ce_qui_est_deja_la(session):
    """Recorded before the doors were closed, or by a clock that was wrong."""
    mois = (date(2025, 6, 1), date(2025, 6, 30))
    avant = anomalies.compter(*mois)
    jeune = f.un_jeune("ART", date_naissance=NAISSANCE, contact_le=DEMAIN)
    f.une_situation(jeune, observee_le=DEMAIN)
    f.une_rencontre(jeune, le=DEMAIN, statut_code="TENUE")
    f.une_rencontre(jeune, le=DEMAIN, statut_code="PREVUE")
    avant_naissance = date(2004, 1, 1)
    for fabrique in (f.une_mesure, f.un_accompagnement, f.un_binome, f.une_alerte, f.un_frein):
        fabrique(jeune, du=avant_naissance)
    f.un_rattachement(jeune, "ART", du=avant_naissance)
    f.une_mobilisation(jeune, du=avant_naissance)
    f.une_enquete(jeune, demandee_le=avant_naissance)
    f.une_instance("PERMANENCE", "ART", le=DEMAIN, statut_code="TENUE")
    apres = anomalies.compter(*mois)
    nouvelles = {code: apres[code] - avant[code] for code in apres if apres[code] > avant[code]}
    impossibles = {code: n for code, n in nouvelles.items() if code.startswith("DATE_IMPOSSIBLE")}
    attendues = [code for code in apres if code.startswith("DATE_IMPOSSIBLE")]
    assert impossibles == dict.fromkeys(attendues, 1)
    (ligne,) = anomalies.lister(*mois, code="DATE_IMPOSSIBLE_SITUATION")
    assert (ligne.jeune_id, ligne.le) == (jeune.id, DEMAIN)
    assert session.get(Jeune, jeune.id) is not None
