"""The requests of persons: when they are due, who keeps and reads the register, what waits on the
home page."""

import contextlib
import html
import io
import re
from datetime import date, timedelta

import openpyxl
import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app import acces
from app.extensions import db
from app.models import DemandePersonne, Evenement
from app.regles import demandes
from app.regles.age import aujourd_hui
from tests import factories as f
from tests.connexions import champs, ouvrir_session, poster
from tests.ordres_sql import ordres_sql


@pytest.mark.parametrize(
    ("recue", "prolongee", "limite"),
    [
        ("2026-03-05", False, "2026-04-05"),
        ("2026-01-31", False, "2026-02-28"),
        ("2028-01-31", False, "2028-02-29"),
        ("2026-08-31", False, "2026-09-30"),
        ("2026-03-05", True, "2026-06-05"),
        ("2026-11-30", True, "2027-02-28"),
    ],
)
def test_on_repond_dans_le_mois_ou_dans_les_trois_mois_si_la_demande_est_prolongee(
    recue, prolongee, limite
):
    assert demandes.echeance(date.fromisoformat(recue), prolongee) == date.fromisoformat(limite)


def test_une_demande_est_a_repondre_en_retard_repondue_ou_repondue_hors_delai():
    recue, limite = date(2026, 3, 5), date(2026, 4, 5)
    lendemain = limite + timedelta(days=1)
    assert demandes.etat(recue, False, None, limite) == demandes.A_REPONDRE
    assert demandes.etat(recue, False, None, lendemain) == demandes.EN_RETARD
    assert demandes.etat(recue, True, None, lendemain) == demandes.A_REPONDRE
    assert demandes.etat(recue, False, limite, lendemain) == demandes.REPONDUE
    assert demandes.etat(recue, False, lendemain, lendemain) == demandes.HORS_DELAI


def test_la_base_et_la_regle_donnent_la_meme_echeance_chaque_jour(session):
    """A list is narrowed and sorted by the base, a file shows the rule."""
    premier = date(2027, 10, 1)
    for n in range(520):
        recue = premier + timedelta(days=n)
        session.add(DemandePersonne(recue_le=recue, nature="ACCES", demandeur="JEUNE"))
        session.add(
            DemandePersonne(
                recue_le=recue,
                nature="ACCES",
                demandeur="JEUNE",
                prolongee_le=recue,
                motif_prolongation="Nombreuses.",
            )
        )
    session.flush()
    lues = session.execute(select(DemandePersonne, DemandePersonne.echeance_le)).all()
    assert len(lues) >= 1040
    assert [d.recue_le for d, de_la_base in lues if d.echeance_le != de_la_base] == []


@pytest.mark.parametrize(
    "fautif",
    [
        {"nature": "NOM"},
        {"demandeur": "MARTIN"},
        {"sens": "PEUT_ETRE", "repondue_le": f.il_y_a(1)},
        {"prolongee_le": f.il_y_a(2)},
        {"motif_prolongation": "Nombreuses."},
        {"repondue_le": f.il_y_a(2)},
        {"sens": "ACCEPTEE"},
        {"repondue_le": f.il_y_a(2), "sens": "REFUSEE"},
        {"repondue_le": f.il_y_a(2), "sens": "PARTIELLE", "motif": " "},
        {"repondue_le": f.il_y_a(11), "sens": "ACCEPTEE"},
        {"prolongee_le": f.il_y_a(11), "motif_prolongation": "Nombreuses."},
    ],
)
def test_la_base_refuse_une_demande_incoherente(session, fautif):
    with pytest.raises(IntegrityError), session.begin_nested():
        f.une_demande(**fautif)


# On the screens


@pytest.fixture(scope="module")
def scene(app):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        f.un_jeune(nom="Delattre", code="DEM01")
        numeros = {
            "retard": f.une_demande("ART", recue_le=f.il_y_a(50), code_dossier="dem01").id,
            "prolongee": f.une_demande(
                "ART",
                recue_le=f.il_y_a(50),
                prolongee_le=f.il_y_a(30),
                motif_prolongation="Nombreuses demandes.",
                nature="OPPOSITION",
            ).id,
            "bientot": f.une_demande("ARR", recue_le=f.il_y_a(25), nature="RECTIFICATION").id,
            "departement": f.une_demande(None, recue_le=f.il_y_a(3), nature="EFFACEMENT").id,
            "repondue": f.une_demande(
                "ART",
                recue_le=f.il_y_a(90),
                repondue_le=f.il_y_a(80),
                sens="ACCEPTEE",
                nature="LIMITATION",
            ).id,
        }
        comptes = {"dpo": f.un_compte("DPO").id} | {
            role: f.un_compte(role, "ART").id
            for role in ("RESPONSABLE", "COORDONNATEUR", "REFERENT_SEF", "SLAI")
        }
        comptes |= {role: f.un_compte(role).id for role in ("DPID", "ADMINISTRATEUR")}
        db.session.commit()
    return numeros, comptes


@pytest.fixture
def entrer(app, scene):
    return lambda qui: ouvrir_session(app.test_client(), scene[1][qui])


