"""« Choisir en tapant »: find a youth, a partner… by some words, whatever accents and case; never a
whole table."""

from dataclasses import dataclass

from flask import abort, jsonify, request
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import joinedload

from app import acces, journal
from app.extensions import db
from app.models import Jeune, catalogue
from app.regles.conservation import NOM_ANONYME
from app.regles.texte import plier
from app.securite import CONNECTE
from app.views.socle.affichage import Propriete, propriete

LIMITE, MOTS, LETTRES = 10, 8, 200


@dataclass(frozen=True)
class Cherchable:
    """A table whose records are chosen by typing, as its model declares it (``recherche``)."""

    table: str
    classe: type
    dans: ColumnElement
    ordre: ColumnElement
    avec: tuple
    _precision: tuple[Propriete, ...]

    def precision(self, fiche) -> str:
        """What tells two namesakes apart; no MDS is the whole Département."""
        return " – ".join(p.texte(fiche) or "Département" for p in self._precision)


def _cherchable(table: str, classe) -> Cherchable:
    recherche = classe.declaration.recherche
    precision = tuple(propriete(classe, nom, {}, {}, {}) for nom in recherche.precision)
    relations = [getattr(classe, nom) for nom in recherche.avec]
    return Cherchable(
        table,
        classe,
        recherche.dans(classe),
        recherche.ordre(classe),
        tuple(joinedload(relation) for relation in relations),
        precision,
    )


CHERCHABLES: dict[str, Cherchable] = {
    table: _cherchable(table, classe)
    for table, classe in catalogue.noms().items()
    if classe.declaration.recherche
}


def mots(texte: str) -> list[str]:
    return plier(texte.replace("\0", "")[:LETTRES]).split()[:MOTS]


def contient(colonne: ColumnElement, texte: str) -> list[ColumnElement]:
    """Each word must be somewhere in the folded column."""
    return [colonne.contains(mot, autoescape=True) for mot in mots(texte)]


def chercher(table: str, texte: str, limite: int = LIMITE) -> list:
    """The first records that match; the base keeps those that the person may see."""
    c = CHERCHABLES[table]
    if not (criteres := contient(c.dans, texte)):
        return []
    if c.classe is Jeune:
        criteres.append(Jeune.nom_tri != NOM_ANONYME)
    trouvees = select(c.classe.id).where(*acces.mds_permises(c.classe), *criteres)
    trouvees = trouvees.order_by(c.ordre, c.classe.id).limit(limite)
    return list(
        db.session.scalars(
            select(c.classe)
            .where(c.classe.id.in_(trouvees.scalar_subquery()))
            .order_by(c.ordre, c.classe.id)
            .options(*c.avec)
        )
    )


def trouver(table: str, numero: int):
    """The record of this number if the person may see it."""
    c = CHERCHABLES[table]
    return db.session.scalar(select(c.classe).where(c.classe.id == numero).options(*c.avec))


def demande(table: str, nom: str):
    """The record whose number the request gives under this name; 404 for one that is not visible."""
    numero = request.values.get(nom, "")
    valable = numero.isascii() and numero.isdigit() and len(numero) <= 9
    return (trouver(table, int(numero)) if valable else None) or abort(404)


def correspond(table: str, numero: int, texte: str) -> bool:
    """The words typed are those of this record: its name, or what the search looks in."""
    c = CHERCHABLES[table]
    fiche = trouver(table, numero)
    return plier(str(fiche)) == plier(texte) or bool(
        db.session.scalar(
            select(c.classe.id).where(c.classe.id == numero, *contient(c.dans, texte))
        )
    )


def consigner(table: str, resultats: int) -> None:
    """Names of youths looked for by some words leave their line in the trail, without the words."""
    if table == "jeune":
        journal.consigner("recherche", table=table, detail={"resultats": resultats})
        db.session.commit()


class ChoixView(BaseView):
    """What the choice by typing asks while one types; a POST, so that a name is never in an
    address."""

    route_base = "/choix"
    class_permission_name = CONNECTE

    @expose("/<table>", methods=["POST"])
    @has_access
    @permission_name("lire")
    def chercher(self, table: str):
        if table not in CHERCHABLES:
            abort(404)
        if not acces.perimetre().peut(catalogue.ressource_de(table), "lire"):
            abort(403)
        precision = CHERCHABLES[table].precision
        trouves = chercher(table, request.form.get("texte", ""), LIMITE + 1)
        reponse = jsonify(
            choix=[
                {"id": f.id, "libelle": str(f), "precision": precision(f)} for f in trouves[:LIMITE]
            ],
            autres=len(trouves) > LIMITE,
        )
        consigner(table, len(trouves[:LIMITE]))
        return reponse


VUES = (ChoixView,)
