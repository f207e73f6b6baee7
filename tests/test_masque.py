"""The version for the COPIL and the partners: whatever one computes from all the tables handed out,
no number from 1 to 4 of youths is found.

The attack is exact (``attaquant.py``). What binds the figures comes from the definitions: each kind
of person is asked to the criteria themselves, in the base.
"""

import io
from datetime import date

import openpyxl
import pytest
from sqlalchemy import delete

from app import acces
from app.echanges.tableau import diffusion, disposition
from app.echanges.tableau import envoi as tableau_envoi
from app.echanges.tableau.fige import contenu_fige
from app.extensions import db
from app.indicateurs import DEFINITIONS, Moyen
from app.indicateurs.requete import OBJETS
from app.models import Accompagnement, Envoi, Jeune, Mds
from app.regles.masque import MASQUE, nombre_a_dire, par_tranche, taux_arrondi
from tests import factories as f
from tests.attaquant import PETITS, Attaque
from tests.connexions import ouvrir_session, poster
from tests.publications import (
    GENRES,
    Genre,
    Remis,
    figes,
    lignes_de_jeunes,
    lire_les_genres,
    ouvrir,
    remettre,
    tous_les_logements,
)

from .indicateurs.histoires import MDS, Hasard, enregistrer, une_histoire

MOIS = date(2025, 6, 1)


# --- The rule


@pytest.mark.parametrize(
    ("nombre", "dit"),
    [
        (0, "moins de 10"),
        (3, "moins de 10"),
        (9, "moins de 10"),
        (10, "de 10 à 19"),
        (119, "de 110 à 119"),
    ],
)
def test_un_nombre_de_jeunes_se_donne_par_dizaine_zero_compris(nombre, dit):
    assert par_tranche(nombre) == dit


@pytest.mark.parametrize(
    ("oui", "non", "dit"),
    [
        (30, 10, "environ 80 %"),
        (10, 10, "environ 50 %"),
        (31, 10, "environ 80 %"),
        (70, 10, "environ 90 %"),
        (30, 9, MASQUE),
        (9, 30, MASQUE),
        (0, 0, MASQUE),
    ],
)
def test_un_taux_s_arrondit_et_se_masque_quand_il_est_de_peu_de_jeunes(oui, non, dit):
    assert taux_arrondi(oui, non) == dit


@pytest.mark.parametrize(
    ("versions", "dit"),
    [
        ([9], 9),
        ([9, 10], 9),
        ([9, 18], 9),
        ([9, 19], 19),
        ([19, 10], 19),
        ([9, 12, 19], 19),
        ([9, 19, 12], 19),
        ([30, 20, 29], 20),
    ],
)
def test_un_rectificatif_garde_le_nombre_dit_tant_qu_il_n_a_pas_bouge_de_dix(versions, dit):
    assert nombre_a_dire([(MOIS, nombre) for nombre in versions]) == dit


@pytest.mark.parametrize(
    ("trouves", "dit"),
    [
        ([(3, 10), (4, 8)], 10),
        ([(3, 10), (4, 0)], 0),
        ([(3, 10), (4, 8), (5, 9)], 10),
        ([(3, 10), (4, 12)], 12),
        ([(3, 10), (3, 8), (4, 8)], 10),
        ([(3, 30), (3, 20), (4, 21)], 21),
        ([(3, 10), (4, 12), (3, 8)], 10),
        ([(4, 12), (3, 8)], 8),
        ([(1, 10), (3, 8)], 10),
    ],
)
def test_le_cumul_ne_redescend_pas_de_moins_de_dix_d_un_mois_a_l_autre(trouves, dit):
    """(month, number found), in order of sending."""
    assert nombre_a_dire([(date(2025, mois, 1), nombre) for mois, nombre in trouves]) == dit


@pytest.fixture(scope="module")
def genres(app) -> dict[str, list[Genre]]:
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        return {population: lire_les_genres(db.session, population) for population in GENRES}


