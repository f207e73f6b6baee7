"""Orientations: the référent hands a youth to the coordonnateur, who accepts or sends back (M1)."""

from collections.abc import Sequence
from datetime import date, timedelta

from flask import abort, flash, redirect, request
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_login import current_user
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    Row,
    Select,
    and_,
    any_,
    bindparam,
    exists,
    func,
    not_,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from app import acces, menu
from app.acces import Perimetre, mds_permises
from app.extensions import db
from app.menu import AuMenu
from app.models import Jeune, Orientation, Rencontre
from app.models.nomenclature import MotifRupture
from app.regles.age import aujourd_hui
from app.views import en_attente, portefeuille
from app.views.champ_agent import ChampAgent, ecrire_les_agents
from app.views.socle import formulaire, saisie
from app.views.socle.base import VueTandem
from app.views.socle.champs import ChampConfirmation
from app.views.socle.fiche import Calculee, OngletDuJeune, retour_local
from app.views.socle.ordre_prepare import OrdrePrepare
from app.views.socle.page import adresse, conclure_et_dire

AU_PLUS = 10
"""Orientations shown on the home page; beyond, a link leads to the list."""
_URGENTES_D_ABORD = (
    Orientation.est_urgente.desc().nulls_last(),
    Orientation.contact_le,
    Orientation.id,
)
A_ANNONCER = 50
"""The last orientations received, that a round of reminders tells if it did not already."""
ACCEPTEE = "ACCEPTEE"
RENVOYEE = "RENVOYEE"


def _close(depuis: date) -> ColumnElement[bool]:
    """The rendez-vous that follows a contact of that day or later, planned or held."""
    return exists().where(
        Rencontre.jeune_id == Orientation.jeune_id,
        Rencontre.mds_id == Orientation.mds_id,
        Rencontre.type_code == en_attente.TRIPARTITE,
        Rencontre.statut_code != en_attente.ANNULEE,
        Rencontre.le >= Orientation.contact_le,
        Rencontre.le >= depuis,
    )


def sans_reponse(le: date | None = None) -> ColumnElement[bool]:
    """Handed over, neither answered nor closed by its rendez-vous; today, unless a day is given."""
    depuis = (le or aujourd_hui()) - RECENTES
    return and_(
        Orientation.reponse_code.is_(None),
        Orientation.contact_le.is_not(None),
        Orientation.contact_le >= depuis,
        not_(_close(depuis)),
        en_attente.vivant(Orientation.jeune_id),
    )


def envoyees() -> ColumnElement[bool]:
    """Those that the person handed over, by the agent they are or by the name of their account."""
    sienne: ColumnElement[bool] = Orientation.oriente_par == str(current_user)
    agent = portefeuille.moi()
    if agent is not None:
        sienne = or_(sienne, Orientation.oriente_par_id == agent.id)
    return sienne


PROCHE = timedelta(days=60)
"""A contact typed within that time after a rendez-vous may be that of the rendez-vous."""
RECENTES = timedelta(days=92)
"""An orientation of last season that nobody answered is no longer received: « À faire » has it."""


def _en_attente_de_moi() -> Select[int]:
    """Those sent to the person, and those sent to the coordonnateurs of the MDS."""
    agent = portefeuille.moi()
    a_lui: ColumnElement[bool] = Orientation.vers_id.is_(None)
    if agent is not None:
        a_lui = or_(a_lui, Orientation.vers_id == agent.id)
    return select(Orientation.id).where(*mds_permises(Orientation), a_lui, sans_reponse())


def sont_recues_par(perimetre: Perimetre) -> bool:
    """A coordonnateur answers orientations, nobody else."""
    return "COORDONNATEUR" in perimetre.roles


def recues(perimetre: Perimetre) -> list[Row]:
    """The orientations that wait for the person's answer, the urgent then the oldest first.

    One more than is shown, if there is. Nothing for whoever is no coordonnateur.
    """
    if not sont_recues_par(perimetre):
        return []
    premieres = _en_attente_de_moi().order_by(*_URGENTES_D_ABORD).limit(AU_PLUS + 1)
    return list(db.session.execute(_ces(Orientation.id.in_(premieres.scalar_subquery()))))


def nommer(numeros: Sequence[int]) -> Sequence[Row]:
    """These orientations as ``recues`` tells them, in its order."""
    return _PAR_NUMEROS.lire(numeros=[*numeros]) if numeros else []


