"""The seal of the audit log finds what the owner of the base altered."""

import json
import os
import subprocess
import sys
import threading

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from app import acces, journal
from app.acces import reperes, sceau
from app.extensions import db
from app.travaux.entretien import entretenir
from tests import factories as f

INTACT = "Le journal est intact"


@pytest.fixture(scope="module")
def base_scellee(serveur_de_bases):
    """A base whose audit log has some forty lines in several seals; nobody changes it."""
    nom = serveur_de_bases.creer(serveur_de_bases.modele)
    app = serveur_de_bases.application(nom)
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        for _ in range(4):
            jeune = f.un_jeune()
            f.une_alerte(jeune)
            f.une_mesure(jeune)
            journal.consigner("lecture", table="jeune", cle=jeune.id, jeune_id=jeune.id)
            db.session.commit()
            sceau.sceller()
    serveur_de_bases.fermer(nom)
    yield nom
    serveur_de_bases.supprimer(nom)


@pytest.fixture(scope="module")
def deux_applications(serveur_de_bases, base_scellee):
    """On one base, which each test finds as the sealed one is."""
    nom = serveur_de_bases.creer(base_scellee)
    yield nom, serveur_de_bases.application(nom), serveur_de_bases.application(nom)
    serveur_de_bases.supprimer(nom)


@pytest.fixture
def scelle(serveur_de_bases, base_scellee, deux_applications, monkeypatch):
    nom, *applications = deux_applications
    serveur_de_bases.remettre(nom, base_scellee)
    for app in applications:
        for reglage in ("REPERES", "SECRET_KEY", "ANCIENNES_CLES"):
            monkeypatch.setitem(app.config, reglage, app.config[reglage])
    return applications[0]


@pytest.fixture
def proprietaire(scelle):
    moteur = create_engine(scelle.config["DATABASE_OWNER_URL"], isolation_level="AUTOCOMMIT")
    with moteur.connect() as connexion:
        yield lambda ordre, **valeurs: connexion.execute(text(ordre), valeurs)
    moteur.dispose()


def verifier(app, *options: str) -> tuple[int, str]:
    resultat = app.test_cli_runner().invoke(args=["tandem", "verifier-journal", *options])
    return resultat.exit_code, resultat.output


def test_un_journal_intact_le_dit(scelle, proprietaire):
    code, sortie = verifier(scelle)
    assert code == 0, sortie
    assert INTACT in sortie
    total = proprietaire("select count(*) from journal").scalar()
    assert f"{total} lignes" in sortie, "the run of the command itself is sealed too"
    assert proprietaire("select sum(nombre) from sceau").scalar() == total
    assert verifier(scelle)[0] == 0


def test_une_base_neuve_est_intacte(serveur_de_bases):
    nom = serveur_de_bases.creer(serveur_de_bases.modele)
    app = serveur_de_bases.application(nom)
    code, sortie = verifier(app)
    serveur_de_bases.supprimer(nom)
    assert (code, INTACT in sortie) == (0, True)


ALTERATIONS = {
    "une valeur changée": (
        'update journal set apres = apres || \'{"nom": "X"}\' where id = 5',
        "la ligne 5 a été modifiée",
    ),
    "qui": (
        "update journal set acteur = '1', login = 'autre' where id = 7",
        "la ligne 7 a été modifiée",
    ),
    "quand": (
        "update journal set le = le - interval '1 second' where id = 3",
        "la ligne 3 a été modifiée",
    ),
    "une ligne supprimée": ("delete from journal where id = 6", "la ligne 6 a été supprimée"),
    "la première supprimée": ("delete from journal where id = 1", "la ligne 1 a été supprimée"),
    "une ligne rendue muette": (
        "update journal set apres = null where id = 2",
        "la ligne 2 a été modifiée",
    ),
    "deux lignes échangées": (
        """update journal set id = 1000002 where id = 2;
           update journal set id = 2 where id = 3;
           update journal set id = 3 where id = 1000002""",
        "la ligne 2 a été modifiée",
    ),
    "un numéro changé": ("update journal set id = 1000 where id = 4", "la ligne 4 a été supprimée"),
    "une ligne remplacée": (
        """delete from journal where id = 9;
           insert into journal (id, transaction, acteur, operation)
           values (9, 1, 'tous', 'creation')""",
        "la ligne 9 a été modifiée",
    ),
    "un sceau supprimé": ("delete from sceau where id = 2", "le sceau n° 2 a été supprimé"),
    "un sceau changé": (
        "update sceau set scelle_le = now() where id = 2",
        "le sceau n° 2",
    ),
    "une signature retirée": (
        "update sceau set signature = null where id = 1",
        "le sceau n° 1 (lignes 1 à ",
    ),
    "une purge inventée": (
        """delete from journal where id = (select min(id) from journal where operation = 'lecture');
           update sceau set purge_le = now()
           where id = (select min(id) from sceau where famille = 'lecture')""",
        "a été purgé avant l’heure",
    ),
}


