"""The comité de suivi being held: one screen a youth, saved as it is typed (M10).

Each form of the screen is sent by the script as one types, or by its own button; what comes back is
the part of the page that it changed (``seance.js``). A text that somebody else changed meanwhile is
never overwritten: both are shown, and one chooses.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Response, abort, flash, jsonify, redirect, render_template, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from psycopg.errors import UniqueViolation
from sqlalchemy import Row, select
from sqlalchemy.exc import DBAPIError, IntegrityError
from werkzeug.wrappers import Response as Reponse

from app import acces, erreurs, horloge, journal
from app.extensions import db
from app.models import (
    Compte,
    CompteRenduComite,
    Decision,
    Evenement,
    Instance,
    Jeune,
    Participant,
    PointDeComite,
    Tache,
)
from app.regles import comite as regles
from app.regles.age import aujourd_hui
from app.views import comite as comites
from app.views import dossier
from app.views.comite import PointLu
from app.views.dossier import Dossier
from app.views.pages.changements import Changement, depuis_le
from app.views.pages.comite import fil_du_comite
from app.views.socle import saisie
from app.views.socle.affichage import en_texte
from app.views.socle.page import Fil

TAILLE_D_UNE_DECISION = 2000
TAILLE_D_UNE_TACHE = 300
TAILLE_D_UNE_RAISON = 300
LONGTEMPS = 20
"""Undone decisions and tasks shown."""
Rendu = str | Response | Reponse | tuple[str | Response, int]


@dataclass(frozen=True)
class Engagement:
    """A decision or a task of before: who had it to do, whether it was done."""

    genre: str
    """« decision » or « tache »."""
    id: int
    quoi: str
    par: str
    pour_le: date | None
    faite_le: date | None
    abandon: str | None
    le: date

    @property
    def cle(self) -> str:
        return f"{self.genre}:{self.id}"

    @property
    def etat(self) -> tuple[str, str]:
        """(the class of the pill, its words)."""
        if self.faite_le is not None:
            return "fait", f"Fait le {en_texte(self.faite_le)}"
        if self.abandon:
            return "", f"Abandonné : {self.abandon}"
        if self.pour_le is not None and self.pour_le >= self.le:
            return "prevu", "En cours"
        return "tard", "Pas fait"

    @property
    def est_ouvert(self) -> bool:
        return self.faite_le is None and not self.abandon


@dataclass(frozen=True)
class Conflit:
    """What somebody else wrote in the same place meanwhile."""

    qui: str
    quand: str
    texte: str
    version: int


@dataclass
class PageDeSeance:
    """A youth of the agenda, in front of those who meet."""

    comite: Instance
    points: list[PointLu]
    point: PointLu
    dossier: Dossier
    dernier: Instance | None
    changements: list[Changement]
    autres_changements: int
    decision: Decision | None
    taches: list[Tache]
    engagements: list[Engagement]
    participants: list[Participant]
    partis: int
    fusionne: str
    """The code of the file that was merged into this one since."""
    valide: CompteRenduComite | None
    affichage: str
    peut_decider: bool
    peut_donner: bool
    peut_noter: bool
    """Tick who is there, say that a youth was looked at."""
    conflit: Conflit | None = None
    refus: str = ""
    erreurs_de_tache: tuple[str, ...] = ()

    longtemps = LONGTEMPS

    @property
    def est_code(self) -> bool:
        return self.affichage == comites.CODES

    def dire(self, texte: str | None) -> str:
        """A text as it may be read on the wall: without the names when codes are asked for."""
        if not self.est_code:
            return texte or ""
        return comites.masque(self.points).cacher(texte or "")

    @property
    def appele(self) -> str:
        return self.point.appele(self.affichage)

    @property
    def place(self) -> int:
        return self.points.index(self.point)

    @property
    def suivant(self) -> PointLu | None:
        suite = self.points[self.place + 1 :]
        return suite[0] if suite else None

    @property
    def avant(self) -> PointLu | None:
        return self.points[self.place - 1] if self.place else None

    @property
    def vus(self) -> int:
        return sum(p.traite for p in self.points)

    @property
    def presents(self) -> int:
        return sum(bool(p.est_present) for p in self.participants)

    @property
    def binome(self) -> list[str]:
        return [agent.nom for agent in dossier.qui_suit(self.dossier.binome, self.dossier.le)]

    @property
    def qui_peut(self) -> list[str]:
        """Who a task may be given to: the binôme, then the participants."""
        return list(dict.fromkeys([*self.binome, *(p.nom for p in self.participants)]))

    @property
    def alertes(self) -> list[Row]:
        return [a for a in self.dossier.en_cours("alerte") if a.au != self.dossier.le]

    @property
    def motifs(self) -> list[str]:
        """The reasons of the agenda that the file does not tell by itself."""
        return regles.hors_du_dossier(regles.SEPARATEUR.join(self.point.motifs))

    def retard(self, du: date) -> int:
        return (self.dossier.le - du).days

    def adresse(self, point: PointLu) -> str:
        affichage = comites.CODES if self.est_code else None
        return url_for(
            "SeanceView.show", cle=self.comite.id, jeune=point.jeune_id, affichage=affichage
        )

    @property
    def autre_affichage(self) -> str:
        autre = comites.NOMS if self.est_code else comites.CODES
        return url_for(
            "SeanceView.show", cle=self.comite.id, jeune=self.point.jeune_id, affichage=autre
        )

    @property
    def texte(self) -> str:
        """What the field of the decision shows."""
        if self.conflit is not None:
            return request.form.get("decision", "")
        return self.decision.decision if self.decision else ""

    @property
    def version(self) -> int:
        if self.conflit is not None:
            return self.conflit.version
        return self.decision.version if self.decision else 0

    def peut_suivre(self, engagement: Engagement) -> bool:
        """Whether the person may say what became of it."""
        return self.peut_decider if engagement.genre == "decision" else self.peut_donner

    def tape(self, nom: str) -> str:
        """What was typed in a task that was refused."""
        return request.form.get(nom, "") if self.erreurs_de_tache else ""


class SeanceView(BaseView):
    route_base = "/seances"
    class_permission_name = "point_de_comite"

    @expose("/<numero:cle>")
    @has_access
    @permission_name("lire")
    def ouvrir(self, cle: int) -> Reponse:
        """The first youth that was not looked at; the agenda when it is empty."""
        comite = comites.trouver(cle)
        lus = comites.points(comite)
        if comite.statut_code == "ANNULEE" or not lus:
            flash("Ce comité est annulé." if lus else "L’ordre du jour est vide.", "attention")
            return redirect(url_for("ComiteView.show", cle=cle))
        premier = next((p for p in lus if not p.traite), lus[0])
        return redirect(url_for(".show", cle=cle, jeune=premier.jeune_id))

    @expose("/<numero:cle>/jeunes/<numero:jeune>")
    @has_access
    @permission_name("lire")
    def show(self, cle: int, jeune: int) -> Rendu:
        page = _page(comites.trouver(cle), jeune)
        if page is None:
            return _n_est_plus_la(cle)
        journal.consigner("lecture", table="jeune", cle=jeune, jeune_id=jeune)
        rendue = _rendre(page)
        db.session.commit()
        return rendue

    @expose("/<numero:cle>/jeunes/<numero:jeune>/decision", methods=["POST"])
    @has_access
    @permission_name("lire")
    def decider(self, cle: int, jeune: int) -> Rendu:
        """The decision of this youth; asked again when somebody else changed it meanwhile."""
        point = _point(cle, jeune)
        conflit = None
        if _peut("decision", point):
            conflit = _ecrire_la_decision(point)
        if conflit is None and _peut_tenir(point):
            _noter_vu(point)
        return _repondre(cle, jeune, "decision", conflit=conflit)

    @expose("/<numero:cle>/jeunes/<numero:jeune>/tache", methods=["POST"])
    @has_access
    @permission_name("lire")
    def donner(self, cle: int, jeune: int) -> Rendu:
        """One more task: what, who, for when."""
        point = _point(cle, jeune)
        if not _peut("tache", point):
            abort(403)
        fautes = _donner_une_tache(point)
        if not fautes and _peut_tenir(point):
            point.est_vu = True
        return _repondre(cle, jeune, "taches", fautes=fautes)

    @expose("/<numero:cle>/jeunes/<numero:jeune>/suite", methods=["POST"])
    @has_access
    @permission_name("lire")
    def suivre(self, cle: int, jeune: int) -> Rendu:
        """Say what became of a decision or of a task: done, put off, given up."""
        point = _point(cle, jeune)
        _dire_ce_qu_il_en_est(point)
        return _repondre(cle, jeune, "decidees")

    @expose("/<numero:cle>/jeunes/<numero:jeune>/presences", methods=["POST"])
    @has_access
    @permission_name("modifier")
    def noter_les_presents(self, cle: int, jeune: int) -> Rendu:
        """Who is there; a name typed joins the list."""
        comite = comites.trouver(cle)
        if not comites.peut_ecrire(comite):
            abort(403)
        return _repondre(cle, jeune, "presents", refus=_noter_les_presents(comite))


def _n_est_plus_la(cle: int) -> Reponse:
    flash(
        "Ce jeune n’est pas à l’ordre du jour, ou n’y est plus : il a pu changer de MDS.",
        "attention",
    )
    return redirect(url_for("ComiteView.show", cle=cle))


def _page(comite: Instance, jeune: int) -> PageDeSeance | None:
    """None when the youth is not on the agenda that the person sees."""
    lus = comites.points(comite)
    point = next((p for p in lus if p.jeune_id == jeune), None)
    if point is None:
        return None
    perimetre = acces.perimetre()
    fiche = db.session.get_one(Jeune, jeune)
    ouvert = dossier.ouvrir(fiche, aujourd_hui(), perimetre)
    dernier = comites.precedent(comite)
    changements = depuis_le(jeune, dernier.le if dernier else None, comite.id)
    valide = comites.compte_rendu(comite)
    ecrit = valide is None and comite.statut_code != "ANNULEE" and not point.est_anonyme
    return PageDeSeance(
        comite=comite,
        points=lus,
        point=point,
        dossier=ouvert,
        dernier=dernier,
        changements=changements.lus,
        autres_changements=changements.autres,
        decision=_decision(comite.id, jeune),
        taches=_taches(comite.id, jeune),
        engagements=list(_engagements(ouvert, comite)),
        participants=comites.participants(comite),
        partis=comites.partis(comite),
        fusionne=comites.fusionnes([point]).get(jeune, ""),
        valide=valide,
        affichage=comites.affichage(),
        peut_decider=ecrit and perimetre.peut("decision", "creer", fiche.mds_id),
        peut_donner=ecrit and perimetre.peut("tache", "creer", fiche.mds_id),
        peut_noter=ecrit and comites.peut(comite, "point_de_comite", "modifier"),
    )


def _decision(comite: int, jeune: int) -> Decision | None:
    return db.session.scalar(select(Decision).filter_by(instance_id=comite, jeune_id=jeune))


def _taches(comite: int, jeune: int) -> list[Tache]:
    requete = select(Tache).filter_by(instance_id=comite, jeune_id=jeune).order_by(Tache.id)
    return list(db.session.scalars(requete))


def _engagements(ouvert: Dossier, comite: Instance) -> Iterator[Engagement]:
    """What was decided and given at the last comité of the youth, and what is still open."""
    avant = [d for d in ouvert.lignes["decision"] if d.instance_id != comite.id]
    # Latest first; the label of the comité is its day (``instance``).
    passees = [d for d in avant if d.instance is None or d.instance <= comite.le]
    derniere = max((d.instance for d in passees if d.instance), default=None)
    for d in passees[:LONGTEMPS]:
        e = _engagement("decision", d, d.decision, d.echeance_le, ouvert.le)
        if e.est_ouvert or d.instance == derniere:
            yield e
    for t in ouvert.lignes["tache"][:LONGTEMPS]:
        if t.instance_id == comite.id:
            continue
        e = _engagement("tache", t, t.quoi, t.pour_le, ouvert.le)
        if e.est_ouvert or (t.instance is not None and t.instance == derniere):
            yield e


def _engagement(genre: str, ligne: Row, quoi: str, pour_le: date | None, le: date) -> Engagement:
    return Engagement(
        genre, ligne.id, quoi, ligne.pour or "", pour_le, ligne.faite_le, ligne.abandon, le
    )


def _rendre(page: PageDeSeance) -> str:
    fil: Fil = fil_du_comite(page.comite)
    return render_template("tandem/seance.html", page=page, fil=fil)


# What one types
# --------------


def _point(cle: int, jeune: int) -> PointDeComite:
    """The line of the agenda of this youth, while the comité may still be written: 403 after."""
    comite = comites.trouver(cle)
    point = db.session.scalar(
        select(PointDeComite).filter_by(instance_id=comite.id, jeune_id=jeune)
    )
    if point is None:
        abort(404)
    if comite.statut_code == "ANNULEE" or comites.compte_rendu(comite) is not None:
        abort(403)
    return point


def _peut(ressource: str, point: PointDeComite) -> bool:
    return acces.perimetre().peut(ressource, "creer", point.mds_id)


def _peut_tenir(point: PointDeComite) -> bool:
    return acces.perimetre().peut("point_de_comite", "modifier", point.mds_id)


def _noter_vu(point: PointDeComite) -> None:
    """Ticked by hand; what is decided says it as well."""
    point.est_vu = "est_vu" in request.form


def _ecrire_la_decision(point: PointDeComite) -> Conflit | None:
    """Write, change or remove the text; the other one, when it is not the one that was read."""
    lue = saisie.numero(request.form.get("version")) or 0
    texte = _texte("decision", TAILLE_D_UNE_DECISION)
    requete = select(Decision).filter_by(instance_id=point.instance_id, jeune_id=point.jeune_id)
    ecrite = db.session.scalar(requete.with_for_update())
    actuel = ecrite.decision if ecrite else ""
    if texte == actuel:
        return None
    if lue != (ecrite.version if ecrite else 0):
        return _conflit(ecrite)
    texte = _garder(texte, actuel)
    if ecrite is not None and not texte:
        db.session.delete(ecrite)
    elif ecrite is not None:
        ecrite.decision = texte
    elif texte:
        neuve = Decision(instance_id=point.instance_id, jeune_id=point.jeune_id, decision=texte)
        db.session.add(neuve)
    try:
        db.session.flush()
    except IntegrityError as erreur:
        if not isinstance(erreur.orig, UniqueViolation):
            raise
        db.session.rollback()  # somebody else wrote the first word at the same instant
        return _conflit(db.session.scalar(requete))
    return None


def _garder(mien: str, sien: str) -> str:
    """What was chosen before the two texts; without a choice, the one that was typed."""
    match request.form.get("garder"):
        case "sienne":
            return sien
        case "les_deux" if mien:
            return f"{sien}\n{mien}"[:TAILLE_D_UNE_DECISION]
    return mien


def _conflit(ecrite: Decision | None) -> Conflit:
    """What is written now, by whom and when, as the audit log says."""
    if ecrite is None:
        return Conflit("", "", "", 0)
    derniere = db.session.execute(
        select(Evenement.le, Evenement.login)
        .where(Evenement.table_nom == "decision", Evenement.cle == str(ecrite.id))
        .order_by(Evenement.id.desc())
        .limit(1)
    ).one_or_none()
    if derniere is None:
        return Conflit("", "", ecrite.decision, ecrite.version)
    compte = db.session.scalar(select(Compte).where(Compte.username == derniere.login))
    qui = str(compte) if compte is not None else derniere.login or ""
    return Conflit(qui, comites.heure(derniere.le), ecrite.decision, ecrite.version)


def _donner_une_tache(point: PointDeComite) -> tuple[str, ...]:
    """Add the task typed; the sentences of what is wrong, and then nothing is added."""
    quoi = saisie.ligne_saisie("quoi", TAILLE_D_UNE_TACHE)
    qui = saisie.ligne_saisie("qui", comites.TAILLE_D_UN_NOM)
    fautes = []
    pour_le = None
    if not quoi:
        fautes.append("Dites ce qui est à faire.")
    try:
        pour_le = _jour("pour_le")
    except ValueError as erreur:
        fautes.append(str(erreur))
    if not fautes:
        db.session.add(
            Tache(
                jeune_id=point.jeune_id,
                instance_id=point.instance_id,
                quoi=quoi,
                pour=qui or None,
                pour_le=pour_le,
            )
        )
    return tuple(fautes)


def _jour(nom: str) -> date | None:
    """The date typed, None without one; ValueError says what to write."""
    tape = request.form.get(nom, "").strip()
    return saisie.lire_date(tape) if tape else None


def _texte(nom: str, taille: int) -> str:
    """A text of several lines, cut at its size."""
    return request.form.get(nom, "").replace("\0", "").replace("\r\n", "\n").strip()[:taille]


def _dire_ce_qu_il_en_est(point: PointDeComite) -> None:
    """Of one decision or task of this youth: 404 for another's, 403 for whoever may not."""
    genre, _, numero = request.form.get("engagement", "").partition(":")
    classes: dict[str, tuple[type[Any], str]] = {
        "decision": (Decision, "echeance_le"),
        "tache": (Tache, "pour_le"),
    }
    if genre not in classes or saisie.numero(numero) is None:
        abort(404)
    if not acces.perimetre().peut(genre, "modifier", point.mds_id):
        abort(403)
    classe, echeance = classes[genre]
    fiche = db.session.scalar(
        select(classe).where(classe.id == int(numero), classe.jeune_id == point.jeune_id)
    )
    if fiche is None:
        abort(404)
    match request.form.get("acte"):
        case "faite":
            fiche.faite_le = aujourd_hui()
            fiche.abandon = None
        case "abandonner":
            fiche.abandon = saisie.ligne_saisie("raison", TAILLE_D_UNE_RAISON) or "En comité"
            fiche.faite_le = None
        case "reporter":
            fiche.faite_le = fiche.abandon = None
            _reporter(fiche, echeance)
        case "rouvrir":
            fiche.faite_le = fiche.abandon = None
        case _:
            abort(400)


