"""The comités de suivi of one's MDS, and the agenda of each: ordered, printed, sent (M10).

Everything on the page of an agenda is one form: the youths kept, their order, the participants.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import Row, func, select
from werkzeug.wrappers import Response as Reponse
from wtforms import Field

from app import acces, journal, menu
from app.extensions import db
from app.menu import AuMenu
from app.models import (
    CompteRenduComite,
    Instance,
    Mds,
    Participant,
    PointDeComite,
)
from app.models.comite import TAILLE_DES_MOTIFS
from app.rappels.resume import lien
from app.rappels.tournee import FIN
from app.regles import comite as regles
from app.regles.age import aujourd_hui
from app.views import comite as comites
from app.views.comite import CODES, COMITE, PointLu
from app.views.instance import ChampMdsDesJeunes
from app.views.pages.propositions import COCHES, Proposition, proposer
from app.views.socle import formulaire, saisie
from app.views.socle.affichage import en_texte
from app.views.socle.champs import ChampDate, Formulaire
from app.views.socle.champs_choix import ChampReference
from app.views.socle.page import Fil, adresse, conclure_et_dire, fil_d_ariane

MAX_COMITES = 60
"""Comités listed, the latest first."""
MAX_POINTS = 60
MAX_PARTICIPANTS = 60


class FormulaireDuComite(Formulaire):
    """Plan a comité de suivi."""

    le = ChampDate("Le", requis=True)
    mds_id = ChampMdsDesJeunes("MDS", ressource="instance", acte="creer", requis=True)


class FormulaireDeLOrdreDuJour(Formulaire):
    """What is typed on the page of an agenda; the ticks and the ranks are read beside it."""

    un_jeune = ChampReference("Ajouter un jeune", table="jeune")


@dataclass(frozen=True)
class PageDesComites:
    """The comités of the MDS that the person follows, and the form that plans one."""

    le: date
    lignes: Sequence[Row]
    form: FormulaireDuComite | None
    """None: the person plans none."""

    @property
    def erreurs(self) -> list[tuple[Field, str]]:
        if self.form is None:
            return []
        return [(champ, phrase) for champ in self.form for phrase in champ.errors]

    def etat(self, ligne: Row) -> tuple[str, str]:
        """(the class of the pill, its words)."""
        if ligne.valide_le is not None:
            return "fait", "Compte rendu validé"
        if ligne.statut_code == "ANNULEE":
            return "", "Annulé"
        if ligne.le > self.le:
            return "prevu", "Prévu"
        if ligne.statut_code == "PREVUE":
            return "tard", "À tenir ou à mettre à jour"
        return ("attention", "Compte rendu à valider") if ligne.points else ("fait", "Tenu")


@dataclass
class PageDUnComite:
    """The agenda of a comité, as it is kept or as it was typed."""

    comite: Instance
    points: list[PointLu]
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
    def est_a_venir(self) -> bool:
        return self.comite.le > aujourd_hui()

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


class ComiteView(BaseView):
    route_base = "/comites"
    class_permission_name = "point_de_comite"
    default_view = "index"
    au_menu = AuMenu(menu.COMITES, 5, "Comités de suivi", "index")

    @expose("/")
    @has_access
    @permission_name("lire")
    def index(self) -> str:
        return _rendre_la_liste(_formulaire_du_comite(None))

    @expose("/prevoir", methods=["POST"])
    @has_access
    @permission_name("creer")
    def prevoir(self) -> Reponse | tuple[str, int]:
        """A comité to come, opened on its agenda."""
        form = _formulaire_du_comite(request.form) or abort(403)
        if not form.validate():
            return _rendre_la_liste(form), 422
        comite = Instance(
            type_code=COMITE, le=form.le.data, statut_code="PREVUE", mds_id=form.mds_id.data
        )
        db.session.add(comite)
        if not formulaire.ecrire(form, conclure=True):
            return _rendre_la_liste(form), 422
        return redirect(url_for(".show", cle=comite.id))

    @expose("/<numero:cle>")
    @has_access
    @permission_name("lire")
    def show(self, cle: int) -> str:
        return _rendre(_page(comites.trouver(cle)))

    @expose("/<numero:cle>/enregistrer", methods=["POST"])
    @has_access
    @permission_name("modifier")
    def enregistrer(self, cle: int) -> Reponse | tuple[str, int]:
        """The agenda and the participants; then write to them, or begin."""
        comite = comites.trouver(cle)
        if not comites.peut_ecrire(comite):
            abort(403)
        page = _page(comite, request.form)
        if not _verifier(page):
            return _rendre(page), 422
        _garder_les_jeunes(page)
        _garder_les_participants(page)
        if refus := formulaire.conclure():
            page = _page(comites.trouver(cle), request.form)
            page.refus.append(refus)
            return _rendre(page), 422
        if "commencer" in request.form:
            return redirect(adresse(f"/seances/{cle}"))
        if "envoyer" in request.form:
            _envoyer(comites.trouver(cle))
        else:
            flash("Ordre du jour enregistré.", "succes")
        return redirect(url_for(".show", cle=cle))

    @expose("/<numero:cle>/imprimer")
    @has_access
    @permission_name("exporter")
    def imprimer(self, cle: int) -> str:
        """A page to print: by codes, unless names are asked for."""
        comite = comites.trouver(cle)
        par_nom = request.args.get("affichage") == comites.NOMS
        page = PageDImpression(
            comite,
            comites.points(comite),
            comites.participants(comite),
            comites.NOMS if par_nom else CODES,
            comites.partis(comite),
        )
        detail = {"jeunes": len(page.points), "noms": par_nom}
        journal.consigner("export", table="instance", cle=comite.id, detail=detail)
        fil = fil_du_comite(comite)
        rendue = render_template("tandem/comite_imprimer.html", page=page, fil=fil)
        db.session.commit()
        return rendue


@dataclass(frozen=True)
class PageDImpression:
    """The agenda on paper."""

    comite: Instance
    points: list[PointLu]
    participants: list[Participant]
    affichage: str
    partis: int

    @property
    def par_nom(self) -> bool:
        return self.affichage == comites.NOMS

    def pourquoi(self, point: PointLu) -> str:
        """The reasons; by codes, without a name that a decision or a task wrote."""
        dits = regles.SEPARATEUR.join(point.motifs)
        return dits if self.par_nom else comites.masque(self.points).cacher(dits)


def fil_du_comite(comite: Instance | None = None) -> Fil:
    suite = [("Comités de suivi", "/comites/")]
    if comite is not None:
        suite.append((titre_du_comite(comite), f"/comites/{comite.id}"))
    return fil_d_ariane(*suite)


def titre_du_comite(comite: Instance) -> str:
    return f"Comité de suivi du {en_texte(comite.le)}, {comite.mds}"


def _formulaire_du_comite(recu) -> FormulaireDuComite | None:
    perimetre = acces.perimetre()
    if not perimetre.peut("point_de_comite", "creer") or not perimetre.peut("instance", "creer"):
        return None
    form = FormulaireDuComite(recu)
    form.preparer()
    return form


def _rendre_la_liste(form: FormulaireDuComite | None) -> str:
    page = PageDesComites(aujourd_hui(), _comites(), form)
    return render_template("tandem/comites.html", page=page, fil=fil_d_ariane())


def _comites() -> Sequence[Row]:
    """The comités of the MDS whose agendas the person reads, with what is known of each."""
    nombre = (
        select(func.count())
        .where(PointDeComite.instance_id == Instance.id)
        .scalar_subquery()
        .label("points")
    )
    requete = (
        select(
            Instance.id,
            Instance.le,
            Instance.statut_code,
            Mds.nom.label("mds"),
            nombre,
            CompteRenduComite.valide_le,
        )
        .join(Mds, Mds.id == Instance.mds_id)
        .outerjoin(CompteRenduComite, CompteRenduComite.instance_id == Instance.id)
        .where(Instance.type_code == COMITE)
        .order_by(Instance.le.desc(), Instance.id.desc())
        .limit(MAX_COMITES)
    )
    permises = acces.perimetre().mds("point_de_comite", "lire")
    if isinstance(permises, frozenset):
        requete = requete.where(Instance.mds_id.in_(permises))
    return db.session.execute(requete).all()


def _page(comite: Instance, recu=None) -> PageDUnComite:
    lus = comites.points(comite)
    la = {p.jeune_id for p in lus}
    form = FormulaireDeLOrdreDuJour(recu)
    form.preparer()
    presents = comites.participants(comite)
    dernier = None if presents else comites.precedent(comite)
    ecrit = comites.peut_ecrire(comite)
    proposees = proposer(comite) if ecrit else []
    return PageDUnComite(
        comite=comite,
        points=lus,
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


def _rendre(page: PageDUnComite) -> str:
    return render_template("tandem/comite.html", page=page, fil=fil_du_comite())


def _numeros(nom: str) -> list[int]:
    """The numbers that ticked boxes give; anything else is no number of ours."""
    lus = (saisie.numero(brut) for brut in request.form.getlist(nom)[: MAX_POINTS * 3])
    return list(dict.fromkeys(n for n in lus if n is not None))


def _verifier(page: PageDUnComite) -> bool:
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


def _garder_les_jeunes(page: PageDUnComite) -> None:
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


def _garder_les_participants(page: PageDUnComite) -> None:
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


def _envoyer(comite: Instance) -> None:
    """The agenda to the participants who may read it: codes and links; the others are told."""
    if current_app.config["SMTP"] is None:
        abort(404)
    lus = comites.points(comite)
    corps = _courriel(comite, lus)
    cle = hashlib.sha256(corps.encode()).hexdigest()[:16]
    objet = f"Tandem : comité de suivi du {en_texte(comite.le)}"
    ecrits = db.session.scalar(select(func.acces.convoquer(comite.id, cle, objet, corps))) or 0
    detail = {"courriels": ecrits, "jeunes": len(lus)}
    journal.consigner("export", table="instance", cle=comite.id, detail=detail)
    if ecrits:
        pluriel = "s" * (ecrits > 1)
        fait = f"Ordre du jour enregistré ; {ecrits} courriel{pluriel} à partir dans l’heure."
    else:
        fait = "Ordre du jour enregistré ; il a déjà été écrit à ceux qui peuvent le lire."
    if not conclure_et_dire(fait):
        return
    prevenus = {x.participant_id for x in comites.lecteurs(comite) if x.veut_des_courriels}
    autres = [p.nom for p in comites.participants(comite) if p.id not in prevenus]
    if autres:
        flash(f"À prévenir autrement : {', '.join(autres)}.", "attention")


def _courriel(comite: Instance, lus: list[PointLu]) -> str:
    """Codes and links alone: never a name nor a date of birth."""
    lignes = [f"{p.rang}. {p.code} {lien(f'/jeunes/{p.jeune_id}')}" for p in lus]
    nombre = f"{len(lus)} jeune{'s' * (len(lus) > 1)} à l’ordre du jour."
    return "\n\n".join(
        [
            f"Comité de suivi du {en_texte(comite.le)}, MDS {comite.mds} : {nombre}",
            lien(f"/comites/{comite.id}"),
            "\n".join(lignes),
            FIN.format(adresse=lien("/mon-compte/#rappels")),
        ]
    )


VUES = (ComiteView,)
