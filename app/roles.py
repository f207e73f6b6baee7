"""WHO may do WHAT: the roles of the mission as data. What is not given is refused.

``flask tandem init`` copies this table into the base (``role``, ``droit``), where the policies read
it; the screens read it here. One habilitation gives one role in one MDS, or in all.
"""

from dataclasses import dataclass, field

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from app.models import Droit, RoleMetier

from app.regles.parametres import CONSERVATION_DOSSIER_ANS

DOSSIER = ("jeune", "rattachement")
ASE = ("mesure", "alerte")
SUIVI = (
    "accompagnement",
    "binome",
    "rencontre",
    "action_collective",
    "etape",
    "situation",
    "frein",
    "enquete",
    "mobilisation",
    "decision",
)
INSTANCES = ("instance", "participant")
PARTENAIRES = ("partenaire", "contact")
MOYENS = ("poste", "convention", "versement", "objectif")
LISTES = ("nomenclature", "service", "mds")
ACTES = ("lire", "creer", "modifier", "supprimer", "exporter")
TENIR = ("lire", "creer", "modifier", "supprimer", "exporter")
LIRE = ("lire", "exporter")
ECRIRE = ("lire", "creer", "modifier", "exporter")


@dataclass(frozen=True)
class Regle:
    """A right, as the sentence that a person reads, and what it opens."""

    phrase: str
    ressources: tuple[str, ...]
    actes: tuple[str, ...]


@dataclass(frozen=True)
class Role:
    libelle: str
    phrase: str
    regles: tuple[Regle, ...]
    _actes: dict[str, set[str]] = field(init=False, compare=False, hash=False)

    def __post_init__(self) -> None:
        actes: dict[str, set[str]] = {}
        for regle in self.regles:
            for ressource in regle.ressources:
                actes.setdefault(ressource, set()).update(regle.actes)
        object.__setattr__(self, "_actes", actes)

    def actes(self, ressource: str) -> set[str]:
        return self._actes.get(ressource, set())

    def droits(self) -> list[tuple[str, str]]:
        return [(ressource, acte) for ressource, actes in self._actes.items() for acte in actes]


_COMMUN = (
    Regle("Lit l’annuaire et les listes de codes.", LISTES, LIRE),
    Regle("Lit les chiffres de sa MDS.", ("chiffre",), LIRE),
    Regle(
        "Lit l’histoire des fiches qu’il peut lire, et rétablit ce qu’il peut modifier.",
        ("journal",),
        ("historique",),
    ),
)
_COORDONNATEUR = (
    Regle("Lit les jeunes de sa MDS et leurs mesures ASE.", (*DOSSIER, *ASE), LIRE),
    Regle("Sait quels dossiers de sa MDS ont été fusionnés.", ("fusion",), ("lire",)),
    Regle("Tient à jour les coordonnées et le projet des jeunes.", ("jeune",), ("modifier",)),
    Regle("Signale et suit les alertes.", ("alerte",), ECRIRE),
    Regle(
        "Crée et modifie les suivis : accompagnements, binômes, rencontres, situations, freins, enquêtes, mobilisations.",
        SUIVI,
        TENIR,
    ),
    Regle("Tient les permanences et les comités.", INSTANCES, TENIR),
    Regle("Démarche les partenaires.", PARTENAIRES, ECRIRE),
    Regle("Lit les postes et leur équipement.", ("poste",), LIRE),
    Regle("Prépare le tableau mensuel.", ("tableau",), ("lire", "creer", "exporter")),
    Regle(
        "Prépare et envoie le tableau mensuel, et ses rectificatifs.",
        ("envoi",),
        (*TENIR, "envoyer"),
    ),
    Regle("Écrit au fil de l’année la partie qualitative du bilan.", ("texte_bilan",), TENIR),
    Regle("Produit le bilan de sa MDS, sans nom.", ("bilan",), LIRE),
    Regle("Importe et exporte le classeur de reprise.", ("classeur",), ("lire", "creer")),
)
_REFERENT = (
    Regle("Crée et modifie les jeunes de sa MDS.", DOSSIER, ECRIRE),
    Regle(
        "Demande le transfert d’un jeune vers une autre MDS.",
        ("transfert",),
        ("lire", "creer", "supprimer", "exporter"),
    ),
    Regle(
        "Fusionne deux dossiers d’un même jeune, et annule une fusion.",
        ("fusion",),
        ("lire", "creer", "modifier"),
    ),
    Regle("Tient les mesures ASE et les alertes.", ASE, TENIR),
    Regle(
        "Prévoit et enregistre les rencontres.", ("rencontre", "action_collective", "etape"), TENIR
    ),
    Regle("Oriente un jeune vers le coordonnateur.", ("binome",), ECRIRE),
    Regle(
        "Lit les suivis, les instances et les partenaires.",
        (*SUIVI, *INSTANCES, *PARTENAIRES),
        LIRE,
    ),
    Regle("Importe et exporte le classeur de reprise.", ("classeur",), ("lire", "creer")),
)
_SLAI = (
    Regle("Lit les jeunes de sa MDS et leur suivi.", (*DOSSIER, *ASE, *SUIVI), LIRE),
    Regle("Sait quels dossiers de sa MDS ont été fusionnés.", ("fusion",), ("lire",)),
    Regle("Tient les partenaires et leurs contacts.", PARTENAIRES, TENIR),
    Regle("Tient les permanences et les comités.", INSTANCES, ECRIRE),
    Regle("Lit les postes et leur équipement.", ("poste",), LIRE),
    Regle("Vérifie et reçoit le tableau mensuel.", ("tableau",), ("lire", "exporter")),
    Regle(
        "Dit le tableau vérifié, et reçoit les tableaux envoyés.",
        ("envoi",),
        ("lire", "modifier", "exporter", "verifier"),
    ),
    Regle("Lit le bilan de sa MDS et ses textes, sans nom.", ("bilan", "texte_bilan"), LIRE),
    Regle("Exporte le classeur de reprise.", ("classeur",), ("lire",)),
)

