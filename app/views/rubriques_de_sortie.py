"""The parts of « Sortie de X »: what ends, the situation, the binôme, what is planned, the enquête.

A noun plugs its own by adding it to ``RUBRIQUES``.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row
from wtforms import Field

from app.extensions import db
from app.models import Accompagnement, Binome, Enquete, Mesure, Rencontre
from app.regles.age import age_revolu, ajouter_mois
from app.regles.parametres import AGE_MAJORITE, ENTRETIEN_APRES_SORTIE_MOIS
from app.regles.parcours import DECES, ERREUR
from app.views.rubrique_de_situation import RubriqueDeSituation
from app.views.rubrique_des_contrats import RubriqueDesContrats
from app.views.socle import formulaire
from app.views.socle.affichage import en_texte
from app.views.socle.champs import ChampCase, ChampDate, Formulaire
from app.views.sortie import (
    PAS_UNE_SORTIE,
    UN_JOUR,
    ChampChoix,
    ChampMotif,
    ChampsDeLigne,
    RubriqueDeSortie,
    SortieDuJeune,
    SortieVoulue,
    changer,
    lu,
)

SANS_FIN = {"seul": PAS_UNE_SORTIE, "fin": "Dites d’abord ce qui se termine."}
"""What is refused of the binôme when nothing ends."""


class RubriqueDesFins(RubriqueDeSortie):
    """Which mesures and whether the accompagnement, on which day, why."""

    titre = "Ce qui se termine"

    def lignes_de_champs(self, sortant: SortieDuJeune) -> list[ChampsDeLigne]:
        lues = [*self._mesures(sortant), *self._sejour(sortant)]
        if lues:
            lues.insert(0, ChampsDeLigne({"le": ChampDate("Dernier jour")}))
        return [*self._motif_manquant(sortant), *lues]

    def _motif_manquant(self, sortant: SortieDuJeune) -> Iterable[ChampsDeLigne]:
        """Of the exit that is recorded already, why."""
        finie = sortant.mesure_sans_motif
        if finie is not None and sortant.peut("mesure", "modifier"):
            dit = f"Motif de fin : {finie.type}, fini le {en_texte(finie.au)}"
            yield ChampsDeLigne({"motif_manquant": _motif_de_mesure(dit)})

    def _mesures(self, sortant: SortieDuJeune) -> Iterable[ChampsDeLigne]:
        if not sortant.mesures_a_finir or not sortant.peut("mesure", "modifier"):
            return
        siennes: dict[str, Field] = {
            f"mesure_{m.id}": ChampCase(f"{m.type}, depuis le {en_texte(m.du)}")
            for m in sortant.mesures_a_finir
        }
        siennes["motif_fin"] = _motif_de_mesure("Motif de fin de la mesure")
        yield ChampsDeLigne(siennes)

    def _sejour(self, sortant: SortieDuJeune) -> Iterable[ChampsDeLigne]:
        sejour = sortant.sejour_a_finir
        if sejour is None or not sortant.peut("accompagnement", "modifier"):
            return
        motif = ChampMotif(
            "Motif de sortie du dispositif",
            liste="motif_sortie_dispositif",
            sauf=(DECES, ERREUR),
        )
        dit = f"Accompagnement, depuis le {en_texte(sejour.du)}"
        yield ChampsDeLigne({"sejour": ChampCase(dit), "motif_sortie": motif})

    def initiales(self, sortant: SortieDuJeune) -> dict[str, Any]:
        cochees = {f"mesure_{m.id}": m.id == sortant.mesure for m in sortant.mesures_a_finir}
        sejour = sortant.sejour_a_finir
        return {
            "le": sortant.le,
            "sejour": sejour is not None and sejour.id == sortant.sejour,
            **cochees,
        }

    def aide(self, sortant: SortieDuJeune) -> str:
        if sortant.peut("mesure", "modifier") or not sortant.mesures_a_finir:
            return "Cochez ce qui prend fin. Un décès se déclare depuis la fiche du jeune."
        return "La mesure ASE se termine par le référent ; cochez ici ce qui prend fin."

    def verifier(self, form: Formulaire, sortant: SortieDuJeune, voulue: SortieVoulue) -> None:
        for nom, motif, concernees in (
            ("la mesure", "motif_fin", voulue.mesures),
            ("l’accompagnement", "motif_sortie", voulue.sejours),
        ):
            _verifier_la_fin(form, sortant, motif, concernees)
            if lu(form, motif) and not concernees:
                formulaire.refuser(form, f"Cochez {nom} qui se termine.", motif)

    def ecrire(self, form: Formulaire, sortant: SortieDuJeune, voulue: SortieVoulue) -> None:
        for mesure in voulue.mesures:
            changer(
                Mesure,
                mesure,
                au=voulue.fin,
                motif_fin_code=lu(form, "motif_fin"),
            )
        for sejour in voulue.sejours:
            changer(
                Accompagnement,
                sejour,
                au=voulue.fin,
                motif_sortie_code=lu(form, "motif_sortie"),
            )
        finie = sortant.mesure_sans_motif
        if finie is not None and (motif := lu(form, "motif_manquant")):
            changer(Mesure, finie, motif_fin_code=motif)


def _motif_de_mesure(libelle: str) -> ChampMotif:
    return ChampMotif(libelle, liste="motif_sortie_ase", sauf=(DECES,))


def _verifier_la_fin(
    form: Formulaire, sortant: SortieDuJeune, motif: str, lignes: Sequence[Row[Any]]
) -> None:
    """The day of what ends: there, not to come, not before it began; and its reason."""
    fin = lu(form, "le")
    for ligne in lignes:
        if fin is None and not form["le"].errors:
            formulaire.refuser(form, "Dites quel est le dernier jour.", "le")
        elif fin and fin > sortant.le:
            if not form["le"].errors:
                formulaire.refuser(form, "Cette date est dans le futur.", "le")
        elif fin and fin < ligne.du:
            phrase = (
                f"Cela a commencé le {en_texte(ligne.du)} : choisissez ce jour ou un autre après."
            )
            formulaire.refuser(form, phrase, "le")
    if lignes and not lu(form, motif) and not form[motif].errors:
        formulaire.refuser(form, "Dites pourquoi.", motif)


class RubriqueDuBinome(RubriqueDeSortie):
    """The coordonnateur goes on alone from the next day; or the binôme ends."""

    titre = "Le binôme"

    def lignes_de_champs(self, sortant: SortieDuJeune) -> list[ChampsDeLigne]:
        binome = sortant.vu.binome
        if binome is None or not sortant.peut("binome", "modifier", "creer"):
            return []
        choix = [("fin", "Le suivi se termine"), ("", "Ne rien changer")]
        if binome.referent_ase:
            choix.insert(0, ("seul", "Le coordonnateur poursuit seul"))
        return [ChampsDeLigne({"binome": ChampChoix("Dès le lendemain", options=tuple(choix))})]

    def initiales(self, sortant: SortieDuJeune) -> dict[str, Any]:
        if sortant.sejour is not None:
            return {"binome": "fin"}
        binome = sortant.vu.binome
        if sortant.sortie_prevue and binome is not None and binome.referent_ase:
            return {"binome": "seul"}
        return {"binome": None}

    def aide(self, sortant: SortieDuJeune) -> str:
        binome = sortant.vu.binome
        if binome is None:
            return ""
        avec = "seul"
        if binome.referent_ase:
            avec = f"avec {binome.referent_ase}"
        dit = f"{binome.coordonnateur}, {avec}, depuis le {en_texte(binome.du)}."
        if sortant.sortie_deja is not None and binome.du > sortant.sortie_deja:
            dit += " Il a commencé après la sortie de l’ASE : « seul » vaudrait dès demain."
        return dit

    def verifier(self, form: Formulaire, sortant: SortieDuJeune, voulue: SortieVoulue) -> None:
        choix = lu(form, "binome")
        binome = sortant.vu.binome
        if not choix or binome is None:
            return
        jour = _dernier_jour(choix, sortant, voulue)
        if jour is None:
            formulaire.refuser(form, SANS_FIN[choix], "binome")
        elif jour < binome.du:
            phrase = f"Ce binôme commence le {en_texte(binome.du)}, après la sortie."
            formulaire.refuser(form, phrase, "binome")

    def ecrire(self, form: Formulaire, sortant: SortieDuJeune, voulue: SortieVoulue) -> None:
        choix = lu(form, "binome")
        binome = sortant.vu.binome
        if not choix or binome is None:
            return
        jour = _dernier_jour(choix, sortant, voulue)
        if jour is None:
            return
        changer(Binome, binome, au=jour)
        if choix == "seul" and (binome.au is None or binome.au > jour):
            db.session.flush()
            db.session.add(
                Binome(
                    jeune_id=sortant.jeune.id,
                    coordonnateur=binome.coordonnateur,
                    coordonnateur_id=binome.coordonnateur_id,
                    du=jour + UN_JOUR,
                    au=binome.au,
                )
            )


def _dernier_jour(choix: str, sortant: SortieDuJeune, voulue: SortieVoulue) -> date | None:
    """Of the binôme as it is: that of the exit before the relay, else of what ends.

    A binôme that began after the exit ends today, before the relay.
    """
    binome = sortant.vu.binome
    if choix == "seul":
        if voulue.sortie and binome is not None and binome.du > voulue.sortie:
            return sortant.le
        return voulue.sortie
    return voulue.fin or voulue.sortie


class RubriqueDeRencontre(RubriqueDeSortie):
    """The rencontre planned six months after the exit of a youth of age."""

    titre = "Après la sortie"
    TYPE = "ENTRETIEN_6_MOIS"

    def lignes_de_champs(self, sortant: SortieDuJeune) -> list[ChampsDeLigne]:
        if not sortant.peut("rencontre", "creer") or self._deja_prevue(sortant):
            return []
        mois = ENTRETIEN_APRES_SORTIE_MOIS.en_lettres
        jour = ChampDate("Entretien le", aide=f"Vide : {mois} après la sortie, jour pour jour.")
        coche = ChampCase(f"Prévoir l’entretien à {mois}")
        return [ChampsDeLigne({"entretien": coche, "entretien_le": jour})]

    def _deja_prevue(self, sortant: SortieDuJeune) -> bool:
        return any(
            r.type_code == self.TYPE and r.statut_code == "PREVUE" and r.le >= sortant.le
            for r in sortant.lignes("rencontre")
        )

    def initiales(self, sortant: SortieDuJeune) -> dict[str, Any]:
        attendue = sortant.sortie_prevue
        if not attendue:
            return {}
        majeur = age_revolu(sortant.jeune.date_naissance, attendue) >= AGE_MAJORITE.valeur
        return {"entretien": majeur and _six_mois_apres(attendue) >= sortant.le}

    def verifier(self, form: Formulaire, sortant: SortieDuJeune, voulue: SortieVoulue) -> None:
        jour = lu(form, "entretien_le")
        if not lu(form, "entretien"):
            if jour:
                formulaire.refuser(form, "Cochez l’entretien pour le prévoir.", "entretien")
            return
        if voulue.sortie is None:
            formulaire.refuser(form, PAS_UNE_SORTIE, "entretien")
            return
        jour = jour or _six_mois_apres(voulue.sortie)
        if jour <= voulue.sortie or jour < sortant.le:
            phrase = "Choisissez un jour à venir, après la sortie."
            formulaire.refuser(form, phrase, "entretien_le")

    def ecrire(self, form: Formulaire, sortant: SortieDuJeune, voulue: SortieVoulue) -> None:
        if not lu(form, "entretien") or voulue.sortie is None:
            return
        binome = sortant.vu.binome
        db.session.add(
            Rencontre(
                jeune_id=sortant.jeune.id,
                type_code=self.TYPE,
                statut_code="PREVUE",
                le=lu(form, "entretien_le") or _six_mois_apres(voulue.sortie),
                fixee_le=sortant.le,
                agents=binome and binome.coordonnateur,
            )
        )


def _six_mois_apres(sortie: date) -> date:
    return ajouter_mois(sortie, ENTRETIEN_APRES_SORTIE_MOIS.valeur)


class RubriqueDeLAvis(RubriqueDeSortie):
    """The enquête, whose link comes next."""

    titre = "L’avis du jeune"

    def lignes_de_champs(self, sortant: SortieDuJeune) -> list[ChampsDeLigne]:
        if not sortant.peut("enquete", "creer") or self._demandee(sortant):
            return []
        aide = "Le lien et le QR code s’affichent ensuite, à imprimer."
        coche = ChampCase("Demander son avis sur l’accompagnement", aide=aide)
        return [ChampsDeLigne({"enquete": coche})]

    def _demandee(self, sortant: SortieDuJeune) -> bool:
        """Asked today, or already and not answered."""
        return any(
            e.demandee_le == sortant.le or e.repondue_le is None for e in sortant.lignes("enquete")
        )

    def ecrire(self, form: Formulaire, sortant: SortieDuJeune, voulue: SortieVoulue) -> None:
        if lu(form, "enquete"):
            db.session.add(Enquete(jeune_id=sortant.jeune.id, demandee_le=sortant.le))


RUBRIQUES: tuple[RubriqueDeSortie, ...] = (
    RubriqueDesFins(),
    RubriqueDeSituation(),
    RubriqueDesContrats(),
    RubriqueDuBinome(),
    RubriqueDeRencontre(),
    RubriqueDeLAvis(),
)
"""In the order of the screen, which is that of the writing."""
