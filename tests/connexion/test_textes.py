"""What is typed is not lost: the form that meets no session, or another, comes back filled.

The five ways of losing it: the session ended in another tab, the cookie went, the session ran out
during a long text, the token is stale; the network dropped is played by
``tests/navigateur/test_textes.py``.
"""

import logging
import re
from types import SimpleNamespace

import lxml.html
import pytest
from sqlalchemy import select

from app.connexion import textes
from app.models import PointDeComite, Rencontre
from app.travaux.entretien import entretenir
from tests import factories
from tests.connexions import champs, jeton, ouvrir_session, poster, se_connecter
from tests.factories import MOT_DE_PASSE

COMPTE_RENDU = "Léa a visité l’internat.\nElle n’a <pas> peur & « veut » y retourner."


@pytest.fixture
def saisie(base, client, coordonnateur):
    """Half an hour of typing in the form of a rencontre: its address and what the browser sends."""
    base("delete from texte_garde")
    with base.ouverte():
        jeune = factories.un_jeune("ART").id
    ouvrir_session(client, coordonnateur.id)
    adresse = f"/rencontres/ajouter?jeune={jeune}"
    tapes = champs(client.get(adresse).text) | {
        "type_code": "ENTRETIEN",
        "le": "2026-02-30",
        "compte_rendu": COMPTE_RENDU,
        "jeune_present": "oui",
    }
    return SimpleNamespace(adresse=adresse, champs=tapes, jeune=jeune)


def client_neuf(client):
    """The same browser, whose session cookie went."""
    client.delete_cookie("tandem")
    return client


def rencontres(base, jeune: int) -> int:
    return base.nombre("select count(*) from rencontre where jeune_id = :j", j=jeune)


def gardes(base) -> int:
    return base.nombre("select count(*) from texte_garde")


def verifier_le_retour(base, client, saisie, reponse) -> dict:
    """The form stands there with each field as typed, says so, and nothing was written."""
    rendu = client.get(reponse.location)
    assert rendu.status_code == 200
    avis = lxml.html.fromstring(rendu.text).get_element_by_id("rendu").text_content()
    assert "Voici ce que vous aviez tapé" in avis
    assert "rien n’a encore été enregistré" in avis
    lus = champs(rendu.text)
    for nom in ("type_code", "le", "jeune_present", "jeton"):
        assert lus[nom] == saisie.champs[nom], nom
    assert lus["compte_rendu"].strip() == COMPTE_RENDU
    assert rencontres(base, saisie.jeune) == 0
    return lus


def _finie_dans_un_autre_onglet(app, base, client, compte):
    autre_onglet = jeton(client, "/")
    client.post("/logout/", data={"csrf_token": autre_onglet})


def _temoin_parti(app, base, client, compte):
    client.delete_cookie("tandem")


def _expiree_pendant_un_long_texte(app, base, client, compte):
    base(
        "update session_ouverte set vue_le = now() - interval '31 minutes' where compte_id = :c",
        c=compte.id,
    )


PERTES = [_finie_dans_un_autre_onglet, _temoin_parti, _expiree_pendant_un_long_texte]


@pytest.mark.parametrize("perdre", PERTES)
def test_ce_qui_est_tape_sans_session_revient_apres_la_connexion_champ_par_champ(
    app, base, client, coordonnateur, saisie, perdre
):
    perdre(app, base, client, coordonnateur)
    refus = client.post(saisie.adresse, data=saisie.champs)
    assert refus.status_code == 302
    assert "Ce que vous aviez tapé est gardé une heure" in client.get(refus.location).text
    lus = verifier_le_retour(
        base, client, saisie, se_connecter(client, coordonnateur.username, MOT_DE_PASSE)
    )
    # Corrected, sent, and sent again by a second click: one rencontre, and nothing is kept.
    lus["le"] = "2026-01-15"
    for _ in range(2):
        assert client.post(saisie.adresse, data=lus).status_code == 302
    assert rencontres(base, saisie.jeune) == 1
    with base.ouverte() as session:
        ecrite = session.scalar(select(Rencontre).where(Rencontre.jeune_id == saisie.jeune))
        assert ecrite.compte_rendu.replace("\r\n", "\n") == COMPTE_RENDU
    assert gardes(base) == 0
    assert se_connecter(client_neuf(client), coordonnateur.username).location == "/"


def test_un_jeton_perime_rend_aussitot_le_formulaire_rempli(base, client, coordonnateur, saisie):
    """The person has signed in again in another tab: the session is theirs, the token is not."""
    ouvrir_session(client, coordonnateur.id)
    refus = client.post(saisie.adresse, data=saisie.champs)
    assert refus.status_code == 303
    lus = verifier_le_retour(base, client, saisie, refus)
    refuse = client.post(saisie.adresse, data=lus)
    assert refuse.status_code == 422, "« 2026-02-30 » is no date"
    assert COMPTE_RENDU.splitlines()[0] in refuse.text
    assert gardes(base) == 0, "it is again in the form on the screen"


