"""Each number of the call for projects, of the law and of the definitions, once: value, unit, since
when, from where.

The name is used in the code; ``PARAMETRES`` is what the screens, the exports and the documentation
show.
"""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Parametre:
    valeur: int | tuple[int, ...]
    unite: str
    depuis: date
    source: str


PARAMETRES: dict[str, Parametre] = {}


def _dire(nom: str, valeur, unite: str, depuis: date, source: str):
    PARAMETRES[nom] = Parametre(valeur, unite, depuis, source)
    return valeur


CONVENTION = date(2025, 1, 1)
"""First day of the agreement that the call for projects opens."""
_APPEL = "Appel à projet"
_DEFINITIONS = "Définition des indicateurs, à confirmer avec le Département"

# The accompaniment.
DELAI_RDV_JOURS = _dire("DELAI_RDV_JOURS", 15, "jours", CONVENTION, f"{_APPEL}, phase 2 : « la prise de rendez-vous doit intervenir dans un délai maximum de 15 jours, suivant la prise de contact »")  # fmt: skip
AGE_SUIVI = _dire("AGE_SUIVI", (16, 18), "ans révolus, bornes comprises", CONVENTION, f"{_APPEL}, public cible : « âgés entre 16 et 18 ans principalement » ; 18 ans révolus compris (choix)")  # fmt: skip
AGE_LIMITE = _dire("AGE_LIMITE", 25, "ans", CONVENTION, f"{_APPEL}, phase 4 : « jusqu’à son autonomie dans son projet ou ses 25 ans »")  # fmt: skip

# The steps of the law.
ENTRETIEN_17_AVANCE_MOIS = _dire("ENTRETIEN_17_AVANCE_MOIS", 6, "mois", date(2016, 3, 16), "Loi du 14 mars 2016 : entretien des 17 ans ; il compte jusqu’à six mois avant l’anniversaire (choix)")  # fmt: skip
PREPARATION_MAJORITE_MOIS = _dire("PREPARATION_MAJORITE_MOIS", 2, "mois avant 18 ans", CONVENTION, "Préparation à la majorité : droits, couverture maladie, logement")  # fmt: skip
FIN_DE_MESURE_JOURS = _dire("FIN_DE_MESURE_JOURS", (90, 60, 30), "jours avant la fin", CONVENTION, "Préparation de la fin de chaque mesure")  # fmt: skip
ENTRETIEN_APRES_SORTIE_MOIS = _dire("ENTRETIEN_APRES_SORTIE_MOIS", 6, "mois", date(2022, 2, 8), "Loi du 7 février 2022 : entretien six mois après la sortie de l’ASE")  # fmt: skip
ENTRETIEN_APRES_SORTIE_FERME_MOIS = _dire("ENTRETIEN_APRES_SORTIE_FERME_MOIS", 12, "mois", CONVENTION, "L’entretien après la sortie n’est plus demandé au delà d’un an (choix)")  # fmt: skip
RELAIS_FERME_MOIS = _dire("RELAIS_FERME_MOIS", 6, "mois", CONVENTION, "Ce qui est dû à 18, 21 et 25 ans est demandé pendant six mois, et peut s’enregistrer plus tard (choix)")  # fmt: skip

# The figures.
ECART_ENTRE_MESURES_JOURS = _dire("ECART_ENTRE_MESURES_JOURS", 30, "jours", CONVENTION, f"{_DEFINITIONS} : deux mesures séparées de 30 jours au plus font un seul séjour à l’ASE")  # fmt: skip
RDV_AVANT_ALERTE_JOURS = _dire("RDV_AVANT_ALERTE_JOURS", 30, "jours", CONVENTION, f"{_DEFINITIONS} : un rendez-vous tenu dans les 30 jours avant l’alerte y répond")  # fmt: skip
SITUATION_AUTOUR_DE_LA_SORTIE_JOURS = _dire("SITUATION_AUTOUR_DE_LA_SORTIE_JOURS", 30, "jours", CONVENTION, f"{_DEFINITIONS} : la situation à la sortie est observée au plus 30 jours avant ou après")  # fmt: skip
SITUATION_REPRISE_JOURS = _dire("SITUATION_REPRISE_JOURS", 90, "jours", CONVENTION, f"{_DEFINITIONS} : à défaut, la dernière situation des 90 jours avant la sortie est reprise")  # fmt: skip
RESSOURCE_STABLE_MOIS = _dire("RESSOURCE_STABLE_MOIS", 3, "mois après la sortie", CONVENTION, f"{_DEFINITIONS} : une ressource stable dure au moins trois mois après la sortie")  # fmt: skip
COMPLETUDE_MINIMALE = _dire("COMPLETUDE_MINIMALE", 80, "%", CONVENTION, f"{_DEFINITIONS} : en dessous, l’intervalle remplace le taux")  # fmt: skip
REPONSES_MINIMALES = _dire("REPONSES_MINIMALES", 5, "réponses", CONVENTION, f"{_DEFINITIONS} : en dessous, aucun pourcentage")  # fmt: skip
TRANCHES_DELAI_JOURS = _dire("TRANCHES_DELAI_JOURS", (7, DELAI_RDV_JOURS, 30, 60), "jours", CONVENTION, "Tranches du graphique des délais, autour des 15 jours de l’appel à projet (choix)")  # fmt: skip

