"""What each word of ``definitions.py`` means in the base: who is looked at (``populations``), and the criteria.

Every statement reads ``:du`` and ``:au``, the first and the last day of the period, and ``:mds``, the number of the MDS
asked for. All ends of intervals are inclusive; ``coalesce(au, 'infinity')`` = still running; ``least`` and ``greatest``
ignore what is empty. Measured on 100,000 youths: pairs of dates cost half of what multiranges do.
"""

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


def ici(mds: bool, jeune: str, le: str) -> str:
    """« dans la MDS » that day; the whole Département takes everyone, attached or not."""
    if not mds:
        return "true"
    return f"exists (select from territoire t where t.jeune_id = {jeune} and {le} between t.du and t.au)"


# --- Who is looked at -------------------------------------------------------------------------------------------------

# The days a youth is attached to the MDS; nothing recorded = that of the file since always.
TERRITOIRE = """
select jeune_id, du, coalesce(au, 'infinity') as au from rattachement where mds_rattachement_id = :mds
union all
select j.id, '-infinity', 'infinity' from jeune j
where j.mds_id = :mds and not exists (select from rattachement r where r.jeune_id = j.id)
"""

# The days of the period when a youth is followed (in the MDS).
SEJOURS = f"""
select a.jeune_id, greatest(a.du, :du) as du, least(a.au, :au) as au from accompagnement a
where {COMPTE} and a.du <= :au and coalesce(a.au, 'infinity') >= :du
"""
SEJOURS_MDS = f"""
select a.jeune_id, greatest(a.du, t.du, :du) as du, least(a.au, t.au, :au) as au
from accompagnement a join territoire t on t.jeune_id = a.jeune_id
where {COMPTE} and greatest(a.du, t.du, :du) <= least(a.au, t.au, :au)
"""

RENDEZ_VOUS = f"""
select r.jeune_id, min(r.le) as premier, max(r.le) as dernier from rencontre r where {TRIPARTITE_TENU} and r.le <= :au
group by r.jeune_id
"""

# Among the mesures that end on an exit, those that began last: one of them says « décès ».
DECES = """
select distinct m.jeune_id, m.au as le from mesure m
where m.motif_fin_code = 'DECES' and m.au <= :au
  and not exists (select from mesure n where n.jeune_id = m.jeune_id and n.au = m.au and n.du > m.du)
"""

# One row per youth followed at least one day of the period (in the MDS).
SUIVIS = f"""
select p.*, {age("j.date_naissance", "p.premier_jour")} as age, r.premier as premier_rdv, r.dernier as dernier_rdv,
  s.situation_pro_code, n.parcours, n.alternance
from (
  select c.jeune_id, max(c.au) as dernier_jour, min(greatest(c.du, m.du)) filter (where m.du is not null) as premier_jour,
    bool_or(b.du is not null) as commun, min(e.du) as alerte_du
  from sejours c
  left join mesure m on m.jeune_id = c.jeune_id and m.du <= :au and coalesce(m.au, 'infinity') >= :du
    and m.du <= c.au and coalesce(m.au, 'infinity') >= c.du
  left join binome b on b.jeune_id = c.jeune_id and b.du <= :au and coalesce(b.au, 'infinity') >= :du
    and b.du <= c.au and coalesce(b.au, 'infinity') >= c.du
  left join alerte e on e.jeune_id = c.jeune_id and e.du <= :au and coalesce(e.au, 'infinity') >= :du
  group by c.jeune_id
) p
join jeune j on j.id = p.jeune_id
left join rendez_vous r on r.jeune_id = p.jeune_id
left join lateral (
  select s.situation_pro_code from situation s
  where p.commun and r.premier is not null and s.jeune_id = p.jeune_id and s.observee_le <= p.dernier_jour
  order by s.observee_le desc limit 1
) s on true
left join situation_pro n on n.code = s.situation_pro_code
"""

# Those who are still followed after their last exit, with no mesure since: among the mesures begun by the end of the
# period nothing goes beyond ``f.au``, and the next one, begun later, is too far to prolong the stay.
RELAIS = f"""
select p.jeune_id, f.au as le, d.jeune_id is not null as decede, coalesce(b.au > f.au, false) as en_binome_depuis
from (select jeune_id, max(au) as dernier_jour from sejours group by jeune_id) p
join (
  select jeune_id, max(coalesce(au, 'infinity')) filter (where du <= :au) as au, min(du) filter (where du > :au) as suivante_du
  from mesure group by jeune_id
) f on f.jeune_id = p.jeune_id and f.au < p.dernier_jour and coalesce(f.suivante_du > f.au + {SEJOUR_ROMPU}, true)
left join (
  select jeune_id, max(coalesce(au, 'infinity')) as au from binome where du <= :au group by jeune_id
) b on b.jeune_id = p.jeune_id
left join deces d on d.jeune_id = f.jeune_id and d.le = f.au
"""


