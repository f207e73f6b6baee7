"""« Copie du dossier pour la personne »: all of one youth, in words, and nothing of another."""

import contextlib
import html
import io

import openpyxl
import pytest
from flask_appbuilder import Model
from sqlalchemy import select

from app import acces
from app.extensions import db
from app.models import DemandePersonne, Distinction, Evenement, Jeune
from app.models.base import SuiviJeune
from app.views import copie
from tests import factories as f
from tests.connexions import ouvrir_session, poster
from tests.ordres_sql import ordres_sql

NOM, AUTRE = "Quenvillers", "Zonnebeke"


TUES = {
    "id",
    "jeune_id",
    "version",
    "cle",
    "nom_tri",
    "recherche",
    "absorbe_id",
    "autre_id",
    "absorbe",
    "avant",
    "deplacees",
}
"""Columns that say nothing to the person, or are computed from others."""


@pytest.fixture(scope="module")
def scene(app):
    """A youth with one record of each kind, and another of the same MDS, met in the same places."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        lui, autre = (
            f.un_jeune(
                nom=NOM,
                prenom="Zoé",
                observations=f"Partage un logement avec Ana {AUTRE}.",
                est_parent=False,
            ),
            f.un_jeune(nom=AUTRE, prenom="Ana"),
        )
        action, instance, partenaire = (
            f.une_action_collective(description=f"Avec {AUTRE}"),
            f.une_instance(compte_rendu=f"{AUTRE} sort"),
            f.un_partenaire(),
        )
        for jeune in (lui, autre):
            (
                f.un_accompagnement(jeune),
                f.un_binome(jeune),
                f.une_orientation(jeune),
                f.une_mesure(jeune),
                f.un_rattachement(jeune),
                f.une_alerte(jeune),
            )
            (
                f.un_frein(jeune),
                f.une_situation(jeune),
                f.une_etape(jeune),
                f.une_fiche("tache", jeune=jeune),
                f.une_fiche("demande_cjm", jeune=jeune),
                f.une_fiche("mobilite", jeune=jeune),
                f.une_fiche("besoin", jeune=jeune),
                f.une_fiche("proposition_cej", jeune=jeune),
                f.une_mobilisation(jeune, partenaire),
            )
            (
                f.un_transfert(jeune),
                f.une_conservation(jeune),
                f.une_fusion(jeune, absorbe={"nom": f"{jeune.nom} absorbé"}),
            )
            f.une_enquete(jeune, repondue_le=f.il_y_a(1), reponse_code=f"{_une_reponse()}")
            f.une_rencontre(
                jeune,
                action_id=action.id,
                compte_rendu=f"{jeune.prenom} {jeune.nom} est à l’heure ; {AUTRE} Ana aussi.",
            )
            f.une_fiche("point_de_comite", jeune=jeune, instance_id=instance.id)
            f.une_decision(jeune, instance, decision=f"Visite du foyer pour {jeune.nom}.")
        f.une_distinction(lui, autre)
        f.une_demande(
            code_dossier=lui.code, motif_prolongation="Trop de demandes.", prolongee_le=f.il_y_a(1)
        )
        numeros = {
            "lui": lui.id,
            "autre": autre.id,
            "ailleurs": f.un_jeune("ARR", nom="Lointain").id,
            "code": lui.code,
        }
        comptes = {
            r: f.un_compte(r, "ART").id
            for r in ("RESPONSABLE", "COORDONNATEUR", "REFERENT_SEF", "SLAI")
        }
        comptes |= {r: f.un_compte(r).id for r in ("DPID", "DPO", "ADMINISTRATEUR")}
        comptes["double"] = f.un_compte("SLAI", "ART").id
        f.une_habilitation(db.session.get(f.Compte, comptes["double"]), "RESPONSABLE", "ARR")
        db.session.commit()
    return numeros, comptes


def _une_reponse() -> str:
    from app.models import LISTES

    return db.session.scalar(select(LISTES["reponse_enquete"].code).limit(1))


@pytest.fixture(scope="module")
def client(app, scene):
    return ouvrir_session(app.test_client(), scene[1]["RESPONSABLE"])


@pytest.fixture(scope="module")
def classeur(client, scene):
    reponse = poster(
        client,
        f"/jeunes/{scene[0]['lui']}/exporter",
        {"finalite": "SUIVI", "motif": "Demande du 3 novembre"},
    )
    assert (
        reponse.status_code == 200
        and f"copie-dossier-{scene[0]['code']}-" in reponse.headers["Content-Disposition"]
    )
    with contextlib.closing(reponse):
        return openpyxl.load_workbook(io.BytesIO(reponse.get_data()))


def feuille(classeur, nom: str) -> list[dict]:
    titres, *lignes = classeur[nom].iter_rows(values_only=True)
    return [dict(zip(titres, ligne, strict=True)) for ligne in lignes]


def test_chaque_table_et_chaque_colonne_du_dossier_y_est_ou_l_on_dit_pourquoi(app, classeur):
    """A table added tomorrow is in the copy by itself; its columns too."""
    with app.app_context():
        suivies = {c for m in Model.registry.mappers if issubclass(c := m.class_, SuiviJeune)}
        laissees = {c for c in suivies if c.declaration.hors_copie}
        assert suivies == {*copie.tables(), *laissees} and laissees == {Distinction}
        for classe in copie.tables():
            assert copie.titre(classe) in classeur.sheetnames, (
                f"{classe.__name__}: no sheet, though it has a row"
            )
            titres = {c.value for c in classeur[copie.titre(classe)][1]}
            dits = {
                c.info.get("libelle")
                for c in classe.__table__.c
                if c.key not in TUES | {"mds_id"}
                and c.info.get("racontee", True)
                and not c.info.get("confiee")
            }
            assert len(titres) == len(dits), classe.__name__
        donnees = {ligne["Donnée"] for ligne in feuille(classeur, "Identité et projet")}
        assert {c.info["libelle"] for c in Jeune.__table__.c if c.key not in TUES} == donnees


def test_elle_se_lit_en_mots(classeur):
    identite = {
        ligne["Donnée"]: ligne["Valeur"] for ligne in feuille(classeur, "Identité et projet")
    }
    assert (
        identite["Nom"] == NOM and identite["MDS"] == "Artois" and identite["Jeune parent"] == "Non"
    )
    assert identite["Téléphone"] == "Non renseigné"
    (alerte,) = feuille(classeur, "Alertes")
    assert alerte["Motif"] == "Fugue" and alerte["Du"].date() == f.il_y_a(30)
    (rencontre,) = feuille(classeur, "Rencontres")
    assert (
        rencontre["Statut"] == "Tenue"
        and rencontre["Jeune présent"] == "Oui"
        and rencontre["Action collective"] == "Atelier budget"
    )
    (binome,) = feuille(classeur, "Binômes")
    assert binome["Référent ASE"] == "Maryse Référente"
    (etape,) = feuille(classeur, "Étapes légales")
    assert "PROJET" not in etape["Étape"]
    (garde,) = feuille(classeur, "Conservation du dossier")
    assert garde["Décision"] == "Garder le dossier"
    (decision,) = feuille(classeur, "Décisions")
    assert (
        decision["Décision"] == f"Visite du foyer pour {NOM}."
        and "omité de suivi" in decision["Comité de suivi"]
    )
    lire = " ".join(f"{a} {b}" for a, b in classeur["À lire"].iter_rows(values_only=True))
    assert (
        "article 15" in lire
        and f"Zoé {NOM}" in lire
        and "Rencontres 1 fiche" in lire
        and "CNIL" in lire
    )


def test_aucun_autre_jeune_n_y_est_nomme(classeur, scene):
    textes = [
        str(c)
        for f in classeur
        for ligne in f.iter_rows(values_only=True)
        for c in ligne
        if c is not None
    ]
    assert not [t for t in textes if AUTRE in t or f"{NOM} absorbé" in t]
    (rencontre,) = feuille(classeur, "Rencontres")
    assert rencontre["Compte rendu"] == f"Zoé {NOM} est à l’heure ; [nom retiré] aussi."
    identite = {
        ligne["Donnée"]: ligne["Valeur"] for ligne in feuille(classeur, "Identité et projet")
    }
    assert identite["Observations"] == "Partage un logement avec [nom retiré]."


def test_ni_la_reponse_a_l_enquete_ni_le_registre_ni_le_journal(classeur):
    (enquete,) = feuille(classeur, "Enquêtes")
    assert enquete["Répondue le"] is not None and "Réponse" not in enquete
    assert not {"Journal", "Demandes des personnes", "Tableaux envoyés"} & set(classeur.sheetnames)
    assert DemandePersonne not in copie.tables()


def test_le_motif_est_demande_et_le_journal_dit_qui_a_exporte_quel_dossier_et_pourquoi(
    app, client, scene, classeur
):
    numero = scene[0]["lui"]
    refus = poster(client, f"/jeunes/{numero}/exporter", {"finalite": "SUIVI", "motif": "  "})
    assert refus.status_code == 422 and "Motif : choisissez à quoi sert" in html.unescape(
        refus.text
    )
    with app.app_context(), acces.acteur(acces.TOUS):
        ligne = db.session.scalar(
            select(Evenement)
            .where(Evenement.operation == "export")
            .order_by(Evenement.id.desc())
            .limit(1)
        )
        assert (ligne.table_nom, ligne.cle, ligne.jeune_id) == ("jeune", str(numero), numero)
        assert (
            ligne.acteur == str(scene[1]["RESPONSABLE"]) and ligne.motif == "Demande du 3 novembre"
        )
        assert ligne.detail["copie"].startswith("droit d’accès") and ligne.detail["lignes"] == 23
        assert NOM not in str(ligne.detail)
    assert "Copie du dossier" in client.get(f"/journal/consultations/{numero}").text


@pytest.mark.parametrize(
    "qui", ["COORDONNATEUR", "REFERENT_SEF", "SLAI", "DPID", "DPO", "ADMINISTRATEUR", "double"]
)
def test_seul_le_responsable_de_la_mds_du_jeune_en_fait_une_copie(app, scene, qui):
    autre = ouvrir_session(app.test_client(), scene[1][qui])
    adresse = f"/jeunes/{scene[0]['lui']}/exporter"
    assert autre.get(adresse).status_code == 403
    assert (
        poster(
            autre, adresse, {"finalite": "SUIVI", "motif": "Essai du fichier"}, page="/mon-compte/"
        ).status_code
        == 403
    )
    assert "Copie du dossier pour la personne" not in autre.get(f"/jeunes/{scene[0]['lui']}").text


def test_un_jeune_d_ailleurs_n_existe_pas(client, scene):
    for numero in (scene[0]["ailleurs"], 999999):
        assert client.get(f"/jeunes/{numero}/exporter").status_code == 404
        assert (
            poster(
                client,
                f"/jeunes/{numero}/exporter",
                {"finalite": "SUIVI", "motif": "Essai du fichier"},
                page="/",
            ).status_code
            == 404
        )


def test_dix_fois_plus_de_fiches_ne_demandent_pas_un_ordre_de_plus(app, client, scene):
    def compter() -> int:
        with ordres_sql() as ordres:
            poster(
                client,
                f"/jeunes/{scene[0]['autre']}/exporter",
                {"finalite": "SUIVI", "motif": "Essai du fichier"},
            ).close()
        return len(ordres)

    avant = compter()
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        for n in range(10):
            f.une_rencontre(
                scene[0]["autre"], le=f.il_y_a(n), action_id=f.une_action_collective().id
            )
            f.une_decision(scene[0]["autre"], f.une_instance(le=f.il_y_a(n)))
            f.une_mobilisation(scene[0]["autre"], f.un_partenaire())
        db.session.commit()
    assert compter() == avant
