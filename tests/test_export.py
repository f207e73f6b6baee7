"""« What is exported is what is shown »: same rows, same order, same columns as the list; all the
columns are a choice that says so; printed with who, when, what for."""

import io
import re
import zipfile
from collections import Counter

import lxml.html
import openpyxl
import pytest
from sqlalchemy import select

from app import acces
from app.commandes.demo import remplir
from app.echanges.formats.impression import decouper, pixels
from app.extensions import db
from app.models import Evenement
from app.regles.age import aujourd_hui
from app.views.jeune import JeuneView
from app.views.socle.base import VueTandem
from app.views.socle.export import Export
from tests import factories as f
from tests.connexions import ouvrir_session, poster

MOTIF = "Réunion de service & bilan"


@pytest.fixture(scope="module")
def compte(app):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        remplir(60, 7, aujourd_hui())
        numero = f.un_compte("RESPONSABLE", "ART", first_name="Ada", last_name="Delacroix").id
        db.session.commit()
    return numero


@pytest.fixture(scope="module")
def comptes(app, compte):
    """One that sees Artois, one that sees all, one that administers."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        autres = [f.un_compte(role).id for role in ("DPID", "ADMINISTRATEUR")]
        db.session.commit()
    return [compte, *autres]


@pytest.fixture
def client(app, compte):
    return ouvrir_session(app.test_client(), compte)


def exporter(client, adresse: str, **champs) -> openpyxl.Workbook:
    rendu = poster(client, adresse, {"finalite": "SUIVI", "motif": MOTIF, **champs}, buffered=True)
    assert rendu.status_code == 200, rendu.text
    return openpyxl.load_workbook(io.BytesIO(rendu.data))


def affiche(client, adresse: str) -> tuple[list[str], list[list[str]]]:
    """The headings and the cells of a list on the screen, as people read them."""
    page = lxml.html.fromstring(client.get(adresse).text)
    for cache in page.xpath(
        '//*[contains(@class, "hors-ecran") or @aria-hidden="true"'
        ' or contains(@class, "tel-mot") or contains(@class, "appel")'
        ' or contains(@class, "case-a-cocher")]'
    ):
        cache.drop_tree()
    table = page.xpath('//table[contains(@class, "liste")]')[0]
    titres = [" ".join(t.text_content().split()) for t in table.xpath("./thead//th")]
    lignes = [
        [en_mots(c.text_content()) for c in ligne.xpath("./th|./td")]
        for ligne in table.xpath("./tbody/tr")
    ]
    return titres, lignes


def en_mots(valeur: object) -> str:
    """A cell of the workbook as the screen writes it."""
    if valeur is None or valeur == "–":
        return ""
    if hasattr(valeur, "strftime"):
        return f"{valeur:%d/%m/%Y}"
    if isinstance(valeur, float):
        valeur = f"{valeur:.4f}".replace(".", ",")
    mots = " ".join(str(valeur).split())
    if re.fullmatch(r"[\d ]+,\d+", mots):
        mots = mots.rstrip("0").rstrip(",")
    return mots


@pytest.mark.parametrize(
    "adresse",
    [
        "/jeunes/?taille=100",
        "/jeunes/?taille=100&tri=-prenom",
        "/jeunes/?suivi=oui&taille=100",
        "/alertes/?taille=100",
        "/rencontres/?taille=100",
        "/mesures/?taille=100",
        "/enquetes/?taille=100",
        "/partenaires/?taille=100",
        "/mobilisations/?taille=100",
    ],
)
def test_la_feuille_a_les_lignes_l_ordre_et_les_colonnes_de_la_liste(client, adresse):
    titres, lignes = affiche(client, adresse)
    chemin, _, question = adresse.partition("?")
    feuille = exporter(client, f"{chemin}exporter?{question}").worksheets[0]
    entete, *corps = feuille.iter_rows(values_only=True)
    assert list(entete) == titres
    assert lignes and len(corps) >= len(lignes)
    assert [list(map(en_mots, ligne)) for ligne in corps[: len(lignes)]] == lignes


def listes(app) -> list[str]:
    """The address of each list that has an export of its own."""
    return sorted(vue.route_base for vue in app.appbuilder.baseviews if isinstance(vue, Export))


def test_sur_chaque_liste_la_feuille_a_les_lignes_l_ordre_et_les_colonnes(app, comptes):
    """Of every noun, for whoever may export it."""
    clients = [ouvrir_session(app.test_client(), compte) for compte in comptes]
    fautes = []
    comparees = 0
    for route in listes(app):
        client = next((c for c in clients if c.get(f"{route}/exporter").status_code == 200), None)
        if client is None:
            assert route == "/fusions", f"{route}: nobody may export it"
            continue
        feuille = exporter(client, f"{route}/exporter?taille=100").worksheets[0]
        entete, *corps = feuille.iter_rows(values_only=True)
        if not corps or route == "/sorties-de-donnees":  # it has grown by this very export
            continue
        comparees += 1
        titres, lignes = affiche(client, f"{route}/?taille=100")
        if list(entete) != titres:
            fautes.append(f"{route}: {entete} for {titres}")
        for exportee, montree in zip(corps, lignes, strict=False):
            if list(map(en_mots, exportee)) != montree:
                fautes.append(f"{route}: {exportee} for {montree}")
                break
    assert not fautes, "\n".join(fautes)
    assert comparees > 20


@pytest.mark.parametrize("toutes", [False, True])
def test_deux_colonnes_d_un_fichier_n_ont_pas_le_meme_titre(app, toutes):
    """Of every noun, for whoever may read everything."""
    fautes = []
    with app.test_request_context(), acces.acteur(acces.TOUS, canal="essai"):
        vues = [vue for vue in app.appbuilder.baseviews if isinstance(vue, Export)]
        for vue in vues:
            titres = Counter(colonne.libelle for colonne in vue.exportees(toutes))
            doubles = [titre for titre, fois in titres.items() if fois > 1]
            if doubles:
                fautes.append(f"{vue.route_base}: {doubles}")
    assert len(vues) > 20
    assert fautes == []


def test_lue_en_colonnes_une_liste_est_celle_des_fiches(app, comptes, monkeypatch):
    """All the columns of every noun: read as columns, then record by record."""
    clients = [ouvrir_session(app.test_client(), compte) for compte in comptes]
    lue_en_colonnes = 0
    for route in listes(app):
        client = next((c for c in clients if c.get(f"{route}/exporter").status_code == 200), None)
        if client is None or route == "/sorties-de-donnees":
            continue
        lots = []
        for fiches in (False, True):
            monkeypatch.setattr(VueTandem, "lit_a_sa_facon", lambda vue, fiches=fiches: fiches)
            feuille = exporter(client, f"{route}/exporter", colonnes="toutes").worksheets[0]
            lots.append([*feuille.iter_rows(values_only=True)])
        assert lots[0] == lots[1], route
        lue_en_colonnes += len(lots[0]) > 1
    assert lue_en_colonnes > 20


def test_une_liste_qui_lit_ses_lignes_a_sa_facon_la_garde_dans_l_export(client, monkeypatch):
    lues = []

    def lignes(vue, cles, colonnes=None):
        lues.append(len(cles))
        return VueTandem.lignes(vue, cles, colonnes)

    monkeypatch.setattr(JeuneView, "lignes", lignes)
    feuille = exporter(client, "/jeunes/exporter").worksheets[0]
    assert sum(lues) == feuille.max_row - 1


def test_les_jeunes_partent_avec_leur_phase_et_sans_telephone(client):
    feuille = exporter(client, "/jeunes/exporter").worksheets[0]
    titres = [c.value for c in feuille[1]]
    assert {"Âge", "Coordonnateur", "Chapitre", "À faire"} <= set(titres)
    assert not {"Téléphone", "Courriel", "Objectif"} & set(titres)
    age = titres.index("Âge")
    assert all(isinstance(ligne[age], int) for ligne in feuille.iter_rows(2, values_only=True))


def test_toutes_les_colonnes_est_un_choix_que_le_journal_garde(client, app):
    page = client.get("/jeunes/exporter").text
    assert "Toutes les colonnes" in page and "Téléphone" in page
    peu = exporter(client, "/jeunes/exporter").worksheets[0]
    tout = exporter(client, "/jeunes/exporter", colonnes="toutes").worksheets[0]
    titres = [c.value for c in tout[1]]
    assert titres[: peu.max_column] == [c.value for c in peu[1]]
    assert {"Téléphone", "Courriel", "Objectif"} <= set(titres)
    assert len(titres) == len(set(titres))
    with app.app_context(), acces.acteur(acces.TOUS):
        exports = select(Evenement).where(Evenement.operation == "export")
        derniers = db.session.scalars(exports.order_by(Evenement.id.desc()).limit(2)).all()
        assert [e.detail["toutes_les_colonnes"] for e in derniers] == [True, False]
        assert {e.motif for e in derniers} == {MOTIF}


def test_sans_motif_rien_ne_part_et_le_choix_reste(client):
    rendu = poster(
        client, "/jeunes/exporter", {"finalite": "SUIVI", "motif": " ", "colonnes": "toutes"}
    )
    assert rendu.status_code == 422 and "Motif : choisissez à quoi sert" in rendu.text
    assert re.search(r'name="colonnes" value="toutes"[^>]* checked', rendu.text)


def test_la_feuille_s_imprime_avec_titre_filtres_qui_quand_et_pourquoi(client):
    classeur = exporter(client, "/jeunes/exporter?suivi=oui")
    assert classeur.properties.title == "Jeunes"
    assert classeur.properties.creator == "Ada Delacroix"
    for feuille in classeur:
        assert feuille.page_setup.orientation == "landscape"
        assert int(feuille.page_setup.paperSize) == 9
        assert feuille.print_title_rows == "$1:$1"
        assert "Dispositif : Accompagnés" in feuille.oddHeader.left.text
        assert "Confidentiel" in feuille.oddHeader.right.text
        assert "Ada Delacroix" in feuille.oddFooter.left.text
        assert f"{aujourd_hui():%d/%m/%Y}" in feuille.oddFooter.left.text
        assert "Réunion de service" in feuille.oddFooter.left.text
        assert "&P sur &N" in feuille.oddFooter.right.text.replace("  ", " ")
    dits = dict(classeur["À propos"].iter_rows(min_row=2, values_only=True))
    assert dits["Liste"] == "Jeunes" and dits["Filtres"] == "Dispositif : Accompagnés"
    assert dits["Motif"] == MOTIF and dits["Colonnes"] == "celles de la liste"
    assert dits["Fiches"] == classeur.worksheets[0].max_row - 1
    assert "Confidentiel" in dits["Diffusion"]


def test_un_motif_tres_long_ne_depasse_pas_ce_qu_excel_tient(client):
    rendu = poster(
        client, "/alertes/exporter", {"finalite": "SUIVI", "motif": "& long " * 60}, buffered=True
    )
    with zipfile.ZipFile(io.BytesIO(rendu.data)) as paquet:
        feuille = paquet.read("xl/worksheets/sheet1.xml").decode()
    for partie in ("oddHeader", "oddFooter"):
        texte = re.search(rf"<{partie}>(.*?)</{partie}>", feuille, re.S)[1]
        assert len(texte.replace("&amp;", "&")) <= 255


def test_toutes_les_colonnes_se_lisent_sur_papier(client):
    feuille = exporter(client, "/jeunes/exporter", colonnes="toutes").worksheets[0]
    largeurs = [
        feuille.column_dimensions[openpyxl.utils.get_column_letter(n)].width
        for n in range(1, feuille.max_column + 1)
    ]
    assert feuille.col_breaks.brk and feuille.print_title_cols == "$A:$A"
    assert 11 * feuille.page_setup.scale / 100 >= 7
    assert all(largeurs)


@pytest.mark.parametrize("nombre", [1, 8, 26, 60])
def test_une_liste_trop_large_se_coupe_sans_jamais_descendre_sous_7_points(nombre):
    largeurs = [12 + n % 7 for n in range(nombre)]
    decoupe = decouper(largeurs, corps=10, repetees=1)
    assert decoupe.echelle >= 70
    debuts = [0, *decoupe.coupures]
    for debut, fin in zip(debuts, [*decoupe.coupures, nombre], strict=True):
        page = sum(map(pixels, largeurs[debut:fin]))
        if debut:
            page += pixels(largeurs[0])
        assert page * decoupe.echelle / 100 <= 11.09 * 96
