"""The rendez-vous of a person in their own calendar: codes and links, never a name.

The calendar program has no session: a secret address, which the person makes and takes back in
« Mon compte », says whose rendez-vous it reads; they are read with that person's rights of today.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from urllib.parse import urlsplit

from flask import Response, request, url_for
from flask_appbuilder import BaseView, expose, has_access
from flask_appbuilder.security.decorators import permission_name
from sqlalchemy import Row, Select, and_, exists, func, or_, select
from werkzeug.exceptions import NotFound, TooManyRequests

from app import acces
from app.connexion import agenda_secret, verrouillage
from app.echanges.formats.agenda import MIME, EntreeAgenda, ecrire_agenda
from app.extensions import db
from app.horloge import maintenant
from app.models import Instance, Jeune, Participant, Rencontre
from app.models.nomenclature import LieuRencontre, TypeInstance, TypeRencontre
from app.regles.age import aujourd_hui
from app.sorties_de_donnees import FichierSorti, noter
from app.views import en_attente, portefeuille
from app.views.socle.fichiers import envoyer_fichier
from app.views.socle.motif import dire_pourquoi

CANAL = "agenda"
NOM = "Tandem"
FICHIER = "tandem.ics"
AVANT = timedelta(days=60)
"""How far back a calendar still shows what was held."""
APRES = timedelta(days=400)
AU_PLUS = 2_000
"""Rendez-vous of a calendar."""


class Agenda(BaseView):
    """The calendar behind a secret address; nobody acts until the address says who."""

    route_base = "/agenda"
    default_view = "flux"

    @expose("/tandem.ics")
    def flux(self) -> Response:
        """404 for an address that opens nothing, never made, taken back or of a closed account.

        The secret travels in the query string, that no log of ours keeps.
        """
        with acces.acteur(acces.CONNEXION):
            essai = verrouillage.essayer_lien()
            if essai.attente:
                raise TooManyRequests
            compte = agenda_secret.compte_de(request.args.get("c", ""))
            if compte is None:
                raise NotFound
            essai.reussi()
            db.session.commit()
        with acces.acteur(compte, canal=CANAL):
            entrees = mes_entrees(aujourd_hui())
            _noter("Agenda, relu par un programme", entrees, une_fois_par_jour=True)
            return _repondre(entrees)


class AgendaDeRencontre(BaseView):
    """« Ajouter à mon agenda »: one rendez-vous, for whoever may read it."""

    route_base = "/rencontres"
    default_view = "un"
    class_permission_name = "rencontre"

    @expose("/<numero:rencontre_id>/tandem.ics")
    @has_access
    @permission_name("lire")
    def un(self, rencontre_id: int) -> Response:
        trouvees = list(_des_rencontres(_rencontres().where(Rencontre.id == rencontre_id)))
        if not trouvees:
            raise NotFound
        _noter("Rendez-vous, ajouté à un agenda", trouvees)
        return _repondre(trouvees)


def _noter(objet: str, entrees: Sequence[EntreeAgenda], *, une_fois_par_jour: bool = False) -> None:
    """The codes leave with the rendez-vous; a program reads a calendar again all day."""
    dedans = {entree.jeune_id for entree in entrees if entree.jeune_id is not None}
    dire_pourquoi("SUIVI", "Rendez-vous dans son propre agenda")
    noter(
        FichierSorti(objet, "rencontre", len(entrees), dedans, une_fois_par_jour=une_fois_par_jour)
    )
    db.session.commit()


def _repondre(entrees: Sequence[EntreeAgenda]) -> Response:
    hote = urlsplit(request.host_url).hostname or NOM
    return envoyer_fichier(ecrire_agenda(NOM, hote, maintenant(), entrees), FICHIER, MIME)


def mes_entrees(le: date) -> list[EntreeAgenda]:
    """The rencontres and the instances of the acting account, around a day.

    A rencontre is theirs when it names them, or when it names nobody and its youth is one of
    theirs; an instance, when they are among its participants.
    """
    agent = portefeuille.moi()
    if agent is None:
        return []
    trouves: list[EntreeAgenda] = []
    if acces.perimetre().peut("rencontre", "lire"):
        sans_agent = func.coalesce(func.cardinality(Rencontre.agents_ids), 0) == 0
        de_mes_jeunes = and_(sans_agent, Rencontre.jeune_id.in_(portefeuille.suivis_par(agent.id)))
        requete = _rencontres().where(
            Rencontre.le.between(le - AVANT, le + APRES),
            or_(Rencontre.agents_ids.contains([agent.id]), de_mes_jeunes),
        )
        trouves += _des_rencontres(requete)
    if acces.perimetre().peut("instance", "lire"):
        trouves += _des_instances(agent.id, le)
    return trouves


def _rencontres() -> Select:
    """Planned or held; those of one collective action are one rendez-vous."""
    return (
        select(
            Rencontre.id,
            Rencontre.action_id,
            Rencontre.jeune_id,
            Rencontre.le,
            Rencontre.heure,
            Rencontre.duree,
            Jeune.code.label("jeune"),
            TypeRencontre.libelle.label("type"),
            LieuRencontre.libelle.label("lieu"),
        )
        .join(Jeune, Jeune.id == Rencontre.jeune_id)
        .join(TypeRencontre, TypeRencontre.code == Rencontre.type_code)
        .outerjoin(LieuRencontre, LieuRencontre.code == Rencontre.lieu_code)
        .where(
            *acces.mds_permises(Rencontre),
            Rencontre.statut_code.in_(("PREVUE", "TENUE")),
            en_attente.vivant(Rencontre.jeune_id),
        )
        .order_by(Rencontre.le, Rencontre.heure, Rencontre.id)
        .limit(AU_PLUS)
    )


def _des_rencontres(requete: Select) -> Iterator[EntreeAgenda]:
    actions: set[int] = set()
    for lue in db.session.execute(requete):
        if lue.action_id is None:
            yield _de_la_rencontre(lue)
        elif lue.action_id not in actions:
            actions.add(lue.action_id)
            yield _de_l_action(lue)


def _de_la_rencontre(lue: Row) -> EntreeAgenda:
    return EntreeAgenda(
        f"rencontre-{lue.id}",
        f"{lue.type} : {lue.jeune}",
        lue.le,
        url_for("RencontreView.show", cle=lue.id, _external=True),
        lue.heure,
        lue.duree,
        lue.lieu,
        lue.jeune_id,
    )


def _de_l_action(lue: Row) -> EntreeAgenda:
    """Its title was typed freely: it is read in Tandem."""
    return EntreeAgenda(
        f"action-{lue.action_id}",
        "Action collective",
        lue.le,
        url_for("ActionCollectiveView.show", cle=lue.action_id, _external=True),
        lue.heure,
        lue.duree,
        lue.lieu,
    )


def _des_instances(agent_id: int, le: date) -> Iterator[EntreeAgenda]:
    invite = exists().where(
        Participant.instance_id == Instance.id, Participant.agent_id == agent_id
    )
    requete = (
        select(Instance.id, Instance.le, TypeInstance.libelle)
        .join(TypeInstance, TypeInstance.code == Instance.type_code)
        .where(
            invite,
            Instance.le.between(le - AVANT, le + APRES),
            Instance.statut_code.in_(("PREVUE", "TENUE")),
        )
        .order_by(Instance.le, Instance.id)
        .limit(AU_PLUS)
    )
    for lue in db.session.execute(requete):
        lien = url_for("InstanceView.show", cle=lue.id, _external=True)
        yield EntreeAgenda(f"instance-{lue.id}", lue.libelle, lue.le, lien)


VUES = (Agenda, AgendaDeRencontre)
