"""The indicators, each as the sentence that is shown.

On the screen, in the exports, and over the list behind it.

The file to show to the Département. ``parmi`` names who is looked at, ``si`` the conditions that
must all hold to be counted (with what is answered to the person left out by each), ``oui`` and
``inconnu`` the answers of a rate: the words are those of ``criteres.py``, which says what each
means in the base. « (choix) » marks what awaits confirmation.

To add an indicator is to add its declaration here, and its stories in ``tests/indicateurs``: the
screen, the JSON, the monthly table, the version for partners, the bilan and the drawings read it.
"""

from dataclasses import dataclass
from typing import NamedTuple

from app.regles import parametres as p

from .criteres import verifier

MIN, MAX = p.AGE_SUIVI.valeur


class Groupe(NamedTuple):
    """Some of the rows, told apart from the others."""

    critere: str
    nom: str
    """Its key in the values of the figure."""
    titre: str


class LigneDuTableau(NamedTuple):
    """A line of the monthly table: the path in the values of the figure, and what it is called."""

    chemin: str
    libelle: str = ""
    """Empty: the title of the indicator."""
    format: str = "entier"
    compte_des_jeunes: bool = True
    """Told by tens in the version for partners; postes and meetings are told as they are."""


def _sans_jeune(chemin: str, libelle: str = "", format: str = "entier") -> LigneDuTableau:
    """A line that counts postes or meetings: nobody stands behind a small number."""
    return LigneDuTableau(chemin, libelle, format, compte_des_jeunes=False)


class Evolution(NamedTuple):
    """The drawing of a trend."""

    titre: str
    en_personnes: bool = False
    """Drawn in persons, not in percent."""
    rang: int = 1
    """0: drawn before the others."""
    a_l_ecran: bool = False
    """Also drawn above the figures of the page « Indicateurs »."""


@dataclass(frozen=True)
class Indicateur:
    """A figure that counts what is in ``parmi`` and meets every condition of ``si``."""

    code: str
    titre: str
    regle: str
    parmi: str
    si: tuple[tuple[str, str], ...] = ()
    """(criterion, what is said of those who do not meet it), the first one not met being the one
    said."""
    parent: str | None = None
    """« dont »: counts among those that this other indicator counts."""
    a_part: Groupe | None = None
    """A group shown beside the figure, out of it."""
    modalite: str | None = None
    """The column of ``parmi`` that splits the figure: age, housing…"""
    le: str = "le"
    """The column of ``parmi`` that holds the day that counts, shown in the list."""
    dont: Groupe | None = None
    """The line below: « dont … »."""
    oui: str = ""
    """The criterion of those who answer « oui »; empty: everyone who is counted."""
    inconnu: str = ""
    """The criterion of those whose answer is not known."""
    si_inconnu: str = ""
    """What is said of them."""
    avec: tuple[str, ...] = ()
    """The indicators whose counts this one is told with."""
    au_contrat: bool = True
    """In « indicateurs » of the JSON of the contract; the others stand beside it."""
    cles: tuple[str, ...] = ()
    """The keys that the JSON gives; empty: all."""
    au_tableau: bool = True
    """In the monthly table, and in its version for partners."""
    tableau: tuple[LigneDuTableau, ...] = ()
    """Its lines there; empty: those of its kind."""
    par_mds_au_bilan: int | None = None
    """The rank of the table of the bilan that compares the MDS on it; None: in none."""
    evolution: Evolution | None = None
    """How its trend is drawn, in the workbook and in the bilan; None: it is not."""
    est_secret: bool = False
    """Its lists say who answered, never what: a youth must be able to answer freely."""

    @property
    def criteres(self) -> tuple[str, ...]:
        """The criteria that it names, in the order in which they are asked."""
        groupes = [groupe.critere for groupe in (self.a_part, self.dont) if groupe]
        reponses = [critere for critere in (self.oui, self.inconnu) if critere]
        return (*(critere for critere, _ in self.si), *groupes, *reponses)

    @property
    def colonnes(self) -> tuple[str, ...]:
        """The columns that it reads besides those of its criteria."""
        return tuple(colonne for colonne in (self.le, self.modalite) if colonne)

    @property
    def lignes(self) -> tuple[LigneDuTableau, ...]:
        return self.tableau or self._lignes()

    def _lignes(self) -> tuple[LigneDuTableau, ...]:
        lignes = [LigneDuTableau("nombre")]
        lignes += [LigneDuTableau(groupe.nom, groupe.titre) for groupe in self._groupes()]
        return tuple(lignes)

    def _groupes(self) -> list[Groupe]:
        return [groupe for groupe in (self.a_part, self.dont) if groupe]


