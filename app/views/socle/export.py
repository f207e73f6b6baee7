"""« Exporter vers Excel »: the rows that the list shows, in its order, under its columns.

All the columns of the record are a choice that says so. Who exported what, how many rows and why
are written in the audit log.
"""

import tempfile
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from operator import itemgetter
from pathlib import Path
from typing import Any

from flask import render_template, request
from flask_appbuilder import ModelView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_login import current_user
from sqlalchemy import Enum, String, Text, func, inspect, select

from app import sorties_de_donnees
from app.echanges.formats.ecriture import MIME, Colonne, Feuille, ecrire_classeur
from app.echanges.formats.impression import Impression
from app.extensions import db
from app.regles.age import PARIS, aujourd_hui
from app.regles.heures import moment
from app.sorties_de_donnees import FichierSorti, PlafondAtteint
from app.views.socle import differe, filtres
from app.views.socle.affichage import Propriete, en_texte, numeros_de
from app.views.socle.fichiers import envoyer_fichier
from app.views.socle.lecture_en_colonnes import LectureDesExports, LignesExportees, colonne_exportee
from app.views.socle.motif import lire_motif

PAQUET = 1000
"""Rows read from the base at a time."""


class Export(ModelView):
    """The export of a list; ``colonnes_export`` names what « toutes les colonnes » adds to those of
    the list, in order (by default those of the file)."""

    colonnes_export: list[str] | None = None

    def exportees(self, toutes: bool) -> list[Propriete]:
        """The columns of the list; all those that may leave, when that is what was chosen."""
        noms = list(self.colonnes_de_la_liste())
        if toutes:
            noms += [*(self.colonnes_export or self.show_columns), *self.list_columns]
        # A column may be named in two ways: « motif » and « motif_code » are one.
        return list({p.nom: p for p in map(self.propriete, noms)}.values())

    def toutes_les_lignes(
        self, demande: filtres.DemandeDeListe, colonnes: Sequence[Propriete]
    ) -> Iterator[LignesExportees]:
        """The cells of every record of the filtered list, as the list shows it, in its order, a
        batch at a time."""
        cle = inspect(self.modele).primary_key[0]
        cles = _cles(self.trier(self.requete(demande), demande.tri), cle)
        lire = self._lecture(colonnes)
        for debut in range(0, len(cles), PAQUET):
            yield lire(list(cles[debut : debut + PAQUET]))
            db.session.expunge_all()

    def _lecture(self, colonnes: Sequence[Propriete]) -> Callable[[list], LignesExportees]:
        """How a batch is read: as columns; as records when one of them needs its record, or when
        the screen has a way of its own to read them."""
        jeune = self._colonne_du_jeune()
        lues = [colonne_exportee(self, p, case_de(p)) for p in colonnes]
        connues = [lue for lue in lues if lue is not None]
        if len(connues) == len(lues) and not self.lit_a_sa_facon():
            source = None if jeune is None else getattr(self.modele, jeune)
            return LectureDesExports(self, connues, source).lot
        cases = [valeur_de(p) for p in colonnes]

        def lire(cles: list) -> LignesExportees:
            fiches = self.lignes(cles, colonnes)
            jeunes = [getattr(fiche, jeune, None) if jeune else None for fiche in fiches]
            return LignesExportees(jeunes, [[case(fiche) for case in cases] for fiche in fiches])

        return lire

    def _colonne_du_jeune(self) -> str | None:
        nom = "id" if self.ressource == "jeune" else "jeune_id"
        return nom if nom in inspect(self.modele).columns else None

    @expose("/exporter", methods=["GET", "POST"])
    @has_access
    @permission_name("exporter")
    def export(self):
        demande = filtres.lire_demande_de_liste(self)
        motif = lire_motif()
        if request.method == "GET":
            return self._demander(demande)
        if not motif:
            return self._demander(demande, manque=True), 422
        total = self._en_tout(demande)
        if attente := differe.differer(f"Export : {self.list_title}", total):
            return attente
        toutes = request.form.get("colonnes") == "toutes"
        colonnes = self.exportees(toutes)
        compteur = _Compteur(self.toutes_les_lignes(demande, colonnes), total)
        montrees = [
            Colonne(p.libelle, format_de(p), itemgetter(place)) for place, p in enumerate(colonnes)
        ]
        mots = filtres_en_mots(demande)
        return envoyer_classeur(
            [Feuille(self.list_title, montrees, compteur)],
            f"{self.route_base.strip('/').replace('/', '-')}-{aujourd_hui():%Y-%m-%d}.xlsx",
            motif=motif,
            filtres=mots,
            a_propos=lambda: [
                ("Liste", self.list_title),
                ("Filtres", mots),
                ("Colonnes", "toutes" if toutes else "celles de la liste"),
                ("Fiches", compteur.nombre),
            ],
            fichier=lambda: FichierSorti(
                f"Liste : {self.list_title}",
                self.modele.__tablename__,
                compteur.nombre,
                compteur.jeunes,
                filtres=mots,
                recherche=demande.valeurs.get("q", ""),
                detail={
                    "lignes": compteur.nombre,
                    "toutes_les_colonnes": toutes,
                    "recherche": "q" in demande.valeurs,
                    "filtres": {
                        n: v for n, v in demande.valeurs.items() if n not in ("q", "tri", "taille")
                    },
                },
            ),
        )

    def _en_tout(self, demande: filtres.DemandeDeListe, au_plus: int | None = None) -> int:
        """How many rows the file has; beyond ``au_plus`` nobody counts them."""
        lignes = self.requete(demande).limit(au_plus).subquery()
        return db.session.scalar(select(func.count()).select_from(lignes))

    def _refus(self, demande: filtres.DemandeDeListe) -> PlafondAtteint | None:
        """Why so many rows may not leave today, told before the reason is asked."""
        reste = sorties_de_donnees.reste_du_jour()
        if reste is None or self._en_tout(demande, reste + 1) <= reste:
            return None
        return sorties_de_donnees.plafond_atteint(self._en_tout(demande))

    def _demander(self, demande: filtres.DemandeDeListe, *, manque: bool = False) -> str:
        """The page that says what the file will hold and asks why."""
        return render_template(
            "exporter.html",
            vue=self,
            demande=demande,
            nombre=self.compter(demande),
            refus=self._refus(demande),
            fil=self.fil(),
            colonnes=[p.libelle for p in self.exportees(False)],
            autres=[p.libelle for p in self.exportees(True)[len(self.exportees(False)) :]],
            toutes=request.form.get("colonnes") == "toutes",
            manque=manque,
        )


