"""The bilan: a Word document that opens everywhere, whose figures are the indicators and that names
no youth."""

import re
import zipfile
from datetime import date

import pytest
from docx import Document
from docx.oxml.ns import qn
from sqlalchemy import select, text
from sqlalchemy.orm import joinedload
from werkzeug.exceptions import Forbidden

from app import acces, indicateurs
from app.commandes.base import actualiser_les_statistiques
from app.commandes.demo import remplir
from app.echanges.bilan import contenu as bilan
from app.echanges.bilan import document as bilan_document
from app.echanges.bilan import textes as bilan_textes
from app.extensions import db
from app.indicateurs.paquets import directement
from app.models import Convention, Evenement, Frein, Jeune, Mds, TexteBilan
from tests import factories as f
from tests.connexions import ouvrir_session, poster
from tests.ordres_sql import ordres_sql

ANNEE = 2025


FREINS = [
    ("ART", "MOBILITE", date(ANNEE, 1, 1), date(ANNEE, 12, 31)),
    ("ART", "MOBILITE", date(ANNEE - 1, 6, 1), date(ANNEE, 6, 30)),
    ("ART", "LOGEMENT", date(ANNEE - 1, 12, 31), date(ANNEE, 1, 1)),
    ("TER", "MOBILITE", date(ANNEE, 12, 31), date(ANNEE + 1, 1, 1)),
    ("TER", "LOGEMENT", date(ANNEE - 1, 3, 1), date(ANNEE - 1, 12, 31)),
]
"""Of one youth of each MDS, at the edges of the year."""


