"""Partners, the people to call there, and what is mobilised for a youth (M7, M9)."""

from flask_appbuilder.models.sqla.interface import SQLAInterface
from sqlalchemy import ColumnElement, Row, and_, func, not_, or_, select

from app import acces, menu
from app.extensions import db
from app.menu import AuMenu
from app.models import (
    ActionPartenariat,
    Contact,
    ConventionPartenaire,
    Jeune,
    Mobilisation,
    Partenaire,
)
from app.models.nomenclature import ResultatMobilisation
from app.regles.age import ajouter_mois, aujourd_hui
from app.regles.parametres import RELANCE_PARTENAIRE_MOIS
from app.regles.texte import plier
from app.views import partenariat
from app.views.socle.affichage import PARTOUT, Propriete, en_cellule, en_texte
from app.views.socle.base import VueTandem
from app.views.socle.champs import ChampTexte
from app.views.socle.fiche import Onglet, OngletDuJeune, ajouter_a, vue_de
from app.views.socle.filtres_colonnes import NON_RENSEIGNE, Filtre, FiltreColonne
from app.views.socle.page import adresse
from app.views.socle.periode import VuePeriode, en_cours


def _a_rappeler():
    """A next step is due; or nothing was done for months, and no convention was ever signed."""
    avant = ajouter_mois(aujourd_hui(), -RELANCE_PARTENAIRE_MOIS.valeur)
    sienne = ActionPartenariat.partenaire_id == Partenaire.id
    pas_du = select(ActionPartenariat.id).where(sienne, partenariat.suite_due()).exists()
    depuis = select(ActionPartenariat.id).where(sienne, ActionPartenariat.le > avant).exists()
    siennes = ConventionPartenaire.partenaire_id == Partenaire.id
    lie = select(ConventionPartenaire.id).where(siennes).exists()
    oublie = and_(
        Partenaire.demarche_le <= avant,
        Partenaire.convention_signee_le.is_(None),
        not_(lie),
        not_(depuis),
    )
    return or_(pas_du, oublie)


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
        ("Coordonnées", {"fields": ["interlocuteur", "telephone", "courriel"]}),
        ("Partenariat", {"fields": ["demarche_le", "convention_signee_le"]}),
    ]
    formatters_columns = {"mds_ids": lambda v: en_texte(v) or PARTOUT}
    search_columns = ["type_code", "mds_ids", "demarche_le", "convention_signee_le"]
    filtres_propres = {"relance": ("Relance", {"a_rappeler": ("À rappeler", _a_rappeler)})}
    base_order = ("nom", "asc")
    au_menu = AuMenu(menu.PARTENARIAT, 30)

    def onglets(self, fiche) -> list[Onglet]:
        tient = self.peut_sur("modifier", fiche)
        onglets = [
            _contacts(fiche, peut_ajouter=tient),
            *partenariat.onglets_de(fiche, tient=tient),
        ]
        if acces.perimetre().peut("mobilisation", "lire"):
            onglets.append(_mobilisations(fiche))
        return onglets


def _contacts(partenaire: Partenaire, *, peut_ajouter: bool) -> Onglet:
    requete = select(Contact).where(Contact.partenaire_id == partenaire.id)
    contacts = db.session.scalars(requete.order_by(Contact.nom)).all()
    onglet = Onglet(
        "contacts",
        "Contacts",
        ["Nom", "Fonction", "Téléphone", "Courriel"],
        [_ligne_contact(contact) for contact in contacts],
        compte=str(len(contacts)),
        vide="Aucun autre contact que l’interlocuteur.",
    )
    if peut_ajouter:
        ou = ajouter_a("/contacts", "partenaire", partenaire.id, "contacts")
        onglet.ajouter = ("Ajouter un contact", ou)
    return onglet


def _ligne_contact(contact: Contact) -> tuple[str, list]:
    dits = (contact.fonction, contact.telephone, contact.courriel)
    cellules = [contact.nom, *(en_cellule(dit or "") for dit in dits)]
    return adresse(f"/contacts/{contact.id}"), cellules


