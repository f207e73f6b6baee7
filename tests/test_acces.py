"""The wall, at its own level: plain SQL as the application's role. No screen, no model, no filter
stands in between."""

import json
import re
from contextlib import contextmanager

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from app import acces
from app.acces.installation import installer
from app.extensions import db
from app.models import LISTES, catalogue
from app.models.declaration import Forme
from app.roles import ROLES
from tests import factories as f
from tests.factories import ECRITES_UNE_FOIS, FABRIQUES

TABLES = sorted(db.metadata.tables)
ICI, AILLEURS, TIERS = "ART", "ARR", "TER"
DU_JEUNE = [t for t in FABRIQUES if "jeune_id" in db.metadata.tables[t].c]
PARENTS = [
    *(
        (table, colonne)
        for table, classe in catalogue.noms().items()
        for colonne in catalogue.parents_a_voir(classe.__table__)
    ),
    ("contact", "partenaire_id"),
    ("participant", "instance_id"),
]
LUES_SEULEMENT = {"transfert", "demande_personne"}
"""What a responsable reads and never changes: a transfer is answered, the register of requests is
the DPO's."""
INEXISTANT = 2_000_000_000
NON_CLOISONNEES = {
    *catalogue.de_forme(Forme.REFERENCE, Forme.DEPARTEMENTAL, Forme.PERSONNEL),
    *(t for t in TABLES if t.startswith("ab_")),
    "role",
    "droit",
    "journal",
    "sceau",
    "authentification",
    "session_ouverte",
    "tentative",
    "reponse_confiee",
    "fusion",
    "distinction",
    "conservation",
    "correspondance",
    "sortie_de_donnees",
    "part_de_sortie",
    "acte_a_deux",
}
"""What belongs to no MDS: code lists, means of the Département, accounts, the audit log.

Each has its own tests.
"""


