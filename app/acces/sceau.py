"""The seal of the audit log: sign what the base has chained, tell what was altered.

The key is not in the base: who owns the base can compute the hashes again, not the signatures.
"""

import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from flask import Flask, Response, current_app
from sqlalchemy import Connection, make_url, text
from sqlalchemy.exc import DBAPIError

from app.acces import (
    ancres,
    chaine,
    concordance,
    fraiches,
    installe,
    reperes,
    sorties_dites,
)
from app.acces.alteration import Alteration
from app.acces.chaine import Ligne, Parcours
from app.acces.cles import cle, nom_de_cle, signature
from app.acces.reperes import RepereDuSceau, RepereIllisible
from app.extensions import db

LOT = 10_000
"""Lines in a seal at most: as many as one request may carry."""
PERIODE_SECONDES = 60

_prochain = 0.0
"""When this process seals again (monotonic clock)."""
_ENTRETIEN = text(
    "select set_config('app.acteur', 'tous', true), set_config('app.canal', 'entretien', true)"
)


def sceller(lots: int | None = None) -> None:
    """Seal the committed lines that are not, at most ``lots`` batches.

    Another process that seals at the same moment does it for us. A mark that shows an alteration
    stays where it is: it is the proof. Nothing is sealed while the mark is signed with a former
    key that is not given: the two could no longer be told to follow each other.
    """
    restants = itertools.count() if lots is None else range(lots)
    for _ in restants:
        with db.engine.begin() as connexion:
            connexion.execute(_ENTRETIEN)
            if reperes.est_d_une_cle_inconnue(connexion):
                current_app.logger.error(
                    "SECRET_KEY changed: give the former one, nothing is sealed"
                )
                return
            ou = reperes.etat_des_lieux(connexion)
            neufs = _sceller_un_lot(connexion)
            if not neufs:
                return
            repere = _avancer_le_repere(connexion, neufs[0].numero, ou)
        if repere is not None:
            reperes.noter_dehors(repere)


def _sceller_un_lot(connexion: Connection) -> list[Ligne]:
    """The seals made, signed."""
    tenue = cle()
    neufs = connexion.execute(text("select * from acces.sceller(:lot)"), {"lot": LOT}).all()
    for neuf in neufs:
        connexion.execute(
            text("select acces.signer_sceau(:id, :cle, :signature)"),
            {
                "id": neuf.numero,
                "cle": nom_de_cle(tenue),
                "signature": signature(tenue, neuf.empreinte),
            },
        )
    return list(neufs)


class RepereRefuse(Exception):
    """A mark shows an alteration: it stays as it is, and the verification tells it."""


def _avancer_le_repere(
    connexion: Connection, premier_neuf: int, ou: dict[str, object]
) -> RepereDuSceau | None:
    """Note the last seal in the base; the mark to note outside it, or None.

    ``ou`` was read before the seals were made.
    """
    neuf = reperes.du_dernier_sceau(connexion, ou)
    if neuf is None:
        return None
    try:
        avant = reperes.de_la_base(connexion)
        dehors = reperes.de_dehors(neuf.base)
        _exiger_la_suite(connexion, avant, premier_neuf, neuf)
        if avant is not None:
            neuf = neuf.apres(avant, dehors)
        reperes.noter(connexion, neuf)
        _exiger_le_dehors(connexion, dehors, neuf)
    except (RepereIllisible, RepereRefuse) as erreur:
        current_app.logger.error("the mark of the last seal is not right: %s", erreur)
        return None
    return neuf


def _exiger_la_suite(
    connexion: Connection, avant: RepereDuSceau | None, premier_neuf: int, neuf: RepereDuSceau
) -> None:
    if avant is None:
        if premier_neuf > 1:
            raise RepereRefuse("missing from the base")
        return
    if not avant.est_signe or avant.systeme != neuf.systeme or not reperes.est_la(connexion, avant):
        raise RepereRefuse("not that of this audit log")


def _exiger_le_dehors(
    connexion: Connection, dehors: RepereDuSceau | None, neuf: RepereDuSceau
) -> None:
    if reperes.fichier(neuf.base) is None:
        return
    if dehors is None:
        if neuf.dehors:
            raise RepereRefuse("missing from its folder")
    elif not dehors.est_signe or not reperes.est_la(connexion, dehors):
        raise RepereRefuse("in its folder, and not that of this audit log")