def _mobilisations(partenaire: Partenaire) -> Onglet:
    requete = (
        select(
            Mobilisation.id,
            Jeune.prenom,
            Jeune.nom,
            Mobilisation.dispositif,
            Mobilisation.du,
            Mobilisation.au,
            ResultatMobilisation.libelle.label("resultat"),
        )
        .join(Jeune, Jeune.id == Mobilisation.jeune_id)
        .outerjoin(ResultatMobilisation, ResultatMobilisation.code == Mobilisation.resultat_code)
        .where(Mobilisation.partenaire_id == partenaire.id)
        .order_by(Mobilisation.du.desc())
        .limit(100)
    )
    mobilisations = db.session.execute(requete).all()
    onglet = Onglet(
        "mobilisations",
        "Mobilisations",
        ["Jeune", "Dispositif", "Du", "Au", "Résultat"],
        [_ligne_mobilisation(mobilisation) for mobilisation in mobilisations],
        compte=str(len(mobilisations)),
        vide="Ce partenaire n’a pas encore été mobilisé.",
    )
    if mobilisations:
        onglet.tout_voir = adresse(f"/mobilisations/?partenaire={partenaire.id}")
    if acces.perimetre().peut("mobilisation", "creer"):
        ou = ajouter_a("/mobilisations", "partenaire", partenaire.id, "mobilisations")
        onglet.ajouter = ("Mobiliser pour un jeune", ou)
    return onglet


def _ligne_mobilisation(mobilisation: Row) -> tuple[str, list]:
    dits = (
        mobilisation.dispositif,
        mobilisation.du,
        mobilisation.au,
        mobilisation.resultat,
    )
    cellules = [
        f"{mobilisation.prenom} {mobilisation.nom}",
        *(en_cellule(en_texte(dit)) for dit in dits),
    ]
    return adresse(f"/mobilisations/{mobilisation.id}"), cellules


class ContactView(VueTandem):
    datamodel = SQLAInterface(Contact)
    route_base = "/contacts"
    sous_le_menu = "PartenaireView"
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


class FiltreDispositif(FiltreColonne):
    """The dispositif of that name, whatever its spelling; « - »: none is said."""

    name = "Exactement"

    def condition(self, colonne, valeur) -> ColumnElement:
        dit = "" if valeur == NON_RENSEIGNE else plier(valeur)
        return func.acces.plier(func.coalesce(colonne, "")) == dit

    def controle(self, vue, prop: Propriete) -> Filtre:
        libelle = f"{prop.libelle}, exactement"
        return Filtre(f"{prop.nom}_exact", libelle, self.genre, classe=self)


class ChampDispositif(ChampTexte):
    """Any words; those that partners offer today are proposed."""

    def preparer(self, actuelle) -> None:
        self.proposes = partenariat.noms_des_dispositifs()


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
    list_columns = [
        "jeune_id",
        "partenaire_id",
        "dispositif",
        "du",
        "au",
        "resultat_code",
        "mds_id",
    ]
    add_columns = [
        "jeune_id",
        "partenaire_id",
        "dispositif",
        "du",
        "au",
        "resultat_code",
        "issue",
    ]
    search_columns = [
        "mds_id",
        "dispositif",
        "resultat_code",
        "du",
        "au",
        "jeune_id",
        "partenaire_id",
    ]
    search_filters = {"dispositif": [FiltreDispositif]}
    champs_propres = {"dispositif": ChampDispositif("Dispositif", taille=500)}
    filtres_propres = en_cours(Mobilisation)
    au_menu = AuMenu(menu.PARTENARIAT, 50)
    onglet = OngletDuJeune(
        ("partenaire", "dispositif", "du", "au", "resultat", "issue"),
        "Mobiliser un partenaire",
        50,
    )


VUES = (PartenaireView, ContactView, MobilisationView)
