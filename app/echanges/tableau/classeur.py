"""The workbook of the monthly table (M11): each sheet written from what ``tableau_mensuel.py``
computed."""

from collections.abc import Sequence
from datetime import UTC
from pathlib import Path

from app import acces, departement, indicateurs, journal
from app.echanges.formats.ecriture import Classeur, Colonne, ouvrir
from app.echanges.formats.pages import Page
from app.echanges.tableau import disposition
from app.echanges.tableau.mensuel import (
    Rapport,
    lignes_des_jeunes,
    logements,
    prudence,
    valeur,
    verifier_droit,
    version_des_definitions,
)
from app.extensions import db
from app.indicateurs import anomalies, graphiques


def ecrire(rapport: Rapport, chemin: Path, *, avec_noms: bool = False) -> int:
    """Write the workbook, whole or not at all, and its mark in the trail; returns the number of
    youths in it."""
    verifier_droit(rapport.mds, "exporter")
    if avec_noms:
        verifier_droit(rapport.mds, "nominatif")
    nombre = composer(rapport, chemin, avec_noms=avec_noms)
    journal.consigner(
        "export",
        table="tableau",
        detail={
            "mois": f"{rapport.du:%Y-%m}",
            "mds": rapport.mds and rapport.mds.code,
            "lignes": nombre,
            "nominatif": avec_noms,
        },
    )
    db.session.commit()
    return nombre


def composer(rapport: Rapport, chemin: Path, *, avec_noms: bool = False) -> int:
    """The workbook itself, which the caller has the right to; returns the number of youths in it."""
    with ouvrir(chemin) as classeur:
        classeur.xlsx.set_properties(
            {
                "title": disposition.TITRE,
                "subject": f"{rapport.territoire}, {rapport.mois}",
                "author": rapport.prepare_par,
                "company": departement.courant().nom,
                "created": rapport.prepare_le.astimezone(UTC).replace(tzinfo=None),
            }
        )
        _synthese(classeur, rapport, avec_noms)
        nombre = _jeunes(classeur, rapport, avec_noms)
        _page(classeur, rapport, 2, disposition.INSTANCES).tableau(rapport.instances)
        _logement(classeur, rapport)
        _evolutions(classeur, rapport)
        _anomalies(classeur, rapport)
        _definitions(classeur, rapport)
        if rapport.fusions.lignes:
            _page(classeur, rapport, disposition.FEUILLE_FUSIONS, disposition.FUSIONS).tableau(
                rapport.fusions.lignes
            )
        if rapport.cachet is not None and rapport.cachet.numero:
            page = _page(
                classeur, rapport, disposition.FEUILLE_RECTIFICATIF, disposition.RECTIFICATIF
            )
            page.tableau(rapport.cachet.differences, colonnes_figees=2)
    return nombre


def _page(
    classeur: Classeur,
    rapport: Rapport,
    rang: int | str,
    colonnes: Sequence[Colonne],
    sur_une_page: bool = False,
) -> Page:
    entete = f"{disposition.TITRE} – {rapport.territoire}, {rapport.mois}"
    nom = rang if isinstance(rang, str) else disposition.FEUILLES[rang]
    return Page(classeur, nom, colonnes, entete=entete, sur_une_page=sur_une_page)


def _synthese(classeur: Classeur, rapport: Rapport, avec_noms: bool) -> None:
    page = _page(classeur, rapport, 0, disposition.COLONNES_SYNTHESE)
    page.titre(disposition.TITRE)
    page.phrase(disposition.SOUS_TITRE)
    page.sauter()
    page.renseignement("Territoire", rapport.territoire)
    page.renseignement(
        "Mois",
        rapport.mois
        + (" (mois en cours : chiffres provisoires)" if rapport.est_provisoire else ""),
    )
    page.renseignement(
        "Convention",
        " ; ".join(rapport.conventions) or "aucune convention enregistrée pour ce mois",
    )
    page.renseignement(
        "Préparé par", f"{rapport.prepare_par}, le {rapport.prepare_le:%d/%m/%Y à %H:%M}"
    )
    page.renseignement(
        "Définitions",
        f"version {version_des_definitions()} (feuille « {disposition.FEUILLES[6]} »)",
    )
    page.renseignement(
        "Diffusion",
        "noms des jeunes présents : diffusion restreinte" if avec_noms else "sans nom de jeune",
    )
    page.renseignement("Envois", rapport.envois)
    page.renseignement("Fusions", rapport.fusions.phrase)
    if cachet := rapport.cachet:
        page.renseignement("Envoi", cachet.nom + (f" : {cachet.motif}" if cachet.motif else ""))
        page.renseignement("Vérification", cachet.verification)
        if cachet.motif_anomalies:
            page.renseignement(
                "Anomalies", f"envoyé avec des anomalies bloquantes : {cachet.motif_anomalies}"
            )
        page.renseignement("SHA-256", cachet.empreinte)
    page.sauter()
    page.entetes(colonnes_figees=2)
    for chiffre in disposition.SYNTHESE:
        _ligne_de_chiffres(page, rapport, chiffre)
    page.bande("À côté des indicateurs")
    for code in disposition.A_COTE:
        _ligne_de_chiffres(page, rapport, disposition.Chiffre(code, "nombre"))


