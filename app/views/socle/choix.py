"""« Choisir en tapant »: find a youth, a partner… by some words, whatever accents and case.

Never a whole table.
"""

from dataclasses import dataclass

from flask import abort, jsonify, request
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import Column, ColumnElement, Select, SQLColumnExpression, inspect, select
from sqlalchemy.orm import joinedload

from app import acces, journal
from app.extensions import db
from app.models import Jeune, catalogue
from app.regles.conservation import NOM_ANONYME
from app.regles.texte import plier
from app.securite import CONNECTE
from app.views.socle import saisie
from app.views.socle.affichage import Propriete, propriete
from app.views.socle.fiche import vue_de

LIMITE = 10
MOTS = 8
LETTRES = 200


@dataclass(frozen=True)
class Cherchable:
    """A table whose records are chosen by typing, as its model declares it (``recherche``)."""

    table: str
    classe: type
    dans: SQLColumnExpression
    ordre: SQLColumnExpression
    avec: tuple
    _precision: tuple[Propriete, ...]

    def precision(self, fiche) -> str:
        """What tells two namesakes apart; no MDS is the whole Département."""
        return " – ".join(p.texte(fiche) or "Département" for p in self._precision)

    @property
    def numero(self) -> Column:
        return inspect(self.classe).primary_key[0]

    def visibles(self) -> Select:
        """The records that the screens of the table show.

        The base keeps those that the person may see, ``base_filters`` narrows them further.
        """
        requete: Select = select(self.classe)
        vue = vue_de(inspect(self.classe).local_table.name)
        return requete if vue is None else vue.filtrer_de_base(requete)


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


def contient(colonne: SQLColumnExpression, texte: str) -> list[ColumnElement]:
    """Each word must be somewhere in the folded column."""
    return [colonne.contains(mot, autoescape=True) for mot in mots(texte)]


def chercher(table: str, texte: str, limite: int = LIMITE) -> list:
    """The first visible records that match."""
    c = CHERCHABLES[table]
    if not (criteres := contient(c.dans, texte)):
        return []
    if c.classe is Jeune:
        criteres.append(Jeune.nom_tri != NOM_ANONYME)
    trouvees = c.visibles().where(*acces.mds_permises(c.classe), *criteres)
    trouvees = trouvees.with_only_columns(c.numero).order_by(c.ordre, c.numero).limit(limite)
    requete: Select = select(c.classe).where(c.numero.in_(trouvees.scalar_subquery()))
    return list(db.session.scalars(requete.order_by(c.ordre, c.numero).options(*c.avec)))


def trouver(table: str, numero: int):
    """The record of this number if the person may see it."""
    c = CHERCHABLES[table]
    return db.session.scalar(c.visibles().where(c.numero == numero).options(*c.avec))


def demande(table: str, nom: str):
    """The record whose number the request gives under this name; 404 when it is not visible."""
    numero = saisie.numero(request.values.get(nom))
    fiche = None if numero is None else trouver(table, numero)
    return abort(404) if fiche is None else fiche


def correspond(table: str, numero: int, texte: str) -> bool:
    """The words typed are those of this record: its name, or what the search looks in."""
    c = CHERCHABLES[table]
    if plier(str(trouver(table, numero))) == plier(texte):
        return True
    requete = select(c.numero).where(c.numero == numero, *contient(c.dans, texte))
    return db.session.scalar(requete) is not None


def consigner(table: str, resultats: int) -> None:
    """Names of youths looked for by some words leave a line in the audit log, without the words."""
    if table == "jeune":
        journal.consigner("recherche", table=table, detail={"resultats": resultats})
        db.session.commit()


class ChoixView(BaseView):
    """What the choice by typing asks while one types.

    A POST, so that a name is never in an address.
    """

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
