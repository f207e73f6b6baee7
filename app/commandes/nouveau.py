"""``flask tandem nouveau``: write the files of a new noun, its model, screens, migration and tests.

Nothing else is to be written: what the files declare is read everywhere
(``docs/declarer-un-ecran.md``). They are formatted, and meant to be edited.
"""

import importlib.util
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import click
from flask import current_app

from app.models import catalogue
from config import RACINE

from . import Refus, tandem
from .base import version_du_code

GENRES = {
    "texte": ("str", "texte", "sa.String(500)"),
    "texte_long": ("str", "texte_long", "sa.Text()"),
    "jour": ("date", "jour", "sa.Date()"),
    "oui_non": ("bool", "oui_non", "sa.Boolean()"),
    "montant": ("Decimal", "montant", "sa.Numeric(12, 2)"),
    "entier": ("int", "entier", "sa.Integer()"),
}
"""Kind of field → Python type, helper of ``app/models/base.py``, type of the migration."""
SANS_REQUIS = ("texte_long", "oui_non")
CHAMPS = ("objet:texte:Objet:requis", "le:jour:Le:requis", "note:texte_long:Note")


@dataclass(frozen=True)
class Champ:
    """A column, as ``--champ colonne:genre:Libellé[:requis]`` says it."""

    colonne: str
    genre: str
    libelle: str
    requis: bool

    @property
    def du_modele(self) -> str:
        type_, aide, _ = GENRES[self.genre]
        if self.requis:
            return f'    {self.colonne}: Mapped[{type_}] = {aide}("{self.libelle}", requis=True)'
        return f'    {self.colonne}: Mapped[{type_} | None] = {aide}("{self.libelle}")'

    @property
    def de_la_migration(self) -> str:
        vide = ", nullable=False" if self.requis else ""
        return f'        sa.Column("{self.colonne}", {GENRES[self.genre][2]}{vide}),'


def lire_champ(dit: str) -> Champ:
    """Refuses, with an example, what cannot be read."""
    colonne, genre, libelle, *reste = [*dit.split(":"), "", ""][:4]
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", colonne) or genre not in GENRES or not libelle:
        raise Refus(
            f"« {dit} » ne décrit pas un champ. Exemple : --champ « prete_le:jour:Prêté le:requis »"
            f" ; les genres sont : {', '.join(GENRES)}.",
            code=2,
        )
    requis = reste[0] == "requis"
    if requis and genre in SANS_REQUIS:
        raise Refus(f"un champ « {genre} » ne peut être requis : « {dit} ».", code=2)
    if colonne in catalogue.COMMUNES:
        raise Refus(f"toute fiche a déjà une colonne « {colonne} ».", code=2)
    return Champ(colonne, genre, libelle, requis)


@dataclass(frozen=True)
class Nom:
    """A noun to be written: what people call it, its table, its fields."""

    table: str
    libelle: str
    pluriel: str
    article: str
    champs: tuple[Champ, ...]
    debut: str
    fin: str
    verbe: str
    du_jeune: bool

    @property
    def classe(self) -> str:
        return "".join(mot.capitalize() for mot in self.table.split("_"))

    @property
    def colonnes(self) -> list[str]:
        return [champ.colonne for champ in self.champs]

    @property
    def cle(self) -> tuple[str, ...]:
        """What tells two records of one youth apart: the fields that are required."""
        return tuple(champ.colonne for champ in self.champs if champ.requis)

    @property
    def lien(self) -> str:
        """The column that says whose it is."""
        return "jeune_id" if self.du_jeune else "mds_id"

    @property
    def periode(self) -> bool:
        return bool(self.fin)


@tandem.command("nouveau")
@click.argument("table")
@click.option("--libelle", help="Comment s’appelle une fiche : « Prêt de matériel ».")
@click.option("--pluriel", help="Le titre de la liste : « Prêts de matériel ».")
@click.option("--feminin", is_flag=True, help="« une fiche », et non « un dossier ».")
@click.option("--champ", "champs", multiple=True, help="colonne:genre:Libellé[:requis], répétable.")
@click.option("--debut", default="", help="La colonne du premier jour, pour ce qui dure.")
@click.option("--fin", default="", help="La colonne du dernier jour : vide tant que cela dure.")
@click.option("--verbe", default="Terminer aujourd’hui", help="Le bouton qui y met fin.")
@click.option("--du-jeune/--de-la-mds", default=True, help="À un jeune, ou à une MDS.")
def nouveau(table: str, champs: tuple[str, ...], **options) -> None:
    """Écrit le modèle, l’écran, la migration et les tests d’un nouveau nom."""
    nom = _lire(table, champs, options)
    version = version_du_code(current_app)
    textes = {
        f"app/models/{table}.py": ecrire_modele(nom),
        f"app/views/{table}.py": ecrire_ecran(nom),
        f"migrations/versions/{int(version) + 1:04}_{table}.py": ecrire_migration(nom, version),
        f"tests/test_{table}.py": ecrire_tests(nom),
    }
    for chemin in textes:
        if (RACINE / chemin).exists():
            raise Refus(f"{chemin} existe déjà.")
    for chemin, texte in textes.items():
        (RACINE / chemin).write_text(texte, encoding="utf-8")
        click.echo(f"Écrit : {chemin}")
    _mettre_en_forme([RACINE / chemin for chemin in textes])
    click.echo("Relisez-les, puis : flask tandem init (docs/declarer-un-ecran.md).")


