"""What is kept by bucket of youths (figures, checks, likely duplicates) is what the statement
answers, whatever was written, by whom, in which order; and whoever looks."""

import random
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app import acces, indicateurs
from app.extensions import db
from app.indicateurs import (
    Periode,
    anomalies,
    calculer,
    calculer_ensemble,
    chiffres_des_jeunes,
    doublons,
    paquets,
)
from app.indicateurs.populations import POPULATIONS
from app.indicateurs.requete import OBJETS
from app.models import LISTES, Jeune
from app.models.comptees import COMPTEES, PAQUET, PAR_LEUR_ENQUETE
from tests import factories as f
from tests.connexions import ouvrir_session
from tests.ordres_sql import ordres_sql
from tests.proprietaire import ecrire, ecrire_au_hasard, le_proprietaire

from .indicateurs.histoires import MDS, Hasard, des_instances, des_postes, enregistrer, une_histoire

COMPTES = {
    "artois": ("RESPONSABLE", "ART"),
    "arras": ("RESPONSABLE", "ARR"),
    "partout": ("DPID", None),
    "coordonnateur": ("COORDONNATEUR", "ART"),
    "sef": ("REFERENT_SEF", "ART"),
}
ANNEE = (date(2025, 1, 1), date(2025, 12, 31))
HISTOIRES = 60
ECART = 776
"""Numbers between two youths: sixty of them are in fifteen buckets."""
JUIN = (date(2025, 6, 1), date(2025, 6, 30))
DEMANDES = (
    [Periode(*ANNEE), Periode(date(2025, 6, 1), date(2025, 6, 30))],
    [Periode(*ANNEE, mds) for mds in MDS[:2]],
)


def paquet_de(jeune: int) -> int:
    return jeune // (PAQUET * paquets.TOUTES_LES_MDS)


DES_CONTROLES = (
    (
        "insert into etape (jeune_id, echeance, faite_le)"
        " select id, 'PROJET_17', '2025-01-10' from jeune where mod(id, 2) = 0"
    ),
    (
        "insert into mobilisation (jeune_id, partenaire_id, du, dispositif)"
        " select id, :partenaire, '2025-01-10', 'CEJ' from jeune where mod(id, 2) = 0"
    ),
    (
        "update jeune set nom = 'Delattre', prenom = 'Zoé', date_naissance = '2007-04-02'"
        " where mod(id, 9) = 0"
    ),
)
"""What the checks read besides, and some who look alike."""


@pytest.fixture(scope="module")
def vies(app):
    """Stories that every connection sees; the numbers of their youths."""
    hasard = Hasard(7, *ANNEE)
    histoires = [une_histoire(hasard) for _ in range(HISTOIRES)]
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        enregistrer(db.session, histoires, des_instances(hasard), des_postes(hasard), ECART)
        partenaire = f.un_partenaire().id
        for ordre in DES_CONTROLES:
            db.session.execute(text(ordre), {"partenaire": partenaire})
        db.session.commit()
    ecrire(
        app,
        "insert into reponse_confiee select e.id, r.code from enquete e,"
        " (select min(code) as code from reponse_enquete) r where e.reponse_code is null",
    )
    return [n * ECART for n in range(1, HISTOIRES + 1)]


def controler(mds: str | None) -> list:
    """The checks of a month, and the likely duplicates."""
    numero = f.numero_mds(mds)
    nombres = anomalies.compter(*JUIN, numero)
    with paquets.lecture() as recomptes:
        paires = doublons.possibles(numero, recomptes)
    assert len(set(paires)) == len(paires)
    assert nombres["DOUBLON_POSSIBLE"] == len(paires)
    return [nombres, sorted(paires)]


def lignes_des_controles(mds: str | None = None) -> list:
    """What the workbook of a month lists to mend."""
    numero = f.numero_mds(mds)
    with acces.compter():
        return [tuple(ligne) for ligne in anomalies.lister(*JUIN, numero)]


def lire() -> list:
    chiffres = [calculer_ensemble(demande) for demande in DEMANDES]
    ou = (None, *MDS[:2])
    return [*chiffres, *map(controler, ou), *map(lignes_des_controles, ou)]


def regarder() -> list:
    """What everyone reads, and the same counted from every youth."""
    lus = lire()
    with paquets.directement():
        assert lus == lire()
    return lus


