"""What the owner of the base falsifies, the command sees; what is legitimate, it calls intact."""

import json

import pytest
from sqlalchemy import text

from app import acces, journal, sorties_de_donnees
from app.acces import installe, sceau
from app.extensions import db
from app.sorties_de_donnees import FichierSorti
from tests import autorite_d_horodatage, serveur_smtp
from tests import factories as f
from tests.connexions import ouvrir_session
from tests.falsifications import DES_FICHES, DES_LIGNES, DES_REGLES, SANS_SCEAU, Copie, Proprietaire
from tests.serveurs import port_libre

INTACT = "Le journal est intact"


@pytest.fixture(scope="module")
def base_vecue(serveur_de_bases):
    """A base where people worked, its audit log in several seals; nobody changes it."""
    nom = serveur_de_bases.creer(serveur_de_bases.modele)
    app = serveur_de_bases.application(nom)
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        compte = f.un_compte("COORDONNATEUR", "ART").id
        f.un_compte("SLAI", "ART")
        f.un_partenaire()
        for _ in range(3):
            jeune = f.un_jeune()
            f.une_alerte(jeune), f.une_mesure(jeune), f.un_binome(jeune), f.une_rencontre(jeune)
            db.session.commit()
            jeune.telephone = "06 39 98 00 00"
            journal.consigner("lecture", table="jeune", cle=jeune.id, jeune_id=jeune.id)
            sorties_de_donnees.noter(FichierSorti("Liste", "jeune", 1, [jeune.id]))
            db.session.commit()
            sceau.sceller()
        f.un_envoi(envoye=True), f.un_compte_rendu()
        db.session.commit()
        sceau.sceller()
    ouvrir_session(app.test_client(), compte)
    serveur_de_bases.fermer(nom)
    yield nom
    serveur_de_bases.supprimer(nom)


@pytest.fixture(scope="module")
def app_falsifiee(serveur_de_bases, base_vecue, tmp_path_factory):
    """A copy of that base, and the mark of its own outside it."""
    nom = serveur_de_bases.creer(base_vecue)
    app = serveur_de_bases.application(nom)
    app.config["REPERES"] = tmp_path_factory.mktemp("reperes")
    with app.app_context():
        for _ in range(2):  # the second seal knows that the file is there
            with acces.acteur(acces.TOUS, canal="essai"):
                journal.consigner("recherche")
                db.session.commit()
            sceau.sceller()
    yield app
    serveur_de_bases.supprimer(nom)


@pytest.fixture(scope="module")
def copie(app_falsifiee):
    [repere] = app_falsifiee.config["REPERES"].iterdir()
    return Copie.prendre(app_falsifiee, repere)


@pytest.fixture
def scelle(app_falsifiee, copie):
    copie.remettre()
    return app_falsifiee


def verifier(app, *options: str) -> tuple[int, str]:
    resultat = app.test_cli_runner().invoke(args=["tandem", "verifier-journal", *options])
    assert resultat.exception is None or isinstance(resultat.exception, SystemExit)
    return resultat.exit_code, resultat.output


def test_tel_qu_il_est_le_journal_est_intact(scelle):
    for _ in range(2):
        code, sortie = verifier(scelle)
        assert (code, INTACT in sortie) == (0, True), sortie


FALSIFICATIONS = DES_LIGNES | SANS_SCEAU


@pytest.mark.parametrize("ordres, phrase", FALSIFICATIONS.values(), ids=FALSIFICATIONS)
def test_une_falsification_est_dite_avec_ce_qu_il_faut_faire(ordres, phrase, scelle):
    Proprietaire.de(scelle)(ordres)
    code, sortie = verifier(scelle)
    assert code == 1, sortie
    assert phrase in sortie
    assert "À faire : " in sortie


@pytest.mark.parametrize(
    "ecrit",
    [
        lambda dit: "",
        lambda dit: "{}",
        lambda dit: f"{dit['numero']} {dit['empreinte']}\n",
        lambda dit: json.dumps(dit | {"numero": 1}),
        lambda dit: json.dumps(dit | {"signature": ""}),
        lambda dit: json.dumps(dit | {"base": "autre"}),
    ],
    ids=["vide", "sans rien", "d’une autre forme", "reculé", "sans signature", "d’une autre base"],
)
def test_le_repere_du_dossier_change_se_voit(ecrit, scelle, copie):
    copie.repere.write_text(ecrit(json.loads(copie.octets)))
    assert verifier(scelle)[0] == 1


