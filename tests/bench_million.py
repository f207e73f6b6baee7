"""A million youths, by hand: ``TANDEM_INSTANCE=… python -m tests.bench_million [fois] [samples]
[pages]``.

The base at hand, a demonstration of 100,000 youths, is multiplied by ``fois`` (10): each copy of
each youth and of all that is theirs goes through COPY under new numbers and codes, born as many
days later (the same name and day would make each a likely duplicate of the nine others), the
triggers at rest and the plain indexes made again at the end. Then what people open is measured,
beside the same base before. ``pages``, an expression, chooses among « who : page »; ``fois`` at 1
only measures. It needs an embedded base, 25 GB of disk, and is to be thrown away afterwards.
"""

import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil
import psycopg
from flask.testing import FlaskClient
from sqlalchemy import func, make_url, select, text

from app import acces, create_app, delai
from app.base_embarquee import SUPERUTILISATEUR
from app.extensions import db
from app.indicateurs import paquets
from app.models import Jeune, Mds
from app.models.base import SuiviJeune
from app.models.catalogue import noms
from app.securite import PATIENCE
from config import RACINE
from tests.bench_ecrans import _calcul, lire, un_compte
from tests.connexions import champs, ouvrir_session
from tests.pairs.atelier import nom_sans_pareil, un_jour
from tests.test_plans import GRANDES, noeuds, plans

FOIS = 10
ECHANTILLONS = 5
PAGES = {
    "Liste des jeunes": "/jeunes/",
    "Liste, page 40": "/jeunes/?page=40",
    "Recherche d’un nom courant": "/jeunes/?q={courant}",
    "Recherche d’un morceau rare": "/jeunes/?q={rare}",
    "Recherche d’un nom que nul ne porte": "/jeunes/?q=zzyzzyx",
    "Liste des rencontres": "/rencontres/",
    "Fiche": "/jeunes/{jeune}",
    "Formulaire": "/jeunes/{jeune}/modifier",
    "Accueil": "/",
    "Tableau du mois": "/tableau/",
    "Contrôles du mois": "/tableau/controles",
    "Indicateurs d’une année": "/indicateurs/",
}
COMPTES = ("Accueil", "Tableau du mois", "Contrôles du mois", "Indicateurs d’une année")
"""The pages of figures, looked at again after a record has changed."""
RARE = "qzwxjv"
EXPORT = "toutes les MDS : Export"
LONGTEMPS = 2_000.0
"""Milliseconds: what takes longer is not asked as many times."""
DECALAGE = 1_000_000_000 // 100
"""Between the numbers of one copy and those of the next."""
MOTS_DES_COPIES = f"""
    insert into acces.mot (mot, mds_id, jeune_id)
    select mot, j.mds_id, j.id from jeune j, unnest(acces.mots(j.nom, j.prenom, j.anciens_noms)) mot
    where j.id >= {DECALAGE} and j.nom_tri <> 'anonymise dossier'"""
"""What the trigger, at rest, would have written."""


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
        elif colonne.name == "date_naissance":
            ecrite = f"{ecrite} + {{copie}}"
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
        connexion.execute(MOTS_DES_COPIES)
        print(f"  {'mots des noms':<20} {time.monotonic() - debut:7.1f} s", flush=True)
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


@dataclass(frozen=True)
class Mesureur:
    """Someone who opens pages: the processor's time of each, here and in PostgreSQL."""

    qui: str
    client: FlaskClient
    compte: int
    pid: int
    """The session of PostgreSQL that serves them."""
    jeune: int
    choisies: str
    noms: dict[str, str]
    """What is typed: a name that many bear (courant), a part of one that one bears (rare)."""

    def regarder(self, quoi: str, adresse: str, echantillons: int) -> None:
        """The first look, then the median of the others; what the page reads whole, if any."""
        if not self._est_choisie(quoi):
            return
        premier = self.calcul(self._lire(adresse))
        combien = 1 if premier > LONGTEMPS else echantillons
        autres = [self.calcul(self._lire(adresse)) for _ in range(combien)]
        lues = self._lues_en_entier(adresse)
        dites = f"  lit en entier : {', '.join(sorted(lues))}" if lues else ""
        self._dire(quoi, statistics.median(autres), f" (premier regard {premier:.1f}){dites}")

    def regarder_apres_une_ecriture(self, quoi: str, adresse: str, echantillons: int) -> None:
        if not self._est_choisie(quoi) or self.calcul(self._lire(adresse)) > LONGTEMPS:
            return
        calculs = []
        for _ in range(echantillons):
            self._modifier()
            calculs.append(self.calcul(self._lire(adresse)))
        self._dire(f"{quoi}, après une modification", statistics.median(calculs))

    def ecrire(self, quoi: str, adresse: str, echantillons: int, saisis: Callable) -> None:
        if not self._est_choisie(quoi):
            return
        calculs = []
        for _ in range(echantillons + 1):
            saisi = champs(lire(self.client, adresse)) | saisis()
            calculs.append(self.calcul(self._envoyer(adresse, saisi)))
        self._dire(quoi, statistics.median(calculs[1:]))

    def _est_choisie(self, quoi: str) -> bool:
        return bool(re.search(self.choisies, f"{self.qui} : {quoi}"))

    def calcul(self, faire: Callable[[], object]) -> float:
        avant = _calcul(self.pid)
        faire()
        return _calcul(self.pid) - avant

    def _dire(self, quoi: str, calcul: float, reste: str = "") -> None:
        print(f"  {quoi:<50} {calcul:9.1f} ms de calcul{reste}", flush=True)

    def _lire(self, adresse: str) -> Callable[[], object]:
        return partial(lire, self.client, adresse)

    def _envoyer(self, adresse: str, saisi: dict) -> Callable[[], object]:
        def envoyer() -> None:
            reponse = self.client.post(adresse, data=saisi)
            assert reponse.status_code in (302, 303), (adresse, reponse.text)

        return envoyer

    def _modifier(self) -> None:
        adresse = f"/jeunes/{self.jeune}/modifier"
        saisi = champs(lire(self.client, adresse)) | {"objectif": f"Essai {time.monotonic_ns()}"}
        self._envoyer(adresse, saisi)()

    def _lues_en_entier(self, adresse: str) -> set[str]:
        def demander(client: FlaskClient, _csrf: str):
            return client.get(adresse)

        faits = plans(self.client.application, self.compte, demander)
        tous = [noeud for _, plan in faits for noeud in noeuds(plan)]
        return {n["Relation Name"] for n in tous if n["Node Type"] == "Seq Scan"} & GRANDES