def filtres_en_mots(demande: filtres.DemandeDeListe) -> str:
    """« MDS : Artois ; Âge : 17 ans »."""
    mots = [f"{libelle} : {valeur}" for libelle, valeur, _ in demande.actifs]
    return " ; ".join(mots) or "aucun filtre"


A_PROPOS = (
    Colonne("Quoi", "texte", itemgetter(0), 22),
    Colonne("Valeur", "recit", itemgetter(1), 90),
)


def pied(motif: str) -> str:
    """Who takes a file away, when, what for: printed at the foot of each of its pages."""
    return f"Exporté par {current_user} le {moment(datetime.now(PARIS))}, pour : {motif}"


def envoyer_classeur(
    feuilles: list[Feuille],
    nom: str,
    *,
    motif: str,
    fichier: Callable[[], FichierSorti],
    filtres: str = "",
    a_propos: Callable[[], list[tuple[str, object]]] = list,
):
    """Write a workbook and send it; nothing of it stays on the disk.

    Each sheet is printed with its title, ``filtres``, who takes it away, when and what for; a last
    one says it whole, after what ``a_propos`` adds. ``fichier``: what is kept of its leaving. Both
    are asked once the rows are written.
    """
    qui = str(current_user)
    quand = datetime.now(PARIS)
    au_pied = pied(motif)

    def imprimees() -> Iterator[Feuille]:
        for feuille in feuilles:
            yield replace(feuille, impression=Impression(feuille.titre, filtres, au_pied))
        lignes = [
            *a_propos(),
            ("Exporté par", qui),
            ("Le", moment(quand)),
            ("Motif", motif),
            ("Diffusion", "Confidentiel : ce fichier contient des données personnelles."),
        ]
        yield Feuille("À propos", A_PROPOS, lignes, Impression("À propos", filtres, au_pied))

    with tempfile.TemporaryDirectory(prefix="tandem-export-") as dossier:
        chemin = Path(dossier) / "classeur.xlsx"
        ecrire_classeur(chemin, imprimees(), titre=feuilles[0].titre, auteur=qui)
        sorti = fichier()
        sorties_de_donnees.noter(
            replace(
                sorti,
                filtres=sorti.filtres or filtres,
                detail={"lignes": sorti.lignes, **sorti.detail, "motif": motif},
            )
        )
        db.session.commit()
        return envoyer_fichier(chemin, nom, MIME)


