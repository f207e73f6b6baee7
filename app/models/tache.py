"""What somebody undertook to do: « qui fait quoi », for when; for a youth or for an instance."""

from datetime import date

from sqlalchemy import Date, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from .base import (
    Enregistrement,
    Nature,
    SuiviJeune,
    controle,
    info,
    jour,
    numero_d_agent,
    numero_de,
    texte,
)
from .declaration import (
    TENIR,
    Declaration,
    DroitDuRole,
    Famille,
    Forme,
    tenu_par_le_coordonnateur,
)
from .instance import Instance

PAR_LA_PASSATION = "« Passer la main » l’écrit ; la fiche de l’agent le dit"


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
        # The first ones, of whoever sees all MDS.
        Index(
            "ix_tache_pour_le",
            "pour_le",
            "id",
            postgresql_include=["mds_id", "jeune_id"],
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
    instance_id: Mapped[int | None] = mapped_column(
        Integer,
        ForeignKey("instance.id"),
        index=True,
        info=info("Donnée en comité", hors_ecran="la séance du comité l’écrit"),
    )

    def __str__(self) -> str:
        return self.quoi


class TacheInstance(Enregistrement):
    """What a permanence or a comité gave somebody to do, for no youth in particular.

    Read and kept by whoever reads and keeps the instance: no youth is named there.
    """

    __tablename__ = "tache_instance"
    declaration = Declaration(
        "Tâche d’une instance",
        Forme.AVEC_SON_PARENT,
        parent="instance",
        familles=(Famille.INSTANCES,),
        intitule="quoi",
    )
    __table_args__ = (
        controle(
            "ck_tache_instance_quoi", "btrim(quoi) <> ''", "Dites ce qui est à faire.", "quoi"
        ),
        controle(
            "ck_tache_instance_faite_ou_abandonnee",
            "faite_le is null or abandon is null",
            "Une tâche est faite ou abandonnée, pas les deux.",
            "abandon",
        ),
        controle(
            "ck_tache_instance_remplace",
            "(remplace is null) = (remplace_jusqu_au is null)",
            "Dites qui est remplacé, et jusqu’à quand.",
        ),
        Index("ix_tache_instance_instance_id", "instance_id"),
        # What is to be given back.
        Index(
            "ix_tache_instance_remplace",
            "remplace_id",
            postgresql_where=text("remplace_id is not null"),
        ),
        # What an agent still has to do.
        Index(
            "ix_tache_instance_ouverte",
            "agent_id",
            "pour_le",
            "id",
            postgresql_where=text("faite_le is null and abandon is null"),
        ),
    )
    instance_id: Mapped[int] = numero_de("instance", "Instance", requis=True)
    quoi: Mapped[str] = texte(
        "Quoi", 300, requis=True, aide="Ce qui est à faire, en une phrase, sans nommer de jeune."
    )
    pour: Mapped[str | None] = texte("Qui", 300)
    agent_id: Mapped[int | None] = numero_d_agent("Qui", nom_dans="pour", aide="Qui s’en charge.")
    pour_le: Mapped[date | None] = jour("Pour le", aide="Vide : sans échéance.")
    faite_le: Mapped[date | None] = jour("Faite le", fait=True)
    abandon: Mapped[str | None] = texte("Abandonnée : pourquoi", 300)
    remplace: Mapped[str | None] = mapped_column(
        String(300), info=info("Remplace", nature=Nature.PERSONNEL, hors_ecran=PAR_LA_PASSATION)
    )
    """Whose it is, while somebody else stands in until ``remplace_jusqu_au``."""
    remplace_id: Mapped[int | None] = numero_d_agent("Remplace (agent)", nom_dans="remplace")
    remplace_jusqu_au: Mapped[date | None] = mapped_column(
        Date, info=info("Remplace jusqu’au", hors_ecran=PAR_LA_PASSATION)
    )
    instance: Mapped[Instance] = relationship()

    def __str__(self) -> str:
        return self.quoi
