"""The twelve months of a year are all seen on a screen of 1280 pixels, for every MDS."""

import pytest

from tests.navigateur.test_apparence import base, entrer  # noqa: F401

DEBORDE = """[...document.querySelectorAll('.defile:has(table.calendrier)')]
    .filter(boite => boite.scrollWidth > boite.clientWidth)
    .map(boite => `${boite.scrollWidth} > ${boite.clientWidth}`)"""


@pytest.mark.parametrize("adresse", ["/obligations/", "/obligations/?annee=2025", "/envois/"])
def test_le_calendrier_montre_decembre_a_1280_pixels(entrer, adresse):  # noqa: F811
    page = entrer("dpid")
    page.goto(adresse)
    assert page.locator("table.calendrier").count()
    assert page.evaluate(DEBORDE) == []