def contacts(mds: bool) -> str:
    """Youths contacted in the period, and the first rendez-vous tripartite that follows."""
    return f"""
select j.id as jeune_id, j.contact_le as le, min(r.le) as rdv_le
from jeune j
left join rencontre r on r.jeune_id = j.id and r.type_code = 'TRIPARTITE' and r.statut_code <> 'ANNULEE'
  and r.le >= j.contact_le and r.le between :du and :au
where j.contact_le between :du and :au and {ici(mds, "j.id", "j.contact_le")}
group by j.id
"""


def situations_de_sortie(mds: bool) -> str:
    """The last exit of the period of each youth, and the situation retained for it (only for those a rate may count)."""
    proche = f"abs(s.observee_le - x.le) <= {p.SITUATION_AUTOUR_DE_LA_SORTIE_JOURS}"
    vue_le = "least(greatest(s.observee_le, s.confirmee_le), x.le)"
    return f"""
select x.jeune_id, x.le, d.jeune_id is not null as decede,
  exists (select from mesure m where m.jeune_id = x.jeune_id and m.du > x.le and m.du <= :au) as revenu,
  r.premier as premier_rdv,
  r.premier <= x.le and exists (
    select from accompagnement a join binome b on b.jeune_id = a.jeune_id
    where a.jeune_id = x.jeune_id and {COMPTE} and greatest(a.du, b.du) <= least(a.au, b.au, x.le)
  ) as commun_avant,
  s.observee_le, not s.proche as reprise, s.situation_pro_code, s.logement_code,
  s.maintien_6_mois, s.ressource_1_code, s.fin_ressource_1, s.ressource_2_code, s.fin_ressource_2, s.couverture_base_code,
  s.couverture_complementaire_code
from (
  select m.jeune_id, max(m.au) as le from mesure m where m.au between :du and :au and {est_sortie("m.jeune_id", "m.au")}
  group by m.jeune_id
) x
left join deces d on d.jeune_id = x.jeune_id and d.le = x.le
left join rendez_vous r on r.jeune_id = x.jeune_id
left join lateral (
  select s.*, {proche} as proche from situation s
  where s.jeune_id = x.jeune_id and r.premier <= x.le
    and ({proche} or s.observee_le <= x.le and {vue_le} >= x.le - {p.SITUATION_REPRISE_JOURS})
  order by {proche} desc, case when {proche} then abs(s.observee_le - x.le) else x.le - {vue_le} end, s.observee_le desc
  limit 1
) s on true
where {ici(mds, "x.jeune_id", "x.le")}
"""


SORTANTS = """
select x.*, n.parcours, l.loge, l.stable, r1.reguliere as reguliere_1, r2.reguliere as reguliere_2, cb.ouverte as base,
  cc.ouverte as complementaire
from situations_de_sortie x
left join situation_pro n on n.code = x.situation_pro_code
left join logement l on l.code = x.logement_code
left join ressource r1 on r1.code = x.ressource_1_code
left join ressource r2 on r2.code = x.ressource_2_code
left join couverture_base cb on cb.code = x.couverture_base_code
left join couverture_complementaire cc on cc.code = x.couverture_complementaire_code
"""


def enquetes(mds: bool) -> str:
    """Who answered in the period (their last answer) and who was asked in it."""
    return f"""
select jeune_id, coalesce(r.le, s.le) as le, r.le is not null as a_repondu, r.satisfait, s.le is not null as sollicite,
  coalesce(r.par_lien, false) as par_lien
from (
  select q.jeune_id, q.repondue_le as le, q.par_lien, n.satisfait
  from (
    select distinct on (e.jeune_id) e.jeune_id, e.repondue_le, e.par_lien, coalesce(e.reponse_code, c.reponse_code) as reponse_code
    from enquete e left join reponse_confiee c on c.enquete_id = e.id
    where e.repondue_le between :du and :au and (e.reponse_code is not null or c.reponse_code is not null)
    order by e.jeune_id, e.repondue_le desc, e.demandee_le desc
  ) q join reponse_enquete n on n.code = q.reponse_code
  where {ici(mds, "q.jeune_id", "q.repondue_le")}
) r
full join (
  select q.jeune_id, max(q.demandee_le) as le from enquete q
  where q.demandee_le between :du and :au and {ici(mds, "q.jeune_id", "q.demandee_le")} group by q.jeune_id
) s using (jeune_id)
"""


def mouvements(mds: bool, colonne: str) -> str:
    """Those who enter (``du``) or leave (``au``) the scheme in the period."""
    return f"""
select a.jeune_id, max(a.{colonne}) as le from accompagnement a
where {COMPTE} and a.{colonne} between :du and :au and {ici(mds, "a.jeune_id", f"a.{colonne}")} group by a.jeune_id
"""


POSTES = """
select id, du as le, etp as valeur,
  telephone_fourni_le <= :au and ordinateur_fourni_le <= :au and frais_deplacement as equipe
from poste where du <= :au and coalesce(au, 'infinity') >= :au
"""


def instances(type_code: str, ou: str = "true") -> str:
    return f"""
select id, le, statut_code, coordonnateur_present, jeunes_recus as valeur from instance
where type_code = '{type_code}' and le between :du and :au and {ou}
"""