@pytest.mark.parametrize("ordres, phrase", ALTERATIONS.values(), ids=ALTERATIONS)
def test_une_alteration_est_dite_a_sa_premiere_ligne(ordres, phrase, scelle, proprietaire):
    for ordre in ordres.split(";"):
        proprietaire(ordre)
    code, sortie = verifier(scelle)
    assert code == 1
    assert phrase in sortie


def refaire_la_chaine(proprietaire, jusqu_a: int = 1000) -> None:
    """What the owner can compute: the hashes of the lines, then of the seals."""
    for (numero,) in proprietaire(
        "select id from sceau where id <= :n order by id", n=jusqu_a
    ).all():
        proprietaire(
            "update sceau x set contenu = ("
            " select string_agg(acces.empreinte_ligne(j), ''::bytea order by j.id)"
            " from unnest(x.lignes) r join journal j on j.id >= lower(r) and j.id < upper(r))"
            " where id = :id",
            id=numero,
        )
        proprietaire(
            "update sceau x set empreinte = acces.empreinte_sceau("
            " x, (select empreinte from sceau where id = :id - 1)) where id = :id",
            id=numero,
        )


def test_qui_refait_toute_la_chaine_n_a_pas_la_signature(scelle, proprietaire):
    proprietaire("update journal set apres = '{}' where id = 5")
    refaire_la_chaine(proprietaire)
    code, sortie = verifier(scelle)
    assert code == 1
    assert "sa signature est fausse" in sortie


def test_un_sceau_refait_ne_s_accorde_plus_au_suivant(scelle, proprietaire):
    """Even where the signatures cannot be checked."""
    scelle.config["SECRET_KEY"] = "une autre clé que celle qui a signé"
    proprietaire("update journal set apres = '{}' where id = 5")
    refaire_la_chaine(proprietaire, jusqu_a=1)
    code, sortie = verifier(scelle)
    assert (code, "le sceau n° 2" in sortie) == (1, True)


def couper_la_fin(proprietaire, sceaux: int = 2) -> int:
    """Take away the last seals and their lines; return the number of the last one."""
    dernier = proprietaire("select max(id) from sceau").scalar()
    proprietaire(
        "delete from journal j using sceau s, unnest(s.lignes) r"
        " where s.id > :n and j.id >= lower(r) and j.id < upper(r)",
        n=dernier - sceaux,
    )
    proprietaire("delete from sceau where id > :n", n=dernier - sceaux)
    return dernier


def test_la_fin_coupee_se_voit_meme_apres_d_autres_sceaux(scelle, proprietaire):
    """The verification writes a line and seals it: what was noted before must not be forgotten."""
    dernier = couper_la_fin(proprietaire)
    for _ in range(2):
        code, sortie = verifier(scelle)
        assert code == 1
        assert (
            f"la fin du journal a été coupée : le sceau n° {dernier}, noté dans la base, n’y est "
            "plus" in sortie
        )


def test_tout_le_journal_enleve_se_voit(scelle, proprietaire):
    proprietaire("truncate journal, sceau")
    assert "la fin du journal a été coupée" in verifier(scelle)[1]


@pytest.fixture
def machines(scelle, deux_applications, tmp_path):
    """Two machines on the base, which note the last seal in the same folder."""
    autre = deux_applications[2]
    for app in (scelle, autre):
        app.config["REPERES"] = tmp_path
    return scelle, autre


def ecrire_et_sceller(app) -> None:
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        f.un_jeune()
        db.session.commit()
        sceau.sceller()


def test_deux_machines_ne_s_accusent_pas(machines):
    for app in (*machines, *machines):
        ecrire_et_sceller(app)
    for app in machines:
        code, sortie = verifier(app)
        assert code == 0, sortie
        assert "Il est noté dans la base et dans " in sortie


def test_une_machine_voit_coupee_la_fin_qu_une_autre_a_scellee(machines, proprietaire, tmp_path):
    """Even when whoever owns the base has set the mark of the base back too."""
    une, autre = machines
    ecrire_et_sceller(une)
    ecrire_et_sceller(autre)
    dernier = couper_la_fin(proprietaire)
    proprietaire("delete from acces.repere")
    for app in (une, autre, une):
        code, sortie = verifier(app)
        assert code == 1
        assert f"le sceau n° {dernier}, noté dans {tmp_path}" in sortie


def test_un_sceau_note_par_l_autre_machine_pendant_la_verification_n_accuse_personne(
    machines, monkeypatch
):
    """It is in no line that this verification reads."""
    une, autre = machines
    ecrire_et_sceller(une)

    def sceller_ailleurs(combien: int) -> None:
        ecrire_et_sceller(autre)

    with une.app_context():
        assert sceau.verifier(sceller_ailleurs).alteration is None