def _reporter(fiche: Any, echeance: str) -> None:
    try:
        jour = _jour("jusqu_au")
    except ValueError as erreur:
        flash(str(erreur), "erreur")
        return
    if jour is None:
        flash("Dites jusqu’à quel jour.", "erreur")
        return
    setattr(fiche, echeance, jour)


def _noter_les_presents(comite: Instance) -> str:
    """Change those whose tick changed since the page, add a name; what is wrong, else nothing.

    Two people who tick different names never undo each other.
    """
    coches = {saisie.numero(n) for n in request.form.getlist("present")}
    avant = {saisie.numero(n) for n in request.form.getlist("avant")}
    presents = comites.participants(comite)
    for participant in presents:
        coche = participant.id in coches
        if coche != (participant.id in avant):
            participant.est_present = coche
    noms, inconnus = comites.noms_tapes(request.form.get("nouveaux", ""))
    if inconnus:
        return f"« {inconnus[0]} » n’est pas le nom d’une personne."
    doubles = comites.inviter(comite, presents, noms)
    db.session.flush()
    neufs = [p for p in comites.participants(comite) if p.id not in {x.id for x in presents}]
    for participant in neufs:
        participant.est_present = True
    return f"{doubles[0]} est déjà parmi les participants." if doubles else ""


