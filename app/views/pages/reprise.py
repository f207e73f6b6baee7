"""« Reprendre le suivi » of a youth who left: a new stay, and the orientation if it is wanted.

What was recorded before stays as it was: the file shows it under the passage before (M6).
"""

from datetime import date

from flask import redirect, request
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_login import current_user
from sqlalchemy import func, select

from app.extensions import db
from app.models import Accompagnement, Jeune, Orientation
from app.models.modification import REPRISE
from app.regles.age import aujourd_hui
from app.regles.parcours import ERREUR
from app.views import acte_du_jeune as actes
from app.views import lot as lots
from app.views.acte_du_jeune import LigneDeChamps, PageDActe, Rendu, RubriqueDActe
from app.views.champ_agent import ChampAgent, ecrire_les_agents
from app.views.socle import formulaire
from app.views.socle.affichage import en_texte
from app.views.socle.champs import ChampCase, ChampDate, ChampTexte, ChampTexteLong, Formulaire
from app.views.socle.periode import pas_demain


class FormulaireDeReprise(Formulaire):
    """From which day and why; then to whom the youth is oriented."""

    du = ChampDate("À partir du", requis=True)
    motif_reprise = ChampTexte(
        "Raison du retour",
        taille=500,
        requis=True,
        aide="Ce que le jeune demande, ou ce qui a changé. Pas de diagnostic ni d’infraction.",
    )
    orienter = ChampCase(
        "Orienter aussi vers le coordonnateur",
        aide="Une prise de contact de ce jour : un nouveau rendez-vous tripartite est alors dû.",
    )
    vers_id = ChampAgent("Vers", nom_dans="vers", aide="Vide : les coordonnateurs de la MDS.")
    objectifs = ChampTexteLong("Objectifs")


class RepriseView(BaseView):
    route_base = "/reprendre-le-suivi"
    sous_le_menu = "JeuneView"
    class_permission_name = "accompagnement"
    default_view = "reprendre"

    @expose("/<numero:cle>", methods=["GET", "POST"])
    @has_access
    @permission_name("creer")
    def reprendre(self, cle: int) -> Rendu:
        jeune = actes.le_jeune(cle)
        actes.exiger(actes.peut("accompagnement", "creer", jeune))
        dernier = _derniere_sortie(jeune)
        if dernier is None:
            return redirect(actes.fiche_de(jeune))
        form = FormulaireDeReprise(request.form, du=aujourd_hui())
        if request.method == "GET":
            form = FormulaireDeReprise(None, du=aujourd_hui())
        form.preparer(None)
        page = _page(jeune, form)
        if request.method == "GET":
            return actes.montrer(page)
        orientation = Orientation(jeune_id=jeune.id)
        if not _verifier(form, dernier, orientation):
            return actes.montrer(page, 422)
        _, rendu = actes.faire(page, lambda: _ecrire(jeune, form, orientation), "Suivi repris.")
        return rendu


def _page(jeune: Jeune, form: FormulaireDeReprise) -> PageDActe:
    rubriques = [RubriqueDActe("", [LigneDeChamps(("du", "motif_reprise"))])]
    if actes.peut("orientation", "creer", jeune):
        rubriques.append(
            RubriqueDActe(
                "Orientation",
                [LigneDeChamps(("orienter", "vers_id")), LigneDeChamps(("objectifs",))],
            )
        )
    return PageDActe(jeune, f"Reprendre le suivi : {jeune}", "Reprendre le suivi", form, rubriques)


def _derniere_sortie(jeune: Jeune) -> date | None:
    """The last day of the last stay; None while one runs, without any, or after a death.

    A stay that ends today runs until this evening.
    """
    requete = select(
        func.max(Accompagnement.au),
        func.count().filter(Accompagnement.au.is_(None) | (Accompagnement.au >= aujourd_hui())),
    ).where(
        Accompagnement.jeune_id == jeune.id,
        Accompagnement.motif_sortie_code.is_distinct_from(ERREUR),
    )
    dernier, en_cours = db.session.execute(requete).one()
    return None if en_cours or jeune.deces_le else dernier


def _verifier(form: FormulaireDeReprise, dernier: date, orientation: Orientation) -> bool:
    valide = form.validate()
    pas_demain(form, "du")
    if form.du.data and form.du.data <= dernier:
        phrase = f"Le jeune était encore suivi le {en_texte(dernier)} : choisissez un jour après."
        formulaire.refuser(form, phrase, "du")
    if form.orienter.data:
        ecrire_les_agents(form, orientation)
    return valide and not form.errors


def _ecrire(jeune: Jeune, form: FormulaireDeReprise, orientation: Orientation) -> int:
    """The number of the act."""
    du: date = form.du.data
    with lots.un_acte(REPRISE, f"Reprise du suivi le {en_texte(du)}", 1, jeune.id) as lot:
        db.session.add(
            Accompagnement(jeune_id=jeune.id, du=du, motif_reprise=form.motif_reprise.data)
        )
        if form.orienter.data and actes.peut("orientation", "creer", jeune):
            orientation.contact_le = du
            orientation.vers_id = form.vers_id.data
            orientation.objectifs = form.objectifs.data
            orientation.oriente_par = str(current_user)
            db.session.add(orientation)
        db.session.flush()
    return lot.id


VUES = (RepriseView,)
