"""Who is looked at: the populations of ``definitions.py``, a row per period and person.

A statement looks at several periods at once (``Periodes``), each with its MDS or all of the whole
Département. What does not depend on the period (days followed, ends of stays, situations) is read
once for the whole span, then joined to the periods. All ends of intervals are inclusive;
``coalesce(au, 'infinity')`` = still running; ``least`` and ``greatest`` ignore what is empty.
Measured on 100,000 youths: pairs of dates cost half of what multiranges do.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .periodes import COMPTE, SEJOUR_ROMPU, TRIPARTITE_TENU, Periodes, age
from .sorties import (
    deces,
    derniers,
    situations_de_sortie,
    situations_retenues,
    sortants,
    sorties_de_l_ase,
)


def territoire(demande: Periodes) -> str:
    """The days a youth is attached to one of the MDS.

    Nothing recorded = that of the file since always.
    """
    return """
select r.mds_rattachement_id as mds, r.jeune_id, r.du, coalesce(r.au, 'infinity') as au
from rattachement r
where r.mds_rattachement_id = any(:les_mds)
union all
select j.mds_id, j.id, '-infinity', 'infinity' from jeune j
where j.mds_id = any(:les_mds) and not exists (select from rattachement r where r.jeune_id = j.id)
"""


def sejours(demande: Periodes) -> str:
    """The days when a youth is followed (in the MDS), of all those that reach into the span."""
    naissance = ""
    ne_le = "cast(null as date) as date_naissance"
    if demande.lit("age"):
        naissance = "join jeune j on j.id = a.jeune_id"
        ne_le = "j.date_naissance"
    if not demande.mds:
        return f"""
select cast(null as int) as mds, a.jeune_id, {ne_le}, a.du, coalesce(a.au, 'infinity') as au
from accompagnement a {naissance}
where {COMPTE} and a.du <= {demande.fin} and (a.au is null or a.au >= {demande.debut})
"""
    return f"""
select t.mds, a.jeune_id, {ne_le}, greatest(a.du, t.du) as du, least(a.au, t.au) as au
from accompagnement a join territoire t on t.jeune_id = a.jeune_id {naissance}
where {COMPTE} and a.du <= {demande.fin} and (a.au is null or a.au >= {demande.debut})
  and t.du <= {demande.fin} and t.au >= {demande.debut}
  and greatest(a.du, t.du) <= least(a.au, t.au)
"""


def rendez_vous(demande: Periodes) -> str:
    """The first rendez-vous tripartite that was held."""
    return f"""
select r.jeune_id, min(r.le) as premier from rencontre r
where {TRIPARTITE_TENU} and r.le <= {demande.fin} group by r.jeune_id
"""


# What presences says beside the days followed: what is asked → (its columns, the join they need).
# ``{fin}``: the last day of all the periods; what begins later is left out before it is joined.
_SOUS_MESURE = (
    """min(greatest(c.du, m.du)) filter (
    where m.du <= c.au and coalesce(m.au, 'infinity') >= c.du
  ) as premier_jour,
  max(coalesce(m.au, 'infinity')) filter (where m.du is not null) as fin_mesure""",
    "left join mesure m on m.jeune_id = c.jeune_id and m.du <= c.fin and m.du <= {fin}",
)
_EN_BINOME = (
    """coalesce(bool_or(b.du <= c.au and coalesce(b.au, 'infinity') >= c.du), false) as commun,
  max(coalesce(b.au, 'infinity')) filter (where b.du is not null) as fin_binome""",
    # Without référent, the coordonnateur is alone: no figure counts it.
    """left join binome b on b.jeune_id = c.jeune_id and b.du <= c.fin and b.du <= {fin}
  and b.referent_ase is not null""",
)
_EN_ALERTE = (
    "min(e.du) as alerte_du",
    """left join alerte e on e.jeune_id = c.jeune_id and e.du <= c.fin and e.du <= {fin}
  and (e.au is null or e.au >= c.debut)""",
)
_SITUATION = ("situation_pro_code", "parcours", "alternance")


def presences(demande: Periodes) -> str:
    """One row per period and youth followed at least one day of it (in the MDS)."""
    faits = []
    if demande.lit("premier_jour", "age", "en_binome_depuis"):
        faits.append(_SOUS_MESURE)
    if demande.lit("commun", "en_binome_depuis", *_SITUATION):
        faits.append(_EN_BINOME)
    if demande.lit("alerte_du", "dernier_rdv"):
        faits.append(_EN_ALERTE)
    colonnes = ", ".join(["max(c.au) as dernier_jour", *(colonnes for colonnes, _ in faits)])
    jointures = " ".join(jointure.format(fin=demande.fin) for _, jointure in faits)
    pendant = "true"
    if len(demande.jours) > 1:
        pendant = "c.du <= p.au and c.au >= p.du"
    return f"""
