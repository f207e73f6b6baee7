"""The audit log: one line a row changed, written by the base, whatever the table and the channel;
nothing alters it."""

import json
import re
from collections import Counter
from datetime import datetime

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from werkzeug.security import generate_password_hash

from app import acces, journal
from app.acces.installation import declencheurs_de, est_auditee
from app.extensions import db
from app.models import LISTES, Compte, Evenement, Jeune, Mds, Service
from app.regles.age import aujourd_hui
from config import RACINE
from tests import factories as f
from tests.connexions import ouvrir_session, poster
from tests.factories import ECRITES_UNE_FOIS, FABRIQUES

FERMEES = {t for t in db.metadata.tables if t.startswith("ab_")} - {"ab_user"}
"""Tables of Flask-AppBuilder that nobody writes."""
JOURNALISEES = sorted(t for t in db.metadata.tables if est_auditee(t) and t not in FERMEES)
MODIFIABLES = [t for t in JOURNALISEES if t not in {"transfert", *ECRITES_UNE_FOIS}]
CHANGEMENTS = {
    "jeune": "telephone",
    "rattachement": "au",
    "accompagnement": "au",
    "mesure": "au",
    "binome": "au",
    "alerte": "signalee_par",
    "rencontre": "compte_rendu",
    "etape": "motif",
    "situation": "confirmee_le",
    "frein": "precision",
    "enquete": "repondue_le",
    "mobilisation": "dispositif",
    "decision": "echeance_le",
    "action_collective": "description",
    "instance": "compte_rendu",
    "participant": "fonction",
    "partenaire": "interlocuteur",
    "contact": "fonction",
    "habilitation": "motif",
    "poste": "au",
    "convention": "observations",
    "versement": "le",
    "objectif": "observations",
    "texte_bilan": "recit",
    "service": "courriel",
    "mds": "nom",
    "ab_user": "first_name",
    "authentification": "oidc_sujet",
    "envoi": "verifie_par",
    "invitation": "creee_par",
    "fusion": "code_absorbe",
    "distinction": "code_autre",
    "conservation": "motif",
    "demande_personne": "code_dossier",
    "reglage_mds": "plafond_lignes",
}
"""A field of each table that any text, or today, may fill. A transfer is never changed by hand
(``test_transfert``)."""
AUTRES = {
    "poste": lambda _: f.un_poste(),
    "convention": lambda _: f.une_convention(),
    "versement": lambda _: f.un_versement(),
    "fusion": lambda _: f.une_fusion(),
    "distinction": lambda _: f.une_distinction(),
    "conservation": lambda _: f.une_conservation(),
    "objectif": lambda _: f.un_objectif(),
    "ab_user": lambda _: f.un_compte(),
    "acte_a_deux": lambda _: f.un_acte_a_deux(),
    "mds": lambda _: _garder(Mds(code=f"Z{f.un_jeune().id % 90:02d}", nom="Essai")),
    "service": lambda _: _garder(Service(type="AUTRE", nom=f"Essai {f.un_jeune().id}")),
}


def _garder(objet):
    db.session.add(objet)
    db.session.flush()
    return objet


BIEN_FORMEES = {"telephone": "06 39 98 00 07", "courriel": "change@exemple.fr"}
"""Of the fields that do not take any text."""


def creer(table: str):
    """A record made by the ORM, and its key."""
    if table in LISTES:
        objet = _garder(LISTES[table](code=f"E{f.un_jeune().id}", libelle="Essai", ordre=99))
        return objet, objet.code
    if table == "authentification":
        from app.models import Authentification

        objet = _garder(
            Authentification(
                compte_id=f.un_compte().id,
                totp_secret="JBSWY3DPEHPK3PXP",
                codes_secours=["secret-1"],
            )
        )
        return objet, objet.id
    objet = (FABRIQUES.get(table) or AUTRES[table])("ART")
    return objet, objet.id


def champ(table: str) -> str:
    """A field that any text, or today, may fill: of a noun that nobody names here, the first."""
    if table in LISTES:
        return "libelle"
    return CHANGEMENTS.get(table) or f.champ_a_changer(table)


def valeur(table: str):
    if champ(table) in BIEN_FORMEES:
        return BIEN_FORMEES[champ(table)]
    genre = db.metadata.tables[table].c[champ(table)].type.python_type.__name__
    return {"date": aujourd_hui(), "int": 12}.get(genre, "Changé")


