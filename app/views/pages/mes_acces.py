"""« Pourquoi je ne vois pas ce jeune ? », « qui a accès à quoi »: oneself, and one's MDS."""

from dataclasses import dataclass
from datetime import date

from flask import render_template
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_login import current_user
from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload

from app import acces, menu
from app.acces import Toutes
from app.extensions import db
from app.menu import AuMenu
from app.models import Habilitation
from app.regles.age import aujourd_hui
from app.roles import ROLES, Role
from app.securite import CONNECTE
from app.views.socle.affichage import nom_mds
from app.views.socle.page import Fil, fil_d_ariane

LIMITE = 500


@dataclass(frozen=True)
class PageMesAcces:
    """``lues``: the MDS whose youths the person reads.

    ``personnes``: (MDS, name, role, habilitation), None for whoever does not manage them.
    """

    lues: list[str]
    miennes: list[tuple[Habilitation, Role, str]]
    personnes: list[tuple[str, str, str, Habilitation]] | None
    aujourd_hui: date
    fil: Fil
    limite: int = LIMITE


class MesAcces(BaseView):
    """Says nothing of any youth: one out of sight and one that does not exist look alike."""

    route_base = "/mes-acces"
    class_permission_name = CONNECTE
    au_menu = AuMenu(menu.ADMINISTRATION, 10, "Qui a accès à quoi", "index")

    @expose("/")
    @has_access
    @permission_name("lire")
    def index(self):
        personnes = None
        if acces.perimetre().peut("habilitation", "lire"):
            personnes = _personnes()
        page = PageMesAcces(_lues(), _miennes(), personnes, aujourd_hui(), fil_d_ariane())
        return render_template("tandem/mes_acces.html", page=page, fil=page.fil)


def _lues() -> list[str]:
    ou = acces.perimetre().mds("jeune", "lire")
    if isinstance(ou, Toutes):
        return ["toutes les MDS"]
    return sorted(nom_mds(mds_id) for mds_id in ou)


def _miennes() -> list[tuple[Habilitation, Role, str]]:
    """The person's own habilitations, the latest first: (habilitation, role, MDS)."""
    requete = select(Habilitation).where(
        Habilitation.compte_id == current_user.id, Habilitation.role_code.in_(ROLES)
    )
    return [
        (une, ROLES[une.role_code], nom_mds(une.mds_id) or "toutes les MDS")
        for une in db.session.scalars(requete.order_by(Habilitation.du.desc()))
    ]


def _personnes() -> list[tuple[str, str, str, Habilitation]]:
    """Who may do what today, where the person manages habilitations."""
    en_cours = (
        select(Habilitation)
        .options(joinedload(Habilitation.compte))
        .where(
            Habilitation.du <= func.current_date(),
            or_(Habilitation.au.is_(None), Habilitation.au >= func.current_date()),
        )
        .limit(LIMITE)
    )
    lignes = [
        (nom_mds(h.mds_id) or "Toutes les MDS", str(h.compte), ROLES[h.role_code].libelle, h)
        for h in db.session.scalars(en_cours)
        if h.role_code in ROLES and h.compte is not None and h.compte.active
    ]
    return sorted(lignes, key=lambda ligne: ligne[:3])


VUES = (MesAcces,)
