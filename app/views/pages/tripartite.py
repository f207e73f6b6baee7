"""« Tenir le rendez-vous tripartite »: one screen, one transaction (phase 3 of the call).

Who came and what was agreed, the accompagnement that opens, the binôme, who does what, the next
rendez-vous. What is refused anywhere leaves nothing behind, and keeps what was typed.
"""

import uuid
from dataclasses import dataclass
from datetime import date

from flask import abort, flash, redirect, render_template, request
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_login import current_user
from sqlalchemy import ColumnElement, exists, or_, select
from werkzeug.wrappers import Response as Reponse
from wtforms import Field

from app import acces
from app.extensions import db
from app.models import Accompagnement, Binome, Jeune, Rencontre, Tache
from app.regles import parcours
from app.regles.age import aujourd_hui
from app.views import portefeuille
from app.views.champ_agent import ChampAgent, ChampAgents, exiger
from app.views.socle import choix, formulaire
from app.views.socle.champs import (
    ChampCase,
    ChampDate,
    ChampHeure,
    ChampOuiNon,
    ChampTexte,
    ChampTexteLong,
    Formulaire,
)
from app.views.socle.champs_choix import ChampListe
from app.views.socle.page import Fil, adresse, fil_d_ariane

TACHES = (1, 2, 3)
"""The tasks that the screen takes; the file takes the others."""
PRESENCES = (
    "jeune_present",
    "coordonnateur_present",
    "service_ase_present",
    "lieu_accueil_present",
)
DU_RENDEZ_VOUS = ("le", "heure", "lieu_code", "adresse", "agents", *PRESENCES, "compte_rendu")
"""The columns of the rencontre that the form fills."""
SANS_LUI = "Sans le jeune, le rendez-vous n’est pas tenu : notez son absence sur la rencontre."
SANS_COORDONNATEUR = "Sans le coordonnateur, ce n’est pas un rendez-vous tripartite."
A_CHANGE = (
    "Ce rendez-vous a changé depuis l’ouverture de cette page : relisez la fiche du jeune dans un"
    " autre onglet ; ce que vous avez tapé est encore là."
)
SANS_ASE = "Il faut le service ASE ou le lieu d’accueil : « et/ou », dit l’appel à projet."


class FormulaireDuTripartite(Formulaire):
    """The sections in the order of the meeting; ``TACHES`` adds three fields for each task."""

    le = ChampDate("Le", requis=True)
    heure = ChampHeure("Heure")
    lieu_code = ChampListe("Lieu", liste="lieu_rencontre")
    adresse = ChampTexte("Adresse", taille=300)
    agents = ChampAgents("Agents", aide="Qui y était ; « ; » entre les noms.")
    jeune_present = ChampOuiNon("Jeune présent", requis=True)
    coordonnateur_present = ChampOuiNon("Coordonnateur présent", requis=True)
    service_ase_present = ChampOuiNon("Service ASE présent")
    lieu_accueil_present = ChampOuiNon("Lieu d’accueil représenté")
    compte_rendu = ChampTexteLong(
        "Objectifs et compte rendu",
        aide="Ce qui a été convenu avec le jeune. Pas de diagnostic ni d’infraction.",
    )
    ouvrir = ChampCase("Ouvrir l’accompagnement le jour du rendez-vous")
    coordonnateur_id = ChampAgent("Coordonnateur", nom_dans="coordonnateur")
    referent_id = ChampAgent(
        "Référent ASE", nom_dans="referent_ase", aide="Vide : le coordonnateur est seul."
    )
    suite_le = ChampDate("Prochain rendez-vous le")
    suite_heure = ChampHeure("Heure du prochain rendez-vous")

    def verifier(self, a_constituer: bool) -> bool:
        """Each field, then what makes a rendez-vous tripartite; ``a_constituer``: the binôme."""
        valide = self.validate()
        if self.le.data and self.le.data > aujourd_hui():
            formulaire.refuser(self, "Ce jour est à venir : le rendez-vous n’est pas tenu.", "le")
        if self.jeune_present.data is False:
            formulaire.refuser(self, SANS_LUI, "jeune_present")
        if self.coordonnateur_present.data is False:
            formulaire.refuser(self, SANS_COORDONNATEUR, "coordonnateur_present")
        if not (self.service_ase_present.data or self.lieu_accueil_present.data):
            formulaire.refuser(self, SANS_ASE, "service_ase_present")
        if a_constituer and self.nomme("referent_id"):
            exiger(self, "coordonnateur_id")
        if self.suite_le.data and self.suite_le.data < aujourd_hui():
            formulaire.refuser(self, "Choisissez un jour à venir.", "suite_le")
        for rang in TACHES:
            self._verifier_la_tache(rang)
        return valide and not self.errors

    def _verifier_la_tache(self, rang: int) -> None:
        a_dire = self.nomme(f"agent_{rang}") or self[f"pour_{rang}"].data
        if a_dire and not self[f"quoi_{rang}"].data:
            formulaire.refuser(self, "Dites ce qui est à faire.", f"quoi_{rang}")

    def nomme(self, champ: str) -> bool:
        """An agent is chosen there, or the name of one to make."""
        agent = self.agent(champ)
        return agent.data is not None or bool(agent.nouveau)

    def agent(self, nom: str) -> ChampAgent:
        champ = self[nom]
        if not isinstance(champ, ChampAgent):
            raise TypeError(nom)
        return champ


