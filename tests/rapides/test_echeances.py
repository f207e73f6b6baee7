"""The steps of the law (M4), the phase of a youth (M1) and the fifteen days (M2), on dates that a
person can check."""

from datetime import date
from types import SimpleNamespace as Ligne

import pytest

from app.regles.age import age_revolu, ajouter_mois, anniversaire
from app.regles.echeances import Faits, droit_au_retour, echeances
from app.regles.parcours import blocs, delai, phase

NAISSANCE = date(2007, 6, 15)  # 17 on 15/06/2024, 18 on 15/06/2025


def mesure(du, au=None, motif=None, jeune_majeur=False, numero=1, echeance=None):
    return Ligne(
        id=numero,
        du=du,
        echeance=echeance,
        au=au,
        motif_fin_code=motif,
        jeune_majeur=jeune_majeur,
    )


def rencontre(type_code, le, statut="TENUE", presents=True, fixee_le=None, etape=None):
    return Ligne(
        type_code=type_code,
        le=le,
        statut_code=statut,
        jeune_present=presents,
        coordonnateur_present=presents,
        service_ase_present=presents,
        lieu_accueil_present=None,
        fixee_le=fixee_le,
        etape=etape,
    )


def sejour(du, au=None, motif=None):
    return Ligne(du=du, au=au, motif_sortie_code=motif)


def binome(referent):
    return Ligne(du=date(2025, 3, 10), au=None, referent_ase=referent)


def decision(cle, faite_le=None, motif=None):
    return Ligne(echeance=cle, faite_le=faite_le, est_sans_objet=faite_le is None, motif=motif)


def demande(le, decidee_le=None, decision=None):
    return Ligne(id=7, demandee_le=le, decidee_le=decidee_le, decision_code=decision)


def proposition(le, reponse=None):
    return Ligne(proposee_le=le, reponse_code=reponse)


def etapes(
    le,
    *,
    naissance=NAISSANCE,
    mesures=(),
    sejours=(),
    rencontres=(),
    situations=(),
    decisions=(),
    demandes=(),
    propositions=(),
):
    faits = Faits(
        naissance,
        mesures,
        sejours,
        rencontres,
        situations,
        decisions,
        demandes_cjm=demandes,
        propositions_cej=propositions,
    )
    return {pas.cle: pas for pas in echeances(faits, le)}


PLACEMENT = mesure(date(2015, 1, 1))


def test_l_age_d_un_jeune_ne_un_29_fevrier_change_le_1er_mars():
    ne = date(2008, 2, 29)
    assert anniversaire(ne, 17) == date(2025, 3, 1)
    assert age_revolu(ne, date(2025, 2, 28)) == 16
    assert age_revolu(ne, date(2025, 3, 1)) == 17
    assert anniversaire(ne, 20) == date(2028, 2, 29)


def test_six_mois_apres_un_31_tombent_le_dernier_jour_du_mois():
    assert ajouter_mois(date(2024, 8, 31), 6) == date(2025, 2, 28)
    assert ajouter_mois(date(2025, 3, 15), -6) == date(2024, 9, 15)


@pytest.mark.parametrize(
    ("le", "etat"),
    [
        (date(2024, 6, 14), "a_venir"),
        (date(2024, 6, 15), "en_retard"),
        (date(2025, 6, 14), "en_retard"),
        (date(2025, 6, 15), "non_faite"),
    ],
)
def test_l_entretien_des_17_ans_est_du_au_17e_anniversaire_et_n_est_plus_possible_a_18_ans(
    le, etat
):
    assert etapes(le, mesures=[PLACEMENT])["ENTRETIEN_17"].etat == etat


def test_l_entretien_des_17_ans_tenu_ou_prevu_se_lit_dans_les_rencontres():
    tenu = etapes(
        date(2024, 7, 1),
        mesures=[PLACEMENT],
        rencontres=[rencontre("ENTRETIEN_17", date(2024, 5, 2))],
    )
    assert (tenu["ENTRETIEN_17"].etat, tenu["ENTRETIEN_17"].le) == ("faite", date(2024, 5, 2))
    prevu = etapes(
        date(2024, 7, 1),
        mesures=[PLACEMENT],
        rencontres=[rencontre("ENTRETIEN_17", date(2024, 7, 9), "PREVUE")],
    )
    assert prevu["ENTRETIEN_17"].etat == "prevue"
    absent = etapes(
        date(2024, 7, 1),
        mesures=[PLACEMENT],
        rencontres=[rencontre("ENTRETIEN_17", date(2024, 6, 20), "ABSENCE")],
    )
    assert absent["ENTRETIEN_17"].etat == "en_retard"


