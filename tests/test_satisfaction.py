"""I6: the youth answers alone, once, without an account; it is known that an answer came, never
which."""

import html
import io
import re
from datetime import UTC, datetime, timedelta

import openpyxl
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from app import acces, indicateurs
from app.connexion import verrouillage
from app.echanges.formats.examen import Limites
from app.echanges.reprise import application, extraction
from app.extensions import db
from app.models import Enquete, Evenement, Invitation, ReponseConfiee
from app.regles.age import aujourd_hui
from app.views.enquete import hash_du_code
from tests import factories as f
from tests.connexions import ouvrir_session, poster

REPONSES = ("Très satisfait", "Plutôt satisfait", "Plutôt pas satisfait", "Pas du tout satisfait")


@pytest.fixture(scope="module")
def comptes(app):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        numeros = {
            role: f.un_compte(role, "ART").id
            for role in ("COORDONNATEUR", "REFERENT_SEF", "SLAI", "RESPONSABLE")
        }
        numeros |= {role: f.un_compte(role, None).id for role in ("DPO", "DPID", "ADMINISTRATEUR")}
        db.session.commit()
    return numeros


@pytest.fixture
def agent(app, comptes):
    return lambda role="COORDONNATEUR": ouvrir_session(app.test_client(), comptes[role])