def _lire(table: str, champs: tuple[str, ...], options: dict) -> Nom:
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", table) or len(table) > 30:
        raise Refus(f"« {table} » n’est pas un nom de table : des minuscules sans accent, et _.", 2)
    if table in catalogue.noms():
        raise Refus(f"la table « {table} » est déjà déclarée.")
    if any(signe in "".join(filter(None, (*champs, *_textes(options)))) for signe in '"\\\n'):
        raise Refus("un libellé n’a ni guillemet droit, ni barre oblique inverse.", code=2)
    lus = tuple(lire_champ(champ) for champ in champs or CHAMPS)
    libelle = options["libelle"] or table.replace("_", " ").capitalize()
    nom = Nom(
        table,
        libelle,
        options["pluriel"] or f"{libelle}s",
        "une" if options["feminin"] else "un",
        lus,
        options["debut"],
        options["fin"],
        options["verbe"],
        options["du_jeune"],
    )
    for colonne in filter(None, (nom.debut, nom.fin)):
        if next((c.genre for c in lus if c.colonne == colonne), "") != "jour":
            raise Refus(f"« {colonne} » n’est pas un champ de genre « jour ».", code=2)
    if not nom.cle:
        raise Refus("rendez au moins un champ requis : il distingue deux fiches.", code=2)
    if nom.periode and not nom.debut:
        raise Refus("ce qui finit commence : donnez aussi --debut.", code=2)
    return nom


def _textes(options: dict) -> tuple[str | None, ...]:
    return options["libelle"], options["pluriel"], options["verbe"]


def _tuple(colonnes: tuple[str, ...] | list[str]) -> str:
    virgule = "," if len(colonnes) == 1 else ""
    return "(" + ", ".join(f'"{c}"' for c in colonnes) + virgule + ")"


def _minuscule(texte: str) -> str:
    """« Prêt de matériel » inside a sentence; « ASE » stays."""
    return texte if texte[:2].isupper() else texte[:1].lower() + texte[1:]


def _liste(colonnes: list[str]) -> str:
    return "[" + ", ".join(f'"{c}"' for c in colonnes) + "]"


def ecrire_modele(nom: Nom) -> str:
    """The model, and what it declares."""
    types = {GENRES[c.genre][0] for c in nom.champs}
    base = {GENRES[c.genre][1] for c in nom.champs} | ({"ordre"} if nom.periode else set())
    lignes = [f'"""{nom.pluriel}."""', ""]
    if "date" in types:
        lignes.append("from datetime import date")
    if "Decimal" in types:
        lignes.append("from decimal import Decimal")
    lignes += ["", "from sqlalchemy.orm import Mapped", ""]
    mere = "SuiviJeune" if nom.du_jeune else "Enregistrement"
    if not nom.du_jeune:
        base |= {"numero_de"}
    declares = ["Declaration", "tenu_par_le_coordonnateur"]
    declares += ["DansLeClasseur"] if nom.du_jeune else ["Forme"]
    lignes += [
        f"from .base import {', '.join([mere, *sorted(base)])}",
        f"from .declaration import {', '.join(sorted(declares))}",
        "",
        "",
        f"class {nom.classe}({mere}):",
        f'    __tablename__ = "{nom.table}"',
        *_declaration(nom),
        *_contraintes(nom),
    ]
    if not nom.du_jeune:
        lignes.append('    mds_id: Mapped[int] = numero_de("mds", "MDS", requis=True)')
    return "\n".join([*lignes, *(champ.du_modele for champ in nom.champs), ""])


def _declaration(nom: Nom) -> list[str]:
    lignes = ["    declaration = Declaration(", f'        "{nom.libelle}",']
    if not nom.du_jeune:
        lignes.append("        Forme.PAR_MDS,")
    lignes.append(f'        droits=tenu_par_le_coordonnateur("les {_minuscule(nom.pluriel)}"),')
    if nom.du_jeune:
        lignes.append(f'        classeur=DansLeClasseur("{nom.pluriel[:31]}"),')
    return [*lignes, "    )"]


def _contraintes(nom: Nom) -> list[str]:
    lignes = []
    if nom.du_jeune:
        communes = f'SuiviJeune.contraintes_communes("{nom.table}", cle={_tuple(nom.cle)})'
        lignes.append(f"        *{communes},")
    if nom.periode:
        phrase = "La fin précède le début."
        lignes.append(f'        ordre("{nom.table}", "{nom.debut}", "{nom.fin}", "{phrase}"),')
    return ["    __table_args__ = (", *lignes, "    )"] if lignes else []