select c.n, c.fin, c.jeune_id, c.date_naissance, {colonnes}
from (
  select p.n, p.du as debut, p.au as fin, c.jeune_id, c.date_naissance,
    greatest(c.du, p.du) as du, least(c.au, p.au) as au
  from {demande.table} join sejours c on {pendant} and {demande.dans_sa_mds("c.mds")}
) c
{jointures}
group by c.n, c.fin, c.jeune_id, c.date_naissance
"""


def situations(demande: Periodes) -> str:
    """Each situation that holds some day of the span: until the next one of the same youth."""
    return f"""
select s.*
from (
  select s.jeune_id, s.situation_pro_code, s.observee_le,
    lead(s.observee_le, 1, 'infinity') over (partition by s.jeune_id order by s.observee_le)
      as suivante
  from situation s
  where s.observee_le <= {demande.fin} and {demande.passe_par_la("s.jeune_id")}
) s
where s.suivante > {demande.debut}
"""


def suivis(demande: Periodes) -> str:
    """Those followed, with what is asked of their days."""
    colonnes = ["p.*"]
    jointures = []
    if demande.lit("age"):
        colonnes.append(f"{age('p.date_naissance', 'p.premier_jour')} as age")
    if demande.lit("dernier_rdv"):
        colonnes.append(f"""case when p.alerte_du is not null then (
    select max(r.le) from rencontre r
    where r.jeune_id = p.jeune_id and {TRIPARTITE_TENU} and r.le <= p.fin
  ) end as dernier_rdv""")
    if demande.lit("premier_rdv", *_SITUATION):
        colonnes.append("case when r.premier <= p.fin then r.premier end as premier_rdv")
        jointures.append("left join rendez_vous r on r.jeune_id = p.jeune_id")
    if not demande.lit(*_SITUATION):
        return f"""
select {", ".join(colonnes)}
from presences p
{" ".join(jointures)}
"""
    # The list is looked up once the situations are known (« offset 0 »), not once a youth.
    return f"""
select x.*, n.parcours, n.alternance
from (
  select {", ".join(colonnes)}, s.situation_pro_code
  from presences p
  {" ".join(jointures)}
  left join situations s on p.commun and r.premier <= p.fin and s.jeune_id = p.jeune_id
    and s.observee_le <= p.dernier_jour and s.suivante > p.dernier_jour
  offset 0
) x
left join situation_pro n on n.code = x.situation_pro_code
"""


def relais(demande: Periodes) -> str:
    """Those who are still followed after their last exit, with no mesure since.

    Among the mesures begun by the end of the period none goes beyond ``fin_mesure``, and the next
    one, begun later, is too far to prolong the stay.
    """
    return f"""
select p.n, p.jeune_id, p.fin_mesure as le, d.jeune_id is not null as decede,
  coalesce(p.fin_binome > p.fin_mesure, false) as en_binome_depuis
