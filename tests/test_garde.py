"""What a process keeps of many youths is what it would read now: whatever was written, by whom, in
which order; and whoever looks."""

import random
import re
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import g
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app import acces
from app.extensions import db
from app.indicateurs import paquets
from app.models import LISTES, Agent, Compte, Jeune, Tache
from app.models.bouges import BOUGENT
from app.regles.age import aujourd_hui
from app.regles.conservation import limite
from app.views import portefeuille
from app.views.pages import a_faire, accueil, attente, dossiers_a_examiner, garde, parcours_lus
from tests import factories as f
from tests.connexions import ouvrir_session
from tests.ordres_sql import ordres_sql
from tests.proprietaire import ecrire, ecrire_au_hasard, le_proprietaire

COMPTES = {
    "artois": ("RESPONSABLE", "ART"),
    "arras": ("RESPONSABLE", "ARR"),
    "partout": ("RESPONSABLE", None),
    "coordonnateur": ("COORDONNATEUR", "ART"),
    "dpid": ("DPID", None),
    "dpo": ("DPO", None),
}
PARTS = (
    attente.RENCONTRES,
    attente.RDV,
    attente.ALERTES,
    attente.CHARGES,
    attente.ORIENTATIONS,
    attente.CONCERNES,
)
AGES = (6100, 6300, 6500, 6580, 6700, 7670, 7700, 9130, 9200, 9300)
"""Days: around 17, 18, 21 and 25 years."""


@pytest.fixture(scope="module")
def jeunes(app, comptes) -> list[int]:
    """Twenty youths of two MDS, with something of each kind; the coordonnateur has some of them."""
    r = random.Random(5)
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        moi = f.un_agent(nom="Moi Porteuse", compte_id=comptes["coordonnateur"])
        f.un_agent("ARR", nom="Quelqu’un Dautre")
        numeros = []
        for n in range(20):
            le = aujourd_hui().toordinal() - r.choice(AGES)
            jeune = f.un_jeune(
                ("ART", "ARR")[n % 2],
                date_naissance=aujourd_hui().fromordinal(le),
                contact_le=f.il_y_a(r.randint(1, 60)),
            )
            f.une_mesure(jeune, du=f.il_y_a(900), au=r.choice((None, f.il_y_a(190), f.dans(20))))
            f.un_accompagnement(jeune, du=f.il_y_a(300))
            f.un_binome(jeune, coordonnateur=r.choice((moi.nom, "Quelqu’un Dautre")))
            f.une_alerte(jeune)
            reponse = r.choice((f.il_y_a(20), f.il_y_a(750)))
            f.une_enquete(jeune, demandee_le=f.il_y_a(800), repondue_le=reponse)
            f.une_orientation(jeune, contact_le=f.il_y_a(r.randint(1, 50)))
            f.une_rencontre(jeune, statut_code="PREVUE", le=f.il_y_a(2))
            numeros.append(jeune.id)
        db.session.commit()
    return numeros


@pytest.fixture(autouse=True)
def petites_fenetres(monkeypatch):
    """The window of the youths examined slides, and is read again, with few of them."""
    garde.oublier()
    monkeypatch.setattr(attente, "EXAMINES", 4)
    monkeypatch.setattr(attente, "MARGE", 2)
    petite = replace(attente.CONCERNES, au_plus=6, au_moins=5)
    monkeypatch.setattr(attente, "CONCERNES", petite)
    communes = (attente.RENCONTRES, attente.RDV, attente.ALERTES)
    monkeypatch.setattr(a_faire, "PARTS", (*communes, petite))


def parts() -> list:
    return [*PARTS[:-1], attente.CONCERNES]


def dire(attend: attente.AttenteDesJeunes) -> dict:
    examen = attend.examiner()
    return {
        "rencontres": attend.combien(attente.RENCONTRES),
        "alertes": attend.combien(attente.ALERTES),
        "rdv": list(attend.jours(attente.RDV)),
        "charges": attend.charges(),
        "orientations": attend.orientations(None, 50),
        "etapes": sorted(examen.etapes, key=lambda e: (e[0], e[1].cle)),
        "sorties": sorted(examen.sorties),
        "tous_examines": examen.tous_examines,
    }


