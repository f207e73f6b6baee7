"""Where the data went: every channel of export shows its youths, to whom may know it."""

import io
import re

import openpyxl
import pytest
from sqlalchemy import create_engine, text

from app import acces
from app.echanges.reprise import extraction
from app.extensions import db
from app.models import PointDeComite
from app.regles.age import aujourd_hui
from app.sorties_de_donnees import FichierSorti, noter, sorties_du_jeune
from app.travaux.entretien import entretenir
from app.views.socle import differe
from app.views.socle.export import Export
from tests import factories as f
from tests.connexions import poster
from tests.travaux import vider_la_file

COMPTES = {
    "responsable": ("RESPONSABLE", "ART"),
    "arrageois": ("RESPONSABLE", "ARR"),
    "coordonnateur": ("COORDONNATEUR", "ART"),
    "partout": ("COORDONNATEUR", None),
    "dpo": ("DPO", None),
    "pilote": ("DPID", None),
}
POURQUOI = {"finalite": "REUNION", "motif": "Comité de suivi de décembre"}


@pytest.fixture(scope="module")
def scene(app, comptes):
    """A youth of Artois in all that can be taken away, one of Arrageois, and a comité held."""
    le = aujourd_hui()
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        lui = f.un_jeune("ART", nom="Zorglub")
        autre = f.un_jeune("ARR")
        f.un_accompagnement(lui, du=f.il_y_a(400))
        f.une_mesure(lui, du=f.il_y_a(400))
        f.un_binome(lui)
        f.une_rencontre(lui)
        comite = f.une_instance(statut_code="PREVUE", le=le)
        db.session.add(PointDeComite(instance_id=comite.id, jeune_id=lui.id, rang=1))
        db.session.flush()
        rendu = f.un_compte_rendu(comite)
        action = f.une_action_collective()
        f.une_rencontre(lui, action_id=action.id)
        entretien = f.une_rencontre(lui, type_code="ENTRETIEN_17")
        f.une_mobilisation(lui, du=le)
        envoye = f.un_envoi("ART", envoye=True, jeunes=[lui])
        enquete = f.une_enquete(lui)
        prevue = f.une_rencontre(lui, type_code="TRIPARTITE", statut_code="PREVUE", le=le)
        numeros = {
            "lui": lui.id,
            "code": lui.code,
            "autre": autre.id,
            "autre_code": autre.code,
            "comite": rendu.instance_id,
            "action": action.id,
            "entretien": entretien.id,
            "envoye": envoye.id,
            "enquete": enquete.id,
            "prevue": prevue.id,
        }
        db.session.commit()
        db.session.remove()
    return numeros


def dernieres(tous, combien: int = 1) -> list:
    """(object, purpose, words, filters, searched, rows, youths) of the last files that left."""
    with tous() as session:
        return session.execute(
            text(
                "select s.id, s.objet, s.login, s.canal, s.finalite_code, s.motif, s.filtres,"
                " s.recherche, s.lignes, s.jeunes as nombre,"
                " (select array_agg(u) from part_de_sortie p, unnest(p.jeunes) u"
                "  where p.sortie_id = s.id) as dedans"
                " from sortie_de_donnees s order by s.id desc limit :n"
            ),
            {"n": combien},
        ).all()


CANAUX = {
    "liste": ("coordonnateur", "/jeunes/exporter", {}),
    "liste d’un autre nom": ("coordonnateur", "/rencontres/exporter", {"colonnes": "toutes"}),
    "classeur": ("coordonnateur", "/classeur/exporter", {}),
    "tableau": ("coordonnateur", "/tableau/telecharger", {"mds": "ART", "mois": "{mois}"}),
    "tableau avec les noms": (
        "responsable",
        "/tableau/telecharger",
        {"mds": "ART", "mois": "{mois}", "noms": "oui"},
    ),
    "indicateur": (
        "coordonnateur",
        "/indicateurs/I2/exporter",
        {"mds": "ART", "du": "{du}", "au": "{au}"},
    ),
    "copie": ("responsable", "/jeunes/{lui}/exporter", {}),
    "mon tableau": ("coordonnateur", "/classeur/exporter", {"forme": "tableau"}),
    "tableau envoyé": ("coordonnateur", "/envois/{envoye}/telecharger", {}),
}
DES_CHIFFRES = {
    "version pour le COPIL": ("coordonnateur", "/envois/{envoye}/diffusion"),
    "dispositifs": ("coordonnateur", "/dispositifs/exporter"),
    "envois": ("coordonnateur", "/envois/exporter"),
    "obligations": ("coordonnateur", "/obligations/exporter"),
}
"""No youth is inside, and they say so."""