from presences p
left join deces d on d.jeune_id = p.jeune_id and d.le = p.fin_mesure
where p.fin_mesure < p.dernier_jour and not exists (
  select from mesure m
  where m.jeune_id = p.jeune_id and m.du > {demande.premiere_fin} and m.du > p.fin
    and m.du <= p.fin_mesure + {SEJOUR_ROMPU}
)
"""


def contacts(demande: Periodes) -> str:
    """Youths contacted in the period, and the first rendez-vous tripartite that follows.

    Of several contacts in it (and in the MDS), the last: a later one changes no past period. A
    rendez-vous of before the last contact follows an earlier one, and does not count.
    """
    return f"""
select n, fin, jeune_id, le, rdv_le, rdv_le - le as delai
from (
  select p.n, p.au as fin, j.jeune_id, j.le, case when j.rdv_le <= p.au then j.rdv_le end as rdv_le
  from {demande.table} join premiers_rdv j on {demande.dedans("j.le")} and j.suivant > p.au
    and {demande.dans_sa_mds("j.mds")}
) c
"""


def premiers_rdv(demande: Periodes) -> str:
    """Contacts of the span (in each MDS), each with the earliest rendez-vous tripartite that
    follows and the day of the next contact."""
    mds = "cast(null as int)"
    de_qui = "jeune_id"
    jointure = ""
    if demande.mds:
        mds = "t.mds"
        de_qui = "mds, jeune_id"
        jointure = (
            "join territoire t on t.jeune_id = o.jeune_id and o.contact_le between t.du and t.au"
        )
    return f"""
select mds, jeune_id, le, rdv_le,
  lead(le, 1, 'infinity') over (partition by {de_qui} order by le) as suivant
from (
  select {mds} as mds, o.jeune_id, o.contact_le as le, min(r.le) as rdv_le
  from orientation o {jointure}
  left join rencontre r on r.jeune_id = o.jeune_id
    and r.type_code = 'TRIPARTITE' and r.statut_code <> 'ANNULEE' and r.le >= o.contact_le
    and r.le between {demande.debut} and {demande.fin}
  where o.contact_le between {demande.debut} and {demande.fin}
  group by mds, o.jeune_id, o.contact_le
) c
"""


def enquetes(demande: Periodes) -> str:
    """Who answered in the period (their last answer) and who was asked in it."""
    return f"""
select n, jeune_id, coalesce(r.le, s.le) as le, r.le is not null as a_repondu, r.satisfait,
  s.le is not null as sollicite, coalesce(r.par_lien, false) as par_lien
from (
  select p.n, q.jeune_id, q.repondue_le as le, q.par_lien, c.satisfait
  from {demande.table} join (
    select distinct on (p.n, e.jeune_id) p.n, e.jeune_id, e.repondue_le, e.par_lien,
      coalesce(e.reponse_code, c.reponse_code) as reponse_code
    from {demande.table} join enquete e on e.repondue_le between p.du and p.au
    left join reponse_confiee c on c.enquete_id = e.id
    where e.repondue_le between {demande.debut} and {demande.fin}
      and (e.reponse_code is not null or c.reponse_code is not null)
    order by p.n, e.jeune_id, e.repondue_le desc, e.demandee_le desc
  ) q on q.n = p.n
  join reponse_enquete c on c.code = q.reponse_code
  where {demande.attache("q.jeune_id", "q.repondue_le")}
) r
full join (
  select p.n, q.jeune_id, max(q.demandee_le) as le
  from {demande.table} join enquete q on q.demandee_le between p.du and p.au
    and {demande.attache("q.jeune_id", "q.demandee_le")}
  where q.demandee_le between {demande.debut} and {demande.fin}
  group by p.n, q.jeune_id
) s using (n, jeune_id)
"""


def mouvements(colonne: str) -> Callable[[Periodes], str]:
    """Those who enter (``du``) or leave (``au``) the scheme in the period."""

    def select(demande: Periodes) -> str:
        return f"""
