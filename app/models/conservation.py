"""What a person decides of a file left two years without a contact from the youth.

It is kept, or anonymised.
"""

from datetime import date

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.regles.parametres import CONSERVATION_DOSSIER_ANS, GARDE_AU_PLUS_ANS

from .base import PHRASES, Nature, SuiviJeune, controle, info, jour, texte
from .declaration import LIRE, Declaration, DroitDuRole, Forme


class Conservation(SuiviJeune):
    """A decision, never rewritten; the latest one holds.

    ``ANONYMISE`` is written by ``acces/conservation.sql`` alone.
    """

    __tablename__ = "conservation"
    declaration = Declaration(
        "Conservation du dossier",
        Forme.A_PART,
        restaurable=False,
        ecrite_apres_anonymisation=True,
        droits=(
            DroitDuRole(
                "RESPONSABLE",
                ("lire", "creer", "exporter"),
                "Décide de garder ou d’anonymiser un dossier resté"
                f" {CONSERVATION_DOSSIER_ANS.en_lettres} sans contact.",
            ),
            DroitDuRole(
                "DPO",
                LIRE,
                "Lit, sans nom, la liste des dossiers restés"
                f" {CONSERVATION_DOSSIER_ANS.en_lettres} sans contact.",
            ),
        ),
    )
    __table_args__ = (
        *SuiviJeune.contraintes_communes("conservation"),
        controle(
            "ck_conservation_decision",
            "decision in ('GARDE', 'ANONYMISE')",
            "Décision inconnue.",
            "decision",
        ),
        controle(
            "ck_conservation_motif",
            "btrim(motif) <> ''",
            "Dites pourquoi garder ce dossier.",
            "motif",
        ),
        controle(
            "ck_conservation_terme",
            "(decision = 'GARDE') = (garder_jusqu_au is not null) and garder_jusqu_au > decidee_le",
            "Dites jusqu’à quand garder ce dossier : une date à venir.",
            "garder_jusqu_au",
        ),
        controle(
            "ck_conservation_duree",
            "garder_jusqu_au <= decidee_le + interval '2 years'",
            f"Un dossier se garde {GARDE_AU_PLUS_ANS.en_lettres} au plus ;"
            " il sera alors proposé à nouveau.",
            "garder_jusqu_au",
        ),
        Index(
            "uq_conservation_anonyme",
            "jeune_id",
            unique=True,
            postgresql_where=text("decision = 'ANONYMISE'"),
        ),
    )
    decision: Mapped[str] = mapped_column(
        String(10),
        nullable=False,
        info=info(
            "Décision",
            nature=Nature.PERSONNEL,
            anonymisee=False,
            codes={"GARDE": "Garder le dossier", "ANONYMISE": "Anonymiser le dossier"},
        ),
    )
    motif: Mapped[str] = texte("Pourquoi", 300, requis=True)
    garder_jusqu_au: Mapped[date | None] = jour("Garder jusqu’au")
    dernier_contact_le: Mapped[date | None] = jour("Dernier contact venant du jeune")
    decidee_le: Mapped[date] = jour(
        "Décidé le", requis=True, server_default=text("acces.aujourd_hui()")
    )
    decidee_par: Mapped[str] = texte("Décidé par", 300, requis=True)


PHRASES |= {
    "ck_conservation_en_cours": (
        (
            "Ce dossier sert encore : un accompagnement, une mesure, un binôme ou un transfert "
            "est en cours. Terminez-le d’abord, ou gardez le dossier."
        ),
        None,
    ),
    "ck_conservation_delai": (
        "Deux ans ne sont pas passés depuis le dernier contact venant du jeune.",
        None,
    ),
    "ck_conservation_anonyme": ("Ce dossier est anonymisé : rien n’y change plus.", None),
    "uq_conservation_anonyme": ("Ce dossier est déjà anonymisé.", None),
}
