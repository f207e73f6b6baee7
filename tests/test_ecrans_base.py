"""The screens that every noun shares: French input, what is refused, what is never lost."""

import html
import io
import re
import uuid
from datetime import date, timedelta

import openpyxl
import pytest
from sqlalchemy import func, select, update

from app import acces
from app.echanges.formats import ecriture
from app.extensions import db
from app.models import Alerte, Evenement, Jeune, Partenaire, Poste, Rencontre, Situation
from app.models.nomenclature import MotifRupture
from app.regles.dates import HORS_DU_SIECLE
from app.views.socle.edition import AUTRE_CHOSE
from tests import factories as f
from tests.connexions import champs, jeton, ouvrir_session
from tests.ordres_sql import ordres_sql


@pytest.fixture(scope="module")
def base(app):
    """Two youths in Artois, one in Arrageois, the accounts that look at them; ids by name."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        zoe, leo, ailleurs = (
            f.un_jeune(nom="D’Œuvre-Lefèvre", prenom="Zoé"),
            f.un_jeune(nom="Martin"),
            f.un_jeune("ARR", nom="Secret"),
        )
        numeros = {
            "zoe": zoe.id,
            "leo": leo.id,
            "ailleurs": ailleurs.id,
            "alerte": f.une_alerte(zoe).id,
            "alerte_ailleurs": f.une_alerte(ailleurs).id,
            "rencontre": f.une_rencontre(zoe).id,
            "decision": f.une_decision(zoe).id,
            "contact": f.un_contact().id,
            "partenaire": f.un_partenaire().id,
            "responsable": f.un_compte("RESPONSABLE", "ART").id,
            "slai": f.un_compte("SLAI", "ART").id,
            "coordonnateur": f.un_compte("COORDONNATEUR", "ART").id,
            "dpid": f.un_compte("DPID").id,
        }
        db.session.commit()
    return numeros


@pytest.fixture
def agent(app, base):
    """Signs in, by the role."""
    return lambda qui="responsable": ouvrir_session(app.test_client(), base[qui])


def lire(app, requete):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        return db.session.execute(requete).all()


def soumettre(client, adresse: str, **saisie):
    return client.post(adresse, data={**champs(client.get(adresse).text), **saisie})


def sans_hasard(page: str) -> str:
    """Without what changes at each answer: token and reference."""
    return re.sub(r'(Référence : |value="|content=")[\w.-]+', "", page)  # and what was typed


# Lists


def test_la_mds_n_est_une_colonne_que_pour_qui_en_lit_plusieurs(agent):
    entetes = re.compile(r'<th scope="col"[^>]*>(?:<a[^>]*>)?MDS<')
    assert not entetes.search(agent().get("/alertes/").text)
    exporter = agent().get("/alertes/exporter").text
    assert "MDS" in exporter.partition("Toutes les colonnes")[2], "it still leaves when asked for"


def test_sans_champ_de_recherche_un_seul_bouton_applique_les_filtres(agent):
    page = agent().get("/decisions/").text
    assert page.count('type="submit">Rechercher') == 1
    page = agent().get("/contacts/").text
    assert "Rechercher</button>" not in page and "Appliquer</button>" in page


def test_une_liste_qui_ne_tient_rien_ne_se_filtre_pas(agent):
    client = agent()
    assert "Aucune fiche n’est enregistrée" in client.get("/dispositifs-proposes/").text
    assert 'class="filtres"' not in client.get("/dispositifs-proposes/").text
    assert 'class="filtres"' in client.get("/rencontres/?q=personne").text


def test_un_champ_qui_redit_le_titre_de_sa_section_ne_se_lit_qu_une_fois(agent, base):
    page = agent().get(f"/rencontres/{base['rencontre']}").text
    assert '<dt class="hors-ecran">Compte rendu</dt>' in page
    page = agent("coordonnateur").get(f"/rencontres/{base['rencontre']}/modifier").text
    assert re.search(r'class="section seul"><legend><h2>Compte rendu', page)


def test_un_choix_long_prend_deux_colonnes(agent, base):
    page = agent("coordonnateur").get(f"/alertes/{base['alerte']}/modifier").text
    assert re.search(r'class="champ liste long">\s*<label for="motif_code"', page)


@pytest.mark.parametrize("mots", ["lefevre", "ZOE", "zoé d'oeuvre", "  Œuvre   zoe "])
def test_on_trouve_un_jeune_quels_que_soient_les_accents_la_casse_et_l_ordre(agent, mots):
    page = agent().get("/alertes/", query_string={"q": mots}).text
    assert "Zoé D’Œuvre-Lefèvre" in html.unescape(page) and "1 fiche<" in page


def test_une_recherche_sans_resultat_propose_de_retirer_les_filtres(agent):
    assert "Aucune fiche ne correspond" in agent().get("/alertes/?q=introuvable").text


@pytest.mark.parametrize(
    "question",
    [
        "tri=nimporte",
        "tri=-nom);drop",
        "page=0",
        "page=-3",
        "page=abc",
        "page=99999999999",
        "taille=1000000",
        "taille=x",
        "du_du=31/02/2025",
        "du_du=hier",
        "motif_code=INCONNU",
        "mds_id=abc",
        "motif_code=%00",
    ],
)
def test_un_parametre_faux_est_une_demande_incomprise(agent, question):
    assert agent().get(f"/alertes/?{question}").status_code == 400


@pytest.mark.parametrize(
    "adresse",
    [
        "/alertes/?jeune=999999",
        "/alertes/abc",
        "/alertes/999999999999",
        "/alertes/9%00",
        "/alertes/-1",
        "/alertes/1/inconnu",
        "/choix/ab_role",
    ],
)
def test_ce_qui_n_existe_pas_est_introuvable(agent, adresse):
    assert agent().get(adresse).status_code in (404, 405)


def test_les_filtres_actifs_sont_dits_et_se_retirent(agent, base):
    page = html.unescape(
        agent().get(f"/alertes/?jeune={base['zoe']}&motif_code=FUGUE&du_du=2020-01-01&tri=-du").text
    )
    assert "Zoé D’Œuvre-Lefèvre</strong>" in page and "depuis le 01/01/2020" in page
    assert "Fugue" in page and 'aria-sort="descending"' in page


def test_un_filtre_en_date_francaise_est_compris(agent):
    assert "jusqu’au 03/04/2010" in html.unescape(agent().get("/alertes/?du_au=03/04/2010").text)


def test_une_liste_lit_la_base_un_nombre_constant_de_fois(app, agent, base):
    client = agent()

    def ordres(adresse):
        with ordres_sql() as vus:
            assert client.get(adresse).status_code == 200
        return len(vus)

    ordres("/alertes/")
    avant = ordres("/alertes/")
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        for n in range(30):
            f.une_alerte(f.un_jeune(nom=f"Nombreux{n}"), motif_code="AUTRE" if n % 2 else "FUGUE")
        db.session.commit()
    assert ordres("/alertes/") == avant <= 12


def test_au_dela_de_mille_fiches_la_liste_dit_plus_de_mille(app, agent, base):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        jeune = f.un_jeune(nom="Remplisseur")
        db.session.execute(
            Alerte.__table__.insert(),
            [
                {"jeune_id": jeune.id, "motif_code": "FUGUE", "du": date.fromordinal(735000 + n)}
                for n in range(1001)
            ],
        )
        db.session.commit()
        numero = jeune.id
    assert "plus de 1\u202f000 fiches" in agent().get(f"/alertes/?jeune={numero}").text
    assert agent().get(f"/alertes/?jeune={numero}&page=40").status_code == 200


def test_ni_le_cookie_ni_les_adresses_des_liens_ne_gardent_un_nom_cherche(agent):
    client = agent()
    client.get("/alertes/?q=lefevre")
    with client.session_transaction() as session:
        assert "lefevre" not in str(dict(session))


# Forms


@pytest.mark.parametrize(
    "saisie", ["2025-03-04", "04/03/2025", "4/3/2025", "04-03-2025", "04.03.2025"]
)
def test_une_date_s_ecrit_a_la_francaise_ou_par_le_calendrier(app, agent, base, saisie):
    adresse = f"/alertes/{base['alerte']}/modifier"
    assert soumettre(agent(), adresse, du=saisie, au="").status_code == 302
    assert lire(app, select(Alerte.du).where(Alerte.id == base["alerte"])) == [(date(2025, 3, 4),)]


@pytest.mark.parametrize(
    ("saisie", "phrase"),
    [
        ("hier", "Écrivez la date comme 31/12/2025."),
        ("31/02/2025", "Cette date n’existe pas."),
        ("04/03/25", "Écrivez la date"),
        ("04/03/0025", HORS_DU_SIECLE),
        ("", "Ce champ est obligatoire."),
        ("9999-99-99", "Cette date n’existe pas."),
    ],
)
def test_une_date_fausse_recoit_une_phrase_et_reste_telle_que_saisie(agent, base, saisie, phrase):
    rendu = soumettre(
        agent(), f"/alertes/{base['alerte']}/modifier", du=saisie, signalee_par="Le lieu d’accueil"
    )
    page = html.unescape(rendu.text)
    assert rendu.status_code == 422 and phrase in page
    assert f'value="{saisie}"' in page and 'value="Le lieu d’accueil"' in page
    assert 'href="#du"' in page and 'aria-invalid="true"' in page


@pytest.mark.parametrize(("saisie", "garde"), [("oui", True), ("non", False), ("", None)])
def test_non_n_est_pas_non_renseigne(app, agent, base, saisie, garde):
    assert (
        soumettre(
            agent(), f"/rencontres/{base['rencontre']}/modifier", jeune_present=saisie
        ).status_code
        == 302
    )
    assert lire(app, select(Rencontre.jeune_present).where(Rencontre.id == base["rencontre"])) == [
        (garde,)
    ]


def test_une_case_decochee_vaut_non():
    from werkzeug.datastructures import MultiDict

    from app.views.socle.champs import ChampCase, Formulaire

    class Essai(Formulaire):
        objet = ChampCase("Sans objet")

    assert [Essai(MultiDict(d)).objet.data for d in ({"a": "1"}, {"objet": "oui"})] == [False, True]
    assert Essai(MultiDict({"a": "1"})).validate()


def _poste(nom: str, etp: str) -> dict[str, str]:
    """A form of poste, whose agent is new."""
    return {"agent_id": "nouveau", "agent_id-texte": nom, "etp": etp, "du": "01/01/2025"}


@pytest.mark.parametrize(
    ("saisie", "garde"), [("0,5", "0.5"), ("0.8", "0.8"), ("1", "1"), (" 0 , 75 ", "0.75")]
)
def test_un_nombre_s_ecrit_avec_une_virgule(app, agent, saisie, garde):
    client = agent("dpid")
    rendu = soumettre(client, "/postes/ajouter", **_poste(f"Coordo {saisie}", saisie))
    assert rendu.status_code == 302, rendu.text
    assert str(lire(app, select(Poste.etp).order_by(Poste.id.desc()).limit(1))[0][0]) == garde
    assert saisie.strip().replace(".", ",").replace(" ", "") in client.get(rendu.location).text


@pytest.mark.parametrize("saisie", ["beaucoup", "1,2,3", "1e5", "NaN", "9" * 40, "--1"])
def test_un_nombre_faux_recoit_une_phrase(agent, saisie):
    rendu = soumettre(agent("dpid"), "/postes/ajouter", **_poste("Coordo", saisie))
    assert rendu.status_code == 422 and "nombre" in rendu.text


def test_un_code_inconnu_est_un_choix_non_valable(agent, base):
    rendu = soumettre(agent(), f"/alertes/{base['alerte']}/modifier", motif_code="INVENTE")
    assert rendu.status_code == 422 and "Choix non valable." in rendu.text


def test_un_element_retire_n_est_plus_propose_mais_la_fiche_qui_l_emploie_le_garde(
    app, agent, base
):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        fugue = db.session.get(MotifRupture, "FUGUE")
        fugue.retire_le = f.il_y_a(1)
        db.session.commit()
    client = agent()
    adresse = f"/alertes/{base['alerte']}/modifier"
    try:
        assert 'value="FUGUE"' not in client.get("/alertes/ajouter").text
        assert '<option value="FUGUE" selected' in client.get(adresse).text
        assert soumettre(client, adresse, signalee_par="SEF").status_code == 302
    finally:
        with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
            db.session.get(MotifRupture, "FUGUE").retire_le = None
            db.session.commit()


@pytest.mark.parametrize("texte", ["x" * 501, "a\0b"])
def test_un_texte_trop_long_ou_interdit_recoit_une_phrase(agent, base, texte):
    rendu = soumettre(agent(), f"/alertes/{base['alerte']}/modifier", signalee_par=texte)
    assert rendu.status_code == 422 and "caractère" in rendu.text


def test_une_regle_de_la_base_se_dit_a_cote_de_son_champ_et_rien_n_est_perdu(agent, base):
    rendu = soumettre(
        agent(),
        f"/alertes/{base['alerte']}/modifier",
        du="05/03/2025",
        au="01/03/2025",
        signalee_par="École",
    )
    page = html.unescape(rendu.text)
    assert (
        rendu.status_code == 422 and 'id="au-erreur">L’alerte finit avant d’avoir commencé.' in page
    )
    assert 'value="École"' in page and 'value="2025-03-01"' in page


# Choices by typing
# --------------------------------------------------------------------------------------------------


def test_on_choisit_un_jeune_en_tapant_et_jamais_ceux_d_ailleurs(agent, base):
    client = agent()

    def demander(texte):
        envoi = {"texte": texte, "csrf_token": jeton(client, "/")}
        return client.post("/choix/jeune", data=envoi).json

    assert [c["libelle"] for c in demander("oeuvre zoe")["choix"]] == ["Zoé D’Œuvre-Lefèvre"]
    assert demander("secret") == {"choix": [], "autres": False}
    assert demander("%")["choix"] == [] == demander("")["choix"]


def test_un_jeune_d_ailleurs_et_un_jeune_qui_n_existe_pas_recoivent_la_meme_reponse(agent, base):
    client, pages = agent(), []
    for numero in (base["ailleurs"], 999_999):
        rendu = soumettre(
            client, "/alertes/ajouter", jeune_id=str(numero), motif_code="FUGUE", du="01/03/2025"
        )
        assert rendu.status_code == 422 and "Choix non valable." in rendu.text
        pages.append(sans_hasard(rendu.text))
    assert pages[0] == pages[1]
    assert [
        client.get(f"/alertes/ajouter?jeune={n}").status_code for n in (base["ailleurs"], 999_999)
    ] == [404, 404]


def test_sans_script_les_mots_tapes_suffisent_quand_une_seule_fiche_correspond(app, agent, base):
    client = agent()
    rendu = soumettre(
        client,
        "/alertes/ajouter",
        **{"jeune_id-texte": "lefevre", "motif_code": "AUTRE", "du": "02/03/2025"},
    )
    assert rendu.status_code == 302
    assert lire(app, select(Alerte.jeune_id).order_by(Alerte.id.desc()).limit(1)) == [
        (base["zoe"],)
    ]


def test_sans_script_plusieurs_fiches_qui_correspondent_se_choisissent(agent, base):
    rendu = soumettre(
        agent(),
        "/alertes/ajouter",
        **{"jeune_id-texte": "camille", "motif_code": "AUTRE", "du": "02/03/2025"},
    )
    assert (
        rendu.status_code == 422
        and f'type="radio" name="jeune_id" value="{base["leo"]}"' in rendu.text
    )


def test_ajouter_depuis_un_dossier_connait_deja_le_jeune_et_y_revient(app, agent, base):
    client = agent()
    adresse = f"/alertes/ajouter?jeune={base['leo']}&retour=/jeunes/{base['leo']}%23alerte"
    assert "data-choix" not in client.get(adresse).text
    rendu = soumettre(client, adresse, motif_code="AUTRE", du="03/03/2025")
    assert rendu.status_code == 302 and rendu.location == f"/jeunes/{base['leo']}#alerte"
    assert lire(app, select(Alerte.jeune_id).where(Alerte.du == date(2025, 3, 3))) == [
        (base["leo"],)
    ]


@pytest.mark.parametrize(
    "retour",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "javascript:x",
        "/\t/evil.example",
        "evil",
    ],
)
def test_on_ne_revient_jamais_sur_un_autre_site(agent, base, retour):
    rendu = soumettre(agent(), f"/alertes/{base['alerte']}/modifier", retour=retour)
    assert rendu.location == f"/alertes/{base['alerte']}"


# Twice, and meanwhile
# ------------------------------------------------------------------------------------------------


def test_un_double_clic_ne_cree_qu_une_fiche(app, agent, base):
    client = agent()
    saisie = champs(client.get(f"/alertes/ajouter?jeune={base['leo']}").text) | {
        "motif_code": "FUGUE",
        "du": "07/03/2025",
    }
    adresse = f"/alertes/ajouter?jeune={base['leo']}"
    premier, second = client.post(adresse, data=saisie), client.post(adresse, data=saisie)
    assert premier.status_code == second.status_code == 302 and premier.location == second.location
    assert lire(
        app, select(func.count()).select_from(Alerte).where(Alerte.du == date(2025, 3, 7))
    ) == [(1,)]


def test_une_modification_refusee_peut_se_renvoyer_une_modification_faite_ne_se_refait_pas(
    app, agent, base
):
    """The token of the form is given back by what is refused, kept by what is written."""
    client, adresse = agent(), f"/alertes/{base['alerte']}/modifier"
    saisie = champs(client.get(adresse).text)
    refusee = client.post(adresse, data=saisie | {"du": "pas une date", "signalee_par": "Une fois"})
    assert refusee.status_code == 422
    assert client.post(adresse, data=saisie | {"signalee_par": "Une fois"}).status_code == 302
    assert AUTRE_CHOSE not in html.unescape(client.get("/alertes/").text)
    rejouee = client.post(adresse, data=saisie | {"signalee_par": "Deux fois"})
    assert rejouee.status_code == 302
    assert AUTRE_CHOSE in html.unescape(client.get("/alertes/").text), "not lost without a word"
    assert lire(app, select(Alerte.signalee_par).where(Alerte.id == base["alerte"])) == [
        ("Une fois",)
    ]


def test_le_jeton_d_un_autre_compte_ne_fait_ni_panne_ni_fuite(app, agent, base):
    un_jeton, adresses = str(uuid.uuid4()), set()
    for client, du in ((agent(), "09/03/2025"), (agent("coordonnateur"), "10/03/2025")):
        adresse = f"/alertes/ajouter?jeune={base['leo']}"
        saisie = champs(client.get(adresse).text) | {
            "jeton": un_jeton,
            "motif_code": "FUGUE",
            "du": du,
        }
        reponse = client.post(adresse, data=saisie)
        assert reponse.status_code == 302
        adresses.add(reponse.location)
    assert len(adresses) == 2


def test_deux_envois_au_meme_instant_ne_creent_qu_une_fiche(app, agent, base):
    from concurrent.futures import ThreadPoolExecutor

    clients = [agent() for _ in range(2)]
    un_jeton, du = str(uuid.uuid4()), "08/03/2025"

    def envoyer(client):
        saisie = champs(client.get(f"/alertes/ajouter?jeune={base['leo']}").text)
        return client.post(
            f"/alertes/ajouter?jeune={base['leo']}",
            data=saisie | {"jeton": un_jeton, "motif_code": "FUGUE", "du": du},
        )

    with ThreadPoolExecutor(2) as ensemble:
        reponses = list(ensemble.map(envoyer, clients))
    assert {r.status_code for r in reponses} == {302} and len({r.location for r in reponses}) == 1


def test_une_fiche_changee_entre_temps_montre_les_deux_versions_et_laisse_choisir(app, agent, base):
    moi, autre, adresse = agent(), agent("coordonnateur"), f"/alertes/{base['alerte']}/modifier"
    soumettre(moi, adresse, du="01/02/2025", au="", signalee_par="Avant")
    ma_saisie = champs(moi.get(adresse).text) | {"du": "02/02/2025", "signalee_par": "Moi"}
    soumettre(autre, adresse, signalee_par="L’autre", au="10/02/2025")
    rendu = moi.post(adresse, data=ma_saisie)
    page = html.unescape(rendu.text)
    assert rendu.status_code == 409 and "Cette fiche a changé pendant votre saisie" in page
    assert re.search(r"l’a enregistrée le \d\d/\d\d/\d{4}\sà\s\d+\sh(\s\d\d)?", page)
    assert (
        "Moi</label>" in page and "L’autre</label>" in page and "Du</th>" not in page
    )  # only what the other changed
    choix = champs(rendu.text) | {
        "en_conflit": ["signalee_par", "au"],
        "signalee_par-choix": "saisie",
        "au-choix": "enregistree",
    }
    assert moi.post(adresse, data=choix).status_code == 302
    assert lire(
        app, select(Alerte.du, Alerte.au, Alerte.signalee_par).where(Alerte.id == base["alerte"])
    ) == [(date(2025, 2, 2), date(2025, 2, 10), "Moi")]


def test_un_formulaire_ouvert_depuis_longtemps_n_ecrase_rien(app, agent, base):
    """The other's value was written sixty saves ago: it is shown all the same."""
    moi, adresse = agent(), f"/alertes/{base['alerte']}/modifier"
    ma_saisie = champs(moi.get(adresse).text) | {"signalee_par": "Moi, depuis longtemps"}
    soumettre(agent("coordonnateur"), adresse, signalee_par="L’autre, il y a longtemps")
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        for jour in range(1, 61):
            db.session.execute(
                update(Alerte)
                .where(Alerte.id == base["alerte"])
                .values(au=date(2026, 1, 1) + timedelta(days=jour))
            )
            db.session.commit()
    page = moi.post(adresse, data=ma_saisie)
    assert page.status_code == 409
    assert "L’autre, il y a longtemps" in html.unescape(page.text)
    assert lire(app, select(Alerte.signalee_par).where(Alerte.id == base["alerte"])) == [
        ("L’autre, il y a longtemps",)
    ]