select p.n, a.jeune_id, max(a.{colonne}) as le
from {demande.table} join accompagnement a on a.{colonne} between p.du and p.au
  and {demande.attache("a.jeune_id", f"a.{colonne}")}
where {COMPTE} and a.{colonne} between {demande.debut} and {demande.fin}
group by p.n, a.jeune_id
"""

    return select


LIEUX_ATYPIQUES = ("CAFE_SOLIDAIRE", "MEDIATHEQUE", "ENTREPRISE", "EXTERIEUR")
"""The places of a rencontre that are neither an office, nor where the youth lives, nor remote."""


def lieux_atypiques(demande: Periodes) -> str:
    """Those met in one of these places in the period."""
    lieux = ", ".join(f"'{code}'" for code in LIEUX_ATYPIQUES)
    return f"""
select p.n, r.jeune_id, max(r.le) as le
from {demande.table} join rencontre r on r.le between p.du and p.au
  and {demande.attache("r.jeune_id", "r.le")}
where r.statut_code = 'TENUE' and r.jeune_present and r.lieu_code in ({lieux})
  and r.le between {demande.debut} and {demande.fin}
group by p.n, r.jeune_id
"""


def mobilites(demande: Periodes) -> str:
    """Those away at least one day of the period, since its first such day."""
    depuis = "greatest(m.du, p.du)"
    return f"""
select p.n, m.jeune_id, min({depuis}) as le, bool_or(m.genre_code = 'ERASMUS') as erasmus
from {demande.table} join mobilite m on m.du <= p.au and coalesce(m.au, 'infinity') >= p.du
  and {demande.attache("m.jeune_id", depuis)}
group by p.n, m.jeune_id
"""


def freins_leves(demande: Periodes) -> str:
    """Those of whom a frein is lifted in the period."""
    return f"""
select p.n, f.jeune_id, max(f.leve_le) as le, bool_or(f.theme_code = 'MOBILITE') as mobilite
from {demande.table} join frein f on f.leve_le between p.du and p.au
  and {demande.attache("f.jeune_id", "f.leve_le")}
where f.leve_le between {demande.debut} and {demande.fin}
group by p.n, f.jeune_id
"""


def postes(demande: Periodes) -> str:
    """The postes that run on the last day of the period."""
    return f"""
select p.n, o.id, o.du as le, o.etp as valeur,
  o.telephone_fourni_le <= p.au and o.ordinateur_fourni_le <= p.au
    and o.frais_deplacement as equipe
from {demande.table} join poste o on o.du <= p.au and coalesce(o.au, 'infinity') >= p.au
"""


def instances(type_code: str, de_la_mds: str = "true") -> Callable[[Periodes], str]:
    """The meetings of a kind; ``de_la_mds``: which ones, when an MDS is asked for."""

    def select(demande: Periodes) -> str:
        ou = "true"
        if demande.mds:
            ou = de_la_mds
        return f"""
select p.n, i.id, i.le, i.statut_code, i.coordonnateur_present, i.jeunes_recus as valeur
from {demande.table} join instance i on i.type_code = '{type_code}'
  and i.le between p.du and p.au and {ou}