PARTAGEES = {"territoire", "sejours", "rendez_vous", "deces", "situations_de_sortie"}
"""Computed once and for all: read by several, or to be had before the code lists are looked up."""


def populations(mds: bool) -> dict[str, str]:
    """Name → select, in an order where each reads only those above it."""
    de_la_mds = "mds_id = :mds" if mds else "true"
    ouverte_a_la_mds = "(mds_id is null or mds_id = :mds)" if mds else "true"
    return ({"territoire": TERRITOIRE} if mds else {}) | {
        "sejours": SEJOURS_MDS if mds else SEJOURS,
        "rendez_vous": RENDEZ_VOUS,
        "deces": DECES,
        "suivis": SUIVIS,
        "relais": RELAIS,
        "contacts": contacts(mds),
        "situations_de_sortie": situations_de_sortie(mds),
        "sortants": SORTANTS,
        "enquetes": enquetes(mds),
        "entrees": mouvements(mds, "du"),
        "sorties": mouvements(mds, "au"),
        "postes": POSTES,
        "comites_de_suivi": instances("COMITE_SUIVI", de_la_mds),
        "permanences": instances("PERMANENCE", de_la_mds),
        "comites_de_pilotage": instances("COPIL"),
        "comites_techniques": instances("COMITE_TECHNIQUE", ouverte_a_la_mds),
        "formations": instances("FORMATION", ouverte_a_la_mds),
    }


# --- Criteria, on the columns of the population -----------------------------------------------------------------------

_EN_PARCOURS = "(coalesce(parcours in ('scolaire', 'pro'), false) or coalesce(situation_pro_code = 'CEJ', false))"
_DURE = f"cast(le + interval '{p.RESSOURCE_STABLE_MOIS} months' as date)"
_RESSOURCE_STABLE = (
    f"(coalesce(reguliere_1 and coalesce(fin_ressource_1 >= {_DURE}, true), false)"
    f" or coalesce(reguliere_2 and coalesce(fin_ressource_2 >= {_DURE}, true), false))"
)
_RESSOURCES_INCONNUES = "(reguliere_1 is null and reguliere_2 is null)"
_SANS_SOLUTION = (
    f"(coalesce(not loge, false) and not {_EN_PARCOURS} and parcours is not null"
    f" and not {_RESSOURCE_STABLE} and not {_RESSOURCES_INCONNUES})"
)

CRITERES: dict[str, str] = {
    # suivis
    "sous_mesure": "premier_jour is not null",
    "hors_tranche": f"age not between {p.AGE_SUIVI[0]} and {p.AGE_SUIVI[1]}",
    "en_alerte": "alerte_du is not null",
    "rdv_tenu_pour_l_alerte": f"dernier_rdv >= alerte_du - {p.RDV_AVANT_ALERTE_JOURS}",
    "en_binome": "commun",
    "rdv_tenu": "premier_rdv is not null",
    "parcours_scolaire": "parcours = 'scolaire'",
    "parcours_insertion": "parcours in ('pro', 'accompagnement')",
    "sans_parcours": "parcours = 'aucun'",
    "parcours_inconnu": "parcours is null",
    "en_alternance": "alternance",
    # relais
    "sans_binome_depuis_la_sortie": "not en_binome_depuis",
    # contacts
    "rdv_dans_le_delai": f"rdv_le <= le + {p.DELAI_RDV_JOURS}",
    "delai_connu": f"rdv_le is not null or le + {p.DELAI_RDV_JOURS} <= :au",
    # sortants
    "decede": "decede",
    "pas_decede": "not decede",
    "revenu": "revenu",
    "pas_revenu": "not revenu",
    "suivi_en_binome_avant_la_sortie": "commun_avant",
    "rdv_tenu_avant_la_sortie": "premier_rdv <= le",
    "en_parcours": _EN_PARCOURS,
    "en_cej": "situation_pro_code = 'CEJ'",
    "logement_stable": "stable = 'oui' or stable = 'à confirmer' and maintien_6_mois",
    "stabilite_inconnue": "stable is null or stable = 'à confirmer' and maintien_6_mois is null",
    "loge": "loge",
    "logement_inconnu": "loge is null",
    "ressource_stable": _RESSOURCE_STABLE,
    "ressources_inconnues": _RESSOURCES_INCONNUES,
    "couverture_complete": "base and complementaire",
    "couverture_inconnue": "(base is null or complementaire is null) and coalesce(base, true) and coalesce(complementaire, true)",
    "sans_solution": _SANS_SOLUTION,
    "solution_inconnue": f"not {_SANS_SOLUTION} and not (coalesce(loge, false) or {_EN_PARCOURS} or {_RESSOURCE_STABLE})",
    # enquetes
    "a_repondu": "a_repondu",
    "satisfait": "satisfait",
    "sollicite": "sollicite",
    # postes, instances
    "equipe": "equipe",
    "tenue": "statut_code = 'TENUE'",
    "annulee": "statut_code = 'ANNULEE'",
    "coordonnateur_present": "coordonnateur_present",
}
