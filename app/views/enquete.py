"""Satisfaction: the enquêtes, and the link by which the youth answers alone.

That an answer came is shown, never which.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta

from flask import abort, flash, redirect, render_template, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_login import current_user
from sqlalchemy import Row, and_, func, select, update

from app import horloge, menu
from app.connexion.motdepasse import tirer
from app.extensions import db
from app.menu import AuMenu
from app.models import Enquete, Invitation
from app.regles.age import aujourd_hui
from app.sorties_de_donnees import FichierSorti, noter
from app.views import en_attente
from app.views.socle import formulaire
from app.views.socle.affichage import PARIS, en_texte
from app.views.socle.base import VueTandem
from app.views.socle.fiche import Calculee, OngletDuJeune
from app.views.socle.motif import dire_pourquoi
from app.views.socle.page import adresse, conclure_et_dire
from app.views.socle.periode import pas_demain

JOURS = 60
"""A paper handed at a meeting is often answered at the next one."""


PLUS_RIEN = "Le décès de cette personne est déclaré : plus rien ne lui est demandé."


def hash_du_code(code: str) -> str:
    """SHA-256 of a code, however people type it; random enough for a plain hash to resist."""
    plat = "".join(c for c in code.lower() if c.isalnum())
    return hashlib.sha256(plat.encode()).hexdigest()


@dataclass(frozen=True)
class Papier:
    """The page to print for the youth: a QR code, or an address and a code, until a day."""

    prenom: str
    code: str
    expire: date

    @property
    def adresse(self) -> str:
        """The address with its code, after « ? »: no log keeps it."""
        return url_for("Avis.index", c=self.code, _external=True)

    @property
    def sans_code(self) -> str:
        return url_for("Avis.index", _external=True)

    @property
    def image(self) -> str:
        import segno  # read when a code is drawn

        return segno.make(self.adresse, error="m").svg_data_uri(scale=6, border=4, light="#ffffff")


def _etat_de_la_reponse(ligne: Row) -> str:
    return f"Reçue le {en_texte(ligne.repondue_le)}" if ligne.repondue_le else "Attendue"


class EnqueteView(VueTandem):
    datamodel = SQLAInterface(Enquete)
    route_base = "/enquetes"
    ressource = "enquete"
    nom = "une enquête"
    pluriel = "Enquêtes"
    aide_liste = (
        "Le jeune est-il satisfait de l’accompagnement par le binôme ? Une ligne par demande. "
        "Tandem montre qu’une réponse est "
        "arrivée, jamais laquelle : les indicateurs la comptent."
    )
    list_columns = ["jeune_id", "demandee_le", "repondue_le", "par_lien", "mds_id"]
    show_columns = ["demandee_le", "repondue_le", "par_lien"]
    colonnes_export = ["jeune_id", "demandee_le", "repondue_le", "par_lien", "mds_id"]
    add_columns = ["jeune_id", "demandee_le", "repondue_le", "reponse_code"]
    search_columns = ["mds_id", "demandee_le", "repondue_le", "jeune_id"]
    filtres_propres = {
        "reponse": (
            "Réponse",
            {
                "recue": ("Reçue", lambda: Enquete.repondue_le.is_not(None)),
                "attendue": (
                    "Attendue",
                    lambda: and_(
                        Enquete.repondue_le.is_(None), en_attente.vivant(Enquete.jeune_id)
                    ),
                ),
            },
        )
    }
    base_order = ("demandee_le", "desc")
    show_template = "tandem/enquete.html"
    au_menu = AuMenu(menu.SUIVI, 110)
    onglet = OngletDuJeune(
        ("demandee_le", "etat_reponse"),
        "Ajouter une enquête",
        90,
        tri=("-demandee_le",),
        calculees={"etat_reponse": Calculee("Réponse", _etat_de_la_reponse)},
    )

    def initiales(self) -> dict:
        return {"demandee_le": aujourd_hui()}

    def valider(self, form, fiche) -> None:
        jeune = form.jeune_id.fiche() if "jeune_id" in form else None
        if jeune is not None and jeune.deces_le and not form.repondue_le.data:
            formulaire.refuser(form, PLUS_RIEN, "demandee_le")
        pas_demain(form, "repondue_le")
        if form.reponse_code.data and not form.repondue_le.data:
            formulaire.refuser(form, "Donnez le jour de la réponse.", "repondue_le")

    def peut_sur(self, acte: str, fiche) -> bool:
        """Once answered, the form would show the answer; what came by the link is not deleted."""
        if acte == "modifier" and fiche.repondue_le is not None:
            return False
        if acte == "supprimer" and fiche.par_lien:
            return False
        return super().peut_sur(acte, fiche)

    def lien_ouvert(self, fiche) -> Invitation | None:
        """The link that waits for the youth, if any."""
        return db.session.scalar(
            select(Invitation)
            .where(
                Invitation.enquete_id == fiche.id,
                Invitation.utilisee_le.is_(None),
                Invitation.revoquee_le.is_(None),
                Invitation.expire_le > func.now(),
            )
            .limit(1)
        )

    @expose("/<cle>/lien", methods=["GET", "POST"])
    @has_access
    @permission_name("modifier")
    def lien(self, cle: str):
        """GET explains.

        POST makes a new link, takes the former one back, and shows it once, to print.
        """
        fiche = self.obtenir(cle, verrou=request.method == "POST")
        if not self.peut_sur("modifier", fiche):
            abort(403)
        ici = f"{self.route_base}/{cle}"
        if fiche.jeune.deces_le:
            flash(PLUS_RIEN, "attention")
            return redirect(adresse(ici))
        if request.method == "GET":
            return render_template(
                "tandem/enquete_lien.html",
                fiche=fiche,
                ouvert=self.lien_ouvert(fiche),
                jours=JOURS,
                retour=adresse(ici),
                fil=self.fil(fiche),
            )
        # Twenty letters of thirty-one: 99 random bits, and a code that a phone can type.
        code = tirer(groupes=4, lettres=5)
        expire = horloge.maintenant() + timedelta(days=JOURS)
        self._retirer(fiche)
        db.session.add(
            Invitation(
                enquete_id=fiche.id,
                empreinte=hash_du_code(code),
                creee_par=str(current_user),
                expire_le=expire,
            )
        )
        dire_pourquoi("PERSONNE", "Lien de satisfaction, remis au jeune")
        noter(
            FichierSorti(
                "Lien de satisfaction, imprimé", "enquete", 1, [fiche.jeune_id], cle=fiche.id
            )
        )
        if refus := formulaire.conclure():
            flash(refus, "erreur")
            return redirect(adresse(ici))
        papier = Papier(fiche.jeune.prenom, code, expire.astimezone(PARIS).date())
        return render_template("tandem/enquete_imprimer.html", page=papier, fil=self.fil(fiche))

    @expose("/<cle>/lien/retirer", methods=["POST"])
    @has_access
    @permission_name("modifier")
    def retirer_lien(self, cle: str):
        fiche = self.obtenir(cle, verrou=True)
        if not self.peut_sur("modifier", fiche):
            abort(403)
        self._retirer(fiche)
        conclure_et_dire("Le lien est retiré : il n’ouvre plus rien.")
        return redirect(adresse(f"{self.route_base}/{cle}"))

    def _retirer(self, fiche) -> None:
        db.session.execute(
            update(Invitation)
            .where(
                Invitation.enquete_id == fiche.id,
                Invitation.utilisee_le.is_(None),
                Invitation.revoquee_le.is_(None),
            )
            .values(revoquee_le=func.now())
            .execution_options(synchronize_session=False)
        )

    def actes_de_la_ligne(self, ligne, d, adresse: str):
        """Nothing once answered: the form would show the answer."""
        if ligne.repondue_le is not None:
            return [], []
        liens, envois = super().actes_de_la_ligne(ligne, d, adresse)
        return [*liens, ("Lien et QR code", f"{adresse}/lien")], envois


VUES = (EnqueteView,)
