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

from . import CommandeRefusee, tandem
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
class NouveauChamp:
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
        type_ = GENRES[self.genre][2]
        if self.requis:
            return f'        sa.Column("{self.colonne}", {type_}, nullable=False),'
        return f'        sa.Column("{self.colonne}", {type_}),'


def lire_champ(dit: str) -> NouveauChamp:
    """Refuses, with an example, what cannot be read."""
    colonne, genre, libelle, *reste = [*dit.split(":"), "", ""][:4]
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", colonne) or genre not in GENRES or not libelle:
        raise CommandeRefusee(
            f"« {dit} » ne décrit pas un champ. Exemple : --champ « prete_le:jour:Prêté le:requis »"
            f" ; les genres sont : {', '.join(GENRES)}.",
            code=2,
        )
    requis = reste[0] == "requis"
    if requis and genre in SANS_REQUIS:
        raise CommandeRefusee(f"un champ « {genre} » ne peut être requis : « {dit} ».", code=2)
    if colonne in catalogue.COMMUNES:
        raise CommandeRefusee(f"toute fiche a déjà une colonne « {colonne} ».", code=2)
    return NouveauChamp(colonne, genre, libelle, requis)


@dataclass(frozen=True)
class NouveauNom:
    """A noun to be written: what people call it, its table, its fields."""

    table: str
    libelle: str
    pluriel: str
    article: str
    champs: tuple[NouveauChamp, ...]
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
        """It lasts from a day to a day."""
        return bool(self.fin)

    @property
    def mere(self) -> str:
        return "SuiviJeune" if self.du_jeune else "Enregistrement"

    @property
    def base_de_l_ecran(self) -> str:
        return "VueQuiSeTermine" if self.periode else "VueTandem"


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
            raise CommandeRefusee(f"{chemin} existe déjà.")
    for chemin, texte in textes.items():
        (RACINE / chemin).write_text(texte, encoding="utf-8")
        click.echo(f"Écrit : {chemin}")
    _mettre_en_forme([RACINE / chemin for chemin in textes])
    click.echo("Relisez-les, puis : flask tandem init (docs/declarer-un-ecran.md).")


