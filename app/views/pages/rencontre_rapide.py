"""« + Rencontre » on a phone: who, what, where, one line; the rest is completed later.

Five taps: the bar, the youth, the kind, the place, « Enregistrer ». A rencontre that was planned
that day with this youth is the one that is told; else a new one is made.
"""

import uuid
from dataclasses import dataclass
from datetime import date, timedelta

from flask import flash, redirect, render_template, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from markupsafe import Markup
from sqlalchemy import and_, func, or_, select
from werkzeug.wrappers import Response as Reponse
from wtforms import Field

from app import acces, horloge
from app.extensions import db
from app.models import Jeune, Rencontre
from app.regles.age import PARIS, aujourd_hui
from app.regles.conservation import NOM_ANONYME
from app.views import en_attente, portefeuille
from app.views.rencontre import PRESENCES, verifier_le_deces
from app.views.socle import formulaire
from app.views.socle.affichage import en_mots, en_texte
from app.views.socle.champs import ChampCase, ChampDate, ChampHeure, ChampTexte, Formulaire
from app.views.socle.champs_choix import ChampListe, ChampReference, lire_numero
from app.views.socle.page import adresse

RECENTS = 6
"""Youths within reach of the thumb."""
A_COMPLETER = 5
"""Rencontres without compte rendu that are shown under the form."""
RECEMMENT = timedelta(days=60)
TYPES = ("ENTRETIEN", "TELEPHONE", "DEMARCHE", "TRIPARTITE")
LIEUX = ("MISSION_LOCALE", "MDS", "LIEU_ACCUEIL", "DOMICILE", "ENTREPRISE", "DISTANCE")
QUI = "Choisissez un jeune, ou cherchez-le par son nom."
CINQ_MINUTES = 5


class ChampBoutons(ChampListe):
    """Some items of a list, each a button to touch; the others are in the whole form."""

    rendu = "radios"

    def __init__(self, *arguments, codes: tuple[str, ...] = (), **options):
        super().__init__(*arguments, **options)
        self.codes = codes

    def preparer(self, actuelle) -> None:
        super().preparer(actuelle)
        self.choix = [(code, mot) for code, mot in self.choix if code in self.codes]
        self.choix.sort(key=lambda choix: self.codes.index(choix[0]))
        if not self.requis:
            self.choix.append(("", self.vide))


class ChampRecent(ChampListe):
    """The youths whom the person met or is about to meet."""

    rendu = "radios"

    def preparer(self, actuelle) -> None:
        self.choix = [(str(numero), dit) for numero, dit in jeunes_recents(aujourd_hui())]

    def lire(self, texte: str) -> int:
        return lire_numero(texte)


class FormulaireRapide(Formulaire):
    recent = ChampRecent("Avec qui")
    jeune_id = ChampReference("Un autre jeune", table="jeune")
    type_code = ChampBoutons("Quoi", liste="type_rencontre", codes=TYPES, requis=True)
    lieu_code = ChampBoutons("Où", liste="lieu_rencontre", codes=LIEUX)
    jeune_present = ChampCase("Le jeune")
    coordonnateur_present = ChampCase("Le coordonnateur")
    service_ase_present = ChampCase("Le service ASE")
    lieu_accueil_present = ChampCase("Le lieu d’accueil")
    compte_rendu = ChampTexte("En une ligne", taille=1000)
    le = ChampDate("Le", requis=True)
    heure = ChampHeure("Heure")

    def verifier(self) -> bool:
        valide = self.validate()
        if self.jeune is None and not self.jeune_id.errors:
            formulaire.refuser(self, QUI, "recent")
        if self.le.data and self.le.data > aujourd_hui():
            formulaire.refuser(self, "Ce jour est à venir : ce rendez-vous est à prévoir.", "le")
        if self.jeune_present.data:
            verifier_le_deces(self, self.jeune)
        return valide and not self.errors

    @property
    def jeune(self) -> int | None:
        """The one typed goes before the one touched."""
        typee: int | None = self.jeune_id.data
        touchee: int | None = self.recent.data
        return typee or touchee


@dataclass(frozen=True)
class PageRapide:
    """The form, and what the person told in a line and has still to complete."""

    form: FormulaireRapide
    jeton: uuid.UUID
    a_completer: list[tuple[str, str]]
    """What it is, the address of its form."""

    presences = PRESENCES

    @property
    def erreurs(self) -> list[tuple[Field, str]]:
        return [(champ, phrase) for champ in self.form for phrase in champ.errors]

    @property
    def moment(self) -> str:
        """The day and the hour that are proposed."""
        dits = (en_texte(self.form.le.data), en_mots(self.form.heure.data))
        return ", ".join(filter(None, dits))


class RencontreRapideView(BaseView):
    route_base = "/nouvelle-rencontre"
    sous_le_menu = "RencontreView"
    class_permission_name = "rencontre"
    default_view = "nouvelle"

    @expose("/", methods=["GET", "POST"])
    @has_access
    @permission_name("creer")
    def nouvelle(self) -> str | tuple[str, int] | Reponse:
        """The form, then the rencontre held; a form sent twice tells one."""
        jeton = formulaire.jeton_recu()
        if request.method == "GET":
            form = FormulaireRapide(None, data=_depart())
            form.preparer()
            return _rendre(form, uuid.uuid4())
        if formulaire.deja_envoye(jeton):
            return redirect(url_for("RencontreRapideView.nouvelle"))
        form = FormulaireRapide(request.form)
        form.preparer()
        if form.verifier() and (rencontre := _enregistrer(form, jeton)):
            lien = adresse(f"/rencontres/{rencontre}/modifier")
            flash(
                Markup('Rencontre enregistrée. <a href="{}">La compléter</a>').format(lien),
                "succes",
            )
            return redirect(url_for("RencontreRapideView.nouvelle"))
        return _rendre(form, jeton or uuid.uuid4()), 422


