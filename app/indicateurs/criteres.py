"""What each word of ``definitions.py`` means: a criterion, on the columns of its population.

A criterion says which columns it reads (``lit``): the statement computes those alone. A column that
the population does not offer (``populations.py``), or a word that is not here, stops the import
with a sentence (``verifier``, called by ``definitions.py``).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from app.regles import parametres as p

from .populations import POPULATIONS


@dataclass(frozen=True)
class Critere:
    """A condition in SQL and the columns that it reads; what is unknown does not hold."""

    sql: str
    lit: frozenset[str]


def critere(sql: str, *lit: str) -> Critere:
    return Critere(sql, frozenset(lit))


class DefinitionFautive(ValueError):
    """An indicator that cannot be computed; the message says which word is wrong, and where."""


_EN_PARCOURS = critere(
    "(coalesce(parcours in ('scolaire', 'pro'), false)"
    " or coalesce(situation_pro_code = 'CEJ', false))",
    *("parcours", "situation_pro_code"),
)
_DURE = f"cast(le + interval '{p.RESSOURCE_STABLE_MOIS.valeur} months' as date)"
_RESSOURCE_STABLE = critere(
    f"(coalesce(reguliere_1 and coalesce(fin_ressource_1 >= {_DURE}, true), false)"
    f" or coalesce(reguliere_2 and coalesce(fin_ressource_2 >= {_DURE}, true), false))",
    *("reguliere_1", "fin_ressource_1", "reguliere_2", "fin_ressource_2", "le"),
)
_RESSOURCES_INCONNUES = critere(
    "(reguliere_1 is null and reguliere_2 is null)", "reguliere_1", "reguliere_2"
)
_SANS_SOLUTION = Critere(
    f"(coalesce(not loge, false) and not {_EN_PARCOURS.sql} and parcours is not null"
    f" and not {_RESSOURCE_STABLE.sql} and not {_RESSOURCES_INCONNUES.sql})",
    _EN_PARCOURS.lit | _RESSOURCE_STABLE.lit | {"loge"},
)
_AGE_MIN, _AGE_MAX = p.AGE_SUIVI.valeur

CRITERES: dict[str, Critere] = {
    # suivis
    "sous_mesure": critere("premier_jour is not null", "premier_jour"),
    "hors_tranche": critere(f"age not between {_AGE_MIN} and {_AGE_MAX}", "age"),
    "en_alerte": critere("alerte_du is not null", "alerte_du"),
    "rdv_tenu_pour_l_alerte": critere(
        f"dernier_rdv >= alerte_du - {p.RDV_AVANT_ALERTE_JOURS.valeur}", "dernier_rdv", "alerte_du"
    ),
    "en_binome": critere("commun", "commun"),
    "rdv_tenu": critere("premier_rdv is not null", "premier_rdv"),
    "parcours_scolaire": critere("parcours = 'scolaire'", "parcours"),
    "parcours_insertion": critere("parcours in ('pro', 'accompagnement')", "parcours"),
    "sans_parcours": critere("parcours = 'aucun'", "parcours"),
    "parcours_inconnu": critere("parcours is null", "parcours"),
    "en_alternance": critere("alternance", "alternance"),
    # relais
    "sans_binome_depuis_la_sortie": critere("not en_binome_depuis", "en_binome_depuis"),
    # contacts
    "rdv_dans_le_delai": critere(f"rdv_le <= le + {p.DELAI_RDV_JOURS.valeur}", "rdv_le", "le"),
    "delai_connu": critere(
        f"rdv_le is not null or le + {p.DELAI_RDV_JOURS.valeur} <= fin", "rdv_le", "le", "fin"
    ),
    # sortants
    "decede": critere("decede", "decede"),
    "pas_decede": critere("not decede", "decede"),
    "revenu": critere("revenu", "revenu"),
    "pas_revenu": critere("not revenu", "revenu"),
    "suivi_en_binome_avant_la_sortie": critere("commun_avant", "commun_avant"),
    "rdv_tenu_avant_la_sortie": critere("premier_rdv <= le", "premier_rdv", "le"),
    "en_parcours": _EN_PARCOURS,
    "en_cej": critere("situation_pro_code = 'CEJ'", "situation_pro_code"),
    "logement_stable": critere(
        "stable = 'oui' or stable = 'à confirmer' and maintien_6_mois", "stable", "maintien_6_mois"
    ),
    "stabilite_inconnue": critere(
        "stable is null or stable = 'à confirmer' and maintien_6_mois is null",
        *("stable", "maintien_6_mois"),
    ),
    "loge": critere("loge", "loge"),
    "logement_inconnu": critere("loge is null", "loge"),
    "ressource_stable": _RESSOURCE_STABLE,
    "ressources_inconnues": _RESSOURCES_INCONNUES,
    "couverture_complete": critere("base and complementaire", "base", "complementaire"),
    "couverture_inconnue": critere(
        "(base is null or complementaire is null)"
        " and coalesce(base, true) and coalesce(complementaire, true)",
        *("base", "complementaire"),
    ),
    "sans_solution": _SANS_SOLUTION,
    "solution_inconnue": Critere(
        f"not {_SANS_SOLUTION.sql} and"
        f" not (coalesce(loge, false) or {_EN_PARCOURS.sql} or {_RESSOURCE_STABLE.sql})",
        _SANS_SOLUTION.lit,
    ),
    # enquetes
    "a_repondu": critere("a_repondu", "a_repondu"),
    "satisfait": critere("satisfait", "satisfait"),
    "sollicite": critere("sollicite", "sollicite"),
    # mobilites, freins_leves
    "en_erasmus": critere("erasmus", "erasmus"),
    "sur_la_mobilite": critere("mobilite", "mobilite"),
    # postes, instances
    "equipe": critere("equipe", "equipe"),
    "tenue": critere("statut_code = 'TENUE'", "statut_code"),
    "annulee": critere("statut_code = 'ANNULEE'", "statut_code"),
    "coordonnateur_present": critere("coordonnateur_present", "coordonnateur_present"),
}


def verifier(code: str, parmi: str, mots: Iterable[str], colonnes: Iterable[str]) -> None:
    """Refuse an indicator that names a population, a criterion or a column that does not exist."""
    if parmi not in POPULATIONS:
        raise DefinitionFautive(_dire(code, "la population", parmi, POPULATIONS))
    offertes = POPULATIONS[parmi].colonnes
    lues = set(colonnes)
    for mot in mots:
        if mot not in CRITERES:
            raise DefinitionFautive(_dire(code, "le critère", mot, CRITERES))
        lues |= CRITERES[mot].lit
    for colonne in sorted(lues - offertes):
        raise DefinitionFautive(
            _dire(code, f"dans la population « {parmi} », la colonne", colonne, offertes)
        )


def _dire(code: str, quoi: str, mot: str, connus: Iterable[str]) -> str:
    proches = get_close_matches(mot, list(connus), 1)
    plutot = f" Vouliez-vous dire « {proches[0]} » ?" if proches else ""
    return f"L’indicateur {code} emploie {quoi} « {mot} », qui n’existe pas.{plutot}"