@dataclass(frozen=True)
class Effectif(Indicateur):
    """A number of persons (or of meetings)."""


@dataclass(frozen=True)
class Taux(Indicateur):
    """oui / (oui + non).

    Who is in N without a known answer is « NR » (``inconnu``) and never becomes a « non ».
    """

    oui_dit: str = "oui"
    """What the line of the « oui » is called in the monthly table."""
    non_dit: str = "non"

    def _lignes(self) -> tuple[LigneDuTableau, ...]:
        return (
            LigneDuTableau("taux", format="taux"),
            LigneDuTableau("n", "sortants accompagnés"),
            LigneDuTableau("oui", self.oui_dit),
            LigneDuTableau("non", self.non_dit),
            LigneDuTableau("nr", "non renseigné"),
            *(LigneDuTableau(groupe.nom, groupe.titre) for groupe in self._groupes()),
        )


@dataclass(frozen=True)
class Repartition(Indicateur):
    """Those for whom ``oui`` holds, by ``modalite``, in percent that add up to 100,0."""

    def _lignes(self) -> tuple[LigneDuTableau, ...]:
        return (
            LigneDuTableau("n"),
            LigneDuTableau("non_loges", "à côté : non logés"),
            LigneDuTableau("nr", "à côté : non renseigné"),
        )


@dataclass(frozen=True)
class Moyen(Indicateur):
    """Means and meetings: postes, comités, permanences."""

    forme: str = ""
    """How it is told (``chiffres.py``); empty: a number."""
    echeance: str = ""
    """One is expected each mois, each trimestre; empty: none is."""
    departemental: bool = False
    """Counts the whole Département, also with an MDS."""

    def _lignes(self) -> tuple[LigneDuTableau, ...]:
        return (_sans_jeune("nombre"),)


_TRIPARTITE = (
    "Rendez-vous tripartite tenu : le jeune, le coordonnateur et le service ASE ou le lieu"
    " d’accueil étaient présents."
)

