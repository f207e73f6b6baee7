"""The needs of a youth who prepares their autonomy, as the entretien des 17 ans finds them (M4)."""

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy.orm import Mapped

from .base import SuiviJeune, de_liste, jour, numero_d_agent, texte, texte_long
from .base import vers as relation
from .declaration import TENIR, Declaration, DroitDuRole, tenu_par_le_coordonnateur

if TYPE_CHECKING:
    from .nomenclature import DomaineBesoin

AIDE = "Des faits utiles au projet ; pas de diagnostic."


class Besoin(SuiviJeune):
    """A need at one interview: where the youth stands, what will be done, by whom, for when.

    The day is that of the interview; the six needs of one day make the projet d’accès à
    l’autonomie. The day of its signature is that of the step « PROJET_17 » (``Etape``).
    """

    __tablename__ = "besoin"
    declaration = Declaration(
        "Besoin",
        droits=(
            *(d for d in tenu_par_le_coordonnateur("les besoins") if d.role != "REFERENT_SEF"),
            DroitDuRole("REFERENT_SEF", TENIR, "Tient les besoins et le projet d’autonomie."),
        ),
    )
    __table_args__ = SuiviJeune.contraintes_communes("besoin", cle=("entretien_le", "domaine_code"))
    entretien_le: Mapped[date] = jour("Entretien du", requis=True, fait=True)
    domaine_code: Mapped[str] = de_liste("domaine_besoin", "Besoin", requis=True)
    etat: Mapped[str | None] = texte_long("Où en est le jeune", aide=AIDE)
    action: Mapped[str | None] = texte_long("Ce qui est prévu")
    qui: Mapped[str | None] = texte("Qui s’en charge", 300)
    qui_id: Mapped[int | None] = numero_d_agent("Qui s’en charge (agent)", nom_dans="qui")
    pour_le: Mapped[date | None] = jour("Pour le")
    domaine: Mapped["DomaineBesoin"] = relation("DomaineBesoin", "Besoin.domaine_code")

    def __str__(self) -> str:
        return f"{self.domaine}, entretien du {self.entretien_le:%d/%m/%Y}"
