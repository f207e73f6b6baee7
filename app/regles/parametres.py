"""Each number of the call for projects, of the law and of the definitions, said once.

A rule reads ``DELAI_RDV_JOURS.valeur``; a sentence shown to people is built from
``DELAI_RDV_JOURS.dit`` (« 15 jours ») or ``.en_lettres`` (« quinze jours »), never from a number of
its own (``tests/test_parametres.py``). The page « Définitions et délais » shows all of them.
"""

from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

Valeur = TypeVar("Valeur", int, tuple[int, ...])

_LETTRES = (
    *("zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf"),
    *("dix", "onze", "douze", "treize", "quatorze", "quinze", "seize"),
)
_SINGULIERS = {"jours": "jour", "ans": "an", "semaines": "semaine", "réponses": "réponse"}
_MILLIERS = "\u202f"


@dataclass(frozen=True)
class Parametre(Generic[Valeur]):
    """A number (or several, in the order in which they are told) with its unit and its source."""

    titre: str
    """What the page « Définitions et délais » calls it."""
    valeur: Valeur
    unite: str
    """In the plural: jours, mois, ans, %, €…"""
    depuis: date
    """The first day on which this value is the one that counts."""
    source: str
    """The sentence it comes from; « (choix) »: ours, to be confirmed by the Département."""
    liaison: str = " puis "
    """The word before the last of several numbers."""

    @property
    def dit(self) -> str:
        """« 15 jours », « 1 an », « 90, 60 puis 30 jours »."""
        if isinstance(self.valeur, int):
            nombre = f"{self.valeur:,}".replace(",", _MILLIERS)
            return f"{nombre} {self._unite(self.valeur)}"
        *premiers, dernier = map(str, self.valeur)
        return f"{', '.join(premiers)}{self.liaison}{dernier} {self.unite}"

    @property
    def en_lettres(self) -> str:
        """« deux ans »; a number that has no simple word stays in figures."""
        if isinstance(self.valeur, int) and self.valeur < len(_LETTRES):
            return f"{_LETTRES[self.valeur]} {self._unite(self.valeur)}"
        return self.dit

    def _unite(self, nombre: int) -> str:
        if nombre > 1:
            return self.unite
        return _SINGULIERS.get(self.unite, self.unite)


CONVENTION = date(2025, 1, 1)
"""First day of the agreement that the call for projects opens."""
_APPEL = "Appel à projet"
_DEFINITIONS = "Définition des indicateurs, à confirmer avec le Département"