def demande_de(periode: Periode) -> chiffres_des_jeunes.DemandeDeChiffres:
    with indicateurs.calcul._lecture([periode]) as (valeurs, _):
        jeunes = indicateurs.calcul._qui_comptent({0: periode}, jeunes=True)
        return chiffres_des_jeunes.DemandeDeChiffres.de(jeunes, valeurs)


def garder(demande: paquets.Demande) -> paquets.Demande:
    with paquets.lecture() as recomptes:
        paquets.compter(demande, recomptes)
    return demande


def cle_de(periode: Periode) -> str:
    """The key of what is kept of one period."""
    return garder(demande_de(periode)).cle


def gardes(demande: paquets.Demande) -> list:
    """What the base tells of a demand: the total, then what a look would count again."""
    famille = demande.famille
    lignes = db.session.execute(
        paquets._GARDES,
        {
            "cle": demande.cle,
            "famille": famille.nom,
            "taille": famille.taille,
            "groupe": famille.groupe,
            "ressource": demande.ressource,
            "mds": list(demande.mds),
        },
    ).all()
    db.session.rollback()
    return lignes


def bouges(demande: paquets.Demande) -> set[int]:
    """The buckets that a look at this demand would count again."""
    lignes = gardes(demande)
    assert lignes[0].vus is not None, "nothing is kept of it"
    return {ligne.paquet for ligne in lignes[1:]}


# --- The same figures, in any order and from two sessions at once


AU_HASARD = (
    "update mesure set au = coalesce(au, du) + 31 where jeune_id = :a",
    "update mesure set au = null where id = (select max(id) from mesure where jeune_id = :a)",
    "delete from alerte where id = (select max(id) from alerte where jeune_id = :a)",
    "delete from situation where id = (select min(id) from situation where jeune_id = :a)",
    "update accompagnement set motif_sortie_code = 'ERREUR' where jeune_id = :a",
    "update accompagnement set motif_sortie_code = null where jeune_id = :a",
    "update binome set du = du - 20 where jeune_id = :a",
    (
        "update situation r set jeune_id = j.id, mds_id = j.mds_id from jeune j"
        " where r.jeune_id = :a and j.id = :b"
    ),
    (
        "update frein r set jeune_id = j.id, mds_id = j.mds_id from jeune j"
        " where r.jeune_id = :a and j.id = :b"
    ),
    "update mobilite set du = '2025-06-10' where jeune_id = :a",
    "update enquete set repondue_le = '2025-06-12' where jeune_id = :a",
    (
        "update reponse_confiee set reponse_code = (select max(code) from reponse_enquete)"
        " where enquete_id in (select id from enquete where jeune_id = :a)"
    ),
    "update jeune set date_naissance = date_naissance + 40 where id = :a",
    "update orientation set contact_le = '2025-06-03' where jeune_id = :a",
    "insert into alerte (jeune_id, du, motif_code) values (:a, '2025-06-15', 'FUGUE')",
    "insert into accompagnement (jeune_id, du) values (:a, '2025-06-20')",
    "insert into etape (jeune_id, echeance, faite_le) values (:a, 'ENTRETIEN_17', '2025-06-02')",
    "delete from etape where jeune_id = :a",
    (
        "update etape e set jeune_id = j.id, mds_id = j.mds_id from jeune j"
        " where e.jeune_id = :a and j.id = :b"
    ),
    "update mobilisation set du = '2025-06-20' where jeune_id = :a",
    (
        "update mobilisation m set jeune_id = j.id, mds_id = j.mds_id from jeune j"
        " where m.jeune_id = :a and j.id = :b"
    ),
    "update jeune set deces_le = '2025-06-03' where id = :a",
    "update rencontre set statut_code = 'PREVUE', le = '2025-06-08' where jeune_id = :a",
    "update instance set statut_code = 'PREVUE' where id = (select min(id) from instance)",
    *(
        "update jeune a set date_naissance = b.date_naissance, nom = b.nom, prenom = b.prenom"
        f" from jeune b where a.id = :{un} and b.id = :{autre}"
        for un, autre in ("ab", "ba")
    ),
    "update jeune set nom = 'Delatre', prenom = 'Zoé' where id = :a",
    "update jeune set nom = 'Delattre', prenom = 'Zoe' where id = :a",
    "update jeune set anciens_noms = 'Delattre Zoé' where id = :a",
    "update jeune set date_naissance = '2007-04-02' where id in (:a, :b)",
    (
        "insert into distinction (jeune_id, mds_id, autre_id, code_autre, dite_par)"
        " select a.id, a.mds_id, b.id, b.code, 'x' from jeune a, jeune b"
        " where a.id = :a and b.id = :b"
    ),
    (
        "insert into rencontre (jeune_id, code, type_code, le, statut_code, jeune_present,"
        " coordonnateur_present, service_ase_present)"
        " values (:a, '', 'TRIPARTITE', '2025-06-05', 'TENUE', true, true, true)"
    ),
)


