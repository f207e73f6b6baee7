"""The youth and the MDS they were attached to, day by day.

Sheets « Jeunes » and « Rattachements ».
"""

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import Computed, Date, FetchedValue, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.regles.conservation import NOM_ANONYME
from app.regles.coordonnees import COURRIEL, TELEPHONE
from app.regles.parametres import DELAI_RDV_JOURS

from .base import (
    PHRASES,
    Enregistrement,
    Nature,
    SuiviJeune,
    controle,
    dans_l_ordre,
    de_liste,
    info,
    jour,
    numero_de,
    oui_non,
    plie,
    sans_chevauchement,
    texte,
    texte_long,
    unique,
    vers,
)
from .declaration import Code, DansLeClasseur, Declaration, DroitDuRole, Famille, Forme, Recherche

if TYPE_CHECKING:
    from .nomenclature import LieuAccueil
    from .territoire import Mds


def _nee_apres_1950(v: Callable[[str], Any]) -> bool:
    return v("date_naissance") is None or v("date_naissance") >= date(1950, 1, 1)


def nom_complet(prenom: str, nom: str) -> str:
    """How a youth is named wherever the name and the first name are not apart."""
    return f"{prenom} {nom}"


class Jeune(Enregistrement):
    """A person of 16 to 25 who is or was entrusted to child protection.

    No NIR, no diagnosis, no offence, no nationality: the mission forbids them.
    """

    __tablename__ = "jeune"
    declaration = Declaration(
        "Jeune",
        Forme.PAR_MDS,
        familles=(Famille.DOSSIER,),
        droits=(
            DroitDuRole(
                "COORDONNATEUR",
                ("modifier",),
                "Tient à jour les coordonnées et le projet des jeunes.",
            ),
            DroitDuRole(
                "RESPONSABLE",
                ("copier",),
                "Remet à une personne la copie de son dossier (droit d’accès).",
            ),
        ),
        code=Code("D", 5),
        recherche=Recherche(
            dans=lambda jeune: jeune.recherche,
            ordre=lambda jeune: jeune.nom_tri,
            precision=("date_naissance", "mds_id", "code"),
            serree=True,
        ),
        classeur=DansLeClasseur(
            "Jeunes",
            cle=("code",),
            rang=10,
            colonnes=(
                ("Code dossier", "code"),
                ("Nom", "nom"),
                ("Prénom", "prenom"),
                ("Date de naissance", "date_naissance"),
                ("MDS", "mds_id"),
                ("Téléphone", "telephone"),
                ("Courriel", "courriel"),
                ("Lieu d'accueil", "lieu_accueil_code"),
                ("Établissement d'accueil", "etablissement_accueil"),
                ("Jeune parent", "est_parent"),
                ("Hors département", "est_hors_departement"),
                ("Repéré le", "repere_le"),
                ("Orienté par", "oriente_par"),
                ("Prise de contact le", "contact_le"),
                ("Objectif", "objectif"),
                ("Observations", "observations"),
            ),
            controles=(("ck_jeune_date_naissance", _nee_apres_1950),),
        ),
    )
    __table_args__ = (
        unique("uq_jeune_cle", "cle", phrase="Ce code dossier est déjà pris.", champ="code"),
        unique("uq_jeune_mds", "id", "mds_id", phrase="Ce jeune existe déjà."),
        controle("ck_jeune_code", "btrim(code) <> ''", "Le code dossier est vide.", "code"),
        controle("ck_jeune_nom", "btrim(nom) <> ''", "Le nom est vide.", "nom"),
        controle("ck_jeune_prenom", "btrim(prenom) <> ''", "Le prénom est vide.", "prenom"),
        controle(
            "ck_jeune_date_naissance",
            "date_naissance between date '1950-01-01' and date '2100-01-01'",
            "La date de naissance n’est pas plausible.",
            "date_naissance",
        ),
        # A part of a name, or who was contacted, is looked for in the index alone, in the order of
        # the list.
        Index(
            "ix_jeune_mds_nom_tri",
            "mds_id",
            "nom_tri",
            "id",
            postgresql_include=["recherche", "contact_le"],
        ),
        Index(
            "ix_jeune_nom_tri",
            "nom_tri",
            "id",
            postgresql_include=["mds_id", "recherche", "contact_le"],
        ),
        Index("ix_jeune_date_naissance", "date_naissance"),
        Index("ix_jeune_mds_date_naissance", "mds_id", "date_naissance", "id"),
        # Any part of a name (acces/recherche.sql).
        Index(
            "ix_jeune_trigrammes",
            text("acces.trigrammes(recherche)"),
            postgresql_using="gin",
            postgresql_with={"fastupdate": "off"},
        ),
        # Whose rendez-vous is to be fixed: the first of one MDS, and, in the order of the youths,
        # all of one MDS or of all of them.
        Index("ix_jeune_mds_contact_le", "mds_id", "contact_le", "id"),
        Index("ix_jeune_contact_le", "contact_le", "id", "mds_id"),
        Index("ix_jeune_mds_id", "mds_id", "id", postgresql_include=["contact_le"]),
        # Those births are read by the figures of every youth.
        Index(
            "ix_jeune_id_contact_le",
            "id",
            "mds_id",
            "contact_le",
            postgresql_include=["date_naissance"],
        ),
        # The few who died: what waits leaves them out.
        Index(
            "ix_jeune_deces",
            "id",
            postgresql_include=["mds_id"],
            postgresql_where=text("deces_le is not null"),
        ),
        # The phones and e-mails that are none: the check of each month finds next to nothing.
        Index(
            "ix_jeune_coordonnees_fausses",
            "mds_id",
            "id",
            postgresql_where=text(f"telephone !~ '{TELEPHONE}' or courriel !~ '{COURRIEL}'"),
        ),
    )
    code: Mapped[str] = texte(
        "Code dossier",
        20,
        requis=True,
        server_default=FetchedValue(),
        aide="Vide : Tandem attribue le prochain code libre.",
    )
    nom: Mapped[str] = texte("Nom", 200, requis=True)
    prenom: Mapped[str] = texte("Prénom", 200, requis=True)
    date_naissance: Mapped[date] = jour("Date de naissance", requis=True)
    mds_id: Mapped[int] = numero_de(
        "mds",
        "MDS",
        aide="Maison Département Solidarité qui suit le jeune aujourd’hui.",
        requis=True,
    )
    telephone: Mapped[str | None] = texte("Téléphone", 100)
    courriel: Mapped[str | None] = texte("Courriel", 320)
    lieu_accueil_code: Mapped[str | None] = de_liste("lieu_accueil", "Lieu d’accueil")
    etablissement_accueil: Mapped[str | None] = texte("Établissement d’accueil")
    est_parent: Mapped[bool | None] = oui_non("Jeune parent")
    est_hors_departement: Mapped[bool | None] = oui_non(
        "Hors département",
        aide="Études, formation ou logement hors du département, ERASMUS+ compris.",
    )
    repere_le: Mapped[date | None] = jour(
        "Repéré le", fait=True, aide="Premier chapitre : le service ASE a repéré le jeune."
    )
    oriente_par: Mapped[str | None] = texte("Orienté par")
    contact_le: Mapped[date | None] = jour(
        "Prise de contact le",
        fait=True,
        aide=(
            "Deuxième chapitre : le référent ASE a sollicité le coordonnateur. Le rendez-vous "
            f"tripartite suit dans les {DELAI_RDV_JOURS.dit}."
        ),
    )
    objectif: Mapped[str | None] = texte_long("Objectif")
    observations: Mapped[str | None] = texte_long(
        "Observations",
        aide="Pas de numéro de sécurité sociale, de diagnostic, d’infraction ni de nationalité.",
    )
    deces_le: Mapped[date | None] = mapped_column(
        Date,
        info=info(
            "Décès le",
            nature=Nature.PERSONNEL,
            fait=True,
            hors_ecran="« Déclarer le décès » l’écrit, ou la base d’après les mesures",
        ),
    )
    """Kept true by the base (``acces/deces.sql``)."""
    cle: Mapped[str | None] = plie("code")
    nom_tri: Mapped[str | None] = plie("nom || ' ' || prenom")
    anciens_noms: Mapped[str | None] = texte(
        "Anciens noms", 2000, aide="Le nom d’avant un changement : on retrouve le jeune par lui."
    )
    recherche: Mapped[str | None] = mapped_column(
        Text(collation="C"),
        Computed(
            "acces.cherchable(nom, prenom, code, anciens_noms, telephone)",
            persisted=True,
        ),
        info=info("Texte cherché", audit=False, racontee=False),
    )
    mds: Mapped["Mds"] = vers("Mds", "Jeune.mds_id")
    lieu_accueil: Mapped["LieuAccueil"] = vers("LieuAccueil", "Jeune.lieu_accueil_code")

    def __str__(self) -> str:
        return nom_complet(self.prenom, self.nom)

    @property
    def est_anonyme(self) -> bool:
        """Nothing says any more who it was: the file is read, and never changes."""
        return self.nom_tri == NOM_ANONYME


