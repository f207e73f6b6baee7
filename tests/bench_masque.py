"""What a whole year of the version for partners lets one find: ``python -m tests.bench_masque 3``.

Of so many generated bases of 20 to 60 youths, an exact solver is given the twelve months of the
nine MDS and of the Département, in their three columns, and the rectificatifs of March. Code 1
when a number from 1 to 4 is found.
"""

import shutil
import sys
import tempfile
from pathlib import Path
from unittest.mock import patch

from sqlalchemy import select

from app import acces, base_embarquee, create_app
from app.commandes import base
from app.extensions import db
from app.models import Mds
from config import lire_reglages
from tests.indicateurs import histoires
from tests.test_masque_annee import tout_attaquer, une_annee

PREMIERE_GRAINE = 32
JEUNES = (60, 20, 40, 30, 50)


def attaquer(bases: int) -> list[tuple]:
    instance = Path(tempfile.mkdtemp(prefix="tandem-masque-"))
    instance.chmod(0o711)
    app = create_app(lire_reglages({"TANDEM_ENV": "test", "TANDEM_INSTANCE": str(instance)}))
    trouves = []
    try:
        base.initialiser(app)
        with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
            codes = db.session.scalars(select(Mds.code).order_by(Mds.code)).all()
            for rang in range(bases):
                jeunes = JEUNES[rang % len(JEUNES)]
                with patch.object(histoires, "MDS", tuple(codes)):
                    annee = une_annee(db.session, PREMIERE_GRAINE + rang, jeunes, [*codes, None])
                ici = tout_attaquer(annee, dire_les_petits=False)
                print(f"{jeunes} jeunes, {len(codes)} MDS, 12 mois : {ici}", flush=True)
                trouves += ici
            db.session.remove()
            db.engine.dispose()
    finally:
        base_embarquee.arreter(instance)
        shutil.rmtree(instance, ignore_errors=True)
    return trouves


def main(arguments: list[str]) -> int:
    return int(bool(attaquer(int(arguments[0]) if arguments else 3)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