@pytest.mark.parametrize("canal", CANAUX)
def test_chaque_fichier_dit_les_jeunes_qui_sont_dedans(app, comptes, agent, scene, tous, canal):
    qui, adresse, champs = CANAUX[canal]
    le = aujourd_hui()
    mots = {
        **scene,
        "mois": f"{le:%Y-%m}",
        "du": f"{le.replace(day=1):%Y-%m-%d}",
        "au": f"{le:%Y-%m-%d}",
    }
    champs = {nom: valeur.format(**mots) for nom, valeur in champs.items()}
    recu = poster(agent(qui), adresse.format(**scene), POURQUOI | champs, page="/", buffered=True)
    assert recu.status_code == 200 and recu.data[:2] == b"PK", recu.text
    (sortie,) = dernieres(tous)
    assert scene["lui"] in sortie.dedans and scene["autre"] not in sortie.dedans
    assert sortie.nombre == len(set(sortie.dedans)) and sortie.canal == "ecran"
    assert (sortie.finalite_code, sortie.motif) == ("REUNION", POURQUOI["motif"])


@pytest.mark.parametrize("canal", DES_CHIFFRES)
def test_des_chiffres_sans_aucun_jeune_le_disent(agent, scene, tous, canal):
    qui, adresse = DES_CHIFFRES[canal]
    avant = dernieres(tous)
    with poster(agent(qui), adresse.format(**scene), POURQUOI, page="/") as recu:
        assert recu.status_code == 200
    (sortie,) = dernieres(tous)
    assert [sortie] != avant and sortie.nombre == 0 and sortie.finalite_code == "REUNION"


PAPIERS = (
    "/comptes-rendus/{comite}/telecharger",
    "/comites/{comite}/imprimer",
    "/actions-collectives/{action}/emargement",
    "/entretiens-17/{entretien}/imprimer",
    "/rencontres/{prevue}/tandem.ics",
)


@pytest.mark.parametrize("adresse", PAPIERS)
def test_un_papier_imprime_le_dit_aussi(agent, scene, tous, adresse):
    adresse = adresse.format(**scene)
    recu = agent("responsable").get(adresse)
    assert recu.status_code == 200, recu.text
    (sortie,) = dernieres(tous)
    assert sortie.dedans == [scene["lui"]]
    assert sortie.finalite_code in ("REUNION", "PERSONNE", "SUIVI")


def test_le_papier_du_lien_de_satisfaction_le_dit_aussi(agent, scene, tous):
    adresse = f"/enquetes/{scene['enquete']}/lien"
    assert poster(agent("responsable"), adresse).status_code == 200
    (sortie,) = dernieres(tous)
    assert (sortie.objet, sortie.dedans) == ("Lien de satisfaction, imprimé", [scene["lui"]])
    assert sortie.finalite_code == "PERSONNE"


def test_un_agenda_relu_tout_le_jour_se_note_une_fois_et_quand_un_jeune_y_entre(
    app, comptes, faire, tous
):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        un = f.un_jeune("ART").id
        autre = f.un_jeune("ART").id
        db.session.commit()
        avant = dernieres(tous)[0].id
    notees = []
    for dedans in ([un], [un], [un, autre], [autre], []):
        with app.app_context(), acces.acteur(comptes["coordonnateur"], canal="agenda"):
            noter(FichierSorti("Agenda", "rencontre", 1, dedans, une_fois_par_jour=True))
            db.session.commit()
        notees.append([s.nombre for s in dernieres(tous, 9) if s.id > avant])
    assert notees == [[1], [1], [2, 1], [2, 1], [2, 1]]
    with tous():
        assert len(sorties_du_jeune(un)) == 1, "the last time alone"


def test_chaque_adresse_d_ou_sort_un_fichier_est_essayee_ici(app):
    """A list is one channel, whatever its name; another one comes here with its test."""
    essayees = [adresse for _, adresse, _ in CANAUX.values()]
    essayees += [adresse for _, adresse in DES_CHIFFRES.values()]
    essayees += [*PAPIERS, "/bilan/telecharger", "/conservation/exporter"]
    sans_variable = {re.sub(r"\{.+?\}|\?.*", "", adresse) for adresse in essayees}
    for regle in app.url_map.iter_rules():
        vue = app.view_functions[regle.endpoint]
        if getattr(vue, "_permission_name", "") != "exporter" or isinstance(
            getattr(vue, "__self__", None), Export
        ):
            continue
        adresse = re.sub(r"<.+?>|I2", "", regle.rule)
        assert adresse in {a.replace("I2", "") for a in sans_variable}, regle.rule


