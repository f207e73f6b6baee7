"""Partitions by MDS, by hand: ``TANDEM_INSTANCE=… python -m tests.bench_partitions [samples]
[numbers]``.

The youths and the rencontres of the base at hand are copied, with their indexes, their policies and
the key between them, into two plain tables, then into two tables partitioned by list of MDS. The
application, unchanged, reads each copy in turn in place of its own tables (the ``search_path`` of
its role), and a few statements are timed: the processor here and in PostgreSQL. Each copy is
removed before the next: 8 GB of disk for a million youths; ``numbers``: only the youths of numbers
below.
"""

import re
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from sqlalchemy import Engine, create_engine, event, func, make_url, select, text

from app import acces, create_app
from app.base_embarquee import APPLICATION, PROPRIETAIRE, SUPERUTILISATEUR
from app.extensions import db
from app.models import Jeune, Mds
from tests.bench_ecrans import _calcul, lire, un_compte
from tests.connexions import ouvrir_session

TABLES = {"jeune": "id", "rencontre": "jeune_id"}
"""And the column that holds the number of the youth."""
TOUS = 2**31 - 1
FACONS = {"entieres": "", "partagees": " partition by list (mds_id)"}
ECHANTILLONS = 5
ECRITURES = 200
PAGES = {
    "Liste des jeunes": "/jeunes/",
    "Liste, page 40": "/jeunes/?page=40",
    "Liste des rencontres": "/rencontres/",
    "Fiche": "/jeunes/{jeune}",
    "Formulaire": "/jeunes/{jeune}/modifier",
}
COMPTER = "select count(*) from jeune"
AJOUTER = """
    insert into rencontre (id, code, jeune_id, mds_id, type_code, le, statut_code, agents_ids,
                           version)
    select -1 - {rang}, 'essai-{rang}', jeune_id, mds_id, type_code, le, statut_code, agents_ids, 1
    from rencontre where jeune_id = {jeune} limit 1"""
TRANSFERER = "update jeune set mds_id = {vers} where id = {jeune}"


@dataclass(frozen=True)
class Copie:
    """The two tables in a schema of their own."""

    connexion: psycopg.Connection
    schema: str
    partage: str
    numeros: int = TOUS
    """Only the youths below."""

    def faire(self) -> None:
        self.connexion.execute("set maintenance_work_mem = '1GB'")
        self.connexion.execute(f"create schema {self.schema}")
        self.connexion.execute(f"grant usage on schema {self.schema} to {APPLICATION}")
        mds = [n for (n,) in self.connexion.execute("select id from mds order by id")]
        for table in TABLES:
            self._remplir(table, mds)
        for table in TABLES:
            self._indexer(table)
            self._proteger(table)
        self.connexion.execute(
            f"alter table {self.schema}.rencontre add foreign key (jeune_id, mds_id)"
            f" references {self.schema}.jeune (id, mds_id) on update cascade"
        )
        self.connexion.execute(f"vacuum analyze {', '.join(map(self._ici, TABLES))}")

    def retirer(self) -> None:
        self.connexion.execute(f"drop schema if exists {self.schema} cascade")

    def _ici(self, table: str) -> str:
        return f"{self.schema}.{table}"

    def _remplir(self, table: str, mds: list[int]) -> None:
        ici = self._ici(table)
        self.connexion.execute(
            f"create table {ici} (like public.{table} including defaults including generated"
            f" including constraints including statistics){self.partage}"
        )
        for numero in mds if self.partage else ():
            self.connexion.execute(
                f"create table {ici}_{numero} partition of {ici} for values in ({numero})"
            )
        colonnes = ", ".join(
            nom
            for (nom,) in self.connexion.execute(
                "select quote_ident(attname) from pg_attribute where attrelid = %s::regclass"
                " and attnum > 0 and not attisdropped and attgenerated = ''",
                [f"public.{table}"],
            )
        )
        self.connexion.execute(
            f"insert into {ici} ({colonnes}) select {colonnes} from public.{table}"
            f" where {TABLES[table]} < {self.numeros}"
        )

    def _indexer(self, table: str) -> None:
        """Those of the table; a unique one holds the MDS too, as partitions want it."""
        lus = self.connexion.execute(
            "select indexdef from pg_indexes where schemaname = 'public' and tablename = %s",
            [table],
        )
        for (definition,) in lus.fetchall():
            ordre = definition.replace(f"ON public.{table} ", f"ON {self._ici(table)} ")
            ordre = re.sub(r"INDEX (\S+) ON", r"INDEX \1 ON", ordre)
            if " UNIQUE " in ordre and "mds_id" not in ordre and self.partage:
                ordre = re.sub(r"\)$", ", mds_id)", ordre)
            self.connexion.execute(ordre)

    def _proteger(self, table: str) -> None:
        """The policies of the table, its owner and what the application may do."""
        ici = self._ici(table)
        self.connexion.execute(f"alter table {ici} owner to {PROPRIETAIRE}")
        self.connexion.execute(f"alter table {ici} enable row level security")
        self.connexion.execute(f"alter table {ici} force row level security")
        self.connexion.execute(f"grant select, insert, update, delete on {ici} to {APPLICATION}")
        lues = self.connexion.execute(
            "select policyname, cmd, roles, qual, with_check from pg_policies"
            " where schemaname = 'public' and tablename = %s",
            [table],
        )
        for nom, quoi, roles, condition, verification in lues.fetchall():
            ordre = f"create policy {nom} on {ici} for {quoi} to {', '.join(roles)}"
            ordre += f" using ({condition})" if condition else ""
            ordre += f" with check ({verification})" if verification else ""
            self.connexion.execute(ordre)


