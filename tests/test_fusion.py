"""Two files of one youth made one: field by field, with all their history, and taken apart again in
one click."""

import html

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from app import acces
from app.extensions import db
from app.models import Alerte, Binome, Evenement, Fusion, Jeune, Mesure, Rencontre
from tests import factories as f
from tests.connexions import ouvrir_session, poster
from tests.ordres_sql import ordres_sql

ICI, AILLEURS = "ART", "ARR"


@pytest.fixture(scope="module")
def comptes(app):
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        numeros = {
            role: f.un_compte(role, ICI).id
            for role in ("COORDONNATEUR", "REFERENT_SEF", "SLAI", "RESPONSABLE")
        }
        numeros["double"] = f.un_compte("RESPONSABLE", ICI).id
        f.une_habilitation(db.session.get(f.Compte, numeros["double"]), "RESPONSABLE", AILLEURS)
        numeros["partage"] = f.un_compte("RESPONSABLE", ICI).id
        f.une_habilitation(db.session.get(f.Compte, numeros["partage"]), "SLAI", AILLEURS)
        db.session.commit()
    return numeros


@pytest.fixture
def agent(app, comptes):
    return lambda role="RESPONSABLE": ouvrir_session(app.test_client(), comptes[role])


@pytest.fixture
def paire(faire):
    """A file kept, and the other one of the same youth, with a record of most kinds."""
    garde = faire(f.un_jeune, ICI, nom="Delattre", prenom="Zoé", telephone="06 39 98 00 01")
    autre = faire(
        f.un_jeune,
        ICI,
        nom="Delatre",
        prenom="Zoe",
        telephone="06 39 98 00 02",
        courriel="zoe@example.org",
    )
    faire(f.une_alerte, garde)
    faire(f.une_alerte, autre, motif_code="AUTRE")
    faire(f.une_rencontre, autre)
    faire(f.une_mesure, autre)
    faire(f.un_binome, autre)
    return garde, autre


@pytest.fixture
def lire(app):
    def executer(requete):
        with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
            return db.session.execute(requete).all()

    return executer


def fusionner(client, garde: int, autre: int, **champs):
    page = f"/fusions/comparer?jeune={garde}&autre={autre}"
    lue = client.get(page)
    assert lue.status_code == 200, lue.text
    versions = lue.text.split('name="versions" value="')[1].split('"')[0]
    choix = {f"champ-{nom}": valeur for nom, valeur in champs.items()}
    return poster(
        client,
        "/fusions/comparer",
        {"jeune": garde, "autre": autre, "versions": versions, **choix},
        page=page,
    )


def derniere(lire, garde: int) -> int:
    return lire(select(func.max(Fusion.id)).where(Fusion.jeune_id == garde))[0][0]


def etat(lire) -> list:
    """Everything that belongs to youths, as the base holds it; versions aside."""
    return [
        lire(text(f"select to_jsonb(t) - 'version' from {table} t order by id"))
        for table in (
            "jeune",
            "alerte",
            "rencontre",
            "mesure",
            "binome",
            "transfert",
            "rattachement",
        )
    ]


def test_deux_dossiers_n_en_font_plus_qu_un_avec_les_valeurs_choisies(agent, paire, lire):
    garde, autre = paire
    rendu = fusionner(agent("REFERENT_SEF"), garde, autre, courriel="autre", telephone="garde")
    assert (rendu.status_code, rendu.location) == (302, f"/jeunes/{garde}")
    assert lire(select(Jeune.nom, Jeune.telephone, Jeune.courriel).where(Jeune.id.in_(paire))) == [
        ("Delattre", "06 39 98 00 01", "zoe@example.org")
    ]
    for classe, n in ((Alerte, 2), (Rencontre, 1), (Mesure, 1), (Binome, 1)):
        assert len(lire(select(classe.id).where(classe.jeune_id == garde))) == n
        assert not lire(select(classe.id).where(classe.jeune_id == autre))


