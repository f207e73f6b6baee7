"""The screen of the figures: each one opens its list, which adds up to it and shows only whom one
may see."""

import html
import io
import re
from datetime import date

import openpyxl
import pytest
from sqlalchemy import func, select

from app import acces, indicateurs
from app.commandes.base import actualiser_les_statistiques
from app.commandes.comptes import habiliter
from app.commandes.demo import remplir
from app.extensions import db
from app.indicateurs import graphiques
from app.models import Accompagnement, Evenement, Instance, Jeune, Mds, Objectif, Poste
from app.models.nomenclature import Logement
from app.views.pages import indicateurs as ecran
from app.views.pages.familles import par_famille
from app.views.pages.periode_demandee import PeriodeDemandee
from tests import factories as f
from tests.connexions import ouvrir_session
from tests.ordres_sql import ordres_sql

PERIODE = (date(2025, 1, 1), date(2025, 12, 31))
ADRESSE = "du=2025-01-01&au=2025-12-31"


@pytest.fixture(scope="module")
def base(app):
    """The demonstration, as it would have been on a day, and accounts; their numbers by role."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        remplir(80, 3, date(2026, 2, 15))
        comptes = {
            "coordonnateur": f.un_compte("COORDONNATEUR", "ART").id,
            "dpid": f.un_compte("DPID").id,
            "dpo": f.un_compte("DPO").id,
            "responsable": f.un_compte("RESPONSABLE").id,
            "referent": f.un_compte("REFERENT_SEF").id,
            "administrateur": f.un_compte("ADMINISTRATEUR").id,
        }
        double = f.un_compte("DPID")  # reads all the figures, and the files of one MDS
        habiliter(
            double, "COORDONNATEUR", db.session.scalar(select(Mds.id).where(Mds.code == "ART"))
        )
        comptes["double"] = double.id
        db.session.commit()
    actualiser_les_statistiques(app)
    return comptes


@pytest.fixture
def agent(app, base):
    return lambda qui: ouvrir_session(app.test_client(), base[qui])


def en_clair(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def lignes_de(page: str) -> list[list[str]]:
    corps = (
        re.split(r"<tbody[^>]*>", page, maxsplit=1)[-1].partition("</tbody>")[0]
        if "<tbody" in page
        else ""
    )
    return [
        [en_clair(c) for c in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", ligne, re.S)]
        for ligne in corps.split("</tr>")
        if "<t" in ligne
    ]


def test_chaque_chiffre_est_montre_avec_sa_regle(agent, app):
    texte = en_clair(agent("dpid").get(f"/indicateurs/?{ADRESSE}&mds=").text)
    with app.app_context(), acces.acteur(acces.TOUS):
        resultats = indicateurs.calculer(*PERIODE)
    for chiffre in resultats:
        assert f"{chiffre.indicateur.regle} {' '.join(chiffre.texte.split())}" in texte


@pytest.mark.parametrize("code", list(indicateurs.DEFINITIONS))
def test_la_liste_d_un_chiffre_fait_son_compte(agent, app, code):
    page = agent("responsable").get(f"/indicateurs/{code}?{ADRESSE}&mds=")
    assert page.status_code == 200
    with app.app_context(), acces.acteur(acces.TOUS):
        chiffre = indicateurs.calculer(*PERIODE)[code]
        attendues = indicateurs.liste(code, *PERIODE)
    lignes = lignes_de(page.text) if attendues else []
    assert len(lignes) == min(len(attendues), 500)
    if code == "I6":  # who answered, never which
        assert {ligne[1] for ligne in lignes} <= {"A répondu", "Non compté"}
        assert sum(ligne[1] == "A répondu" for ligne in lignes) == chiffre.valeurs["repondants"]
        return
    mot = "Oui" if isinstance(chiffre.indicateur, indicateurs.Taux) else "Compté"
    if len(lignes) < 500:
        assert sum(ligne[1] == mot for ligne in lignes) == chiffre.nombre
    assert all(ligne[2] for ligne in lignes if ligne[1] in ("Non compté", "Non renseigné")), (
        "a reason for each"
    )


def test_on_ne_voit_par_leur_nom_que_les_jeunes_de_sa_mds(agent, app):
    with app.app_context(), acces.acteur(acces.TOUS):
        ailleurs = set(
            db.session.scalars(
                select(Jeune.code).join(Mds, Mds.id == Jeune.mds_id).where(Mds.code != "ART")
            )
        )
    page = agent("coordonnateur").get(f"/indicateurs/I4?{ADRESSE}&mds=ART").text
    assert "D0" in page
    assert not [code for code in ailleurs if f"({code})" in page]
    sans_nom = agent("dpid").get(f"/indicateurs/I4?{ADRESSE}&mds=ART").text
    assert "vous n’avez pas accès à ces fiches" in sans_nom and "(D0" not in sans_nom


@pytest.mark.parametrize(
    ("adresse", "phrase"),
    [
        (
            "/indicateurs/?du=2026-05-01&au=2026-01-31",
            "La période finit le 31/01/2026, avant d’avoir commencé, le 01/05/2026.",
        ),
        ("/indicateurs/I4?du=2025-02-29&au=2025-03-31", "n’est pas faite de deux dates."),
        ("/indicateurs/?du=1025-01-01&au=2025-03-31", "Une période va de 1950 à 2100."),
        ("/tableau/?mois=2099-01", "Le mois de janvier 2099 n’a pas commencé."),
        ("/tableau/?mois=06/2026", "« 06/2026 » n’est pas un mois"),
        ("/bilan/?annee=2025&au=2026-01-01", "Le dernier jour d’un bilan intermédiaire de 2025"),
    ],
)
def test_une_periode_qui_ne_se_peut_pas_dit_pourquoi(agent, adresse, phrase):
    """« Du » after « Au » is a slip of the mouse: no page is missing."""
    rendu = agent("dpid").get(adresse)
    page = html.unescape(rendu.text)
    assert rendu.status_code == 404
    assert phrase in page and "Revenez à la page précédente, corrigez-la" in page
    assert "Page introuvable" not in page


def test_on_ne_lit_les_chiffres_que_la_ou_on_en_a_le_droit(agent):
    for adresse in ("", "I5", "I5/comparer"):
        assert agent("coordonnateur").get(f"/indicateurs/{adresse}?mds=LLI").status_code == 404
        assert agent("coordonnateur").get(f"/indicateurs/{adresse}?mds=").status_code == 404
        assert agent("dpo").get(f"/indicateurs/{adresse}").status_code == 403
        assert agent("administrateur").get(f"/indicateurs/{adresse}").status_code == 403
        for faute in (
            "du=2025-13-01",
            "du=hier",
            "du=2025-02-01&au=2025-01-01",
            "du=0001-01-01",
            "au=9999-12-31",
        ):
            assert agent("dpid").get(f"/indicateurs/{adresse}?{faute}").status_code == 404
    assert agent("dpid").get("/indicateurs/I99").status_code == 404


def test_comparer_met_les_mds_et_les_mois_cote_a_cote(agent, app):
    page = agent("dpid").get(f"/indicateurs/I4/comparer?{ADRESSE}&mds=")
    par_mds = lignes_de(page.text.partition("titre-1")[2])
    assert len(par_mds) == 10
    with app.app_context(), acces.acteur(acces.TOUS):
        artois = indicateurs.calculer(*PERIODE, "ART")["I4"].texte
    assert next(ligne[1] for ligne in par_mds if ligne[0] == "Artois") == artois
    par_mois = lignes_de(page.text.partition("titre-2")[2])
    assert [ligne[0] for ligne in par_mois] == [f"{m:02}/2025" for m in range(1, 13)]
    assert (
        len(lignes_de(agent("coordonnateur").get(f"/indicateurs/S1/comparer?{ADRESSE}").text)) == 1
    )


def test_les_neuf_mds_viennent_d_abord_avec_leurs_chiffres(agent, app):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        noms = db.session.scalars(select(Mds.nom).order_by(Mds.nom)).all()
    page = agent("dpid").get(f"/indicateurs/I7/comparer?{ADRESSE}").text
    figure = page.partition('<ul class="multiples">')[2].partition("</figure>")[0]
    assert page.index("multiples") < page.index("Par territoire")
    assert len(noms) == figure.count("<h3>")
    table = re.findall(r'<th scope="row">([^<]+)</th>', figure)
    assert table == noms, "the figures of each one, under the drawing"
    assert "multiples" not in agent("coordonnateur").get(f"/indicateurs/I7/comparer?{ADRESSE}").text


def _un_objectif_de_2024(code: str, cible: int) -> Objectif:
    convention = f.une_convention(du=date(2024, 1, 1), au=date(2024, 12, 31))
    return f.un_objectif(convention, indicateur=code, sens="AU_MOINS", cible=cible)


def test_chaque_mds_porte_la_cible_d_un_taux_jamais_celle_d_un_nombre(agent, faire):
    for code, cible in (("S1", 30), ("I2", 300)):
        faire(_un_objectif_de_2024, code, cible)
    taux, nombre = (
        agent("dpid").get(f"/indicateurs/{code}/comparer?du=2024-01-01&au=2024-12-31").text
        for code in ("S1", "I2")
    )
    assert taux.count('<line class="but"') == taux.count('<svg class="courbe"') == 9
    assert "Cible de la convention : au moins 30" in taux
    assert nombre.count('<svg class="courbe"') == 9
    assert '<line class="but"' not in nombre
    assert "Cible de la convention" not in nombre


def test_la_liste_s_exporte_avec_un_motif_et_le_journal_le_garde(agent, app, base):
    client = agent("coordonnateur")
    page = client.get(f"/indicateurs/I2?{ADRESSE}&mds=ART").text
    champs = {
        "csrf_token": re.search(r'name="csrf_token" value="([^"]+)"', page)[1],
        "du": "2025-01-01",
        "au": "2025-12-31",
        "mds": "ART",
    }
    assert client.post("/indicateurs/I2/exporter", data=champs).status_code == 400
    rendu = client.post(
        "/indicateurs/I2/exporter",
        data=champs | {"finalite": "SUIVI", "motif": "préparer le comité"},
        buffered=True,
    )
    assert rendu.status_code == 200
    classeur = openpyxl.load_workbook(io.BytesIO(rendu.data))
    assert classeur["Liste"].max_row - 1 == len(lignes_de(page))
    assert indicateurs.DEFINITIONS["I2"].regle in [
        c.value for ligne in classeur["Définitions"].iter_rows() for c in ligne
    ]
    with app.app_context(), acces.acteur(acces.TOUS):
        exports = select(Evenement.acteur, Evenement.motif, Evenement.cle).where(
            Evenement.operation == "export"
        )
        dernier = db.session.execute(exports.order_by(Evenement.id.desc()).limit(1)).one()
    assert tuple(dernier) == (str(base["coordonnateur"]), "préparer le comité", "I2")


def test_la_liste_exportee_est_celle_de_l_ecran_reponse_choisie_comprise(agent):
    client = agent("coordonnateur")
    adresse = f"/indicateurs/I2?{ADRESSE}&mds=ART"
    reponses = {"": 0, "oui": 0}
    for reponse in reponses:
        page = client.get(f"{adresse}&reponse={reponse}").text
        champs = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
        assert champs.get("reponse", "") == reponse
        rendu = client.post(
            "/indicateurs/I2/exporter",
            data=champs | {"finalite": "SUIVI", "motif": "Relire la saisie"},
            buffered=True,
        )
        feuille = openpyxl.load_workbook(io.BytesIO(rendu.data))["Liste"]
        exportees = [list(ligne[:2]) for ligne in feuille.iter_rows(2, values_only=True)]
        assert exportees == [list(map(en_clair, ligne[:2])) for ligne in lignes_de(page)]
        reponses[reponse] = len(exportees)
    assert reponses[""] >= reponses["oui"] > 0
    champs["reponse"] = "inconnue"
    refuse = client.post(
        "/indicateurs/I2/exporter", data=champs | {"finalite": "SUIVI", "motif": "Relire la saisie"}
    )
    assert refuse.status_code == 404


# --- What is drawn


def dessins_de(page: str) -> dict[str, tuple[str, list[str], list[list[str]]]]:
    """Title of each drawing → (its alternative text, the names and values drawn, the rows of its
    table)."""
    trouves = {}
    for partie in page.split('<figure class="carte figure">')[1:]:
        partie = partie.partition("</figure>")[0]
        titre = en_clair(re.search(r"<h3[^>]*>(.*?)</h3>", partie, re.S)[1])
        texte = re.search(r'role="img" aria-label="([^"]*)"', partie)
        dessin = partie.partition('role="img"')[2].partition("<details>")[0]
        mots = [
            en_clair(m)
            for m in re.findall(r'<span class="(?:nom|valeur|absent)">(.*?)</span>', dessin)
        ]
        trouves[titre] = (html.unescape(texte[1]) if texte else "", mots, lignes_de(partie))
    return trouves


@pytest.mark.parametrize("mds", [None, "ART"])
def test_la_page_dessine_les_sorties_le_logement_et_les_delais_et_chaque_dessin_se_lit_sans_le_voir(
    agent, app, mds
):
    page = agent("responsable").get(f"/indicateurs/?{ADRESSE}&mds={mds or ''}").text
    with app.app_context(), acces.acteur(acces.TOUS):
        resultats = indicateurs.calculer(*PERIODE, mds)
        tendance = [indicateurs.calculer(x.du, x.au, mds) for x in graphiques.tendance(PERIODE[1])]
        libelles = dict(db.session.execute(select(Logement.code, Logement.libelle)).all())
    attendus = [
        *graphiques.evolutions(tendance, ("S1", "I3d")),
        graphiques.delais(resultats["I3d"]),
        graphiques.typologie(resultats["I8"], libelles),
    ]
    dessins = dessins_de(page)
    assert list(dessins) == [en_clair(g.titre) for g in attendus]
    for g in attendus:
        description, mots, table = dessins[en_clair(g.titre)]
        propre = [[" ".join(t.split()) for t in (x.nom, x.texte, x.complement)] for x in g.points]
        assert table == propre, "the table says what the drawing is made of"
        if g.est_dessine:
            attendue = g.description_de_la_courbe if g.est_une_suite else g.description
            assert description == attendue
        if g.est_dessine and not g.est_une_suite:
            assert all(
                f"{nom} : {texte}" in " ".join(description.split()) for nom, texte, _ in propre
            )
            assert mots[::2] == [nom for nom, *_ in propre]
    assert [r[1] for r in dessins[en_clair(attendus[0].titre)][2]] == [
        r["S1"].texte.replace("\u202f", " ") for r in tendance
    ]
    assert resultats["I3d"].valeurs["oui"] == sum(
        int(ligne[1])
        for ligne in dessins[en_clair(attendus[2].titre)][2]
        if ligne[0] in ("7 jours ou moins", "de 8 à 15 jours")
    )
    assert sum(int(ligne[1]) for ligne in dessins[en_clair(attendus[2].titre)][2]) == sum(
        resultats["I3d"].valeurs.values()
    )


def test_aucun_dessin_ne_demande_de_style_ni_de_script_a_la_page(agent):
    page = agent("responsable").get(f"/indicateurs/?{ADRESSE}").text
    dessins = page.partition('class="moities"')[2].partition('id="chiffres"')[0]
    assert (
        "<svg" in dessins
        and "style=" not in dessins
        and "<script" not in dessins
        and "http" not in dessins
    )


def test_sans_rien_a_dessiner_la_page_le_dit(agent):
    dessins = dessins_de(agent("responsable").get("/indicateurs/?du=2016-01-01&au=2016-12-31").text)
    premier, *_, dernier = graphiques.tendance(date(2016, 12, 31))
    bouts = f"sans objet ({premier.au:%m/%Y}), puis sans objet ({dernier.au:%m/%Y})"
    assert [d[0] for d in dessins.values()] == [f"Courbe : {bouts}.", "", "", ""]


# --- Comparisons


@pytest.mark.parametrize(
    ("du", "au", "comparee", "avant"),
    [
        ("2025-01-01", "2025-12-31", "an", ("2024-01-01", "2024-12-31")),
        ("2024-02-01", "2024-02-29", "an", ("2023-02-01", "2023-02-28")),
        ("2025-02-01", "2025-02-28", "an", ("2024-02-01", "2024-02-29")),
        ("2024-02-29", "2024-03-15", "an", ("2023-02-28", "2023-03-15")),
        ("2025-03-01", "2025-03-31", "avant", ("2025-02-01", "2025-02-28")),
        ("2025-01-01", "2025-12-31", "avant", ("2024-01-01", "2024-12-31")),
        ("2025-01-01", "2025-06-30", "avant", ("2024-07-01", "2024-12-31")),
        ("2025-03-10", "2025-03-19", "avant", ("2025-02-28", "2025-03-09")),
        ("2025-03-01", "2025-03-30", "avant", ("2025-01-30", "2025-02-28")),
    ],
)
def test_la_periode_d_avant_garde_les_mois_entiers(du, au, comparee, avant):
    demande = PeriodeDemandee(date.fromisoformat(du), date.fromisoformat(au), None, [], comparee)
    assert demande.avant == tuple(map(date.fromisoformat, avant))


def test_la_page_se_compare_a_l_an_dernier_ou_a_la_periode_d_avant(agent, app):
    page = agent("dpid").get("/indicateurs/?du=2025-07-01&au=2025-09-30&mds=&comparee=avant").text
    with app.app_context(), acces.acteur(acces.TOUS):
        seuls = [indicateurs.calculer(date(2025, m, 1), date(2025, m + 2, 30)) for m in (4, 7)]
    tables = page.split('class="liste chiffres')[1:]
    lignes = [ligne for t in tables for ligne in lignes_de(t.partition("</table>")[0])]
    ranges = par_famille(zip(*seuls, strict=True), lambda paire: paire[0].code)
    propre = lambda c: " ".join(c.texte.split())  # noqa: E731
    assert [(x[1], x[2]) for x in lignes] == [
        (propre(c), propre(ancien)) for _, paires in ranges for ancien, c in paires
    ]
    assert "« Avant » : du 01/04/2025 au 30/06/2025." in en_clair(page)
    assert "Avant" not in en_clair(agent("dpid").get(f"/indicateurs/?{ADRESSE}&comparee=").text)
    assert agent("dpid").get(f"/indicateurs/?{ADRESSE}&comparee=x").status_code == 404


def test_comparer_met_les_annees_cote_a_cote_et_dit_celle_qui_court(agent, app, monkeypatch):
    monkeypatch.setattr(ecran, "aujourd_hui", lambda: date(2026, 2, 15))
    page = agent("dpid").get("/indicateurs/I4/comparer?du=2026-01-01&au=2026-01-31&mds=ART").text
    lignes = lignes_de(page.partition('id="titre-3"')[2])
    with app.app_context(), acces.acteur(acces.TOUS):
        premier = min(
            db.session.scalar(select(func.min(colonne)))
            for colonne in (Accompagnement.du, Jeune.contact_le, Instance.le, Poste.du)
        )
        attendus = {
            str(n): indicateurs.calculer(date(n, 1, 1), date(n, 12, 31), "ART")["I4"].texte
            for n in range(max(premier.year, 2022), 2026)
        } | {
            "2026, en cours": indicateurs.calculer(date(2026, 1, 1), date(2026, 2, 15), "ART")[
                "I4"
            ].texte
        }
    assert {ligne[0]: ligne[1] for ligne in lignes} == attendus and len(attendus) >= 2
    assert [ligne[0] for ligne in lignes] == list(attendus)


def test_comparer_ne_remonte_pas_au_dela_de_cinq_ans(agent, app, base, monkeypatch):
    monkeypatch.setattr(ecran, "aujourd_hui", lambda: date(2040, 2, 15))
    page = agent("dpid").get("/indicateurs/I4/comparer?du=2039-01-01&au=2039-12-31&mds=").text
    assert [x[0] for x in lignes_de(page.partition('id="titre-3"')[2])] == [
        "2035",
        "2036",
        "2037",
        "2038",
        "2039",
    ]


# --- How much it costs


def ordres_de(app, client, adresse: str) -> int:
    client.get(adresse)
    with ordres_sql() as ordres:
        assert client.get(adresse).status_code == 200
    return len(ordres)


def test_chaque_page_coute_le_meme_nombre_de_requetes_quel_que_soit_le_nombre_de_jeunes(agent, app):
    """Run last of all: it adds youths."""
    pages = (
        f"/indicateurs/?{ADRESSE}&mds=&comparee=an",
        f"/indicateurs/I2?{ADRESSE}&mds=",
        f"/indicateurs/I4/comparer?{ADRESSE}&mds=",
        "/tableau/completude?mois=2025-12&mds=",
    )
    avant = [ordres_de(app, agent("responsable"), page) for page in pages]
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        for _ in range(30):
            jeune = f.un_jeune("ART", date_naissance=date(2008, 1, 15), contact_le=date(2025, 2, 1))
            f.un_accompagnement(jeune, du=date(2025, 1, 1))
            f.une_mesure(jeune, du=date(2020, 1, 1))
        db.session.commit()
    assert [ordres_de(app, agent("responsable"), page) for page in pages] == avant
    assert max(avant) <= 20, avant


def test_neuf_mds_ne_coutent_qu_une_requete_de_plus_qu_une_seule(agent, app):
    for page in ("/indicateurs/S1/comparer", "/tableau/completude"):
        assert (
            ordres_de(app, agent("dpid"), page) <= ordres_de(app, agent("coordonnateur"), page) + 1
        )


# --- The list, page by page


def test_la_liste_dit_combien_de_lignes_on_ne_voit_pas_et_ou_elle_s_arrete(agent, app, monkeypatch):
    monkeypatch.setattr(ecran, "LIGNES_A_L_ECRAN", 5)
    with app.app_context(), acces.acteur(acces.TOUS):
        lignes = indicateurs.liste("I2", *PERIODE)
        artois = set(
            db.session.scalars(
                select(Jeune.id).join(Mds, Mds.id == Jeune.mds_id).where(Mds.code == "ART")
            )
        )
    for reponse in ("", "oui"):
        choisies = [x for x in lignes if not reponse or x.reponse == reponse]
        tout = agent("responsable").get(f"/indicateurs/I2?{ADRESSE}&mds=&reponse={reponse}").text
        assert len(lignes_de(tout)) == 5 and "n’est pas montrée" not in tout
        assert f"Voici les 5 premières lignes sur {len(choisies)}" in en_clair(tout)
        ici = agent("double").get(f"/indicateurs/I2?{ADRESSE}&mds=&reponse={reponse}").text
        vues = [x for x in choisies if x.id in artois]
        assert 5 < len(vues) < len(choisies) and len(lignes_de(ici)) == 5
        assert f"Voici les 5 premières lignes sur {len(vues)}" in en_clair(ici)
        assert f"{len(choisies) - len(vues)} lignes ne sont pas montrées" in en_clair(ici)
        personne = agent("dpid").get(f"/indicateurs/I2?{ADRESSE}&mds=&reponse={reponse}").text
        assert f"{len(choisies)} lignes ne sont pas montrées" in en_clair(
            personne
        ) and not lignes_de(personne)


def test_la_liste_des_reunions_dit_aussi_ou_elle_s_arrete(agent, app, monkeypatch):
    monkeypatch.setattr(ecran, "LIGNES_A_L_ECRAN", 5)
    with app.app_context(), acces.acteur(acces.TOUS):
        reunions = len(indicateurs.liste("I12", *PERIODE))
    page = agent("responsable").get(f"/indicateurs/I12?{ADRESSE}&mds=").text
    assert len(
        lignes_de(page)
    ) == 5 < reunions and f"Voici les 5 premières lignes sur {reunions}" in en_clair(page)


def test_les_postes_que_l_on_ne_peut_pas_ouvrir_sont_comptes_sans_etre_montres(agent, app):
    with app.app_context(), acces.acteur(acces.TOUS):
        postes = len(indicateurs.liste("I1", *PERIODE))
    page = agent("referent").get(f"/indicateurs/I1?{ADRESSE}&mds=").text
    assert postes > 1 and f"{postes} lignes ne sont pas montrées" in en_clair(page)
    assert not lignes_de(page) and "premières lignes" not in page


def test_le_chiffre_au_dessus_de_sa_liste_est_celui_de_la_page(agent, app):
    with app.app_context(), acces.acteur(acces.TOUS):
        resultats = indicateurs.calculer(*PERIODE)
    for chiffre in resultats:
        page = en_clair(agent("dpid").get(f"/indicateurs/{chiffre.code}?{ADRESSE}&mds=").text)
        dit = chiffre.texte + (f" ({chiffre.complement})" if chiffre.complement else "")
        assert f"{' '.join(dit.split())} {chiffre.indicateur.regle}" in page, chiffre.code


def test_demander_les_reponses_une_a_une_ne_dit_pas_qui_a_repondu_quoi(agent):
    for reponse in ("oui", "non"):
        page = agent("responsable").get(f"/indicateurs/I6?{ADRESSE}&mds=&reponse={reponse}").text
        assert not lignes_de(page)
    assert lignes_de(
        agent("responsable").get(f"/indicateurs/I6?{ADRESSE}&mds=&reponse=repondu").text
    )
