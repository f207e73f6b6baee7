"""What binds a youth to child protection and to the scheme.

Mesures ASE, accompagnements, binômes, alertes.
"""

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import Boolean, Date, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import (
    Nature,
    SuiviJeune,
    controle,
    dans_l_ordre,
    de_liste,
    info,
    jour,
    numero_d_agent,
    sans_chevauchement,
    texte,
    unique,
    vers,
)
from .declaration import ECRIRE, DansLeClasseur, Declaration, DroitDuRole, Famille

if TYPE_CHECKING:
    from .agent import Agent
    from .nomenclature import MotifRupture, MotifSortieAse, MotifSortieDispositif, TypeMesure

PAR_LA_PASSATION = "se lit en haut de la fiche du jeune ; « Passer la main » l’écrit"
PAR_LA_REPRISE = "« Reprendre le suivi » l’écrit ; se lit sur la fiche du jeune"


class Accompagnement(SuiviJeune):
    """A stay in the scheme.

    Leaving and coming back is normal (« le droit à l’erreur, les aller/retour »).
    """

    __tablename__ = "accompagnement"
    declaration = Declaration(
        "Accompagnement",
        familles=(Famille.SUIVI,),
        classeur=DansLeClasseur(
            "Accompagnements",
            cle=("jeune_id", "du"),
            rang=30,
            colonnes=(
                ("Jeune", "jeune_id"),
                ("Du", "du"),
                ("Au", "au"),
                ("Motif de sortie", "motif_sortie_code"),
            ),
        ),
    )
    __table_args__ = (
        *SuiviJeune.contraintes_communes("accompagnement"),
        dans_l_ordre(
            "accompagnement", "du", "au", "L’accompagnement finit avant d’avoir commencé."
        ),
        sans_chevauchement(
            "accompagnement",
            (
                "Le jeune est déjà accompagné pendant cette période : terminez d’abord "
                "l’accompagnement précédent."
            ),
            "motif_sortie_code is distinct from 'ERREUR'",
        ),
        unique(
            "uq_accompagnement_jeune_du",
            "jeune_id",
            "du",
            phrase="Un accompagnement de ce jeune commence déjà ce jour-là.",
            champ="du",
        ),
        Index("ix_accompagnement_mds_du", "mds_id", "du"),
        Index("ix_accompagnement_du", "du", "id"),
        Index(
            "ix_accompagnement_fin",
            "mds_id",
            "au",
            "jeune_id",
            postgresql_include=["du"],
            postgresql_where=text("motif_sortie_code is distinct from 'ERREUR'"),
        ),
    )
    du: Mapped[date] = jour("Entrée le", requis=True)
    au: Mapped[date | None] = jour(
        "Sortie le", aide="Vide : accompagnement en cours. Rien ne se ferme tout seul."
    )
    motif_sortie_code: Mapped[str | None] = de_liste("motif_sortie_dispositif", "Motif de sortie")
    motif_reprise: Mapped[str | None] = mapped_column(
        String(500),
        info=info("Raison du retour", nature=Nature.SENSIBLE, hors_ecran=PAR_LA_REPRISE),
    )
    """Why the youth came back after an earlier stay."""
    motif_sortie: Mapped["MotifSortieDispositif"] = vers(
        "MotifSortieDispositif", "Accompagnement.motif_sortie_code"
    )


