"""How long a screen takes on the base at hand: ``TANDEM_INSTANCE=… python -m tests.bench_ecrans
[--comparer | --tous | --miens]``.

Server time of several requests in one process, signed in as someone of one MDS and as someone of
all of them: computing time (processor, here and in the server's process of PostgreSQL: the rest of
the machine does not count), then duration. ``--comparer`` measures without the audit log, then
without the wall either; the base is put right in the end. ``--tous`` measures every screen that
each role opens, each list filtered and sorted in each way: the slowest first, its computing time
(processor, here and in PostgreSQL), its time, its statements. A second argument, an expression,
chooses among « who : screen ». ``--miens`` measures what a coordonnateur of 45 youths of Artois
opens, « Les miens » then « Ma MDS ».
"""

import logging
import re
import resource
import statistics
import sys
import time
import uuid
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, event, select, text, update

from app import acces, create_app
from app.commandes.base import moteur_proprietaire
from app.commandes.comptes import creer_compte, habiliter
from app.extensions import db
from app.models import Agent, Binome, Jeune, Mds, Travail
from app.travaux import file
from tests import factories
from tests.connexions import jeton, ouvrir_session
from tests.ecrans import Ecran, ecrans
from tests.test_ecrans_base import champs

FOIS = 15
LECTURES = {
    "Liste des jeunes": "/jeunes/",
    "Liste des jeunes, page 40": "/jeunes/?page=40",
    "Recherche d’un nom": "/jeunes/?q=durand",
    "Liste des rencontres": "/rencontres/",
    "Accueil": "/",
    "Fiche": "/jeunes/{jeune}",
    "Formulaire": "/jeunes/{jeune}/modifier",
    "Historique": "/journal/historique/jeune/{jeune}",
}


DES_JEUNES = {
    "Jeunes": "/jeunes/",
    "Binômes": "/binomes/",
    "Rencontres": "/rencontres/",
    "Alertes": "/alertes/",
    "Orientations": "/orientations/",
    "Tâches": "/taches/",
    "À faire": "/a-faire/",
    "Accueil": "/",
}
"""Where « Les miens » may be asked."""
PORTEFEUILLE = 45
"""The youths of a coordonnateur."""


def chronometrer(pid: int, quoi: str, faire: Callable, *arguments) -> None:
    calculs, durees, ordres = [], [], []

    def noter(*_):
        ordres.append(1)

    faire(*arguments)
    event.listen(Engine, "before_cursor_execute", noter)
    for _ in range(FOIS):
        depart, debut = _calcul(pid), time.perf_counter()
        faire(*arguments)
        durees.append((time.perf_counter() - debut) * 1000)
        calculs.append(_calcul(pid) - depart)
    event.remove(Engine, "before_cursor_execute", noter)
    print(
        f"  {quoi:<40} {min(calculs):7.1f} ms de calcul"
        f" (durée : médiane {statistics.median(durees):.0f}, au mieux {min(durees):.0f}),"
        f" {len(ordres) // FOIS} ordres SQL",
        flush=True,
    )


def lire(client, adresse: str) -> str:
    reponse = client.get(adresse)
    assert reponse.status_code == 200, (adresse, reponse.status_code)
    return reponse.text


def enregistrer(client, jeune: int) -> float:
    """Milliseconds of the sending of a form where one field changes."""
    adresse = f"/jeunes/{jeune}/modifier"
    saisi = champs(lire(client, adresse)) | {"objectif": f"Essai {time.monotonic_ns()}"}
    debut = time.perf_counter()
    assert client.post(adresse, data=saisi).status_code == 302
    return (time.perf_counter() - debut) * 1000


def mesurer(app, comptes: dict[str, int], jeune: int) -> None:
    with app.app_context():
        pid = db.session.scalar(text("select pg_backend_pid()"))
        db.session.rollback()
    for nom, compte in comptes.items():
        client = ouvrir_session(app.test_client(), compte)
        print(f" {nom}")
        for quoi, adresse in LECTURES.items():
            chronometrer(pid, quoi, lire, client, adresse.format(jeune=jeune))
        envois = [enregistrer(client, jeune) for _ in range(FOIS)]
        mediane = statistics.median(envois)
        print(f"  {'Enregistrement':<40} {mediane:7.0f} ms (au mieux {min(envois):.0f})")
        with app.app_context(), acces.acteur(compte, canal="mesure"):
            for ordre in ("select count(*) from jeune", "select count(*) from rencontre"):
                chronometrer(pid, ordre, db.session.scalar, text(ordre))


