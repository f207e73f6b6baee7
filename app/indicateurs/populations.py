"""Who is looked at: the populations of ``definitions.py``, each one select that gives a row per period and person.

A statement looks at several periods at once (``Periodes``), each with its MDS or all of the whole Département. What does
not depend on the period (days followed, ends of stays, situations) is read once for the whole span, then joined to the
periods. All ends of intervals are inclusive; ``coalesce(au, 'infinity')`` = still running; ``least`` and ``greatest``
ignore what is empty. Measured on 100,000 youths: pairs of dates cost half of what multiranges do.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from app.regles import parametres as p

# --- Expressions ------------------------------------------------------------------------------------------------------

COMPTE = "a.motif_sortie_code is distinct from 'ERREUR'"
"""The accompagnement ``a`` was not opened by mistake."""

TRIPARTITE_TENU = (
    "r.type_code = 'TRIPARTITE' and r.statut_code = 'TENUE' and r.jeune_present and r.coordonnateur_present"
    " and (r.service_ase_present or r.lieu_accueil_present)"
)


SEJOUR_ROMPU = p.ECART_ENTRE_MESURES_JOURS + 1
"""A mesure that begins more than so many days after an end is another stay."""


def est_sortie(jeune: str, le: str) -> str:
    """The mesure that ends on ``le`` ends a stay in the ASE: no other goes on beyond, starting at most 30 days after."""
    return (
        f"not exists (select from mesure n where n.jeune_id = {jeune} and n.du <= {le} + {SEJOUR_ROMPU}"
        f" and coalesce(n.au, 'infinity') > {le})"
    )


def age(naissance: str, le: str) -> str:
    """Completed years; without time zone, so that 29 February becomes 1 March and nothing else moves."""
    return f"cast(extract(year from age(cast({le} as timestamp), cast({naissance} as timestamp))) as int)"


# --- The periods that a statement looks at together --------------------------------------------------------------------


@dataclass(frozen=True)
class Periodes:
    """Some of the periods asked for, by their numbers: those of one population, and what is asked of it."""

    jours: Mapping[int, tuple[date, date]]
    """Number → first and last day."""
    mds: frozenset[str | int] = frozenset()
    """Each period is narrowed to one of these MDS (codes or numbers); empty: all are of the whole Département."""
    colonnes: frozenset[str] = frozenset()
    """The columns that the criteria read."""

    @property
    def p(self) -> str:
        """To be read as a table, ``p(n, du, au, mds)``: a single period is folded into the plan as if it were written."""
        lignes = (
            f"({n}, cast(:du{n} as date), cast(:au{n} as date), {f'cast(:mds{n} as int)' if self.mds else 'null'})"
            for n in self.jours
        )
        return f"(values {', '.join(lignes)}) p(n, du, au, mds)"

    @property
    def debut(self) -> str:
        """The first day of all."""
        return f":du{min(self.jours, key=lambda n: self.jours[n][0])}"

    @property
    def fin(self) -> str:
        """The last day of all."""
        return f":au{max(self.jours, key=lambda n: self.jours[n][1])}"

    @property
    def valeurs(self) -> dict[str, date]:
        """What the statement binds, but for the MDS."""
        return {nom: le for n, (du, au) in self.jours.items() for nom, le in ((f"du{n}", du), (f"au{n}", au))}

    def dans_sa_mds(self, colonne: str) -> str:
        """The planner takes an equality for rarer than it is: none where there is a single MDS."""
        return f"{colonne} = p.mds" if len(self.mds) > 1 else "true"

    def dedans(self, le: str) -> str:
        """That day is in the period: what is read for the span of a single one is."""
        return f"{le} between p.du and p.au" if len(self.jours) > 1 else "true"

    def ici(self, jeune: str, le: str) -> str:
        """« dans la MDS » that day; the whole Département takes everyone, attached or not."""
        if not self.mds:
            return "true"
        ou = f"t.jeune_id = {jeune} and {le} between t.du and t.au"
        return f"exists (select from territoire t where {ou} and {self.dans_sa_mds('t.mds')})"

    def veut(self, *colonnes: str) -> bool:
        return not self.colonnes.isdisjoint(colonnes)

    def __or__(self, autres: "Periodes") -> "Periodes":
        return replace(autres, jours={**self.jours, **autres.jours}, colonnes=self.colonnes | autres.colonnes)


# --- Who is looked at -------------------------------------------------------------------------------------------------


def territoire(q: Periodes) -> str:
    """The days a youth is attached to one of the MDS; nothing recorded = that of the file since always."""
    return """
