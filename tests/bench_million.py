"""A million youths, by hand: ``TANDEM_INSTANCE=… python -m tests.bench_million [fois] [samples]``.

The base at hand, a demonstration of 100,000 youths, is multiplied by ``fois`` (10): each copy of
each youth and of all that is theirs goes through COPY under new numbers and codes, the triggers at
rest and the plain indexes made again at the end. Then what people open is measured, beside the same
base before. It needs an embedded base, 25 GB of disk, and is to be thrown away afterwards.
"""

import os
import re
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass

import psycopg
from sqlalchemy import make_url, select, text

from app import acces, create_app
from app.base_embarquee import SUPERUTILISATEUR
from app.extensions import db
from app.models import Jeune, Mds
from app.models.base import SuiviJeune
from app.models.catalogue import noms
from config import RACINE
from tests.bench_ecrans import _calcul, enregistrer, lire, un_compte
from tests.connexions import ouvrir_session

FOIS = 10
ECHANTILLONS = 5
PAGES = {
    "Liste des jeunes": "/jeunes/",
    "Liste, page 40": "/jeunes/?page=40",
    "Recherche d’un nom courant": "/jeunes/?q=durand",
    "Recherche d’un morceau rare": "/jeunes/?q={rare}",
    "Recherche d’un nom que nul ne porte": "/jeunes/?q=zzyzzyx",
    "Liste des rencontres": "/rencontres/",
    "Fiche": "/jeunes/{jeune}",
    "Formulaire": "/jeunes/{jeune}/modifier",
    "Accueil": "/",
    "Tableau du mois": "/tableau/",
    "Indicateurs d’une année": "/indicateurs/",
}
DECALAGE = 1_000_000_000 // 100
"""Between the numbers of one copy and those of the next."""


@dataclass(frozen=True)
class TableACopier:
    """A table and, of each of its columns, what a copy says in its place."""

    nom: str
    colonnes: list[str]
    expressions: list[str]

    def sortie(self, copie: int) -> str:
        """The COPY that reads the rows of the first ones as those of this copy."""
        dites = ", ".join(e.format(pas=copie * DECALAGE, copie=copie) for e in self.expressions)
        lues = f'select {dites} from "{self.nom}" where id < {DECALAGE}'
        return f"copy ({lues}) to stdout (format binary)"

    @property
    def entree(self) -> str:
        return f'copy "{self.nom}" ({", ".join(self.colonnes)}) from stdin (format binary)'


def tables(connexion: psycopg.Connection) -> list[TableACopier]:
    """The youths and what is theirs; a number of one of these tables moves, another stays."""
    des_jeunes = [t for t, classe in noms().items() if issubclass(classe, SuiviJeune)]
    suivies = {"jeune", *des_jeunes}
    return [_table(connexion, nom, suivies) for nom in ("jeune", *des_jeunes)]


def _table(connexion: psycopg.Connection, nom: str, suivies: set[str]) -> TableACopier:
    colonnes, expressions = [], []
    for colonne in noms()[nom].__table__.columns:
        if colonne.computed is not None:
            continue
        cibles = {cle.column.table.name for cle in colonne.foreign_keys} & suivies
        ecrite = f'"{colonne.name}"'
        if colonne.name in ("id", "jeune_id") or (cibles and colonne.name != "mds_id"):
            ecrite = f'("{colonne.name}" + {{pas}})::int'
        elif (
            colonne.name == "code" and colonne.type.python_type is str and not colonne.foreign_keys
        ):
            ecrite = f"""("{colonne.name}" || '-' || {{copie}})::varchar"""
        colonnes.append(f'"{colonne.name}"')
        expressions.append(ecrite)
    return TableACopier(nom, colonnes, expressions)