@pytest.fixture(scope="module")
def decor(app):
    """For each table a row here and one elsewhere; accounts. Numbers only: the tests speak SQL."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        lignes = {t: (faire(ICI).id, faire(AILLEURS).id) for t, faire in FABRIQUES.items()}
        comptes = {
            role: f.un_compte(role, None if role in ("DPID", "DPO", "ADMINISTRATEUR") else ICI).id
            for role in ROLES
        }
        comptes["double"] = f.un_compte("RESPONSABLE", ICI).id
        f.une_habilitation(db.session.get(f.Compte, comptes["double"]), "SLAI", TIERS)
        comptes["tiers"] = f.un_jeune(TIERS).id
        comptes["finie"] = f.un_compte("RESPONSABLE", ICI, du=f.il_y_a(30), au=f.il_y_a(1)).id
        comptes["future"] = f.un_compte("RESPONSABLE", ICI, du=f.dans(1)).id
        comptes["ferme"] = f.un_compte("RESPONSABLE", ICI, active=False).id
        comptes["sans_role"] = f.un_compte().id
        f.une_instance("COPIL", None), f.un_partenaire(()), f.un_poste(), f.un_versement()
        db.session.commit()
    return {"lignes": lignes, **comptes}


@pytest.fixture(scope="module")
def moteur(app):
    moteur = create_engine(app.config["SQLALCHEMY_DATABASE_URI"])
    yield moteur
    moteur.dispose()


@pytest.fixture(scope="module")
def proprietaire(app):
    moteur = create_engine(app.config["DATABASE_OWNER_URL"])
    yield moteur
    moteur.dispose()


@pytest.fixture
def agir(moteur):
    """``with agir(numero) as c:`` — a transaction of the application's role, told who acts,
    forgotten at the end."""

    @contextmanager
    def ouvrir(acteur: int | str, **reglages: str):
        with moteur.connect() as connexion:
            for nom, valeur in {"acteur": str(acteur), **reglages}.items():
                connexion.execute(
                    text("select set_config(:nom, :valeur, true)"),
                    {"nom": f"app.{nom}", "valeur": valeur},
                )
            yield connexion
            connexion.rollback()

    return ouvrir


@pytest.fixture
def responsable(agir, decor):
    """The widest rights there are in one MDS: what this account cannot do elsewhere, nobody of this
    MDS can."""
    with agir(decor["RESPONSABLE"]) as connexion:
        yield connexion


def nombre(connexion, suite: str, **valeurs) -> int:
    return connexion.scalar(text(f"select count(*) from {suite}"), valeurs)


def touchees(connexion, ordre: str, **valeurs) -> int:
    return connexion.execute(text(ordre), valeurs).rowcount


def refus(connexion, ordre: str, **valeurs) -> tuple[str, str]:
    """The code and the words of a refusal, without the numbers that were asked for."""
    with pytest.raises(DBAPIError) as erreur, connexion.begin_nested():
        connexion.execute(text(ordre), valeurs)
        connexion.execute(text("set constraints all immediate"))
    diagnostic = erreur.value.orig.diag
    return diagnostic.sqlstate, re.sub(
        r"\d+", "n", f"{diagnostic.message_primary} {diagnostic.message_detail}"
    )


def ligne(proprietaire, table: str, numero: int) -> dict:
    """A row as the owner sees it, without what the base gives."""
    with proprietaire.connect() as connexion:
        lue = connexion.scalar(
            text(f"select to_jsonb(t) from {table} t where id = :id"), {"id": numero}
        )
    return {
        c: v
        for c, v in lue.items()
        if c not in ("id", "version", "cle", "nom_tri", "recherche", "classeur_hash")
    }


def inserer(table: str, valeurs: dict) -> tuple[str, dict]:
    colonnes = ", ".join(valeurs)
    ordre = (
        f"insert into {table} ({colonnes}) select {colonnes} from"
        f" json_populate_record(null::{table}, cast(:j as json))"
    )
    return ordre, {"j": json.dumps(valeurs)}


def mds(proprietaire, code: str) -> int:
    with proprietaire.connect() as connexion:
        return connexion.scalar(text("select id from mds where code = :code"), {"code": code})


# Every table is behind the wall


def test_chaque_table_est_derriere_le_mur(proprietaire):
    with proprietaire.connect() as connexion:
        nues = connexion.scalars(
            text(
                "select relname from pg_class c where relnamespace = 'public'::regnamespace and"
                " relkind in ('r', 'p', 'v', 'm')"
                " and relname <> 'alembic_version' and not (relrowsecurity and relforcerowsecurity"
                " and exists (select from pg_policy where polrelid = c.oid and polname ="
                " 'proprietaire'))"
            )
        ).all()
        presentes = connexion.scalars(
            text("select table_name from information_schema.tables where table_schema = 'public'")
        ).all()
    assert not nues, f"no policy for {nues}: write a line for each in app/acces/politiques.sql"
    assert sorted(set(presentes) - {"alembic_version"}) == TABLES


def test_chaque_table_d_une_mds_est_eprouvee_ici():
    oubliees = set(TABLES) - set(FABRIQUES) - NON_CLOISONNEES
    assert not oubliees, (
        f"{oubliees}: add to FABRIQUES (a row of an MDS) or to NON_CLOISONNEES, in"
        " tests/test_acces.py"
    )


def test_une_table_nouvelle_sans_politique_arrete_la_mise_a_niveau(proprietaire):
    with proprietaire.connect() as connexion:
        connexion.execute(text("create table nouvelle (id int primary key, jeune_id int)"))
        with pytest.raises(
            RuntimeError, match=r"add its line to app/acces/politiques\.sql: nouvelle"
        ):
            installer(connexion, "tandem_app")
        connexion.rollback()


@pytest.mark.parametrize("table", TABLES)
def test_sans_personne_aucune_ligne(table, decor, proprietaire, agir):
    with proprietaire.connect() as connexion:
        remplie = nombre(connexion, table)
    assert remplie or table not in {*FABRIQUES, *LISTES, "ab_user", "journal", "droit"}
    for inconnu in ("", "personne", str(INEXISTANT), "0", "-1", "1;select", "TOUS", decor["ferme"]):
        with agir(inconnu) as connexion:
            assert nombre(connexion, table) == 0, f"someone unknown ({inconnu!r}) reads {table}"


def test_un_reglage_oublie_ne_survit_pas_a_la_transaction(moteur, decor):
    with moteur.connect() as connexion:
        connexion.execute(text("select set_config('app.acteur', 'tous', true)"))
        assert nombre(connexion, "jeune") > 0
        connexion.commit()
        assert nombre(connexion, "jeune") == 0


def test_une_erreur_de_la_base_dans_un_bloc_reste_celle_qu_on_lit(session):
    """Restoring the previous actor sends nothing in a transaction that PostgreSQL has aborted."""
    with pytest.raises(DBAPIError, match="division by zero"), acces.acteur(acces.TOUS):
        session.connection().execute(text("select 1 / 0"))
    assert acces.contexte().canal == "essai"


# Another MDS: nothing is read, written, moved, guessed


@pytest.mark.parametrize("table", FABRIQUES)
def test_on_ne_lit_que_sa_mds(table, decor, responsable):
    ici, ailleurs = decor["lignes"][table]
    assert nombre(responsable, f"{table} where id = :id", id=ici) == 1
    assert nombre(responsable, f"{table} where id = :id", id=ailleurs) == 0


@pytest.mark.parametrize("table", [t for t in FABRIQUES if t not in ECRITES_UNE_FOIS])
def test_on_ne_change_ni_ne_supprime_rien_ailleurs(table, decor, responsable):
    _, ailleurs = decor["lignes"][table]
    colonne = "motif" if table == "habilitation" else "version"
    assert (
        touchees(
            responsable, f"update {table} set {colonne} = {colonne} where id = :id", id=ailleurs
        )
        == 0
    )
    assert (
        len(
            responsable.execute(
                text(f"select id from {table} where id = :id for update"), {"id": ailleurs}
            ).all()
        )
        == 0
    )
    if table == "habilitation":
        assert refus(responsable, "delete from habilitation")[0] == "42501"
    else:
        assert touchees(responsable, f"delete from {table} where id = :id", id=ailleurs) == 0


@pytest.mark.parametrize("table", FABRIQUES)
def test_on_ne_cree_rien_ailleurs(table, decor, proprietaire, responsable):
    ordre, valeurs = inserer(table, ligne(proprietaire, table, decor["lignes"][table][1]))
    with proprietaire.connect() as connexion:
        avant = nombre(connexion, table)
    assert refus(responsable, ordre, **valeurs)[0] in ("42501", "23503")
    with proprietaire.connect() as connexion:
        assert nombre(connexion, table) == avant


@pytest.mark.parametrize("forge", ["sans mds", "la mienne", "la sienne"])
@pytest.mark.parametrize("table", DU_JEUNE)
def test_un_jeune_d_ailleurs_repond_comme_un_jeune_qui_n_existe_pas(
    table, forge, decor, proprietaire, responsable
):
    """The very same row, then with a youth who does not exist: same code, same words. No key nor
    period is compared first."""
    sienne = ligne(proprietaire, table, decor["lignes"][table][1])
    lieu = {"sans mds": None, "la mienne": mds(proprietaire, ICI), "la sienne": sienne["mds_id"]}[
        forge
    ]
    mien = {c: ligne(proprietaire, t, decor["lignes"][t][0])[c] for t, c in PARENTS if t == table}
    if table == "transfert":  # asked as if the youth were there
        mien |= {"de_mds_id": lieu, "vers_mds_id": mds(proprietaire, TIERS)}
    reponses = []
    for jeune in (sienne["jeune_id"], INEXISTANT):
        ordre, valeurs = inserer(table, {**sienne, **mien, "jeune_id": jeune, "mds_id": lieu})
        reponses.append(refus(responsable, ordre, **valeurs))
    assert reponses[0] == reponses[1]
    assert reponses[0][0] == "42501"


@pytest.mark.parametrize("table", DU_JEUNE)
def test_une_fiche_ne_passe_pas_a_un_autre_jeune(table, decor, proprietaire, responsable, agir):
    numero, autre = decor["lignes"][table][0], decor["lignes"]["jeune"][0]
    ailleurs = ligne(proprietaire, table, decor["lignes"][table][1])["jeune_id"]
    ordre = f"update {table} set jeune_id = :jeune where id = :id"
    if table == "transfert":  # nobody changes a request
        assert touchees(responsable, ordre, jeune=autre, id=numero) == 0
        return
    reponses = {
        refus(responsable, ordre, jeune=jeune, id=numero) for jeune in (autre, ailleurs, INEXISTANT)
    }
    assert len(reponses) == 1
    assert reponses.pop()[1].startswith("a record stays with its youth")


def test_un_import_peut_corriger_le_jeune_d_une_rencontre_dans_sa_mds(decor, proprietaire, agir):
    numero, autre = decor["lignes"]["rencontre"][0], decor["lignes"]["jeune"][0]
    ailleurs = ligne(proprietaire, "rencontre", decor["lignes"]["rencontre"][1])["jeune_id"]
    ordre = "update rencontre set jeune_id = :jeune where id = :id"
    with agir(decor["RESPONSABLE"], requete="import:1") as connexion:
        assert refus(connexion, ordre, jeune=ailleurs, id=numero) == refus(
            connexion, ordre, jeune=INEXISTANT, id=numero
        )
        assert touchees(connexion, ordre, jeune=autre, id=numero) == 1


@pytest.mark.parametrize("table", [t for t in FABRIQUES if "mds_id" in db.metadata.tables[t].c])
def test_une_fiche_ne_sort_pas_de_sa_mds(table, decor, proprietaire, responsable):
    ordre = f"update {table} set mds_id = :mds where id = :id"
    numero, ailleurs = decor["lignes"][table][0], mds(proprietaire, AILLEURS)
    if table in LUES_SEULEMENT:
        assert touchees(responsable, ordre, mds=ailleurs, id=numero) == 0
    else:
        assert refus(responsable, ordre, mds=ailleurs, id=numero)[0] in ("42501", "23514")


@pytest.mark.parametrize("table", FABRIQUES)
def test_un_numero_ne_change_pas(table, decor, responsable):
    if table in LUES_SEULEMENT:
        return
    assert refus(
        responsable,
        f"update {table} set id = {INEXISTANT} where id = :id",
        id=decor["lignes"][table][0],
    )[0] in ("23514", "42501")


@pytest.mark.parametrize(("table", "colonne"), PARENTS)
def test_un_parent_d_ailleurs_repond_comme_un_parent_qui_n_existe_pas(
    table, colonne, decor, proprietaire, responsable
):
    mienne, sienne = (ligne(proprietaire, table, n) for n in decor["lignes"][table])
    creations, changements = [], []
    for parent in (sienne[colonne], INEXISTANT):
        neuve = {"mobilisation": {"du": "2020-01-01"}, "rencontre": {"code": "neuf"}}.get(table, {})
        ordre, valeurs = inserer(table, {**mienne, **neuve, colonne: parent})
        creations.append(refus(responsable, ordre, **valeurs))
        changements.append(
            refus(
                responsable,
                f"update {table} set {colonne} = :parent where id = :id",
                parent=parent,
                id=decor["lignes"][table][0],
            )
        )
    assert creations[0] == creations[1]
    assert changements[0] == changements[1]


def test_une_rencontre_suivie_d_ailleurs_se_modifie_sans_voir_son_action(
    decor, app, agir, proprietaire
):
    """The youth was transferred: the action of the other MDS stays written, unseen, and hinders
    nothing."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        rencontre = f.une_rencontre(f.un_jeune(ICI), action_id=f.une_action_collective(AILLEURS).id)
        db.session.commit()
        numero, action = rencontre.id, rencontre.action_id
    with agir(decor["RESPONSABLE"]) as connexion:
        ordre = "update rencontre set compte_rendu = 'Vu', action_id = :action where id = :id"
        assert touchees(connexion, ordre, action=action, id=numero) == 1


