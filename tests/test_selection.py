"""« Modifier la sélection »: records ticked in a list, or all that it found, given the same values:
read before, refused line by line, one act that is taken back as one."""

import html
import re

import pytest
from sqlalchemy import select

from app import acces
from app.extensions import db
from app.models import Alerte, Binome, Evenement, Jeune, Rencontre
from tests import factories as f
from tests.connexions import poster
from tests.ordres_sql import ordres_sql
from tests.test_agents import lire


@pytest.fixture(scope="module")
def comptes(app):
    roles = {
        "responsable": ("RESPONSABLE", "ART"),
        "responsable_arras": ("RESPONSABLE", "ARR"),
        "slai": ("SLAI", "ART"),
        "referent": ("REFERENT_SEF", "ART"),
    }
    numeros = f.des_comptes(app, roles)
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        des_deux = f.un_compte("SLAI", "ARR")
        f.une_habilitation(des_deux, "COORDONNATEUR", "ART")
        numeros["slai_la_bas"] = des_deux.id
        db.session.commit()
    return numeros


@pytest.fixture
def faire(tous):
    """Make records as everyone; their numbers."""

    def creer(fabrique, combien=2, **champs):
        with tous() as session:
            numeros = [fabrique(**champs).id for _ in range(combien)]
            session.commit()
        return numeros

    return creer


def envoyer(client, table: str, numeros, acte="apercu", filtres="", **champs):
    """What the list sends, or the page of the act itself."""
    valeurs = {"rowid": [str(n) for n in numeros], "acte": acte, **champs}
    return poster(client, f"/modifier-la-selection/{table}{filtres}", valeurs, page="/jeunes/")


def modifier(client, table: str, numeros, **champs):
    page = envoyer(client, table, numeros, **champs).text
    empreinte = re.search(r'name="empreinte" value="(\w+)"', page)[1]
    return envoyer(client, table, numeros, "appliquer", empreinte=empreinte, **champs)


def valeurs(tous, classe, champ: str, numeros) -> list:
    requete = select(getattr(classe, champ)).where(classe.id.in_(numeros)).order_by(classe.id)
    with tous() as session:
        return list(session.scalars(requete))


def test_des_alertes_se_ferment_ensemble_et_l_acte_s_annule(agent, faire, tous):
    alertes = faire(f.une_alerte)
    client = agent()
    page = lire(client, "/alertes/?qui=tous")
    assert "Modifier la sélection" in page and 'name="rowid"' in page
    choix = html.unescape(envoyer(client, "alerte", alertes, acte="").text)
    assert "Un champ laissé vide ne change rien" in choix and "2 fiches" in choix
    hier = f.il_y_a(1)
    apercu = html.unescape(envoyer(client, "alerte", alertes, au=hier.isoformat()).text)
    assert f"Non renseigné → <strong>{hier:%d/%m/%Y}</strong>" in apercu
    assert valeurs(tous, Alerte, "au", alertes) == [None, None]
    rendu = modifier(client, "alerte", alertes, au=hier.isoformat())
    assert rendu.status_code == 302
    assert valeurs(tous, Alerte, "au", alertes) == [hier, hier]
    numero = rendu.location.rpartition("/")[2]
    with tous() as session:
        lues = session.scalars(select(Evenement).where(Evenement.requete == f"lot:{numero}")).all()
        assert [x.cle for x in lues if x.table_nom == "alerte"] == [str(n) for n in alertes]
        assert {x.motif for x in lues} == {"Modifier la sélection : Alertes, Au"}
    assert poster(client, f"{rendu.location}/annuler", page=rendu.location).status_code == 302
    assert valeurs(tous, Alerte, "au", alertes) == [None, None]


@pytest.mark.parametrize(
    ("table", "classe", "fabrique", "champ", "valeur"),
    [
        ("binome", Binome, f.un_binome, "au", f.dans(10)),
        ("rencontre", Rencontre, f.une_rencontre, "adresse", "Salle Jaurès"),
        ("jeune", Jeune, f.un_jeune, "etablissement_accueil", "Foyer des Tilleuls"),
    ],
)
def test_chaque_liste_a_ses_champs(agent, faire, tous, table, classe, fabrique, champ, valeur):
    numeros = faire(fabrique)
    saisie = valeur if isinstance(valeur, str) else valeur.isoformat()
    assert modifier(agent(), table, numeros, **{champ: saisie}).status_code == 302
    assert valeurs(tous, classe, champ, numeros) == [valeur, valeur]