def _cles(requete, cle) -> Sequence:
    """The keys of all the rows, read as they come; numbers take eight bytes each, a million rows
    eight megabytes."""
    lues = db.session.scalars(requete, execution_options={"yield_per": 10 * PAQUET})
    return array("q", lues) if cle.type.python_type is int else lues.all()


class _Compteur:
    """Counts the rows as they go by, and keeps the youth of each, four bytes a row."""

    def __init__(self, lots: Iterable[LignesExportees], total: int):
        self.lots = lots
        self.total = total
        self.nombre = 0
        self.jeunes = array("i")

    def __iter__(self) -> Iterator[Sequence[object]]:
        for lot in self.lots:
            yield from lot.lignes
            self.nombre += len(lot.lignes)
            self.jeunes.extend(numero for numero in lot.jeunes if numero)
            differe.avancer(self.nombre, self.total)


def format_de(prop: Propriete) -> str:
    """The format of the cells, from the type of the column; what is shown by its label is text.

    What a view computes has no type: its name says that it is a day (``…_le``).
    """
    if prop.colonne is None and prop.nom.endswith("_le") and not prop.relation:
        return "date"
    if (
        prop.colonne is None
        or prop.relation
        or prop.formater is not en_texte
        or prop.nom.endswith("mds_id")
        or numeros_de(prop.colonne)
    ):
        return "texte"
    if isinstance(prop.colonne.type, Text):
        return "recit"
    genre = prop.colonne.type.python_type
    return {date: "date", int: "entier", Decimal: "decimal"}.get(genre, "texte")


def valeur_de(prop: Propriete) -> Callable[[Any], object]:
    """What a cell holds, from the record."""
    dire = case_de(prop)
    if dire is None:
        return prop.lire
    return lambda fiche: dire(prop.lire(fiche))


def case_de(prop: Propriete) -> Callable[[Any], object] | None:
    """What a cell holds, from what ``prop.lire`` gives; None when it is that very value.

    Dates and numbers stay dates and numbers; the rest is what the screen shows.
    """
    if prop.colonne is None and not prop.relation and prop.formater is en_texte:
        return lambda valeur: _nombre_ou_texte(prop, valeur)
    if format_de(prop) in ("texte", "recit"):
        return None if _est_un_texte(prop) else prop.dire_sans_balises
    return None


def _est_un_texte(prop: Propriete) -> bool:
    """A column of texts that nothing puts into other words."""
    if prop.colonne is None or prop.relation or prop.formater is not en_texte:
        return False
    return isinstance(prop.colonne.type, String) and not isinstance(prop.colonne.type, Enum)


def _nombre_ou_texte(prop: Propriete, valeur) -> int | date | str:
    """What the view computes for the list: an age stays a number, a due day a date."""
    if isinstance(valeur, int | date) and not isinstance(valeur, bool):
        return valeur
    return prop.dire_sans_balises(valeur)
