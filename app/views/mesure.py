"""Mesures ASE, accompagnements, binômes, alertes: what binds a youth to child protection and to the scheme."""

from flask import abort, flash, redirect, request
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_login import current_user
from sqlalchemy import and_, not_

from app import acces
from app.models import Accompagnement, Alerte, Binome, Mesure
from app.regles.age import aujourd_hui

from . import formulaire
from .base import VueTandem
from .fiche import retour_local


def en_cours(classe, fin: str = "au", *, clos_le_jour_meme: bool = False) -> dict:
    """The filter « en cours / terminé » of what lasts from a day to a day; an alerte that is closed today is closed."""
    debut, fin = classe.du, getattr(classe, fin)

    def passe():
        return fin <= aujourd_hui() if clos_le_jour_meme else fin < aujourd_hui()

    def court():
        return and_(debut <= aujourd_hui(), fin.is_(None) | not_(passe()))

    return {
        "en_cours": ("État", {
            "oui": ("En cours", court),
            "termine": ("Terminé", passe),
            "a_venir": ("À venir", lambda: debut > aujourd_hui()),
        })
    }  # fmt: skip


class VuePeriode(VueTandem):
    """What lasts: it starts today unless one says otherwise, and a past end is checked against the reason."""

    base_order = ("du", "desc")

    def initiales(self) -> dict:
        return {"du": aujourd_hui()}


class VueQuiSeTermine(VuePeriode):
    """« Terminer aujourd’hui » in one click: the end of an alerte, a frein that is lifted."""

    fin = "au"
    verbe = "Terminer aujourd’hui"

    def est_en_cours(self, fiche) -> bool:
        return getattr(fiche, self.fin) is None and fiche.du <= aujourd_hui()

    @expose("/<cle>/terminer", methods=["POST"])
    @has_access
    @permission_name("modifier")
    def terminer(self, cle: str):
        if not self.peut_sur("modifier", self.obtenir(cle)):
            abort(403)
        fiche = self.obtenir(cle, verrou=True)
        if self.est_en_cours(fiche):
            setattr(fiche, self.fin, aujourd_hui())
        refus = formulaire.conclure()
        flash(refus or "Terminé aujourd’hui.", "erreur" if refus else "succes")
        return redirect(retour_local(f"{request.script_root}{self.route_base}/{cle}"))


class MesureView(VuePeriode):
    datamodel = SQLAInterface(Mesure)
    route_base, ressource = "/mesures", "mesure"
    nom, pluriel = "une mesure ASE", "Mesures ASE"
    aide_liste = "Placements, tutelles, actions éducatives, contrats jeune majeur. Deux mesures peuvent se chevaucher."
    list_columns = ["jeune_id", "type_code", "du", "au", "motif_fin_code", "mds_id"]
    add_columns = ["jeune_id", "type_code", "du", "au", "motif_fin_code"]
    search_columns = ["type_code", "motif_fin_code", "mds_id", "du", "au", "jeune_id"]
    filtres_propres = en_cours(Mesure)

    def valider(self, form, fiche) -> None:
        if form.motif_fin_code.data and form.au.data is None:
            formulaire.refuser(form, "Donnez la date de fin avec son motif.", "au")


class AccompagnementView(VuePeriode):
    datamodel = SQLAInterface(Accompagnement)
    route_base, ressource = "/accompagnements", "accompagnement"
    nom, pluriel = "un accompagnement", "Accompagnements"
    aide_liste = (
        "Un séjour dans le dispositif. On peut en sortir et y revenir : chaque retour est un nouvel accompagnement."
    )
    list_columns = ["jeune_id", "du", "au", "motif_sortie_code", "mds_id"]
    add_columns = ["jeune_id", "du", "au", "motif_sortie_code"]
    search_columns = ["motif_sortie_code", "mds_id", "du", "au", "jeune_id"]
    filtres_propres = en_cours(Accompagnement)

    def valider(self, form, fiche) -> None:
        motif = form.motif_sortie_code.data
        if motif and motif != "ERREUR" and form.au.data is None:
            formulaire.refuser(form, "Donnez la date de sortie avec son motif.", "au")
        if form.au.data and not motif:
            formulaire.refuser(form, "Dites pourquoi l’accompagnement se termine.", "motif_sortie_code")


class BinomeView(VuePeriode):
    datamodel = SQLAInterface(Binome)
    route_base, ressource = "/binomes", "binome"
    nom, pluriel = "un binôme", "Binômes"
    aide_liste = "Le référent ASE et le coordonnateur qui suivent ensemble un jeune. Après l’ASE, le coordonnateur poursuit seul."
    list_columns = ["jeune_id", "referent_ase", "coordonnateur", "du", "au", "mds_id"]
    add_columns = ["jeune_id", "referent_ase", "coordonnateur", "du", "au"]
    search_columns = ["mds_id", "du", "au", "jeune_id"]
    filtres_propres = en_cours(Binome)

    def initiales(self) -> dict:
        """Whoever constitutes the binôme is, most often, one of the two."""
        roles, moi = acces.perimetre().roles, str(current_user)
        return super().initiales() | {
            "referent_ase": moi if "REFERENT_SEF" in roles else None,
            "coordonnateur": moi if "COORDONNATEUR" in roles else None,
        }


class AlerteView(VueQuiSeTermine):
    datamodel = SQLAInterface(Alerte)
    route_base, ressource = "/alertes", "alerte"
    nom, pluriel = "une alerte", "Alertes"
    aide_liste = "Les risques de rupture : scolarité, lieu d’accueil, fugue… Les alertes ouvertes viennent d’abord."
    list_columns = ["jeune_id", "motif_code", "du", "au", "signalee_par", "mds_id"]
    add_columns = ["jeune_id", "motif_code", "du", "au", "signalee_par"]
    search_columns = ["motif_code", "mds_id", "du", "au", "jeune_id"]
    filtres_propres = en_cours(Alerte, clos_le_jour_meme=True)
    base_order = ("ouverte", "desc")

    def trier(self, requete, tri: str):
        if tri.removeprefix("-") != "ouverte":
            return super().trier(requete, tri)
        ouverte = Alerte.au.is_(None) | (Alerte.au > aujourd_hui())
        return requete.order_by(not_(ouverte), Alerte.du.desc(), Alerte.id.desc())


VUES = (MesureView, AccompagnementView, BinomeView, AlerteView)