def multiplier(acces_au_serveur: dict[str, str], base: str, fois: int) -> None:
    """Make ``fois`` times as many youths as there are; tells how long each table took."""
    with psycopg.connect(**acces_au_serveur, dbname=base, autocommit=True) as connexion:
        a_copier = tables(connexion)
        connexion.execute("set session_replication_role = replica")
        connexion.execute("set maintenance_work_mem = '1GB'")
        index = _retirer_les_index(connexion, [t.nom for t in a_copier])
        with psycopg.connect(**acces_au_serveur, dbname=base) as source:
            for table in a_copier:
                debut = time.monotonic()
                for copie in range(1, fois):
                    _copier(source, connexion, table, copie)
                print(f"  {table.nom:<20} {time.monotonic() - debut:7.1f} s", flush=True)
        debut = time.monotonic()
        for ordre in index:
            connexion.execute(ordre)
        connexion.execute("vacuum analyze")
        print(f"  index, statistiques  {time.monotonic() - debut:7.1f} s", flush=True)


def _copier(
    source: psycopg.Connection, cible: psycopg.Connection, table: TableACopier, copie: int
) -> None:
    with (
        source.cursor().copy(table.sortie(copie)) as lus,
        cible.cursor().copy(table.entree) as ecrits,
    ):
        for bloc in lus:
            ecrits.write(bloc)


def _retirer_les_index(connexion: psycopg.Connection, concernees: list[str]) -> list[str]:
    """Drop those that no constraint needs; returns the statements that make them again."""
    lus = connexion.execute(
        "select i.indexname, i.indexdef from pg_indexes i where i.tablename = any(%s)"
        " and not exists (select 1 from pg_constraint c where c.conname = i.indexname)",
        [concernees],
    ).fetchall()
    for nom, _ in lus:
        connexion.execute(f'drop index "{nom}"')
    return [definition for _, definition in lus]


def mesurer(echantillons: int) -> None:
    """Each page for someone of all MDS, then of one: processor here and in PostgreSQL."""
    app = create_app()
    with app.app_context(), acces.acteur(acces.TOUS, canal="mesure"):
        artois = db.session.scalar(select(Mds.id).where(Mds.code == "ART"))
        jeune = db.session.scalar(
            select(Jeune.id).where(Jeune.mds_id == artois, Jeune.deces_le.is_(None)).limit(1)
        )
        rare = "qzwxjv"
        db.session.get_one(Jeune, jeune).anciens_noms = f"Ab{rare}or Camille"
        comptes = {
            "toutes les MDS": un_compte("RESPONSABLE", None),
            "une MDS": un_compte("RESPONSABLE", artois),
        }
        db.session.commit()
        pid = db.session.scalar(text("select pg_backend_pid()"))
        compte = "select (select count(*) from jeune), (select count(*) from rencontre)"
        jeunes, rencontres = db.session.execute(text(compte)).one()
        print(f"{jeunes} jeunes, {rencontres} rencontres")
        db.session.rollback()
    for qui, numero in comptes.items():
        client = ouvrir_session(app.test_client(), numero)
        print(f" {qui}")
        for quoi, adresse in PAGES.items():
            calculs = []
            for _ in range(echantillons + 1):
                avant = _calcul(pid)
                lire(client, adresse.format(jeune=jeune, rare=rare))
                calculs.append(_calcul(pid) - avant)
            print(f"  {quoi:<40} {statistics.median(calculs[1:]):9.1f} ms de calcul", flush=True)
        envois = [enregistrer(client, jeune) for _ in range(echantillons)]
        print(f"  {'Enregistrement (durée)':<40} {statistics.median(envois):9.1f} ms", flush=True)


def principal(arguments: list[str]) -> None:
    nombres = [int(a) for a in arguments if re.fullmatch(r"\d+", a)]
    fois = nombres[0] if nombres else FOIS
    echantillons = nombres[1] if len(nombres) > 1 else ECHANTILLONS
    app = create_app()
    url = make_url(app.config["DATABASE_OWNER_URL"])
    serveur = {"host": url.query["host"], "port": url.query["port"], "user": SUPERUTILISATEUR}
    mesurer(echantillons)
    debut = time.monotonic()
    multiplier(serveur, url.database, fois)
    print(f"Multipliée par {fois} en {(time.monotonic() - debut) / 60:.1f} min", flush=True)
    mesurer(echantillons)
    subprocess.run(
        [sys.executable, "-m", "tests.bench_excel", "jeunes"],
        cwd=RACINE,
        env=os.environ,
        check=True,
    )


if __name__ == "__main__":
    principal(sys.argv[1:])
