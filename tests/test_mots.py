"""The words of names that the base keeps: those of the youths as they are, read where they are."""

import random

import pytest
from sqlalchemy import or_, select, text
from sqlalchemy.exc import DBAPIError

from app import acces
from app.extensions import db
from app.models import Jeune
from app.regles.recherche import (
    comprendre,
    en_lettres_gardees,
    fautes_permises,
    mots_des_noms,
    ressemble,
)
from app.views.socle import choix
from tests import factories as f
from tests.fautes import abimer
from tests.proprietaire import ecrire

GARDES = text("select jeune_id, mds_id, mot from acces.mot order by 1, 2, 3")
VOULUS = text("""
    select j.id, j.mds_id, mot from jeune j, unnest(acces.mots(j.nom, j.prenom, j.anciens_noms)) mot
    where j.nom_tri <> 'anonymise dossier' order by 1, 2, 3""")
NOMS = (
    *("N’Diaye", "Ben Abdallah", "De La Fontaine-Dubois", "Œuvrard", "Li", "Sow", "Le  Bris"),
    *("Yıldırım", "O'Neill", "Saint\u2011Pol", "Ба Иван", "D\u00a0Aoust", "’", "Vandenbroucke"),
)


@pytest.fixture
def en_ordre(session):
    """To be called after each write: the words kept are those of the names."""

    def verifier() -> list[tuple[int, int, str]]:
        gardes = session.execute(GARDES).all()
        assert gardes == session.execute(VOULUS).all()
        return [tuple(garde) for garde in gardes]

    return verifier


def mots_de(session, jeune: int) -> dict[str, int]:
    """Word → MDS."""
    return dict(
        session.execute(
            text("select mot, mds_id from acces.mot where jeune_id = :n"), {"n": jeune}
        ).all()
    )


# --- What is kept


def test_la_base_et_python_disent_les_memes_mots(session):
    hasard = random.Random(3)
    for _ in range(300):
        nom, prenom, *autres = hasard.choices(NOMS, k=hasard.randint(2, 4))
        anciens = ";".join(autres) or None
        dits = mots_des_noms(nom, prenom, *(anciens or "").split(";"))
        lus = session.scalar(
            text("select acces.mots(:n, :p, :a)"), {"n": nom, "p": prenom, "a": anciens}
        )
        attendus = {en_lettres_gardees(mot) for mot in dits if len(mot) >= 3}
        assert set(lus) == attendus and len(lus) == len(attendus), (nom, prenom, anciens)


def test_les_mots_suivent_un_jeune_de_sa_creation_a_son_depart(session, en_ordre):
    jeune = f.un_jeune("ART", nom="Qamravel", prenom="Inès")
    ici, ailleurs = f.numero_mds("ART"), f.numero_mds("TER")
    assert mots_de(session, jeune.id) == dict.fromkeys(("qamravel", "ines", "qamravelines"), ici)
    jeune.nom = "Zorvanec"
    session.flush()
    en_ordre()
    assert {"zorvanec", "qamravel"} <= mots_de(session, jeune.id).keys()
    demande = f.un_transfert(jeune, "TER")
    oui = text("select acces.repondre_transfert(:n, true, 'Essai')")
    assert session.scalar(oui, {"n": demande.id})
    en_ordre()
    assert set(mots_de(session, jeune.id).values()) == {ailleurs}
    autre = f.un_jeune(nom="Partilok").id
    en_ordre()
    session.execute(text("delete from jeune where id = :n"), {"n": autre})
    en_ordre()
    assert mots_de(session, autre) == {}


def test_une_anonymisation_efface_les_mots(session, en_ordre):
    jeune = f.un_jeune(nom="Avrilok", contact_le=f.il_y_a(1300))
    jeune.nom = "Aprilok"
    session.flush()
    session.refresh(jeune)
    anonymiser = text("select acces.anonymiser(:n, :code, 2, 'Essai', 'Essai')")
    assert session.scalar(anonymiser, {"n": jeune.id, "code": jeune.code})
    en_ordre()
    assert mots_de(session, jeune.id) == {}


def test_une_fusion_et_son_annulation_portent_les_mots(session, en_ordre):
    garde, absorbe = f.un_jeune(nom="Gardok").id, f.un_jeune(nom="Absorbok").id
    rendu = session.scalar(
        text("select acces.fusionner(:g, :a, '{}', 'x', false)"), {"g": garde, "a": absorbe}
    )
    en_ordre()
    assert rendu["refus"] == [] and mots_de(session, absorbe) == {}
    annuler = text("select acces.annuler_fusion(:n, 'x')")
    assert session.scalar(annuler, {"n": rendu["fusion"]})["refus"] == []
    en_ordre()
    assert "absorbok" in mots_de(session, absorbe)


def test_ce_que_le_proprietaire_ecrit_a_la_main_se_retrouve(app, session, en_ordre):
    """Many at once, names exchanged in one statement, a change that touches no name."""
    ecrire(
        app,
        "insert into jeune (code, nom, prenom, date_naissance, mds_id)"
        " select 'M' || n, 'Masse ' || chr(96 + n), 'Zoé', date '2010-01-01', 1"
        " from generate_series(1, 20) n",
    )
    assert len(en_ordre()) >= 20 * 3
    ecrire(app, "update jeune set nom = prenom, prenom = nom where code ~ '^M[0-9]+$'")
    en_ordre()
    ecrire(app, "update jeune set anciens_noms = 'Jadis Naguère;Hier' where code = 'M7'")
    assert "jadisnaguere" in {mot for _, _, mot in en_ordre()}
    ecrire(app, "update jeune set mds_id = 2, nom = 'Muté' where code = 'M8'")
    en_ordre()
    ecrire(app, "delete from jeune where code ~ '^M[0-9]+$'")
    en_ordre()
    f.un_jeune(nom="Toutilok")
    session.commit()
    ecrire(app, "truncate jeune cascade")
    assert en_ordre() == []