REGLES_COMMUNES: tuple[tuple[str, str], ...] = (
    (
        "Période",
        (
            "Du premier au dernier jour, tous deux compris. Le tableau d’un mois montre le mois, "
            "le cumul depuis le 1er janvier, et les jeunes en cours au dernier jour du mois."
        ),
    ),
    (
        "Unité",
        (
            "Une personne, jamais un dossier ni une ligne (postes et réunions à part). Chacun "
            "compte une fois, quels que soient ses allers et retours dans la période."
        ),
    ),
    (
        "À ce jour",
        (
            "Les chiffres sont calculés sur tout ce qui est enregistré au moment de la demande. "
            "Une fin prévue compte comme enregistrée ; une sortie récente peut disparaître si une "
            "nouvelle mesure est saisie. Ce qu’un tableau envoyé disait reste dans ce tableau."
        ),
    ),
    (
        "Dossier ouvert par erreur",
        (
            "Un accompagnement dont le motif de sortie est « Erreur ou doublon » ne compte pas ; "
            "le reste du dossier compte. Une case Oui/Non vide compte comme Non, sauf règle "
            "contraire (« NR »)."
        ),
    ),
    (
        "Âge",
        "Années révolues. Né un 29 février : l’anniversaire d’une année ordinaire est le 1er mars.",
    ),
    (
        "Suivi, sous mesure, en binôme",
        (
            "Un jour donné : ce jour est dans un accompagnement ; dans une mesure ASE (contrat "
            "jeune majeur compris) ; dans un binôme."
        ),
    ),
    (
        "Territoire",
        (
            "Sans MDS : tout le Département, y compris un jeune rattaché à aucune MDS ce jour-là. "
            "Avec une MDS : le jeune y est rattaché le jour qui compte ; une sortie appartient à "
            "la MDS de rattachement à sa date. Alertes, rendez-vous, binômes et mesures qu’une "
            "condition demande comptent quelle que soit la MDS. Les MDS additionnées "
            "peuvent donc donner plus ou moins que le Département."
        ),
    ),
    ("Rendez-vous tripartite tenu", _TRIPARTITE),
    (
        "Sortie de l’ASE",
        (
            "Les mesures qui se chevauchent, se suivent ou sont séparées de "
            f"{p.ECART_ENTRE_MESURES_JOURS.dit} au plus font un seul séjour ; la sortie est la fin "
            "de ce séjour. Un séjour encore ouvert n’a pas de sortie."
        ),
    ),
    (
        "Sortants",
        (
            "Jeunes ayant au moins une sortie de l’ASE dans la période ; la dernière compte. Sont "
            "mis à part les décès (la dernière mesure finit par un décès) et les retours (une "
            "mesure recommence après la sortie, dans la période)."
        ),
    ),
    (
        "Sortants accompagnés",
        (
            "Sortants, ni décédés ni revenus, qui avant ou à la date de sortie ont été un même "
            "jour suivis et en binôme, et ont eu un rendez-vous tripartite tenu, quelle que soit "
            "la MDS."
        ),
    ),
    (
        "Situation à la sortie",
        (
            "La situation observée au plus près de la sortie, de "
            f"{p.SITUATION_AUTOUR_DE_LA_SORTIE_JOURS.dit} avant à "
            f"{p.SITUATION_AUTOUR_DE_LA_SORTIE_JOURS.dit} après (à égalité, la plus récente). À "
            f"défaut, la dernière observée ou confirmée dans les {p.SITUATION_REPRISE_JOURS.dit} "
            "avant la sortie ; elle est dite « reprise ». À défaut, tout est non renseigné. Une "
            "case vide de la situation retenue est non renseignée, sans chercher plus loin."
        ),
    ),
    (
        "Taux",
        (
            "Oui / (oui + non), avec une décimale. Complétude : (oui + non) / total. « Sans "
            "objet » si personne n’a de réponse. Si la complétude est inférieure à "
            f"{p.COMPLETUDE_MINIMALE.dit}, l’intervalle remplace le taux : de oui / total à (oui + "
            f"NR) / total. Moins de {p.REPONSES_MINIMALES.dit} : « oui sur réponses », sans "
            "pourcentage. NR : non renseigné, jamais compté comme un non."
        ),
    ),
    ("Répartition", "Pourcentages à une décimale dont la somme fait 100,0 (plus fort reste)."),
)

# Who is left out of what, in the words of the lists.
_NI_DECES_NI_RETOUR = (
    ("pas_decede", "décès"),
    ("pas_revenu", "retour : une mesure ASE recommence après la sortie, dans la période"),
    ("rdv_tenu_avant_la_sortie", "aucun rendez-vous tripartite tenu avant la sortie"),
    ("suivi_en_binome_avant_la_sortie", "jamais suivi et en binôme un même jour avant la sortie"),
)
_EN_BINOME = (
    ("en_binome", "en binôme aucun jour de suivi de la période"),
    ("rdv_tenu", "aucun rendez-vous tripartite tenu jusqu’à la fin de la période"),
)
_PARCOURS = "Jeunes comptés en I4, selon la dernière situation observée jusqu’au dernier jour de "
"suivi de la période : "
_A_LA_SORTIE = "Parmi les sortants accompagnés, selon la situation à la sortie. "
_SITUATION_NR = "situation professionnelle ou scolaire non renseignée"
_LOGEMENT_NR = "logement non renseigné"

