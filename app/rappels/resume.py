"""What waits for the acting account, in codes and links: never a name nor a date of birth.

The same rules as the home page and « À faire », of the youths whom the person accompanies when they
have some, else of all they see.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from flask import current_app
from sqlalchemy import ColumnElement, and_, or_, select, true

from app import acces
from app.acces import Perimetre, mds_permises
from app.extensions import db
from app.models import (
    ActionPartenariat,
    ConventionPartenaire,
    Habilitation,
    Jeune,
    Mesure,
    Partenaire,
    Rencontre,
    Tache,
)
from app.regles.age import anniversaire
from app.regles.conservation import NOM_ANONYME
from app.regles.parametres import AGE_ENTRETIEN
from app.roles import ROLES
from app.views import en_attente, orientation, partenariat, portefeuille, tache
from app.views.pages import a_faire, a_venir, envoi
from app.views.socle.affichage import en_texte

AU_PLUS = 10
"""Lines of a section; beyond, their number."""
AVANT_LE_RDV = timedelta(days=5)
"""From the tenth of the fifteen days, a rendez-vous to fix is told."""
UN_MOIS = timedelta(days=30)
"""Before the entretien des 17 ans, and before the end of a mesure."""
AVANT_LA_TACHE = timedelta(days=2)
AVANT_L_OBLIGATION = timedelta(days=7)
AVANT_L_HABILITATION = timedelta(days=14)
DU_TABLEAU = {5, 2, 0}
"""Days before the monthly table is due; once late, every day."""


@dataclass(frozen=True)
class LigneDeRappel:
    """A thing that waits, and the youth whose code it tells."""

    dit: str
    jeune_id: int | None = None


@dataclass(frozen=True)
class RubriqueDeRappel:
    """A subject of the e-mail: its title, and the line of each thing that waits."""

    titre: str
    lignes: list[LigneDeRappel]

    @property
    def montrees(self) -> list[LigneDeRappel]:
        return self.lignes[:AU_PLUS]

    def en_texte(self) -> str:
        dits = [ligne.dit for ligne in self.montrees]
        reste = len(self.lignes) - AU_PLUS
        if reste > 0:
            dits.append(f"et {reste} de plus")
        return "\n".join([self.titre, *(f"- {dit}" for dit in dits)])


def lien(chemin: str) -> str:
    """The address of a page of the service, for whoever reads an e-mail."""
    return f"{current_app.config['SMTP'].adresse}{chemin}"


def sections(le: date) -> list[RubriqueDeRappel]:
    """What waits that day for the acting account; nothing when nothing does."""
    perimetre = acces.perimetre()
    agent = portefeuille.moi()
    qui = portefeuille.TOUS
    if agent is not None and agent.a_des_jeunes:
        qui = portefeuille.MIENS
    sujets: tuple[tuple[str, Callable[[Perimetre, date, str], Iterator[LigneDeRappel]]], ...] = (
        ("Orientations reçues, sans réponse", _orientations),
        ("Rendez-vous tripartites à fixer", _rdv),
        ("Étapes légales et situations de sortie en retard", _etapes),
        (f"Entretiens des {AGE_ENTRETIEN.dit} à préparer dans le mois", _dix_sept_ans),
        ("Mesures qui finissent dans le mois", _fins_de_mesure),
        ("Rencontres passées à mettre à jour", _rencontres),
        ("Tâches pour bientôt ou en retard", _taches),
        ("Tableau mensuel", _tableau),
        ("Permanences et comités à prévoir", _obligations),
        ("Partenaires à rappeler", _partenaires),
        ("Conventions de partenariat à renouveler", _conventions),
        ("Vos habilitations", _habilitations),
    )
    toutes = [RubriqueDeRappel(titre, list(lire(perimetre, le, qui))) for titre, lire in sujets]
    return [section for section in toutes if section.lignes]


def _orientations(perimetre: Perimetre, le: date, qui: str) -> Iterator[LigneDeRappel]:
    recues = orientation.recues(perimetre)
    codes = _codes([o.jeune_id for o in recues])
    for o in recues:
        urgente = "URGENTE, " if o.est_urgente else ""
        depuis = f"prise de contact du {en_texte(o.contact_le)}"
        dit = f"{codes[o.jeune_id]} : {urgente}{depuis}. {lien(f'/orientations/{o.id}')}"
        yield LigneDeRappel(dit, o.jeune_id)


def _codes(jeunes: list[int]) -> dict[int, str]:
    lus = db.session.execute(select(Jeune.id, Jeune.code).where(Jeune.id.in_(jeunes)))
    return {o.id: o.code for o in lus}


def _rdv(perimetre: Perimetre, le: date, qui: str) -> Iterator[LigneDeRappel]:
    if not perimetre.peut("jeune", "lire"):
        return
    for jeune, limite in a_faire.liste_des_rdv(le, qui):
        if limite - AVANT_LE_RDV > le:
            continue
        quand = f"avant le {en_texte(limite)}"
        if limite < le:
            quand = f"en retard depuis le {en_texte(limite)}"
        yield LigneDeRappel(f"{jeune.code} : {quand}. {lien(f'/jeunes/{jeune.id}')}", jeune.id)


def _etapes(perimetre: Perimetre, le: date, qui: str) -> Iterator[LigneDeRappel]:
    """Their day is often a birthday: it is not written."""
    if not perimetre.peut("jeune", "lire"):
        return
    examen = a_faire.examiner(le, qui)
    for jeune, etape in examen.etapes:
        dit = f"{jeune.code} : {etape.titre}. {lien(f'/jeunes/{jeune.id}#etapes')}"
        yield LigneDeRappel(dit, jeune.id)
    for jeune, _ in examen.sorties:
        dit = f"{jeune.code} : situation de sortie attendue. {lien(f'/jeunes/{jeune.id}')}"
        yield LigneDeRappel(dit, jeune.id)


def _dix_sept_ans(perimetre: Perimetre, le: date, qui: str) -> Iterator[LigneDeRappel]:
    if not perimetre.peut("jeune", "lire"):
        return
    ans = AGE_ENTRETIEN.valeur
    bientot = Jeune.date_naissance.between(
        anniversaire(le, -ans) + timedelta(days=1), anniversaire(le + UN_MOIS, -ans)
    )
    for numero, code in _jeunes(qui, bientot):
        yield LigneDeRappel(f"{code}. {lien(f'/jeunes/{numero}#etapes')}", numero)


def _jeunes(qui: str, *conditions: ColumnElement[bool]) -> Iterator[tuple[int, str]]:
    requete = (
        select(Jeune.id, Jeune.code)
        .where(*mds_permises(Jeune), *portefeuille.les_siens(Jeune.id, qui), *conditions)
        .where(Jeune.nom_tri != NOM_ANONYME, Jeune.deces_le.is_(None))
        .order_by(Jeune.code)
        .limit(a_faire.MAX_LIGNES)
    )
    for jeune in db.session.execute(requete):
        yield jeune.id, jeune.code


def _fins_de_mesure(perimetre: Perimetre, le: date, qui: str) -> Iterator[LigneDeRappel]:
    if not perimetre.peut("mesure", "lire"):
        return
    requete = (
        select(Jeune.id, Jeune.code, en_attente.FIN_ATTENDUE.label("fin"))
        .join(Jeune, Jeune.id == Mesure.jeune_id)
        .where(
            *mds_permises(Mesure),
            en_attente.FIN_ATTENDUE.between(le, le + UN_MOIS),
            en_attente.vivant(Mesure.jeune_id),
            *portefeuille.les_siens(Mesure.jeune_id, qui),
        )
        .order_by("fin", Jeune.code)
        .limit(a_faire.MAX_LIGNES)
    )
    for numero, code, fin in db.session.execute(requete):
        yield LigneDeRappel(f"{code} : le {en_texte(fin)}. {lien(f'/jeunes/{numero}')}", numero)


def _rencontres(perimetre: Perimetre, le: date, qui: str) -> Iterator[LigneDeRappel]:
    if not perimetre.peut("rencontre", "modifier"):
        return
    requete = (
        select(Rencontre.id, Rencontre.le, Rencontre.jeune_id, Jeune.code)
        .join(Jeune, Jeune.id == Rencontre.jeune_id)
        .where(
            *mds_permises(Rencontre),
            *en_attente.rencontres_a_mettre_a_jour(le),
            *portefeuille.les_siens(Rencontre.jeune_id, qui),
        )
        .order_by(Rencontre.le, Rencontre.id)
        .limit(a_faire.MAX_LIGNES)
    )
    for lue in db.session.execute(requete):
        dit = f"{lue.code} : prévue le {en_texte(lue.le)}. {lien(f'/rencontres/{lue.id}/modifier')}"
        yield LigneDeRappel(dit, lue.jeune_id)


def _taches(perimetre: Perimetre, le: date, qui: str) -> Iterator[LigneDeRappel]:
    """What is to be done was typed freely: it is read in Tandem."""
    if not perimetre.peut("tache", "modifier"):
        return
    agent = portefeuille.moi()
    a_qui = and_(true(), *portefeuille.les_siens(Tache.jeune_id, qui))
    if agent is not None:
        a_qui = or_(a_qui, Tache.agent_id == agent.id)
    requete = (
        select(Tache.id, Tache.pour_le, Tache.jeune_id, Jeune.code)
        .join(Jeune, Jeune.id == Tache.jeune_id)
        .where(*mds_permises(Tache), tache.ouvertes(), Tache.pour_le <= le + AVANT_LA_TACHE, a_qui)
        .order_by(Tache.pour_le, Tache.id)
        .limit(a_faire.MAX_LIGNES)
    )
    for lue in db.session.execute(requete):
        dit = f"{lue.code} : pour le {en_texte(lue.pour_le)}. {lien(f'/taches/{lue.id}')}"
        yield LigneDeRappel(dit, lue.jeune_id)


def _tableau(perimetre: Perimetre, le: date, qui: str) -> Iterator[LigneDeRappel]:
    rappel = envoi.rappel(perimetre, le)
    if rappel is None or not perimetre.peut("envoi", "creer"):
        return
    jours = int(str(rappel["jours"]))
    if jours in DU_TABLEAU or jours < 0:
        retard = ", en retard" if jours < 0 else ""
        attendu = f"{rappel['mois']} attendu le {en_texte(rappel['echeance'])}{retard}"
        yield LigneDeRappel(f"Tableau {attendu}. {lien('/envois/')}")


def _obligations(perimetre: Perimetre, le: date, qui: str) -> Iterator[LigneDeRappel]:
    for case in a_venir.obligations_a_prevoir(perimetre, le):
        if case.periode.au - le <= AVANT_L_OBLIGATION:
            titre = f"{case.obligation.titre}, {case.territoire}"
            yield LigneDeRappel(
                f"{titre} : avant le {en_texte(case.periode.au)}. {lien('/obligations/')}"
            )


def _partenaires(perimetre: Perimetre, le: date, qui: str) -> Iterator[LigneDeRappel]:
    """Whom to call back was typed freely: it is read in Tandem."""
    if not perimetre.peut("action_partenariat", "modifier"):
        return
    requete = (
        select(ActionPartenariat.id, ActionPartenariat.suite_le)
        .where(partenariat.suite_due(le))
        .order_by(ActionPartenariat.suite_le, ActionPartenariat.id)
        .limit(a_faire.MAX_LIGNES)
    )
    ou = perimetre.mds("action_partenariat", "modifier")
    if not isinstance(ou, acces.Toutes):
        requete = requete.where(ActionPartenariat.mds_id.in_(sorted(ou)))
    agent = portefeuille.moi()
    if agent is not None:
        requete = requete.where(_le_sien(agent.id))
    for numero, jour in db.session.execute(requete):
        yield LigneDeRappel(
            f"Pas suivant pour le {en_texte(jour)}. {lien(f'/actions-de-partenariat/{numero}')}"
        )


def _le_sien(agent: int) -> ColumnElement[bool]:
    """What nobody took is everybody's."""
    return or_(ActionPartenariat.agent_id == agent, ActionPartenariat.agent_id.is_(None))