@pytest.mark.parametrize("graine", range(2))
def test_deux_sessions_qui_ecrivent_au_hasard_ne_changent_que_ce_qu_elles_valident(
    app, vies, session, graine
):
    """Their youths are apart, their buckets are not: none waits for the other."""
    r = random.Random(graine)
    siens = (vies[::2], vies[1::2])
    faits = 0
    with le_proprietaire(app) as une, le_proprietaire(app) as autre:
        for connexion in (une, autre):
            connexion.execute(text("set lock_timeout = '2s'"))
            connexion.commit()
        for _ in range(7):
            rang = r.randrange(2)
            connexion = (une, autre)[rang]
            faits += ecrire_au_hasard(r, connexion, AU_HASARD, siens[rang], 3)
            if r.random() < 0.6:
                r.choice((connexion.commit, connexion.commit, connexion.rollback))()
            regarder()
        une.commit()
        autre.rollback()
        regarder()
    assert faits > 3


def test_ce_qui_est_ecrit_pendant_un_regard_compte_une_fois_valide(app, vies, session):
    regarder()
    avant = calculer(*ANNEE)["LIEUX_ATYPIQUES"].nombre
    with le_proprietaire(app) as connexion:
        connexion.execute(
            text(
                "insert into rencontre (jeune_id, code, type_code, le, statut_code, jeune_present,"
                " lieu_code) select j, '', 'ENTRETIEN', '2025-03-03', 'TENUE', true,"
                " 'CAFE_SOLIDAIRE' from unnest(cast(:vies as int[])) j"
            ),
            {"vies": vies},
        )
        assert calculer(*ANNEE)["LIEUX_ATYPIQUES"].nombre == avant
        assert calculer(*ANNEE)["LIEUX_ATYPIQUES"].nombre == avant
        connexion.commit()
    assert calculer(*ANNEE)["LIEUX_ATYPIQUES"].nombre == HISTOIRES
    ecrire(app, "delete from rencontre where lieu_code = 'CAFE_SOLIDAIRE'")
    assert calculer(*ANNEE)["LIEUX_ATYPIQUES"].nombre == avant


@pytest.fixture
def par_tranches_de_quatre(app, vies, session, monkeypatch):
    """Nothing is kept, and a statement counts four buckets at most."""
    ecrire(app, "delete from acces.demande_comptee")
    famille = replace(paquets.PAR_NUMERO, tranche=4)
    assert len({paquet_de(n) for n in vies}) > famille.tranche
    monkeypatch.setattr(chiffres_des_jeunes.DemandeDeChiffres, "famille", famille)


def test_un_premier_regard_trop_long_reprend_ou_il_s_est_arrete(
    app, vies, par_tranches_de_quatre, monkeypatch
):
    """A page has thirty seconds: what it has counted of a large base is kept on the way."""
    garder = paquets.garder
    comptes: list[int] = []

    def compter_les_tranches(recomptes):
        garder(recomptes)
        comptes.extend(len(recompte.paquets) for recompte in recomptes)
        if len(comptes) == 2:
            raise TimeoutError

    monkeypatch.setattr(paquets, "garder", compter_les_tranches)
    with pytest.raises(TimeoutError):
        calculer(*ANNEE)
    ecrire(app, "update mesure set du = du - 1 where jeune_id = :un", un=vies[0])
    repris = calculer(*ANNEE)
    with paquets.directement():
        assert repris == calculer(*ANNEE)
    paquets_du_jour = len({paquet_de(n) for n in vies})
    assert max(comptes) == 4
    assert sum(comptes) == paquets_du_jour + 1, "the one that moved, and each of the others once"
    assert calculer(*ANNEE) == repris


