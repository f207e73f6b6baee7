"""A person, a role, an MDS or all, from a day to a day (A2).

Given inside one's MDS, never to oneself, never above one's own rights: the base refuses it
(``acces.peut_donner``), the form only offers what will be accepted.
"""

from datetime import timedelta

from flask import abort, redirect, request
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_login import current_user
from sqlalchemy import func, or_, select

from app import acces, menu
from app.acces import TOUTES, Perimetre, Toutes
from app.connexion.preuve import demander_une_preuve
from app.extensions import db
from app.menu import AuMenu
from app.models import Compte, Habilitation
from app.models.acte_a_deux import FERMETURE
from app.regles.age import aujourd_hui
from app.regles.parametres import FIN_D_HABILITATION_JOURS
from app.roles import ROLES, Role
from app.views import acte_a_deux
from app.views.acte_a_deux import ouvre_des_dossiers
from app.views.socle import formulaire, saisie
from app.views.socle.affichage import PARTOUT, nom_mds
from app.views.socle.base import VueTandem
from app.views.socle.champs_choix import ChampListe
from app.views.socle.fiche import retour_local
from app.views.socle.page import adresse, conclure_et_dire

DEJA_UN_RESPONSABLE = (
    "Ce rôle ouvre des dossiers : c’est au responsable de la MDS de le donner. "
    "Vous demandez seulement le premier responsable d’une MDS, et ce qui vaut pour toutes."
)


def donnables(perimetre: Perimetre) -> dict[str, Toutes | frozenset[int]]:
    """The roles the person may give, and where.

    There, they hold each of the rights of the role; or they administer all habilitations, and the
    role opens no file.
    """
    permis = {code: _ou_donner(perimetre, role) for code, role in ROLES.items()}
    if administre(perimetre):
        permis |= {code: TOUTES for code in ROLES if not ouvre_des_dossiers(code)}
    return {code: ou for code, ou in permis.items() if ou}


def administre(perimetre: Perimetre) -> bool:
    return perimetre.mds("toute_habilitation", "creer") is TOUTES


def _ou_donner(perimetre: Perimetre, role: Role) -> Toutes | frozenset[int]:
    """The MDS where the person holds each of the rights of the role, and may give it."""
    ou: Toutes | frozenset[int] = TOUTES
    for ressource, acte in [("habilitation", "creer"), *role.droits()]:
        la = perimetre.mds(ressource, acte)
        if isinstance(la, Toutes):
            continue
        if isinstance(ou, Toutes):
            ou = la
        else:
            ou &= la
    return ou


def peut_donner(perimetre: Perimetre, role: str, mds_id: int | None) -> bool:
    ou = donnables(perimetre).get(role, frozenset())
    if mds_id is None:
        return isinstance(ou, Toutes)
    return mds_id in ou


class ChampRole(ChampListe):
    def preparer(self, actuelle) -> None:
        perimetre = acces.perimetre()
        codes = list(ROLES if administre(perimetre) else donnables(perimetre))
        self.choix = [(code, ROLES[code].libelle) for code in codes]

    def texte(self, valeur) -> str:
        role = ROLES.get(valeur)
        return getattr(role, "libelle", "")


def _etat() -> dict:
    return {
        "en_cours": ("En cours", _en_cours),
        "bientot": (f"Finit dans les {FIN_D_HABILITATION_JOURS.dit}", _finit_bientot),
        "a_venir": ("À venir", lambda: Habilitation.du > aujourd_hui()),
        "finie": ("Finie", lambda: Habilitation.au < aujourd_hui()),
    }


def _finit_bientot():
    le = aujourd_hui()
    bientot = le + timedelta(days=FIN_D_HABILITATION_JOURS.valeur)
    return (Habilitation.du <= le) & Habilitation.au.between(le, bientot)


def _en_cours():
    le = aujourd_hui()
    return (Habilitation.du <= le) & or_(Habilitation.au.is_(None), Habilitation.au >= le)


