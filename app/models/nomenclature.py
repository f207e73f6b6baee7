"""The code lists: one table a list, loaded from CSV files; an item is retired, never deleted."""

from datetime import date

from flask_appbuilder import Model
from sqlalchemy import Boolean, Connection, Date, Integer, String, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from app.departement import ReglagesDuDepartement

from .base import controle, info
from .declaration import declaration_de_liste


class Nomenclature(Model):
    """An item of a list: what records keep is the ``code``, what people read is the ``libelle``."""

    __abstract__ = True
    code: Mapped[str] = mapped_column(String(30), primary_key=True, info=info("Code"))
    libelle: Mapped[str] = mapped_column(String(120), nullable=False, info=info("Libellé"))
    ordre: Mapped[int] = mapped_column(Integer, nullable=False, info=info("Ordre"))
    retire_le: Mapped[date | None] = mapped_column(
        Date,
        info=info(
            "Retiré le",
            (
                "À partir de cette date, l’élément n’est plus proposé ; les fiches qui "
                "l’emploient le gardent."
            ),
        ),
    )

    def __str__(self) -> str:
        return self.libelle


def _texte(libelle: str, taille: int = 40) -> Mapped[str | None]:
    return mapped_column(String(taille), nullable=True, info=info(libelle))


def _booleen(libelle: str) -> Mapped[bool | None]:
    return mapped_column(Boolean, nullable=True, info=info(libelle))


class CouvertureBase(Nomenclature):
    __tablename__ = "couverture_base"
    declaration = declaration_de_liste("Couvertures maladie de base")
    ouverte: Mapped[bool | None] = _booleen("Droits ouverts")


class CouvertureComplementaire(Nomenclature):
    __tablename__ = "couverture_complementaire"
    declaration = declaration_de_liste("Couvertures complémentaires")
    ouverte: Mapped[bool | None] = _booleen("Droits ouverts")


class DomaineBesoin(Nomenclature):
    __tablename__ = "domaine_besoin"
    declaration = declaration_de_liste("Besoins")


class ThemeFrein(Nomenclature):
    __tablename__ = "theme_frein"
    declaration = declaration_de_liste("Thèmes des freins")


class FonctionAgent(Nomenclature):
    __tablename__ = "fonction_agent"
    declaration = declaration_de_liste("Fonctions des agents")


class GenreMobilite(Nomenclature):
    __tablename__ = "genre_mobilite"
    declaration = declaration_de_liste("Mobilités")


class GenrePartenariat(Nomenclature):
    __tablename__ = "genre_partenariat"
    declaration = declaration_de_liste("Actions de partenariat")


class LieuAccueil(Nomenclature):
    __tablename__ = "lieu_accueil"
    declaration = declaration_de_liste("Lieux d’accueil")


class LieuRencontre(Nomenclature):
    __tablename__ = "lieu_rencontre"
    declaration = declaration_de_liste("Lieux de rencontre")


class Logement(Nomenclature):
    __tablename__ = "logement"
    declaration = declaration_de_liste("Logements")
    famille: Mapped[str | None] = _texte("Famille")
    loge: Mapped[bool | None] = _booleen("Logé")
    stable: Mapped[str | None] = _texte("Stable (oui, non, à confirmer)", 12)
    stable_depuis: Mapped[date | None] = mapped_column(
        Date,
        info=info(
            "Stable : valeur depuis le",
            "Quand la stabilité change : le premier jour où la nouvelle valeur compte."
            " Les sorties d’avant gardent l’ancienne. Vide : depuis toujours.",
        ),
    )
    stable_avant: Mapped[str | None] = _texte("Stable : valeur d’avant", 12)
    __table_args__ = (
        controle(
            "ck_logement_stable_depuis",
            "stable_avant is null or stable_depuis is not null",
            "La valeur d’avant demande le jour depuis lequel la nouvelle compte.",
            "stable_depuis",
        ),
    )


class TypeMesure(Nomenclature):
    __tablename__ = "mesure_ase"
    declaration = declaration_de_liste("Mesures ASE")
    jeune_majeur: Mapped[bool | None] = _booleen("Contrat jeune majeur")


class MotifRupture(Nomenclature):
    __tablename__ = "motif_rupture"
    declaration = declaration_de_liste("Motifs d’alerte")


class MotifSortieAse(Nomenclature):
    __tablename__ = "motif_sortie_ase"
    declaration = declaration_de_liste("Motifs de fin de mesure")


class MotifSortieDispositif(Nomenclature):
    __tablename__ = "motif_sortie_dispositif"
    declaration = declaration_de_liste("Motifs de sortie du dispositif")


class ReponseDemande(Nomenclature):
    __tablename__ = "reponse_demande"
    declaration = declaration_de_liste("Réponses aux demandes et propositions")


class ReponseEnquete(Nomenclature):
    __tablename__ = "reponse_enquete"
    declaration = declaration_de_liste("Réponses aux enquêtes")
    satisfait: Mapped[bool | None] = _booleen("Satisfait")


class ReponseOrientation(Nomenclature):
    __tablename__ = "reponse_orientation"
    declaration = declaration_de_liste("Réponses aux orientations")


class Ressource(Nomenclature):
    __tablename__ = "ressource"
    declaration = declaration_de_liste("Ressources")
    reguliere: Mapped[bool | None] = _booleen("Régulière")


class ResultatMobilisation(Nomenclature):
    __tablename__ = "resultat_mobilisation"
    declaration = declaration_de_liste("Résultats des mobilisations")


class SituationPro(Nomenclature):
    __tablename__ = "situation_pro"
    declaration = declaration_de_liste("Situations")
    categorie_imilo: Mapped[str | None] = _texte("Catégorie i-milo", 60)
    parcours: Mapped[str | None] = _texte("Parcours", 20)
    alternance: Mapped[bool | None] = _booleen("Alternance")


class StatutInstance(Nomenclature):
    __tablename__ = "statut_instance"
    declaration = declaration_de_liste("Statuts des instances")


class StatutRencontre(Nomenclature):
    __tablename__ = "statut_rencontre"
    declaration = declaration_de_liste("Statuts des rencontres")


class TypeInstance(Nomenclature):
    __tablename__ = "type_instance"
    declaration = declaration_de_liste("Types d’instance")
    frequence: Mapped[str | None] = _texte("Fréquence attendue", 60)


class TypePartenaire(Nomenclature):
    __tablename__ = "type_partenaire"
    declaration = declaration_de_liste("Types de partenaire")


class TypeRencontre(Nomenclature):
    __tablename__ = "type_rencontre"
    declaration = declaration_de_liste("Types de rencontre")


LISTES: dict[str, type[Nomenclature]] = {c.__tablename__: c for c in Nomenclature.__subclasses__()}
"""Table name → class, in alphabetical order of the classes above."""

FICHIERS = {"theme_frein": "frein"}
"""The file of a list whose table has another name."""


def _valeur(colonne, brut: str):
    if brut == "":
        return None
    return brut == "oui" if isinstance(colonne.type, Boolean) else brut


def charger(connexion: Connection, departement: ReglagesDuDepartement) -> None:
    """Add the items that are missing.

    What an administrator changed since (label, order, retirement) stays.
    """
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