def test_tout_ce_qui_est_filtre(agent, faire, tous):
    faire(f.un_jeune, 30, nom="Tousensemble")
    client = agent()
    assert "Modifier les 30 fiches trouvées" in lire(client, "/jeunes/?q=tousensemble")
    page = envoyer(client, "jeune", [], "", "?q=tousensemble", tout="oui").text
    numeros = re.findall(r'name="rowid" value="(\d+)"', page)
    assert len(numeros) == 30
    rendu = modifier(client, "jeune", numeros, etablissement_accueil="Internat")
    assert rendu.status_code == 302
    assert set(valeurs(tous, Jeune, "etablissement_accueil", map(int, numeros))) == {"Internat"}


def test_ce_qui_est_refuse_l_est_sur_sa_ligne(agent, faire, tous):
    bonne, courte = faire(f.une_alerte, 1) + faire(f.une_alerte, 1, du=f.il_y_a(2))
    page = html.unescape(
        envoyer(agent(), "alerte", [bonne, courte], au=f.il_y_a(5).isoformat()).text
    )
    assert "L’alerte finit avant d’avoir commencé." in page and "1 refus" in page
    modifier(agent(), "alerte", [bonne, courte], au=f.il_y_a(5).isoformat())
    assert valeurs(tous, Alerte, "au", [bonne, courte]) == [f.il_y_a(5), None]


def prevues(faire, **champs) -> list[int]:
    prevue = {"le": f.il_y_a(2), "statut_code": "PREVUE", "jeune_present": None}
    return faire(f.une_rencontre, **prevue | champs)


def test_le_statut_des_rencontres_change_avec_ses_regles(agent, faire, tous):
    passees = prevues(faire)
    demain = prevues(faire, le=f.dans(1))
    tripartites = prevues(faire, type_code="TRIPARTITE")
    client = agent()
    tenues = {"statut_code": "TENUE"}
    page = html.unescape(envoyer(client, "rencontre", passees, **tenues).text)
    assert "Dites aussi si le jeune était présent." in page and "2 refus" in page
    tenues["jeune_present"] = "oui"
    page = envoyer(client, "rencontre", [*passees, *demain, *tripartites], **tenues).text
    page = html.unescape(page)
    assert "Cette date est à venir" in page and "4 refus" in page
    assert "se tient depuis la fiche du jeune" in page
    rendu = modifier(client, "rencontre", [*passees, *demain], **tenues)
    assert valeurs(tous, Rencontre, "statut_code", passees) == ["TENUE"] * 2
    assert valeurs(tous, Rencontre, "jeune_present", passees) == [True, True]
    assert valeurs(tous, Rencontre, "statut_code", demain) == ["PREVUE"] * 2
    assert poster(client, f"{rendu.location}/annuler", page=rendu.location).status_code == 302
    assert valeurs(tous, Rencontre, "statut_code", passees) == ["PREVUE"] * 2
    modifier(client, "rencontre", [*demain, *tripartites], statut_code="ANNULEE")
    assert valeurs(tous, Rencontre, "statut_code", demain) == ["ANNULEE"] * 2


def test_les_membres_d_un_binome_a_venir_changent_ceux_d_un_autre_non(agent, faire, tous):
    (lea,) = faire(f.un_agent, 1, nom="Léa Sélection")
    a_venir = faire(f.un_binome, du=f.dans(5))
    (commence,) = faire(f.un_binome, 1)
    client = agent()
    qui = {"coordonnateur_id": str(lea), "coordonnateur_id-texte": "Léa Sélection"}
    page = html.unescape(envoyer(client, "binome", [*a_venir, commence], **qui).text)
    assert "Yanis Coordonnateur → <strong>Léa Sélection</strong>" in page
    assert "employez « Passer la main »" in page and "1 refus" in page
    rendu = modifier(client, "binome", [*a_venir, commence], **qui)
    assert valeurs(tous, Binome, "coordonnateur", a_venir) == ["Léa Sélection"] * 2
    assert valeurs(tous, Binome, "coordonnateur", [commence]) == ["Yanis Coordonnateur"]
    assert poster(client, f"{rendu.location}/annuler", page=rendu.location).status_code == 302
    assert valeurs(tous, Binome, "coordonnateur", a_venir) == ["Yanis Coordonnateur"] * 2
    inconnu = {"referent_id": "nouveau", "referent_id-texte": "Zoé Inconnue"}
    refusee = envoyer(client, "binome", a_venir, **inconnu)
    assert refusee.status_code == 422
    assert "Choisissez un agent de l’annuaire" in html.unescape(refusee.text)


