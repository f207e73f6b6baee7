"""The figures of the evaluation: defined as sentences, counted and listed by the same query.

``definitions.py`` says what each indicator is (the file to show to the Département),
``populations.py`` and ``sorties.py`` who is looked at and ``criteres.py`` what each word means in
SQL, ``requete.py`` puts them in one statement, ``calcul.py`` asks it, ``chiffres.py`` rounds and
words the result, ``graphiques.py`` draws it.

    r = calculer(du, au, mds="ART")   # mds: an MDS code, None = the whole Département → Resultats
    r.json()                          # the dict of the contract (contrat.md)
    r["I5"]                           # one figure: .valeurs (the contract's dict), .texte (« 71,4 % », « sans objet »,
                                      # « 2 sur 3 », « de 45,0 % à 62,0 % »), .complement («
                                      # complétude 79,5 % … » or ""), .completude (79.5 or None),
                                      # .indicateur (code, titre, regle…)
    r["RETOURS"], r["DECES"], r["ENTREES"], r["SORTIES"], r["COMITES_TECHNIQUES"], r["FORMATIONS"], r["SOLLICITES"]
                                      # figures beside the report, not in the contract's «
                                      # indicateurs »
    calculer_ensemble([Periode(du, au, mds, codes), …])
                                      # several periods and territories, some figures of each, in
                                      # one statement → [Resultats]
    liste("I5", du, au, mds=None)     # → list[Ligne]: .objet (jeune, poste, instance), .id, .reponse, .raison, .le…
                                      # one page, some answers: reponses=("oui",), debut=0,
                                      # limite=50
    apercu(Periode(du, au, mds, {"I5"}))
                                      # the figure and how many lines each answer has: .chiffre,
                                      # .groupes, .lisibles
    par_jeune(du, au, mds=None)       # → {jeune_id: {code: Ligne}} for the persons counted: one line of the month's table
    codes_par_jeune(du, au, mds=None) # → {jeune_id: "I2 I4 I4a"}: the same, light enough for 100,000 youths at once
    trois_colonnes(mois, mds=None)    # → {"mois": Resultats, "cumul": Resultats, "en_cours": Resultats}
    DEFINITIONS                       # {code: Indicateur}: .titre, .regle (French, shown as is), .parent (« dont »)
    REGLES_COMMUNES                   # [(titre, phrase)]: what all the indicators share, for the « Définitions » sheet

``Ligne.reponse``: « oui », « non », « nr », a named side group (« hors_tranche », « annulee ») or «
ecarte »; for the last and « nr », ``Ligne.raison`` is the French reason. What a list shows as « oui
»… adds up to the figure, always.

Whoever asks needs the right « chiffre » on that MDS (everywhere for the whole Département), else
``Forbidden`` (403, in French). Rows are read in the scope of figures; what the person may see of
each youth (name, file) must be asked again outside, under their own rights: ``Jeune.id.in_(…)``
simply does not return the others.
"""

from .calcul import (
    Apercu,
    Ligne,
    Periode,
    Resultats,
    apercu,
    calculer,
    calculer_ensemble,
    codes_par_jeune,
    colonnes_du_mois,
    liste,
    par_jeune,
    trois_colonnes,
)
from .chiffres import Chiffre
from .definitions import (
    DEFINITIONS,
    REGLES_COMMUNES,
    Effectif,
    Indicateur,
    Moyen,
    Repartition,
    Taux,
)

__all__ = [
    "DEFINITIONS",
    "REGLES_COMMUNES",
    "Apercu",
    "Chiffre",
    "Effectif",
    "Indicateur",
    "Ligne",
    "Moyen",
    "Periode",
    "Repartition",
    "Resultats",
    "Taux",
    "apercu",
    "calculer",
    "calculer_ensemble",
    "codes_par_jeune",
    "colonnes_du_mois",
    "liste",
    "par_jeune",
    "trois_colonnes",
]
