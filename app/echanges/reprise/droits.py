"""What the acting account may write of a workbook, row by row; the base has the last word
(row-level security)."""

from sqlalchemy import Text, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from app import acces
from app.echanges.reprise.lecture import Ligne
from app.echanges.reprise.plan import Etat
from app.extensions import db

CODES_PARTAGES = ("jeune", "rencontre", "instance", "partenaire")
"""Tables whose key is unique over the whole Département: one that the acting account cannot see may
hold it."""


class ControleDesDroits:
    """The part of the check that asks who imports; mixed into ``controle.Controle``."""

    def _controler_droits(self, etat: Etat, ligne: Ligne) -> None:
        """Only what would be written is asked for: a row that changes nothing needs no right."""
        if ligne.existant is not None and not ligne.ecarts:
            return
        table = etat.feuille.table
        if table == "jeune" and "mds_id" in ligne.ecarts:
            self._refuser(
                etat,
                ligne,
                "mds_id",
                "Un jeune change de MDS par un transfert, que les deux MDS acceptent.",
            )
            return
        attribut = "mds_ids" if table == "partenaire" else "mds_id"
        if etat.feuille.par_jeune:
            attribut, lieux = "jeune_id", self._mds_du_jeune(etat, ligne)
            if lieux is None:
                return
        elif table == "poste":
            attribut, lieux = "coordonnateur", {...}
        else:
            lieux = {etat.valeur(ligne, attribut)} | (
                {ligne.existant[etat.places[attribut]]} if ligne.existant else set()
            )
        acte = "modifier" if ligne.existant else "creer"
        if not all(self._permis(table, acte, lieu) for lieu in lieux):
            verbe = "modifier" if ligne.existant else "créer"
            self._refuser(
                etat,
                ligne,
                attribut,
                f"Votre rôle ne permet pas de {verbe} cette ligne pour cette MDS.",
            )

    @staticmethod
    def _permis(table: str, acte: str, lieu) -> bool:
        perimetre = acces.perimetre()
        if isinstance(lieu, tuple):
            return any(perimetre.peut(table, acte, mds) for mds in lieu)
        return perimetre.peut(table, acte, lieu)

    def _mds_du_jeune(self, etat: Etat, ligne: Ligne) -> set[int] | None:
        """The MDS of the youth of the row, before and after; None when the youth itself is refused,
        which says enough."""
        cles = {
            etat.valeur(ligne, "jeune_id"),
            ligne.existant[etat.places["jeune_id"]] if ligne.existant else None,
        } - {None}
        lieux = set()
        for cle in cles:
            if connu := self.jeunes.get(cle):
                lieux.add(connu.mds_id)
            else:
                jeune = self.etats["jeune"].index.get((cle,))
                if jeune is None or jeune.refusee:
                    return None
                lieux.add(self.etats["jeune"].valeur(jeune, "mds_id"))
        return lieux or None

    def _codes_deja_pris(self) -> None:
        """A code held by a row that the account cannot see cannot be used; nothing says what holds
        it."""
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
            for prise in (
                db.session.scalars(demande, {"table": table, "cles": nouvelles})
                if nouvelles
                else ()
            ):
                self._refuser(
                    etat,
                    etat.index[(prise,)],
                    etat.feuille.cle[0],
                    "Ce code n’est pas disponible : choisissez-en un autre.",
                )
