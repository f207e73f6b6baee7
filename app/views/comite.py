"""What the pages of a comité de suivi share: the comité, its agenda, its participants.

The base decides who sees which youth; a line of the agenda follows its youth to another MDS.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask import abort, request, url_for
from flask_login import current_user
from sqlalchemy import Row, exists, func, select
from sqlalchemy.orm import joinedload

from app import acces
from app.extensions import db
from app.models import (
    CompteRenduComite,
    Decision,
    Fusion,
    Instance,
    Jeune,
    Participant,
    PointDeComite,
)
from app.regles.comite import Masque, lire_les_motifs
from app.regles.conservation import NOM_ANONYME
from app.regles.texte import heure_dite, serrer
from app.sorties_de_donnees import FichierSorti, noter
from app.views.socle.affichage import PARIS, en_texte, nom_mds
from app.views.socle.motif import dire_pourquoi
from app.views.socle.page import Fil, fil_d_ariane

COMITE = "COMITE_SUIVI"
NOMS = "noms"
CODES = "codes"
TAILLE_D_UN_NOM = 200
_UN_NOM = re.compile(r"[^\W\d_]{2}")


def trouver(cle: int) -> Instance:
    """A comité de suivi whose agenda the person reads: 404, or 403 for a meeting without it."""
    requete = select(Instance).where(Instance.id == cle, Instance.type_code == COMITE)
    comite = db.session.scalar(requete.options(joinedload(Instance.mds))) or abort(404)
    if not peut(comite, "point_de_comite", "lire"):
        abort(403)
    return comite


def peut(comite: Instance, ressource: str, acte: str) -> bool:
    return acces.perimetre().peut(ressource, acte, comite.mds_id)


def noter_sortie(comite: Instance, objet: str, lus: Sequence["PointLu"], **detail: object) -> None:
    """Papers of a comité leave, with these youths inside; its purpose needs no asking."""
    mots = f"Comité de suivi du {en_texte(comite.le)}, MDS {nom_mds(comite.mds_id)}"
    dire_pourquoi("REUNION", mots)
    noter(
        FichierSorti(
            objet,
            str(detail.pop("table", "instance")),
            len(lus),
            [point.jeune_id for point in lus],
            cle=str(detail.pop("cle", comite.id)),
            filtres=mots,
            detail=detail,
        )
    )


def compte_rendu(comite: Instance) -> CompteRenduComite | None:
    """The validated minutes; none: the comité can still change."""
    return db.session.scalar(select(CompteRenduComite).filter_by(instance_id=comite.id))


def peut_ecrire(comite: Instance) -> bool:
    """Prepare and hold it: neither cancelled nor minuted."""
    return (
        peut(comite, "point_de_comite", "modifier")
        and comite.statut_code != "ANNULEE"
        and compte_rendu(comite) is None
    )


def precedent(comite: Instance) -> Instance | None:
    """The last comité of this MDS that was held before this one."""
    return db.session.scalar(
        select(Instance)
        .where(
            Instance.type_code == COMITE,
            Instance.mds_id == comite.mds_id,
            Instance.statut_code == "TENUE",
            Instance.le < comite.le,
        )
        .order_by(Instance.le.desc(), Instance.id.desc())
        .limit(1)
    )


@dataclass(frozen=True)
class PointLu:
    """A youth of the agenda, as the person sees them."""

    id: int
    rang: int
    jeune_id: int
    code: str
    prenom: str
    nom_de_famille: str
    motifs: list[str]
    ajoute_par: str
    ajoute_le: datetime
    est_vu: bool
    est_decide: bool
    ailleurs: str
    """The MDS where the youth is followed now, when it is no longer that of the comité."""
    deces_le: date | None
    est_anonyme: bool

    @property
    def nom(self) -> str:
        return f"{self.prenom} {self.nom_de_famille}"

    @property
    def traite(self) -> bool:
        """Looked at: something was decided, or somebody said that nothing had to be."""
        return self.est_vu or self.est_decide

    @property
    def pourquoi(self) -> str:
        """The first reason, or who added the youth."""
        if self.motifs:
            return self.motifs[0]
        return f"Ajouté par {self.ajoute_par}" if self.ajoute_par else "Ajouté"

    def appele(self, affichage: str) -> str:
        return self.code if affichage == CODES else self.nom


def points(comite: Instance) -> list[PointLu]:
    """The agenda in its order, without the youths that the person does not see."""
    decide = exists().where(
        Decision.instance_id == comite.id, Decision.jeune_id == PointDeComite.jeune_id
    )
    requete = (
        select(PointDeComite, Jeune, decide.label("decide"))
        .join(Jeune, Jeune.id == PointDeComite.jeune_id)
        .where(PointDeComite.instance_id == comite.id)
        .order_by(PointDeComite.rang, PointDeComite.id)
    )
    return [_point(comite, *ligne) for ligne in db.session.execute(requete)]


def _point(comite: Instance, point: PointDeComite, jeune: Jeune, decide: bool) -> PointLu:
    ailleurs = ""
    if jeune.mds_id != comite.mds_id:
        ailleurs = nom_mds(jeune.mds_id)
    return PointLu(
        point.id,
        point.rang,
        jeune.id,
        jeune.code,
        jeune.prenom,
        jeune.nom,
        lire_les_motifs(point.motifs),
        point.ajoute_par or "",
        point.ajoute_le,
        point.est_vu,
        decide,
        ailleurs,
        jeune.deces_le,
        jeune.nom_tri == NOM_ANONYME,
    )


def adresse_de_seance(comite: Instance, lus: Sequence[PointLu]) -> str:
    """The screen of the first youth that was not looked at; empty when there is none to look at."""
    if comite.statut_code == "ANNULEE" or not lus:
        return ""
    premier = next((p for p in lus if not p.traite), lus[0])
    return url_for("SeanceView.show", cle=comite.id, jeune=premier.jeune_id)


def partis(comite: Instance) -> int:
    """How many youths of the agenda left for an MDS that the person does not read."""
    return db.session.scalar(select(func.acces.points_hors_de_vue(comite.id))) or 0


def fusionnes(lus: Sequence[PointLu]) -> dict[int, str]:
    """Youth → code of the file that was merged into theirs since they are on the agenda."""
    depuis = {p.jeune_id: p.ajoute_le for p in lus}
    requete = select(Fusion).where(Fusion.jeune_id.in_(depuis), Fusion.annulee_le.is_(None))
    return {
        fusion.jeune_id: fusion.code_absorbe
        for fusion in db.session.scalars(requete)
        if fusion.fusionnee_le >= depuis[fusion.jeune_id]
    }


def participants(comite: Instance) -> list[Participant]:
    requete = select(Participant).where(Participant.instance_id == comite.id)
    return list(db.session.scalars(requete.order_by(Participant.nom)))


def lecteurs(comite: Instance) -> Sequence[Row]:
    """The participants who may read the youths of the MDS, and whether they want e-mails."""
    requete = func.acces.lecteurs_du_comite(comite.id).table_valued(
        "participant_id", "compte_id", "veut_des_courriels"
    )
    return db.session.execute(select(requete)).all()


def inviter(comite: Instance, presents: Sequence[Participant], noms: Sequence[str]) -> list[str]:
    """Add these people to the participants; those who were there already, told by their name."""
    connus = {serrer(p.nom) for p in presents}
    en_double = []
    for nom in noms:
        if serrer(nom) in connus:
            en_double.append(nom)
            continue
        connus.add(serrer(nom))
        db.session.add(Participant(instance_id=comite.id, nom=nom))
    return en_double


def noms_tapes(texte: str) -> tuple[list[str], list[str]]:
    """Names typed with « ; » between them: those that can be, and those that name nobody."""
    noms = [" ".join(nom.split()) for nom in texte.replace("\0", "").split(";")]
    noms = [nom for nom in noms if nom]
    bons = [nom for nom in noms if _UN_NOM.search(nom) and len(nom) <= TAILLE_D_UN_NOM]
    return bons, [nom[:TAILLE_D_UN_NOM] for nom in noms if nom not in bons]


def affichage() -> str:
    """Whether the page is asked for with names or with codes."""
    return CODES if request.values.get("affichage") == CODES else NOMS


def masque(lus: Sequence[PointLu]) -> Masque:
    return Masque((p.code, p.prenom, p.nom_de_famille) for p in lus)


def mon_nom_complet() -> str:
    return str(current_user)


def heure(quand: datetime) -> str:
    """« 10 h 42 », in Paris."""
    return heure_dite(quand.astimezone(PARIS))


def fil_du_comite(comite: Instance | None = None) -> Fil:
    suite = [("Comités de suivi", "/comites/")]
    if comite is not None:
        suite.append((titre_du_comite(comite), f"/comites/{comite.id}"))
    return fil_d_ariane(*suite)


def titre_du_comite(comite: Instance) -> str:
    return f"Comité de suivi du {en_texte(comite.le)}, {comite.mds}"
