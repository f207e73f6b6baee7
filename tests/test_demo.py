"""``flask tandem demo``: a fictitious Département, the same each time, never over real data."""

import pytest
from sqlalchemy import select, text

from app import acces
from app.commandes.demo import COMPTES, TABLES, comptes_affichables
from app.donnees import service_fictif
from app.echanges.tableau import fige as tableau_fige
from app.extensions import db
from app.indicateurs import anomalies
from app.models import LISTES, Agent, Compte, DemandePersonne, Envoi, Mds
from app.regles import envois as regles
from app.regles.age import PARIS, ajouter_mois, aujourd_hui
from app.regles.parcours import blocs
from app.roles import ROLES
from app.views.pages.envoi import Attendu
from tests import factories

ARGUMENTS = ["tandem", "demo", "--jeunes", "60", "--graine", "3", "--date", "2026-03-18"]


def lancer(app, *arguments):
    return app.test_cli_runner().invoke(args=arguments or ARGUMENTS)


@pytest.fixture(scope="module")
def rempli(app):
    resultat = lancer(app)
    assert resultat.exit_code == 0, resultat.output
    return app


@pytest.fixture(scope="module")
def vivant(serveur_de_bases):
    """As « make run » fills it: enough youths for the service to have sent its tables, today."""
    nom = serveur_de_bases.creer(serveur_de_bases.modele)
    app = serveur_de_bases.application(nom)
    resultat = lancer(app, "tandem", "demo", "--jeunes", "200", "--graine", "3")
    assert resultat.exit_code == 0, resultat.output
    yield app
    serveur_de_bases.supprimer(nom)


@pytest.fixture(scope="module")
def autre(serveur_de_bases):
    nom = serveur_de_bases.creer(serveur_de_bases.modele)
    yield serveur_de_bases.application(nom)
    serveur_de_bases.supprimer(nom)


@pytest.fixture
def autre_app(serveur_de_bases, autre):
    """An application on a base with its schema and nobody in it."""
    serveur_de_bases.remettre(serveur_de_bases.base_de(autre), serveur_de_bases.modele)
    return autre


def contenu(app) -> dict[str, str]:
    """A fingerprint of each table that the demonstration fills."""
    with app.app_context(), acces.acteur(acces.TOUS):
        empreintes = {
            t: db.session.scalar(
                text(f"select md5(string_agg(x::text, '|' order by id)) from {t} x")
            )
            for t in TABLES
        }
        db.session.rollback()
    return empreintes


def nombre(session, requete: str) -> int:
    return session.scalar(text(f"select count(*) from {requete}"))


def test_la_meme_graine_donne_les_memes_donnees(rempli, autre_app):
    assert lancer(autre_app).exit_code == 0
    assert contenu(autre_app) == contenu(rempli)


def test_chaque_table_du_suivi_est_remplie(rempli, session):
    vides = [t for t in TABLES if t != "transfert" and nombre(session, t) == 0]
    assert not vides
    assert nombre(session, "jeune") == 60


def test_les_histoires_sont_plausibles(rempli, session):
    le = "date '2026-03-18'"
    assert (
        nombre(
            session,
            f"jeune where age({le}, date_naissance) not between interval '15 years' and interval"
            " '26 years'",
        )
        == 0
    )
    assert nombre(session, f"rencontre where le > {le} and statut_code <> 'PREVUE'") == 0
    assert nombre(session, f"rencontre where le > {le}") > 0
    assert nombre(session, f"situation where observee_le > {le}") == 0
    assert nombre(session, f"accompagnement where du > {le}") == 0
    assert nombre(session, "rencontre where action_id is not null") > 0
    assert (
        nombre(session, "rencontre where type_code = 'TRIPARTITE' and statut_code = 'TENUE'") > 30
    )
    assert nombre(session, "jeune where telephone not like '06 39 98 %'") == 0


def test_qui_a_ajoute_un_jeune_a_l_ordre_du_jour_se_lit_apres_par(rempli, session):
    """« Ajouté par l’équipe de la MDS », « Ajouté par Nour Delestrez »."""
    dits = set(session.scalars(text("select distinct ajoute_par from point_de_comite")))
    assert dits - {None}
    assert not [dit for dit in dits if dit and dit.startswith("Équipe")]


def test_des_jeunes_sortent_de_l_ase_et_d_autres_y_restent(rempli, session):
    mesures: dict[int, list] = {}
    for mesure in session.execute(text("select * from mesure")):
        mesures.setdefault(mesure.jeune_id, []).append(mesure)
    sorties = [b.au for siennes in mesures.values() for b in blocs(siennes)]
    passees = [au for au in sorties if au and f"{au}" <= "2026-03-18"]
    assert 5 < len(passees) < len(mesures)


def test_apres_l_ase_un_coordonnateur_poursuit_seul(rempli, session):
    seuls = "binome b where referent_ase is null and au is null"
    assert nombre(session, seuls) > 0
    sous_mesure = "exists(select 1 from mesure m where m.jeune_id = b.jeune_id and m.au is null)"
    assert nombre(session, f"{seuls} and {sous_mesure}") == 0


def test_les_codes_employes_sont_dans_les_listes(rempli):
    assert set(TABLES).isdisjoint(LISTES)  # the foreign keys have checked the rest


def test_relancee_elle_ne_fait_rien(rempli):
    avant = contenu(rempli)
    resultat = lancer(rempli)
    assert resultat.exit_code == 0
    assert "rien à faire" in resultat.output
    assert contenu(rempli) == avant


