"""The audit log is read in words by whoever may read the record, and restores it in one click."""

import html
import re
from contextlib import contextmanager

import pytest
from sqlalchemy import String, select

from app import acces, journal
from app.acces.installation import est_auditee
from app.extensions import db
from app.models import LISTES, Alerte, Evenement, Jeune, Versement
from app.roles import ROLES
from app.views.socle import recit
from app.views.socle.affichage import cible_de, numeros_de
from app.views.socle.fiche import vue_de
from tests import factories as f
from tests.connexions import champs, jeton, ouvrir_session


@pytest.fixture
def scene(app):
    with pour_tous(app):
        jeune = f.un_jeune(mds="ART", nom="Delattre", lieu_accueil_code="MECS", est_parent=None)
        numeros = {
            "jeune": jeune.id,
            "alerte": f.une_alerte(jeune).id,
            "referent": f.un_compte("REFERENT_SEF", mds="ART").id,
            "ailleurs": f.un_compte("REFERENT_SEF", mds="ARR").id,
            "responsable": f.un_compte("RESPONSABLE", mds="ART").id,
            "dpo": f.un_compte("DPO").id,
        }
        db.session.commit()
    return numeros


@contextmanager
def pour_tous(app):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        yield


def entrer(app, compte_id: int):
    return ouvrir_session(app.test_client(), compte_id)


def test_un_ecart_se_lit_en_francais(app, scene):
    with pour_tous(app):
        fiche = db.session.get(Jeune, scene["jeune"])
        fiche.lieu_accueil_code, fiche.est_parent, fiche.nom = "FOYER", False, "Delattre-Roux"
        db.session.commit()
        ecarts = {
            e.libelle: (e.avant, e.apres)
            for e in recit.ecarts(journal.historique("jeune", scene["jeune"])[0])
        }
    assert ecarts == {
        "Nom": ("Delattre", "Delattre-Roux"),
        "Lieu d’accueil": ("MECS", "Foyer de l'enfance"),
        "Jeune parent": ("Non renseigné", "Non"),
        "Anciens noms": ("Non renseigné", "Delattre Camille"),
    }


def test_un_montant_garde_ses_centimes_dans_l_histoire(app):
    """JSON writes 50.00 as 50.0, 1234.50 as 1234.5."""
    montant = Versement.__table__.c.montant
    with app.test_request_context():
        assert recit.valeur_en_mots(Versement.__table__, montant, 50.0) == "50\u202f€"
        assert recit.valeur_en_mots(Versement.__table__, montant, 1234.5) == "1\u202f234,50\u202f€"


def test_l_histoire_dit_qui_par_son_nom_a_qui_ne_lit_pas_les_comptes(app, scene):
    """A référent reads no account, and reads who changed the file of a youth."""
    with pour_tous(app):
        collegue = f.un_compte("REFERENT_SEF", "ART", first_name="Solange", last_name="Autrement")
        numero, login = collegue.id, collegue.username
        db.session.commit()
    rivale, adresse = entrer(app, numero), f"/alertes/{scene['alerte']}/modifier"
    rivale.post(adresse, data=champs(rivale.get(adresse).text) | {"signalee_par": "Solange"})
    page = entrer(app, scene["referent"]).get(f"/journal/historique/alerte/{scene['alerte']}").text
    assert "Par Solange Autrement" in page and login not in page


def test_une_creation_n_a_pas_d_avant_ni_une_suppression_d_apres(app, scene):
    with pour_tous(app):
        db.session.delete(db.session.get(Alerte, scene["alerte"]))
        db.session.commit()
    page = entrer(app, scene["referent"]).get(f"/journal/historique/alerte/{scene['alerte']}").text
    suppression, creation = page.split("<article")[1:3]
    for ligne, dit in ((suppression, "Fugue"), (creation, "Fugue")):
        assert dit in ligne and "Avant" not in ligne and "<table" not in ligne
        assert "Non renseigné" not in ligne