def declarer(app: Flask) -> None:
    """Once a minute and a process, a request seals what was written.

    It does so after its answer has left, so that nobody waits.
    """

    @app.after_request
    def sceller_de_temps_en_temps(reponse: Response) -> Response:
        global _prochain
        if time.monotonic() >= _prochain:
            _prochain = time.monotonic() + PERIODE_SECONDES
            reponse.call_on_close(_sceller_sans_bruit(app))
        return reponse


def _sceller_sans_bruit(app: Flask) -> Callable[[], None]:
    def sceller_un_lot() -> None:
        with app.app_context():
            try:
                sceller(1)
            except DBAPIError:  # the answer has left; the next minute tries again
                app.logger.exception("the audit log could not be sealed")

    return sceller_un_lot


@dataclass
class ConstatJournal:
    """What the verification found; ``parcours`` is what was read and is whole."""

    parcours: Parcours = field(default_factory=Parcours)
    alterations: list[Alteration] = field(default_factory=list)

    @property
    def alteration(self) -> str | None:
        """The first one, as a sentence for people; None when the log is intact."""
        return self.alterations[0].dit if self.alterations else None


def verifier(
    avancer: Callable[[int], None] = lambda combien: None, *, sans_repere: bool = False
) -> ConstatJournal:
    """Compare the log with its seals, its marks and the records, and the base with what we put.

    ``sans_repere``: the marks are of another life of this base, and say nothing.
    """
    constat = ConstatJournal()
    with db.engine.begin() as connexion:
        base = str(reperes.etat_des_lieux(connexion)["base"])
    # Before the snapshot: what another machine notes meanwhile names a seal that it does not hold.
    dehors: RepereDuSceau | None = None
    illisible = False
    try:
        dehors = reperes.de_dehors(base)
    except RepereIllisible:
        illisible = True
    with db.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connexion:
        connexion.execute(_LIRE_TOUT)
        constat.alterations += _du_journal(connexion, constat.parcours, avancer)
        if not sans_repere:
            constat.alterations += reperes.alterations(connexion, dehors, illisible)
            constat.alterations += fraiches.alterations(connexion, _repere_signe(connexion))
        constat.alterations += ancres.alterations(connexion)
        role = make_url(current_app.config["SQLALCHEMY_DATABASE_URI"]).username or ""
        constat.alterations += installe.alterations(connexion, role)
        constat.alterations += concordance.alterations(connexion)
        constat.alterations += sorties_dites.alterations(connexion)
    return constat


_LIRE_TOUT = text(
    "select pg_catalog.set_config('app.acteur', 'tous', true),"
    " pg_catalog.set_config('search_path', 'pg_catalog', true),"
    " pg_catalog.set_config('TimeZone', 'Europe/Paris', true)"
)


def _du_journal(
    connexion: Connection, parcours: Parcours, avancer: Callable[[int], None]
) -> Iterator[Alteration]:
    trouvees = list(chaine.parcourir(connexion, parcours, avancer))
    yield from trouvees
    if not trouvees:
        yield from chaine.ligne_ajoutee(connexion)
    yield from chaine.expurgation_fausse(connexion)


def _repere_signe(connexion: Connection) -> RepereDuSceau | None:
    try:
        repere = reperes.de_la_base(connexion)
    except RepereIllisible:
        return None
    if repere is None or not repere.est_signe:
        return None
    return repere


def reprendre_les_reperes(connexion: Connection) -> None:
    """Mark the last seal of a base that somebody recognised as it is, here and outside it.

    A base restored, moved or of before the marks were signed; every line is sealed.
    """
    connexion.execute(_ENTRETIEN)
    ou = reperes.etat_des_lieux(connexion)
    dernier = reperes.du_dernier_sceau(connexion, ou)
    reperes.oublier_dehors(str(ou["base"]))
    if dernier is not None:
        neuf = replace(dernier, depuis=dernier.numero, plancher=0)
        reperes.noter(connexion, neuf)
        reperes.noter_dehors(neuf)


def oublier_le_repere() -> None:
    """A base that goes on from an older seal: the mark outside it is that of another life."""
    with db.engine.begin() as connexion:
        reperes.oublier_dehors(str(reperes.etat_des_lieux(connexion)["base"]))
