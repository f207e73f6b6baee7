"""What somebody undertook to do for a youth: « qui fait quoi », and for when."""

from datetime import date

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped

from .base import SuiviJeune, controle, jour, numero_d_agent, texte
from .declaration import TENIR, Declaration, DroitDuRole, tenu_par_le_coordonnateur


class Tache(SuiviJeune):
    """Done on a day, or abandoned and why; open as long as it is neither."""

    __tablename__ = "tache"
    declaration = Declaration(
        "Tâche",
        droits=(
            *(d for d in tenu_par_le_coordonnateur("les tâches") if d.role != "REFERENT_SEF"),
            DroitDuRole("REFERENT_SEF", TENIR, "Tient les tâches."),
        ),
        intitule="quoi",
    )
    __table_args__ = (
        *SuiviJeune.contraintes_communes("tache"),
        controle("ck_tache_quoi", "btrim(quoi) <> ''", "Dites ce qui est à faire.", "quoi"),
        controle(
            "ck_tache_faite_ou_abandonnee",
            "faite_le is null or abandon is null",
            "Une tâche est faite ou abandonnée, pas les deux.",
            "abandon",
        ),
        Index(
            "ix_tache_ouverte",
            "mds_id",
            "pour_le",
            "id",
            postgresql_include=["jeune_id", "agent_id"],
            postgresql_where=text("faite_le is null and abandon is null"),
        ),
    )
    quoi: Mapped[str] = texte("Quoi", 300, requis=True, aide="Ce qui est à faire, en une phrase.")
    pour: Mapped[str | None] = texte("Qui", 300)
    agent_id: Mapped[int | None] = numero_d_agent(
        "Qui", nom_dans="pour", fonction="AUTRE", aide="Qui s’en charge."
    )
    pour_le: Mapped[date | None] = jour("Pour le", aide="Vide : sans échéance.")
    faite_le: Mapped[date | None] = jour("Faite le", fait=True)
    abandon: Mapped[str | None] = texte("Abandonnée : pourquoi", 300)

    def __str__(self) -> str:
        return self.quoi
