"""The version for the COPIL and the partners: the figures of a table sent, without any line, small
numbers hidden.

A number from 1 to 4 of persons is hidden, and with it those that would tell it, in this table or in
another one of the month (``tableau_masque.py``). It is made from what was frozen: the same table
sent always gives the same figures.
"""

from pathlib import Path

from app import departement, indicateurs, journal
from app.echanges.formats.ecriture import Colonne, Feuille, ecrire_classeur
from app.echanges.tableau import disposition, synthese
from app.echanges.tableau import masque as tableau_masque
from app.echanges.tableau import mensuel as tableau_mensuel
from app.echanges.tableau.fige import contenu_fige, suivre
from app.echanges.tableau.lignes import LigneDeDefinition
from app.models import Envoi

MASQUE = "masqué"


def ecrire(envoi: Envoi, chemin: Path) -> None:
    """Write the workbook, and its mark in the trail."""
    fige = contenu_fige(envoi)
    colonnes = (
        Colonne("Code", "texte", lambda x: x[0], 12),
        Colonne("Indicateur", "texte", lambda x: x[1], 70),
        *(
            Colonne(titre, "nombre", lambda x, n=n: x[2][n], 24)
            for n, (_, titre) in enumerate(disposition.PERIODES.values())
        ),
    )
    ou = departement.courant().territoire(envoi.mds and envoi.mds.nom)
    a_propos = [
        (
            "Tableau",
            f"{disposition.TITRE}, {ou}, {tableau_mensuel.nom_du_mois(envoi.mois)}, {tableau_mensuel.nom_de_l_envoi(envoi.numero)}",
        ),
        (
            "Diffusion",
            "comité de pilotage et partenaires : aucun dossier, et les nombres de 1 à 4 jeunes sont masqués, ainsi que ceux qui permettraient de les retrouver, ici ou dans les tableaux du même mois envoyés avant celui-ci",
        ),
        ("Tableau d’origine", f"SHA-256 {envoi.empreinte}"),
    ]
    renseignement = (
        Colonne("Quoi", "texte", lambda x: x[0], 24),
        Colonne("Valeur", "recit", lambda x: x[1], 100),
    )
    definitions = [
        LigneDeDefinition(*d) for d in fige.get("definitions", {}).get("indicateurs", [])
    ]
    feuille = disposition.feuille("definitions")
    ecrire_classeur(
        chemin,
        [
            Feuille("Synthèse", colonnes, lignes(fige, tableau_masque.caches(envoi))),
            Feuille("À propos", renseignement, a_propos),
            Feuille(feuille.nom, feuille.colonnes, definitions),
        ],
    )
    journal.consigner(
        "export",
        table="envoi",
        cle=envoi.id,
        detail={
            "mois": f"{envoi.mois:%Y-%m}",
            "mds": envoi.mds and envoi.mds.code,
            "numero": envoi.numero,
            "masque": True,
        },
    )


def lignes(fige: dict, masques: dict[str, set[str]]) -> list[tuple[str, str, list]]:
    """(code, label, the three columns): numbers, or « masqué »."""
    colonnes = [fige["chiffres"][colonne] for colonne in disposition.PERIODES]
    caches = [masques[colonne] for colonne in disposition.PERIODES]
    toutes = []
    for c in tableau_masque.CHIFFRES:
        definition = indicateurs.DEFINITIONS[c.code]
        cellules = [
            _cellule(colonne, cache, c) for colonne, cache in zip(colonnes, caches, strict=True)
        ]
        toutes.append(
            (
                c.code if not c.libelle and definition.au_contrat else "",
                c.libelle or definition.titre,
                cellules,
            )
        )
        if (c.code, c.chemin) == ("I8", "n"):
            valeurs = [
                {"repartition": suivre(colonne.get("I8"), "repartition") or {}}
                for colonne in colonnes
            ]
            toutes += [
                (
                    "",
                    f"dont {libelle}",
                    [
                        MASQUE
                        if f"I8.repartition.{code}" in cache
                        else v["repartition"].get(code, 0)
                        for v, cache in zip(valeurs, caches, strict=True)
                    ],
                )
                for code, libelle in synthese.logements(valeurs)
            ]
    return toutes


def _cellule(colonne: dict, caches: set[str], c: disposition.LigneDeChiffres):
    if c.chemin == "taux":
        composants = {tableau_masque.nom(c.code, chemin) for chemin in ("oui", "non", "nr", "n")}
        return MASQUE if composants & caches else (colonne.get(c.code) or {}).get("texte")
    if tableau_masque.nom(c.code, c.chemin) in caches:
        return MASQUE
    valeur = suivre(colonne.get(c.code), c.chemin)
    return ", ".join(valeur) if isinstance(valeur, list) else valeur