def test_on_ne_supprime_pas_une_fiche_qui_a_change_depuis(app, agent, base):
    moi = agent()
    adresse = f"/alertes/{base['alerte']}/supprimer"
    page = moi.get(adresse).text
    version = re.search(r'name="version" value="(\d+)"', page)[1]
    saisie = {"csrf_token": jeton(moi, adresse), "version": version}
    soumettre(agent("coordonnateur"), f"/alertes/{base['alerte']}/modifier", signalee_par="Du neuf")
    rendu = moi.post(adresse, data=saisie)
    assert rendu.status_code == 409
    assert re.search(
        r"a changé depuis l’ouverture de cette page \([^,]+, le [\d/]{10}\sà\s\d+\sh(\s\d\d)?\)",
        html.unescape(rendu.text),
    )
    assert lire(app, select(Alerte.signalee_par).where(Alerte.id == base["alerte"])) == [
        ("Du neuf",)
    ]


def test_sans_choix_rien_n_est_ecrit_par_dessus_l_autre(app, agent, base):
    moi, adresse = agent(), f"/alertes/{base['alerte']}/modifier"
    ma_saisie = champs(moi.get(adresse).text) | {"signalee_par": "Encore moi"}
    soumettre(agent("coordonnateur"), adresse, signalee_par="Encore l’autre")
    page = moi.post(adresse, data=ma_saisie)
    assert (
        moi.post(adresse, data=champs(page.text) | {"en_conflit": "signalee_par"}).status_code
        == 409
    )
    assert lire(app, select(Alerte.signalee_par).where(Alerte.id == base["alerte"])) == [
        ("Encore l’autre",)
    ]