def cle(table: str) -> str:
    return "code" if table in LISTES else "id"


def lignes(table: str, numero, operation: str | None = None) -> list[Evenement]:
    db.session.flush()
    requete = (
        select(Evenement)
        .where(Evenement.table_nom == table, Evenement.cle == str(numero))
        .order_by(Evenement.id)
    )
    return list(
        db.session.scalars(
            requete if operation is None else requete.where(Evenement.operation == operation)
        )
    )


def test_chaque_table_est_suivie(session):
    """A table added without its audit log fails here."""
    suivies = set(
        session.scalars(
            text(
                "select tgrelid::regclass::text from pg_trigger where tgname in"
                " ('journal_insert', 'journal_update', 'journal_delete')"
                " and tgfoid = 'acces.journaliser'::regproc and tgenabled = 'O' group by 1"
                " having count(*) = 3"
            )
        )
    )
    assert set(JOURNALISEES) <= suivies, (
        "see declencheurs_de in app/acces/installation.py, « auditee » on the models"
    )
    assert set(CHANGEMENTS) <= set(JOURNALISEES)


def test_aucun_declencheur_n_en_remplace_un_autre(session):
    """Of two triggers of one name on a table, the base keeps the last one, without a word."""
    ecrits = (RACINE / "app" / "acces" / "declencheurs.sql").read_text(encoding="utf-8")
    noms = re.findall(r"acces\.declencheur\('(\w+)', '(\w+)'", ecrits)
    noms += [(d.table, d.nom) for table in db.metadata.tables for d in declencheurs_de(table)]
    assert ("agent", "version") in noms and ("agent", "compte") in noms
    assert [nom for nom, fois in Counter(noms).items() if fois > 1] == []


@pytest.mark.parametrize("table", JOURNALISEES)
def test_une_creation_laisse_une_ligne(table, session):
    debut = session.scalar(select(func.now()))
    acces.agir_pour(
        acces.TOUS, canal="ecran", adresse="192.0.2.7", requete="abc123", motif="Essai de la trace"
    )
    objet, numero = creer(table)
    (ligne,) = lignes(table, numero)
    assert (ligne.operation, ligne.acteur, ligne.canal, ligne.adresse) == (
        "creation",
        "tous",
        "ecran",
        "192.0.2.7",
    )
    assert (ligne.requete, ligne.motif, ligne.avant) == ("abc123", "Essai de la trace", None)
    dits = set(ligne.detail or ())
    assert dits == ({"hash"} if table == "ab_user" else set()), "of a password, its hash’s hash"
    assert debut <= ligne.le <= session.scalar(select(func.clock_timestamp()))
    assert ligne.jeune_id == (objet.id if table == "jeune" else getattr(objet, "jeune_id", None))
    assert ligne.mds_id == getattr(objet, "mds_id", None)
    assert ligne.apres[cle(table)] == numero
    assert not {
        "version",
        "cle",
        "nom_tri",
        "recherche",
        "password",
        "totp_secret",
        "codes_secours",
    } & set(ligne.apres)
    acces.agir_pour(acces.TOUS, canal="essai", adresse="", requete="", motif="")


@pytest.mark.parametrize("table", MODIFIABLES)
def test_une_modification_dit_l_avant_et_l_apres(table, session):
    objet, numero = creer(table)
    avant = getattr(objet, champ(table))
    setattr(objet, champ(table), valeur(table))
    (ligne,) = lignes(table, numero, "modification")
    assert ligne.avant == {champ(table): str(avant) if avant is not None else None}
    assert {nom: str(dit) for nom, dit in ligne.apres.items()} == {champ(table): str(valeur(table))}
    assert ligne.jeune_id == (objet.id if table == "jeune" else getattr(objet, "jeune_id", None))


@pytest.mark.parametrize("table", MODIFIABLES)
def test_un_changement_en_masse_laisse_une_ligne_par_fiche_et_rien_quand_rien_ne_change(
    table, session
):
    numeros = [creer(table)[1] for _ in range(3)]
    ordre = text(f"update {table} set {champ(table)} = :valeur where {cle(table)} = any(:numeros)")
    for attendu in (1, 1):  # the second time, the same value
        session.execute(ordre, {"valeur": valeur(table), "numeros": numeros})
        assert [len(lignes(table, n, "modification")) for n in numeros] == [attendu] * 3
    assert len({ligne.transaction for n in numeros for ligne in lignes(table, n)}) == 1