def _ces(lesquelles: ColumnElement[bool]) -> Select:
    return (
        select(
            Orientation.id,
            Orientation.jeune_id,
            Orientation.contact_le,
            Orientation.oriente_par,
            Orientation.est_urgente,
            MotifRupture.libelle.label("motif"),
            Orientation.mds_id,
            Jeune.prenom,
            Jeune.nom,
        )
        .join(Jeune, Jeune.id == Orientation.jeune_id)
        .outerjoin(MotifRupture, MotifRupture.code == Orientation.motif_code)
        .where(lesquelles)
        .order_by(*_URGENTES_D_ABORD)
    )


_PAR_NUMEROS = OrdrePrepare.de(
    _ces(Orientation.id == any_(bindparam("numeros", type_=ARRAY(Integer), required=False)))
)


def dernieres_recues(perimetre: Perimetre) -> list[Row]:
    """(id, est_urgente) of the last ones that came, the newest first: however many wait already,
    one that has just come is among them."""
    if "COORDONNATEUR" not in perimetre.roles:
        return []
    requete = _en_attente_de_moi().add_columns(Orientation.est_urgente)
    return list(db.session.execute(requete.order_by(Orientation.id.desc()).limit(A_ANNONCER)))


def etat(fiche) -> str:
    """Where it stands, in words: « Acceptée », « Renvoyée : déjà suivi », « En attente »."""
    if fiche.reponse_code == RENVOYEE:
        return f"Renvoyée : {fiche.raison_renvoi}"
    if fiche.reponse_code == ACCEPTEE:
        return "Acceptée"
    if fiche.contact_le is None:
        return "Repéré, pas encore orienté"
    return "Vue, sans réponse" if fiche.vue_le else "En attente de réponse"


def _demander_si_nouvelle(form, fiche) -> None:
    """A contact typed after its own rendez-vous would be counted late for ever: it is asked about.

    Asked when a tripartite of the last weeks has no contact before it.
    """
    contact = form.contact_le.data
    jeune = form.jeune_id.data if "jeune_id" in form else fiche.jeune_id
    if not contact or not jeune or contact == fiche.contact_le or form.est_nouvelle.data:
        return
    d_avant = aliased(Orientation)
    sans_contact = not_(
        exists().where(d_avant.jeune_id == jeune, d_avant.contact_le <= Rencontre.le)
    )
    rdv = db.session.scalar(
        select(func.max(Rencontre.le)).where(
            Rencontre.jeune_id == jeune,
            Rencontre.type_code == en_attente.TRIPARTITE,
            Rencontre.statut_code != en_attente.ANNULEE,
            Rencontre.le.between(contact - PROCHE, contact - timedelta(days=1)),
            sans_contact,
        )
    )
    if rdv is None:
        return
    form.est_nouvelle.demander()
    formulaire.refuser(
        form,
        f"Le rendez-vous tripartite du {rdv:%d/%m/%Y} n’a pas de prise de contact. Si c’est la"
        " sienne, donnez une date au plus tard ce jour-là ; sinon cochez « nouvelle prise de"
        " contact ».",
        "contact_le",
    )


