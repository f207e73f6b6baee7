"""What is handed out to partners, and what each kind of person counts in, for the attacks.

Each kind of person is asked to the criteria themselves, in the base: what binds two figures comes
from the definitions, and from nothing else.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import product

from sqlalchemy import text

from app.echanges.tableau import diffusion, disposition
from app.indicateurs import DEFINITIONS, trois_colonnes
from app.indicateurs.requete import _Groupe, _lignes_vues, _reponse_sql
from app.models.nomenclature import Logement
from app.regles.masque import MASQUE
from app.regles.parametres import TRANCHE_DIFFUSEE
from tests.attaquant import Attaque, Cellule, Somme

PAS = TRANCHE_DIFFUSEE.valeur

# --- The kinds of persons, as the definitions tell them apart

BOOLEENS = ("true", "false", "null")
JOUR, SANS_JOUR = "date '2025-06-15'", "cast(null as date)"
PARCOURS = (
    ("'scolaire'", "'LYCEE'", "false"),
    ("'pro'", "'CDI'", "false"),
    ("'pro'", "'APPRENTI'", "true"),
    ("'accompagnement'", "'CEJ'", "false"),
    ("'accompagnement'", "'ML'", "false"),
    ("'aucun'", "'SANS'", "false"),
    ("cast(null as text)", "cast(null as text)", "cast(null as boolean)"),
)
"""(parcours, code, in alternance): the kinds of situations."""


def _sortants(logements) -> Iterator[dict[str, str]]:
    du_logement = [
        {
            "logement_code": f"'{x.code}'",
            "loge": str(x.loge).lower() if x.loge is not None else "cast(null as boolean)",
            "stable": f"'{x.stable}'" if x.stable else "cast(null as text)",
        }
        for x in logements
    ]
    communs = {
        "le": JOUR,
        "premier_rdv": JOUR,
        "commun_avant": "true",
        "observee_le": JOUR,
        "reprise": "false",
        "fin_ressource_1": SANS_JOUR,
        "fin_ressource_2": SANS_JOUR,
        "reguliere_2": "cast(null as boolean)",
    }
    for ou, maintien, situation, reguliere, base, (decede, revenu) in product(
        du_logement,
        BOOLEENS,
        PARCOURS,
        BOOLEENS,
        BOOLEENS,
        (("false", "false"), ("true", "false"), ("false", "true")),
    ):
        yield {
            **communs,
            **ou,
            "maintien_6_mois": f"cast({maintien} as boolean)",
            "parcours": situation[0],
            "situation_pro_code": situation[1],
            "reguliere_1": f"cast({reguliere} as boolean)",
            "base": f"cast({base} as boolean)",
            "complementaire": "true",
            "decede": decede,
            "revenu": revenu,
        }


def _suivis(_) -> Iterator[dict[str, str]]:
    for mesure, age, alerte, dernier, commun, premier, situation in product(
        (JOUR, SANS_JOUR),
        range(15, 20),
        (JOUR, SANS_JOUR),
        (JOUR, SANS_JOUR),
        ("true", "false"),
        (JOUR, SANS_JOUR),
        PARCOURS,
    ):
        yield {
            "dernier_jour": JOUR,
            "premier_jour": mesure,
            "age": str(age),
            "alerte_du": alerte,
            "dernier_rdv": dernier,
            "commun": commun,
            "premier_rdv": premier,
            "parcours": situation[0],
            "situation_pro_code": situation[1],
            "alternance": situation[2],
        }


def _contacts(_) -> Iterator[dict[str, str]]:
    for rdv in (JOUR, "date '2025-07-31'", SANS_JOUR):
        yield {"le": JOUR, "fin": "date '2025-12-31'", "rdv_le": rdv, "delai": "0"}


def _enquetes(_) -> Iterator[dict[str, str]]:
    for repondu, satisfait, sollicite in product(("true", "false"), repeat=3):
        yield {
            "le": JOUR,
            "a_repondu": repondu,
            "satisfait": satisfait,
            "sollicite": sollicite,
            "par_lien": "false",
        }


def _relais(_) -> Iterator[dict[str, str]]:
    yield {"le": JOUR, "decede": "false", "en_binome_depuis": "false"}


def _une(_) -> Iterator[dict[str, str]]:
    yield {"le": JOUR}


def _oui_ou_non(colonne: str):
    """Rows that one column alone tells apart."""

    def rangees(_) -> Iterator[dict[str, str]]:
        for dit in ("true", "false"):
            yield {"le": JOUR, colonne: dit}

    return rangees


GENRES = {
    "suivis": _suivis,
    "sortants": _sortants,
    "contacts": _contacts,
    "enquetes": _enquetes,
    "relais": _relais,
    "entrees": _une,
    "sorties": _une,
    "lieux_atypiques": _une,
    "mobilites": _oui_ou_non("erasmus"),
    "freins_leves": _oui_ou_non("mobilite"),
}
"""Population → rows that make every criterion answer in every way."""


@dataclass(frozen=True)
class Genre:
    """A kind of person: what each indicator says of them."""

    reponses: frozenset[tuple[str, str, str | None, bool | None]]
    """(code, answer, modality, also in the line below)."""
    _comptes: dict[tuple[str, str], bool] = field(default_factory=dict, compare=False, repr=False)

    def __str__(self) -> str:
        return str(sorted(map(str, self.reponses)))

    def compte_dans(self, ligne: disposition.LigneDeChiffres) -> bool:
        """Worked out once for each line: every attack asks it of every table."""
        cle = (ligne.code, ligne.chemin)
        if cle not in self._comptes:
            self._comptes[cle] = any(_est_dans(ligne, reponse) for reponse in self.reponses)
        return self._comptes[cle]


def _est_dans(ligne: disposition.LigneDeChiffres, reponse) -> bool:
    code, mot, modalite, dont = reponse
    definition = DEFINITIONS[ligne.code]
    chemin = ligne.chemin
    if (ligne.code, chemin) == ("I6", "sollicites"):
        return (code, mot) == ("SOLLICITES", "oui")
    if code != ligne.code:
        return False
    if definition.dont and chemin == definition.dont.nom:
        return mot == "oui" and bool(dont)
    if definition.a_part and chemin == definition.a_part.nom:
        return mot == definition.a_part.nom
    if chemin.startswith("par_age."):
        return mot == "oui" and modalite == chemin.removeprefix("par_age.")
    if chemin.startswith("repartition."):
        return mot == "oui" and modalite == chemin.removeprefix("repartition.")
    reponses = {"nombre": ("oui",), "oui": ("oui",), "non": ("non",), "nr": ("nr",)}
    reponses |= {"n": ("oui", "non", "nr"), "repondants": ("oui", "non"), "non_loges": ("non",)}
    if ligne.code == "I8" and chemin == "n":
        return mot == "oui"
    return mot in reponses[chemin]


def lire_les_genres(session, population: str) -> list[Genre]:
    """Ask the criteria, in the base, what they answer of each row."""
    logements = session.query(Logement).order_by(Logement.ordre).all()
    rangees = list(GENRES[population](logements))
    colonnes = list(rangees[0])
    valeurs = ", ".join(
        f"(0, {numero}, {', '.join(rangee[c] for c in colonnes)})"
        for numero, rangee in enumerate(rangees)
    )
    indicateurs = tuple(i for i in DEFINITIONS.values() if i.parmi == population)
    groupe = _Groupe(0, population, indicateurs, [0])
    ctes = [
        f"{population}(n, jeune_id, {', '.join(colonnes)}) as (values {valeurs})",
        *_lignes_vues(groupe, 1, False),
    ]
    reponses = "\nunion all\n".join(_reponse_sql(i, 0, False) for i in indicateurs)
    lues: dict[int, set] = {}
    for ligne in session.execute(
        text(f"with {', '.join(ctes)} select id, code, reponse, modalite, dont from ({reponses}) r")
    ):
        if ligne.reponse != "ecarte":
            reponse = (ligne.code, ligne.reponse, ligne.modalite, ligne.dont)
            lues.setdefault(ligne.id, set()).add(reponse)
    return [Genre(reponses) for reponses in {frozenset(x) for x in lues.values()}]


# --- What is handed out


def lignes_de_jeunes(logements) -> list[disposition.LigneDeChiffres]:
    """The lines of the table that count youths, those of each housing included, in their order."""
    return [
        ligne
        for ligne in _toutes_les_lignes(logements)
        if ligne.compte_des_jeunes and ligne.code != "I12" and ligne.chemin != "taux"
    ]


def _toutes_les_lignes(logements) -> Iterator[disposition.LigneDeChiffres]:
    for ligne in disposition.LIGNES_DE_CHIFFRES:
        yield ligne
        if (ligne.code, ligne.chemin) == (diffusion.LOGEMENT, "n"):
            for code, _ in logements:
                yield disposition.LigneDeChiffres("I8", f"repartition.{code}")


@dataclass(frozen=True)
class Remis:
    """A table handed out: what is printed, and the true numbers."""

    nom: str
    imprimes: dict[tuple[str, str, str], str]
    """(column, code, path) → what is read."""
    vrais: dict[tuple[str, str, str], int]


def remettre(nom: str, versions: list[diffusion.EnvoiFige], logements) -> Remis:
    """The last of ``versions``, told as the others were told before it."""
    remis = Remis(nom, {}, {})
    lues = zip(_toutes_les_lignes(logements), diffusion.lignes(versions), strict=True)
    for ligne, imprimee in lues:
        for colonne, dit in zip(disposition.PERIODES, imprimee.cellules, strict=True):
            cle = (colonne, ligne.code, ligne.chemin)
            remis.imprimes[cle] = dit
            if ligne.chemin != "taux" and ligne.compte_des_jeunes:
                valeur = versions[-1].chiffres[colonne][ligne.code]["valeurs"]
                for partie in ligne.chemin.split("."):
                    valeur = valeur.get(partie, 0)
                remis.vrais[cle] = valeur
    return remis


def figes(mois: date, mds: str | None) -> diffusion.EnvoiFige:
    """The figures of a month, as a table that is sent freezes them."""
    colonnes = {
        colonne: {c.code: {"valeurs": c.valeurs, "texte": c.texte} for c in resultats}
        for colonne, resultats in trois_colonnes(mois, mds).items()
    }
    return diffusion.EnvoiFige(mois, colonnes)


def tous_les_logements(session) -> list[tuple[str, str]]:
    return [tuple(ligne) for ligne in session.execute(diffusion._TOUS_LES_LOGEMENTS)]


# --- What is read of it


@dataclass
class Lecture:
    """What whoever attacks reads of the tables handed out: a kind of persons a variable."""

    attaque: Attaque
    genres: list[Genre]
    """Those of one population."""
    lignes: list[disposition.LigneDeChiffres]
    """Those that count some of these kinds."""
    variables: dict[tuple[str, str], list[int]]
    """(table, column) → how many persons of each kind."""
    dits: dict[Cellule, Somme] = field(default_factory=dict)
    """The number that the words are those of, where it is not the one that was found."""

    def lire(
        self,
        table: Remis,
        colonne: str,
        rectifie: Remis | None = None,
        avant: Remis | None = None,
    ) -> None:
        """``rectifie``: the table that this one corrects, ``avant``: that of the month before whose
        year so far may be told again; their words were read before."""
        variables = [self.attaque.inconnue() for _ in self.genres]
        self.variables[table.nom, colonne] = variables
        for ligne in self.lignes:
            cle = (colonne, ligne.code, ligne.chemin)
            nom = (table.nom, *cle)
            siens = zip(self.genres, variables, strict=True)
            comptes = [v for genre, v in siens if genre.compte_dans(ligne)]
            self.attaque.cellule(nom, comptes, table.vrais[cle])
            if rectifie is not None and rectifie.imprimes[cle] == table.imprimes[cle]:
                self._lire_qui_reste(nom, (rectifie.nom, *cle))
            elif avant is not None and avant.imprimes[cle] == table.imprimes[cle]:
                _, haut = _bornes(table.imprimes[cle])
                self._lire_le_cumul(nom, (avant.nom, *cle), haut)
            else:
                self.attaque.savoir(nom, *_bornes(table.imprimes[cle]))
        for ligne in self.lignes:
            if ligne.chemin == "oui":
                self._lire_le_taux(table, colonne, ligne.code)

    def _lire_qui_reste(self, nom: Cellule, ancien: Cellule) -> None:
        """The same words as in the table that is corrected: fewer than ten more, or fewer."""
        self.dits[nom] = self._dit(ancien)
        self._borner_l_ecart(self.attaque.cellules[nom], self.dits[nom], 1 - PAS, PAS - 1)

    def _lire_le_cumul(self, nom: Cellule, ancien: Cellule, haut: int) -> None:
        """The same words as a month before: the larger of the two numbers, fewer than ten below."""
        trouve = self.attaque.cellules[nom]
        self._borner_l_ecart(trouve, self._dit(ancien), 1 - PAS, float("inf"))
        dit = {self.attaque.inconnue(haut): 1}
        for nombre in (trouve, self._dit(ancien)):
            self._borner_l_ecart(dit, nombre, 0, float("inf"))
        self.dits[nom] = dit

    def _borner_l_ecart(self, grande: Somme, petite: Somme, bas: float, haut: float) -> None:
        somme = dict(grande)
        for variable, combien in petite.items():
            somme[variable] = somme.get(variable, 0) - combien
        self.attaque.borner(somme, bas, haut)

    def _dit(self, nom: Cellule) -> Somme:
        return self.dits.get(nom, self.attaque.cellules[nom])

    def _lire_le_taux(self, table: Remis, colonne: str, code: str) -> None:
        """« environ 80 % »: between 75 and 85 % of oui."""
        dit = table.imprimes[colonne, code, "taux"]
        if dit == MASQUE:
            return
        environ = int(re.fullmatch(r"environ (\d+) %", dit)[1])
        sommes = [self._dit((table.nom, colonne, code, chemin)) for chemin in ("oui", "non")]
        for borne, signe in ((environ - PAS / 2, 1), (environ + PAS / 2, -1)):
            somme: dict[int, float] = {}
            for nombre, poids in zip(sommes, (100 - borne, -borne), strict=True):
                for variable, combien in nombre.items():
                    somme[variable] = somme.get(variable, 0) + signe * poids * combien
            self.attaque.borner(somme, 0, float("inf"))


def ouvrir(genres: list[Genre], lignes, attaque: Attaque | None = None) -> Lecture:
    """Nothing read yet; ``genres``: those of one population."""
    genres = distincts(genres, lignes)
    comptees = [ligne for ligne in lignes if any(genre.compte_dans(ligne) for genre in genres)]
    return Lecture(attaque or Attaque(), genres, comptees, {})


def distincts(genres: list[Genre], lignes) -> list[Genre]:
    """One kind for all those that the same lines count."""
    par_lignes = {tuple(g.compte_dans(ligne) for ligne in lignes): g for g in genres}
    return list(par_lignes.values())


def _bornes(dit: str) -> tuple[int, int]:
    """What the printed words say of a number."""
    if moins := re.fullmatch(r"moins de (\d+)", dit):
        return 0, int(moins[1]) - 1
    bornes = re.fullmatch(r"de (\d+) à (\d+)", dit)
    return int(bornes[1]), int(bornes[2])