@pytest.fixture
def enquete(app):
    """(youth, enquête) not answered yet."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        fiche = f.une_enquete(f.un_jeune(nom="Vasseur"))
        db.session.commit()
        return fiche.jeune_id, fiche.id


@pytest.fixture
def lien(app, agent, enquete):
    """The code that the coordonnateur has printed."""
    return preparer(agent(), enquete[1])


def preparer(client, numero: int) -> str:
    page = poster(client, f"/enquetes/{numero}/lien")
    assert page.status_code == 200, page.text
    assert "no-store" in page.headers["Cache-Control"]
    return re.search(r'class="cle">([a-z0-9-]+)<', page.text)[1]


def repondre(app, code: str, reponse: str = "PAS_DU_TOUT_SATISFAIT"):
    telephone = app.test_client()
    page = telephone.get(f"/avis/?c={code}")
    champ = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]
    return telephone.post("/avis/", data={"csrf_token": champ, "c": code, "reponse": reponse})


def en_base(app, requete):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        return db.session.execute(requete).all()


# The link


def test_le_jeune_repond_seul_sans_compte_et_sa_reponse_est_gardee(app, enquete, lien):
    page = app.test_client().get(f"/avis/?c={lien}")
    assert page.status_code == 200
    lue = html.unescape(page.text)
    assert all(r in lue for r in REPONSES)
    assert "pas ce que vous avez répondu" in lue and "<script" not in lue
    assert (
        page.headers["Referrer-Policy"] == "same-origin"
        and "no-store" in page.headers["Cache-Control"]
    )
    rendu = repondre(app, lien)
    assert (rendu.status_code, rendu.location) == (302, "/avis/merci")
    assert "Votre réponse est enregistrée" in app.test_client().get("/avis/merci").text
    assert en_base(
        app,
        select(Enquete.repondue_le, Enquete.par_lien, Enquete.reponse_code).where(
            Enquete.id == enquete[1]
        ),
    ) == [(aujourd_hui(), True, None)]
    assert en_base(app, select(ReponseConfiee.reponse_code))[-1] == ("PAS_DU_TOUT_SATISFAIT",)


def test_le_code_n_est_garde_que_par_son_empreinte(app, enquete, lien):
    plat = lien.replace("-", "")
    assert len(plat) == 20
    (gardee,) = en_base(
        app, select(Invitation.empreinte).where(Invitation.enquete_id == enquete[1])
    )
    assert gardee[0] == hash_du_code(lien) == hash_du_code(f" {plat.upper()} ")
    with app.app_context(), acces.acteur(acces.TOUS):
        tout = db.session.scalar(
            text(
                "select string_agg(x::text, '') from (select j::text as x from journal j union"
                " all select i::text from invitation i) t"
            )
        )
    assert lien not in tout and plat not in tout and gardee[0] in tout
    with app.app_context(), acces.acteur(acces.TOUS):
        assert gardee[0] not in db.session.scalar(
            text("select string_agg(j::text, '') from journal j")
        )


def test_inconnu_utilise_expire_ou_retire_le_lien_donne_la_meme_reponse(app, agent, enquete, lien):
    utilise = lien
    repondre(app, utilise)
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        for nom, champs in {
            "expire": {"expire_le": datetime.now(UTC) - timedelta(seconds=1)},
            "retire": {"revoquee_le": datetime.now(UTC)},
        }.items():
            f.une_invitation(empreinte=hash_du_code(nom), **champs)
        db.session.commit()
    pages = []
    for code in (utilise, "expire", "retire", "jamais-vu"):
        lue = app.test_client().get(f"/avis/?c={code}")
        envoi = poster(app.test_client(), "/avis/", {"c": code, "reponse": "TRES_SATISFAIT"})
        pages += [(r.status_code, re.sub(r'value="[^"]*"', "", r.text)) for r in (lue, envoi)]
    assert len(set(pages)) == 1
    assert pages[0][0] == 404 and "Ce lien ne permet pas de répondre" in html.unescape(pages[0][1])


def test_un_lien_sert_une_fois_et_un_autre_remplace_le_premier(app, agent, enquete):
    premier = preparer(agent(), enquete[1])
    second = preparer(agent(), enquete[1])
    assert app.test_client().get(f"/avis/?c={premier}").status_code == 404
    assert repondre(app, second).status_code == 302
    assert app.test_client().get(f"/avis/?c={second}").status_code == 404
    assert agent().get(f"/enquetes/{enquete[1]}/lien").status_code == 403


def test_un_lien_retire_n_ouvre_plus_rien(app, agent, enquete, lien):
    client = agent()
    assert "Retirer le lien" in client.get(f"/enquetes/{enquete[1]}").text
    assert (
        poster(client, f"/enquetes/{enquete[1]}/lien/retirer", page="/mon-compte/").status_code
        == 302
    )
    assert app.test_client().get(f"/avis/?c={lien}").status_code == 404
    assert "Retirer le lien" not in client.get(f"/enquetes/{enquete[1]}").text


def test_ouvrir_la_page_n_use_pas_le_lien_et_il_faut_choisir(app, lien):
    for _ in range(3):
        assert app.test_client().get(f"/avis/?c={lien}").status_code == 200
    for rien in ("", "INCONNUE"):
        page = repondre(app, lien, rien)
        assert page.status_code == 422 and "Choisissez une réponse." in page.text
    assert repondre(app, lien).status_code == 302


def test_en_https_le_navigateur_du_jeune_est_cru_et_un_autre_site_non(app, enquete, lien):
    """There the form must say from which page it comes: a page that told the browser to hide it
    could not be answered."""
    options = {"base_url": "https://localhost"}
    for d_ou, statut in (
        (None, 400),
        ("https://ailleurs.invalid/", 400),
        ("https://localhost/avis/", 302),
    ):
        client = app.test_client()
        page = client.get(f"/avis/?c={lien}", **options)
        assert page.headers["Referrer-Policy"] == "same-origin", (
            "the browser says it here, and to no one else"
        )
        saisie = {
            "csrf_token": re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1],
            "c": lien,
        }
        entetes = {"Referer": d_ou} if d_ou else {}
        rendu = client.post(
            "/avis/", data=saisie | {"reponse": "TRES_SATISFAIT"}, headers=entetes, **options
        )
        assert rendu.status_code == statut, d_ou


def test_sans_le_jeton_du_formulaire_rien_n_est_pris(app, enquete, lien):
    assert (
        app.test_client().post("/avis/", data={"c": lien, "reponse": "TRES_SATISFAIT"}).status_code
        == 400
    )
    assert en_base(app, select(Enquete.repondue_le).where(Enquete.id == enquete[1])) == [(None,)]


def test_dans_le_navigateur_de_quelqu_un_de_connecte_personne_n_agit(app, agent, enquete, lien):
    client = agent()
    page = client.get(f"/avis/?c={lien}")
    assert "Se déconnecter" not in page.text
    champ = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]
    client.post("/avis/", data={"csrf_token": champ, "c": lien, "reponse": "TRES_SATISFAIT"})
    (evenement,) = en_base(
        app,
        select(Evenement.acteur, Evenement.canal, Evenement.adresse).where(
            Evenement.table_nom == "enquete",
            Evenement.cle == str(enquete[1]),
            Evenement.operation == "modification",
        ),
    )
    assert evenement == ("", "formulaire", None)


def test_trop_d_essais_font_attendre_et_une_reponse_juste_ne_coute_rien(app, lien, monkeypatch):
    monkeypatch.setitem(
        verrouillage.SEUILS,
        "lien",
        verrouillage.Seuil(libres=3, premier=60, maximum=900, oubli=3600),
    )
    ici = {"REMOTE_ADDR": "192.0.2.77"}
    client = app.test_client()
    for _ in range(5):
        assert client.get(f"/avis/?c={lien}", environ_base=ici).status_code == 200
    suite = [client.get("/avis/?c=faux", environ_base=ici).status_code for _ in range(5)]
    assert suite[:2] == [404, 404] and suite[-1] == 429
    assert "Trop d’essais" in client.get(f"/avis/?c={lien}", environ_base=ici).text
    assert (
        client.get(f"/avis/?c={lien}", environ_base={"REMOTE_ADDR": "192.0.2.78"}).status_code
        == 200
    )


def test_sans_compte_la_base_ne_laisse_rien_lire_d_autre(app, lien):
    with app.app_context(), acces.acteur(""):
        for table in ("jeune", "enquete", "invitation", "reponse_confiee", "reponse_enquete"):
            assert db.session.scalar(text(f"select count(*) from {table}")) == 0
        with pytest.raises(DBAPIError, match="permission denied"):
            db.session.execute(text("select acces.enquete_ouverte(:e)"), {"e": hash_du_code(lien)})
        db.session.rollback()


def test_le_jeton_ne_va_pas_au_journal_des_acces():
    from config import RACINE

    serveur = (RACINE / "app/service/serveur.py").read_text(encoding="utf-8")
    assert "%(m)s %(U)s" in serveur, "%(U)s: the path without its query string"


# Who sees what


@pytest.mark.parametrize("role", ["COORDONNATEUR", "REFERENT_SEF", "SLAI", "RESPONSABLE"])
def test_aucun_ecran_ne_dit_ce_que_le_jeune_a_repondu(app, agent, enquete, lien, role):
    jeune, numero = enquete
    repondre(app, lien)
    client, periode = agent(role), f"du={aujourd_hui()}&au={aujourd_hui()}&mds=ART"
    for adresse in (
        f"/jeunes/{jeune}",
        "/enquetes/",
        f"/enquetes/{numero}",
        f"/journal/historique/enquete/{numero}",
        f"/journal/historique/jeune/{jeune}",
        f"/indicateurs/I6?{periode}",
        f"/indicateurs/I6?{periode}&reponse=non",
    ):
        page = html.unescape(client.get(adresse).text)
        assert not any(r in page for r in REPONSES) and "SATISFAIT" not in page, adresse
    assert "Reçue le" in client.get(f"/jeunes/{jeune}").text
    assert "le jeune, par son lien" in client.get(f"/journal/historique/enquete/{numero}").text
    liste = html.unescape(client.get(f"/indicateurs/I6?{periode}").text)
    assert "Vasseur" in liste and "A répondu" in liste
    assert "Vasseur" not in client.get(f"/indicateurs/I6?{periode}&reponse=non").text


@pytest.mark.parametrize("role", ["COORDONNATEUR", "RESPONSABLE", "DPO", "DPID", "ADMINISTRATEUR"])
def test_aucun_role_ne_lit_la_reponse_dans_la_base_ni_dans_le_journal(
    app, comptes, enquete, lien, role
):
    repondre(app, lien)
    with app.app_context(), acces.acteur(comptes[role]):
        assert db.session.scalar(select(func.count()).select_from(ReponseConfiee)) == 0
        lignes = db.session.scalar(
            text(
                "select string_agg(coalesce(avant::text, '') || coalesce(apres::text, '') ||"
                " coalesce(detail::text, ''), '') from journal where cle = :c or jeune_id = :j"
            ),
            {"c": str(enquete[1]), "j": enquete[0]},
        )
        assert "SATISFAIT" not in (lignes or "")


def test_une_reponse_donnee_seul_ne_se_modifie_ne_se_retablit_ni_ne_se_supprime(
    app, agent, comptes, enquete, lien
):
    repondre(app, lien)
    client, numero = agent(), enquete[1]
    assert client.get(f"/enquetes/{numero}/modifier").status_code == 403
    assert client.get(f"/enquetes/{numero}/supprimer").status_code == 403
    (ligne,) = en_base(
        app,
        select(Evenement.id).where(
            Evenement.table_nom == "enquete",
            Evenement.cle == str(numero),
            Evenement.operation == "modification",
        ),
    )
    rendu = poster(
        client, f"/journal/{ligne[0]}/restaurer", page="/mon-compte/", follow_redirects=True
    )
    assert "Le jeune a répondu seul" in rendu.text
    with app.app_context(), acces.acteur(comptes["COORDONNATEUR"]):
        for ordre in (
            "update enquete set par_lien = false where id = :n",
            "update enquete set repondue_le = null where id = :n",
            "update enquete set par_lien = false, reponse_code = 'TRES_SATISFAIT' where id = :n",
            "delete from enquete where id = :n",
        ):
            with pytest.raises(DBAPIError):
                db.session.execute(text(ordre), {"n": numero})
            db.session.rollback()


def test_une_reponse_sur_papier_se_saisit_et_ne_se_montre_plus(app, agent):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        jeune = f.un_jeune().id
        db.session.commit()
    client = agent()
    rendu = poster(
        client,
        "/enquetes/ajouter",
        {
            "jeune_id": jeune,
            "demandee_le": "2026-01-05",
            "repondue_le": "2026-01-06",
            "reponse_code": "TRES_SATISFAIT",
        },
    )
    assert rendu.status_code == 302
    for adresse in (rendu.location, f"/jeunes/{jeune}", f"/journal/historique/jeune/{jeune}"):
        page = html.unescape(client.get(adresse).text)
        if adresse == f"/jeunes/{jeune}":
            assert "Reçue le 06/01/2026" in page
        assert "Très satisfait" not in page, adresse


def test_l_export_de_la_liste_ne_dit_pas_la_reponse(app, agent, enquete, lien):
    repondre(app, lien)
    fichier = poster(
        agent(), "/enquetes/exporter", {"finalite": "SUIVI", "motif": "Relances d’enquête"}
    )
    lignes = list(openpyxl.load_workbook(io.BytesIO(fichier.data)).active.values)
    fichier.close()
    assert "Réponse" not in lignes[0] and not any(v in REPONSES for ligne in lignes for v in ligne)


# Figures and workbook


def test_les_chiffres_comptent_la_reponse_et_disent_la_part_de_reponses(app, comptes):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        annee = 2019
        codes = []
        for n in range(6):
            fiche = f.une_enquete(f.un_jeune("BOU"), demandee_le=f"{annee}-03-0{n + 1}")
            codes.append(f.une_invitation(fiche, empreinte=hash_du_code(f"lot-{n}")))
        db.session.commit()
        for n in range(5):
            assert db.session.scalar(
                text("select acces.repondre_enquete(:e, :r)"),
                {
                    "e": hash_du_code(f"lot-{n}"),
                    "r": "PLUTOT_SATISFAIT" if n < 4 else "PAS_DU_TOUT_SATISFAIT",
                },
            )
            if n == 1:
                db.session.commit()
                peu = indicateurs.calculer(aujourd_hui(), aujourd_hui(), "BOU")["I6"]
        db.session.commit()
        assert peu.texte == "trop peu de réponses" and "oui" not in peu.complement and peu.secret
        assert peu.valeurs["oui"] == 2  # the contract of the command line
        du = aujourd_hui().replace(year=annee, month=1, day=1)
        chiffre = indicateurs.calculer(du, aujourd_hui(), "BOU")["I6"]
        assert chiffre.valeurs == {
            "oui": 4,
            "non": 1,
            "taux": 80.0,
            "sollicites": 6,
            "repondants": 5,
        }
        assert "5 répondants, 6 sollicités (83,3" in chiffre.complement


def test_le_classeur_rend_la_reponse_a_qui_a_tous_les_droits_et_a_lui_seul(
    app, comptes, enquete, lien, tmp_path
):
    repondre(app, lien)
    limites = Limites(octets=200_000_000, lignes=1_000_000, colonnes=60)
    lus = {}
    with app.app_context():
        for nom, qui in (("tous", acces.TOUS), ("agent", comptes["COORDONNATEUR"])):
            with acces.acteur(qui, canal="essai"):
                extraction.exporter(tmp_path / f"{nom}.xlsx", motif="essai")
                feuille = openpyxl.load_workbook(tmp_path / f"{nom}.xlsx")["Enquêtes"]
                lus[nom] = {ligne[0]: ligne[2:] for ligne in feuille.values}
                rapport = application.importer(tmp_path / f"{nom}.xlsx", limites)
                assert (rapport.crees, rapport.modifies, rapport.refus) == (0, 0, [])
        with acces.acteur(acces.TOUS):
            code = db.session.scalar(
                text("select code from jeune where id = :n"), {"n": enquete[0]}
            )
    assert lus["tous"][code][1] == "PAS_DU_TOUT_SATISFAIT"
    assert lus["agent"][code][0] is not None and lus["agent"][code][1] is None