def test_confie_apres_17_ans_l_entretien_est_du_des_le_premier_jour():
    assert etapes(date(2024, 12, 1), mesures=[mesure(date(2024, 11, 4))])[
        "ENTRETIEN_17"
    ].du == date(2024, 11, 4)


def test_jamais_confie_avant_18_ans_les_etapes_de_la_minorite_sont_sans_objet():
    vues = etapes(date(2026, 1, 1), mesures=[mesure(date(2025, 9, 1))])
    assert {vues[c].etat for c in ("ENTRETIEN_17", "PROJET_17", "PREPARATION_18")} == {"sans_objet"}
    assert vues["ENTRETIEN_17"].motif == "aucune mesure ASE avant 18 ans"


def test_la_majorite_se_prepare_deux_mois_avant_et_le_contrat_majeur_se_voit_aux_mesures():
    vues = etapes(date(2025, 5, 1), mesures=[PLACEMENT])
    assert (vues["PREPARATION_18"].du, vues["PREPARATION_18"].etat) == (
        date(2025, 4, 15),
        "en_retard",
    )
    contrat = mesure(date(2025, 6, 15), date(2026, 6, 14), jeune_majeur=True, numero=2)
    assert etapes(date(2025, 7, 1), mesures=[PLACEMENT, contrat])["CJM_18"].etat == "faite"
    assert etapes(date(2025, 7, 1), mesures=[PLACEMENT])["CJM_18"].etat == "en_retard"


def test_le_cej_est_sans_objet_pour_qui_est_deja_dans_un_parcours():
    def cej(code, parcours):
        vue = Ligne(observee_le=date(2025, 6, 20), situation_pro_code=code, parcours=parcours)
        return etapes(date(2025, 7, 1), mesures=[PLACEMENT], situations=[vue])["CEJ_18"].etat

    assert [cej("CEJ", "accompagnement"), cej("CDI", "pro"), cej("SANS_SOLUTION", "aucun")] == [
        "faite",
        "sans_objet",
        "en_retard",
    ]


@pytest.mark.parametrize(
    ("le", "attendu"),
    [
        (date(2025, 1, 1), {"90": "a_venir", "60": "a_venir", "30": "a_venir"}),
        (date(2025, 4, 1), {"90": "en_retard", "60": "a_venir", "30": "a_venir"}),
        (date(2025, 5, 10), {"60": "en_retard", "30": "a_venir"}),
        (date(2025, 6, 30), {"30": "en_retard"}),
        (date(2025, 7, 1), {}),
    ],
)
def test_la_fin_d_une_mesure_se_rappelle_a_90_60_et_30_jours_puis_se_tait(le, attendu):
    vues = etapes(le, mesures=[mesure(date(2020, 1, 1), date(2025, 6, 30))])
    assert {cle.split(":")[3]: e.etat for cle, e in vues.items() if e.famille == "FIN"} == attendu


def test_une_mesure_qui_prend_la_suite_rend_le_rappel_sans_objet():
    deux = [mesure(date(2020, 1, 1), date(2025, 6, 30)), mesure(date(2025, 7, 1), numero=2)]
    vues = etapes(date(2025, 6, 10), mesures=deux)
    assert vues["FIN:1:2025-06-30:30"].etat == "sans_objet"


def test_les_rappels_partent_de_l_echeance_et_non_de_la_fin_reelle():
    court = mesure(date(2020, 1, 1), echeance=date(2025, 6, 30))
    assert etapes(date(2025, 6, 10), mesures=[court])["FIN:1:2025-06-30:30"].etat == "en_retard"
    fini_avant = mesure(date(2020, 1, 1), date(2025, 5, 31), echeance=date(2025, 6, 30))
    vues = etapes(date(2025, 5, 20), mesures=[fini_avant])
    assert "FIN:1:2025-05-31:30" in vues
    assert "FIN:1:2025-06-30:30" not in vues
    prolongee = mesure(date(2020, 1, 1), date(2025, 9, 30), echeance=date(2025, 6, 30))
    assert "FIN:1:2025-06-30:30" in etapes(date(2025, 6, 10), mesures=[prolongee])