class Mesure(SuiviJeune):
    """A mesure of child protection, contrat jeune majeur included; mesures may overlap."""

    __tablename__ = "mesure"
    declaration = Declaration(
        "Mesure ASE",
        familles=(Famille.ASE,),
        grande=True,
        classeur=DansLeClasseur(
            "Mesures ASE",
            cle=("jeune_id", "du", "type_code"),
            rang=40,
            colonnes=(
                ("Jeune", "jeune_id"),
                ("Type", "type_code"),
                ("Du", "du"),
                ("Échéance", "echeance"),
                ("Au", "au"),
                ("Motif de fin", "motif_fin_code"),
            ),
        ),
    )
    __table_args__ = (
        *SuiviJeune.contraintes_communes("mesure"),
        dans_l_ordre("mesure", "du", "au", "La mesure finit avant d’avoir commencé."),
        dans_l_ordre("mesure", "du", "echeance", "L’échéance précède le début de la mesure."),
        unique(
            "uq_mesure_jeune_du_type",
            "jeune_id",
            "du",
            "type_code",
            phrase="Cette mesure est déjà enregistrée à cette date.",
            champ="type_code",
        ),
        Index("ix_mesure_mds_du", "mds_id", "du"),
        Index("ix_mesure_du", "du", "id"),
        Index("ix_mesure_au", "au"),
        Index("ix_mesure_fin_attendue", text("least(echeance, au)")),
        Index("ix_mesure_au_decroissant", text("au desc nulls last"), text("id desc")),
        Index("ix_mesure_mds_au", "mds_id", "au", "jeune_id", postgresql_include=["du"]),
        Index("ix_mesure_deces", "au", postgresql_where=text("motif_fin_code = 'DECES'")),
    )
    type_code: Mapped[str] = de_liste("mesure_ase", "Mesure", requis=True)
    du: Mapped[date] = jour("Du", requis=True)
    echeance: Mapped[date | None] = jour(
        "Échéance", aide="Fin prévue par la décision : les rappels de fin de mesure en partent."
    )
    au: Mapped[date | None] = jour("Au", aide="Fin réelle. Vide : la mesure court encore.")
    motif_fin_code: Mapped[str | None] = de_liste("motif_sortie_ase", "Motif de fin")
    type: Mapped["TypeMesure"] = vers("TypeMesure", "Mesure.type_code")
    motif_fin: Mapped["MotifSortieAse"] = vers("MotifSortieAse", "Mesure.motif_fin_code")


class Binome(SuiviJeune):
    """The référent ASE and the coordonnateur of a youth, from a day to a day; one at a time.

    Without référent: the coordonnateur alone, after the ASE or while a référent is awaited. The
    follow-up goes on, but no figure counts it as « en binôme » (``indicateurs.md``).
    """

    __tablename__ = "binome"
    declaration = Declaration(
        "Binôme",
        familles=(Famille.SUIVI,),
        droits=(DroitDuRole("REFERENT_SEF", ECRIRE, "Oriente un jeune vers le coordonnateur."),),
        classeur=DansLeClasseur(
            "Binômes",
            cle=("jeune_id", "du"),
            rang=50,
            colonnes=(
                ("Jeune", "jeune_id"),
                ("Référent ASE", "referent_ase"),
                ("Coordonnateur", "coordonnateur"),
                ("Du", "du"),
                ("Au", "au"),
            ),
        ),
    )
    __table_args__ = (
        *SuiviJeune.contraintes_communes("binome"),
        dans_l_ordre("binome", "du", "au", "Le binôme finit avant d’avoir commencé."),
        sans_chevauchement(
            "binome",
            "Ce jeune a déjà un binôme pendant cette période : mettez fin au précédent d’abord.",
        ),
        controle(
            "ck_binome_referent",
            "btrim(referent_ase) <> ''",
            "Le nom du référent ASE est vide.",
            "referent_ase",
        ),
        controle(
            "ck_binome_coordonnateur",
            "btrim(coordonnateur) <> ''",
            "Le coordonnateur est obligatoire.",
            "coordonnateur",
        ),
        Index("ix_binome_mds_du", "mds_id", "du"),
        Index("ix_binome_du", "du", "id"),
        Index(
            "ix_binome_mds_au",
            "mds_id",
            "au",
            "jeune_id",
            postgresql_include=["du", "referent_ase"],
        ),
        # What each coordonnateur of an MDS carries.
        Index(
            "ix_binome_charge",
            "mds_id",
            "jeune_id",
            postgresql_include=["coordonnateur_id", "du", "au"],
        ),
        # The portfolio of an agent, read without opening the table.
        Index(
            "ix_binome_coordonnateur",
            "coordonnateur_id",
            "au",
            "jeune_id",
            postgresql_include=["du", "mds_id"],
        ),
        Index(
            "ix_binome_referent",
            "referent_id",
            "au",
            "jeune_id",
            postgresql_include=["du", "mds_id"],
        ),
        controle(
            "ck_binome_remplace",
            "remplace is not null or (remplace_comme is null and not est_temporaire)",
            "Dites qui est remplacé.",
        ),
        controle(
            "ck_binome_remplace_comme",
            "remplace_comme in ('COORDONNATEUR', 'REFERENT')",
            "On remplace un coordonnateur ou un référent ASE.",
        ),
        # Whom an agent still follows beside the one who takes over, and who replaces them.
        Index(
            "ix_binome_remplace",
            "remplace_id",
            "au",
            "jeune_id",
            postgresql_where=text("remplace_id is not null"),
        ),
    )
    referent_ase: Mapped[str | None] = texte("Référent ASE", 300)
    coordonnateur: Mapped[str] = texte("Coordonnateur", 300, requis=True)
    du: Mapped[date] = jour("Du", requis=True)
    au: Mapped[date | None] = jour("Au", aide="Vide : binôme en cours.")
    referent_id: Mapped[int | None] = numero_d_agent(
        "Référent ASE",
        nom_dans="referent_ase",
        fonction="REFERENT_ASE",
        aide="Vide : le coordonnateur poursuit seul (relais après l’ASE).",
    )
    coordonnateur_id: Mapped[int | None] = numero_d_agent(
        "Coordonnateur", nom_dans="coordonnateur", fonction="COORDONNATEUR"
    )
    remplace: Mapped[str | None] = mapped_column(
        String(300), info=info("Remplace", nature=Nature.PERSONNEL, hors_ecran=PAR_LA_PASSATION)
    )
    """Who had the youth before, when the portfolio was handed over."""
    remplace_id: Mapped[int | None] = numero_d_agent("Remplace (agent)", nom_dans="remplace")
    remplace_comme: Mapped[str | None] = mapped_column(
        String(20),
        info=info(
            "Remplace comme",
            codes={"COORDONNATEUR": "Coordonnateur", "REFERENT": "Référent ASE"},
            anonymisee=False,
            hors_ecran=PAR_LA_PASSATION,
        ),
    )
    est_temporaire: Mapped[bool] = mapped_column(
        Boolean,
        nullable=False,
        server_default=text("false"),
        info=info("Remplacement temporaire", hors_ecran=PAR_LA_PASSATION),
    )
    """The one who is replaced comes back when it ends."""
    en_double_jusqu_au: Mapped[date | None] = mapped_column(
        Date, info=info("En double jusqu’au", nature=Nature.PERSONNEL, hors_ecran=PAR_LA_PASSATION)
    )
    """Last day on which the one who is replaced still follows the youth."""
    agent_referent: Mapped["Agent | None"] = vers("Agent", "Binome.referent_id")
    agent_coordonnateur: Mapped["Agent | None"] = vers("Agent", "Binome.coordonnateur_id")


