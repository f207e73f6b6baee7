"""What the application writes in a workbook, it reads back, whatever a text holds."""

from datetime import date

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.echanges.formats import ecriture
from app.echanges.reprise.cellules import en_recit, en_texte
from app.echanges.reprise.feuilles import PREMIER_JOUR
from app.echanges.reprise.lecture import lire_classeur
from tests.classeurs import LIMITES, listes

TEXTES = st.text(st.characters(exclude_categories=("Cs",)), max_size=60)
DATES = st.dates(PREMIER_JOUR, date(9999, 12, 31))


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(
        st.tuples(
            TEXTES,
            TEXTES,
            DATES,
            st.none() | st.booleans(),
            st.decimals("0.000001", 1, places=6, allow_nan=False),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_ce_qui_est_ecrit_se_relit_a_l_identique(tmp_path, lignes):
    """Whatever a text holds (formulas, controls, emoji, _x000D_), what goes out comes back, once
    folded."""
    colonnes = [
        ecriture.Colonne(titre, format_, lambda ligne, place=place: ligne[place])
        for place, (titre, format_) in enumerate(
            (
                ("Établissement d'accueil", "texte"),
                ("Observations", "recit"),
                ("Repéré le", "date"),
                ("Jeune parent", "texte"),
            )
        )
    ]
    cle = ecriture.Colonne("Code dossier", "texte", lambda ligne: f"D{lignes.index(ligne)}")
    plies = [(en_texte(a), en_recit(b), c, d) for a, b, c, d, _ in lignes]
    etp = ecriture.Colonne("ETP", "nombre", lambda ligne: ligne[4])
    postes = [
        ecriture.Colonne("Coordonnateur", "texte", lambda ligne: "X"),
        ecriture.Colonne("Du", "date", lambda ligne: ligne[2]),
        etp,
    ]
    chemin = tmp_path / "h.xlsx"
    lignes = [(*p, ligne[4]) for p, ligne in zip(plies, lignes, strict=True)]
    ecriture.ecrire_classeur(
        chemin,
        [
            ecriture.Feuille("Jeunes", [*colonnes, cle], lignes),
            ecriture.Feuille("Postes", postes, lignes),
        ],
    )
    classeur = lire_classeur(chemin, LIMITES, listes())
    relues = [tuple(ligne.valeurs[:4]) for ligne in classeur.lectures["jeune"].lignes]
    assert relues == [(a or None, b or None, c, d) for a, b, c, d, _ in lignes]
    assert [ligne.valeurs[2] for ligne in classeur.lectures["poste"].lignes] == [
        ligne[4] for ligne in lignes
    ]