def test_une_base_dont_rien_n_a_bouge_est_comptee_en_entier(app, par_tranches_de_quatre):
    """Restored, or older than the movements: none says which youths there are."""
    ecrire(app, "delete from acces.mouvement")
    par_tranches = calculer(*ANNEE)
    with paquets.directement():
        assert par_tranches == calculer(*ANNEE)


def test_qui_a_deja_ecrit_compte_ce_qu_il_a_ecrit_et_n_en_garde_rien(app, vies, session):
    avant = regarder()
    session.execute(text("delete from situation"))
    pendant = calculer_ensemble(DEMANDES[0])
    session.rollback()
    assert regarder() == avant
    assert pendant != avant[0]


def test_ce_qui_change_entre_les_deux_ordres_fait_recommencer(app, vies, session, monkeypatch):
    """What is kept and what is counted again are of one moment: a record moves between them, from a
    bucket that had moved to one that had not."""
    un, autre = vies[0], vies[-1]
    ecrire(app, "delete from frein where jeune_id in (:un, :autre)", un=un, autre=autre)
    frein = (
        "insert into frein (jeune_id, theme_code, du, leve_le) values (:un, 'MOBILITE', :le, :le)"
    )
    regarder()
    avant = calculer(*ANNEE)["FREINS_LEVES"].nombre
    ecrire(app, frein, un=un, le="2025-02-02")
    lire = paquets._lire
    lus = []

    def lire_puis_ecrire(demande):
        lus.append(lire(demande))
        if len(lus) == 1:
            ecrire(
                app,
                "update frein f set jeune_id = j.id, mds_id = j.mds_id from jeune j"
                " where f.jeune_id = :un and j.id = :autre",
                un=un,
                autre=autre,
            )
        return lus[-1]

    monkeypatch.setattr(paquets, "_lire", lire_puis_ecrire)
    assert calculer(*ANNEE)["FREINS_LEVES"].nombre == avant + 1
    assert len(lus) == 2


def test_qui_tient_un_instant_le_garde(app, vies, session):
    """The sending of a table reads its figures and its lines in one instant."""
    session.rollback()
    session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    avant = calculer_ensemble(DEMANDES[0])
    ecrire(app, "update accompagnement set motif_sortie_code = 'ERREUR'")
    assert calculer_ensemble(DEMANDES[0]) == avant
    assert session.scalar(text("show transaction_isolation")) == "repeatable read"
    session.rollback()
    assert calculer_ensemble(DEMANDES[0]) != avant
    ecrire(app, "update accompagnement set motif_sortie_code = null")


# --- What moves a bucket


def test_chaque_table_que_lit_le_decompte_a_ses_declencheurs_et_elles_seules(tous):
    """A table read without a trigger would leave a figure late."""
    codes = frozenset(c for c, i in indicateurs.DEFINITIONS.items() if i.parmi not in OBJETS)
    with tous():
        demandes = [
            *(demande_de(Periode(*ANNEE, mds, codes)) for mds in (None, "ART")),
            *(anomalies._du_mois(*JUIN, mds) for mds in (None, 1)),
            *map(anomalies._du_jour, (None, 1)),
            doublons.DemandeDeDoublons.de(None),
        ]
    lues = {table for demande in demandes for table in paquets.tables_lues(demande.ordre)}
    assert not POPULATIONS.keys() & COMPTEES.keys()
    with tous() as session:
        tables = set(session.scalars(text("select relname from pg_class where relkind = 'r'")))
        poses = session.execute(
            text(
                "select tgrelid::regclass::text, count(*) from pg_trigger"
                " where tgname like 'chiffres\\_%' and tgenabled = 'O' group by 1"
            )
        ).all()
    lues_des_jeunes = (lues & tables) - LISTES.keys()
    assert lues_des_jeunes == {*COMPTEES, *PAR_LEUR_ENQUETE}
    assert dict(poses) == dict.fromkeys(lues_des_jeunes, 4)