class OrientationView(VueTandem):
    datamodel = SQLAInterface(Orientation)
    route_base = "/orientations"
    ressource = "orientation"
    nom = "une orientation"
    pluriel = "Orientations"
    add_title = "Orienter un jeune"
    aide_liste = (
        "Le référent ASE oriente, le coordonnateur accepte ou renvoie. Chaque retour d’un jeune "
        "est une nouvelle orientation : les précédentes restent."
    )
    list_columns = ["jeune_id", "contact_le", "vers", "motif_code", "reponse_code", "mds_id"]
    add_fieldsets = [
        (
            "",
            {
                "fields": [
                    "jeune_id",
                    "contact_le",
                    "est_nouvelle",
                    "oriente_par",
                    "vers_id",
                    "est_urgente",
                ]
            },
        ),
        ("Pourquoi", {"fields": ["motif_code", "objectifs", "repere_le"]}),
    ]
    edit_fieldsets = [
        ("", {"fields": ["contact_le", "est_nouvelle", "oriente_par", "vers_id", "est_urgente"]}),
        ("Pourquoi", {"fields": ["motif_code", "objectifs", "repere_le"]}),
        ("Réponse", {"fields": ["reponse_code", "repondue_le", "raison_renvoi"]}),
    ]
    show_fieldsets = [
        ("", {"fields": ["jeune_id", "contact_le", "oriente_par", "vers", "est_urgente"]}),
        ("Pourquoi", {"fields": ["motif_code", "objectifs", "repere_le"]}),
        (
            "Réponse",
            {"fields": ["vue_le", "reponse_code", "repondue_le", "repondue_par", "raison_renvoi"]},
        ),
    ]
    champs_propres = {
        "vers_id": ChampAgent(
            "Vers", nom_dans="vers", aide="Vide : les coordonnateurs de la MDS du jeune."
        )
    }
    add_form_extra_fields = {
        "est_nouvelle": ChampConfirmation("C’est une nouvelle prise de contact")
    }
    edit_form_extra_fields = add_form_extra_fields
    search_columns = ["motif_code", "reponse_code", "mds_id", "contact_le", "jeune_id"]
    filtres_propres = {
        "qui": portefeuille.filtre_qui(Orientation.jeune_id),
        "de": ("Orientées par", {"moi": ("Moi", envoyees)}),
        "etat": ("État", {"sans_reponse": ("En attente de réponse", sans_reponse)}),
    }
    base_order = ("contact_le", "desc")
    show_template = "tandem/orientation.html"
    au_menu = AuMenu(menu.SUIVI, 30)
    onglet = OngletDuJeune(
        ("contact_le", "oriente_par", "vers", "motif", "etat"),
        "Orienter",
        65,
        tri=("-contact_le",),
        calculees={"etat": Calculee("Réponse", etat)},
    )

    def initiales(self) -> dict:
        return {"contact_le": aujourd_hui(), "oriente_par": str(current_user)}

    def valider(self, form, fiche) -> None:
        ecrire_les_agents(form, fiche)
        _demander_si_nouvelle(form, fiche)
        if "reponse_code" not in form:
            return
        if form.reponse_code.data == RENVOYEE and not form.raison_renvoi.data:
            formulaire.refuser(form, "Dites pourquoi : le référent le lira.", "raison_renvoi")

    def avant_ecriture(self, fiche, *, creation: bool) -> None:
        """The orientation is one of its own from now on, not that of the file."""
        fiche.est_de_la_fiche = False

    def afficher(self, fiche):
        """Opened by whoever it is sent to, it is seen."""
        if fiche.vue_le is None and fiche.contact_le and self.peut_repondre(fiche):
            fiche.vue_le = aujourd_hui()
            db.session.flush()
        return super().afficher(fiche)

    def peut_repondre(self, fiche) -> bool:
        """A coordonnateur of its MDS, the one it is sent to if it names one who has an account."""
        if not acces.perimetre().peut("orientation", "repondre", fiche.mds_id):
            return False
        agent = portefeuille.moi()
        return fiche.vers_id is None or agent is None or fiche.vers_id == agent.id

    def attend(self, fiche) -> bool:
        return fiche.reponse_code is None and fiche.contact_le is not None

    @expose("/<cle>/repondre", methods=["POST"])
    @has_access
    @permission_name("repondre")
    def repondre(self, cle: str):
        """« Accepter et fixer le rendez-vous », or « Renvoyer » and why."""
        fiche = self.obtenir(cle, verrou=True)
        if not self.peut_repondre(fiche):
            abort(403)
        ici = adresse(f"{self.route_base}/{cle}")
        reponse = request.form.get("reponse")
        if reponse not in ("accepter", "renvoyer"):
            abort(400)
        if not self.attend(fiche):
            flash("Cette orientation a déjà reçu une réponse.", "attention")
            return redirect(ici)
        raison = saisie.ligne_saisie("raison_renvoi", 500)
        if reponse == "renvoyer" and not raison:
            flash("Dites pourquoi vous renvoyez cette orientation : le référent le lira.", "erreur")
            return redirect(f"{ici}#raison_renvoi")
        fiche.reponse_code = ACCEPTEE if reponse == "accepter" else RENVOYEE
        fiche.raison_renvoi = raison if reponse == "renvoyer" else None
        fiche.repondue_le = aujourd_hui()
        fiche.repondue_par = str(current_user)
        fiche.vue_le = fiche.vue_le or aujourd_hui()
        jeune = fiche.jeune_id
        if reponse == "renvoyer":
            conclure_et_dire("Orientation renvoyée : le référent lit pourquoi.")
            return redirect(retour_local(ici))
        if not conclure_et_dire("Orientation acceptée : fixez le rendez-vous tripartite."):
            return redirect(ici)
        rdv = f"/rencontres/ajouter?jeune={jeune}&type=TRIPARTITE&prevue=1"
        return redirect(adresse(rdv))


VUES = (OrientationView,)