select r.mds_rattachement_id as mds, r.jeune_id, r.du, coalesce(r.au, 'infinity') as au from rattachement r
where r.mds_rattachement_id = any(:les_mds)
union all
select j.mds_id, j.id, '-infinity', 'infinity' from jeune j
where j.mds_id = any(:les_mds) and not exists (select from rattachement r where r.jeune_id = j.id)
"""


def sejours(q: Periodes) -> str:
    """The days when a youth is followed (in the MDS), of all those that reach into the span."""
    naissance = "join jeune j on j.id = a.jeune_id" if q.veut("age") else ""
    ne_le = "j.date_naissance" if q.veut("age") else "cast(null as date) as date_naissance"
    if not q.mds:
        return f"""
select cast(null as int) as mds, a.jeune_id, {ne_le}, a.du, coalesce(a.au, 'infinity') as au from accompagnement a {naissance}
where {COMPTE} and a.du <= {q.fin} and coalesce(a.au, 'infinity') >= {q.debut}
"""
    return f"""
select t.mds, a.jeune_id, {ne_le}, greatest(a.du, t.du) as du, least(a.au, t.au) as au
from accompagnement a join territoire t on t.jeune_id = a.jeune_id {naissance}
where {COMPTE} and greatest(a.du, t.du, {q.debut}) <= least(a.au, t.au, {q.fin})
"""


def rendez_vous(q: Periodes) -> str:
    """The first rendez-vous tripartite that was held."""
    return f"""
select r.jeune_id, min(r.le) as premier from rencontre r where {TRIPARTITE_TENU} and r.le <= {q.fin} group by r.jeune_id
"""


def deces(q: Periodes) -> str:
    """Among the mesures that end on an exit, those that began last: one of them says « décès »."""
    return f"""
select distinct m.jeune_id, m.au as le from mesure m
where m.motif_fin_code = 'DECES' and m.au <= {q.fin}
  and not exists (select from mesure n where n.jeune_id = m.jeune_id and n.au = m.au and n.du > m.du)
"""


# What presences says beside the days followed: what is asked → (its columns, the join they need).
_SOUS_MESURE = (
    """min(greatest(c.du, m.du)) filter (where m.du <= c.au and coalesce(m.au, 'infinity') >= c.du) as premier_jour,
  max(coalesce(m.au, 'infinity')) filter (where m.du is not null) as fin_mesure""",
    "left join mesure m on m.jeune_id = c.jeune_id and m.du <= c.fin",
)
_EN_BINOME = (
    """coalesce(bool_or(b.du <= c.au and coalesce(b.au, 'infinity') >= c.du), false) as commun,
  max(coalesce(b.au, 'infinity')) filter (where b.du is not null) as fin_binome""",
    "left join binome b on b.jeune_id = c.jeune_id and b.du <= c.fin",
)
_EN_ALERTE = (
    "min(e.du) as alerte_du",
    "left join alerte e on e.jeune_id = c.jeune_id and e.du <= c.fin and coalesce(e.au, 'infinity') >= c.debut",
)
_SITUATION = ("situation_pro_code", "parcours", "alternance")


def presences(q: Periodes) -> str:
    """One row per period and youth followed at least one day of it (in the MDS)."""
    faits = [_SOUS_MESURE] if q.veut("premier_jour", "age", "en_binome_depuis") else []
    faits += [_EN_BINOME] if q.veut("commun", "en_binome_depuis", *_SITUATION) else []
    faits += [_EN_ALERTE] if q.veut("alerte_du", "dernier_rdv") else []
    return f"""