@contextmanager
def comme(app, compte: int):
    """A look of this account, as a page takes it."""
    with app.test_request_context(), acces.acteur(compte, canal="essai"):
        g.version_des_listes = "essai"
        yield
        db.session.rollback()


def lire(app, compte: int) -> tuple[dict, dict]:
    """What this account is told, by what is kept, then by what is read now."""
    le = aujourd_hui()
    with comme(app, compte):
        garde_dit = dire(attente.regarder(parts(), le))
        lues = garde.lire_sans_garder(parts(), le, "tous")
        return garde_dit, dire(attente.AttenteDesJeunes(le, lues, lues, {}))


def comparer(app, comptes) -> None:
    for qui in ("artois", "arras", "partout", "coordonnateur"):
        garde_dit, lu = lire(app, comptes[qui])
        assert garde_dit == lu, qui
    with comme(app, comptes["dpo"]):
        gardes, lus = _dossiers_a_decider()
        assert gardes == lus


def _dossiers_a_decider() -> tuple[set[int], set[int]]:
    """The files that wait for a decision, by what is kept, then by the list."""
    le, part = aujourd_hui(), dossiers_a_examiner.DOSSIERS_A_DECIDER
    gardees = garde.regarder([part], le, dossiers_a_examiner.DROITS)
    ordre = text(
        f"select jeune_id from ({dossiers_a_examiner._DOSSIERS}) x"
        f" where {dossiers_a_examiner._CONDITIONS[dossiers_a_examiner.A_DECIDER]}"
    )
    lus = db.session.scalars(ordre, {"limite": limite(le), "mds": None})
    return {jeune for mds in gardees.values() for jeune in mds.part(part).valeurs}, set(lus)


AU_HASARD = (
    "update mesure set au = cast(acces.aujourd_hui() + (:n - 30) * 6 as date) where jeune_id = :a",
    "update mesure set au = null where jeune_id = :a",
    "delete from alerte where id = (select max(id) from alerte where jeune_id = :a)",
    "insert into alerte (jeune_id, du, motif_code) values (:a, acces.aujourd_hui() - 3, 'FUGUE')",
    "delete from rencontre where id = (select max(id) from rencontre where jeune_id = :a)",
    "update rencontre set statut_code = 'TENUE', jeune_present = true where jeune_id = :a",
    (
        "update rencontre set statut_code = 'TENUE', le = acces.aujourd_hui() - 800"
        " where jeune_id = :a"
    ),
    "update enquete set repondue_le = acces.aujourd_hui() - :n where jeune_id = :a",
    "update enquete set repondue_le = acces.aujourd_hui() - 760 where jeune_id = :a",
    "delete from enquete where jeune_id = :a",
    (
        "insert into conservation (jeune_id, decision, motif, garder_jusqu_au, decidee_par)"
        " values (:a, 'GARDE', 'Essai', acces.aujourd_hui() + :n, 'Nour')"
    ),
    (
        "insert into rencontre (jeune_id, code, type_code, le, statut_code)"
        " values (:a, '', 'TRIPARTITE', acces.aujourd_hui() + :n, 'PREVUE')"
    ),
    (
        "update alerte x set jeune_id = j.id, mds_id = j.mds_id from jeune j"
        " where x.jeune_id = :a and j.id = :b"
    ),
    (
        "update rencontre x set jeune_id = j.id, mds_id = j.mds_id from jeune j"
        " where x.jeune_id = :a and j.id = :b"
    ),
    "update jeune set date_naissance = date_naissance + (:n - 30) * 9 where id = :a",
    "update jeune set contact_le = acces.aujourd_hui() - :n where id = :a",
    "update jeune set contact_le = null where id = :a",
    "update orientation set reponse_code = 'ACCEPTEE' where jeune_id = :a",
    "update orientation set contact_le = acces.aujourd_hui() - :n where jeune_id = :a",
    "update accompagnement set au = acces.aujourd_hui() - 1 where jeune_id = :a",
    "update accompagnement set au = null where jeune_id = :a",
    "update binome set coordonnateur_id = null, coordonnateur = null where jeune_id = :a",
    "update binome set au = acces.aujourd_hui() - 1 where jeune_id = :a",
    "delete from binome where jeune_id = :a",
    (
        "insert into situation (jeune_id, observee_le, situation_pro_code)"
        " values (:a, acces.aujourd_hui() - :n, 'CEJ')"
    ),
    "delete from situation where jeune_id = :a",
    (
        "insert into etape (jeune_id, echeance, faite_le, est_sans_objet)"
        " values (:a, 'CEJ_18', acces.aujourd_hui() - 1, false)"
    ),
    "delete from etape where jeune_id = :a",
    "insert into demande_cjm (jeune_id, demandee_le) values (:a, acces.aujourd_hui() - :n)",
    "delete from demande_cjm where jeune_id = :a",
    "insert into proposition_cej (jeune_id, proposee_le) values (:a, acces.aujourd_hui() - :n)",
)


