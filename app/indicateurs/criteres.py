"""What each word of ``definitions.py`` means: a criterion, on the columns of its population
(``populations.py``)."""

from app.regles import parametres as p

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
    "delai_connu": f"rdv_le is not null or le + {p.DELAI_RDV_JOURS} <= fin",
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