@pytest.fixture(scope="module")
def base(app):
    """The demonstration, texts of which two name a youth, objectives; account ids by role."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        remplir(120, 7, date(2026, 4, 15))
        db.session.query(TexteBilan).delete()
        jeunes = {
            "ART": f.un_jeune("ART", nom="Vantroyen", prenom="Ulysse"),
            "TER": f.un_jeune("TER", nom="Ailleursonne", prenom="Perceval"),
        }
        f.un_texte_bilan(
            "ART",
            le=date(2025, 3, 3),
            recit="Le dernier bus part à 18 h : Ulysse VANTROYEN rentrait à pied.",
        )
        f.un_texte_bilan(
            "ART", le=date(2025, 9, 9), rubrique="ESSAI", recit="Un scooter prêté trois mois."
        )
        f.un_texte_bilan(
            "ART",
            le=date(2025, 5, 5),
            rubrique="SITUATION",
            theme_code=None,
            recit="Une jeune mère a repris un CAP ; perceval ailleursonne l’a aidée.",
        )
        f.un_texte_bilan(
            "TER",
            le=date(2025, 6, 6),
            recit="Peu de logements dans le Ternois.",
            theme_code="LOGEMENT",
        )
        f.un_texte_bilan(
            None,
            le=date(2025, 6, 7),
            rubrique="ANALYSE",
            theme_code=None,
            recit="Le partenariat a porté.",
        )
        f.un_texte_bilan("ART", le=date(2026, 1, 4), recit="Texte de l’année suivante.")
        for mds, theme, du, leve_le in FREINS:
            f.un_frein(jeunes[mds], theme_code=theme, du=du, leve_le=leve_le)
        convention = db.session.scalars(
            select(Convention).where(Convention.du == date(ANNEE, 1, 1))
        ).first()
        for code, sens, cible in (
            ("I5", "AU_MOINS", 0),
            ("S1", "AU_PLUS", 0),
            ("I4", "AU_MOINS", 100_000),
        ):
            f.un_objectif(convention, indicateur=code, sens=sens, cible=cible)
        comptes = {
            "coordonnateur": f.un_compte("COORDONNATEUR", "ART").id,
            "slai": f.un_compte("SLAI", "ART").id,
            "dpid": f.un_compte("DPID").id,
            "dpo": f.un_compte("DPO").id,
            "referent": f.un_compte("REFERENT_SEF", "ART").id,
        }
        db.session.commit()
    actualiser_les_statistiques(app)
    return comptes


@pytest.fixture(scope="module")
def document(app, base, tmp_path_factory):
    """The bilan of the Département, written by the command as someone types it."""
    chemin = tmp_path_factory.mktemp("bilan") / "bilan.docx"
    resultat = app.test_cli_runner().invoke(
        args=["tandem", "bilan", "--annee", str(ANNEE), "--sortie", str(chemin)]
    )
    assert resultat.exit_code == 0, resultat.output
    return chemin


@pytest.fixture
def agent(app, base):
    return lambda qui: ouvrir_session(app.test_client(), base[qui])


def contenu(chemin) -> str:
    """Every word of the document, whatever part holds it, tags taken away."""
    with zipfile.ZipFile(chemin) as paquet:
        parties = [paquet.read(nom).decode() for nom in paquet.namelist() if nom.endswith(".xml")]
    return " ".join(
        re.sub(r"<[^>]+>", " ", p) + " ".join(re.findall(r'descr="([^"]*)"', p)) for p in parties
    )


def produire(app, chemin, qui=acces.TOUS, mds=None, au=None):
    with app.app_context(), acces.acteur(qui, canal="essai"):
        ou = mds and db.session.scalars(select(Mds).where(Mds.code == mds)).one()
        bilan_document.ecrire(bilan.preparer_bilan(ANNEE, ou, au), chemin)
    return Document(str(chemin))


def tables(document, entete: str) -> list[list[list[str]]]:
    return [
        [[c.text for c in ligne.cells] for ligne in t.rows]
        for t in document.tables
        if entete in [c.text for c in t.rows[0].cells]
    ]


# The document


def test_le_bilan_s_ouvre_dans_libreoffice_et_devient_un_pdf(document, libreoffice, tmp_path):
    imprime = libreoffice.en_pdf(document, tmp_path)
    assert imprime.read_bytes().startswith(b"%PDF")
    assert imprime.stat().st_size > 20_000


def test_le_bilan_a_ses_titres_dans_l_ordre(document):
    titres = [
        (p.style.name, p.text)
        for p in Document(str(document)).paragraphs
        if p.style.name.startswith("Heading")
    ]
    assert [t for style, t in titres if style == "Heading 1"] == [
        "L’essentiel",
        "Indicateurs d’évaluation",
        "Convention, financement et objectifs",
        "Évolutions",
        "Logement à la sortie de l’ASE",
        "Par MDS",
        "Analyse qualitative des freins",
        "Situations, sans nom",
        "Analyse et perspectives",
        "Actions de partenariat",
        "Permanences et comités",
        "Moyens fournis",
        "Définitions",
    ]
    niveaux = [int(style[-1]) for style, _ in titres]
    assert all(
        suivant <= niveau + 1 for niveau, suivant in zip(niveaux, niveaux[1:], strict=False)
    ), "no level is skipped"


def test_chaque_tableau_a_une_ligne_d_entete_et_un_titre(document):
    lu = Document(str(document))
    assert len(lu.tables) >= 12
    for t in lu.tables:
        assert t.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
        assert t._tbl.tblPr.find(qn("w:tblCaption")).get(qn("w:val"))
        assert all(c.text for c in t.rows[0].cells)


def test_le_sommaire_mene_a_chaque_titre(document):
    lu = Document(str(document))
    signets = {b.get(qn("w:name")): b.getparent() for b in lu.element.iter(qn("w:bookmarkStart"))}
    liens = list(lu.element.iter(qn("w:hyperlink")))
    assert [p.text for p in lu.paragraphs if p.style.name == "TOC Heading"] == ["Sommaire"]
    titres = [p.text for p in lu.paragraphs if p.style.name in ("Heading 1", "Heading 2")]
    assert [lien.text for lien in liens] == titres
    for lien, titre in zip(liens, titres, strict=True):
        assert signets[lien.get(qn("w:anchor"))].text == titre


def test_chaque_graphique_a_son_texte_de_remplacement(document):
    lu = Document(str(document))
    dessins = list(lu.element.body.iter(qn("wp:docPr")))
    assert len(dessins) == len(lu.inline_shapes) >= 3
    assert all(
        d.get("descr").startswith("Graphique en barres. ") and d.get("title") for d in dessins
    )
    assert lu.core_properties.language == "fr-FR" and lu.core_properties.title.startswith(
        "Bilan 2025"
    )


def test_les_chiffres_du_bilan_sont_ceux_des_indicateurs(app, document):
    with app.app_context(), acces.acteur(acces.TOUS):
        attendus = indicateurs.calculer(date(ANNEE, 1, 1), date(ANNEE, 12, 31))
        artois = indicateurs.calculer(date(ANNEE, 1, 1), date(ANNEE, 12, 31), "ART")
    lu = Document(str(document))
    ((_, *lignes),) = tables(lu, "2024")
    assert [(ligne[1], ligne[2]) for ligne in lignes] == [
        (c.indicateur.titre, c.texte) for c in attendus
    ]
    par_mds = tables(lu, "MDS")
    assert len(par_mds) == len(bilan_document.PAR_MDS)
    for codes, (_, *rangs) in zip(bilan_document.PAR_MDS, par_mds, strict=True):
        assert len(rangs) == 10
        assert next(r for r in rangs if r[0] == "Artois")[1:] == [artois[c].texte for c in codes]
    ((_, *logements, ensemble),) = tables(lu, "Part")
    assert [ligne[1] for ligne in logements] == [
        str(n) for n in attendus["I8"].valeurs["repartition"].values()
    ]
    assert ensemble[1] == str(attendus["I8"].valeurs["n"])


@pytest.mark.parametrize("mds", [None, "ART"])
def test_les_freins_du_bilan_comptent_chaque_jeune_une_fois(app, base, mds):
    du, au = date(ANNEE, 1, 1), date(ANNEE, 12, 31)
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        ou = mds and db.session.scalars(select(Mds).where(Mds.code == mds)).one()
        lus = bilan.preparer_bilan(ANNEE, ou).freins
        freins = select(Frein).options(joinedload(Frein.theme))
        if ou:
            freins = freins.where(Frein.mds_id == ou.id)
        courants = [
            x
            for x in db.session.scalars(freins)
            if x.du <= au and (x.leve_le is None or x.leve_le >= du)
        ]
        attendus = {}
        for theme in {x.theme.libelle for x in courants}:
            du_theme = [x for x in courants if x.theme.libelle == theme]
            attendus[theme] = (
                len({x.jeune_id for x in du_theme}),
                len({x.jeune_id for x in du_theme if du <= x.du}),
                len({x.jeune_id for x in du_theme if x.leve_le and x.leve_le <= au}),
                len({x.jeune_id for x in du_theme if x.leve_le is None or x.leve_le > au}),
            )
        assert len(courants) > len({(x.theme_code, x.jeune_id) for x in courants})
    assert {x.theme: (x.concernes, x.nouveaux, x.leves, x.restants) for x in lus} == attendus


def test_aucun_nom_de_jeune_n_est_dans_le_bilan(app, base, document, tmp_path):
    produire(app, tmp_path / "artois.docx", base["coordonnateur"], "ART")
    for fichier in (document, tmp_path / "artois.docx"):
        mots = set(re.findall(r"\w+", contenu(fichier)))
        with app.app_context(), acces.acteur(acces.TOUS):
            jeunes = db.session.execute(select(Jeune.nom, Jeune.prenom, Jeune.code)).all()
        assert not {j.code for j in jeunes} & mots
        assert (
            not {"Vantroyen", "VANTROYEN", "Ulysse", "Perceval", "perceval", "ailleursonne"} & mots
        )
        assert not [
            j for j in jeunes if f"{j.prenom} {j.nom}".casefold() in contenu(fichier).casefold()
        ]
        assert bilan_textes.RETIRE in contenu(fichier)


def test_la_partie_qualitative_porte_ce_qui_a_ete_ecrit_dans_la_periode(app, document, tmp_path):
    texte = contenu(document)
    for dit in (
        "Le dernier bus part à 18 h",
        "Un scooter prêté trois mois.",
        "Une jeune mère a repris un CAP",
        "Peu de logements dans le Ternois.",
        "Le partenariat a porté.",
    ):
        assert dit in texte
    assert "Texte de l’année suivante." not in texte
    artois = "\n".join(p.text for p in produire(app, tmp_path / "a.docx", mds="ART").paragraphs)
    assert "Un scooter prêté trois mois." in artois and "Peu de logements" not in artois
    assert "Par MDS" not in artois.splitlines()


def test_un_bilan_intermediaire_s_arrete_a_son_jour(app, base, tmp_path):
    lu = produire(app, tmp_path / "b.docx", au=date(2025, 6, 30))
    texte = "\n".join(p.text for p in lu.paragraphs)
    assert texte.startswith("Bilan intermédiaire 2025") and "du 01/01/2025 au 30/06/2025" in texte
    assert "Le dernier bus part à 18 h" in texte and "Un scooter prêté" not in texte
    with app.app_context(), acces.acteur(acces.TOUS):
        attendus = indicateurs.calculer(date(2025, 1, 1), date(2025, 6, 30))
    ((_, *lignes),) = tables(lu, "2024")
    assert [ligne[2] for ligne in lignes] == [c.texte for c in attendus]


def test_les_objectifs_et_le_financement_sont_dans_le_bilan(document):
    lu = Document(str(document))
    ((_, *objectifs),) = tables(lu, "Objectif")
    assert [o[0] for o in objectifs] == ["I4", "I5", "S1"]
    assert objectifs[0][4] == "Non atteint" and {o[4] for o in objectifs} <= {
        "Atteint",
        "Non atteint",
        "À apprécier",
    }
    ((_, montant, avance, solde, *_),) = tables(lu, "Calcul")
    assert montant == [
        "Montant : 8,50 ETP × 52\u202f000\u202f€ × 12 mois / 12",
        "442\u202f000\u202f€",
    ]
    assert avance[1] == "353\u202f600\u202f€" and solde[1] == "88\u202f400\u202f€"


def test_un_bilan_de_mds_ne_montre_pas_l_argent_du_departement(app, base, tmp_path):
    lu = produire(app, tmp_path / "c.docx", base["slai"], "ART")
    assert not tables(lu, "Calcul") and tables(lu, "Objectif du Département")


def test_une_base_presque_vide_donne_quand_meme_un_bilan(app, tmp_path):
    with app.app_context(), acces.acteur(acces.TOUS):
        bilan_document.ecrire(bilan.preparer_bilan(2016, None), tmp_path / "vide.docx")
    texte = contenu(tmp_path / "vide.docx")
    assert (
        "Aucune convention" in texte
        and bilan_document.RIEN_D_ECRIT in texte
        and "sans objet" in texte
    )


def test_le_nombre_de_requetes_ne_depend_pas_du_nombre_de_fiches(app, base, tmp_path):
    def compter(mds) -> int:
        with app.app_context(), acces.acteur(acces.TOUS), directement():
            ou = db.session.scalars(select(Mds).where(Mds.code == mds)).one()
            with ordres_sql() as ordres:
                bilan_document.ecrire(bilan.preparer_bilan(ANNEE, ou), tmp_path / "n.docx")
        return len(ordres)

    avant = compter("ART")
    with app.app_context(), acces.acteur(acces.TOUS):
        convention = db.session.scalars(
            select(Convention).where(Convention.du == date(ANNEE, 1, 1))
        ).first()
        for n in range(5):
            (
                f.un_texte_bilan("ART", le=date(2025, 2, 1 + n)),
                f.un_frein(f.un_jeune(), du=date(2025, 2, 1 + n)),
            )
        f.un_versement(convention), f.un_poste(du=date(2025, 1, 1), au=date(2025, 2, 1))
        db.session.commit()
    assert compter("ART") == avant


# Who may


def test_on_ne_produit_que_le_bilan_de_ses_mds(app, base, tmp_path):
    produire(app, tmp_path / "a.docx", base["coordonnateur"], "ART")
    produire(app, tmp_path / "d.docx", base["dpid"])
    for qui, mds in (
        ("coordonnateur", "LLI"),
        ("coordonnateur", None),
        ("referent", "ART"),
        ("dpo", None),
    ):
        with pytest.raises(Forbidden):
            produire(app, tmp_path / "non.docx", base[qui], mds)
    assert not (tmp_path / "non.docx").exists()


def test_le_journal_garde_qui_a_produit_le_bilan(app, base, tmp_path):
    produire(app, tmp_path / "a.docx", base["coordonnateur"], "ART")
    with app.app_context(), acces.acteur(acces.TOUS):
        exports = select(Evenement.acteur, Evenement.detail).where(
            Evenement.operation == "export", Evenement.table_nom == "bilan"
        )
        dernier = db.session.execute(exports.order_by(Evenement.id.desc()).limit(1)).one()
    assert dernier.acteur == str(base["coordonnateur"]) and dernier.detail["mds"] == "ART"


@pytest.mark.parametrize(
    ("options", "code", "dit"),
    [
        (["--annee", "2025"], 2, "--sortie"),
        (["--annee", "2025", "--sortie", "x.pdf"], 2, ".docx"),
        (["--annee", "1999", "--sortie", "x.docx"], 2, "L’année va de"),
        (["--annee", "9999", "--sortie", "x.docx"], 2, "L’année va de"),
        (
            ["--annee", "2025", "--au", "2024-06-30", "--sortie", "x.docx"],
            2,
            "un jour de cette année",
        ),
        (
            ["--annee", "2025", "--mds", "ZZZ", "--sortie", "x.docx"],
            2,
            "n’est pas le code d’une MDS",
        ),
        (["--annee", "2025", "--sortie", "/nulle/part/x.docx"], 2, "ne peut pas être écrit"),
    ],
)
def test_la_commande_explique_ce_qu_elle_refuse(app, base, options, code, dit):
    resultat = app.test_cli_runner().invoke(args=["tandem", "bilan", *options])
    assert resultat.exit_code == code and dit in resultat.output


# The screens


def test_l_ecran_montre_le_bilan_et_le_donne_en_word(agent):
    client = agent("coordonnateur")
    page = client.get("/bilan/?annee=2025&mds=ART")
    assert page.status_code == 200
    dessins = page.text.count('class="barres"') + page.text.count('<svg class="courbe"')
    assert page.text.count('role="img"') == dessins >= 1
    assert "Un scooter prêté trois mois." in page.text and "VANTROYEN" not in page.text
    saisie = {
        "csrf_token": re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1],
        "annee": "2025",
        "mds": "ART",
        "au": "",
        "finalite": "SUIVI",
        "motif": " ",
    }
    refus = client.post("/bilan/telecharger", data=saisie)
    assert refus.status_code == 400 and "Dites à quoi va servir le bilan" in refus.text
    saisie["motif"] = "Comité de pilotage"
    rendu = client.post("/bilan/telecharger", buffered=True, data=saisie)
    assert rendu.status_code == 200 and rendu.data.startswith(b"PK")
    assert "bilan-2025-ART.docx" in rendu.headers["Content-Disposition"]
    for faute in (
        "annee=1900",
        "annee=x",
        "annee=2025&au=2024-01-01",
        "annee=2025&au=hier",
        "annee=2025&mds=LLI",
    ):
        assert client.get(f"/bilan/?{faute}").status_code == 404


def test_un_texte_qui_nomme_un_jeune_est_refuse(app, agent):
    saisie = {
        "rubrique": "SITUATION",
        "le": "01/06/2025",
        "recit": "Aidé par Vantroyen.",
        "mds_id": "",
    }
    with app.app_context(), acces.acteur(acces.TOUS):
        saisie["mds_id"] = str(f.numero_mds("ART"))
    client = agent("coordonnateur")
    rendu = poster(client, "/bilan-textes/ajouter", saisie)
    assert rendu.status_code == 422 and "« Vantroyen »" in rendu.text
    assert poster(client, "/bilan-textes/ajouter", saisie | {"sans_nom": "oui"}).status_code == 302
    complet = saisie | {"recit": "Aidé par ulysse vantroyen.", "sans_nom": "oui"}
    assert poster(client, "/bilan-textes/ajouter", complet).status_code == 422


def test_les_noms_que_citent_les_textes_sont_tous_trouves(app):
    """Those that the base need not fold again are left out by their first and last words: nothing
    is lost."""
    noms = [
        ("Del’Attre-Ndiaye", "Zoé  Ann"),
        ("-Ostrev", "Ilyes"),
        ("Œuvrard", "Jean-Kévin-"),
        ("D'Hondtz", "Li"),
        ("Ærø  Nguyên", "Đạtte"),
        ("Vaast3", "Lou-Ann"),
        ("ΣΑΜΑΡΑΣ", "Νίκος"),
    ]
    phrases = [
        "Zoé Ann del'attre ndiaye",
        "Ilyes",
        "Œuvrard",
        "jean kévin œuvrard",
        "Kévin",
        "D’Hondtz",
        "Aero Nguyen",
        "Datte",
        "Ann Lou",
        "Lou Ann vaast3",
        "Aero Nguyen Datte",
        "Vaast3",
        "Νικος Σαμαρας",
        "Ostrev",
        "Del Attre",
        "Ndiaye",
    ]
    tous = text("""
        with noms as (
          select translate(acces.plier(nom), '-''', '  ') as nom,
            translate(acces.plier(prenom), '-''', '  ') as prenom from jeune)
        select nom, prenom, nom || ' ' || prenom, prenom || ' ' || nom from noms""")
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        for nom, prenom in noms:
            f.un_jeune(nom=nom, prenom=prenom)
        lus = [p for phrase in phrases for p in bilan_textes.passages(phrase)]
        lignes = db.session.execute(tous).all()
        seuls = {p.mot for p in lus if p.majuscule and len(p.mot) >= 3} & {
            mot for x in lignes for mot in x[:2]
        }
        complets = {p.mot for p in lus if " " in p.mot} & {mot for x in lignes for mot in x[2:]}
        assert len(seuls) > 5 and len(complets) > 2, (seuls, complets)
        assert bilan_textes.noms_de_jeunes(phrases) == (seuls, complets)
        db.session.rollback()


def test_la_convention_montre_son_calcul_et_ses_objectifs(app, agent):
    with app.app_context(), acces.acteur(acces.TOUS):
        numero = db.session.scalar(select(Convention.id).where(Convention.du == date(ANNEE, 1, 1)))
    page = agent("dpid").get(f"/conventions/{numero}").text
    assert "442\u202f000\u202f€" in page and "353\u202f600\u202f€" in page
    assert ">100\u202f000<" in agent("dpid").get("/objectifs/").text
    assert "au moins 100\u202f000" in page and "Non atteint" in page and "/indicateurs/I4?" in page