@pytest.mark.parametrize(
    "table",
    [
        t
        for t in JOURNALISEES
        if t not in {*LISTES, *ECRITES_UNE_FOIS, "mds", "service", "ab_user", "habilitation"}
    ],
)
def test_une_suppression_garde_ce_qui_etait(table, session):
    objet, numero = creer(table)
    session.expire(objet)
    session.execute(text(f"delete from {table} where id = :id"), {"id": numero})
    creation, suppression = lignes(table, numero)
    assert suppression.operation == "suppression"
    assert (suppression.apres, suppression.avant) == (None, creation.apres)
    assert (suppression.jeune_id, suppression.mds_id) == (creation.jeune_id, creation.mds_id)


def test_une_insertion_qui_devient_une_modification_laisse_sa_ligne(session):
    mesure = f.une_mesure()
    ordre = text(
        "insert into mesure (jeune_id, mds_id, type_code, du, au) select jeune_id, mds_id,"
        " type_code, du, current_date from mesure"
        " where id = :id on conflict (jeune_id, du, type_code) do update set au = excluded.au"
    )
    session.execute(ordre, {"id": mesure.id})
    assert [ligne.operation for ligne in lignes("mesure", mesure.id)] == [
        "creation",
        "modification",
    ]


def test_ce_qui_est_annule_ne_laisse_rien(session):
    jeune = f.un_jeune()
    session.commit()
    with pytest.raises(ZeroDivisionError), session.begin_nested():
        jeune.nom = "Perdu"
        session.flush()
        raise ZeroDivisionError
    assert lignes("jeune", jeune.id, "modification") == []
    numero = f.un_jeune().id
    session.rollback()
    assert lignes("jeune", numero) == []


def test_un_compte_signe_ses_lignes(session):
    agent, jeune = f.un_compte("COORDONNATEUR", "ART", username="nour.d"), f.un_jeune()
    session.commit()
    numero = jeune.id
    with acces.acteur(agent.id, canal="ecran"):
        db.session.get(Jeune, numero).telephone = "06 39 98 00 01"
        db.session.commit()
    (ligne,) = lignes("jeune", numero, "modification")
    assert (ligne.acteur, ligne.login, ligne.canal) == (str(agent.id), "nour.d", "ecran")


def test_un_mot_de_passe_ne_se_lit_jamais_dans_le_journal(session):
    compte = f.un_compte()
    compte.password = generate_password_hash("un autre mot de passe", "pbkdf2:sha256:1000")
    objet, _ = creer("authentification")
    objet.totp_secret = "GEZDGNBVGY3TQOJQ"
    session.flush()
    tout = session.scalar(text("select string_agg(j::text, ' ') from journal j"))
    for secret in ("pbkdf2", "scrypt", "JBSWY3DPEHPK3PXP", "GEZDGNBVGY3TQOJQ", "secret-1"):
        assert secret not in tout
    assert [ligne.operation for ligne in lignes("ab_user", compte.id)] == [
        "creation",
        "mot_de_passe",
    ]
    compte.last_login = datetime(2026, 1, 5, 9, 30)
    compte.login_count = 4
    assert len(lignes("ab_user", compte.id)) == 2, "signing in changes nothing that people decided"


def test_un_transfert_se_dit_en_une_ligne_pas_une_par_fiche(session):
    jeune = f.un_jeune("ART")
    f.une_alerte(jeune), f.une_mesure(jeune), f.un_binome(jeune)
    numero, lens = jeune.id, f.numero_mds("LLI")
    avant = session.scalar(text("select max(id) from journal"))
    session.execute(
        text("update jeune set mds_id = :mds where id = :id"), {"mds": lens, "id": numero}
    )
    assert (
        session.scalar(
            text("select count(*) from alerte where jeune_id = :id and mds_id = :mds"),
            {"id": numero, "mds": lens},
        )
        == 1
    )
    ecrites = session.execute(
        text("select table_nom, operation, apres, mds_id, jeune_id from journal where id > :id"),
        {"id": avant},
    ).all()
    assert ecrites == [("jeune", "modification", {"mds_id": lens}, lens, numero)]


