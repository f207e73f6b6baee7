"""The workbook of the monthly table (M11).

Each sheet of ``disposition.py``, written from what ``mensuel.py`` computed.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC
from operator import attrgetter
from pathlib import Path
from typing import Any

from sqlalchemy import Row

from app import acces, departement, sorties_de_donnees
from app.echanges.formats.ecriture import ClasseurExcel, ouvrir
from app.echanges.formats.impression import Impression
from app.echanges.formats.pages import PageImprimee
from app.echanges.tableau import disposition, synthese
from app.echanges.tableau.disposition import FeuilleDuTableau
from app.echanges.tableau.lignes import LigneDAnomalie
from app.echanges.tableau.mensuel import (
    TableauDuMois,
    lignes_des_jeunes,
    verifier_droit,
    version_des_definitions,
)
from app.extensions import db
from app.indicateurs import anomalies, graphiques
from app.regles.heures import moment
from app.regles.parametres import TENDANCE_MOIS
from app.sorties_de_donnees import FichierSorti


def ecrire(
    tableau: TableauDuMois, chemin: Path, *, avec_noms: bool = False, motif: str = ""
) -> int:
    """Write the workbook, whole or not at all, and its line in the audit log, which says what for.

    Returns the number of youths in it.
    """
    verifier_droit(tableau.mds, "exporter")
    if avec_noms:
        verifier_droit(tableau.mds, "nominatif")
    composition = composer(tableau, chemin, avec_noms=avec_noms, motif=motif)
    nombre = composition.nombre_de_jeunes
    sorties_de_donnees.noter(
        FichierSorti(
            "Tableau mensuel, avec les noms" if avec_noms else "Tableau mensuel",
            "tableau",
            nombre,
            composition.jeunes,
            filtres=f"{tableau.territoire}, {tableau.mois}",
            detail={
                "mois": f"{tableau.du:%Y-%m}",
                "mds": tableau.mds and tableau.mds.code,
                "lignes": nombre,
                "nominatif": avec_noms,
                "motif": motif,
            },
        )
    )
    db.session.commit()
    return nombre


def composer(
    tableau: TableauDuMois, chemin: Path, *, avec_noms: bool = False, motif: str = ""
) -> "Composition":
    """The workbook itself, which the caller has the right to; returns what was written in it."""
    with ouvrir(chemin) as classeur:
        classeur.xlsx.set_properties(
            {
                "title": disposition.TITRE,
                "subject": f"{tableau.territoire}, {tableau.mois}",
                "author": tableau.prepare_par,
                "company": departement.courant().nom,
                "created": tableau.prepare_le.astimezone(UTC).replace(tzinfo=None),
            }
        )
        composition = Composition(classeur, tableau, avec_noms, motif)
        for feuille in disposition.FEUILLES:
            ECRITURES[feuille.contenu](composition, feuille)
    return composition


@dataclass
class Composition:
    """The workbook that is being written, and what it tells."""

    classeur: ClasseurExcel
    tableau: TableauDuMois
    avec_noms: bool
    motif: str
    """What it is taken away for; empty for a table that is sent, handed out more than once."""
    nombre_de_jeunes: int = 0
    jeunes: list[int] = field(default_factory=list)
    """The numbers of the youths of its lines, and of those of its anomalies."""

    def retenir(self, lignes: Iterable[Any], *noms: str) -> Iterator[Any]:
        """The same lines; the youths that they name are kept as they go by."""
        lues = [attrgetter(nom) for nom in noms]
        for ligne in lignes:
            for lire in lues:
                if numero := lire(ligne):
                    self.jeunes.append(numero)
            yield ligne

    def page(self, feuille: FeuilleDuTableau) -> PageImprimee:
        """The sheet, still empty."""
        return PageImprimee(
            self.classeur,
            feuille.nom,
            feuille.montrees(avec_noms=self.avec_noms),
            autour=self.autour(),
            repetees=feuille.figees(avec_noms=self.avec_noms),
            sur_une_page=feuille.sur_une_page,
        )

    def autour(self) -> Impression:
        """What each printed page says: the table, who prepared it, when, what for."""
        t = self.tableau
        pied = f"Préparé par {t.prepare_par}, le {moment(t.prepare_le)}"
        if self.motif:
            pied += f", pour : {self.motif}"
        return Impression(f"{disposition.TITRE} – {t.territoire}, {t.mois}", pied=pied)

    def liste(self, feuille: FeuilleDuTableau, lignes: Iterator[object]) -> int:
        """A sheet that is one list; returns the number of its rows."""
        figees = feuille.figees(avec_noms=self.avec_noms)
        return self.page(feuille).tableau(lignes, colonnes_figees=figees)


def _synthese(c: Composition, feuille: FeuilleDuTableau) -> None:
    page = c.page(feuille)
    page.titre(disposition.TITRE)
    page.phrase(disposition.SOUS_TITRE)
    page.sauter()
    for libelle, valeur in _renseignements(c.tableau, c.avec_noms):
        page.renseignement(libelle, valeur)
    page.sauter()
    page.entetes(feuille.figees(avec_noms=c.avec_noms))
    for ligne in disposition.SYNTHESE:
        _ligne_de_chiffres(page, c.tableau, ligne)
    page.bande("À côté des indicateurs")
    for ligne in disposition.LIGNES_A_COTE:
        _ligne_de_chiffres(page, c.tableau, ligne)


def _renseignements(tableau: TableauDuMois, avec_noms: bool) -> Iterator[tuple[str, str]]:
    """What the table is about, above its figures: (label, words)."""
    provisoire = " (mois en cours : chiffres provisoires)" if tableau.est_provisoire else ""
    definitions = disposition.feuille("definitions").nom
    diffusion = "sans nom de jeune"
    if avec_noms:
        diffusion = "noms des jeunes présents : diffusion restreinte"
    conventions = " ; ".join(tableau.conventions)
    yield "Territoire", tableau.territoire
    yield "Mois", tableau.mois + provisoire
    yield "Convention", conventions or "aucune convention enregistrée pour ce mois"
    yield "Préparé par", f"{tableau.prepare_par}, le {moment(tableau.prepare_le)}"
    yield "Définitions", f"version {version_des_definitions()} (feuille « {definitions} »)"
    yield "Diffusion", diffusion
    yield "Envois", tableau.envois
    yield "Fusions", tableau.fusions.phrase
    cachet = tableau.cachet
    if cachet is None:
        return
    yield "Envoi", " : ".join(filter(None, (cachet.nom, cachet.motif)))
    yield "Vérification", cachet.verification
    if cachet.motif_anomalies:
        yield "Anomalies", f"envoyé avec des anomalies bloquantes : {cachet.motif_anomalies}"
    yield "SHA-256", cachet.empreinte


def _ligne_de_chiffres(
    page: PageImprimee, tableau: TableauDuMois, ligne: disposition.LigneDeChiffres
) -> None:
    """A whole figure in bold; a part of one a little to the right, what it is made of more."""
    retrait = 2
    if not ligne.libelle:
        retrait = 1 if ligne.est_une_partie else 0
    page.ligne(
        synthese.ligne_de_synthese(tableau.colonnes, ligne),
        nombres=ligne.format,
        gras=retrait == 0,
        retrait={"libelle": retrait},
    )


def _jeunes(c: Composition, feuille: FeuilleDuTableau) -> None:
    lignes = lignes_des_jeunes(c.tableau, c.avec_noms)
    if c.tableau.cachet is not None:
        lignes = iter(c.tableau.cachet.jeunes)
    c.nombre_de_jeunes = c.liste(feuille, c.retenir(lignes, "numero"))


def _instances(c: Composition, feuille: FeuilleDuTableau) -> None:
    c.liste(feuille, iter(c.tableau.instances))


def _logement(c: Composition, feuille: FeuilleDuTableau) -> None:
    page = c.page(feuille)
    page.titre("Logement à la sortie de l’ASE", 14)
    page.phrase(
        "Sortants accompagnés, selon la situation à la sortie. La part est celle des jeunes logés."
    )
    page.sauter()
    page.entetes(feuille.figees())
    premiere = page.rang
    types = synthese.lignes_de_logement(c.tableau.colonnes)
    for ligne in types:
        page.ligne(ligne)
    for rang, total in enumerate(synthese.totaux_du_logement(c.tableau.colonnes)):
        page.ligne(total, gras=rang == 0)
    page.sauter()
    dessinee = f"jeunes_{disposition.LOGEMENT_DESSINE}"
    points = []
    for ligne in types:
        nombre: int = getattr(ligne, dessinee)
        points.append(graphiques.Point(ligne.libelle, nombre, str(nombre)))
    if not any(point.valeur for point in points):
        page.phrase("Pas de graphique : aucun sortant accompagné n’est logé dans la période.")
        return
    nom = "Logement à la sortie de l’ASE"
    dessin = graphiques.Graphique(
        f"{nom}, de janvier à {c.tableau.mois}", "Type de logement", tuple(points), nom=nom
    )
    page.dessiner(dessin, premiere=premiere, noms="libelle", valeurs=dessinee)


def _evolutions(c: Composition, feuille: FeuilleDuTableau) -> None:
    page = c.page(feuille)
    page.titre("Évolutions et délais", 14)
    page.phrase(
        f"Les évolutions portent sur {TENDANCE_MOIS.en_lettres} glissants,"
        " les délais sur le cumul depuis le 1er janvier."
    )
    page.sauter()
    page.entetes(feuille.figees())
    dessines = []
    for dessin in c.tableau.dessins:
        page.bande(dessin.titre)
        premiere = page.rang
        for point in dessin.points:
            page.ligne(point)
        if dessin.est_dessine:
            dessines.append((dessin, premiere))
        else:
            rien = graphiques.Point("Pas de graphique : rien ne peut être dessiné.", None, "")
            page.ligne(rien, nombres="texte")
    for rang, (dessin, premiere) in enumerate(dessines):
        if rang % 2 == 0:
            page.nouvelle_page()
        page.dessiner(dessin, premiere=premiere, noms="nom", valeurs="valeur")


def _anomalies(c: Composition, feuille: FeuilleDuTableau) -> None:
    tableau = c.tableau
    with acces.compter():
        trouvees = anomalies.lister(tableau.du, tableau.au, tableau.mds_id)
        retenues = c.retenir(trouvees, "jeune_id", "autre_id")
        c.liste(feuille, map(_ligne_d_anomalie, retenues))


def _ligne_d_anomalie(trouvee: Row[Any]) -> LigneDAnomalie:
    regle = anomalies.PAR_CODE[trouvee.regle]
    dossiers = trouvee.dossier
    if trouvee.autre_id:
        dossiers = f"{trouvee.dossier} et {trouvee.autre_dossier}"
    return LigneDAnomalie(
        gravite=anomalies.GRAVITES[regle.gravite],
        titre=regle.titre,
        dossiers=dossiers,
        mds=trouvee.mds or "Département",
        le=trouvee.le,
        coordonnateur=trouvee.coordonnateur,
        referent_ase=trouvee.referent_ase,
        a_faire=regle.phrase,
    )


def _definitions(c: Composition, feuille: FeuilleDuTableau) -> None:
    c.liste(feuille, synthese.lignes_de_definition())


def _fusions(c: Composition, feuille: FeuilleDuTableau) -> None:
    if c.tableau.fusions.lignes:
        c.liste(feuille, iter(c.tableau.fusions.lignes))


def _rectificatif(c: Composition, feuille: FeuilleDuTableau) -> None:
    cachet = c.tableau.cachet
    if cachet is not None and cachet.numero:
        c.liste(feuille, iter(cachet.differences))


ECRITURES: dict[str, Callable[[Composition, FeuilleDuTableau], None]] = {
    "synthese": _synthese,
    "jeunes": _jeunes,
    "instances": _instances,
    "logement": _logement,
    "evolutions": _evolutions,
    "anomalies": _anomalies,
    "definitions": _definitions,
    "fusions": _fusions,
    "rectificatif": _rectificatif,
}
"""What each sheet of ``disposition.FEUILLES`` holds."""