def test_une_autre_demonstration_par_dessus_est_refusee(rempli):
    resultat = lancer(rempli, "tandem", "demo", "--jeunes", "5", "--graine", "3")
    assert resultat.exit_code == 1
    assert "base vide" in resultat.output


def test_elle_donne_un_compte_pour_chaque_role(rempli):
    with rempli.app_context():
        affiches = list(comptes_affichables())
    assert {login for _, login, _ in affiches} == {c[0] for c in COMPTES}
    assert {c[3] for c in COMPTES} == set(ROLES)
    assert len({c[4] for c in COMPTES if c[4]}) == 3
    assert all(len(mot_de_passe) >= 15 for _, _, mot_de_passe in affiches)
    assert len({mot_de_passe for _, _, mot_de_passe in affiches}) == len(affiches)


def test_les_comptes_d_une_mds_sont_des_agents_et_les_coordonnateurs_ont_leurs_jeunes(rempli):
    for login, prenom, nom, role, mds in COMPTES:
        with rempli.app_context(), acces.acteur(acces.TOUS):
            numero = db.session.scalar(select(Compte.id).where(Compte.username == login))
            agent = db.session.scalar(select(Agent).where(Agent.compte_id == numero))
            assert (agent is None) == (mds is None), login
            assert agent is None or agent.nom == f"{prenom} {nom}"
            db.session.rollback()
        with rempli.app_context(), acces.acteur(numero):
            lu = db.session.execute(text("select a_des_jeunes from acces.mon_agent()"))
            accompagne = role in ("COORDONNATEUR", "REFERENT_SEF")
            assert lu.scalar() is True or not accompagne, login
            db.session.rollback()


def test_le_jeune_cree_ensuite_prend_le_code_suivant(rempli, session):
    assert factories.un_jeune().code == "D00061"


@pytest.mark.parametrize("creer", [factories.un_jeune, factories.un_partenaire, factories.un_poste])
def test_refusee_sur_de_vraies_donnees(autre_app, creer):
    with autre_app.app_context(), acces.acteur(acces.TOUS, canal="ecran"):
        creer()
        db.session.commit()
    resultat = lancer(autre_app)
    assert resultat.exit_code == 1
    assert "vraies données" in resultat.output


def test_les_derniers_tableaux_sont_partis_a_temps_sauf_un_en_retard_un_manquant_un_rectifie(
    vivant,
):
    with vivant.app_context(), acces.acteur(acces.TOUS):
        lignes = attendus_de(vivant)
        etats = [a.etat for a in lignes]
        assert len(lignes) == 40
        assert (etats.count(regles.TARDIF), etats.count(regles.EN_RETARD)) == (1, 1)
        assert etats.count(regles.A_TEMPS) == 38
        assert [(a.territoire, a.rectificatifs) for a in lignes if a.rectificatifs] == [
            ("Artois", 1)
        ]
        rectificatif = next(a.dernier for a in lignes if a.rectificatifs)
        fige = tableau_fige.contenu_fige(rectificatif)
        assert (
            fige["differences"]
            and fige["envoye_par"] == rectificatif.envoye_par == service_fictif.QUI
        )
        db.session.rollback()


def attendus_de(app):
    """The four last months whose table is due."""
    le = aujourd_hui()
    dernier = regles.mois_a_rendre(le)
    if regles.a_rendre_le(dernier) > le:
        dernier = ajouter_mois(dernier, -1)
    territoires = [None, *db.session.scalars(select(Mds).order_by(Mds.code))]
    lignes = []
    for mois in (ajouter_mois(dernier, -n) for n in range(4)):
        for mds in territoires:
            siens = sorted(
                db.session.scalars(
                    select(Envoi).where(
                        Envoi.mois == mois,
                        Envoi.mds_id.is_(None) if mds is None else Envoi.mds_id == mds.id,
                    )
                ),
                key=lambda e: e.numero,
            )
            quand = siens[0].envoye_le.astimezone(PARIS).date() if siens else None
            lignes.append(
                Attendu(
                    mois,
                    mds,
                    siens[0] if siens else None,
                    siens[-1] if siens else None,
                    regles.etat(mois, quand, le),
                )
            )
    return lignes


def test_le_journal_dit_que_c_est_la_demonstration_aujourd_hui(vivant):
    with vivant.app_context(), acces.acteur(acces.TOUS):
        lignes = db.session.execute(
            text("select distinct canal, le::date from journal where operation = 'envoi'")
        ).all()
        assert lignes == [("demo", aujourd_hui())]


def test_le_service_vit(vivant):
    with vivant.app_context(), acces.acteur(acces.TOUS):
        assert nombre(db.session, "texte_bilan") >= 10 and nombre(db.session, "objectif") == 12
        assert nombre(db.session, "enquete where par_lien") == 5
        etats = sorted(d.etat for d in db.session.scalars(select(DemandePersonne)))
        assert etats == ["a_repondre", "a_repondre", "en_retard", "repondue", "repondue"]
        assert (
            nombre(
                db.session,
                "invitation where utilisee_le is null and revoquee_le is null and expire_le >"
                " now()",
            )
            == 1
        )
        assert (
            nombre(
                db.session,
                "transfert t join mds m on m.id = t.vers_mds_id where m.code = 'ART' and"
                " accepte_le is null and refuse_le is null",
            )
            >= 1
        )
        artois = db.session.scalar(text("select id from mds where code = 'ART'"))
        assert (
            anomalies.compter(aujourd_hui().replace(day=1), aujourd_hui(), artois)[
                "DOUBLON_POSSIBLE"
            ]
            >= 1
        )
        db.session.rollback()