def _conventions(perimetre: Perimetre, le: date, qui: str) -> Iterator[LigneDeRappel]:
    """Of the partners of the MDS where the person keeps the partnership."""
    if not perimetre.peut("convention_partenaire", "modifier"):
        return
    requete = (
        select(ConventionPartenaire.id, ConventionPartenaire.au)
        .join(Partenaire, Partenaire.id == ConventionPartenaire.partenaire_id)
        .where(partenariat.a_renouveler(le), ConventionPartenaire.au >= le - UN_MOIS)
        .order_by(ConventionPartenaire.au, ConventionPartenaire.id)
        .limit(a_faire.MAX_LIGNES)
    )
    ou = perimetre.mds("partenaire", "modifier")
    if not isinstance(ou, acces.Toutes):
        requete = requete.where(Partenaire.mds_ids.overlap(sorted(ou)))
    for numero, jour in db.session.execute(requete):
        quand = f"finit le {en_texte(jour)}"
        if jour < le:
            quand = f"finie depuis le {en_texte(jour)}"
        yield LigneDeRappel(
            f"Une convention {quand}. {lien(f'/conventions-de-partenariat/{numero}')}"
        )


def _habilitations(perimetre: Perimetre, le: date, qui: str) -> Iterator[LigneDeRappel]:
    """Those of the person that end soon: whoever gives them is still there to be asked."""
    requete = select(Habilitation.role_code, Habilitation.au).where(
        Habilitation.compte_id == int(acces.contexte().acteur),
        Habilitation.au.between(le, le + AVANT_L_HABILITATION),
    )
    for role, au in db.session.execute(requete):
        yield LigneDeRappel(
            f"« {ROLES[role].libelle} » finit le {en_texte(au)} : demandez à la prolonger."
        )
