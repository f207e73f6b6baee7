"""« A table sent never changes by itself »: its bytes after whatever may happen to the data, to the
code and to the base."""

import hashlib
from datetime import date

import pytest
from alembic import command
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import DBAPIError

from app import acces, journal
from app.commandes import base
from app.echanges.tableau import comparaison as tableau_comparaison
from app.echanges.tableau import envoi as tableau_envoi
from app.echanges.tableau import fige
from app.echanges.tableau import mensuel as tableau_mensuel
from app.extensions import db
from app.indicateurs import definitions
from app.models import Accompagnement, Alerte, Envoi, Evenement, Jeune, Mds
from tests import factories as f
from tests.classeurs import ecrire
from tests.connexions import ouvrir_session, poster

MOIS = date(2025, 6, 1)


@pytest.fixture(scope="module")
def decor(app):
    """A month of Artois with two files of one youth, and one that will go elsewhere; sent once,
    then rectified."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        jeunes = {}
        for nom in ("corrige", "supprime", "transfere", "garde", "absorbe"):
            jeune = f.un_jeune(
                "ART", code=nom.upper(), nom=f"Fige {nom}", date_naissance=date(2008, 2, 1)
            )
            if nom == "absorbe":
                f.un_accompagnement(jeune, du=date(2024, 1, 1), au=date(2024, 5, 1))
            else:
                (
                    f.un_accompagnement(jeune, du=date(2025, 1, 1)),
                    f.une_mesure(jeune, du=date(2025, 1, 1)),
                )
            f.une_alerte(jeune, du=date(2025, 6, 3 if nom == "absorbe" else 2))
            jeunes[nom] = jeune.id
        compte = f.un_compte("COORDONNATEUR", "ART").id
        art = db.session.scalars(select(Mds).where(Mds.code == "ART")).one()
        db.session.commit()
        numeros = []
        for motif in ("", "Une alerte oubliée"):
            numero = tableau_envoi.ouvrir_un_envoi(MOIS, art, motif).id
            db.session.commit()
            numeros.append(tableau_envoi.envoyer(numero, "Essai.").id)
            f.une_alerte(jeunes["corrige"], du=date(2025, 6, 20 + len(numeros)))
            db.session.commit()
    return {"jeunes": jeunes, "envois": numeros, "compte": compte}


def figes(app) -> list[tuple]:
    """Every byte of what was sent, read by the owner of the base."""
    moteur = create_engine(app.config["DATABASE_OWNER_URL"])
    with moteur.connect() as connexion:
        lus = [
            tuple(x)
            for x in connexion.execute(
                text(
                    "select id, contenu, empreinte, classeur, envoye_par, envoye_le,"
                    " definitions from envoi order by id"
                )
            )
        ]
    moteur.dispose()
    return lus


def telecharges(app, decor) -> list[str]:
    """The SHA-256 of what a person downloads."""
    client = ouvrir_session(app.test_client(), decor["compte"])
    return [
        hashlib.sha256(
            poster(
                client,
                f"/envois/{n}/telecharger",
                {"finalite": "SUIVI", "motif": "Essai du fichier"},
            ).data
        ).hexdigest()
        for n in decor["envois"]
    ]


def corriger(app, jeunes):
    jeune = db.session.get(Jeune, jeunes["corrige"])
    jeune.prenom, jeune.date_naissance = "Autre", date(2007, 1, 1)


def supprimer(app, jeunes):
    for classe in (Accompagnement, Alerte):
        for fiche in db.session.scalars(
            select(classe).where(classe.jeune_id == jeunes["supprime"])
        ):
            db.session.delete(fiche)


def transferer(app, jeunes):
    transfert = f.un_transfert(
        db.session.get(Jeune, jeunes["transfere"]), vers="ARR", effet_le=MOIS
    )
    db.session.commit()
    assert db.session.scalar(
        text("select acces.repondre_transfert(:id, true, 'Essai')"), {"id": transfert.id}
    )


def fusionner(app, jeunes):
    rendu = db.session.scalar(
        text("select acces.fusionner(:g, :a, '{}', 'Essai', false)"),
        {"g": jeunes["garde"], "a": jeunes["absorbe"]},
    )
    assert rendu["refus"] == []


def fusionner_puis_annuler(app, jeunes):
    fusionner(app, jeunes)
    db.session.commit()
    numero = db.session.scalar(text("select max(id) from fusion"))
    assert (
        db.session.scalar(text("select acces.annuler_fusion(:n, 'Essai')"), {"n": numero})["refus"]
        == []
    )
    db.session.commit()
    fusionner(app, jeunes)


def retablir(app, jeunes):
    """What was just deleted comes back from its history."""
    supprimer(app, jeunes)
    db.session.commit()
    ligne = db.session.scalars(
        select(Evenement.id).where(
            Evenement.operation == "suppression", Evenement.jeune_id == jeunes["supprime"]
        )
    ).first()
    assert journal.restaurer(ligne)


def importer(app, jeunes, tmp_path):
    classeur = ecrire(
        tmp_path / "c.xlsx",
        {
            "Jeunes": [
                {
                    "Code dossier": "CORRIGE",
                    "Nom": "Importé",
                    "Prénom": "Zoé",
                    "Date de naissance": "03/04/2008",
                    "MDS": "ART",
                },
            ]
        },
    )
    rendu = app.test_cli_runner().invoke(args=["tandem", "importer", str(classeur)])
    assert rendu.exit_code == 0, rendu.output
    db.session.expire_all()
    assert db.session.get(Jeune, jeunes["corrige"]).nom == "Importé"


def changer_les_definitions(app, jeunes, monkeypatch):
    avant = tableau_mensuel.version_des_definitions()
    une = definitions.DEFINITIONS["I2"]
    monkeypatch.setitem(
        definitions.DEFINITIONS, "I2", type(une)(**{**vars(une), "regle": "Une autre phrase."})
    )
    assert tableau_mensuel.version_des_definitions() != avant


@pytest.mark.parametrize(
    "evenement",
    [
        corriger,
        supprimer,
        transferer,
        retablir,
        importer,
        changer_les_definitions,
        fusionner_puis_annuler,
    ],
    ids=lambda e: e.__name__,
)
def test_un_tableau_envoye_garde_ses_octets_quoi_qu_il_arrive_aux_donnees(
    app, decor, evenement, request
):
    avant = figes(app), telecharges(app, decor)
    autres = [
        request.getfixturevalue(n)
        for n in ("tmp_path", "monkeypatch")
        if n in evenement.__code__.co_varnames
    ]
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        evenement(app, decor["jeunes"], *autres)
        db.session.commit()
        assert tableau_comparaison.differences(db.session.get(Envoi, decor["envois"][-1])), (
            "the data did change"
        )
        db.session.rollback()
    assert (figes(app), telecharges(app, decor)) == avant
    assert all(
        hashlib.sha256(contenu).hexdigest() == empreinte for _, contenu, empreinte, *_ in avant[0]
    )


def test_une_sauvegarde_les_rend_au_bit_pres_dans_une_autre_base(
    app, decor, serveur_de_bases, base_vide, tmp_path
):
    avant, telecharge = figes(app), telecharges(app, decor)
    fichier = tmp_path / "tandem.sauvegarde"
    assert app.test_cli_runner().invoke(args=["tandem", "sauvegarder", str(fichier)]).exit_code == 0
    autre = serveur_de_bases.application(base_vide)
    rendu = autre.test_cli_runner().invoke(args=["tandem", "restaurer", str(fichier)])
    assert rendu.exit_code == 0, rendu.output
    assert figes(autre) == avant
    assert telecharges(autre, decor) == telecharge
    proprietaire = create_engine(autre.config["DATABASE_OWNER_URL"])
    with (
        proprietaire.connect() as connexion,
        pytest.raises(DBAPIError, match="a table sent never changes"),
    ):
        connexion.execute(text("update envoi set classeur = 'x'"))
    proprietaire.dispose()


def test_une_ligne_de_chiffres_plus_jeune_que_l_envoi_n_est_pas_un_changement(
    app, decor, monkeypatch
):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        envoi = db.session.get(Envoi, decor["envois"][0])
        dites = [d.objet for d in tableau_comparaison.differences(envoi)]
        contenu = fige.contenu_fige(envoi)
        for chiffres in contenu["chiffres"].values():
            del chiffres["MOBILITES"]
        monkeypatch.setattr(fige, "contenu_fige", lambda _: contenu)
        assert [d.objet for d in tableau_comparaison.differences(envoi)] == dites
        for chiffres in contenu["chiffres"].values():
            chiffres["I4"]["valeurs"]["nombre"] += 1
        assert len(tableau_comparaison.differences(envoi)) > len(dites)
        db.session.rollback()


def test_ni_une_migration_defaite_et_refaite_ni_init_ne_changent_un_octet(app, decor):
    """Down to the version that first knew the tables sent, and up again: what was lost on the way,
    the audit log still tells. Last, hence."""
    avant = figes(app)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
        command.downgrade(base.migrations(app), "0004")
        assert figes(app) == avant, "downgraded"
        command.upgrade(base.migrations(app), "head")
    assert figes(app) == avant
    base.initialiser(app)
    assert figes(app) == avant and telecharges(app, decor)
