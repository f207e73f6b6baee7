"""Who left the ASE: the exits, the situation retained for each, what the code lists say of it."""

from app.regles import parametres as p

from .periodes import COMPTE, Periodes, est_sortie


def deces(demande: Periodes) -> str:
    """Among the mesures that end on an exit, those that began last: one of them says « décès »."""
    return f"""
select distinct m.jeune_id, m.au as le from mesure m
where m.motif_fin_code = 'DECES' and m.au <= {demande.fin}
  and not exists (
    select from mesure n where n.jeune_id = m.jeune_id and n.au = m.au and n.du > m.du
  )
"""


def sorties_de_l_ase(demande: Periodes) -> str:
    """Every exit of the span."""
    return f"""
select distinct m.jeune_id, m.au as le from mesure m
where m.au between {demande.debut} and {demande.fin} and {demande.passe_par_la("m.jeune_id")}
  and {est_sortie("m.jeune_id", "m.au")}
"""


def derniers(demande: Periodes) -> str:
    """The last exit of each period."""
    return f"""
select p.n, p.au as fin, x.jeune_id, x.le
from {demande.table} join (
  select p.n, x.jeune_id, max(x.le) as le
  from {demande.table} join sorties_de_l_ase x on {demande.dedans("x.le")} group by p.n, x.jeune_id
) x on x.n = p.n and {demande.attache("x.jeune_id", "x.le")}
"""


def situations_retenues(demande: Periodes) -> str:
    """For each of these exits, the situation retained (only for those a rate may count)."""
    proche = f"abs(s.observee_le - x.le) <= {p.SITUATION_AUTOUR_DE_LA_SORTIE_JOURS.valeur}"
    vue_le = "least(greatest(s.observee_le, s.confirmee_le), x.le)"
    trop_vieille = p.SITUATION_REPRISE_JOURS.valeur
    reprise = f"s.observee_le <= x.le and {vue_le} >= x.le - {trop_vieille}"
    return f"""
select x.jeune_id, x.le, d.jeune_id is not null as decede,
  (select min(m.du) from mesure m where m.jeune_id = x.jeune_id and m.du > x.le) as reprise_du,
  r.premier as premier_rdv,
  r.premier <= x.le and exists (
    select from accompagnement a
    join binome b on b.jeune_id = a.jeune_id and b.referent_ase is not null
    where a.jeune_id = x.jeune_id and {COMPTE} and greatest(a.du, b.du) <= least(a.au, b.au, x.le)
  ) as commun_avant,
  s.observee_le, not s.proche as reprise, s.situation_pro_code, s.logement_code,
  s.maintien_6_mois, s.ressource_1_code, s.fin_ressource_1, s.ressource_2_code, s.fin_ressource_2,
  s.couverture_base_code, s.couverture_complementaire_code
from (select distinct jeune_id, le from derniers) x
left join deces d on d.jeune_id = x.jeune_id and d.le = x.le
left join rendez_vous r on r.jeune_id = x.jeune_id
left join lateral (
  select s.*, {proche} as proche from situation s
  where s.jeune_id = x.jeune_id and r.premier <= x.le
    and ({proche} or {reprise})
  order by {proche} desc,
    case when {proche} then abs(s.observee_le - x.le) else x.le - {vue_le} end,
    s.observee_le desc
  limit 1
) s on true
"""


def situations_de_sortie(demande: Periodes) -> str:
    """The same, with what the lists say of each code on the day of the exit."""
    return """
select x.*, n.parcours, l.loge,
  case when x.le < l.stable_depuis then l.stable_avant else l.stable end as stable,
  r1.reguliere as reguliere_1,
  r2.reguliere as reguliere_2, cb.ouverte as base, cc.ouverte as complementaire
from situations_retenues x
left join situation_pro n on n.code = x.situation_pro_code
left join logement l on l.code = x.logement_code
left join ressource r1 on r1.code = x.ressource_1_code
left join ressource r2 on r2.code = x.ressource_2_code
left join couverture_base cb on cb.code = x.couverture_base_code
left join couverture_complementaire cc on cc.code = x.couverture_complementaire_code
"""


def sortants(demande: Periodes) -> str:
    """The last exit of the period of each youth, and the situation retained for it."""
    return """
select x.n, coalesce(s.reprise_du <= x.fin, false) as revenu, s.*
from derniers x join situations_de_sortie s on s.jeune_id = x.jeune_id and s.le = x.le
"""