# Rights: where, when, which


def test_lire_dans_une_mds_et_ecrire_dans_une_autre(decor, agir):
    with agir(decor["double"]) as connexion:
        assert nombre(connexion, "jeune where id = :id", id=decor["tiers"]) == 1
        assert (
            touchees(connexion, "update jeune set nom = 'X' where id = :id", id=decor["tiers"]) == 0
        )
        assert (
            touchees(
                connexion,
                "update jeune set nom = 'X' where id = :id",
                id=decor["lignes"]["jeune"][0],
            )
            == 1
        )
        creer = (
            "insert into alerte (jeune_id, motif_code, du) values (:jeune, 'FUGUE', '2025-01-01')"
        )
        assert refus(connexion, creer, jeune=decor["tiers"])[0] == "42501"
        assert touchees(connexion, creer, jeune=decor["lignes"]["jeune"][0]) == 1


@pytest.mark.parametrize(
    "qui", ["finie", "future", "ferme", "sans_role", "DPID", "DPO", "ADMINISTRATEUR"]
)
@pytest.mark.parametrize("table", ["jeune", *DU_JEUNE])
def test_sans_habilitation_en_vigueur_aucun_dossier(qui, table, decor, agir):
    with agir(decor[qui]) as connexion:
        assert nombre(connexion, table) == 0


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("table", ["jeune", *DU_JEUNE])
def test_un_role_ecrit_ce_que_dit_la_table_des_roles(role, table, decor, agir, proprietaire):
    """Changing and deleting, in one's own MDS: as many rows as ``roles.py`` says, none else."""
    actes = ROLES[role].actes(table)
    numero = decor["lignes"][table][0]
    with agir(decor[role]) as connexion:
        voit = touchees(
            connexion, f"update {table} set version = version where id = :id", id=numero
        )
        assert voit == (1 if {"lire", "modifier"} <= actes and table != "transfert" else 0)
        if table not in ("jeune", "action_collective"):
            supprime = touchees(connexion, f"delete from {table} where id = :id", id=numero)
            permis = (
                {"lire", "creer"} <= actes
                if table == "transfert"
                else {"lire", "supprimer"} <= actes
            )
            assert supprime == (1 if permis else 0)


