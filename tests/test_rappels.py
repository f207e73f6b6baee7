"""What Tandem writes to people: each thing on its day, once, in codes alone; sent through a real
mail server, that may be down or refuse an address."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import delete, select, update

from app import acces, exploitation
from app.extensions import db
from app.models import Compte, Habilitation, Jeune, Orientation
from app.models.rappel import Rappel
from app.rappels import tournee
from app.regles import age
from app.regles.age import anniversaire, aujourd_hui
from app.views import orientation
from app.views.socle.saisie import lire_date
from config import ReglageRefuse, lire_reglages
from tests import factories as f
from tests.connexions import ouvrir_session, poster
from tests.serveur_smtp import LOGIN, MOT_DE_PASSE, Boite, certificat, reglages, servir
from tests.serveurs import port_libre
from tests.travaux import laisser_a_un_worker_mort, vider_la_file

NOUR, PAUL, LOIN = "nour@example.org", "paul@example.org", "loin@example.org"
TOUS_LES_JOURS = ""
"""No day without e-mail: the tests are run on any day."""


@pytest.fixture(scope="module")
def scene(app):
    """Nour accompanies a youth of Artois, Paul is a coordonnateur there without a portfolio; the
    third one works in the Arrageois."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        comptes = {
            courriel: f.un_compte("COORDONNATEUR", mds, email=courriel, sans_rappel=TOUS_LES_JOURS)
            for courriel, mds in ((NOUR, "ART"), (PAUL, "ART"), (LOIN, "ARR"))
        }
        f.un_agent(nom="Nour Delestrez", compte_id=comptes[NOUR].id)
        jeune = f.un_jeune(nom="Lefebvre-Introuvable", prenom="Ayanaïs", code="SUIVI-1")
        f.un_binome(jeune, coordonnateur="Nour Delestrez")
        numeros = {courriel: compte.id for courriel, compte in comptes.items()}
        numeros["jeune"] = jeune.id
        db.session.commit()
    return numeros


@pytest.fixture
def boite(app, scene):
    """An empty mailbox; what was written before is forgotten, what was received is answered."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        db.session.execute(delete(Rappel))
        db.session.execute(update(Orientation).values(reponse_code="ACCEPTEE"))
        for courriel in (NOUR, PAUL, LOIN):
            compte = db.session.get(Compte, scene[courriel])
            compte.rappels, compte.sans_rappel = None, TOUS_LES_JOURS
        db.session.commit()
    return Boite()


@pytest.fixture
def port(app):
    """Where the mail server is, or would be."""
    libre = port_libre()
    app.config["SMTP"] = reglages(libre)
    return libre


@pytest.fixture
def tourner(app, boite, port):
    """A round of a day, with the mail server; what it did."""

    def _tourner(le: date | None = None) -> tournee.BilanDesRappels:
        with servir(boite, port):
            return tournee.faire(app, le or aujourd_hui())

    return _tourner


@pytest.fixture
def retard(scene, faire):
    """A rencontre of Nour's youth that waits to be brought up to date."""
    return faire(
        f.une_rencontre, scene["jeune"], le=f.dans(-3), statut_code="PREVUE", jeune_present=None
    )


def etat_des_rappels(app) -> list[tuple[str, bool, str | None]]:
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        lus = db.session.scalars(select(Rappel).order_by(Rappel.id)).all()
        return [(r.genre, r.envoye_le is not None, r.refus) for r in lus]


# --- What is sent, and to whom


def test_le_resume_part_une_fois_en_codes_sans_nom_ni_naissance(app, tourner, boite, retard, tous):
    assert tourner().envoyes >= 1
    (texte,) = boite.textes(NOUR)
    assert "SUIVI-1 : prévue le" in texte
    assert f"https://tandem.example.org/rencontres/{retard}/modifier" in texte
    assert tourner().envoyes == 0, "the same day says nothing twice"
    with tous() as session:
        for jeune in session.scalars(select(Jeune)):
            jours = (jeune.date_naissance.isoformat(), f"{jeune.date_naissance:%d/%m/%Y}")
            for dit in (jeune.nom, jeune.prenom, *jours):
                assert not re.search(rf"\b{re.escape(dit)}\b", texte), dit
    assert "Delestrez" not in texte


