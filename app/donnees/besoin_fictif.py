"""The invented needs that an entretien des 17 ans found, and whether the RSASE came.

Drawn apart from the rest, so that what was drawn before stays as it was.
"""

from random import Random

from .vie_fictive import Vie, jours

BESOINS: dict[str, tuple[tuple[str, str], ...]] = {
    "RESSOURCES": (
        ("Argent de poche seulement.", "Ouvrir un compte bancaire."),
        ("Salaire d’apprenti.", "Faire un budget avec le coordonnateur."),
    ),
    "LOGEMENT": (
        ("Vit en famille d’accueil.", "Visiter le FJT et déposer un dossier."),
        ("Veut un studio près du lycée.", "Demander un logement au CROUS."),
    ),
    "EMPLOI_FORMATION": (
        ("En première professionnelle.", "Chercher un stage de quatre semaines."),
        ("A quitté le lycée en mars.", "Rencontrer le CFA de la région."),
    ),
    "SOINS": (
        ("Suit ses rendez-vous seul.", "Demander la complémentaire santé solidaire."),
        ("N’a plus de médecin traitant.", "Trouver un médecin près du lieu d’accueil."),
    ),
    "DEMARCHES": (
        ("Carte d’identité périmée.", "Prendre rendez-vous à la mairie."),
        ("N’a pas de compte FranceConnect.", "Créer le compte avec l’éducateur."),
    ),
    "SOCIO_EDUCATIF": (
        ("Voit peu de monde le week-end.", "S’inscrire au club de sport."),
        ("Compte sur sa sœur aînée.", "Préparer un accueil chez elle une fois par mois."),
    ),
}
"""Need → (where the youth stands, what will be done)."""


def besoins(vie: Vie) -> None:
    r = Random(f"besoins:{vie.id}")
    for rencontre in reversed(vie.decor.lignes["rencontre"]):
        if rencontre["jeune_id"] != vie.id:
            return
        if rencontre["type_code"] == "ENTRETIEN_17":
            rencontre["rsase_present"] = r.random() < 0.6
            if r.random() < 0.7:
                _ecrire(vie, r, rencontre)
            return


def _ecrire(vie: Vie, r: Random, rencontre: dict) -> None:
    prenom = vie.decor.lignes["jeune"][-1]["prenom"]
    for code, possibles in BESOINS.items():
        if r.random() < 0.2:
            continue
        etat, action = r.choice(possibles)
        vie.ajouter(
            "besoin",
            entretien_le=rencontre["le"],
            domaine_code=code,
            etat=etat,
            action=action,
            qui=r.choice((prenom, vie.equipe.coordonnateur, r.choice(vie.equipe.referents))),
            pour_le=rencontre["le"] + jours(r.randrange(20, 120)),
        )