def test_l_entretien_de_six_mois_suit_chaque_sortie_de_majeur():
    parti = [mesure(date(2015, 1, 1), date(2025, 8, 31))]
    cle = "ENTRETIEN_6_MOIS:2025-08-31"
    assert etapes(date(2025, 9, 1), mesures=parti)[cle].du == date(2026, 2, 28)
    assert etapes(date(2026, 3, 1), mesures=parti)[cle].etat == "en_retard"
    assert etapes(date(2026, 9, 1), mesures=parti)[cle].etat == "non_faite"
    tenu = [rencontre("ENTRETIEN_6_MOIS", date(2026, 2, 10))]
    assert etapes(date(2026, 3, 1), mesures=parti, rencontres=tenu)[cle].etat == "faite"
    mineur = [mesure(date(2015, 1, 1), date(2024, 9, 1))]
    assert (
        etapes(date(2025, 4, 1), mesures=mineur)["ENTRETIEN_6_MOIS:2024-09-01"].motif
        == "sorti de l’ASE avant 18 ans"
    )


def test_un_retour_dans_les_trente_jours_n_est_pas_une_sortie():
    trente_jours_nus = [
        mesure(date(2020, 1, 1), date(2025, 1, 1)),
        mesure(date(2025, 2, 1), date(2025, 3, 1), numero=2),
    ]
    assert [b.au for b in blocs(trente_jours_nus)] == [date(2025, 3, 1)]
    trente_et_un = [
        mesure(date(2020, 1, 1), date(2025, 1, 1)),
        mesure(date(2025, 2, 2), date(2025, 3, 1), numero=2),
    ]
    assert [b.au for b in blocs(trente_et_un)] == [date(2025, 1, 1), date(2025, 3, 1)]


def test_ce_qu_une_personne_a_ecrit_l_emporte():
    dites = [
        decision("ENTRETIEN_17", faite_le=date(2024, 6, 20)),
        decision("PROJET_17", motif="refus du jeune"),
    ]
    vues = etapes(date(2025, 1, 1), mesures=[PLACEMENT], decisions=dites)
    assert (vues["ENTRETIEN_17"].etat, vues["ENTRETIEN_17"].le) == ("faite", date(2024, 6, 20))
    assert (vues["PROJET_17"].etat, vues["PROJET_17"].motif) == ("sans_objet", "refus du jeune")


def test_apres_un_deces_rien_n_est_plus_demande():
    vues = etapes(
        date(2025, 3, 1), mesures=[mesure(date(2015, 1, 1), date(2025, 2, 1), motif="DECES")]
    )
    assert {e.etat for e in vues.values()} == {"sans_objet"}


# Phases


def jeune(repere=None, contact=None):
    return Ligne(repere_le=repere, contact_le=contact)


LE = date(2025, 3, 20)


def test_phase_1_un_jeune_repere_attend_son_orientation():
    vue = phase(jeune(date(2025, 3, 1)), [], [], [PLACEMENT], [], LE)
    assert (vue.code, vue.depuis, vue.suite) == (
        "REPERAGE",
        date(2025, 3, 1),
        "Orienter vers le coordonnateur (prise de contact)",
    )


def test_phase_2_le_rendez_vous_est_a_fixer_dans_les_quinze_jours():
    vue = phase(jeune(contact=date(2025, 3, 1)), [], [], [PLACEMENT], [], LE)
    assert (vue.code, vue.depuis, vue.avant_le, vue.en_retard(LE)) == (
        "ORIENTATION",
        date(2025, 3, 1),
        date(2025, 3, 16),
        True,
    )


@pytest.mark.parametrize(
    ("rdv", "suite"),
    [
        (
            rencontre("TRIPARTITE", date(2025, 3, 25), "PREVUE"),
            "Rendez-vous tripartite prévu le 25/03/2025",
        ),
        (
            rencontre("TRIPARTITE", date(2025, 3, 10), "PREVUE"),
            "Dire si le rendez-vous du 10/03/2025 a eu lieu",
        ),
        (
            rencontre("TRIPARTITE", date(2025, 3, 10), "ABSENCE"),
            "Fixer un nouveau rendez-vous (celui du 10/03/2025 n’a pas eu lieu)",
        ),
        (
            rencontre("TRIPARTITE", date(2025, 3, 10), "TENUE", presents=None),
            "Compléter les présences du rendez-vous du 10/03/2025, ou en fixer un autre",
        ),
    ],
)
def test_phase_3_le_rendez_vous_existe_mais_n_est_pas_tenu(rdv, suite):
    vue = phase(jeune(contact=date(2025, 3, 1)), [], [], [PLACEMENT], [rdv], LE)
    assert (vue.code, vue.suite) == ("RENDEZ_VOUS", suite)


