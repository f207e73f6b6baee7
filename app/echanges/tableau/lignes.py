"""What a row of each sheet of the monthly table holds: the names that ``disposition.py`` shows.

A column of the layout names one of these values; a name that no row holds is refused when the
application starts.
"""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class LigneDeSynthese:
    """A figure in the three periods, and how complete it is in each."""

    code: str
    libelle: str
    mois: object
    """A number, or the words that replace a rate that must not be read alone."""
    cumul: object
    en_cours: object
    completude_mois: float | None
    """Percent; None where nothing can be missing."""
    completude_cumul: float | None
    completude_en_cours: float | None
    prudence: str
    """Why the rate must not be read alone; empty: it may."""


@dataclass(frozen=True)
class LigneDeLogement:
    """A kind of housing: how many youths, and their share in percent, in the three periods."""

    libelle: str
    jeunes_mois: int
    part_mois: float | None
    jeunes_cumul: int
    part_cumul: float | None
    jeunes_en_cours: int
    part_en_cours: float | None


@dataclass(slots=True)
class LigneJeune:
    """A youth followed in the month, as known on ``ref``.

    Without name unless the variant with names was asked for and allowed.
    """

    numero: int
    """By which the youth is found again; never shown."""
    code: str
    ref: date
    mds: str
    age: int
    lieu_accueil: str | None
    phase: str
    entree_le: date
    sortie_le: date | None
    referent_ase: str | None
    coordonnateur: str | None
    mesure: str | None
    fin_mesure: date | None
    sortie_ase_le: date | None
    contact_le: date | None
    rdv_le: date | None
    delai: int | None
    """Days from the first contact to the first meeting of three."""
    rencontres_tenues: int
    alertes: int
    motifs: str | None
    observee_le: date | None
    situation_pro: str | None
    logement: str | None
    ressources: str | None
    couverture: str | None
    indicateurs: str = ""
    """The indicators that count this youth in the month."""
    nom: str | None = None
    prenom: str | None = None


@dataclass(frozen=True)
class Reunion:
    """A permanence, a comité or another meeting of the month."""

    code: str
    le: date
    type: str
    statut: str
    mds: str
    coordonnateur_present: bool | None
    jeunes_recus: int | None


@dataclass(slots=True)
class LigneDAnomalie:
    gravite: str
    titre: str
    dossiers: str | None
    """A code, two of a pair; None: of the meetings of a MDS."""
    mds: str
    le: date | None
    coordonnateur: str | None
    referent_ase: str | None
    a_faire: str


@dataclass(frozen=True)
class LigneDeDefinition:
    code: str
    titre: str
    regle: str


@dataclass(frozen=True)
class Rectification:
    """One thing that the data say now, and did not when the table was sent."""

    nature: str
    objet: str
    """A figure, or a youth by the code of the file."""
    champ: str
    avant: str
    apres: str
    raison: str = ""
    jeune_id: int | None = None


@dataclass(frozen=True)
class LigneDeFusion:
    """Two files made one, or taken apart, told by their codes."""

    numero: int
    nature: str
    le: date
    absorbe: str
    garde: str
    """Its code, or « dans une autre MDS »: a table never names the file of another territory."""
    mds: str
