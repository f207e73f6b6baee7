"""Every noun × every role × {own MDS, another's, none}, written for real: a valid form sent to
create, change, delete.

What is allowed leaves exactly its lines in the audit log; what is refused leaves the base as it
was, and a line that says so. A role that may not act is refused before the record is looked at: it
tries one side, in turn. « à cheval » is a référent of Artois who also reads Ternois as SLAI:
they write in one and read in the other.
"""

import functools
import re
import uuid

import pytest
from sqlalchemy import TextClause, create_engine, inspect, select, text

from app import acces
from app.extensions import db
from app.models import Habilitation, catalogue
from app.models.declaration import Forme
from tests import factories as f
from tests.connexions import champs, ouvrir_session
from tests.test_matrice import ABSENT, DU_DEPARTEMENT, MATRICE, ROLES, _corps, declares

ICI, LA_BAS = "Quenvillers", "Zonnebeke"
"""The names of every youth here and of every youth elsewhere, and of nothing else."""
JOUR = "2026-01-15"
A_CHEVAL = "à cheval"
AGENTS = [*ROLES, A_CHEVAL]


def _texte_libre(**autres):
    return {"le": JOUR, "rubrique": "RESEAU", "recit": "Un atelier par mois.", **autres}


CREER = {
    "JeuneView": lambda c: {
        "nom": "Fictif",
        "prenom": uuid.uuid4().hex[:12],
        "date_naissance": "2008-05-04",
        "mds_id": c["mds"],
    },
    "RattachementView": lambda c: {
        "jeune_id": c["neuf"],
        "mds_rattachement_id": c["mds"] if c["mds"] != ABSENT else f.numero_mds("ARR"),
        "du": JOUR,
    },
    "MesureView": lambda c: {"jeune_id": c["neuf"], "type_code": "PLACEMENT", "du": JOUR},
    "AlerteView": lambda c: {"jeune_id": c["neuf"], "motif_code": "FUGUE", "du": JOUR},
    "AccompagnementView": lambda c: {"jeune_id": c["neuf"], "du": JOUR},
    "BinomeView": lambda c: {
        "jeune_id": c["neuf"],
        "referent_id": "nouveau",
        "referent_id-texte": "Maryse Neuve",
        "coordonnateur_id": "nouveau",
        "coordonnateur_id-texte": "Yanis Neuf",
        "du": JOUR,
    },
    "RencontreView": lambda c: {
        "jeune_id": c["neuf"],
        "type_code": "ENTRETIEN",
        "le": JOUR,
        "statut_code": "TENUE",
    },
    "ActionCollectiveView": lambda c: {
        "intitule": "Atelier",
        "le": JOUR,
        "mds_id": c["mds"],
        "type_code": "COLLECTIF",
        "jeunes": c["jeune"],
        "enregistrer": "oui",
    },
    "EtapeView": lambda c: {"jeune_id": c["neuf"], "echeance": "PROJET_17", "faite_le": JOUR},
    "SituationView": lambda c: {
        "jeune_id": c["neuf"],
        "observee_le": JOUR,
        "situation_pro_code": "LYCEE_PRO",
    },
    "FreinView": lambda c: {"jeune_id": c["neuf"], "theme_code": "MOBILITE", "du": JOUR},
    "EnqueteView": lambda c: {"jeune_id": c["neuf"], "demandee_le": JOUR},
    "MobilisationView": lambda c: {
        "jeune_id": c["neuf"],
        "partenaire_id": c["partenaire"],
        "dispositif": "CEJ",
        "du": JOUR,
    },
    "DecisionView": lambda c: {
        "jeune_id": c["neuf"],
        "instance_id": c["instance"],
        "decision": "Préparer le logement.",
    },
    "TransfertView": lambda c: {
        "jeune_id": c["neuf"],
        "vers_mds_id": c["autre_mds"],
        "effet_le": JOUR,
        "motif": "Déménagement.",
    },
    "InstanceView": lambda c: {
        "type_code": "PERMANENCE",
        "mds_id": c["mds"],
        "le": JOUR,
        "statut_code": "TENUE",
    },
    "ParticipantView": lambda c: {"instance_id": c["instance"], "nom": uuid.uuid4().hex[:12]},
    "PartenaireView": lambda c: {
        "nom": uuid.uuid4().hex[:12],
        "type_code": "ASSOCIATION",
        "mds_ids": c["mds"],
    },
    "AgentView": lambda c: {"nom": f"Agent {uuid.uuid4().hex[:12]}", "mds_ids": c["mds"]},
    "ContactView": lambda c: {"partenaire_id": c["partenaire"], "nom": "Agathe Contact"},
    "TexteBilanView": lambda c: {
        "rubrique": "PARTENARIAT",
        "mds_id": c["mds"],
        "le": JOUR,
        "recit": "Un atelier par mois.",
    },
    "DemandePersonneView": lambda c: {
        "recue_le": JOUR,
        "nature": "ACCES",
        "demandeur": "JEUNE",
        "mds_id": c["mds"],
    },
    "HabilitationView": lambda c: {
        "compte_id": c["compte"],
        "role_code": "SLAI",
        "mds_id": c["mds"],
        "du": JOUR,
    },
}
"""A valid form for each noun of an MDS; ``c`` gives what it refers to, here, elsewhere or nowhere.
"""
COMMUNES = {
    "PosteView": lambda c: {
        "agent_id": "nouveau",
        "agent_id-texte": f"Agent {uuid.uuid4().hex[:12]}",
        "etp": "1",
        "du": JOUR,
    },
    "ConventionView": lambda c: {
        "numero": uuid.uuid4().hex[:12],
        "operateur": "Missions Locales",
        "du": JOUR,
        "au": "2026-12-31",
        "etp": "9",
        "montant_etp": "52000",
        "avance_pourcent": "80",
    },
    "VersementView": lambda c: {
        "convention_id": c["convention"],
        "type": "AUTRE",
        "montant": "12,5",
        "le": JOUR,
    },
    "ObjectifView": lambda c: {
        "convention_id": c["convention_neuve"](),
        "indicateur": "I5",
        "sens": "AU_MOINS",
        "cible": "70",
    },
    "ServiceView": lambda c: {"nom": uuid.uuid4().hex[:12], "type": "AUTRE", "mds_id": c["mds"]},
    "MdsView": lambda c: {
        "nom": "MDS d’essai",
        "code": uuid.uuid4().hex[:3].upper(),
        "ouverte_le": f.il_y_a(0).isoformat(),
    },
    "CompteView": lambda c: {
        "first_name": "Odile",
        "last_name": "Fictive",
        "username": uuid.uuid4().hex[:12],
        "email": f"{uuid.uuid4().hex}@example.org",
    },
}
"""The nouns of the whole Département: no elsewhere."""
CHANGER = {
    "JeuneView": ("objectif", "Un apprentissage"),
    "RattachementView": ("du", "2020-01-01"),
    "MesureView": ("du", "2020-01-01"),
    "AlerteView": ("signalee_par", "Éducatrice"),
    "AccompagnementView": ("du", "2020-01-01"),
    "BinomeView": ("du", "2024-01-01"),
    "RencontreView": ("compte_rendu", "Venu à l’heure"),
    "ActionCollectiveView": ("intitule", "Atelier logement"),
    "EtapeView": ("motif", "Écrit"),
    "SituationView": ("observee_le", "2026-02-01"),
    "FreinView": ("precision", "Pas de bus"),
    "EnqueteView": ("demandee_le", "2026-01-02"),
    "MobilisationView": ("issue", "Entré en E2C"),
    "DecisionView": ("decision", "Visiter un foyer"),
    "InstanceView": ("compte_rendu", "Tenue"),
    "ParticipantView": ("fonction", "Éducatrice"),
    "PartenaireView": ("interlocuteur", "Agathe"),
    "AgentView": ("telephone", "03 53 01 00 00"),
    "ContactView": ("fonction", "Cheffe"),
    "TexteBilanView": ("recit", "Deux ateliers par mois."),
    "HabilitationView": ("motif", "Remplacement"),
    "PosteView": ("du", "2020-01-01"),
    "ConventionView": ("operateur", "Autre"),
    "VersementView": ("montant", "13"),
    "ObjectifView": ("cible", "71"),
    "ServiceView": ("nom", "Autre"),
    "CompteView": ("first_name", "Odette"),
    "DemandePersonneView": ("code_dossier", "D1"),
}
"""A field of each noun, and another value for it."""
SANS_ECRAN = {"point_de_comite"}
"""Written by the pages of a comité alone (``test_comite.py``, ``test_seance.py``)."""
DECLARES = {
    f"{catalogue.classe_de(table).__name__}View": table
    for table in catalogue.de_forme(Forme.PAR_JEUNE)
    if f"{catalogue.classe_de(table).__name__}View" not in CREER and table not in SANS_ECRAN
}
"""Nouns of a youth that this file does not name: their form is made from what they require."""
CREER |= {vue: functools.partial(f.formulaire, table) for vue, table in DECLARES.items()}
CHANGER |= {vue: f.champ_et_valeur(table) for vue, table in DECLARES.items()}
AUSSI = {
    "ActionCollectiveView": {"rencontre"},
    "CompteView": {"authentification", "ab_user"},
    "BinomeView": {"agent"},
    "PosteView": {"agent"},
}
"""What a creation writes besides the record."""
A_COTE = {"journal", "sceau", "session_ouverte", "tentative", "jeton_formulaire", "alembic_version"}


