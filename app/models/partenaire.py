"""Partners, the people to call there, and what is mobilised for a youth (M7, M9)."""

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, relationship

from .base import (
    Enregistrement,
    SuiviJeune,
    controle,
    dans_l_ordre,
    de_liste,
    jour,
    numero_de,
    numeros_de,
    plie,
    texte,
    texte_long,
    unique,
    vers,
)
from .declaration import DansLeClasseur, Declaration, Famille, Forme, Recherche

if TYPE_CHECKING:
    from .nomenclature import ResultatMobilisation, TypePartenaire


class Partenaire(Enregistrement):
    """An organisation of the network; without MDS it serves the whole Département."""

    __tablename__ = "partenaire"
    declaration = Declaration(
        "Partenaire",
        Forme.A_PART,
        familles=(Famille.PARTENAIRES,),
        intitule="nom",
        recherche=Recherche(
            dans=lambda partenaire: partenaire.cle,
            ordre=lambda partenaire: partenaire.cle,
            precision=("type_code",),
            avec=("type",),
        ),
        classeur=DansLeClasseur("Partenaires", cle=("nom",), rang=110),
    )
    __table_args__ = (
        unique("uq_partenaire_cle", "cle", phrase="Un partenaire porte déjà ce nom.", champ="nom"),
        controle("ck_partenaire_nom", "btrim(nom) <> ''", "Le nom du partenaire est vide.", "nom"),
    )
    nom: Mapped[str] = texte("Nom", 300, requis=True)
    type_code: Mapped[str] = de_liste("type_partenaire", "Type", requis=True)
    mds_ids: Mapped[list[int]] = numeros_de(
        "mds", "MDS", aide="Aucune : le partenaire intervient dans tout le Département."
    )
    interlocuteur: Mapped[str | None] = texte("Interlocuteur")
    telephone: Mapped[str | None] = texte("Téléphone", 100)
    courriel: Mapped[str | None] = texte("Courriel", 320)
    demarche_le: Mapped[date | None] = jour("Démarché le")
    convention_signee_le: Mapped[date | None] = jour("Convention signée le")
    cle: Mapped[str | None] = plie("nom")
    type: Mapped["TypePartenaire"] = vers("TypePartenaire", "Partenaire.type_code")
    contacts: Mapped[list["Contact"]] = relationship(back_populates="partenaire")

    def __str__(self) -> str:
        return self.nom


class Contact(Enregistrement):
    """Someone to call at a partner, besides the main interlocutor."""

    __tablename__ = "contact"
    declaration = Declaration(
        "Contact", Forme.AVEC_SON_PARENT, parent="partenaire", familles=(Famille.PARTENAIRES,)
    )
    __table_args__ = (
        controle("ck_contact_nom", "btrim(nom) <> ''", "Le nom du contact est vide.", "nom"),
    )
    partenaire_id: Mapped[int] = numero_de("partenaire", "Partenaire", requis=True, index=True)
    nom: Mapped[str] = texte("Nom", 300, requis=True)
    fonction: Mapped[str | None] = texte("Fonction", 200)
    telephone: Mapped[str | None] = texte("Téléphone", 100)
    courriel: Mapped[str | None] = texte("Courriel", 320)
    partenaire: Mapped[Partenaire] = relationship(back_populates="contacts")

    def __str__(self) -> str:
        return self.nom


class Mobilisation(SuiviJeune):
    """A partner's scheme put to work for a youth: CEJ, E2C, ERASMUS+, bail glissant…"""

    __tablename__ = "mobilisation"
    declaration = Declaration(
        "Mobilisation",
        familles=(Famille.SUIVI,),
        classeur=DansLeClasseur(
            "Mobilisations",
            cle=("jeune_id", "partenaire_id", "du"),
            rang=120,
            colonnes=(
                ("Jeune", "jeune_id"),
                ("Partenaire", "partenaire_id"),
                ("Du", "du"),
                ("Au", "au"),
                ("Dispositif", "dispositif"),
                ("Issue", "issue"),
            ),
        ),
    )
    __table_args__ = (
        *SuiviJeune.contraintes_communes("mobilisation"),
        dans_l_ordre("mobilisation", "du", "au", "La mobilisation finit avant d’avoir commencé."),
        unique(
            "uq_mobilisation_jeune_partenaire_du",
            "jeune_id",
            "partenaire_id",
            "du",
            phrase="Ce partenaire est déjà mobilisé à cette date.",
            champ="partenaire_id",
        ),
        Index("ix_mobilisation_mds_du", "mds_id", "du"),
    )
    partenaire_id: Mapped[int] = numero_de("partenaire", "Partenaire", requis=True, index=True)
    du: Mapped[date] = jour("Du", requis=True)
    au: Mapped[date | None] = jour("Au")
    dispositif: Mapped[str | None] = texte("Dispositif", aide="CEJ, E2C, ERASMUS+, bail glissant…")
    resultat_code: Mapped[str | None] = de_liste(
        "resultat_mobilisation", "Résultat", aide="Vide : en cours, ou pas encore connu."
    )
    issue: Mapped[str | None] = texte_long("Issue")
    resultat: Mapped["ResultatMobilisation | None"] = vers(
        "ResultatMobilisation", "Mobilisation.resultat_code"
    )
    partenaire: Mapped[Partenaire] = vers("Partenaire", "Mobilisation.partenaire_id")