def les_miens(app, mds: int) -> None:
    """The lists of a coordonnateur of ``PORTEFEUILLE`` youths: theirs, then all that they see."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="mesure"):
        compte = un_compte("COORDONNATEUR", mds)
        agent = Agent(nom=f"Mesure {_en_lettres(compte)}", mds_ids=[mds], compte_id=compte)
        db.session.add(agent)
        db.session.flush()
        en_cours = select(Binome.id).where(Binome.mds_id == mds, Binome.au.is_(None))
        pris = en_cours.order_by(Binome.id).limit(PORTEFEUILLE).scalar_subquery()
        donner = update(Binome).where(Binome.id.in_(pris)).values(coordonnateur_id=agent.id)
        db.session.execute(donner)
        db.session.commit()
        pid = db.session.scalar(text("select pg_backend_pid()"))
        db.session.rollback()
    print(f" Un coordonnateur de {PORTEFEUILLE} jeunes")
    client = ouvrir_session(app.test_client(), compte)
    for qui in ("miens", "tous"):
        for quoi, adresse in DES_JEUNES.items():
            chronometrer(pid, f"{quoi}, {qui}", lire, client, f"{adresse}?qui={qui}")


def _en_lettres(numero: int) -> str:
    """A name has no digits."""
    return str(numero).translate(str.maketrans("0123456789", "abcdefghij"))


def exporter(app, compte: int) -> None:
    """The list of youths asked for, then made by the queue, in this process."""
    client = ouvrir_session(app.test_client(), compte)
    champ, avant, debut = jeton(client, "/mon-compte/"), memoire(), time.perf_counter()
    reponse = client.post(
        "/jeunes/exporter",
        data={"csrf_token": champ, "finalite": "SUIVI", "motif": "mesure de vitesse"},
    )
    demande = time.perf_counter() - debut
    assert reponse.status_code == 303, "too few youths for the queue"
    file.travailler(app, attendre=False)
    with app.app_context(), acces.acteur(compte, canal="mesure"):
        dernier = select(Travail.octets).order_by(Travail.id.desc()).limit(1)
        octets = db.session.scalar(dernier)
    assert octets, "the queue made nothing"
    print(
        f"  Export des jeunes : demandé en {demande * 1000:.0f} ms,"
        f" prêt en {time.perf_counter() - debut:.1f} s, {octets / 1e6:.1f} Mo,"
        f" mémoire de pointe + {memoire() - avant:.0f} Mo"
    )


def memoire() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@contextmanager
def sans(app, ordre: str, contraire: str, tables: str):
    """Run ``ordre`` as the owner on each table that ``tables`` chooses, and ``contraire`` in the
    end."""
    moteur = moteur_proprietaire(app)
    with moteur.begin() as connexion:
        noms = connexion.execute(text(tables)).all()
        for ligne in noms:
            connexion.exec_driver_sql(ordre.format(*ligne))
    try:
        yield
    finally:
        with moteur.begin() as connexion:
            for ligne in noms:
                connexion.exec_driver_sql(contraire.format(*ligne))
        moteur.dispose()


SANS_JOURNAL = (
    'alter table "{0}" disable trigger {1}',
    'alter table "{0}" enable trigger {1}',
    (
        "select tgrelid::regclass::text, tgname from pg_trigger"
        " where tgname ~ '^journal_(insert|update|delete)$' and tgenabled <> 'D'"
    ),
)
SANS_MUR = (
    'alter table "{0}" disable row level security',
    'alter table "{0}" enable row level security',
    "select relname from pg_class where relrowsecurity",
)


def un_compte(role: str, mds_id: int | None) -> int:
    login = f"mesure.{uuid.uuid4().hex[:12]}"
    compte = creer_compte(login, "Essai", "Mesure", f"{login}@example.org", factories.MOT_DE_PASSE)
    habiliter(compte, role, mds_id)
    return compte.id


SEUIL, FOIS_TOUS = 50, 3
"""Milliseconds that a screen should not pass; requests made of each (the best is kept)."""


def tous_les_ecrans(app, jeune: int, comptes: dict[str, int], choisis: str = "") -> None:
    logging.disable(logging.WARNING)  # each refusal of a role would be told
    mesures: list[tuple[float, float, int, str, Ecran]] = []
    with app.app_context():
        pid = db.session.scalar(text("select pg_backend_pid()"))
        db.session.rollback()
    try:
        for qui, compte in comptes.items():
            client = ouvrir_session(app.test_client(), compte)
            csrf = jeton(client, "/mon-compte/")
            for ecran in ecrans(app, compte, jeune):
                if re.search(choisis, f"{qui} : {ecran.nom}") and (
                    mesure := _chronometrer_un(client, csrf, ecran, pid)
                ):
                    mesures.append((*mesure, qui, ecran))
    finally:  # Ctrl-C shows what was measured
        mesures.sort(key=lambda m: -m[0])
        for calcul, duree, ordres, qui, ecran in mesures:
            print(
                f"{calcul:7.1f} {duree:7.1f} ms {ordres:3d} ordres "
                f" {qui:<23} {ecran.nom:<60} {ecran.adresse}"
            )
        lents = [m for m in mesures if m[0] > SEUIL]
        print(f"{len(mesures)} écrans mesurés, {len(lents)} au-dessus de {SEUIL} ms", flush=True)


def _chronometrer_un(client, csrf: str, ecran: Ecran, pid: int) -> tuple[float, float, int] | None:
    """Best computing time and best time, in ms, and the statements; None when the person may not
    open it."""
    calculs, durees, ordres = [], [], []

    def noter(*_):
        ordres.append(1)

    if ecran.ouvrir(client, csrf).status_code != 200:
        return None
    for _ in range(FOIS_TOUS):
        ordres.clear()
        event.listen(Engine, "before_cursor_execute", noter)
        depart, debut = _calcul(pid), time.perf_counter()
        ecran.ouvrir(client, csrf)
        durees.append((time.perf_counter() - debut) * 1000)
        calculs.append(_calcul(pid) - depart)
        event.remove(Engine, "before_cursor_execute", noter)
        if sum(durees) > 1500:
            break
    return min(calculs), min(durees), len(ordres)


def _calcul(pid: int) -> float:
    """Milliseconds of processor used so far, here and by the server's process: the others who use
    the machine do not count."""
    return (
        time.process_time() * 1000
        + int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e6
    )


def principal(arguments: list[str]) -> None:
    app = create_app()
    with app.app_context(), acces.acteur(acces.TOUS, canal="mesure"):
        artois = db.session.scalar(select(Mds.id).where(Mds.code == "ART"))
        jeune = db.session.scalar(
            select(Jeune.id).where(Jeune.mds_id == artois).order_by(Jeune.id).limit(1)
        )
        comptes = {
            "Responsable d’une MDS": un_compte("RESPONSABLE", artois),
            "Responsable de toutes": un_compte("RESPONSABLE", None),
        }
        if "--tous" in arguments:
            comptes["Coordonnateur d’une MDS"] = un_compte("COORDONNATEUR", artois)
            comptes |= {role: un_compte(role, None) for role in ("DPID", "DPO", "ADMINISTRATEUR")}
        db.session.commit()
        taille = db.session.execute(
            text("select (select count(*) from jeune), (select count(*) from rencontre)")
        ).one()
    print(f"{taille[0]} jeunes, {taille[1]} rencontres : mur et journal")
    if "--tous" in arguments:
        tous_les_ecrans(app, jeune, comptes, next((a for a in arguments if a[0] != "-"), ""))
        return
    if "--miens" in arguments:
        les_miens(app, artois)
        return
    mesurer(app, comptes, jeune)
    exporter(app, comptes["Responsable de toutes"])
    if "--comparer" in arguments:
        with sans(app, *SANS_JOURNAL):
            print("Sans le journal")
            mesurer(app, comptes, jeune)
            with sans(app, *SANS_MUR):
                print("Sans le journal ni le mur")
                mesurer(app, comptes, jeune)


if __name__ == "__main__":
    principal(sys.argv[1:])