def test_l_histoire_des_deux_se_lit_depuis_le_dossier_garde(agent, paire, lire):
    garde, autre = paire
    fusionner(agent(), garde, autre)
    for role in ("RESPONSABLE", "COORDONNATEUR", "SLAI"):
        page = html.unescape(agent(role).get(f"/journal/historique/jeune/{garde}").text)
        assert "06 39 98 00 02" in page and "06 39 98 00 01" in page
        assert "Fusion du dossier" in page
    (suppression,) = lire(
        select(Evenement.id).where(
            Evenement.table_nom == "jeune",
            Evenement.cle == str(autre),
            Evenement.operation == "suppression",
        )
    )
    rendu = poster(agent(), f"/journal/{suppression[0]}/restaurer", page="/mon-compte/")
    assert rendu.status_code == 404, "undone as a whole, not line by line"


def test_le_dossier_garde_dit_lequel_y_est_entre_et_retablit_ses_fiches(
    app, agent, paire, faire, lire
):
    garde, autre = paire
    perdue = faire(f.un_frein, autre)
    with app.app_context(), acces.acteur(acces.TOUS):
        db.session.execute(text("delete from frein where id = :n"), {"n": perdue})
        db.session.commit()
    client = agent()
    fusionner(client, garde, autre)
    assert f"/fusions/{derniere(lire, garde)}" in client.get(f"/jeunes/{garde}").text
    (ligne,) = lire(
        select(Evenement.id).where(
            Evenement.table_nom == "frein",
            Evenement.cle == str(perdue),
            Evenement.operation == "suppression",
        )
    )
    poster(client, f"/journal/{ligne[0]}/restaurer", page="/mon-compte/")
    assert lire(text(f"select jeune_id from frein where id = {perdue}")) == [(garde,)]


def test_la_fusion_s_annule_d_un_clic_et_tout_revient(agent, paire, lire):
    garde, autre = paire
    avant = etat(lire)
    client = agent()
    fusionner(client, garde, autre, courriel="autre", nom="autre")
    assert etat(lire) != avant
    fiche = f"/fusions/{derniere(lire, garde)}"
    assert "Annuler la fusion" in client.get(fiche).text
    rendu = poster(client, f"{fiche}/annuler", page=fiche, follow_redirects=True)
    assert "de nouveau séparés" in rendu.text
    assert etat(lire) == avant
    assert "Annuler la fusion</button>" not in client.get(fiche).text
    assert client.get(f"/jeunes/{autre}").status_code == 200
    rendu = poster(client, f"{fiche}/annuler", page=fiche, follow_redirects=True)
    assert "déjà annulée" in rendu.text


def test_ce_qui_a_ete_fait_depuis_reste_au_dossier_garde(agent, paire, faire, lire, app):
    garde, autre = paire
    client = agent()
    fusionner(client, garde, autre, courriel="autre", telephone="autre")
    depuis = faire(f.une_alerte, garde, du=f.il_y_a(2))
    with app.app_context(), acces.acteur(acces.TOUS):
        db.session.execute(
            text("update jeune set telephone = '06 39 98 00 03' where id = :n"), {"n": garde}
        )
        db.session.commit()
    fiche = f"/fusions/{derniere(lire, garde)}"
    poster(client, f"{fiche}/annuler", page=fiche)
    assert lire(select(Alerte.jeune_id).where(Alerte.id == depuis)) == [(garde,)]
    assert lire(select(Jeune.telephone, Jeune.courriel).where(Jeune.id == garde)) == [
        ("06 39 98 00 03", None)
    ]
    assert lire(select(Jeune.telephone, Jeune.courriel).where(Jeune.id == autre)) == [
        ("06 39 98 00 02", "zoe@example.org")
    ]


def test_des_fiches_qui_se_contredisent_sont_dites_et_rien_n_est_fait_a_moitie(
    agent, paire, faire, lire
):
    garde, autre = paire
    faire(f.un_binome, garde, du=f.il_y_a(100))
    faire(f.une_mesure, garde)
    avant, client = etat(lire), agent()
    page = html.unescape(client.get(f"/fusions/comparer?jeune={garde}&autre={autre}").text)
    assert "À régler d’abord" in page and "Fusionner les deux dossiers" not in page
    assert (
        "Binôme : Ce jeune a déjà un binôme pendant cette période : mettez fin au précédent"
        f" d’abord. (du {f.il_y_a(300):%d/%m/%Y}" in page
    )
    assert (
        "Mesure ASE : Cette mesure est déjà enregistrée à cette date. (le"
        f" {f.il_y_a(600):%d/%m/%Y})" in page
    )
    rendu = fusionner(client, garde, autre)
    assert rendu.status_code == 409
    assert etat(lire) == avant and not lire(select(Fusion.id).where(Fusion.jeune_id == garde))


