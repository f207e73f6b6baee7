"""The requests of persons (RGPD, articles 12 and 15 to 21): the DPO's register, and what is due."""

from dataclasses import replace
from datetime import date, timedelta

from flask import request
from flask_appbuilder.models.sqla.interface import SQLAInterface
from markupsafe import Markup
from sqlalchemy import ColumnElement, Row, func, or_, select

from app import acces, menu
from app.acces import Perimetre
from app.echanges.formats.ecriture import Colonne
from app.extensions import db
from app.menu import AuMenu
from app.models import DemandePersonne, Fusion, Jeune
from app.regles import demandes as regles
from app.regles.age import aujourd_hui
from app.views.socle import formulaire
from app.views.socle.affichage import PARTOUT, en_texte
from app.views.socle.base import VueTandem
from app.views.socle.compteur import EXACT_JUSQUE, Compteur, DemandeDeCompteur

JOURS = 14
"""How long before its échéance a request comes to the home page."""


PASTILLES = {
    regles.A_REPONDRE: "prevu",
    regles.EN_RETARD: "tard",
    regles.REPONDUE: "fait",
    regles.HORS_DELAI: "attention",
}
"""Where a request is → the class of its pill."""


def _en_retard() -> ColumnElement:
    return DemandePersonne.echeance_le < aujourd_hui()


class DemandePersonneView(VueTandem):
    datamodel = SQLAInterface(DemandePersonne)
    route_base = "/demandes"
    ressource = "demande_personne"
    nom = "une demande"
    pluriel = "Demandes des personnes"
    aide_liste = (
        "Accès, rectification, effacement, limitation, opposition : à répondre dans le mois "
        "(RGPD, article 12.3). "
        "Le registre ne nomme personne ; ce qui est à corriger se corrige dans le dossier, "
        "et la copie du dossier se remet par le responsable de la MDS."
    )
    list_columns = [
        "nature",
        "recue_le",
        "code_dossier",
        "mds_id",
        "echeance_le",
        "etat",
        "repondue_le",
        "sens",
    ]
    en_bref = ["etat", "echeance_le", "code_dossier"]
    add_fieldsets = [
        ("", {"fields": ["recue_le", "nature", "demandeur", "code_dossier", "mds_id"]}),
        ("Prolongation", {"fields": ["prolongee_le", "motif_prolongation"]}),
        ("Réponse", {"fields": ["repondue_le", "sens", "motif"]}),
    ]
    show_fieldsets = [
        (
            "",
            {
                "fields": [
                    "etat",
                    "echeance_le",
                    "recue_le",
                    "nature",
                    "demandeur",
                    "code_dossier",
                    "mds_id",
                ]
            },
        ),
        *add_fieldsets[1:],
    ]
    label_columns = {"echeance_le": "Échéance", "etat": "État"}
    choix = {
        "nature": list(regles.NATURES.items()),
        "demandeur": list(regles.DEMANDEURS.items()),
        "sens": list(regles.SENS.items()),
    }
    formatters_columns = {
        "nature": lambda v: regles.NATURES.get(v, ""),
        "demandeur": lambda v: regles.DEMANDEURS.get(v, ""),
        "sens": lambda v: regles.SENS.get(v, ""),
        "etat": lambda v: Markup('<span class="etat {}">{}</span>').format(
            PASTILLES[v], regles.ETATS[v]
        ),
        "mds_id": lambda v: v or PARTOUT,
    }
    search_columns = ["nature", "mds_id", "sens", "recue_le"]
    filtres_propres = {
        "etat": (
            "État",
            {
                "sans_reponse": ("Sans réponse", lambda: DemandePersonne.repondue_le.is_(None)),
                regles.A_REPONDRE: (
                    "À répondre, dans le délai",
                    lambda: DemandePersonne.repondue_le.is_(None) & ~_en_retard(),
                ),
                regles.EN_RETARD: (
                    "En retard",
                    lambda: DemandePersonne.repondue_le.is_(None) & _en_retard(),
                ),
                regles.REPONDUE: (
                    "Répondue",
                    lambda: DemandePersonne.repondue_le <= DemandePersonne.echeance_le,
                ),
                regles.HORS_DELAI: (
                    "Répondue hors délai",
                    lambda: DemandePersonne.repondue_le > DemandePersonne.echeance_le,
                ),
            },
        )
    }
    exclude_route_methods = {*VueTandem.exclude_route_methods, "delete"}
    base_order = ("urgence", "asc")
    au_menu = AuMenu(menu.ADMINISTRATION, 80)

    def _init_properties(self) -> None:
        super()._init_properties()
        self.chercher_quoi = "Code dossier"
        self.tris["echeance_le"] = (DemandePersonne.echeance_le, [])

    def trier(self, requete, tri: str):
        """By default what waits, the first due first, then what was answered, the latest first."""
        match tri:
            case "urgence":
                ordre = [
                    DemandePersonne.repondue_le.desc().nulls_first(),
                    DemandePersonne.echeance_le,
                ]
            case "echeance_le":
                ordre = [DemandePersonne.echeance_le]
            case "-echeance_le":
                ordre = [DemandePersonne.echeance_le.desc()]
            case _:
                return super().trier(requete, tri)
        return requete.order_by(*ordre, DemandePersonne.id)

    def colonnes(self) -> list[Colonne]:
        """The échéance is computed: a date all the same."""
        return [_en_date(colonne) for colonne in super().colonnes()]

    def initiales(self) -> dict:
        return {"recue_le": aujourd_hui(), "demandeur": "JEUNE"}

    def valider(self, form, fiche) -> None:
        for champ in ("recue_le", "prolongee_le", "repondue_le"):
            if isinstance(jour := form[champ].data, date) and jour > aujourd_hui():
                formulaire.refuser(form, "Cette date est dans le futur.", champ)
        for manque, phrase, champ in _manques(form):
            if manque:
                formulaire.refuser(form, phrase, champ)
        recue = form.recue_le.data
        prolongee = form.prolongee_le.data
        if recue and prolongee and prolongee > regles.echeance(recue):
            formulaire.refuser(
                form,
                "Une prolongation s’annonce dans le premier mois, soit le"
                f" {en_texte(regles.echeance(recue))} au plus tard (article 12.3) :"
                " passé ce jour, la demande est en retard.",
                "prolongee_le",
            )

    def boutons(self, fiche) -> list[tuple[str, str]]:
        """The file concerned, for whoever may read it."""
        jeune = _dossier(fiche)
        if jeune is None:
            return []
        adresse = f"{request.script_root}/jeunes/{jeune.id}"
        liens = [(f"Ouvrir le dossier {jeune.code}", adresse)]
        if fiche.nature == "ACCES" and acces.perimetre().peut("jeune", "copier", jeune.mds_id):
            liens.append(("Copie du dossier pour la personne", f"{adresse}/exporter"))
        return liens


