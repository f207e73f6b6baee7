"""The minutes of a comité de suivi: read, validated once, handed out as they were then (M10)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_login import current_user
from sqlalchemy import select
from werkzeug.wrappers import Response as Reponse

from app import horloge
from app.echanges.compte_rendu import (
    CompteRendu,
    JeuneDuCompteRendu,
    ParticipantDuCompteRendu,
    TacheDuCompteRendu,
    composer,
)
from app.extensions import db
from app.models import Agent, CompteRenduComite, Decision, Instance, Participant, Tache
from app.regles.age import PARIS, aujourd_hui
from app.views import comite as comites
from app.views.comite import PointLu
from app.views.socle.fichiers import envoyer_fichier
from app.views.socle.page import conclure_et_dire

FONCTION_DU_COORDONNATEUR = "COORDONNATEUR"


@dataclass(frozen=True)
class PageDuCompteRendu:
    """What the minutes will say, or said."""

    comite: Instance
    contenu: CompteRendu
    valide: CompteRenduComite | None
    sans_lecture: list[str]
    """The participants who may not read the youths: names cannot be written for them."""
    le: date
    peut_valider: bool
    peut_prendre: bool
    seance: str
    """Where to go on; empty when there is nothing to look at."""

    @property
    def est_a_venir(self) -> bool:
        return self.comite.le > self.le

    @property
    def pas_vus(self) -> int:
        return sum(not (j.decision or j.taches or j.est_vu) for j in self.contenu.jeunes)

    @property
    def presents(self) -> int:
        return sum(p.est_present for p in self.contenu.participants)

    @property
    def reste_a_dire(self) -> list[str]:
        """What one may have forgotten."""
        dits = []
        if not self.presents:
            dits.append("Aucun participant n’est noté présent.")
        if self.pas_vus == 1:
            dits.append("Un jeune n’a pas été examiné : il sera proposé au prochain comité.")
        elif self.pas_vus:
            dits.append(
                f"{self.pas_vus} jeunes n’ont pas été examinés : ils seront proposés au prochain"
                " comité."
            )
        return dits


class CompteRenduView(BaseView):
    route_base = "/comptes-rendus"
    sous_le_menu = "ComiteView"
    class_permission_name = "compte_rendu_comite"

    @expose("/<numero:cle>")
    @has_access
    @permission_name("lire")
    def show(self, cle: int) -> str:
        return _rendre(_page(comites.trouver(cle)))

    @expose("/<numero:cle>/valider", methods=["POST"])
    @has_access
    @permission_name("creer")
    def valider(self, cle: int) -> Reponse | tuple[str, int]:
        """Freeze the document; the comité is held, whoever was not ticked is excused."""
        comite = comites.trouver(cle)
        page = _page(comite)
        if not page.peut_valider:
            abort(403)
        if page.est_a_venir:
            flash("Ce comité est à venir : changez sa date, ou validez ce jour-là.", "erreur")
            return _rendre(page), 422
        nominatif = "noms" in request.form and not page.sans_lecture
        octets, empreinte = composer(replace(page.contenu, est_nominatif=nominatif))
        db.session.add(
            CompteRenduComite(
                instance_id=comite.id,
                mds_id=comite.mds_id,
                valide_par=page.contenu.valide_par,
                valide_le=page.contenu.valide_le,
                est_nominatif=nominatif,
                document=octets,
                empreinte=empreinte,
            )
        )
        _tenir(comite)
        if not conclure_et_dire("Compte rendu validé : il ne changera plus."):
            return _rendre(_page(comites.trouver(cle))), 422
        return redirect(url_for(".show", cle=cle))

    @expose("/<numero:cle>/telecharger")
    @has_access
    @permission_name("exporter")
    def telecharger(self, cle: int) -> Response:
        """The very bytes that were validated."""
        comite = comites.trouver(cle)
        valide = comites.compte_rendu(comite) or abort(404)
        octets = valide.document
        nom = f"comite-de-suivi-{comite.mds.code}-{comite.le:%Y-%m-%d}.docx"
        comites.noter_sortie(
            comite,
            "Compte rendu de comité de suivi",
            comites.points(comite),
            table="compte_rendu_comite",
            cle=valide.id,
            noms=valide.est_nominatif,
            empreinte=valide.empreinte,
        )
        db.session.commit()
        from app.echanges.formats.document import MIME

        return envoyer_fichier(octets, nom, MIME)


def _page(comite: Instance) -> PageDuCompteRendu:
    valide = comites.compte_rendu(comite)
    lus = comites.points(comite)
    lecteurs = {lecteur.participant_id for lecteur in comites.lecteurs(comite)}
    return PageDuCompteRendu(
        comite=comite,
        contenu=_contenu(comite, lus, est_nominatif=True),
        valide=valide,
        sans_lecture=[p.nom for p in comites.participants(comite) if p.id not in lecteurs],
        le=aujourd_hui(),
        peut_valider=(
            valide is None
            and comite.statut_code != "ANNULEE"
            and comites.peut(comite, "compte_rendu_comite", "creer")
        ),
        seance=comites.adresse_de_seance(comite, lus),
        peut_prendre=valide is not None and comites.peut(comite, "compte_rendu_comite", "exporter"),
    )


def _rendre(page: PageDuCompteRendu) -> str:
    return render_template(
        "tandem/compte_rendu.html", page=page, fil=comites.fil_du_comite(page.comite)
    )


def _contenu(comite: Instance, lus: Sequence[PointLu], *, est_nominatif: bool) -> CompteRendu:
    """What is known of the comité, in four statements."""
    decisions = {
        d.jeune_id: d.decision
        for d in db.session.scalars(select(Decision).filter_by(instance_id=comite.id))
    }
    taches: dict[int, list[TacheDuCompteRendu]] = defaultdict(list)
    donnees = select(Tache).filter_by(instance_id=comite.id).order_by(Tache.id)
    for t in db.session.scalars(donnees):
        taches[t.jeune_id].append(TacheDuCompteRendu(t.quoi, t.pour or "", t.pour_le))
    jeunes = [
        JeuneDuCompteRendu(
            p.code,
            p.prenom,
            p.nom_de_famille,
            decisions.get(p.jeune_id, ""),
            taches[p.jeune_id],
            p.est_vu,
        )
        for p in lus
    ]
    return CompteRendu(
        le=comite.le,
        mds=str(comite.mds),
        participants=[
            ParticipantDuCompteRendu(p.nom, p.fonction or "", bool(p.est_present))
            for p in comites.participants(comite)
        ],
        jeunes=jeunes,
        partis=comites.partis(comite),
        est_nominatif=est_nominatif,
        valide_par=str(current_user),
        valide_le=horloge.maintenant().astimezone(PARIS),
    )


def _tenir(comite: Instance) -> None:
    """The comité was held; a participant who was not ticked did not come."""
    comite.statut_code = "TENUE"
    absents = select(Participant).filter_by(instance_id=comite.id, est_present=None)
    for participant in db.session.scalars(absents):
        participant.est_present = False
    if comite.coordonnateur_present is None:
        present = (
            select(Participant.id)
            .join(Agent, Agent.id == Participant.agent_id)
            .where(
                Participant.instance_id == comite.id,
                Participant.est_present.is_(True),
                Agent.fonction_code == FONCTION_DU_COORDONNATEUR,
            )
        )
        if db.session.scalar(present.limit(1)) is not None:
            comite.coordonnateur_present = True


VUES = (CompteRenduView,)