class Rattachement(SuiviJeune):
    """The MDS a youth was attached to, from a day to a day.

    None recorded = the MDS of the file since always.
    """

    __tablename__ = "rattachement"
    declaration = Declaration(
        "Rattachement",
        familles=(Famille.DOSSIER,),
        classeur=DansLeClasseur(
            "Rattachements",
            cle=("jeune_id", "du"),
            rang=20,
            colonnes=(
                ("Jeune", "jeune_id"),
                ("MDS", "mds_rattachement_id"),
                ("Du", "du"),
                ("Au", "au"),
            ),
        ),
    )
    __table_args__ = (
        *SuiviJeune.contraintes_communes("rattachement"),
        dans_l_ordre("rattachement", "du", "au", "Le rattachement finit avant d’avoir commencé."),
        sans_chevauchement(
            "rattachement", "Le jeune est déjà rattaché à une MDS pendant cette période."
        ),
    )
    mds_rattachement_id: Mapped[int] = numero_de("mds", "MDS de rattachement", requis=True)
    du: Mapped[date] = jour("Du", requis=True)
    au: Mapped[date | None] = jour("Au", aide="Vide : rattachement en cours.")
    mds_rattachement: Mapped["Mds"] = vers("Mds", "Rattachement.mds_rattachement_id")