def test_les_relations_entre_les_chiffres_viennent_des_definitions(genres):
    """The leak that was found: 13 stable housings, 10 of them social ones, and nothing else that is
    stable but the FJT. With exact figures the attacker finds 3."""
    attaque = Attaque()
    variables = {genre: attaque.inconnue() for genre in genres["sortants"]}
    vrais = {("I7", "oui"): 13, ("I8", "repartition.LOC_SOC"): 10, ("I8", "repartition.FJT"): 3}
    stable, *loges = (disposition.LigneDeChiffres(*cle) for cle in vrais)
    for ligne in (stable, *loges):
        siens = [v for genre, v in variables.items() if genre.compte_dans(ligne)]
        attaque.cellule((ligne.code, ligne.chemin), siens, vrais[ligne.code, ligne.chemin])
    autres = [
        v
        for genre, v in variables.items()
        if genre.compte_dans(stable) and not any(map(genre.compte_dans, loges))
    ]
    attaque.cellule(("autres stables",), autres, 0)
    for nom in (("I7", "oui"), ("I8", "repartition.LOC_SOC"), ("autres stables",)):
        attaque.confier(nom)
    assert attaque.trouves() == [("I8", "repartition.FJT")]


def test_chaque_indicateur_de_jeunes_a_ses_genres(genres):
    """A new indicator is attacked as soon as it is declared."""
    dits = {r[0] for siens in genres.values() for g in siens for r in g.reponses}
    assert dits == {code for code, i in DEFINITIONS.items() if i.parmi not in OBJETS}


# --- The attack on the tables of one month


def attaquer(genres: list[Genre], remis: list[Remis], colonne: str, lignes) -> list[tuple]:
    """The numbers from 1 to 4 that are found in a column of these tables, the last one being the
    Département of the others when there are several."""
    lecture = ouvrir(genres, lignes)
    attaque = lecture.attaque
    for table in remis:
        lecture.lire(table, colonne)
    *mds, departement = remis
    if mds:
        for ligne in lecture.lignes:
            cle = (colonne, ligne.code, ligne.chemin)
            attaque.ecart(("hors MDS", *cle), (departement.nom, *cle), [(x.nom, *cle) for x in mds])
            attaque.confier(("hors MDS", *cle))
    return attaque.trouves()


