"""The files that stayed two years without a contact from the youth.

Which they are, and what is read of them.
"""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from flask import abort, request
from sqlalchemy import ARRAY, Integer, Row, Select, column, func, literal, or_, select, text

from app import acces
from app.acces import Perimetre
from app.echanges.formats.ecriture import Colonne
from app.extensions import db
from app.models import ActionCollective, Instance, Jeune, TexteBilan
from app.regles import conservation as regles
from app.regles.age import aujourd_hui
from app.regles.texte import plier
from app.views.pages import garde
from app.views.pages.garde import Part, PerimetreLu
from app.views.pages.territoire import toutes_les_mds
from app.views.socle import saisie
from app.views.socle.affichage import en_texte, nom_mds
from app.views.socle.fiche import vue_de
from app.views.socle.page import adresse

A_DECIDER = "a_decider"
GARDES = "gardes"
ANONYMISES = "anonymises"
ETATS = {A_DECIDER: "À décider", GARDES: "Gardés", ANONYMISES: "Anonymisés"}
_CONDITIONS = {
    A_DECIDER: """x.decision is null
      or (x.decision = 'GARDE' and x.garder_jusqu_au <= acces.aujourd_hui())""",
    GARDES: "x.decision = 'GARDE' and x.garder_jusqu_au > acces.aujourd_hui()",
    ANONYMISES: "x.decision = 'ANONYMISE'",
}
_DOSSIERS = """
    select * from acces.dossiers_a_examiner(:limite) e
    where cast(:mds as int) is null or e.mds_id = :mds
"""
TAILLE = 25
AILLEURS = (
    (Instance.compte_rendu,),
    (ActionCollective.intitule, ActionCollective.description),
    (TexteBilan.recit,),
)
"""What people write beside the files."""
MENTIONS = 20
"""Of each kind, at most so many are shown."""


DECISIONS = {"GARDE": "Gardé", "ANONYMISE": "Anonymisé"}


@dataclass(frozen=True)
class Choix:
    """What the list is asked for: a state, an MDS or all (None), a page from 1."""

    etat: str = A_DECIDER
    mds: int | None = None
    page: int = 1

    def adresse(self, page: int) -> str:
        """The query string of another page of the same list."""
        valeurs = {"etat": self.etat, "mds": self.mds, "page": page}
        return "?" + urlencode({nom: valeur for nom, valeur in valeurs.items() if valeur})


COLONNES = (
    Colonne("Code dossier", "texte", lambda d: d.code, 18),
    Colonne("MDS", "texte", lambda d: nom_mds(d.mds_id), 26),
    Colonne("Dernier contact venant du jeune", "date", lambda d: _date_si(d, est_venu=True)),
    Colonne("Dernière date du dossier, à défaut", "date", lambda d: _date_si(d, est_venu=False)),
    Colonne(
        "Proposé depuis le",
        "date",
        lambda d: d.dernier_contact_le and regles.proposable_le(d.dernier_contact_le),
    ),
    Colonne("Suivi ou mesure en cours", "texte", lambda d: en_texte(bool(d.en_cours))),
    Colonne("Décision", "texte", lambda d: DECISIONS.get(d.decision, "À décider"), 16),
    Colonne("Décidé le", "date", lambda d: d.decidee_le),
    Colonne("Garder jusqu’au", "date", lambda d: d.garder_jusqu_au),
)
"""The list as it is exported: without names."""


def _date_si(dossier: Row, *, est_venu: bool) -> date | None:
    """The last date of the file, in the column that says whether the youth came."""
    if bool(dossier.est_venu) is est_venu:
        return dossier.dernier_contact_le
    return None


def noms(jeunes: list[int]) -> dict[int, str]:
    """Youth → name, of those that the person may read."""
    if not acces.perimetre().peut("jeune", "lire"):
        return {}
    requete = select(Jeune.id, Jeune.prenom, Jeune.nom).where(Jeune.id.in_(jeunes))
    return {jeune.id: f"{jeune.prenom} {jeune.nom}" for jeune in db.session.execute(requete)}