def test_le_repere_du_dossier_efface_se_voit_et_continue_de_se_voir(scelle, copie):
    copie.repere.unlink()
    for _ in range(2):
        code, sortie = verifier(scelle)
        assert (code, f"le repère de {copie.repere} a disparu" in sortie) == (1, True)
    assert verifier(scelle, "--apres-restauration", "dossier perdu avec son disque")[0] == 0
    assert verifier(scelle)[0] == 0


def test_les_fiches_changees_pendant_que_les_declencheurs_dorment(
    serveur_de_bases, base_vecue, monkeypatch
):
    nom = serveur_de_bases.creer(base_vecue)
    app = serveur_de_bases.application(nom)
    Proprietaire.de(app, administrateur=True)(
        "set session_replication_role = replica", *(ordres for ordres, _ in DES_FICHES.values())
    )
    code, sortie = verifier(app)
    serveur_de_bases.supprimer(nom)
    assert code == 1
    assert [nom for nom, (_, phrase) in DES_FICHES.items() if phrase not in sortie] == [], sortie


def test_les_regles_de_la_base_touchees_se_voient_une_par_une(
    serveur_de_bases, base_vecue, monkeypatch
):
    monkeypatch.setattr(installe, "NOMMES", 1000)
    nom = serveur_de_bases.creer(base_vecue)
    app = serveur_de_bases.application(nom)
    administrateur = Proprietaire.de(app, administrateur=True)
    try:
        administrateur(*(ordres for ordres, _ in DES_REGLES.values()))
        with app.app_context():
            vues = " ".join(map(str, sceau.verifier().alterations))
    finally:
        administrateur(
            "alter role tandem_app nobypassrls",
            "alter role tandem_app reset search_path",
            "drop role if exists fantome, fantome2",
        )
        serveur_de_bases.supprimer(nom)
    assert [nom for nom, (_, phrase) in DES_REGLES.items() if phrase not in vues] == [], vues


def test_ce_qui_est_legitime_reste_intact(serveur_de_bases, tmp_path):
    """A demonstration, its transfers, fusions and undone acts; a change of key; an upgrade."""
    nom = serveur_de_bases.creer(serveur_de_bases.modele)
    app = serveur_de_bases.application(nom)
    app.config["REPERES"] = tmp_path
    executer = app.test_cli_runner().invoke
    assert executer(args=["tandem", "demo", "--jeunes", "40"]).exit_code == 0
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        jeune = f.un_jeune("ART", contact_le=None)
        f.une_mesure(jeune), f.un_binome(jeune)
        db.session.commit()
        db.session.execute(
            text("update jeune set mds_id = :lens where id = :id"),
            {"lens": f.numero_mds("LLI"), "id": jeune.id},
        )
        db.session.execute(text("update jeune set nom = nom where id = :id"), {"id": jeune.id})
        db.session.commit()
    assert executer(args=["tandem", "init"]).exit_code == 0
    assert executer(args=["tandem", "entretien"]).exit_code == 0
    code, sortie = verifier(app)
    ancienne = app.config["SECRET_KEY"]
    app.config["SECRET_KEY"] = "la clé d’après, tirée au hasard"
    app.config["ANCIENNES_CLES"] = (ancienne,)
    suite = verifier(app)
    serveur_de_bases.supprimer(nom)
    assert (code, INTACT in sortie) == (0, True), sortie
    assert suite[0] == 0, suite[1]


def test_ce_que_quelqu_un_a_touche_se_lit_encore_apres_init(serveur_de_bases, base_vecue):
    """Putting the rules right must not hide that they were not."""
    nom = serveur_de_bases.creer(base_vecue)
    app = serveur_de_bases.application(nom)
    Proprietaire.de(app)("alter table jeune disable trigger journal_update")
    assert verifier(app)[0] == 1
    assert app.test_cli_runner().invoke(args=["tandem", "init"]).exit_code == 0
    code, sortie = verifier(app)
    touches = Proprietaire.de(app).lire(
        "select detail ->> 'touches' from journal where operation = 'regles_remises'"
    )
    serveur_de_bases.supprimer(nom)
    assert code == 0, sortie
    assert "le déclencheur journal_update de public.jeune" in touches


