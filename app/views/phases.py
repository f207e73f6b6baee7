"""The phase of each youth of a list, who accompanies them, when they were met: one statement."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple, Protocol, TypeVar

from sqlalchemy import text

from app.regles import parcours
from app.regles.faits import DecesDuJeune
from app.views.nouvelles import AUCUNE, NouvellesDuJeune
from app.views.socle.ordre_prepare import OrdrePrepare

_LIRE = OrdrePrepare.de(text("select * from acces.faits_des_jeunes(cast(:jeunes as int[]), :le)"))


class JeuneDeListe(DecesDuJeune, Protocol):
    @property
    def id(self) -> int: ...


UnJeune = TypeVar("UnJeune", bound=JeuneDeListe)


class AccompagnementDeListe(NamedTuple):
    du: date
    au: date | None
    motif_sortie_code: str | None


class BinomeDeListe(NamedTuple):
    du: date
    au: date | None
    coordonnateur: str
    referent_ase: str | None


class MesureDeListe(NamedTuple):
    du: date
    au: date | None
    motif_fin_code: str | None


class TripartiteDeListe(NamedTuple):
    le: date
    fixee_le: date | None
    statut_code: str
    jeune_present: bool | None
    coordonnateur_present: bool | None
    service_ase_present: bool | None
    lieu_accueil_present: bool | None
    type_code: str = "TRIPARTITE"


@dataclass(slots=True)
class FaitsDuJeune:
    """What the phase is read from."""

    accompagnements: list[AccompagnementDeListe] = field(default_factory=list)
    binomes: list[BinomeDeListe] = field(default_factory=list)
    mesures: list[MesureDeListe] = field(default_factory=list)
    rencontres: list[TripartiteDeListe] = field(default_factory=list)
    nouvelles: NouvellesDuJeune = AUCUNE


class Resume(NamedTuple):
    """The phase of a youth in a list, the binôme that runs, when they are met."""

    phase: parcours.Phase
    binome: BinomeDeListe | None
    nouvelles: NouvellesDuJeune


def resumer(jeunes: Sequence[UnJeune], le: date) -> Iterator[tuple[UnJeune, Resume]]:
    """The same youths, each with what its line says that day."""
    lus = _lire([jeune.id for jeune in jeunes], le)
    for jeune in jeunes:
        faits = lus.get(jeune.id) or FaitsDuJeune()
        courant = next((b for b in faits.binomes if parcours.court(b, le)), None)
        phase = parcours.phase_du_jeune(
            jeune, faits.accompagnements, faits.binomes, faits.mesures, faits.rencontres, le
        )
        yield jeune, Resume(phase, courant, faits.nouvelles)


def _lire(jeunes: list[int], le: date) -> dict[int, FaitsDuJeune]:
    """By the number of the youth; of the rencontres, the rendez-vous tripartites alone."""
    lus: dict[int, FaitsDuJeune] = {}
    # As one text: the driver takes eight times as long to write a long list.
    numeros = f"{{{','.join(map(str, jeunes))}}}"
    for ligne in _LIRE.lire(jeunes=numeros, le=le):
        genre, jeune, debut, fin, mot, nom, presents = ligne
        faits = lus.get(jeune)
        if faits is None:
            faits = lus[jeune] = FaitsDuJeune()
        if genre == "accompagnement":
            faits.accompagnements.append(AccompagnementDeListe(debut, fin, mot))
        elif genre == "binome":
            faits.binomes.append(BinomeDeListe(debut, fin, mot, nom))
        elif genre == "mesure":
            faits.mesures.append(MesureDeListe(debut, fin, mot))
        elif genre == "nouvelles":
            faits.nouvelles = NouvellesDuJeune(debut, fin)
        else:
            faits.rencontres.append(TripartiteDeListe(debut, fin, mot, *presents))
    return lus
