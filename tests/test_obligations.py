"""The calendar of obligations (M10): what is due, what is said of it, on which territories, and
what comes next."""

import html
import io
from dataclasses import dataclass
from datetime import date, timedelta

import openpyxl
import pytest
from sqlalchemy import text

from app import acces
from app.extensions import db
from app.regles import obligations as regles
from app.regles.age import aujourd_hui
from tests import factories as f
from tests.connexions import jeton, ouvrir_session
from tests.ordres_sql import ordres_sql

PERMANENCE, COMITE, COPIL, TECHNIQUE = regles.OBLIGATIONS
LE = date(2026, 5, 20)
MAI = regles.PeriodeDObligation(date(2026, 5, 1), date(2026, 5, 31))


@dataclass
class Reunion:
    le: date
    statut_code: str = "TENUE"
    coordonnateur_present: bool | None = True


@pytest.mark.parametrize(
    ("obligation", "annee", "noms"),
    [
        (
            PERMANENCE,
            2026,
            [
                "janv.",
                "févr.",
                "mars",
                "avril",
                "mai",
                "juin",
                "juil.",
                "août",
                "sept.",
                "oct.",
                "nov.",
                "déc.",
            ],
        ),
        (COMITE, 2026, ["1er trimestre", "2e trimestre", "3e trimestre", "4e trimestre"]),
        (COPIL, 2026, ["2026"]),
        (
            TECHNIQUE,
            2026,
            [
                "01/01 – 11/02",
                "12/02 – 25/03",
                "26/03 – 06/05",
                "07/05 – 17/06",
                "18/06 – 29/07",
                "30/07 – 09/09",
                "10/09 – 21/10",
                "22/10 – 02/12",
                "03/12 – 13/01",
            ],
        ),
    ],
)
def test_une_annee_se_decoupe_sans_trou_ni_recouvrement(obligation, annee, noms):
    periodes = regles.periodes(obligation, annee)
    assert [p.nom for p in periodes] == noms
    assert periodes[0].du == date(annee, 1, 1) and periodes[-1].au >= date(annee, 12, 31)
    assert all(
        a.au + timedelta(days=1) == b.du for a, b in zip(periodes, periodes[1:], strict=False)
    )


def test_les_six_semaines_courent_depuis_la_derniere_reunion_tenue():
    tenues = [date(2025, 11, 20), date(2025, 12, 10), date(2026, 1, 15), date(2026, 3, 20)]
    assert [(p.du, p.au) for p in regles.periodes(TECHNIQUE, 2026, tenues)][:5] == [
        (date(2025, 12, 11), date(2026, 1, 15)),  # held early: the next six weeks start there
        (date(2026, 1, 16), date(2026, 2, 26)),  # none was held in time
        (date(2026, 2, 27), date(2026, 3, 20)),  # held late
        (date(2026, 3, 21), date(2026, 5, 1)),
        (date(2026, 5, 2), date(2026, 6, 12)),
    ]
    assert regles.periodes(PERMANENCE, 2026, tenues) == regles.periodes(PERMANENCE, 2026)


@pytest.mark.parametrize("annee", [2025, 2026, 2028])
def test_aucune_periode_de_six_semaines_n_en_dure_davantage(annee):
    periodes = regles.periodes(TECHNIQUE, annee)
    assert max((p.au - p.du).days + 1 for p in periodes) == 42