def test_les_instances_du_departement_se_lisent_partout_et_s_ecrivent_du_departement(decor, agir):
    sans = "mds_id is null"
    with agir(decor["COORDONNATEUR"]) as connexion:
        assert nombre(connexion, f"instance where {sans}") == 1
        assert touchees(connexion, f"update instance set le = le where {sans}") == 0
        assert touchees(connexion, f"delete from instance where {sans}") == 0
        creer = (
            "insert into instance (type_code, le, statut_code) values ('COPIL', '2026-01-01',"
            " 'PREVUE')"
        )
        assert refus(connexion, creer)[0] == "42501"
        assert (
            refus(
                connexion,
                "update instance set mds_id = null, type_code = 'COPIL' where mds_id is not null",
            )[0]
            == "42501"
        )
    with agir(decor["DPID"]) as connexion:
        assert touchees(connexion, f"update instance set le = le where {sans}") == 1
        assert touchees(connexion, creer) == 1
    with agir(decor["DPO"]) as connexion:
        assert nombre(connexion, "instance") == 0


def test_un_partenaire_ne_s_inscrit_et_ne_s_ote_que_dans_ses_mds(decor, agir, app, proprietaire):
    ici, ailleurs, tiers = (mds(proprietaire, code) for code in (ICI, AILLEURS, TIERS))
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        partage = f.un_partenaire((ICI, AILLEURS)).id
        db.session.commit()
    creer = "insert into partenaire (nom, type_code, mds_ids) values ('Essai', 'AUTRE', :mds)"
    changer = "update partenaire set mds_ids = :mds where id = :id"
    with agir(decor["SLAI"]) as connexion:
        assert (
            touchees(
                connexion,
                "update partenaire set telephone = '03 53 01 00 00' where id = :id",
                id=partage,
            )
            == 1
        )
        for lieux in ([ailleurs], [ici, ailleurs], [], [ici, INEXISTANT]):
            assert refus(connexion, creer, mds=lieux)[0] in ("42501", "23503")
        for lieux in ([ici], [ailleurs], [ici, ailleurs, tiers], []):
            assert refus(connexion, changer, mds=lieux, id=partage)[0] == "42501"
        assert touchees(connexion, "delete from partenaire where id = :id", id=partage) == 0
        assert nombre(connexion, "partenaire where mds_ids = '{}'") == 1
        assert touchees(connexion, "update partenaire set nom = 'X' where mds_ids = '{}'") == 0
        assert touchees(connexion, creer, mds=[ici]) == 1
    with agir(acces.TOUS) as connexion:
        assert touchees(connexion, changer, mds=[tiers], id=partage) == 1


