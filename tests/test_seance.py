"""The comité de suivi being held: what a screen shows of a youth, what is typed and kept, what two
note-takers do at once; as many statements whatever the number of youths."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from app import acces
from app.extensions import db
from app.models import Decision, Evenement, Instance, Participant, PointDeComite, Tache
from app.regles.age import aujourd_hui
from tests import factories as f
from tests.connexions import ouvrir_session, poster
from tests.ordres_sql import ordres_sql

JSON = {"Accept": "application/json"}
BUDGET = 45
"""Statements of the screen of a youth: the file has one a tab, the meeting adds its own."""


@pytest.fixture(scope="module")
def comptes(app):
    roles = {
        "coordonnateur": ("COORDONNATEUR", "ART"),
        "responsable": ("RESPONSABLE", "ART"),
        "referent": ("REFERENT_SEF", "ART"),
        "slai": ("SLAI", "ART"),
    }
    return f.des_comptes(app, roles)


@pytest.fixture
def client(app, comptes):
    return lambda qui="coordonnateur": ouvrir_session(app.test_client(), comptes[qui])


class Seance:
    """A comité held today, and the youths of its agenda."""

    def __init__(self, tous, jeunes: int = 1):
        self.tous = tous
        with tous() as session:
            self.comite = f.une_instance(statut_code="PREVUE", le=aujourd_hui()).id
            self.jeunes = [f.un_jeune(prenom="Aya").id for _ in range(jeunes)]
            for rang, jeune in enumerate(self.jeunes, 1):
                session.add(PointDeComite(instance_id=self.comite, jeune_id=jeune, rang=rang))
            session.commit()

    @property
    def ici(self) -> str:
        return f"/seances/{self.comite}/jeunes/{self.jeunes[0]}"

    def lire(self, client) -> str:
        reponse = client.get(self.ici)
        assert reponse.status_code == 200
        return reponse.text

    def poster(self, client, route: str, options: dict | None = None, **champs):
        return poster(client, f"{self.ici}/{route}", champs, page=self.ici, **(options or {}))

    def envoyer(self, client, route: str, **champs):
        """What the script sends; the code of the answer, and its JSON."""
        reponse = self.poster(client, route, {"headers": JSON}, **champs)
        return reponse.status_code, reponse.get_json()

    def decision(self) -> str | None:
        with self.tous() as session:
            requete = select(Decision.decision).filter_by(jeune_id=self.jeunes[0])
            return session.scalar(requete.filter_by(instance_id=self.comite))


@pytest.fixture
def seance(tous):
    return Seance(tous)


# What is shown
# -------------


def test_l_ecran_dit_la_phase_ce_qui_a_change_ce_qui_est_en_retard_et_ce_qui_fut_decide(
    client, seance, tous
):
    with tous() as session:
        jeune = seance.jeunes[0]
        passe = f.une_instance(le=f.il_y_a(2))
        f.une_decision(jeune, passe, decision="Chercher un FJT", pour="Nour Delestrez")
        f.une_decision(
            jeune, f.une_instance(le=f.il_y_a(200)), decision="Ancienne", faite_le=f.il_y_a(150)
        )
        f.une_mesure(jeune, echeance=f.dans(20), au=None)
        f.une_situation(jeune, observee_le=f.il_y_a(50))
        f.une_alerte(jeune, motif_code="FUGUE", du=f.il_y_a(4))
        frein = f.un_frein(jeune, theme_code="MOBILITE", du=f.il_y_a(1))
        session.commit()
        frein.precision = "Pas de bus avant 8 h"
        session.commit()
    page = seance.lire(client())
    assert "Chapitre 1" in page or "Chapitre 2" in page
    depuis = page.split('id="depuis"')[1].split("</section>")[0]
    assert f"Depuis le comité du {f.il_y_a(2):%d/%m/%Y}" in page
    assert "Frein" in depuis and "Pas de bus avant 8 h" in depuis
    assert "Ajoutée" in depuis and "Ajouté<" in depuis, "an alert, a frein"
    assert f"Du {f.il_y_a(4):%d/%m/%Y}" in depuis, "a day is told with its label"
    assert depuis.count("Frein ") <= 2, "one line a record"
    avant = page.split('id="decidees"')[1].split("</section>")[0]
    assert "Chercher un FJT" in avant and "Nour Delestrez" in avant and "Pas fait" in avant
    assert "Ancienne" not in avant
    assert "Alerte ouverte : fugue" in page
    assert "jours de retard" in page
    assert page.count('id="situation"') == 1


def test_on_passe_d_un_jeune_a_l_autre_par_des_liens_que_le_clavier_connait(client, tous):
    seance = Seance(tous, 3)
    nour = client()
    debut = f"/seances/{seance.comite}/jeunes/{seance.jeunes[0]}"
    assert f'href="{debut}">Ouvrir la séance' in nour.get(f"/comites/{seance.comite}").text
    page = nour.get(f"/seances/{seance.comite}/jeunes/{seance.jeunes[1]}").text
    for rang, rel in ((0, "prev"), (2, "next")):
        lien = re.search(rf'href="([^"]+)" rel="{rel}" aria-keyshortcuts="Arrow', page)[1]
        assert lien.endswith(f"/jeunes/{seance.jeunes[rang]}")
    dernier = nour.get(f"/seances/{seance.comite}/jeunes/{seance.jeunes[2]}").text
    assert f'/comptes-rendus/{seance.comite}" rel="next"' in dernier


def test_projete_par_codes_l_ecran_ne_montre_aucun_nom(client, seance, tous):
    with tous() as session:
        nom = session.scalar(
            text("update jeune set nom = 'Introuvable' where id = :j returning nom"),
            {"j": seance.jeunes[0]},
        )
        f.une_fiche("tache", jeune=_jeune(session, seance), quoi=f"Voir {nom}", pour_le=f.dans(-1))
        session.commit()
    page = client().get(f"{seance.ici}?affichage=codes").text
    sans_banniere = page.split("<main")[1]
    assert "Introuvable" not in sans_banniere
    assert "Aya" not in sans_banniere


def _jeune(session, seance):
    from app.models import Jeune

    return session.get(Jeune, seance.jeunes[0])


def test_la_lecture_du_dossier_est_au_journal(client, seance, tous):
    seance.lire(client())
    with tous() as session:
        lues = select(Evenement.id).filter_by(operation="lecture", jeune_id=seance.jeunes[0])
        assert session.scalars(lues).all()


def test_autant_d_ordres_sql_pour_quinze_jeunes_que_pour_deux(app, comptes, tous, client):
    def compter(nombre: int) -> int:
        seance = Seance(tous, nombre)
        with tous() as session:
            for _ in range(nombre):
                f.un_participant(session.get(Instance, seance.comite))
                f.une_alerte(seance.jeunes[0], du=f.il_y_a(3 + _))
                f.une_fiche("tache", jeune=_jeune(session, seance), instance_id=seance.comite)
            session.commit()
        nour = client()
        nour.get(seance.ici)
        with ordres_sql() as ordres:
            assert nour.get(seance.ici).status_code == 200
        return len(ordres)

    peu, beaucoup = compter(2), compter(15)
    assert peu == beaucoup
    assert beaucoup <= BUDGET


@pytest.mark.parametrize("page", ["/comites/", "/comites/{}", "/comptes-rendus/{}"])
def test_autant_d_ordres_sql_pour_les_autres_pages(page, tous, client):
    def compter(nombre: int) -> int:
        seance = Seance(tous, nombre)
        with tous() as session:
            for jeune in seance.jeunes:
                f.une_alerte(jeune)
                f.un_participant(session.get(Instance, seance.comite))
            session.commit()
        nour = client()
        nour.get(page.format(seance.comite))
        with ordres_sql() as ordres:
            assert nour.get(page.format(seance.comite)).status_code == 200
        return len(ordres)

    assert compter(2) == compter(9) <= BUDGET


# What is typed
# -------------


def test_une_decision_s_enregistre_se_corrige_et_s_efface(client, seance):
    nour = client()
    statut, lu = seance.envoyer(nour, "decision", decision="Voir le CFA", version="0")
    assert statut == 200 and re.fullmatch(r"\d{1,2}\u00a0h(\u00a0\d\d)?", lu["heure"])
    assert "(vu)" in lu["morceaux"]["ordre"], "the agenda does not say that the youth was seen"
    statut, lu = seance.envoyer(nour, "decision", decision="Voir deux CFA", version=lu["version"])
    assert (statut, seance.decision()) == (200, "Voir deux CFA")
    assert ">\nVoir deux CFA</textarea>" in seance.lire(nour)
    statut, lu = seance.envoyer(nour, "decision", decision="", version=lu["version"])
    assert (statut, seance.decision()) == (200, None)


def test_sans_script_le_bouton_enregistre_et_ramene_a_l_ecran(client, seance):
    nour = client()
    rendu = seance.poster(nour, "decision", decision="Voir", version="0")
    assert rendu.status_code == 302 and rendu.location.startswith(seance.ici)
    assert seance.decision() == "Voir"


def test_deux_preneurs_de_notes_ne_s_ecrasent_jamais(client, seance):
    nour, maryse = client(), client("responsable")
    _, de_nour = seance.envoyer(nour, "decision", decision="Le FJT d’Arras", version="0")
    statut, lu = seance.envoyer(maryse, "decision", decision="Rester en MECS", version="0")
    assert statut == 409
    assert lu["conflit"]["texte"] == "Le FJT d’Arras"
    assert lu["conflit"]["qui"].startswith("Agent"), "who wrote it is not told"
    assert seance.decision() == "Le FJT d’Arras", "the other text was overwritten"
    garder = {"decision": "Rester en MECS", "version": lu["conflit"]["version"]}
    statut, _ = seance.envoyer(maryse, "decision", **garder, garder="les_deux")
    assert (statut, seance.decision()) == (200, "Le FJT d’Arras\nRester en MECS")
    statut, _ = seance.envoyer(nour, "decision", decision="Autre", version=de_nour["version"])
    assert statut == 409


def test_sans_script_le_conflit_garde_les_deux_textes_a_l_ecran(client, seance):
    nour = client()
    seance.envoyer(nour, "decision", decision="Le FJT d’Arras", version="0")
    page = seance.poster(nour, "decision", decision="Rester en MECS", version="0")
    assert page.status_code == 409
    assert "<blockquote data-texte>Le FJT d’Arras</blockquote>" in page.text
    assert ">\nRester en MECS</textarea>" in page.text
    version = re.search(r'name="version" value="(\d+)"', page.text)[1]
    suite = {"decision": "Rester en MECS", "version": version}
    for choix, attendu in (("sienne", "Le FJT d’Arras"), ("mienne", "Rester en MECS")):
        seance.poster(nour, "decision", **suite, garder=choix)
        assert seance.decision() == attendu


def test_une_tache_dit_quoi_qui_pour_quand_et_un_refus_garde_ce_qui_est_tape(client, seance, tous):
    nour = client()
    pour_le = aujourd_hui() + timedelta(days=8)
    tapee = {"quoi": "Appeler la MECS", "qui": "Nour Delestrez", "pour_le": f"{pour_le:%d/%m/%Y}"}
    statut, lu = seance.envoyer(nour, "tache", **tapee)
    assert statut == 200 and "Appeler la MECS" in lu["morceaux"]["taches"]
    with tous() as session:
        tache = session.scalars(select(Tache).filter_by(jeune_id=seance.jeunes[0])).one()
        assert (tache.pour, tache.pour_le, tache.instance_id) == (
            "Nour Delestrez",
            pour_le,
            seance.comite,
        )
    statut, lu = seance.envoyer(nour, "tache", quoi="Écrire", pour_le="demain")
    assert statut == 422 and "Écrivez la date comme 31/12/2025." in lu["refus"]
    page = seance.poster(nour, "tache", quoi="Écrire", pour_le="demain")
    assert 'value="Écrire"' in page.text and 'value="demain"' in page.text
    assert "Appeler la MECS" in nour.get("/taches/?qui=tous").text


def test_deux_preneurs_de_notes_cochent_chacun_leurs_presents(client, seance, tous):
    with tous() as session:
        instance = session.get(Instance, seance.comite)
        a, b = (f.un_participant(instance, nom=nom).id for nom in ("Aline Roux", "Benoît Petit"))
        session.commit()
    nour, maryse = client(), client("responsable")
    assert seance.envoyer(nour, "presences", present=str(a))[0] == 200
    # Her page was read before: it does not know that Aline is there.
    _, lu = seance.envoyer(maryse, "presences", present=str(b))
    assert "2 sur 2" in lu["morceaux"]["presents"]
    _, lu = seance.envoyer(nour, "presences", avant=[str(a), str(b)], present=str(b))
    assert "1 sur 2" in lu["morceaux"]["presents"]
    _, lu = seance.envoyer(nour, "presences", avant=str(b), present=str(b), nouveaux="Zoé Lien")
    assert "2 sur 3" in lu["morceaux"]["presents"]
    rendu = seance.poster(nour, "presences", nouveaux="12")
    assert 'value="12"' in rendu.text and "n’est pas le nom d’une personne" in rendu.text
    statut, lu = seance.envoyer(nour, "presences", nouveaux="aline  ROUX")
    assert (statut, lu["refus"]) == (422, "aline ROUX est déjà parmi les participants.")
    with tous() as session:
        noms = session.scalars(select(Participant.nom).filter_by(instance_id=seance.comite)).all()
    assert len(noms) == 3


@pytest.mark.parametrize(
    ("acte", "autres", "attendu"),
    [
        ("faite", {}, "Fait le"),
        ("abandonner", {"raison": "Il part à Lyon"}, "Abandonné : Il part à Lyon"),
        ("reporter", {"jusqu_au": "01/02/2099"}, "pour le 01/02/2099"),
    ],
)
def test_on_dit_ce_que_sont_devenues_les_decisions_d_avant(
    client, seance, tous, acte, autres, attendu
):
    with tous() as session:
        passe = f.une_instance(le=f.il_y_a(1))
        decision = f.une_decision(seance.jeunes[0], passe, decision="Réunir les pièces").id
        session.commit()
    envoi = {"engagement": f"decision:{decision}", "acte": acte, **autres}
    statut, lu = seance.envoyer(client(), "suite", **envoi)
    assert statut == 200
    assert attendu in lu["morceaux"]["decidees"]
    statut, lu = seance.envoyer(client(), "suite", **{**envoi, "acte": "reporter", "jusqu_au": "x"})
    assert (statut, lu["refus"]) == (422, "Écrivez la date comme 31/12/2025.")
    assert seance.envoyer(client("referent"), "suite", **envoi)[0] == 403


def test_on_ne_change_pas_la_decision_d_un_autre_jeune(client, seance, faire):
    autre = faire(f.une_decision)
    envoi = {"engagement": f"decision:{autre}", "acte": "faite"}
    assert seance.envoyer(client(), "suite", **envoi)[0] == 404
    assert seance.envoyer(client(), "suite", engagement="jeune:1", acte="faite")[0] == 404


def test_chacun_n_ecrit_que_ce_que_son_role_permet(client, seance):
    slai, referent = client("slai"), client("referent")
    page = seance.lire(slai)
    assert "<textarea" not in page and 'id="est_vu"' in page and 'id="quoi"' not in page
    seance.envoyer(slai, "decision", decision="Je décide", version="0", est_vu="oui")
    assert seance.decision() is None
    assert seance.envoyer(slai, "tache", quoi="Appeler")[0] == 403
    page = seance.lire(referent)
    assert "<textarea" not in page and 'id="quoi"' in page and 'name="present"' not in page
    assert seance.envoyer(referent, "tache", quoi="Appeler")[0] == 200
    assert seance.envoyer(referent, "presences", nouveaux="Aline Roux")[0] == 403


def test_un_jeune_transfere_pendant_la_seance_ne_recoit_plus_rien(client, tous):
    seance = Seance(tous, 2)
    nour = client()
    autre = f"/seances/{seance.comite}/jeunes/{seance.jeunes[1]}"
    with tous() as session:
        session.execute(
            text("update jeune set mds_id = :m where id = :j"),
            {"m": f.numero_mds("CAL"), "j": seance.jeunes[0]},
        )
        session.commit()
    refus = poster(nour, f"{seance.ici}/decision", {"decision": "Trop tard"}, page=autre)
    assert refus.status_code == 404
    assert seance.decision() is None


def test_ce_qui_est_decide_est_dans_le_dossier_du_jeune(client, seance, app, comptes):
    nour = client()
    seance.envoyer(nour, "decision", decision="Visiter la résidence", version="0")
    assert "Visiter la résidence" in nour.get(f"/jeunes/{seance.jeunes[0]}").text
    with app.app_context(), acces.acteur(comptes["referent"]):
        assert db.session.scalar(select(Decision.id).filter_by(jeune_id=seance.jeunes[0]))
