"""A temporary password only serves to choose one."""

from datetime import timedelta

from tests.connexions import (
    NEUF,
    REFUS,
    entre,
    poster,
    remettre,
    se_connecter,
)


def test_le_premier_mot_de_passe_ne_sert_qu_a_en_choisir_un_et_rien_d_autre_ne_s_ouvre(
    client, autre, neuf
):
    compte, tire = neuf
    reponse = se_connecter(client, compte.username, tire, suite="/jeunes/")
    assert reponse.location == "/login/mot-de-passe?next=/jeunes/"
    assert not entre(client)
    assert client.get("/jeunes/").status_code == client.get("/mon-compte/").status_code == 302
    for nouveau, encore, phrase in (
        ("court", "court", "au moins 15 caractères"),
        (NEUF, "autre chose", "pas identiques"),
        (tire, tire, "mot de passe actuel"),
        (f"{compte.username} {compte.username}", "", "votre identifiant"),
    ):
        refuse = poster(client, "/login/mot-de-passe", {"nouveau": nouveau, "encore": encore})
        assert (refuse.status_code, phrase in refuse.text) == (400, True)
        assert not entre(client)
    choisi = poster(client, "/login/mot-de-passe?next=/jeunes/", {"nouveau": NEUF, "encore": NEUF})
    assert choisi.location == "/jeunes/"
    assert entre(client)
    assert se_connecter(autre, compte.username, tire).status_code == 401
    assert se_connecter(autre, compte.username, NEUF).location == "/"


def test_un_mot_de_passe_temporaire_perime_est_refuse_et_ne_dit_rien_a_qui_ne_le_connait_pas(
    client, base, neuf
):
    compte, tire = neuf
    base(
        "update authentification set temporaire_jusqu_au = now() - interval '1 minute' where"
        " compte_id = :c",
        c=compte.id,
    )
    assert (
        "Ce mot de passe temporaire n’est plus valable"
        in se_connecter(client, compte.username, tire).text
    )
    assert REFUS in se_connecter(client, compte.username, "faux").text
    assert not entre(client)


def test_le_mot_de_passe_temporaire_dure_sept_jours(base, neuf):
    reste = base(
        "select temporaire_jusqu_au - now() from authentification where compte_id = :c",
        c=neuf[0].id,
    )[0][0]
    assert timedelta(days=6.9) < reste <= timedelta(days=7)


def test_le_temoin_de_l_etape_ne_sert_plus_apres_une_remise_a_zero(client, base, neuf):
    compte, tire = neuf
    se_connecter(client, compte.username, tire)
    remettre(base, compte)
    assert client.get("/login/mot-de-passe").location.startswith("/login/?")
