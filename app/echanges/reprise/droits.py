"""What the acting account may write of a workbook, row by row.

The base has the last word (row-level security).
"""

from types import EllipsisType

from sqlalchemy import Text, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from app import acces
from app.echanges.reprise.lecture import LigneLue
from app.echanges.reprise.plan import Etat
from app.echanges.reprise.verdict import Verdict
from app.extensions import db

CODES_PARTAGES = ("jeune", "rencontre", "instance", "partenaire")
"""Tables whose key is unique over the whole Département: one that the acting account cannot see may
hold it."""

Lieu = int | tuple[int, ...] | EllipsisType | None
"""A MDS, several, the whole Département (None), anywhere (``...``)."""


class ControleDesDroits(Verdict):
    """The part of the check that asks who imports; mixed into ``controle.Controle``."""

    def _controler_droits(self, etat: Etat, ligne: LigneLue) -> None:
        """Only what would be written is asked for: a row that changes nothing needs no right."""
        if ligne.existant is not None and not ligne.ecarts:
            return
        table = etat.feuille.table
        if table == "jeune" and "mds_id" in ligne.ecarts:
            self.refuser(
                etat,
                ligne,
                "mds_id",
                "Un jeune change de MDS par un transfert, que les deux MDS acceptent.",
            )
            return
        attribut, lieux = self._lieux(etat, ligne)
        acte, verbe = ("modifier", "modifier") if ligne.existant else ("creer", "créer")
        if not all(_permis(table, acte, lieu) for lieu in lieux):
            raison = f"Votre rôle ne permet pas de {verbe} cette ligne pour cette MDS."
            self.refuser(etat, ligne, attribut, raison)

    def _lieux(self, etat: Etat, ligne: LigneLue) -> tuple[str, set[Lieu]]:
        """Where the row is and was, and the column that says so.

        No place when the youth itself is refused, which says enough.
        """
        table = etat.feuille.table
        if etat.feuille.par_jeune:
            return "jeune_id", self._mds_du_jeune(etat, ligne)
        if table == "poste":
            return "coordonnateur", {...}
        attribut = "mds_ids" if table == "partenaire" else "mds_id"
        lieux = {etat.valeur(ligne, attribut)}
        if ligne.existant is not None:
            lieux.add(ligne.existant[etat.places[attribut]])
        return attribut, lieux

    def _mds_du_jeune(self, etat: Etat, ligne: LigneLue) -> set[Lieu]:
        """The MDS of the youth of the row, before and after.

        None when the youth itself is refused.
        """
        cles = {etat.valeur(ligne, "jeune_id")}
        if ligne.existant is not None:
            cles.add(ligne.existant[etat.places["jeune_id"]])
        lieux: set[Lieu] = set()
        for cle in cles - {None}:
            if connu := self.jeunes.get(cle):
                lieux.add(connu.mds_id)
            else:
                jeune = self.etats["jeune"].index.get((cle,))
                if jeune is None or jeune.refusee:
                    return set()
                lieux.add(self.etats["jeune"].valeur(jeune, "mds_id"))
        return lieux

    def _codes_deja_pris(self) -> None:
        """A code held by a row that the account cannot see cannot be used.

        Nothing says what holds it.
        """
        demande = text("select acces.cles_prises(:table, :cles)").bindparams(
            bindparam("cles", type_=ARRAY(Text))
        )
        for table in CODES_PARTAGES:
            etat = self.etats[table]
            nouvelles = [
                cle[0]
                for cle, ligne in etat.index.items()
                if ligne.existant is None and not ligne.refusee
            ]
            if not nouvelles:
                continue
            for prise in db.session.scalars(demande, {"table": table, "cles": nouvelles}):
                self.refuser(
                    etat,
                    etat.index[(prise,)],
                    etat.feuille.cle[0],
                    "Ce code n’est pas disponible : choisissez-en un autre.",
                )


def _permis(table: str, acte: str, lieu: Lieu) -> bool:
    """In the place; of several, in one of them."""
    perimetre = acces.perimetre()
    if isinstance(lieu, EllipsisType):
        return perimetre.peut(table, acte)
    if isinstance(lieu, tuple):
        return any(perimetre.peut(table, acte, mds) for mds in lieu)
    return perimetre.peut(table, acte, lieu)
