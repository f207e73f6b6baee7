"""What one person asks and another confirms, before it is done: asking, answering, the register."""

from typing import Any

from flask import abort, current_app, flash, redirect, request
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_login import current_user
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.exc import DBAPIError
from werkzeug.wrappers import Response

from app import acces, erreurs, menu
from app.connexion.preuve import demander_une_preuve
from app.extensions import db
from app.menu import AuMenu
from app.models import ActeADeux, Compte
from app.models.acte_a_deux import FERMETURE, GENRES, ROLE
from app.rappels.resume import lien
from app.roles import ROLES
from app.views.socle.affichage import nom_mds
from app.views.socle.base import VueTandem
from app.views.socle.page import adresse

ATTEND = "en attente"
DEMANDE = (
    "C’est demandé : le délégué à la protection des données, ou un responsable, le confirme dans "
    "les 24 heures. La personne en est prévenue."
)


def ouvre_des_dossiers(role: str) -> bool:
    """The holder reads files of youths, or the audit log that tells them."""
    lit = ROLES[role].actes
    return "lire" in lit("jeune") or "lire" in lit("journal")


def demander_s_il_le_faut(genre: str, compte: Compte) -> bool:
    """Ask a second person, when this act on this account is not for one alone; say so.

    False when it can be done now: nothing to confirm, or confirmed and not done yet.
    """
    if compte.id == current_user.id or not db.session.scalar(
        select(func.acces.a_deux(genre, compte.id))
    ):
        return False
    permis = select(ActeADeux.id).where(
        ActeADeux.genre == genre,
        ActeADeux.compte_id == compte.id,
        ActeADeux.demande_par_id == current_user.id,
        ActeADeux.confirme_le.is_not(None),
        ActeADeux.fait_le.is_(None),
        _recent(),
    )
    if db.session.scalar(permis.limit(1)) is not None:
        return False
    demander(genre, compte.id)
    return True


def demander(genre: str, compte_id: int, **precisions: Any) -> None:
    """Write what is asked and tell those who must know; what the base refuses is said."""
    acte = ActeADeux(genre=genre, compte_id=compte_id, demande_par_id=current_user.id, **precisions)
    db.session.add(acte)
    try:
        db.session.flush()
        _annoncer(acte.id, "a_confirmer", "un acte attend une réponse")
        db.session.commit()
    except DBAPIError as erreur:
        db.session.rollback()
        flash(erreurs.expliquer(erreur)[0], "attention")
        return
    flash(DEMANDE, "succes")


def _annoncer(numero: int, genre: str, quoi: str) -> None:
    """By e-mail to the person, and to whoever may confirm: neither name nor role."""
    if current_app.config["SMTP"] is None:
        return
    corps = f"Dans Tandem, {quoi}.\n\n{lien(f'/actes-a-deux/{numero}')}"
    dit = func.acces.annoncer_acte_a_deux(numero, genre, f"Tandem : {quoi}", corps)
    db.session.execute(select(dit))


def _recent() -> ColumnElement[bool]:
    return ActeADeux.demande_le > func.now() - func.make_interval(0, 0, 0, 0, 24)


def _attend() -> ColumnElement[bool]:
    return ActeADeux.confirme_le.is_(None) & ActeADeux.refuse_le.is_(None) & _recent()


class ActeADeuxView(VueTandem):
    datamodel = SQLAInterface(ActeADeux)
    route_base = "/actes-a-deux"
    ressource = "acte_a_deux"
    nom = "un acte à deux"
    pluriel = "Actes à deux"
    aide_liste = (
        "Ce que l’administrateur demande et ne peut faire seul : donner un rôle qui ouvre des "
        "dossiers, rendre l’accès à qui en lit. Une autre personne confirme dans les 24 heures."
    )
    list_columns = ["demande_le", "genre", "compte_id", "role_code", "mds_id", "demande_par_id"]
    show_columns = [
        *("genre", "compte_id", "role_code", "mds_id", "motif", "demande_par_id", "demande_le"),
        *("repondu_par_id", "confirme_le", "refuse_le", "fait_le"),
    ]
    add_columns = edit_columns = ["motif"]
    formatters_columns = {
        "genre": lambda genre: GENRES.get(genre, ""),
        "role_code": lambda role: ROLES[role].libelle if role in ROLES else "",
    }
    filtres_propres = {
        "etat": (
            "État",
            {
                "attend": ("En attente", _attend),
                "confirme": ("Confirmé", lambda: ActeADeux.confirme_le.is_not(None)),
                "refuse": ("Refusé", lambda: ActeADeux.refuse_le.is_not(None)),
            },
        )
    }
    search_columns = ["compte_id", "mds_id"]
    exclude_route_methods = {*VueTandem.exclude_route_methods, "add", "edit", "delete"}
    base_order = ("demande_le", "desc")
    show_template = "tandem/acte_a_deux.html"
    au_menu = AuMenu(menu.ADMINISTRATION, 25)

    def titre(self, fiche: ActeADeux) -> str:
        quoi = GENRES.get(fiche.genre, "")
        if fiche.genre == ROLE and fiche.role_code in ROLES:
            quoi = f"{ROLES[fiche.role_code].libelle}, {nom_mds(fiche.mds_id) or 'toutes les MDS'}"
        return f"{quoi} – {fiche.compte}"

    def peut_sur(self, acte: str, fiche: ActeADeux) -> bool:
        return acces.perimetre().peut("acte_a_deux", acte)

    def suite(self, fiche: ActeADeux) -> str:
        """What comes of it once it is confirmed."""
        if fiche.genre == FERMETURE:
            return "il n’y aura plus de délégué à la protection des données"
        if fiche.genre == ROLE:
            return f"{fiche.compte} pourra lire des dossiers"
        return f"{fiche.compte} se connectera d’une nouvelle façon, et lit des dossiers"

    def etat(self, fiche: ActeADeux) -> str:
        """« en attente », or how it ended."""
        if fiche.refuse_le:
            return "refusé"
        if fiche.confirme_le:
            return "fait" if fiche.fait_le else "confirmé"
        attend = select(ActeADeux.id).where(ActeADeux.id == fiche.id, _attend())
        return ATTEND if db.session.scalar(attend) else "passé : 24 heures sans réponse"

    def peut_repondre(self, fiche: ActeADeux) -> bool:
        """Neither who asked, nor whom it is about."""
        return (
            self.peut_sur("modifier", fiche)
            and current_user.id not in (fiche.demande_par_id, fiche.compte_id)
            and self.etat(fiche) == ATTEND
        )

    @expose("/<cle>/repondre", methods=["POST"])
    @has_access
    @permission_name("modifier")
    def repondre(self, cle: str) -> Any:
        fiche = self.obtenir(cle)
        if not self.peut_repondre(fiche):
            abort(403)
        if preuve := demander_une_preuve("répondre"):
            return preuve
        oui = request.form.get("reponse") == "confirmer"
        dit = "confirmé" if oui else "refusé"
        fait = db.session.scalar(select(func.acces.repondre_acte_a_deux(fiche.id, oui)))
        if fait:
            _annoncer(fiche.id, "a_repondu", f"un acte a été {dit}")
        db.session.commit()
        flash(f"C’est {dit}.", "succes")
        return redirect(adresse(f"{self.route_base}/{cle}"))


def demande_de_role(compte_id: int, role: str, mds_id: int | None, motif: str) -> Response:
    """Ask for a role that opens files; back to the account."""
    demander(ROLE, compte_id, role_code=role, mds_id=mds_id, motif=motif or None)
    return redirect(adresse(f"/comptes/{compte_id}"))


VUES = (ActeADeuxView,)