@pytest.fixture(scope="module")
def scene(app):
    """Each side has its youths, partner, meeting and account; each role an account."""
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
        cotes = {
            "ici": _cote("ART", ICI, "ARR"),
            "ailleurs": _cote("ARR", LA_BAS, "ART"),
            "lu": _cote("TER", LA_BAS, "ART"),
        }
        convention = f.une_convention()
        communes = {
            "PosteView": f.un_poste().id,
            "ConventionView": convention.id,
            "VersementView": f.un_versement(convention).id,
            "ObjectifView": f.un_objectif(convention).id,
            "CompteView": f.un_compte().id,
            "ServiceView": 1,
            "convention": convention.id,
        }
        partout = {"DPID", "DPO", "ADMINISTRATEUR"}
        comptes = {
            agent: f.un_compte(role, mds=None if role in partout else "ART").id
            for agent, role in ROLES.items()
        }
        comptes[A_CHEVAL] = f.un_compte("REFERENT_SEF", mds="ART").id
        f.une_habilitation(db.session.get(f.Compte, comptes[A_CHEVAL]), "SLAI", "TER")
        db.session.commit()
    rien = dict.fromkeys([*cotes["ici"], "compte", "neuf"], ABSENT) | {
        "autre_mds": cotes["ici"]["mds"],
        "fiches": dict.fromkeys(cotes["ici"]["fiches"], ABSENT),
    }
    moteur = create_engine(app.config["DATABASE_OWNER_URL"], isolation_level="AUTOCOMMIT")
    yield {
        "app": app,
        "cotes": {**cotes, "nulle part": rien},
        "communes": communes,
        "agents": {
            agent: ouvrir_session(app.test_client(), compte) for agent, compte in comptes.items()
        },
        "saisies": {},
        "moteur": moteur,
    }
    moteur.dispose()
    app.config["WTF_CSRF_ENABLED"] = True