class HabilitationView(VueTandem):
    datamodel = SQLAInterface(Habilitation)
    route_base = "/habilitations"
    ressource = "habilitation"
    nom = "une habilitation"
    pluriel = "Habilitations"
    add_title = "Donner un rôle"
    aide_liste = (
        "Qui peut faire quoi, où, de quand à quand. Une habilitation se retire, elle ne s’efface "
        "pas."
    )
    exclude_route_methods = {"download", "action", "action_post", "delete"}
    list_columns = ["compte_id", "role_code", "mds_id", "du", "au", "donnee_par_id"]
    add_columns = ["compte_id", "role_code", "mds_id", "du", "au", "motif"]
    edit_columns = ["au", "motif"]
    show_columns = ["compte_id", "role_code", "mds_id", "du", "au", "motif", "donnee_par_id"]
    description_columns = {"mds_id": ""}
    formatters_columns = {"mds_id": lambda v: v or PARTOUT}
    champs_propres = {"role_code": ChampRole("Rôle", requis=True)}
    search_columns = ["mds_id", "du", "compte_id"]
    filtres_propres = {
        "role": (
            "Rôle",
            {c: (r.libelle, lambda c=c: Habilitation.role_code == c) for c, r in ROLES.items()},
        ),
        "etat": ("État", _etat()),
    }
    base_order = ("compte_id", "asc")
    show_template = "tandem/habilitation.html"
    au_menu = AuMenu(menu.ADMINISTRATION, 20)

    def initiales(self) -> dict:
        return {"du": aujourd_hui()}

    def titre(self, fiche) -> str:
        return f"{fiche.role}, {nom_mds(fiche.mds_id) or 'toutes les MDS'} – {fiche.compte}"

    def peut_sur(self, acte: str, fiche) -> bool:
        if acte != "modifier":
            return super().peut_sur(acte, fiche)
        perimetre = acces.perimetre()
        return fiche.compte_id != current_user.id and (
            administre(perimetre) or peut_donner(perimetre, fiche.role_code, fiche.mds_id)
        )

    def en_vigueur(self, fiche) -> bool:
        return fiche.au is None or fiche.au >= aujourd_hui()

    def valider(self, form, fiche) -> None:
        if "role_code" not in form:
            return
        role = form.role_code.data
        mds_id = form.mds_id.data
        compte_id = form.compte_id.data
        if compte_id == current_user.id:
            formulaire.refuser(form, "Personne ne se donne un rôle à soi-même.", "compte_id")
        choisi = role and not form.role_code.errors and not form.mds_id.errors
        if choisi and not peut_donner(acces.perimetre(), role, mds_id):
            formulaire.refuser(
                form,
                DEJA_UN_RESPONSABLE
                if administre(acces.perimetre())
                else "Vous ne pouvez pas donner ce rôle ici : il dépasse vos propres droits.",
                "mds_id",
            )
        deja = select(Habilitation.id).where(
            Habilitation.compte_id == compte_id,
            Habilitation.role_code == role,
            Habilitation.mds_id.is_not_distinct_from(mds_id),
            or_(Habilitation.au.is_(None), Habilitation.au >= (form.du.data or aujourd_hui())),
        )
        if role and compte_id and db.session.scalar(deja):
            formulaire.refuser(form, "Cette personne a déjà ce rôle à cet endroit.", "role_code")

    def avant_ecriture(self, fiche, *, creation: bool) -> None:
        if creation:
            fiche.donnee_par_id = current_user.id

    @expose("/ajouter", methods=["GET", "POST"])
    @has_access
    @permission_name("creer")
    def add(self):
        """A role over files is proven anew; what the administrator may only ask is asked."""
        if request.method == "POST" and request.form.get("role_code") in ROLES:
            if preuve := demander_une_preuve("donner un rôle"):
                return preuve
            if demande := _demande_recue():
                return acte_a_deux.demande_de_role(*demande)
        return super().add()

    @expose("/<cle>/retirer", methods=["POST"])
    @has_access
    @permission_name("modifier")
    def retirer(self, cle: str):
        """It stops at once: its last day is yesterday, even if it started today or starts later."""
        fiche = self.obtenir(cle)
        if not self.peut_sur("modifier", fiche):
            abort(403)
        if fiche.role_code == "DPO" and acte_a_deux.demander_s_il_le_faut(FERMETURE, fiche.compte):
            return redirect(adresse(f"{self.route_base}/{cle}"))
        fiche = self.obtenir(cle, verrou=True)
        if self.en_vigueur(fiche):
            hier = aujourd_hui() - timedelta(days=1)
            fiche.du = min(fiche.du, hier)
            fiche.au = hier
        conclure_et_dire("Habilitation retirée : elle ne vaut plus dès maintenant.")
        return redirect(retour_local(adresse(f"{self.route_base}/{cle}")))


def _demande_recue() -> tuple[int, str, int | None, str] | None:
    """The role that the form asks for somebody else, when a second person must confirm it."""
    compte_id = saisie.numero(request.form.get("compte_id"))
    role = request.form["role_code"]
    mds_id = saisie.numero(request.form.get("mds_id"))
    if (
        compte_id is None
        or compte_id == current_user.id
        or db.session.get(Compte, compte_id) is None
    ):
        return None
    if db.session.scalar(select(func.acces.peut_donner(role, mds_id))):
        return None
    if not db.session.scalar(select(func.acces.peut_demander_role(role, mds_id))):
        return None
    return compte_id, role, mds_id, saisie.ligne_saisie("motif", 300)


VUES = (HabilitationView,)
