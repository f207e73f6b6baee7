"""« Pourquoi je ne vois pas ce jeune ? » and « qui a accès à quoi »: one's own perimeter, and that
of one's MDS for who may."""

from flask import render_template
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_login import current_user
from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload

from app import acces, menu
from app.extensions import db
from app.menu import AuMenu
from app.models import Habilitation
from app.regles.age import aujourd_hui
from app.roles import ROLES
from app.securite import CONNECTE
from app.views.socle.affichage import nom_mds

LIMITE = 500


class MesAcces(BaseView):
    """Says nothing of any youth: a file that one may not see and one that does not exist are
    explained alike."""

    route_base = "/mes-acces"
    class_permission_name = CONNECTE
    au_menu = AuMenu(menu.ADMINISTRATION, 10, "Qui a accès à quoi", "index")

    @expose("/")
    @has_access
    @permission_name("lire")
    def index(self):
        perimetre = acces.perimetre()
        miennes = db.session.scalars(
            select(Habilitation)
            .where(Habilitation.compte_id == current_user.id)
            .order_by(Habilitation.du.desc())
        ).all()
        lit = perimetre.mds("jeune", "lire")
        lues = ["toutes les MDS"] if lit is acces.TOUTES else sorted(nom_mds(m) for m in lit)
        return render_template(
            "tandem/mes_acces.html",
            fil=[("Accueil", "/")],
            lues=lues,
            aujourd_hui=aujourd_hui(),
            miennes=[
                (h, ROLES[h.role_code], nom_mds(h.mds_id) or "toutes les MDS")
                for h in miennes
                if h.role_code in ROLES
            ],
            personnes=_personnes() if perimetre.peut("habilitation", "lire") else None,
            limite=LIMITE,
        )


def _personnes() -> list[tuple[str, str, str, Habilitation]]:
    """Who may do what today where the person manages habilitations: (MDS, name, role,
    habilitation)."""
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