class Transfert(SuiviJeune):
    """A youth passes from one MDS to another.

    Asked by the first, accepted or refused by the second.

    The youth and their whole history follow on acceptance (``acces.accepter_transfert``), never by
    another way.
    """

    __tablename__ = "transfert"
    declaration = Declaration(
        "Transfert",
        Forme.A_PART,
        restaurable=False,
        droits=(
            DroitDuRole(
                "REFERENT_SEF",
                ("lire", "creer", "supprimer", "exporter"),
                "Demande le transfert d’un jeune vers une autre MDS.",
            ),
            DroitDuRole(
                "RESPONSABLE",
                ("lire", "modifier", "exporter"),
                "Accepte ou refuse le transfert d’un jeune vers sa MDS.",
            ),
        ),
    )
    __table_args__ = (
        *SuiviJeune.contraintes_communes("transfert"),
        controle(
            "ck_transfert_motif",
            "btrim(motif) <> ''",
            "Dites pourquoi le jeune change de MDS.",
            "motif",
        ),
        controle(
            "ck_transfert_reponse",
            "accepte_le is null or refuse_le is null",
            "Un transfert est accepté ou refusé, pas les deux.",
        ),
        Index(
            "uq_transfert_en_attente",
            "jeune_id",
            unique=True,
            postgresql_where=text("accepte_le is null and refuse_le is null"),
        ),
        Index("ix_transfert_vers_mds_id", "vers_mds_id"),
    )
    vers_mds_id: Mapped[int] = numero_de("mds", "Vers la MDS", requis=True)
    de_mds_id: Mapped[int] = numero_de("mds", "De la MDS", requis=True)
    code_dossier: Mapped[str] = texte("Code dossier", 20, requis=True)
    effet_le: Mapped[date] = jour("À compter du", requis=True)
    motif: Mapped[str] = texte(
        "Motif",
        500,
        requis=True,
        aide="Lu par la MDS qui reçoit : déménagement, changement de lieu d’accueil…",
    )
    demande_le: Mapped[date] = jour(
        "Demandé le", requis=True, server_default=text("acces.aujourd_hui()")
    )
    demande_par: Mapped[str] = texte("Demandé par", 300, requis=True)
    accepte_le: Mapped[date | None] = jour("Accepté le")
    refuse_le: Mapped[date | None] = jour("Refusé le")
    repondu_par: Mapped[str | None] = texte("Répondu par", 300)
    motif_refus: Mapped[str | None] = texte("Motif du refus", 500)
    vers_mds: Mapped["Mds"] = vers("Mds", "Transfert.vers_mds_id")
    de_mds: Mapped["Mds"] = vers("Mds", "Transfert.de_mds_id")


PHRASES["uq_transfert_en_attente"] = (
    "Un transfert de ce jeune attend déjà une réponse.",
    "jeune_id",
)
