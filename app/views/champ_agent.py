"""The fields of agents: one chosen by typing, several by their names.

A name that nobody bears makes an agent, once confirmed.
"""

import re

from sqlalchemy import select
from wtforms.validators import ValidationError

from app.extensions import db
from app.models import Agent
from app.regles.texte import serrer
from app.views.socle.champs import OBLIGATOIRE, ChampTexte
from app.views.socle.champs_choix import ChampReference

NOUVEAU = "nouveau"
"""The choice « Créer l’agent … », in place of a number."""
_UN_NOM = re.compile(r"[^\W\d_]{2}")
TAILLE = 300


class ChampAgent(ChampReference):
    """The number of an agent; ``nouveau`` holds the name of one to make.

    ``nom_dans``: the column of the record that keeps the name. An agent of another MDS, named on a
    record that one sees, is shown by that name and stays.
    """

    def __init__(self, *arguments, nom_dans: str, **options):
        super().__init__(*arguments, table="agent", **options)
        self.nom_dans = nom_dans
        self.nouveau: str | None = None
        self._nom_actuel = ""
        self._cree = False

    def preparer_pour(self, fiche) -> None:
        super().preparer_pour(fiche)
        self._nom_actuel = getattr(fiche, self.nom_dans, None) or ""

    def process_formdata(self, valuelist) -> None:
        self._cree = NOUVEAU in valuelist
        super().process_formdata([v for v in valuelist if v != NOUVEAU])

    def pre_validate(self, form) -> None:
        if self._reste():
            return
        if self._cree and self.mots:
            self._creer(self.mots)
            return
        super().pre_validate(form)

    def _reste(self) -> bool:
        """The agent is the one that was there, whether or not it is one that the person sees."""
        meme = self.actuelle is not None and self.data == self.actuelle
        return meme and self.mots in (None, self._nom_actuel)

    def _creer(self, nom: str) -> None:
        nom = " ".join(nom.split())
        if not _UN_NOM.search(nom) or len(nom) > TAILLE:
            raise ValidationError("Écrivez le prénom et le nom d’une personne.")
        self.data = None
        self.nouveau = nom

    def _chercher(self, mots: str) -> None:
        try:
            super()._chercher(mots)
        except ValidationError:
            if not self.propositions:
                self.propositions = [(NOUVEAU, f"Créer l’agent « {mots} »")]
                raise ValidationError(
                    "Aucun agent de vos MDS ne porte ce nom : cochez pour le créer, ou corrigez."
                ) from None
            self.propositions.append((NOUVEAU, f"Un autre : créer l’agent « {mots} »"))
            raise

    def texte(self, valeur) -> str:
        """The name of the agent; that of the record for one whom the person does not see."""
        dit = super().texte(valeur)
        if not dit and valeur is not None and valeur == self.actuelle:
            return self._nom_actuel
        return dit

    def ecrire_dans(self, fiche) -> None:
        """Put the name of an agent to make: the base makes it with the record."""
        if self.nouveau:
            setattr(fiche, self.nom_dans, self.nouveau)


class ChampAgents(ChampTexte):
    """The names of several agents, « ; » between them; the base finds the agent of each.

    ``inconnus``: those that nobody bears in the directory that the person reads. They are asked
    about once; then they are added to it.
    """

    rendu = "agents"

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, taille=1000, **options)
        self.inconnus: list[str] = []
        self._accepte = False
        self._actuels = ""

    def preparer(self, actuelle) -> None:
        self._actuels = actuelle or ""

    def process(self, formdata, *arguments, **options) -> None:
        super().process(formdata, *arguments, **options)
        self._accepte = formdata is not None and f"{self.name}-creer" in formdata

    def pre_validate(self, form) -> None:
        super().pre_validate(form)
        deja_la = {serrer(nom) for nom in noms_de(self._actuels)}
        nouveaux = {serrer(nom): nom for nom in noms_de(self.data) if serrer(nom) not in deja_la}
        if not nouveaux:
            return
        for cle in db.session.scalars(select(Agent.cle).where(Agent.cle.in_(nouveaux))):
            del nouveaux[cle]
        mal_ecrits = [nom for nom in nouveaux.values() if not _UN_NOM.search(nom)]
        if mal_ecrits:
            raise ValidationError(f"« {mal_ecrits[0]} » n’est pas le nom d’une personne.")
        if nouveaux and not self._accepte:
            self.inconnus = list(nouveaux.values())
            raise ValidationError(
                "L’annuaire de vos MDS ne connaît pas ces noms : cochez pour les y ajouter, ou"
                " corrigez."
            )


def noms_de(liste: str | None) -> list[str]:
    """The names that a text keeps, « ; » between them."""
    return [nom.strip() for nom in (liste or "").split(";") if nom.strip()]


def ecrire_les_agents(form, fiche) -> None:
    """For the ``valider`` of a screen, once its fields are checked."""
    for champ in form:
        if isinstance(champ, ChampAgent) and not champ.errors:
            champ.ecrire_dans(fiche)


def exiger(form, nom: str) -> None:
    """An agent, there or to make, in this field."""
    champ = form[nom]
    if champ.data is None and not champ.nouveau and not champ.errors:
        champ.errors = [*champ.errors, OBLIGATOIRE]
