"""What a page says, told by its dataclass: without HTML, and without a base where it needs none."""

import re
from datetime import date
from types import SimpleNamespace

import pytest

from app import acces
from app.extensions import db
from app.regles.age import aujourd_hui
from app.views.jeune import PageJeune
from app.views.pages import a_venir, accueil
from app.views.pages.conservation import PageConservation, PageDossier
from app.views.pages.dossiers_a_examiner import TAILLE, Choix
from app.views.socle.gabarits import minuscule
from config import RACINE
from tests import factories as f


def liste(page: int, lus: int, en_tout: int) -> PageConservation:
    return PageConservation(Choix(page=page), {"a_decider": en_tout}, [None] * lus, {}, [], False)


def test_une_liste_d_une_page_ne_mene_nulle_part():
    page = liste(1, lus=3, en_tout=3)
    assert (page.precedente, page.suivante, page.combien_de_pages) == ("", "", 1)


def test_une_liste_plus_longue_mene_a_la_suite():
    page = liste(2, lus=TAILLE + 1, en_tout=3 * TAILLE)
    assert page.precedente == "?etat=a_decider&page=1"
    assert page.suivante == "?etat=a_decider&page=3"
    assert len(page.dossiers) == TAILLE


def test_une_page_qui_s_est_videe_ramene_a_la_derniere_qui_a_des_dossiers():
    assert liste(4, lus=0, en_tout=TAILLE + 1).precedente == "?etat=a_decider&page=2"
    assert liste(4, lus=0, en_tout=0).precedente == ""


def test_les_pages_gardent_la_mds_choisie():
    assert Choix("gardes", mds=7).adresse(2) == "?etat=gardes&mds=7&page=2"


def test_un_dossier_se_garde_de_demain_a_dans_deux_ans():
    dossier = SimpleNamespace(mds_id=1, dernier_contact_le=None)
    page = PageDossier(dossier, None, False, [], [("code", "Non.")], date(2026, 3, 1))
    assert (page.tot, page.tard) == (date(2026, 3, 2), date(2028, 3, 1))
    assert page.proposable_le is None
    assert page.erreurs == {"code": "Non."}


def test_la_fiche_d_un_jeune_sans_transfert_ne_nomme_aucune_autre_mds(session):
    jeune = f.un_jeune(mds="ART")
    page = PageJeune(jeune, None, None, [], None, False)
    assert page.mds == "Artois"
    assert page.transfert_vers == ""
    db.session.rollback()


def test_aucun_gabarit_ne_met_un_sigle_en_minuscules():
    """« référent ase », « mds »: only a first letter changes (``minuscule``)."""
    for gabarit in sorted((RACINE / "app" / "templates").rglob("*.html")):
        texte = gabarit.read_text(encoding="utf-8")
        assert not re.search(r"\|\s*(lower|title)\b", texte), gabarit


@pytest.mark.parametrize(
    ("libelle", "attendu"),
    [
        ("Entretien avec le référent ASE", "entretien avec le référent ASE"),
        ("SMS", "SMS"),
        ("Étape", "étape"),
        ("", ""),
    ],
)
def test_un_libelle_dans_une_phrase_garde_ses_sigles(libelle, attendu):
    assert minuscule(libelle) == attendu


def preparer(app, role: str, mds: str | None, le: date) -> accueil.PageAccueil:
    """The home page of a new account that holds this role."""
    with app.test_request_context(), acces.acteur(acces.TOUS, canal="essai"):
        numero = f.un_compte(role, mds).id
        db.session.commit()
        with acces.acteur(numero):
            page = accueil.preparer_accueil(acces.perimetre(), "Nour", le)
            db.session.rollback()
    return page


def test_l_accueil_d_un_coordonnateur_compte_et_cherche(app):
    page = preparer(app, "COORDONNATEUR", "ART", aujourd_hui())
    assert page.habilitations == [("Coordonnateur Mission Locale", "Artois")]
    assert [compteur.cle for compteur in page.compteurs] == [
        "rencontres",
        "rdv",
        "etapes",
        "alertes",
    ]
    assert page.rencontre_lue and page.rencontre and not page.cree and not page.plusieurs_mds
    assert page.jusqu_au == a_venir.fin_de_la_semaine_suivante(page.le)


def test_l_accueil_de_qui_ne_lit_aucun_dossier_ne_compte_rien(app):
    page = preparer(app, "ADMINISTRATEUR", None, aujourd_hui())
    assert (page.compteurs, page.rencontre_lue, page.papiers.obligations) == ([], False, [])
    assert page.habilitations == [("Administrateur technique", "toutes les MDS")]


def test_un_tableau_de_janvier_jamais_envoye_reste_a_l_accueil(app):
    page = preparer(app, "COORDONNATEUR", "MON", date(2025, 4, 12))
    assert page.papiers.tableaux_en_retard == [
        a_venir.Retard(date(2025, 1, 1), ["Montreuillois"]),
        a_venir.Retard(date(2025, 2, 1), ["Montreuillois"]),
    ]
    assert page.papiers.rappel["mois"] == "de mars 2025"


def test_le_pilotage_lit_les_mois_en_retard_de_toute_l_annee(app):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        f.un_envoi("BOU", envoye=True, mois=date(2026, 2, 1))  # received today, long after
        db.session.commit()
    lu = preparer(app, "DPID", None, date(2026, 4, 20)).departement
    retards = {retard.territoire: (retard.manquent, retard.tardifs) for retard in lu.retards}
    assert len(retards) == 10, "the nine MDS and the Département"
    manquent, (tardif,) = retards["Boulonnais"]
    assert manquent == ["janv.", "mars"]
    assert re.fullmatch(r"févr\. \(\d+ jours\)", tardif)
    assert retards["Calaisis"] == (["janv.", "févr.", "mars"], [])


def test_un_tableau_envoye_ne_reste_pas_a_l_accueil(app):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        f.un_envoi("TER", envoye=True, mois=date(2025, 1, 1))
        db.session.commit()
    janvier, fevrier = preparer(app, "DPID", None, date(2025, 4, 12)).papiers.tableaux_en_retard
    assert janvier.du_mois == "de janvier 2025"
    assert janvier.territoires[0].startswith("Département")
    assert set(fevrier.territoires) - set(janvier.territoires) == {"Ternois"}