def test_retablir_une_valeur_puis_une_fiche_supprimee(app, scene):
    numero = scene["alerte"]
    with pour_tous(app):
        db.session.get(Alerte, numero).signalee_par = "Éducatrice"
        db.session.commit()
        db.session.delete(db.session.get(Alerte, numero))
        db.session.commit()
        suppression, modification = (e.id for e in journal.historique("alerte", numero)[:2])
    client = entrer(app, scene["referent"])
    assert "Rétablir la fiche" in client.get(f"/journal/historique/jeune/{scene['jeune']}").text
    csrf = jeton(client, f"/journal/historique/alerte/{numero}")
    client.post(f"/journal/{suppression}/restaurer", data={"csrf_token": csrf})
    with pour_tous(app):
        assert db.session.get(Alerte, numero).signalee_par == "Éducatrice"
    client.post(f"/journal/{modification}/restaurer", data={"csrf_token": csrf})
    with pour_tous(app):
        assert db.session.get(Alerte, numero).signalee_par is None
        derniere = journal.historique("alerte", numero)[0]
        assert (derniere.acteur, derniere.motif) == (
            str(scene["referent"]),
            f"Restauration de la ligne {modification} du journal",
        )


def test_l_histoire_d_une_autre_mds_n_existe_pas(app, scene):
    client = entrer(app, scene["ailleurs"])
    for adresse in ("alerte/999999", f"alerte/{scene['alerte']}", f"jeune/{scene['jeune']}"):
        reponse = client.get(f"/journal/historique/{adresse}")
        assert reponse.status_code == 404
        assert "Delattre" not in reponse.text
    with pour_tous(app):
        cle = str(scene["alerte"])
        ligne = db.session.scalar(
            select(Evenement.id).where(Evenement.table_nom == "alerte", Evenement.cle == cle)
        )
    csrf = jeton(client, "/")
    for numero in (ligne, 999999):
        assert (
            client.post(f"/journal/{numero}/restaurer", data={"csrf_token": csrf}).status_code
            == 404
        )


def test_qui_a_consulte_ce_dossier(app, scene):
    assert entrer(app, scene["referent"]).get(f"/jeunes/{scene['jeune']}").status_code == 200
    with pour_tous(app):
        lecteur = db.session.get(f.Compte, scene["referent"])
        nom = f"{lecteur.first_name} {lecteur.last_name}"
    page = entrer(app, scene["responsable"]).get(f"/journal/consultations/{scene['jeune']}").text
    assert nom in page
    assert "Lecture du dossier" in page
    assert "<h1>Qui a consulté ce dossier – " in page
    vue_par_le_dpo = entrer(app, scene["dpo"]).get(f"/journal/consultations/{scene['jeune']}").text
    assert f"<h1>Qui a consulté le dossier n°\u00a0{scene['jeune']}</h1>" in vue_par_le_dpo
    assert (
        entrer(app, scene["referent"]).get(f"/journal/consultations/{scene['jeune']}").status_code
        == 403
    )


def test_le_journal_de_sa_mds_et_lui_seul(app, scene):
    with pour_tous(app):
        f.un_jeune(mds="ARR", nom="Ailleurs")
        db.session.commit()
        ailleurs = db.session.scalar(
            select(Evenement.id).where(Evenement.table_nom == "jeune").order_by(Evenement.id.desc())
        )
    client = entrer(app, scene["responsable"])
    assert client.get("/journal/").status_code == 200
    assert client.get(f"/journal/{ailleurs}").status_code == 404


# Every table that the audit log follows, every column
# -----------------------------------------------------------------------

JAMAIS_DITES = {
    "password",
    "last_login",
    "login_count",
    "fail_login_count",
    "changed_on",
    "totp_secret",
    "totp_dernier_pas",
    "codes_secours",
    "contenu",
    "classeur",
    "empreinte",
    "absorbe",
    "avant",
    "deplacees",
    "cle",
    "nom_tri",
    "recherche",
    "version",
}
"""What the audit log never holds (``acces/journal.sql``)."""
SUIVIES = [
    t
    for t in db.metadata.sorted_tables
    if est_auditee(t.name) and (t.name == "ab_user" or not t.name.startswith("ab_"))
]
BRUT = re.compile(r"\d{4}-\d\d-\d\d|[tT]rue|[fF]alse|None|[A-Z0-9]+_[A-Z0-9_]+|\[|\{")


def exemple(table, colonne, lignes: dict):
    """A value as the audit log keeps it: a code of a list, the id of a record, a date, a yes."""
    cible = cible_de(colonne)
    if cible in lignes:
        return lignes[cible]
    if table_nommee := numeros_de(colonne):
        return [lignes[table_nommee]]
    codes = [
        re.findall(r"'(\w+)'", str(c.sqltext))
        for c in table.constraints
        if c.__class__.__name__ == "CheckConstraint"
        and re.match(rf"{colonne.key} in \(", str(c.sqltext))
    ]
    if codes:
        return codes[0][0]
    if colonne.key in PAR_CODE and isinstance(colonne.type, String):
        return PAR_CODE[colonne.key]
    match colonne.type.python_type.__name__:
        case "bool":
            return True
        case "date":
            return "2026-03-04"
        case "time":
            return "14:30:00"
        case "datetime":
            return "2026-03-04T10:05:00+00:00"
        case "Decimal":
            return 1234.5
        case "int":
            return 17
    return "Un texte"


