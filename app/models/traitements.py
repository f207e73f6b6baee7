"""The register in one place: why each table is kept, of whom, for how long, told to whom.

What a column holds (its nature) is said on the column (``models/base.py``), with what the audit
log, the copy of a file and the anonymisation read; its purpose and its term are those of its table,
here. The retention run reads its terms here (``acces.duree``), and the record of processing
activities all of it (RGPD, article 30).
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from app.regles.parametres import (
    AGE_LIMITE,
    CONSERVATION_DOSSIER_ANS,
    CONSERVATION_LECTURES_MOIS,
)

from . import catalogue
from .base import Nature

V = TypeVar("V")


@dataclass(frozen=True)
class Traitement:
    """A purpose of the article 30, with those it concerns and those who receive it."""

    nom: str
    finalite: str
    base_legale: str
    personnes: str
    destinataires: str


@dataclass(frozen=True)
class DureeDeConservation:
    """How long a row stays: in words, and the term when a task erases it by itself."""

    dite: str
    terme: timedelta | None = None


SUIVI = Traitement(
    "Suivi des jeunes",
    "Accompagner vers l’autonomie les jeunes confiés à l’aide sociale à l’enfance ou qui en"
    " sortent",
    "Mission d’intérêt public (RGPD, article 6, 1, e ; code de l’action sociale, L. 222-5 et"
    " suivants)",
    f"Jeunes suivis par le dispositif, jusqu’à {AGE_LIMITE.dit}",
    "Coordonnateurs, référents SEF, SLAI et responsables de la MDS du jeune",
)
PARTENARIAT = Traitement(
    "Partenaires et moyens",
    "Tenir l’annuaire des professionnels et des partenaires, leurs conventions et leurs moyens",
    "Mission d’intérêt public (RGPD, article 6, 1, e)",
    "Professionnels du Département et de ses partenaires",
    "Agents du dispositif",
)
PILOTAGE = Traitement(
    "Pilotage",
    "Produire les tableaux mensuels et les bilans du dispositif",
    "Mission d’intérêt public (RGPD, article 6, 1, e)",
    "Jeunes suivis, comptés sans être nommés",
    "Responsables, SLAI, direction, financeurs",
)
DROITS = Traitement(
    "Droits des personnes",
    "Répondre aux demandes d’accès, de rectification, d’effacement, et en rendre compte",
    "Obligation légale (RGPD, article 6, 1, c)",
    "Jeunes suivis et personnes qui font une demande",
    "DPO, responsables",
)
SECURITE = Traitement(
    "Comptes et sécurité",
    "Ouvrir l’application à qui y a droit, savoir qui a fait quoi, et le prouver",
    "Obligation légale (RGPD, articles 5, 1, f et 32)",
    "Agents qui ont un compte ; jeunes, dans ce que le journal dit de leur dossier",
    "Administrateur technique, responsables dans leur MDS, DPO",
)
FONCTIONNEMENT = Traitement(
    "Fonctionnement",
    "Faire marcher l’application : listes, réglages, travaux, version de la base",
    "Mission d’intérêt public (RGPD, article 6, 1, e)",
    "Aucune, ou l’agent qui a demandé un travail",
    "Personne",
)

DU_DOSSIER = DureeDeConservation(
    f"{CONSERVATION_DOSSIER_ANS.en_lettres} après le dernier contact venu du jeune, puis anonymisé"
    " ou gardé par une décision écrite"
)
TANT_QUE_SERT = DureeDeConservation("tant qu’elle sert ; fermée ou corrigée par un agent")
PREUVE = DureeDeConservation(
    "sans limite : preuve de ce qui a été publié ou décidé, sans nom de jeune"
)
DU_COMPTE = DureeDeConservation("tant que le compte existe ; fermé, il reste nommé par le journal")
DU_JOURNAL = DureeDeConservation(
    f"lectures : {CONSERVATION_LECTURES_MOIS.en_lettres} ; changements : vidés de leur contenu à"
    " l’anonymisation du dossier"
)
DES_LECTURES = DureeDeConservation(f"{CONSERVATION_LECTURES_MOIS.en_lettres}, comme les lectures")
SANS_LIMITE = DureeDeConservation("sans limite : ne dit rien d’une personne")
DES_DROITS = DureeDeConservation("sans terme : le registre des demandes est tenu par le DPO")
DE_LA_PERSONNE = DureeDeConservation("tant que le compte existe")
DE_LA_FILE = DureeDeConservation("tant que le travail attend ; effacé dès qu’il est fait")
UNE_HEURE = DureeDeConservation("une heure", timedelta(hours=1))
UN_JOUR = DureeDeConservation("un jour au plus", timedelta(days=1))
DEUX_JOURS = DureeDeConservation("deux jours", timedelta(days=2))
DES_IMPORTS = DureeDeConservation(
    "deux jours, trente tant qu’un jeune y attend une décision ; appliqué, ses nombres restent",
    timedelta(days=2),
)
ATTENTE_D_UNE_DECISION = timedelta(days=30)
"""Of the rows of an import that a person decides later."""
DES_FICHIERS = DureeDeConservation(
    "un jour au plus ; trente pour les lignes d’un import qui attendent une décision",
    timedelta(days=1),
)
HUIT_JOURS = DureeDeConservation("huit jours", timedelta(days=8))
TRENTE_JOURS = DureeDeConservation("trente jours", timedelta(days=30))


def _chaque(noms: str, valeur: V) -> dict[str, V]:
    """The same for each of these names, separated by spaces."""
    return dict.fromkeys(noms.split(), valeur)


# table → (why, how long)
TABLES: dict[str, tuple[Traitement, DureeDeConservation]] = {
    **_chaque(
        (
            "jeune rattachement accompagnement mesure mesure_ase binome alerte rencontre etape"
            " situation frein enquete reponse_confiee invitation mobilisation mobilite decision"
            " besoin demande_cjm proposition_cej orientation tache transfert fusion distinction"
            " point_de_comite"
        ),
        (SUIVI, DU_DOSSIER),
    ),
    **_chaque(
        "action_collective instance participant tache_instance compte_rendu_comite",
        (SUIVI, PREUVE),
    ),
    **_chaque(
        (
            "partenaire contact convention versement poste agent service action_partenariat"
            " convention_partenaire dispositif_propose"
        ),
        (PARTENARIAT, TANT_QUE_SERT),
    ),
    **_chaque("envoi objectif texte_bilan", (PILOTAGE, PREUVE)),
    "conservation": (DROITS, PREUVE),
    "demande_personne": (DROITS, DES_DROITS),
    **_chaque("ab_user authentification habilitation", (SECURITE, DU_COMPTE)),
    **_chaque("acte_a_deux levee_de_plafond", (SECURITE, DU_COMPTE)),
    **_chaque("sortie_de_donnees part_de_sortie", (SECURITE, DES_LECTURES)),
    "journal": (SECURITE, DU_JOURNAL),
    "sceau": (SECURITE, SANS_LIMITE),
    **_chaque("session_ouverte tentative", (SECURITE, TRENTE_JOURS)),
    "texte_garde": (FONCTIONNEMENT, UNE_HEURE),
    "jeton_formulaire": (FONCTIONNEMENT, DEUX_JOURS),
    "rappel": (FONCTIONNEMENT, DE_LA_PERSONNE),
    "travail": (FONCTIONNEMENT, TRENTE_JOURS),
    "importation": (FONCTIONNEMENT, DES_IMPORTS),
    "modification_groupee": (FONCTIONNEMENT, SANS_LIMITE),
    "correspondance": (FONCTIONNEMENT, DE_LA_PERSONNE),
    **_chaque("mds reglage_mds role droit", (FONCTIONNEMENT, SANS_LIMITE)),
}
"""Of a table that a model declares; a list of codes is of the running of the application."""
DES_LISTES = (FONCTIONNEMENT, SANS_LIMITE)

T = Nature.TECHNIQUE
P = Nature.PERSONNEL
AUTRES: dict[str, tuple[Traitement, DureeDeConservation, dict[str, Nature]]] = {
    "acces.ancre": (
        SECURITE,
        SANS_LIMITE,
        _chaque("id moyen sceau empreinte le jeton", T),
    ),
    "acces.demande_comptee": (
        FONCTIONNEMENT,
        HUIT_JOURS,
        _chaque(
            "cle sorte ressource mds demande definitions comptee_le revision mouvements listes"
            " signature",
            T,
        )
        | {"lignes": P},
    ),
    "acces.fichier": (
        FONCTIONNEMENT,
        DES_FICHIERS,
        _chaque("usage cle expire_le rang", T) | {"compte_id": P, "contenu": Nature.SENSIBLE},
    ),
    "acces.installation": (
        SECURITE,
        SANS_LIMITE,
        _chaque("role voulus catalogues objets cle signature", T),
    ),
    "acces.jeune_bouge": (
        FONCTIONNEMENT,
        DEUX_JOURS,
        {"jeune_id": Nature.PERSONNEL, "ecrit_par": T},
    ),
    "acces.mot": (
        SUIVI,
        DU_DOSSIER,
        _chaque("mot envers mds_id jeune_id", Nature.PERSONNEL),
    ),
    "acces.mouvement": (FONCTIONNEMENT, SANS_LIMITE, _chaque("famille paquet nombre", T)),
    "acces.paquet_compte": (
        FONCTIONNEMENT,
        HUIT_JOURS,
        _chaque("cle paquet mouvements signature", T) | {"lignes": P},
    ),
    "acces.repere": (
        SECURITE,
        SANS_LIMITE,
        _chaque("seul numero empreinte dit", T),
    ),
    "acces.suivi_des_bouges": (
        FONCTIONNEMENT,
        SANS_LIMITE,
        _chaque("seul suivi oublies suivants", T),
    ),
    "acces.tache": (
        FONCTIONNEMENT,
        SANS_LIMITE,
        _chaque("nom passee_le reussie message", T),
    ),
    "acces.version_des_listes": (FONCTIONNEMENT, SANS_LIMITE, {"seule": T, "version": T}),
    "acces.version_des_tables": (FONCTIONNEMENT, SANS_LIMITE, {"famille": T, "nombre": T}),
    "public.alembic_version": (FONCTIONNEMENT, SANS_LIMITE, {"version_num": T}),
    "public.ab_api_key": (
        FONCTIONNEMENT,
        SANS_LIMITE,
        _chaque(
            "id uuid name key_hash lookup_hash key_prefix scopes active created_on expires_on"
            " revoked_on last_used_on",
            T,
        )
        | {"user_id": P},
    ),
    "public.ab_register_user": (
        FONCTIONNEMENT,
        SANS_LIMITE,
        _chaque("first_name last_name username email", P)
        | _chaque("id password registration_date registration_hash", T),
    ),
    "public.ab_group": (
        FONCTIONNEMENT,
        SANS_LIMITE,
        _chaque("id name label description", T),
    ),
    "public.ab_group_role": (
        FONCTIONNEMENT,
        SANS_LIMITE,
        _chaque("id group_id role_id", T),
    ),
    "public.ab_permission": (FONCTIONNEMENT, SANS_LIMITE, {"id": T, "name": T}),
    "public.ab_permission_view": (
        FONCTIONNEMENT,
        SANS_LIMITE,
        _chaque("id permission_id view_menu_id", T),
    ),
    "public.ab_permission_view_role": (
        FONCTIONNEMENT,
        SANS_LIMITE,
        _chaque("id permission_view_id role_id", T),
    ),
    "public.ab_role": (FONCTIONNEMENT, SANS_LIMITE, {"id": T, "name": T}),
    "public.ab_user_group": (FONCTIONNEMENT, SANS_LIMITE, {"id": T, "user_id": P, "group_id": T}),
    "public.ab_user_role": (FONCTIONNEMENT, SANS_LIMITE, {"id": T, "user_id": P, "role_id": T}),
    "public.ab_view_menu": (FONCTIONNEMENT, SANS_LIMITE, {"id": T, "name": T}),
    "travaux.procrastinate_events": (
        FONCTIONNEMENT,
        DE_LA_FILE,
        _chaque("id job_id type at", T),
    ),
    "travaux.procrastinate_jobs": (
        FONCTIONNEMENT,
        DE_LA_FILE,
        _chaque(
            "id queue_name task_name priority lock queueing_lock args status scheduled_at attempts"
            " abort_requested worker_id",
            T,
        ),
    ),
    "travaux.procrastinate_periodic_defers": (
        FONCTIONNEMENT,
        DE_LA_FILE,
        _chaque("id task_name defer_timestamp job_id periodic_id", T),
    ),
    "travaux.procrastinate_workers": (
        FONCTIONNEMENT,
        UN_JOUR,
        {"id": T, "last_heartbeat": T},
    ),
}
"""The tables that no model declares, column by column: the tables of Flask-AppBuilder that nobody
writes, those of the queue, and the base's own."""


def de(table: str) -> tuple[Traitement, DureeDeConservation] | None:
    """Why a table of a model is kept and how long; None: nobody said it yet.

    A new record of a youth is of their follow-up, a new list of the running of the application.
    """
    if table in TABLES:
        return TABLES[table]
    if catalogue.suit_un_jeune(table):
        return SUIVI, DU_DOSSIER
    if catalogue.est_nomenclature(table):
        return DES_LISTES
    return None


def terme(table: str) -> timedelta:
    """After how long the retention run erases a row of this table."""
    declare = de(table)
    if declare is None or declare[1].terme is None:
        raise KeyError(table)
    return declare[1].terme


def termes() -> dict[str, timedelta]:
    """Table → term, of all those that the retention run erases."""
    gardes = {table: garde for table, (_, garde) in TABLES.items()}
    gardes |= {table: garde for table, (_, garde, _) in AUTRES.items()}
    return {table: garde.terme for table, garde in gardes.items() if garde.terme is not None}
