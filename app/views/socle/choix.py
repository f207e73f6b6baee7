"""« Choisir en tapant »: find a youth, a partner… by some words, whatever accents and case; never a
whole table."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import abort, jsonify, request
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import joinedload

from app import acces, journal
from app.extensions import db
from app.models import ActionCollective, Compte, Convention, Instance, Jeune, Partenaire
from app.regles.conservation import NOM_ANONYME
from app.regles.texte import plier
from app.securite import CONNECTE
from app.views.socle.affichage import en_texte, nom_mds

LIMITE, MOTS, LETTRES = 10, 8, 200


@dataclass(frozen=True)
class Cherchable:
    """A table whose records are chosen by typing: where to look, in which order, what tells two
    namesakes apart."""

    classe: type
    dans: ColumnElement
    ordre: ColumnElement
    precision: Callable[[object], str]
    avec: tuple = ()


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