# Rights


def test_les_boutons_suivent_les_droits_sur_la_fiche(agent, base):
    lecteur, auteur = agent("slai"), agent("responsable")
    assert (
        "/modifier" not in lecteur.get(f"/alertes/{base['alerte']}").text
        and "/ajouter" not in lecteur.get("/alertes/").text
    )
    assert f"/alertes/{base['alerte']}/modifier" in auteur.get(f"/alertes/{base['alerte']}").text
    assert lecteur.get(f"/alertes/{base['alerte']}/modifier").status_code == 403


def test_une_fiche_d_ailleurs_et_une_fiche_qui_n_existe_pas_recoivent_la_meme_reponse(agent, base):
    client = agent()
    for suite in ("", "/modifier", "/supprimer"):
        reponses = [client.get(f"/alertes/{n}{suite}") for n in (base["alerte_ailleurs"], 999_999)]
        assert [r.status_code for r in reponses] == [404, 404]
        assert sans_hasard(reponses[0].text) == sans_hasard(reponses[1].text)


def test_sans_compte_on_est_mene_a_la_connexion(app, base):
    for adresse in ("/", "/alertes/", f"/alertes/{base['alerte']}", "/alertes/exporter"):
        rendu = app.test_client().get(adresse)
        assert rendu.status_code == 302 and rendu.location.startswith("/login/")


