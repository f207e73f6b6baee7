"""A person, a role, an MDS or all, from a day to a day (A2).

Given inside one's MDS, never to oneself, never above one's own rights: the base refuses it
(``acces.peut_donner``), the form only offers what will be accepted.
"""

from datetime import timedelta

from flask import abort, redirect
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_login import current_user
from sqlalchemy import or_, select

from app import acces, menu
from app.acces import TOUTES, Perimetre, Toutes
from app.extensions import db
from app.menu import AuMenu
from app.models import Habilitation
from app.regles.age import aujourd_hui
from app.regles.parametres import FIN_D_HABILITATION_JOURS
from app.roles import ROLES, Role
from app.views.socle import formulaire
from app.views.socle.affichage import PARTOUT, nom_mds
from app.views.socle.base import VueTandem
from app.views.socle.champs_choix import ChampListe
from app.views.socle.fiche import retour_local
from app.views.socle.page import adresse, conclure_et_dire


def donnables(perimetre: Perimetre) -> dict[str, Toutes | frozenset[int]]:
    """The roles the person may give, and where: there, they hold each of the rights of the role."""
    if perimetre.mds("toute_habilitation", "creer") is TOUTES:
        return dict.fromkeys(ROLES, TOUTES)
    permis = {code: _ou_donner(perimetre, role) for code, role in ROLES.items()}
    return {code: ou for code, ou in permis.items() if ou}


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
        return perimetre.mds("toute_habilitation", "creer") is TOUTES
    return mds_id in ou


class ChampRole(ChampListe):
    def preparer(self, actuelle) -> None:
        self.choix = [(code, ROLES[code].libelle) for code in donnables(acces.perimetre())]

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
        return fiche.compte_id != current_user.id and peut_donner(
            acces.perimetre(), fiche.role_code, fiche.mds_id
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
                "Vous ne pouvez pas donner ce rôle ici : il dépasse vos propres droits.",
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

    @expose("/<cle>/retirer", methods=["POST"])
    @has_access
    @permission_name("modifier")
    def retirer(self, cle: str):
        """It stops at once: its last day is yesterday, even if it started today or starts later."""
        if not self.peut_sur("modifier", self.obtenir(cle)):
            abort(403)
        fiche = self.obtenir(cle, verrou=True)
        if self.en_vigueur(fiche):
            hier = aujourd_hui() - timedelta(days=1)
            fiche.du = min(fiche.du, hier)
            fiche.au = hier
        conclure_et_dire("Habilitation retirée : elle ne vaut plus dès maintenant.")
        return redirect(retour_local(adresse(f"{self.route_base}/{cle}")))


VUES = (HabilitationView,)
