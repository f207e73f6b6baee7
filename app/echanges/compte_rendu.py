"""The minutes of a comité de suivi as an accessible Word document (M10).

It holds what was decided and who does what, nothing of the files: neither the reasons of the
agenda, nor the situations, nor the alertes. Names only when everyone who receives it may read the
youths; else codes, also inside the texts.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from app.regles.comite import Masque
from app.regles.heures import moment

if TYPE_CHECKING:
    from app.echanges.formats.document import Document

SANS_DECISION = "Vu, sans décision."
PAS_VU = "Pas examiné : à reprendre au prochain comité."


@dataclass(frozen=True)
class TacheDuCompteRendu:
    """Who does what, for when."""

    quoi: str
    qui: str
    pour_le: date | None

    def cellules(self, masque: Masque | None) -> list[str]:
        quoi = self.quoi if masque is None else masque.cacher(self.quoi)
        jour = "" if self.pour_le is None else f"{self.pour_le:%d/%m/%Y}"
        return [quoi, self.qui, jour]


@dataclass(frozen=True)
class JeuneDuCompteRendu:
    """What the comité said of one youth."""

    code: str
    prenom: str
    nom: str
    decision: str
    taches: list[TacheDuCompteRendu]
    est_vu: bool

    @property
    def etat(self) -> str:
        """What is said of a youth for whom nothing was decided."""
        return SANS_DECISION if self.est_vu or self.taches else PAS_VU


@dataclass(frozen=True)
class ParticipantDuCompteRendu:
    nom: str
    fonction: str
    est_present: bool


@dataclass(frozen=True)
class CompteRendu:
    """All that the document says."""

    le: date
    mds: str
    participants: Sequence[ParticipantDuCompteRendu]
    jeunes: Sequence[JeuneDuCompteRendu]
    partis: int
    """Youths who left the MDS since the agenda was made."""
    est_nominatif: bool
    valide_par: str
    valide_le: datetime
    titre: str = field(init=False, default="Compte rendu du comité de suivi")

    @property
    def sous_titre(self) -> str:
        return f"MDS {self.mds}, {self.le:%d/%m/%Y}"

    @property
    def masque(self) -> Masque | None:
        """None: the names stand."""
        if self.est_nominatif:
            return None
        return Masque((j.code, j.prenom, j.nom) for j in self.jeunes)

    def appele(self, jeune: JeuneDuCompteRendu) -> str:
        if self.est_nominatif:
            return f"{jeune.prenom} {jeune.nom} ({jeune.code})"
        return jeune.code


def composer(compte_rendu: CompteRendu) -> tuple[bytes, str]:
    """The document, as it will always be given, and its SHA-256."""
    with TemporaryDirectory(prefix="tandem-comite-") as dossier:
        chemin = Path(dossier) / "compte-rendu.docx"
        from app.echanges.formats.document import ouvrir

        with ouvrir(
            chemin,
            compte_rendu.titre,
            compte_rendu.sous_titre,
            auteur=compte_rendu.valide_par,
            sujet=f"{compte_rendu.titre}, {compte_rendu.sous_titre}",
            le=compte_rendu.valide_le,
        ) as document:
            _ecrire(document, compte_rendu)
        octets = chemin.read_bytes()
    return octets, hashlib.sha256(octets).hexdigest()


def _ecrire(document: "Document", c: CompteRendu) -> None:
    noms = "Les jeunes sont désignés par leur code, sans nom."
    if c.est_nominatif:
        noms = "Document nominatif, réservé aux participants."
    document.phrase(f"Validé par {c.valide_par}, le {moment(c.valide_le)}. {noms}")
    document.titre("Participants")
    document.tableau(
        "Participants au comité",
        ["Nom", "Fonction", "Présence"],
        [[p.nom, p.fonction, "Présent" if p.est_present else "Excusé"] for p in c.participants],
        largeurs=(6, 7, 3.5),
    )
    document.titre("Décisions")
    masque = c.masque
    for jeune in c.jeunes:
        _ecrire_un_jeune(document, c, jeune, masque)
    if not c.jeunes:
        document.phrase("Aucun jeune n’était à l’ordre du jour.")
    if c.partis:
        document.phrase(
            f"Suivis par une autre MDS depuis la préparation, et laissés de côté : {c.partis}."
        )


def _ecrire_un_jeune(
    document: "Document", c: CompteRendu, jeune: JeuneDuCompteRendu, masque: Masque | None
) -> None:
    appele = c.appele(jeune)
    document.titre(appele, 2)
    dite = jeune.decision or jeune.etat
    document.phrase(dite if masque is None else masque.cacher(dite))
    if jeune.taches:
        document.tableau(
            f"Tâches : {appele}",
            ["Quoi", "Qui", "Pour le"],
            [t.cellules(masque) for t in jeune.taches],
            largeurs=(8.5, 5, 3),
        )