def lues(page: str) -> list[int]:
    return [int(n) for n in re.findall(r'href="/demandes/(\d+)"', page)]


def test_le_dpo_lit_tout_le_registre_ce_qui_presse_d_abord(scene, entrer):
    n = scene[0]
    page = html.unescape(entrer("dpo").get("/demandes/").text)
    assert lues(page) == [
        n["retard"],
        n["bientot"],
        n["departement"],
        n["prolongee"],
        n["repondue"],
    ]
    assert "En retard" in page and "À répondre" in page and "Tout le Département" in page


def test_le_responsable_lit_celles_de_sa_mds_et_n_y_change_rien(scene, entrer):
    n, client = scene[0], entrer("RESPONSABLE")
    assert set(lues(client.get("/demandes/").text)) == {n["retard"], n["prolongee"], n["repondue"]}
    assert client.get(f"/demandes/{n['bientot']}").status_code == 404
    assert client.get(f"/demandes/{n['departement']}").status_code == 404
    fiche = client.get(f"/demandes/{n['retard']}").text
    assert "Modifier" not in fiche
    assert client.get(f"/demandes/{n['retard']}/modifier").status_code == 403
    assert client.get("/demandes/ajouter").status_code == 403
    assert client.get(f"/journal/historique/demande_personne/{n['retard']}").status_code == 200
    assert client.get(f"/journal/historique/demande_personne/{n['bientot']}").status_code == 404


@pytest.mark.parametrize("qui", ["COORDONNATEUR", "REFERENT_SEF", "SLAI", "DPID", "ADMINISTRATEUR"])
def test_personne_d_autre_ne_voit_le_registre(scene, entrer, qui):
    client = entrer(qui)
    assert (
        client.get("/demandes/").status_code
        == client.get(f"/demandes/{scene[0]['retard']}").status_code
        == 403
    )
    assert (
        client.get(f"/journal/historique/demande_personne/{scene[0]['retard']}").status_code == 404
    )
    assert "Demandes des personnes" not in client.get("/").text


def test_les_chiffres_ne_lisent_pas_le_registre(app, scene):
    for qui in ("COORDONNATEUR", "DPID"):
        with app.app_context(), acces.acteur(scene[1][qui], canal="essai"), acces.compter():
            assert db.session.scalars(select(DemandePersonne.id)).all() == []


@pytest.mark.parametrize(
    ("filtre", "attendues"),
    [
        ("etat=sans_reponse", {"retard", "prolongee", "bientot", "departement"}),
        ("etat=a_repondre", {"prolongee", "bientot", "departement"}),
        ("etat=en_retard", {"retard"}),
        ("etat=repondue", {"repondue"}),
        ("etat=hors_delai", set()),
        ("nature=OPPOSITION", {"prolongee"}),
        ("mds_id=-", {"departement"}),
        ("q=DEM01", {"retard"}),
        ("sens=ACCEPTEE", {"repondue"}),
    ],
)
def test_les_filtres_disent_vrai(scene, entrer, filtre, attendues):
    assert set(lues(entrer("dpo").get(f"/demandes/?{filtre}").text)) == {
        scene[0][a] for a in attendues
    }


def test_ou_en_est_une_demande_est_une_pastille(scene, entrer):
    dpo = entrer("dpo")
    pastille = '<span class="etat tard">En retard</span>'
    assert pastille in dpo.get("/demandes/?etat=en_retard").text
    assert pastille in dpo.get(f"/demandes/{scene[0]['retard']}").text


def test_la_liste_se_trie_par_echeance(scene, entrer):
    n = scene[0]
    attendu = [n["repondue"], n["retard"], n["bientot"], n["departement"], n["prolongee"]]
    assert lues(entrer("dpo").get("/demandes/?tri=echeance_le").text) == attendu
    assert lues(entrer("dpo").get("/demandes/?tri=-echeance_le").text) == attendu[::-1]


def test_l_export_donne_les_libelles_et_des_dates(scene, entrer):
    with contextlib.closing(
        poster(
            entrer("dpo"),
            "/demandes/exporter?etat=en_retard",
            {"finalite": "SUIVI", "motif": "Bilan annuel", "colonnes": "toutes"},
        )
    ) as fichier:
        titres, ligne = openpyxl.load_workbook(io.BytesIO(fichier.get_data())).active.iter_rows(
            values_only=True
        )
    lue = dict(zip(titres, ligne, strict=True))
    assert (
        lue["Nature"] == "Accès (article\u00a015)"
        and lue["État"] == "En retard"
        and lue["Qui demande"] == "Le jeune"
    )
    assert lue["Échéance"].date() == demandes.echeance(f.il_y_a(50)) and lue["MDS"] == "Artois"


def test_le_dossier_concerne_s_ouvre_pour_qui_le_lit_et_le_dpo_n_en_apprend_rien(scene, entrer):
    n = scene[0]
    page = html.unescape(entrer("RESPONSABLE").get(f"/demandes/{n['retard']}").text)
    assert "Ouvrir le dossier DEM01" in page and "Copie du dossier pour la personne" in page
    assert "Ouvrir le dossier" not in entrer("dpo").get(f"/demandes/{n['retard']}").text
    assert "Ouvrir le dossier" not in entrer("RESPONSABLE").get(f"/demandes/{n['prolongee']}").text