def _cote(mds: str, nom: str, autre: str) -> dict:
    return {
        "mds": f.numero_mds(mds),
        "autre_mds": f.numero_mds(autre),
        "code": mds,
        "nom": nom,
        "jeune": f.un_jeune(mds, nom=nom).id,
        "partenaire": f.un_partenaire(mds).id,
        "instance": f.une_instance(mds=mds).id,
        "fiches": fiches_neuves(mds, nom),
    }


class Parents:
    """What a new record stands on, made when it is asked for."""

    def __init__(self, mds: str, nom: str):
        self.mds = mds
        self.nom = nom

    @functools.cached_property
    def jeune(self):
        return f.un_jeune(self.mds, nom=self.nom)

    @functools.cached_property
    def partenaire(self):
        return f.un_partenaire(self.mds)

    @functools.cached_property
    def instance(self):
        return f.une_instance(mds=self.mds)

    def habilitation(self):
        compte = f.un_compte("SLAI", mds=self.mds)
        return db.session.scalars(
            select(Habilitation).where(Habilitation.compte_id == compte.id)
        ).one()


FICHES = {
    "JeuneView": lambda p: f.un_jeune(p.mds, nom=p.nom),
    "RattachementView": lambda p: f.un_rattachement(p.jeune, mds=p.mds),
    "MesureView": lambda p: f.une_mesure(p.jeune),
    "AlerteView": lambda p: f.une_alerte(p.jeune),
    "AccompagnementView": lambda p: f.un_accompagnement(p.jeune),
    "BinomeView": lambda p: f.un_binome(p.jeune),
    "RencontreView": lambda p: f.une_rencontre(p.jeune),
    "ActionCollectiveView": lambda p: f.une_action_collective(p.mds),
    "EtapeView": lambda p: f.une_etape(p.jeune),
    "SituationView": lambda p: f.une_situation(p.jeune),
    "FreinView": lambda p: f.un_frein(p.jeune),
    "EnqueteView": lambda p: f.une_enquete(p.jeune),
    "MobilisationView": lambda p: f.une_mobilisation(p.jeune, p.partenaire),
    "DecisionView": lambda p: f.une_decision(p.jeune, p.instance),
    "TransfertView": lambda p: f.un_transfert(p.jeune, vers="BOU"),
    "InstanceView": lambda p: f.une_instance(mds=p.mds),
    "ParticipantView": lambda p: f.un_participant(p.instance),
    "PartenaireView": lambda p: f.un_partenaire(p.mds),
    "AgentView": lambda p: f.un_agent(p.mds),
    "ContactView": lambda p: f.un_contact(p.partenaire),
    "TexteBilanView": lambda p: f.un_texte_bilan(p.mds),
    "DemandePersonneView": lambda p: f.une_demande(p.mds),
    "HabilitationView": Parents.habilitation,
}
"""A new record of each noun, on its parents."""


