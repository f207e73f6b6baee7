"""The agenda of a comité de suivi as one form: the youths, their order, the participants (M10)."""

from dataclasses import dataclass, field

from flask import current_app, flash, request
from sqlalchemy import select
from wtforms import Field

from app.extensions import db
from app.models import CompteRenduComite, Instance, Participant, PointDeComite
from app.models.comite import TAILLE_DES_MOTIFS
from app.regles import comite as regles
from app.views import comite as comites
from app.views.comite import PointLu
from app.views.pages.propositions import COCHES, Proposition, proposer
from app.views.socle import formulaire, saisie
from app.views.socle.champs import Formulaire
from app.views.socle.champs_choix import ChampReference

MAX_POINTS = 60
MAX_PARTICIPANTS = 60


class FormulaireDeLOrdreDuJour(Formulaire):
    """What is typed on the page of an agenda; the ticks and the ranks are read beside it."""

    un_jeune = ChampReference("Ajouter un jeune", table="jeune")


@dataclass
class PageDUnComite:
    """The agenda of a comité, as it is kept or as it was typed."""

    comite: Instance
    points: list[PointLu]
    cherche: bool
    """Whether youths to propose were looked for."""
    propositions: list[Proposition]
    """Those that are not on the agenda."""
    participants: list[Participant]
    anciens: list[Participant]
    """Those of the last comité, while this one has none."""
    lecteurs: set[int]
    """The participants who may read the youths."""
    partis: int
    fusionnes: dict[int, str]
    valide: CompteRenduComite | None
    peut_ecrire: bool
    form: FormulaireDeLOrdreDuJour
    refus: list[str] = field(default_factory=list)
    """What is wrong among the participants."""

    avec_courriel: bool = field(init=False)
    noms = comites.NOMS
    codes = comites.CODES

    def __post_init__(self) -> None:
        self.avec_courriel = current_app.config["SMTP"] is not None

    @property
    def erreurs(self) -> list[tuple[Field, str]]:
        return [(champ, phrase) for champ in self.form for phrase in champ.errors]

    @property
    def generales(self) -> list[str]:
        return self.refus

    @property
    def seance(self) -> str:
        return comites.adresse_de_seance(self.comite, self.points)

    @property
    def est_neuf(self) -> bool:
        """Nothing is on the agenda yet: what is proposed is ticked."""
        return not self.points

    def est_coche(self, numero: int, rang: int) -> bool:
        """A youth that is proposed, at this place among the proposals."""
        if request.method == "POST":
            return str(numero) in request.form.getlist("jeune")
        return self.est_neuf and rang <= COCHES

    def garde(self, nom: str, numero: int) -> bool:
        """A line that was there is kept, unless it has just been unticked."""
        return request.method != "POST" or str(numero) in request.form.getlist(nom)

    @property
    def nouveaux(self) -> str:
        """The names of participants, as they were typed."""
        return request.form.get("nouveaux", "")

    def rang_de(self, point: PointLu) -> str:
        return request.form.get(f"rang-{point.jeune_id}", str(point.rang))

    @property
    def sans_lecture(self) -> list[str]:
        """The participants who may not read the youths: what they receive bears codes alone."""
        return [p.nom for p in self.participants if p.id not in self.lecteurs]


def composer(comite: Instance, recu=None) -> PageDUnComite:
    lus = comites.points(comite)
    la = {p.jeune_id for p in lus}
    form = FormulaireDeLOrdreDuJour(recu)
    form.preparer()
    presents = comites.participants(comite)
    dernier = None if presents else comites.precedent(comite)
    ecrit = comites.peut_ecrire(comite)
    # Asked of the whole MDS: for an empty agenda, for what is sent, or when one wants more.
    cherche = not lus or recu is not None or "propositions" in request.args
    proposees = proposer(comite) if ecrit and cherche else []
    return PageDUnComite(
        comite=comite,
        points=lus,
        cherche=cherche,
        propositions=[p for p in proposees if p.jeune_id not in la],
        participants=presents,
        anciens=comites.participants(dernier) if dernier else [],
        lecteurs={lecteur.participant_id for lecteur in comites.lecteurs(comite)},
        partis=comites.partis(comite),
        fusionnes=comites.fusionnes(lus),
        valide=comites.compte_rendu(comite),
        peut_ecrire=ecrit,
        form=form,
    )


