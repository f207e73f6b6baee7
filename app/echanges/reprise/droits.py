"""What the acting account may write of a workbook, row by row.

The base has the last word (row-level security).
"""

from dataclasses import replace

from sqlalchemy import Text, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from app import acces
from app.echanges.reprise.lecture import LigneLue
from app.echanges.reprise.plan import Etat
from app.echanges.reprise.verdict import Verdict
from app.extensions import db

CODES_PARTAGES = ("jeune", "rencontre", "instance", "partenaire", "agent")
"""Tables whose key is unique over the whole Département: one that the acting account cannot see may
hold it."""
VERBES = {"creer": "créer", "modifier": "modifier"}
PARTAGES = ("partenaire", "agent")
"""Tables whose rows may be several MDS's."""
DU_DEPARTEMENT = (
    "Sans MDS, cette fiche est celle de tout le Département : elle se tient au niveau du "
    "Département. Indiquez vos MDS."
)
D_AILLEURS = "Vous n’inscrivez cette fiche que dans vos MDS."
PARTENAIRE_PARTAGE = (
    "Ce partenaire est aussi celui d’une autre MDS : vous n’y ajoutez, et n’en retirez, que les "
    "vôtres. Gardez les autres dans cette cellule."
)

Lieu = int | None
"""A MDS; None is the whole Département."""


class ControleDesDroits(Verdict):
    """The part of the check that asks who imports; mixed into ``controle.Controle``.

    It says of each row what the policy of its table will say (``acces/politiques.sql``).
    """

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
        elif table in PARTAGES:
            self._controler_partage(etat, ligne)
        elif etat.feuille.par_jeune:
            permis = all(_permis(table, ligne, lieu) for lieu in self._mds_du_jeune(etat, ligne))
            self._refuser_sans_droit(etat, ligne, "jeune_id", permis)
        elif "mds_id" in etat.places:
            permis = all(_permis(table, ligne, lieu) for lieu in _avant_apres(etat, ligne))
            self._refuser_sans_droit(etat, ligne, "mds_id", permis)
        else:
            permis = acces.perimetre().peut(table, _acte(ligne))
            self._refuser_sans_droit(etat, ligne, etat.feuille.cle[0], permis)

    def _refuser_sans_droit(self, etat: Etat, ligne: LigneLue, attribut: str, permis: bool) -> None:
        if not permis:
            verbe = VERBES[_acte(ligne)]
            raison = f"Votre rôle ne permet pas de {verbe} cette ligne pour cette MDS."
            avant = len(self.refus)
            self.refuser(etat, ligne, attribut, raison)
            self.refus[avant:] = [replace(refus, se_corrige=False) for refus in self.refus[avant:]]

    def _controler_partage(self, etat: Etat, ligne: LigneLue) -> None:
        """What may be several MDS's is changed by one of them; that of none, by whoever acts
        everywhere. A partner's MDS adds or takes away itself alone.
        """
        table = etat.feuille.table
        acte = _acte(ligne)
        miennes = acces.perimetre().mds(table, acte)
        partout = acces.perimetre().peut(table, acte, None)
        apres = set(etat.valeur(ligne, "mds_ids") or ())
        avant = apres
        if ligne.existant is not None:
            avant = set(ligne.existant[etat.places["mds_ids"]] or ())
        if not (avant and apres) and not partout:
            self.refuser(etat, ligne, "mds_ids", DU_DEPARTEMENT)
            return
        if ligne.existant is None:
            if not all(mds in miennes for mds in apres):
                self.refuser(etat, ligne, "mds_ids", D_AILLEURS)
            return
        mien = all(not mds or any(n in miennes for n in mds) for mds in (avant, apres))
        self._refuser_sans_droit(etat, ligne, "mds_ids", mien)
        change = table == "partenaire" and avant ^ apres
        if mien and change and not all(mds in miennes for mds in change):
            self.refuser(etat, ligne, "mds_ids", PARTENAIRE_PARTAGE)

    def _mds_du_jeune(self, etat: Etat, ligne: LigneLue) -> set[int]:
        """The MDS of the youth of the row, before and after.

        None when the youth itself is refused.
        """
        cles = {etat.valeur(ligne, "jeune_id")}
        if ligne.existant is not None:
            cles.add(ligne.existant[etat.places["jeune_id"]])
        lieux: set[int] = set()
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


def _acte(ligne: LigneLue) -> str:
    return "creer" if ligne.existant is None else "modifier"


def _avant_apres(etat: Etat, ligne: LigneLue) -> set[Lieu]:
    """Where a row is and was."""
    lieux = {etat.valeur(ligne, "mds_id")}
    if ligne.existant is not None:
        lieux.add(ligne.existant[etat.places["mds_id"]])
    return lieux


def _permis(table: str, ligne: LigneLue, lieu: Lieu) -> bool:
    """There; an instance of an MDS is written by who reads its youths."""
    perimetre = acces.perimetre()
    if table == "instance" and lieu is not None and not perimetre.peut("jeune", "lire", lieu):
        return False
    return perimetre.peut(table, _acte(ligne), lieu)