# The accompaniment.
DELAI_RDV_JOURS = Parametre(
    "Délai du premier rendez-vous tripartite",
    15,
    "jours",
    CONVENTION,
    f"{_APPEL}, phase 2 : « la prise de rendez-vous doit intervenir dans un délai maximum "
    "de 15 jours, suivant la prise de contact »",
)
AGE_SUIVI = Parametre(
    "Âge des jeunes suivis",
    (16, 18),
    "ans",
    CONVENTION,
    f"{_APPEL}, public cible : « âgés entre 16 et 18 ans principalement » ; années révolues, "
    "bornes comprises (choix)",
    liaison=" à ",
)
AGE_LIMITE = Parametre(
    "Fin de l’accompagnement",
    25,
    "ans",
    CONVENTION,
    f"{_APPEL}, phase 4 : « jusqu’à son autonomie dans son projet ou ses 25 ans »",
)
# The steps of the law.
AGE_ENTRETIEN = Parametre(
    "Entretien avant la majorité",
    17,
    "ans",
    date(2016, 3, 16),
    "Loi du 14 mars 2016 : entretien des 17 ans",
)
AGE_MAJORITE = Parametre(
    "Majorité",
    18,
    "ans",
    date(1974, 7, 5),
    "Code civil, article 414",
)
AGE_CONTRAT_JEUNE_MAJEUR = Parametre(
    "Fin du contrat jeune majeur",
    21,
    "ans",
    date(2022, 2, 8),
    "Loi du 7 février 2022 : accompagnement possible jusqu’à 21 ans",
)
ENTRETIEN_17_AVANCE_MOIS = Parametre(
    "Avance de l’entretien des 17 ans",
    6,
    "mois",
    date(2016, 3, 16),
    "Loi du 14 mars 2016 ; il compte jusqu’à six mois avant l’anniversaire (choix)",
)
PREPARATION_MAJORITE_MOIS = Parametre(
    "Préparation à la majorité, avant l’anniversaire",
    2,
    "mois",
    CONVENTION,
    "Préparation à la majorité : droits, couverture maladie, logement (choix)",
)
FIN_DE_MESURE_JOURS = Parametre(
    "Rappels avant la fin d’une mesure",
    (90, 60, 30),
    "jours",
    CONVENTION,
    "Préparation de la fin de chaque mesure (choix)",
)
ENTRETIEN_APRES_SORTIE_MOIS = Parametre(
    "Entretien après la sortie de l’ASE",
    6,
    "mois",
    date(2022, 2, 8),
    "Loi du 7 février 2022 : entretien six mois après la sortie de l’ASE",
)
ENTRETIEN_APRES_SORTIE_FERME_MOIS = Parametre(
    "Fin de la demande d’entretien après la sortie",
    12,
    "mois",
    CONVENTION,
    "L’entretien après la sortie n’est plus demandé au-delà (choix)",
)
RELAIS_FERME_MOIS = Parametre(
    "Durée d’une demande faite à un anniversaire",
    6,
    "mois",
    CONVENTION,
    "Ce qui est dû à 18, 21 et 25 ans est demandé ce temps, et peut s’enregistrer plus tard "
    "(choix)",
)
# The figures.
ECART_ENTRE_MESURES_JOURS = Parametre(
    "Écart entre deux mesures d’un même séjour",
    30,
    "jours",
    CONVENTION,
    f"{_DEFINITIONS} : deux mesures séparées de ce temps au plus font un seul séjour",
)
RDV_AVANT_ALERTE_JOURS = Parametre(
    "Rendez-vous qui répond à une alerte, avant son début",
    30,
    "jours",
    CONVENTION,
    f"{_DEFINITIONS} : un rendez-vous tenu peu avant l’alerte y répond",
)
SITUATION_AUTOUR_DE_LA_SORTIE_JOURS = Parametre(
    "Situation à la sortie, avant ou après",
    30,
    "jours",
    CONVENTION,
    f"{_DEFINITIONS} : la situation observée au plus près de la sortie",
)
SITUATION_REPRISE_JOURS = Parametre(
    "Situation reprise, avant la sortie",
    90,
    "jours",
    CONVENTION,
    f"{_DEFINITIONS} : à défaut, la dernière situation est reprise",
)
SITUATION_DE_SORTIE_MOIS = Parametre(
    "Situation de sortie attendue dans « À faire »",
    12,
    "mois",
    CONVENTION,
    "Elle se demande ce temps sur l’accueil et dans « À faire », sans limite sur la fiche (choix)",
)
RESSOURCE_STABLE_MOIS = Parametre(
    "Durée d’une ressource stable, après la sortie",
    3,
    "mois",
    CONVENTION,
    f"{_DEFINITIONS} : une ressource stable dure encore après la sortie",
)
MAINTIEN_MOIS = Parametre(
    "Maintien dans le logement d’un tiers",
    6,
    "mois",
    CONVENTION,
    f"{_DEFINITIONS} : stable si le jeune peut rester ce temps chez le tiers",
)
COMPLETUDE_MINIMALE = Parametre(
    "Complétude à partir de laquelle un taux se lit",
    80,
    "%",
    CONVENTION,
    f"{_DEFINITIONS} : en dessous, l’intervalle remplace le taux",
)
REPONSES_MINIMALES = Parametre(
    "Réponses à partir desquelles un taux se lit",
    5,
    "réponses",
    CONVENTION,
    f"{_DEFINITIONS} : en dessous, aucun pourcentage",
)
TRANCHES_DELAI_JOURS = Parametre(
    "Tranches du graphique des délais",
    (7, DELAI_RDV_JOURS.valeur, 30, 60),
    "jours",
    CONVENTION,
    "Autour du délai de l’appel à projet (choix)",
)
TENDANCE_MOIS = Parametre(
    "Durée de chaque point d’une tendance",
    12,
    "mois",
    CONVENTION,
    "Évolutions sur des mois glissants (choix)",
)
# The meetings.
PERMANENCE_MOIS = Parametre(
    "Une permanence au SEF par",
    1,
    "mois",
    CONVENTION,
    f"{_APPEL}, moyens : « une présence mensuelle au sein des services SEF du territoire, "
    "dans le cadre de permanence »",
)
COMITE_DE_SUIVI_MOIS = Parametre(
    "Un comité de suivi par",
    3,
    "mois",
    CONVENTION,
    f"{_APPEL}, moyens : « participer au comité de suivi une fois par trimestre »",
)
COPIL_MOIS = Parametre(
    "Un comité de pilotage par",
    12,
    "mois",
    CONVENTION,
    f"{_APPEL}, moyens : « organiser un comité de pilotage une fois par an »",
)
COMITE_TECHNIQUE_SEMAINES = Parametre(
    "Un comité technique de réseau toutes les",
    6,
    "semaines",
    CONVENTION,
    f"{_APPEL}, moyens : « participer au comité technique de réseau, toutes les 6 semaines »",
)
# The checks before sending.
ALERTE_SANS_ACTION_JOURS = Parametre(
    "Alerte ouverte sans action",
    15,
    "jours",
    CONVENTION,
    "Une alerte ouverte appelle une action dans ce délai (choix)",
)
SANS_CONTACT_MOIS = Parametre(
    "Dossier sans rencontre tenue",
    12,
    "mois",
    CONVENTION,
    "Un dossier sans rencontre tenue depuis ce temps est à reprendre (choix)",
)
SANS_NOUVELLES_JOURS = Parametre(
    "Comité de suivi : jeune sans nouvelles",
    60,
    "jours",
    CONVENTION,
    "Un jeune accompagné que personne n’a rencontré depuis ce temps est proposé au comité (choix)",
)
FIN_PROCHE_JOURS = Parametre(
    "Comité de suivi : mesure qui finit dans les",
    90,
    "jours",
    CONVENTION,
    "Une mesure qui finit avant le comité suivant, un trimestre, lui est soumise (choix)",
)
# The home page of each role.
SILENCE_JOURS = Parametre(
    "Accueil : jeunes accompagnés sans nouvelles depuis",
    (30, SANS_NOUVELLES_JOURS.valeur, 90),
    "jours",
    CONVENTION,
    "Un jeune accompagné et pas rencontré depuis ce temps est compté sur l’accueil (choix) ; le"
    " deuxième délai est celui du comité de suivi",
    liaison=" ou ",
)
ANNIVERSAIRE_PROCHE_MOIS = Parametre(
    "Accueil : jeunes qui ont bientôt un âge de la loi",
    3,
    "mois",
    CONVENTION,
    "L’entretien et la majorité se préparent avant l’anniversaire (choix)",
)
RELANCE_PARTENAIRE_MOIS = Parametre(
    "Accueil : partenaire à rappeler",
    3,
    "mois",
    CONVENTION,
    "Un partenaire démarché depuis ce temps et sans convention signée est à rappeler (choix)",
)
RENOUVELLEMENT_CONVENTION_MOIS = Parametre(
    "Convention de partenariat à renouveler, avant sa fin",
    3,
    "mois",
    CONVENTION,
    "Une convention qui finit dans ce délai se renouvelle ou se laisse finir (choix)",
)
FIN_D_HABILITATION_JOURS = Parametre(
    "Accueil : habilitation qui finit bientôt",
    30,
    "jours",
    CONVENTION,
    "Une habilitation qui finit dans ce délai se renouvelle ou se laisse finir (choix)",
)
SORTIES_DE_DONNEES_JOURS = Parametre(
    "Accueil : sorties de données regardées sur",
    30,
    "jours",
    CONVENTION,
    "Les exports que le journal garde sont comptés sur cette durée (choix)",
)
EXPORT_MASSIF_LIGNES = Parametre(
    "Export qui demande à nouveau le mot de passe, à partir de",
    500,
    "lignes",
    CONVENTION,
    "Quand la dernière preuve a plus de dix minutes (choix)",
)
PLAFOND_LIGNES = Parametre(
    "Lignes emportées par jour et par personne, au plus, dans une MDS",
    50_000,
    "lignes",
    CONVENTION,
    "Le responsable change ce nombre, ou le lève un jour en disant pourquoi (choix)",
)
USAGES_JOURS = Parametre(
    "Usages inhabituels : regardés sur",
    30,
    "jours",
    CONVENTION,
    "Les actes de chacun sont comparés sur cette durée (choix)",
)
USAGES_FOIS_LA_MEDIANE = Parametre(
    "Usages inhabituels : dossiers ouverts, à partir de",
    3,
    "fois la médiane",
    CONVENTION,
    "Comparé à la médiane des personnes qui ont le même rôle (choix)",
)
USAGES_REFUS = Parametre(
    "Usages inhabituels : refus en un jour, à partir de",
    10,
    "refus",
    CONVENTION,
    "Une série de numéros devinés, ou de pages fermées (choix)",
)
USAGES_ECHECS = Parametre(
    "Usages inhabituels : connexions refusées, à partir de",
    5,
    "échecs",
    CONVENTION,
    "Sur la même durée (choix)",
)
USAGES_HEURES = Parametre(
    "Usages inhabituels : fichiers emportés hors de ces heures",
    (7, 20),
    "heures",
    CONVENTION,
    "Un fichier emporté la nuit ou le week-end est dit, sans plus (choix)",
    " à ",
)
# The report and the money.
TABLEAU_JOUR = Parametre(
    "Jour du mois suivant où le tableau est rendu",
    10,
    "du mois suivant",
    CONVENTION,
    f"{_APPEL} : tableau de suivi à retourner « pour le 10 de chaque mois »",
)
RAPPELS_JOURS = Parametre(
    "Rappels du tableau mensuel, avant l’échéance",
    (5, 2, 0),
    "jours",
    CONVENTION,
    "Cinq et deux jours avant, et le jour même (choix)",
    liaison=" et ",
)
TRANCHE_DIFFUSEE = Parametre(
    "Version pour les partenaires : nombres de jeunes donnés par tranche de",
    10,
    "jeunes",
    CONVENTION,
    "Version pour le COPIL et les partenaires (choix)",
)
MONTANT_PAR_ETP = Parametre(
    "Montant par an et par ETP",
    52_000,
    "€",
    CONVENTION,
    f"{_APPEL}, financement : « 52 000 € par an pour un ETP »",
)
AVANCE_POURCENT = Parametre(
    "Avance à la signature de la convention",
    80,
    "%",
    CONVENTION,
    f"{_APPEL}, versement : « une avance de 80 % versée dès signature de la convention »",
)
DUREE_CONVENTION_MOIS = Parametre(
    "Durée d’une convention",
    12,
    "mois",
    CONVENTION,
    f"{_APPEL} : « la durée de l’opération est fixée à 12 mois »",
)
# What is kept, and how long.
CONSERVATION_DOSSIER_ANS = Parametre(
    "Conservation d’un dossier après le dernier contact du jeune",
    2,
    "ans",
    CONVENTION,
    "Une personne décide ensuite (RGPD, article 5.1.e)",
)
GARDE_AU_PLUS_ANS = Parametre(
    "Durée d’une décision de garder un dossier, au plus",
    2,
    "ans",
    CONVENTION,
    "Un dossier gardé est proposé à nouveau ensuite (RGPD, article 5.1.e)",
)
CONSERVATION_LECTURES_MOIS = Parametre(
    "Conservation des consultations et des recherches",
    12,
    "mois",
    CONVENTION,
    "Gardées ce temps, puis purgées",
)
# The requests of persons.
DEMANDE_REPONSE_MOIS = Parametre(
    "Réponse à la demande d’une personne",
    1,
    "mois",
    date(2018, 5, 25),
    "RGPD, article 12.3 : répondre « dans un délai d’un mois à compter de la réception de la "
    "demande »",
)
DEMANDE_PROLONGATION_MOIS = Parametre(
    "Prolongation de cette réponse",
    2,
    "mois",
    date(2018, 5, 25),
    "RGPD, article 12.3 : délai « prolongé de deux mois », annoncé et motivé dans le premier mois",
)

PARAMETRES: dict[str, Parametre[int] | Parametre[tuple[int, ...]]] = {
    nom: valeur for nom, valeur in list(globals().items()) if isinstance(valeur, Parametre)
}
"""Name → parameter, in the order above: what the page « Définitions et délais » shows."""