# --- Who reads them


def test_un_mot_ne_se_lit_que_dans_ses_mds_et_ne_s_ecrit_pas(app, session):
    f.un_jeune("ART", nom="Icilok")
    ailleurs = f.un_jeune("ARR", nom="Ailleurlok").id
    compte = f.un_compte("REFERENT_SEF", "ART").id
    administrateur = f.un_compte("ADMINISTRATEUR", None).id
    session.commit()
    lire = text("select mot from acces.mot")
    with acces.acteur(compte):
        lus = set(db.session.scalars(lire))
        assert "icilok" in lus and not {m for m in lus if m.startswith("ailleur")}
        assert set(db.session.scalars(text("select distinct mds_id from acces.mot"))) == {
            f.numero_mds("ART")
        }
        assert choix.chercher("jeune", "ailleurlak") == []
        assert [j.nom for j in choix.chercher("jeune", "iciluk")] == ["Icilok"]
    for personne in (administrateur, ""):
        with acces.acteur(personne):
            assert db.session.scalars(lire).all() == []
    for ordre in (
        f"insert into acces.mot (mot, mds_id, jeune_id) values ('faux', 1, {ailleurs})",
        "update acces.mot set mot = 'faux'",
        "delete from acces.mot",
        "truncate acces.mot",
    ):
        with acces.acteur(compte), pytest.raises(DBAPIError, match="permission denied"):
            db.session.execute(text(ordre))
        db.session.rollback()


# --- What is found


def _avant(mots: tuple[str, ...], visibles: tuple) -> set[int]:
    """The search as it was: each name that has a third of the word, or a half, was read."""
    voulus = []
    for mot in mots:
        combien = fautes_permises(mot) + 1
        bornes = [len(mot) * n // combien for n in range(combien + 1)]
        parts = [mot[de:a] for de, a in zip(bornes, bornes[1:], strict=False)]
        voulus.append(or_(*(Jeune.recherche.contains(part) for part in parts)))
    lus = select(Jeune).where(*visibles, *voulus).order_by(Jeune.nom_tri).limit(2000)
    return {
        j.id
        for j in db.session.scalars(lus)
        if ressemble(mots, j.nom, j.prenom, *(j.anciens_noms or "").split(";"))
    }


@pytest.fixture(scope="module")
def des_noms(app):
    hasard = random.Random(11)
    syllabes = ("ba", "del", "mar", "tin", "ou", "fèv", "ren", "ı", "xa", "N’", "ko ", "-li")
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        compte = f.un_compte("REFERENT_SEF", "ART").id
        for n in range(250):
            nom, prenom, ancien = (
                "".join(hasard.choices(syllabes, k=hasard.randint(1, 4))).strip(" -’") or "Ab"
                for _ in range(3)
            )
            f.un_jeune(
                ("ART", "ARR")[n % 2],
                nom=nom,
                prenom=prenom,
                anciens_noms=hasard.choice((None, None, ancien)),
            )
        db.session.commit()
    return compte


def test_rien_de_ce_qui_se_trouvait_n_est_perdu(app, des_noms):
    """Random names typed with random faults: all that the rule of the letters accepts, and
    nothing else, in the MDS of whoever searches."""
    hasard, trouves = random.Random(13), 0
    with app.app_context(), acces.acteur(des_noms, canal="essai"):
        visibles = acces.mds_permises(Jeune)
        ici = db.session.scalars(select(Jeune)).all()
        dits = [(j.id, (j.nom, j.prenom, *(j.anciens_noms or "").split(";"))) for j in ici]
        for _ in range(400):
            _, noms = hasard.choice(dits)
            partie = hasard.choice((*noms, f"{noms[0]} {noms[1]}", noms[0] + noms[1]))
            if not partie:
                continue
            tapes = comprendre(abimer(partie, hasard, hasard.randint(0, 2))).mots
            if not any(map(fautes_permises, tapes)):
                continue
            apres = set(choix._approchants(tapes, visibles))
            justes = [mot for mot in tapes if not fautes_permises(mot)]
            attendus = {
                j.id
                for j, (_, noms_de_j) in zip(ici, dits, strict=True)
                if ressemble(tapes, *noms_de_j) and all(mot in j.recherche for mot in justes)
            }
            assert apres == attendus and apres >= _avant(tapes, visibles), tapes
            trouves += len(apres)
    assert trouves > 300


def test_au_dela_de_deux_mille_noms_a_comparer_rien_ne_se_perd(app, des_noms, monkeypatch):
    """It looked through the first of the list alone, those who had a part of the word."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        f.un_jeune("ART", nom="Zyx Martimbert", prenom="Léa")
        db.session.commit()
    monkeypatch.setattr(choix, "CANDIDATS", 1)
    with app.app_context(), acces.acteur(des_noms, canal="essai"):
        assert [j.prenom for j in choix.chercher("jeune", "martinbert")] == ["Léa"]
