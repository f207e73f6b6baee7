"""The code lists: one table a list, loaded from CSV files; an item is retired, never deleted."""

from datetime import date

from flask_appbuilder import Model
from sqlalchemy import Boolean, Connection, Date, Integer, String, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from app.departement import ReglagesDuDepartement


class Nomenclature(Model):
    """An item of a list: what records keep is the ``code``, what people read is the ``libelle``."""

    __abstract__ = True
    code: Mapped[str] = mapped_column(
        String(30), primary_key=True, info={"libelle": "Code", "aide": None}
    )
    libelle: Mapped[str] = mapped_column(
        String(120), nullable=False, info={"libelle": "Libellé", "aide": None}
    )
    ordre: Mapped[int] = mapped_column(
        Integer, nullable=False, info={"libelle": "Ordre", "aide": None}
    )
    retire_le: Mapped[date | None] = mapped_column(
        Date,
        info={
            "libelle": "Retiré le",
            "aide": "À partir de cette date, l’élément n’est plus proposé ; les fiches qui l’emploient le gardent.",
        },
    )

    def __str__(self) -> str:
        return self.libelle


def _texte(libelle: str, taille: int = 40) -> Mapped[str | None]:
    return mapped_column(String(taille), nullable=True, info={"libelle": libelle, "aide": None})


def _booleen(libelle: str) -> Mapped[bool | None]:
    return mapped_column(Boolean, nullable=True, info={"libelle": libelle, "aide": None})


class CouvertureBase(Nomenclature):
    __tablename__ = "couverture_base"
    ouverte: Mapped[bool | None] = _booleen("Droits ouverts")


class CouvertureComplementaire(Nomenclature):
    __tablename__ = "couverture_complementaire"
    ouverte: Mapped[bool | None] = _booleen("Droits ouverts")


class ThemeFrein(Nomenclature):
    __tablename__ = "theme_frein"


class LieuAccueil(Nomenclature):
    __tablename__ = "lieu_accueil"


class LieuRencontre(Nomenclature):
    __tablename__ = "lieu_rencontre"


class Logement(Nomenclature):
    __tablename__ = "logement"
    famille: Mapped[str | None] = _texte("Famille")
    loge: Mapped[bool | None] = _booleen("Logé")
    stable: Mapped[str | None] = _texte("Stable (oui, non, à confirmer)", 12)


class TypeMesure(Nomenclature):
    __tablename__ = "mesure_ase"
    jeune_majeur: Mapped[bool | None] = _booleen("Contrat jeune majeur")


class MotifRupture(Nomenclature):
    __tablename__ = "motif_rupture"


class MotifSortieAse(Nomenclature):
    __tablename__ = "motif_sortie_ase"


class MotifSortieDispositif(Nomenclature):
    __tablename__ = "motif_sortie_dispositif"


class ReponseEnquete(Nomenclature):
    __tablename__ = "reponse_enquete"
    satisfait: Mapped[bool | None] = _booleen("Satisfait")


class Ressource(Nomenclature):
    __tablename__ = "ressource"
    reguliere: Mapped[bool | None] = _booleen("Régulière")


class SituationPro(Nomenclature):
    __tablename__ = "situation_pro"
    categorie_imilo: Mapped[str | None] = _texte("Catégorie i-milo", 60)
    parcours: Mapped[str | None] = _texte("Parcours", 20)
    alternance: Mapped[bool | None] = _booleen("Alternance")


class StatutInstance(Nomenclature):
    __tablename__ = "statut_instance"


class StatutRencontre(Nomenclature):
    __tablename__ = "statut_rencontre"


class TypeInstance(Nomenclature):
    __tablename__ = "type_instance"
    frequence: Mapped[str | None] = _texte("Fréquence attendue", 60)


class TypePartenaire(Nomenclature):
    __tablename__ = "type_partenaire"


class TypeRencontre(Nomenclature):
    __tablename__ = "type_rencontre"


LISTES: dict[str, type[Nomenclature]] = {c.__tablename__: c for c in Nomenclature.__subclasses__()}
"""Table name → class, in alphabetical order of the classes above."""

FICHIERS = {"theme_frein": "frein"}
"""The file of a list whose table has another name."""


def _valeur(colonne, brut: str):
    if brut == "":
        return None
    return brut == "oui" if isinstance(colonne.type, Boolean) else brut


def charger(connexion: Connection, departement: ReglagesDuDepartement) -> None:
    """Add the items that are missing; what an administrator changed since (label, order,
    retirement) stays."""
    for table, classe in LISTES.items():
        presents = set(connexion.execute(select(classe.code)).scalars())
        lignes = [
            {
                "ordre": rang,
                **{cle: _valeur(classe.__table__.c[cle], v) for cle, v in ligne.items()},
            }
            for rang, ligne in enumerate(departement.table(FICHIERS.get(table, table)), 1)
        ]
        nouvelles = [ligne for ligne in lignes if ligne["code"] not in presents]
        if nouvelles:
            connexion.execute(insert(classe.__table__).on_conflict_do_nothing(), nouvelles)