def _ligne_de_chiffres(page: Page, rapport: Rapport, c: disposition.Chiffre) -> None:
    definition, principal = indicateurs.DEFINITIONS[c.code], not c.libelle
    chiffres = [rapport.colonnes[colonne][c.code] for colonne in disposition.PERIODES]
    taux = c.format == "taux"
    style = {"bold": True} if principal and not definition.parent else {}
    page.ligne(
        [
            c.code if principal and definition.au_contrat else "",
            definition.titre if principal else c.libelle,
            *(valeur(chiffre, c.chemin) for chiffre in chiffres),
            *(
                (chiffre.completude if taux and definition.inconnu else None)
                for chiffre in chiffres
            ),
            prudence(rapport, c.code) if taux else "",
        ],
        ["texte", "texte", *[c.format] * 3, *["taux"] * 3, "texte"],
        retrait=0 if style else 1 if principal else 2,
        **style,
    )


def _jeunes(classeur: Classeur, rapport: Rapport, avec_noms: bool) -> int:
    code, *autres = disposition.JEUNES
    colonnes = [code, *(disposition.NOMS if avec_noms else ()), *autres]
    page = _page(classeur, rapport, 1, colonnes)
    lignes = rapport.cachet.jeunes if rapport.cachet else lignes_des_jeunes(rapport, avec_noms)
    return page.tableau(lignes, colonnes_figees=3 if avec_noms else 1)


def _logement(classeur: Classeur, rapport: Rapport) -> None:
    page = _page(classeur, rapport, 3, disposition.LOGEMENT, sur_une_page=True)
    chiffres = [rapport.colonnes[colonne]["I8"].valeurs for colonne in disposition.PERIODES]
    presents = logements(chiffres)
    formats = [c.format for c in disposition.LOGEMENT]
    page.titre("Logement à la sortie de l’ASE", 14)
    page.phrase(
        "Sortants accompagnés, selon la situation à la sortie. La part est celle des jeunes logés."
    )
    page.sauter()
    page.entetes(colonnes_figees=1)
    premiere = page.rang
    for code, libelle in presents:
        page.ligne(
            [
                libelle,
                *(
                    v
                    for c in chiffres
                    for v in (c["repartition"].get(code, 0), c["pourcentages"].get(code))
                ),
            ],
            formats,
        )
    for titre, cle, style in (
        ("Ensemble des jeunes logés", "n", {"bold": True}),
        ("Non logés", "non_loges", {}),
        ("Non renseigné", "nr", {}),
    ):
        page.ligne([titre, *(v for c in chiffres for v in (c[cle], None))], formats, **style)
    page.sauter()
    dessine = list(disposition.PERIODES).index(disposition.GRAPHIQUE_LOGEMENT)
    nombres = [chiffres[dessine]["repartition"].get(code, 0) for code, _ in presents]
    if not any(nombres):
        page.phrase("Pas de graphique : aucun sortant accompagné n’est logé dans la période.")
        return
    titre = f"Logement à la sortie de l’ASE, de janvier à {rapport.mois}"
    points = (
        graphiques.Point(libelle, n, str(n))
        for (_, libelle), n in zip(presents, nombres, strict=True)
    )
    dessin = graphiques.Graphique(titre, "Type de logement", tuple(points))
    page.dessiner(dessin, place=1 + 2 * dessine, premiere=premiere)


def _evolutions(classeur: Classeur, rapport: Rapport) -> None:
    page = _page(classeur, rapport, 4, disposition.EVOLUTIONS)
    page.titre("Évolutions et délais", 14)
    page.phrase(
        "Les évolutions portent sur douze mois glissants, les délais sur le cumul depuis le 1er janvier."
    )
    page.sauter()
    page.entetes(colonnes_figees=1)
    places = []
    for g in rapport.dessins:
        page.bande(g.titre)
        places.append(page.rang)
        for x in g.points:
            page.ligne(
                [x.nom, x.valeur, x.texte, x.complement], [c.format for c in disposition.EVOLUTIONS]
            )
        if not g.est_dessine:
            page.ligne(
                ["Pas de graphique : rien ne peut être dessiné.", None, "", ""], ["texte"] * 4
            )
    dessines = [
        (g, premiere) for g, premiere in zip(rapport.dessins, places, strict=True) if g.est_dessine
    ]
    for rang, (g, premiere) in enumerate(dessines):
        if rang % 2 == 0:
            page.nouvelle_page()
        page.dessiner(g, place=1, premiere=premiere)


def _anomalies(classeur: Classeur, rapport: Rapport) -> None:
    with acces.compter():
        page = _page(classeur, rapport, 5, disposition.ANOMALIES)
        page.tableau(anomalies.lister(rapport.du, rapport.au, rapport.mds_id), colonnes_figees=3)


def _definitions(classeur: Classeur, rapport: Rapport) -> None:
    phrases = [
        (d.code if d.au_contrat else "", d.titre, d.regle) for d in indicateurs.DEFINITIONS.values()
    ]
    phrases += [("Règle commune", titre, phrase) for titre, phrase in indicateurs.REGLES_COMMUNES]
    _page(classeur, rapport, 6, disposition.DEFINITIONS).tableau(phrases, colonnes_figees=2)
