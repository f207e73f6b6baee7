"""The figures of the evaluation: defined as sentences, counted and listed by the same query.

``definitions.py`` says what each indicator is (the file to show to the Département),
``populations.py`` and ``sorties.py`` who is looked at and ``criteres.py`` what each word means in
SQL, ``requete.py`` puts them in one statement, ``calcul.py`` asks it, ``formes.py`` tells the
counts as figures and ``chiffres.py`` rounds and words them, ``graphiques.py`` draws them.

``calculer(du, au, mds="ART")``
    ``Resultats`` of an MDS, by its code; None = the whole Département. ``r.json()`` is the JSON of
    the contract; ``r["I5"]`` one ``Chiffre``: ``valeurs``, ``texte`` (« 71,4 % », « sans objet »,
    « 2 sur 3 », « de 45,0 % à 62,0 % »), ``complement``, ``completude``.
``calculer_ensemble([Periode(du, au, mds, codes), …])``
    Several periods and territories, some figures of each, in one statement.
``liste("I5", du, au, mds)``
    The ``LigneComptee`` of each person behind a figure; ``ChoixDeLignes`` takes some of them.
``apercu(Periode(du, au, mds, {"I5"}))``
    The figure and how many lines each answer has.
``par_jeune(du, au, mds)``, ``codes_par_jeune(du, au, mds)``
    For each youth counted, the lines of the indicators that count them, or their codes alone.
``trois_colonnes(mois, mds)``
    The month, the year until its end, its last day.
``DEFINITIONS``, ``REGLES_COMMUNES``
    What each indicator is, and what they all share.

``Ligne.reponse``: « oui », « non », « nr », a named side group (« hors_tranche », « annulee ») or
« ecarte »; for the last and « nr », ``Ligne.raison`` is the French reason. What a list shows as
« oui » … adds up to the figure, always.

Whoever asks needs the right « chiffre » on that MDS (everywhere for the whole Département), else
``Forbidden`` (403, in French). Rows are read in the scope of figures; what the person may see of
each youth (name, file) must be asked again outside, under their own rights: ``Jeune.id.in_(…)``
simply does not return the others.
"""

from .calcul import (
    Apercu,
    ChoixDeLignes,
    LigneComptee,
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
from .demande import Periode

__all__ = [
    "DEFINITIONS",
    "REGLES_COMMUNES",
    "Apercu",
    "Chiffre",
    "ChoixDeLignes",
    "Effectif",
    "Indicateur",
    "LigneComptee",
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