@pytest.mark.parametrize("graine", range(3))
def test_deux_sessions_qui_ecrivent_au_hasard_ne_changent_que_ce_qu_elles_valident(
    app, comptes, jeunes, graine
):
    """Whoever looks, between their writes, before one commits or after the other did."""
    r = random.Random(graine)
    siens = (jeunes[::2], jeunes[1::2])
    faits = 0
    with le_proprietaire(app) as une, le_proprietaire(app) as autre:
        for _ in range(12):
            rang = r.randrange(2)
            connexion = (une, autre)[rang]
            faits += ecrire_au_hasard(r, connexion, AU_HASARD, siens[rang], 4)
            if r.random() < 0.6:
                r.choice((connexion.commit, connexion.commit, connexion.rollback))()
            comparer(app, comptes)
        une.commit()
        autre.rollback()
    comparer(app, comptes)
    assert faits > 8


def test_sans_declencheur_ce_qui_est_garde_serait_en_retard(app, comptes, jeunes):
    """The comparison sees a write that nothing noted."""
    comparer(app, comptes)
    ecrire(app, "alter table alerte disable trigger bouges_insert")
    ecrire(
        app,
        "insert into alerte (jeune_id, du, motif_code)"
        " values (:a, acces.aujourd_hui() - 3, 'FUGUE')",
        a=jeunes[0],
    )
    ecrire(app, "alter table alerte enable trigger bouges_insert")
    garde_dit, lu = lire(app, comptes["artois"])
    assert garde_dit["alertes"] == lu["alertes"] - 1
    ecrire(app, "update alerte set du = du where jeune_id = :a", a=jeunes[0])
    comparer(app, comptes)


def test_un_regard_ne_relit_que_qui_a_bouge(app, comptes, jeunes):
    def ordres_d_un_regard() -> int:
        with comme(app, comptes["artois"]):
            acces.perimetre(), portefeuille.moi()
            with ordres_sql() as ordres:
                attente.regarder(parts(), aujourd_hui()).examiner()
        return len(ordres)

    lire(app, comptes["artois"])
    assert ordres_d_un_regard() == 1
    ecrire(app, "update alerte set du = du where jeune_id = :a", a=jeunes[0])
    assert ordres_d_un_regard() in (2, 3), "the life of the youth too, if it is examined"
    assert ordres_d_un_regard() == 1