TENU = [rencontre("TRIPARTITE", date(2025, 3, 10))]


def test_phase_4_apres_le_rendez_vous_il_reste_a_ouvrir_l_accompagnement_puis_le_binome():
    def suite(sejours, binomes):
        vue = phase(jeune(contact=date(2025, 3, 1)), sejours, binomes, [PLACEMENT], TENU, LE)
        return vue.code, vue.suite

    ouvert = [sejour(date(2025, 3, 10))]
    assert suite([], []) == ("ACCOMPAGNEMENT", "Ouvrir l’accompagnement")
    assert suite(ouvert, []) == ("ACCOMPAGNEMENT", "Constituer le binôme")
    assert suite(ouvert, [binome("Maryse Référente")]) == ("ACCOMPAGNEMENT", "")
    seul = "Nommer le référent ASE : le coordonnateur est seul"
    assert suite(ouvert, [binome(None)]) == ("ACCOMPAGNEMENT", seul)


def test_apres_l_ase_le_coordonnateur_assure_le_relais():
    finie = [mesure(date(2015, 1, 1), date(2025, 3, 15))]
    vue = phase(jeune(contact=date(2025, 3, 1)), [sejour(date(2025, 3, 10))], [], finie, TENU, LE)
    assert (vue.code, vue.depuis) == ("RELAIS", date(2025, 3, 15))


@pytest.mark.parametrize(
    ("binomes", "suite"),
    [
        ([], "Dire quel coordonnateur poursuit seul"),
        ([binome(None)], ""),
        ([binome("Maryse Référente")], "Passer le relais : le coordonnateur poursuit seul"),
    ],
)
def test_dans_le_relais_quelqu_un_est_nomme(binomes, suite):
    finie = [mesure(date(2015, 1, 1), date(2025, 3, 15))]
    contacte = jeune(contact=date(2025, 3, 1))
    vue = phase(contacte, [sejour(date(2025, 3, 10))], binomes, finie, TENU, LE)
    assert (vue.code, vue.suite) == ("RELAIS", suite)


def test_un_accompagnement_termine_est_une_sortie_et_un_nouveau_contact_un_retour():
    termine = [sejour(date(2024, 1, 1), date(2025, 1, 31), "AUTONOMIE")]
    sorti = phase(jeune(contact=date(2023, 12, 1)), termine, [], [PLACEMENT], TENU[:0], LE)
    assert (sorti.code, sorti.depuis) == ("SORTI", date(2025, 1, 31))
    retour = phase(
        jeune(contact=date(2025, 3, 12)),
        termine,
        [],
        [PLACEMENT],
        [rencontre("TRIPARTITE", date(2024, 1, 5))],
        LE,
    )
    assert retour.code == "ORIENTATION"


def test_un_accompagnement_cree_par_erreur_compte_comme_s_il_n_existait_pas():
    erreur = [sejour(date(2024, 1, 1), date(2024, 1, 2), "ERREUR")]
    assert phase(jeune(date(2025, 1, 1)), erreur, [], [], [], LE).code == "REPERAGE"


def test_un_deces_est_une_sortie():
    assert (
        phase(
            jeune(),
            [sejour(date(2024, 1, 1))],
            [],
            [mesure(date(2015, 1, 1), date(2025, 2, 1), "DECES")],
            TENU,
            LE,
        ).code
        == "SORTI"
    )


@pytest.mark.parametrize(
    ("rdv", "etat", "phrase"),
    [
        ([], "depasse", "aucun rendez-vous : délai de 15 jours dépassé depuis 4 jours"),
        (
            [rencontre("TRIPARTITE", date(2025, 3, 16))],
            "tenu",
            "rendez-vous au 15e jour après la prise de contact",
        ),
        (
            [rencontre("TRIPARTITE", date(2025, 3, 17), "PREVUE")],
            "depasse",
            "rendez-vous seulement au 16e jour après la prise de contact",
        ),
        (
            [rencontre("TRIPARTITE", date(2025, 3, 5), "ANNULEE")],
            "depasse",
            "aucun rendez-vous : délai de 15 jours dépassé depuis 4 jours",
        ),
    ],
)
def test_les_quinze_jours_se_comptent_depuis_la_prise_de_contact(rdv, etat, phrase):
    vu = delai(date(2025, 3, 1), rdv, LE)
    assert (vu.etat, vu.phrase(LE)) == (etat, phrase)