def test_la_liste_des_dossiers_a_examiner_le_dit(agent, faire, tous):
    ancien = faire(f.un_jeune, "ART", contact_le=f.il_y_a(1500))
    with poster(agent("responsable"), "/conservation/exporter", POURQUOI, page="/") as recu:
        assert recu.status_code == 200
    assert ancien in dernieres(tous)[0].dedans


def test_un_bilan_ne_contient_aucun_jeune_et_le_dit(agent, tous):
    annee = str(aujourd_hui().year)
    champs = POURQUOI | {"annee": annee, "mds": "ART"}
    with poster(agent("responsable"), "/bilan/telecharger", champs, page="/") as recu:
        assert recu.status_code == 200
    (sortie,) = dernieres(tous)
    assert sortie.nombre == 0 and "Artois" in sortie.filtres


def test_les_filtres_et_les_mots_cherches_sont_gardes_en_clair(agent, tous):
    adresse = "/jeunes/exporter?q=zorglub&age=17"
    poster(agent("coordonnateur"), adresse, POURQUOI).close()
    (sortie,) = dernieres(tous)
    assert sortie.recherche == "zorglub" and "17 ans" in sortie.filtres


@pytest.mark.parametrize(
    "champs",
    [
        {"finalite": "", "motif": "Comité de suivi"},
        {"finalite": "MENTIR", "motif": "Comité de suivi"},
        {"finalite": "REUNION", "motif": "x"},
        {"finalite": "REUNION", "motif": "123456789 ..."},
    ],
)
def test_sans_finalite_ni_dix_lettres_rien_ne_sort_et_rien_n_est_perdu(agent, tous, champs):
    avant = dernieres(tous)
    refus = poster(agent("coordonnateur"), "/jeunes/exporter", champs)
    assert refus.status_code == 422
    assert "10 lettres au moins" in refus.text
    assert f'value="{champs["motif"]}"' in refus.text
    assert dernieres(tous) == avant


def test_un_fichier_prepare_par_la_file_est_note_quand_il_est_fait(
    app, comptes, agent, scene, tous, monkeypatch
):
    monkeypatch.setattr(differe, "DOSSIERS_IMMEDIATS", 0)
    client = agent("coordonnateur")
    avant = dernieres(tous)
    attente = poster(client, "/classeur/exporter", POURQUOI)
    assert attente.status_code == 303 and dernieres(tous) == avant
    vider_la_file(app)
    (sortie,) = dernieres(tous)
    assert scene["lui"] in sortie.dedans and sortie.canal == "travail"
    assert (sortie.finalite_code, sortie.motif) == ("REUNION", POURQUOI["motif"])
    recupere = "select recupere_le is not null from sortie_de_donnees where id = :id"
    with tous() as session:
        assert session.scalar(text(recupere), {"id": sortie.id}) is False
    client.get(f"{attente.location}/fichier").close()
    with tous() as session:
        assert session.scalar(text(recupere), {"id": sortie.id}) is True


def test_une_commande_est_une_sortie(app, scene, tous, tmp_path):
    with tous():
        extraction.exporter(tmp_path / "classeur.xlsx")
    (sortie,) = dernieres(tous)
    assert {scene["lui"], scene["autre"]} <= set(sortie.dedans)
    assert sortie.login is None and sortie.finalite_code is None


def test_un_export_de_plusieurs_mds_se_lit_dans_chacune_avec_ses_seuls_jeunes(agent, scene, tous):
    poster(agent("partout"), "/jeunes/exporter", POURQUOI).close()
    numero = dernieres(tous)[0].id
    for qui, sien, pas in (
        ("responsable", "code", "autre_code"),
        ("arrageois", "autre_code", "code"),
    ):
        page = agent(qui).get(f"/sorties-de-donnees/{numero}").text
        assert scene[sien] in page and scene[pas] not in page, qui
        assert POURQUOI["motif"] in page
    page = agent("dpo").get(f"/sorties-de-donnees/{numero}").text
    assert scene["code"] in page and scene["autre_code"] in page
    assert agent("coordonnateur").get(f"/sorties-de-donnees/{numero}").status_code == 403


def test_ce_qui_ne_concerne_pas_ma_mds_ne_s_y_lit_pas(agent, scene, tous):
    poster(agent("arrageois"), "/jeunes/exporter", POURQUOI).close()
    numero = dernieres(tous)[0].id
    assert agent("responsable").get(f"/sorties-de-donnees/{numero}").status_code == 404
    assert agent("responsable").get("/sorties-de-donnees/").status_code == 200
    assert agent("arrageois").get(f"/sorties-de-donnees/{numero}").status_code == 200


