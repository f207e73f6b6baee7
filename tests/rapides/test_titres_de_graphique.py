"""What the title of bars says to be seen."""

import pytest

from app.indicateurs.graphiques import Graphique, Point


@pytest.mark.parametrize(
    ("nombres", "vu"),
    [
        ({"FJT": 4, "Foyer": 3, "Autre": 2}, "d’abord « FJT », 4 sur 9"),
        ({"FJT": 1, "Foyer": 4, "Autre": 4}, "d’abord « Foyer » et « Autre », 4 sur 9 chacun"),
        (
            {"FJT": 1, "Foyer": 1, "Autre": 1},
            "d’abord « FJT » et 2 autres à égalité, 1 sur 3 chacun",
        ),
    ],
)
def test_des_barres_egales_le_sont_dans_le_titre(nombres, vu):
    points = tuple(Point(nom, n, str(n)) for nom, n in nombres.items())
    assert Graphique("Logements", "Type", points).titre == f"Logements : {vu}"
