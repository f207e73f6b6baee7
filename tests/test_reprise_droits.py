"""The trial of an import refuses exactly what the base would refuse: each kind of shared record,
wherever it is and goes, for whoever imports."""

import itertools
from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app import acces
from app.echanges.reprise import application, droits
from app.echanges.reprise.choix import ChoixDuFichier
from app.extensions import db
from tests import factories as f
from tests.classeurs import JEUNE, LIMITES, ecrire

HABILITATIONS = {
    "référent d’Artois": [("REFERENT_SEF", "ART")],
    "coordonnateur d’Artois": [("COORDONNATEUR", "ART")],
    "responsable d’Artois": [("RESPONSABLE", "ART")],
    "responsable d’Artois, coordonnateur du Boulonnais": [
        ("RESPONSABLE", "ART"),
        ("COORDONNATEUR", "BOU"),
    ],
    "coordonnateur d’Artois et pilotage départemental": [
        ("COORDONNATEUR", "ART"),
        ("DPID", None),
    ],
    "référent d’Artois, SLAI partout": [("REFERENT_SEF", "ART"), ("SLAI", None)],
    "responsable partout": [("RESPONSABLE", None)],
}
PLUSIEURS = ((), ("ART",), ("BOU",), ("ART", "BOU"), ("BOU", "TER"))
UNE = (None, "ART", "BOU")
MDS = ("ART", "BOU")


@pytest.fixture(params=HABILITATIONS)
def compte(request, session):
    (role, mds), *autres = HABILITATIONS[request.param]
    cree = f.un_compte(role, mds=mds)
    for autre, ailleurs in autres:
        f.une_habilitation(cree, autre, ailleurs)
    session.commit()
    return cree.id


@pytest.fixture
def essayer(tmp_path):
    """The Excel rows that the trial refuses on this sheet, for this account."""

    def _essayer(compte, feuille, lignes):
        chemin = ecrire(tmp_path / "essai.xlsx", {feuille: lignes})
        options = application.OptionsDImport(True, True, choix=ChoixDuFichier(effacer=True))
        with acces.acteur(compte):
            rapport = application.importer(chemin, LIMITES, options)
        return {refus.ligne: refus.raison for refus in rapport.refus}

    return _essayer


def la_base_refuse(compte, ordre: str, **valeurs) -> bool:
    """Whether the base refuses this statement to this account; nothing of it stays."""
    with acces.acteur(compte):
        essai = db.session.begin_nested()
        try:
            return not db.session.execute(text(f"{ordre} returning id"), valeurs).all()
        except DBAPIError as erreur:
            assert erreur.orig.sqlstate == "42501", erreur
            return True
        finally:
            essai.rollback()


def numeros(mds) -> list[int]:
    return [f.numero_mds(code) for code in mds]


def comparer(lignes, refusees, attendues):
    """Row by row, the first being Excel's second."""
    for rang, (ligne, refus) in enumerate(zip(lignes, attendues, strict=True), 2):
        assert (rang in refusees) is refus, (ligne, refusees.get(rang))


def test_un_partenaire_d_une_ou_de_plusieurs_mds(session, compte, essayer):
    lignes, attendues = [], []
    for avant, apres in itertools.product(PLUSIEURS, PLUSIEURS):
        connu = f.un_partenaire(avant)
        lignes.append({"Nom": connu.nom, "Type": "CD62", "MDS": ";".join(apres)})
        change = "update partenaire set type_code = 'CD62', mds_ids = :m where id = :id"
        attendues.append((change, {"m": numeros(apres), "id": connu.id}))
    for apres in PLUSIEURS:
        nom = f"Nouveau {'-'.join(apres)}"
        lignes.append({"Nom": nom, "Type": "ASSOCIATION", "MDS": ";".join(apres)})
        cree = "insert into partenaire (nom, type_code, mds_ids) values (:n, 'ASSOCIATION', :m)"
        attendues.append((cree, {"n": nom, "m": numeros(apres)}))
    session.commit()
    refus_de_la_base = [la_base_refuse(compte, ordre, **v) for ordre, v in attendues]
    comparer(lignes, essayer(compte, "Partenaires", lignes), refus_de_la_base)


