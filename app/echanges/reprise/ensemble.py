"""Row against row.

Periods that overlap, attachments that contradict the youth's MDS, what depends on a refused row.
"""

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Callable, Container
from datetime import date, timedelta

from app.echanges.reprise.lecture import LigneLue
from app.echanges.reprise.plan import Cle, Etat
from app.echanges.reprise.valeurs import PropositionDeLecture
from app.echanges.reprise.verdict import Verdict
from app.models.base import PHRASES
from app.regles.parcours import ERREUR

SANS_FIN = date.max
UN_JOUR = timedelta(days=1)
Periode = tuple[date, date]


class ControleDEnsemble(Verdict):
    """The part of the check that looks at the rows together; mixed into ``controle.Controle``."""

    def _orphelins(self) -> None:
        """When good rows are kept: those that refer to a youth or a partner who is refused."""
        for etat in self.etats.values():
            for nom, connus in self._connus().items():
                attribut = f"{nom}_id"
                if attribut not in etat.lecture.rangs:
                    continue
                sources = self.etats[nom]
                for ligne in etat.index.values():
                    cle = etat.valeur(ligne, attribut)
                    if ligne.refusee or cle in connus:
                        continue
                    source = sources.index[(cle,)]
                    if source.refusee:
                        raison = (
                            f"La ligne {source.numero} de la feuille {sources.feuille.nom}, dont"
                            " celle-ci dépend, est refusée."
                        )
                        dite = sources.valeur(source, sources.feuille.cle[0])
                        self.refuser(etat, ligne, attribut, raison, valeur=dite)

    def _connus(self) -> dict[str, Container[str]]:
        """Table → the folded references that the base knows."""
        return {"jeune": self.jeunes, "partenaire": self.partenaires}

    def _controler_ensemble(self, compte: Callable[[LigneLue], bool]) -> None:
        """Periods that overlap, attachments that contradict the youth's MDS.

        ``compte`` says which rows of the file count.
        """
        for etat in self.etats.values():
            if etat.feuille.sans_chevauchement:
                self._chevauchements(etat, compte)
        self._rattachements(compte)

    def _chevauchements(self, etat: Etat, compte: Callable[[LigneLue], bool]) -> None:
        periodes = self._periodes_de_la_base(etat, compte)
        phrase = PHRASES[f"ex_{etat.feuille.table}_periode"][0]
        avec_motif = "motif_sortie_code" in etat.places
        for cle, ligne in etat.index.items():
            if not compte(ligne) or "au" in ligne.fautifs:
                continue
            if avec_motif and etat.valeur(ligne, "motif_sortie_code") == ERREUR:
                continue
            periode = (cle[1], etat.valeur(ligne, "au") or SANS_FIN)
            voisines = periodes[cle[0]]
            autre = _deja_prise(voisines, periode)
            if autre is None:
                insort(voisines, periode)
            else:
                fin = "sans fin" if autre[1] == SANS_FIN else f"au {autre[1]:%d/%m/%Y}"
                raison = f"{phrase} Période déjà prise : du {autre[0]:%d/%m/%Y}, {fin}."
                veille = self._veille(etat, cle, ligne, autre)
                self.refuser(etat, ligne, "du", raison, proposition=veille)

    def _veille(
        self, etat: Etat, cle: Cle, ligne: LigneLue, autre: Periode
    ) -> PropositionDeLecture | None:
        """Of a period that ends on the day when this one begins: it ends the day before.

        When the file does not hold that period, this one begins the day after.
        """
        if autre[1] != cle[1] or autre[0] == autre[1]:
            return None
        voisine = etat.index.get((cle[0], autre[0]))
        if voisine is None:
            lendemain = f"{autre[1] + UN_JOUR:%d/%m/%Y}"
            return PropositionDeLecture(lendemain, "le lendemain de la fin de la période d’avant")
        return PropositionDeLecture(
            f"{autre[1] - UN_JOUR:%d/%m/%Y}",
            f"la période d’avant (ligne {voisine.numero}) finit la veille",
            voisine.numero,
            etat.feuille.par_attribut["au"].titre,
            f"{autre[1]:%d/%m/%Y}",
        )

    def _periodes_de_la_base(
        self, etat: Etat, compte: Callable[[LigneLue], bool]
    ) -> dict[str, list[Periode]]:
        """Folded code of a youth → the periods that the file leaves as they are, in their order."""
        places = etat.places
        motif = places.get("motif_sortie_code")
        periodes: dict[str, list[Periode]] = defaultdict(list)
        for cle, lue in etat.base.items():
            ligne = etat.index.get(cle)
            if ligne is not None and compte(ligne):
                continue
            if motif is None or lue[motif] != ERREUR:
                periode = (lue[places["du"]], lue[places["au"]] or SANS_FIN)
                insort(periodes[cle[0]], periode)
        return periodes

    def _rattachements(self, compte: Callable[[LigneLue], bool]) -> None:
        self._rattachements_du_fichier(compte)
        self._rattachements_de_la_base(compte)

    def _rattachements_du_fichier(self, compte: Callable[[LigneLue], bool]) -> None:
        """One that is still open is the MDS of the youth."""
        etat = self.etats["rattachement"]
        for cle, ligne in etat.index.items():
            mds = etat.valeur(ligne, "mds_rattachement_id")
            clos = etat.valeur(ligne, "au") is not None
            if clos or mds is None or not compte(ligne):
                continue
            if {"au", "mds_rattachement_id"} & ligne.fautifs:
                continue
            attendue = self._mds_attendue(cle[0], compte)
            if attendue is not None and attendue != mds:
                raison = (
                    "Ce rattachement est en cours : ce doit être la MDS du jeune"
                    f" ({self.codes_mds[attendue]})."
                )
                self.refuser(etat, ligne, "mds_rattachement_id", raison)

    def _rattachements_de_la_base(self, compte: Callable[[LigneLue], bool]) -> None:
        """A youth whose MDS changes leaves no attachment open elsewhere."""
        etat = self.etats["rattachement"]
        jeunes = self.etats["jeune"]
        for cle, lue in etat.base.items():
            ligne = etat.index.get(cle)
            jeune = jeunes.index.get((cle[0],))
            clos = lue[etat.places["au"]] is not None
            if clos or jeune is None or not compte(jeune) or (ligne and compte(ligne)):
                continue
            mds = lue[etat.places["mds_rattachement_id"]]
            if "mds_id" in jeune.ecarts and jeune.ecarts["mds_id"][1] != mds:
                raison = (
                    f"Le rattachement en cours est celui de {self.codes_mds[mds]} : donnez sa fin"
                    " dans la feuille Rattachements."
                )
                self.refuser(jeunes, jeune, "mds_id", raison)

    def _mds_attendue(self, cle: str, compte: Callable[[LigneLue], bool]) -> int | None:
        jeunes = self.etats["jeune"]
        ligne = jeunes.index.get((cle,))
        if ligne is not None and compte(ligne):
            mds: int | None = jeunes.valeur(ligne, "mds_id")
            return mds
        if cle not in self.jeunes:
            return None
        return self.jeunes[cle].mds_id


def _deja_prise(voisines: list[Periode], periode: Periode) -> Periode | None:
    """Among the periods of a youth, in their order, one that shares a day with this one."""
    rang = bisect_right(voisines, (periode[0], SANS_FIN))
    for autre in voisines[max(rang - 1, 0) : rang + 1]:
        if autre[0] <= periode[1] and periode[0] <= autre[1]:
            return autre
    return None