def test_un_transfert_en_attente_empeche(agent, paire, faire, lire):
    garde, autre = paire
    faire(lambda: f.un_transfert(db.session.get(Jeune, autre)))
    avant, client = etat(lire), agent()
    assert "Un transfert de l’un des deux dossiers attend" in html.unescape(
        client.get(f"/fusions/comparer?jeune={garde}&autre={autre}").text
    )
    assert fusionner(client, garde, autre).status_code == 409
    assert etat(lire) == avant


def test_on_ne_fusionne_que_la_ou_l_on_peut_ecrire_dans_les_deux(app, comptes, agent, faire):
    ici, la = faire(f.un_jeune, ICI), faire(f.un_jeune, AILLEURS)
    for qui in ("RESPONSABLE", "partage"):
        for paire in ((ici, la), (la, ici)):
            assert (
                agent(qui).get(f"/fusions/comparer?jeune={paire[0]}&autre={paire[1]}").status_code
                == 404
            )
    refus = set()
    with app.app_context():
        for qui, paire in (
            ("RESPONSABLE", (ici, la)),
            ("RESPONSABLE", (ici, 987654)),
            ("partage", (ici, la)),
            ("COORDONNATEUR", (ici, ici)),
            ("SLAI", (la, ici)),
        ):
            with acces.acteur(comptes[qui]):
                refus.add(
                    db.session.scalar(
                        text("select acces.fusionner(:a, :b, '{}', 'x', true)"),
                        {"a": paire[0], "b": paire[1]},
                    )
                )
    assert refus == {None}
    assert fusionner(agent("double"), ici, la).status_code == 302


def test_deux_mds_puis_annulee_chacun_retrouve_la_sienne(agent, faire, lire):
    ici, la = faire(f.un_jeune, ICI), faire(f.un_jeune, AILLEURS)
    faire(f.une_rencontre, la)
    avant = etat(lire)
    fusionner(agent("double"), ici, la)
    fiche = f"/fusions/{derniere(lire, ici)}"
    assert "Annuler la fusion</button>" not in agent("RESPONSABLE").get(fiche).text
    assert "ce n’est pas à vous" in html.unescape(
        poster(agent("RESPONSABLE"), f"{fiche}/annuler", page=fiche, follow_redirects=True).text
    )
    poster(agent("double"), f"{fiche}/annuler", page=fiche)
    assert etat(lire) == avant


def test_trois_dossiers_se_separent_dans_l_ordre_inverse(agent, faire, lire):
    a, b, c = (faire(f.un_jeune, ICI, nom=f"Trois{n}") for n in "abc")
    faire(f.une_alerte, a)
    avant, client = etat(lire), agent()
    fusionner(client, b, a)
    premiere = f"/fusions/{derniere(lire, b)}"
    fusionner(client, c, b)
    page = html.unescape(client.get(f"/journal/historique/jeune/{c}").text)
    assert "Troisa" in page and "Troisb" in page
    seconde = f"/fusions/{derniere(lire, c)}"
    assert "Une fusion plus récente" in html.unescape(
        poster(client, f"{premiere}/annuler", page=premiere, follow_redirects=True).text
    )
    for fiche in (seconde, premiere):
        poster(client, f"{fiche}/annuler", page=fiche)
    assert etat(lire) == avant


def test_un_dossier_change_pendant_la_comparaison_fait_relire(app, agent, paire, lire):
    garde, autre = paire
    client = agent()
    page = f"/fusions/comparer?jeune={garde}&autre={autre}"
    rendu = poster(
        client, "/fusions/comparer", {"jeune": garde, "autre": autre, "versions": "0.0"}, page=page
    )
    assert rendu.status_code == 409 and "vient de changer" in rendu.text
    assert not lire(select(Fusion.id).where(Fusion.jeune_id == garde))