@pytest.mark.parametrize(
    ("obligation", "reunions", "le", "attendu"),
    [
        (PERMANENCE, [Reunion(date(2026, 5, 4), coordonnateur_present=None)], LE, regles.TENUE),
        (
            PERMANENCE,
            [Reunion(date(2026, 4, 30)), Reunion(date(2026, 6, 1))],
            date(2026, 6, 2),
            regles.MANQUANTE,
        ),
        (PERMANENCE, [Reunion(date(2026, 5, 31))], date(2026, 6, 2), regles.TENUE),
        (PERMANENCE, [Reunion(date(2026, 5, 20), "PREVUE")], LE, regles.PREVUE),
        (PERMANENCE, [Reunion(date(2026, 5, 19), "PREVUE")], LE, regles.A_METTRE_A_JOUR),
        (PERMANENCE, [Reunion(date(2026, 5, 4), "ANNULEE")], LE, regles.A_PREVOIR),
        (PERMANENCE, [Reunion(date(2026, 5, 4), "ANNULEE")], date(2026, 6, 1), regles.ANNULEE),
        (
            PERMANENCE,
            [Reunion(date(2026, 5, 4), "ANNULEE"), Reunion(date(2026, 5, 9))],
            date(2026, 6, 1),
            regles.TENUE,
        ),
        (PERMANENCE, [], LE, regles.A_PREVOIR),
        (PERMANENCE, [], date(2026, 5, 31), regles.A_PREVOIR),
        (PERMANENCE, [], date(2026, 4, 30), regles.A_VENIR),
        (
            COMITE,
            [Reunion(date(2026, 5, 4), coordonnateur_present=None)],
            LE,
            regles.PRESENCE_INCONNUE,
        ),
        (
            COMITE,
            [Reunion(date(2026, 5, 4), coordonnateur_present=False)],
            LE,
            regles.SANS_COORDONNATEUR,
        ),
        (
            COMITE,
            [
                Reunion(date(2026, 5, 4), coordonnateur_present=False),
                Reunion(date(2026, 5, 28), "PREVUE"),
            ],
            LE,
            regles.PREVUE,
        ),
        (
            COMITE,
            [Reunion(date(2026, 5, 4), coordonnateur_present=False), Reunion(date(2026, 5, 6))],
            LE,
            regles.TENUE,
        ),
    ],
)
def test_ce_qui_est_dit_d_une_obligation(obligation, reunions, le, attendu):
    assert regles.etat(obligation, MAI, reunions, le)[0] == attendu


def test_les_mots_s_accordent_et_rien_ne_reste_a_remplir():
    assert (PERMANENCE.dire(regles.TENUE), COMITE.dire(regles.TENUE)) == ("Tenue", "Tenu")
    assert PERMANENCE.dire(regles.ANNULEE) == "Annulée"
    assert not [e for o in regles.OBLIGATIONS for e in regles.ETATS if "{" in o.dire(e)]


# --- On screen


@pytest.fixture(scope="module")
def comptes(app):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        f.une_instance("PERMANENCE", "ART", le=aujourd_hui(), code="ICI")
        f.une_instance("PERMANENCE", "TER", le=aujourd_hui(), code="AILLEURS")
        f.une_instance("COPIL", None, le=aujourd_hui(), statut_code="PREVUE")
        numeros = {
            "coordonnateur": f.un_compte("COORDONNATEUR", "ART").id,
            "lecteur": f.un_compte("REFERENT_SEF", "ART").id,
            "dpid": f.un_compte("DPID").id,
            "dpo": f.un_compte("DPO").id,
        }
        db.session.commit()
    return numeros


@pytest.fixture
def agent(app, comptes):
    return lambda qui: ouvrir_session(app.test_client(), comptes[qui])


def lire(client, adresse: str = "/obligations/") -> str:
    reponse = client.get(adresse)
    assert reponse.status_code == 200
    return html.unescape(reponse.text)


def test_chacun_lit_les_obligations_de_ses_mds_et_celles_du_departement(agent):
    page = lire(agent("coordonnateur"))
    assert ">Artois<" in page and "Ternois" not in page and "Tout le Département" in page
    assert page.count(">Tenue<") == 1 and page.count(">Prévu<") == 1
    du_departement = lire(agent("dpid"))
    assert ">Ternois<" in du_departement and du_departement.count(">Tenue<") == 2
    assert agent("dpo").get("/obligations/").status_code == 403


