"""The register of the requests of persons (RGPD, articles 12 and 15 to 21), kept by the DPO."""

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import Date, Index, case, cast, func
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped

from app.regles import demandes
from app.regles.age import aujourd_hui
from app.regles.parametres import DEMANDE_REPONSE_MOIS

from .base import (
    Enregistrement,
    controle,
    dans_l_ordre,
    jour,
    numero_de,
    plie,
    texte,
    texte_long,
    vers,
)
from .declaration import ECRIRE, LIRE, Declaration, DroitDuRole, Forme

if TYPE_CHECKING:
    from .territoire import Mds


_SANS_NOM = "Ni nom, ni copie du dossier."


def _parmi(colonne: str, codes: dict[str, str], phrase: str):
    liste = ", ".join(f"'{code}'" for code in codes)
    return controle(f"ck_demande_personne_{colonne}", f"{colonne} in ({liste})", phrase, colonne)


class DemandePersonne(Enregistrement):
    """What a person asked about their data, and what was answered.

    It names no one and outlives the file it is about.

    The file is known by its code, as typed, and by no foreign key: a request of erasure stays once
    the file is gone, and the DPO, who reads no file, learns nothing of which codes exist.
    """

    __tablename__ = "demande_personne"
    declaration = Declaration(
        "Demande d’une personne",
        Forme.A_PART,
        droits=(
            DroitDuRole("RESPONSABLE", LIRE, "Lit les demandes des personnes de sa MDS."),
            DroitDuRole("DPO", ECRIRE, "Tient le registre des demandes des personnes."),
        ),
    )
    __table_args__ = (
        _parmi("nature", demandes.NATURES, "Cette nature de demande est inconnue."),
        _parmi("demandeur", demandes.DEMANDEURS, "Dites qui demande."),
        _parmi("sens", demandes.SENS, "Ce sens de réponse est inconnu."),
        dans_l_ordre(
            "demande_personne", "recue_le", "prolongee_le", "La prolongation précède la demande."
        ),
        dans_l_ordre(
            "demande_personne", "recue_le", "repondue_le", "La réponse précède la demande."
        ),
        controle(
            "ck_demande_personne_prolongation",
            "(prolongee_le is null) = (coalesce(btrim(motif_prolongation), '') = '')",
            "Une prolongation a une date et un motif (article 12.3).",
            "motif_prolongation",
        ),
        controle(
            "ck_demande_personne_reponse",
            "(repondue_le is null) = (sens is null)",
            "Une réponse a une date et un sens.",
            "sens",
        ),
        controle(
            "ck_demande_personne_motif",
            "coalesce(sens, 'ACCEPTEE') = 'ACCEPTEE' or coalesce(btrim(motif), '') <> ''",
            "Un refus, même partiel, est motivé (article 12.4).",
            "motif",
        ),
        Index("ix_demande_personne_mds_recue", "mds_id", "recue_le"),
        Index("ix_demande_personne_cle", "cle"),
    )
    recue_le: Mapped[date] = jour(
        "Reçue le",
        requis=True,
        aide=f"Le délai d’{DEMANDE_REPONSE_MOIS.en_lettres} court de ce jour (article 12.3).",
    )
    nature: Mapped[str] = texte("Nature", 20, requis=True)
    demandeur: Mapped[str] = texte("Qui demande", 20, requis=True, aide="Une qualité, pas un nom.")
    code_dossier: Mapped[str | None] = texte(
        "Code dossier",
        20,
        aide=(
            "Le code seul (D00012) : ni nom, ni prénom. Vide si l’on ne sait pas s’il y a un "
            "dossier."
        ),
    )
    mds_id: Mapped[int | None] = numero_de(
        "mds", "MDS", aide="Son responsable lira la demande. Vide : tout le Département."
    )
    prolongee_le: Mapped[date | None] = jour(
        "Prolongée le",
        aide="Jour où la personne a été avertie. Le délai passe alors à"
        f" {demandes.mois_pour_repondre(prolongee=True)} mois (article 12.3).",
    )
    motif_prolongation: Mapped[str | None] = texte_long(
        "Motif de la prolongation",
        aide=f"Complexité ou nombre des demandes (article 12.3). {_SANS_NOM}",
    )
    repondue_le: Mapped[date | None] = jour("Répondue le")
    sens: Mapped[str | None] = texte(
        "Réponse",
        20,
        aide="Rectifié, effacé ou limité : dites-le aussi à qui avait reçu la donnée (article 19).",
    )
    motif: Mapped[str | None] = texte_long(
        "Motif de la réponse",
        aide=(
            "Obligatoire pour un refus, même partiel : la personne le lit, et apprend qu’elle "
            f"peut saisir la CNIL (article 12.4). {_SANS_NOM}"
        ),
    )
    cle: Mapped[str | None] = plie("code_dossier")
    mds: Mapped["Mds"] = vers("Mds", "DemandePersonne.mds_id")

    @hybrid_property
    def echeance_le(self) -> date:
        return demandes.echeance(self.recue_le, self.prolongee_le is not None)

    @echeance_le.inplace.expression
    @classmethod
    def _echeance_le(cls):
        """The same rule, for a list to be narrowed and sorted by it."""
        mois = case(
            (cls.prolongee_le.is_(None), demandes.mois_pour_repondre(False)),
            else_=demandes.mois_pour_repondre(True),
        )
        return cast(cls.recue_le + func.make_interval(0, mois), Date)

    @property
    def etat(self) -> str:
        return demandes.etat(
            self.recue_le, self.prolongee_le is not None, self.repondue_le, aujourd_hui()
        )

    def __str__(self) -> str:
        return f"{demandes.NATURES[self.nature]}, reçue le {self.recue_le:%d/%m/%Y}"
