"""One act on the file of a youth that writes several records: one screen, one transaction.

Such an act (leave, come back, die) bears the mark of a ``modification_groupee``: it is taken back
as one while nothing has changed since. Here is what these screens share.
"""

import hashlib
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import abort, flash, redirect, render_template
from sqlalchemy.exc import DBAPIError
from werkzeug.wrappers import Response as Reponse
from wtforms import Field

from app import acces
from app.erreurs import expliquer
from app.extensions import db
from app.models import Jeune
from app.views.socle import choix, formulaire
from app.views.socle.champs import Formulaire
from app.views.socle.lecture import noter_la_lecture
from app.views.socle.page import Fil, adresse, fil_d_ariane

RELIRE = (
    "Quelqu’un a changé ce dossier depuis l’ouverture de cette page : relisez ce qu’il dit, puis"
    " enregistrez à nouveau."
)
Rendu = str | tuple[str, int] | Reponse


@dataclass(frozen=True)
class LigneDeChamps:
    """Fields that are read together, on one line where there is room."""

    champs: Sequence[str]
    repli: str = ""
    """The words under which they are folded, when they are."""


@dataclass(frozen=True)
class RubriqueDActe:
    """A part of the screen: its title, its fields, a sentence about them."""

    titre: str
    lignes: Sequence[LigneDeChamps]
    aide: str = ""


@dataclass(frozen=True)
class PageDActe:
    """What the template of an act is given."""

    jeune: Jeune
    titre: str
    bouton: str
    form: Formulaire
    rubriques: Sequence[RubriqueDActe]
    empreinte: str = ""
    """Changes with anything of the file that the act would touch."""
    annonces: Sequence[str] = ()
    """What the person must know before, a sentence each."""
    jeton: uuid.UUID = field(default_factory=uuid.uuid4)

    @property
    def erreurs(self) -> list[tuple[Field, str]]:
        return [(champ, phrase) for champ in self.form for phrase in champ.errors]

    def deplie(self, ligne: LigneDeChamps) -> bool:
        """Whether fields that are folded must be seen: one of them is wrong."""
        return any(self.form[nom].errors for nom in ligne.champs)

    @property
    def annuler(self) -> str:
        return fiche_de(self.jeune)


def le_jeune(numero: int) -> Jeune:
    """The youth that the person may see and whose file still changes; else 404."""
    jeune: Jeune | None = choix.trouver("jeune", numero)
    if jeune is None or jeune.est_anonyme:
        abort(404)
    return jeune


def exiger(*permis: bool) -> None:
    """At least one of these rights."""
    if not any(permis):
        abort(403)


def peut(ressource: str, acte: str, jeune: Jeune) -> bool:
    return acces.perimetre().peut(ressource, acte, jeune.mds_id)


def fiche_de(jeune: Jeune) -> str:
    return adresse(f"/jeunes/{jeune.id}")


def fil_de(jeune: Jeune) -> Fil:
    return fil_d_ariane(("Jeunes", "/jeunes/"), (str(jeune), f"/jeunes/{jeune.id}"))


def empreinte(lignes: Iterable[Any]) -> str:
    """Of the records that the act would touch, as they were read."""
    lues = sorted((x.id, x.version) for x in lignes)
    return hashlib.sha256(str(lues).encode()).hexdigest()[:32]


def montrer(page: PageDActe, statut: int = 200) -> Rendu:
    """The screen; reading it is reading the file, and the audit log says so."""
    noter_la_lecture("jeune", page.jeune.id, page.jeune.id)
    rendue = render_template("tandem/acte.html", page=page, fil=fil_de(page.jeune))
    db.session.commit()
    return (rendue, statut) if statut != 200 else rendue


def faire(
    page: PageDActe, acte: Callable[[], int], fait: str, suite: str = ""
) -> tuple[int | None, Rendu]:
    """Do the act once, whatever the number of clicks: its number, and the answer.

    ``suite``: where one goes afterwards; by default the file, that offers to take the act back.
    """
    jeton = formulaire.jeton_recu()
    if deja := formulaire.deja_envoye(jeton):
        return int(deja), redirect(_apres(page.jeune, int(deja)))
    if deja := formulaire.reserver(jeton, "modification_groupee"):
        return int(deja), redirect(_apres(page.jeune, int(deja)))
    try:
        numero = acte()
        formulaire.retenir(jeton, numero)
        db.session.commit()
    except DBAPIError as erreur:
        db.session.rollback()
        formulaire.refuser(page.form, *expliquer(erreur))
        return None, montrer(page, 422)
    flash(fait, "succes")
    return numero, redirect(suite or _apres(page.jeune, numero))


def _apres(jeune: Jeune, numero: int) -> str:
    return f"{fiche_de(jeune)}?acte={numero}"
