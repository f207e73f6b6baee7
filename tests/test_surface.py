"""The web surface, on every route there is: what must hold whatever the screen. A route added
tomorrow is walked too.

The generated screens share their code. What is wrong (an address, a parameter, a form) is sent in
all its kinds to one route of each function that answers, and in one kind, in turn, to each other
route (``repartir``).
"""

import html
import itertools
import json
import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import pytest
from sqlalchemy import inspect, text
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import MethodNotAllowed, NotFound

from app import acces
from app.extensions import db
from app.models import Compte
from tests import factories as f
from tests.connexions import jeton, ouvrir_session, poster, se_connecter

OUVERTES = {
    "static",
    "sante.repondre",
    "Connexion.login",
    "Connexion.code",
    "Connexion.premier_mot_de_passe",
    "Connexion.second_facteur",
    "Connexion.image",
    "Connexion.fournisseur",
    "Connexion.retour",
    "Connexion.logout",
    "MonCompte.etat",
    "Accessibilite.index",  # the law asks for it: everyone reads it
    "Avis.index",
    "Avis.merci",
    "Agenda.flux",
}
"""What answers to a stranger: the way in, its own style, whether the server is alive. Adding a line
here opens a door."""
CHANGENT_SEULES = {
    *("journal", "session_ouverte", "tentative", "sceau", "alembic_version"),
    *("sortie_de_donnees", "part_de_sortie"),
}
"""Tables that a mere reading may write: the audit log of that reading, what is printed."""
FAUX = [
    "abc",
    "-1",
    "99999999999999999999",
    "1.5",
    "é",
    "\0",
    "' or 1=1--",
    "<script>alert(1)</script>",
    "x" * 3000,
]
ENTETES = {
    "Content-Security-Policy": "default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "",
    "Permissions-Policy": "",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
INDISCRETIONS = re.compile(
    r"traceback|psycopg|sqlalchemy|site-packages|werkzeug|/work/|file \"|select .* from"
    r" |relation \"|duplicate key",
)
DANS_LA_PAGE = re.compile(
    r"<script(?![^>]*\bsrc=)|<style|\son[a-z]+\s*=\s*[\"']|\sstyle\s*=|javascript:|<base\b",
)
"""Both are looked for in the page in lower case: ignoring the case costs seven times more."""


@pytest.fixture(scope="module")
def base(app):
    """A record of each kind, an account that may open everything, one that may open nothing."""
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        tout = f.un_compte("RESPONSABLE", None)
        for role in ("ADMINISTRATEUR", "DPID", "DPO"):
            f.une_habilitation(tout, role, None)
        rien = f.un_compte()
        jeune = f.un_jeune()
        for faire in (f.une_alerte, f.une_mesure, f.une_situation, f.un_frein, f.une_rencontre):
            faire(jeune)
        f.un_partenaire()
        f.une_instance()
        db.session.commit()
        return {"tout": tout.id, "rien": rien.id, "login": tout.username, "jeune": jeune.id}


@pytest.fixture(autouse=True)
def sans_essais(app):
    """The attempts of one test do not make the next one wait."""
    with app.app_context(), acces.acteur(acces.CONNEXION, canal="essai"):
        db.session.execute(text("delete from tentative"))
        db.session.commit()


@pytest.fixture
def tout(client, base):
    return ouvrir_session(client, base["tout"])


@pytest.fixture(scope="module")
def regles(app):
    return sorted(app.url_map.iter_rules(), key=lambda r: (r.rule, r.endpoint))


REPERE = "987654321"
"""Stands for a number while an address is built: what is no number is put there after."""


def fonction(app, regle) -> str:
    """The code that answers a route."""
    vue = app.view_functions[regle.endpoint]
    return getattr(vue, "__func__", vue).__qualname__


def repartir(app, regles, valeurs: list):
    """Each route and the values to try on it: all of them the first time that its function is met,
    then one, in turn."""
    connues = set()
    tour = itertools.cycle(valeurs)
    for regle in regles:
        siennes = [next(tour)] if fonction(app, regle) in connues else valeurs
        connues.add(fonction(app, regle))
        yield regle, siennes


def adresse(app, regle, valeur: str = "1") -> str:
    """An address of this route; « 1 » is nearly always a record."""
    with app.test_request_context():
        adaptateur = app.url_map.bind("localhost")
        valeurs = dict.fromkeys(regle.arguments, valeur)
        for nom, convertisseur in regle._converters.items():
            if type(convertisseur).__name__ == "IntegerConverter":
                valeurs[nom] = int(valeur) if valeur.isascii() and valeur.isdigit() else 1
            if type(convertisseur).__name__ == "NumeroConverter":
                valeurs[nom] = REPERE
        return adaptateur.build(regle.endpoint, valeurs).replace(REPERE, quote(valeur, safe="/"))


def controler(reponse) -> None:
    """What holds of every answer: no failure, the headers, nothing said of the machine, no script
    in the page."""
    ou = (
        f"{reponse.request.method}"
        f" {reponse.request.path}?{reponse.request.query_string.decode(errors='replace')[:200]}"
    )
    assert reponse.status_code < 500, ou
    for nom, debut in ENTETES.items():
        assert reponse.headers.get(nom, "?").startswith(debut), f"{ou} : {nom}"
    if reponse.request.path.startswith("/static/") and reponse.status_code == 200:
        reponse.close()
        return
    assert "no-store" in reponse.headers["Cache-Control"], ou
    assert "unsafe" not in reponse.headers["Content-Security-Policy"], ou
    if reponse.mimetype in ("text/html", "application/json"):
        page = reponse.get_data(as_text=True).lower()
        assert not INDISCRETIONS.search(page), f"{ou} : {INDISCRETIONS.search(page)}"
        if reponse.mimetype == "text/html":
            assert not DANS_LA_PAGE.search(page), f"{ou} : {DANS_LA_PAGE.search(page)}"
            assert "alert(1)</script>" not in page, ou
    reponse.close()


def contenu(app) -> dict[str, str]:
    """A fingerprint of each table that a reading must leave alone."""
    with app.app_context(), acces.acteur(acces.TOUS):
        tables = set(inspect(db.engine).get_table_names()) - CHANGENT_SEULES
        ordre = "select coalesce(md5(string_agg(t::text, '|' order by t::text)), '') from \"{}\" t"
        return {table: db.session.scalar(text(ordre.format(table))) for table in sorted(tables)}


# Who is not signed in, who has no right
# -------------------------------------------------------------------------------


def test_un_inconnu_n_obtient_rien_hors_de_la_page_de_connexion(app, regles, base):
    client = app.test_client()
    champ = jeton(client)
    for regle in regles:
        if regle.endpoint in OUVERTES:
            continue
        for methode in sorted(regle.methods & {"GET", "POST"}):
            donnees = {"csrf_token": champ} if methode == "POST" else None
            reponse = client.open(adresse(app, regle), method=methode, data=donnees)
            ou = f"{methode} {regle.rule}"
            assert reponse.status_code == 302, ou
            assert urlsplit(reponse.location).path == "/login/", ou
            assert len(reponse.data) < 1000, ou


def test_un_inconnu_ne_passe_pas_par_les_etapes_de_la_connexion(app, regles):
    for regle in regles:
        if (
            regle.rule.startswith("/login/")
            and regle.endpoint != "Connexion.login"
            and regle.endpoint not in ("Connexion.fournisseur", "Connexion.retour")
        ):
            assert urlsplit(app.test_client().get(adresse(app, regle)).location).path == "/login/"


def test_un_compte_sans_habilitation_n_ouvre_que_ce_qui_est_a_lui(app, regles, base):
    client = ouvrir_session(app.test_client(), base["rien"])
    ouverts = {
        r.endpoint
        for r in regles
        if "GET" in r.methods
        and r.endpoint not in OUVERTES
        and client.get(adresse(app, r)).status_code == 200
    }
    assert ouverts <= {
        "Accueil.index",
        "MonCompte.index",
        "MonCompte.mot_de_passe",
        "MonCompte.second_facteur",
        "MonCompte.image",
        "MesAcces.index",
        "DefinitionsView.index",
        "AideView.index",
        "AideView.plan",
        "TravauxView.index",
    }, ouverts


# Forgery, methods, reading that changes nothing
# -----------------------------------------------------------------------


def test_aucune_route_ne_change_rien_sans_le_jeton_du_formulaire(app, regles, tout):
    """No token, an empty one, a wrong one."""
    avant = contenu(app)
    ecrivent = [r for r in regles if ecriture(r)]
    for regle, champs in repartir(app, ecrivent, [{}, {"csrf_token": ""}, {"csrf_token": "faux"}]):
        for methode, donnees in itertools.product(ecriture(regle), champs):
            reponse = tout.open(adresse(app, regle), method=methode, data=donnees)
            assert reponse.status_code == 400, f"{methode} {regle.rule}"
            controler(reponse)
    assert contenu(app) == avant


def ecriture(regle) -> list[str]:
    return sorted(regle.methods - {"GET", "HEAD", "OPTIONS"})


def test_le_jeton_d_un_autre_ne_vaut_rien(app, tout, base):
    etranger = jeton(ouvrir_session(app.test_client(), base["rien"]), "/mon-compte/")
    assert tout.post("/logout/", data={"csrf_token": etranger}).status_code == 400
    assert tout.get("/mon-compte/").status_code == 200


def test_les_routes_n_acceptent_que_les_methodes_qu_elles_disent(app, regles, tout):
    """The map of the routes says it for each method; a request for one, in turn."""
    champ = jeton(tout, "/mon-compte/")
    adaptateur = app.url_map.bind("localhost")
    tour = itertools.cycle(["PUT", "PATCH", "DELETE", "TRACE", "POST"])
    for regle in regles:
        permises = set().union(*(r.methods for r in regles if r.rule == regle.rule))
        ou = adresse(app, regle)
        refusees = {"PUT", "PATCH", "DELETE", "TRACE", "POST"} - permises
        for methode in refusees:
            # A parameter may read « ajouter »: then another route answers, with its own rules.
            with pytest.raises((MethodNotAllowed, NotFound)):
                adaptateur.match(urlsplit(ou).path, method=methode)
        methode = next(m for m in tour if m in refusees)
        reponse = tout.open(ou, method=methode, headers={"X-CSRFToken": champ})
        assert reponse.status_code in (404, 405), f"{methode} {regle.rule}"
        controler(reponse)


@dataclass(frozen=True)
class Lecture:
    """Every route read once: what the base held before and after, what each route asked for."""

    avant: dict[str, str]
    apres: dict[str, str]
    parametres: dict[str, set[str]]
    """Endpoint → names of parameters."""


@pytest.fixture(scope="module")
def lecture(app, regles, base):
    client = ouvrir_session(app.test_client(), base["tout"])
    avant = contenu(app)
    parametres: dict[str, set[str]] = {}
    lisent = [r for r in regles if "GET" in r.methods and r.endpoint != "static"]
    with pytest.MonkeyPatch.context() as rustine:
        rustine.setattr(app.request_class, "parameter_storage_class", Cles)
        for regle in lisent:
            Cles.demandees.clear()
            controler(client.get(adresse(app, regle)))
            noms = {n for n in Cles.demandees if isinstance(n, str)}
            parametres.setdefault(regle.endpoint, set()).update(noms)
    for regle in {fonction(app, r): r for r in lisent}.values():
        client.head(adresse(app, regle)).close()
    assert client.get("/mon-compte/").status_code == 200, "no reading signs anyone out"
    return Lecture(avant, contenu(app), parametres)


def test_lire_tout_ne_change_rien_d_autre_que_le_journal(lecture):
    assert lecture.apres == lecture.avant


# Bad parameters


class Cles(ImmutableMultiDict):
    """The parameters of a request, and the names that the route asks for."""

    demandees: set[str] = set()

    def get(self, cle, *arguments, **options):
        self.demandees.add(cle)
        return super().get(cle, *arguments, **options)

    def getlist(self, cle, *arguments, **options):
        self.demandees.add(cle)
        return super().getlist(cle, *arguments, **options)

    def __getitem__(self, cle):
        self.demandees.add(cle)
        return super().__getitem__(cle)

    def __contains__(self, cle):
        self.demandees.add(cle)
        return super().__contains__(cle)


@pytest.fixture
def espion(app, monkeypatch):
    monkeypatch.setattr(app.request_class, "parameter_storage_class", Cles)
    return Cles.demandees


def test_une_valeur_fausse_dans_l_adresse_est_refusee_sans_panne(app, regles, tout):
    parlent = [r for r in regles if r.arguments and r.endpoint != "static"]
    for regle, valeurs in repartir(app, parlent, FAUX):
        for valeur in valeurs:
            reponse = tout.get(adresse(app, regle, valeur))
            controler(reponse)
            assert reponse.status_code in (200, 302, 400, 404, 405), f"{regle.rule} {valeur[:20]!r}"


def test_un_numero_qui_n_existe_pas_est_introuvable(app, regles, tout):
    fiches = [r for r in regles if r.arguments == {"cle"} and "GET" in r.methods]
    numeros = ["2147483646", "999999", "99999999999999999999", "-1", "abc", "１"]
    for regle, valeurs in repartir(app, fiches, numeros):
        for valeur in valeurs:
            statut = tout.get(adresse(app, regle, valeur)).status_code
            assert statut == 404, f"{regle.rule} {valeur}"


PARAMETRES_FAUX = [
    ["abc"],
    ["-1"],
    ["99999999999999999999"],
    ["\0"],
    ["2026-13-45"],
    ["1", "2"],
    ["x", "1"],
]


def test_un_parametre_faux_est_refuse_sans_panne_sur_chaque_route(app, regles, tout, lecture):
    """A parameter that a function reads meets a wrong value on the first of its routes that reads
    it, the next value in turn; each other route has one wrong parameter."""
    tour = itertools.cycle(PARAMETRES_FAUX)
    eprouves = set()
    for regle in regles:
        if "GET" not in regle.methods or regle.endpoint in (
            "static",
            "Connexion.retour",
            "Connexion.fournisseur",
        ):
            continue
        ou = adresse(app, regle)
        lus = lecture.parametres[regle.endpoint] | {"page", "taille", "tri", "order", "psize"}
        neufs = {(fonction(app, regle), nom) for nom in lus} - eprouves
        eprouves |= neufs
        for nom in sorted(nom for _, nom in neufs) or ["page"]:
            controler(tout.get(ou, query_string=[(nom, valeur) for valeur in next(tour)]))


def test_page_taille_et_tri_sont_bornes_sur_chaque_liste(app, regles, tout):
    listes = [r for r in regles if r.endpoint.endswith("View.list")]
    assert len(listes) > 20
    questions = [
        "page=0",
        "page=-1",
        "page=abc",
        "page=1e3",
        "taille=0",
        "taille=1000000",
        "taille=-5",
        "taille=x",
        "tri=password",
        "tri=-id;drop",
        "tri=--",
        "page=99999999999999999999",
    ]
    for regle, siennes in repartir(app, listes, questions):
        for question in siennes:
            statut = tout.get(f"{adresse(app, regle)}?{question}").status_code
            assert statut in (400, 404), f"{regle.rule}?{question} : {statut}"


SANS_QUEUE_NI_TETE = [
    "\0",
    "99999999999999999999",
    "-1",
    "<script>alert(1)</script>",
    "32/13/20260",
    "é" * 5000,
]
CORPS_ETRANGES = [
    (b"{", "application/json"),
    (b"[1]", "application/json"),
    (b"\xff\xfe", "text/plain"),
    (b"--x\r\n", "multipart/form-data; boundary=x"),
]


def test_un_formulaire_faux_est_refuse_sans_panne_sur_chaque_route(app, regles, tout, base, espion):
    """Nothing at all; then each field that the route reads, filled with nonsense; then, once for
    each function, another kind of body: what reads bodies is common to all."""
    corps_etranges = itertools.cycle(CORPS_ETRANGES)
    sorties = ("Connexion.logout", "MonCompte.fermer_partout")
    ecrivent = [r for r in regles if "POST" in r.methods and r.endpoint not in sorties]
    jetons = {tout: jeton(tout, "/mon-compte/")}
    for regle, valeurs in repartir(app, ecrivent, SANS_QUEUE_NI_TETE):
        client = tout
        if regle.endpoint.startswith(("Connexion.", "MonCompte.")):  # they may end the session
            client = ouvrir_session(app.test_client(), base["tout"])
            jetons[client] = jeton(client, "/mon-compte/")
        champ = jetons[client]
        ou = adresse(app, regle, "999999")
        espion.clear()
        controler(client.post(ou, data={"csrf_token": champ}))
        noms = {n for n in espion if isinstance(n, str)} - {"csrf_token"}
        if noms:
            for faux in valeurs:
                controler(client.post(ou, data={"csrf_token": champ, **dict.fromkeys(noms, faux)}))
        if len(valeurs) > 1:
            corps, genre = next(corps_etranges)
            entetes = {"X-CSRFToken": champ}
            controler(client.post(ou, data=corps, content_type=genre, headers=entetes))
    assert tout.get("/mon-compte/").status_code == 200, "every form was sent while signed in"
    with app.app_context(), acces.acteur(acces.CONNEXION):
        db.session.execute(
            text("delete from tentative")
        )  # the wrong passwords tried here keep nobody waiting
        db.session.commit()


def test_chaque_ecran_d_ajout_refuse_des_valeurs_sans_queue_ni_tete(app, regles, tout):
    """Each field meets two of them; neighbours do not meet the same at once."""
    champ = jeton(tout, "/mon-compte/")
    ajouts = [r for r in regles if r.rule.endswith("/ajouter")]
    for rang, regle in enumerate(ajouts):
        page = tout.get(regle.rule).text
        noms = sorted(set(re.findall(r'name="([^"]+)"', page)) - {"csrf_token", "jeton"})
        jeton_ecran = re.search(r'name="jeton" value="([^"]*)"', page)
        for decalage in (rang, rang + 3):
            faux = itertools.islice(itertools.cycle(SANS_QUEUE_NI_TETE), decalage % 6, None)
            donnees = {"csrf_token": champ, **dict(zip(noms, faux, strict=False))}
            if jeton_ecran:
                donnees["jeton"] = jeton_ecran[1]
            reponse = tout.post(regle.rule, data=donnees)
            assert reponse.status_code in (200, 302, 400, 403, 404, 422), (
                f"{regle.rule} {decalage} : {reponse.status_code}"
            )
            controler(reponse)


def test_un_envoi_trop_gros_est_refuse_en_une_phrase(app, tout):
    champ = jeton(tout, "/mon-compte/")
    for corps in (
        {"csrf_token": champ, "nouveau": "x" * 22_000_000},
        {"csrf_token": champ, "nouveau": "x" * 600_000},
    ):
        reponse = tout.post("/mon-compte/mot-de-passe", data=corps)
        assert reponse.status_code in (400, 413)
        controler(reponse)


# Errors, files, hosts, redirections
# --------------------------------------------------------------------------------------


def test_erreurs_et_fichiers_portent_les_memes_entetes(app, client, tout):
    inconnu = app.test_client()
    for reponse in (
        inconnu.get("/nulle/part"),
        inconnu.get("/static/rien.css"),
        inconnu.get("/static/tandem.css"),
        inconnu.get("/sante"),
        inconnu.get("/static/../config.py"),
        inconnu.get("/static/..%2f..%2fconfig.py"),
        inconnu.get("/static/%2e%2e/%2e%2e/config.py"),
        inconnu.post("/static/tandem.css"),
        inconnu.delete("/login/"),
        tout.get("/jeunes/999999"),
        tout.get("/jeunes/?page=x"),
        inconnu.get("/", headers={"Host": "ailleurs.invalid"}),
        inconnu.get("/%00"),
        inconnu.get("/%ff%fe"),
        inconnu.get("//ailleurs.invalid/"),
        inconnu.options("/login/"),
        inconnu.get("/favicon.ico"),
        inconnu.get("/robots.txt"),
        inconnu.get("/.git/config"),
    ):
        assert "SECRET_KEY" not in reponse.get_data(as_text=True)
        controler(reponse)


def test_une_panne_ne_montre_qu_une_reference_que_l_on_retrouve_dans_le_log(
    app, tout, monkeypatch, caplog
):
    def casser(**arguments):
        db.session.execute(text("select nom from jeune where code = 'Delattre' and inconnue"))

    monkeypatch.setitem(app.view_functions, "Accueil.index", casser)
    reponse = tout.get("/")
    assert reponse.status_code == 500
    page = html.unescape(reponse.text)
    reference = re.search(r"férence.{0,60}?\b([0-9a-f]{12})\b", page, re.DOTALL)[1]
    assert not INDISCRETIONS.search(page.lower())
    assert "Delattre" not in page
    assert reference in caplog.text
    for nom, debut in ENTETES.items():
        assert reponse.headers[nom].startswith(debut)
    assert reponse.headers["Cache-Control"] == "no-store"


def test_une_panne_de_la_base_ne_recopie_dans_le_log_ni_les_valeurs_ni_la_ligne_refusee(
    app, tout, monkeypatch, caplog
):
    """PostgreSQL says again the whole row it refuses, SQLAlchemy the values sent."""

    nom = "".join(("Dela", "ttre"))  # not whole in the source, which a traceback quotes

    def casser(**arguments):
        ordre = "insert into jeune (nom, prenom, mds_id) select :nom, :nom, min(id) from mds"
        db.session.execute(text(ordre), {"nom": nom})

    monkeypatch.setitem(app.view_functions, "Accueil.index", casser)
    assert tout.get("/").status_code == 500
    assert "NotNullViolation" in caplog.text and "insert into jeune" in caplog.text
    assert nom.lower() not in caplog.text.lower()


HOTES = [
    "ailleurs.invalid",
    "localhost.ailleurs.invalid",
    "127.0.0.1.ailleurs.invalid",
    "localhost@ailleurs.invalid",
    "localhost/x",
    "x localhost",
    "[::2]",
]


def test_un_hote_inconnu_est_refuse_sur_chaque_route(app, regles, base):
    """Said before the route is looked for: each function meets one, in turn."""
    client = app.test_client()
    for regle, hote in zip(
        {fonction(app, r): r for r in regles if r.endpoint != "static"}.values(),
        itertools.cycle(HOTES),
        strict=False,
    ):
        reponse = client.get(adresse(app, regle), headers={"Host": hote})
        assert reponse.status_code == 400, regle.rule
        assert "ailleurs" not in reponse.headers.get("Location", "")
        assert "ailleurs" not in reponse.text


def test_les_en_tetes_d_un_relais_inconnu_ne_sont_pas_crus(client, tout):
    reponse = client.application.test_client().get(
        "/",
        headers={
            "X-Forwarded-Host": "ailleurs.invalid",
            "X-Forwarded-Proto": "https",
            "X-Forwarded-Prefix": "/x",
            "Forwarded": "host=ailleurs.invalid",
        },
    )
    assert "ailleurs" not in reponse.location
    assert not reponse.location.startswith("/x")


AILLEURS = [
    "http://ailleurs.invalid/",
    "https://ailleurs.invalid",
    "//ailleurs.invalid",
    "///ailleurs.invalid",
    "////ailleurs.invalid",
    "/\\ailleurs.invalid",
    "\\\\ailleurs.invalid",
    "http:ailleurs.invalid",
    "http:///ailleurs.invalid",
    "javascript:alert(1)",
    "data:text/html,x",
    "http://localhost@ailleurs.invalid/",
    "http://localhost.ailleurs.invalid/",
    "/\t/ailleurs.invalid",
    "\x01//ailleurs.invalid",
    "https://localhost\\.ailleurs.invalid",
    "//localhost:x@ailleurs.invalid",
    "ailleurs.invalid",
    "/%09/../..//ailleurs.invalid",
    "http://[::1",
    "/\r\nSet-Cookie: x=1",
    "ftp://localhost/",
    "//%0aailleurs.invalid",
    "http://localhost:1/",
]


@pytest.mark.parametrize("ou", AILLEURS)
def test_la_connexion_ne_mene_jamais_ailleurs(app, client, tout, base, ou):
    """Already signed in, and just after: the browser stays on the same host."""
    with app.app_context(), acces.acteur(acces.TOUS):
        login = f.un_compte("COORDONNATEUR", "ART").username
        db.session.commit()
    arrivees = [tout.get("/login/", query_string={"next": ou})]
    autre = app.test_client()
    champ = jeton(autre)
    arrivees.append(
        autre.post(
            "/login/",
            query_string={"next": ou},
            data={"csrf_token": champ, "username": login, "password": f.MOT_DE_PASSE},
        )
    )
    for reponse in arrivees:
        assert reponse.status_code == 302
        vers = reponse.headers["Location"]
        assert re.fullmatch(r"/(?![/\\])[^\\\s]*", vers), vers
        assert "x=1" not in str(reponse.headers.getlist("Set-Cookie"))


def test_la_connexion_ramene_a_la_page_demandee_sans_rien_garder_dans_le_temoin(app, base):
    with app.app_context(), acces.acteur(acces.TOUS):
        login = f.un_compte("COORDONNATEUR", "ART").username
        db.session.commit()
    client = app.test_client()
    refuse = client.get("/jeunes/?q=Delattre&page=1")
    assert urlsplit(refuse.location).path == "/login/"
    suite = urlsplit(refuse.location).query
    with client.session_transaction() as avant:
        assert "Delattre" not in json.dumps(dict(avant))
    reponse = poster(
        client, f"/login/?{suite}", {"username": login, "password": f.MOT_DE_PASSE}, page="/login/"
    )
    assert reponse.location == "/jeunes/?q=Delattre&page=1"
    with client.session_transaction() as apres:
        assert "Delattre" not in json.dumps(dict(apres))


def test_en_production_le_temoin_ne_voyage_que_chiffre_et_le_navigateur_est_prie_de_chiffrer(
    serveur_de_bases, nom_de_base
):
    from app import create_app
    from config import lire_reglages

    environ = serveur_de_bases.environnement(nom_de_base) | {
        "TANDEM_ENV": "production",
        "SECRET_KEY": "qsd87-Lkjh23_azeRTY-poiu98-wxcvbn",
        "TANDEM_HOSTS": "tandem.invalid",
    }
    app = create_app(lire_reglages(environ))
    serveur_de_bases.applications.setdefault(nom_de_base, []).append(app)
    with app.app_context(), acces.acteur(acces.TOUS):
        login = f.un_compte().username  # a role that reads files would be asked for the digits
        db.session.commit()
    client = app.test_client()
    options = {"base_url": "https://tandem.invalid"}
    page = client.get("/login/", **options)
    assert page.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    champ = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]
    entree = client.post(
        "/login/",
        data={"csrf_token": champ, "username": login, "password": f.MOT_DE_PASSE},
        headers={"Referer": "https://tandem.invalid/login/"},
        **options,
    )
    assert entree.status_code == 302, entree.text
    temoins = entree.headers.getlist("Set-Cookie")
    assert len(temoins) == 2
    for temoin in temoins:
        assert {"Secure", "HttpOnly", "SameSite=Lax"} <= set(temoin.split("; "))
    assert client.get("/login/", base_url="https://localhost").status_code == 400


def test_se_connecter_ne_se_fait_que_par_un_formulaire(app, base):
    client = app.test_client()
    client.get("/login/", query_string={"username": base["login"], "password": f.MOT_DE_PASSE})
    assert client.get("/").status_code == 302
    assert se_connecter(client, base["login"]).status_code == 302
    with app.app_context(), acces.acteur(acces.TOUS):
        assert db.session.get(Compte, base["tout"]).username == base["login"]