def test_sans_portefeuille_on_lit_sa_mds_et_jamais_une_autre(tourner, boite, retard, faire):
    collegue = faire(f.un_jeune, code="COLLEGUE-1")
    faire(f.une_rencontre, collegue, le=f.dans(-3), statut_code="PREVUE", jeune_present=None)
    loin = faire(f.un_jeune, "ARR", code="LOIN-1")
    faire(f.une_rencontre, loin, le=f.dans(-3), statut_code="PREVUE", jeune_present=None)
    tourner()
    (nour,), (paul,), (autre,) = map(boite.textes, (NOUR, PAUL, LOIN))
    assert "COLLEGUE-1" in paul and "COLLEGUE-1" not in nour, "Nour has youths of her own"
    assert "SUIVI-1" in paul and "LOIN-1" not in paul
    assert "LOIN-1" in autre and "SUIVI-1" not in autre
    assert "LOIN-1" not in nour


def test_un_compte_sans_habilitation_ne_recoit_rien(tourner, boite, retard, scene, tous):
    with tous() as session:
        sienne = session.scalars(select(Habilitation).filter_by(compte_id=scene[PAUL])).one()
        debut = sienne.du
        sienne.du = f.dans(5)
        session.commit()
    tourner()
    with tous() as session:
        session.scalars(select(Habilitation).filter_by(compte_id=scene[PAUL])).one().du = debut
        session.commit()
    assert boite.textes(NOUR) and not boite.textes(PAUL)


def une_tache(jeune: Jeune, jours: int):
    return f.une_fiche("tache", jeune=jeune, pour_le=f.dans(jours))


@pytest.mark.parametrize(
    ("avant", "le_jour", "fait", "dit"),
    [
        (-9, -10, lambda j, n: f.une_orientation(j, contact_le=f.dans(n)), "avant le"),
        (31, 30, lambda j, n: f.une_mesure(j, echeance=f.dans(n)), "Mesures qui finissent"),
        (
            3,
            2,
            lambda j, n: f.une_fiche("tache", jeune=j, pour_le=f.dans(n)),
            "Tâches pour bientôt",
        ),
    ],
    ids=["tripartite", "fin-de-mesure", "tache"],
)
def test_chaque_rappel_vient_a_son_jour(tourner, boite, tous, avant, le_jour, fait, dit):
    """The day before, nothing of it; that day, a line with the code of the youth."""
    for jours, attendu in ((avant, False), (le_jour, True)):
        with tous() as session:
            jeune = f.un_jeune(nom="Jour", code=f"JOUR-{jours}", contact_le=None)
            f.un_binome(jeune, coordonnateur="Nour Delestrez")
            fait(jeune, jours)
            session.commit()
        boite.recus.clear()
        with tous() as session:
            session.execute(delete(Rappel))
            session.commit()
        tourner()
        resumes = [t for t in boite.textes(NOUR) if "Ce qui vous attend" in t]
        lignes_dites = [x for t in resumes for x in section(t, dit) if f"JOUR-{jours} " in x]
        assert bool(lignes_dites) is attendu, resumes


def test_les_taches_en_retard_viennent_d_abord(tourner, boite, scene, tous):
    with tous() as session:
        jeune = session.get(Jeune, scene["jeune"])
        for jours in (1, -2, -30):
            f.une_fiche("tache", jeune=jeune, pour_le=f.dans(jours))
        session.commit()
    tourner()
    (texte,) = boite.textes(NOUR)
    dits = [re.search(r"pour le (\S+)\.", x)[1] for x in section(texte, "Tâches pour")[1:]]
    lus = [lire_date(dit) for dit in dits]
    assert lus == sorted(lus) and {f.dans(-30), f.dans(-2), f.dans(1)} <= set(lus)