# What is answered
# ----------------


def _repondre(
    cle: int,
    jeune: int,
    partie: str,
    *,
    conflit: Conflit | None = None,
    fautes: Sequence[str] = (),
    refus: str = "",
) -> Rendu:
    """Keep what was written, then give the part of the page to the script, or the whole page."""
    if refus_de_la_base := _conclure(fautes or conflit):
        refus = refus_de_la_base
    page = _page(comites.trouver(cle), jeune)
    if page is None:
        return _n_est_plus_la(cle)
    page.conflit = conflit
    page.refus = refus
    page.erreurs_de_tache = tuple(fautes)
    faux = bool(conflit or fautes or refus)
    if "application/json" not in request.headers.get("Accept", ""):
        if faux:
            return _rendre(page), 409 if conflit else 422
        return redirect(f"{page.adresse(page.point)}#{partie}")
    reponse = jsonify(_pour_le_script(page, partie))
    if not faux:
        return reponse
    return reponse, 409 if conflit else 422


def _conclure(faux: object) -> str:
    """Commit, or forget what was asked; the sentence of what the base refused."""
    if faux:
        db.session.rollback()
        return ""
    try:
        db.session.commit()
    except DBAPIError as erreur:
        db.session.rollback()
        return erreurs.expliquer(erreur)[0]
    return ""


MORCEAUX: dict[str, tuple[str, ...]] = {
    "decision": ("ordre",),
    "taches": ("taches", "ordre"),
    "decidees": ("decidees",),
    "presents": ("presents",),
}
"""What was sent → the parts of the page that it changes."""


def _pour_le_script(page: PageDeSeance, partie: str) -> dict[str, object]:
    dit: dict[str, object] = {
        "heure": comites.heure(horloge.maintenant()),
        "version": page.version,
        "refus": page.refus or " ".join(page.erreurs_de_tache),
        "morceaux": {},
    }
    if page.conflit is not None:
        dit["conflit"] = {
            "qui": page.conflit.qui,
            "quand": page.conflit.quand,
            "texte": page.dire(page.conflit.texte),
            "version": page.conflit.version,
        }
        return dit
    if not dit["refus"] or partie == "presents":
        dit["morceaux"] = {nom: _morceau(page, nom) for nom in MORCEAUX[partie]}
    return dit


def _morceau(page: PageDeSeance, nom: str) -> str:
    return render_template("tandem/_seance.html", page=page, morceau=nom)


VUES = (SeanceView,)