@contextmanager
def lue_par_l_application(copie: Copie) -> Iterator[None]:
    """The role of the application finds this copy before its own tables."""
    role = f"alter role {APPLICATION} in database {copie.connexion.info.dbname}"
    copie.connexion.execute(f"{role} set search_path = {copie.schema}, public")
    try:
        yield
    finally:
        copie.connexion.execute(f"{role} reset search_path")


@dataclass(frozen=True)
class Sujets:
    """Who looks, and at what."""

    comptes: dict[str, int]
    jeune: int
    mds: int
    autre: int


def choisir(app) -> Sujets:
    with app.app_context(), acces.acteur(acces.TOUS, canal="mesure"):
        artois = db.session.scalar(select(Mds.id).where(Mds.code == "ART"))
        autre = db.session.scalar(select(Mds.id).where(Mds.code == "ARR"))
        jeune = db.session.scalar(
            select(func.min(Jeune.id)).where(Jeune.mds_id == artois, Jeune.deces_le.is_(None))
        )
        comptes = {
            "toutes les MDS": un_compte("RESPONSABLE", None),
            "une MDS": un_compte("RESPONSABLE", artois),
        }
        db.session.commit()
        db.session.remove()
        db.engine.dispose()
    return Sujets(comptes, jeune, artois, autre)


def mesurer(app, sujets: Sujets, echantillons: int) -> None:
    """What people open, then the count of what they see."""
    with app.app_context():
        pid = db.session.scalar(text("select pg_backend_pid()"))
        chemin = db.session.scalar(text("show search_path"))
        db.session.rollback()
    for qui, compte in sujets.comptes.items():
        print(f" {qui} ({chemin})")
        client = ouvrir_session(app.test_client(), compte)
        for quoi, adresse in PAGES.items():
            ou = adresse.format(jeune=sujets.jeune)
            dire(quoi, pid, echantillons, lambda o=ou, c=client: lire(c, o))
        with app.app_context(), acces.acteur(compte, canal="mesure"):
            dire("Compter", pid, echantillons, lambda: db.session.scalar(text(COMPTER)))
            db.session.rollback()
        _dire_le_plan(app, compte, client)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def dire(quoi: str, pid: int, echantillons: int, faire: Callable[[], object]) -> None:
    calculs = []
    for _ in range(echantillons + 1):
        avant = _calcul(pid)
        faire()
        calculs.append(_calcul(pid) - avant)
    mediane = statistics.median(calculs[1:])
    print(f"  {quoi:<28} {mediane:9.2f} ms de calcul", flush=True)