def test_ce_qui_manque_s_enregistre_d_un_clic_la_ou_l_on_peut(agent, app):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        artois = f.numero_mds("ART")
    page = lire(agent("coordonnateur"))
    assert f"/instances/ajouter?type=COMITE_SUIVI&mds={artois}" in page
    assert "/instances/ajouter" not in lire(agent("lecteur"))
    saisie = lire(
        agent("coordonnateur"), f"/instances/ajouter?type=COMITE_SUIVI&mds={artois}&prevue=1"
    )
    assert 'value="COMITE_SUIVI" selected' in saisie and 'value="PREVUE" selected' in saisie


@pytest.mark.parametrize("annee", ["2024", "abc", "9999", "2026\0", "٢٠٢٦"])
def test_une_annee_hors_de_la_convention_n_existe_pas(agent, annee):
    assert agent("dpid").get("/obligations/", query_string={"annee": annee}).status_code == 404


def test_le_calendrier_s_exporte_avec_un_motif_que_le_journal_garde(agent, app):
    client = agent("coordonnateur")
    champ = jeton(client, "/obligations/")
    annee = aujourd_hui().year
    assert (
        client.post("/obligations/exporter", data={"csrf_token": champ, "annee": annee}).status_code
        == 400
    )
    fichier = client.post(
        "/obligations/exporter",
        data={
            "csrf_token": champ,
            "annee": annee,
            "finalite": "SUIVI",
            "motif": "réunion d’équipe",
        },
    )
    feuille = openpyxl.load_workbook(io.BytesIO(fichier.data)).active
    fichier.close()
    lignes = list(feuille.iter_rows(min_row=2, values_only=True))
    assert len(lignes) == 12 + 4 + 1 + 9 and {ligne[1] for ligne in lignes} == {
        "Artois",
        "Tout le Département",
    }
    tenues = [ligne for ligne in lignes if ligne[4] == "Tenue"]
    assert [ligne[5].date() for ligne in tenues] == [aujourd_hui()]
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        ecrit = db.session.execute(
            text(
                "select detail, motif from journal where operation = 'export' and table_nom ="
                " 'instance' order by id desc limit 1"
            )
        ).one()
    assert ecrit.detail["lignes"] == len(lignes) and ecrit.motif == "réunion d’équipe"


def test_le_calendrier_coute_le_meme_nombre_de_requetes_quoi_qu_il_contienne(agent, app):
    def compter() -> int:
        with ordres_sql() as ordres:
            lire(agent("dpid"))
        return len(ordres)

    lire(agent("dpid"))
    avant = compter()
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        for n in range(40):
            f.une_instance(
                "PERMANENCE", "CAL", le=aujourd_hui().replace(month=1, day=1) + timedelta(days=n)
            )
        db.session.commit()
    assert compter() == avant


# --- The home page
# --------------------------------------------------------------------------------------------------


def test_l_accueil_dit_les_rencontres_qui_viennent_dans_sa_mds(agent, app):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        for nom, mds, le, statut in (
            ("Bientôt", "ART", 3, "PREVUE"),
            ("Ailleurs", "TER", 3, "PREVUE"),
            ("Plustard", "ART", 40, "PREVUE"),
            ("Annulé", "ART", 3, "ANNULEE"),
        ):
            f.une_rencontre(f.un_jeune(mds, nom=nom), le=f.dans(le), statut_code=statut)
        db.session.commit()
    page = lire(agent("coordonnateur"), "/")
    assert "Bientôt" in page
    assert not [nom for nom in ("Ailleurs", "Plustard", "Annulé") if nom in page]
    assert "Bientôt" not in lire(agent("dpid"), "/")


def test_l_accueil_dit_les_obligations_que_personne_n_a_prevues(agent):
    page = lire(agent("coordonnateur"), "/")
    assert (
        "Comité de suivi, chaque trimestre" in page and "Permanence au SEF, chaque mois" not in page
    )
    assert "à prévoir" not in lire(agent("lecteur"), "/")
