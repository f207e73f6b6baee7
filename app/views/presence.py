"""The attendance sheet of a collective action or of a permanence: who came, and what it made.

One rencontre per youth, an orientation for each one oriented on the spot, saved together.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask import abort, request
from flask_login import current_user
from sqlalchemy import select
from wtforms import Field
from wtforms.validators import ValidationError

from app import acces
from app.erreurs import CHOIX_NON_VALABLE
from app.extensions import db
from app.models import Instance, Jeune, Orientation, Participant, Rencontre
from app.regles.age import aujourd_hui
from app.regles.texte import serrer
from app.views import portefeuille
from app.views.champ_agent import ChampAgents, noms_de
from app.views.instance import PERMANENCE
from app.views.socle import choix, saisie
from app.views.socle.affichage import elements
from app.views.socle.champs import Champ, ChampDate, ChampTexte, ChampTexteLong, Formulaire
from app.views.socle.champs_choix import ChampListe, ChampMds, ChampReference
from app.views.socle.fiche import vue_de
from app.views.socle.page import Fil

MAX_JEUNES = 60
"""The youths entered at once."""
PRESENCES = {"TENUE": "Présent", "ABSENCE": "Absent", "EXCUSE": "Excusé"}
"""The status of the rencontre of each youth → what the sheet says."""
SANS_MOTIF = "-"
"""Oriented on the spot, and the reason is not said."""
DE_L_ACTION = (
    *("intitule", "le", "mds_id", "theme_code", "lieu_code", "adresse", "agents", "description"),
)
"""The fields of the sheet that are those of the action."""


class ChampJeunes(Champ):
    """The youths chosen so far, as ticked boxes: all visible, or the form is refused.

    Beside each, whether they came (``presence-<number>``); present unless said otherwise.
    """

    rendu = "jeunes"
    presences = PRESENCES

    def process(self, formdata, *arguments, **options) -> None:
        """What was sent, or kept for the person and given back: the lines are read there too."""
        self.recu = formdata or {}
        super().process(formdata, *arguments, **options)

    def process_formdata(self, valuelist) -> None:
        self.saisie = ""
        self.data = []
        for brut in valuelist[: MAX_JEUNES + 1]:
            numero = saisie.numero(brut)
            if numero is None:
                raise ValueError(CHOIX_NON_VALABLE)
            if numero not in self.data:
                self.data.append(numero)

    def statut_de(self, numero: int) -> str:
        """The status that the sheet gives to this youth."""
        dit = self.recu.get(f"presence-{numero}", "")
        return dit if dit in PRESENCES else "TENUE"

    def ajouter(self, numeros: Iterable[int]) -> None:
        """Put these youths in the list too; one that is too many is refused, never dropped."""
        self.data = [*dict.fromkeys([*self.data, *numeros])]
        self.preparer(None)

    def preparer(self, actuelle) -> None:
        self.data = self.data or []
        self.fiches = list(
            db.session.scalars(select(Jeune).where(Jeune.id.in_(self.data)).order_by(Jeune.nom_tri))
        )

    def pre_validate(self, form) -> None:
        if self.process_errors:
            return
        if not self.data:
            raise ValidationError("Choisissez au moins un jeune.")
        if len(self.data) > MAX_JEUNES:
            raise ValidationError(f"{MAX_JEUNES} jeunes au plus à la fois.")
        if len(self.fiches) != len(self.data):
            raise ValidationError(CHOIX_NON_VALABLE)


class FormulaireCollectif(Formulaire):
    """The action, then who came; ``orientables`` once the person may orient there."""

    intitule = ChampTexte("Intitulé", requis=True, taille=200)
    le = ChampDate("Le", requis=True)
    mds_id = ChampMds("MDS qui organise", ressource="action_collective", acte="creer", requis=True)
    type_code = ChampListe("Type", liste="type_rencontre", requis=True)
    theme_code = ChampListe("Thème", liste="theme_frein", aide="Estime de soi, mobilité…")
    lieu_code = ChampListe("Lieu", liste="lieu_rencontre")
    adresse = ChampTexte("Adresse", taille=300, aide="Salle, rue, ville.")
    agents = ChampAgents("Professionnels rencontrés", aide="Leurs noms, « ; » entre eux.")
    description = ChampTexteLong(
        "Description", aide="Reprise comme compte rendu de chaque rencontre."
    )
    jeunes = ChampJeunes("Jeunes choisis", requis=True)
    un_jeune = ChampReference("Ajouter un jeune", table="jeune")

    @property
    def motifs(self) -> list[tuple[str, str]]:
        """Why a youth is oriented on the spot: (code, words); nobody is, for whoever may not."""
        if not acces.perimetre().peut("orientation", "creer"):
            return []
        lus = elements("motif_rupture")["motif_rupture"].values()
        return [(SANS_MOTIF, "Oui"), *((m.code, f"Oui : {m.libelle}") for m in lus)]

    def orientes(self) -> dict[int, str | None]:
        """Youth → why they are oriented (None: not said), of those whose line says so."""
        codes = {code for code, _ in self.motifs}
        dits = {numero: self.motif_de(numero) for numero in self.jeunes.data}
        return {
            numero: None if motif == SANS_MOTIF else motif
            for numero, motif in dits.items()
            if motif in codes
        }

    def motif_de(self, numero: int) -> str:
        """What the line of this youth says of an orientation."""
        return self.jeunes.recu.get(f"orienter-{numero}", "")

    def choisir(self) -> bool:
        """Move the youth typed to the list of those chosen; False when the words name none."""
        if not self.un_jeune.validate(self):
            return False
        if self.un_jeune.data:
            self.jeunes.ajouter([self.un_jeune.data])
        self.un_jeune.data = None
        self.un_jeune.saisie = None
        self.un_jeune.mots = None
        return True


@dataclass(frozen=True)
class PageCollectif:
    """The form of a new collective action.

    ``jeton`` lets it be saved once; ``retour`` is where to go afterwards.
    """

    titre: str
    fil: Fil
    form: FormulaireCollectif
    jeton: uuid.UUID
    retour: str
    a_des_jeunes: bool
    """The person accompanies somebody: « Ajouter mes jeunes »."""
    permanence: Instance | None = None
    """The permanence whose sheet it is."""

    @property
    def erreurs(self) -> list[tuple[Field, str]]:
        """What to correct, field by field."""
        erreurs = []
        for champ in self.form:
            erreurs += [(champ, phrase) for phrase in champ.errors]
        return erreurs

    @property
    def generales(self) -> list[str]:
        """What to correct in the whole."""
        return self.form.form_errors


def rencontre(form: FormulaireCollectif, jeune: int, action_id: int) -> Rencontre:
    """Planned when the day is to come; else what the sheet says of this youth."""
    statut = form.jeunes.statut_de(jeune)
    present: bool | None = statut == "TENUE"
    if form.le.data > aujourd_hui():
        statut = "PREVUE"
        present = None
    return Rencontre(
        jeune_id=jeune,
        action_id=action_id,
        type_code=form.type_code.data,
        le=form.le.data,
        statut_code=statut,
        lieu_code=form.lieu_code.data,
        compte_rendu=form.description.data,
        jeune_present=present,
    )


def orientation(form: FormulaireCollectif, jeune: int, motif: str | None) -> Orientation:
    """Taken on the spot: by the professional met, when there is one alone, to oneself."""
    rencontres = noms_de(form.agents.data)
    par = rencontres[0] if len(rencontres) == 1 else str(current_user)
    agent = portefeuille.moi()
    vers = None
    if agent is not None and "COORDONNATEUR" in acces.perimetre().roles:
        vers = agent.id
    return Orientation(
        jeune_id=jeune,
        contact_le=form.le.data,
        oriente_par=par,
        vers_id=vers,
        motif_code=motif,
    )


def permanence_demandee() -> Instance | None:
    """The permanence of the address (``?instance=12``), of those that the person keeps."""
    if "instance" not in request.args:
        return None
    permanence = choix.demande("instance", "instance")
    if permanence.type_code != PERMANENCE or not vue_de("instance").peut_sur(
        "modifier", permanence
    ):
        abort(404)
    return permanence


def depart_de(permanence: Instance) -> dict:
    """What the sheet of a permanence begins with."""
    depart = {
        "intitule": str(permanence),
        "le": permanence.le,
        "mds_id": permanence.mds_id,
        "type_code": "ENTRETIEN",
    }
    if permanence.service is not None:
        depart["adresse"] = permanence.service.nom
    return depart


def tenir(permanence: Instance, form: FormulaireCollectif) -> None:
    """What the sheet says of the permanence: held, how many came, whom one met there."""
    if form.le.data > aujourd_hui():
        return
    permanence.statut_code = "TENUE"
    venus = [jeune for jeune in form.jeunes.data if form.jeunes.statut_de(jeune) == "TENUE"]
    permanence.jeunes_recus = (permanence.jeunes_recus or 0) + len(venus)
    if permanence.coordonnateur_present is None and "COORDONNATEUR" in acces.perimetre().roles:
        permanence.coordonnateur_present = True
    inscrits = {serrer(participant.nom) for participant in permanence.participants}
    for nom in noms_de(form.agents.data):
        if serrer(nom) not in inscrits:
            db.session.add(Participant(instance_id=permanence.id, nom=nom, est_present=True))


def les_miens() -> Sequence[int]:
    """The youths that the person accompanies, by name; one more than a sheet holds, if there is."""
    siens = select(Jeune.id).where(*portefeuille.les_siens(Jeune.id)).order_by(Jeune.nom_tri)
    if not portefeuille.a_des_jeunes():
        return []
    return db.session.scalars(siens.limit(MAX_JEUNES + 1)).all()