_TOUS: tuple[Indicateur, ...] = (
    Moyen(
        "I1",
        "Postes de coordonnateur Mission Locale",
        "Postes en cours le dernier jour de la période : leur nombre et la somme de leurs ETP. "
        "Tout le Département, même "
        "pour une MDS.",
        parmi="postes",
        departemental=True,
        forme="postes",
        tableau=(
            _sans_jeune("postes"),
            _sans_jeune("etp", "en équivalents temps plein (ETP)", "decimal"),
        ),
    ),
    Effectif(
        "I2",
        f"Jeunes de {MIN} à {MAX} ans suivis dans le cadre de l’ASE",
        "Jeunes suivis et sous mesure ASE un même jour de la période (et rattachés à la MDS ce "
        f"jour-là), âgés de {MIN} à "
        f"{MAX} ans révolus le premier de ces jours ; par âge. À côté : ceux qui ont un autre âge "
        "ce jour-là. (choix : "
        f"{MAX} ans révolus compris)",
        parmi="suivis",
        modalite="age",
        le="premier_jour",
        si=(("sous_mesure", "sous mesure ASE aucun jour de suivi de la période"),),
        a_part=Groupe("hors_tranche", "hors_tranche", f"Hors de {MIN} à {MAX} ans"),
        tableau=(
            LigneDuTableau("nombre"),
            *(LigneDuTableau(f"par_age.{age}", f"dont {age} ans") for age in range(MIN, MAX + 1)),
            LigneDuTableau("hors_tranche", "à côté : suivis sous mesure à un autre âge"),
        ),
        par_mds_au_bilan=0,
    ),
    Effectif(
        "I2b",
        "dont jeunes en risque de rupture",
        "Jeunes comptés en I2 ayant une alerte en cours au moins un jour de la période, quelle "
        "que soit la MDS ce jour-là.",
        parmi="suivis",
        parent="I2",
        le="alerte_du",
        par_mds_au_bilan=0,
        si=(("en_alerte", "aucune alerte en cours pendant la période"),),
    ),
    Effectif(
        "I3",
        "Jeunes en risque de rupture ayant eu un premier rdv référent ASE / référent ML",
        "Jeunes comptés en I2b ayant un rendez-vous tripartite tenu, au plus tard le dernier jour "
        "de la période et au plus tôt "
        f"{p.RDV_AVANT_ALERTE_JOURS.dit} avant le début d’une des alertes en cours pendant la "
        "période.",
        parmi="suivis",
        parent="I2b",
        le="dernier_rdv",
        par_mds_au_bilan=0,
        si=(
            (
                "rdv_tenu_pour_l_alerte",
                (
                    f"aucun rendez-vous tripartite tenu depuis les {p.RDV_AVANT_ALERTE_JOURS.dit} "
                    "précédant l’alerte"
                ),
            ),
        ),
    ),
    Taux(
        "I3d",
        f"Premier rendez-vous dans les {p.DELAI_RDV_JOURS.dit} suivant la prise de contact",
        "Jeunes dont la prise de contact est dans la période (et rattachés à la MDS ce jour-là), "
        "suivis ou non. Premier "
        "rendez-vous : le premier rendez-vous tripartite à partir de la prise de contact, annulés "
        "exclus, au plus tard le "
        f"dernier jour de la période. Oui : dans les {p.DELAI_RDV_JOURS.dit}. Non : plus tard, ou "
        "aucun alors que les "
        f"{p.DELAI_RDV_JOURS.dit} sont écoulés à la fin de la période. Sinon, le jeune n’est pas "
        "encore compté.",
        parmi="contacts",
        modalite="delai",
        oui="rdv_dans_le_delai",
        cles=("oui", "non"),
        tableau=(
            LigneDuTableau("taux", format="taux"),
            LigneDuTableau("oui", f"dans les {p.DELAI_RDV_JOURS.dit}"),
            LigneDuTableau("non", "plus tard, ou pas encore"),
        ),
        par_mds_au_bilan=2,
        evolution=Evolution(
            f"Premier rendez-vous dans les {p.DELAI_RDV_JOURS.dit}", a_l_ecran=True
        ),
        si=(
            (
                "delai_connu",
                (
                    f"moins de {p.DELAI_RDV_JOURS.dit} écoulés à la fin de la période, et pas "
                    "encore de rendez-vous"
                ),
            ),
        ),
    ),
    Effectif(
        "I4",
        "Jeunes accompagnés par le binôme ML / ASE",
        "Jeunes suivis et en binôme un même jour de la période (et rattachés à la MDS ce "
        "jour-là), ayant eu un rendez-vous "
        "tripartite tenu au plus tard le dernier jour de la période, aussi ancien soit-il. Sans "
        "limite d’âge.",
        parmi="suivis",
        le="dernier_jour",
        si=_EN_BINOME,
        par_mds_au_bilan=0,
    ),
    Effectif(
        "I4a",
        "dont parcours scolaire",
        _PARCOURS + "parcours scolaire.",
        parmi="suivis",
        parent="I4",
        le="dernier_jour",
        modalite="situation_pro_code",
        si=(("parcours_scolaire", "autre parcours"),),
    ),
    Effectif(
        "I4b",
        "dont parcours d’insertion professionnelle",
        _PARCOURS + "parcours professionnel, ou accompagnement vers l’emploi ; dont alternance.",
        parmi="suivis",
        parent="I4",
        le="dernier_jour",
        modalite="situation_pro_code",
        si=(("parcours_insertion", "autre parcours"),),
        dont=Groupe("en_alternance", "alternance", "dont alternance"),
    ),
    Effectif(
        "I4c",
        "dont sans parcours",
        _PARCOURS + "aucun parcours.",
        parmi="suivis",
        parent="I4",
        le="dernier_jour",
        modalite="situation_pro_code",
        si=(("sans_parcours", "autre parcours"),),
    ),
    Effectif(
        "I4d",
        "dont parcours non renseigné",
        _PARCOURS + "non renseigné, ou aucune situation observée.",
        parmi="suivis",
        parent="I4",
        le="dernier_jour",
        modalite="situation_pro_code",
        si=(("parcours_inconnu", "parcours renseigné"),),
    ),
    Effectif(
        "I4r",
        "Jeunes accompagnés par le coordonnateur seul (relais après l’ASE)",
        "Jeunes sortis de l’ASE (dernière sortie jusqu’à la fin de la période, quelle que soit la "
        "MDS, hors décès) qui depuis "
        "ne sont plus sous mesure ni en binôme aucun jour, et sont suivis au moins un jour de la "
        "période après la sortie (et "
        "rattachés à la MDS ce jour-là). Un jeune dont le relais a eu lieu dans la période peut "
        "être compté en I4 et en I4r.",
        parmi="relais",
        par_mds_au_bilan=0,
        si=(
            ("pas_decede", "décès"),
            ("sans_binome_depuis_la_sortie", "encore en binôme après la sortie"),
        ),
    ),
    Taux(
        "I5",
        "Jeunes suivis par le binôme et dans un parcours professionnel ou scolaire à la sortie de "
        "l’ASE",
        _A_LA_SORTIE
        + "Oui : parcours scolaire ou professionnel, ou contrat d’engagement jeune (dont "
        "CEJ). Non : autre "
        "situation connue.",
        parmi="sortants",
        si=_NI_DECES_NI_RETOUR,
        oui="en_parcours",
        inconnu="parcours_inconnu",
        si_inconnu=_SITUATION_NR,
        dont=Groupe("en_cej", "cej", "dont contrat d’engagement jeune"),
        oui_dit="oui, dans un parcours",
        par_mds_au_bilan=1,
        evolution=Evolution("En parcours à la sortie de l’ASE"),
    ),
    Taux(
        "I6",
        "Jeunes satisfaits de l’accompagnement du binôme",
        "Enquêtes ayant une réponse datée de la période, quelle que soit la date de la demande ; "
        "la dernière réponse de "
        "chacun, comptée dans la MDS de rattachement à la date de la réponse. Oui : très ou "
        "plutôt satisfait. À côté : les "
        "répondants, et les jeunes sollicités dans la période. Aucune liste ne dit qui a répondu "
        "quoi ; quand des jeunes ont "
        "répondu seuls, par leur lien, le chiffre se montre à partir de "
        f"{p.REPONSES_MINIMALES.dit}.",
        parmi="enquetes",
        oui="satisfait",
        modalite="par_lien",
        avec=("SOLLICITES",),
        cles=("oui", "non", "taux", "sollicites", "repondants"),
        est_secret=True,
        tableau=(
            LigneDuTableau("taux", format="taux"),
            LigneDuTableau("sollicites", "jeunes sollicités"),
            LigneDuTableau("repondants", "répondants"),
            LigneDuTableau("oui", "satisfaits"),
            LigneDuTableau("non", "non satisfaits"),
        ),
        par_mds_au_bilan=2,
        si=(("a_repondu", "sollicité, sans réponse comptée dans la période"),),
    ),
    Taux(
        "I7",
        "Logement stable à la sortie de l’ASE",
        _A_LA_SORTIE + "Selon le logement : stable ou non d’après la liste des logements ; chez un "
        "tiers (« à confirmer »), oui "
        f"si le jeune peut y rester {p.MAINTIEN_MOIS.en_lettres}, non renseigné si on ne sait pas.",
        parmi="sortants",
        si=_NI_DECES_NI_RETOUR,
        oui="logement_stable",
        par_mds_au_bilan=1,
        inconnu="stabilite_inconnue",
        si_inconnu=f"logement, ou maintien à {p.MAINTIEN_MOIS.en_lettres}, non renseigné",
    ),
    Repartition(
        "I8",
        "Répartition par typologie de logement",
        "Sortants accompagnés logés à la sortie, par type de logement. À côté, hors des 100 % : "
        "les non logés, et les "
        "logements non renseignés.",
        parmi="sortants",
        si=_NI_DECES_NI_RETOUR,
        modalite="logement_code",
        oui="loge",
        inconnu="logement_inconnu",
        si_inconnu=_LOGEMENT_NR,
    ),
    Taux(
        "I9",
        "Ressources stables à la sortie de l’ASE",
        _A_LA_SORTIE + "Oui : une ressource régulière, sans fin connue ou qui dure au moins "
        f"{p.RESSOURCE_STABLE_MOIS.dit} après la sortie. Non : au moins une ressource connue, "
        "aucune ne convient.",
        parmi="sortants",
        si=_NI_DECES_NI_RETOUR,
        oui="ressource_stable",
        par_mds_au_bilan=1,
        inconnu="ressources_inconnues",
        si_inconnu="ressources non renseignées",
    ),
    Taux(
        "I10",
        "Couverture maladie complète à la sortie de l’ASE",
        _A_LA_SORTIE
        + "Oui : couverture de base et complémentaire ouvertes. Non : l’une des deux est "
        "connue et n’est pas "
        "ouverte.",
        parmi="sortants",
        si=_NI_DECES_NI_RETOUR,
        oui="couverture_complete",
        par_mds_au_bilan=1,
        inconnu="couverture_inconnue",
        si_inconnu="couverture maladie non renseignée",
    ),
    Moyen(
        "I11",
        "Présences au comité de suivi",
        "Comités de suivi tenus dans la période (et de la MDS) en présence du coordonnateur. "
        "Attendues : une par fin de "
        "trimestre de la période et par MDS ouverte ce jour-là.",
        parmi="comites_de_suivi",
        forme="comites",
        tableau=(_sans_jeune("presences"), _sans_jeune("attendues", "attendues")),
        par_mds_au_bilan=2,
        echeance="trimestre",
        si=(
            ("tenue", "non tenu"),
            ("coordonnateur_present", "coordonnateur absent, ou présence non renseignée"),
        ),
    ),
    Moyen(
        "I12",
        "Permanences effectuées",
        "Permanences tenues dans la période (et de la MDS). Attendues : une par fin de mois de la "
        "période et par MDS "
        "ouverte ce jour-là. À côté : les permanences annulées, et "
        "les jeunes reçus dans celles tenues.",
        parmi="permanences",
        forme="permanences",
        tableau=(
            _sans_jeune("permanences"),
            _sans_jeune("attendues", "attendues"),
            _sans_jeune("annulees", "annulées"),
            LigneDuTableau("jeunes_recus", "jeunes reçus"),
        ),
        par_mds_au_bilan=2,
        echeance="mois",
        si=(("tenue", "pas encore tenue"),),
        a_part=Groupe("annulee", "annulees", "annulée"),
    ),
    Moyen(
        "I13",
        "Comité de pilotage organisé",
        "Comité de pilotage tenu dans la période : oui ou non, et les dates. Tout le Département, "
        "même pour une MDS.",
        parmi="comites_de_pilotage",
        forme="copil",
        tableau=(_sans_jeune("tenu"), _sans_jeune("dates", "dates")),
        modalite="le",
        si=(("tenue", "non tenu"),),
        departemental=True,
    ),
    Moyen(
        "I14",
        "Matériel fourni (téléphone, ordinateur, frais de déplacement)",
        "Parmi les postes en cours le dernier jour de la période, ceux dont le téléphone et "
        "l’ordinateur sont fournis à cette "
        "date et les frais de déplacement pris en charge. Tout le Département, même pour une MDS.",
        parmi="postes",
        oui="equipe",
        forme="equipes",
        avec=("I1",),
        tableau=(_sans_jeune("equipes"), _sans_jeune("postes", "postes en cours")),
        departemental=True,
    ),
    Taux(
        "S1",
        "Sorties sans solution",
        _A_LA_SORTIE
        + "Non : logé, ou en parcours (I5), ou ressources stables (I9). Oui : non logé, "
        "sans parcours et sans "
        "ressource stable, tous trois connus. Non renseigné dans les autres cas. C’est le chiffre "
        "que le dispositif doit faire "
        "baisser.",
        parmi="sortants",
        si=_NI_DECES_NI_RETOUR,
        oui="sans_solution",
        oui_dit="oui, sans solution",
        non_dit="non, avec une solution",
        par_mds_au_bilan=1,
        evolution=Evolution(
            "Sorties sans solution connues", en_personnes=True, rang=0, a_l_ecran=True
        ),
        inconnu="solution_inconnue",
        si_inconnu="logement, parcours ou ressources non renseignés",
    ),
    # Beside the report.
    Effectif(
        "ENTREES",
        "Entrées dans le dispositif",
        "Jeunes dont un accompagnement commence dans la période (et rattachés à la MDS ce "
        "jour-là).",
        parmi="entrees",
        au_contrat=False,
    ),
    Effectif(
        "SORTIES",
        "Sorties du dispositif",
        "Jeunes dont un accompagnement finit dans la période (et rattachés à la MDS ce jour-là).",
        parmi="sorties",
        au_contrat=False,
    ),
    Effectif(
        "RETOURS",
        "Retours",
        "Sortants, hors décès, pour qui une mesure ASE recommence après la sortie, au plus tard "
        "le dernier jour de la période.",
        parmi="sortants",
        au_contrat=False,
        si=(("pas_decede", "décès"), ("revenu", "pas de nouvelle mesure dans la période")),
    ),
    Effectif(
        "DECES",
        "Décès",
        "Sortants dont la dernière mesure finit par un décès.",
        parmi="sortants",
        au_contrat=False,
        si=(("decede", "autre motif"),),
    ),
    Effectif(
        "SOLLICITES",
        "Jeunes sollicités par l’enquête de satisfaction",
        "Jeunes à qui l’enquête a été demandée dans la période (MDS de rattachement à la date de "
        "la demande).",
        parmi="enquetes",
        au_contrat=False,
        au_tableau=False,
        si=(("sollicite", "a répondu à une enquête demandée hors de la période"),),
    ),
    Effectif(
        "LIEUX_ATYPIQUES",
        "Jeunes rencontrés dans un lieu atypique",
        "Jeunes présents à une rencontre tenue dans la période (et rattachés à la MDS ce jour-là) "
        "dans un café solidaire, une médiathèque, une entreprise ou un autre lieu extérieur. "
        "(choix)",
        parmi="lieux_atypiques",
        au_contrat=False,
    ),
    Effectif(
        "MOBILITES",
        "Jeunes en mobilité",
        "Jeunes partis dans un autre département ou à l’étranger au moins un jour de la période "
        "(et rattachés à la MDS le premier de ces jours) ; dont ERASMUS+. (choix)",
        parmi="mobilites",
        au_contrat=False,
        dont=Groupe("en_erasmus", "erasmus", "dont ERASMUS+"),
    ),
    Effectif(
        "FREINS_LEVES",
        "Jeunes dont un frein est levé",
        "Jeunes dont un frein est levé dans la période (et rattachés à la MDS ce jour-là), quel "
        "que soit son thème ; dont la mobilité. (choix)",
        parmi="freins_leves",
        au_contrat=False,
        dont=Groupe("sur_la_mobilite", "mobilite", "dont frein de mobilité"),
    ),
    Moyen(
        "COMITES_TECHNIQUES",
        "Comités techniques de réseau suivis",
        "Comités techniques tenus dans la période en présence du coordonnateur : ceux du "
        "Département et, pour une MDS, les "
        "siens. (choix)",
        parmi="comites_techniques",
        au_contrat=False,
        si=(
            ("tenue", "non tenu"),
            ("coordonnateur_present", "coordonnateur absent, ou présence non renseignée"),
        ),
    ),
    Moyen(
        "FORMATIONS",
        "Formations suivies",
        "Formations tenues dans la période en présence du coordonnateur : celles du Département "
        "et, pour une MDS, les siennes. "
        "(choix)",
        parmi="formations",
        au_contrat=False,
        si=(
            ("tenue", "non tenue"),
            ("coordonnateur_present", "coordonnateur absent, ou présence non renseignée"),
        ),
    ),
)

DEFINITIONS: dict[str, Indicateur] = {indicateur.code: indicateur for indicateur in _TOUS}
"""Code → indicator, in the order of the report."""
for _indicateur in _TOUS:
    verifier(_indicateur.code, _indicateur.parmi, _indicateur.criteres, _indicateur.colonnes)
SANS_SITUATION = "aucune situation à la sortie"
"""Said of a person whose answer is NR because no situation at all was found."""