@pytest.mark.parametrize("table", sorted(COMPTEES))
def test_ecrire_deplacer_vider_une_table_fait_recompter_les_bons_paquets(app, vies, session, table):
    demande = garder(demande_de(Periode(*ANNEE)))
    assert bouges(demande) == set()
    colonne = COMPTEES[table]
    un = session.scalar(text(f"select min({colonne}) from {table}"))
    ecrire(app, f"update {table} set {colonne} = {colonne} where {colonne} = :un", un=un)
    assert bouges(demande) == {paquet_de(un)}
    garder(demande)
    with le_proprietaire(app) as connexion:
        connexion.execute(text(f"truncate {table} cascade"))
        vides = connexion.scalars(text("select famille from acces.mouvement where paquet = -1"))
        familles = set(vides)
        connexion.rollback()
    assert "jeunes" in familles
    assert ("naissances" in familles) == (table == "jeune")
    assert bouges(demande) == set()


@pytest.mark.parametrize("mds", [None, "ART"])
def test_un_jour_de_naissance_bouge_avec_un_nom_une_date_une_mds_et_rien_d_autre(
    app, vies, session, mds
):
    demande = doublons.DemandeDeDoublons.de(f.numero_mds(mds))
    un = vies[0]
    ecrire(app, "update jeune set date_naissance = '2006-05-01' where id = :un", un=un)

    def apres(ordre: str) -> set[int]:
        garder(demande)
        ecrire(app, f"update jeune set {ordre} where id = :un", un=un)
        return bouges(demande)

    def jour(le: date) -> int:
        return (le.toordinal() - 1) // demande.famille.groupe

    ici = jour(date(2006, 5, 1))
    assert apres("contact_le = contact_le, telephone = null") == set()
    assert apres("prenom = prenom || 'a'") == {ici}
    assert apres("anciens_noms = 'Histoire 0'") == {ici}
    assert apres("mds_id = (select min(id) from mds where id <> mds_id)") == {ici}
    assert apres("date_naissance = '2006-07-01'") == {ici, jour(date(2006, 7, 1))}
    assert apres("date_naissance = '2006-05-01', anciens_noms = null") == {
        ici,
        jour(date(2006, 7, 1)),
    }
    garder(demande)
    ecrire(
        app,
        "insert into jeune (code, nom, prenom, date_naissance, mds_id)"
        " select 'NE1', 'Née', 'Anna', '2006-09-01', mds_id from jeune where id = :un",
        un=un,
    )
    assert bouges(demande) == {jour(date(2006, 9, 1))}
    garder(demande)
    ecrire(app, "delete from jeune where code = 'NE1'")
    assert bouges(demande) == {jour(date(2006, 9, 1))}


def test_une_fiche_qui_change_de_jeune_fait_recompter_les_deux_paquets(app, vies, session):
    demande = garder(demande_de(Periode(*ANNEE)))
    un = session.scalar(text("select min(jeune_id) from mobilite"))
    autre = vies[-1] if paquet_de(un) != paquet_de(vies[-1]) else vies[0]
    ecrire(
        app,
        "update mobilite m set jeune_id = j.id, mds_id = j.mds_id from jeune j"
        " where m.jeune_id = :un and j.id = :autre",
        un=un,
        autre=autre,
    )
    assert bouges(demande) == {paquet_de(un), paquet_de(autre)}


def test_une_liste_de_codes_qui_change_fait_tout_recompter(app, vies, session):
    regarder()
    avant = calculer(*ANNEE)["I7"].valeurs
    ecrire(app, "update logement set loge = not coalesce(loge, false), stable = 'oui'")
    apres = regarder()[0][0]
    assert apres["I7"].valeurs != avant


