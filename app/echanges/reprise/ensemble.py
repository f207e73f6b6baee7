"""Row against row: periods that overlap, attachments that contradict the youth's MDS, what depends
on a refused row."""

from bisect import bisect_right, insort
from collections.abc import Callable
from datetime import date

from app.echanges.reprise.lecture import Ligne
from app.echanges.reprise.plan import Etat
from app.models.base import PHRASES

SANS_FIN = date.max


class ControleDEnsemble:
    """The part of the check that looks at the rows together; mixed into ``controle.Controle``."""

    def _orphelins(self) -> None:
        """With --garder-les-bonnes: what refers to a youth or a partner that will not be created."""
        for etat in self.etats.values():
            for nom, connus in (("jeune", self.jeunes), ("partenaire", self.partenaires)):
                attribut = f"{nom}_id"
                if attribut not in etat.lecture.rangs:
                    continue
                sources = self.etats[nom]
                for ligne in etat.index.values():
                    cle = etat.valeur(ligne, attribut)
                    if not ligne.refusee and cle not in connus and sources.index[(cle,)].refusee:
                        source = sources.index[(cle,)]
                        raison = f"La ligne {source.numero} de la feuille {sources.feuille.nom}, dont celle-ci dépend, est refusée."
                        self._refuser(
                            etat,
                            ligne,
                            attribut,
                            raison,
                            sources.valeur(source, sources.feuille.cle[0]),
                        )

    def _controler_ensemble(self, compte: Callable[[Ligne], bool]) -> None:
        """Periods that overlap, attachments that contradict the youth's MDS; ``compte`` says which
        rows of the file count."""
        for etat in self.etats.values():
            if etat.feuille.sans_chevauchement:
                self._chevauchements(etat, compte)
        self._rattachements(compte)

    def _chevauchements(self, etat: Etat, compte: Callable[[Ligne], bool]) -> None:
        motif = etat.places.get("motif_sortie_code")
        places = etat.places
        periodes: dict[str, list[tuple[date, date]]] = {}
        for cle, lue in etat.base.items():
            ligne = etat.index.get(cle)
            if (ligne is None or not compte(ligne)) and not (motif and lue[motif] == "ERREUR"):
                insort(
                    periodes.setdefault(cle[0], []),
                    (lue[places["du"]], lue[places["au"]] or SANS_FIN),
                )
        phrase = PHRASES[f"ex_{etat.feuille.table}_periode"][0]
        for cle, ligne in etat.index.items():
            if (
                not compte(ligne)
                or "au" in ligne.fautifs
                or (motif and etat.valeur(ligne, "motif_sortie_code") == "ERREUR")
            ):
                continue
            periode = (cle[1], etat.valeur(ligne, "au") or SANS_FIN)
            voisines = periodes.setdefault(cle[0], [])
            rang = bisect_right(voisines, (periode[0], SANS_FIN))
            autre = next(
                (
                    v
                    for v in voisines[max(rang - 1, 0) : rang + 1]
                    if v[0] <= periode[1] and periode[0] <= v[1]
                ),
                None,
            )
            if autre is None:
                insort(voisines, periode)
            else:
                fin = "sans fin" if autre[1] == SANS_FIN else f"au {autre[1]:%d/%m/%Y}"
                self._refuser(
                    etat,
                    ligne,
                    "du",
                    f"{phrase} Période déjà prise : du {autre[0]:%d/%m/%Y}, {fin}.",
                )

    def _rattachements(self, compte: Callable[[Ligne], bool]) -> None:
        etat, jeunes = self.etats["rattachement"], self.etats["jeune"]
        for cle, ligne in etat.index.items():
            mds = etat.valeur(ligne, "mds_rattachement_id")
            clos = etat.valeur(ligne, "au") is not None
            if (
                clos
                or mds is None
                or not compte(ligne)
                or {"au", "mds_rattachement_id"} & ligne.fautifs
            ):
                continue
            attendue = self._mds_attendue(cle[0], compte)
            if attendue not in (None, mds):
                raison = f"Ce rattachement est en cours : ce doit être la MDS du jeune ({self.codes_mds[attendue]})."
                self._refuser(etat, ligne, "mds_rattachement_id", raison)
        for cle, lue in etat.base.items():
            ligne, jeune = etat.index.get(cle), jeunes.index.get((cle[0],))
            if (
                lue[etat.places["au"]] is not None
                or (ligne and compte(ligne))
                or jeune is None
                or not compte(jeune)
            ):
                continue
            mds = lue[etat.places["mds_rattachement_id"]]
            if "mds_id" in jeune.ecarts and jeune.ecarts["mds_id"][1] != mds:
                raison = f"Le rattachement en cours est celui de {self.codes_mds[mds]} : donnez sa fin dans la feuille Rattachements."
                self._refuser(jeunes, jeune, "mds_id", raison)

    def _mds_attendue(self, cle: str, compte: Callable[[Ligne], bool]) -> int | None:
        jeunes = self.etats["jeune"]
        ligne = jeunes.index.get((cle,))
        if ligne is not None and compte(ligne):
            return jeunes.valeur(ligne, "mds_id")
        return self.jeunes[cle].mds_id if cle in self.jeunes else None
