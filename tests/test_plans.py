"""The plans that PostgreSQL makes of the main screens, under the policies of real accounts: none
reads a large table whole.

No clock here: ``python -m tests.bench_ecrans --tous`` measures. These tests say why a screen would
become slow.
"""

import pytest
from sqlalchemy import Engine, create_engine, event, func, select, text

from app import acces
from app.extensions import db
from app.indicateurs import anomalies
from app.indicateurs.planification import pages_en_ordre
from app.models import Jeune
from app.regles.recherche import proches
from app.roles import ROLES
from app.views.socle import choix
from app.views.socle.mots_proches import PROCHES, lieux
from tests import factories as f
from tests.connexions import jeton, ouvrir_session
from tests.ecrans import Ecran

JEUNES, RENCONTRES_DE_CHACUN = 5000, 8
GRANDES = {"jeune", "rencontre", "mesure", "situation", "accompagnement", "binome", "journal"} | {
    "orientation"
}
"""Tables that a screen must never read whole."""
PORTEFEUILLE = 45
"""Youths whom one coordonnateur accompanies."""


@pytest.fixture(scope="module")
def grande_base(app):
    """Thousands of youths in the nine MDS, written by the owner at once, the triggers at rest."""
    remplissage = f"""
        insert into jeune (code, nom, prenom, date_naissance, mds_id, contact_le)
          select 'G' || lpad(n::text, 5, '0'),
                 (array['Durand','Martin','Lefebvre','Delattre'])[1 + mod(n, 4)] || n, 'Camille',
                 current_date - 6000 - mod(n, 3000), 1 + mod(n, 9), current_date - mod(n, 900)
          from generate_series(1, {JEUNES}) n;
        insert into orientation (jeune_id, mds_id, contact_le)
          select id, mds_id, contact_le from jeune;
        insert into accompagnement (jeune_id, mds_id, du)
          select id, mds_id, current_date - 300 from jeune;
        insert into binome (jeune_id, mds_id, referent_ase, coordonnateur, du)
          select id, mds_id, 'R', 'C', current_date - 300 from jeune;
        insert into mesure (jeune_id, mds_id, type_code, du, au)
          select id, mds_id, (select min(code) from mesure_ase),
                 current_date - 900, current_date - 900 + mod(id, 2000)
          from jeune;
        insert into situation (jeune_id, mds_id, observee_le)
          select id, mds_id, current_date - mod(id, 400) from jeune;
        insert into rencontre (code, jeune_id, mds_id, type_code, le, statut_code)
          select 'G' || j.id || '-' || n, j.id, j.mds_id,
                 case when n = 1 then 'TRIPARTITE' else 'ENTRETIEN' end,
                 current_date - mod(j.id + n * 37, 700) + 30,
                 case when mod(j.id + n, 40) = 0 then 'PREVUE' else 'TENUE' end
          from jeune j, generate_series(1, {RENCONTRES_DE_CHACUN}) n"""
    tables = (
        "jeune",
        "orientation",
        "accompagnement",
        "binome",
        "mesure",
        "situation",
        "rencontre",
    )
    moteur = create_engine(app.config["DATABASE_OWNER_URL"], isolation_level="AUTOCOMMIT")
    try:
        with moteur.connect() as connexion:
            for table in tables:
                connexion.exec_driver_sql(f"alter table {table} disable trigger user")
            for ordre in remplissage.split(";"):
                connexion.exec_driver_sql(ordre)
            for table in tables:
                connexion.exec_driver_sql(f"alter table {table} enable trigger user")
            connexion.exec_driver_sql(
                "insert into acces.mot (mot, mds_id, jeune_id) select mot, mds_id, id"
                " from jeune, unnest(acces.mots(nom, prenom, anciens_noms)) mot"
            )
            connexion.exec_driver_sql("vacuum analyze")
    finally:
        moteur.dispose()
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        comptes = {
            "une": f.un_compte("RESPONSABLE", "ART").id,
            "toutes": f.un_compte("RESPONSABLE", None).id,
            "porteur": f.un_compte("COORDONNATEUR", "ART").id,
        }
        comptes["agent"] = f.un_agent(compte_id=comptes["porteur"]).id
        db.session.execute(
            text("""
                update binome set coordonnateur_id = :agent
                where id in (select id from binome where mds_id = :mds order by id limit :n)"""),
            {"agent": comptes["agent"], "mds": f.numero_mds("ART"), "n": PORTEFEUILLE},
        )
        comptes["jeune"] = db.session.scalar(
            select(func.max(Jeune.id)).where(Jeune.mds_id == f.numero_mds("ART"))
        )
        db.session.commit()
    return comptes