def test_fusion_transfert_anonymisation_et_leur_retour_font_recompter(app, tous):
    """What the functions of the owner write is seen like the rest."""
    il_y_a_longtemps = f.il_y_a(1500)
    with tous() as session:
        doubles = [f.un_jeune(nom="Même", contact_le=f.il_y_a(n)) for n in (1501, 1502)]
        for jeune in doubles:
            f.une_rencontre(jeune, le=il_y_a_longtemps, lieu_code="MEDIATHEQUE")
        garde, absorbe = (jeune.id for jeune in doubles)
        ancien = f.un_jeune(contact_le=il_y_a_longtemps, date_naissance=date(2001, 3, 12))
        f.un_frein(ancien, du=il_y_a_longtemps, leve_le=il_y_a_longtemps)
        partant = f.un_jeune()
        f.un_accompagnement(partant, du=f.il_y_a(3))
        code, a_anonymiser, transfere = ancien.code, ancien.id, partant.id
        session.commit()

    def compter(code: str, le: date, mds: str | None = None) -> int:
        with tous():
            garde = calculer(le, le, mds), controler(mds)
            with paquets.directement():
                assert garde == (calculer(le, le, mds), controler(mds))
        return garde[0][code].nombre

    def faire(ordre: str, **valeurs):
        with tous() as session:
            rendu = session.scalar(text(ordre), valeurs)
            session.commit()
        return rendu

    assert compter("LIEUX_ATYPIQUES", il_y_a_longtemps) == 2
    faire("select acces.fusionner(:g, :a, '{}', 'Nour', false)", g=garde, a=absorbe)
    assert compter("LIEUX_ATYPIQUES", il_y_a_longtemps) == 1
    faire("select acces.annuler_fusion((select max(id) from fusion), 'Nour')")
    assert compter("LIEUX_ATYPIQUES", il_y_a_longtemps) == 2

    assert compter("FREINS_LEVES", il_y_a_longtemps) == 1
    assert faire(
        "select acces.anonymiser(:n, :code, 2, 'Plus de deux ans', 'Nour')",
        n=a_anonymiser,
        code=code,
    )
    compter("FREINS_LEVES", il_y_a_longtemps)

    demain = f.il_y_a(-1)
    avant = [compter("ENTREES", demain, mds) for mds in ("ART", "ARR")]
    ecrire(app, "update accompagnement set du = :le where jeune_id = :n", le=demain, n=transfere)
    assert [compter("ENTREES", demain, mds) for mds in ("ART", "ARR")] == [avant[0] + 1, avant[1]]
    with tous() as session:
        transfert = f.un_transfert(session.get(Jeune, transfere), effet_le=f.il_y_a(0)).id
        session.commit()
    assert faire("select acces.repondre_transfert(:t, true, 'Nour')", t=transfert)
    assert [compter("ENTREES", demain, mds) for mds in ("ART", "ARR")] == [avant[0], avant[1] + 1]


# --- Who reads what is kept


QUI_LIT = {
    "chiffres": {("partout", 0), ("partout", 1), ("artois", 1), ("coordonnateur", 1), ("sef", 1)},
    "controles": {("partout", 0), ("partout", 1), ("artois", 1), ("coordonnateur", 1)},
}
QUI_LIT["doublons"] = QUI_LIT["controles"]


@pytest.mark.parametrize("sorte", QUI_LIT)
def test_ce_qui_est_garde_se_lit_par_qui_peut_le_demander(app, vies, comptes, tous, sorte):
    """That of the Département (0), that of an MDS (1)."""
    with tous():
        artois = f.numero_mds("ART")
        demandes = {
            "chiffres": [demande_de(Periode(*ANNEE, mds)) for mds in (None, "ART")],
            "controles": [anomalies._du_mois(*JUIN, mds) for mds in (None, artois)],
            "doublons": [doublons.DemandeDeDoublons.de(mds) for mds in (None, artois)],
        }[sorte]
        for demande in demandes:
            garder(demande)
    lus = set()
    for qui, compte in comptes.items():
        with app.app_context(), acces.acteur(compte, canal="essai"):
            lus |= {(qui, n) for n, d in enumerate(demandes) if gardes(d)[0].vus is not None}
    assert lus == QUI_LIT[sorte]


def test_ce_qui_est_garde_d_une_mds_ne_se_lit_pas_en_le_demandant_pour_une_autre(
    app, vies, comptes, tous
):
    with tous():
        demande = garder(doublons.DemandeDeDoublons.de(f.numero_mds("ART")))
        autre = doublons.DemandeDeDoublons(demande.liees, (f.numero_mds("ARR"),))
    assert autre.cle == demande.cle
    with app.app_context(), acces.acteur(comptes["arras"], canal="essai"):
        assert gardes(autre)[0].vus is None


def test_qui_lit_par_ses_propres_droits_ne_lit_rien_de_garde(app, vies, comptes, tous):
    """A list read under the rights of a person is counted under them, and keeps nothing."""
    with tous():
        paquets.oublier()
    with app.app_context(), acces.acteur(comptes["artois"], canal="essai"):
        recomptes: list = []
        doublons.possibles(f.numero_mds("ART"), recomptes)
        assert not recomptes
        db.session.rollback()