class Alerte(SuiviJeune):
    """A risk of rupture.

    « rupture scolaire, difficulté de stabilisation sur un lieu d’accueil, fugue, etc. »
    """

    __tablename__ = "alerte"
    declaration = Declaration(
        "Alerte",
        familles=(Famille.ASE,),
        droits=(DroitDuRole("COORDONNATEUR", ECRIRE, "Signale et suit les alertes."),),
        classeur=DansLeClasseur(
            "Alertes",
            cle=("jeune_id", "du", "motif_code"),
            rang=60,
            colonnes=(
                ("Jeune", "jeune_id"),
                ("Motif", "motif_code"),
                ("Du", "du"),
                ("Au", "au"),
                ("Signalée par", "signalee_par"),
            ),
        ),
    )
    __table_args__ = (
        *SuiviJeune.contraintes_communes("alerte"),
        dans_l_ordre("alerte", "du", "au", "L’alerte finit avant d’avoir commencé."),
        unique(
            "uq_alerte_jeune_du_motif",
            "jeune_id",
            "du",
            "motif_code",
            phrase="Cette alerte est déjà enregistrée à cette date.",
            champ="motif_code",
        ),
        Index("ix_alerte_mds_du", "mds_id", "du"),
        Index("ix_alerte_du", "du", "id"),
    )
    motif_code: Mapped[str] = de_liste("motif_rupture", "Motif", requis=True)
    du: Mapped[date] = jour("Du", requis=True)
    au: Mapped[date | None] = jour("Au", aide="Vide : le risque dure encore.")
    signalee_par: Mapped[str | None] = texte("Signalée par")
    signalee_par_id: Mapped[int | None] = numero_d_agent(
        "Signalée par (agent)", nom_dans="signalee_par"
    )
    motif: Mapped["MotifRupture"] = vers("MotifRupture", "Alerte.motif_code")