@pytest.mark.parametrize("graine", range(12))
def test_aucun_petit_nombre_ne_se_trouve_dans_une_base_de_20_a_60_jeunes(session, genres, graine):
    """From each table alone, column by column, and from those of the MDS and of the Département
    together; whoever attacks knows how many youths are in no MDS, or in two."""
    hasard = Hasard(graine, date(2025, 1, 1), date(2025, 6, 30))
    histoires = [une_histoire(hasard) for _ in range(20 + graine * 40 // 11)]
    logements = tous_les_logements(session)
    lignes = lignes_de_jeunes(logements)
    with session.begin_nested() as seul:
        enregistrer(session, histoires, [], [])
        mds = [remettre(code, [figes(MOIS, code)], logements) for code in MDS]
        departement = remettre("Département", [figes(MOIS, None)], logements)
        seul.rollback()
    petits = [x for table in (*mds, departement) for x in table.vrais.values() if x in PETITS]
    assert len(petits) > 20, "there is something to find"
    trouves = []
    for population, siens in genres.items():
        trouves += attaquer(siens, [departement], "cumul", lignes)
        if population != "sortants":
            trouves += attaquer(siens, [*mds, departement], "cumul", lignes)
            trouves += attaquer(siens, [*mds, departement], "mois", lignes)
        elif graine == 0:  # a thousand kinds of persons in each territory: one base is enough
            trouves += attaquer(siens, [*mds, departement], "cumul", lignes)
    assert not trouves


# --- The workbook


def test_le_classeur_ne_donne_que_des_tranches_et_ne_depend_d_aucun_autre_tableau(app):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        for n in range(12):
            mds = "ART" if n < 3 else "ARR"
            _un_jeune_suivi(mds, f"Masque{n}")
        compte = f.un_compte("SLAI", "ART").id
        db.session.commit()
        art = db.session.query(Mds).filter_by(code="ART").one()
        envois = [_envoyer(art), _envoyer(None)]
        lues = [list(diffusion.lignes([_envoye(numero)])) for numero in envois]
        _envoyer(db.session.query(Mds).filter_by(code="ARR").one())
        assert [list(diffusion.lignes([_envoye(numero)])) for numero in envois] == lues
    par_code = [{ligne.code: ligne.cellules for ligne in lignes} for lignes in lues]
    assert par_code[0]["I2"] == ("moins de 10",) * 3, "the three of Artois"
    assert par_code[1]["I2"] == ("de 10 à 19",) * 3, "12 less 9 is 3, but neither is printed"
    client = ouvrir_session(app.test_client(), compte)
    rendu = poster(
        client,
        f"/envois/{envois[0]}/diffusion",
        {"finalite": "SUIVI", "motif": "Comité de pilotage"},
        buffered=True,
    )
    classeur = openpyxl.load_workbook(io.BytesIO(rendu.data))
    assert classeur.sheetnames == ["Synthèse", "À propos", "Définitions"]
    des_moyens = {DEFINITIONS[c].titre for c, i in DEFINITIONS.items() if isinstance(i, Moyen)}
    for _, libelle, *cellules in classeur["Synthèse"].iter_rows(min_row=2, values_only=True):
        if libelle.startswith("dont ") or libelle in {"satisfaits", "jeunes reçus"}:
            assert all(str(c).startswith(("moins de", "de ")) for c in cellules), libelle
        if libelle in des_moyens:
            assert not any(str(c).startswith("moins de") for c in cellules), libelle
    precautions = [v for _, v in classeur["À propos"].iter_rows(min_row=2, values_only=True)]
    assert diffusion.PRECAUTION in precautions


def test_un_rectificatif_ne_dit_pas_qu_un_jeune_de_plus_a_ete_trouve(app, tmp_path):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        for n in range(9):
            _un_jeune_suivi("LLI", f"Rectifié{n}")
        db.session.commit()
        mds = db.session.query(Mds).filter_by(code="LLI").one()
        premier = _envoyer(mds)
        _un_jeune_suivi("LLI", "Oublié")
        db.session.commit()
        rectificatif = _envoyer(mds, "Un dossier oublié.")
        lus = []
        for numero in (premier, rectificatif):
            assert _envoye(numero).chiffres["mois"]["I2"]["valeurs"]["nombre"] == 9 + len(lus)
            chemin = tmp_path / f"{numero}.xlsx"
            diffusion.ecrire(db.session.get(Envoi, numero), chemin)
            lus.append(openpyxl.load_workbook(chemin))
        db.session.rollback()
    avant, apres = ([*classeur["Synthèse"].values] for classeur in lus)
    assert avant == apres
    dits = dict(lus[1]["À propos"].values)
    assert dits["Rectificatif"] == diffusion.RECTIFICATIF
    assert "Rectificatif" not in dict(lus[0]["À propos"].values)


def test_un_mois_ne_dit_pas_que_deux_jeunes_ont_quitte_le_cumul(app, tmp_path):
    """Ten in June; two records are taken away, then July is sent: eight since January."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        for n in range(10):
            _un_jeune_suivi("TER", f"Compté{n}")
        db.session.commit()
        mds = db.session.query(Mds).filter_by(code="TER").one()
        _envoyer(mds)
        for jeune in db.session.query(Jeune).filter(Jeune.nom.in_(["Compté0", "Compté1"])):
            db.session.execute(delete(Accompagnement).where(Accompagnement.jeune_id == jeune.id))
        db.session.commit()
        juillet = _envoyer(mds, mois=date(2025, 7, 1))
        assert _envoye(juillet).chiffres["cumul"]["I2"]["valeurs"]["nombre"] == 8
        chemin = tmp_path / "juillet.xlsx"
        diffusion.ecrire(db.session.get(Envoi, juillet), chemin)
        db.session.rollback()
    lues = {
        code: cellules for code, _, *cellules in openpyxl.load_workbook(chemin)["Synthèse"].values
    }
    assert lues["I2"] == ["moins de 10", "de 10 à 19", "moins de 10"]


def _un_jeune_suivi(mds: str, nom: str) -> None:
    jeune = f.un_jeune(mds, nom=nom, date_naissance=date(2008, 2, 1))
    f.un_accompagnement(jeune, du=date(2025, 1, 1))
    f.une_mesure(jeune, du=date(2025, 1, 1))
    f.un_binome(jeune, du=date(2025, 1, 1))
    f.un_rdv_tripartite(jeune, le=date(2025, 1, 1))


def _envoyer(mds: Mds | None, motif: str = "", mois: date = MOIS) -> int:
    numero = tableau_envoi.ouvrir_un_envoi(mois, mds, motif).id
    db.session.commit()
    numero = tableau_envoi.envoyer(numero, "Essai.").id
    db.session.commit()
    return numero


def _envoye(numero: int) -> diffusion.EnvoiFige:
    envoi = db.session.get(Envoi, numero)
    return diffusion.EnvoiFige(envoi.mois, contenu_fige(envoi)["chiffres"])
