"""The accounts: opened with a password shown once, closed and opened again, never deleted."""

import secrets

from flask import abort, flash, g, redirect, render_template, request
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_login import current_user
from markupsafe import Markup
from sqlalchemy import and_, func, select

from app import acces, menu
from app.connexion import motdepasse, second_facteur, sessions, verrouillage
from app.connexion.preuve import demander_une_preuve
from app.extensions import db
from app.menu import AuMenu
from app.models import Agent, Compte, Habilitation
from app.models.acte_a_deux import COURRIEL, FERMETURE, MOT_DE_PASSE, SECOND_FACTEUR
from app.roles import ROLES
from app.views import acte_a_deux
from app.views.socle import formulaire
from app.views.socle.affichage import en_texte, nom_mds
from app.views.socle.base import VueTandem
from app.views.socle.champs import ChampTexte
from app.views.socle.fiche import Onglet, ajouter_a
from app.views.socle.page import adresse, conclure_et_dire


def _jamais_servi():
    """Open, and nobody has ever signed in with it."""
    return and_(Compte.active, Compte.last_login.is_(None))


class CompteView(VueTandem):
    datamodel = SQLAInterface(Compte)
    route_base = "/comptes"
    ressource = "compte"
    nom = "un compte"
    pluriel = "Comptes"
    aide_liste = (
        "Un compte ne donne aucun droit par lui-même : les habilitations les donnent. Il se "
        "ferme, il ne s’efface pas."
    )
    exclude_route_methods = {"download", "action", "action_post", "delete"}
    en_bref = ["username", "email"]
    list_columns = ["last_name", "first_name", "username", "email", "active", "last_login"]
    add_columns = ["first_name", "last_name", "username", "email"]
    edit_columns = ["first_name", "last_name", "email"]
    show_columns = ["last_name", "first_name", "username", "email", "active", "last_login"]
    label_columns = {
        "first_name": "Prénom",
        "last_name": "Nom",
        "username": "Identifiant",
        "email": "Courriel",
        "active": "Ouvert",
        "last_login": "Dernière connexion",
    }
    description_columns = {
        "username": "Ce que la personne tape pour se connecter, par exemple prenom.nom."
    }
    champs_propres = {
        "email": ChampTexte("Courriel", taille=320, type_html="email", requis=True),
        "first_name": ChampTexte("Prénom", taille=64, requis=True),
        "last_name": ChampTexte("Nom", taille=64, requis=True),
    }
    search_columns = ["active"]
    filtres_propres = {"usage": ("Connexions", {"jamais": ("Jamais connectés", _jamais_servi)})}
    base_order = ("last_name", "asc")
    show_template = "tandem/compte.html"
    au_menu = AuMenu(menu.ADMINISTRATION, 30, acte="modifier")

    def peut_sur(self, acte: str, fiche) -> bool:
        return acces.perimetre().peut("compte", acte)

    def _historique(self, fiche) -> list[tuple[str, str]]:
        """Whoever only chooses a person among the accounts does not read their story."""
        perimetre = acces.perimetre()
        if perimetre.peut("compte", "modifier") or perimetre.peut("journal", "lire", None):
            return super()._historique(fiche)
        return []

    def onglets(self, fiche) -> list[Onglet]:
        if not acces.perimetre().peut("habilitation", "lire"):
            return []
        lignes = db.session.scalars(
            select(Habilitation)
            .where(Habilitation.compte_id == fiche.id)
            .order_by(Habilitation.au.desc().nulls_first(), Habilitation.du.desc())
        ).all()
        return [
            Onglet(
                "habilitations",
                "Habilitations",
                ["Rôle", "MDS", "Du", "Au"],
                [_ligne(habilitation) for habilitation in lignes],
                compte=str(len(lignes)),
                vide="Aucun rôle n’est donné à cette personne.",
                ajouter=_donner_un_role(fiche),
            )
        ]

    def valider(self, form, fiche) -> None:
        for nom, phrase in (
            ("username", "Cet identifiant est déjà pris."),
            ("email", "Un autre compte porte déjà cette adresse."),
        ):
            if nom not in form or not form[nom].data:
                continue
            form[nom].data = form[nom].data.lower()
            pris = select(Compte.id).where(
                func.lower(getattr(Compte, nom)) == form[nom].data,
                Compte.id.is_distinct_from(fiche.id),
            )
            if db.session.scalar(pris):
                formulaire.refuser(form, phrase, nom)
        if fiche.id and not form.email.errors and form.email.data != fiche.email:
            self._courriel_a_deux(form, fiche)
        if form.email.data and ("@" not in form.email.data or " " in form.email.data):
            formulaire.refuser(form, "Adresse électronique non valide.", "email")

    def _courriel_a_deux(self, form, fiche) -> None:
        """The address signs in too, by the provider: that of who reads files is changed by two."""
        if acte_a_deux.demander_s_il_le_faut(COURRIEL, fiche):
            formulaire.refuser(
                form,
                "Cette personne lit des dossiers : son courriel change après confirmation.",
                "email",
            )

    def avant_ecriture(self, fiche, *, creation: bool) -> None:
        if creation:
            fiche.active = True
            fiche.password = motdepasse.hacher(secrets.token_urlsafe(32))
            g.compte_neuf = True

    def _suite(self, cle):
        """A new account goes to its one-time password, shown now or never."""
        if not g.pop("compte_neuf", False):
            return super()._suite(cle)
        return self._donner_mot_de_passe(str(cle))

    def _donner_mot_de_passe(self, cle: str):
        compte = self.obtenir(cle)
        mot_de_passe = motdepasse.poser_temporaire(compte)
        verrouillage.rouvrir(compte.id)
        page = render_template(
            "tandem/mot_de_passe.html",
            vue=self,
            compte_vu=compte,
            mot_de_passe=mot_de_passe,
            fil=self.fil(),
            titre="Mot de passe provisoire",
        )
        db.session.commit()
        return page

    @expose("/<cle>/mot-de-passe", methods=["POST"])
    @has_access
    @permission_name("modifier")
    def mot_de_passe(self, cle: str):
        """Replace the password by a one-time one; every open session of the account ends."""
        if attente := self._a_deux(cle, MOT_DE_PASSE):
            return attente
        return self._donner_mot_de_passe(cle)

    @expose("/<cle>/second-facteur", methods=["POST"])
    @has_access
    @permission_name("modifier")
    def second_facteur(self, cle: str):
        """Take the second factor away (lost phone): another one is set at the next sign-in."""
        if attente := self._a_deux(cle, SECOND_FACTEUR):
            return attente
        compte = self.obtenir(cle)
        second_facteur.retirer(compte)
        sessions.terminer(compte.id, "second_facteur_retire")
        db.session.commit()
        flash(
            "Second facteur retiré : la personne en activera un autre en se connectant.", "succes"
        )
        return redirect(f"{request.script_root}{self.route_base}/{cle}")

    @expose("/<cle>/deconnecter", methods=["POST"])
    @has_access
    @permission_name("modifier")
    def deconnecter(self, cle: str):
        """End every open session of the account, which may sign in again."""
        compte = self._d_un_autre(cle)
        sessions.terminer(compte.id, "par_l_administrateur")
        db.session.commit()
        flash("Cette personne est déconnectée partout.", "succes")
        return redirect(f"{request.script_root}{self.route_base}/{cle}")

    def _a_deux(self, cle: str, genre: str):
        """What stands before this act: a recent proof, a second person; None when it is free."""
        compte = self._d_un_autre(cle)
        if preuve := demander_une_preuve("rendre l’accès à ce compte"):
            return preuve
        if acte_a_deux.demander_s_il_le_faut(genre, compte):
            return redirect(adresse(f"{self.route_base}/{cle}"))
        return None

    def _d_un_autre(self, cle: str) -> Compte:
        """The account, refused when it is one's own."""
        compte = self.obtenir(cle)
        if compte.id == current_user.id:
            abort(403)
        return compte

    @expose("/<cle>/fermer", methods=["POST"])
    @has_access
    @permission_name("modifier")
    def fermer(self, cle: str):
        compte = self._d_un_autre(cle)
        if acte_a_deux.demander_s_il_le_faut(FERMETURE, compte):
            return redirect(adresse(f"{self.route_base}/{cle}"))
        return self._ouvrir_ou_fermer(cle, ouvert=False)

    @expose("/<cle>/rouvrir", methods=["POST"])
    @has_access
    @permission_name("modifier")
    def rouvrir(self, cle: str):
        return self._ouvrir_ou_fermer(cle, ouvert=True)

    def _ouvrir_ou_fermer(self, cle: str, *, ouvert: bool):
        compte = self._d_un_autre(cle)
        compte.active = ouvert
        fait = "Compte fermé : ses sessions prennent fin."
        if ouvert:
            fait = "Compte rouvert."
        if not conclure_et_dire(fait) and not ouvert:
            _dire_qui_passe_la_main(int(cle))
        return redirect(f"{request.script_root}{self.route_base}/{cle}")