for _rang in TACHES:
    setattr(FormulaireDuTripartite, f"quoi_{_rang}", ChampTexte("Quoi", taille=300))
    setattr(FormulaireDuTripartite, f"agent_{_rang}", ChampAgent("Qui", nom_dans="pour"))
    setattr(FormulaireDuTripartite, f"pour_{_rang}", ChampDate("Pour le"))


@dataclass(frozen=True)
class JeuneAuTripartite:
    """Where the youth stands: what the screen completes, and what it still has to open."""

    jeune: Jeune
    rdv: Rencontre | None
    """The rendez-vous that waits to be told; none: the form makes one."""
    est_suivi: bool
    est_en_binome: bool

    @property
    def a_change(self) -> bool:
        """The rendez-vous is no longer the one that the page showed: told or changed meanwhile."""
        return request.form.get("montre", "") != self.montre

    @property
    def montre(self) -> str:
        """Which rendez-vous the page shows, and in which version."""
        return f"{self.rdv.id}.{self.rdv.version}" if self.rdv is not None else ""

    def permet(self, table: str) -> bool:
        return acces.perimetre().peut(table, "creer", self.jeune.mds_id)

    @property
    def a_ouvrir(self) -> bool:
        return not self.est_suivi and self.permet("accompagnement")

    @property
    def a_constituer(self) -> bool:
        return not self.est_en_binome and self.permet("binome")


@dataclass(frozen=True)
class PageTripartite:
    """The screen to fill in, or that was refused."""

    etat: JeuneAuTripartite
    form: FormulaireDuTripartite
    fil: Fil
    jeton: uuid.UUID

    @property
    def erreurs(self) -> list[tuple[Field, str]]:
        return [(champ, phrase) for champ in self.form for phrase in champ.errors]

    @property
    def taches(self) -> list[tuple[Field, Field, Field]]:
        """What, who, for when: one tuple a task."""
        return [
            (self.form[f"quoi_{r}"], self.form[f"agent_{r}"], self.form[f"pour_{r}"])
            for r in TACHES
        ]


class TripartiteView(BaseView):
    route_base = "/tenir-le-rendez-vous-tripartite"
    sous_le_menu = "JeuneView"
    class_permission_name = "rencontre"
    default_view = "tenir"

    @expose("/<numero:jeune>", methods=["GET", "POST"])
    @has_access
    @permission_name("creer")
    def tenir(self, jeune: int) -> str | tuple[str, int] | Reponse:
        """The form, then all of it written or nothing."""
        etat = _lire(choix.trouver("jeune", jeune) or abort(404))
        if etat.jeune.est_anonyme or not etat.permet("rencontre"):
            abort(403)
        jeton = formulaire.jeton_recu()
        if request.method == "GET":
            form = FormulaireDuTripartite(None, data=_depart(etat))
            form.preparer()
            return _rendre(etat, form, uuid.uuid4())
        la_fiche = adresse(f"/jeunes/{jeune}")
        if formulaire.deja_envoye(jeton):
            return redirect(la_fiche)
        form = FormulaireDuTripartite(request.form)
        form.preparer()
        valide = form.verifier(etat.a_constituer)
        if etat.a_change:
            formulaire.refuser(form, A_CHANGE)
        elif valide and _enregistrer(etat, form, jeton):
            flash("Rendez-vous tripartite enregistré.", "succes")
            return redirect(la_fiche)
        return _rendre(etat, form, jeton or uuid.uuid4()), 422


def _lire(jeune: Jeune) -> JeuneAuTripartite:
    le = aujourd_hui()
    siens = (
        select(Rencontre)
        .where(
            Rencontre.jeune_id == jeune.id,
            Rencontre.type_code == "TRIPARTITE",
            Rencontre.statut_code.in_(("PREVUE", "TENUE")),
            Rencontre.le <= le,
        )
        .order_by(Rencontre.le.desc(), Rencontre.id.desc())
    )
    dernier = db.session.scalars(siens.limit(1)).first()
    if dernier is not None and parcours.rdv_tenu(dernier):
        dernier = None
    compte = Accompagnement.motif_sortie_code.is_distinct_from(parcours.ERREUR)
    suivi = exists().where(*_courant(Accompagnement, jeune, le), compte)
    binome = exists().where(*_courant(Binome, jeune, le))
    est_suivi, est_en_binome = db.session.execute(select(suivi, binome)).one()
    return JeuneAuTripartite(jeune, dernier, est_suivi, est_en_binome)