# The meetings.
PERMANENCE_MOIS = _dire("PERMANENCE_MOIS", 1, "mois", CONVENTION, f"{_APPEL}, moyens : « une présence mensuelle au sein des services SEF du territoire, dans le cadre de permanence »")  # fmt: skip
COMITE_DE_SUIVI_MOIS = _dire("COMITE_DE_SUIVI_MOIS", 3, "mois", CONVENTION, f"{_APPEL}, moyens : « participer au comité de suivi une fois par trimestre »")  # fmt: skip
COPIL_MOIS = _dire("COPIL_MOIS", 12, "mois", CONVENTION, f"{_APPEL}, moyens : « organiser un comité de pilotage une fois par an »")  # fmt: skip
COMITE_TECHNIQUE_SEMAINES = _dire("COMITE_TECHNIQUE_SEMAINES", 6, "semaines", CONVENTION, f"{_APPEL}, moyens : « participer au comité technique de réseau, toutes les 6 semaines »")  # fmt: skip

# The checks before sending.
ALERTE_SANS_ACTION_JOURS = _dire("ALERTE_SANS_ACTION_JOURS", 15, "jours", CONVENTION, "Une alerte ouverte appelle une action dans les 15 jours (choix)")  # fmt: skip
SANS_CONTACT_MOIS = _dire("SANS_CONTACT_MOIS", 12, "mois", CONVENTION, "Un dossier sans rencontre tenue depuis un an est à reprendre (choix)")  # fmt: skip

# The report and the money.
TABLEAU_JOUR = _dire("TABLEAU_JOUR", 10, "du mois suivant", CONVENTION, f"{_APPEL} : tableau de suivi à retourner « pour le 10 de chaque mois »")  # fmt: skip
RAPPELS_JOURS = _dire("RAPPELS_JOURS", (5, 2, 0), "jours avant l’échéance", CONVENTION, "Rappels du tableau mensuel : cinq et deux jours avant, et le jour même (choix)")  # fmt: skip
MASQUE_JUSQU_A = _dire("MASQUE_JUSQU_A", 4, "jeunes", CONVENTION, "Version pour le COPIL et les partenaires : les nombres de 1 à 4 sont masqués (choix)")  # fmt: skip
MONTANT_PAR_ETP = _dire("MONTANT_PAR_ETP", 52_000, "€ par an et par ETP", CONVENTION, f"{_APPEL}, financement : « 52 000 € par an pour un ETP »")  # fmt: skip
AVANCE_POURCENT = _dire("AVANCE_POURCENT", 80, "%", CONVENTION, f"{_APPEL}, versement : « une avance de 80 % versée dès signature de la convention »")  # fmt: skip
DUREE_CONVENTION_MOIS = _dire("DUREE_CONVENTION_MOIS", 12, "mois", CONVENTION, f"{_APPEL} : « la durée de l’opération est fixée à 12 mois »")  # fmt: skip

# What is kept, and how long.
CONSERVATION_DOSSIER_ANS = _dire("CONSERVATION_DOSSIER_ANS", 2, "ans", CONVENTION, "Un dossier se garde deux ans après le dernier contact venant du jeune ; une personne décide ensuite (RGPD, article 5.1.e)")  # fmt: skip

# The trail.
CONSERVATION_LECTURES_MOIS = _dire("CONSERVATION_LECTURES_MOIS", 12, "mois", CONVENTION, "Consultations des dossiers et recherches : gardées douze mois, puis purgées")  # fmt: skip

# The requests of persons.
DEMANDE_REPONSE_MOIS = _dire("DEMANDE_REPONSE_MOIS", 1, "mois", date(2018, 5, 25), "RGPD, article 12.3 : répondre « dans un délai d’un mois à compter de la réception de la demande »")  # fmt: skip
DEMANDE_PROLONGATION_MOIS = _dire("DEMANDE_PROLONGATION_MOIS", 2, "mois", date(2018, 5, 25), "RGPD, article 12.3 : délai « prolongé de deux mois », annoncé et motivé dans le premier mois")  # fmt: skip
