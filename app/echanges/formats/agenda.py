"""A calendar that any program opens (iCalendar, RFC 5545), by the library ``icalendar``."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from icalendar import Event

MIME = "text/calendar; charset=utf-8"
PARIS = ZoneInfo("Europe/Paris")
UNE_HEURE = 60
"""Minutes of a rendez-vous whose length nobody wrote."""


@dataclass(frozen=True)
class EntreeAgenda:
    """A rendez-vous as a calendar shows it; without hour, it takes the whole day."""

    cle: str
    """The same one at each reading: the calendar changes it instead of adding another."""
    titre: str
    le: date
    lien: str
    heure: time | None = None
    duree: int | None = None
    """Minutes."""
    lieu: str | None = None
    jeune_id: int | None = None
    """Whose code the title tells; not written."""


def ecrire_agenda(nom: str, hote: str, le: datetime, entrees: Iterable[EntreeAgenda]) -> bytes:
    """The calendar ``nom`` of these rendez-vous, whose hours are those of Paris.

    ``hote``: what makes their numbers unique in the world; ``le``: when they are written.
    """
    from icalendar import Calendar

    agenda = Calendar()
    agenda.add("prodid", "-//Tandem//Agenda//FR")
    agenda.add("version", "2.0")
    agenda.add("method", "PUBLISH")
    agenda.add("x-wr-calname", nom)
    agenda.add("refresh-interval", timedelta(hours=1), {"VALUE": "DURATION"})
    for entree in entrees:
        agenda.add_component(_composant(entree, hote, le))
    agenda.add_missing_timezones()
    contenu: bytes = agenda.to_ical()
    return contenu


def _composant(entree: EntreeAgenda, hote: str, le: datetime) -> "Event":
    from icalendar import Event

    composant = Event()
    composant.add("uid", f"{entree.cle}@{hote}")
    composant.add("dtstamp", le.astimezone(UTC))
    composant.add("summary", entree.titre)
    if entree.heure is None:
        composant.add("dtstart", entree.le)
        composant.add("dtend", entree.le + timedelta(days=1))
        composant.add("transp", "TRANSPARENT")
    else:
        debut = datetime.combine(entree.le, entree.heure, PARIS)
        minutes = timedelta(minutes=entree.duree or UNE_HEURE)
        composant.add("dtstart", debut)
        composant.add("dtend", (debut.astimezone(UTC) + minutes).astimezone(PARIS))
    if entree.lieu:
        composant.add("location", entree.lieu)
    composant.add("description", f"À lire dans Tandem : {entree.lien}")
    composant.add("url", entree.lien)
    composant.add("class", "PRIVATE")
    return composant
