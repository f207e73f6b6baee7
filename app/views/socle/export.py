"""« Exporter vers Excel »: what is filtered on the screen, no more, no less; who, what, how many
and why are kept."""

import tempfile
from array import array
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

from flask import render_template, request
from flask_appbuilder import ModelView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from sqlalchemy import Text, inspect, select

from app import acces, journal
from app.echanges.formats.ecriture import MIME, Colonne, Feuille, ecrire_classeur
from app.extensions import db
from app.regles.age import aujourd_hui
from app.views.socle import filtres, saisie
from app.views.socle.affichage import Propriete, en_texte
from app.views.socle.fichiers import envoyer_fichier

PAQUET = 1000
"""Rows read from the base at a time."""


class Export(ModelView):
    """The export of a list; ``colonnes_export`` names its columns in order (by default those of the
    file)."""

    colonnes_export: list[str] | None = None

    def colonnes(self):
        """The columns of the sheet: title, format, value."""
        return [Colonne(p.libelle, format_de(p), valeur_de(p)) for p in self._exportees()]

    def _exportees(self) -> list[Propriete]:
        noms = self.colonnes_export or dict.fromkeys([*self.list_columns, *self.show_columns])
        return [self.propriete(c) for c in noms]

    def toutes_les_lignes(self, demande: filtres.Demande):
        """Every record of the filtered list, in its order, a packet at a time."""
        cle = inspect(self.modele).primary_key[0]
        cles = _cles(self.trier(self.requete(demande), demande.tri), cle)
        options = self._options(self._exportees())
        for debut in range(0, len(cles), PAQUET):
            paquet = list(cles[debut : debut + PAQUET])
            requete = select(self.modele).where(cle.in_(paquet)).options(*options)
            fiches = {getattr(f, cle.key): f for f in db.session.scalars(requete)}
            yield from (fiches[c] for c in paquet if c in fiches)
            fiches.clear()
            db.session.expunge_all()

    @expose("/exporter", methods=["GET", "POST"])
    @has_access
    @permission_name("exporter")
    def export(self):
        demande = filtres.lire(self)
        motif = lire_motif()
        if request.method == "GET":
            return self._demander(demande)
        if not motif:
            return self._demander(demande, manque=True), 422
        compteur = _Compteur(self.toutes_les_lignes(demande))
        return envoyer_classeur(
            [Feuille(self.list_title, self.colonnes(), compteur)],
            f"{self.route_base.strip('/').replace('/', '-')}-{aujourd_hui():%Y-%m-%d}.xlsx",
            motif=motif,
            table=self.modele.__tablename__,
            detail=lambda: {
                "lignes": compteur.nombre,
                "recherche": "q" in demande.valeurs,
                "filtres": {
                    n: v for n, v in demande.valeurs.items() if n not in ("q", "tri", "taille")
                },
            },
        )

    def _demander(self, demande: filtres.Demande, *, manque: bool = False) -> str:
        """The page that says what the file will hold and asks why."""
        return render_template(
            "exporter.html",
            vue=self,
            demande=demande,
            nombre=self.compter(demande),
            fil=self.fil(),
            colonnes=[p.libelle for p in self._exportees()],
            manque=manque,
        )


def lire_motif() -> str:
    """Why, as it was typed; empty when nothing was."""
    return saisie.ligne_saisie("motif", 300)


def envoyer_classeur(  # noqa: PLR0913 – what the audit log says of an export
    feuilles: list[Feuille],
    nom: str,
    *,
    motif: str,
    table: str,
    detail: Callable[[], dict],
    cle: str | int | None = None,
    jeune_id: int | None = None,
):
    """Write a workbook and send it; nothing of it stays on the disk.

    ``detail``: what the audit log keeps, asked once the workbook is written.
    """
    with tempfile.TemporaryDirectory(prefix="tandem-export-") as dossier:
        chemin = Path(dossier) / "classeur.xlsx"
        ecrire_classeur(chemin, feuilles)
        acces.agir_pour(acces.contexte().acteur, motif=motif)
        journal.consigner(
            "export", table=table, cle=cle, jeune_id=jeune_id, detail={**detail(), "motif": motif}
        )
        db.session.commit()
        return envoyer_fichier(chemin, nom, MIME)


def _cles(requete, cle) -> Sequence:
    """The keys of all the rows, read as they come; numbers take eight bytes each, a million rows
    eight megabytes."""
    lues = db.session.scalars(requete, execution_options={"yield_per": 10 * PAQUET})
    return array("q", lues) if cle.type.python_type is int else lues.all()


class _Compteur:
    """Counts the rows as they go by."""

    def __init__(self, lignes):
        self.lignes = lignes
        self.nombre = 0

    def __iter__(self):
        for ligne in self.lignes:
            self.nombre += 1
            yield ligne


def format_de(prop: Propriete) -> str:
    """The format of the cells, from the type of the column; what is shown by its label is text."""
    if (
        prop.colonne is None
        or prop.relation
        or prop.formater is not en_texte
        or prop.nom.endswith(("mds_id", "mds_ids"))
    ):
        return "texte"
    if isinstance(prop.colonne.type, Text):
        return "recit"
    genre = prop.colonne.type.python_type
    return {date: "date", int: "entier", Decimal: "decimal"}.get(genre, "texte")


def valeur_de(prop: Propriete):
    """Dates and numbers stay dates and numbers; the rest is what the screen shows."""
    if format_de(prop) in ("texte", "recit"):
        return prop.texte_seul
    return prop.valeur
