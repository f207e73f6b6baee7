"""The professionals: their list, their portfolio, their account, and the records in double."""

from dataclasses import dataclass

from flask import abort, flash, redirect, render_template, request
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import Select, func, or_, select, text
from sqlalchemy.exc import DBAPIError
from wtforms import Field

from app import acces, menu
from app.acces import TOUTES
from app.erreurs import expliquer
from app.extensions import db
from app.menu import AuMenu
from app.models import Agent, Binome, Jeune, Poste, catalogue
from app.regles import jumeaux
from app.regles.age import aujourd_hui
from app.views import passation, portefeuille
from app.views.socle import choix, formulaire, saisie
from app.views.socle.affichage import PARTOUT, en_texte, nom_mds
from app.views.socle.base import VueTandem
from app.views.socle.champs import Formulaire
from app.views.socle.champs_choix import ChampReference
from app.views.socle.fiche import Onglet
from app.views.socle.page import adresse

_NOMMES = text("select nom, numero, nombre from acces.compter_nommes(:agent)")
MAX_JEUNES = 100
"""Youths shown in the tab of an agent; beyond, the filtered list shows the rest."""


class FormulaireDuCompte(Formulaire):
    """Which account is the agent's; empty: none."""

    compte_id = ChampReference("Compte", table="ab_user", aide="Vide : aucun compte.")


@dataclass(frozen=True)
class PageDuCompte:
    """The page that ties an account to an agent."""

    agent: Agent
    form: Formulaire
    adresse: str

    @property
    def erreurs(self) -> list[tuple[Field, str]]:
        return [(champ, phrase) for champ in self.form for phrase in champ.errors]


def precision(agent: Agent) -> str:
    """What tells two namesakes apart."""
    dits = (
        agent.fonction and agent.fonction.libelle,
        ", ".join(nom_mds(mds) for mds in agent.mds_ids) or PARTOUT,
        agent.telephone,
        agent.courriel,
        agent.compte_id and "a un compte",
    )
    return ", ".join(dit for dit in dits if dit)


@dataclass(frozen=True)
class PageDesAgents:
    """The pairs of records that may be of one person."""

    paires: list[tuple[Agent, Agent]]

    precision = staticmethod(precision)


@dataclass(frozen=True)
class PageDeReunion:
    """Two records about to be one, and what names the one that goes."""

    garde: Agent
    absorbe: Agent
    nomme: list[tuple[str, int]]

    precision = staticmethod(precision)