# Habilitations


def donner(connexion, compte: int, role: str, lieu: int | None):
    ordre = (
        "insert into habilitation (compte_id, role_code, mds_id, du, donnee_par_id) values"
        " (:compte, :role, :lieu, current_date, null) returning donnee_par_id"
    )
    return connexion.scalar(text(ordre), {"compte": compte, "role": role, "lieu": lieu})


def test_le_responsable_donne_dans_sa_mds_jamais_a_lui_ailleurs_ni_plus(decor, agir, proprietaire):
    ici, ailleurs = mds(proprietaire, ICI), mds(proprietaire, AILLEURS)
    moi, autre = decor["RESPONSABLE"], decor["sans_role"]
    with agir(moi) as connexion:
        for role in ("COORDONNATEUR", "REFERENT_SEF", "SLAI", "RESPONSABLE"):
            assert donner(connexion, autre, role, ici) == moi, (
                "who gave it is who acts, whatever is sent"
            )
        interdits = [
            (autre, "COORDONNATEUR", ailleurs),
            (autre, "COORDONNATEUR", None),
            (autre, "ADMINISTRATEUR", ici),
            (autre, "DPID", ici),
            (autre, "DPID", None),
            (moi, "COORDONNATEUR", ici),
            (moi, "ADMINISTRATEUR", None),
        ]
        for compte, role, lieu in interdits:
            with pytest.raises(DBAPIError) as erreur, connexion.begin_nested():
                donner(connexion, compte, role, lieu)
            assert erreur.value.orig.diag.sqlstate == "42501"


def test_le_responsable_retire_dans_sa_mds_seulement(decor, agir):
    ici, ailleurs = decor["lignes"]["habilitation"]
    retirer = "update habilitation set au = du where id = :id"
    with agir(decor["RESPONSABLE"]) as connexion:
        assert touchees(connexion, retirer, id=ici) == 1
        assert touchees(connexion, retirer, id=ailleurs) == 0
        assert (
            touchees(
                connexion,
                "update habilitation set au = null, du = du where compte_id = :moi",
                moi=decor["RESPONSABLE"],
            )
            == 0
        )
        for colonne, valeur in (
            ("compte_id", decor["RESPONSABLE"]),
            ("role_code", "'ADMINISTRATEUR'"),
            ("mds_id", "null"),
            ("donnee_par_id", "1"),
        ):
            assert (
                refus(
                    connexion,
                    f"update habilitation set {colonne} = {valeur} where id = :id",
                    id=ici,
                )[0]
                == "42501"
            )