def section(texte: str, dit: str) -> list[str]:
    """The lines that say it, or that stand under the title that says it."""
    for partie in texte.split("\n\n"):
        if partie.startswith(dit):
            return partie.splitlines()
    return [ligne for ligne in texte.splitlines() if dit in ligne]


@pytest.mark.parametrize(("dans", "attendu"), [(31, False), (30, True), (1, True), (0, False)])
def test_l_entretien_des_17_ans_s_annonce_un_mois_avant(tourner, boite, faire, dans, attendu):
    naissance = anniversaire(f.dans(dans), -17)
    jeune = faire(f.un_jeune, code=f"DIXSEPT-{dans}", date_naissance=naissance)
    faire(f.un_binome, jeune, coordonnateur="Nour Delestrez")
    tourner()
    dites = [x for t in boite.textes(NOUR) for x in section(t, "Entretiens des 17 ans")]
    assert any(f"DIXSEPT-{dans}." in x for x in dites) is attendu


def test_d_un_jeune_decede_rien_ne_se_rappelle(tourner, boite, retard, tous):
    with tous() as session:
        naissance = anniversaire(f.dans(20), -17)
        jeune = f.un_jeune(code="DECEDE-1", date_naissance=naissance, contact_le=f.dans(-40))
        f.un_binome(jeune, coordonnateur="Nour Delestrez")
        f.une_rencontre(jeune, le=f.dans(-3), statut_code="PREVUE", jeune_present=None)
        f.une_mesure(jeune, echeance=f.dans(5))
        f.une_fiche("tache", jeune=jeune, pour_le=f.dans(-1))
        jeune.deces_le = f.dans(-1)
        session.commit()
    tourner()
    assert boite.textes(PAUL), "others still wait"
    assert not any("DECEDE-1" in t for t in boite.textes(NOUR) + boite.textes(PAUL))


def test_le_tableau_du_mois_se_rappelle_a_5_2_et_0_jours_puis_chaque_jour(
    app, tourner, boite, tous
):
    dits = {}
    for jour in range(3, 14):
        boite.recus.clear()
        tourner(date(2026, 11, jour))
        dits[jour] = any("Tableau d’octobre 2026" in t for t in boite.textes(NOUR))
    assert [jour for jour, dit in dits.items() if dit] == [5, 8, 10, 11, 12, 13]


def test_une_habilitation_qui_finit_se_rappelle(tourner, boite, scene, tous):
    with tous() as session:
        session.scalars(select(Habilitation).filter_by(compte_id=scene[NOUR])).one().au = f.dans(9)
        session.commit()
    tourner()
    with tous() as session:
        session.scalars(select(Habilitation).filter_by(compte_id=scene[NOUR])).one().au = None
        session.commit()
    assert any("finit le" in t for t in boite.textes(NOUR))


def test_une_orientation_recue_s_ecrit_aussitot_et_une_fois(tourner, boite, faire, scene, tous):
    with tous() as session:
        session.get(Compte, scene[NOUR]).sans_rappel = "1234567"
        session.commit()
    jeune = faire(f.un_jeune, nom="Confié")
    numero = faire(f.une_orientation, jeune, contact_le=f.dans(0), est_urgente=True)
    tourner()
    tourner()
    recus = [t for t in boite.textes(NOUR) if f"/orientations/{numero}" in t]
    assert len(recus) == 1, "even on a day without digest, and once"
    assert "URGENTE" in recus[0] and "Confié" not in recus[0]
    assert not any(f"/orientations/{numero}" in t for t in boite.textes(LOIN))


