"""« The layout changes: one file. » Columns swapped, renamed, sheets moved and renamed in
``disposition.py`` alone: every value still lands under its title."""

import random
from dataclasses import replace
from datetime import date

import openpyxl
import pytest
from sqlalchemy import select

from app import acces
from app.commandes.base import actualiser_les_statistiques
from app.commandes.demo import remplir
from app.echanges.formats.ecriture import Colonne
from app.echanges.tableau import classeur as tableau_classeur
from app.echanges.tableau import comparaison, disposition, fige
from app.echanges.tableau import envoi as tableau_envoi
from app.echanges.tableau import mensuel as tableau_mensuel
from app.extensions import db
from app.models import Envoi, Mds
from tests import factories as f

MOIS = date(2025, 12, 1)
CONTENUS = [feuille.contenu for feuille in disposition.FEUILLES]


@pytest.fixture(scope="module")
def base(app):
    """The demonstration, and a table of Artois sent, that something has changed since."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        remplir(120, 7, date(2026, 4, 15))
        numero = tableau_envoi.ouvrir_un_envoi(MOIS, artois()).id
        db.session.commit()
        actualiser_les_statistiques(app)
        envoi = tableau_envoi.envoyer(numero, "Essai.")
        suivi = next(iter(fige.jeunes_par_numero(fige.contenu_fige(envoi))))
        f.une_alerte(suivi, du=date(2025, 12, 3))
        absorbe, garde = f.un_jeune("ART", code="ABS-1"), f.un_jeune("ART", code="GARDE-1")
        f.une_fusion(garde, code_absorbe=absorbe.code)
        db.session.commit()
        return numero


def artois() -> Mds:
    return db.session.scalars(select(Mds).where(Mds.code == "ART")).one()


@pytest.fixture(scope="module")
def classeur(app, base, tmp_path_factory):
    """The workbook of a rectificatif with the layout of now, read back: it has every sheet."""

    def composer(*, avec_noms: bool = False):
        chemin = tmp_path_factory.mktemp("tableau") / "tableau.xlsx"
        with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
            tableau = tableau_mensuel.calculer_le_mois(MOIS, artois())
            jeunes = list(tableau_mensuel.lignes_des_jeunes(tableau, avec_noms))
            differences = comparaison.comparer(db.session.get(Envoi, base), tableau, jeunes)
            cachet = tableau_mensuel.Cachet(1, "Oubli", "non vérifié", jeunes, differences)
            tableau = replace(tableau, cachet=cachet)
            tableau_classeur.composer(tableau, chemin, avec_noms=avec_noms)
        return openpyxl.load_workbook(chemin)

    return composer


@pytest.fixture(scope="module")
def avant(classeur) -> dict[str, dict[str, list]]:
    """Sheet → what stands in each of its columns, with the layout as it is."""
    lu = classeur()
    return {feuille.contenu: valeurs(lu, feuille) for feuille in disposition.FEUILLES}


def valeurs(classeur, feuille: disposition.FeuilleDuTableau) -> dict[str, list]:
    """What stands under the heading of each column, by the name that the layout gives to its value;
    what stands above the headings, and the bands that run over the columns, left aside."""
    lignes = list(classeur[feuille.nom].iter_rows(values_only=True))
    titres = {c.titre: c.nom for c in feuille.colonnes}
    debut = next(
        n for n, ligne in enumerate(lignes) if set(ligne) <= {*titres, None} and any(ligne)
    )
    corps = [x for x in lignes[debut + 1 :] if sum(v is not None for v in x) > 1]
    return {
        titres[titre]: [ligne[place] for ligne in corps]
        for place, titre in enumerate(lignes[debut])
        if titre is not None
    }


def changer(monkeypatch, **feuilles: disposition.FeuilleDuTableau) -> None:
    """The layout, with these sheets instead of their own."""
    monkeypatch.setattr(
        disposition, "FEUILLES", tuple(feuilles.get(x.contenu, x) for x in disposition.FEUILLES)
    )


@pytest.mark.parametrize("contenu", CONTENUS)
def test_deux_colonnes_echangees_gardent_leurs_valeurs_sous_leur_titre(
    classeur, avant, monkeypatch, contenu
):
    feuille = disposition.feuille(contenu)
    assert any(any(v is not None for v in colonne) for colonne in avant[contenu].values())
    premiere, *milieu, derniere = feuille.colonnes
    echangee = replace(feuille, colonnes=(derniere, *milieu, premiere))
    changer(monkeypatch, **{contenu: echangee})
    apres = valeurs(classeur(), echangee)
    assert list(apres) == [c.nom for c in echangee.montrees()]
    assert apres == avant[contenu]


def test_feuilles_et_colonnes_melangees_et_renommees_tout_reste_sous_son_titre(
    classeur, monkeypatch
):
    lu = classeur(avec_noms=True)
    avant = {feuille.contenu: valeurs(lu, feuille) for feuille in disposition.FEUILLES}
    hasard = random.Random(5)
    autres = []
    for feuille in hasard.sample(disposition.FEUILLES, len(CONTENUS)):
        colonnes = [replace(c, titre=f"{c.titre} bis") for c in feuille.colonnes]
        hasard.shuffle(colonnes)
        autres.append(replace(feuille, nom=f"Autre {feuille.nom}"[:31], colonnes=tuple(colonnes)))
    monkeypatch.setattr(disposition, "FEUILLES", tuple(autres))
    lu = classeur(avec_noms=True)
    assert lu.sheetnames == [x.nom for x in autres]
    for feuille in autres:
        apres = valeurs(lu, feuille)
        if feuille.contenu == "rectificatif":  # names the columns that changed, by their title
            apres["champ"] = [champ.removesuffix(" bis") for champ in apres["champ"]]
        assert apres == avant[feuille.contenu], feuille.nom


@pytest.mark.parametrize("contenu", ["logement", "evolutions"])
def test_un_graphique_dessine_ses_colonnes_ou_qu_elles_soient(classeur, monkeypatch, contenu):
    feuille = disposition.feuille(contenu)
    retournee = replace(feuille, nom="Ailleurs", colonnes=feuille.colonnes[::-1])
    changer(monkeypatch, **{contenu: retournee})
    onglet = classeur()["Ailleurs"]
    noms = [c.nom for c in retournee.colonnes]
    attendues = {
        "logement": ("libelle", f"jeunes_{disposition.LOGEMENT_DESSINE}"),
        "evolutions": ("nom", "valeur"),
    }[contenu]
    assert onglet._charts
    for dessin in onglet._charts:
        serie = dessin.series[0]
        categories = serie.cat.strRef or serie.cat.numRef
        for reference, nom in zip((categories, serie.val.numRef), attendues, strict=True):
            lettre = openpyxl.utils.get_column_letter(1 + noms.index(nom))
            assert reference.f.replace("'", "").startswith(f"Ailleurs!${lettre}$")


def test_les_colonnes_nominatives_suivent_leur_nom(classeur, monkeypatch):
    feuille = disposition.feuille("jeunes")
    retournee = replace(feuille, colonnes=feuille.colonnes[::-1])
    changer(monkeypatch, jeunes=retournee)
    titres = [c.value for c in classeur()[feuille.nom][1]]
    assert "Nom" not in titres and titres == [c.titre for c in retournee.montrees()]


def test_un_tableau_envoye_se_compare_par_nom_quoi_que_deviennent_titres_et_ordre(
    app, base, monkeypatch
):
    """Titles changed, columns moved, one added: what has not changed is no difference."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        avant = comparaison.differences(db.session.get(Envoi, base))
    feuille = disposition.feuille("jeunes")
    colonnes = [replace(c, titre=f"{c.titre} (nouveau)") for c in feuille.colonnes[::-1]]
    ref = Colonne("Décrit au", "date", lambda ligne: ligne.ref, 10, "ref")
    changer(monkeypatch, jeunes=replace(feuille, colonnes=(*colonnes, ref)))
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        apres = comparaison.differences(db.session.get(Envoi, base))
    assert avant and {replace(d, champ=d.champ.removesuffix(" (nouveau)")) for d in apres} == set(
        avant
    )


def test_un_tableau_envoye_avant_que_les_noms_y_soient_gardes_se_relit(app, base):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        contenu = fige.contenu_fige(db.session.get(Envoi, base))
    ancien = {cle: valeur for cle, valeur in contenu.items() if cle != "colonnes"}
    lus = fige.jeunes_par_numero(ancien)
    assert lus and lus == fige.jeunes_par_numero(contenu)
    assert set(next(iter(lus.values()))) == set(fige.TITRES_D_ORIGINE.values())


def test_une_valeur_mal_nommee_est_refusee_au_demarrage():
    feuille = disposition.feuille("logement")
    fautive = replace(feuille.colonnes[0], nom="libele")
    with pytest.raises(LookupError, match="libele"):
        replace(feuille, colonnes=(fautive, *feuille.colonnes[1:]))
    with pytest.raises(LookupError, match="twice"):
        replace(feuille, colonnes=(*feuille.colonnes, feuille.colonnes[0]))


def test_chaque_feuille_a_de_quoi_s_ecrire():
    assert list(tableau_classeur.ECRITURES) == CONTENUS
