"""No one alone: the administrator opens no file, neither by a role, nor by a reset, nor without the
DPO; what is confirmed by a second person is done once."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app import acces
from app.extensions import db
from app.models import Compte, Habilitation
from app.rappels import tournee
from app.regles.age import aujourd_hui
from tests import factories as f
from tests import serveur_smtp
from tests.connexions import poster
from tests.serveurs import port_libre

COMPTES = {
    "administrateur": ("ADMINISTRATEUR", None),
    "responsable": ("RESPONSABLE", "ART"),
    "arrageois": ("RESPONSABLE", "ARR"),
    "dpo": ("DPO", None),
    "coordonnateur": ("COORDONNATEUR", "ART"),
}


@pytest.fixture
def admin(agent):
    return agent("administrateur")


@pytest.fixture
def nouveau(faire) -> int:
    """An account without any role, that the administrator has just made."""
    return faire(f.un_compte)


def donner(client, compte: int, role: str, mds: str | None, app, **champs):
    with app.app_context(), acces.acteur(acces.TOUS):
        numero = f.numero_mds(mds) if mds else ""
        db.session.remove()
    saisie = {
        "compte_id": compte,
        "role_code": role,
        "mds_id": numero or "",
        "du": f.il_y_a(0).isoformat(),
        "motif": "Prise de poste",
        **champs,
    }
    return poster(client, "/habilitations/ajouter", saisie)


def roles(tous, compte: int) -> list[str]:
    with tous() as session:
        ordre = (
            "select role_code from habilitation where compte_id = :c"
            " and current_date between du and coalesce(au, 'infinity')"
        )
        return list(session.scalars(text(ordre), {"c": compte}))


def demandes(tous, compte: int) -> list:
    with tous() as session:
        ordre = (
            "select id, genre, role_code, confirme_le, refuse_le, fait_le from acte_a_deux"
            " where compte_id = :c order by id"
        )
        return session.execute(text(ordre), {"c": compte}).all()


def repondre(client, numero: int, reponse: str = "confirmer"):
    adresse = f"/actes-a-deux/{numero}"
    return poster(client, f"{adresse}/repondre", {"reponse": reponse}, page=adresse)


# --- The administrator alone: 0 of 3 paths to a file


def test_seul_il_ne_fait_d_un_compte_ni_un_responsable_d_artois_ni_un_agent(
    app, admin, nouveau, tous
):
    for role, mds in (("RESPONSABLE", "ART"), ("COORDONNATEUR", "ART"), ("SLAI", "ARR")):
        refus = donner(admin, nouveau, role, mds, app)
        assert refus.status_code == 422 and "responsable de la MDS de le donner" in refus.text
    assert donner(admin, nouveau, "DPO", None, app).status_code == 302
    assert donner(admin, nouveau, "COORDONNATEUR", None, app).status_code == 302
    assert donner(admin, nouveau, "RESPONSABLE", "BOU", app).status_code == 302
    assert roles(tous, nouveau) == [] and len(demandes(tous, nouveau)) == 3


def test_seul_il_ne_reinitialise_pas_un_responsable(app, admin, comptes, tous, agent):
    lui = comptes["responsable"]
    avant = hache(tous, lui)
    for acte in ("mot-de-passe", "second-facteur"):
        suite = poster(admin, f"/comptes/{lui}/{acte}", page=f"/comptes/{lui}")
        assert suite.status_code == 302
    courriel = {"first_name": "A", "last_name": "B", "email": "a.moi@example.test", "version": ""}
    page = f"/comptes/{lui}/modifier"
    assert "après confirmation" in poster(admin, page, courriel).text
    assert hache(tous, lui) == avant
    assert {d.genre for d in demandes(tous, lui)} >= {"MOT_DE_PASSE", "SECOND_FACTEUR", "COURRIEL"}


def test_seul_il_ne_ferme_pas_le_dernier_dpo_ni_ne_lui_retire_son_role(app, admin, comptes, tous):
    lui = comptes["dpo"]
    poster(admin, f"/comptes/{lui}/fermer", page=f"/comptes/{lui}")
    with tous() as session:
        trouve = select_habilitation(session, lui)
        assert session.scalar(text("select active from ab_user where id = :c"), {"c": lui})
    poster(admin, f"/habilitations/{trouve}/retirer", page=f"/habilitations/{trouve}")
    assert roles(tous, lui) == ["DPO"]


def select_habilitation(session, compte: int) -> int:
    return session.query(Habilitation).filter_by(compte_id=compte).one().id


def hache(tous, compte: int):
    with tous() as session:
        ordre = "select password, email from ab_user where id = :c"
        return session.execute(text(ordre), {"c": compte}).one()


HABILITER = "insert into habilitation (compte_id, role_code, mds_id, du) values"
DEMANDER = "insert into acte_a_deux (genre, compte_id, demande_par_id) values"
ECRIRE = "insert into rappel (compte_id, genre, cle, objet, corps) values"
INTERDITS = [
    f"{HABILITER} (:nouveau, 'RESPONSABLE', 1, current_date)",
    f"{HABILITER} (:nouveau, 'DPO', null, current_date)",
    "update habilitation set au = null, du = current_date where id = :finie",
    "update habilitation set au = '2020-01-02', du = '2020-01-01' where compte_id = :dpo",
    "update ab_user set password = 'x' where id = :responsable",
    "update ab_user set email = 'a@example.test' where id = :responsable",
    "update ab_user set active = false where id = :dpo",
    "insert into authentification (compte_id, totp_secret) values (:coordonnateur, 'x')",
    f"{DEMANDER} ('MOT_DE_PASSE', :responsable, :responsable)",
    "update acte_a_deux set confirme_le = now()",
    "select acces.repondre_acte_a_deux(:acte, true)",
    f"{ECRIRE} (:dpo, '', '', '', '')",
]


@pytest.mark.parametrize("ordre", INTERDITS)
def test_la_base_elle_meme_le_refuse(app, comptes, nouveau, faire, tous, ordre):
    """What the screens would not even offer, said to the base as the administrator."""
    with tous() as session:
        compte = session.get(Compte, nouveau)
        passee = {"du": f.il_y_a(30), "au": f.il_y_a(2)}
        finie = f.une_habilitation(compte, "RESPONSABLE", "BOU", **passee).id
        session.commit()
    with app.app_context(), acces.acteur(comptes["administrateur"]):
        demander = text(
            "insert into acte_a_deux (genre, compte_id, demande_par_id) values"
            " ('MOT_DE_PASSE', :c, acces.compte_id()) returning id"
        )
        acte = db.session.scalar(demander, {"c": comptes["coordonnateur"]})
        with pytest.raises(DBAPIError):
            db.session.execute(
                text(ordre), {**comptes, "nouveau": nouveau, "finie": finie, "acte": acte}
            )
        db.session.rollback()
        db.session.remove()


# --- With a second person


def test_le_premier_responsable_d_une_mds_est_confirme_par_un_autre(
    app, admin, agent, nouveau, tous
):
    donner(admin, nouveau, "RESPONSABLE", "CAL", app)
    (demande,) = demandes(tous, nouveau)
    assert repondre(admin, demande.id).status_code == 403
    assert roles(tous, nouveau) == []
    assert "à confirmer ou refuser" in agent("dpo").get("/").text
    assert repondre(agent("dpo"), demande.id).status_code == 302
    assert roles(tous, nouveau) == ["RESPONSABLE"]
    assert repondre(agent("arrageois"), demande.id).status_code == 403


def test_la_personne_et_qui_peut_confirmer_en_recoivent_un_courriel(
    app, admin, agent, comptes, faire, tous, monkeypatch
):
    """Neither a name nor a role in it; the administrator who asked and a responsable of another
    MDS receive none."""
    port = port_libre()
    monkeypatch.setitem(app.config, "SMTP", serveur_smtp.reglages(port))
    lui = faire(f.un_compte, "COORDONNATEUR", "ART")
    poster(admin, f"/comptes/{lui}/mot-de-passe", page=f"/comptes/{lui}")
    (demande,) = demandes(tous, lui)
    repondre(agent("dpo"), demande.id)
    boite = serveur_smtp.Boite()
    with serveur_smtp.servir(boite, port):
        assert tournee.faire(app, aujourd_hui()).est_bon
    with tous() as session:
        adresses = dict(session.execute(text("select id, email from ab_user")).all())
    recus = {
        (m["To"], m["Subject"])
        for m in boite.recus
        if f"/actes-a-deux/{demande.id}" in m.get_content()
    }
    demandee = "Tandem : un acte attend une réponse"
    for qui in (lui, comptes["dpo"], comptes["responsable"]):
        assert (adresses[qui], demandee) in recus
    for qui in (comptes["administrateur"], comptes["arrageois"], comptes["coordonnateur"]):
        assert adresses[qui] not in {a for a, objet in recus if objet == demandee}
    assert len({objet for _, objet in recus}) == 2, "and how it was answered"
    assert adresses[lui] in {a for a, objet in recus if objet != demandee}
    assert not any("Coordonnateur" in m.get_content() for m in boite.recus)


def test_un_refus_ne_fait_rien(app, admin, agent, nouveau, tous):
    donner(admin, nouveau, "RESPONSABLE", "TER", app)
    (demande,) = demandes(tous, nouveau)
    repondre(agent("arrageois"), demande.id, "refuser")
    assert roles(tous, nouveau) == [] and demandes(tous, nouveau)[0].refuse_le


def test_un_mot_de_passe_confirme_se_donne_une_fois(admin, agent, faire, tous):
    with tous():
        pass
    lui = faire(f.un_compte, "COORDONNATEUR", "ART")
    page = f"/comptes/{lui}"
    poster(admin, f"{page}/mot-de-passe", page=page)
    (demande,) = demandes(tous, lui)
    assert (
        "déjà demandé"
        in poster(admin, f"{page}/mot-de-passe", page=page, follow_redirects=True).text
    )
    repondre(agent("responsable"), demande.id)
    assert "provisoire" in poster(admin, f"{page}/mot-de-passe", page=page).text
    assert poster(admin, f"{page}/mot-de-passe", page=page).status_code == 302
    assert len(demandes(tous, lui)) == 2


def test_une_demande_vaut_vingt_quatre_heures(app, admin, agent, faire, tous):
    lui = faire(f.un_compte, "COORDONNATEUR", "ART")
    poster(admin, f"/comptes/{lui}/second-facteur", page=f"/comptes/{lui}")
    (demande,) = demandes(tous, lui)
    with tous() as session:
        vieillir = "update acte_a_deux set demande_le = now() - interval '25 hours' where id = :n"
        with pytest.raises(DBAPIError):
            session.execute(text(vieillir), {"n": demande.id})
    from sqlalchemy import create_engine

    moteur = create_engine(app.config["DATABASE_OWNER_URL"])
    with moteur.begin() as proprietaire:
        proprietaire.execute(text(vieillir), {"n": demande.id})
    moteur.dispose()
    assert repondre(agent("dpo"), demande.id).status_code == 403


def test_un_responsable_donne_un_role_dans_sa_mds_sans_personne(app, agent, nouveau, tous):
    assert donner(agent("responsable"), nouveau, "COORDONNATEUR", "ART", app).status_code == 302
    assert roles(tous, nouveau) == ["COORDONNATEUR"]


def test_l_administrateur_seul_gere_ce_qui_n_ouvre_aucun_dossier(app, admin, nouveau, tous):
    assert donner(admin, nouveau, "DPID", None, app).status_code == 302
    assert roles(tous, nouveau) == ["DPID"]
    assert (
        "provisoire"
        in poster(admin, f"/comptes/{nouveau}/mot-de-passe", page=f"/comptes/{nouveau}").text
    )