def test_rien_ne_se_supprime_par_un_lien_et_tout_se_confirme(app, agent, base):
    client = agent()
    numero = lire(app, select(Alerte.id).where(Alerte.du == date(2025, 3, 3)))[0][0]
    assert "Vous allez supprimer" in client.get(f"/alertes/{numero}/supprimer").text
    assert client.post(f"/alertes/{numero}/supprimer").status_code == 400  # no token
    assert (
        client.post(
            f"/alertes/{numero}/supprimer", data={"csrf_token": jeton(client, "/")}
        ).status_code
        == 302
    )
    assert client.get(f"/alertes/{numero}").status_code == 404


def test_ce_dont_d_autres_fiches_dependent_ne_se_supprime_pas(app, agent, base):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        f.une_mobilisation(
            db.session.get(Jeune, base["zoe"]), db.session.get(Partenaire, base["partenaire"])
        )
        db.session.commit()
    client = agent()
    rendu = client.post(
        f"/partenaires/{base['partenaire']}/supprimer", data={"csrf_token": jeton(client, "/")}
    )
    assert rendu.status_code == 409 and "dépendent de celle-ci" in rendu.text
    assert "<h2>Suppression refusée</h2>" in rendu.text


def test_lire_une_fiche_et_chercher_laissent_une_trace_sans_contenu(app, agent, base):
    client = agent()
    client.get(f"/alertes/{base['alerte']}")
    client.get("/alertes/?q=lefevre")
    traces = lire(
        app,
        select(Evenement.operation, Evenement.jeune_id, Evenement.detail)
        .order_by(Evenement.id.desc())
        .limit(2),
    )
    assert [t[0] for t in traces] == ["recherche", "lecture"] and traces[1][1] == base["zoe"]
    assert "lefevre" not in str(traces)