def plans(app, compte: int, demander) -> list[tuple[str, dict]]:
    """The plan that PostgreSQL makes of each statement of a request, under the policies of this
    account."""
    lus = []

    def noter(connexion, curseur, ordre, parametres, *_):
        if ordre.lstrip().lower().startswith(("select", "with")) and " acces." not in ordre:
            lus.append((ordre, parametres))

    client = ouvrir_session(app.test_client(), compte)
    csrf = jeton(client, "/mon-compte/")
    event.listen(Engine, "before_cursor_execute", noter)
    try:
        assert demander(client, csrf).status_code == 200
    finally:
        event.remove(Engine, "before_cursor_execute", noter)
    with app.app_context(), acces.acteur(compte, canal="essai"):
        connexion = db.session.connection()
        return [
            (o, connexion.exec_driver_sql(f"explain (format json) {o}", p).scalar()[0]["Plan"])
            for o, p in lus
        ]


def noeuds(plan: dict):
    yield plan
    for enfant in plan.get("Plans", ()):
        yield from noeuds(enfant)


PARTOUT = [
    "/",
    "/jeunes/",
    "/jeunes/?page=20",
    "/jeunes/?tri=-nom",
    "/jeunes/{jeune}",
    "/jeunes/{jeune}/modifier",
    "/rencontres/",
    "/rencontres/?tri=jeune_id",
    "/rencontres/?tri=-jeune_id",
    "/rencontres/?a_jour=non",
    "/rencontres/?statut_code=PREVUE",
    "/situations/",
    "/mesures/",
    "/mesures/?tri=au",
    "/binomes/",
    "/accompagnements/",
]
UNE_SEULE = [
    "/jeunes/?tri=dernier_contact",
    "/jeunes/?tri=-prochain_rdv",
    "/jeunes/?nouvelles=60",
    "/jeunes/?bientot=17",
    "/a-faire/",
    "/jeunes/?q=durand1",
    "/rencontres/?q=durand1",
    "/jeunes/?attention=rdv",
    "/jeunes/?attention=binome",
    "/choix/jeune",
]
"""Where the names of all MDS are wanted, all are read: 100,000 in 25 ms."""
LES_MIENS = [
    "/",
    "/jeunes/?tri=-dernier_contact&qui=miens",
    "/?qui=miens",
    "/a-faire/?qui=miens",
    "/jeunes/?qui=miens",
    "/jeunes/?coordonnateur={agent}",
    "/binomes/?qui=miens",
    "/rencontres/?qui=miens",
    "/alertes/?qui=miens",
    "/jeunes/?q=070809",
]
"""Of a coordonnateur who has a portfolio."""


@pytest.mark.parametrize(
    ("qui", "adresse"),
    [(q, a) for a in PARTOUT for q in ("une", "toutes")]
    + [("une", a) for a in UNE_SEULE]
    + [("porteur", a) for a in LES_MIENS],
)
def test_un_ecran_ne_lit_jamais_une_grande_table_en_entier(app, grande_base, qui, adresse):
    def demander(client, csrf):
        ecran = Ecran(
            "",
            "",
            adresse.format(**grande_base),
            "durand" if adresse.startswith("/choix") else None,
        )
        return ecran.ouvrir(client, csrf)

    lus = plans(app, grande_base[qui], demander)
    assert lus
    for ordre, plan in lus:
        entieres = {
            n["Relation Name"] for n in noeuds(plan) if n["Node Type"] == "Seq Scan"
        } & GRANDES
        assert not entieres, f"{adresse} reads the whole of {entieres}: {ordre}"