def test_qui_note_en_retard_ne_fait_pas_reculer_le_repere(machines, tmp_path):
    une, autre = machines
    ecrire_et_sceller(une)
    [fichier] = tmp_path.iterdir()
    en_retard = reperes.RepereDuSceau(**json.loads(fichier.read_text()))
    ecrire_et_sceller(autre)
    dernier = fichier.read_text()
    with une.app_context():
        reperes.noter_dehors(en_retard)
    assert json.loads(dernier)["numero"] > en_retard.numero
    assert fichier.read_text() == dernier


def test_sans_dossier_la_verification_dit_que_rien_n_est_note_hors_de_la_base(scelle):
    assert "TANDEM_REPERES nomme un dossier" in verifier(scelle)[1]


def test_une_base_restauree_oublie_ce_qui_etait_note_hors_d_elle_et_rien_d_autre(
    machines, tmp_path
):
    ecrire_et_sceller(machines[0])
    voisine = tmp_path / "journal-voisine.sceau"
    voisine.write_text("7 ab\n")
    with machines[0].app_context():
        sceau.oublier_le_repere()
    assert list(tmp_path.iterdir()) == [voisine], "another base's"


def test_une_ligne_glissee_dans_un_numero_perdu_est_vue(scelle, proprietaire):
    """A number that a rolled back transaction had taken is not free for a forger."""
    perdu = proprietaire("select nextval('journal_id_seq')").scalar()
    with scelle.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        for _ in range(
            2
        ):  # the second seal knows that no transaction under way may still hold that number
            f.un_jeune()
            db.session.commit()
            sceau.sceller()
    proprietaire(
        "insert into journal (id, transaction, acteur, operation)"
        " values (:id, 1, 'tous', 'creation')",
        id=perdu,
    )
    code, sortie = verifier(scelle)
    assert (code, f"la ligne {perdu} a été ajoutée après coup" in sortie) == (1, True)


def test_une_transaction_longue_ne_perd_pas_ses_lignes(scelle):
    """Its lines have lower numbers than lines sealed before it commits."""
    with scelle.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        with db.engine.connect() as longue:
            longue.execute(text("select set_config('app.acteur', 'tous', true)"))
            longue.execute(text("select acces.consigner('action', 'jeune')"))
            for _ in range(3):
                f.un_jeune()
                db.session.commit()
                sceau.sceller()
            longue.commit()
        sceau.sceller()  # that line alone is new
        f.un_jeune()
        db.session.commit()
        sceau.sceller()
    code, sortie = verifier(scelle)
    assert code == 0, sortie


def test_deux_qui_scellent_ensemble_ne_font_qu_une_chaine(scelle):
    with scelle.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        for _ in range(50):
            f.un_jeune()
        db.session.commit()

    def sceller_ailleurs():
        with scelle.app_context():
            sceau.sceller()

    ensemble = [threading.Thread(target=sceller_ailleurs) for _ in range(4)]
    for fil in ensemble:
        fil.start()
    for fil in ensemble:
        fil.join()
    code, sortie = verifier(scelle)
    assert code == 0, sortie


def test_beaucoup_de_lignes_font_plusieurs_sceaux(scelle, proprietaire, monkeypatch):
    monkeypatch.setattr(sceau, "LOT", 7)
    dernier = proprietaire("select max(id) from sceau").scalar()
    with scelle.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        for _ in range(30):
            f.un_jeune()
        db.session.commit()
        sceau.sceller()
    assert proprietaire(
        "select max(nombre), sum(nombre) from sceau where id > :id", id=dernier
    ).one() == (7, 30)
    assert verifier(scelle)[0] == 0


def test_l_application_ne_touche_pas_aux_sceaux(scelle):
    with scelle.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        for ordre in (
            "update sceau set nombre = 0",
            "delete from sceau",
            "truncate sceau",
            "insert into sceau (id) values (99)",
        ):
            with pytest.raises(DBAPIError) as erreur, db.session.begin_nested():
                db.session.execute(text(ordre))
            assert erreur.value.orig.sqlstate == "42501"
        db.session.execute(text("select acces.signer_sceau(1, 'x', 'y')"))
        assert db.session.scalar(text("select signature from sceau where id = 1")) != "y", (
            "a seal is signed once"
        )
        db.session.rollback()


def test_avec_une_autre_cle_le_journal_n_est_pas_dit_intact(scelle):
    """An unknown key may be that of whoever computed everything again."""
    scelle.config["SECRET_KEY"] = "une autre clé que celle qui a signé"
    code, sortie = verifier(scelle)
    assert (code, "SECRET_KEY d’origine" in sortie) == (1, True)