def test_un_partenaire_partage_dit_ce_qu_il_faut_garder(session, essayer):
    """Leaving out the MDS of the others would take the partner from them."""
    compte = f.un_compte("COORDONNATEUR", mds="ART").id
    partage = f.un_partenaire(("ART", "BOU")).nom
    session.commit()
    lignes = [{"Nom": partage, "Type": "CD62", "MDS": "ART"}]
    assert essayer(compte, "Partenaires", lignes) == {2: droits.PARTENAIRE_PARTAGE}
    lignes = [{"Nom": partage, "Type": "CD62", "MDS": "ART;BOU"}]
    assert essayer(compte, "Partenaires", lignes) == {}


def test_une_instance_d_une_mds_ou_du_departement(session, compte, essayer):
    lignes, attendues = [], []
    for avant, apres in itertools.product(UNE, UNE):
        connue = f.une_instance("COPIL", avant)
        lignes.append(_instance(connue.code, apres))
        change = "update instance set mds_id = :m, le = '2025-03-04' where id = :id"
        attendues.append((change, {"m": f.numero_mds(apres), "id": connue.id}))
    for apres in UNE:
        lignes.append(_instance(f"NEUVE-{apres}", apres))
        cree = (
            "insert into instance (code, type_code, le, statut_code, mds_id)"
            " values (:c, 'COPIL', '2025-03-04', 'TENUE', :m)"
        )
        attendues.append((cree, {"c": f"NEUVE-{apres}", "m": f.numero_mds(apres)}))
    session.commit()
    refus_de_la_base = [la_base_refuse(compte, ordre, **v) for ordre, v in attendues]
    comparer(lignes, essayer(compte, "Instances", lignes), refus_de_la_base)


def _instance(code, mds):
    return {
        "Code": code,
        "Type": "COPIL",
        "Le": date(2025, 3, 4),
        "Statut": "TENUE",
        "MDS": mds,
    }


def test_un_poste_du_departement(session, compte, essayer):
    connu = f.un_poste()
    session.commit()
    lignes = [
        {"Coordonnateur": connu.coordonnateur, "Du": connu.du, "ETP": 0.5},
        {"Coordonnateur": "Quelqu’un d’autre", "Du": connu.du, "ETP": 0.5},
    ]
    cree = "insert into poste (coordonnateur, du, etp) values ('Quelqu’un d’autre', now(), 0.5)"
    change = f"update poste set etp = 0.5 where id = {connu.id}"
    refus_de_la_base = [la_base_refuse(compte, ordre) for ordre in (change, cree)]
    comparer(lignes, essayer(compte, "Postes", lignes), refus_de_la_base)


def test_un_jeune_et_ce_qui_le_suit(session, compte, essayer):
    jeunes = [f.un_jeune(mds) for mds in MDS]
    alertes = [f.une_alerte(jeune) for jeune in jeunes]
    session.commit()
    lignes = [
        JEUNE | {"Code dossier": j.code, "MDS": mds} for j, mds in zip(jeunes, MDS, strict=True)
    ]
    change = "update jeune set nom = 'Delattre' where id = :id"
    refus_de_la_base = [la_base_refuse(compte, change, id=j.id) for j in jeunes]
    comparer(lignes, essayer(compte, "Jeunes", lignes), refus_de_la_base)
    lignes = [
        {"Jeune": j.code, "Motif": "FUGUE", "Du": a.du, "Signalée par": "Le foyer"}
        for j, a in zip(jeunes, alertes, strict=True)
    ]
    change = "update alerte set signalee_par = 'Le foyer' where id = :id"
    refus_de_la_base = [la_base_refuse(compte, change, id=a.id) for a in alertes]
    comparer(lignes, essayer(compte, "Alertes", lignes), refus_de_la_base)


def test_un_dossier_anonymise_ne_change_plus_et_l_essai_le_dit(session, essayer):
    compte = f.un_compte("RESPONSABLE", mds="ART").id
    jeune = f.un_jeune("ART", date_naissance=date(2003, 1, 1), repere_le=date(2020, 1, 1))
    session.commit()
    ordre = text("select acces.anonymiser(:id, :code, 2, 'Plus de 2 ans', 'Maryse')")
    assert session.scalar(ordre, {"id": jeune.id, "code": jeune.code})
    session.commit()
    session.refresh(jeune)
    lignes = [{"Jeune": jeune.code, "Motif": "FUGUE", "Du": date(2025, 1, 1)}]
    assert "anonymisé" in essayer(compte, "Alertes", lignes)[2]
    lignes = [JEUNE | {"Code dossier": jeune.code}]
    assert 2 in essayer(compte, "Jeunes", lignes)