PAR_CODE = {
    "echeance": "PROJET_17",
    "indicateur": "I5",
    "sens": "AU_MOINS",
    "rubrique": "OBSTACLE",
    "parcours": "pro",
}
"""Codes whose list is in the program, not in the base."""


@pytest.fixture(scope="module")
def lignes(app):
    """A record of each table, and the first code of each list."""
    with pour_tous(app):
        numeros = {t: faire("ART").id for t, faire in f.FABRIQUES.items()}
        convention = f.une_convention()
        numeros |= {
            "convention": convention.id,
            "ab_user": f.un_compte("SLAI", "ART").id,
            "mds": f.numero_mds("ART"),
            "service": f.une_fiche("service", type="SEF").id,
            "role": "RESPONSABLE",
        }
        numeros |= {
            liste: db.session.scalar(select(classe.code).order_by(classe.ordre))
            for liste, classe in LISTES.items()
        }
        db.session.commit()
    return numeros


@pytest.mark.parametrize("table", SUIVIES, ids=lambda t: t.name)
def test_aucune_table_ne_se_raconte_en_colonnes_ni_en_codes(app, lignes, table):
    """A table added tomorrow is read in words too, or this says which column needs a label, a list
    or a name."""
    fautes = []
    with pour_tous(app):
        for colonne in table.c:
            if colonne.key in JAMAIS_DITES or not colonne.info.get("racontee", True):
                continue
            brut = exemple(table, colonne, lignes)
            ligne = Evenement(
                table_nom=table.name,
                operation="modification",
                avant={colonne.key: None},
                apres={colonne.key: brut},
            )
            lus = recit.ecarts(ligne)
            if not lus:
                if colonne.key != "jeune_id" and not (
                    colonne.key == "mds_id" and "jeune_id" in table.c
                ):
                    fautes.append(f"{colonne}: not told")
                continue
            (lu,) = lus
            vue = vue_de(table.name)
            declare = colonne.info.get("libelle") or (vue and vue.label_columns.get(colonne.key))
            if not declare:
                fautes.append(f"{colonne}: no label")
            if lu.avant != "Non renseigné":
                fautes.append(f"{colonne}: before is {lu.avant!r}")
            libre = (
                isinstance(brut, str)
                and brut == "Un texte"
                or brut == 17
                or colonne.key in ("code", "numero")
            )
            if (
                BRUT.search(lu.apres)
                or lu.apres == recit.ABSENTE
                or (not libre and lu.apres == str(brut) and brut not in ("SEF",))
            ):
                fautes.append(f"{colonne}: {brut!r} reads {lu.apres!r}")
    assert not fautes, "\n".join(fautes)


# Who reads the story of what belongs to no youth
# ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def communes(app):
    """Records without a youth, and an account of each role that may tell their story."""
    with pour_tous(app):
        numeros = {
            "poste": f.un_poste(coordonnateur="Yanis Verhaeghe").id,
            "convention": f.une_convention(operateur="Missions Locales").id,
            "ab_user": f.un_compte(first_name="Odile").id,
            "mds": f.numero_mds("ART"),
            "partenaire": f.un_partenaire("ART", nom="Garage Lenfant").id,
            "partenaire_arr": f.un_partenaire("ARR", nom="Garage Vantroyen").id,
            "theme_frein": db.session.scalar(select(LISTES["theme_frein"].code).limit(1)),
            "habilitation": f.une_habilitation(f.un_compte(), "SLAI", "ART").id,
            "demande_personne": f.une_demande("ART").id,
        }
        numeros["contact"] = f.un_contact(
            db.session.get(f.Partenaire, numeros["partenaire"]), nom="Agathe Contact"
        ).id
        comptes = {
            role: f.un_compte(role, None if role in ("DPID", "DPO", "ADMINISTRATEUR") else "ART").id
            for role in ROLES
        }
        for nom in ("Yanis Dubrulle", "Changé par Solange", "Changé par moi"):
            f.un_agent((), nom=nom)
        db.session.commit()
    return numeros, comptes


