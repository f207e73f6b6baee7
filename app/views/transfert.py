"""A youth passes to another MDS: asked by one, answered by the other (``acces/transfert.sql``)."""

from flask import abort, flash, redirect, request
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_login import current_user
from sqlalchemy import and_, or_, select, text
from sqlalchemy.exc import DBAPIError

from app import acces, erreurs, menu
from app.extensions import db
from app.menu import AuMenu
from app.models import Transfert
from app.regles.age import aujourd_hui
from app.views.socle import choix, formulaire, saisie
from app.views.socle.base import VueTandem
from app.views.socle.champs_choix import ChampAutreMds
from app.views.socle.compteur import Compteur, DemandeDeCompteur, combien
from app.views.socle.page import adresse

_REPONDRE = text("select acces.repondre_transfert(:id, :oui, :par, :motif)")
REPONSES = {
    "accepter": "Transfert accepté : le jeune et son histoire sont dans votre MDS.",
    "refuser": "Transfert refusé : la MDS qui l’a demandé garde le dossier.",
}
"""What may be answered, and what the person then reads."""
TROP_TARD = "Ce transfert a déjà reçu une réponse, ou ce n’est pas à votre MDS de la donner."


def en_attente():
    return and_(Transfert.accepte_le.is_(None), Transfert.refuse_le.is_(None))


def a_repondre():
    """What waits for the answer of the person who looks."""
    ou = acces.perimetre().mds("transfert", "modifier")
    if isinstance(ou, acces.Toutes):
        return en_attente()
    return and_(en_attente(), Transfert.vers_mds_id.in_(ou))


def a_compter(perimetre: acces.Perimetre) -> list[DemandeDeCompteur]:
    """The transfers to answer, for whoever answers them; nothing where none waits."""
    if not perimetre.mds("transfert", "modifier"):
        return []
    attendus = select(Transfert.id).where(a_repondre())
    return [DemandeDeCompteur(combien(attendus), _compteur, meme_a_zero=False)]


def _compteur(nombre: int) -> Compteur:
    singulier = "transfert à accepter ou refuser"
    return Compteur("transferts", nombre, singulier, "transferts à accepter ou refuser")


def en_cours(jeune) -> Transfert | None:
    """The transfer asked for this youth, that waits."""
    if not acces.perimetre().peut("transfert", "lire", jeune.mds_id):
        return None
    return db.session.scalar(
        select(Transfert).where(Transfert.jeune_id == jeune.id, en_attente()).limit(1)
    )


class TransfertView(VueTandem):
    datamodel = SQLAInterface(Transfert)
    route_base = "/transferts"
    ressource = "transfert"
    nom = "une demande de transfert"
    pluriel = "Transferts"
    add_row_message = (
        "Demande enregistrée : le transfert se fait quand le responsable de la MDS qui reçoit "
        "l’accepte."
    )
    aide_liste = (
        "Un jeune change de MDS quand celle qui le suit le demande et que celle qui le reçoit "
        "l’accepte. Son histoire le suit."
    )
    list_columns = [
        "code_dossier",
        "de_mds_id",
        "vers_mds_id",
        "effet_le",
        "demande_le",
        "accepte_le",
        "refuse_le",
    ]
    add_columns = ["jeune_id", "vers_mds_id", "effet_le", "motif"]
    show_columns = [
        "code_dossier",
        "de_mds_id",
        "vers_mds_id",
        "effet_le",
        "motif",
        "demande_par",
        "demande_le",
        "accepte_le",
        "refuse_le",
        "repondu_par",
        "motif_refus",
    ]
    edit_columns = ["motif"]
    exclude_route_methods = {*VueTandem.exclude_route_methods, "edit"}
    search_columns = ["de_mds_id", "vers_mds_id", "demande_le", "jeune_id"]
    filtres_propres = {
        "etat": (
            "État",
            {
                "attente": ("En attente", en_attente),
                "a_repondre": ("À répondre par votre MDS", a_repondre),
                "repondu": (
                    "Répondu",
                    lambda: or_(
                        Transfert.accepte_le.is_not(None), Transfert.refuse_le.is_not(None)
                    ),
                ),
            },
        )
    }
    champs_propres = {"vers_mds_id": ChampAutreMds("Vers la MDS", requis=True)}
    base_order = ("demande_le", "desc")
    show_template = "tandem/transfert.html"
    au_menu = AuMenu(menu.SUIVI, 120)

    def initiales(self) -> dict:
        return {"effet_le": aujourd_hui()}

    def titre(self, fiche) -> str:
        return f"Transfert du dossier {fiche.code_dossier}"

    def valider(self, form, fiche) -> None:
        jeune = form.jeune_id.data and choix.trouver("jeune", form.jeune_id.data)
        if jeune and jeune.mds_id == form.vers_mds_id.data:
            formulaire.refuser(form, "Le jeune est déjà suivi par cette MDS.", "vers_mds_id")

    def avant_ecriture(self, fiche, *, creation: bool) -> None:
        jeune = choix.trouver("jeune", fiche.jeune_id)
        fiche.mds_id = jeune.mds_id
        fiche.de_mds_id = jeune.mds_id
        fiche.code_dossier = jeune.code
        fiche.demande_par = str(current_user)

    def peut_sur(self, acte: str, fiche) -> bool:
        """Withdrawn by the MDS that asked, answered by the one that receives, while it waits."""
        perimetre = acces.perimetre()
        if acte == "modifier":
            return perimetre.peut("transfert", acte, fiche.vers_mds_id)
        if acte == "supprimer" and not attend(fiche):
            return False
        return perimetre.peut("transfert", acte, fiche.de_mds_id)

    def _historique(self, fiche) -> list[tuple[str, str]]:
        """The story is the youth's: the MDS that is asked reads it once it has accepted."""
        if choix.trouver("jeune", fiche.jeune_id) is None:
            return []
        return super()._historique(fiche)

    @expose("/<cle>/repondre", methods=["POST"])
    @has_access
    @permission_name("modifier")
    def repondre(self, cle: str):
        """Accept or refuse; the base checks that the person may, and moves the youth."""
        fiche = self.obtenir(cle)
        reponse = request.form.get("reponse")
        if reponse not in REPONSES:
            abort(400)
        motif = saisie.ligne_saisie("motif_refus", 500)
        ici = adresse(f"{self.route_base}/{cle}")
        if reponse == "refuser" and not motif:
            flash("Dites pourquoi vous refusez : la MDS qui demande le lira.", "erreur")
            return redirect(f"{ici}#motif_refus")
        reponse_donnee = {
            "id": fiche.id,
            "oui": reponse == "accepter",
            "par": str(current_user),
            "motif": motif or None,
        }
        try:
            fait = db.session.scalar(_REPONDRE, reponse_donnee)
            db.session.commit()
        except DBAPIError as erreur:
            db.session.rollback()
            flash(erreurs.expliquer(erreur)[0], "erreur")
            return redirect(ici)
        if fait:
            flash(REPONSES[reponse], "succes")
        else:
            flash(TROP_TARD, "attention")
        return redirect(ici)


def attend(fiche: Transfert) -> bool:
    return fiche.accepte_le is None and fiche.refuse_le is None


VUES = (TransfertView,)
