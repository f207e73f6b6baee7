"""The one statement that counts all the indicators.

Read without counting, it lists the persons behind each.

The periods that ask the same of a population go together: its rows with every criterion answered
(``vus_…``). A list reads them as they are; a count first puts together those that answer alike
(``comptes_…``), then both go through the same ``_reponse_sql``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import TextClause, text

from .criteres import CRITERES
from .definitions import DEFINITIONS, SANS_SITUATION, Indicateur
from .demande import Periode
from .periodes import Periodes
from .populations import populations

ECARTE = "ecarte"
OBJETS = {"postes": "poste"} | dict.fromkeys(
    ("comites_de_suivi", "permanences", "comites_de_pilotage", "comites_techniques", "formations"),
    "instance",
)
"""What a population is made of, when not of youths."""
_DIT_PAR_UNE_SITUATION = {"sortants"}
"""The populations whose answers come from a situation, perhaps missing, perhaps carried over."""
_INCONNU = "cast(null as boolean)"


@dataclass(frozen=True)
class _Groupe:
    """Periods that ask for the same indicators of one population."""

    rang: int
    population: str
    indicateurs: tuple[Indicateur, ...]
    numeros: list[int]
    """The numbers of these periods."""

    @property
    def colonnes(self) -> frozenset[str]:
        """The columns that its indicators read."""
        lues: set[str] = set()
        for indicateur in self.indicateurs:
            lues.update(indicateur.colonnes)
            for critere in (*indicateur.criteres, *_criteres_du_parent(indicateur)):
                lues |= CRITERES[critere].lit
        return frozenset(lues)


def requete(periodes: Mapping[int, Periode], lire: str, *, ensemble: bool) -> TextClause:
    """``periodes``: those of the Département, or those of MDS, by their numbers.

    ``lire``: what is selected from ``reponses``; ``ensemble``: counts, else a line per person.
    """
    groupes = _grouper(periodes)
    voulues = _periodes_des_populations(groupes, periodes)
    ctes = [f"{nom} as {select}" for nom, select in populations(voulues).items()]
    reponses = []
    for groupe in groupes:
        ctes += _lignes_vues(groupe, len(voulues[groupe.population].jours), ensemble)
        reponses += [_reponse_sql(i, groupe.rang, ensemble) for i in groupe.indicateurs]
    union = "\nunion all\n".join(reponses)
    return text(f"with {', '.join(ctes)}, reponses as ({union})\n{lire}")


def _grouper(periodes: Mapping[int, Periode]) -> list[_Groupe]:
    numeros: dict[tuple[str, tuple[str, ...]], list[int]] = {}
    for numero, periode in periodes.items():
        demandes: dict[str, list[str]] = {}
        for indicateur in DEFINITIONS.values():
            if indicateur.code in periode.codes:
                demandes.setdefault(indicateur.parmi, []).append(indicateur.code)
        for population, codes in demandes.items():
            numeros.setdefault((population, tuple(codes)), []).append(numero)
    return [
        _Groupe(rang, population, tuple(DEFINITIONS[code] for code in codes), siens)
        for rang, ((population, codes), siens) in enumerate(numeros.items())
    ]


def _periodes_des_populations(
    groupes: Sequence[_Groupe], periodes: Mapping[int, Periode]
) -> dict[str, Periodes]:
    mds = frozenset(periode.mds for periode in periodes.values() if periode.mds)
    voulues: dict[str, Periodes] = {}
    for groupe in groupes:
        jours = {n: (periodes[n].du, periodes[n].au) for n in groupe.numeros}
        demande = Periodes(jours, mds, groupe.colonnes)
        deja = voulues.get(groupe.population, demande)
        voulues[groupe.population] = demande | deja
    return voulues


def _lignes_vues(groupe: _Groupe, nombre_de_periodes: int, ensemble: bool) -> list[str]:
    """The rows of a population with its criteria answered.

    To count, those that are alike are put together.
    """
    criteres: list[str] = []
    for indicateur in groupe.indicateurs:
        criteres += [*indicateur.criteres, *_criteres_du_parent(indicateur)]
    criteres = list(dict.fromkeys(criteres))
    modalites = list(dict.fromkeys(i.modalite for i in groupe.indicateurs if i.modalite))
    jours = dict.fromkeys(i.le for i in groupe.indicateurs if i.le not in modalites)
    colonnes = ["n as periode"]
    if groupe.population in OBJETS:
        colonnes += ["id", "valeur", *jours]
    else:
        colonnes += ["jeune_id as id", "cast(null as numeric) as valeur", *jours]
    if groupe.population in _DIT_PAR_UNE_SITUATION:
        colonnes += ["reprise", "observee_le is null as sans_situation"]
    colonnes += modalites
    colonnes += [f"({CRITERES[critere].sql}) is true as {critere}" for critere in criteres]
    ou = "true"
    if len(groupe.numeros) < nombre_de_periodes:
        ou = f"n in ({', '.join(map(str, groupe.numeros))})"
    vus = f"vus_{groupe.rang}"
    ctes = [f"{vus} as (select {', '.join(colonnes)} from {groupe.population} where {ou})"]
    if ensemble:
        pareils = ", ".join(["periode", *modalites, *criteres])
        ctes.append(
            f"comptes_{groupe.rang} as materialized (select {pareils}, count(*) as n,"
            f" sum(valeur) as valeur from {vus} group by {pareils})"
        )
    return ctes


def _reponse_sql(indicateur: Indicateur, rang: int, ensemble: bool) -> str:
    """The answer to one indicator, and why it is not known or not counted."""
    cas = []
    if indicateur.a_part:
        cas.append((indicateur.a_part.critere, indicateur.a_part.nom, indicateur.a_part.titre))
    cas += [(f"not {critere}", ECARTE, phrase) for critere, phrase in indicateur.si]
    reponse, raison = _reponse_et_raison(indicateur)
    colonnes = [
        "periode",
        f"'{indicateur.code}' as code",
        f"{_selon([(si, alors) for si, alors, _ in cas], reponse)} as reponse",
        f"cast({indicateur.modalite or 'null'} as text) as modalite",
        f"{indicateur.dont.critere if indicateur.dont else _INCONNU} as dont",
        "valeur",
    ]
    if ensemble:
        table = f"comptes_{rang}"
        colonnes.append("n")
    else:
        table = f"vus_{rang}"
        reprise = _INCONNU
        if indicateur.parmi in _DIT_PAR_UNE_SITUATION:
            reprise = "reprise"
        colonnes += [
            f"'{OBJETS.get(indicateur.parmi, 'jeune')}' as objet",
            "id",
            f"{_selon([(si, phrase) for si, _, phrase in cas], raison)} as raison",
            f"{reprise} as reprise",
            f"cast({indicateur.le} as date) as le",
        ]
    du_parent = " and ".join(_criteres_du_parent(indicateur, non="not ")) or "true"
    return f"select {', '.join(colonnes)} from {table} where {du_parent}"


def _criteres_du_parent(indicateur: Indicateur, non: str = "") -> list[str]:
    """What makes the parent count someone, and the parent's parent.

    ``non``: before what must not hold.
    """
    if indicateur.parent is None:
        return []
    parent = DEFINITIONS[indicateur.parent]
    criteres = _criteres_du_parent(parent, non) + [critere for critere, _ in parent.si]
    if parent.a_part:
        criteres.append(f"{non}{parent.a_part.critere}")
    return criteres


def _reponse_et_raison(indicateur: Indicateur) -> tuple[str, str]:
    """The answer of someone who is counted, and why it is not known."""
    oui = indicateur.oui
    inconnu = indicateur.inconnu
    if not oui:
        return "'oui'", "null"
    if not inconnu:
        return f"case when {oui} then 'oui' else 'non' end", "null"
    pourquoi = (
        f"case when sans_situation then {_citer(SANS_SITUATION)}"
        f" else {_citer(indicateur.si_inconnu)} end"
    )
    return (
        f"case when {oui} then 'oui' when {inconnu} then 'nr' else 'non' end",
        f"case when {inconnu} and not {oui} then {pourquoi} end",
    )


def _selon(cas: Sequence[tuple[str, str]], sinon: str) -> str:
    if not cas:
        return sinon
    quand = " ".join(f"when {si} then {_citer(alors)}" for si, alors in cas)
    return f"case {quand} else {sinon} end"


def _citer(phrase: str) -> str:
    return "'" + phrase.replace("'", "''").replace(":", r"\:") + "'"
