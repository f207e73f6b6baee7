"""WHO may do WHAT: the roles of the mission as data. What is not given is refused.

A right is given to a role on a noun (``ressource``) for some acts, with the sentence that a person
reads about it. Here stand the sentences that cover several nouns (« familles ») or a page; those of
one noun are on its model (``droits``: app/models/declaration.py).

``flask tandem init`` copies all of them into the base (``role``, ``droit``), where the policies
read them; the screens read them here. One habilitation gives one role in one MDS, or in all.
"""

from dataclasses import dataclass, field, replace

from sqlalchemy import Connection, delete
from sqlalchemy.dialects.postgresql import insert

from app.models import Droit, RoleMetier, catalogue
from app.models.declaration import ECRIRE, LIRE, TENIR, DeclarationRefusee, Famille

DOSSIER = catalogue.famille(Famille.DOSSIER)
ASE = catalogue.famille(Famille.ASE)
SUIVI = catalogue.famille(Famille.SUIVI)
RENCONTRES = catalogue.famille(Famille.RENCONTRES)
INSTANCES = catalogue.famille(Famille.INSTANCES)
PARTENAIRES = catalogue.famille(Famille.PARTENAIRES)
MOYENS = catalogue.famille(Famille.MOYENS)
LISTES = catalogue.famille(Famille.LISTES)


@dataclass(frozen=True)
class Regle:
    """A right, as the sentence that a person reads, and what it opens."""

    phrase: str
    ressources: tuple[str, ...]
    actes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Role:
    """What people call a role, and its rights; ``de_ses_agents``: the roles whose rights it has."""

    libelle: str
    phrase: str
    regles: tuple[Regle, ...]
    de_ses_agents: tuple[str, ...] = ()
    _actes: dict[str, set[str]] = field(init=False, compare=False, hash=False)

    def __post_init__(self) -> None:
        actes: dict[str, set[str]] = {}
        for regle in self.regles:
            for ressource in regle.ressources:
                actes.setdefault(ressource, set()).update(regle.actes)
        object.__setattr__(self, "_actes", actes)

    def actes(self, ressource: str) -> set[str]:
        """What it may do with this noun or this page."""
        return self._actes.get(ressource, set())

    def droits(self) -> list[tuple[str, str]]:
        """All its rights: (noun, act)."""
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
    Regle(
        (
            "Crée et modifie les suivis : accompagnements, binômes, rencontres, situations, "
            "freins, enquêtes, mobilisations."
        ),
        SUIVI,
        TENIR,
    ),
    Regle("Tient les permanences et les comités.", INSTANCES, TENIR),
    Regle("Démarche les partenaires.", PARTENAIRES, ECRIRE),
    Regle("Prépare le tableau mensuel.", ("tableau",), ("lire", "creer", "exporter")),
    Regle("Produit le bilan de sa MDS, sans nom.", ("bilan",), LIRE),
    Regle(
        "Importe et exporte le classeur de reprise.", ("classeur",), ("lire", "creer", "exporter")
    ),
)
_REFERENT = (
    Regle("Crée et modifie les jeunes de sa MDS.", DOSSIER, ECRIRE),
    Regle("Tient les mesures ASE et les alertes.", ASE, TENIR),
    Regle("Prévoit et enregistre les rencontres.", RENCONTRES, TENIR),
    Regle(
        "Lit les suivis, les instances et les partenaires.",
        (*SUIVI, *INSTANCES, *PARTENAIRES),
        LIRE,
    ),
    Regle(
        "Importe et exporte le classeur de reprise.", ("classeur",), ("lire", "creer", "exporter")
    ),
)
_SLAI = (
    Regle("Lit les jeunes de sa MDS et leur suivi.", (*DOSSIER, *ASE, *SUIVI), LIRE),
    Regle("Tient les partenaires et leurs contacts.", PARTENAIRES, TENIR),
    Regle("Tient les permanences et les comités.", INSTANCES, ECRIRE),
    Regle("Vérifie et reçoit le tableau mensuel.", ("tableau",), ("lire", "exporter")),
    Regle("Lit le bilan de sa MDS et ses textes, sans nom.", ("bilan", "texte_bilan"), LIRE),
    Regle("Exporte le classeur de reprise.", ("classeur",), ("lire", "exporter")),
)

_ROLES: dict[str, Role] = {
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
            Regle("Supprime un dossier créé par erreur.", DOSSIER, TENIR),
            Regle("Ouvre le tableau mensuel avec les noms.", ("tableau",), ("nominatif",)),
            Regle("Lit le journal de sa MDS.", ("journal",), LIRE),
        ),
        de_ses_agents=("COORDONNATEUR", "REFERENT_SEF", "SLAI"),
    ),
    "DPID": Role(
        "Pilotage départemental (DPID)",
        "Lit les chiffres et les tableaux de toutes les MDS, sans nom.",
        (
            *_COMMUN,
            Regle("Lit les tableaux mensuels, sans nom.", ("tableau",), LIRE),
            Regle(
                "Tient les conventions, leurs objectifs, les versements et les postes.",
                MOYENS,
                TENIR,
            ),
            Regle("Produit le bilan, sans nom.", ("bilan",), LIRE),
            Regle(
                (
                    "Lit les permanences et comités des MDS, sans leurs comptes rendus, et tient "
                    "ceux du Département."
                ),
                INSTANCES,
                TENIR,
            ),
        ),
    ),
    "DPO": Role(
        "Délégué à la protection des données",
        (
            "Lit le journal, et qui a accès à quoi ; tient le registre des demandes ; ne change "
            "rien au suivi."
        ),
        (
            Regle("Lit l’annuaire et les listes de codes.", LISTES, LIRE),
            Regle("Lit et exporte le journal.", ("journal",), (*LIRE, "historique")),
            Regle("Lit qui a accès à quoi.", ("habilitation", "compte"), LIRE),
        ),
    ),
    "ADMINISTRATEUR": Role(
        "Administrateur technique",
        "Gère les comptes, les listes de codes et les réglages ; ne lit aucun dossier.",
        (
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


def _composer() -> dict[str, Role]:
    """The roles, with the rights that each noun declares and, for a responsable, its agents'."""
    propres: dict[str, list[Regle]] = {code: [] for code in _ROLES}
    for table in catalogue.noms():
        for droit in catalogue.declaration_de(table).droits:
            if droit.role not in _ROLES:
                roles = ", ".join(_ROLES)
                raise DeclarationRefusee(
                    f"la table « {table} » donne un droit au rôle « {droit.role} », qui n’existe"
                    f" pas ; les rôles sont : {roles}."
                )
            ressource = (catalogue.ressource_de(table),)
            propres[droit.role].append(Regle(droit.phrase, ressource, droit.actes))
    seuls = {c: replace(r, regles=(*r.regles, *propres[c])) for c, r in _ROLES.items()}
    return {code: _avec_ses_agents(role, seuls) for code, role in seuls.items()}


def _avec_ses_agents(role: Role, roles: dict[str, Role]) -> Role:
    """A sentence that two of them have is read once."""
    regles = [regle for agent in role.de_ses_agents for regle in roles[agent].regles]
    return replace(role, regles=tuple(dict.fromkeys((*regles, *role.regles))))


ROLES: dict[str, Role] = _composer()
"""By code, in the order in which people read them."""


def charger(connexion: Connection) -> None:
    """Write the roles and their rights into the base, where the policies read them."""
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