@pytest.mark.parametrize(
    "qui", ["COORDONNATEUR", "REFERENT_SEF", "SLAI", "DPID", "DPO", "finie", "ferme"]
)
def test_les_autres_ne_donnent_rien(qui, decor, agir, proprietaire):
    with agir(decor[qui]) as connexion:
        ordre = (
            "insert into habilitation (compte_id, role_code, mds_id, du) values (:c, 'SLAI', :m,"
            " current_date)"
        )
        assert refus(connexion, ordre, c=decor["sans_role"], m=mds(proprietaire, ICI))[0] == "42501"


def test_l_administrateur_donne_partout_sauf_a_lui_meme(decor, agir):
    with agir(decor["ADMINISTRATEUR"]) as connexion:
        assert donner(connexion, decor["sans_role"], "DPID", None) == decor["ADMINISTRATEUR"]
        ordre = (
            "insert into habilitation (compte_id, role_code, mds_id, du) values (:c,"
            " 'RESPONSABLE', null, current_date)"
        )
        assert refus(connexion, ordre, c=decor["ADMINISTRATEUR"])[0] in ("42501", "23514")


def test_un_droit_retire_vaut_a_l_ordre_suivant(decor, moteur):
    """The same open transaction: no cache between the right and the rows."""
    with moteur.connect() as connexion:
        connexion.execute(
            text("select set_config('app.acteur', :a, true)"), {"a": str(decor["RESPONSABLE"])}
        )
        assert nombre(connexion, "jeune") > 0
        connexion.execute(text("select set_config('app.acteur', 'tous', true)"))
        connexion.execute(
            text(
                "update habilitation set du = date '2020-01-01', au = current_date - 1 where"
                " compte_id = :c"
            ),
            {"c": decor["RESPONSABLE"]},
        )
        connexion.execute(
            text("select set_config('app.acteur', :a, true)"), {"a": str(decor["RESPONSABLE"])}
        )
        assert nombre(connexion, "jeune") == 0
        connexion.rollback()


# Figures


@pytest.mark.parametrize("role", ROLES)
def test_les_chiffres_se_comptent_sur_tout_pour_qui_les_lit(role, decor, agir, proprietaire):
    with agir(decor[role]) as connexion, proprietaire.connect() as tout:
        siens = {
            t: nombre(connexion, t) for t in ("habilitation", "ab_user", "journal", "transfert")
        }
        connexion.execute(text("select set_config('app.portee', 'chiffres', true)"))
        permis = "lire" in ROLES[role].actes("chiffre")
        for table in ("jeune", "mesure", "rencontre", "instance", "partenaire", "poste"):
            if permis:
                assert nombre(connexion, table) == nombre(tout, table)
            elif table in ("jeune", "mesure", "rencontre", "partenaire", "poste"):
                assert nombre(connexion, table) == 0
        assert all(nombre(connexion, t) <= combien for t, combien in siens.items()), (
            "accounts, rights and the audit log are no figures"
        )


@pytest.mark.parametrize("role", [*ROLES, acces.TOUS])
def test_les_chiffres_ne_s_ecrivent_pas(role, decor, agir):
    with agir(decor.get(role, role), portee="chiffres") as connexion:
        for table in (
            "jeune",
            "alerte",
            "instance",
            "partenaire",
            "contact",
            "poste",
            "habilitation",
            "mds",
            "theme_frein",
        ):
            colonne = {"habilitation": "motif", "mds": "nom", "theme_frein": "libelle"}.get(
                table, "version"
            )
            assert touchees(connexion, f"update {table} set {colonne} = {colonne}") == 0
        creer = (
            "insert into alerte (jeune_id, motif_code, du) values (:jeune, 'FUGUE', '2025-01-01')"
        )
        assert refus(connexion, creer, jeune=decor["lignes"]["jeune"][0])[0] == "42501"


# The audit log is read within its MDS


def test_le_journal_se_lit_dans_sa_mds(decor, agir, proprietaire):
    jeune_ici, jeune_ailleurs = decor["lignes"]["jeune"]
    for qui in ("COORDONNATEUR", "RESPONSABLE"):
        with agir(decor[qui]) as connexion:
            assert nombre(connexion, "journal where jeune_id = :j", j=jeune_ici) > 0
            assert nombre(connexion, "journal where jeune_id = :j", j=jeune_ailleurs) == 0
            assert (
                nombre(
                    connexion,
                    "journal where mds_id = :m and table_nom <> 'service'",
                    m=mds(proprietaire, AILLEURS),
                )
                == 0
            )
    with agir(decor["DPO"]) as connexion, proprietaire.connect() as tout:
        assert nombre(connexion, "journal") == nombre(tout, "journal")
    annuaire = {"mds", "service", *LISTES}
    lisibles = {
        "DPID": annuaire
        | {
            "instance",
            "participant",
            "tache_instance",
            "poste",
            "convention",
            "versement",
            "objectif",
            "texte_bilan",
            "envoi",
            "habilitation",
            "agent",
        },
        "ADMINISTRATEUR": annuaire | {"ab_user", "habilitation", "agent"},
        "sans_role": set(),
        "finie": set(),
    }
    for qui, tables in lisibles.items():
        with agir(decor[qui]) as connexion:
            lues = connexion.execute(
                text("select distinct table_nom, jeune_id is null from journal")
            ).all()
            assert {t for t, _ in lues} <= tables, f"{qui}: {lues}"
            assert all(sans_jeune for _, sans_jeune in lues)


