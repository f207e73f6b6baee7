"""The cells of a list: a phone shows the facts, never a dash alone."""

from types import SimpleNamespace

import pytest
from markupsafe import Markup

from app.views.socle.affichage import en_cellule
from app.views.socle.lignes_de_liste import ColonnesDeListe

COLONNES = [SimpleNamespace(nom=nom, libelle=nom.title()) for nom in ("jeune", "du", "motif")]


@pytest.mark.parametrize("vide", [en_cellule(""), Markup("–")])
def test_un_telephone_ne_montre_pas_ce_qui_ne_dit_rien(vide):
    tetes = ColonnesDeListe.de(COLONNES, {"du", "motif"})
    suite = tetes.remplir([Markup("Zoé"), en_cellule("12/01/2026"), vide], {})
    assert suite == (
        f'<td data-libelle="Du">12/01/2026</td><td class="de-trop" data-libelle="Motif">{vide}</td>'
    )
