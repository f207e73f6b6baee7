"""How long handing over 45 youths takes on the base at hand: ``TANDEM_INSTANCE=… python -m
tests.bench_passation [youths]``.

The preview and the act, in one process, signed in as a responsable of Artois: time, and statements.
Each act is taken back, which is timed too: the base ends as it began, but for the audit log.
"""

import re
import sys
import time
import uuid

from sqlalchemy import Engine, event, func, select

from app import acces, create_app
from app.extensions import db
from app.models import Agent, Binome, Mds
from app.regles.age import aujourd_hui
from tests.bench_ecrans import un_compte
from tests.connexions import ouvrir_session

FOIS = 3
SEUIL = 2000
"""Milliseconds that no step should pass."""


def les_agents(mds: int, nombre: int) -> tuple[int, int, list[int]]:
    """One who hands over, with that many binômes at most, and one who takes over."""
    de = db.session.scalar(
        select(Binome.coordonnateur_id)
        .where(Binome.mds_id == mds, Binome.au.is_(None), Binome.coordonnateur_id.is_not(None))
        .group_by(Binome.coordonnateur_id)
        .order_by(func.count().desc())
        .limit(1)
    )
    siens = select(Binome.id).where(Binome.coordonnateur_id == de, Binome.au.is_(None))
    receveur = Agent(
        nom=f"Mesure {uuid.uuid4().hex[:8].translate(str.maketrans('0123456789', 'ghijklmnop'))}",
        fonction_code="COORDONNATEUR",
        mds_ids=[mds],
    )
    db.session.add(receveur)
    db.session.flush()
    return de, receveur.id, list(db.session.scalars(siens.order_by(Binome.id).limit(nombre)))


def chronometrer(quoi: str, faire):
    ordres: list[int] = []

    def noter(*_):
        ordres.append(1)

    event.listen(Engine, "before_cursor_execute", noter)
    debut = time.perf_counter()
    reponse = faire()
    duree = (time.perf_counter() - debut) * 1000
    event.remove(Engine, "before_cursor_execute", noter)
    trop = "  TROP LENT" if duree > SEUIL else ""
    print(f"  {quoi:<12} {duree:7.0f} ms, {len(ordres)} ordres SQL{trop}", flush=True)
    return reponse


def principal(arguments: list[str]) -> None:
    nombre = int(arguments[0]) if arguments else 45
    app = create_app()
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context(), acces.acteur(acces.TOUS, canal="mesure"):
        mds = db.session.scalar(select(Mds.id).where(Mds.code == "ART"))
        compte = un_compte("RESPONSABLE", mds)
        de, vers, binomes = les_agents(mds, nombre)
        db.session.commit()
    client = ouvrir_session(app.test_client(), compte)
    adresse = f"/passer-la-main/?de={de}"
    valeurs = {"vers": vers, "du": aujourd_hui().isoformat(), "binome": binomes}
    print(f"{len(binomes)} jeunes")
    chronometrer("portefeuille", lambda: client.get(adresse))
    for _ in range(FOIS):
        page = chronometrer("aperçu", lambda: client.post(adresse, data=valeurs)).text
        lu = re.search(r'name="empreinte" value="(\w+)"', page)
        assert lu, "the preview shows nothing to apply"
        envoi = {**valeurs, "acte": "appliquer", "empreinte": lu[1]}
        fait = chronometrer("passer", lambda: client.post(adresse, data=envoi))  # noqa: B023
        assert fait.status_code == 302, fait.text
        ou = f"{fait.location}/annuler"
        annule = chronometrer("annuler", lambda: client.post(ou))  # noqa: B023
        assert annule.status_code == 302, annule.text


if __name__ == "__main__":
    principal(sys.argv[1:])