def _manques(form) -> list[tuple[bool, str, str]]:
    """What goes together: (is it missing, sentence, field)."""
    prolongee = form.prolongee_le.data
    pourquoi = form.motif_prolongation.data
    repondue = form.repondue_le.data
    sens = form.sens.data
    est_refus = sens not in (None, "", "ACCEPTEE")
    return [
        (
            bool(prolongee and not pourquoi),
            "Dites pourquoi le délai est prolongé (article 12.3).",
            "motif_prolongation",
        ),
        (
            bool(pourquoi and not prolongee),
            "Donnez le jour où la personne a été avertie de la prolongation.",
            "prolongee_le",
        ),
        (
            bool(repondue and not sens),
            "Dites si la demande est acceptée, en partie ou non.",
            "sens",
        ),
        (bool(sens and not repondue), "Donnez le jour de la réponse.", "repondue_le"),
        (
            est_refus and not form.motif.data,
            "Un refus, même partiel, est motivé (article 12.4).",
            "motif",
        ),
    ]


def _en_date(colonne: Colonne) -> Colonne:
    if colonne.titre != "Échéance":
        return colonne
    return replace(colonne, format="date", valeur=lambda d: d.echeance_le)


def _dossier(fiche: DemandePersonne) -> Jeune | None:
    """The youth whose file has, or had before a fusion, the code of the request, if it is read."""
    if not fiche.cle or not acces.perimetre().peut("jeune", "lire"):
        return None
    absorbe = select(Fusion.jeune_id).where(
        func.acces.plier(Fusion.code_absorbe) == fiche.cle, Fusion.annulee_le.is_(None)
    )
    return db.session.scalar(
        select(Jeune).where(or_(Jeune.cle == fiche.cle, Jeune.id.in_(absorbe))).limit(1)
    )


def a_compter(perimetre: Perimetre) -> list[DemandeDeCompteur]:
    """What waits for whoever keeps the register."""
    if not perimetre.peut("demande_personne", "modifier"):
        return []
    sans_reponse = (
        select(DemandePersonne.echeance_le)
        .where(DemandePersonne.repondue_le.is_(None))
        .limit(EXACT_JUSQUE + 1)
        .subquery()
    )
    tard = func.count().filter(sans_reponse.c.echeance_le < aujourd_hui())
    ligne = select(func.count().label("nombre"), tard.label("tard")).select_from(sans_reponse)
    return [DemandeDeCompteur(ligne, _compteur)]


def _compteur(nombre: int, en_retard: int) -> Compteur:
    return Compteur("demandes", nombre, "demande sans réponse", "demandes sans réponse", en_retard)


def proches(perimetre: Perimetre, combien: int) -> list[Row]:
    """The requests late, or due within the fortnight, for whoever reads the register.

    One more than ``combien``, so that the page knows there are others.
    """
    if not perimetre.peut("demande_personne", "lire"):
        return []
    requete = select(
        DemandePersonne.id,
        DemandePersonne.nature,
        DemandePersonne.code_dossier,
        DemandePersonne.mds_id,
        DemandePersonne.echeance_le.label("echeance_le"),
    ).where(
        DemandePersonne.repondue_le.is_(None),
        DemandePersonne.echeance_le <= aujourd_hui() + timedelta(days=JOURS),
    )
    premieres = requete.order_by(DemandePersonne.echeance_le, DemandePersonne.id)
    return list(db.session.execute(premieres.limit(combien + 1)))


VUES = (DemandePersonneView,)