def test_les_fonctions_ne_disent_pas_qu_un_jeune_existe_ailleurs(decor, responsable):
    _, ailleurs = decor["lignes"]["jeune"]
    question = text("select acces.jeune_supprime(:j), acces.repondre_transfert(:t, true, 'x')")
    existe = responsable.execute(
        question, {"j": ailleurs, "t": decor["lignes"]["transfert"][1]}
    ).one()
    rien = responsable.execute(question, {"j": INEXISTANT, "t": INEXISTANT}).one()
    assert existe == rien


def test_un_dossier_supprime_ne_se_raconte_que_dans_sa_mds(decor, app, agir):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        jeune = f.un_jeune(AILLEURS)
        chez_eux, numero = f.un_compte("RESPONSABLE", AILLEURS).id, jeune.id
        db.session.commit()
        db.session.delete(jeune)
        db.session.commit()
    for qui, lu in ((decor["RESPONSABLE"], 0), (chez_eux, 2), (decor["COORDONNATEUR"], 0)):
        with agir(qui) as connexion:
            assert nombre(connexion, "journal where jeune_id = :j", j=numero) == lu
            assert connexion.scalar(text("select acces.jeune_supprime(:j)"), {"j": numero}) is (
                lu > 0
            )


# The application's role


def test_le_role_de_l_application_ne_possede_rien_et_n_est_membre_de_rien(moteur, proprietaire):
    with moteur.connect() as connexion:
        role = connexion.execute(text("select * from pg_roles where rolname = current_user")).one()
        assert not (
            role.rolsuper
            or role.rolbypassrls
            or role.rolcreaterole
            or role.rolcreatedb
            or role.rolreplication
        )
        assert (
            nombre(
                connexion,
                "pg_class where relowner = current_user::regrole and relpersistence <> 't'",
            )
            == 0
        )
        assert nombre(connexion, "pg_proc where proowner = current_user::regrole") == 0
        assert (
            nombre(
                connexion,
                "pg_namespace where nspowner = current_user::regrole and nspname not like 'pg_%'",
            )
            == 0
        )
        assert nombre(connexion, "pg_auth_members where member = current_user::regrole") == 0
        assert connexion.scalar(text("select current_user = session_user"))


@pytest.mark.parametrize(
    "ordre",
    [
        "insert into journal (transaction, acteur, operation) values (1, 'tous', 'creation')",
        "update journal set acteur = 'x'",
        "delete from journal",
        "truncate journal",
        "select nextval('journal_id_seq')",
        "insert into droit values ('SLAI', 'jeune', 'supprimer')",
        "update droit set acte = 'x'",
        "delete from droit",
        "insert into role values ('X', 'X', 'X', 1)",
        "update role set libelle = 'x'",
        "delete from role",
        "update alembic_version set version_num = 'x'",
        "delete from ab_user",
        "delete from theme_frein",
        "truncate jeune cascade",
        "create table public.x (i int)",
        "create table acces.x (i int)",
        "create schema x",
        "create function public.f() returns int language sql as 'select 1'",
        (
            "create or replace function acces.pour_tous() returns boolean language sql as 'select"
            " true'"
        ),
        "create extension pg_trgm",
        "alter table jeune disable trigger all",
        "alter table jeune no force row level security",
        "alter table jeune disable row level security",
        "drop policy lire on jeune",
        "create policy x on jeune using (true)",
        "drop trigger journal_insert on jeune",
        "drop table jeune",
        "alter table jeune owner to current_user",
        "set session_replication_role = replica",
        "set role postgres",
        "alter role current_user bypassrls",
        "select setval('acces.jeune_code_seq', 1)",
        "copy jeune to program 'cat'",
        "copy jeune from stdin",
        "call acces.proteger('jeune', 'true')",
        "select pg_read_file('/etc/passwd')",
        "select acces.consigner('creation', 'jeune', '1')",
        "select acces.consigner('suppression', 'jeune', '1')",
        (
            "create trigger t before update on jeune for each row execute function"
            " suppress_redundant_updates_trigger()"
        ),
        "lock table journal in exclusive mode",
        "select lo_import('/etc/passwd')",
    ],
)
def test_l_application_ne_peut_pas(ordre, agir, decor):
    """Even acting for everyone: the audit log, the rights and the schema are out of reach."""
    with agir(acces.TOUS) as connexion:
        etat, _ = refus(connexion, ordre)
        assert etat in (
            "42501",
            "0A000",
            "0LP01",
            "42704",
        )  # insufficient privilege, COPY with row security, GRANT, not available


