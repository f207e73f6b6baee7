"""Mobilités: dated, with who is there, at the head of the file; lines of the month's table beside
lieux atypiques and freins lifted."""

from datetime import date

from app.echanges.tableau import disposition, synthese
from app.indicateurs import liste, trois_colonnes
from tests import factories as f
from tests.connexions import poster
from tests.test_agents import lire
from tests.test_contrats import jj

COMPTES = {
    "coordonnateur": ("COORDONNATEUR", "ART"),
    "slai": ("SLAI", "ART"),
    "ailleurs": ("COORDONNATEUR", "ARR"),
}


def test_un_depart_se_note_se_lit_en_tete_du_dossier_et_finit_d_un_geste(agent, faire, tous):
    jeune = faire(f.un_jeune)
    client = agent()
    saisi = {
        "genre_code": "ERASMUS",
        "ou": "Gand (Belgique)",
        "du": jj(f.il_y_a(20)),
        "contact": "Mme De Smet, lycée d’accueil",
    }
    assert poster(client, f"/mobilites/ajouter?jeune={jeune}", saisi).status_code == 302
    tete = lire(client, f"/jeunes/{jeune}").split('id="identite"')[0]
    assert "En mobilité" in tete and "ERASMUS+, Gand (Belgique)" in tete
    assert "Sur place : Mme De Smet, lycée d’accueil" in tete
    avant = poster(client, f"/mobilites/ajouter?jeune={jeune}", saisi | {"au": jj(f.il_y_a(30))})
    assert avant.status_code == 422
    numero = faire(f.une_fiche, "mobilite", jeune=f.Jeune(id=jeune), du=f.il_y_a(5))
    rendu = poster(client, f"/mobilites/{numero}/terminer", {}, page=f"/jeunes/{jeune}")
    assert rendu.status_code == 302
    with tous() as session:
        assert session.get(f.catalogue.classe_de("mobilite"), numero).au == f.il_y_a(0)


def test_une_autre_mds_ne_voit_ni_ne_change_un_depart(agent, faire):
    numero = faire(f.une_fiche, "mobilite", ou="Rennes")
    assert "Rennes" not in lire(agent("ailleurs"), "/mobilites/?qui=tous")
    assert agent("ailleurs").get(f"/mobilites/{numero}").status_code == 404
    assert poster(agent("slai"), f"/mobilites/{numero}/terminer", page="/").status_code == 403


LIGNES = {
    "Jeunes rencontrés dans un lieu atypique": "LIEUX_ATYPIQUES",
    "Jeunes en mobilité": "MOBILITES",
    "Jeunes dont un frein est levé": "FREINS_LEVES",
}


def test_le_tableau_du_mois_a_leurs_lignes_et_leurs_listes(session):
    jeune = f.un_jeune()
    mai = (date(2025, 5, 1), date(2025, 5, 31))
    f.une_rencontre(jeune, le=date(2025, 5, 6), lieu_code="MEDIATHEQUE", jeune_present=True)
    f.une_fiche("mobilite", jeune=jeune, du=date(2025, 4, 1), genre_code="ERASMUS")
    f.un_frein(jeune, theme_code="MOBILITE", du=date(2025, 1, 1), leve_le=date(2025, 5, 31))
    colonnes = trois_colonnes(mai[0], "ART")
    lues = [synthese.ligne_de_synthese(colonnes, ligne) for ligne in disposition.LIGNES_DE_CHIFFRES]
    valeurs = {x.libelle: (x.mois, x.cumul, x.en_cours) for x in lues}
    assert valeurs["Jeunes rencontrés dans un lieu atypique"] == (1, 1, 0)
    assert valeurs["Jeunes en mobilité"] == valeurs["dont ERASMUS+"] == (1, 1, 1)
    assert valeurs["Jeunes dont un frein est levé"] == (1, 1, 1)
    assert valeurs["dont frein de mobilité"] == (1, 1, 1)
    for code in LIGNES.values():
        assert [(x.id, x.reponse) for x in liste(code, *mai, "ART")] == [(jeune.id, "oui")]
    definitions = {x.titre: x.code for x in synthese.lignes_de_definition()}
    assert {titre: definitions[titre] for titre in LIGNES} == dict.fromkeys(LIGNES, "")
