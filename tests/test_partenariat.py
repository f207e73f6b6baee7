"""The partnership: actions and their next step, conventions to renew, what is mobilised and with
what outcome; on the page of a partner, the home page of the SLAI, in the digest and the bilan."""

import html
import re

import pytest
from sqlalchemy import func, select

from app import acces
from app.echanges.bilan import contenu as bilan
from app.extensions import db
from app.models import ActionPartenariat, ConventionPartenaire, Mds, Partenaire
from app.rappels import resume
from app.regles.age import ajouter_mois, aujourd_hui
from app.views import partenariat
from tests import factories as f
from tests.connexions import poster
from tests.ordres_sql import ordres_sql
from tests.serveur_smtp import reglages
from tests.test_agents import lire

COMPTES = {
    "slai": ("SLAI", "ART"),
    "coordonnateur": ("COORDONNATEUR", "ART"),
    "referent": ("REFERENT_SEF", "ART"),
    "ailleurs": ("SLAI", "TER"),
}


DU = aujourd_hui().replace(month=1, day=1)


def _mobiliser(partenaire: Partenaire) -> None:
    """Four of a youth of Artois since 1 January, one of another MDS."""
    jeune = f.un_jeune("ART")
    for mois, (dispositif, resultat) in enumerate(
        (
            ("Bail glissant", "ENTREE"),
            ("bail  glissant", None),
            ("Garantie jeunes", "REFUS_JEUNE"),
            (None, "REFUS_JEUNE"),
        )
    ):
        champs = {"dispositif": dispositif, "resultat_code": resultat}
        f.une_mobilisation(jeune, partenaire, du=ajouter_mois(DU, mois), **champs)
    f.une_mobilisation(f.un_jeune("TER"), f.un_partenaire("TER"), du=DU, dispositif="Caché")