def mentions(jeune: Jeune) -> list[tuple[str, str]]:
    """What is beside the file and holds the youth's name, if one reads it: (title, address)."""
    nom = plier(jeune.nom)
    trouves = []
    for colonnes in AILLEURS:
        classe = colonnes[0].class_
        vue = vue_de(classe.__tablename__)
        contient = or_(*(func.acces.plier(c).contains(nom, autoescape=True) for c in colonnes))
        requete = select(classe).where(contient).order_by(classe.le.desc()).limit(MENTIONS)
        for fiche in db.session.scalars(requete):
            trouves.append((vue.titre(fiche), adresse(f"{vue.route_base}/{fiche.id}")))
    return trouves


def mds_ouvertes() -> list[tuple[int, str]]:
    ou = acces.perimetre().mds("conservation", "lire")
    return [(m.id, m.nom) for m in toutes_les_mds() if m.id in ou]


def choix_demande() -> Choix:
    """What the request asks for; 404 for a state, an MDS or a page that cannot be."""
    etat = request.values.get("etat") or A_DECIDER
    if etat not in ETATS:
        abort(404)
    return Choix(etat, _numero("mds"), _numero("page") or 1)


def _numero(nom: str) -> int | None:
    """A number from 1 to 999,999; None when it is not given."""
    texte = request.values.get(nom, "")
    if not texte:
        return None
    return saisie.numero(texte, 6) or abort(404)


def lire_dossiers(choix: Choix, bornes: str = "") -> tuple[dict[str, int], list[Row]]:
    """How many files are in each state, and those in the one chosen; both from one reading.

    The longest without a contact first, in the MDS where the person may look.
    """
    comptes = ", ".join(
        f"count(*) filter (where {condition}) as {etat}" for etat, condition in _CONDITIONS.items()
    )
    requete = text(f"""
        with x as materialized ({_DOSSIERS})
        select c.*, d.* from (select {comptes} from x) c
        left join lateral (
          select * from x where {_CONDITIONS[choix.etat]}
          order by dernier_contact_le, jeune_id {bornes}) d on true
        order by d.dernier_contact_le, d.jeune_id
    """)
    valeurs = {"limite": regles.limite(aujourd_hui()), "mds": choix.mds}
    lus = db.session.execute(requete, valeurs).all()
    nombres = {etat: getattr(lus[0], etat) for etat in ETATS}
    return nombres, [dossier for dossier in lus if dossier.jeune_id is not None]


def compter_a_decider(perimetre: Perimetre, le: date) -> int | None:
    """How many files wait for a decision on that day; None for whoever reads none."""
    if not perimetre.peut("conservation", "lire"):
        return None
    lues = garde.regarder([DOSSIERS_A_DECIDER], le, DROITS)
    if lues is None:
        lues = garde.lire_sans_garder([DOSSIERS_A_DECIDER], le)
    return sum(len(mds.part(DOSSIERS_A_DECIDER).valeurs) for mds in lues.values())


def preparer(le: date) -> None:
    """Read the files of every MDS that wait for a decision, before anybody looks."""
    garde.preparer([DOSSIERS_A_DECIDER], le, DROITS)


def _a_decider(le: date, ou: PerimetreLu) -> Select:
    tous = literal(None, ARRAY(Integer))
    dossiers = func.acces.dossiers_a_decider(
        regles.limite(le),
        literal([*(ou.mds or garde.numeros_des_mds())], ARRAY(Integer)),
        tous if ou.jeunes is None else ou.jeunes,
    ).table_valued(column("jeune_id", Integer), column("mds_id", Integer))
    return garde.une_ligne("a_decider", dossiers.c.mds_id, dossiers.c.jeune_id)


DOSSIERS_A_DECIDER = Part("a_decider", _a_decider, lambda ligne: None)
DROITS = ("conservation",)
"""The base tells these files without a name to whoever reads the decisions."""


def trouver(cle: int) -> tuple[Row, Jeune | None]:
    """A file of the list, and the youth for whoever may read them; 404 when it is not in it."""
    requete = text("select * from acces.dossiers_a_examiner(:limite, :jeune)")
    valeurs = {"limite": regles.limite(aujourd_hui()), "jeune": cle}
    dossier = db.session.execute(requete, valeurs).one_or_none()
    if dossier is None:
        abort(404)
    return dossier, db.session.get(Jeune, cle)