# Export


def exporter(client, adresse: str, motif="Réunion de service"):
    return client.post(
        adresse,
        data={"csrf_token": jeton(client, "/"), "finalite": "SUIVI", "motif": motif},
        buffered=True,
    )


def test_chercher_un_jeune_en_tapant_laisse_aussi_une_trace_sans_les_mots(app, agent):
    client = agent("responsable")
    dernieres = (
        select(Evenement.operation, Evenement.table_nom, Evenement.detail)
        .order_by(Evenement.id.desc())
        .limit(1)
    )
    for chercher in (
        lambda: client.post(
            "/choix/jeune", data={"texte": "lefevre", "csrf_token": jeton(client, "/mon-compte/")}
        ),
        lambda: client.get("/fusions/choisir?q=lefevre"),
    ):
        avant = lire(app, select(func.count()).select_from(Evenement))[0][0]
        assert chercher().status_code == 200
        assert lire(app, select(func.count()).select_from(Evenement))[0][0] == avant + 1
        operation, table, detail = lire(app, dernieres)[0]
        assert (operation, table, set(detail)) == ("recherche", "jeune", {"resultats"})


def test_l_export_demande_pourquoi_et_contient_ce_qui_est_filtre(app, agent, base):
    client, adresse = agent(), f"/alertes/exporter?jeune={base['zoe']}&tri=-du"
    assert "Motif" in client.get(adresse).text and exporter(client, adresse, " ").status_code == 422
    rendu = exporter(client, adresse)
    assert rendu.status_code == 200 and rendu.headers["Content-Disposition"].startswith(
        "attachment; filename=alertes-"
    )
    lignes = list(openpyxl.load_workbook(io.BytesIO(rendu.data)).active.values)
    entete = next(n for n, ligne in enumerate(lignes) if "Motif" in ligne)
    attendues = lire(
        app, select(Alerte.du).where(Alerte.jeune_id == base["zoe"]).order_by(Alerte.du.desc())
    )
    colonne = lignes[entete].index("Du")
    assert [ligne[colonne].date() for ligne in lignes[entete + 1 :]] == [du for (du,) in attendues]
    traces = (
        select(Evenement.motif, Evenement.detail)
        .where(Evenement.operation == "export")
        .order_by(Evenement.id.desc())
    )
    trace = lire(app, traces.limit(1))[0]
    assert trace.motif == "Réunion de service" and trace.detail["lignes"] == len(attendues)


