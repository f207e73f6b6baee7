"""The comités de suivi of one's MDS, and the agenda of each: ordered, printed, sent (M10)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import abort, flash, redirect, render_template, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import Row, func, select
from werkzeug.wrappers import Response as Reponse
from wtforms import Field

from app import acces, menu
from app.extensions import db
from app.menu import AuMenu
from app.models import CompteRenduComite, Instance, Mds, Participant, PointDeComite
from app.regles.age import aujourd_hui
from app.regles.texte import en_une_phrase
from app.views import comite as comites
from app.views.comite import CODES, COMITE, PointLu
from app.views.instance import ChampMdsDesJeunes
from app.views.pages import ordre_du_jour
from app.views.pages.convocation import envoyer
from app.views.pages.ordre_du_jour import PageDUnComite
from app.views.socle import formulaire
from app.views.socle.champs import ChampDate, Formulaire
from app.views.socle.page import fil_d_ariane

MAX_COMITES = 60
"""Comités listed, the latest first."""


class FormulaireDuComite(Formulaire):
    """Plan a comité de suivi."""

    le = ChampDate("Le", requis=True)
    mds_id = ChampMdsDesJeunes("MDS", ressource="instance", acte="creer", requis=True)


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
        return _rendre(ordre_du_jour.composer(comites.trouver(cle)))

    @expose("/<numero:cle>/enregistrer", methods=["POST"])
    @has_access
    @permission_name("modifier")
    def enregistrer(self, cle: int) -> Reponse | tuple[str, int]:
        """The agenda and the participants; then write to them, or begin."""
        comite = comites.trouver(cle)
        if not comites.peut_ecrire(comite):
            abort(403)
        page = ordre_du_jour.composer(comite, request.form)
        if not ordre_du_jour.verifier(page):
            return _rendre(page), 422
        ordre_du_jour.garder_les_jeunes(page)
        ordre_du_jour.garder_les_participants(page)
        if refus := formulaire.conclure():
            page = ordre_du_jour.composer(comites.trouver(cle), request.form)
            page.refus.append(refus)
            return _rendre(page), 422
        if "commencer" in request.form:
            lus = comites.points(comites.trouver(cle))
            return redirect(comites.adresse_de_seance(comite, lus) or url_for(".show", cle=cle))
        if "envoyer" in request.form:
            envoyer(comites.trouver(cle))
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
        fil = comites.fil_du_comite(comite)
        rendue = render_template("tandem/comite_imprimer.html", page=page, fil=fil)
        comites.noter_sortie(comite, "Ordre du jour de comité, imprimé", page.points, noms=par_nom)
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
        dits = en_une_phrase(point.motifs)
        return dits if self.par_nom else comites.masque(self.points).cacher(dits)


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


def _rendre(page: PageDUnComite) -> str:
    return render_template("tandem/comite.html", page=page, fil=comites.fil_du_comite())


VUES = (ComiteView,)
