"""The nine Maisons Département Solidarité and their services (call for projects, « Territoires
concernés »)."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped

from .base import Enregistrement, controle, numero_de, texte, unique, vers
from .declaration import Declaration, Famille, Forme
from .nomenclature import lire_csv


class Mds(Enregistrement):
    """A Maison Département Solidarité: the territory that decides who sees a youth."""

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

    def __str__(self) -> str:
        return self.nom


class Service(Enregistrement):
    """A service to call: SEF, SLAI of an MDS, or DPID for the whole Département (no MDS)."""

    __tablename__ = "service"
    declaration = Declaration(
        "Service",
        Forme.REFERENCE,
        familles=(Famille.LISTES,),
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


def charger(connexion) -> None:
    """Add the MDS and services of the call for projects to a base that has none."""
    if connexion.execute(select(Mds.id).limit(1)).first():
        return
    connexion.execute(
        insert(Mds.__table__), [{"code": m["code"], "nom": m["nom"]} for m in lire_csv("mds")]
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
            for s in lire_csv("service")
        ],
    )