def mesurer(echantillons: int, choisies: str) -> None:
    """Each page for someone of all MDS, then of one."""
    app = create_app()
    delai.PAGE_SECONDES = 3600.0
    PATIENCE["statement_timeout"] = "1h"
    with app.app_context(), acces.acteur(acces.TOUS, canal="mesure"):
        artois = db.session.scalar(select(Mds.id).where(Mds.code == "ART"))
        jeune = db.session.scalar(
            select(Jeune.id).where(Jeune.mds_id == artois, Jeune.deces_le.is_(None)).limit(1)
        )
        courant = db.session.scalar(
            select(Jeune.nom).group_by(Jeune.nom).order_by(func.count().desc()).limit(1)
        )
        paquets.oublier()  # the copies moved nothing: the triggers were at rest
        db.session.get_one(Jeune, jeune).anciens_noms = f"Ab{RARE}or Camille"
        comptes = {
            "toutes les MDS": un_compte("RESPONSABLE", None),
            "une MDS": un_compte("RESPONSABLE", artois),
        }
        db.session.commit()
        pid = db.session.scalar(text("select pg_backend_pid()"))
        compte = (
            "select (select count(*) from jeune), (select count(*) from rencontre),"
            " pg_size_pretty(pg_database_size(current_database()))"
        )
        jeunes, rencontres, taille = db.session.execute(text(compte)).one()
        db.session.rollback()
    noms = {"courant": courant, "rare": RARE}
    print(f"{jeunes} jeunes, {rencontres} rencontres, {taille}, charge {os.getloadavg()[0]:.0f}")
    for qui, numero in comptes.items():
        print(f" {qui}")
        client = ouvrir_session(app.test_client(), numero)
        _tout_mesurer(
            Mesureur(qui, client, numero, pid, jeune, choisies, noms), artois, echantillons
        )


def _tout_mesurer(mesureur: Mesureur, mds: int, echantillons: int) -> None:
    for quoi, adresse in PAGES.items():
        mesureur.regarder(quoi, adresse.format(jeune=mesureur.jeune, **mesureur.noms), echantillons)
    for quoi in COMPTES:
        mesureur.regarder_apres_une_ecriture(quoi, PAGES[quoi], echantillons)
    mesureur.ecrire(
        "Enregistrement",
        f"/jeunes/{mesureur.jeune}/modifier",
        echantillons,
        lambda: {"objectif": f"Essai {time.monotonic_ns()}"},
    )
    mesureur.ecrire(
        "Nouvelle rencontre",
        f"/rencontres/ajouter?jeune={mesureur.jeune}",
        echantillons,
        lambda: {"compte_rendu": "Point sur le logement."},
    )
    mesureur.ecrire(
        "Nouveau jeune",
        "/jeunes/ajouter",
        echantillons,
        lambda: {
            "nom": nom_sans_pareil(),
            "prenom": "Essai",
            "date_naissance": f"{un_jour():%d/%m/%Y}",
            "mds_id": str(mds),
        },
    )


def calcul_du_serveur(donnees: Path) -> float:
    """Seconds of processor of PostgreSQL since it started: its processes, those that ended too."""
    pid = int((donnees / "postmaster.pid").read_text().split()[0])
    maitre = psutil.Process(pid)
    temps = [p.cpu_times() for p in (maitre, *maitre.children())]
    finis = maitre.cpu_times()
    vivants = sum(t.user + t.system for t in temps)
    return vivants + finis.children_user + finis.children_system


def principal(arguments: list[str]) -> None:
    nombres = [int(a) for a in arguments if a.isdigit()]
    fois = nombres[0] if nombres else FOIS
    echantillons = nombres[1] if len(nombres) > 1 else ECHANTILLONS
    app = create_app()
    url = make_url(app.config["DATABASE_OWNER_URL"])
    serveur = {"host": url.query["host"], "port": url.query["port"], "user": SUPERUTILISATEUR}
    donnees = app.config["TANDEM_INSTANCE"] / "postgresql"
    choisies = next((a for a in arguments if not a.isdigit()), "")
    mesurer(echantillons, choisies)
    if fois > 1:
        debut, calcul = time.monotonic(), calcul_du_serveur(donnees) + time.process_time()
        multiplier(serveur, url.database, fois)
        calcul = calcul_du_serveur(donnees) + time.process_time() - calcul
        duree = time.monotonic() - debut
        print(
            f"Multipliée par {fois} en {duree / 60:.1f} min, dont {calcul / 60:.1f} de processeur",
            flush=True,
        )
        mesurer(echantillons, choisies)
    if not re.search(choisies, EXPORT):
        return
    subprocess.run(
        [sys.executable, "-m", "tests.bench_excel", "jeunes"],
        cwd=RACINE,
        env=os.environ,
        check=True,
    )


if __name__ == "__main__":
    principal(sys.argv[1:])