def test_au_dela_d_une_feuille_d_excel_l_export_continue_dans_une_autre(
    app, agent, base, monkeypatch
):
    monkeypatch.setattr(ecriture, "LIGNES_MAXIMALES", 3)
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        jeune = f.un_jeune(nom="Feuilles").id
        for n in range(5):
            f.une_alerte(jeune, du=f.il_y_a(n))
        db.session.commit()
    classeur = openpyxl.load_workbook(
        io.BytesIO(exporter(agent(), f"/alertes/exporter?jeune={jeune}").data)
    )
    assert classeur.sheetnames[:3] == ["Alertes", "Alertes (2)", "Alertes (3)"]
    feuilles = [list(feuille.values) for feuille in classeur.worksheets[:3]]
    assert [len(lignes) - 1 for lignes in feuilles] == [2, 2, 1] and len(
        {lignes[0] for lignes in feuilles}
    ) == 1


# Answers


@pytest.mark.parametrize(
    "adresse",
    ["/login/", "/", "/alertes/", "/nulle-part", "/alertes/?tri=x", "/sante", "/static/tandem.css"],
)
def test_chaque_reponse_porte_les_entetes_de_protection(agent, adresse):
    entetes = agent().get(adresse, buffered=True).headers
    assert (
        "default-src 'none'" in entetes["Content-Security-Policy"]
        and "unsafe" not in entetes["Content-Security-Policy"]
    )
    assert entetes["X-Content-Type-Options"] == "nosniff" and entetes["X-Frame-Options"] == "DENY"
    assert ("no-store" in entetes["Cache-Control"]) is not adresse.startswith("/static")