def test_qui_se_connecte_ensuite_dans_ce_navigateur_ne_recoit_rien(
    app, base, client, creer, coordonnateur, saisie
):
    voisine = creer()
    client.delete_cookie("tandem")
    client.post(saisie.adresse, data=saisie.champs)
    numero = base.nombre("select id from texte_garde")
    entree = se_connecter(client, voisine.username, suite=saisie.adresse)
    assert textes.CHAMP not in entree.location
    page = client.get(f"{saisie.adresse}&{textes.CHAMP}={numero}").text
    assert "internat" not in page
    assert 'id="rendu"' not in page
    assert poster(client, f"/mon-compte/textes/{numero}/effacer", page="/").status_code == 404
    poster(client, saisie.adresse, {textes.CHAMP: numero})
    poster(client, "/logout/", page="/")
    retour = se_connecter(client, coordonnateur.username)
    verifier_le_retour(base, client, saisie, retour)


def test_le_formulaire_d_une_autre_personne_est_garde_pour_elle(
    app, base, client, creer, coordonnateur, saisie
):
    voisine = creer()
    ouvrir_session(client, voisine.id)
    refus = client.post(saisie.adresse, data=saisie.champs)
    assert refus.status_code == 400
    assert "gardé une heure pour elle seule" in refus.text
    assert "internat" not in client.get("/").text
    retour = se_connecter(client_neuf(client), coordonnateur.username)
    verifier_le_retour(base, client, saisie, retour)


def test_le_texte_ne_se_lit_qu_avec_ce_navigateur_et_ce_compte(
    app, base, client, autre, coordonnateur, saisie
):
    client.delete_cookie("tandem")
    client.post(saisie.adresse, data=saisie.champs)
    assert se_connecter(autre, coordonnateur.username).location == "/"
    voisin = base.nombre("select id from ab_user where id <> :c limit 1", c=coordonnateur.id)
    assert base.nombre("select count(*) from texte_garde", voisin) == 0
    assert base.nombre("select count(*) from texte_garde", "") == 0
    assert base.nombre("select count(*) from texte_garde", coordonnateur.id) == 1


def test_rien_de_ce_qui_est_tape_ne_se_lit_dans_la_base_ni_dans_les_journaux(
    base, client, saisie, caplog
):
    client.delete_cookie("tandem")
    avant = base.nombre("select count(*) from journal")
    with caplog.at_level(logging.DEBUG):
        refus = client.post(f"{saisie.adresse}&retour=/jeunes/%3Fq%3DDelattre", data=saisie.champs)
    ligne = str(base("select to_jsonb(t) from texte_garde t")[0])
    for dit in ("internat", "Delattre", "rencontres", f"jeune={saisie.jeune}"):
        assert dit not in ligne
    assert "internat" not in caplog.text
    assert base.nombre("select count(*) from journal") == avant
    temoin = next(t for t in refus.headers.getlist("Set-Cookie") if t.startswith(textes.COOKIE))
    assert "HttpOnly" in temoin
    assert "SameSite=Lax" in temoin
    assert "Max-Age=3600" in temoin


def test_au_bout_d_une_heure_le_texte_ne_se_rend_plus_puis_s_efface(
    app, base, client, coordonnateur, saisie
):
    client.delete_cookie("tandem")
    client.post(saisie.adresse, data=saisie.champs)
    base("update texte_garde set garde_le = now() - interval '61 minutes'")
    assert se_connecter(client, coordonnateur.username).location == "/"
    with app.app_context():
        entretenir()
    assert gardes(base) == 0


@pytest.mark.parametrize(
    ("adresse", "envoi"),
    [
        ("/login/", {"username": "quelqu’un", "password": "secret"}),
        ("/mon-compte/mot-de-passe", {"actuel": "secret", "nouveau": "autre secret"}),
        ("/mon-compte/second-facteur", {"code": "123456"}),
        ("/rencontres/ajouter", {"compte_rendu": "x" * 210_000}),
        ("/rencontres/ajouter", {"compte_rendu": "  ", "version": "3"}),
    ],
)
def test_ni_mot_de_passe_ni_code_ni_texte_sans_mesure_ne_se_garde(
    base, client, saisie, adresse, envoi
):
    client.delete_cookie("tandem")
    client.post(adresse, data={"csrf_token": saisie.champs["csrf_token"], **envoi})
    assert gardes(base) == 0


def test_ni_fichier_ni_script_ni_formulaire_etranger_ne_se_garde(base, client, saisie):
    client.delete_cookie("tandem")
    client.post(saisie.adresse, data=saisie.champs, content_type="multipart/form-data")
    client.post(saisie.adresse, data=saisie.champs, headers={"Accept": "application/json"})
    for faux in ("", "1.faux", jeton(client)):
        client.post(saisie.adresse, data=saisie.champs | {"csrf_token": faux})
    assert gardes(base) == 0