"""

    return select


_DE_LA_MDS = "i.mds_id = p.mds"
_OUVERTE_A_LA_MDS = "(i.mds_id is null or i.mds_id = p.mds)"
_DES_INSTANCES = frozenset({"le", "statut_code", "coordonnateur_present", "valeur"})


@dataclass(frozen=True)
class Population:
    """A select, the others that it reads, and the columns that criteria may read of it."""

    select: Callable[[Periodes], str]
    lues: tuple[str, ...] = ()
    colonnes: frozenset[str] = frozenset()
    """Empty: read by other populations only, never by an indicator."""
    est_partagee: bool = False
    """Computed once and for all: read by several, or to be had before the lists are looked up."""


POPULATIONS: dict[str, Population] = {
    "territoire": Population(territoire, est_partagee=True),
    "sejours": Population(sejours, ("territoire",), est_partagee=True),
    "rendez_vous": Population(rendez_vous, est_partagee=True),
    "deces": Population(deces, est_partagee=True),
    "presences": Population(presences, ("sejours",), est_partagee=True),
    "situations": Population(situations, ("territoire",)),
    "suivis": Population(
        suivis,
        ("presences", "rendez_vous", "situations"),
        frozenset({"premier_jour", "dernier_jour", "age", "alerte_du", "dernier_rdv", "commun"})
        | {"premier_rdv", *_SITUATION},
    ),
    "relais": Population(
        relais, ("presences", "deces"), frozenset({"le", "decede", "en_binome_depuis"})
    ),
    "premiers_rdv": Population(premiers_rdv, ("territoire",)),
    "contacts": Population(
        contacts, ("premiers_rdv",), frozenset({"le", "fin", "rdv_le", "delai"})
    ),
    "sorties_de_l_ase": Population(sorties_de_l_ase, ("territoire",)),
    "derniers": Population(derniers, ("sorties_de_l_ase", "territoire"), est_partagee=True),
    "situations_retenues": Population(
        situations_retenues, ("derniers", "deces", "rendez_vous"), est_partagee=True
    ),
    "situations_de_sortie": Population(
        situations_de_sortie, ("situations_retenues",), est_partagee=True
    ),
    "sortants": Population(
        sortants,
        ("derniers", "situations_de_sortie"),
        frozenset({"le", "decede", "revenu", "commun_avant", "premier_rdv", "situation_pro_code"})
        | {"parcours", "logement_code", "loge", "stable", "maintien_6_mois"}
        | {"reguliere_1", "fin_ressource_1", "reguliere_2", "fin_ressource_2"}
        | {"base", "complementaire"},
    ),
    "enquetes": Population(
        enquetes,
        ("territoire",),
        frozenset({"le", "a_repondu", "satisfait", "sollicite", "par_lien"}),
    ),
    "entrees": Population(mouvements("du"), ("territoire",), frozenset({"le"})),
    "sorties": Population(mouvements("au"), ("territoire",), frozenset({"le"})),
    "lieux_atypiques": Population(lieux_atypiques, ("territoire",), frozenset({"le"})),
    "mobilites": Population(mobilites, ("territoire",), frozenset({"le", "erasmus"})),
    "freins_leves": Population(freins_leves, ("territoire",), frozenset({"le", "mobilite"})),
    "postes": Population(postes, colonnes=frozenset({"le", "valeur", "equipe"})),
    "comites_de_suivi": Population(instances("COMITE_SUIVI", _DE_LA_MDS), (), _DES_INSTANCES),
    "permanences": Population(instances("PERMANENCE", _DE_LA_MDS), (), _DES_INSTANCES),
    "comites_de_pilotage": Population(instances("COPIL"), (), _DES_INSTANCES),
    "comites_techniques": Population(
        instances("COMITE_TECHNIQUE", _OUVERTE_A_LA_MDS), (), _DES_INSTANCES
    ),
    "formations": Population(instances("FORMATION", _OUVERTE_A_LA_MDS), (), _DES_INSTANCES),
}
"""Each after those it reads."""


def populations(voulues: Mapping[str, Periodes]) -> dict[str, str]:
    """Name → select, in an order where each reads only those above it.

    ``voulues``: each population asked for, and its periods.
    """
    periodes = dict(voulues)
    for nom, population in reversed(POPULATIONS.items()):
        if nom not in periodes:
            continue
        for lue in population.lues:
            periodes[lue] = periodes[nom] | periodes.get(lue, periodes[nom])
    if not any(demande.mds for demande in voulues.values()):
        periodes.pop("territoire", None)
    selects = {}
    for nom, population in POPULATIONS.items():
        if nom in periodes:
            select = f"({population.select(periodes[nom])})"
            selects[nom] = f"materialized {select}" if population.est_partagee else select
    return selects