def _lire(table: str, champs: tuple[str, ...], options: dict) -> NouveauNom:
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", table) or len(table) > 30:
        raise CommandeRefusee(
            f"« {table} » n’est pas un nom de table : des minuscules sans accent, et _.", 2
        )
    if table in catalogue.noms():
        raise CommandeRefusee(f"la table « {table} » est déjà déclarée.")
    if any(signe in "".join(filter(None, (*champs, *_textes(options)))) for signe in '"\\\n'):
        raise CommandeRefusee(
            "un libellé n’a ni guillemet droit, ni barre oblique inverse.", code=2
        )
    lus = tuple(lire_champ(champ) for champ in champs or CHAMPS)
    libelle = options["libelle"] or table.replace("_", " ").capitalize()
    nom = NouveauNom(
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
            raise CommandeRefusee(f"« {colonne} » n’est pas un champ de genre « jour ».", code=2)
    if not nom.cle:
        raise CommandeRefusee("rendez au moins un champ requis : il distingue deux fiches.", code=2)
    if nom.periode and not nom.debut:
        raise CommandeRefusee("ce qui finit commence : donnez aussi --debut.", code=2)
    return nom


def _textes(options: dict) -> tuple[str | None, ...]:
    return options["libelle"], options["pluriel"], options["verbe"]


def _tuple(colonnes: tuple[str, ...] | list[str]) -> str:
    if len(colonnes) == 1:
        return f'("{colonnes[0]}",)'
    return "(" + ", ".join(f'"{c}"' for c in colonnes) + ")"


def _minuscule(texte: str) -> str:
    """« Prêt de matériel » inside a sentence; « ASE » stays."""
    return texte if texte[:2].isupper() else texte[:1].lower() + texte[1:]


def _liste(colonnes: list[str]) -> str:
    return "[" + ", ".join(f'"{c}"' for c in colonnes) + "]"


def ecrire_modele(nom: NouveauNom) -> str:
    """The model, and what it declares."""
    types = {GENRES[champ.genre][0] for champ in nom.champs}
    lignes = [f'"""{nom.pluriel}."""', ""]
    if "date" in types:
        lignes.append("from datetime import date")
    if "Decimal" in types:
        lignes.append("from decimal import Decimal")
    return "\n".join(
        [
            *lignes,
            "",
            "from sqlalchemy.orm import Mapped",
            "",
            *_imports_du_modele(nom),
            "",
            "",
            f"class {nom.classe}({nom.mere}):",
            f'    __tablename__ = "{nom.table}"',
            *_declaration(nom),
            *_contraintes(nom),
            *_colonne_de_la_mds(nom),
            *(champ.du_modele for champ in nom.champs),
            "",
        ]
    )


def _imports_du_modele(nom: NouveauNom) -> list[str]:
    base = {nom.mere, *(GENRES[champ.genre][1] for champ in nom.champs)}
    declares = {"Declaration", "tenu_par_le_coordonnateur"}
    if nom.periode:
        base.add("dans_l_ordre")
    if nom.du_jeune:
        declares.add("DansLeClasseur")
    else:
        base.add("numero_de")
        declares.add("Forme")
    return [
        f"from .base import {', '.join(sorted(base))}",
        f"from .declaration import {', '.join(sorted(declares))}",
    ]


def _declaration(nom: NouveauNom) -> list[str]:
    droits = f'        droits=tenu_par_le_coordonnateur("les {_minuscule(nom.pluriel)}"),'
    if nom.du_jeune:
        propres = [droits, f'        classeur=DansLeClasseur("{nom.pluriel[:31]}"),']
    else:
        propres = ["        Forme.PAR_MDS,", droits]
    return ["    declaration = Declaration(", f'        "{nom.libelle}",', *propres, "    )"]


def _contraintes(nom: NouveauNom) -> list[str]:
    lignes = []
    if nom.du_jeune:
        communes = f'SuiviJeune.contraintes_communes("{nom.table}", cle={_tuple(nom.cle)})'
        lignes.append(f"        *{communes},")
    if nom.periode:
        phrase = "La fin précède le début."
        lignes.append(
            f'        dans_l_ordre("{nom.table}", "{nom.debut}", "{nom.fin}", "{phrase}"),'
        )
    if not lignes:
        return []
    return ["    __table_args__ = (", *lignes, "    )"]


def _colonne_de_la_mds(nom: NouveauNom) -> list[str]:
    if nom.du_jeune:
        return []
    return ['    mds_id: Mapped[int] = numero_de("mds", "MDS", requis=True, index=True)']


def ecrire_ecran(nom: NouveauNom) -> str:
    """The screens: list, file, form, tab of the youth, entry of the menu."""
    courtes = [champ.colonne for champ in nom.champs if champ.genre != "texte_long"]
    filtres = ["mds_id", *(c.colonne for c in nom.champs if c.genre in ("jour", "oui_non"))]
    liste = [*courtes, "mds_id"]
    onglet = []
    if nom.du_jeune:
        filtres.append("jeune_id")
        liste = ["jeune_id", *courtes, "mds_id"]
        onglet = [f"    onglet = OngletDuJeune({_tuple(courtes)})"]
    return "\n".join(
        [
            f'"""{nom.pluriel}."""',
            "",
            *_imports_de_l_ecran(nom),
            "",
            "",
            f"class {nom.classe}View({nom.base_de_l_ecran}):",
            f"    datamodel = SQLAInterface({nom.classe})",
            f'    nom = "{nom.article} {_minuscule(nom.libelle)}"',
            f'    pluriel = "{nom.pluriel}"',
            *_duree(nom),
            f"    list_columns = {_liste(liste)}",
            f"    add_columns = {_liste([nom.lien, *nom.colonnes])}",
            f"    search_columns = {_liste(filtres)}",
            *onglet,
            "    au_menu = AuMenu(SUIVI)",
            "",
            "",
            f"VUES = ({nom.classe}View,)",
            "",
        ]
    )


def _imports_de_l_ecran(nom: NouveauNom) -> list[str]:
    lignes = [
        "from flask_appbuilder.models.sqla.interface import SQLAInterface",
        "",
        "from app.menu import SUIVI, AuMenu",
        f"from app.models.{nom.table} import {nom.classe}",
    ]
    if not nom.periode:
        lignes.append("from app.views.socle.base import VueTandem")
    if nom.du_jeune:
        lignes.append("from app.views.socle.fiche import OngletDuJeune")
    if nom.periode:
        lignes.append("from app.views.socle.periode import VueQuiSeTermine")
    return lignes


def _duree(nom: NouveauNom) -> list[str]:
    if not nom.periode:
        return []
    return [
        f'    debut = "{nom.debut}"',
        f'    fin = "{nom.fin}"',
        f'    verbe = "{nom.verbe}"',
    ]


def ecrire_migration(nom: NouveauNom, precedente: str) -> str:
    """The table; numbered after the last migration."""
    elements = [champ.de_la_migration for champ in nom.champs]
    if nom.periode:
        regle = f"ck_{nom.table}_{nom.debut}_{nom.fin}"
        condition = f"{nom.fin} >= {nom.debut}"
        elements.append(f'        sa.CheckConstraint("{condition}", name="{regle}"),')
    fonction = "creer_table_de_mds"
    if nom.du_jeune:
        fonction = "creer_table_du_jeune"
        elements.append(f"        cle={_tuple(nom.cle)},")
    return "\n".join(
        [
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
    )


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


def ecrire_tests(nom: NouveauNom) -> str:
    """What is the noun's own; the common tests find it by themselves."""
    return TESTS.format(pluriel=nom.pluriel, table=nom.table)


def _mettre_en_forme(fichiers: list[Path]) -> None:
    """As ``make lint`` wants them, when its tools are installed."""
    if importlib.util.find_spec("ruff") is None:
        return
    for commande in (["check", "--fix", "--quiet", "--select", "I"], ["format", "--quiet"]):
        arguments = [sys.executable, "-m", "ruff", *commande, *map(str, fichiers)]
        subprocess.run(arguments, cwd=RACINE, check=False)  # noqa: S603 (our own files)
