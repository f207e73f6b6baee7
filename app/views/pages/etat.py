"""« État du service »: what whoever runs Tandem looks at each morning; dates, figures, no name."""

from dataclasses import dataclass, field

from flask import render_template
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name

from app import acces, exploitation, menu
from app.exploitation import EtatExploitation, TacheReguliere
from app.menu import AuMenu
from app.views.socle.page import Fil, fil_d_ariane

UNITES = ("octets", "Ko", "Mo", "Go", "To")


@dataclass(frozen=True)
class PageEtat:
    """What the page shows."""

    etat: EtatExploitation
    taille: str
    fil: Fil = field(default_factory=fil_d_ariane)

    @property
    def alertes(self) -> tuple[TacheReguliere, ...]:
        return self.etat.alertes


class EtatDuService(BaseView):
    """For whoever manages accounts: the administrator."""

    route_base = "/etat-du-service"
    class_permission_name = "compte"
    au_menu = AuMenu(menu.ADMINISTRATION, 75, "État du service", "index", acte="modifier")

    @expose("/")
    @has_access
    @permission_name("modifier")
    def index(self):
        etat = exploitation.lire_etat()
        page = PageEtat(etat, en_clair(etat.octets))
        return render_template("tandem/etat.html", page=page, fil=page.fil)


def en_bref() -> EtatExploitation | None:
    """The state of the service, for the home page of the administrator; else nothing."""
    if not acces.perimetre().peut("compte", "modifier"):
        return None
    return exploitation.lire_etat()


def en_clair(octets: int) -> str:
    """« 12,4 Mo »."""
    taille = float(octets)
    for unite in UNITES:
        if taille < 1000 or unite == UNITES[-1]:
            break
        taille /= 1000
    return f"{taille:.1f} {unite}".replace(".", ",").replace(",0 octets", " octets")


VUES = (EtatDuService,)
