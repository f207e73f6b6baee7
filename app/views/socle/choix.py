"""« Choisir en tapant »: find a youth, a partner… by some words, whatever accents and case.

Never a whole table.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import abort, jsonify, request
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Integer,
    Select,
    SQLColumnExpression,
    and_,
    any_,
    false,
    func,
    inspect,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.orm import joinedload

from app import acces, journal
from app.extensions import db
from app.models import Agent, Binome, Jeune, catalogue
from app.regles.age import aujourd_hui
from app.regles.conservation import NOM_ANONYME
from app.regles.recherche import (
    LETTRES,
    MOTS,
    RechercheLue,
    comprendre,
    fautes_permises,
    proches,
    ressemble,
)
from app.regles.texte import plier
from app.securite import CONNECTE
from app.views.socle import saisie
from app.views.socle.affichage import Propriete, propriete
from app.views.socle.fiche import vue_de
from app.views.socle.mots_proches import jeunes_qui_portent

LIMITE = 10
PARTIE = 3
"""Letters of the parts of names that are indexed (``acces.trigrammes``)."""
RARES = 3000
"""Youths that a search finds one by one; beyond, it reads the list, which stops early."""
CANDIDATS = 2000
"""Youths whose name is compared letter by letter when nobody bears exactly the one typed."""


@dataclass(frozen=True)
class Cherchable:
    """A table whose records are chosen by typing, as its model declares it (``recherche``)."""

    table: str
    classe: type
    dans: SQLColumnExpression
    ordre: SQLColumnExpression
    avec: tuple
    serree: bool
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
        recherche.serree,
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


def criteres(c: Cherchable, texte: str) -> list[ColumnElement]:
    """What a record of this table must meet to be found by this text; none: nothing is typed."""
    if c.classe is Jeune:
        return jeunes(texte)
    if c.serree:
        tapes = comprendre(texte).mots
        return [c.dans.contains(mot, autoescape=True) for mot in tapes] or [false()]
    return contient(c.dans, texte)


def jeunes(texte: str, *, par_agent: bool = False) -> list[ColumnElement]:
    """The youths found by a name (former ones too), a code, a phone or a day of birth.

    When nobody is: with ``par_agent``, those whom a coordonnateur or a référent of that name
    accompanies; else those whose name differs by one or two letters.
    """
    cherche = comprendre(texte)
    if not cherche.mots:
        return [false()]
    if cherche.telephone or cherche.ne_le:
        return [_par_des_chiffres(cherche)]
    rares = _les_rares(cherche.mots)
    if rares is None:
        return [_par_les_mots(cherche.mots)]
    if not rares and any(map(fautes_permises, cherche.mots)):
        rares = _suivis_par_un_agent(texte) if par_agent else ()
        visibles = (*acces.mds_permises(Jeune), Jeune.nom_tri != NOM_ANONYME)
        rares = rares or _approchants(cherche.mots, visibles)
    return [_un_de(rares)]


def _par_les_mots(mots_tapes: Sequence[str]) -> ColumnElement[bool]:
    return and_(true(), *(Jeune.recherche.contains(mot, autoescape=True) for mot in mots_tapes))


def _un_de(numeros: Sequence[int]) -> ColumnElement[bool]:
    """One value, not a value each."""
    return Jeune.id == any_(literal(list(numeros), ARRAY(Integer)))


def _par_des_chiffres(cherche: RechercheLue) -> ColumnElement[bool]:
    """A text in digits may be part of a code, a phone or a day of birth: one of them is enough."""
    textes = [cherche.mots]
    if cherche.telephone and cherche.mots != (cherche.telephone,):
        textes.append((cherche.telephone,))
    voies = []
    for mots_tapes in textes:
        rares = _les_rares(mots_tapes)
        voies.append(_par_les_mots(mots_tapes) if rares is None else _un_de(rares))
    if cherche.ne_le:
        voies.append(Jeune.date_naissance == cherche.ne_le)
    return or_(*voies)


def _les_rares(mots_tapes: Sequence[str]) -> Sequence[int] | None:
    """The youths who hold all these words, when few do; None when to read the list is shorter.

    A list stops at its first thousand: only what is rare would make it read every name.
    """
    if max(map(len, mots_tapes)) < PARTIE:
        return None
    return db.session.scalar(select(func.acces.jeunes_contenant(list(mots_tapes), RARES)))


def _suivis_par_un_agent(texte: str) -> Sequence[int]:
    """The youths of the binômes that run today and name such an agent.

    The agents are read apart: mostly there are none, which the planner would not know.
    """
    le = aujourd_hui()
    agents = db.session.scalars(select(Agent.id).where(*criteres(CHERCHABLES["agent"], texte)))
    trouves = agents.all()
    if not trouves:
        return ()
    suivis = select(Binome.jeune_id).where(
        *acces.mds_permises(Binome),
        or_(Binome.coordonnateur_id.in_(trouves), Binome.referent_id.in_(trouves)),
        Binome.du <= le,
        or_(Binome.au.is_(None), Binome.au >= le),
    )
    return db.session.scalars(suivis.limit(CANDIDATS)).all()


def _approchants(mots_tapes: tuple[str, ...], visibles: tuple) -> list[int]:
    """Those whose name is the one typed but for one or two letters, the first of the list.

    The words of names are looked through, not the names (``acces.mots``).
    """
    cherches = [proches(mot) for mot in mots_tapes if fautes_permises(mot)]
    portes = jeunes_qui_portent(cherches)
    if portes is None:
        return []
    justes = [mot for mot in mots_tapes if not fautes_permises(mot)]
    candidats = select(Jeune.id, Jeune.nom, Jeune.prenom, Jeune.anciens_noms)
    candidats = candidats.where(*visibles, *portes, _par_les_mots(justes))
    candidats = candidats.order_by(Jeune.nom_tri).limit(CANDIDATS)
    return [
        numero
        for numero, nom, prenom, anciens in db.session.execute(candidats)
        if ressemble(mots_tapes, nom, prenom, *(anciens or "").split(";"))
    ]


def chercher(table: str, texte: str, limite: int = LIMITE) -> list:
    """The first visible records that match."""
    c = CHERCHABLES[table]
    if not (voulus := criteres(c, texte)):
        return []
    if c.classe is Jeune:
        voulus.append(Jeune.nom_tri != NOM_ANONYME)
    trouvees = c.visibles().where(*acces.mds_permises(c.classe), *voulus)
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
    requete = select(c.numero).where(c.numero == numero, *criteres(c, texte))
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
