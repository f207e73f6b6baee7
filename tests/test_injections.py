"""What people type stays words: on every page, in every workbook and document, for whoever may open
everything.

Each text column of each noun holds a formula, a tag, an attribute and a template at once; another
record of each noun holds what xlsxwriter would take for a cell already written (a text from ``<r>``
to ``</r>``).
"""

import io
import re
from collections import Counter

import docx
import lxml.etree
import lxml.html
import openpyxl
import pytest
from docx.oxml.ns import qn
from sqlalchemy import ARRAY, String, inspect, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.datastructures import MultiDict

from app import acces
from app.echanges.formats.ecriture import Colonne, Feuille, ecrire_classeur, ouvrir
from app.echanges.reprise.cellules import en_texte
from app.extensions import db
from app.models import (
    LISTES,
    Authentification,
    Droit,
    Envoi,
    Evenement,
    Fusion,
    Jeune,
    Mds,
    RoleMetier,
    Service,
    SessionOuverte,
)
from app.views.socle.champs import ChampTexte, ChampTexteLong, Formulaire
from tests import factories as f
from tests.connexions import ouvrir_session
from tests.test_matrice import adresse, routes
from tests.test_matrice_ecritures import fiches_neuves

LONG = '=HYPERLINK("z")"\'><zz onclick=alert(1)>{{7*7}}'
RICHE = '<r><t>z</t></r></is></c><c r="A9" t="str"><f>1+1</f></c></r>'
COURT = "=1+1\"'><zz>"
A_PART = {
    *LISTES.values(),
    Mds,
    Service,
    Envoi,
    Fusion,
    Evenement,
    RoleMetier,
    Droit,
    SessionOuverte,
    Authentification,
}
REFUSEES = (
    {
        "ab_user.apparence",
        "ab_user.portefeuille",
        "ab_user.rappels",
        "ab_user.sans_rappel",
        "agent.nom",
        "binome.remplace_comme",
        "instance.code",
        "objectif.sens",
        "texte_bilan.rubrique",
        "versement.type",
        "partenaire.nom",
    }
    | {
        f"demande_personne.{colonne}"
        for colonne in ("nature", "demandeur", "sens", "motif_prolongation")
    }
    | {
        f"{table}.{colonne}"
        for table in ("agent", "contact", "jeune", "partenaire")
        for colonne in ("telephone", "courriel")
    }
    | {
        f"transfert.{colonne}"
        for colonne in ("code_dossier", "demande_par", "motif", "motif_refus", "repondu_par")
    }
)
"""What the base itself bounds, what must be unique, what is only written at creation (a transfer
made with the words is), or beside a date (a request made longer with the words is)."""
SORTIES = ("Connexion.logout", "MonCompte.fermer_partout", "MonCompte.fermer")
FICHIERS = (
    "TableauView.telecharger",
    "BilanView.telecharger",
    "ObligationsView.export",
    "EnvoiView.export",
    "EnvoiView.telecharger",
    "EnvoiView.diffusion",
)


def empoisonner(fiche, poison: str) -> set[str]:
    """Put it in each text that the base lets one write; returns the columns that refused it."""
    valeurs = poisons(fiche, poison)
    if not valeurs or ecrire(fiche, valeurs):
        return set()
    return {
        f"{fiche.__tablename__}.{colonne}"
        for colonne, valeur in valeurs.items()
        if not ecrire(fiche, {colonne: valeur})
    }


def ecrire(fiche, valeurs: dict[str, str]) -> bool:
    """Write these columns; False when the base refuses one of them, and nothing is written."""
    try:
        with db.session.begin_nested():
            for colonne, valeur in valeurs.items():
                setattr(fiche, colonne, valeur)
            db.session.flush()
    except (DBAPIError, StaleDataError):
        db.session.refresh(fiche)
        return False
    return True