def ecrire_ecran(nom: Nom) -> str:
    """The screens: list, file, form, tab of the youth, entry of the menu."""
    base = "VueTandem"
    module = "base"
    duree = []
    if nom.periode:
        base = "VueQuiSeTermine"
        module = "periode"
        duree = [
            f'    debut = "{nom.debut}"',
            f'    fin = "{nom.fin}"',
            f'    verbe = "{nom.verbe}"',
        ]
    courtes = [c.colonne for c in nom.champs if c.genre != "texte_long"]
    filtres = [c.colonne for c in nom.champs if c.genre in ("jour", "oui_non")]
    importe = [
        "from flask_appbuilder.models.sqla.interface import SQLAInterface",
        "",
        "from app.menu import SUIVI, AuMenu",
        f"from app.models.{nom.table} import {nom.classe}",
    ]
    onglet = []
    if nom.du_jeune:
        importe.append("from app.views.socle.fiche import OngletDuJeune")
        onglet = [f"    onglet = OngletDuJeune({_tuple(courtes)})"]
    importe.append(f"from app.views.socle.{module} import {base}")
    en_tete = [nom.lien, *courtes] if not nom.du_jeune else ["jeune_id", *courtes, "mds_id"]
    cherche = ["mds_id", *filtres, *(["jeune_id"] if nom.du_jeune else [])]
    lignes = [
        f'"""{nom.pluriel}."""',
        "",
        *importe,
        "",
        "",
        f"class {nom.classe}View({base}):",
        f"    datamodel = SQLAInterface({nom.classe})",
        f'    nom = "{nom.article} {_minuscule(nom.libelle)}"',
        f'    pluriel = "{nom.pluriel}"',
        *duree,
        f"    list_columns = {_liste(en_tete)}",
        f"    add_columns = {_liste([nom.lien, *nom.colonnes])}",
        f"    search_columns = {_liste(cherche)}",
        *onglet,
        "    au_menu = AuMenu(SUIVI)",
        "",
        "",
        f"VUES = ({nom.classe}View,)",
        "",
    ]
    return "\n".join(lignes)


def ecrire_migration(nom: Nom, precedente: str) -> str:
    """The table; numbered after the last migration."""
    fonction = "creer_table_du_jeune" if nom.du_jeune else "creer_table_de_mds"
    elements = [champ.de_la_migration for champ in nom.champs]
    if nom.periode:
        regle = f"ck_{nom.table}_{nom.debut}_{nom.fin}"
        condition = f"{nom.fin} >= {nom.debut}"
        elements.append(f'        sa.CheckConstraint("{condition}", name="{regle}"),')
    if nom.du_jeune:
        elements.append(f"        cle={_tuple(nom.cle)},")
    lignes = [
        f'"""{nom.pluriel}."""',
        "",
        "import sqlalchemy as sa",
        "from alembic import op",
        "",
        f"from app.models.migration import {fonction}",
        "",
        f'revision = "{int(precedente) + 1:04}"',
        f'down_revision = "{precedente}"',
        "",
        "",
        "def upgrade() -> None:",
        f"    {fonction}(",
        f'        "{nom.table}",',
        *elements,
        "    )",
        "",
        "",
        "def downgrade() -> None:",
        f'    op.drop_table("{nom.table}")',
        "",
    ]
    return "\n".join(lignes)


TESTS = '''"""{pluriel}: the screens answer; the common tests prove the rest."""

from tests import factories as f
from tests.connexions import ouvrir_session


def test_le_responsable_ouvre_les_ecrans_de_sa_mds(app, session):
    fiche = f.fabriquer("{table}", "ART")
    responsable = f.un_compte("RESPONSABLE", "ART")
    session.commit()
    client = ouvrir_session(app.test_client(), responsable.id)
    for suite in ("", "ajouter", "exporter", str(fiche.id), f"{{fiche.id}}/modifier"):
        assert client.get(f"/{table}s/{{suite}}").status_code == 200, suite


def test_une_autre_mds_n_en_sait_rien(app, session):
    fiche = f.fabriquer("{table}", "ARR")
    responsable = f.un_compte("RESPONSABLE", "ART")
    session.commit()
    client = ouvrir_session(app.test_client(), responsable.id)
    assert client.get(f"/{table}s/{{fiche.id}}").status_code == 404
'''


def ecrire_tests(nom: Nom) -> str:
    """What is the noun's own; the common tests find it by themselves."""
    return TESTS.format(pluriel=nom.pluriel, table=nom.table)


def _mettre_en_forme(fichiers: list[Path]) -> None:
    """As ``make lint`` wants them, when its tools are installed."""
    if importlib.util.find_spec("ruff") is None:
        return
    for commande in (["check", "--fix", "--quiet", "--select", "I"], ["format", "--quiet"]):
        arguments = [sys.executable, "-m", "ruff", *commande, *map(str, fichiers)]
        subprocess.run(arguments, cwd=RACINE, check=False)  # noqa: S603 (our own files)