def test_une_orientation_recue_s_ecrit_meme_quand_beaucoup_attendent(tourner, boite, tous, scene):
    with tous() as session:
        for _ in range(orientation.AU_PLUS + 1):
            f.une_orientation(f.un_jeune(), contact_le=f.dans(-20))
        derniere = f.une_orientation(f.un_jeune(), contact_le=f.dans(0))
        session.commit()
        numero = derniere.id
    tourner()
    assert any(f"/orientations/{numero}" in t for t in boite.textes(NOUR))


# --- When each wants it


@pytest.mark.parametrize(
    ("rappels", "sans", "jours"),
    [
        (None, None, [1, 2, 3, 4, 5]),
        (None, "134567", [2]),
        ("semaine", "12", [3]),
        ("semaine", None, [1]),
        ("semaine", "1234567", []),
    ],
)
def test_chacun_choisit_ses_jours(rappels, sans, jours):
    compte = Compte(rappels=rappels, sans_rappel=sans)
    lundi = date(2026, 11, 23)
    semaine = [lundi.replace(day=lundi.day + n) for n in range(7)]
    recus = [le.isoweekday() for le in semaine if tournee.attend_un_resume(compte, le)]
    assert recus == jours


def test_mon_compte_regle_les_rappels_et_jamais_veut_dire_jamais(
    app, tourner, boite, retard, scene
):
    client = ouvrir_session(app.test_client(), scene[NOUR])
    choix = {"rappels": "semaine", "jour": ["2", "4"]}
    rendu = poster(client, "/mon-compte/rappels", choix, page="/mon-compte/", follow_redirects=True)
    assert "Vos rappels sont réglés." in rendu.text
    assert rendu.text.count('name="jour" value="2" checked') == 1
    assert 'name="jour" value="1" checked' not in rendu.text
    vide = poster(client, "/mon-compte/rappels", {"rappels": ""}, page="/mon-compte/")
    assert vide.status_code == 422 and "Gardez au moins un jour" in vide.text
    for faux in ({"rappels": "souvent", "jour": "1"}, {"rappels": "", "jour": "8"}):
        assert poster(client, "/mon-compte/rappels", faux, page="/mon-compte/").status_code == 400
    poster(client, "/mon-compte/rappels", {"rappels": "jamais"}, page="/mon-compte/")
    tourner()
    assert not boite.textes(NOUR)


# --- The mail server


def test_le_serveur_parle_tls_et_demande_un_mot_de_passe(app, boite, retard, tmp_path, port):
    pem = certificat(tmp_path)
    chiffre = {"chiffrement": "starttls", "autorite": pem}
    ok = reglages(port, **chiffre, login=LOGIN, mot_de_passe=MOT_DE_PASSE)
    faux = reglages(port, **chiffre, login=LOGIN, mot_de_passe="faux")
    inconnu = reglages(port, chiffrement="starttls", login=LOGIN, mot_de_passe=MOT_DE_PASSE)
    with servir(boite, port, pem):
        for refuse in (faux, inconnu):
            app.config["SMTP"] = refuse
            bilan = tournee.faire(app, aujourd_hui())
            assert bilan.panne and not bilan.envoyes
        app.config["SMTP"] = ok
        assert tournee.faire(app, aujourd_hui()).envoyes >= 1
    assert boite.textes(NOUR)


def test_le_serveur_est_absent_rien_ne_se_perd_ni_ne_part_deux_fois(app, boite, port, retard):
    premier = tournee.faire(app, aujourd_hui())
    assert premier.panne and premier.en_attente == premier.ecrits > 0
    with servir(boite, port):
        second = tournee.faire(app, aujourd_hui())
    assert (second.ecrits, second.envoyes) == (0, premier.en_attente)
    assert len(boite.textes(NOUR)) == 1
    identifiants = [m["Message-ID"] for m in boite.recus]
    assert len({*identifiants}) == len(identifiants)