def preparer(app) -> None:
    """As a process that serves does, with the version of the lists that ``comme`` tells."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        g.version_des_listes = "essai"
        accueil.preparer_pour_tous(aujourd_hui())


def test_ce_qui_est_prepare_est_ce_que_chacun_lirait(app, comptes, jeunes):
    preparer(app)
    comparer(app, comptes)
    ecrire(app, "update alerte set au = acces.aujourd_hui() - 1 where jeune_id = :a", a=jeunes[2])
    preparer(app)
    comparer(app, comptes)


@pytest.mark.parametrize("qui", ["artois", "arras", "partout", "coordonnateur", "dpo", "dpid"])
def test_le_premier_regard_ne_lit_que_qui_a_bouge(app, comptes, jeunes, qui):
    """Whoever opens the home page first asks no more than whoever opens it again."""

    def ordres_de_l_accueil() -> list[str]:
        with comme(app, comptes[qui]):
            acces.perimetre(), portefeuille.moi()
            with ordres_sql() as ordres:
                accueil.preparer_accueil(acces.perimetre(), "Camille", aujourd_hui())
        return [str(ordre) for ordre in ordres]

    ordres_de_l_accueil()  # a process reads the code lists once
    garde.oublier()
    preparer(app)
    premiers = ordres_de_l_accueil()
    assert premiers == ordres_de_l_accueil()
    garde.oublier()
    paquets_oublies(app)
    assert len(ordres_de_l_accueil()) > len(premiers), "the measure sees what was not prepared"


def paquets_oublies(app) -> None:
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        paquets.oublier()


def test_un_autre_jour_se_prepare_aussi(app, comptes, jeunes, monkeypatch):
    preparer(app)
    demain = aujourd_hui() + timedelta(days=1)
    with comme(app, comptes["partout"]):
        with ordres_sql() as ordres:
            attente.preparer(parts(), demain)
        assert len(ordres) > 1, "what is kept is of one day"


# --- Who reads what is kept


def test_qui_a_ecrit_lit_ce_qu_il_a_ecrit_et_n_en_garde_rien(app, comptes, jeunes):
    avant, _ = lire(app, comptes["artois"])
    with comme(app, comptes["artois"]):
        db.session.execute(text("delete from alerte where jeune_id = :a"), {"a": jeunes[0]})
        pendant = dire(attente.regarder(parts(), aujourd_hui()))
        assert pendant["alertes"] < avant["alertes"]
    assert lire(app, comptes["artois"])[0] == avant


def test_un_jeune_transfere_quitte_ce_qui_est_garde_de_sa_mds(app, comptes, jeunes, tous):
    with tous() as session:
        jeune = f.un_jeune("ART", contact_le=f.il_y_a(30))
        f.une_alerte(jeune)
        session.commit()
        numero, transfert = jeune.id, f.un_transfert(jeune, effet_le=f.il_y_a(0)).id
        session.commit()

    def attendus(qui: str) -> set[int]:
        return {jeune for _, jeune in lire(app, comptes[qui])[0]["rdv"]}

    assert numero in attendus("artois") and numero not in attendus("arras")
    with tous() as session:
        ordre = text("select acces.repondre_transfert(:t, true, 'Nour')")
        assert session.scalar(ordre, {"t": transfert})
        session.commit()
    assert numero not in attendus("artois") and numero in attendus("arras")
    comparer(app, comptes)


def test_qui_ne_lit_pas_tout_ne_lit_ni_ne_garde_rien(app, comptes, jeunes):
    lire(app, comptes["artois"])
    with comme(app, comptes["dpid"]):
        assert garde.regarder(parts(), aujourd_hui()) is None
        assert attente.regarder(parts(), aujourd_hui()).combien(attente.ALERTES) == 0
    with app.test_request_context(), acces.acteur(acces.TOUS, canal="essai"):
        g.version_des_listes = "essai"
        assert garde.regarder(parts(), aujourd_hui()) is None


def test_un_droit_retire_compte_aussitot(app, jeunes, tous):
    with tous() as session:
        compte = f.un_compte("RESPONSABLE", "ART").id
        session.commit()
    assert lire(app, compte)[0]["alertes"] > 0
    ecrire(app, "update habilitation set au = current_date - 1 where compte_id = :c", c=compte)
    assert lire(app, compte)[0]["alertes"] == 0


def test_rien_de_ce_qui_est_garde_n_est_un_nom(app, comptes, jeunes, session):
    lire(app, comptes["partout"])
    dit = repr(garde._gardes)
    assert str(jeunes[0]) in dit
    for nom, prenom in session.execute(select(Jeune.nom, Jeune.prenom)):
        assert not re.search(rf"\b({nom}|{prenom})\b", dit)


def test_personne_ne_lit_ni_n_ecrit_ce_qui_a_bouge(app, comptes):
    for ordre in (
        "select * from acces.jeune_bouge",
        "insert into acces.jeune_bouge values (1)",
        "delete from acces.suivi_des_bouges",
        "select acces.oublier_les_bouges()",
    ):
        with comme(app, comptes["artois"]), pytest.raises(DBAPIError, match="permission denied"):
            db.session.execute(text(ordre))


# --- What is noted, and forgotten


def test_chaque_table_lue_a_ses_declencheurs_et_elles_seules(app, session, comptes):
    """A table read without a trigger would leave a page late."""
    ordres = [parcours_lus._LIRE.text]
    with comme(app, comptes["artois"]):
        ordres += [str(part.requete(aujourd_hui(), garde.PerimetreLu(mds=[1]))) for part in PARTS]
    corps = "select pg_get_functiondef('acces.dossiers_a_decider'::regproc)"
    ordres.append(session.scalar(text(corps)))
    lues = {mot for ordre in ordres for mot in re.findall(r"(?i)\b(?:from|join) (\w+)", ordre)}
    tables = set(session.scalars(text("select relname from pg_class where relkind = 'r'")))
    assert (lues & tables) - LISTES.keys() == BOUGENT.keys()
    poses = session.execute(
        text(
            "select tgrelid::regclass::text, count(*) from pg_trigger"
            " where tgname ~ '^bouges_' and tgenabled <> 'D' group by 1"
        )
    ).all()
    assert dict(poses) == dict.fromkeys(BOUGENT, 4)


def test_ce_qu_on_ne_peut_plus_suivre_se_relit_en_entier(app, comptes, jeunes, monkeypatch):
    """Too many moved, all of them, what was noted is forgotten, the base crashed."""

    def ecrire_puis_comparer() -> None:
        ecrire(app, "update alerte set du = du - 1 where jeune_id = :a", a=jeunes[1])
        ecrire(app, "update alerte set au = null where jeune_id = :a", a=jeunes[2])

    comparer(app, comptes)
    monkeypatch.setattr(garde, "AU_PLUS", 1)
    ecrire_puis_comparer()
    comparer(app, comptes)
    ecrire(app, "insert into acces.jeune_bouge values (-1)")
    comparer(app, comptes)
    for _ in range(3):
        ecrire(app, "select acces.oublier_les_bouges()")
    ecrire_puis_comparer()
    comparer(app, comptes)
    ecrire(app, "truncate acces.jeune_bouge, acces.suivi_des_bouges")
    ecrire_puis_comparer()
    comparer(app, comptes)
    ecrire_puis_comparer()
    comparer(app, comptes)


def test_l_entretien_oublie_ce_qui_fut_note_avant_le_precedent(app, jeunes, session):
    compter = "select count(*) from acces.jeune_bouge"
    ecrire(app, "update alerte set du = du where jeune_id = :a", a=jeunes[0])
    restent = []
    for _ in range(2):
        session.execute(text("select acces.entretenir()"))
        session.commit()
        with le_proprietaire(app) as connexion:
            restent.append(connexion.scalar(text(compter)))
    assert restent[0] > 0
    assert restent[1] == 0


# --- The page


def test_l_accueil_dit_aussitot_ce_qui_vient_d_etre_ecrit(app, comptes, jeunes, tous):
    """Of the person's own youths, of the MDS, and who carries what."""
    coordonnateur = ouvrir_session(app.test_client(), comptes["coordonnateur"])
    responsable = ouvrir_session(app.test_client(), comptes["artois"])

    def alertes(client, qui: str) -> int:
        page = client.get(f"/?qui={qui}").text
        return int(re.search(r'/alertes/[^"]*"><strong>(\d+)<', page)[1])

    def charge() -> int:
        page = responsable.get("/").text
        return int(re.search(r"Moi Porteuse.*?coordonnateur=\d+\">(\d+)<", page)[1])

    with tous() as session:
        moi = session.scalar(select(Agent).where(Agent.compte_id == comptes["coordonnateur"]))
        assert session.get(Compte, comptes["coordonnateur"])
        jeune = f.un_jeune("ART")
        avant = [alertes(coordonnateur, "miens"), alertes(coordonnateur, "tous"), charge()]
        f.un_binome(jeune, coordonnateur=moi.nom)
        f.une_alerte(jeune)
        session.commit()
    apres = [alertes(coordonnateur, "miens"), alertes(coordonnateur, "tous"), charge()]
    assert apres == [n + 1 for n in avant]


def test_l_accueil_commence_par_les_taches_les_plus_proches(app, comptes, jeunes, tous):
    with tous() as session:
        for n in range(12):
            session.add(Tache(jeune_id=jeunes[0], quoi=f"Essai {n}", pour_le=f.dans(12 - n)))
        session.add(Tache(jeune_id=jeunes[0], quoi="Un jour"))
        session.commit()
    for qui in ("artois", "partout"):
        page = ouvrir_session(app.test_client(), comptes[qui]).get("/").text
        dites = re.findall(r">(Essai \d+|Un jour)</a>", page)
        assert dites == [f"Essai {n}" for n in range(11, 3, -1)]
