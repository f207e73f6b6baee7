"""As many statements with twice the rows, on every screen: the routes are walked, a new one is
counted without a line here."""

import pytest

from app import acces
from app.extensions import db
from tests import factories as f
from tests.connexions import jeton, ouvrir_session
from tests.ecrans import Ecran, ecrans
from tests.ordres_sql import ordres_sql

BUDGETS = {"list": 8, "show": 23, "add": 5, "edit": 5, "delete": 5, "export": 5, "chercher": 5}
"""Statements of a page, by the name of its route: who is there and their rights take one, and each
tab of a youth's file one."""
AUTRES = {
    "EtapeView.add": 21,
    "JeuneView.list": 6,
    "BilanView.index": 200,
    "IndicateursView.comparer": 200,
    "TableauView.completude": 100,
}
"""Pages that ask for more: the steps of a whole file, figures computed several times over
(territories, months)."""
SANS_BUDGET = 40
"""For the pages that are like no other: what is to be done, the story of a file, a table of
figures."""


def remplir(n: int) -> int:
    """One record of each kind for a youth of Artois, who is the ``n``-th; returns the number of the
    youth."""
    jeune = f.un_jeune(nom=f"Nombreux{n}", contact_le=f.il_y_a(50 + n))
    action, instance, partenaire = (
        f.une_action_collective(),
        f.une_instance(le=f.il_y_a(n)),
        f.un_partenaire(),
    )
    f.un_accompagnement(jeune), f.un_binome(jeune), f.une_mesure(jeune), f.un_rattachement(jeune)
    f.une_alerte(jeune), f.un_frein(jeune), f.une_situation(jeune), f.une_etape(jeune)
    (
        f.une_rencontre(jeune, action_id=action.id),
        f.une_rencontre(jeune, statut_code="PREVUE", le=f.il_y_a(2)),
    )
    f.une_enquete(jeune), f.une_mobilisation(jeune, partenaire), f.une_decision(jeune, instance)
    f.un_contact(partenaire), f.un_participant(instance), f.un_transfert(jeune), f.une_fusion(jeune)
    if n % 3 == 0:
        f.une_rencontre(jeune, type_code="ENTRETIEN_17", le=f.il_y_a(30))
    for table in ("tache", "besoin", "demande_cjm", "proposition_cej", "mobilite"):
        f.une_fiche(table, jeune=jeune)
    f.une_fiche("tache_instance", instance_id=instance.id)
    f.une_fiche("point_de_comite", jeune=jeune, instance_id=instance.id)
    f.un_poste(), f.un_compte("SLAI", "ART")
    convention = f.une_convention(numero=f"2026-{n}")
    f.un_versement(convention), f.un_objectif(convention), f.une_demande(code_dossier=jeune.code)
    return jeune.id


def budget(endpoint: str) -> int:
    return AUTRES.get(endpoint) or BUDGETS.get(endpoint.rpartition(".")[2], SANS_BUDGET)


def compter(client, csrf: str, ecran: Ecran) -> int | None:
    """Statements of one request; None when the screen is not for this account."""
    with ordres_sql() as ordres:
        statut = ecran.ouvrir(client, csrf).status_code
    return len(ordres) if statut == 200 else None


@pytest.fixture(scope="module")
def tous_les_roles(app):
    """Someone who holds every role, in all MDS: no screen is closed to them; and a youth."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        jeunes = [remplir(n) for n in range(3)]
        personne = f.un_compte("RESPONSABLE", None)
        for role in ("DPID", "DPO", "ADMINISTRATEUR"):
            f.une_habilitation(personne, role, None)
        f.un_texte_bilan()
        f.un_envoi(envoye=True)
        compte = personne.id
        db.session.commit()
    return compte, jeunes[0]


def test_deux_fois_plus_de_lignes_ne_demandent_pas_un_ordre_sql_de_plus(app, tous_les_roles):
    compte, jeune = tous_les_roles
    client = ouvrir_session(app.test_client(), compte)
    csrf, tous = jeton(client, "/mon-compte/"), ecrans(app, compte, jeune, details=False)
    avant = {}
    for ecran in tous:
        for _ in range(2):  # what a process keeps is read, even when the screen before has written
            avant[ecran.nom] = compter(client, csrf, ecran)
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        for n in range(3, 9):
            remplir(n)
        db.session.commit()
    apres = {}
    for ecran in tous:
        apres[ecran.nom] = compter(client, csrf, ecran)
        if apres[ecran.nom] != avant[ecran.nom]:  # the figures that are kept were counted again
            apres[ecran.nom] = compter(client, csrf, ecran)
    assert {n: (c, apres[n]) for n, c in avant.items() if c != apres[n]} == {}
    ouverts = {nom: nombre for nom, nombre in apres.items() if nombre is not None}
    assert len(ouverts) > 120, "the walk of the routes has lost its way"
    trop = {nom: nombre for nom, nombre in ouverts.items() if nombre > budget(nom.split()[0])}
    assert trop == {}, "more statements than such a screen may use"
