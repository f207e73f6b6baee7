"""The monthly table: its figures are the indicators, its lines name nobody, its workbook opens
everywhere."""

import html
import io
import re
import subprocess
import uuid
import zipfile
from datetime import date, datetime

import openpyxl
import pytest
from sqlalchemy import select
from werkzeug.exceptions import Forbidden

from app import acces, indicateurs
from app.commandes.base import actualiser_les_statistiques
from app.commandes.demo import remplir
from app.echanges.tableau import classeur as tableau_classeur
from app.echanges.tableau import disposition
from app.echanges.tableau import jeunes as tableau_jeunes
from app.echanges.tableau import mensuel as tableau_mensuel
from app.extensions import db
from app.indicateurs import anomalies, graphiques
from app.indicateurs.chiffres import en_pourcent
from app.models import Evenement, Instance, Jeune, Mds, Rencontre
from app.regles.age import aujourd_hui
from tests import factories as f
from tests.connexions import ouvrir_session, poster
from tests.office import fautes

MOIS = (date(2025, 6, 1), date(2025, 12, 1), date(2026, 3, 1))


@pytest.fixture(scope="module")
def base(app):
    """The demonstration, as it would have been on a day, and accounts; their numbers by role."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        remplir(120, 7, date(2026, 4, 15))
        comptes = {
            "coordonnateur": f.un_compte("COORDONNATEUR", "ART").id,
            "responsable": f.un_compte("RESPONSABLE", "ART").id,
            "slai": f.un_compte("SLAI", "ART").id,
            "dpid": f.un_compte("DPID").id,
            "dpo": f.un_compte("DPO").id,
            "referent": f.un_compte("REFERENT_SEF", "ART").id,
        }
        db.session.commit()
    actualiser_les_statistiques(app)
    return comptes


@pytest.fixture
def table(app, base, tmp_path):
    """Write the table of a month as somebody; returns the workbook read back."""

    def ecrire(mois: date, mds: str | None = None, qui: str | int = acces.TOUS, **options):
        chemin = tmp_path / "tableau.xlsx"
        with app.app_context(), acces.acteur(qui, canal="essai"):
            ou = (
                None
                if mds is None
                else db.session.scalars(select(Mds).where(Mds.code == mds)).one()
            )
            tableau_classeur.ecrire(tableau_mensuel.calculer_le_mois(mois, ou), chemin, **options)
        return openpyxl.load_workbook(chemin)

    ecrire.chemin = tmp_path / "tableau.xlsx"
    return ecrire


def lignes(classeur, feuille: str) -> list[dict]:
    titres, *suite = classeur[feuille].iter_rows(values_only=True)
    return [dict(zip(titres, ligne, strict=True)) for ligne in suite]


def chiffres(classeur) -> list[tuple]:
    """The lines of figures of the summary, in order: (code or "", label, month, year to date,
    current)."""
    toutes = list(classeur["Synthèse"].iter_rows(values_only=True))
    debut = next(n for n, ligne in enumerate(toutes) if ligne[0] == "Code")
    return [ligne[:5] for ligne in toutes[debut + 1 :] if ligne[0] != "À côté des indicateurs"]


@pytest.mark.parametrize("mds", [None, "ART", "TER"])
@pytest.mark.parametrize("mois", MOIS)
def test_les_chiffres_du_tableau_sont_ceux_de_la_commande_indicateurs(table, app, mois, mds):
    lus = chiffres(table(mois, mds))
    with app.app_context(), acces.acteur(acces.TOUS):
        colonnes = [r.json()["indicateurs"] for r in indicateurs.trois_colonnes(mois, mds).values()]
    assert len(lus) == len(disposition.LIGNES_DE_CHIFFRES)
    vus = set()
    for chiffre, ligne in zip(disposition.SYNTHESE, lus, strict=False):
        for valeurs, lu in zip(colonnes, ligne[2:], strict=True):
            attendu = valeurs[chiffre.code]
            for cle in chiffre.chemin.split(".") if chiffre.chemin != "taux" else ():
                attendu = attendu[cle]
            vus.add((chiffre.code, chiffre.chemin.split(".")[0]))
            if chiffre.chemin == "taux":
                oui, non, nr = attendu["oui"], attendu["non"], attendu.get("nr", 0)
                if not oui + non:
                    assert lu == "sans objet"
                elif oui + non < 5:
                    assert lu == f"{oui} sur {oui + non}"
                elif (oui + non) < 0.8 * (oui + non + nr):
                    assert lu.startswith("de ")
                else:
                    assert lu == attendu.get(
                        "taux", pytest.approx(100 * oui / (oui + non), abs=0.051)
                    )
            elif isinstance(attendu, bool):
                assert lu == ("Oui" if attendu else "Non")
            elif isinstance(attendu, list):
                assert (lu or "") == ", ".join(
                    f"{date.fromisoformat(le):%d/%m/%Y}" for le in attendu
                )
            else:
                assert lu == attendu, (chiffre, ligne)
    shown = {(code, cle) for code, valeurs in colonnes[0].items() for cle in valeurs}
    assert shown - vus == {
        ("I8", "repartition"),
        ("I8", "pourcentages"),
    }  # they have their own sheet


@pytest.mark.parametrize("mois", MOIS)
def test_la_typologie_du_logement_est_celle_de_l_indicateur(table, app, mois):
    feuille = list(table(mois)["Logement"].iter_rows(min_row=5, values_only=True))
    with app.app_context(), acces.acteur(acces.TOUS):
        attendus = [r["I8"].valeurs for r in indicateurs.trois_colonnes(mois).values()]
    corps = feuille[
        : next(n for n, ligne in enumerate(feuille) if ligne[0] == "Ensemble des jeunes logés")
    ]
    for n, attendu in enumerate(attendus):
        assert sum(ligne[1 + 2 * n] for ligne in corps) == attendu["n"]
        parts = [ligne[2 + 2 * n] for ligne in corps if ligne[2 + 2 * n] is not None]
        assert sorted(parts) == sorted(attendu["pourcentages"].values())
        assert round(sum(parts), 1) in (0, 100)


@pytest.mark.parametrize("mds", [None, "ART"])
def test_les_lignes_justifient_les_chiffres(table, app, mds):
    jeunes = lignes(table(MOIS[1], mds), "Jeunes suivis")
    with app.app_context(), acces.acteur(acces.TOUS):
        mois = indicateurs.trois_colonnes(MOIS[1], mds)["mois"]
    assert jeunes and len({j["Code dossier"] for j in jeunes}) == len(jeunes)
    for code in ("I2", "I2b", "I3", "I4", "I4a", "I4b", "I4c", "I4d", "I4r"):
        assert sum(code in (j["Compte dans"] or "").split() for j in jeunes) == mois[code].nombre, (
            code
        )
    if mds:
        assert {j["MDS"] for j in jeunes} == {"Artois"}


def test_une_ligne_dit_les_faits_du_mois_avec_de_vraies_dates_et_de_vrais_nombres(table, app, base):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        jeune = f.un_jeune(
            "LLI",
            code="LIGNE-1",
            date_naissance=date(2008, 2, 10),
            lieu_accueil_code="MECS",
            contact_le=date(2025, 9, 1),
        )
        f.un_accompagnement(jeune, du=date(2025, 9, 12))
        f.une_mesure(jeune, du=date(2024, 1, 1), au=date(2026, 2, 10))
        f.un_binome(jeune, du=date(2025, 9, 12), referent_ase="=1+1", coordonnateur="@Zoé Martin")
        f.un_rdv_tripartite(jeune, le=date(2025, 9, 12))
        f.une_rencontre(jeune, le=date(2025, 12, 5))
        f.une_rencontre(jeune, le=date(2025, 12, 6), statut_code="ABSENCE")
        f.une_rencontre(jeune, le=date(2026, 1, 6))
        f.une_alerte(jeune, du=date(2025, 12, 20))
        f.une_situation(
            jeune,
            observee_le=date(2025, 11, 3),
            situation_pro_code="CEJ",
            logement_code="FJT",
            ressource_1_code="ALLOC_CEJ",
            couverture_base_code="MSA",
        )
        db.session.commit()
    classeur = table(MOIS[1], "LLI")
    ligne = next(j for j in lignes(classeur, "Jeunes suivis") if j["Code dossier"] == "LIGNE-1")
    assert ligne == {
        "Code dossier": "LIGNE-1",
        "Âge": 17,
        "MDS": "Lens-Liévin",
        "Lieu d’accueil": "MECS",
        "Phase": "Phase 4 : accompagnement",
        "Compte dans": "I2 I2b I4 I4b",
        "Entrée dans le dispositif": datetime(2025, 9, 12),
        "Sortie du dispositif": None,
        "Référent ASE": "=1+1",
        "Coordonnateur": "@Zoé Martin",
        "Mesure ASE": "Placement judiciaire",
        "Fin de la mesure": datetime(2026, 2, 10),
        "Sortie de l’ASE": None,
        "Prise de contact": datetime(2025, 9, 1),
        "Premier rdv tripartite": datetime(2025, 9, 12),
        "Délai (jours)": 11,
        "Rencontres du mois": 1,
        "Alertes du mois": 1,
        "Motifs d’alerte": "Fugue",
        "Situation observée le": datetime(2025, 11, 3),
        "Situation": "Contrat d'engagement jeune sans autre activité",
        "Logement": "FJT ou résidence habitat jeunes",
        "Ressources": "Allocation CEJ",
        "Couverture maladie": "MSA",
    }
    cellules = {
        c.value: c
        for c in next(r for r in classeur["Jeunes suivis"].iter_rows() if r[0].value == "LIGNE-1")
    }
    assert cellules["=1+1"].data_type == "s", "a text that looks like a formula stays a text"
    assert cellules[datetime(2025, 9, 1)].number_format == "dd/mm/yyyy"


def test_un_jeune_parti_dans_une_autre_mds_est_decrit_comme_a_son_dernier_jour(table, app, base):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        jeune = f.un_jeune("LLI", code="PARTI-1", nom="Nomsecret")
        f.un_rattachement(jeune, "ART", du=date(2020, 1, 1), au=date(2025, 12, 10))
        f.un_rattachement(jeune, "LLI", du=date(2025, 12, 11))
        f.un_accompagnement(jeune, du=date(2025, 1, 1))
        f.une_situation(jeune, observee_le=date(2025, 12, 20), logement_code="RUE")
        db.session.commit()
    ici = {
        j["Code dossier"]: j
        for j in lignes(table(MOIS[1], "ART", base["responsable"], avec_noms=True), "Jeunes suivis")
    }
    assert ici["PARTI-1"]["MDS"] == "Artois"
    assert ici["PARTI-1"]["Logement"] is None, (
        "what was seen after the move belongs to the other MDS"
    )
    assert ici["PARTI-1"]["Nom"] is None, "nor is the name of a youth who is theirs no longer shown"
    la_bas = {j["Code dossier"]: j for j in lignes(table(MOIS[1], "LLI"), "Jeunes suivis")}
    assert la_bas["PARTI-1"]["Logement"] == "Sans solution"
    assert "PARTI-1" not in {
        j["Code dossier"] for j in lignes(table(date(2026, 1, 1), "ART"), "Jeunes suivis")
    }


def test_les_jeunes_se_lisent_par_tranches_pour_que_la_memoire_ne_grandisse_pas(table, monkeypatch):
    entieres = lignes(table(MOIS[1]), "Jeunes suivis")
    tailles, lire = [], tableau_jeunes._tranche
    monkeypatch.setattr(tableau_jeunes, "TRANCHE", 10)
    monkeypatch.setattr(
        tableau_jeunes,
        "_tranche",
        lambda suivis, *a: tailles.append(len(suivis)) or lire(suivis, *a),
    )
    assert lignes(table(MOIS[1]), "Jeunes suivis") == entieres
    assert sum(tailles) == len(entieres) and len(tailles) > 2 and max(tailles) == 10


# --- Who


def noms(app, mds: str | None = None) -> set[str]:
    with app.app_context(), acces.acteur(acces.TOUS):
        return set(
            db.session.scalars(
                select(Jeune.nom)
                .join(Mds, Mds.id == Jeune.mds_id)
                .where(mds is None or Mds.code == mds)
            )
        )


def test_le_tableau_ordinaire_ne_contient_aucun_nom_de_jeune(table, app, base):
    table(MOIS[1])
    connus = noms(app)
    with zipfile.ZipFile(table.chemin) as paquet:
        contenu = "".join(paquet.read(nom).decode(errors="ignore") for nom in paquet.namelist())
    assert connus
    assert not [nom for nom in connus if f">{nom}<" in contenu]


def test_les_noms_demandent_un_droit_a_part_et_restent_dans_la_mds(table, app, base):
    classeur = table(MOIS[1], "ART", base["responsable"], avec_noms=True)
    lus = {j["Nom"] for j in lignes(classeur, "Jeunes suivis")} - {None}
    assert lus and lus <= noms(app, "ART")
    assert any(
        "diffusion restreinte" in str(c.value)
        for ligne in classeur["Synthèse"].iter_rows(max_row=10)
        for c in ligne
    )
    for qui in ("coordonnateur", "slai", "dpid"):
        with pytest.raises(Forbidden):
            table(MOIS[1], "ART", base[qui], avec_noms=True)


@pytest.mark.parametrize(
    "qui, mds, permis",
    [
        ("coordonnateur", "ART", True),
        ("coordonnateur", "ARR", False),
        ("coordonnateur", None, False),
        ("slai", "ART", True),
        ("slai", "LLI", False),
        ("responsable", "ART", True),
        ("responsable", None, False),
        ("dpid", "ART", True),
        ("dpid", "ARR", True),
        ("dpid", None, True),
        ("referent", "ART", False),
        ("dpo", "ART", False),
        ("dpo", None, False),
        ("", None, False),
    ],
)
def test_le_tableau_va_a_qui_a_le_droit_dans_cette_mds(table, base, qui, mds, permis):
    if permis:
        assert table(MOIS[0], mds, base[qui])["Jeunes suivis"].max_row > 1
    else:
        with pytest.raises(Forbidden):
            table(MOIS[0], mds, base.get(qui, ""))
        assert not table.chemin.exists()


def test_chiffres_et_lignes_ne_dependent_pas_de_qui_demande(table, base):
    reference = table(MOIS[1], "ART")
    for qui in ("coordonnateur", "dpid"):
        autre = table(MOIS[1], "ART", base[qui])
        assert chiffres(autre) == chiffres(reference)
        assert lignes(autre, "Jeunes suivis") == lignes(reference, "Jeunes suivis")
        assert lignes(autre, "Anomalies") == lignes(reference, "Anomalies")


def test_l_export_est_inscrit_au_journal(table, app, base):
    table(MOIS[1], "ART", base["coordonnateur"])
    with app.app_context(), acces.acteur(acces.TOUS):
        exports = select(Evenement.acteur, Evenement.detail).where(Evenement.operation == "export")
        acteur, detail = db.session.execute(exports.order_by(Evenement.id.desc()).limit(1)).one()
    assert acteur == str(base["coordonnateur"])
    assert detail.pop("lignes") > 0
    assert detail.pop("sortie") and detail.pop("jeunes") > 0
    assert len(detail.pop("empreinte")) == 64
    assert detail == {"mois": "2025-12", "mds": "ART", "nominatif": False, "motif": ""}


# --- The workbook


def taille_sur_papier(feuille) -> float:
    """The height in points of a text of 10 points, once printed on A4 landscape.

    Computed from the page setup and the widths of the columns; each printed page is looked at.
    """
    largeurs = []
    for dimension in feuille.column_dimensions.values():
        largeurs += [dimension.width * 7] * (dimension.max - dimension.min + 1)
    marges = feuille.page_margins
    utile = (11.69 - marges.left - marges.right) * 96
    coupures = [c.id for c in feuille.col_breaks.brk]
    if not coupures:
        assert feuille.sheet_properties.pageSetUpPr.fitToPage
        assert feuille.page_setup.fitToWidth in (None, 1)
        return min(10, 10 * utile / sum(largeurs))
    echelle = feuille.page_setup.scale / 100
    repetees = sum(largeurs[: openpyxl.utils.cell.range_boundaries(feuille.print_title_cols)[2]])
    for debut, fin in zip([0, *coupures], [*coupures, len(largeurs)], strict=True):
        page = sum(largeurs[debut:fin]) + (repetees if debut else 0)
        assert page * echelle <= utile, f"{feuille.title}: a column is cut"
    return 10 * echelle


@pytest.mark.parametrize("avec_noms", [False, True])
def test_les_jeunes_suivis_se_lisent_sur_papier_leur_code_sur_chaque_page(table, avec_noms):
    feuille = table(MOIS[1], "ART", avec_noms=avec_noms)["Jeunes suivis"]
    assert taille_sur_papier(feuille) >= 8
    assert len(feuille.col_breaks.brk) == 1, "two pages side by side"
    assert feuille.print_title_cols == ("$A:$C" if avec_noms else "$A:$A")
    assert feuille.page_setup.pageOrder == "overThenDown"


def test_chaque_feuille_s_imprime_en_a4_paysage_et_dit_quoi_qui_quand_et_pourquoi(table):
    classeur = table(MOIS[1], "ART", motif="Comité")
    assert classeur.sheetnames == [
        f.nom for f in disposition.FEUILLES if f.contenu not in ("fusions", "rectificatif")
    ]
    for feuille in classeur:
        assert (feuille.page_setup.orientation, int(feuille.page_setup.paperSize)) == (
            "landscape",
            9,
        )
        echelle = taille_sur_papier(feuille)
        assert echelle >= 7, f"{feuille.title}: {echelle:.1f} points on paper"
        assert bool(feuille.col_breaks.brk) == (feuille.title == "Jeunes suivis")
        assert feuille.freeze_panes and feuille.print_title_rows
        titre, nom = feuille.oddHeader.left.text.split("\n")
        assert "Tableau de suivi mensuel – MDS Artois, décembre 2025" in titre
        assert nom.strip() == feuille.title
        assert feuille.oddHeader.right.text.strip() == "Confidentiel"
        assert re.match(
            r" ?Préparé par .+, le \d\d/\d\d/\d{4}\sà\s\d+\sh(\s\d\d)?, pour : Comité$",
            feuille.oddFooter.left.text,
        )
        assert feuille.oddFooter.right.text.strip() == "Page &P sur &N"
        assert all(d.width for d in feuille.column_dimensions.values())
    for nom in ("Jeunes suivis", "Permanences et comités", "Anomalies", "Définitions"):
        assert classeur[nom].auto_filter.ref.startswith("A1:")
    assert classeur.properties.title == "Tableau de suivi mensuel"
    assert classeur.properties.subject == "MDS Artois, décembre 2025"


def test_le_graphique_du_logement_est_natif_et_a_un_texte_de_remplacement(table):
    table(MOIS[1])
    with zipfile.ZipFile(table.chemin) as paquet:
        assert "xl/charts/chart1.xml" in paquet.namelist()
        dit = html.unescape(paquet.read("xl/drawings/drawing1.xml").decode())
        assert (
            "Graphique en barres. Logement à la sortie de l’ASE, de janvier à décembre 2025" in dit
        )


def dessins(chemin) -> list[str]:
    """The alternative text of each chart of the workbook."""
    with zipfile.ZipFile(chemin) as paquet:
        fichiers = sorted(
            n for n in paquet.namelist() if re.fullmatch(r"xl/drawings/drawing\d+\.xml", n)
        )
        graphiques = [n for n in paquet.namelist() if n.startswith("xl/charts/chart")]
        dits = [
            html.unescape(d)
            for n in fichiers
            for d in re.findall(r'<xdr:cNvPr [^>]*?descr="([^"]*)"', paquet.read(n).decode())
        ]
    assert len(dits) == len(graphiques), "each chart has an alternative text"
    return dits


@pytest.mark.parametrize("mds", [None, "ART"])
def test_la_feuille_des_evolutions_porte_les_memes_chiffres_que_l_ecran_en_nombres_et_en_graphiques(
    table, app, mds
):
    lues = list(table(MOIS[1], mds)["Évolutions"].iter_rows(values_only=True))
    with app.app_context(), acces.acteur(acces.TOUS):
        tendance = [
            indicateurs.calculer(x.du, x.au, mds) for x in graphiques.tendance(date(2025, 12, 31))
        ]
        cumul = indicateurs.trois_colonnes(MOIS[1], mds)["cumul"]
    attendus = [*graphiques.evolutions(tendance), graphiques.delais(cumul["I3d"])]
    assert len(tendance) == 8 and cumul["I3d"].delais
    descriptions = dessins(table.chemin)
    for g in attendus:
        debut = next(n for n, ligne in enumerate(lues) if ligne[0] == g.titre) + 1
        corps = lues[debut : debut + len(g.points)]
        assert corps == [(x.nom, x.valeur, x.texte or None, x.complement or None) for x in g.points]
        assert (g.description in descriptions) == g.est_dessine
        assert all(f"{x.nom} : {x.texte}" in g.description for x in g.points)
    assert any(g.est_dessine for g in attendus)


def test_l_ecran_du_mois_montre_ce_que_le_classeur_dessine(agent, app):
    page = agent("dpid").get("/tableau/?mois=2025-12&mds=").text
    with app.app_context(), acces.acteur(acces.TOUS):
        dessins = tableau_mensuel.calculer_le_mois(MOIS[1], None).dessins
    assert len(dessins) == 4 and any(g.est_dessine for g in dessins)
    for g in dessins:
        dite = g.description_de_la_courbe if g.est_une_suite else g.description
        assert (f'aria-label="{html.escape(dite)}"' in page) == g.est_dessine


def test_sans_sortant_loge_la_feuille_logement_le_dit(table):
    feuille = [
        ligne[0] for ligne in table(date(2016, 1, 1))["Logement"].iter_rows(values_only=True)
    ]
    assert "Pas de graphique : aucun sortant accompagné n’est logé dans la période." in feuille


@pytest.mark.parametrize("mds", [None, "ART"])
def test_chaque_partie_du_classeur_suit_le_schema(table, mds):
    table(date(2025, 12, 1), mds, avec_noms=True)
    assert fautes(table.chemin) == []


def test_les_definitions_sont_les_phrases_des_indicateurs(table):
    phrases = {ligne["Comment est-ce calculé ?"] for ligne in lignes(table(MOIS[0]), "Définitions")}
    assert phrases >= {d.regle for d in indicateurs.DEFINITIONS.values()} | {
        p for _, p in indicateurs.REGLES_COMMUNES
    }


@pytest.mark.parametrize("mds", [None, "ART"])
def test_libreoffice_ouvre_le_tableau_et_l_imprime(table, libreoffice, tmp_path, mds):
    table(MOIS[1], mds)
    imprime = libreoffice.en_pdf(table.chemin, tmp_path)
    texte = subprocess.run(
        ["pdftotext", "-layout", imprime, "-"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert "Jeunes accompagnés par le binôme ML / ASE" in texte
    assert "Logement à la sortie de l’ASE : d’abord" in texte
    assert "Attente du premier rendez-vous" in texte
    assert "Page 1 sur" in texte
    assert "#" not in texte, "a column too narrow for its numbers or its dates"


# --- The command


@pytest.fixture
def commande(app, base):
    def lancer(*arguments):
        return app.test_cli_runner().invoke(args=["tandem", "tableau", *map(str, arguments)])

    return lancer


def test_la_commande_ecrit_le_tableau(commande, tmp_path):
    rendu = commande("--mois", "2025-12", "--mds", "art", "--sortie", tmp_path / "t.xlsx")
    assert rendu.exit_code == 0, rendu.output
    assert "MDS Artois, décembre 2025" in rendu.output
    assert "MDS Artois" in [
        ligne[1]
        for ligne in openpyxl.load_workbook(tmp_path / "t.xlsx")["Synthèse"].iter_rows(
            values_only=True
        )
    ]


@pytest.mark.parametrize(
    "arguments, phrase",
    [
        (["--mois", "2025-13", "--sortie", "t.xlsx"], "« 2025-13 » n’est pas un mois"),
        (["--mois", "juin", "--sortie", "t.xlsx"], "« juin » n’est pas un mois"),
        (["--sortie", "t.xlsx"], "n’est pas un mois"),
        (["--mois", "0000-01", "--sortie", "t.xlsx"], "n’existait pas"),
        (["--mois", "2999-01", "--sortie", "t.xlsx"], "n’a pas commencé"),
        (["--mois", "2025-12"], "donnez le fichier à écrire"),
        (["--mois", "2025-12", "--sortie", "t.csv"], "donnez le fichier à écrire"),
        (
            ["--mois", "2025-12", "--mds", "XXX", "--sortie", "t.xlsx"],
            "« XXX » n’est pas le code d’une MDS",
        ),
        (["--mois", "2025-12", "--sortie", "absent/t.xlsx"], "ne peut pas être écrit"),
        (
            ["--mois", "2025-12", "--sortie", "t.xlsx", "--en-tant-que", "personne"],
            "aucun compte ouvert",
        ),
    ],
)
def test_une_demande_mal_faite_finit_par_2_et_une_phrase(
    commande, tmp_path, monkeypatch, arguments, phrase
):
    monkeypatch.chdir(tmp_path)
    rendu = commande(*arguments)
    assert rendu.exit_code == 2
    assert phrase in rendu.output
    assert list(tmp_path.iterdir()) == []


def test_un_echec_laisse_le_tableau_precedent(table, tmp_path, monkeypatch):
    table(MOIS[0])
    avant = table.chemin.read_bytes()
    monkeypatch.setitem(tableau_classeur.ECRITURES, "definitions", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        table(MOIS[1])
    assert table.chemin.read_bytes() == avant
    assert [p.name for p in tmp_path.iterdir()] == ["tableau.xlsx"]


def test_en_tant_que_prend_les_droits_du_compte(commande, app, base, tmp_path):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        f.un_compte("COORDONNATEUR", "ARR", username="coordo.arr")
        db.session.commit()
    refuse = commande(
        "--mois",
        "2025-12",
        "--mds",
        "ART",
        "--sortie",
        tmp_path / "t.xlsx",
        "--en-tant-que",
        "coordo.arr",
    )
    assert refuse.exit_code == 1 and "Vous n’avez pas le droit" in refuse.output
    assert (
        commande(
            "--mois",
            "2025-12",
            "--mds",
            "ARR",
            "--sortie",
            tmp_path / "t.xlsx",
            "--en-tant-que",
            "coordo.arr",
        ).exit_code
        == 0
    )


# --- The anomalies
# --------------------------------------------------------------------------------------------------

AU = date(2025, 12, 31)


def _suivi(**champs):
    jeune = f.un_jeune(
        "MON", **{"date_naissance": date(2007, 1, 1), "contact_le": date(2025, 3, 1), **champs}
    )
    f.un_accompagnement(jeune, du=date(2025, 3, 10))
    f.un_rdv_tripartite(jeune, le=date(2025, 3, 10))
    f.une_situation(jeune, observee_le=date(2025, 3, 10))
    return jeune


def sortie_sans_situation():
    jeune = _suivi()
    f.une_mesure(jeune, du=date(2024, 1, 1), au=date(2025, 11, 1))
    f.un_binome(jeune, du=date(2025, 3, 10), au=date(2025, 11, 1))
    yield jeune
    f.une_situation(jeune, observee_le=date(2025, 11, 15))


def tripartite_sans_statut():
    jeune = _suivi()
    rdv = f.un_rdv_tripartite(jeune, le=date(2025, 12, 31), statut_code="PREVUE")
    yield jeune
    rdv.statut_code = "ANNULEE"


def tripartite_sans_presences():
    jeune = _suivi()
    rdv = f.un_rdv_tripartite(
        jeune, le=date(2025, 12, 1), service_ase_present=None, lieu_accueil_present=None
    )
    yield jeune
    rdv.lieu_accueil_present = True


def suivi_sans_binome():
    jeune = _suivi()
    f.une_mesure(jeune, du=date(2024, 1, 1))
    yield jeune
    f.un_binome(jeune, du=date(2025, 12, 31))


def rdv_en_retard():
    jeune = f.un_jeune("MON", contact_le=date(2025, 12, 15))
    yield jeune
    jeune.contact_le = date(2025, 12, 16)


def entretien_17_manquant():
    jeune = f.un_jeune("MON", date_naissance=date(2008, 12, 31))
    f.une_mesure(jeune, du=date(2024, 1, 1))
    yield jeune
    f.une_etape(jeune, echeance="ENTRETIEN_17", faite_le=date(2025, 12, 1))


def alerte_sans_action():
    jeune = f.un_jeune("MON")
    f.une_alerte(jeune, du=date(2025, 12, 15))
    yield jeune
    f.une_rencontre(jeune, le=date(2026, 1, 3), statut_code="PREVUE")


def rencontre_sans_statut():
    jeune = _suivi()
    rencontre = f.une_rencontre(jeune, le=date(2025, 12, 30), statut_code="PREVUE")
    yield jeune
    rencontre.statut_code = "EXCUSE"


def presence_contradictoire():
    jeune = _suivi()
    champs = {"statut_code": "ABSENCE", "jeune_present": True}
    rencontre = f.une_rencontre(jeune, le=date(2025, 12, 3), **champs)
    yield jeune
    rencontre.jeune_present = False


def sortie_sans_motif():
    jeune = f.un_jeune("MON")
    sejour = f.un_accompagnement(jeune, du=date(2025, 3, 10), au=date(2025, 12, 1))
    yield jeune
    sejour.motif_sortie_code = "AUTONOMIE"


def sans_contact():
    jeune = f.un_jeune("MON", contact_le=date(2024, 3, 1))
    f.un_accompagnement(jeune, du=date(2024, 12, 30))
    f.un_rdv_tripartite(jeune, le=date(2024, 12, 30))
    yield jeune
    f.une_rencontre(jeune, le=date(2024, 12, 31))


def suivi_sans_situation():
    jeune = f.un_jeune("MON")
    f.un_accompagnement(jeune, du=date(2025, 3, 10))
    yield jeune
    f.une_situation(jeune, observee_le=date(2025, 12, 31))


def contact_non_date():
    jeune = _suivi(contact_le=None)
    yield jeune
    jeune.contact_le = date(2025, 3, 1)


def plus_de_25_ans():
    jeune = _suivi(date_naissance=date(2000, 12, 31))
    yield jeune
    jeune.date_naissance = date(2001, 1, 1)


def binome_sans_referent():
    jeune = _suivi()
    binome = f.un_binome(jeune, du=date(2025, 3, 10), referent_ase="À définir")
    yield jeune
    binome.referent_ase = "Li Wu"


def doublon_possible():
    jeune = f.un_jeune("MON", nom="Doublé", prenom="Éva", date_naissance=date(2008, 3, 3))
    f.un_jeune("TER", nom="Doublé", prenom="Éva", date_naissance=date(2008, 3, 3))
    autre = f.un_jeune("MON", nom="DOUBLE", prenom="Eva", date_naissance=date(2008, 3, 3))
    yield jeune
    autre.date_naissance = date(2008, 3, 4)


CAS = [
    sortie_sans_situation,
    tripartite_sans_statut,
    tripartite_sans_presences,
    suivi_sans_binome,
    rdv_en_retard,
    entretien_17_manquant,
    alerte_sans_action,
    rencontre_sans_statut,
    presence_contradictoire,
    sortie_sans_motif,
    sans_contact,
    suivi_sans_situation,
    contact_non_date,
    plus_de_25_ans,
    binome_sans_referent,
    doublon_possible,
]


@pytest.mark.parametrize("cas", CAS, ids=lambda c: c.__name__)
def test_une_anomalie_se_voit_puis_disparait_une_fois_corrigee(session, base, cas):
    histoire = cas()
    jeune = next(histoire)
    code = cas.__name__.upper()

    def trouves() -> set[int]:
        db.session.flush()
        return {a.jeune_id for a in anomalies.lister(AU.replace(day=1), AU, jeune.mds_id, code)}

    assert jeune.id in trouves()
    assert anomalies.compter(AU.replace(day=1), AU, jeune.mds_id)[code] == len(trouves())
    next(histoire, None)
    assert jeune.id not in trouves()


@pytest.mark.parametrize(
    ("code", "naissance", "attendu"),
    [
        ("ENTRETIEN_17_MANQUANT", date(2007, 2, 28), False),  # 18 that day
        ("ENTRETIEN_17_MANQUANT", date(2007, 3, 1), True),
        ("ENTRETIEN_17_MANQUANT", date(2008, 2, 28), True),
        ("ENTRETIEN_17_MANQUANT", date(2008, 2, 29), False),  # 17 on 1 March
        ("PLUS_DE_25_ANS", date(2000, 2, 28), True),
        ("PLUS_DE_25_ANS", date(2000, 2, 29), False),
    ],
)
def test_un_age_se_compte_au_jour_pres(session, base, code, naissance, attendu):
    """The last day of February 2025; the rules compare days of birth, which an index holds."""
    jeune = f.un_jeune("TER", date_naissance=naissance)
    f.une_mesure(jeune, du=date(2024, 1, 1))
    f.un_accompagnement(jeune, du=date(2024, 1, 1))
    mois = (date(2025, 2, 1), date(2025, 2, 28))
    trouves = {a.jeune_id for a in anomalies.lister(*mois, jeune.mds_id, code)}
    assert (jeune.id in trouves) is attendu


DATES = {code for code in anomalies.PAR_CODE if code.startswith("DATE_IMPOSSIBLE_")}
DATES |= {"COORDONNEES_FAUSSES"}
"""Theirs are in test_dates; that of the phones and e-mails in test_une_regle."""


def test_chaque_regle_a_son_cas_vu_puis_corrige():
    ailleurs = DATES | {"PERMANENCE_MANQUANTE", "INSTANCE_SANS_STATUT"}  # the test below
    assert {cas.__name__.upper() for cas in CAS} | ailleurs == set(anomalies.PAR_CODE)


def test_une_mds_sans_permanence_se_voit_et_une_permanence_sans_statut_aussi(session, base):
    session.execute(
        Instance.__table__.delete().where(
            Instance.mds_id == f.numero_mds("TER"), Instance.type_code == "PERMANENCE"
        )
    )
    demande = (AU.replace(day=1), AU, f.numero_mds("TER"))
    assert anomalies.compter(*demande)["PERMANENCE_MANQUANTE"] == 1
    permanence = f.une_instance("PERMANENCE", "TER", le=date(2025, 12, 4), statut_code="PREVUE")
    nombres = anomalies.compter(*demande)
    assert (nombres["PERMANENCE_MANQUANTE"], nombres["INSTANCE_SANS_STATUT"]) == (0, 1)
    permanence.statut_code = "TENUE"
    session.flush()
    assert anomalies.compter(*demande)["INSTANCE_SANS_STATUT"] == 0


def test_chaque_regle_a_son_cas_et_une_phrase_qui_dit_quoi_faire():
    essayees = {c.__name__.upper() for c in CAS} | {"PERMANENCE_MANQUANTE", "INSTANCE_SANS_STATUT"}
    essayees |= DATES
    assert essayees == {r.code for r in anomalies.REGLES}
    assert all(r.phrase.endswith(".") and r.gravite in anomalies.GRAVITES for r in anomalies.REGLES)
    rangs = [list(anomalies.GRAVITES).index(r.gravite) for r in anomalies.REGLES]
    assert rangs == sorted(rangs), "most serious first"


def test_un_mois_en_cours_est_regarde_a_ce_jour(session, base):
    jour = aujourd_hui()
    demain = jour.replace(day=28) if jour.day < 28 else jour
    jeune = f.un_jeune("MON")
    f.une_rencontre(jeune, le=demain, statut_code="PREVUE")
    trouves = {
        a.jeune_id
        for a in anomalies.lister(
            jour.replace(day=1), demain, jeune.mds_id, "RENCONTRE_SANS_STATUT"
        )
    }
    assert jeune.id not in trouves, "a meeting that has not taken place yet is no anomaly"


# --- The screen


@pytest.fixture
def agent(app, base):
    """Signs in, by the role."""
    return lambda qui: ouvrir_session(app.test_client(), base[qui])


def en_clair(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_l_ecran_montre_les_chiffres_en_trois_colonnes_et_leur_regle(agent, app):
    page = agent("coordonnateur").get("/tableau/?mois=2025-12")
    assert page.status_code == 200
    texte = en_clair(page.text)
    assert "MDS Artois, décembre 2025" in texte
    with app.app_context(), acces.acteur(acces.TOUS):
        colonnes = indicateurs.trois_colonnes(MOIS[1], "ART").values()
    assert (
        "I2 Jeunes de 16 à 18 ans suivis dans le cadre de l’ASE Le calcul : Jeunes"
        f" de 16 à 18 ans suivis dans le cadre de l’ASE {indicateurs.DEFINITIONS['I2'].regle} "
        + " ".join(str(r["I2"].nombre) for r in colonnes)
        in texte
    )
    for definition in indicateurs.DEFINITIONS.values():
        assert definition.regle in texte or definition.code == "SOLLICITES"


def test_on_ne_choisit_que_les_mds_permises(agent):
    def proposees(qui: str) -> list[str]:
        choix = re.search(
            r'<select[^>]* name="mds".*?</select>', agent(qui).get("/tableau/").text, re.S
        )
        return re.findall(r'<option value="(\w*)"', choix[0])

    assert proposees("coordonnateur") == ["ART"]
    assert len(proposees("dpid")) == 10
    for adresse in (
        "?mds=ARR",
        "?mds=",
        "?mds=XXX",
        "?mois=2025-13&mds=ART",
        "?mois=2999-01",
        "?mois=a%00",
    ):
        assert agent("coordonnateur").get(f"/tableau/{adresse}").status_code == 404, adresse
    assert agent("dpo").get("/tableau/").status_code == 403


def test_les_controles_viennent_par_une_deuxieme_requete(agent):
    """The screen of the month shows its figures first; without script its link leads to them."""
    client = agent("coordonnateur")
    page = client.get("/tableau/?mois=2025-12").text
    (adresse,) = set(re.findall(r'(?:data-arrive|href)="(/tableau/controles[^"]*)"', page))
    assert "/tableau/anomalies/" not in page
    controles = client.get(html.unescape(adresse)).text
    assert re.search(r'<section [^>]*id="controles"', controles)
    regles = set(re.findall(r"/tableau/anomalies/(\w+)", controles))
    assert regles and regles <= anomalies.PAR_CODE.keys()
    assert agent("dpo").get("/tableau/controles").status_code == 403
    assert client.get("/tableau/controles?mds=ARR").status_code == 404


def telecharger(client, **champs):
    page = client.get("/tableau/").text
    csrf = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    return client.post(
        "/tableau/telecharger",
        data={
            "csrf_token": csrf,
            "mois": "2025-12",
            "mds": "ART",
            "finalite": "SUIVI",
            "motif": "Essai du fichier",
            **champs,
        },
        buffered=True,
    )


def test_le_fichier_telecharge_est_celui_de_la_commande(agent, table):
    rendu = telecharger(agent("slai"))
    assert rendu.status_code == 200, rendu.text
    assert "tableau-2025-12-ART.xlsx" in rendu.headers["Content-Disposition"]
    lu = openpyxl.load_workbook(io.BytesIO(rendu.data))
    assert chiffres(lu) == chiffres(table(MOIS[1], "ART"))


def test_le_tableau_sans_nom_demande_aussi_un_motif_que_le_journal_garde(agent, app):
    assert telecharger(agent("coordonnateur"), motif=" ").status_code == 400
    assert telecharger(agent("coordonnateur"), motif="comité technique").status_code == 200
    with app.app_context(), acces.acteur(acces.TOUS):
        exports = select(Evenement.motif, Evenement.detail).where(Evenement.operation == "export")
        motif, detail = db.session.execute(exports.order_by(Evenement.id.desc()).limit(1)).one()
    assert motif == detail["motif"] == "comité technique" and detail["nominatif"] is False


def test_le_tableau_avec_les_noms_demande_le_droit_et_un_motif(agent, app):
    assert "Tableau avec les noms" in agent("responsable").get("/tableau/").text
    assert "Tableau avec les noms" not in agent("coordonnateur").get("/tableau/").text
    assert telecharger(agent("coordonnateur"), noms="oui", motif="par curiosité").status_code == 403
    assert telecharger(agent("responsable"), noms="oui", motif=" ").status_code == 400
    rendu = telecharger(agent("responsable"), noms="oui", motif="réunion de service")
    assert rendu.status_code == 200
    assert "nominatif" in rendu.headers["Content-Disposition"]
    with app.app_context(), acces.acteur(acces.TOUS):
        exports = select(Evenement.motif, Evenement.detail).where(Evenement.operation == "export")
        motif, detail = db.session.execute(exports.order_by(Evenement.id.desc()).limit(1)).one()
    assert motif == "réunion de service" and detail["nominatif"] is True


def test_une_anomalie_mene_a_la_fiche_pour_qui_peut_l_ouvrir(agent, app, base):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        jeune = f.un_jeune("ART", nom="Nomcache")
        rencontre = f.une_rencontre(jeune, le=date(2025, 12, 2), statut_code="PREVUE").id
        db.session.commit()
    adresse = "/tableau/anomalies/RENCONTRE_SANS_STATUT?mois=2025-12&mds=ART"
    page = agent("coordonnateur").get(adresse)
    assert page.status_code == 200
    assert f'href="/rencontres/{rencontre}/modifier?retour=%2Ftableau%2Fanomalies' in page.text
    sans_lien = agent("dpid").get(adresse).text
    assert jeune_code(app, rencontre) in sans_lien
    assert "/rencontres/" not in sans_lien and "Nomcache" not in sans_lien
    assert agent("coordonnateur").get(adresse.replace("ART", "LLI")).status_code == 404
    assert agent("coordonnateur").get("/tableau/anomalies/INCONNUE").status_code == 404


def test_corriger_une_anomalie_ramene_a_la_liste(agent, app, base):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        jeune = f.un_jeune("ART", code="A-CORRIGER")
        f.un_accompagnement(jeune, du=date(2025, 3, 10))
        db.session.commit()
        numero = jeune.id
    liste = "/tableau/anomalies/SUIVI_SANS_SITUATION?mois=2025-12&mds=ART"
    client = agent("coordonnateur")
    lien = html.unescape(
        re.search(rf'href="(/situations/ajouter\?jeune={numero}&[^"]+)"', client.get(liste).text)[1]
    )
    rendu = poster(
        client,
        lien,
        {
            "jeune_id": numero,
            "observee_le": "2025-12-01",
            "logement_code": "NR",
            "jeton": str(uuid.uuid4()),
            "retour": liste,
        },
    )
    assert rendu.status_code == 302 and rendu.location == f"{liste}#ligne-1", rendu.text
    assert "A-CORRIGER" not in client.get(liste).text


def test_la_completude_se_lit_par_mds(agent, app):
    page = en_clair(agent("dpid").get("/tableau/completude?mois=2025-12").text)
    with app.app_context(), acces.acteur(acces.TOUS):
        artois = indicateurs.calculer(date(2025, 1, 1), date(2025, 12, 31), "ART")
    attendues = [artois[code].completude for code in ("I5", "I7", "I9", "I10", "S1")]
    mots = " ".join("sans objet" if c is None else en_pourcent(c, 0) for c in attendues)
    assert " ".join(f"Artois {mots}".split()) in page
    seule = en_clair(agent("slai").get("/tableau/completude?mois=2025-12").text)
    assert (
        "Artois" in seule
        and "Ternois" not in seule
        and seule.count("Département du Pas-de-Calais") == 1  # at the foot of every page
    )


def jeune_code(app, rencontre: int) -> str:
    with app.app_context(), acces.acteur(acces.TOUS):
        return db.session.scalars(
            select(Jeune.code)
            .join(Rencontre, Rencontre.jeune_id == Jeune.id)
            .where(Rencontre.id == rencontre)
        ).one()