def test_une_rencontre_tenue_ne_se_date_pas_demain(agent, faire, tous):
    tenues = faire(f.une_rencontre)
    page = html.unescape(envoyer(agent(), "rencontre", tenues, le=f.dans(3).isoformat()).text)
    assert "2 refus" in page
    rendu = modifier(agent(), "rencontre", tenues, le=f.dans(3).isoformat())
    assert rendu.status_code == 422 and "Aucune fiche ne change" in html.unescape(rendu.text)


def test_une_fiche_changee_depuis_l_apercu_se_relit(agent, faire, tous):
    alertes = faire(f.une_alerte)
    page = envoyer(agent(), "alerte", alertes, au=f.il_y_a(1).isoformat()).text
    empreinte = re.search(r'name="empreinte" value="(\w+)"', page)[1]
    with tous() as session:
        session.get(Alerte, alertes[0]).signalee_par = "Le lycée"
        session.commit()
    champs = {"au": f.il_y_a(1).isoformat(), "empreinte": empreinte}
    rendu = envoyer(agent(), "alerte", alertes, "appliquer", **champs)
    assert rendu.status_code == 422 and "relisez-le" in rendu.text
    assert valeurs(tous, Alerte, "au", alertes) == [None, None]


# The wall


def test_une_autre_mds_n_est_ni_lue_ni_changee(agent, faire, tous):
    alertes = faire(f.une_alerte)
    rendu = envoyer(agent("responsable_arras"), "alerte", alertes, au=f.il_y_a(1).isoformat())
    assert "Fiches choisies" in rendu.text and 'name="rowid"' not in rendu.text
    assert valeurs(tous, Alerte, "au", alertes) == [None, None]


def test_qui_ne_fait_que_lire_n_a_pas_de_cases(agent, faire):
    alertes = faire(f.une_alerte)
    assert "Modifier la sélection" not in lire(agent("slai"), "/alertes/")
    assert envoyer(agent("slai"), "alerte", alertes).status_code == 403
    assert envoyer(agent(), "mesure", [1]).status_code == 404


def test_des_fiches_de_deux_mds_quand_le_droit_n_est_que_dans_une(agent, faire, tous):
    (ici,) = faire(f.un_binome, 1)
    with tous() as session:
        la_bas = f.un_binome(f.un_jeune("ARR")).id
        session.commit()
    champs = {"au": f.dans(5).isoformat()}
    page = html.unescape(envoyer(agent("slai_la_bas"), "binome", [ici, la_bas], **champs).text)
    assert "1 refus" in page
    assert modifier(agent("slai_la_bas"), "binome", [ici, la_bas], **champs).status_code == 302
    assert valeurs(tous, Binome, "au", [ici, la_bas]) == [f.dans(5), None]


def test_les_ordres_sql_ne_dependent_pas_du_nombre_de_fiches(agent, faire):
    comptes = set()
    for combien in (3, 40):
        alertes = faire(f.une_alerte, combien)
        client = agent()
        page = envoyer(client, "alerte", alertes, au=f.il_y_a(1).isoformat()).text
        lus = dict(re.findall(r'name="(empreinte|csrf_token)" value="([^"]+)"', page))
        champs = {"rowid": alertes, "au": f.il_y_a(1).isoformat(), "acte": "appliquer", **lus}
        with ordres_sql() as ordres:
            rendu = client.post("/modifier-la-selection/alerte", data=champs)
        assert rendu.status_code == 302
        comptes.add(len(ordres))
    assert len(comptes) == 1