ROLES: dict[str, Role] = {
    "COORDONNATEUR": Role(
        "Coordonnateur Mission Locale",
        "Suit les jeunes des MDS où il est habilité.",
        (*_COMMUN, *_COORDONNATEUR),
    ),
    "REFERENT_SEF": Role(
        "Référent SEF",
        "Suit au titre de l’ASE les jeunes de sa MDS et les oriente.",
        (*_COMMUN, *_REFERENT),
    ),
    "SLAI": Role(
        "SLAI",
        "Fait vivre le partenariat et reçoit le tableau mensuel de sa MDS.",
        (*_COMMUN, *_SLAI),
    ),
    "RESPONSABLE": Role(
        "Responsable de MDS",
        "Fait tout ce que font ses agents, et leur donne ou retire des rôles dans sa MDS.",
        (
            *_COMMUN,
            *_COORDONNATEUR,
            *_REFERENT,
            *_SLAI,
            Regle("Supprime un dossier créé par erreur.", DOSSIER, TENIR),
            Regle("Ouvre le tableau mensuel avec les noms.", ("tableau",), ("nominatif",)),
            Regle(
                "Accepte ou refuse le transfert d’un jeune vers sa MDS.",
                ("transfert",),
                ("lire", "modifier", "exporter"),
            ),
            Regle("Donne et retire des rôles dans sa MDS.", ("habilitation",), ECRIRE),
            Regle("Lit les comptes pour y choisir une personne.", ("compte",), ("lire",)),
            Regle("Lit le journal de sa MDS.", ("journal",), LIRE),
            Regle(
                "Décide de garder ou d’anonymiser un dossier resté"
                f" {CONSERVATION_DOSSIER_ANS.en_lettres} sans contact.",
                ("conservation",),
                ("lire", "creer", "exporter"),
            ),
            Regle("Lit les demandes des personnes de sa MDS.", ("demande_personne",), LIRE),
            Regle(
                "Remet à une personne la copie de son dossier (droit d’accès).",
                ("jeune",),
                ("copier",),
            ),
        ),
    ),
    "DPID": Role(
        "Pilotage départemental (DPID)",
        "Lit les chiffres et les tableaux de toutes les MDS, sans nom.",
        (
            *_COMMUN,
            Regle("Lit les tableaux mensuels, sans nom.", ("tableau",), LIRE),
            Regle(
                "Reçoit les tableaux envoyés, et envoie celui du Département.",
                ("envoi",),
                (*LIRE, "envoyer"),
            ),
            Regle(
                "Tient les conventions, leurs objectifs, les versements et les postes.",
                MOYENS,
                TENIR,
            ),
            Regle("Produit le bilan, sans nom.", ("bilan",), LIRE),
            Regle("Complète la partie qualitative du bilan.", ("texte_bilan",), TENIR),
            Regle(
                "Lit les permanences et comités des MDS, sans leurs comptes rendus, et tient ceux du Département.",
                INSTANCES,
                TENIR,
            ),
        ),
    ),
    "DPO": Role(
        "Délégué à la protection des données",
        "Lit le journal, et qui a accès à quoi ; tient le registre des demandes ; ne change rien au suivi.",
        (
            Regle("Lit l’annuaire et les listes de codes.", LISTES, LIRE),
            Regle("Lit et exporte le journal.", ("journal",), (*LIRE, "historique")),
            Regle("Lit qui a accès à quoi.", ("habilitation", "compte"), LIRE),
            Regle(
                "Lit, sans nom, la liste des dossiers restés"
                f" {CONSERVATION_DOSSIER_ANS.en_lettres} sans contact.",
                ("conservation",),
                LIRE,
            ),
            Regle("Tient le registre des demandes des personnes.", ("demande_personne",), ECRIRE),
        ),
    ),
    "ADMINISTRATEUR": Role(
        "Administrateur technique",
        "Gère les comptes, les listes de codes et les réglages ; ne lit aucun dossier.",
        (
            Regle("Gère les comptes.", ("compte",), ECRIRE),
            Regle("Gère toutes les habilitations.", ("habilitation", "toute_habilitation"), ECRIRE),
            Regle("Gère les listes de codes et l’annuaire.", LISTES, ECRIRE),
            Regle(
                "Lit l’histoire des comptes, des habilitations et des listes.",
                ("journal",),
                ("historique",),
            ),
        ),
    ),
}


def charger(connexion) -> None:
    """Write the roles and their rights into the base, so that the policies say what this file says."""
    roles = [
        {"code": code, "libelle": role.libelle, "phrase": role.phrase, "ordre": rang}
        for rang, (code, role) in enumerate(ROLES.items(), 1)
    ]
    ajout = insert(RoleMetier.__table__)
    connexion.execute(
        ajout.on_conflict_do_update(
            index_elements=["code"],
            set_={
                "libelle": ajout.excluded.libelle,
                "phrase": ajout.excluded.phrase,
                "ordre": ajout.excluded.ordre,
            },
        ),
        roles,
    )
    connexion.execute(delete(Droit))
    connexion.execute(
        insert(Droit.__table__),
        [
            {"role_code": code, "ressource": ressource, "acte": acte}
            for code, role in ROLES.items()
            for ressource, acte in role.droits()
        ],
    )
