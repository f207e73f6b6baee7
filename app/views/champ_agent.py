"""The field of an agent: chosen by typing; a name that nobody bears makes one, once confirmed."""

import re

from wtforms.validators import ValidationError

from app.views.socle.champs import OBLIGATOIRE
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
