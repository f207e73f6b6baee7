"""« À quoi correspond chaque colonne ? », asked of a file of any shape before it is checked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import select
from werkzeug.wrappers import Response

from app import acces
from app.echanges.reprise.choix import ChoixDuFichier
from app.echanges.reprise.destinations import DESTINATIONS
from app.echanges.reprise.reconnaissance import lettre
from app.extensions import db
from app.models import Importation, Mds
from app.travaux import colonnes, imports
from app.views.pages import territoire
from app.views.socle import saisie

TAILLE_DU_NOM = 100
CLASSES = {"Sûr": "fait", "Probable": "prevu", "À décider": "attention"}
"""How sure → the look of the word."""


@dataclass(frozen=True)
class ColonneMontree:
    """A column of the file: its heading, three of its values, what it is taken for."""

    nom: str
    """Of its field in the form."""
    titre: str
    lettre: str
    valeurs: Sequence[str]
    destination: str
    certitude: str
    pourquoi: str

    @property
    def classe(self) -> str:
        return CLASSES[self.certitude]


@dataclass(frozen=True)
class FeuilleMontree:
    """A sheet of the file."""

    lue: Mapping[str, Any]
    rang: int
    colonnes: Sequence[ColonneMontree]
    est_prise: bool

    def parties(self) -> list[tuple[str, str, str, list[ColonneMontree]]]:
        """(key, title, sentence, columns): to decide, recognised, left out."""
        a_decider = [c for c in self.colonnes if c.certitude == "À décider"]
        laissees = [c for c in self.colonnes if c.destination == "laisser" and c not in a_decider]
        reconnues = [c for c in self.colonnes if c not in a_decider and c not in laissees]
        return [
            partie
            for partie in (
                ("dec", "À décider", "Tandem n’est pas sûr : choisissez", a_decider),
                ("rec", "Reconnues", "Rien à faire, sauf si c’est faux", reconnues),
                ("lai", "Laissées de côté", "", laissees),
            )
            if partie[3]
        ]


@dataclass(frozen=True)
class PageDesColonnes:
    """The whole file, and what is said of it besides its columns."""

    importation: Importation
    feuilles: Sequence[FeuilleMontree]
    choix: ChoixDuFichier
    mds: Sequence[Mds]
    nom: str
    groupes: Sequence[tuple[str, list[tuple[str, str]]]]
    """The destinations offered, by group."""

    @property
    def a_decider(self) -> int:
        return sum(
            c.certitude == "À décider" for f in self.feuilles if f.est_prise for c in f.colonnes
        )

    @property
    def manque_la_mds(self) -> bool:
        """Nothing in the file says the MDS of the youths."""
        dites = {c.destination for f in self.feuilles if f.est_prise for c in f.colonnes}
        return "jeune.mds_id" not in dites

    @property
    def masquees(self) -> Sequence[str]:
        return (self.importation.rapport or {}).get("masquees", [])


class ColonnesDuClasseurView(BaseView):
    route_base = "/classeur"
    sous_le_menu = "ClasseurView"
    class_permission_name = "classeur"
    default_view = "colonnes"

    @expose("/<numero:numero>/colonnes", methods=["GET", "POST"])
    @has_access
    @permission_name("creer")
    def colonnes(self, numero: int) -> Response | str:
        importation = db.session.get(Importation, numero) or abort(404)
        suite = redirect(url_for("ClasseurView.voir", numero=numero))
        if importation.statut != "colonnes":
            return suite
        page = _page(importation)
        if request.method == "GET":
            fil = territoire.fil(("Importer un classeur", url_for("ClasseurView.index")))
            return render_template("classeur_colonnes.html", page=page, fil=fil)
        choix = _lire_le_formulaire(page)
        nom = saisie.ligne_saisie("nom", TAILLE_DU_NOM)
        if nom:
            partagee = None
            if request.form.get("pour") == "mds":
                partagee = _numero_de_mds(choix.mds)
            choix.retenue = colonnes.retenir(choix.colonnes, choix.laissees, nom, partagee)
            colonnes.retenir_les_mots(choix)
        if not imports.choisir(numero, choix):
            flash("Ce classeur n’attend plus vos choix.", "attention")
        return suite


def _page(importation: Importation) -> PageDesColonnes:
    choix = ChoixDuFichier.de_json(importation.choix)
    lues = (importation.rapport or {}).get("feuilles", [])
    feuilles = [
        FeuilleMontree(
            lue,
            rang,
            [_montrer(rang, c, choix.colonnes.get(lue["nom"], {})) for c in lue["colonnes"]],
            lue["nom"] not in choix.laissees,
        )
        for rang, lue in enumerate(lues)
    ]
    permises = acces.perimetre().mds("jeune", "creer")
    mds = [m for m in db.session.scalars(select(Mds).order_by(Mds.nom)) if m.id in permises]
    return PageDesColonnes(
        importation, feuilles, choix, mds, _nom_retenu(importation, choix), _groupes()
    )


def _nom_retenu(importation: Importation, choix: ChoixDuFichier) -> str:
    retenue = colonnes.nom_de(choix.retenue)
    return retenue or importation.fichier.rpartition(".")[0][:TAILLE_DU_NOM]


def _montrer(feuille: int, colonne: dict[str, Any], choisies: Mapping[str, str]) -> ColonneMontree:
    titre = colonne["titre"]
    return ColonneMontree(
        f"c{feuille}-{colonne['place']}",
        titre,
        lettre(colonne["place"]),
        colonne["valeurs"],
        choisies.get(titre, colonne["destination"]),
        colonne["certitude"],
        colonne["pourquoi"],
    )


def _groupes() -> list[tuple[str, list[tuple[str, str]]]]:
    """The youth, then each record that follows them, then what is kept or left."""
    groupes: dict[str, list[tuple[str, str]]] = {}
    for destination in DESTINATIONS.values():
        groupe, separe, _ = destination.libelle.partition(" : ")
        if not destination.table:
            groupe = "Sinon"
        elif not destination.champ:
            groupe = "Plusieurs champs à la fois"
        elif not separe:
            groupe = "Le jeune"
        groupes.setdefault(groupe, []).append((destination.code, destination.libelle))
    return list(groupes.items())


def _lire_le_formulaire(page: PageDesColonnes) -> ChoixDuFichier:
    """What the person decided; what the form does not say stays as it was proposed."""
    recu = request.form
    choix = page.choix
    choix.fait = True
    choix.laissees = []
    for feuille in page.feuilles:
        nom = feuille.lue["nom"]
        if f"prise-{feuille.rang}" not in recu:
            choix.laissees.append(nom)
        choix.colonnes[nom] = {
            c.titre: _connue(recu.get(c.nom), c.destination) for c in feuille.colonnes
        }
    choix.prises = [nom for nom in page.masquees if nom in recu.getlist("masquee")]
    choix.sans_lignes_cachees = recu.get("cachees") == "laisser"
    choix.mds = next((m.code for m in page.mds if m.code == recu.get("mds")), "")
    choix.coordonnateur = saisie.ligne_saisie("coordonnateur", 300)
    choix.le = _jour(recu.get("le", "")) or choix.le
    return choix


def _connue(recue: str | None, proposee: str) -> str:
    return recue if recue in DESTINATIONS else proposee


def _jour(texte: str) -> str:
    try:
        le: date = saisie.lire_date(texte)
    except ValueError:
        return ""
    return le.isoformat()


def _numero_de_mds(code: str) -> int | None:
    return db.session.scalar(select(Mds.id).where(Mds.code == code))


VUES = (ColonnesDuClasseurView,)