def _dire_le_plan(app, compte: int, client) -> None:
    """Of the statement that reads a page of the list: its planning, its running, what it reads."""
    lus: list[tuple] = []

    def noter(_connexion, _curseur, ordre, parametres, *_):
        if "from jeune" in " ".join(ordre.lower().split()) and "limit" in ordre.lower():
            lus.append((ordre, parametres))

    event.listen(Engine, "before_cursor_execute", noter)
    lire(client, "/jeunes/")
    event.remove(Engine, "before_cursor_execute", noter)
    with app.app_context(), acces.acteur(compte, canal="mesure"):
        for ordre, parametres in lus:
            expliquer = f"explain (analyze, format json) {ordre}"
            connexion = db.session.connection()
            faits = [connexion.exec_driver_sql(expliquer, parametres).scalar()[0] for _ in range(5)]
            plan = min(faits, key=lambda f: f["Planning Time"])
            executions = min(f["Execution Time"] for f in faits)
            print(
                f"  plan de la liste             {plan['Planning Time']:9.2f} ms, exécution"
                f" {executions:.2f} ms : {_ce_qu_il_lit(plan['Plan'])}",
                flush=True,
            )
        db.session.rollback()


def _ce_qu_il_lit(plan: dict) -> str:
    relations: dict[str, int] = {}
    attente = [plan]
    while attente:
        noeud = attente.pop()
        attente += noeud.get("Plans", ())
        if relation := noeud.get("Relation Name"):
            nom = f"{noeud['Node Type']} {re.sub(r'_[0-9]+$', '_n', relation)}"
            relations[nom] = relations.get(nom, 0) + 1
    return ", ".join(f"{nombre} × {nom}" for nom, nombre in sorted(relations.items()))


def ecrire(adresse: str, schema: str, sujets: Sujets) -> None:
    """A rencontre added, a youth transferred with theirs; nothing is kept."""
    moteur = create_engine(adresse)
    with moteur.connect() as connexion:
        connexion.execute(text(f"set search_path = {schema}, public"))
        connexion.execute(text("select set_config('app.acteur', 'tous', false)"))
        connexion.commit()
        pid = connexion.scalar(text("select pg_backend_pid()"))
        calcul = _calcul(pid)
        for rang in range(ECRITURES):
            connexion.execute(text(AJOUTER.format(rang=rang, jeune=sujets.jeune)))
        print(f"  Ajouter une rencontre        {(_calcul(pid) - calcul) / ECRITURES:9.2f} ms")
        calcul = _calcul(pid)
        for rang in range(ECRITURES):
            vers = (sujets.mds, sujets.autre)[rang % 2 == 0]
            connexion.execute(text(TRANSFERER.format(vers=vers, jeune=sujets.jeune)))
        print(f"  Transférer un jeune          {(_calcul(pid) - calcul) / ECRITURES:9.2f} ms")
        connexion.rollback()
    moteur.dispose()


def principal(arguments: list[str]) -> None:
    echantillons = int(arguments[0]) if arguments else ECHANTILLONS
    numeros = int(arguments[1]) if len(arguments) > 1 else TOUS
    app = create_app()
    url = make_url(app.config["DATABASE_OWNER_URL"])
    serveur = {"host": url.query["host"], "port": url.query["port"], "user": SUPERUTILISATEUR}
    sujets = choisir(app)
    with psycopg.connect(**serveur, dbname=url.database, autocommit=True) as connexion:
        for schema, partage in FACONS.items():
            copie = Copie(connexion, schema, partage, numeros)
            copie.retirer()
            debut = time.monotonic()
            copie.faire()
            print(f"{schema} : copiées en {time.monotonic() - debut:.0f} s", flush=True)
            try:
                with lue_par_l_application(copie):
                    mesurer(app, sujets, echantillons)
                ecrire(app.config["DATABASE_OWNER_URL"], schema, sujets)
            finally:
                copie.retirer()


if __name__ == "__main__":
    principal(sys.argv[1:])