def _fiche_declaree(table: str, parents: Parents):
    return f.une_fiche(table, parents.mds, parents.jeune)


FICHES |= {vue: functools.partial(_fiche_declaree, table) for vue, table in DECLARES.items()}


def fiches_neuves(mds: str, nom: str) -> dict[str, int]:
    """A record of each noun, on a youth of its own."""
    parents = Parents(mds, nom)
    return {vue: faire(parents).id for vue, faire in FICHES.items()}


@functools.cache
def _etat_des_tables(moteur) -> TextClause:
    """The number of rows of each table and its last transaction: a writing changes one. Of the
    audit log, its last line."""
    noms = sorted(set(inspect(moteur).get_table_names()) - A_COTE)
    etat = '(select (count(*), coalesce(max(xmin::text::bigint), 0)) from "{0}")::text as "{0}"'
    journal = "(select coalesce(max(id), 0) from journal) as journal"
    return text("select " + ", ".join([*map(etat.format, noms), journal]))


class Constat:
    """What a request did: the tables changed, the lines it added to the audit log."""

    def __init__(self, moteur):
        self.moteur = moteur
        self.avant = self._tables(moteur)
        self.ligne = int(self.avant["journal"])

    @staticmethod
    def _tables(moteur) -> dict[str, str | int]:
        with moteur.connect() as c:
            return dict(c.execute(_etat_des_tables(moteur)).mappings().one())

    @functools.cached_property
    def tables(self) -> set[str]:
        apres = self._tables(self.moteur)
        return {t for t, etat in apres.items() if etat != self.avant[t]} - {"journal"}

    @functools.cached_property
    def lignes(self) -> list[tuple[str, str]]:
        with self.moteur.connect() as c:
            ordre = "select operation, table_nom from journal where id > :n order by id"
            return [tuple(ligne) for ligne in c.execute(text(ordre), {"n": self.ligne})]


def vue_de(scene, nom: str):
    return scene["app"].view_functions[f"{nom}.list"].__self__


def droits(vue: str) -> dict[str, frozenset[str]]:
    """Act → agents: what the table of words says, else what the model declares."""
    if vue in MATRICE:
        return MATRICE[vue]
    ressource = catalogue.ressource_de(DECLARES[vue])
    actes = ("lire", "creer", "modifier", "supprimer", "exporter")
    return {acte: declares(ressource, acte) for acte in actes}


def permis(vue: str, acte: str, agent: str, cote: str = "ici") -> bool:
    """What ``donnees/matrice.csv`` says, or the declaration of a noun that it does not name."""
    if agent == A_CHEVAL:
        agent = {"ici": "référent", "lu": "SLAI"}.get(cote, "")
    return agent in droits(vue)[acte]