def test_un_compte_ne_garde_que_vingt_textes_et_le_meme_formulaire_une_fois(base, client, saisie):
    client.delete_cookie("tandem")
    for _ in range(2):
        client.post(saisie.adresse, data=saisie.champs)
    assert gardes(base) == 1
    for rang in range(textes.PAR_COMPTE + 3):
        client.post(saisie.adresse, data=saisie.champs | {"jeton": f"autre {rang}"})
    assert gardes(base) == textes.PAR_COMPTE


def test_ce_qui_n_a_plus_de_champ_se_lit_dans_l_avis_et_s_efface_d_un_bouton(
    base, client, coordonnateur, saisie
):
    client.delete_cookie("tandem")
    client.post(saisie.adresse, data=saisie.champs | {"disparu": "à ne pas <perdre>"})
    retour = se_connecter(client, coordonnateur.username)
    page = client.get(retour.location).text
    avis = lxml.html.fromstring(page).get_element_by_id("rendu")
    assert "à ne pas <perdre>" in avis.text_content()
    efface = re.search(r"/mon-compte/textes/\d+/effacer", page)[0]
    assert poster(client, efface, page="/").location == saisie.adresse
    assert gardes(base) == 0


def test_la_feuille_de_presence_revient_avec_ses_lignes(base, client, coordonnateur, saisie):
    """Its rows depend on what was typed."""
    adresse = "/actions-collectives/ajouter"
    tapes = champs(client.get(adresse).text) | {
        "intitule": "Atelier CV",
        "jeunes": saisie.jeune,
        f"presence-{saisie.jeune}": "ABSENCE",
    }
    client_neuf(client).post(adresse, data=tapes)
    retour = se_connecter(client, coordonnateur.username)
    lus = champs(client.get(retour.location).text)
    assert lus["intitule"] == "Atelier CV"
    assert lus["jeunes"] == str(saisie.jeune)
    assert lus[f"presence-{saisie.jeune}"] == "ABSENCE"


def test_une_fiche_changee_entre_temps_le_dit_encore(base, client, creer, coordonnateur, saisie):
    """The version that the person had read comes back with the text."""
    with base.ouverte():
        rencontre = factories.une_rencontre(compte_rendu="Avant.")
        fiche, jeune = rencontre.id, rencontre.jeune_id
    adresse = f"/rencontres/{fiche}/modifier"
    tapes = champs(client.get(adresse).text) | {"compte_rendu": "Ma version."}
    client.delete_cookie("tandem")
    client.post(adresse, data=tapes)
    with base.ouverte() as session:
        session.get(Rencontre, fiche).compte_rendu = "La version d’une autre personne."
    lus = champs(client.get(se_connecter(client, coordonnateur.username).location).text)
    assert lus["compte_rendu"].strip() == "Ma version."
    assert client.post(adresse, data=lus).status_code == 409
    assert rencontres(base, jeune) == 1


def test_la_seance_l_ordre_du_jour_et_la_feuille_de_presence_reviennent_remplis(
    base, client, coordonnateur, saisie
):
    """The pages of the comité, and the lines of a sheet that Tandem draws for each youth."""
    with base.ouverte() as session:
        jeune = factories.un_jeune("ART").id
        comite = factories.une_instance(statut_code="PREVUE", le=factories.dans(1)).id
        session.add(PointDeComite(instance_id=comite, jeune_id=jeune, rang=1))
    feuille = {
        "intitule": "Atelier",
        "jeunes": str(jeune),
        f"presence-{jeune}": "EXCUSE",
        f"orienter-{jeune}": "FUGUE",
    }
    pages = {
        f"/seances/{comite}/jeunes/{jeune}": {"decision": "Le FJT d’Arras"},
        f"/comites/{comite}": {"nouveaux": "Aline Roux"},
        "/actions-collectives/ajouter": feuille,
    }
    for page, tapes in pages.items():
        ouvrir_session(client, coordonnateur.id)
        lue = client.get(page).text
        envoi = lxml.html.fromstring(lue).get_element_by_id("saisie").get("action")
        client_neuf(client)
        refus = client.post(
            envoi, data=champs(lue) | tapes, headers={"Referer": f"http://localhost{page}"}
        )
        assert refus.status_code == 302, page
        rendu = se_connecter(client, coordonnateur.username, MOT_DE_PASSE)
        lus = champs(client.get(rendu.location).text)
        assert tapes.items() <= {nom: _ligne(lu) for nom, lu in lus.items()}.items(), (page, lus)
        base("delete from texte_garde")


def _ligne(lu):
    """Without the line break that opens a text area."""
    return lu.strip() if isinstance(lu, str) else lu
