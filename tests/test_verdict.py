"""One verdict, one date: the convention, the bilan on the screen and the bilan in Word say the same
of the objectives, in the running year as in a year that is over."""

import re
from datetime import date, timedelta
from html import unescape

import pytest
from docx import Document

from app import acces
from app.echanges.bilan import contenu
from app.echanges.bilan import document as bilan_document
from app.extensions import db
from app.regles.age import aujourd_hui
from tests import factories as f
from tests.connexions import ouvrir_session

OBJECTIFS = (("I5", 50), ("I7", 50), ("I9", 50), ("I4", 5), ("I10", 10))
STABLE = {
    "situation_pro_code": "LYCEE_PRO",
    "logement_code": "LOC_SOC",
    "ressource_1_code": "SALAIRE",
}


def un_sortant(nom: str, sortie: date, *, observee: bool) -> None:
    """Followed and en binôme until a day, with a situation around it or not."""
    jeune = f.un_jeune("ART", nom=nom, date_naissance=date(sortie.year - 18, 1, 1))
    debut = sortie.replace(year=sortie.year - 1)
    f.un_accompagnement(jeune, du=debut)
    f.une_mesure(jeune, du=debut, au=sortie)
    f.un_binome(jeune, du=debut)
    f.un_rdv_tripartite(jeune, le=debut)
    if observee:
        f.une_situation(jeune, observee_le=min(sortie, aujourd_hui()), **STABLE)


@pytest.fixture(scope="module")
def convention(app):
    """Of the running year: six youths left today, four will leave, of whom nothing is known yet."""
    jour = aujourd_hui()
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        convention = f.une_convention(
            numero="VERDICT", du=date(jour.year, 1, 1), au=date(jour.year, 12, 31)
        )
        for code, cible in OBJECTIFS:
            f.un_objectif(convention, indicateur=code, cible=cible)
        for n in range(6):
            un_sortant(f"Sorti{n}", jour, observee=True)
        for n in range(4):
            un_sortant(f"Sortira{n}", jour + timedelta(days=20 + n), observee=False)
        compte = f.un_compte("DPID").id
        db.session.commit()
        return {"numero": convention.id, "compte": compte}


def verdicts_html(page: str) -> list[tuple[str, ...]]:
    """(code, objective, result, verdict) of each line of the tables of objectives."""
    lignes = []
    for ligne in re.findall(r"<tr><td[^>]*>(I\d+|S1)</td>(.*?)</tr>", page, re.DOTALL):
        cellules = re.findall(r"<td[^>]*>(?:<span[^>]*>)?(.*?)<", ligne[1], re.DOTALL)
        if cellules and cellules[-1] in ("Atteint", "Non atteint", "À apprécier"):
            lignes.append((ligne[0], *(unescape(c).strip() for c in cellules)))
    return lignes


def verdicts_word(chemin) -> list[tuple[str, ...]]:
    lignes = []
    for table in Document(str(chemin)).tables:
        rangees = [[cellule.text for cellule in rangee.cells] for rangee in table.rows]
        if rangees[0][-1] == "Constat":
            lignes += [(code, *reste) for code, _, *reste in rangees[1:]]
    return lignes


def test_la_convention_le_bilan_et_le_document_disent_le_meme_verdict(app, convention, tmp_path):
    client = ouvrir_session(app.test_client(), convention["compte"])
    jour = aujourd_hui()
    de_la_convention = client.get(f"/conventions/{convention['numero']}").text
    du_bilan = client.get("/bilan/").text
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        prepare = contenu.preparer_bilan(jour.year, None)
        bilan_document.ecrire(prepare, tmp_path / "bilan.docx")
    attendus = verdicts_html(de_la_convention)
    assert [code for code, *_ in attendus] == ["I4", "I5", "I7", "I9", "I10"]
    assert verdicts_html(du_bilan) == attendus
    assert verdicts_word(tmp_path / "bilan.docx") == attendus
    assert {code: verdict for code, _, _, verdict in attendus}["I5"] == "Atteint"
    dit = f"Objectifs atteints : {prepare.conventions[0].atteints} sur 5."
    assert prepare.conventions[0].atteints == 4
    assert dit in unescape(de_la_convention) and dit in unescape(du_bilan)
    assert any(dit in x.text for x in Document(str(tmp_path / "bilan.docx")).paragraphs)


def test_une_sortie_a_venir_n_est_pas_dans_le_bilan(app, convention):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        bilan = contenu.preparer_bilan(aujourd_hui().year, None)
        assert (bilan.du, bilan.au) == (aujourd_hui().replace(month=1, day=1), aujourd_hui())
        assert bilan.resultats["I5"].valeurs["n"] == 6
        assert bilan.resultats["I5"].valeurs["nr"] == 0


def test_le_bilan_d_un_jour_a_venir_est_refuse(app):
    demain = aujourd_hui() + timedelta(days=1)
    with pytest.raises(contenu.BilanRefuse, match="n’est pas à venir|L’année va de"):
        contenu.bornes(demain.year, demain)


@pytest.mark.parametrize(
    ("jour", "jusqu_au"), [("2025-03-31", "2025-03-31"), ("2026-05-01", "2025-12-31")]
)
def test_l_etat_d_une_convention_s_arrete_au_jour_dit_ou_a_sa_fin(session, jour, jusqu_au):
    convention = f.une_convention(du=date(2025, 1, 1), au=date(2025, 12, 31))
    (etat,) = contenu.etats_des_conventions([convention], date.fromisoformat(jour))
    assert (etat.du, etat.jusqu_au) == (date(2025, 1, 1), date.fromisoformat(jusqu_au))
    assert contenu.etats_des_conventions([], date(2025, 1, 1)) == []