def permis_ici(vue: str, acte: str, agent: str, cote: str) -> bool:
    """The same for a record of an MDS: who steers keeps the meetings of the Département only."""
    return permis(vue, acte, agent, "ici" if cote == "ailleurs" else cote) and not (
        agent == "pilotage" and vue in DU_DEPARTEMENT
    )


def quelque_part(vue: str, acte: str, agent: str) -> bool:
    """Whether a role of this agent, in one MDS or another, gives this right."""
    return any(permis(vue, acte, agent, cote) for cote in ("ici", "lu"))


def cotes_de(vue: str, acte: str, agent: str) -> list[str]:
    """The sides to try: all of them for whoever has the right somewhere, else one in turn."""
    cotes = ["ici", "ailleurs", "nulle part"]
    if vue in COMMUNES:
        cotes = ["ici", "nulle part"]
    elif agent == A_CHEVAL:
        cotes.append("lu")
    if quelque_part(vue, acte, agent):
        return cotes
    return [cotes[(AGENTS.index(agent) + [*CREER, *COMMUNES].index(vue)) % len(cotes)]]


def oublier_les_messages(client) -> None:
    """« Fiche enregistrée » is said on the next page, with the name of the record: not on that of
    another side."""
    with client.session_transaction() as session:
        session.pop("_flashes", None)


TENANTS = ("administrateur", "responsable", "pilotage", "DPO")
"""Whoever keeps a noun is first among these."""
PARTOUT = ("pilotage", "DPO", "administrateur")
"""Roles that are given for all MDS: for them nothing is elsewhere."""
A_DEUX = {("HabilitationView", "administrateur")}
"""Who may ask, and does not give alone what opens files (``test_a_deux.py``)."""
AU_PLUS_UNE = {"ReglageMdsView", "LeveeDePlafondView"}
"""One an MDS, one a person and day: tried in ``test_usages.py``."""


@pytest.mark.parametrize("agent", AGENTS)
@pytest.mark.parametrize("vue", [*CREER, *COMMUNES])
def test_creer(scene, vue, agent):
    client = scene["agents"][agent]
    ecran = vue_de(scene, vue)
    table, corps = ecran.modele.__tablename__, {}
    for cote in cotes_de(vue, "creer", agent) if vue in CREER else ["ici"]:
        donnees = _refaire(scene, vue, cote)
        constat = Constat(scene["moteur"])
        reponse = client.post(f"{ecran.route_base}/ajouter", data=donnees)
        ou = f"{agent} creates {vue} {cote}: {reponse.status_code}"
        if not quelque_part(vue, "creer", agent):
            assert reponse.status_code == 403, ou
            assert (constat.tables, constat.lignes) == (set(), [("refus", ecran.ressource)]), ou
        elif (
            permis_ici(vue, "creer", agent, cote)
            and (vue, agent) not in A_DEUX
            and (cote in ("ici", "lu") or (agent in PARTOUT and cote == "ailleurs"))
        ):
            assert (
                reponse.status_code == 302 or vue == "CompteView" and reponse.status_code == 200
            ), f"{ou} {_fautes(reponse)}"
            assert table in constat.tables and constat.tables <= {table} | AUSSI.get(vue, set()), ou
            ecrites = [ligne for ligne in constat.lignes if ligne[0] == "creation"]
            assert ecrites.count(("creation", table)) == 1 and {t for _, t in ecrites} <= {
                table
            } | AUSSI.get(vue, set()), ou
        else:
            assert reponse.status_code == 422, f"{ou} {_fautes(reponse)}"
            assert constat.tables == set() and {o for o, _ in constat.lignes} <= {"refus"}, ou
            if agent not in PARTOUT:
                corps[cote] = _corps(reponse.text)
        oublier_les_messages(client)
        assert LA_BAS not in reponse.text or cote == "lu" or agent in PARTOUT, ou
    if (
        vue not in ("JeuneView", "PartenaireView", "AgentView", "HabilitationView")
        and "ailleurs" in corps
        and "nulle part" in corps
    ):
        assert sans_choix(corps["ailleurs"]) == sans_choix(corps["nulle part"]), (
            f"{agent} {vue}: elsewhere and nowhere are told apart"
        )


# A youth, a partner, an agent refer to an MDS alone, a habilitation to an account too: all may be
# read by who creates them.


