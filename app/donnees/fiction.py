"""Invented people and places: no real person, no number that rings, no address that gets mail."""

import re
from random import Random

from app.regles.texte import plier


def _mots(texte: str) -> list[str]:
    return texte.split()


PRENOMS = _mots("""
    Abel Adama Agathe Aïcha Alban Alizée Aminata Anaïs Anatole Angèle Anouk Apolline Ariane
    Aristide Arsène Assia Augustin Awa Axelle Bastien Bilal Blandine Boubacar Brune Camille
    Capucine Célestin Chloé Clémence Clovis Corentin Coline Daphné Diego Dounia Dorian Éléa
    Éliott Élisa Eloïse Émile Énora Esteban Eulalie Fanny Fatou Félicien Flavie Flora Gabin
    Gaëlle Garance Gaspard Gédéon Hippolyte Honorine Hugo Ilyès Inès Ismaël Jade Jeanne Joachim
    Joris Judith Kadiatou Kenza Kévin Lancelot Léandre Léontine Lila Lilian Lison Loane Lubin
    Mahaut Maëlys Malo Manon Marceau Maryam Mathis Melvin Milo Moïra Naïm Nathanaël Noémie
    Octave Ombeline Orso Ousmane Paloma Perrine Philéas Quentin Rachel Rayan Rémi Romane Rose
    Sacha Salomé Samba Sidonie Siméon Solène Soren Tatiana Thaïs Théodore Titouan Ulysse
    Valentine Victoire Wassim Yaël Yanis Ysée Yvon Zacharie Zélie Zoé
""")
_DEBUTS = _mots("""
    Delbr Vanh Ducr Lecouf Warembr Carpenti Hocqu Flam Caud Quenn Brouss Wiz Hesd Merlim Tramec
    Audresh Frévil Escoeuill Gouy Lestr Marqu Noyell Ploum Rebr Sailly Tinqu Verchin Wancqu Zutk
    Bapalm Calonn Duis Erqui Fruge Halling Isberg Leforb Monchi Norten Peuplin
""")
_FINS = _mots("""
    ecq elle emant erie ette eux evin ez ieux in incourt oise olle ot ouck oule uart uette uin y
""")
ETABLISSEMENTS = (
    "MECS Les Peupliers",
    "MECS Le Colombier",
    "Foyer des Trois Moulins",
    "Maison du Beffroi",
    "Lieu de vie La Passerelle",
    "Résidence Les Glycines",
    "Foyer Le Chevalet",
    "Village Les Houblons",
    "MECS La Verrière",
    "Lieu de vie Le Verger",
)
ORIENTEURS = (
    "Réunion de synthèse du SEF",
    "Commission de repérage",
    "Référent SEF",
    "Éducateur du lieu d’accueil",
    "Assistant familial",
    "Établissement scolaire",
    "Permanence de la Mission Locale",
)
OBJECTIFS = (
    "Obtenir le CAP et trouver un logement à proximité.",
    "Passer le permis et signer un contrat d’apprentissage.",
    "Retrouver un rythme, puis entrer en prépa-apprentissage.",
    "Préparer l’entrée en résidence habitat jeunes.",
    "Terminer le lycée et ouvrir un dossier de bourse.",
    "Stabiliser le lieu d’accueil avant la majorité.",
    "Entrer en contrat d’engagement jeune.",
    "Ouvrir ses droits et apprendre à tenir un budget.",
)
OBSERVATIONS = (
    "Préfère être joint par message, après 16 h.",
    "Ne se déplace qu’en bus : fixer les rendez-vous en conséquence.",
    "Souhaite que son lieu d’accueil participe aux bilans.",
    "A changé de numéro deux fois cette année.",
)
COMPTES_RENDUS = (
    "Point sur le projet ; prochain rendez-vous fixé.",
    "Dossier de logement complété, pièces à apporter.",
    "Bilan de stage positif, l’entreprise veut poursuivre.",
    "Découragé, mais présent : revoir le rythme.",
    "Rédaction du CV et inscription à l’atelier mobilité.",
    "Préparation de la majorité : droits et budget abordés.",
    "Visite très appréciée, candidature à déposer.",
    "Le jeune propose lui-même la suite : rencontrer le CFA.",
)
PRECISIONS = (
    "Dossier en cours.",
    "À reprendre au prochain bilan.",
    "Accompagnement par un partenaire engagé.",
    "Demande du jeune.",
)
SIGNALEMENTS = (
    "Référent ASE",
    "Coordonnateur",
    "Lieu d’accueil",
    "Établissement scolaire",
    "Le jeune lui-même",
)
ISSUES = (
    "Entrée réalisée.",
    "Sur liste d’attente.",
    "Sans suite, le jeune a choisi autre chose.",
    "Terminé avec succès.",
)
RESULTATS: dict[str | None, str] = {
    "Entrée réalisée.": "ENTREE",
    "Sans suite, le jeune a choisi autre chose.": "REFUS_JEUNE",
    "Terminé avec succès.": "TERMINE",
}
"""What a mobilisation is worth, when its words say so."""
DECISIONS = (
    "Poursuivre l’accompagnement et revoir la situation au prochain comité.",
    "Déposer la demande de contrat jeune majeur.",
    "Chercher une place en résidence habitat jeunes.",
    "Organiser un rendez-vous avec la famille d’accueil.",
    "Proposer le contrat d’engagement jeune.",
    "Vérifier la couverture maladie avant la majorité.",
)
ACTIONS = (
    "Atelier budget",
    "Atelier « mon premier logement »",
    "Visite d’un centre de formation",
    "Randonnée et bilan du trimestre",
    "Rencontre avec une entreprise",
    "Atelier estime de soi",
    "Forum des métiers",
    "Atelier démarches en ligne",
)
THEMES = {
    "Atelier budget": "FINANCES",
    "Atelier « mon premier logement »": "LOGEMENT",
    "Visite d’un centre de formation": "FORMATION",
    "Rencontre avec une entreprise": "EMPLOI",
    "Atelier estime de soi": "ESTIME_DE_SOI",
    "Forum des métiers": "EMPLOI",
    "Atelier démarches en ligne": "NUMERIQUE",
}
"""What a collective action is about."""
PARTENAIRES = (
    ("EDUCATION", "Lycée professionnel des Deux Rives"),
    ("MISSION_LOCALE", "Mission Locale du Plateau"),
    ("SAJ", "Accueil de jour Le Relais"),
    ("CLLAJ", "CLLAJ des Collines"),
    ("MECS", "MECS Les Peupliers"),
    ("MAISON_ADOS", "Maison des adolescents du Littoral"),
    ("PREVENTION", "Club de prévention Le Phare"),
    ("ENTREPRISE", "Menuiserie Bois d’Opale"),
    ("ENTREPRISE", "Ateliers mécaniques du Bassin"),
    ("ENTREPRISE", "Maraîchage des Marais"),
    ("E2C", "École de la deuxième chance des Terrils"),
    ("FJT", "Résidence habitat jeunes L’Escale"),
    ("BAILLEUR", "Habitat des Sept Vallées"),
    ("CFA", "CFA des Métiers d’Art"),
    ("ASSOCIATION", "Garage solidaire La Roue libre"),
)
"""One in each MDS or two; the name of the MDS is added."""
PARTENAIRES_DEPARTEMENTAUX = (
    ("FRANCE_TRAVAIL", "France Travail, équipe jeunes"),
    ("CAF", "Caisse d’allocations, pôle jeunes"),
    ("CPAM", "Mission accès aux soins"),
    ("CROUS", "CROUS, service logement"),
    ("SIAO", "SIAO départemental"),
    ("LOGEMENT_DABORD", "Coordination Logement d’abord"),
)
FONCTIONS = (
    "Chargé d’insertion",
    "Conseillère",
    "Directeur",
    "Éducatrice",
    "Gestionnaire locative",
    "Tutrice",
)
PARTICIPANTS = (
    "Chef de service SEF",
    "Référent ASE",
    "Coordonnateur Mission Locale",
    "SLAI",
    "Éducateur",
    "Conseiller d’orientation",
)
DISPOSITIFS = {
    "E2C": "E2C",
    "FJT": "Résidence habitat jeunes",
    "BAILLEUR": "Bail glissant",
    "CLLAJ": "ALT",
    "CFA": "Apprentissage",
    "ENTREPRISE": "Stage",
    "FRANCE_TRAVAIL": "CEJ",
    "ASSOCIATION": "Prêt de véhicule",
    "MAISON_ADOS": "Suivi",
    "CROUS": "Chambre CROUS",
    "EDUCATION": "ERASMUS+",
}


def personne(r: Random) -> tuple[str, str]:
    """First name, last name."""
    return r.choice(PRENOMS), r.choice(_DEBUTS) + r.choice(_FINS)


def professionnel(r: Random) -> str:
    return " ".join(personne(r))


def portable(r: Random) -> str:
    """In the range that the regulator keeps for fiction."""
    return f"06 39 98 {r.randrange(100):02d} {r.randrange(100):02d}"


def fixe(r: Random) -> str:
    return f"03 53 01 {r.randrange(100):02d} {r.randrange(100):02d}"


def courriel(texte: str) -> str:
    return re.sub(r"[^a-z0-9]", ".", plier(texte)) + "@example.org"