class AgentView(VueTandem):
    datamodel = SQLAInterface(Agent)
    route_base = "/agents"
    ressource = "agent"
    nom = "un agent"
    pluriel = "Agents"
    aide_liste = (
        "Les professionnels qui suivent les jeunes. Le téléphone et le courriel d’un agent se "
        "lisent dans ses MDS."
    )
    exclude_route_methods = {"download", "action", "action_post", "delete"}
    list_columns = ["nom", "fonction_code", "mds_ids", "telephone", "courriel", "au"]
    add_fieldsets = [
        ("", {"fields": ["nom", "fonction_code", "mds_ids", "service_ids", "du", "au"]}),
        ("Coordonnées", {"fields": ["telephone", "courriel"]}),
        ("Autres écritures", {"fields": ["autres_noms"]}),
    ]
    show_fieldsets = [
        ("", {"fields": ["nom", "fonction_code", "mds_ids", "service_ids", "du", "au"]}),
        ("Coordonnées", {"fields": ["telephone", "courriel", "compte_id"]}),
        ("Autres écritures", {"fields": ["autres_noms"]}),
    ]
    formatters_columns = {"mds_ids": lambda v: en_texte(v) or PARTOUT}
    search_columns = ["fonction_code", "mds_ids", "service_ids"]
    filtres_propres = {
        "en_fonction": (
            "État",
            {
                "oui": ("En fonction", lambda: or_(Agent.au.is_(None), Agent.au >= aujourd_hui())),
                "non": ("Partis", lambda: Agent.au < aujourd_hui()),
            },
        )
    }
    base_order = ("nom", "asc")
    show_template = "tandem/agent.html"
    au_menu = AuMenu(menu.PARTENARIAT, 45)

    def initiales(self) -> dict:
        """Asked from the page of a service: who is added works there."""
        if "service" not in request.args:
            return {}
        return {"service_ids": [choix.demande("service", "service").id]}

    def boutons_de_liste(self, demande) -> list[tuple[str, str]]:
        """The pairs that the administrator looks through, after an import of names most of all."""
        if not acces.perimetre().peut("agent", "fusionner"):
            return []
        return [("Fiches en double", adresse("/agents/en-double"))]

    def boutons(self, fiche) -> list[tuple[str, str]]:
        perimetre = acces.perimetre()
        liens = []
        if perimetre.peut("jeune", "lire"):
            ses_jeunes = _ou_il_accompagne(fiche)
            liens.append(("Voir ses jeunes", ses_jeunes))
        if perimetre.peut("binome", "modifier"):
            liens.append(("Passer la main", adresse(f"/passer-la-main/?de={fiche.id}")))
        if peut_lier(fiche):
            liens.append(("Rattacher un compte", adresse(f"/agents/{fiche.id}/compte")))
        if perimetre.peut("agent", "fusionner"):
            liens.append(("Fiches en double", adresse("/agents/en-double")))
        return liens

    def onglets(self, fiche) -> list[Onglet]:
        perimetre = acces.perimetre()
        onglets = []
        if perimetre.peut("binome", "lire"):
            onglets.append(_jeunes(fiche))
        if perimetre.peut("poste", "lire"):
            onglets.append(_postes(fiche))
        return onglets

    def remplacements(self, fiche) -> list[passation.Remplacement]:
        """The replacements that the person may end today, from or by this agent."""
        if not acces.perimetre().peut("binome", "modifier"):
            return []
        return passation.remplacements(fiche.id)

    @expose("/<cle>/compte", methods=["GET", "POST"])
    @has_access
    @permission_name("lier")
    def compte(self, cle: str):
        """Tie an account to an agent, or untie it; never by the name alone."""
        agent = self.obtenir(cle, verrou=request.method == "POST")
        if not peut_lier(agent):
            abort(403)
        form = FormulaireDuCompte(request.form if request.method == "POST" else None, obj=agent)
        form.preparer(agent)
        ici = adresse(f"/agents/{agent.id}")
        if request.method == "POST" and form.validate():
            agent.compte_id = form.compte_id.data
            if formulaire.ecrire(form, conclure=True):
                flash("C’est noté : les listes de ce compte commencent par ses jeunes.", "succes")
                return redirect(ici)
            agent = self.obtenir(cle)
        page = PageDuCompte(agent, form, ici)
        rendue = render_template(
            "tandem/agent_compte.html", page=page, vue=self, fil=self.fil(agent)
        )
        return (rendue, 422) if request.method == "POST" else rendue

    @expose("/en-double")
    @has_access
    @permission_name("fusionner")
    def en_double(self):
        """The records whose names may be of one person."""
        return self._jumeaux()

    def _jumeaux(self) -> str:
        agents = db.session.scalars(select(Agent).order_by(Agent.recherche)).all()
        trouvees = jumeaux.paires([(agent, agent.nom) for agent in agents])
        page = PageDesAgents([p for p in trouvees if not _deux_comptes(*p)])
        return render_template("tandem/agents_en_double.html", page=page, fil=self.fil())

    @expose("/reunir", methods=["GET", "POST"])
    @has_access
    @permission_name("fusionner")
    def reunir(self):
        """Make one record of two: what the one that goes was named in follows the other."""
        if request.method == "GET" and "garde" not in request.args:
            return self._jumeaux()
        garde = _agent("garde")
        absorbe = _agent("absorbe")
        if garde.id == absorbe.id:
            abort(404)
        if request.method == "GET":
            page = PageDeReunion(garde, absorbe, _ou_il_est_nomme(absorbe))
            fil = [*self.fil(), ("Agents en double", adresse("/agents/en-double"))]
            return render_template("tandem/agents_reunir.html", page=page, fil=fil)
        dit = f"La fiche de {absorbe.nom} est réunie à celle de {garde.nom}."
        if reunir(garde, absorbe):
            flash(dit, "succes")
        return redirect(adresse("/agents/en-double"))