def test_une_adresse_refusee_est_dite_et_les_autres_partent(app, boite, tourner, retard, port):
    boite.refusees.add(NOUR)
    bilan = tourner()
    assert bilan.refuses == 1 and bilan.envoyes >= 1
    assert boite.textes(PAUL) and not boite.textes(NOUR)
    assert any(refus and "550" in refus for _, _, refus in etat_des_rappels(app))
    boite.refusees.clear()
    assert tourner().envoyes == 0, "given up: the address is wrong"


def test_a_plus_tard_dit_le_serveur_attend(app, boite, tourner, retard):
    boite.plus_tard.update({NOUR, PAUL, LOIN})
    assert tourner().panne
    boite.plus_tard.clear()
    tourner()
    assert len(boite.textes(NOUR)) == 1


def test_le_resume_d_hier_qui_n_est_pas_parti_est_remplace(app, boite, tourner, retard, port):
    tournee.faire(app, f.dans(-1))
    tourner()
    resumes = [t for t in boite.textes(NOUR) if "Ce qui vous attend" in t]
    assert len(resumes) == 1
    assert ("resume", False, "remplacé par celui d’un autre jour") in etat_des_rappels(app)


HEURE_D_HIVER = (datetime(2026, 10, 25, 0, 30), datetime(2026, 10, 25, 1, 30))
"""In UTC: twice 2.30 in Paris."""
HEURE_D_ETE = (datetime(2027, 3, 28, 0, 59), datetime(2027, 3, 28, 1, 1))
RECULEE = (
    datetime(2026, 11, 24, 9, 0),
    datetime(2026, 11, 23, 9, 0),
    datetime(2026, 11, 24, 10, 0),
)
"""The clock of the machine was a day ahead: put right, then the day comes."""


@pytest.mark.parametrize(
    ("instants", "attendus"),
    [(HEURE_D_HIVER, [1, 1]), (HEURE_D_ETE, [1, 1]), (RECULEE, [1, 2, 2])],
    ids=["hiver", "ete", "reculee"],
)
def test_l_horloge_change_rien_ne_part_deux_fois(
    tourner, boite, scene, faire, monkeypatch, instants, attendus
):
    """How many digests were received after each round; each tells its own day."""
    passee = {"le": date(2026, 6, 1), "statut_code": "PREVUE", "jeune_present": None}
    faire(f.une_rencontre, scene["jeune"], **passee)
    recus = []
    for instant in instants:
        with monkeypatch.context() as montre:
            montre.setattr(age, "datetime", _arretee(instant))
            tourner(aujourd_hui())
        recus.append(len(boite.textes(NOUR)))
    assert recus == attendus
    jours = [re.search(r"Tandem, (.+) :", texte)[1] for texte in boite.textes(NOUR)]
    assert len({*jours}) == len(jours)


def _arretee(instant: datetime) -> type[datetime]:
    class Montre(datetime):
        @classmethod
        def now(cls, tz=None):
            return instant.replace(tzinfo=UTC).astimezone(tz)

    return Montre


def test_deux_commandes_a_la_fois_n_envoient_rien_deux_fois(app, boite, port, retard):
    with servir(boite, port), ThreadPoolExecutor(2) as deux:
        bilans = list(deux.map(lambda _: tournee.faire(app, aujourd_hui()), range(2)))
    assert sum(b.ecrits for b in bilans) == sum(b.envoyes for b in bilans) == len(boite.recus)
    assert len(boite.textes(NOUR)) == 1


def test_la_commande_fait_les_rappels_du_jour_dit_une_fois(app, boite, port, retard):
    """What waits on that day, told as of that day, whatever the number of runs."""
    lundi = date(2027, 1, 4)

    def lancer():
        return app.test_cli_runner().invoke(args=["tandem", "rappels", "--le", f"{lundi}"])

    with servir(boite, port):
        premiere = lancer()
        seconde = lancer()
    assert premiere.exit_code == 0 and " envoyés" in premiere.output, premiere.output
    assert "0 écrit, 0 envoyé" in seconde.output
    (recu,) = boite.textes(NOUR)
    assert "lundi 4 janvier 2027" in recu


