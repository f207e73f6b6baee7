"""Partners, the people to call there, and what is mobilised for a youth (M7, M9)."""

from flask import request
from flask_appbuilder.models.sqla.interface import SQLAInterface
from sqlalchemy import select

from app import acces, menu
from app.extensions import db
from app.menu import AuMenu
from app.models import Contact, Jeune, Mobilisation, Partenaire
from app.regles.age import aujourd_hui
from app.views.socle.affichage import PARTOUT, en_cellule, en_texte
from app.views.socle.base import VueTandem
from app.views.socle.fiche import Onglet, OngletDuJeune, ajouter_a, vue_de
from app.views.socle.periode import VuePeriode, en_cours


class PartenaireView(VueTandem):
    datamodel = SQLAInterface(Partenaire)
    route_base = "/partenaires"
    ressource = "partenaire"
    nom = "un partenaire"
    pluriel = "Partenaires"
    list_columns = [
        "nom",
        "type_code",
        "mds_ids",
        "interlocuteur",
        "telephone",
        "demarche_le",
        "convention_signee_le",
    ]
    add_fieldsets = [
        ("", {"fields": ["nom", "type_code", "mds_ids"]}),
        ("Joindre", {"fields": ["interlocuteur", "telephone", "courriel"]}),
        ("Partenariat", {"fields": ["demarche_le", "convention_signee_le"]}),
    ]
    formatters_columns = {"mds_ids": lambda v: en_texte(v) or PARTOUT}
    search_columns = ["type_code", "mds_ids", "demarche_le", "convention_signee_le"]
    base_order = ("nom", "asc")
    au_menu = AuMenu(menu.PARTENARIAT, 30)

    def onglets(self, fiche) -> list[Onglet]:
        perimetre, racine = acces.perimetre(), request.script_root
        contacts = db.session.scalars(
            select(Contact).where(Contact.partenaire_id == fiche.id).order_by(Contact.nom)
        ).all()
        onglets = [
            Onglet(
                "contacts",
                "Contacts",
                ["Nom", "Fonction", "Téléphone", "Courriel"],
                [
                    (
                        f"{racine}/contacts/{c.id}",
                        [
                            c.nom,
                            *(en_cellule(v or "") for v in (c.fonction, c.telephone, c.courriel)),
                        ],
                    )
                    for c in contacts
                ],
                compte=str(len(contacts)),
                vide="Aucun autre contact que l’interlocuteur.",
                ajouter=(
                    "Ajouter un contact",
                    ajouter_a("/contacts", "partenaire", fiche.id, "contacts"),
                )
                if self.peut_sur("modifier", fiche)
                else None,
            )
        ]
        if perimetre.peut("mobilisation", "lire"):
            lignes = db.session.execute(
                select(
                    Mobilisation.id,
                    Jeune.prenom,
                    Jeune.nom,
                    Mobilisation.dispositif,
                    Mobilisation.du,
                    Mobilisation.au,
                )
                .join(Jeune, Jeune.id == Mobilisation.jeune_id)
                .where(Mobilisation.partenaire_id == fiche.id)
                .order_by(Mobilisation.du.desc())
                .limit(100)
            ).all()
            onglets.append(
                Onglet(
                    "mobilisations",
                    "Mobilisations",
                    ["Jeune", "Dispositif", "Du", "Au"],
                    [
                        (
                            f"{racine}/mobilisations/{m.id}",
                            [
                                f"{m.prenom} {m.nom}",
                                *(en_cellule(en_texte(v)) for v in (m.dispositif, m.du, m.au)),
                            ],
                        )
                        for m in lignes
                    ],
                    compte=str(len(lignes)),
                    vide="Ce partenaire n’a pas encore été mobilisé.",
                    tout_voir=f"{racine}/mobilisations/?partenaire={fiche.id}" if lignes else "",
                    ajouter=(
                        "Mobiliser pour un jeune",
                        ajouter_a("/mobilisations", "partenaire", fiche.id, "mobilisations"),
                    )
                    if perimetre.peut("mobilisation", "creer")
                    else None,
                )
            )
        return onglets


class ContactView(VueTandem):
    datamodel = SQLAInterface(Contact)
    route_base = "/contacts"
    ressource = "contact"
    nom = "un contact"
    pluriel = "Contacts"
    list_columns = ["nom", "partenaire_id", "fonction", "telephone", "courriel"]
    add_columns = ["partenaire_id", "nom", "fonction", "telephone", "courriel"]
    edit_columns = ["nom", "fonction", "telephone", "courriel"]
    search_columns = ["partenaire_id"]
    base_order = ("nom", "asc")

    def peut_sur(self, acte: str, fiche) -> bool:
        """Where one keeps the partner."""
        return super().peut_sur(acte, fiche) and vue_de("partenaire").peut_sur(
            "modifier", fiche.partenaire
        )

    def titre(self, fiche) -> str:
        return fiche.nom


class MobilisationView(VuePeriode):
    datamodel = SQLAInterface(Mobilisation)
    route_base = "/mobilisations"
    ressource = "mobilisation"
    nom = "une mobilisation"
    pluriel = "Mobilisations"
    aide_liste = (
        "Les dispositifs des partenaires mis en œuvre pour les jeunes : CEJ, E2C, ERASMUS+, bail "
        "glissant…"
    )
    list_columns = ["jeune_id", "partenaire_id", "dispositif", "du", "au", "mds_id"]
    add_columns = ["jeune_id", "partenaire_id", "dispositif", "du", "au", "issue"]
    search_columns = ["mds_id", "du", "au", "jeune_id", "partenaire_id"]
    filtres_propres = en_cours(Mobilisation)
    au_menu = AuMenu(menu.SUIVI, 100)
    onglet = OngletDuJeune(
        ("partenaire", "dispositif", "du", "au", "issue"), "Mobiliser un partenaire", 50
    )

    def initiales(self) -> dict:
        return {"du": aujourd_hui()}


VUES = (PartenaireView, ContactView, MobilisationView)
