"""The contrats of a youth who leaves: the contrat jeune majeur asked for, the CEJ proposed."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row
from wtforms import Field

from app.extensions import db
from app.models.contrat import DemandeCjm, PropositionCej
from app.regles.age import age_revolu
from app.regles.parametres import AGE_CONTRAT_JEUNE_MAJEUR
from app.regles.texte import minuscule
from app.views.contrat import a_eu_un_contrat
from app.views.socle import formulaire
from app.views.socle.affichage import en_texte
from app.views.socle.champs import ChampDate, ChampTexte, Formulaire
from app.views.socle.champs_choix import ChampListe
from app.views.sortie import (
    ChampsDeLigne,
    RubriqueDeSortie,
    SortieDuJeune,
    SortieVoulue,
    changer,
    lu,
)

REFUSEE = "REFUSEE"
ACCEPTEE = "ACCEPTEE"


@dataclass(frozen=True)
class ContratDemande:
    """What is asked for on a day and answered on another: its table, and its words."""

    classe: type[DemandeCjm] | type[PropositionCej]
    le: str
    """The column of the day on which it is asked for."""
    reponse: str
    repondue_le: str
    demande: str
    reponse_dite: str
    repondue_dite: str

    @property
    def table(self) -> str:
        return self.classe.__tablename__

    def sans_reponse(self, sortant: SortieDuJeune) -> Row[Any] | None:
        """The one that waits for its answer."""
        siennes = sortant.lignes(self.table)
        return next((d for d in siennes if getattr(d, self.reponse) is None), None)

    def nom(self, champ: str) -> str:
        return f"{self.table}_{champ}"


CJM = ContratDemande(
    DemandeCjm,
    "demandee_le",
    "decision_code",
    "decidee_le",
    "Contrat jeune majeur demandé le",
    "Décision",
    "Décidée le",
)
CEJ = ContratDemande(
    PropositionCej,
    "proposee_le",
    "reponse_code",
    "repondue_le",
    "CEJ proposé le",
    "Réponse du jeune",
    "Répondu le",
)


class RubriqueDesContrats(RubriqueDeSortie):
    """Asked for here, or the answer of what was asked for; each is optional."""

    titre = "Contrat jeune majeur et CEJ"

    def lignes_de_champs(self, sortant: SortieDuJeune) -> list[ChampsDeLigne]:
        return [ligne for contrat in (CJM, CEJ) for ligne in self._lignes(contrat, sortant)]

    def _lignes(self, contrat: ContratDemande, sortant: SortieDuJeune) -> list[ChampsDeLigne]:
        attendue = contrat.sans_reponse(sortant)
        if attendue is None and not _peut_en_demander(contrat, sortant):
            return []
        if attendue is not None and not sortant.peut(contrat.table, "modifier"):
            return []
        champs: dict[str, Field] = {}
        dit = contrat.reponse_dite
        if attendue is None:
            champs[contrat.nom("le")] = ChampDate(contrat.demande)
        else:
            dit = f"{dit} ({minuscule(contrat.demande)} {en_texte(getattr(attendue, contrat.le))})"
        champs[contrat.nom("reponse")] = ChampListe(dit, liste="reponse_demande")
        champs[contrat.nom("repondue_le")] = ChampDate(contrat.repondue_dite)
        if contrat is CJM:
            champs[contrat.nom("jusqu_au")] = ChampDate("Jusqu’au", aide="S’il est accepté.")
            champs[contrat.nom("motif")] = ChampTexte("Motif", taille=500, aide="S’il est refusé.")
        return [ChampsDeLigne(champs)]

    def verifier(self, form: Formulaire, sortant: SortieDuJeune, voulue: SortieVoulue) -> None:
        for contrat in (CJM, CEJ):
            self._verifier(contrat, form, sortant)

    def _verifier(self, contrat: ContratDemande, form: Formulaire, sortant: SortieDuJeune) -> None:
        nom = contrat.nom
        attendue = contrat.sans_reponse(sortant)
        demandee = lu(form, nom("le"))
        if attendue is not None:
            demandee = getattr(attendue, contrat.le)
        reponse = lu(form, nom("reponse"))
        jour = lu(form, nom("repondue_le"))
        if (reponse or jour) and demandee is None:
            formulaire.refuser(form, "Dites quel jour.", nom("le"))
        if reponse and not jour:
            formulaire.refuser(form, "Dites le jour de la réponse.", nom("repondue_le"))
        if jour and not reponse:
            formulaire.refuser(form, "Dites la réponse.", nom("reponse"))
        for champ in ("le", "repondue_le"):
            if (lu(form, nom(champ)) or sortant.le) > sortant.le:
                formulaire.refuser(form, "Cette date est dans le futur.", nom(champ))
        if demandee and jour and jour < demandee:
            formulaire.refuser(form, "La réponse précède la demande.", nom("repondue_le"))
        if contrat is CJM and reponse == REFUSEE and not lu(form, nom("motif")):
            formulaire.refuser(form, "Dites pourquoi la demande est refusée.", nom("motif"))
        if lu(form, nom("jusqu_au")) and reponse != ACCEPTEE:
            formulaire.refuser(form, "Seul un contrat accepté a une fin.", nom("jusqu_au"))

    def ecrire(self, form: Formulaire, sortant: SortieDuJeune, voulue: SortieVoulue) -> None:
        for contrat in (CJM, CEJ):
            self._ecrire(contrat, form, sortant)

    def _ecrire(self, contrat: ContratDemande, form: Formulaire, sortant: SortieDuJeune) -> None:
        valeurs = {
            contrat.reponse: lu(form, contrat.nom("reponse")),
            contrat.repondue_le: lu(form, contrat.nom("repondue_le")),
        }
        if contrat is CJM:
            valeurs |= {champ: lu(form, contrat.nom(champ)) for champ in ("jusqu_au", "motif")}
        attendue = contrat.sans_reponse(sortant)
        if attendue is not None:
            if valeurs[contrat.reponse]:
                changer(contrat.classe, attendue, **valeurs)
            return
        demandee = lu(form, contrat.nom("le"))
        if demandee is None:
            return
        if contrat is CJM:
            valeurs["est_renouvellement"] = a_eu_un_contrat(sortant.jeune.id)
        db.session.add(
            contrat.classe(jeune_id=sortant.jeune.id, **{contrat.le: demandee}, **valeurs)
        )


def _peut_en_demander(contrat: ContratDemande, sortant: SortieDuJeune) -> bool:
    """« jusqu’à 21 ans » for the contrat jeune majeur; the CEJ at any age."""
    if not sortant.peut(contrat.table, "creer"):
        return False
    age = age_revolu(sortant.jeune.date_naissance, sortant.le)
    return contrat is CEJ or age < AGE_CONTRAT_JEUNE_MAJEUR.valeur