CHANGEMENTS = {
    "poste": ("DPID", "/postes", "agent_id-texte", "Yanis Dubrulle"),
    "convention": ("DPID", "/conventions", "operateur", "Missions Locales réunies"),
    "partenaire": ("SLAI", "/partenaires", "interlocuteur", "Agathe Lenfant"),
    "ab_user": ("ADMINISTRATEUR", "/comptes", "first_name", "Odette"),
    "theme_frein": ("ADMINISTRATEUR", "/listes/theme_frein", "libelle", "Se déplacer"),
    "mds": ("ADMINISTRATEUR", "/mds", "nom", "Artois (Béthune)"),
    "demande_personne": ("DPO", "/demandes", "code_dossier", "D00077"),
}


@pytest.mark.parametrize("table", CHANGEMENTS)
def test_l_histoire_d_une_fiche_sans_jeune_se_lit_par_qui_la_tient(app, communes, table):
    role, base, champ, valeur = CHANGEMENTS[table]
    numeros, comptes = communes
    client = entrer(app, comptes[role])
    adresse = f"{base}/{numeros[table]}"
    saisi = champs(client.get(f"{adresse}/modifier").text) | {champ: valeur}
    assert client.post(f"{adresse}/modifier", data=saisi).status_code == 302
    assert f"/journal/historique/{table}/{numeros[table]}" in client.get(adresse).text
    page = html.unescape(client.get(f"/journal/historique/{table}/{numeros[table]}").text)
    assert valeur in page
    assert "Rétablir ces valeurs" in page or table == "ab_user"


@pytest.mark.parametrize(
    "table", [t for t in CHANGEMENTS if t not in ("theme_frein", "mds", "ab_user")]
)
def test_une_fiche_sans_mds_changee_entre_temps_dit_par_qui_et_quand(app, communes, table):
    role, base, champ, valeur = CHANGEMENTS[table]
    numeros, comptes = communes
    adresse = f"{base}/{numeros[table]}/modifier"
    client = entrer(app, comptes[role])
    saisi = champs(client.get(adresse).text)
    with pour_tous(app):
        autre = f.un_compte(
            role, None if role == "DPID" else "ART", first_name="Solange", last_name="Autrement"
        )
        db.session.commit()
        autre = autre.id
    rivale = entrer(app, autre)
    rivale.post(adresse, data=champs(rivale.get(adresse).text) | {champ: "Changé par Solange"})
    reponse = client.post(adresse, data=saisi | {champ: "Changé par moi"})
    assert reponse.status_code == 409
    assert re.search(
        r"Solange Autrement l’a enregistrée le \d\d/\d\d/\d{4}", html.unescape(reponse.text)
    )


def test_un_partenaire_supprime_se_retablit_depuis_le_journal_de_sa_mds(app, communes):
    with pour_tous(app):
        partenaire = f.un_partenaire("ART", nom="Épicerie Lenfant").id
        db.session.commit()
        db.session.delete(db.session.get(f.Partenaire, partenaire))
        db.session.commit()
        ligne = journal.historique("partenaire", partenaire)[0].id
    client = entrer(app, communes[1]["RESPONSABLE"])
    page = client.get(f"/journal/{ligne}").text
    assert f"/journal/historique/partenaire/{partenaire}" in page
    assert "Une commande" in page, "who acts without an account is said in words"
    client.post(
        f"/journal/{ligne}/restaurer",
        data={"csrf_token": jeton(client, f"/journal/historique/partenaire/{partenaire}")},
    )
    assert "Épicerie Lenfant" in client.get(f"/partenaires/{partenaire}").text


def test_l_histoire_de_ce_que_l_on_ne_voit_pas_n_existe_pas(app, communes):
    numeros, comptes = communes
    refusees = [
        *(
            ("COORDONNATEUR", f"{t}/{numeros[n]}")
            for t, n in (
                ("partenaire", "partenaire_arr"),
                ("ab_user", "ab_user"),
                ("convention", "convention"),
                ("habilitation", "habilitation"),
            )
        ),
        ("RESPONSABLE", f"ab_user/{numeros['ab_user']}"),
        ("ADMINISTRATEUR", f"partenaire/{numeros['partenaire']}"),
        ("ADMINISTRATEUR", f"contact/{numeros['contact']}"),
        ("DPID", f"contact/{numeros['contact']}"),
        ("DPID", f"partenaire/{numeros['partenaire']}"),
    ]
    for role, adresse in refusees:
        assert (
            entrer(app, comptes[role]).get(f"/journal/historique/{adresse}").status_code == 404
        ), (role, adresse)
