"""The situation of a youth who leaves: still true, told anew, or told later."""

from datetime import date
from typing import Any

from app.extensions import db
from app.models import Situation
from app.regles.parcours import blocs
from app.views.socle import formulaire
from app.views.socle.affichage import en_texte
from app.views.socle.champs import ChampDate, Formulaire
from app.views.socle.conversion import composer
from app.views.socle.fiche import vue_de
from app.views.sortie import (
    ChampChoix,
    ChampsDeLigne,
    RubriqueDeSortie,
    SortieDuJeune,
    SortieVoulue,
    changer,
    lu,
)

REPONSES = (
    "situation_pro_code",
    "logement_code",
    "maintien_6_mois",
    "ressource_1_code",
    "fin_ressource_1",
    "ressource_2_code",
    "fin_ressource_2",
    "couverture_base_code",
    "couverture_complementaire_code",
)
"""What is said of a situation."""


class RubriqueDeSituation(RubriqueDeSortie):
    """« Toujours vrai » confirms the latest; else what has changed, copied from it."""

    titre = "Situation à la sortie"

    def lignes_de_champs(self, sortant: SortieDuJeune) -> list[ChampsDeLigne]:
        choix = []
        if sortant.situation is not None and sortant.peut("situation", "modifier"):
            choix.append(("vrai", "Toujours vraie"))
        if sortant.peut("situation", "creer"):
            mots = "Je la dis ici"
            if choix:
                mots = "Elle a changé"
            choix.append(("changee", mots))
        if not choix:
            return []
        demande = ChampChoix("Cette situation est", options=(*choix, ("", "À dire plus tard")))
        lues = [ChampsDeLigne({"situation": demande})]
        if choix[-1][0] == "changee":
            compose = composer(vue_de("situation"), list(REPONSES), creation=True)
            siens = {nom: getattr(compose, nom) for nom in REPONSES}
            siens["observee_le"] = ChampDate("Observée le", aide="Vide : le jour de la sortie.")
            lues.append(ChampsDeLigne(siens, "Ce que l’on sait de sa situation"))
        return lues

    def initiales(self, sortant: SortieDuJeune) -> dict[str, Any]:
        if sortant.situation is None:
            return {}
        return {nom: getattr(sortant.situation, nom) for nom in REPONSES}

    def aide(self, sortant: SortieDuJeune) -> str:
        derniere = sortant.situation
        if derniere is None:
            return "Aucune situation n’est enregistrée."
        dites = [derniere.situation_pro, derniere.logement, derniere.ressource_1]
        lues = [str(dit) for dit in dites if dit] or ["rien n’y est renseigné"]
        return (
            f"Dernière situation, observée le {en_texte(derniere.observee_le)} : {', '.join(lues)}."
        )

    def verifier(self, form: Formulaire, sortant: SortieDuJeune, voulue: SortieVoulue) -> None:
        if "observee_le" not in form:
            return
        avant = self.initiales(sortant)
        ecrites = [nom for nom in REPONSES if lu(form, nom) != avant.get(nom)]
        choix = lu(form, "situation")
        if ecrites and choix != "changee":
            phrase = "Vous avez changé des réponses : dites que la situation a changé."
            formulaire.refuser(form, phrase, "situation")
        if choix != "changee":
            return
        if all(lu(form, nom) is None for nom in REPONSES):
            phrase = "Rien n’est dit de la situation : répondez au moins à une question."
            formulaire.refuser(form, phrase, "situation_pro_code")
        for rang in ("1", "2"):
            if lu(form, f"fin_ressource_{rang}") and not lu(form, f"ressource_{rang}_code"):
                phrase = "Dites de quelle ressource il s’agit."
                formulaire.refuser(form, phrase, f"ressource_{rang}_code")
        observee = lu(form, "observee_le")
        if observee and observee > sortant.le:
            formulaire.refuser(form, "Cette date est dans le futur.", "observee_le")

    def ecrire(self, form: Formulaire, sortant: SortieDuJeune, voulue: SortieVoulue) -> None:
        choix = lu(form, "situation")
        jour = lu(form, "observee_le") or voulue.sortie or voulue.fin or sortant.le
        if choix == "changee":
            self._dire(sortant, jour, {nom: lu(form, nom) for nom in REPONSES})
        derniere = sortant.situation
        if choix != "vrai" or derniere is None:
            return
        if _est_d_avant(derniere.observee_le, sortant, voulue):
            self._dire(sortant, jour, self.initiales(sortant))
        else:
            changer(Situation, derniere, confirmee_le=sortant.le)

    def _dire(self, sortant: SortieDuJeune, jour: date, valeurs: dict[str, Any]) -> None:
        """Of a day that has its situation already, correct it."""
        meme_jour = [s for s in sortant.lignes("situation") if s.observee_le == jour]
        if meme_jour and sortant.peut("situation", "modifier"):
            changer(Situation, meme_jour[0], **valeurs)
        else:
            db.session.add(Situation(jeune_id=sortant.jeune.id, observee_le=jour, **valeurs))


def _est_d_avant(observee_le: date, sortant: SortieDuJeune, voulue: SortieVoulue) -> bool:
    """The situation is that of an earlier stay in the ASE.

    Confirmed now, it would tell the situation of that exit too, and change figures of the past.
    """
    sortie = voulue.sortie or sortant.le
    finis = [bloc.au for bloc in blocs(sortant.lignes("mesure")) if bloc.au is not None]
    return any(observee_le <= au < sortie for au in finis)