def test_le_delai_court_encore():
    assert (
        delai(date(2025, 3, 10), [], LE).phrase(LE)
        == "encore 5 jours pour tenir le délai de 15 jours"
    )
    assert delai(None, [], LE) is None


def test_une_demande_de_contrat_jeune_majeur_fait_l_etape_quand_elle_est_decidee():
    le = date(2025, 7, 1)
    posee = demande(date(2025, 5, 2))
    attend = etapes(le, mesures=[PLACEMENT], demandes=[posee])["CJM_18"]
    assert (attend.etat, attend.demande) == ("en_retard", 7)
    assert attend.motif == "demandé le 02/05/2025, décision attendue"
    refusee = demande(date(2025, 5, 2), date(2025, 6, 3), "REFUSEE")
    faite = etapes(le, mesures=[PLACEMENT], demandes=[refusee, posee])["CJM_18"]
    assert (faite.etat, faite.le, faite.motif) == ("faite", date(2025, 6, 3), "refusé")
    contrat = mesure(date(2025, 6, 16), jeune_majeur=True, numero=2)
    par_la_mesure = etapes(le, mesures=[PLACEMENT, contrat], demandes=[refusee])["CJM_18"]
    assert par_la_mesure.le == date(2025, 6, 16)


@pytest.mark.parametrize(
    ("reponse", "motif"),
    [(None, "réponse attendue"), ("ACCEPTEE", "accepté"), ("REFUSEE", "refusé")],
)
def test_un_cej_propose_fait_l_etape_quelle_que_soit_la_reponse(reponse, motif):
    proposee = proposition(date(2025, 6, 20), reponse)
    pas = etapes(date(2025, 7, 1), mesures=[PLACEMENT], propositions=[proposee])["CEJ_18"]
    assert (pas.etat, pas.le, pas.motif) == ("faite", date(2025, 6, 20), motif)


@pytest.mark.parametrize(
    ("le", "mesures", "jusqu_au"),
    [
        (date(2025, 7, 1), [mesure(date(2015, 1, 1), date(2025, 6, 15))], date(2028, 6, 14)),
        (date(2028, 6, 14), [mesure(date(2015, 1, 1), date(2025, 6, 15))], date(2028, 6, 14)),
        (date(2028, 6, 15), [mesure(date(2015, 1, 1), date(2025, 6, 15))], None),
        (date(2025, 6, 14), [mesure(date(2015, 1, 1), date(2025, 1, 15))], None),  # a minor
        (date(2025, 7, 1), [mesure(date(2015, 1, 1))], None),  # still under a mesure
        (date(2025, 7, 1), [mesure(date(2025, 6, 20), date(2025, 6, 25))], None),  # never before 18
        (date(2025, 7, 1), [mesure(date(2015, 1, 1), date(2025, 6, 15), "DECES")], None),
    ],
)
def test_le_droit_au_retour_va_jusqu_a_la_veille_des_21_ans(le, mesures, jusqu_au):
    assert droit_au_retour(Faits(NAISSANCE, mesures), le) == jusqu_au


def test_une_rencontre_prevue_pour_une_etape_la_rend_prevue_sans_la_faire():
    le = date(2025, 7, 1)
    prevue = rencontre("ENTRETIEN", date(2025, 7, 9), "PREVUE", etape="CJM_18")
    pas = etapes(le, mesures=[PLACEMENT], rencontres=[prevue])
    assert (pas["CJM_18"].etat, pas["CJM_18"].le) == ("prevue", date(2025, 7, 9))
    assert pas["CEJ_18"].etat == "en_retard"
    passee = etapes(date(2025, 7, 10), mesures=[PLACEMENT], rencontres=[prevue])
    assert passee["CJM_18"].etat == "en_retard"
    tenue = rencontre("ENTRETIEN", date(2025, 6, 20), etape="CJM_18")
    assert etapes(le, mesures=[PLACEMENT], rencontres=[tenue])["CJM_18"].etat == "en_retard"
    decidee = demande(date(2025, 5, 2), date(2025, 6, 3), "ACCEPTEE")
    faite = etapes(le, mesures=[PLACEMENT], rencontres=[prevue], demandes=[decidee])
    assert faite["CJM_18"].etat == "faite"
