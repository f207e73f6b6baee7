"""What every declaration holds: a page tells each attribute, a register each column."""

from dataclasses import fields

import pytest
from sqlalchemy import inspect, text

from app.echanges.reprise.feuilles import PAR_TABLE
from app.extensions import appbuilder
from app.menu import AuMenu
from app.models import catalogue, registre, traitements
from app.models.base import Nature, Precisions
from app.models.declaration import DansLeClasseur, Declaration, Recherche
from app.views.socle.base import VueTandem
from app.views.socle.fiche import OngletDuJeune
from config import RACINE

PAGE = (RACINE / "docs/declarer-un-ecran.md").read_text(encoding="utf-8")


DECLAREES = [Declaration, Recherche, DansLeClasseur, OngletDuJeune, AuMenu]


@pytest.mark.parametrize("classe", DECLAREES, ids=lambda c: c.__name__)
def test_la_page_dit_chaque_attribut(classe):
    dits = {champ.name for champ in fields(classe)}
    assert {nom for nom in dits if f"| `{nom}` |" not in PAGE} == set()


def test_la_page_dit_ce_qu_une_colonne_et_un_ecran_peuvent_dire():
    de_la_colonne = Precisions.__annotations__
    de_l_ecran = [n for n in vars(VueTandem) if not n.startswith("_") and n in _attributs()]
    for nom in (*de_la_colonne, *de_l_ecran):
        assert f"`{nom}`" in PAGE, nom


def _attributs() -> set[str]:
    gabarits = {"list_template", "show_template", "form_template", "delete_template"}
    valeurs = {n for n, v in vars(VueTandem).items() if not callable(v)}
    return valeurs - gabarits - {n for n in valeurs if isinstance(vars(VueTandem)[n], property)}


def test_chaque_colonne_est_au_registre_avec_sa_nature(app):
    lignes = registre.lignes()
    sans_modele = sum(len(natures) for *_, natures in traitements.AUTRES.values())
    des_modeles = sum(len(c.__table__.c) for c in catalogue.noms().values())
    assert len(lignes) == des_modeles + sans_modele
    assert {ligne.nature for ligne in lignes} == {nature.value for nature in Nature}
    assert all(ligne.libelle for ligne in lignes)


def test_le_registre_et_la_base_s_accordent_sur_ce_qui_est_efface(app, session):
    efface = {
        (nom, colonne)
        for nom, colonne, _ in session.execute(text("select * from acces.textes_du_dossier()"))
    }
    dit = {(x.table, x.colonne) for x in registre.lignes() if x.a_l_anonymisation == "effacée"}
    assert {(t, c) for t, c in dit if c not in ("cle", "nom_tri", "recherche")} == efface


def ecrans() -> list[VueTandem]:
    return [v for v in appbuilder.baseviews if isinstance(v, VueTandem)]


def test_aucune_colonne_n_est_oubliee_de_tous_les_ecrans(app):
    """A column that no form, list, file, export nor sheet has says why (``hors_ecran``)."""
    oubliees = []
    for vue in ecrans():
        table = vue.modele.__table__
        feuille = PAR_TABLE.get(table.name)
        montrees = {*vue.list_columns, *vue.add_columns, *vue.edit_columns, *vue.show_columns}
        montrees |= {*(vue.colonnes_export or ()), *(feuille.par_attribut if feuille else ())}
        montrees |= {vue.propriete(nom).nom for nom in montrees}
        for colonne in catalogue.remplies(table):
            dit = colonne.info
            tue = not dit.get("racontee", True) or not dit.get("audit", True)
            dite = tue or dit.get("hors_ecran")
            if colonne.name not in montrees and not dite:
                oubliees.append(f"{table.name}.{colonne.name}")
    assert not oubliees, f"show them, or say why not (hors_ecran): {sorted(set(oubliees))}"


def test_chaque_modele_nomme_ses_relations(app):
    """A code or a number that a screen shows has the relationship that brings its label."""
    for table, classe in catalogue.noms().items():
        for nom in classe.declaration.recherche.avec if classe.declaration.recherche else ():
            assert nom in inspect(classe).relationships, (table, nom)
