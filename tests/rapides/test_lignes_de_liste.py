"""The cells of a list: a phone shows the facts, never a dash alone."""

from types import SimpleNamespace

import pytest
from markupsafe import Markup

from app.models import DemandeCjm, Evenement, Instance, Rencontre
from app.models.nomenclature import StatutInstance
from app.views.socle.affichage import en_cellule, propriete
from app.views.socle.lignes_de_liste import ColonnesDeListe, dits_en_bref

COLONNES = [
    SimpleNamespace(nom=nom, libelle=nom.title(), colonne=None, est_nombre=False)
    for nom in ("jeune", "du", "motif")
]


@pytest.mark.parametrize("vide", [en_cellule(""), Markup("–")])
def test_un_telephone_ne_montre_pas_ce_qui_ne_dit_rien(vide):
    tetes = ColonnesDeListe.de(COLONNES, {"du", "motif"})
    suite = tetes.remplir([Markup("Zoé"), en_cellule("12/01/2026"), vide], {})
    assert suite == (
        '<td class="dit" data-libelle="Du">12/01/2026</td>'
        f'<td class="de-trop" data-libelle="Motif">{vide}</td>'
    )


@pytest.mark.parametrize(
    ("cellule", "debut"),
    [
        ("12/01/2026", '<td class="dit" data-libelle="Du">'),
        ("04/11/2026 à 15:12", '<td class="dit" data-libelle="Du">'),
        ("Oui", '<td class="dit" data-libelle="Du\u00a0:">'),
        ("Aucun", '<td class="dit" data-libelle="Du\u00a0:">'),
        ("0,50", '<td class="dit" data-libelle="Du\u00a0:">'),
        ("18", '<td class="dit" data-libelle="Du\u00a0:">'),
        ("Artois", '<td data-libelle="Du">'),
        ("03\u00a053\u00a001\u00a099\u00a048", '<td data-libelle="Du">'),
    ],
)
def test_un_telephone_nomme_ce_qui_ne_dit_rien_sans_son_titre(cellule, debut):
    colonnes = ColonnesDeListe.intitulees(["Jeune", "Du"])
    assert colonnes.remplir(["Zoé", cellule], {}) == f"{debut}{cellule}</td>"


@pytest.mark.parametrize(
    ("cellule", "est_d_un_trait"),
    [
        ("Nour Delestrez", True),
        ("ASE-ML-2025", True),
        ("Au moins", True),
        ("Artois", False),
        ("Tout le Département", False),
        ("12/01/2026", False),
        (Markup('<a href="/">a b</a>'), False),
    ],
)
def test_un_nom_ou_un_code_n_est_pas_coupe_en_deux(cellule, est_d_un_trait):
    colonnes = ColonnesDeListe.intitulees(["Jeune", "Qui"])
    suite = colonnes.remplir(["Zoé", cellule], {})
    assert ('class="court' in suite) is est_d_un_trait


def test_une_cellule_courte_garde_ce_que_le_telephone_en_fait():
    tetes = ColonnesDeListe.de(COLONNES, {"du"})
    suite = tetes.remplir([Markup("Zoé"), en_cellule(""), en_cellule("Au moins")], {})
    assert suite.endswith('<td class="court de-trop" data-libelle="Motif">Au moins</td>')


def test_rien_de_connu_se_dit_d_un_tiret_et_un_telephone_ne_le_montre_pas():
    colonnes = ColonnesDeListe.intitulees(["Jeune", "Du", "Actions"])
    suite = colonnes.remplir(["Zoé", "", ""], {})
    assert suite == f'<td class="de-trop" data-libelle="Du">{en_cellule("")}</td><td></td>'


def test_un_telephone_dit_ou_en_est_la_fiche_meme_si_la_colonne_est_loin():
    colonnes = ["jeune_id", "le", "heure", "type_code", "statut_code", "lieu_code", "mds_id"]
    assert dits_en_bref(colonnes) == ["le", "heure", "type_code", "statut_code"]
    assert dits_en_bref(["nom", "du", "au"]) == ["du", "au"]


def test_les_actes_d_une_ligne_ont_leur_ligne_et_rien_n_est_ecrit_sans_etre_echappe():
    colonnes = ColonnesDeListe.intitulees(["Jeune", "Motif", "Actions"])
    suite = colonnes.remplir(["Zoé", "<b>", Markup("<a>Modifier</a>")], {})
    assert suite == '<td data-libelle="Motif">&lt;b&gt;</td><td><a>Modifier</a></td>'


@pytest.mark.parametrize(
    ("colonne", "classe"),
    [(DemandeCjm.est_renouvellement, "de-trop"), (Rencontre.jeune_present, "dit")],
)
def test_un_telephone_ne_dit_pas_qu_une_case_n_est_pas_cochee(colonne, classe):
    """« Jeune présent : non » differs from nothing known; « Renouvellement : non » does not."""
    [cle] = colonne.property.columns
    reponse = SimpleNamespace(nom="reponse", libelle="Réponse", colonne=cle, est_nombre=False)
    tetes = ColonnesDeListe.de([COLONNES[0], reponse], {"reponse"})
    assert f'<td class="{classe}"' in tetes.remplir([Markup("Zoé"), Markup("Non")], {})
    assert '<td class="dit"' in tetes.remplir([Markup("Zoé"), Markup("Oui")], {})


def test_un_telephone_dit_l_age_avec_son_unite():
    tetes = ColonnesDeListe.intitulees(["Jeune", "Âge"])
    assert tetes.remplir(["Zoé", "18"], {}) == (
        '<td data-libelle="Âge">18<span class="tel-mot">\u00a0ans</span></td>'
    )
    assert "ans" not in tetes.remplir(["Zoé", "–"], {})


def test_un_nombre_se_lit_a_droite_et_un_numero_n_en_est_pas_un():
    colonnes = [
        propriete(Instance, nom, {}, {}, {}) for nom in ("le", "jeunes_recus", "mds_id", "code")
    ]
    assert [c.nom for c in colonnes if c.est_nombre] == ["jeunes_recus"]
    du_journal = [propriete(Evenement, nom, {}, {}, {}) for nom in ("jeune_id", "mds_id")]
    assert not any(c.est_nombre for c in du_journal)
    suite = ColonnesDeListe.de(colonnes, {"jeunes_recus"}).remplir(["", "3", "Artois", ""], {})
    assert suite.startswith('<td class="dit nombre" data-libelle="Jeunes reçus\u00a0:">3</td>')


@pytest.mark.parametrize(
    ("code", "classe"), [("PREVUE", "prevu"), ("TENUE", "fait"), ("ANNULEE", "")]
)
def test_un_statut_est_une_pastille_qui_garde_son_mot(code, classe):
    statut = propriete(Instance, "statut_code", {}, {}, {})
    instance = Instance(statut=StatutInstance(code=code, libelle="L’état"))
    assert statut.cellule(instance) == f'<span class="etat {classe}">L’état</span>'
    assert statut.texte(instance) == "L’état"