def poisons(fiche, poison: str) -> dict[str, str]:
    """Column → what is put there."""
    valeurs = {}
    for colonne in inspect(type(fiche)).columns:
        if (
            not isinstance(colonne.type, String)
            or isinstance(colonne.type, ARRAY)
            or colonne.foreign_keys
        ):
            continue
        if (
            colonne.computed is not None
            or colonne.primary_key
            or colonne.key in ("password", "username")
        ):
            continue
        texte = (
            poison if not colonne.type.length or len(poison) + 4 <= colonne.type.length else COURT
        )
        unique = f"{texte}{fiche.id % 1000:03}" if texte == COURT else texte
        valeurs[colonne.key] = (
            unique if texte == COURT or not colonne.unique else f"{texte}{fiche.id}"
        )
    return valeurs


@pytest.fixture(scope="module")
def scene(app):
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        tout = f.un_compte("RESPONSABLE", None)
        for role in ("ADMINISTRATEUR", "DPID", "DPO"):
            f.une_habilitation(tout, role, None)
        cotes, refusees, faites = [], set(), []
        for poison in (LONG, RICHE):
            vues = fiches_neuves("ART", "Quenvillers")
            convention = f.une_convention()
            vues |= {
                "ConventionView": convention.id,
                "PosteView": f.un_poste().id,
                "VersementView": f.un_versement(convention).id,
                "ObjectifView": f.un_objectif(convention).id,
                "CompteView": f.un_compte().id,
            }
            f.une_demande(prolongee_le=f.il_y_a(5), motif_prolongation=poison)
            vues["TransfertView"] = f.un_transfert(
                f.un_jeune(), "BOU", motif=poison, demande_par=poison
            ).id
            cotes.append(vues)
            for classe in {
                m.class_
                for m in Jeune.registry.mappers
                if m.class_.__module__.startswith("app.models")
            } - A_PART:
                neuves = [
                    o
                    for o in db.session.scalars(select(classe))
                    if o not in faites and o is not tout
                ]
                for fiche in neuves:
                    refusees |= empoisonner(fiche, poison)
                faites += neuves
        for classe in LISTES.values():
            premier = db.session.scalars(select(classe).limit(1)).one()
            premier.libelle = LONG[:80]
        db.session.scalars(select(Service).limit(1)).one().nom = LONG
        db.session.scalars(select(Mds).where(Mds.code == "BOU")).one().nom = COURT
        db.session.commit()
        assert refusees <= REFUSEES
        compte = tout.id
    yield {"app": app, "compte": compte, "fiches": cotes[0]}
    app.config["WTF_CSRF_ENABLED"] = True


TAPES = lxml.etree.XPath("//zz | //t | //r | //f | //*[@*[starts-with(name(), 'on')]]")
"""What would be an element, or what a click would run, if the words were not only words."""
ADRESSES = lxml.etree.XPath("//@href | //@action")
ACTIVE = re.compile(r"\s*(javascript|data|vbscript):", re.IGNORECASE)


def regarder_page(texte: str, ou: str) -> list[str]:
    page = lxml.html.document_fromstring(texte)
    fautes = [f"{ou} : <{noeud.tag}>" for noeud in TAPES(page)]
    fautes += [f"{ou} : {adresse}" for adresse in ADRESSES(page) if ACTIVE.match(adresse)]
    if "49" in re.findall(r"onclick=alert\(1\)&gt;(.{2})", texte):
        fautes.append(f"{ou} : template")
    return fautes


def du_sommaire(noeud) -> bool:
    """The contents of the bilan: links inside the document, and their own field."""
    if noeud.tag == qn("w:hyperlink"):
        return noeud.get(qn("r:id")) is None and noeud.get(qn("w:anchor"), "").startswith("_Toc")
    return noeud.tag == qn("w:instrText") and noeud.text.startswith(" TOC ")


def regarder_fichier(brut: bytes, ou: str) -> list[str]:
    if b"word/document.xml" in brut:
        corps = docx.Document(io.BytesIO(brut)).element.body
        return [
            f"{ou} : {n.tag} {n.text}"
            for n in corps.iter()
            if str(n.tag).endswith(("}zz", "}hyperlink", "}instrText")) and not du_sommaire(n)
        ]
    classeur = openpyxl.load_workbook(io.BytesIO(brut))
    return [
        f"{ou} {onglet.title}!{c.coordinate} : {c.value!r}"
        for onglet in classeur
        for ligne in onglet.iter_rows()
        for c in ligne
        if c.data_type == "f" or c.hyperlink or str(c.value).startswith("z")
    ]


