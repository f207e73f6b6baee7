"""THE classeur de reprise: its sheets and columns, once, for the reading, the writing and the empty
model.

A column is a title and the attribute it fills; its kind, its length, its code list and whether it
is required come from the model. A change of the workbook is a change of this list, and of nothing
else.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from sqlalchemy import Boolean, Column, Date, Integer, Numeric, String, Text, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from app.models import (
    Accompagnement,
    Alerte,
    Binome,
    Enquete,
    Frein,
    Instance,
    Jeune,
    Mesure,
    Mobilisation,
    Partenaire,
    Poste,
    Rattachement,
    Rencontre,
    ReponseConfiee,
    Situation,
)
from app.models.base import SuiviJeune
from app.regles.texte import plier

FEUILLE_DES_CODES, FEUILLE_D_AIDE = "Codes", "Lisez-moi"
"""Written in the empty model, left alone when it comes back filled in."""

PREMIER_JOUR = date(1900, 3, 1)
"""Before, Excel and the calendar disagree (its 29 February 1900 never was)."""


@dataclass(frozen=True)
class Champ:
    """A column of a sheet. ``colonne`` is the column of the table that keeps it."""

    titre: str
    colonne: Column
    requis: bool

    @property
    def attribut(self) -> str:
        return self.colonne.name

    @property
    def lue(self):
        """What the cell says: the column; of an answer, also the one given alone, for who may read
        it (a command)."""
        if self.colonne is not Enquete.__table__.c.reponse_code:
            return self.colonne
        confiee = select(ReponseConfiee.reponse_code).where(
            ReponseConfiee.enquete_id == Enquete.__table__.c.id
        )
        return func.coalesce(self.colonne, confiee.scalar_subquery()).label(self.attribut)

    @cached_property
    def genre(self) -> str:
        """How the cell is read: jeune, partenaire, mds, mds_liste, code, date, oui_non, entier,
        nombre, texte, recit."""
        type_ = self.colonne.type
        if self.attribut in ("jeune_id", "partenaire_id"):
            return self.attribut.removesuffix("_id")
        if isinstance(type_, ARRAY):
            return "mds_liste"
        if self.attribut in ("mds_id", "mds_rattachement_id"):
            return "mds"
        if self.liste:
            return "code"
        for classe, genre in (
            (Boolean, "oui_non"), (Date, "date"), (Integer, "entier"), (Numeric, "nombre"), (Text, "recit"), (String, "texte"),
        ):  # fmt: skip
            if isinstance(type_, classe):
                return genre
        raise TypeError(f"{self.colonne}: no way to read it from a cell")

    @property
    def liste(self) -> str | None:
        """The nomenclature whose code the cell holds."""
        return self.colonne.info.get("nomenclature")

    @property
    def taille(self) -> int | None:
        """The longest text accepted."""
        return self.colonne.type.length if self.genre == "texte" else None

    @property
    def aide(self) -> str | None:
        return self.colonne.info.get("aide")


@dataclass(frozen=True)
class Feuille:
    """A sheet: the table behind it, what identifies a row, and what its rows must respect together."""

    nom: str
    modele: type
    cle: tuple[str, ...]
    champs: tuple[Champ, ...]
    ordres: tuple[tuple[str, str], ...] = ()
    """Pairs of attributes: the second, when filled, is not before the first (constraint
    ck_<table>_<first>_<second>)."""
    sans_chevauchement: bool = False
    """The periods (du, au) of one youth never share a day."""
    controles: tuple[tuple[str, Callable[[Callable], bool]], ...] = ()
    """Name of the base's constraint (its sentence is in PHRASES), and the same rule on the values
    of a row."""

    @property
    def table(self) -> str:
        return self.modele.__tablename__

    @property
    def par_jeune(self) -> bool:
        return issubclass(self.modele, SuiviJeune)

    @cached_property
    def par_titre(self) -> dict[str, Champ]:
        """Folded title → column."""
        return {plier(c.titre): c for c in self.champs}

    @cached_property
    def par_attribut(self) -> dict[str, Champ]:
        return {c.attribut: c for c in self.champs}

    @property
    def champ_cle(self) -> Champ:
        """The column where a double key is shown: the date of a composite key, else the key itself."""
        return next(
            (c for a in self.cle if (c := self.par_attribut[a]).genre == "date"),
            self.par_attribut[self.cle[0]],
        )


def _feuille(nom: str, modele: type, cle: str, colonnes: str, **options) -> Feuille:
    """``colonnes``: one « Title: attribute » a line."""
    champs = []
    for ligne in colonnes.strip().splitlines():
        titre, _, attribut = ligne.strip().rpartition(": ")
        colonne = modele.__table__.c[attribut]
        champs.append(Champ(titre, colonne, requis=not colonne.nullable and attribut != "mds_ids"))
    return Feuille(nom, modele, tuple(cle.split()), tuple(champs), **options)


FEUILLES: tuple[Feuille, ...] = (
    _feuille("Jeunes", Jeune, "code", """
        Code dossier: code
        Nom: nom
        Prénom: prenom
        Date de naissance: date_naissance
        MDS: mds_id
        Téléphone: telephone
        Courriel: courriel
        Lieu d'accueil: lieu_accueil_code
        Établissement d'accueil: etablissement_accueil
        Jeune parent: est_parent
        Hors département: est_hors_departement
        Repéré le: repere_le
        Orienté par: oriente_par
        Prise de contact le: contact_le
        Objectif: objectif
        Observations: observations
    """, controles=(("ck_jeune_date_naissance", lambda v: v("date_naissance") is None or date(1950, 1, 1) <= v("date_naissance")),)),
    _feuille("Rattachements", Rattachement, "jeune_id du", """
        Jeune: jeune_id
        MDS: mds_rattachement_id
        Du: du
        Au: au
    """, ordres=(("du", "au"),), sans_chevauchement=True),
    _feuille("Accompagnements", Accompagnement, "jeune_id du", """
        Jeune: jeune_id
        Du: du
        Au: au
        Motif de sortie: motif_sortie_code
    """, ordres=(("du", "au"),), sans_chevauchement=True),
    _feuille("Mesures ASE", Mesure, "jeune_id du type_code", """
        Jeune: jeune_id
        Type: type_code
        Du: du
        Au: au
        Motif de fin: motif_fin_code
    """, ordres=(("du", "au"),)),
    _feuille("Binômes", Binome, "jeune_id du", """
        Jeune: jeune_id
        Référent ASE: referent_ase
        Coordonnateur: coordonnateur
        Du: du
        Au: au
    """, ordres=(("du", "au"),), sans_chevauchement=True),
    _feuille("Alertes", Alerte, "jeune_id du motif_code", """
        Jeune: jeune_id
        Motif: motif_code
        Du: du
        Au: au
        Signalée par: signalee_par
    """, ordres=(("du", "au"),)),
    _feuille("Rencontres", Rencontre, "code", """
        Code: code
        Jeune: jeune_id
        Type: type_code
        Le: le
        Statut: statut_code
        Lieu: lieu_code
        Fixée le: fixee_le
        Jeune présent: jeune_present
        Coordonnateur présent: coordonnateur_present
        Service ASE présent: service_ase_present
        Lieu d'accueil présent: lieu_accueil_present
        Compte rendu: compte_rendu
    """),
    _feuille("Situations", Situation, "jeune_id observee_le", """
        Jeune: jeune_id
        Observée le: observee_le
        Confirmée le: confirmee_le
        Situation: situation_pro_code
        Logement: logement_code
        Maintien 6 mois: maintien_6_mois
        Ressource 1: ressource_1_code
        Fin ressource 1: fin_ressource_1
        Ressource 2: ressource_2_code
        Fin ressource 2: fin_ressource_2
        Couverture de base: couverture_base_code
        Couverture complémentaire: couverture_complementaire_code
    """, ordres=(("observee_le", "confirmee_le"),)),
    _feuille("Freins", Frein, "jeune_id theme_code du", """
        Jeune: jeune_id
        Thème: theme_code
        Du: du
        Levé le: leve_le
        Précision: precision
    """, ordres=(("du", "leve_le"),)),
    _feuille("Enquêtes", Enquete, "jeune_id demandee_le", """
        Jeune: jeune_id
        Demandée le: demandee_le
        Répondue le: repondue_le
        Réponse: reponse_code
    """, ordres=(("demandee_le", "repondue_le"),)),
    _feuille("Partenaires", Partenaire, "nom", """
        Nom: nom
        Type: type_code
        MDS: mds_ids
        Interlocuteur: interlocuteur
        Téléphone: telephone
        Courriel: courriel
        Démarché le: demarche_le
        Convention signée le: convention_signee_le
    """),
    _feuille("Mobilisations", Mobilisation, "jeune_id partenaire_id du", """
        Jeune: jeune_id
        Partenaire: partenaire_id
        Du: du
        Au: au
        Dispositif: dispositif
        Issue: issue
    """, ordres=(("du", "au"),)),
    _feuille("Instances", Instance, "code", """
        Code: code
        Type: type_code
        Le: le
        Statut: statut_code
        MDS: mds_id
        Coordonnateur présent: coordonnateur_present
        Jeunes reçus: jeunes_recus
        Compte rendu: compte_rendu
    """, controles=(
        ("ck_instance_mds", lambda v: v("mds_id") is not None or v("type_code") not in ("PERMANENCE", "COMITE_SUIVI")),
        ("ck_instance_jeunes_recus", lambda v: v("jeunes_recus") is None or v("jeunes_recus") >= 0),
    )),
    _feuille("Postes", Poste, "coordonnateur du", """
        Coordonnateur: coordonnateur
        ETP: etp
        Du: du
        Au: au
        Téléphone fourni le: telephone_fourni_le
        Ordinateur fourni le: ordinateur_fourni_le
        Frais de déplacement pris en charge: frais_deplacement
    """, ordres=(("du", "au"),), controles=(("ck_poste_etp", lambda v: v("etp") is None or 0 < v("etp") <= 1),)),
)  # fmt: skip

PAR_NOM: dict[str, Feuille] = {plier(f.nom): f for f in FEUILLES}
PAR_TABLE: dict[str, Feuille] = {f.table: f for f in FEUILLES}
ORDRE_D_ECRITURE: tuple[Feuille, ...] = tuple(
    sorted(FEUILLES, key=lambda f: f.nom not in ("Jeunes", "Partenaires"))
)
"""Those that others refer to come first; undoing goes the other way."""