def test_chacun_voit_les_chiffres_que_le_decompte_lui_donnerait(app, vies, comptes):
    for qui, mds in (("artois", "ART"), ("arras", "ARR"), ("partout", None)):
        with app.app_context(), acces.acteur(comptes[qui], canal="essai"):
            for _ in range(2):
                garde = calculer(*ANNEE, mds), controler(mds)
                with paquets.directement():
                    assert garde == (calculer(*ANNEE, mds), controler(mds))
            db.session.rollback()


def test_la_page_d_un_role_ne_garde_rien_pour_un_autre_territoire(app, vies, comptes):
    client = ouvrir_session(app.test_client(), comptes["artois"])
    adresse = "/indicateurs/?du=2025-01-01&au=2025-12-31&mds="
    assert client.get(adresse + "ART").status_code == 200
    assert client.get(adresse + "ARR").status_code in (403, 404)


TOTAL = """select acces.garder_les_chiffres(cast(:total as jsonb), '[]', 60)"""


def test_personne_n_ecrit_un_chiffre_a_la_main(app, vies, comptes, tous):
    """Neither in the tables, nor through the function for another MDS; and what is written without
    the key of the application is not read."""
    for ordre in (
        "select * from acces.demande_comptee",
        "update acces.paquet_compte set lignes = ''",
        "insert into acces.mouvement values (1, 1)",
        "select acces.oublier_les_chiffres()",
        "select acces.additionner_les_mouvements()",
    ):
        with app.app_context(), acces.acteur(comptes["artois"], canal="essai"):
            with pytest.raises(DBAPIError, match="InsufficientPrivilege"):
                db.session.execute(text(ordre))
            db.session.rollback()
    with tous():
        vrai = calculer(*ANNEE, "ART")
        cle = cle_de(Periode(*ANNEE, "ART"))
    ecrire(app, "update acces.demande_comptee set lignes = replace(lignes, '=', '=9')")
    with tous():
        assert calculer(*ANNEE, "ART") == vrai
        assert calculer(*ANNEE, "ART") == vrai
    ecrire(
        app,
        "update acces.paquet_compte set lignes = replace(lignes, '=', '=9') where cle = :cle",
        cle=cle,
    )
    ecrire(app, "update mesure set du = du where jeune_id = :un", un=vies[0])
    with tous():
        assert calculer(*ANNEE, "ART") == vrai


# --- Keeping


def test_un_regard_sans_rien_de_neuf_ne_recompte_aucun_jeune(vies, session):
    regarder()
    with ordres_sql() as ordres:
        calculer_ensemble(DEMANDES[0])
    assert not [ordre for ordre in ordres if "accompagnement" in ordre]
    assert len([ordre for ordre in ordres if "chiffres_gardes" in ordre]) == 1


def test_des_controles_sans_rien_de_neuf_ne_relisent_que_les_instances(vies, session):
    regarder()
    with ordres_sql() as ordres:
        controler(None)
    lues = {table for ordre in ordres for table in paquets.tables_lues(ordre)}
    assert "instance" in lues
    assert not lues & COMPTEES.keys()


def test_une_regle_qui_ne_trouve_rien_n_est_pas_cherchee(vies, session):
    regarder()
    nombres = anomalies.compter(*JUIN)
    with ordres_sql() as ordres:
        lignes_des_controles()
    cherchees = {code for code in nombres if f"'{code}' as regle" in " ".join(ordres)}
    des_jeunes = {regle.code for regle in anomalies._DES_JEUNES}
    assert cherchees & des_jeunes == {code for code in des_jeunes if nombres[code]}
    assert des_jeunes - cherchees


def test_seul_ce_qui_depend_d_aujourd_hui_se_recompte_le_lendemain(session, monkeypatch):
    """What is kept of a month that is over holds the next day; a date to come does not."""
    fini, jour, courant = [
        lambda: anomalies._du_mois(*JUIN, None),
        lambda: anomalies._du_jour(None),
        lambda: anomalies._du_mois(f.il_y_a(0), f.il_y_a(-5), None),
    ]
    avant = [demande().cle for demande in (fini, jour, courant)]
    monkeypatch.setattr(anomalies, "aujourd_hui", lambda: f.il_y_a(-1))
    apres = [demande().cle for demande in (fini, jour, courant)]
    assert [a == b for a, b in zip(avant, apres, strict=True)] == [True, False, False]


SOMMES = text("select acces.mouvements('jeunes'), acces.mouvements('naissances')")