def _depart() -> dict:
    """Now, with the youth, and the person's own part in the binôme."""
    maintenant = horloge.maintenant().astimezone(PARIS)
    minute = maintenant.minute - maintenant.minute % CINQ_MINUTES
    roles = acces.perimetre().roles
    return {
        "le": aujourd_hui(),
        "heure": maintenant.time().replace(minute=minute, second=0, microsecond=0),
        "type_code": "ENTRETIEN",
        "jeune_present": True,
        "coordonnateur_present": "COORDONNATEUR" in roles,
        "service_ase_present": "REFERENT_SEF" in roles,
    }


def _rendre(form: FormulaireRapide, jeton: uuid.UUID) -> str:
    if not form.recent.choix:
        form.jeune_id.label.text = form.recent.label.text
    page = PageRapide(form, jeton, a_completer(aujourd_hui()))
    return render_template("tandem/rencontre_rapide.html", page=page)


def jeunes_recents(le: date) -> list[tuple[int, str]]:
    """Those of today's planned rencontres first, then those met lately, then the portfolio."""
    agent = portefeuille.moi()
    if agent is None:
        return []
    du_jour = and_(Rencontre.le == le, Rencontre.statut_code == en_attente.PREVUE)
    rang = func.max(Rencontre.le).filter(~du_jour)
    heure = func.min(Rencontre.heure).filter(du_jour)
    vus = (
        select(Jeune, func.bool_or(du_jour).label("prevu"), heure.label("heure"))
        .join(Rencontre, Rencontre.jeune_id == Jeune.id)
        .where(
            *acces.mds_permises(Rencontre),
            Rencontre.le.between(le - RECEMMENT, le),
            or_(
                Rencontre.agents_ids.contains([agent.id]),
                Rencontre.jeune_id.in_(portefeuille.suivis_par(agent.id)),
            ),
            *_choisissables(),
        )
        .group_by(Jeune.id)
        .order_by(func.bool_or(du_jour).desc(), heure, rang.desc().nulls_last(), Jeune.nom_tri)
        .limit(RECENTS)
    )
    trouves = [(j.id, _dit(j, prevu=prevu, a=a)) for j, prevu, a in db.session.execute(vus)]
    if len(trouves) < RECENTS:
        siens = (
            select(Jeune)
            .where(
                Jeune.id.in_(portefeuille.suivis_par(agent.id)),
                Jeune.id.not_in([numero for numero, _ in trouves]),
                *_choisissables(),
            )
            .order_by(Jeune.nom_tri, Jeune.id)
            .limit(RECENTS - len(trouves))
        )
        trouves += [(jeune.id, str(jeune)) for jeune in db.session.scalars(siens)]
    return trouves


def _choisissables():
    return Jeune.nom_tri != NOM_ANONYME, Jeune.deces_le.is_(None)


def _dit(jeune: Jeune, *, prevu: bool, a) -> str:
    if not prevu:
        return str(jeune)
    return f"{jeune}, {en_mots(a)}" if a else f"{jeune}, prévu aujourd’hui"


def a_completer(le: date) -> list[tuple[str, str]]:
    """The person's rencontres told lately without a compte rendu."""
    agent = portefeuille.moi()
    if agent is None:
        return []
    requete = (
        select(Rencontre.id, Rencontre.le, Jeune)
        .join(Jeune, Jeune.id == Rencontre.jeune_id)
        .where(
            *acces.mds_permises(Rencontre),
            *en_attente.rencontres_a_completer(le),
            Rencontre.agents_ids.contains([agent.id]),
        )
        .order_by(Rencontre.le.desc(), Rencontre.id.desc())
        .limit(A_COMPLETER)
    )
    return [
        (f"{jeune}, {en_texte(jour)}", adresse(f"/rencontres/{numero}/modifier"))
        for numero, jour, jeune in db.session.execute(requete)
    ]


def _enregistrer(form: FormulaireRapide, jeton: uuid.UUID | None) -> int | None:
    """The number of the rencontre, once it is written; None when the base refuses it."""
    if deja := formulaire.reserver(jeton, "rencontre"):
        return int(deja)
    rencontre = _celle_qui_etait_prevue(form)
    if rencontre is None:
        rencontre = Rencontre(jeune_id=form.jeune, type_code=form.type_code.data)
        db.session.add(rencontre)
    rencontre.statut_code = "TENUE"
    rencontre.le = form.le.data
    rencontre.agents = rencontre.agents or portefeuille.mon_nom()
    for nom in ("heure", "lieu_code", "compte_rendu"):
        if form[nom].data is not None:
            setattr(rencontre, nom, form[nom].data)
    for nom in PRESENCES:
        if form[nom].data:
            setattr(rencontre, nom, True)
    if not formulaire.ecrire(form):
        return None
    numero: int = rencontre.id
    formulaire.retenir(jeton, numero)
    return numero if formulaire.ecrire(form, conclure=True) else None


def _celle_qui_etait_prevue(form: FormulaireRapide) -> Rencontre | None:
    requete = (
        select(Rencontre)
        .where(
            Rencontre.jeune_id == form.jeune,
            Rencontre.le == form.le.data,
            Rencontre.type_code == form.type_code.data,
            Rencontre.statut_code == en_attente.PREVUE,
        )
        .order_by(Rencontre.heure, Rencontre.id)
    )
    return db.session.scalars(requete.limit(1)).first()


VUES = (RencontreRapideView,)
