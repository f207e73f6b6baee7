"""The first home page of the day: ``TANDEM_INSTANCE=… python -m tests.bench_accueils``.

For each role, milliseconds of processor (this process and its session of PostgreSQL, the best of
``FOIS``) of the first look: when nothing was read ahead, when it was, then of the next look; what
reading ahead costs the first time, then again.
"""

from sqlalchemy import select, text

from app import acces, create_app
from app.extensions import db
from app.indicateurs import paquets
from app.models import Mds
from app.service import preparation
from app.views.pages import garde
from tests.bench_ecrans import _calcul, lire, un_compte
from tests.connexions import ouvrir_session

FOIS = 3
ROLES = {
    "RESPONSABLE": ("ART", None),
    "COORDONNATEUR": ("ART",),
    "REFERENT_SEF": ("ART",),
    "SLAI": ("ART",),
    "DPID": (None,),
    "DPO": (None,),
    "ADMINISTRATEUR": (None,),
}
"""Role → the MDS of its accounts; None: all."""


def principal() -> None:
    app = create_app()
    with app.app_context(), acces.acteur(acces.TOUS, canal="mesure"):
        pid = db.session.scalar(text("select pg_backend_pid()"))
        mds = {une.code: une.id for une in db.session.scalars(select(Mds))}
        comptes = {
            (role, code): un_compte(role, mds.get(code))
            for role, codes in ROLES.items()
            for code in codes
        }
        db.session.commit()

    def oublier() -> None:
        garde.oublier()
        with app.app_context(), acces.acteur(acces.TOUS, canal="mesure"):
            paquets.oublier()

    def cout(faire, *arguments) -> float:
        avant = _calcul(pid)
        faire(*arguments)
        return _calcul(pid) - avant

    for (role, code), compte in comptes.items():
        client = ouvrir_session(app.test_client(), compte)
        lire(client, "/")
        sans, avec, ensuite = [], [], []
        for _ in range(FOIS):
            oublier()
            sans.append(cout(lire, client, "/"))
            oublier()
            preparation.preparer(app)
            avec.append(cout(lire, client, "/"))
            ensuite.append(cout(lire, client, "/"))
        print(
            f"{role:<15} {code or 'toutes':<7} rien n’est lu d’avance {min(sans):7.1f},"
            f" lu d’avance {min(avec):5.1f}, puis {min(ensuite):5.1f}",
            flush=True,
        )
    oublier()
    premiere, suivante = (cout(preparation.preparer, app) for _ in range(2))
    print(f"Lire d’avance : {premiere:.0f}, et {suivante:.1f} quand rien n’a bougé")


if __name__ == "__main__":
    principal()
