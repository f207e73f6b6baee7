"""A youth in front of a comité de suivi: all that its screen shows, in a constant number of
statements (M10)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from flask import request, url_for
from sqlalchemy import Row

from app import acces
from app.extensions import db
from app.models import CompteRenduComite, Instance, Jeune, Participant
from app.regles import comite as regles
from app.regles.age import aujourd_hui
from app.views import comite as comites
from app.views import dossier
from app.views.comite import PointLu
from app.views.dossier import Dossier
from app.views.pages.changements import ChangementsDuDossier, depuis_le
from app.views.pages.saisie_de_seance import ConflitDeSeance
from app.views.socle.affichage import en_texte

MONTRES = ("alerte", "decision", "tache")
"""The tabs of the file that the screen shows."""
LONGTEMPS = 20
"""Decisions and tasks of before that are looked at."""


@dataclass(frozen=True)
class Engagement:
    """A decision or a task of before: who had it to do, whether it was done."""

    genre: str
    """« decision » or « tache »."""
    id: int
    quoi: str
    par: str
    pour_le: date | None
    faite_le: date | None
    abandon: str | None
    le: date

    @property
    def cle(self) -> str:
        return f"{self.genre}:{self.id}"

    @property
    def etat(self) -> tuple[str, str]:
        """(the class of the pill, its words)."""
        if self.faite_le is not None:
            return "fait", f"Fait le {en_texte(self.faite_le)}"
        if self.abandon:
            return "", f"Abandonné : {self.abandon}"
        if self.pour_le is not None and self.pour_le >= self.le:
            return "prevu", "En cours"
        return "tard", "Pas fait"

    @property
    def est_ouvert(self) -> bool:
        return self.faite_le is None and not self.abandon


@dataclass
class PageDeSeance:
    """A youth of the agenda, in front of those who meet."""

    comite: Instance
    points: list[PointLu]
    point: PointLu
    dossier: Dossier
    dernier: Instance | None
    changements: ChangementsDuDossier
    decision: Row | None
    taches: list[Row]
    engagements: list[Engagement]
    participants: list[Participant]
    partis: int
    fusionne: str
    """The code of the file that was merged into this one since."""
    valide: CompteRenduComite | None
    affichage: str
    peut_decider: bool
    peut_donner: bool
    peut_noter: bool
    """Tick who is there, say that a youth was looked at."""
    conflit: ConflitDeSeance | None = None
    refus: str = ""
    partie: str = ""
    """What was sent, when something of it was refused."""
    erreurs_de_tache: tuple[str, ...] = ()

    @property
    def est_code(self) -> bool:
        return self.affichage == comites.CODES

    def dire(self, texte: str | None) -> str:
        """A text as it may be read on the wall: without the names when codes are asked for."""
        if not self.est_code:
            return texte or ""
        return comites.masque(self.points).cacher(texte or "")

    @property
    def appele(self) -> str:
        return self.point.appele(self.affichage)

    @property
    def place(self) -> int:
        return self.points.index(self.point)

    @property
    def suivant(self) -> PointLu | None:
        suite = self.points[self.place + 1 :]
        return suite[0] if suite else None

    @property
    def avant(self) -> PointLu | None:
        return self.points[self.place - 1] if self.place else None

    @property
    def vus(self) -> int:
        return sum(p.traite for p in self.points)

    @property
    def presents(self) -> int:
        return sum(bool(p.est_present) for p in self.participants)

    @property
    def binome(self) -> list[str]:
        return [agent.nom for agent in dossier.qui_suit(self.dossier.binome, self.dossier.le)]

    @property
    def qui_peut(self) -> list[str]:
        """Who a task may be given to: the binôme, then the participants."""
        return list(dict.fromkeys([*self.binome, *(p.nom for p in self.participants)]))

    @property
    def alertes(self) -> list[Row]:
        return [a for a in self.dossier.en_cours("alerte") if a.au != self.dossier.le]

    @property
    def motifs(self) -> list[str]:
        """The reasons of the agenda that the file does not tell by itself."""
        return regles.hors_du_dossier(regles.SEPARATEUR.join(self.point.motifs))

    def retard(self, du: date) -> int:
        return (self.dossier.le - du).days

    def adresse(self, point: PointLu) -> str:
        affichage = comites.CODES if self.est_code else None
        return url_for(
            "SeanceView.show", cle=self.comite.id, jeune=point.jeune_id, affichage=affichage
        )

    @property
    def autre_affichage(self) -> str:
        autre = comites.NOMS if self.est_code else comites.CODES
        return url_for(
            "SeanceView.show", cle=self.comite.id, jeune=self.point.jeune_id, affichage=autre
        )

    @property
    def texte(self) -> str:
        """What the field of the decision shows."""
        if self.conflit is not None:
            return request.form.get("decision", "")
        return self.decision.decision if self.decision else ""

    @property
    def version(self) -> int:
        if self.conflit is not None:
            return self.conflit.version
        return self.decision.version if self.decision else 0

    def peut_suivre(self, engagement: Engagement) -> bool:
        """Whether the person may say what became of it."""
        return self.peut_decider if engagement.genre == "decision" else self.peut_donner

    def tape(self, nom: str) -> str:
        """What was typed in a task, or a name, that was refused."""
        refuse = self.erreurs_de_tache or (self.refus and self.partie == "presents")
        return request.form.get(nom, "") if refuse else ""


def composer(comite: Instance, jeune: int) -> PageDeSeance | None:
    """None when the youth is not on the agenda that the person sees."""
    lus = comites.points(comite)
    point = next((p for p in lus if p.jeune_id == jeune), None)
    if point is None:
        return None
    perimetre = acces.perimetre()
    fiche = db.session.get_one(Jeune, jeune)
    ouvert = dossier.ouvrir(fiche, aujourd_hui(), perimetre, avec=MONTRES)
    dernier = comites.precedent(comite)
    valide = comites.compte_rendu(comite)
    ecrit = valide is None and comite.statut_code != "ANNULEE" and not point.est_anonyme
    return PageDeSeance(
        comite=comite,
        points=lus,
        point=point,
        dossier=ouvert,
        dernier=dernier,
        changements=depuis_le(jeune, dernier.le if dernier else None, comite.id),
        decision=next(iter(_d_ici(ouvert, "decision", comite)), None),
        taches=_d_ici(ouvert, "tache", comite),
        engagements=list(_engagements(ouvert, comite)),
        participants=comites.participants(comite),
        partis=comites.partis(comite),
        fusionne=comites.fusionnes([point]).get(jeune, ""),
        valide=valide,
        affichage=comites.affichage(),
        peut_decider=ecrit and perimetre.peut("decision", "creer", fiche.mds_id),
        peut_donner=ecrit and perimetre.peut("tache", "creer", fiche.mds_id),
        peut_noter=ecrit and comites.peut(comite, "point_de_comite", "modifier"),
    )


def _d_ici(ouvert: Dossier, table: str, comite: Instance) -> list[Row]:
    """What was decided, or given to do, in this very comité."""
    siennes = [ligne for ligne in ouvert.lignes[table] if ligne.instance_id == comite.id]
    return sorted(siennes, key=lambda ligne: ligne.id)


def _engagements(ouvert: Dossier, comite: Instance) -> Iterator[Engagement]:
    """What was decided and given at the last comité of the youth, and what is still open."""
    avant = [d for d in ouvert.lignes["decision"] if d.instance_id != comite.id]
    # Latest first; the label of the comité is its day (``instance``).
    passees = [d for d in avant if d.instance is None or d.instance <= comite.le]
    derniere = max((d.instance for d in passees if d.instance), default=None)
    for d in passees[:LONGTEMPS]:
        e = _engagement("decision", d, d.decision, d.echeance_le, ouvert.le)
        if e.est_ouvert or d.instance == derniere:
            yield e
    for t in ouvert.lignes["tache"][:LONGTEMPS]:
        if t.instance_id == comite.id:
            continue
        e = _engagement("tache", t, t.quoi, t.pour_le, ouvert.le)
        if e.est_ouvert or (t.instance is not None and t.instance == derniere):
            yield e


def _engagement(genre: str, ligne: Row, quoi: str, pour_le: date | None, le: date) -> Engagement:
    return Engagement(
        genre, ligne.id, quoi, ligne.pour or "", pour_le, ligne.faite_le, ligne.abandon, le
    )