def sans_choix(page: str) -> str:
    """The page without what was typed."""
    return re.sub(r'value="[^"]*"( selected)?', "", page)


def _fautes(reponse) -> list[str]:
    return re.findall(
        r"<li>(?:<a[^>]*>)?(.*?)<", reponse.text.partition('id="erreurs"')[2].partition("</ul>")[0]
    )


class Cote(dict):
    """What a form refers to on a side; its youth and its account are made when they are asked
    for."""

    def __missing__(self, nom: str) -> int:
        faire = {"neuf": lambda: f.un_jeune(self["code"], nom=self["nom"]), "compte": f.un_compte}
        self[nom] = faire[nom]().id
        return self[nom]


def _refaire(scene, vue: str, cote: str) -> dict:
    """The form of a noun on that side, its youth new so that nothing collides."""
    c = Cote(scene["cotes"][cote], convention=scene["communes"]["convention"])
    with scene["app"].app_context(), acces.acteur(acces.TOUS, canal="essai"):
        if vue == "EtapeView" and cote != "nulle part":
            f.une_mesure(c["neuf"])
        c["convention_neuve"] = lambda: f.une_convention().id
        donnees = (CREER | COMMUNES)[vue](c)
        db.session.commit()
    return donnees


@pytest.mark.parametrize("agent", AGENTS)
@pytest.mark.parametrize("vue", CHANGER)
def test_modifier(scene, vue, agent):
    ecran, client = vue_de(scene, vue), scene["agents"][agent]
    table, corps = ecran.modele.__tablename__, {}
    champ, valeur = CHANGER[vue]
    modele = _saisie_d_un_tenant(scene, vue)
    for cote in cotes_de(vue, "modifier", agent):
        adresse = f"{ecran.route_base}/{_cle(scene, vue, cote)}/modifier"
        visible = est_visible(vue, agent, cote)
        donnees = {**modele, champ: valeur if cote == "ici" else f"{valeur}9"[-len(valeur) :]}
        if visible and permis_ici(vue, "modifier", agent, cote):
            donnees = champs(client.get(adresse).text)
            donnees[champ] = (
                f"2019-0{AGENTS.index(agent) + 1}-0{2 if cote == 'lu' else 1}"
                if re.fullmatch(r"[\d-]{10}", valeur)
                else f"{valeur} {agent} {cote}"
            )
            if vue in ("VersementView", "ObjectifView"):
                donnees[champ] = str(50 + AGENTS.index(agent))
        constat = Constat(scene["moteur"])
        reponse = client.post(adresse, data=donnees)
        ou = f"{agent} changes {vue} {cote}: {reponse.status_code}"
        if not quelque_part(vue, "modifier", agent) or (
            visible and not permis_ici(vue, "modifier", agent, cote)
        ):
            assert reponse.status_code == 403, ou
            assert constat.tables == set() and {o for o, _ in constat.lignes} <= {"refus"}, ou
        elif visible:
            assert reponse.status_code == 302, f"{ou} {_fautes(reponse)}"
            assert constat.tables == {table}, ou
            assert constat.lignes == [("modification", table)], ou
        else:
            assert reponse.status_code == 404, ou
            assert constat.tables == set() and {o for o, _ in constat.lignes} <= {"refus"}, ou
            corps[cote] = _corps(reponse.text)
        oublier_les_messages(client)
        assert LA_BAS not in reponse.text, ou
    assert len(set(corps.values())) <= 1, f"{agent} {vue}: elsewhere and nowhere are told apart"


def est_visible(vue: str, agent: str, cote: str) -> bool:
    """Whether the record of that side is among those that the agent reads."""
    if cote == "lu":
        return permis(vue, "lire", agent, cote)
    return cote == "ici" or (cote == "ailleurs" and agent in PARTOUT)


def _saisie_d_un_tenant(scene, vue: str) -> dict:
    """The form of the record here, as whoever may change it receives it; read once."""
    if vue not in scene["saisies"]:
        tenant = next(qui for qui in TENANTS if qui in droits(vue)["modifier"])
        adresse = f"{vue_de(scene, vue).route_base}/{_cle(scene, vue, 'ici')}/modifier"
        scene["saisies"][vue] = champs(scene["agents"][tenant].get(adresse).text)
    return scene["saisies"][vue]