def test_la_minuterie_met_les_rappels_dans_la_file_qui_les_fait_une_fois(
    app, boite, port, retard, tous
):
    """Twice in the queue is once; a worker that dies in the middle leaves the round to another."""
    lancer = app.test_cli_runner().invoke
    with servir(boite, port):
        assert "mis dans la file" in lancer(args=["tandem", "rappels"]).output
        assert "déjà dans la file" in lancer(args=["tandem", "rappels"]).output
        assert not boite.recus, "nothing is sent by the command"
        laisser_a_un_worker_mort(tous, "rappels")
        vider_la_file(app)
        assert len(boite.textes(NOUR)) == 1
        lancer(args=["tandem", "rappels"])
        vider_la_file(app)
    assert len(boite.textes(NOUR)) == 1, "the same day says nothing twice"
    assert la_tache(app).bonne and "envoyé" in la_tache(app).message


def la_tache(app) -> exploitation.TacheReguliere:
    with app.app_context(), acces.acteur(acces.TOUS):
        (tenue,) = [t for t in exploitation.lire_etat().taches if t.nom == "rappels"]
    return tenue


def test_faits_tout_de_suite_les_rappels_disent_ce_qu_il_en_est(app, boite, port, retard):
    lancer = app.test_cli_runner().invoke
    ici = ["tandem", "rappels", "--tout-de-suite"]
    en_panne = lancer(args=ici)
    assert en_panne.exit_code == 1
    assert "le serveur de courriel ne répond pas" in en_panne.output
    assert not la_tache(app).bonne and "en attente" in la_tache(app).message
    with servir(boite, port):
        reussie = lancer(args=ici)
    assert reussie.exit_code == 0 and "envoyé" in reussie.output
    app.config["SMTP"] = None
    sans = lancer(args=["tandem", "rappels"])
    assert sans.exit_code == 1 and "TANDEM_SMTP_HOTE" in sans.output
    assert not tournee.tourner(app).est_bon
    assert "TANDEM_SMTP_HOTE" in la_tache(app).message


@pytest.mark.parametrize(
    ("reglage", "dit"),
    [
        ({"TANDEM_SMTP_EXPEDITEUR": ""}, "TANDEM_SMTP_EXPEDITEUR"),
        ({"TANDEM_ADRESSE": "tandem"}, "TANDEM_ADRESSE"),
        ({"TANDEM_SMTP_TLS": "ssl"}, "starttls, tls, aucun"),
        ({"TANDEM_SMTP_CHIFFREMENT": "ssl"}, "starttls, tls, aucun"),
        ({"TANDEM_SMTP_TLS": "tls", "TANDEM_SMTP_CHIFFREMENT": "aucun"}, "se contredisent"),
        ({"TANDEM_SMTP_PORT": "0"}, "TANDEM_SMTP_PORT"),
    ],
)
def test_un_reglage_faux_est_dit_au_demarrage(tmp_path, reglage, dit):
    justes = {
        "TANDEM_ENV": "test",
        "TANDEM_INSTANCE": str(tmp_path),
        "TANDEM_SMTP_HOTE": "smtp.example.org",
        "TANDEM_SMTP_EXPEDITEUR": "tandem@example.org",
        "TANDEM_ADRESSE": "https://tandem.example.org/",
    }
    lu = lire_reglages(justes)["SMTP"]
    assert (lu.port, lu.chiffrement, lu.adresse) == (587, "starttls", "https://tandem.example.org")
    with pytest.raises(ReglageRefuse, match=re.escape(dit)):
        lire_reglages(justes | reglage)
    for nom in ("TANDEM_SMTP_TLS", "TANDEM_SMTP_CHIFFREMENT"):
        lu = lire_reglages(justes | {nom: "tls"})["SMTP"]
        assert (lu.port, lu.chiffrement) == (465, "tls")