@pytest.mark.parametrize(
    "adresse", ["/", "/alertes/", "/alertes/ajouter", "/alertes/1", "/nulle-part"]
)
def test_aucune_page_n_a_de_script_de_style_ni_d_adresse_exterieure(agent, adresse):
    page = agent().get(adresse).text
    assert not re.search(
        r"<style|<script(?! src=\"/static/)|\sstyle=|\son\w+=|https?://(?!localhost)", page
    )
    assert '<html lang="fr">' in page and page.count("<h1") == 1 and " – Tandem</title>" in page


def test_une_panne_donne_une_reference_et_rien_d_autre(serveur_de_bases, nom_de_base, base, caplog):
    app = serveur_de_bases.application(nom_de_base)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.add_url_rule("/panne", view_func=lambda: 1 / 0)
    rendu = ouvrir_session(app.test_client(), base["slai"]).get("/panne")
    reference = re.search(r"<strong[^>]*>(\w{12})</strong>", rendu.text)[1]
    assert (
        rendu.status_code == 500
        and "ZeroDivision" not in rendu.text
        and "Traceback" not in rendu.text
    )
    assert reference in caplog.text


def test_un_formulaire_sans_jeton_est_explique(agent):
    rendu = agent().post("/alertes/ajouter", data={"du": "x"})
    assert rendu.status_code == 400 and "Formulaire périmé" in rendu.text


def test_une_adresse_inconnue_du_serveur_est_refusee_sans_panne(agent):
    assert agent().get("/alertes/", headers={"Host": "evil.example"}).status_code == 400


def test_une_situation_se_saisit_en_entier(app, agent, base):
    """Six lists, three dates and a three-way choice in one form."""
    rendu = soumettre(
        agent("coordonnateur"),
        f"/situations/ajouter?jeune={base['zoe']}",
        observee_le="05/03/2025",
        logement_code="FJT",
        maintien_6_mois="non",
        ressource_1_code="",
        fin_ressource_1="",
    )
    assert rendu.status_code == 302, rendu.text
    assert lire(
        app, select(Situation.logement_code, Situation.maintien_6_mois, Situation.ressource_1_code)
    ) == [("FJT", False, None)]
