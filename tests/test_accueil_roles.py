"""The home page of each role: what it counts, and that each number is that of the list it opens."""

import html
import re
from datetime import date, time
from decimal import Decimal

import pytest

from app import acces
from app.extensions import db
from app.regles import parametres as p
from app.regles.age import ajouter_mois, anniversaire, aujourd_hui
from app.regles.envois import mois_a_rendre
from app.views.pages import a_venir
from tests import factories as f
from tests.connexions import ouvrir_session, poster
from tests.ordres_sql import ordres_sql

NOMBRE = re.compile(r'<a href="([^"]+)"><strong>(\d+)</strong> <span>([^<]+)</span></a>')


@pytest.fixture(scope="module")
def base(app):
    """One of each thing that a home page counts, in Artois, and the same in another MDS."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        comptes = {
            "coordonnateur": f.un_compte("COORDONNATEUR", "ART"),
            "referent": f.un_compte("REFERENT_SEF", "ART", first_name="Rémi", last_name="Duisart"),
            "slai": f.un_compte("SLAI", "ART"),
            "responsable": f.un_compte("RESPONSABLE", "ART"),
            "dpid": f.un_compte("DPID"),
            "dpo": f.un_compte("DPO"),
            "administrateur": f.un_compte("ADMINISTRATEUR"),
        }
        nour = f.un_agent(nom="Nour Delestrez", compte_id=comptes["coordonnateur"].id)
        remi = f.un_agent(
            nom="Rémi Duisart",
            fonction_code="REFERENT_ASE",
            compte_id=comptes["referent"].id,
        )
        for jours in (10, 40, 70, 200):
            _suivi(nour, remi, derniere=jours)
        _suivi(nour, remi, derniere=None)
        _suivi(nour, remi, derniere=None, du=f.il_y_a(5))
        _suivi(None, None, derniere=200, mds="TER")
        le = aujourd_hui()
        bientot = ajouter_mois(le, p.ANNIVERSAIRE_PROCHE_MOIS.valeur)
        for ans, jour in ((17, bientot), (18, bientot), (18, f.dans(1)), (18, le)):
            _suivi(nour, remi, derniere=1, date_naissance=anniversaire(jour, -ans))
        for champs in (
            {},
            {"reponse_code": "ACCEPTEE"},
            {"reponse_code": "RENVOYEE", "raison_renvoi": "Déjà suivi."},
            {"oriente_par": "Une autre personne"},
        ):
            f.une_orientation(
                **{"oriente_par": "Rémi Duisart", "contact_le": f.il_y_a(9), **champs}
            )
        f.une_instance("PERMANENCE", "ART", le=f.dans(3), statut_code="PREVUE")
        f.une_instance("PERMANENCE", "ART", le=f.il_y_a(3), statut_code="PREVUE")
        f.un_partenaire("ART", demarche_le=f.il_y_a(120))
        f.un_partenaire("ART", demarche_le=f.il_y_a(120), convention_signee_le=f.il_y_a(3))
        f.un_partenaire("ART", demarche_le=f.il_y_a(12))
        f.un_transfert(f.un_jeune("TER"), vers="ART")
        f.une_habilitation(role="SLAI", au=f.dans(10))
        f.une_habilitation(role="SLAI", au=f.dans(300))
        _dossiers_anciens()
        f.une_demande(recue_le=f.il_y_a(2))
        f.une_demande(recue_le=f.il_y_a(90))
        envoi = f.un_envoi("ART", mois=mois_a_rendre(le))
        numeros = {qui: compte.id for qui, compte in comptes.items()}
        db.session.commit()
        numeros |= {"envoi": envoi.id, "nour": nour.id}
    return numeros


def _dossiers_anciens() -> None:
    """Of three files without a contact for years, one is kept and two wait for a decision."""
    f.une_rencontre(f.un_jeune(), le=f.il_y_a(900))
    f.un_jeune(repere_le=f.il_y_a(900))
    f.une_conservation(f.un_jeune(repere_le=f.il_y_a(900)), garder_jusqu_au=f.dans(90))


def _suivi(coordonnateur, referent, derniere, mds="ART", du: date | None = None, **champs) -> None:
    """A youth followed for months, last met so many days ago, or never."""
    jeune = f.un_jeune(mds, contact_le=f.il_y_a(200), **champs)
    f.un_rdv_tripartite(jeune, le=f.il_y_a(140))
    f.un_accompagnement(jeune, du=du or f.il_y_a(150))
    if coordonnateur:
        f.une_mesure(jeune)
        f.un_binome(jeune, coordonnateur=coordonnateur.nom, referent_ase=referent.nom)
    if derniere is not None:
        f.une_rencontre(jeune, le=f.il_y_a(derniere), jeune_present=True)
    f.une_rencontre(jeune, le=f.il_y_a(2), jeune_present=False)


@pytest.fixture
def entrer(app, base):
    return lambda qui: ouvrir_session(app.test_client(), base[qui])


def compteurs(client) -> dict[str, tuple[str, int]]:
    """Words → (list, number) of the cards of the home page; each list holds as many records."""
    lus = {}
    cartes = "".join(re.findall(r'<ul class="trio">.*?</ul>', client.get("/").text))
    for adresse, nombre, libelle in NOMBRE.findall(cartes):
        lus[html.unescape(libelle)] = (html.unescape(adresse), int(nombre))
    for adresse, nombre in lus.values():
        reponse = client.get(adresse)
        assert reponse.status_code == 200, adresse
        dits = re.search(r"(\d+) fiches?<|À décider\D*(\d+)", reponse.text)
        assert nombre == (int(dits[1] or dits[2]) if dits else 0), adresse
    return lus


def nombres(client) -> dict[str, int]:
    return {libelle: nombre for libelle, (_, nombre) in compteurs(client).items()}


def emportes(client) -> int:
    """The files taken away lately: « 1 fichier emporté », « 2 fichiers emportés »."""
    dit = re.compile(f"fichiers? emportés? en {p.SORTIES_DE_DONNEES_JOURS.dit}")
    [nombre] = [nombre for mots, nombre in nombres(client).items() if dit.fullmatch(mots)]
    return nombre


def test_le_coordonnateur_voit_ses_jeunes_sans_nouvelles(entrer):
    lus = nombres(entrer("coordonnateur"))
    silences = {mots: lus[mots] for mots in ("30 jours", "60 jours", "90 jours")}
    assert silences == {"30 jours": 4, "60 jours": 3, "90 jours": 2}


def test_le_coordonnateur_voit_le_tableau_du_mois(entrer):
    page = html.unescape(entrer("coordonnateur").get("/").text)
    assert "Préparer le tableau" in page
    assert f"/tableau/?mois={mois_a_rendre(aujourd_hui()):%Y-%m}&mds=ART" in page


def test_le_referent_voit_ses_anniversaires_et_ses_orientations(entrer):
    lus = nombres(entrer("referent"))
    ages = {mots: lus[mots] for mots in ("17 ans", "18 ans")}
    assert ages == {"17 ans": 1, "18 ans": 2}
    envoyees = {mots: lus[mots] for mots in ("sans réponse", "acceptée", "renvoyée")}
    assert envoyees == {"sans réponse": 1, "acceptée": 1, "renvoyée": 1}


def test_le_slai_voit_les_tableaux_les_reunions_et_les_partenaires(entrer, base):
    client = entrer("slai")
    lus = nombres(client)
    assert lus["à venir"] == 1
    assert lus["passé, à mettre à jour"] == 1
    assert lus["à rappeler"] == 1
    assert f'href="/envois/{base["envoi"]}">Vérifier' in client.get("/").text


def test_le_responsable_voit_la_charge_les_transferts_et_les_habilitations(entrer, base):
    client = entrer("responsable")
    lus = nombres(client)
    assert lus["à accepter ou refuser"] == 1
    assert lus["en attente, dans les deux sens"] == 1
    assert lus[f"finit dans les {p.FIN_D_HABILITATION_JOURS.dit}"] == 1
    charge = re.findall(r'/jeunes/\?(coordonnateur=[^"]+)">(\d+)<', client.get("/").text)
    assert [int(nombre) for _, nombre in charge] == [10, 3, 0]
    for ou, nombre in charge:
        page = client.get(html.unescape(f"/jeunes/?{ou}")).text
        dits = re.search(r"(\d+) fiches?<", page)
        assert int(nombre) == (int(dits[1]) if dits else 0), ou


def test_le_responsable_lit_les_fichiers_emportes_de_sa_mds(entrer, base):
    client = entrer("responsable")
    jeune = re.search(r'href="/jeunes/(\d+)"', client.get("/jeunes/").text)[1]
    avant = emportes(client)
    reponse = poster(
        client,
        f"/jeunes/{jeune}/exporter",
        {"finalite": "SUIVI", "motif": "Demande d’accès"},
        page=f"/jeunes/{jeune}/exporter",
    )
    assert reponse.status_code == 200
    reponse.close()
    assert emportes(client) == avant + 1


def test_le_dpo_voit_les_demandes_et_les_sorties(entrer):
    client = entrer("dpo")
    lus = nombres(client)
    assert lus["à répondre, dans le délai"] == 1
    assert lus["en retard"] == 1
    assert emportes(client) >= 0
    assert lus["dossiers à examiner"] == 2
    assert 'href="/usages-inhabituels/"' in client.get("/").text


def test_l_administrateur_voit_les_comptes_les_roles_et_le_service(entrer):
    client = entrer("administrateur")
    lus = nombres(client)
    assert lus["ouverts, jamais utilisés"] >= 2
    assert lus[f"finit dans les {p.FIN_D_HABILITATION_JOURS.dit}"] == 1
    page = client.get("/").text
    assert "Sauvegarde" in page
    assert "Sceaux du journal" in page


@pytest.mark.parametrize("qui", ["coordonnateur", "referent", "slai", "dpo", "administrateur"])
def test_personne_ne_voit_la_charge_des_autres(entrer, qui):
    assert 'id="charge"' not in entrer(qui).get("/").text


def test_le_coordonnateur_lit_ses_heures_et_tient_le_rendez_vous_du_jour(entrer, base, tous):
    with tous() as session:
        jeune = f.un_jeune(prenom="Ondine", nom="Dujour")
        f.un_binome(jeune, coordonnateur="Nour Delestrez")
        prevue = {"statut_code": "PREVUE", "jeune_present": None}
        a_l_heure = {"heure": time(9, 30), "duree": 45, "type_code": "TRIPARTITE"}
        f.une_rencontre(jeune, le=aujourd_hui(), **prevue, **a_l_heure)
        f.une_rencontre(jeune, le=f.dans(3), **prevue, heure=time(14), type_code="TRIPARTITE")
        session.commit()
        numero = jeune.id
    page = entrer("coordonnateur").get("/").text
    lignes = re.findall(r'<li><span class="heure">(.*?)</span><span class="qui">(.*?)</li>', page)
    (matin, du_jour), (apres, plus_tard) = [x for x in lignes if "Ondine Dujour" in x[1]]
    assert "<strong>9\u00a0h\u00a030</strong><span>45\u00a0min</span>" in matin
    assert "<strong>14\u00a0h</strong>" in apres
    tenir = f"/tenir-le-rendez-vous-tripartite/{numero}"
    assert tenir in du_jour and tenir not in plus_tard
    assert tenir not in entrer("slai").get("/").text


@pytest.mark.parametrize(
    ("le", "dernier"),
    [
        (date(2026, 11, 30), date(2026, 12, 13)),
        (date(2026, 12, 4), date(2026, 12, 13)),
        (date(2026, 12, 6), date(2026, 12, 13)),
        (date(2026, 12, 7), date(2026, 12, 20)),
    ],
)
def test_cette_semaine_et_la_suivante_finissent_un_dimanche(le, dernier):
    assert a_venir.fin_de_la_semaine_suivante(le) == dernier


def test_le_pilotage_lit_le_departement_en_une_page(entrer, tous):
    with tous() as session:
        convention = f.une_convention()
        f.un_objectif(convention, indicateur="S1", sens="AU_PLUS", cible=Decimal(5))
        f.un_poste()
        session.commit()
    page = html.unescape(entrer("dpid").get("/").text)
    mds = page.split('id="les-mds"')[1].split("</section>")[0]
    titres = re.findall(r"<th scope=\"col\"[^>]*>([^<]+)<", mds)
    assert titres[1:4] == [
        "Jeunes accompagnés, depuis un an",
        "Rendez-vous en 15 jours",
        "Hors délai",
    ]
    assert "cible : au plus 5" in titres[4]
    assert titres[5:7] == ["Complétude", "Réunions du moment"]
    assert titres[7].startswith("Tableau ")
    argent = page.split('id="argent"')[1].split("</section>")[0]
    for moyen in ("Postes de coordonnateur", "Subvention", "Téléphone et ordinateur"):
        assert moyen in argent
    assert "Le tableau de ce graphique" in page
    assert "Tableaux de l’année" in page


def test_le_pilotage_ouvre_la_liste_de_chaque_chiffre_d_une_mds(entrer):
    """The nine MDS in one table; a youth counted is in the list that the number opens."""
    client = entrer("dpid")
    page = html.unescape(client.get("/").text)
    lignes = re.findall(r'/indicateurs/\?mds=(\w+)&sur=12mois"', page)
    assert len(lignes) == 9
    suivis = re.search(r'"(/indicateurs/I4\?mds=ART&sur=jour)">(\d+)<', page)
    retards = re.search(r'"(/indicateurs/I3d\?mds=ART&reponse=non&sur=12mois)">(\d+)<', page)
    assert int(suivis[2]) == 10
    assert int(retards[2]) > 0
    for adresse, nombre in (suivis.groups(), retards.groups()):
        liste = client.get(adresse)
        assert liste.status_code == 200
        assert re.search(rf"(?:Compté|Non) : {nombre}<", liste.text), adresse


def test_le_pilotage_ne_lit_pas_les_mds_une_a_une(entrer):
    client = entrer("dpid")
    client.get("/")
    with ordres_sql() as ordres:
        client.get("/")
    assert len(ordres) <= 20
    assert not [ordre for ordre in ordres if "WHERE mds.id = " in ordre]