def _dire_qui_passe_la_main(compte: int) -> None:
    """The link to « Passer la main » for whoever may; who to ask for whoever may not."""
    agent = db.session.scalar(select(Agent.id).where(Agent.compte_id == compte))
    if agent is None:
        return
    if not acces.perimetre().peut("binome", "modifier"):
        flash("Demandez au responsable de sa MDS de passer la main, puis recommencez.", "attention")
        return
    lien = Markup('<a href="{}">Passer la main</a>')
    flash(lien.format(adresse(f"/passer-la-main/?de={agent}")), "attention")


def _ligne(habilitation: Habilitation) -> tuple[str, list]:
    fin = "En cours"
    if habilitation.au:
        fin = en_texte(habilitation.au)
    cellules = [
        ROLES[habilitation.role_code].libelle,
        nom_mds(habilitation.mds_id) or "Toutes les MDS",
        en_texte(habilitation.du),
        fin,
    ]
    return adresse(f"/habilitations/{habilitation.id}"), cellules


def _donner_un_role(compte: Compte) -> tuple[str, str] | None:
    """Nobody gives a role to oneself."""
    if compte.id == current_user.id or not acces.perimetre().peut("habilitation", "creer"):
        return None
    return "Donner un rôle", ajouter_a("/habilitations", "compte", compte.id, "habilitations")


VUES = (CompteView,)