def test_personne_n_ecrit_une_fusion_ni_ne_deplace_une_fiche_sans_la_fonction(app, comptes, paire):
    garde, autre = paire
    with app.app_context(), acces.acteur(comptes["RESPONSABLE"]):
        for ordre in (
            (
                "insert into fusion (jeune_id, mds_id, absorbe_id, code_garde, code_absorbe,"
                " absorbe, avant, deplacees, fusionnee_par) select id, mds_id, 1, 'a', 'b', '{}',"
                " '{}', '{}', 'x' from jeune where id = :g"
            ),
            "update rencontre set jeune_id = :g where jeune_id = :a",
            "select acces.deplacer_fiches(:a, :g, 1, null)",
        ):
            with pytest.raises(DBAPIError):
                db.session.execute(text(ordre), {"g": garde, "a": autre})
            db.session.rollback()
        assert db.session.execute(text("update fusion set annulee_par = 'x'")).rowcount == 0


def test_comparer_demande_un_nombre_constant_d_ordres_et_n_ecrit_que_le_journal(
    app, agent, paire, faire, lire
):
    garde, autre = paire
    avant, client, comptes = etat(lire), agent(), []
    for _ in range(2):
        with ordres_sql() as ordres:
            client.get(f"/fusions/comparer?jeune={garde}&autre={autre}")
        comptes.append(len(ordres))
        assert etat(lire) == avant
        for n in range(5):
            faire(f.une_rencontre, autre, le=f.il_y_a(50 + n))
        avant = etat(lire)
    assert comptes[0] == comptes[1]


# At entry


def test_a_la_saisie_un_jeune_ne_le_meme_jour_au_nom_proche_fait_avertir(app, agent, faire, lire):
    naissance = f.il_y_a(17 * 366 + 5)
    connu = faire(f.un_jeune, ICI, nom="Caudron", prenom="Mélissa", date_naissance=naissance)
    with app.app_context(), acces.acteur(acces.TOUS):
        mds = f.numero_mds(ICI)
    client = agent("REFERENT_SEF")
    saisie = {
        "nom": "Caudront",
        "prenom": "Melissa",
        "date_naissance": naissance.isoformat(),
        "mds_id": mds,
    }
    rendu = poster(client, "/jeunes/ajouter", saisie)
    page = html.unescape(rendu.text)
    assert (
        rendu.status_code == 422 and f'href="/jeunes/{connu}"' in page and "Mélissa Caudron" in page
    )
    assert (
        poster(
            client,
            "/jeunes/ajouter",
            saisie | {"date_naissance": f.il_y_a(17 * 366 + 6).isoformat()},
        ).status_code
        == 302
    )
    assert poster(client, "/jeunes/ajouter", saisie | {"pas_un_doublon": "oui"}).status_code == 302
    assert len(lire(select(Jeune.id).where(Jeune.nom == "Caudront"))) == 2


def test_un_jeune_d_une_autre_mds_ne_fait_rien_dire(app, agent, faire):
    naissance = f.il_y_a(17 * 366 + 15)
    faire(f.un_jeune, AILLEURS, nom="Invisible", prenom="Paul", date_naissance=naissance)
    with app.app_context(), acces.acteur(acces.TOUS):
        mds = f.numero_mds(ICI)
    saisie = {
        "nom": "Invisible",
        "prenom": "Paul",
        "date_naissance": naissance.isoformat(),
        "mds_id": mds,
    }
    assert poster(agent("REFERENT_SEF"), "/jeunes/ajouter", saisie).status_code == 302


def test_depuis_la_fiche_on_trouve_le_doublon(agent, paire):
    garde, autre = paire
    client = agent()
    assert f"/fusions/choisir?jeune={garde}" in client.get(f"/jeunes/{garde}").text
    assert f"jeune={garde}&amp;autre={autre}" in client.get(f"/fusions/choisir?jeune={garde}").text
    assert "/fusions/choisir" not in agent("COORDONNATEUR").get(f"/jeunes/{garde}").text