def test_une_sauvegarde_dont_le_journal_a_ete_altere_ne_revient_pas(
    serveur_de_bases, base_vecue, tmp_path
):
    """The marks are signed anew after a restoration: nothing altered may be signed with them."""
    nom = serveur_de_bases.creer(base_vecue)
    app = serveur_de_bases.application(nom)
    Proprietaire.de(app)("update journal set login = 'x' where id = 7")
    fichier = str(tmp_path / "falsifiee.sauvegarde")
    assert app.test_cli_runner().invoke(args=["tandem", "sauvegarder", fichier]).exit_code == 0
    serveur_de_bases.supprimer(nom)
    vide = serveur_de_bases.creer()
    autre = serveur_de_bases.application(vide)
    rendu = autre.test_cli_runner().invoke(args=["tandem", "restaurer", fichier])
    assert (rendu.exit_code, "la ligne 7 a été modifiée" in rendu.output) == (1, True), rendu.output
    assert "la base est de nouveau vide" in rendu.output
    restent = Proprietaire.de(autre).lire(
        "select count(*) from pg_tables where schemaname = 'public'"
    )
    malgre = ["--malgre-le-journal", "la seule qui nous reste"]
    rendu = autre.test_cli_runner().invoke(args=["tandem", "restaurer", fichier, *malgre])
    dit = Proprietaire.de(autre).lire(
        "select detail::text from journal where detail ->> 'commande' = 'restaurer'"
    )
    ensuite = verifier(autre)
    serveur_de_bases.supprimer(vide)
    assert restent == 0
    assert rendu.exit_code == 0, rendu.output
    assert "la seule qui nous reste" in dit and "la ligne 7 a été modifiée" in dit
    assert ensuite[0] == 1, "it goes on being told"


def test_le_sceau_du_jour_part_par_courriel_une_fois(scelle, monkeypatch):
    port = port_libre()
    monkeypatch.setitem(scelle.config, "SMTP", serveur_smtp.reglages(port))
    monkeypatch.setitem(scelle.config, "ANCRE_COURRIEL", "dpo@example.org")
    boite = serveur_smtp.Boite()
    code, sortie = verifier(scelle)
    assert (code, "n’a pas pu être déposé" in sortie) == (1, True), "the mail server is down"
    with serveur_smtp.servir(boite, port):
        for _ in range(2):
            code, sortie = verifier(scelle)
            assert (code, "déposé par courriel à dpo@example.org" in sortie) == (0, True), sortie
    [recu] = boite.textes("dpo@example.org")
    connu = recu.rpartition("--sceau ")[2].strip()
    assert verifier(scelle, "--sceau", connu)[0] == 0
    code, sortie = verifier(scelle, "--sceau", connu[:-1] + "x")
    assert (code, "noté ailleurs, n’est pas dans le journal" in sortie) == (1, True)
    Proprietaire.de(scelle)("delete from acces.ancre")
    code, sortie = verifier(scelle)
    assert (code, "le dépôt n° 1 d’un sceau a été effacé" in sortie) == (1, True)


def test_le_sceau_du_jour_est_horodate_par_une_autorite(scelle, monkeypatch, tmp_path):
    racine = autorite_d_horodatage.preparer(tmp_path)
    monkeypatch.setitem(scelle.config, "ANCRE_AUTORITE", racine)
    proprietaire = Proprietaire.de(scelle)
    with autorite_d_horodatage.servir(tmp_path) as adresse:
        monkeypatch.setitem(scelle.config, "ANCRE_HORODATAGE", adresse)
        code, sortie = verifier(scelle)
        assert (code, f"à l’autorité d’horodatage {adresse}" in sortie) == (0, True), sortie
        assert verifier(scelle)[0] == 0
    avant = proprietaire.lire("select jeton from acces.ancre")
    for ordre, phrase in (
        ("update acces.ancre set jeton = set_byte(jeton, 300, 0)", "l’horodatage du sceau"),
        ("update acces.ancre set sceau = sceau - 1", "n’est plus dans le journal"),
    ):
        proprietaire(ordre)
        code, sortie = verifier(scelle)
        assert (code, phrase in sortie) == (1, True), sortie
        with proprietaire.ouvrir() as connexion:
            connexion.execute("update acces.ancre set jeton = %s", (avant,))