def test_un_nom_courant_se_cherche_dans_l_index_seul(app, grande_base, monkeypatch):
    """All are called Camille: too many to be found one by one."""
    monkeypatch.setattr(choix, "RARES", 100)
    for adresse in ("/jeunes/?q=camille", "/choix/jeune"):
        lus = plans(
            app,
            grande_base["une"],
            lambda c, csrf, a=adresse: Ecran("", "", a, "camille" if "choix" in a else None).ouvrir(
                c, csrf
            ),
        )
        index = [
            n.get("Index Name")
            for _, p in lus
            for n in noeuds(p)
            if n["Node Type"] == "Index Only Scan"
        ]
        assert "ix_jeune_mds_nom_tri" in index, adresse


def test_un_nom_rare_se_cherche_par_ses_morceaux(app, grande_base):
    """What ``acces.jeunes_contenant`` asks, as the owner it runs as."""
    ordre = (
        "explain select id from jeune where acces.trigrammes(recherche) @> array['ura','ran','d12']"
    )
    moteur = create_engine(app.config["DATABASE_OWNER_URL"])
    with moteur.begin() as connexion:
        connexion.execute(text("set local enable_seqscan = off"))
        plan = "\n".join(connexion.scalars(text(ordre)))
    moteur.dispose()
    assert "ix_jeune_trigrammes" in plan


def test_les_coordonnees_fausses_se_lisent_dans_leur_index(app, grande_base):
    """It holds those of the forms of today: a form that changes asks for a migration."""
    regle = anomalies.PAR_CODE["COORDONNEES_FAUSSES"]
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        plan = "\n".join(db.session.scalars(text(f"explain {regle.requete}")))
    assert "ix_jeune_coordonnees_fausses" in plan


def test_l_ordre_des_pages_ne_se_demande_que_pour_une_instruction(app):
    cout = text("show random_page_cost")
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        du_serveur = db.session.scalar(cout)
        with pages_en_ordre():
            assert db.session.scalar(cout) == "4"
        assert db.session.scalar(cout) == du_serveur != "4"


@pytest.mark.parametrize("qui", ["une", "toutes"])
@pytest.mark.parametrize("interdit", ["enable_bitmapscan", "enable_indexscan"])
def test_un_nom_que_nul_ne_porte_se_cherche_dans_deux_index(app, grande_base, qui, interdit):
    """Under the policy: a comparison that could tell what it reads would choose no index.

    Row by row or by bitmap is the planner's choice, and a matter of a few pages here.
    """
    with app.app_context(), acces.acteur(grande_base[qui], canal="essai"):
        db.session.execute(text(f"set local {interdit} = off"))
        ordre = text(f"explain (format json) {PROCHES.text}")
        plan = db.session.scalar(ordre, lieux([proches("zzyzzyxu")]))[0]["Plan"]
    conditions = {
        n["Index Name"]: n["Index Cond"] for n in noeuds(plan) if n.get("Index Name") is not None
    }
    assert conditions.keys() == {"ix_mot", "ix_mot_envers"}, plan
    assert all(">= " in c and "< " in c for c in conditions.values()), plan


def test_les_mds_dites_au_planificateur_sont_celles_des_politiques(app):
    """The tables of ``PAR_MDS`` are those whose policy asks for the MDS and nothing else."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        lues = db.session.execute(
            text(
                "select tablename, qual from pg_policies"
                " where schemaname = 'public' and policyname = 'lire'"
            )
        ).all()
    forme = "(mds_id = ANY (( SELECT acces.mds('{0}'::text, 'lire'::text) AS mds)::integer[]))"
    assert {t for t, q in lues if q == forme.format(t)} - {
        "fusion",
        "compte_rendu_comite",
    } == acces.PAR_MDS


def test_qui_lit_une_fiche_du_suivi_lit_le_jeune():
    """A list sorted by the name of the youth joins the youth: no record is lost to whoever may read
    it."""
    for role in ROLES.values():
        lues = {t for t in acces.PAR_MDS if "lire" in role.actes(t)}
        assert not lues or "jeune" in lues, role