def test_apres_un_changement_de_cle_l_ancienne_verifie_ce_qu_elle_a_signe(scelle, tmp_path):
    ancienne = scelle.config["SECRET_KEY"]
    scelle.config["SECRET_KEY"] = "la nouvelle clé, tirée au hasard"
    assert verifier(scelle)[0] == 1
    fichier = tmp_path / "ancienne"
    fichier.write_text(f"{ancienne}\n")
    for _ in range(2):
        code, sortie = verifier(scelle, "--ancienne-cle", str(fichier))
        assert (code, INTACT in sortie) == (0, True), sortie
    assert scelle.config["ANCIENNES_CLES"] == (), "given for one run"


def test_les_consultations_de_plus_de_douze_mois_sont_purgees_et_le_journal_le_dit(
    scelle, proprietaire
):
    """Lines and seals are set back by fifteen months, sealed again as they would have been."""
    proprietaire(
        "update journal set le = le - interval '15 months' where id <= ("
        " select id from journal where operation = 'lecture' order by id offset 1 limit 1)"
    )
    proprietaire(
        "update sceau s set dernier_le = ("
        " select max(le) from unnest(s.lignes) r"
        " join journal j on j.id >= lower(r) and j.id < upper(r))"
    )
    refaire_la_chaine(proprietaire)
    with scelle.app_context():
        for numero, empreinte in proprietaire("select id, empreinte from sceau").all():
            proprietaire(
                "update sceau set signature = :s where id = :id",
                id=numero,
                s=sceau.signature(sceau.cle(), empreinte),
            )
        with db.engine.begin() as connexion:
            sceau.reprendre_les_reperes(connexion)
        lectures, autres = (
            proprietaire(f"select count(*) from journal where operation {op} 'lecture'").scalar()
            for op in ("=", "<>")
        )
        entretenir()
        entretenir()
        sceau.sceller()
    assert (
        proprietaire("select count(*) from journal where operation = 'lecture'").scalar()
        == lectures - 2
    )
    assert (
        proprietaire("select count(*) from journal where operation <> 'lecture'").scalar()
        == autres + 1
    )
    assert (
        proprietaire("select detail ->> 'lectures' from journal where operation = 'purge'").scalar()
        == "2"
    )
    code, sortie = verifier(scelle)
    assert code == 0, sortie
    assert "2 consultations de plus de douze mois ont été purgées" in sortie


def test_personne_ne_purge_avant_douze_mois(scelle, proprietaire):
    with scelle.app_context(), acces.acteur(acces.TOUS):
        assert db.session.scalar(text("select acces.purger_lectures(0)")) == 0
        db.session.rollback()
    assert proprietaire("select count(*) from journal where operation = 'lecture'").scalar() == 4


def test_une_requete_scelle_au_plus_une_fois_par_minute(scelle, proprietaire, monkeypatch):
    monkeypatch.setattr(sceau, "_prochain", 0.0)
    with scelle.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        f.un_jeune()
        db.session.commit()
    avant = proprietaire("select count(*) from sceau").scalar()
    client = scelle.test_client()
    for attendu in (avant + 1, avant + 1):
        client.get("/login/").close()
        assert proprietaire("select count(*) from sceau").scalar() == attendu
        with scelle.app_context(), acces.acteur(acces.TOUS, canal="essai"):
            f.un_jeune()
            db.session.commit()


A_SCELLER = """
    select count(*) from journal
    where not id <@ (select coalesce(range_agg(r), '{}') from sceau s, unnest(s.lignes) r)"""


def test_une_commande_seule_dans_son_processus_scelle_ce_qu_elle_a_ecrit(
    serveur_de_bases, deux_applications, scelle, proprietaire
):
    """A process that reads no other command: what seals does not hang on one of them."""
    avant = proprietaire("select count(*) from journal").scalar()
    ici = os.environ | serveur_de_bases.environnement(deux_applications[0])
    commande = [sys.executable, "-m", "flask", "--app", "app", "tandem", "mds", "lister"]
    rendu = subprocess.run(commande, env=ici, capture_output=True, text=True, check=False)
    assert (rendu.returncode, rendu.stderr) == (0, "")
    assert proprietaire("select count(*) from journal").scalar() > avant
    assert proprietaire(A_SCELLER).scalar() == 0


def test_une_commande_dont_le_sceau_est_refuse_a_fait_son_travail_et_le_dit(
    scelle, proprietaire, caplog
):
    proprietaire("revoke execute on function acces.sceller(int) from public, tandem_app")
    rendu = scelle.test_cli_runner().invoke(args=["tandem", "mds", "lister"])
    assert rendu.exit_code == 0, rendu.output
    assert proprietaire(A_SCELLER).scalar() > 0
    [dit] = [trace.getMessage() for trace in caplog.records]
    assert dit == ("the audit log could not be sealed: permission denied for function sceller")