select c.n, c.fin, c.jeune_id, c.date_naissance, {", ".join(["max(c.au) as dernier_jour", *(colonnes for colonnes, _ in faits)])}
from (
  select p.n, p.du as debut, p.au as fin, c.jeune_id, c.date_naissance, greatest(c.du, p.du) as du, least(c.au, p.au) as au
  from {q.p} join sejours c on {"c.du <= p.au and c.au >= p.du" if len(q.jours) > 1 else "true"} and {q.dans_sa_mds("c.mds")}
) c
{" ".join(jointure for _, jointure in faits)}
group by c.n, c.fin, c.jeune_id, c.date_naissance
"""


def suivis(q: Periodes) -> str:
    """Those followed, with what is asked of their days."""
    colonnes, jointures = ["p.*"], []
    if q.veut("age"):
        colonnes.append(f"{age('p.date_naissance', 'p.premier_jour')} as age")
    if q.veut("dernier_rdv"):
        colonnes.append(f"""case when p.alerte_du is not null then (
    select max(r.le) from rencontre r where r.jeune_id = p.jeune_id and {TRIPARTITE_TENU} and r.le <= p.fin
  ) end as dernier_rdv""")
    if q.veut("premier_rdv", *_SITUATION):
        colonnes.append("case when r.premier <= p.fin then r.premier end as premier_rdv")
        jointures.append("left join rendez_vous r on r.jeune_id = p.jeune_id")
    if q.veut(*_SITUATION):
        colonnes.append("s.situation_pro_code, n.parcours, n.alternance")
        jointures.append("""left join lateral (
  select s.situation_pro_code from situation s
  where p.commun and r.premier <= p.fin and s.jeune_id = p.jeune_id and s.observee_le <= p.dernier_jour
  order by s.observee_le desc limit 1
) s on true
left join situation_pro n on n.code = s.situation_pro_code""")
    return f"""
select {", ".join(colonnes)}
from presences p
{" ".join(jointures)}
"""


def relais(q: Periodes) -> str:
    """Those who are still followed after their last exit, with no mesure since: among the mesures begun by the end of the
    period nothing goes beyond ``fin_mesure``, and the next one, begun later, is too far to prolong the stay."""
    return f"""
select p.n, p.jeune_id, p.fin_mesure as le, d.jeune_id is not null as decede,
  coalesce(p.fin_binome > p.fin_mesure, false) as en_binome_depuis
from presences p
left join deces d on d.jeune_id = p.jeune_id and d.le = p.fin_mesure
where p.fin_mesure < p.dernier_jour and not exists (
  select from mesure m where m.jeune_id = p.jeune_id and m.du > p.fin and m.du <= p.fin_mesure + {SEJOUR_ROMPU}
)
"""


def contacts(q: Periodes) -> str:
    """Youths contacted in the period, and the first rendez-vous tripartite that follows."""
    return f"""
select p.n, p.au as fin, j.jeune_id, j.le, case when j.rdv_le <= p.au then j.rdv_le end as rdv_le,
  case when j.rdv_le <= p.au then j.rdv_le - j.le end as delai
from {q.p} join premiers_rdv j on {q.dedans("j.le")} and {q.ici("j.jeune_id", "j.le")}
"""


def premiers_rdv(q: Periodes) -> str:
    return f"""
select j.id as jeune_id, j.contact_le as le, min(r.le) as rdv_le
from jeune j
left join rencontre r on r.jeune_id = j.id and r.type_code = 'TRIPARTITE' and r.statut_code <> 'ANNULEE'
  and r.le >= j.contact_le and r.le between {q.debut} and {q.fin}
where j.contact_le between {q.debut} and {q.fin}
group by j.id
"""


def sorties_de_l_ase(q: Periodes) -> str:
    """Every exit of the span."""
    return f"""
select distinct m.jeune_id, m.au as le from mesure m
where m.au between {q.debut} and {q.fin} and {est_sortie("m.jeune_id", "m.au")}
"""


def derniers(q: Periodes) -> str:
    """The last exit of each period."""
    return f"""
select p.n, p.au as fin, x.jeune_id, x.le
from {q.p} join (
  select p.n, x.jeune_id, max(x.le) as le from {q.p} join sorties_de_l_ase x on {q.dedans("x.le")} group by p.n, x.jeune_id
) x on x.n = p.n and {q.ici("x.jeune_id", "x.le")}
"""


def situations_retenues(q: Periodes) -> str:
    """For each of these exits, the situation retained (only for those a rate may count)."""
    proche = f"abs(s.observee_le - x.le) <= {p.SITUATION_AUTOUR_DE_LA_SORTIE_JOURS}"
    vue_le = "least(greatest(s.observee_le, s.confirmee_le), x.le)"
    return f"""