def test_l_entretien_additionne_et_oublie_ce_qui_a_passe_son_terme(app, vies, session):
    regarder()
    cle = cle_de(Periode(*ANNEE))
    ecrire(app, "update acces.demande_comptee set comptee_le = now() - interval '9 days'")
    ecrire(app, "update mesure set du = du where jeune_id = :un", un=vies[0])
    somme = session.execute(SOMMES).one()
    session.execute(text("select acces.entretenir()"))
    session.commit()
    assert session.execute(SOMMES).one() == somme
    with le_proprietaire(app) as connexion:
        lus = "select count(*), count(distinct (famille, paquet)) from acces.mouvement"
        lignes, distincts = connexion.execute(text(lus)).one()
        assert connexion.scalar(text("select count(*) from acces.demande_comptee")) == 0
    assert lignes == distincts
    session.rollback()
    assert cle_de(Periode(*ANNEE)) == cle
    regarder()


def test_au_dela_de_la_place_la_plus_ancienne_demande_s_en_va(app, vies, session, monkeypatch):
    monkeypatch.setattr(paquets, "PLACE", 2)
    for jour in (1, 2, 3):
        calculer_ensemble([Periode(date(2025, 1, jour), date(2025, 1, jour))])
    with le_proprietaire(app) as connexion:
        gardees = connexion.scalars(text("select demande -> 0 ->> 0 from acces.demande_comptee"))
        assert set(gardees) == {"2025-01-02", "2025-01-03"}


def test_une_autre_definition_est_une_autre_cle(vies, session, monkeypatch):
    cle = cle_de(Periode(*ANNEE))
    avant = indicateurs.requete.CRITERES["en_alerte"]
    monkeypatch.setitem(
        indicateurs.requete.CRITERES,
        "en_alerte",
        type(avant)("alerte_du is not null and true", avant.lit),
    )
    paquets.definitions.cache_clear()
    assert cle_de(Periode(*ANNEE)) != cle
    assert (
        session.scalar(text("select count(*) from acces.demandes_gardees('chiffres', 'autres')"))
        == 0
    )
    paquets.definitions.cache_clear()


# --- The commands


def sans_declencheur(app, table: str, ordre: str) -> None:
    """A write that no trigger saw."""
    with le_proprietaire(app) as connexion:
        connexion.execute(text(f"alter table {table} disable trigger user"))
        connexion.execute(text(ordre))
        connexion.execute(text(f"alter table {table} enable trigger user"))
        connexion.commit()


@pytest.mark.parametrize(
    ("table", "ordre", "dit"),
    [
        ("jeune", "update jeune set prenom = prenom || id, nom = 'X' || id", "doublons, "),
        (
            "situation",
            "update situation set observee_le = observee_le - 7500",
            "controles, DATE_IMPOSSIBLE_SITUATION : ",
        ),
        ("situation", "delete from situation", "controles, SUIVI_SANS_SITUATION : "),
    ],
)
def test_la_comparaison_de_nuit_trouve_un_controle_faux(app, vies, tous, table, ordre, dit):
    lancer = app.test_cli_runner().invoke
    with tous():
        regarder()
    assert lancer(args=["tandem", "verifier-chiffres"]).exit_code == 0
    sans_declencheur(app, table, ordre)
    rendu = lancer(args=["tandem", "verifier-chiffres"])
    assert rendu.exit_code == 1
    assert dit in rendu.output
    assert lancer(args=["tandem", "verifier-chiffres"]).exit_code == 0


def test_la_comparaison_de_nuit_trouve_un_chiffre_faux_et_oublie_ce_qui_est_garde(app, vies):
    lancer = app.test_cli_runner().invoke
    assert lancer(args=["tandem", "verifier-chiffres"]).exit_code == 0
    sans_declencheur(app, "mesure", "update mesure set au = null")
    rendu = lancer(args=["tandem", "verifier-chiffres"])
    assert rendu.exit_code == 1
    assert "gardé" in rendu.output
    assert lancer(args=["tandem", "verifier-chiffres"]).exit_code == 0
    options = ["--du", "2025-01-01", "--au", "2025-12-31", "--format", "json"]
    rendus = [lancer(args=["tandem", "indicateurs", *options, *d]) for d in ([], ["--direct"])]
    assert rendus[0].output == rendus[1].output
