"""The territories of the Département (MDS) and the directory of their services."""

from datetime import date

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped

from app.departement import ReglagesDuDepartement

from .base import Enregistrement, controle, jour, numero_de, texte, unique, vers
from .declaration import Declaration, Famille, Forme, Recherche


class Mds(Enregistrement):
    """A Maison Département Solidarité: the territory that decides who sees a youth.

    Nothing is expected of it (meetings, monthly tables) before ``ouverte_le``; empty, it is open
    since the beginning.
    """

    __tablename__ = "mds"
    declaration = Declaration(
        "MDS",
        Forme.REFERENCE,
        familles=(Famille.LISTES,),
        intitule="nom",
        octrois="select, insert, update",
    )
    __table_args__ = (
        unique("uq_mds_code", "code", phrase="Une MDS porte déjà ce code.", champ="code"),
    )
    code: Mapped[str] = texte("Code", 3, requis=True)
    nom: Mapped[str] = texte("Nom", 60, requis=True)
    ouverte_le: Mapped[date | None] = jour(
        "Ouverte le", aide="Vide : suivie depuis le début du dispositif."
    )

    def __str__(self) -> str:
        return self.nom

    def est_ouverte(self, le: date) -> bool:
        return self.ouverte_le is None or self.ouverte_le <= le


class Service(Enregistrement):
    """A service to call: SEF, SLAI of an MDS, or DPID for the whole Département (no MDS)."""

    __tablename__ = "service"
    declaration = Declaration(
        "Service",
        Forme.REFERENCE,
        familles=(Famille.LISTES,),
        recherche=Recherche(
            dans=lambda service: func.acces.plier(service.nom),
            ordre=lambda service: service.nom,
            precision=("mds_id",),
        ),
        octrois="select, insert, update",
    )
    __table_args__ = (
        controle(
            "ck_service_type",
            "type in ('SEF', 'SLAI', 'DPID', 'AUTRE')",
            "Ce type de service est inconnu.",
            "type",
        ),
        unique(
            "uq_service_nom_telephone",
            "nom",
            "telephone",
            phrase="Ce service est déjà dans l’annuaire.",
            champ="nom",
        ),
    )
    mds_id: Mapped[int | None] = numero_de("mds", "MDS", aide="Vide : tout le Département.")
    type: Mapped[str] = texte("Type", 10, requis=True, aide="SEF, SLAI, DPID ou AUTRE.")
    nom: Mapped[str] = texte("Nom", 120, requis=True)
    telephone: Mapped[str | None] = texte("Téléphone", 100)
    courriel: Mapped[str | None] = texte("Courriel", 320)
    mds: Mapped[Mds | None] = vers("Mds", "Service.mds_id")

    def __str__(self) -> str:
        return self.nom


def charger(connexion: Connection, departement: ReglagesDuDepartement) -> None:
    """Add the MDS and services of the settings to a base that has none."""
    if connexion.execute(select(Mds.id).limit(1)).first():
        return
    connexion.execute(
        insert(Mds.__table__),
        [{"code": m["code"], "nom": m["nom"]} for m in departement.table("mds")],
    )
    numeros = dict(connexion.execute(select(Mds.code, Mds.id)).all())
    connexion.execute(
        insert(Service.__table__),
        [
            {
                "mds_id": numeros.get(s["mds"]),
                "type": s["type"],
                "nom": s["nom"],
                "telephone": s["telephone"] or None,
            }
            for s in departement.table("service")
        ],
    )
