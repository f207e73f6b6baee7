"""What is observed of a youth: situation, freins.

A situation that still holds is confirmed in one click.
"""

from flask import abort, redirect, request
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import Row, select

from app import menu
from app.extensions import db
from app.menu import AuMenu
from app.models import Frein, Situation
from app.regles.age import aujourd_hui
from app.views.socle import formulaire, saisie
from app.views.socle.affichage import en_texte
from app.views.socle.base import VueTandem
from app.views.socle.fiche import Calculee, OngletDuJeune, retour_local
from app.views.socle.page import adresse, conclure_et_dire
from app.views.socle.periode import VueQuiSeTermine, en_cours, pas_demain

DATES = ("observee_le", "confirmee_le")


def _ressources(ligne: Row) -> str:
    dites = []
    for nom, fin in (
        (ligne.ressource_1, ligne.fin_ressource_1),
        (ligne.ressource_2, ligne.fin_ressource_2),
    ):
        if nom and fin:
            dites.append(f"{nom} (jusqu’au {en_texte(fin)})")
        elif nom:
            dites.append(nom)
    return " ; ".join(dites)


def _couvertures(ligne: Row) -> str:
    lues = {"base": ligne.couverture_base, "complémentaire": ligne.couverture_complementaire}
    return " ; ".join(f"{quoi} : {valeur}" for quoi, valeur in lues.items() if valeur)


class SituationView(VueTandem):
    datamodel = SQLAInterface(Situation)
    route_base = "/situations"
    ressource = "situation"
    nom = "une situation"
    pluriel = "Situations"
    aide_liste = (
        "Ce que l’on observe un jour donné : parcours, logement, ressources, couverture maladie."
    )
    en_bref = ["observee_le", "situation_pro_code", "logement_code"]
    list_columns = [
        "jeune_id",
        "observee_le",
        "confirmee_le",
        "situation_pro_code",
        "logement_code",
        "ressource_1_code",
        "mds_id",
    ]
    add_fieldsets = [
        ("", {"fields": ["jeune_id", "observee_le", "confirmee_le"]}),
        (
            "Parcours et logement",
            {"fields": ["situation_pro_code", "logement_code", "maintien_6_mois"]},
        ),
        (
            "Ressources",
            {
                "fields": [
                    "ressource_1_code",
                    "fin_ressource_1",
                    "ressource_2_code",
                    "fin_ressource_2",
                ]
            },
        ),
        (
            "Couverture maladie",
            {"fields": ["couverture_base_code", "couverture_complementaire_code"]},
        ),
    ]
    search_columns = [
        "situation_pro_code",
        "logement_code",
        "ressource_1_code",
        "couverture_base_code",
        "mds_id",
        "observee_le",
        "jeune_id",
    ]
    base_order = ("observee_le", "desc")
    au_menu = AuMenu(menu.SUIVI, 80)
    onglet = OngletDuJeune(
        ("observee_le", "confirmee_le", "situation_pro", "logement", "ressources", "couvertures"),
        "Ajouter une situation",
        20,
        tri=("-observee_le",),
        calculees={
            "ressources": Calculee("Ressources", _ressources),
            "couvertures": Calculee("Couverture maladie", _couvertures),
        },
    )

    def initiales(self) -> dict:
        """Today; with ``?copie=12``, the answers of that situation, to correct what has changed."""
        valeurs: dict = {"observee_le": aujourd_hui()}
        numero = saisie.numero(request.args.get("copie"))
        if numero is not None:
            modele = db.session.scalar(select(Situation).where(Situation.id == numero))
            if modele is None:
                abort(404)
            valeurs |= {colonne: getattr(modele, colonne) for colonne in self._reponses()}
        return valeurs

    def _reponses(self) -> list[str]:
        """The columns that say something of the situation."""
        return [c for c in self.add_columns if c not in (*DATES, "jeune_id")]

    def valider(self, form, fiche) -> None:
        for champ in DATES:
            pas_demain(form, champ)
        for rang in ("1", "2"):
            if form[f"fin_ressource_{rang}"].data and not form[f"ressource_{rang}_code"].data:
                formulaire.refuser(
                    form, "Dites de quelle ressource il s’agit.", f"ressource_{rang}_code"
                )
        if all(form[colonne].data in (None, "") for colonne in self._reponses()):
            formulaire.refuser(
                form,
                "Rien n’est dit de la situation : répondez au moins à une question.",
                "situation_pro_code",
            )

    @expose("/<cle>/confirmer", methods=["POST"])
    @has_access
    @permission_name("modifier")
    def confirmer(self, cle: str):
        """« Toujours vrai aujourd’hui »: the same situation, seen again today."""
        if not self.peut_sur("modifier", self.obtenir(cle)):
            abort(403)
        situation = self.obtenir(cle, verrou=True)
        situation.confirmee_le = aujourd_hui()
        conclure_et_dire("Situation confirmée aujourd’hui.")
        return redirect(retour_local(adresse(f"{self.route_base}/{cle}")))

    def actes_de_la_ligne(self, ligne, d, adresse: str):
        """The latest one may be confirmed today, or copied to say what has changed."""
        liens, envois = super().actes_de_la_ligne(ligne, d, adresse)
        if ligne == d.derniere_situation:
            copie = f"{request.script_root}{self.route_base}/ajouter?jeune={d.jeune.id}"
            liens.append(("Reprendre et corriger", f"{copie}&copie={ligne.id}"))
            if max(ligne.observee_le, ligne.confirmee_le or ligne.observee_le) < d.le:
                envois.append(("Toujours vrai aujourd’hui", f"{adresse}/confirmer"))
        return liens, envois


class FreinView(VueQuiSeTermine):
    datamodel = SQLAInterface(Frein)
    route_base = "/freins"
    ressource = "frein"
    nom = "un frein"
    pluriel = "Freins"
    aide_liste = "Ce qui empêche d’avancer, constaté puis levé."
    list_columns = ["jeune_id", "theme_code", "du", "leve_le", "mds_id"]
    add_columns = ["jeune_id", "theme_code", "du", "leve_le", "precision"]
    search_columns = ["theme_code", "mds_id", "du", "leve_le", "jeune_id"]
    filtres_propres = en_cours(Frein, "leve_le")
    fin = "leve_le"
    au_menu = AuMenu(menu.SUIVI, 90)
    onglet = OngletDuJeune(("theme", "du", "leve_le", "precision"), "Ajouter un frein", 40)


VUES = (SituationView, FreinView)