def test_l_application_ne_devient_pas_le_proprietaire(agir, proprietaire):
    with agir(acces.TOUS) as connexion:
        for ordre in (
            "set role {}",
            "set session authorization {}",
            "reassign owned by {} to current_user",
        ):
            assert refus(connexion, ordre.format(proprietaire.url.username))[0] == "42501"


def test_le_mur_ne_s_eteint_pas(agir):
    with agir("") as connexion:
        connexion.execute(text("set local row_security = off"))
        assert refus(connexion, "select * from jeune")[0] == "42501"


def test_une_table_temporaire_ne_trompe_ni_le_mur_ni_le_journal(agir, decor, proprietaire):
    """Shadowing a table, or hanging the audit log on a table of one's own."""
    with agir(decor["RESPONSABLE"]) as connexion:
        for table in ("jeune", "habilitation", "mds", "droit"):
            connexion.execute(
                text(f"create temp table {table} as select * from public.{table} limit 0")
            )
        connexion.execute(text("set local search_path = pg_temp, public"))
        connexion.execute(
            text(
                "insert into pg_temp.habilitation (compte_id, role_code, mds_id, du) values"
                " (:c, 'RESPONSABLE', null, '2020-01-01')"
            ),
            {"c": decor["RESPONSABLE"]},
        )
        connexion.execute(
            text("insert into pg_temp.jeune (id, mds_id) values (:j, :m)"),
            {"j": decor["lignes"]["jeune"][1], "m": mds(proprietaire, ICI)},
        )
        assert nombre(connexion, "public.jeune where id = :id", id=decor["lignes"]["jeune"][1]) == 0
        creer = (
            "insert into public.alerte (jeune_id, motif_code, du) values (:jeune, 'FUGUE',"
            " '2025-01-01')"
        )
        assert refus(connexion, creer, jeune=decor["lignes"]["jeune"][1])[0] == "42501"
        accroche = (
            "create trigger t after insert on pg_temp.jeune referencing new table as nouveau"
            " for each statement"
            " execute function acces.journaliser('id')"
        )
        assert refus(connexion, accroche)[0] == "42501"


# What a query gives away besides its rows


def test_une_fonction_qui_echoue_ne_trahit_aucune_ligne_d_ailleurs(
    decor, responsable, proprietaire
):
    """The policies are asked before any condition that could fail on a hidden row."""
    nom = ligne(proprietaire, "jeune", decor["lignes"]["jeune"][1])["nom"]
    for condition in (
        "1 / (case when nom = :n then 0 else 1 end) = 1",
        "(case when nom = :n then '!' else '1' end)::int = 1",
    ):
        assert nombre(responsable, f"jeune where {condition}", n=nom) >= 1
    ici = ligne(proprietaire, "jeune", decor["lignes"]["jeune"][0])["nom"]
    with pytest.raises(DBAPIError), responsable.begin_nested():
        nombre(responsable, "jeune where 1 / (case when nom = :n then 0 else 1 end) = 1", n=ici)


def test_les_statistiques_de_la_base_ne_montrent_aucune_valeur(agir, decor, proprietaire):
    with proprietaire.connect().execution_options(isolation_level="AUTOCOMMIT") as connexion:
        connexion.execute(text("analyze"))
        assert nombre(connexion, "pg_stats where tablename = 'alembic_version'") > 0
    with agir(decor["RESPONSABLE"]) as connexion:
        assert (
            nombre(
                connexion, "pg_stats where schemaname = 'public' and tablename <> 'alembic_version'"
            )
            == 0
        )
        assert refus(connexion, "select * from pg_statistic")[0] == "42501"


def test_les_fonctions_du_proprietaire_gardent_leur_chemin(proprietaire):
    """A function that runs with the owner's rights looks for its tables where nobody else can put
    any."""
    with proprietaire.connect() as connexion:
        sans = connexion.scalars(
            text(
                "select oid::regprocedure::text from pg_proc where prosecdef and pronamespace"
                " in ('acces'::regnamespace, 'public'::regnamespace)"
                " and not coalesce(proconfig, '{}') @> array['search_path=public, pg_temp']"
            )
        ).all()
    assert sans == []
