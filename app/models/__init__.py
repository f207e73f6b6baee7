"""The nouns of the field, one family a file; importing this package maps every table.

A new file needs no line here: ``decouverte`` finds it. The names below are those that the rest of
the application imports from the package.
"""

from . import decouverte  # noqa: F401
from .acte_a_deux import ActeADeux
from .agent import Agent
from .besoin import Besoin
from .bilan import Objectif, TexteBilan
from .comite import CompteRenduComite, PointDeComite
from .connexion import Authentification, SessionOuverte, Tentative, TexteGarde
from .conservation import Conservation
from .contrat import DemandeCjm, PropositionCej
from .convention import Convention, Poste, Versement
from .correspondance import Correspondance
from .demande import DemandePersonne
from .distinction import Distinction
from .envoi import Envoi
from .formulaire import JetonFormulaire
from .fusion import Fusion
from .habilitation import Compte, Droit, Habilitation, RoleMetier
from .importation import Importation
from .instance import Decision, Instance, Participant
from .jeune import Jeune, Rattachement, Transfert
from .journal import Evenement, Sceau
from .mesure import Accompagnement, Alerte, Binome, Mesure
from .mobilite import Mobilite
from .modification import ModificationGroupee
from .nomenclature import LISTES
from .orientation import Orientation
from .partenaire import Contact, Mobilisation, Partenaire
from .partenariat import ActionPartenariat, ConventionPartenaire, DispositifPropose
from .reglage import LeveeDePlafond, ReglageMds
from .rencontre import ActionCollective, Etape, Rencontre
from .satisfaction import Invitation, ReponseConfiee
from .situation import Enquete, Frein, Situation
from .sortie_de_donnees import PartDeSortie, SortieDeDonnees
from .tache import Tache, TacheInstance
from .territoire import Mds, Service
from .travail import Travail

from . import catalogue, dates, formes  # isort: skip  (once all is mapped)

BORNEES = (
    *(Jeune, Rattachement, Accompagnement, Mesure, Binome, Alerte, Situation, Frein, Enquete),
    *(Mobilisation, Rencontre, Etape, Decision, ActionCollective, Orientation),
    *(Instance, Poste, Convention, Versement, Agent, Tache, TacheInstance),
    *(DemandeCjm, PropositionCej, Besoin, Mobilite),
    *(ActionPartenariat, ConventionPartenaire, DispositifPropose),
)
"""The nouns whose dates the base keeps within two centuries."""
dates.borner(classe.__table__ for classe in BORNEES)
dates.dire(classe.__table__ for classe in catalogue.noms().values())
formes.dire(catalogue.noms().values())

__all__ = [
    "LISTES",
    "Accompagnement",
    "ActeADeux",
    "ActionCollective",
    "ActionPartenariat",
    "Agent",
    "Alerte",
    "Authentification",
    "Besoin",
    "Binome",
    "Compte",
    "CompteRenduComite",
    "Conservation",
    "Contact",
    "Convention",
    "ConventionPartenaire",
    "Correspondance",
    "Decision",
    "DemandeCjm",
    "DemandePersonne",
    "DispositifPropose",
    "Distinction",
    "Droit",
    "Enquete",
    "Envoi",
    "Etape",
    "Evenement",
    "Frein",
    "Fusion",
    "Habilitation",
    "Importation",
    "Instance",
    "Invitation",
    "JetonFormulaire",
    "Jeune",
    "LeveeDePlafond",
    "Mds",
    "Mesure",
    "Mobilisation",
    "Mobilite",
    "ModificationGroupee",
    "Objectif",
    "Orientation",
    "Partenaire",
    "PartDeSortie",
    "Participant",
    "PointDeComite",
    "Poste",
    "PropositionCej",
    "Rattachement",
    "ReglageMds",
    "Rencontre",
    "ReponseConfiee",
    "RoleMetier",
    "Sceau",
    "Service",
    "SessionOuverte",
    "Situation",
    "SortieDeDonnees",
    "Tache",
    "TacheInstance",
    "Tentative",
    "TexteBilan",
    "TexteGarde",
    "Transfert",
    "Travail",
    "Versement",
]