select x.jeune_id, x.le, d.jeune_id is not null as decede,
  (select min(m.du) from mesure m where m.jeune_id = x.jeune_id and m.du > x.le) as reprise_du,
  r.premier as premier_rdv,
  r.premier <= x.le and exists (
    select from accompagnement a join binome b on b.jeune_id = a.jeune_id
    where a.jeune_id = x.jeune_id and {COMPTE} and greatest(a.du, b.du) <= least(a.au, b.au, x.le)
  ) as commun_avant,
  s.observee_le, not s.proche as reprise, s.situation_pro_code, s.logement_code,
  s.maintien_6_mois, s.ressource_1_code, s.fin_ressource_1, s.ressource_2_code, s.fin_ressource_2, s.couverture_base_code,
  s.couverture_complementaire_code
from (select distinct jeune_id, le from derniers) x
left join deces d on d.jeune_id = x.jeune_id and d.le = x.le
left join rendez_vous r on r.jeune_id = x.jeune_id
left join lateral (
  select s.*, {proche} as proche from situation s
  where s.jeune_id = x.jeune_id and r.premier <= x.le
    and ({proche} or s.observee_le <= x.le and {vue_le} >= x.le - {p.SITUATION_REPRISE_JOURS})
  order by {proche} desc, case when {proche} then abs(s.observee_le - x.le) else x.le - {vue_le} end, s.observee_le desc
  limit 1
) s on true
"""


def situations_de_sortie(q: Periodes) -> str:
    """The same, with what the lists say of each code."""
    return """
select x.*, n.parcours, l.loge, l.stable, r1.reguliere as reguliere_1, r2.reguliere as reguliere_2, cb.ouverte as base,
  cc.ouverte as complementaire
from situations_retenues x
left join situation_pro n on n.code = x.situation_pro_code
left join logement l on l.code = x.logement_code
left join ressource r1 on r1.code = x.ressource_1_code
left join ressource r2 on r2.code = x.ressource_2_code
left join couverture_base cb on cb.code = x.couverture_base_code
left join couverture_complementaire cc on cc.code = x.couverture_complementaire_code
"""


def sortants(q: Periodes) -> str:
    """The last exit of the period of each youth, and the situation retained for it."""
    return """
select x.n, coalesce(s.reprise_du <= x.fin, false) as revenu, s.*
from derniers x join situations_de_sortie s on s.jeune_id = x.jeune_id and s.le = x.le
"""


def enquetes(q: Periodes) -> str:
    """Who answered in the period (their last answer) and who was asked in it."""
    return f"""
select n, jeune_id, coalesce(r.le, s.le) as le, r.le is not null as a_repondu, r.satisfait, s.le is not null as sollicite,
  coalesce(r.par_lien, false) as par_lien
from (
  select p.n, q.jeune_id, q.repondue_le as le, q.par_lien, c.satisfait
  from {q.p} join (
    select distinct on (p.n, e.jeune_id) p.n, e.jeune_id, e.repondue_le, e.par_lien, coalesce(e.reponse_code, c.reponse_code) as reponse_code
    from {q.p} join enquete e on e.repondue_le between p.du and p.au left join reponse_confiee c on c.enquete_id = e.id
    where e.repondue_le between {q.debut} and {q.fin} and (e.reponse_code is not null or c.reponse_code is not null)
    order by p.n, e.jeune_id, e.repondue_le desc, e.demandee_le desc
  ) q on q.n = p.n
  join reponse_enquete c on c.code = q.reponse_code
  where {q.ici("q.jeune_id", "q.repondue_le")}
) r
full join (
  select p.n, q.jeune_id, max(q.demandee_le) as le
  from {q.p} join enquete q on q.demandee_le between p.du and p.au and {q.ici("q.jeune_id", "q.demandee_le")}
  where q.demandee_le between {q.debut} and {q.fin}
  group by p.n, q.jeune_id
) s using (n, jeune_id)
"""


def mouvements(colonne: str) -> Callable[[Periodes], str]:
    """Those who enter (``du``) or leave (``au``) the scheme in the period."""
    return lambda q: (
        f"""
