"""The agenda of a comité de suivi: in which order youths come, and how a text hides their names."""

import pytest

from app.regles.comite import MOTIFS, Masque, Raison, dire, hors_du_dossier, lire_les_motifs, ranger


def test_les_plus_graves_d_abord_puis_ceux_qui_ont_le_plus_de_raisons():
    raisons = {
        "nouveau": [Raison("NOUVEAU")],
        "une alerte": [Raison("ALERTE")],
        "deux": [Raison("BINOME"), Raison("ALERTE")],
        "une étape": [Raison("ETAPE")],
    }
    rangees = ranger(raisons)
    assert [*rangees] == ["deux", "une alerte", "une étape", "nouveau"]
    assert [r.code for r in rangees["deux"]] == ["ALERTE", "BINOME"]


def test_les_motifs_se_lisent_comme_ils_sont_ecrits():
    raisons = [Raison("ALERTE", "depuis le 03/11/2026"), Raison("BINOME")]
    assert dire(raisons, 500) == "Alerte ouverte depuis le 03/11/2026 ; Sans binôme"
    assert lire_les_motifs(dire(raisons, 500)) == [r.dite for r in raisons]
    assert dire(raisons, 40) == "Alerte ouverte depuis le 03/11/2026"
    assert hors_du_dossier(dire(raisons, 500)) == ["Sans binôme"]
    assert lire_les_motifs(None) == []
    phrases = [Raison("TACHE", "Appeler le CFA."), Raison("NOUVELLES", "depuis plus de 60 jours")]
    assert dire(phrases, 500) == (
        "Tâche non faite : Appeler le CFA ; Sans nouvelles depuis plus de 60 jours"
    )
    assert dire(phrases, 40) == "Tâche non faite : Appeler le CFA."


def test_chaque_motif_a_ses_mots():
    assert all(Raison(code).dite == mots for code, mots in MOTIFS.items())


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [
        ("Voir Aya avec la MECS.", "Voir D1 avec la MECS."),
        ("Aya Lefèvre-Dubois part demain", "D1 part demain"),
        ("DUBOIS appelle, AYA aussi", "D1 appelle, D1 aussi"),
        ("l’école d’Aya et de Rose", "l’école d’D1 et de D2"),
        ("Lefevre a écrit", "D1 a écrit"),
        ("une rose, un avis d’ayant droit", "une rose, un avis d’ayant droit"),
        ("Aya-Rose n’existe pas", "D1-D2 n’existe pas"),
        ("", ""),
    ],
)
def test_un_nom_ecrit_dans_un_texte_devient_le_code(texte, attendu):
    masque = Masque([("D1", "Aya", "Lefèvre-Dubois"), ("D2", "Rose", "Martin")])
    assert masque.cacher(texte) == attendu
