"""What the pages of a territory share.

The territories one may choose, the purpose of a file that leaves, the breadcrumb.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import abort, g, request
from sqlalchemy import inspect, select

from app import acces, departement
from app.erreurs import MotifManquant
from app.extensions import db
from app.models import Mds
from app.views.socle.motif import lire_motif

TAILLE_DU_MOTIF = 300


@dataclass(frozen=True)
class Territoires:
    """Those whose pages the person may read."""

    par_code: dict[str, Mds | None]
    """None, under the code "": the whole Département."""
    choix: list[tuple[str, str]]
    """(code, name), the Département first; read at once, for counting forgets what was read."""

    def choisi(self, valeurs: Mapping[str, str]) -> Mds | None:
        """The territory that the request names; the first one when it names none.

        Refuses (404) what the person may not read.
        """
        code = valeurs.get("mds", next(iter(self.par_code), ""))
        if code not in self.par_code:
            abort(404)
        return self.par_code[code]


def toutes_les_mds() -> list[Mds]:
    """Every MDS by its name, read once a request: once more after figures were counted, which
    empties what was read, instead of one by one."""
    if any(inspect(mds).expired for mds in g.get("toutes_les_mds", ())):
        del g.toutes_les_mds
    if "toutes_les_mds" not in g:
        g.toutes_les_mds = db.session.scalars(select(Mds).order_by(Mds.nom)).all()
    return g.toutes_les_mds


def permis(ressource: str, perimetre: acces.Perimetre | None = None) -> Territoires:
    """The territories where one may read this."""
    permises = (perimetre or acces.perimetre()).mds(ressource, "lire")
    par_code: dict[str, Mds | None] = {}
    if permises is acces.TOUTES:
        par_code[""] = None
    par_code |= {mds.code: mds for mds in toutes_les_mds() if mds.id in permises}
    return Territoires(par_code, [(code, nom(mds)) for code, mds in par_code.items()])


def nom(mds: Mds | None) -> str:
    if mds is None:
        return departement.courant().nom
    return mds.nom


def code(mds: Mds | None) -> str:
    """As it is written in an address."""
    return "" if mds is None else mds.code


def motif_exige(quoi: str) -> str:
    """What the file will serve for, as it was typed; 400 without, which names the file."""
    motif = lire_motif()
    if not motif:
        raise MotifManquant(quoi)
    return motif


def fil(*suite: tuple[str, str]) -> list[tuple[str, str]]:
    """The breadcrumb: home, then the pages above this one."""
    return [("Accueil", f"{request.script_root}/"), *suite]