def _cle(scene, vue: str, cote: str):
    if vue in COMMUNES:
        return scene["communes"][vue] if cote == "ici" else ABSENT
    return scene["cotes"][cote]["fiches"][vue]


@pytest.mark.parametrize("agent", AGENTS)
def test_supprimer(scene, agent):
    app, client = scene["app"], scene["agents"][agent]
    for vue in [v for v in CREER if droits(v)["supprimer"]]:
        ecran, corps = vue_de(scene, vue), {}
        table = ecran.modele.__tablename__
        for cote in cotes_de(vue, "supprimer", agent):
            with app.app_context(), acces.acteur(acces.TOUS, canal="essai"):
                c = scene["cotes"][cote]
                cle = ABSENT
                if cote != "nulle part":
                    cle = FICHES[vue](Parents(c["code"], c["nom"])).id
                db.session.commit()
            constat = Constat(scene["moteur"])
            reponse = client.post(f"{ecran.route_base}/{cle}/supprimer")
            ou = f"{agent} deletes {vue} {cote}: {reponse.status_code}"
            visible = est_visible(vue, agent, cote)
            if not quelque_part(vue, "supprimer", agent) or (
                visible and not permis_ici(vue, "supprimer", agent, cote)
            ):
                assert reponse.status_code == 403, ou
                assert constat.tables == set() and {o for o, _ in constat.lignes} <= {"refus"}, ou
            elif visible:
                assert reponse.status_code == 302, ou
                assert constat.tables == {table} and constat.lignes == [("suppression", table)], ou
            else:
                assert reponse.status_code == 404, ou
                assert constat.tables == set() and {o for o, _ in constat.lignes} <= {"refus"}, ou
                corps[cote] = _corps(reponse.text)
            oublier_les_messages(client)
            assert LA_BAS not in reponse.text, ou
        assert len(set(corps.values())) <= 1, f"{agent} {vue}: elsewhere and nowhere are told apart"


@pytest.mark.parametrize(
    "vue",
    [
        v
        for v in CHANGER
        if v in CREER and "responsable" in droits(v)["modifier"] and v != "HabilitationView"
    ],
)
def test_un_champ_que_le_formulaire_n_a_pas_ne_change_rien(scene, vue):
    """The MDS, the youth, the version, the number, the author of a record are not the browser's to
    say."""
    ecran, la_bas = vue_de(scene, vue), scene["cotes"]["ailleurs"]
    client = scene["agents"]["responsable"]
    adresse = f"{ecran.route_base}/{scene['cotes']['ici']['fiches'][vue]}/modifier"
    champ, valeur = CHANGER[vue]
    saisi = champs(client.get(adresse).text)
    glisses = {
        "mds_id": la_bas["mds"],
        "jeune_id": la_bas["jeune"],
        "id": ABSENT,
        "cle": "x",
        "nom_tri": "x",
        "recherche": "x",
        "par_lien": "oui",
        "role_code": "ADMINISTRATEUR",
        "donnee_par_id": 1,
        "changed_by_fk": 1,
        "partenaire_id": la_bas["partenaire"],
        "instance_id": la_bas["instance"],
    }
    glisses = {nom: v for nom, v in glisses.items() if nom not in saisi}
    constat = Constat(scene["moteur"])
    neuve = (
        f"2018-02-{len(CHANGER) % 20 + 1:02}"
        if re.fullmatch(r"[\d-]{10}", valeur)
        else f"{valeur} encore"
    )
    assert client.post(adresse, data={**saisi, **glisses, champ: neuve}).status_code == 302
    with scene["moteur"].connect() as c:
        apres = c.scalar(text("select apres from journal where id > :n"), {"n": constat.ligne})
    assert set(apres) == {champ}


def test_chaque_fiche_que_l_on_cree_ou_change_est_eprouvee_ici(app):
    """A noun added to the matrix is written here too."""
    attendues = {v for v in MATRICE if MATRICE[v]["creer"]} - {"ListeView"}
    assert (attendues | set(DECLARES)) - AU_PLUS_UNE == set(CREER) | set(COMMUNES)
    changees = {v for v in MATRICE if MATRICE[v]["modifier"]} - {"ListeView", "MdsView"}
    assert (changees | set(DECLARES)) - AU_PLUS_UNE == set(CHANGER)