def reunir(garde: Agent, absorbe: Agent) -> bool:
    """Merge and commit; a refusal is told to the person."""
    try:
        fait = db.session.scalar(select(func.acces.fusionner_agents(garde.id, absorbe.id)))
        db.session.commit()
    except DBAPIError as erreur:
        db.session.rollback()
        flash(expliquer(erreur)[0], "erreur")
        return False
    return bool(fait) or abort(403)


def _ou_il_est_nomme(agent: Agent) -> list[tuple[str, int]]:
    """What names an agent: (kind of record, how many), whoever may read them."""
    comptes = db.session.execute(_NOMMES, {"agent": agent.id})
    return [(_libelle(table, numero), n) for table, numero, n in comptes if n]


def _libelle(table: str, numero: str) -> str:
    classe = catalogue.classe_de(table)
    return f"{classe.declaration.libelle} ({classe.__table__.c[numero].info['libelle']})"


def _deux_comptes(un: Agent, autre: Agent) -> bool:
    """Two accounts are two persons."""
    return bool(un.compte_id and autre.compte_id)


def _agent(nom: str) -> Agent:
    """The agent whose number the request gives; 404 for one that is not visible."""
    numero = saisie.numero(request.values.get(nom))
    agent = None if numero is None else db.session.get(Agent, numero)
    return agent or abort(404)


def peut_lier(agent: Agent) -> bool:
    """In all the MDS of the agent; everywhere for an agent of the Département."""
    permises = acces.perimetre().mds("agent", "lier")
    if permises is TOUTES:
        return True
    return bool(agent.mds_ids) and all(mds in permises for mds in agent.mds_ids)


def _ou_il_accompagne(agent: Agent) -> str:
    role = "referent" if agent.fonction_code == "REFERENT_ASE" else "coordonnateur"
    return adresse(f"/jeunes/?{role}={agent.id}")


def _jeunes(agent: Agent) -> Onglet:
    """Those whom the agent accompanies today, among those that one sees."""
    requete: Select = (
        select(Binome, Jeune.prenom, Jeune.nom)
        .join(Jeune, Jeune.id == Binome.jeune_id)
        .where(portefeuille.est_le_sien(agent.id, aujourd_hui()))
        .where(Binome.jeune_id.in_(portefeuille.suivis_par(agent.id)))
        .where(Binome.du <= aujourd_hui(), or_(Binome.au.is_(None), Binome.au >= aujourd_hui()))
        .order_by(Jeune.nom_tri, Binome.du)
        .limit(MAX_JEUNES)
    )
    lignes = []
    for binome, prenom, nom in db.session.execute(requete):
        role = _role(binome, agent.id)
        cellules = [f"{prenom} {nom}", role, en_texte(binome.du), en_texte(binome.au)]
        lignes.append((adresse(f"/jeunes/{binome.jeune_id}"), cellules))
    onglet = Onglet(
        "jeunes",
        "Jeunes accompagnés",
        ["Jeune", "Comme", "Du", "Au"],
        lignes,
        compte=str(portefeuille.compter_les_jeunes(agent.id)),
        vide="Aucun jeune n’est accompagné par cet agent aujourd’hui.",
    )
    if len(lignes) == MAX_JEUNES:
        onglet.tout_voir = _ou_il_accompagne(agent)
    return onglet


def _role(binome: Binome, agent: int) -> str:
    if binome.coordonnateur_id == agent:
        return "Coordonnateur"
    if binome.referent_id == agent:
        return "Référent ASE"
    return f"En double jusqu’au {en_texte(binome.en_double_jusqu_au)}"


def _postes(agent: Agent) -> Onglet:
    requete = select(Poste).where(Poste.agent_id == agent.id).order_by(Poste.du.desc())
    lignes = [
        (adresse(f"/postes/{p.id}"), [en_texte(p.du), en_texte(p.au), en_texte(p.etp)])
        for p in db.session.scalars(requete)
    ]
    return Onglet(
        "postes",
        "Postes",
        ["Du", "Au", "ETP"],
        lignes,
        compte=str(len(lignes)),
        vide="Aucun poste n’est enregistré à son nom.",
    )


VUES = (AgentView,)