@pytest.fixture(scope="module")
def base(app, comptes):
    """Partners of Artois: one to call back, one bound until soon, one bound for long."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        a_rappeler, finit, loin = (
            f.un_partenaire("ART", nom=f"Garage {nom}") for nom in ("Rappel", "Finit", "Loin")
        )
        f.une_action_partenariat(
            partenaire_id=a_rappeler.id, suite="Rappeler le directeur", suite_le=f.il_y_a(2)
        )
        f.une_action_partenariat(
            partenaire_id=loin.id, suite="Envoyer la plaquette", suite_le=f.dans(20)
        )
        for partenaire, mois in ((finit, 1), (loin, 20)):
            f.une_fiche(
                "convention_partenaire",
                partenaire_id=partenaire.id,
                objet=f"Convention {partenaire.nom}",
                du=f.il_y_a(300),
                au=ajouter_mois(aujourd_hui(), mois),
            )
        f.une_fiche("dispositif_propose", partenaire_id=loin.id, nom="Stage de découverte")
        f.une_fiche("dispositif_propose", partenaire_id=loin.id, nom="Fermé", ferme_le=f.il_y_a(1))
        f.une_action_partenariat(genre_code="PROMOTION_RSASE", le=DU)
        f.une_action_partenariat(genre_code="DEMARCHAGE", partenaire_id=finit.id, le=DU)
        _mobiliser(loin)
        db.session.commit()
        return {"a_rappeler": a_rappeler.id, "finit": finit.id, "loin": loin.id}


def test_une_action_se_note_depuis_le_partenaire_et_dit_le_pas_suivant(agent, base, tous):
    client = agent("slai")
    ici = f"/actions-de-partenariat/ajouter?partenaire={base['finit']}"
    envoi = {
        "genre_code": "DEMARCHAGE",
        "partenaire_id": base["finit"],
        "le": f.il_y_a(1).isoformat(),
        "mds_id": re.search(r'<option value="(\d+)" selected>Artois', lire(client, ici))[1],
        "agent_id": "",
        "agent_id-texte": "",
        "recit": "Accueil d’un jeune en stage.",
        "suite": "Envoyer la convention",
        "suite_le": f.dans(5).isoformat(),
    }
    assert poster(client, ici, envoi).status_code == 302
    page = lire(client, f"/partenaires/{base['finit']}")
    assert f"Envoyer la convention, pour le {f.dans(5):%d/%m/%Y}" in page
    with tous() as session:
        numero = session.scalar(select(func.max(ActionPartenariat.id)))
        assert session.get(Partenaire, base["finit"]).demarche_le == f.il_y_a(1)
    poster(
        client, f"/actions-de-partenariat/{numero}/terminer", page=f"/partenaires/{base['loin']}"
    )
    dit = lire(client, f"/partenaires/{base['finit']}")
    assert f"Envoyer la convention, fait le {aujourd_hui():%d/%m/%Y}" in dit
    assert "Aucun" not in lire(client, "/actions-de-partenariat/?pas=fait")


def test_la_mission_se_presente_sans_partenaire_mais_se_dit(agent, base):
    client = agent("coordonnateur")
    ici = "/actions-de-partenariat/ajouter"
    mds = re.search(r'<option value="(\d+)" selected>Artois', lire(client, ici))[1]
    envoi = {"genre_code": "PROMOTION_RSASE", "le": f.il_y_a(1).isoformat(), "mds_id": mds}
    refus = poster(client, ici, envoi)
    assert refus.status_code == 422
    assert "Choisissez le partenaire, ou dites ce qui a été fait." in html.unescape(refus.text)
    refus = poster(client, ici, {**envoi, "recit": "Réunion", "suite_le": f.dans(2).isoformat()})
    assert "Dites quel est le pas suivant." in html.unescape(refus.text)
    assert poster(client, ici, {**envoi, "recit": "Réunion des RSASE"}).status_code == 302


def test_l_accueil_du_slai_dit_qui_rappeler_et_quoi_renouveler(agent, base):
    client = agent("slai")
    accueil = lire(client, "/")
    for adresse, dit in (
        ("/partenaires/?relance=a_rappeler", "à rappeler"),
        ("/actions-de-partenariat/?pas=retard", "pas suivant en retard"),
        ("/conventions-de-partenariat/?etat=a_renouveler", "convention à renouveler"),
    ):
        assert f'<a href="{adresse}"><strong>1</strong> <span>{dit}</span></a>' in accueil, adresse
    assert "Garage Rappel" in lire(client, "/partenaires/?relance=a_rappeler")
    assert "Garage Finit" in lire(client, "/conventions-de-partenariat/?etat=a_renouveler")


def test_une_convention_suivie_d_une_autre_ou_sans_suite_n_est_plus_rappelee(app, base, tous):
    def a_renouveler() -> list[str]:
        with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
            requete = select(ConventionPartenaire.objet).where(partenariat.a_renouveler())
            return list(db.session.scalars(requete))

    assert a_renouveler() == ["Convention Garage Finit"]
    with tous() as session:
        suivante = f.une_fiche(
            "convention_partenaire",
            partenaire_id=base["finit"],
            objet="La suivante",
            du=ajouter_mois(aujourd_hui(), 1),
        )
        session.commit()
        assert a_renouveler() == []
        session.delete(suivante)
        session.commit()
        assert a_renouveler() == ["Convention Garage Finit"]


def test_le_resume_les_rappelle_sans_aucun_nom(app, comptes, base, monkeypatch):
    monkeypatch.setitem(app.config, "SMTP", reglages(25))
    with app.test_request_context(), acces.acteur(comptes["slai"], canal="rappels"):
        dit = "\n".join(rubrique.en_texte() for rubrique in resume.sections(aujourd_hui()))
        db.session.rollback()
    assert f"Pas suivant pour le {f.il_y_a(2):%d/%m/%Y}. " in dit
    assert "Une convention finit le " in dit and "/conventions-de-partenariat/" in dit
    assert "Garage" not in dit and "directeur" not in dit
    with app.test_request_context(), acces.acteur(comptes["ailleurs"], canal="rappels"):
        titres = [rubrique.titre for rubrique in resume.sections(aujourd_hui())]
        db.session.rollback()
    assert not {"Partenaires à rappeler", "Conventions de partenariat à renouveler"} & set(titres)


def test_le_formulaire_propose_les_dispositifs_ouverts(agent, base):
    page = lire(agent("coordonnateur"), "/mobilisations/ajouter")
    assert '<option value="Stage de découverte">' in page and 'value="Fermé"' not in page


def test_qui_est_oriente_vers_quoi_avec_quel_resultat(agent, base):
    client = agent("referent")
    page = lire(client, "/dispositifs/")
    assert "Caché" not in page and "Artois" in page
    ligne = re.search(r"<tr[^>]*><th[^>]*>[Bb]ail +glissant</th>(.*?)</tr>", page, re.S)[1]
    liens = re.findall(r'<a href="([^"]+)">(\d+)', ligne)
    assert [nombre for _, nombre in liens] == ["2", "1", "1"]
    trouvees = lire(client, html.unescape(liens[1][0]))
    assert len(set(re.findall(r'href="/mobilisations/(\d+)"', trouvees))) == 1
    for adresse in re.findall(r'<a href="(/mobilisations/[^"]+)">1<', page):
        lue = lire(client, html.unescape(adresse))
        assert len(set(re.findall(r'href="/mobilisations/(\d+)"', lue))) == 1, adresse
    with ordres_sql() as ordres:
        client.get("/dispositifs/")
    assert len(ordres) <= 9, ordres
    assert client.get("/dispositifs/?annee=1999").status_code == 404


def test_le_bilan_compte_les_actions_les_conventions_et_les_resultats(app, base):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        artois = db.session.scalar(select(Mds).where(Mds.code == "ART"))
        lu = bilan.preparer_bilan(aujourd_hui().year, artois).partenariat
        genres = {ligne.genre: ligne.nombre for ligne in lu.actions}
        assert genres["Promotion auprès des RSASE"] >= 1 and genres["Démarchage"] >= 1
        assert lu.conventions == 2
        par_nom = {(x.nom or "").lower().replace("  ", " "): x for x in lu.dispositifs}
        bail = par_nom["bail glissant"]
        assert (bail.mobilisations, bail.abouties, bail.sans_suite, bail.sans_resultat) == (
            *(2, 1, 0, 1),
        )
        assert par_nom["garantie jeunes"].sans_suite == par_nom[""].sans_suite == 1
        db.session.rollback()


def test_un_autre_slai_ne_voit_ni_les_actions_ni_les_conventions(agent, base):
    client = agent("ailleurs")
    for liste in ("actions-de-partenariat", "conventions-de-partenariat", "dispositifs-proposes"):
        page = lire(client, f"/{liste}/")
        assert "Garage" not in page and "Stage de découverte" not in page


def test_la_fiche_d_un_service_nomme_ses_interlocuteurs(app, agent):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        champs = {"type": "SEF", "mds_id": f.numero_mds("ART")}
        un, autre = (f.une_fiche("service", nom=f"SEF d’Artois {n}", **champs) for n in "AB")
        f.un_agent(nom="Zoé Duservice", service_ids=[un.id], courriel="zoe@example.org")
        f.un_agent(nom="Yves Partidepuis", service_ids=[un.id], au=f.il_y_a(3))
        numeros = un.id, autre.id
        db.session.commit()
    page = lire(agent("coordonnateur"), f"/services/{numeros[0]}")
    assert "Zoé Duservice" in page and "zoe@<wbr>example.<wbr>org" in page
    assert "Partidepuis" not in page
    assert "Aucun agent de l’annuaire" in lire(agent("coordonnateur"), f"/services/{numeros[1]}")


def test_une_liste_est_dans_l_ordre_de_l_alphabet_sans_accents_ni_majuscules(app, agent):
    noms = ("Ordre École", "ORDRE CROUS", "Ordre caisse", "Ordre SIAO")
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        for nom in noms:
            f.un_partenaire("ART", nom=nom)
        db.session.commit()
    attendu = ["Ordre caisse", "ORDRE CROUS", "Ordre École", "Ordre SIAO"]
    for tri, ordre in (("nom", attendu), ("-nom", attendu[::-1])):
        page = lire(agent("slai"), f"/partenaires/?q=ordre&tri={tri}")
        assert sorted(attendu, key=page.index) == ordre