UNE_LISTE_SUR = 3
"""The lists of codes share their screens: each kind of screen is read of one list in so many."""


def a_lire(app):
    """The pages and the files, with the method that asks for them."""
    codes = Counter()
    for route, methode in routes(app):
        fichier = route.rule.endswith("/exporter") or route.endpoint in FICHIERS
        if route.endpoint in SORTIES or (methode == "POST" and not fichier):
            continue
        vue = getattr(app.view_functions[route.endpoint], "__self__", None)
        if getattr(vue, "ressource", "") == "nomenclature":
            sorte = route.endpoint.partition(".")[2], methode
            codes[sorte] += 1
            if codes[sorte] % UNE_LISTE_SUR:
                continue
        yield route, methode


def test_ce_qui_est_tape_reste_des_mots_sur_chaque_page_et_dans_chaque_fichier(scene):
    client = ouvrir_session(scene["app"].test_client(), scene["compte"])
    fautes, pages, fichiers, vus = [], 0, 0, 0
    for route, methode in a_lire(scene["app"]):
        vue = route.endpoint.partition(".")[0]
        chemin = adresse(route, scene["fiches"].get(vue, 1))
        envoi = (
            {"finalite": "SUIVI", "motif": LONG, "noms": "oui", "mds": "ART"}
            if methode == "POST"
            else None
        )
        reponse = client.open(chemin, method=methode, data=envoi)
        brut = reponse.get_data()
        reponse.close()
        if reponse.status_code >= 500:
            fautes.append(f"{methode} {chemin} : {reponse.status_code}")
        elif brut.startswith(b"PK\x03\x04"):
            fichiers += 1
            fautes += regarder_fichier(brut, chemin)
        elif reponse.mimetype == "text/html" and reponse.status_code == 200:
            pages, texte = pages + 1, brut.decode()
            vus += "&lt;zz" in texte
            fautes += regarder_page(texte, chemin)
    assert not fautes, "\n".join(fautes)
    assert (pages > 150, fichiers > 40, vus > 60) == (True, True, True), (pages, fichiers, vus)


@pytest.mark.parametrize("par_lignes", [True, False])
@pytest.mark.parametrize(
    "texte",
    [
        RICHE,
        "<r>&</r>",
        "<r></r>\n",
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "＝1",
        "{=1+1}",
        "https://z.invalid",
        "12",
    ],
)
def test_un_texte_d_un_classeur_est_un_texte_mot_pour_mot(tmp_path, texte, par_lignes):
    chemin = tmp_path / "c.xlsx"
    if par_lignes:
        ecrire_classeur(chemin, [Feuille("F", [Colonne(texte, "texte", lambda v: v)], [texte])])
    else:
        with ouvrir(chemin, par_lignes=False) as classeur:
            classeur.tableau(Feuille("F", [Colonne(texte, "texte", lambda v: v)], [texte]))
    onglet = openpyxl.load_workbook(chemin).active
    for case in (onglet["A1"], onglet["A2"]):
        assert (case.data_type, case.hyperlink) == ("s", None)
        assert re.sub(r"_x000[9AD]_|\s", "", case.value) == re.sub(r"\s", "", texte)
    assert onglet["A9"].value is None


@pytest.mark.parametrize("cache", ["\u202e", "\u200b", "\u2066", "\ufeff", "\x01", "\ufffe"])
def test_ce_qui_ne_se_voit_pas_n_entre_ni_par_un_ecran_ni_par_un_classeur(cache):
    """Two names that look the same would not find each other; one read backwards would hide what it
    is."""

    class Saisie(Formulaire):
        nom, recit = ChampTexte("Nom"), ChampTexteLong("Récit")

    form = Saisie(
        MultiDict({"nom": f" {cache}Del{cache}attre ", "recit": f"Une ligne{cache}\r\nDeux{cache}"})
    )
    assert (form.nom.data, form.recit.data) == ("Delattre", "Une ligne\nDeux")
    assert en_texte(f"{cache}Del{cache}attre") == "Delattre"