def test_la_base_ne_laisse_lire_une_part_que_dans_sa_mds(app, comptes, tous):
    with tous() as session:
        partout = session.scalar(text("select count(*) from part_de_sortie"))
    lues = {}
    for qui in ("responsable", "arrageois", "coordonnateur", "pilote", "dpo"):
        with app.app_context(), acces.acteur(comptes[qui]):
            lues[qui] = (
                db.session.execute(text("select distinct mds_id from part_de_sortie"))
                .scalars()
                .all()
            )
            if qui == "pilote":
                with acces.compter():
                    lues["pilote qui compte"] = db.session.execute(
                        text("select mds_id from part_de_sortie")
                    ).all()
            db.session.rollback()
    assert partout and len(lues["responsable"]) == len(lues["arrageois"]) == 1
    assert lues["responsable"] != lues["arrageois"] and len(lues["dpo"]) > 1
    assert not lues["coordonnateur"] and not lues["pilote"] and not lues["pilote qui compte"]


def test_la_fiche_du_jeune_dit_ou_sont_parties_ses_donnees(agent, scene, faire):
    """After five exports of a list, five lines: not the « 0 export » of before."""
    sien = faire(f.un_jeune, "ART")
    for _ in range(5):
        poster(agent("coordonnateur"), "/jeunes/exporter", POURQUOI).close()
    assert "#sorties" in agent("responsable").get(f"/jeunes/{sien}").text
    page = agent("responsable").get(f"/journal/consultations/{sien}").text
    assert page.count("Préparer une réunion ou un comité") == 5
    assert page.count("Liste : Jeunes") == 5
    assert agent("arrageois").get(f"/journal/consultations/{sien}").status_code == 404


def test_la_copie_remise_a_la_personne_le_dit_sans_nommer_personne(agent, scene):
    recu = poster(agent("responsable"), f"/jeunes/{scene['lui']}/exporter", POURQUOI, buffered=True)
    classeur = openpyxl.load_workbook(io.BytesIO(recu.data))
    lignes = list(classeur["Où sont parties vos données"].values)
    assert lignes[0] == ("Quand", "Quoi", "Pour quoi faire")
    assert any(ligne[2] == "Préparer une réunion ou un comité" for ligne in lignes)
    assert not any(POURQUOI["motif"] in str(ligne) for ligne in lignes)


def vieillir(app, numero: int, age: str) -> None:
    """As the owner: the application may not."""
    moteur = create_engine(app.config["DATABASE_OWNER_URL"])
    with moteur.begin() as proprietaire:
        ordre = "update sortie_de_donnees set le = now() - cast(:age as interval) where id = :n"
        proprietaire.execute(text(ordre), {"age": age, "n": numero})
    moteur.dispose()


def test_ce_qui_est_sorti_se_purge_avec_les_lectures(app, agent, scene, tous):
    poster(agent("coordonnateur"), "/jeunes/exporter", POURQUOI).close()
    numero = dernieres(tous)[0].id
    vieillir(app, numero, "11 months")
    with app.app_context():
        entretenir()
    assert dernieres(tous)[0].id >= numero
    vieillir(app, numero, "13 months")
    with app.app_context():
        entretenir()
    with tous() as session:
        restent = "select count(*) from {} where {} = :n"
        for table, cle in (("sortie_de_donnees", "id"), ("part_de_sortie", "sortie_id")):
            assert session.scalar(text(restent.format(table, cle)), {"n": numero}) == 0


def test_le_responsable_lit_les_recherches_et_les_refus_de_sa_mds(agent, comptes):
    client = agent("coordonnateur")
    client.get("/jeunes/?q=personne")
    client.get("/comptes/")
    sien = agent("responsable")
    assert "Recherche" in sien.get("/journal/?operation=recherche").text.split("<tbody", 1)[1]
    assert "Accès refusé" in sien.get("/journal/?operation=refus").text.split("<tbody", 1)[1]
    ailleurs = agent("arrageois").get("/journal/?operation=recherche").text
    assert "<tbody" not in ailleurs or "coordonnateur" not in ailleurs.split("<tbody", 1)[1]


def test_cent_mille_jeunes_dans_un_fichier_tiennent_en_moins_d_un_megaoctet(tous):
    """Scattered numbers, the worst for what is kept; the time is measured (preuves.md)."""
    with tous() as session:
        gardes = "select pg_column_size(array_agg(i * 7)) from generate_series(1, 100000) i"
        assert session.scalar(text(gardes)) < 1_000_000