select p.n, a.jeune_id, max(a.{colonne}) as le
from {q.p} join accompagnement a on a.{colonne} between p.du and p.au and {q.ici("a.jeune_id", f"a.{colonne}")}
where {COMPTE} and a.{colonne} between {q.debut} and {q.fin}
group by p.n, a.jeune_id
"""
    )


def postes(q: Periodes) -> str:
    return f"""
select p.n, o.id, o.du as le, o.etp as valeur,
  o.telephone_fourni_le <= p.au and o.ordinateur_fourni_le <= p.au and o.frais_deplacement as equipe
from {q.p} join poste o on o.du <= p.au and coalesce(o.au, 'infinity') >= p.au
"""


def instances(type_code: str, ou: str = "true") -> Callable[[Periodes], str]:
    """``ou``: which ones, when an MDS is asked for."""
    return lambda q: (
        f"""
select p.n, i.id, i.le, i.statut_code, i.coordonnateur_present, i.jeunes_recus as valeur
from {q.p} join instance i on i.type_code = '{type_code}' and i.le between p.du and p.au and {ou if q.mds else "true"}
"""
    )


_DE_LA_MDS, _OUVERTE_A_LA_MDS = "i.mds_id = p.mds", "(i.mds_id is null or i.mds_id = p.mds)"
POPULATIONS: dict[str, tuple[Callable[[Periodes], str], tuple[str, ...]]] = {
    "territoire": (territoire, ()),
    "sejours": (sejours, ("territoire",)),
    "rendez_vous": (rendez_vous, ()),
    "deces": (deces, ()),
    "presences": (presences, ("sejours",)),
    "suivis": (suivis, ("presences", "rendez_vous")),
    "relais": (relais, ("presences", "deces")),
    "premiers_rdv": (premiers_rdv, ()),
    "contacts": (contacts, ("premiers_rdv", "territoire")),
    "sorties_de_l_ase": (sorties_de_l_ase, ()),
    "derniers": (derniers, ("sorties_de_l_ase", "territoire")),
    "situations_retenues": (situations_retenues, ("derniers", "deces", "rendez_vous")),
    "situations_de_sortie": (situations_de_sortie, ("situations_retenues",)),
    "sortants": (sortants, ("derniers", "situations_de_sortie")),
    "enquetes": (enquetes, ("territoire",)),
    "entrees": (mouvements("du"), ("territoire",)),
    "sorties": (mouvements("au"), ("territoire",)),
    "postes": (postes, ()),
    "comites_de_suivi": (instances("COMITE_SUIVI", _DE_LA_MDS), ()),
    "permanences": (instances("PERMANENCE", _DE_LA_MDS), ()),
    "comites_de_pilotage": (instances("COPIL"), ()),
    "comites_techniques": (instances("COMITE_TECHNIQUE", _OUVERTE_A_LA_MDS), ()),
    "formations": (instances("FORMATION", _OUVERTE_A_LA_MDS), ()),
}
"""Name → (its select, the others that it reads), each after those it reads."""
PARTAGEES = {
    "territoire",
    "sejours",
    "rendez_vous",
    "deces",
    "presences",
    "derniers",
    "situations_retenues",
    "situations_de_sortie",
}
"""Computed once and for all: read by several, or to be had before the code lists are looked up."""


def populations(voulues: Mapping[str, Periodes]) -> dict[str, str]:
    """Name → select, in an order where each reads only those above it; ``voulues``: each population, and its periods."""
    periodes = dict(voulues)
    for nom, (_, lues) in reversed(POPULATIONS.items()):
        for lue in lues if nom in periodes else ():
            periodes[lue] = periodes[nom] | periodes.get(lue, periodes[nom])
    if not any(q.mds for q in voulues.values()):
        periodes.pop("territoire", None)
    return {
        nom: f"{'materialized ' if nom in PARTAGEES else ''}({faire(periodes[nom])})"
        for nom, (faire, _) in POPULATIONS.items()
        if nom in periodes
    }