def _numeros(nom: str) -> list[int]:
    """The numbers that ticked boxes give; anything else is no number of ours."""
    lus = (saisie.numero(brut) for brut in request.form.getlist(nom)[: MAX_POINTS * 3])
    return list(dict.fromkeys(n for n in lus if n is not None))


def verifier(page: PageDUnComite) -> bool:
    """What was typed names people; the youth added is of this MDS."""
    valide = page.form.validate()
    jeune = page.form.un_jeune.fiche() if valide else None
    if jeune is not None and jeune.mds_id != page.comite.mds_id:
        phrase = f"Ce jeune est suivi par une autre MDS que {page.comite.mds}."
        formulaire.refuser(page.form, phrase, "un_jeune")
        valide = False
    if len(_numeros("jeune")) > MAX_POINTS:
        page.refus.append(f"Un comité étudie {MAX_POINTS} jeunes au plus.")
    noms, inconnus = comites.noms_tapes(page.nouveaux)
    page.refus += [f"« {nom} » n’est pas le nom d’une personne." for nom in inconnus]
    if len(noms) + len(page.participants) > MAX_PARTICIPANTS:
        page.refus.append(f"{MAX_PARTICIPANTS} participants au plus.")
    return valide and not page.refus


def garder_les_jeunes(page: PageDUnComite) -> None:
    """Remove what was unticked, add what was ticked or typed, then number in the order asked."""
    retenus = _numeros("jeune")
    montres = set(_numeros("montre"))
    requete = select(PointDeComite).where(PointDeComite.instance_id == page.comite.id)
    gardes = []
    for point in db.session.scalars(requete.order_by(PointDeComite.rang, PointDeComite.id)):
        if point.jeune_id in montres and point.jeune_id not in retenus:
            db.session.delete(point)
        else:
            gardes.append(point)
    la = {point.jeune_id for point in gardes}
    gardes += [
        _nouveau(page.comite, p.jeune_id, regles.dire(p.raisons, TAILLE_DES_MOTIFS))
        for p in page.propositions
        if p.jeune_id in retenus
    ]
    ajoute = page.form.un_jeune.data
    if ajoute is not None and ajoute not in la | {point.jeune_id for point in gardes}:
        connus = {p.jeune_id: p for p in page.propositions}
        motifs = ""
        if ajoute in connus:
            motifs = regles.dire(connus[ajoute].raisons, TAILLE_DES_MOTIFS)
        gardes.append(_nouveau(page.comite, ajoute, motifs))
    _ordonner(gardes)


def _nouveau(comite: Instance, jeune: int, motifs: str) -> PointDeComite:
    point = PointDeComite(
        instance_id=comite.id,
        jeune_id=jeune,
        rang=MAX_POINTS * 2,
        motifs=motifs or None,
        ajoute_par=None if motifs else comites.mon_nom_complet(),
    )
    db.session.add(point)
    return point


def _ordonner(points: list[PointDeComite]) -> None:
    """By the ranks typed, then the button that moves one line.

    Who comes up to a rank stands before the one who was there, who goes down to it, after.
    """

    def place(point: PointDeComite) -> tuple[int, int]:
        voulu = saisie.numero(request.form.get(f"rang-{point.jeune_id}")) or point.rang
        return (voulu, voulu - point.rang)

    ordre = sorted(points, key=place)
    for nom, pas in (("monter", -1), ("descendre", 1)):
        demande = saisie.numero(request.form.get(nom))
        ici = next((n for n, p in enumerate(ordre) if p.jeune_id == demande), None)
        if ici is not None and 0 <= ici + pas < len(ordre):
            ordre[ici], ordre[ici + pas] = ordre[ici + pas], ordre[ici]
    for rang, point in enumerate(ordre, 1):
        if point.rang != rang:
            point.rang = rang


def garder_les_participants(page: PageDUnComite) -> None:
    gardes = set(_numeros("garder"))
    montres = set(_numeros("participant"))
    restent = []
    for participant in page.participants:
        if participant.id in montres and participant.id not in gardes:
            db.session.delete(participant)
        else:
            restent.append(participant)
    repris = set(_numeros("inviter"))
    invites = [p for p in page.anciens if p.id in repris]
    for ancien in invites:
        db.session.add(
            Participant(instance_id=page.comite.id, nom=ancien.nom, fonction=ancien.fonction)
        )
    noms, _ = comites.noms_tapes(page.nouveaux)
    for double in comites.inviter(page.comite, [*restent, *invites], noms):
        flash(f"{double} est déjà parmi les participants.", "attention")
