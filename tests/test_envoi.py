"""The monthly table once sent: frozen with its figures, the same bytes for ever; what changes goes
out as a rectificatif."""

import hashlib
import html
import io
import json
import re
import zipfile
from datetime import date
from types import SimpleNamespace

import lxml.html
import openpyxl
import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import Forbidden

from app import acces, indicateurs
from app.acces.installation import installer
from app.echanges.tableau import comparaison as tableau_comparaison
from app.echanges.tableau import envoi as tableau_envoi
from app.echanges.tableau import mensuel as tableau_mensuel
from app.extensions import db
from app.models import Accompagnement, Compte, Envoi, Evenement, Jeune, Mds, Travail
from app.regles import envois as regles
from app.regles.age import aujourd_hui
from app.travaux.file import DROITS_PERDUS
from app.views.pages import envoi as ecran
from app.views.socle import differe
from tests import factories as f
from tests.connexions import ouvrir_session, poster
from tests.ordres_sql import ordres_sql
from tests.travaux import vider_la_file

MOIS = date(2025, 6, 1)
_mois = iter(date(annee, mois, 1) for annee in range(2016, 2025) for mois in range(1, 13))


@pytest.fixture(scope="module")
def base(app):
    """Two youths followed in Artois and accounts; their numbers."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        numeros = {
            "coordonnateur": f.un_compte("COORDONNATEUR", "ART").id,
            "slai": f.un_compte("SLAI", "ART").id,
            "responsable": f.un_compte("RESPONSABLE", "ART").id,
            "dpid": f.un_compte("DPID").id,
            "referent": f.un_compte("REFERENT_SEF", "ART").id,
            "ailleurs": f.un_compte("COORDONNATEUR", "ARR").id,
            "partout": f.un_compte("COORDONNATEUR", None).id,
            "dpo": f.un_compte("DPO").id,
        }
        for code in ("SUIVI-1", "SUIVI-2"):
            un_suivi(code, date(2016, 1, 1))
        f.une_instance("PERMANENCE", "ART", le=date(2025, 6, 12), jeunes_recus=3)
        db.session.commit()
    return numeros


def un_suivi(code: str, du: date, **champs) -> Jeune:
    jeune = f.un_jeune(
        "ART", code=code, nom=f"Nomsecret{code[-1]}", date_naissance=date(2008, 2, 1), **champs
    )
    f.un_accompagnement(jeune, du=du)
    f.une_mesure(jeune, du=du)
    f.un_binome(jeune, du=du)
    f.un_rdv_tripartite(jeune, le=du)
    f.une_situation(jeune, observee_le=du)
    return jeune


@pytest.fixture
def agir(app, base):
    """``with agir("coordonnateur"):`` — somebody acts, in a session of their own."""
    contextes = []

    def ouvrir(qui: str = ""):
        contextes.append(app.app_context())
        return _Acteur(contextes[-1], base.get(qui, acces.TOUS))

    return ouvrir


class _Acteur:
    def __init__(self, contexte, qui):
        self.contexte, self.qui = contexte, acces.acteur(qui, canal="essai")

    def __enter__(self):
        self.contexte.__enter__()
        self.qui.__enter__()
        return db.session

    def __exit__(self, *erreur):
        db.session.rollback()
        self.qui.__exit__(*erreur)
        self.contexte.__exit__(*erreur)


@pytest.fixture
def envoyer(agir):
    """Prepare and send the table of a month as somebody; its number."""

    def faire(
        mois: date = MOIS,
        mds: str | None = "ART",
        qui: str = "",
        motif: str = "",
        pourquoi: str = "Essai.",
    ) -> int:
        with agir(qui):
            envoi = tableau_envoi.ouvrir_un_envoi(mois, la_mds(mds), motif)
            db.session.commit()
            numero = tableau_envoi.envoyer(envoi.id, pourquoi).id
            db.session.commit()
        return numero

    return faire


def la_mds(code: str | None) -> Mds | None:
    return None if code is None else db.session.scalars(select(Mds).where(Mds.code == code)).one()


def octets(agir, numero: int) -> tuple[bytes, bytes, str]:
    with agir():
        envoi = db.session.get(Envoi, numero)
        return tableau_envoi.telecharger(envoi), envoi.contenu, envoi.empreinte


def synthese(classeur: bytes) -> dict:
    feuille = openpyxl.load_workbook(io.BytesIO(classeur))["Synthèse"]
    return {
        ligne[0]: ligne[1] for ligne in feuille.iter_rows(max_row=16, values_only=True) if ligne[0]
    }


# --- Frozen


def test_un_tableau_envoye_reste_identique_apres_corrections_transfert_et_mise_a_niveau(
    app, agir, envoyer
):
    mois = next(_mois)
    with agir():
        numero_jeune = un_suivi("FIGE-1", mois).id
        db.session.commit()
    numero = envoyer(mois)
    avant = octets(agir, numero)
    with agir():
        jeune = db.session.get(Jeune, numero_jeune)
        jeune.prenom, jeune.date_naissance = "Autre", date(2007, 1, 1)
        f.une_alerte(jeune, du=mois)
        db.session.delete(
            db.session.scalars(
                select(Accompagnement).where(Accompagnement.jeune_id == jeune.id)
            ).one()
        )
        transfert = f.un_transfert(jeune, vers="ARR", effet_le=mois)
        db.session.commit()
        assert db.session.scalar(
            text("select acces.repondre_transfert(:id, true, 'Essai')"), {"id": transfert.id}
        )
        db.session.commit()
    proprietaire = create_engine(app.config["DATABASE_OWNER_URL"])
    with proprietaire.begin() as connexion:
        connexion.execute(text("alter table envoi add column essai text"))
        installer(connexion, "tandem_app")
        connexion.execute(text("alter table envoi drop column essai"))
    proprietaire.dispose()
    assert octets(agir, numero) == avant


@pytest.mark.parametrize(
    "ordre",
    [
        "update envoi set envoye_par = 'Autre' where id = :n",
        "update envoi set classeur = '\\x00' where id = :n",
        (
            "update envoi set envoye_le = null, envoye_par = null, bloquantes = null, definitions ="
            " null, contenu = null, empreinte = null, classeur = null where id = :n"
        ),
        "delete from envoi where id = :n",
    ],
)
@pytest.mark.parametrize("qui", ["", "responsable"])
def test_la_base_refuse_de_changer_ou_de_supprimer_un_tableau_envoye(agir, ordre, qui, fige):
    with agir(qui), pytest.raises(DBAPIError, match="a table sent never changes"):
        db.session.execute(text(ordre), {"n": fige})


def test_le_proprietaire_de_la_base_non_plus(app, fige):
    proprietaire = create_engine(app.config["DATABASE_OWNER_URL"])
    with (
        proprietaire.connect() as connexion,
        pytest.raises(DBAPIError, match="a table sent never changes"),
    ):
        connexion.execute(text("update envoi set motif_anomalies = 'x' where id = :n"), {"n": fige})
    proprietaire.dispose()


def test_ni_un_tableau_envoye_d_emblee_ni_un_contenu_qui_n_a_pas_son_empreinte(agir):
    with agir("responsable"), pytest.raises(DBAPIError, match="row-level security"):
        f.un_envoi(
            "ART",
            contenu=b"{}",
            empreinte=hashlib.sha256(b"{}").hexdigest(),
            classeur=b"PK",
            definitions="x",
            bloquantes=0,
            envoye_par="Moi",
            envoye_le=text("now()"),
        )
    with agir():
        envoi = f.un_envoi("ART")
        envoi.contenu, envoi.empreinte, envoi.classeur, envoi.definitions = (
            b"{}",
            "0" * 64,
            b"PK",
            "x",
        )
        envoi.bloquantes, envoi.envoye_par, envoi.envoye_le = 0, "Moi", text("now()")
        with pytest.raises(DBAPIError, match="ck_envoi_empreinte"):
            db.session.flush()


@pytest.fixture(scope="module")
def fige(app, base):
    """The table of June 2025 in Artois, sent by its coordonnateur, checked by the SLAI."""
    with app.app_context(), acces.acteur(base["coordonnateur"], canal="essai"):
        numero = tableau_envoi.ouvrir_un_envoi(MOIS, la_mds("ART")).id
        db.session.commit()
        with acces.acteur(base["slai"], canal="essai"):
            tableau_envoi.verifier(db.session.get(Envoi, numero))
            db.session.commit()
        tableau_envoi.envoyer(numero, "")
        db.session.commit()
    return numero


def test_l_empreinte_imprimee_est_celle_des_chiffres_lignes_et_definitions_figes(agir, fige):
    classeur, contenu, empreinte = octets(agir, fige)
    lue = synthese(classeur)
    assert lue["SHA-256"] == empreinte == hashlib.sha256(contenu).hexdigest()
    assert lue["Envoi"] == "premier envoi"
    assert lue["Vérification"].startswith("par Agent ")
    fige_ = json.loads(contenu)
    assert (
        contenu
        == json.dumps(fige_, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    )
    with agir():
        colonnes = indicateurs.trois_colonnes(MOIS, "ART")
        assert fige_["definitions"]["version"] == tableau_mensuel.version_des_definitions()
        assert fige_["definitions"]["indicateurs"] == [
            [d.code, d.titre, d.regle] for d in indicateurs.DEFINITIONS.values()
        ]
    for colonne, resultats in colonnes.items():
        for code, valeurs in resultats.json()["indicateurs"].items():
            assert fige_["chiffres"][colonne][code]["valeurs"] == valeurs
    assert {j["Code dossier"] for j in fige_["jeunes"]} == {"SUIVI-1", "SUIVI-2"}
    assert fige_["envoye_par"].startswith("Agent ") and fige_["envoye_le"].startswith(
        f"{aujourd_hui():%Y}"
    )


def test_le_tableau_envoye_s_imprime_en_a4_paysage_et_dit_quoi_qui_et_quand(agir, fige):
    """What for is asked of whoever takes it away, and told in the audit log."""
    for feuille in openpyxl.load_workbook(io.BytesIO(octets(agir, fige)[0])):
        mise_en_page = feuille.page_setup
        assert (mise_en_page.orientation, int(mise_en_page.paperSize)) == ("landscape", 9)
        assert "Tableau de suivi mensuel – MDS Artois, juin 2025" in feuille.oddHeader.left.text
        assert feuille.oddHeader.right.text.strip() == "Confidentiel"
        pied = feuille.oddFooter
        assert re.fullmatch(r" ?Préparé par .+, le [\d/]+\sà\s\d+\sh(\s\d\d)?", pied.left.text)
        assert pied.right.text.strip() == "Page &P sur &N"


def test_ce_qui_est_dessine_est_fige_point_par_point(agir, fige):
    classeur, contenu, _ = octets(agir, fige)
    lues = list(
        openpyxl.load_workbook(io.BytesIO(classeur))["Évolutions"].iter_rows(values_only=True)
    )
    figes = json.loads(contenu)["graphiques"]
    assert [titre for titre, _ in figes] == [
        ligne[0] for ligne in lues if ligne[0] in dict(figes)
    ] and len(figes) == 4
    for titre, points in figes:
        debut = next(n for n, ligne in enumerate(lues) if ligne[0] == titre) + 1
        assert [tuple(p) for p in points] == [
            tuple(c or "" if n > 1 else c for n, c in enumerate(x))
            for x in lues[debut : debut + len(points)]
        ]


def test_un_tableau_fige_avant_les_graphiques_se_compare_encore(agir, fige):
    with agir("coordonnateur") as session:
        envoi = session.get(Envoi, fige)
        ancien = {
            cle: valeur for cle, valeur in json.loads(envoi.contenu).items() if cle != "graphiques"
        }
        rapport = tableau_mensuel.calculer_le_mois(envoi.mois, envoi.mds)
        jeunes = list(tableau_mensuel.lignes_des_jeunes(rapport))
        d_alors = SimpleNamespace(contenu=json.dumps(ancien).encode(), envoye_le=envoi.envoye_le)
        assert tableau_comparaison.comparer(
            d_alors, rapport, jeunes
        ) == tableau_comparaison.comparer(envoi, rapport, jeunes)


def test_ce_qui_est_fige_ne_nomme_aucun_jeune(agir, fige):
    classeur, contenu, _ = octets(agir, fige)
    with zipfile.ZipFile(io.BytesIO(classeur)) as paquet:
        tout = contenu + b"".join(paquet.read(nom) for nom in paquet.namelist())
    assert b"Nomsecret" not in tout


def test_l_envoi_et_chaque_telechargement_sont_au_journal_sans_le_contenu(agir, fige):
    octets(agir, fige)
    with agir("coordonnateur"):
        tableau_envoi.telecharger(db.session.get(Envoi, fige))
        db.session.commit()
    with agir():
        lignes = list(
            db.session.scalars(
                select(Evenement).where(Evenement.table_nom == "envoi", Evenement.cle == str(fige))
            )
        )
        assert {"creation", "modification", "envoi", "export"} <= {
            ligne.operation for ligne in lignes
        }
        assert all(
            not {"contenu", "classeur"} & {*(ligne.avant or {}), *(ligne.apres or {})}
            for ligne in lignes
        )
        envoi = next(ligne.detail for ligne in lignes if ligne.operation == "envoi")
        assert (envoi["mois"], envoi["mds"], envoi["numero"], envoi["lignes"]) == (
            "2025-06",
            "ART",
            0,
            2,
        )


def test_le_tableau_dit_quand_ceux_des_mois_d_avant_sont_partis(agir, fige):
    with agir():
        dite = tableau_mensuel.calculer_le_mois(date(2025, 7, 1), la_mds("ART")).envois
    assert f"mai : non envoyé ; juin : le {aujourd_hui():%d/%m/%Y}, en retard" in dite


# --- What has changed since, and the rectificatif
# -------------------------------------------------------------------


def test_ce_qui_change_se_voit_puis_part_dans_un_rectificatif_numerote(agir, envoyer):
    mois = next(_mois)
    with agir():
        corrige, sorti = un_suivi("DIFF-1", mois), un_suivi("DIFF-2", mois)
        db.session.commit()
        numeros = corrige.id, sorti.id
    premier = envoyer(mois, qui="responsable")
    avant = octets(agir, premier)
    with agir():
        assert tableau_comparaison.differences(db.session.get(Envoi, premier)) == []
        f.une_alerte(numeros[0], du=mois)
        acces.agir_pour(acces.TOUS, canal="essai", motif="Dossier saisi deux fois")
        db.session.scalars(
            select(Accompagnement).where(Accompagnement.jeune_id == numeros[1])
        ).one().motif_sortie_code = "ERREUR"
        db.session.flush()
        acces.agir_pour(acces.TOUS, canal="essai", motif="")
        un_suivi("DIFF-3", mois)
        db.session.commit()
    with agir("responsable"):
        changees = tableau_comparaison.differences(db.session.get(Envoi, premier))
    par_code = {(d.nature, d.objet): d for d in changees if d.nature != "Chiffre"}
    assert set(par_code) == {("Corrigé", "DIFF-1"), ("Sorti", "DIFF-2"), ("Entré", "DIFF-3")}
    assert (
        par_code["Sorti", "DIFF-2"].raison
        == f"Dossier saisi deux fois (accompagnement, {aujourd_hui():%d/%m/%Y})"
    )
    corrections = {d.champ: (d.avant, d.apres) for d in changees if d.objet == "DIFF-1"}
    assert corrections["Alertes du mois"] == ("0", "1")
    assert corrections["Motifs d’alerte"] == ("non renseigné", "Fugue")
    with agir("responsable"), pytest.raises(tableau_envoi.EnvoiRefuse, match="dites pourquoi"):
        tableau_envoi.ouvrir_un_envoi(mois, la_mds("ART"))
    second = envoyer(mois, qui="responsable", motif="Erreur de saisie")
    assert octets(agir, premier) == avant
    classeur, contenu, _ = octets(agir, second)
    assert synthese(classeur)["Envoi"] == "rectificatif n° 1 : Erreur de saisie"
    feuille = list(
        openpyxl.load_workbook(io.BytesIO(classeur))["Rectificatif"].iter_rows(
            min_row=2, values_only=True
        )
    )
    assert [ligne[:2] for ligne in feuille] == [(d.nature, d.objet) for d in changees]
    assert json.loads(contenu)["precedent"] == avant[2], "a rectificatif names what it rectifies"
    with agir(), pytest.raises(tableau_envoi.EnvoiRefuse, match="Rien n’a changé"):
        tableau_envoi.envoyer(
            tableau_envoi.ouvrir_un_envoi(mois, la_mds("ART"), "Encore").id, "Essai."
        )


def test_les_raisons_se_lisent_avec_les_droits_de_qui_demande(agir, envoyer):
    mois = next(_mois)
    with agir():
        jeune = un_suivi("RAISON-1", mois)
        db.session.commit()
        numero_jeune = jeune.id
    numero = envoyer(mois)
    with agir():
        acces.agir_pour(acces.TOUS, canal="essai", motif="Vu au comité")
        f.une_alerte(numero_jeune, du=mois)
        db.session.commit()
    lues = {}
    for qui in ("coordonnateur", "dpid"):
        with agir(qui):
            changees = tableau_comparaison.differences(db.session.get(Envoi, numero))
            lues[qui] = {d.raison for d in changees if d.objet == "RAISON-1"}
    assert lues["coordonnateur"] == {f"Vu au comité (alerte, {aujourd_hui():%d/%m/%Y})"}
    assert lues["dpid"] == {""}


def test_un_transfert_retroactif_se_voit_avec_son_motif_dans_la_mds_qui_recoit(agir, envoyer):
    mois = next(_mois)
    with agir():
        numero_jeune = un_suivi("RECU-1", mois).id
        transfert = f.un_transfert(
            db.session.get(Jeune, numero_jeune),
            vers="ARR",
            effet_le=mois,
            motif="Nouveau lieu d’accueil.",
        ).id
        db.session.commit()
    departs, arrivee = envoyer(mois, "ART"), envoyer(mois, "ARR")
    with agir():
        assert db.session.scalar(
            text("select acces.repondre_transfert(:id, true, 'Essai')"), {"id": transfert}
        )
        db.session.commit()
    with agir("ailleurs"):
        (entre,) = (
            d
            for d in tableau_comparaison.differences(db.session.get(Envoi, arrivee))
            if d.objet == "RECU-1"
        )
        assert entre.nature == "Entré"
    with agir():
        for numero, nature in ((departs, "Sorti"), (arrivee, "Entré")):
            (vu,) = (
                d
                for d in tableau_comparaison.differences(db.session.get(Envoi, numero))
                if d.objet == "RECU-1"
            )
            assert (vu.nature, vu.raison) == (
                nature,
                f"Nouveau lieu d’accueil. (transfert, {aujourd_hui():%d/%m/%Y})",
            )


def test_une_definition_qui_change_se_voit(agir, fige, monkeypatch):
    monkeypatch.setattr(tableau_comparaison, "version_des_definitions", lambda: "nouvelle")
    with agir():
        vue = tableau_comparaison.differences(db.session.get(Envoi, fige))[0]
    assert (vue.nature, vue.apres) == ("Définitions", "nouvelle")


# --- Who, and when
# --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "qui, mds, permis",
    [
        ("coordonnateur", "ART", True),
        ("coordonnateur", "ARR", False),
        ("coordonnateur", None, False),
        ("responsable", "ART", True),
        ("slai", "ART", False),
        ("referent", "ART", False),
        ("dpid", "ART", False),
        ("dpid", None, True),
        ("partout", None, True),
        ("dpo", None, False),
    ],
)
def test_qui_envoie_le_tableau_d_une_mds_et_celui_du_departement(agir, envoyer, qui, mds, permis):
    mois = next(_mois)
    if permis:
        assert envoyer(mois, mds, qui)
        return
    with agir(qui), pytest.raises(Forbidden):
        tableau_envoi.ouvrir_un_envoi(mois, la_mds(mds))
    with agir(qui), pytest.raises(DBAPIError, match="row-level security"):
        f.un_envoi(mds, mois=mois)


def test_qui_verifie_ne_peut_pas_envoyer_meme_en_sql(agir):
    with agir():
        numero = f.un_envoi("ART").id
        db.session.commit()
    with agir("slai"), pytest.raises(DBAPIError, match="sent by who may"):
        db.session.execute(
            text(
                "update envoi set contenu = '{}', empreinte = encode(sha256('{}'), 'hex'),"
                " classeur = 'x', definitions = 'x',"
                " bloquantes = 0, envoye_par = 'x', envoye_le = now() where id = :n"
            ),
            {"n": numero},
        )


@pytest.mark.parametrize(
    "qui, visibles",
    [
        ("coordonnateur", {"ART"}),
        ("slai", {"ART"}),
        ("dpid", {"ART", None}),
        ("ailleurs", set()),
        ("referent", set()),
        ("dpo", set()),
    ],
)
def test_un_tableau_envoye_se_lit_dans_sa_mds_et_celui_du_departement_partout(
    agir, envoyer, fige, qui, visibles
):
    with agir():
        if not tableau_envoi.de_ce_mois(MOIS, None):
            f.un_envoi(None, mois=MOIS, envoye=True)
            db.session.commit()
    with agir(qui):
        lus = db.session.execute(
            select(Mds.code)
            .select_from(Envoi)
            .outerjoin(Mds, Mds.id == Envoi.mds_id)
            .where(Envoi.mois == MOIS)
        )
        assert set(lus.scalars()) == visibles


def test_un_mois_qui_n_est_pas_fini_ne_s_envoie_pas(agir):
    with agir("coordonnateur"), pytest.raises(tableau_envoi.EnvoiRefuse, match="n’est pas fini"):
        tableau_envoi.ouvrir_un_envoi(aujourd_hui().replace(day=1), la_mds("ART"))


def test_une_anomalie_bloquante_demande_une_raison_ecrite(agir, envoyer):
    mois = next(_mois)  # no permanence this month
    with pytest.raises(tableau_envoi.EnvoiRefuse, match="Des anomalies bloquantes restent"):
        envoyer(mois, qui="coordonnateur", pourquoi="")
    numero = envoyer(mois, qui="coordonnateur", pourquoi="La permanence a lieu le mois prochain.")
    classeur, contenu, _ = octets(agir, numero)
    assert synthese(classeur)["Anomalies"].endswith("La permanence a lieu le mois prochain.")
    assert json.loads(contenu)["anomalies"]["motif"] == "La permanence a lieu le mois prochain."
    with agir():
        assert db.session.get(Envoi, numero).bloquantes == 1


def test_preparer_deux_fois_ouvre_la_meme_preparation(agir):
    mois = next(_mois)
    with agir("coordonnateur"):
        premiere = tableau_envoi.ouvrir_un_envoi(mois, la_mds("ART")).id
        assert tableau_envoi.ouvrir_un_envoi(mois, la_mds("ART")).id == premiere


def test_ce_qui_est_fige_est_lu_d_un_seul_instant(app, agir, envoyer, monkeypatch):
    """A record saved while the table is being frozen is either everywhere in it, or nowhere."""
    mois, lire = next(_mois), tableau_mensuel.lignes_des_jeunes

    def pendant(rapport):
        autre = create_engine(app.config["DATABASE_OWNER_URL"])
        with autre.begin() as connexion:
            connexion.execute(
                text(
                    "update accompagnement set du = :du where jeune_id in (select id from jeune"
                    " where code = 'INSTANT-1')"
                ),
                {"du": mois},
            )
        autre.dispose()
        return lire(rapport)

    with agir():
        un_suivi("INSTANT-1", date(2025, 8, 1))
        db.session.commit()
    monkeypatch.setattr(tableau_envoi, "lignes_des_jeunes", pendant)
    numero = envoyer(mois)
    monkeypatch.undo()
    fige = json.loads(octets(agir, numero)[1])
    assert "INSTANT-1" not in {j["Code dossier"] for j in fige["jeunes"]}
    with agir():
        assert ("Entré", "INSTANT-1") in {
            (d.nature, d.objet)
            for d in tableau_comparaison.differences(db.session.get(Envoi, numero))
        }


def test_envoyer_et_comparer_coutent_le_meme_nombre_de_requetes_pour_deux_ou_vingt_jeunes(
    app, agir
):
    couts = []
    for combien in (0, 20):
        mois = next(_mois)
        with agir():
            numero = tableau_envoi.ouvrir_un_envoi(mois, la_mds("ART")).id
            for n in range(combien):
                un_suivi(f"NOMBRE-{n}", mois)
            db.session.commit()
            with ordres_sql() as ordres:
                tableau_envoi.envoyer(numero, "Essai.")
                db.session.commit()
                tableau_comparaison.differences(db.session.get(Envoi, numero))
        couts.append(len(ordres))
    assert couts[0] == couts[1]


# --- Late, and reminders
# --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "le, attendu",
    [
        (date(2025, 7, 4), None),
        (date(2025, 7, 5), 5),
        (date(2025, 7, 7), 5),
        (date(2025, 7, 8), 2),
        (date(2025, 7, 9), 2),
        (date(2025, 7, 10), 0),
        (date(2025, 7, 11), -1),
        (date(2025, 8, 1), -22),
    ],
)
def test_les_rappels_tombent_cinq_et_deux_jours_avant_et_le_dix(le, attendu):
    assert regles.rappel(MOIS, le) == attendu


@pytest.mark.parametrize(
    "envoye_le, le, attendu",
    [
        (date(2025, 7, 10), date(2025, 9, 1), regles.A_TEMPS),
        (date(2025, 7, 11), date(2025, 9, 1), regles.TARDIF),
        (None, date(2025, 6, 30), regles.A_VENIR),
        (None, date(2025, 7, 1), regles.ATTENDU),
        (None, date(2025, 7, 10), regles.ATTENDU),
        (None, date(2025, 7, 11), regles.EN_RETARD),
    ],
)
def test_un_tableau_est_en_retard_des_le_onze(envoye_le, le, attendu):
    assert regles.etat(MOIS, envoye_le, le) == attendu


@pytest.mark.parametrize(
    "qui, manquent",
    [("coordonnateur", 1), ("slai", 1), ("dpid", 10), ("referent", None), ("dpo", None)],
)
def test_le_rappel_dit_a_chacun_ce_qui_manque_chez_lui(agir, qui, manquent):
    with agir(qui):
        dit = ecran.rappel(acces.perimetre(), date(2025, 2, 8))
        assert (dit and len(dit["manquent"])) == manquent
        assert ecran.rappel(acces.perimetre(), date(2025, 2, 4)) is None
        assert dit is None or dit["jours"] == 2


def test_le_rappel_cesse_quand_le_tableau_est_parti(agir):
    with agir():
        f.un_envoi("ART", mois=date(2025, 3, 1), envoye=True)
        db.session.commit()
    with agir("coordonnateur"):
        assert ecran.rappel(acces.perimetre(), date(2025, 4, 12)) is None
        assert ecran.rappel(acces.perimetre(), date(2025, 5, 12))["jours"] == -2


def test_l_accueil_montre_le_rappel(app, base, monkeypatch):
    from app.views.pages import accueil

    client = ouvrir_session(app.test_client(), base["slai"])
    for le, phrase in (
        (date(2025, 2, 5), "à envoyer pour le 10/02/2025, dans 5 jours"),
        (date(2025, 2, 10), "à envoyer aujourd’hui"),
        (date(2025, 2, 12), "attendu le 10/02/2025, en retard de 2 jours"),
    ):
        monkeypatch.setattr(accueil, "aujourd_hui", lambda le=le: le)
        assert f"Tableau de janvier 2025 {phrase} Manque : Artois." in en_clair(
            client.get("/").text
        )
    monkeypatch.setattr(accueil, "aujourd_hui", lambda: date(2025, 2, 4))
    assert "Tableau de" not in en_clair(client.get("/").text)


@pytest.mark.parametrize("qui", ["coordonnateur", "slai", "dpid"])
def test_les_mois_en_retard_se_voient(app, base, qui):
    page = en_clair(
        ouvrir_session(app.test_client(), base[qui]).get("/envois/?annee=2025&etat=en_retard").text
    )
    assert (
        "la date d’envoi est passée." in page
        and "Décembre 2025 , Artois Artois Manque 10/01/2026" in page
    )
    assert ("Arrageois" in page) == (qui == "dpid")


def test_qui_lit_plusieurs_territoires_voit_l_annee_d_un_coup_d_oeil(app, base):
    def grille(qui: str) -> str:
        page = ouvrir_session(app.test_client(), base[qui]).get("/envois/?annee=2025").text
        tableau = re.search(r'<table class="liste calendrier".*?</table>', page, re.S)
        return tableau[0] if tableau else ""

    territoires = re.findall(r'<th scope="row"[^>]*>([^<]+)<', grille("dpid"))
    assert territoires[0] == "Département" and len(territoires) == 10
    assert grille("slai") == ""
    cases = re.findall(r'<td( class="a-l-heure")? data-[^>]*><a class="etat (\w+)"', grille("dpid"))
    assert len(cases) == 120
    for tue, etat in cases:
        assert bool(tue) == (etat in ("fait", "a_venir")), "a phone shows what is not on time"


def test_la_liste_coute_le_meme_nombre_de_requetes_pour_une_ou_neuf_mds(app, base):
    nombres = {}
    for qui in ("coordonnateur", "dpid"):
        client = ouvrir_session(app.test_client(), base[qui])
        client.get("/envois/?annee=2025")
        with ordres_sql() as ordres:
            client.get("/envois/?annee=2025")
        nombres[qui] = len(ordres)
    assert nombres["coordonnateur"] == nombres["dpid"] <= 12


# --- The version for the COPIL and the partners
# ---------------------------------------------------------------------


def test_la_version_de_diffusion_n_a_ni_ligne_ni_petit_nombre(app, base, fige, agir):
    client = ouvrir_session(app.test_client(), base["slai"])
    rendu = poster(
        client,
        f"/envois/{fige}/diffusion",
        {"finalite": "SUIVI", "motif": "Comité de pilotage"},
        buffered=True,
    )
    assert "tableau-2025-06-ART-diffusion.xlsx" in rendu.headers["Content-Disposition"]
    classeur = openpyxl.load_workbook(io.BytesIO(rendu.data))
    assert classeur.sheetnames == ["Synthèse", "À propos", "Définitions"]
    for onglet in classeur:
        assert "juin 2025" in onglet.oddHeader.left.text
        assert "comité de pilotage et les partenaires" in onglet.oddHeader.left.text
        assert re.search(
            r"Exporté par .+ le .+, pour : Comité de pilotage", onglet.oddFooter.left.text
        )
        assert onglet.oddFooter.right.text.strip() == "Page &P sur &N"
    lues = {
        ligne[1]: ligne[2:] for ligne in classeur["Synthèse"].iter_rows(min_row=2, values_only=True)
    }
    assert lues["Jeunes accompagnés par le binôme ML / ASE"] == ("moins de 10",) * 3, "two youths"
    assert lues["jeunes reçus"][0] == "moins de 10"
    assert lues["attendues"][0] == 1, "meetings are nobody"
    assert lues["dont 16 ans"][0] == "moins de 10", "zero is not told either"
    with zipfile.ZipFile(io.BytesIO(rendu.data)) as paquet:
        tout = b"".join(paquet.read(nom) for nom in paquet.namelist())
    assert b"SUIVI-1" not in tout and octets(agir, fige)[2].encode() in tout


# --- The screens


def en_clair(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_preparer_verifier_envoyer_et_retelecharger_a_l_ecran(app, base, agir):
    coordonnateur, slai = (
        ouvrir_session(app.test_client(), base[qui]) for qui in ("coordonnateur", "slai")
    )
    mois = f"{next(_mois):%Y-%m}"
    assert "Préparer l’envoi" in coordonnateur.get(f"/tableau/?mois={mois}").text
    assert "Préparer l’envoi" not in slai.get(f"/tableau/?mois={mois}").text
    rendu = poster(
        coordonnateur, "/envois/preparer", {"mois": mois, "mds": "ART"}, page="/tableau/"
    )
    adresse = rendu.location
    assert rendu.status_code == 302 and re.fullmatch(r"/envois/\d+", adresse)
    assert "Envoyer le tableau" not in slai.get(adresse).text
    assert poster(slai, f"{adresse}/envoyer", page=adresse).status_code == 403
    assert poster(slai, f"{adresse}/verifier", page=adresse).status_code == 302
    sans_raison = poster(coordonnateur, f"{adresse}/envoyer", page=adresse)
    assert sans_raison.status_code == 422 and "Des anomalies bloquantes restent" in sans_raison.text
    assert (
        poster(
            coordonnateur,
            f"{adresse}/envoyer",
            {"motif_anomalies": "Permanence reportée."},
            page=adresse,
        ).status_code
        == 302
    )
    page = coordonnateur.get(adresse).text
    empreinte = re.search(r"[0-9a-f]{64}", page)[0]
    assert "Envoyé et figé" in page and "Rien n’a changé" in page
    tableau = en_clair(coordonnateur.get(f"/tableau/?mois={mois}").text)
    assert f"Ce tableau a été envoyé le {aujourd_hui():%d/%m/%Y}" in tableau
    telecharger = f"{adresse}/telecharger"
    assert "À quoi ce fichier va-t-il servir" in slai.get(telecharger).text
    sans_motif = poster(slai, telecharger, {"finalite": "SUIVI", "motif": " "}, page=telecharger)
    assert sans_motif.status_code == 422 and "Motif : choisissez à quoi sert" in sans_motif.text
    premier, second = (
        poster(
            client,
            telecharger,
            {"finalite": "SUIVI", "motif": "Relire la saisie"},
            page=telecharger,
        )
        for client in (coordonnateur, slai)
    )
    with agir() as session:
        export = session.scalars(
            select(Evenement).where(Evenement.operation == "export").order_by(Evenement.id.desc())
        ).first()
        assert export.motif == export.detail["motif"] == "Relire la saisie"
    assert premier.data == second.data and synthese(premier.data)["SHA-256"] == empreinte
    assert poster(slai, f"{adresse}/verifier", page=adresse).status_code == 302, (
        "the page was open before it was sent"
    )
    assert "Un tableau envoyé ne change plus" in slai.get(adresse).text
    assert poster(coordonnateur, f"{adresse}/abandonner", page=adresse).status_code == 302
    assert "Un tableau envoyé ne change plus" in coordonnateur.get(adresse).text
    assert (
        ouvrir_session(app.test_client(), base["ailleurs"])
        .get(f"{adresse}/telecharger")
        .status_code
        == 404
    )


@pytest.fixture
def deux_sont_nombreux(monkeypatch):
    """The figures of the two youths of Artois are long to freeze, for the test."""
    monkeypatch.setattr(differe, "DOSSIERS_IMMEDIATS", 1)


def test_un_long_tableau_s_envoie_par_la_file(app, base, agir, deux_sont_nombreux):
    client = ouvrir_session(app.test_client(), base["coordonnateur"])
    adresse = preparer(client)
    envoyer = f"{adresse}/envoyer"
    refus = poster(client, envoyer, page=adresse)
    assert refus.status_code == 422 and "Des anomalies bloquantes restent" in refus.text
    motif = {"motif_anomalies": "Permanence reportée."}
    attente = poster(client, envoyer, motif, page=adresse)
    assert attente.status_code == 303
    assert "le tableau part sans vous" in client.get(attente.location).text
    assert "En préparation" in client.get(adresse).text
    vider_la_file(app)
    assert client.get(attente.location).location == adresse
    assert "Envoyé et figé" in client.get(adresse).text
    with agir() as session:
        travail = session.scalar(select(Travail).order_by(Travail.id.desc()).limit(1))
        assert "Permanence" not in str(travail.demande), "what was typed is kept encrypted"
        envoi = session.get(Envoi, int(adresse.rpartition("/")[2]))
        assert (envoi.motif_anomalies, envoi.envoye_par) == ("Permanence reportée.", qui_est(base))


def test_la_version_diffusee_passe_par_la_file_et_le_tableau_fige_se_donne_aussitot(
    app, base, fige, deux_sont_nombreux
):
    """The first reads what was frozen in the year; the second is bytes that are ready."""
    client = ouvrir_session(app.test_client(), base["slai"])
    motif = {"finalite": "SUIVI", "motif": "Comité de pilotage"}
    adresse = f"/envois/{fige}"
    attente = poster(client, f"{adresse}/diffusion", motif)
    assert attente.status_code == 303
    vider_la_file(app)
    recu = client.get(f"{attente.location}/fichier")
    assert "-diffusion.xlsx" in recu.headers["Content-Disposition"]
    aussitot = poster(client, f"{adresse}/telecharger", motif, buffered=True)
    assert aussitot.status_code == 200 and aussitot.data.startswith(b"PK")


def test_ce_qui_change_avant_le_tour_d_un_envoi_le_refuse(app, base, agir, deux_sont_nombreux):
    """Sent meanwhile by somebody else, or by someone whose right was withdrawn."""
    client = ouvrir_session(app.test_client(), base["coordonnateur"])
    motif = {"motif_anomalies": "Permanence reportée."}
    adresse = preparer(client)
    deux_fois = [poster(client, f"{adresse}/envoyer", motif, page=adresse) for _ in range(2)]
    vider_la_file(app)
    assert client.get(deux_fois[0].location).location == adresse
    assert "Ce tableau est déjà envoyé" in client.get(deux_fois[1].location).text
    assert poster(client, f"{adresse}/envoyer", motif, page=adresse).status_code == 422

    with agir():
        compte = f.un_compte("COORDONNATEUR", "ART")
        f.une_habilitation(compte, "SLAI", "ART")
        db.session.commit()
        parti = compte.id
    client = ouvrir_session(app.test_client(), parti)
    adresse = preparer(client)
    attente = poster(client, f"{adresse}/envoyer", motif, page=adresse)
    with agir() as session:
        retire = (
            "update habilitation set au = current_date - 1"
            " where compte_id = :c and role_code = 'COORDONNATEUR'"
        )
        session.execute(text(retire), {"c": parti})
        session.commit()
    vider_la_file(app)
    assert DROITS_PERDUS in client.get(attente.location).text
    assert "En préparation" in client.get(adresse).text


def preparer(client) -> str:
    """A month of Artois, opened to be sent; its address."""
    mois = {"mois": f"{next(_mois):%Y-%m}", "mds": "ART"}
    return poster(client, "/envois/preparer", mois, page="/tableau/").location


def qui_est(base) -> str:
    return str(db.session.get(Compte, base["coordonnateur"]))


def test_une_preparation_s_abandonne(app, base, agir):
    client = ouvrir_session(app.test_client(), base["coordonnateur"])
    adresse = preparer(client)
    assert client.get(f"{adresse}/telecharger").status_code == 404
    assert poster(client, f"{adresse}/abandonner", page=adresse).location == "/envois/"
    assert client.get(adresse).status_code == 404


def test_le_suivi_des_envois_s_exporte_avec_un_motif(app, base, fige):
    client = ouvrir_session(app.test_client(), base["slai"])
    assert poster(client, "/envois/exporter", {"annee": "2025"}, page="/envois/").status_code == 400
    rendu = poster(
        client,
        "/envois/exporter",
        {"annee": "2025", "finalite": "SUIVI", "motif": "Comité de pilotage"},
        page="/envois/",
        buffered=True,
    )
    feuille = openpyxl.load_workbook(io.BytesIO(rendu.data)).active
    entete, *lignes = feuille.iter_rows(values_only=True)
    assert entete == COLONNES_A_L_ECRAN
    juin = next(ligne for ligne in lignes if ligne[0].startswith("Juin"))
    assert juin[1:3] == ("Artois", "Envoyé en retard")


COLONNES_A_L_ECRAN = (
    "Mois",
    "Territoire",
    "État",
    "Pour le",
    "Envoyé le",
    "Par",
    "Rectificatifs",
)


@pytest.mark.parametrize("etat", ["", "tardif", "a_venir"])
def test_le_suivi_exporte_a_les_lignes_l_ordre_et_les_colonnes_de_l_ecran(app, base, fige, etat):
    client = ouvrir_session(app.test_client(), base["slai"])
    page = lxml.html.fromstring(client.get(f"/envois/?annee=2025&etat={etat}").text)
    lignes = []
    for table in page.xpath('//table[caption[starts-with(., "Tableaux de")]]'):
        for cache in table.xpath('.//*[contains(@class, "hors-ecran")][not(self::caption)]'):
            cache.drop_tree()
        titres = tuple(x.text_content() for x in table.xpath("./thead//th"))
        assert titres == COLONNES_A_L_ECRAN
        for rangee in table.xpath("./tbody/tr"):
            cellules = [" ".join(x.text_content().split()) for x in rangee.xpath("./th|./td")]
            lignes.append(cellules[:4])
    rendu = poster(
        client,
        "/envois/exporter",
        {"annee": "2025", "etat": etat, "finalite": "SUIVI", "motif": "Comité de pilotage"},
        page="/envois/",
        buffered=True,
    )
    feuille = openpyxl.load_workbook(io.BytesIO(rendu.data)).worksheets[0]
    exportees = [
        [*ligne[:3], f"{ligne[3]:%d/%m/%Y}"] for ligne in feuille.iter_rows(2, values_only=True)
    ]
    assert exportees == lignes
    assert etat != "tardif" or lignes
    assert "Année : 2025 ; État" in feuille.oddHeader.left.text