def _courant(
    classe: type[Accompagnement] | type[Binome], jeune: Jeune, le: date
) -> tuple[ColumnElement[bool], ...]:
    """That of this youth, running that day or later."""
    return classe.jeune_id == jeune.id, or_(classe.au.is_(None), classe.au >= le)


def _depart(etat: JeuneAuTripartite) -> dict:
    """What the form proposes: the rendez-vous as it was planned, today for a new one."""
    agent = portefeuille.moi()
    roles = acces.perimetre().roles
    valeurs: dict[str, object] = {
        "le": aujourd_hui(),
        "agents": portefeuille.mon_nom(),
        "jeune_present": True,
        "coordonnateur_present": True,
        "ouvrir": True,
    }
    if etat.rdv is not None:
        connues = {nom: getattr(etat.rdv, nom) for nom in DU_RENDEZ_VOUS}
        valeurs |= {nom: valeur for nom, valeur in connues.items() if valeur is not None}
    if agent is not None and "COORDONNATEUR" in roles:
        valeurs["coordonnateur_id"] = agent.id
    if agent is not None and "REFERENT_SEF" in roles:
        valeurs |= {"referent_id": agent.id, "service_ase_present": True}
    return valeurs


def _rendre(etat: JeuneAuTripartite, form: FormulaireDuTripartite, jeton: uuid.UUID) -> str:
    fil = fil_d_ariane(("Jeunes", "/jeunes/"), (str(etat.jeune), f"/jeunes/{etat.jeune.id}"))
    page = PageTripartite(etat, form, fil, jeton)
    return render_template("tandem/tripartite.html", page=page, fil=fil)


def _enregistrer(
    etat: JeuneAuTripartite, form: FormulaireDuTripartite, jeton: uuid.UUID | None
) -> bool:
    """Write everything in one transaction; False when the base refuses a part of it."""
    if formulaire.reserver(jeton, "rencontre"):
        return True
    rdv = etat.rdv or Rencontre(jeune_id=etat.jeune.id, type_code="TRIPARTITE")
    for nom in DU_RENDEZ_VOUS:
        setattr(rdv, nom, form[nom].data)
    rdv.statut_code = "TENUE"
    db.session.add_all([rdv, *_ce_qui_suit(etat, form)])
    if not formulaire.ecrire(form):
        return False
    formulaire.retenir(jeton, rdv.id)
    return formulaire.ecrire(form, conclure=True)


def _ce_qui_suit(etat: JeuneAuTripartite, form: FormulaireDuTripartite) -> list:
    """The records that the meeting opens, for whoever may make them."""
    jeune = etat.jeune.id
    suites: list = []
    if etat.a_ouvrir and form.ouvrir.data:
        suites.append(Accompagnement(jeune_id=jeune, du=form.le.data))
    if etat.a_constituer and form.nomme("coordonnateur_id"):
        binome = Binome(jeune_id=jeune, du=form.le.data)
        _nommer(binome, form, "coordonnateur_id", "coordonnateur_id")
        _nommer(binome, form, "referent_id", "referent_id")
        suites.append(binome)
    if etat.permet("tache"):
        suites += [
            _tache(jeune, form, rang) for rang in TACHES if form[f"quoi_{rang}"].data is not None
        ]
    if form.suite_le.data:
        suites.append(_prochain(jeune, form))
    return suites


def _nommer(fiche, form: FormulaireDuTripartite, champ: str, colonne: str) -> None:
    agent = form.agent(champ)
    setattr(fiche, colonne, agent.data)
    agent.ecrire_dans(fiche)


def _tache(jeune: int, form: FormulaireDuTripartite, rang: int) -> Tache:
    tache = Tache(jeune_id=jeune, quoi=form[f"quoi_{rang}"].data, pour_le=form[f"pour_{rang}"].data)
    _nommer(tache, form, f"agent_{rang}", "agent_id")
    return tache


def _prochain(jeune: int, form: FormulaireDuTripartite) -> Rencontre:
    return Rencontre(
        jeune_id=jeune,
        type_code="ENTRETIEN",
        statut_code="PREVUE",
        le=form.suite_le.data,
        heure=form.suite_heure.data,
        fixee_le=aujourd_hui(),
        agents=portefeuille.mon_nom() or str(current_user),
    )


VUES = (TripartiteView,)
