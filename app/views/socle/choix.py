"""« Choisir en tapant »: find a youth, a partner… by some words, whatever accents and case; never a
whole table."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import abort, jsonify, request
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import Column, ColumnElement, Select, SQLColumnExpression, func, inspect, select
from sqlalchemy.orm import joinedload

from app import acces, journal
from app.extensions import db
from app.models import ActionCollective, Compte, Convention, Instance, Jeune, Partenaire
from app.regles.conservation import NOM_ANONYME
from app.regles.texte import plier
from app.securite import CONNECTE
from app.views.socle import saisie
from app.views.socle.affichage import en_texte, nom_mds
from app.views.socle.fiche import vue_de

LIMITE = 10
MOTS = 8
LETTRES = 200


@dataclass(frozen=True)
class Cherchable:
    """A table whose records are chosen by typing: where to look, in which order, what tells two
    namesakes apart."""

    classe: type
    dans: SQLColumnExpression
    ordre: SQLColumnExpression
    precision: Callable[[Any], str]
    """Of a record of ``classe``."""
    avec: tuple = ()

    @property
    def numero(self) -> Column:
        return inspect(self.classe).primary_key[0]

    def visibles(self) -> Select:
        """The records that the screens of the table show: the base keeps those that the person may
        see, ``base_filters`` narrows them further."""
        requete: Select = select(self.classe)
        vue = vue_de(inspect(self.classe).local_table.name)
        return requete if vue is None else vue.filtrer_de_base(requete)


def _instance(i: Instance) -> str:
    return nom_mds(i.mds_id) or "Département"


CHERCHABLES: dict[str, Cherchable] = {
    "jeune": Cherchable(
        Jeune,
        Jeune.recherche,
        Jeune.nom_tri,
        lambda j: f"{en_texte(j.date_naissance)} – {nom_mds(j.mds_id)} – {j.code}",
    ),
    "partenaire": Cherchable(
        Partenaire,
        Partenaire.cle,
        Partenaire.cle,
        lambda p: str(p.type),
        (joinedload(Partenaire.type),),
    ),
    "instance": Cherchable(
        Instance,
        func.concat(
            Instance.cle,
            " ",
            func.lower(Instance.type_code),
            " ",
            func.to_char(Instance.le, "DD/MM/YYYY"),
        ),
        Instance.le.desc(),
        _instance,
        (joinedload(Instance.type),),
    ),
    "action_collective": Cherchable(
        ActionCollective, ActionCollective.cle, ActionCollective.le.desc(), lambda a: en_texte(a.le)
    ),
    "convention": Cherchable(
        Convention, func.acces.plier(Convention.numero), Convention.du.desc(), lambda c: c.operateur
    ),
    "ab_user": Cherchable(
        Compte,
        func.acces.plier(
            func.concat(Compte.first_name, " ", Compte.last_name, " ", Compte.username)
        ),
        Compte.last_name,
        lambda c: c.username,
    ),
}
RESSOURCES = {"ab_user": "compte"}


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
        if not acces.perimetre().peut(RESSOURCES.get(table, table), "lire"):
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
