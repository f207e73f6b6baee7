"""The version for the COPIL and the partners: the figures of a table sent, without any line, small numbers hidden.

A number from 1 to 4 of persons is hidden, and with it those of the same sum that would tell it (``regles/masque.py``).
It is made from what was frozen: the same table sent always gives the same figures.
"""

from collections.abc import Iterator
from pathlib import Path

from app import indicateurs, journal
from app.models import Envoi
from app.regles.masque import Somme, a_masquer

from . import tableau_disposition as disposition
from . import tableau_envoi, tableau_mensuel
from .ecriture import Colonne, Feuille, ecrire_classeur
from .tableau_envoi import suivre

MASQUE = "masqué"
SANS_PERSONNE = {"I1", "I11", "I13", "I14", "COMITES_TECHNIQUES", "FORMATIONS"}
"""Posts and meetings: nobody behind a small number."""
SANS_PERSONNE_CHEMINS = {("I12", "permanences"), ("I12", "attendues"), ("I12", "annulees")}
SORTANTS = ("I5", "I7", "I9", "I10", "S1")
"""Rates of one and the same population: its number is one cell, wherever it is printed."""


def ecrire(envoi: Envoi, chemin: Path) -> None:
    """Write the workbook, and its mark in the trail."""
    fige = tableau_envoi.lire(envoi)
    colonnes = (
        Colonne("Code", "texte", lambda x: x[0], 12),
        Colonne("Indicateur", "texte", lambda x: x[1], 70),
        *(
            Colonne(titre, "nombre", lambda x, n=n: x[2][n], 24)
            for n, (_, titre) in enumerate(disposition.PERIODES.values())
        ),
    )
    ou = disposition.DEPARTEMENT if envoi.mds is None else f"MDS {envoi.mds.nom}"
    a_propos = [
        ("Tableau", f"{disposition.TITRE}, {ou}, {tableau_mensuel.nom_du_mois(envoi.mois)}, {tableau_mensuel.nom_de_l_envoi(envoi.numero)}"),
        ("Diffusion", "comité de pilotage et partenaires : aucun dossier, et les nombres de 1 à 4 jeunes sont masqués, ainsi que ceux qui permettraient de les retrouver"),
        ("Tableau d’origine", f"SHA-256 {envoi.empreinte}"),
    ]  # fmt: skip
    renseignement = (Colonne("Quoi", "texte", lambda x: x[0], 24), Colonne("Valeur", "recit", lambda x: x[1], 100))
    definitions = fige.get("definitions", {}).get("indicateurs", [])
    ecrire_classeur(chemin, [
        Feuille("Synthèse", colonnes, lignes(fige)),
        Feuille("À propos", renseignement, a_propos),
        Feuille("Définitions", disposition.DEFINITIONS, definitions),
    ])  # fmt: skip
    journal.consigner("export", table="envoi", cle=envoi.id, detail={
        "mois": f"{envoi.mois:%Y-%m}", "mds": envoi.mds and envoi.mds.code, "numero": envoi.numero, "masque": True,
    })  # fmt: skip


def lignes(fige: dict) -> list[tuple[str, str, list]]:
    """(code, label, the three columns): numbers, or « masqué »."""
    colonnes = [fige["chiffres"][colonne] for colonne in disposition.PERIODES]
    caches = [masquees(colonne) for colonne in colonnes]
    toutes = []
    for c in (*disposition.SYNTHESE, *(disposition.Chiffre(code, "nombre") for code in disposition.A_COTE)):
        definition = indicateurs.DEFINITIONS[c.code]
        cellules = [_cellule(colonne, cache, c) for colonne, cache in zip(colonnes, caches, strict=True)]
        toutes.append(
            (c.code if not c.libelle and definition.au_contrat else "", c.libelle or definition.titre, cellules)
        )
        if (c.code, c.chemin) == ("I8", "n"):
            valeurs = [{"repartition": suivre(colonne.get("I8"), "repartition") or {}} for colonne in colonnes]
            toutes += [
                ("", f"dont {libelle}", [MASQUE if f"I8.repartition.{code}" in cache else v["repartition"].get(code, 0)
                                         for v, cache in zip(valeurs, caches, strict=True)])
                for code, libelle in tableau_mensuel.logements(valeurs)
            ]  # fmt: skip
    return toutes


def _cellule(colonne: dict, caches: set[str], c: disposition.Chiffre):
    if c.chemin == "taux":
        composants = {_nom(c.code, chemin) for chemin in ("oui", "non", "nr", "n")}
        return MASQUE if composants & caches else (colonne.get(c.code) or {}).get("texte")
    if _nom(c.code, c.chemin) in caches:
        return MASQUE
    valeur = suivre(colonne.get(c.code), c.chemin)
    return ", ".join(valeur) if isinstance(valeur, list) else valeur


def masquees(colonne: dict) -> set[str]:
    """The cells to hide in one column, by their name (« I4b.nombre »)."""
    nombres = dict(_nombres(colonne))
    return a_masquer(nombres, list(_sommes(nombres)))


def _nom(code: str, chemin: str) -> str:
    return "SORTANTS.n" if code in SORTANTS and chemin == "n" else f"{code}.{chemin}"


def _nombres(colonne: dict) -> Iterator[tuple[str, int]]:
    for c in (*disposition.SYNTHESE, *(disposition.Chiffre(code, "nombre") for code in disposition.A_COTE)):
        valeur = suivre(colonne.get(c.code), c.chemin)
        if c.code not in SANS_PERSONNE and (c.code, c.chemin) not in SANS_PERSONNE_CHEMINS and type(valeur) is int:
            yield _nom(c.code, c.chemin), valeur
    for code, nombre in (suivre(colonne.get("I8"), "repartition") or {}).items():
        yield f"I8.repartition.{code}", nombre


def _sommes(nombres: dict[str, int]) -> Iterator[Somme]:
    """What adds up in a column; a part that is not printed (« the others ») is added to ``nombres`` by its difference."""
    types = tuple(nom for nom in nombres if nom.startswith("I8.repartition."))
    sommes: list[Somme] = [
        ("I2.nombre", tuple(f"I2.par_age.{age}" for age in (16, 17, 18))),
        ("I4.nombre", ("I4a.nombre", "I4b.nombre", "I4c.nombre", "I4d.nombre")),
        ("I6.repondants", ("I6.oui", "I6.non")),
        ("SORTANTS.n", ("I8.n", "I8.non_loges", "I8.nr")),
        ("I8.n", types),
        *(("SORTANTS.n", (f"{code}.oui", f"{code}.non", f"{code}.nr")) for code in SORTANTS),
    ]
    for total, part in (
        ("I2.nombre", "I2b.nombre"),
        ("I2b.nombre", "I3.nombre"),
        ("I4b.nombre", "I4b.alternance"),
        ("I5.oui", "I5.cej"),
    ):
        if total in nombres and part in nombres:
            nombres[f"{part}, les autres"] = nombres[total] - nombres[part]
            sommes.append((total, (part, f"{part}, les autres")))
    yield from ((total, parts) for total, parts in sommes if parts and {total, *parts} <= nombres.keys())