def test_une_demande_se_repond_et_l_histoire_le_dit_en_francais(app, entrer):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        numero = f.une_demande("ART", recue_le=f.il_y_a(5)).id
        db.session.commit()
    client = entrer("dpo")
    adresse = f"/demandes/{numero}/modifier"
    saisi = champs(client.get(adresse).text) | {
        "repondue_le": aujourd_hui().isoformat(),
        "sens": "REFUSEE",
    }
    refus = client.post(adresse, data=saisi)
    assert refus.status_code == 422 and "Un refus, même partiel, est motivé" in html.unescape(
        refus.text
    )
    assert (
        client.post(
            adresse, data=saisi | {"motif": "La personne n’a pas prouvé qui elle est."}
        ).status_code
        == 302
    )
    assert "Répondue" in html.unescape(client.get(f"/demandes/{numero}").text)
    histoire = html.unescape(client.get(f"/journal/historique/demande_personne/{numero}").text)
    assert "Refusée" in histoire and "REFUSEE" not in histoire
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        db.session.delete(db.session.get(DemandePersonne, numero))
        db.session.commit()


@pytest.mark.parametrize(
    ("champ", "valeurs", "phrase"),
    [
        (
            "prolongee_le",
            {
                "recue_le": f.il_y_a(60),
                "prolongee_le": f.il_y_a(10),
                "motif_prolongation": "Nombreuses.",
            },
            "s’annonce dans le premier mois",
        ),
        (
            "prolongee_le",
            {"recue_le": f.il_y_a(9), "prolongee_le": f.il_y_a(5)},
            "Dites pourquoi le délai est prolongé",
        ),
        ("recue_le", {"recue_le": f.dans(1)}, "Cette date est dans le futur"),
        (
            "repondue_le",
            {"recue_le": f.il_y_a(9), "repondue_le": f.dans(1), "sens": "ACCEPTEE"},
            "Cette date est dans le futur",
        ),
        (
            "sens",
            {"recue_le": f.il_y_a(9), "repondue_le": f.il_y_a(1)},
            "Dites si la demande est acceptée, en partie ou non",
        ),
        (
            "motif",
            {"recue_le": f.il_y_a(9), "repondue_le": f.il_y_a(1), "sens": "REFUSEE"},
            "Un refus, même partiel, est motivé",
        ),
        ("sens", {"recue_le": f.il_y_a(9), "sens": "ACCEPTEE"}, "Donnez le jour de la réponse"),
    ],
)
def test_une_saisie_incoherente_est_expliquee(entrer, champ, valeurs, phrase):
    reponse = poster(
        entrer("dpo"), "/demandes/ajouter", {"nature": "ACCES", "demandeur": "JEUNE", **valeurs}
    )
    assert reponse.status_code == 422
    assert phrase in html.unescape(reponse.text)


# The home page


def test_l_accueil_du_dpo_dit_ce_qui_est_a_repondre_et_ce_qui_presse(scene, entrer):
    n, client = scene[0], entrer("dpo")
    page = html.unescape(client.get("/").text)
    compte = int(
        re.search(r'<a href="/demandes/\?etat=sans_reponse"><strong>(\d+)</strong>', page)[1]
    )
    assert compte == len(lues(client.get("/demandes/?etat=sans_reponse").text)) == 4
    assert "dont 1 en retard" in page
    assert lues(page) == [n["retard"], n["bientot"]]
    assert ", en retard" in page


def test_l_accueil_du_responsable_dit_ce_qui_presse_dans_sa_mds(scene, entrer):
    page = entrer("RESPONSABLE").get("/").text
    assert lues(page) == [scene[0]["retard"]]
    assert "sans_reponse" not in page


def test_l_accueil_ne_demande_pas_un_ordre_de_plus_quand_les_demandes_abondent(app, scene, entrer):
    def compter() -> int:
        client = entrer("dpo")
        with ordres_sql() as ordres:
            assert client.get("/").status_code == 200
        return len(ordres)

    def ecrire(combien: int) -> list[int]:
        with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
            ecrites = [f.une_demande("ART", recue_le=f.il_y_a(20 + n)) for n in range(combien)]
            db.session.commit()
            return [demande.id for demande in ecrites]

    compter()
    neuves = ecrire(1)
    avant = compter()
    neuves += ecrire(20)
    assert compter() == avant
    assert "Voir toutes les demandes sans réponse" in html.unescape(entrer("dpo").get("/").text)
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        db.session.query(DemandePersonne).filter(DemandePersonne.id.in_(neuves)).delete()
        db.session.commit()


def test_lire_le_registre_par_un_code_laisse_une_trace_sans_le_code(app, entrer):
    entrer("dpo").get("/demandes/?q=dem01")
    with app.app_context(), acces.acteur(acces.TOUS):
        ligne = db.session.scalar(
            select(Evenement)
            .where(Evenement.operation == "recherche")
            .order_by(Evenement.id.desc())
        )
        assert (ligne.table_nom, ligne.detail) == ("demande_personne", {"resultats": 1})