# Channels


def test_un_ecran_laisse_sa_ligne(app, client):
    with app.app_context(), acces.acteur(acces.TOUS):
        agent, jeune = (
            f.un_compte("REFERENT_SEF", "ART"),
            f.un_jeune("ART", telephone="06 39 98 00 00"),
        )
        db.session.commit()
        qui, login, numero = agent.id, agent.username, jeune.id
    ouvrir_session(client, qui)
    envoi = poster(
        client,
        f"/alertes/ajouter?jeune={numero}",
        {"jeune_id": numero, "motif_code": "FUGUE", "du": aujourd_hui().isoformat()},
    )
    assert envoi.status_code == 302, envoi.text
    with app.app_context(), acces.acteur(acces.TOUS):
        requete = select(Evenement).where(
            Evenement.table_nom == "alerte", Evenement.jeune_id == numero
        )
        (ligne,) = db.session.scalars(requete)
        assert (ligne.acteur, ligne.login, ligne.canal, ligne.adresse) == (
            str(qui),
            login,
            "ecran",
            "127.0.0.1",
        )
        assert ligne.requete
        assert ligne.apres["motif_code"] == "FUGUE"
        db.session.rollback()


def test_une_commande_laisse_ses_lignes(app):
    arguments = [
        "tandem",
        "administrateur",
        "maud",
        "--prenom",
        "Maud",
        "--nom",
        "Sailliot",
        "--courriel",
        "maud@example.org",
    ]
    assert app.test_cli_runner().invoke(args=arguments).exit_code == 0
    with app.app_context(), acces.acteur(acces.TOUS):
        numero = db.session.scalar(select(Compte.id).where(Compte.username == "maud"))
        (ligne,) = lignes("ab_user", numero, "creation")
        assert (ligne.acteur, ligne.canal) == ("tous", "commande")
        commande = db.session.scalars(
            select(Evenement).where(Evenement.operation == "commande").order_by(Evenement.id.desc())
        ).first()
        assert commande.detail["options"] == {"compte": "maud"}
        db.session.rollback()


def test_consigner_ajoute_ce_qu_aucune_table_ne_montre(session):
    jeune = f.un_jeune("ART")
    journal.consigner(
        "lecture", table="jeune", cle=jeune.id, jeune_id=jeune.id, detail={"page": "dossier"}
    )
    (ligne,) = lignes("jeune", jeune.id, "lecture")
    assert (ligne.jeune_id, ligne.mds_id, ligne.detail) == (
        jeune.id,
        jeune.mds_id,
        {"page": "dossier"},
    )
    assert (ligne.avant, ligne.apres) == (None, None)
    journal.consigner("recherche")
    assert (
        session.scalars(select(Evenement.operation).order_by(Evenement.id.desc()).limit(1)).one()
        == "recherche"
    )


@pytest.mark.parametrize(
    "operation",
    [
        "creation",
        "modification",
        "suppression",
        "mot_de_passe",
        "connexion",
        "deconnexion",
        "purge",
        "export",
        "ancre",
        "regles_remises",
    ],
)
def test_consigner_n_imite_pas_ce_que_la_base_ecrit(operation, session):
    with pytest.raises(DBAPIError, match="only the base writes this line"), session.begin_nested():
        journal.consigner(operation, table="jeune", cle=1)


@pytest.mark.parametrize(
    "ordre",
    [
        "update journal set login = 'x'",
        "delete from journal",
        "truncate journal",
        "insert into journal default values",
    ],
)
def test_l_application_ne_touche_pas_au_journal(ordre, session):
    with pytest.raises(DBAPIError) as erreur, session.begin_nested():
        session.execute(text(ordre))
    assert erreur.value.orig.sqlstate == "42501"


def test_le_journal_d_un_jeune_se_lit_en_json(session):
    """Values keep their type: a number stays a number, a date its ISO form, a yes a yes."""
    situation = f.une_situation(maintien_6_mois=True)
    (ligne,) = lignes("situation", situation.id)
    assert ligne.apres["maintien_6_mois"] is True
    assert ligne.apres["observee_le"] == situation.observee_le.isoformat()
    assert json.dumps(ligne.apres)
