"""A new youth of a workbook who looks like one that is known is told before anything is written, by
the rule of the possible duplicates, and within what the person reads."""

import itertools

import pytest

from app import acces
from app.echanges.reprise import application
from app.echanges.reprise.ressemblances import AU_PLUS
from tests import factories as f
from tests.classeurs import LIMITES, ecrire

NAISSANCE = f.il_y_a(17 * 365)
_numeros = itertools.count(1)


@pytest.fixture(scope="module")
def connus(app):
    """Aya is followed in Artois, Lina in the Arrageois; a responsable of Artois imports."""
    from app.extensions import db

    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        f.un_jeune(nom="Lefebvre", prenom="Aya", code="AYA-1", date_naissance=NAISSANCE)
        marie = f.un_jeune(nom="Vandenbroucke", prenom="Marie", date_naissance=NAISSANCE)
        f.un_jeune("ARR", nom="Carlier", prenom="Lina", code="LINA-1", date_naissance=NAISSANCE)
        compte = f.un_compte("RESPONSABLE", "ART").id
        db.session.commit()
        marie.nom = "Desprez"
        db.session.commit()
    return compte


def une_ligne(nom: str, prenom: str, **champs) -> dict:
    return {
        "Code dossier": f"NEUF-{next(_numeros)}",
        "Nom": nom,
        "Prénom": prenom,
        "Date de naissance": f"{NAISSANCE:%d/%m/%Y}",
        "MDS": "ART",
        **champs,
    }


@pytest.fixture
def avertis(app, connus, tmp_path):
    """What the check of a workbook of these youths tells, of what looks alike."""

    def _avertis(*lignes: dict, acteur=acces.TOUS) -> list[str]:
        chemin = ecrire(tmp_path / f"{next(_numeros)}.xlsx", {"Jeunes": list(lignes)})
        with app.app_context(), acces.acteur(acteur, canal="essai"):
            rapport = application.importer(chemin, LIMITES, application.OptionsDImport(essai=True))
        assert rapport.refus == []
        return [dit for dit in rapport.avertissements if "ressembl" in dit]

    return _avertis


@pytest.mark.parametrize(
    ("nom", "prenom"), [("LEFEVBRE", "Aya"), ("Lefebvre", "A-ya"), ("Aya", "Lefebvre")]
)
def test_un_nouveau_qui_ressemble_a_un_connu_est_dit(avertis, nom, prenom):
    (dit,) = avertis(une_ligne(nom, prenom))
    assert "ligne 2" in dit
    assert "« Aya Lefebvre » (dossier AYA-1)" in dit
    assert "donnez-lui le même code" in dit


def test_un_nouveau_qui_porte_un_ancien_nom_est_dit(avertis):
    (dit,) = avertis(une_ligne("Vandenbrouck", "Marie"))
    assert "« Marie Desprez »" in dit


def test_deux_nouveaux_qui_se_ressemblent_sont_dits(avertis):
    (dit,) = avertis(une_ligne("Ben Abdallah", "Inès"), une_ligne("Benabdallah", "Ines"))
    assert "ligne 3" in dit
    assert "(ligne 2)" in dit


def test_un_jeune_connu_par_son_code_ou_un_autre_nom_ne_dit_rien(avertis):
    le_sien = une_ligne("Lefebvre", "Aya", **{"Code dossier": "AYA-1"})
    assert avertis(le_sien, une_ligne("Petit", "Hugo")) == []
    un_autre_jour = une_ligne("Lefebvre", "Aya") | {"Date de naissance": "01/02/2008"}
    assert avertis(un_autre_jour) == []


def test_un_jeune_d_ailleurs_n_est_dit_qu_a_qui_le_lit(avertis, connus):
    lina = une_ligne("Carlier", "Lina")
    assert "LINA-1" in avertis(lina)[0]
    assert avertis(lina, acteur=connus) == []


def test_au_dela_d_un_nombre_le_reste_est_compte(avertis):
    (*_, dernier) = avertis(*(une_ligne("Vasseur", "Tom") for _ in range(AU_PLUS + 4)))
    assert dernier == "Et 3 autres ressemblances, à voir dans « Doublons »."
