"""The classeur de reprise, out.

Everything that the acting account may export, or the empty model to fill in.
"""

from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any

from sqlalchemy import Integer, Row, Select, any_, cast, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from app import acces, sorties_de_donnees
from app.echanges.formats import ecriture
from app.echanges.formats.ecriture import ClasseurExcel, Colonne
from app.echanges.reprise.cellules import en_recit, en_texte
from app.echanges.reprise.feuilles import (
    FEUILLE_D_AIDE,
    FEUILLE_DES_CODES,
    FEUILLES,
    PREMIER_JOUR,
    ChampDeReprise,
    FeuilleDeReprise,
)
from app.echanges.reprise.lecture import Avancer, rien
from app.extensions import db
from app.models import LISTES, Jeune, Mds, Partenaire
from app.regles.age import aujourd_hui
from app.sorties_de_donnees import FichierSorti

LOT = 5_000
"""Rows read from the base at a time."""
LIGNES_DU_MODELE = 20_000
"""How far down the model offers its lists of choices."""
_FORMATS = {"date": "date", "entier": "entier", "nombre": "nombre", "recit": "recit"}


class ExportInterdit(Exception):
    """The acting account may not export; the message is for the user."""


def exporter(chemin: Path, *, motif: str = "", avancer: Avancer = rien) -> dict[str, int]:
    """Write the whole workbook, say so in the audit log, commit.

    Returns the number of rows of each sheet.
    """
    if not peut("classeur", "lire"):
        raise ExportInterdit("Votre rôle ne permet pas d’exporter le classeur de reprise.")
    # One photograph of the base for all the sheets: what is typed meanwhile is in none of them.
    db.session.rollback()
    db.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    mds = dict(db.session.execute(select(Mds.id, Mds.code)).all())
    nombres: dict[str, int] = {}
    with ecriture.ouvrir(chemin) as classeur:
        for rang, feuille in enumerate(FEUILLES):
            avancer("Export", rang, len(FEUILLES))
            compteur = _Compteur(
                exportables(feuille) if peut(feuille.table, "exporter") else iter(())
            )
            classeur.tableau(
                ecriture.Feuille(feuille.nom, _colonnes(feuille, mds), compteur), _titres(feuille)
            )
            nombres[feuille.nom] = compteur.nombre
    sorties_de_donnees.noter(
        FichierSorti(
            "Classeur de reprise",
            "classeur",
            sum(nombres.values()),
            jeunes_dedans(),
            detail={"lignes": nombres, "motif": motif, "textes_coupes": classeur.coupes},
        )
    )
    db.session.commit()
    avancer("Export", len(FEUILLES), len(FEUILLES))
    return nombres


def jeunes_dedans() -> Sequence[int]:
    """The youths of the workbook: those whose file the acting account may take away."""
    if not peut("jeune", "exporter"):
        return ()
    permises = cast(select(func.acces.mds("jeune", "exporter")).scalar_subquery(), ARRAY(Integer))
    dedans = select(Jeune.id).where(Jeune.mds_id == any_(permises))
    return list(db.session.scalars(dedans))


def peut(ressource: str, acte: str) -> bool:
    """The acting account, or a command for everyone."""
    return acces.contexte().acteur == acces.TOUS or acces.perimetre().peut(ressource, acte)


class _Compteur:
    """Counts the rows as they go by."""

    def __init__(self, lignes: Iterator[Row[Any]]):
        self.lignes = lignes
        self.nombre = 0

    def __iter__(self) -> Iterator[Row[Any]]:
        for ligne in self.lignes:
            self.nombre += 1
            yield ligne


def _requete(feuille: FeuilleDeReprise) -> Select[Any]:
    """The rows of a sheet in the order of their keys; references by code and name."""
    table = feuille.modele.__table__
    colonnes: list[Any] = []
    tri: list[Any] = []
    source: Any = table
    for champ in feuille.champs:
        if champ.genre == "jeune":
            source = source.join(Jeune.__table__, Jeune.__table__.c.id == table.c.jeune_id)
            colonnes.append(Jeune.__table__.c.code)
        elif champ.genre == "partenaire":
            source = source.join(
                Partenaire.__table__, Partenaire.__table__.c.id == table.c.partenaire_id
            )
            colonnes.append(Partenaire.__table__.c.nom)
        else:
            colonnes.append(champ.lue)
        if champ.attribut in feuille.cle:
            plies = {
                "jeune": Jeune.__table__.c.cle,
                "partenaire": Partenaire.__table__.c.cle,
                "texte": table.c.get("cle", champ.colonne),
            }
            tri.append(plies.get(champ.genre, champ.colonne))
    requete = select(*colonnes).select_from(source).order_by(*tri)
    if feuille.par_jeune or feuille.table == "jeune":
        # Reading does not give the right to take away.
        permises = cast(
            select(func.acces.mds(feuille.table, "exporter")).scalar_subquery(), ARRAY(Integer)
        )
        requete = requete.where(table.c.mds_id == any_(permises))
    if feuille.table == "instance":
        # Minutes may name a youth: they leave with who reads the youths there.
        suivies = cast(select(func.acces.mds("jeune", "lire")).scalar_subquery(), ARRAY(Integer))
        requete = requete.where(or_(table.c.mds_id.is_(None), table.c.mds_id == any_(suivies)))
    return requete


def nombre_de_lignes(feuilles: Sequence[FeuilleDeReprise] = FEUILLES) -> int:
    """How many rows of these sheets the acting account may take away."""
    return sum(
        db.session.scalar(_requete(f).with_only_columns(func.count()).order_by(None)) or 0
        for f in feuilles
        if peut(f.table, "exporter")
    )


def exportables(feuille: FeuilleDeReprise) -> Iterator[Row[Any]]:
    """The rows of a sheet that the acting account may take away, in the order of their keys."""
    resultat = db.session.execute(_requete(feuille).execution_options(yield_per=LOT))
    for lot in resultat.partitions():
        yield from lot


def _colonnes(feuille: FeuilleDeReprise, mds: dict[int, str]) -> list[Colonne]:
    return [
        Colonne(champ.titre, _FORMATS.get(champ.genre, "texte"), _valeur(champ, place, mds))
        for place, champ in enumerate(feuille.champs)
    ]


def _valeur(champ: ChampDeReprise, place: int, mds: dict[int, str]) -> Callable[[Row[Any]], object]:
    """What the cell says.

    Texts are folded as the import folds them: what goes out comes back the same.
    """
    if champ.genre == "mds":
        return lambda ligne: mds.get(ligne[place])
    if champ.genre == "mds_liste":
        return lambda ligne: ";".join(mds[numero] for numero in ligne[place])
    if champ.genre == "heure":
        return lambda ligne: ligne[place] and f"{ligne[place]:%H:%M}"
    if champ.genre in ("texte", "jeune", "partenaire", "recit"):
        plier = en_recit if champ.genre == "recit" else en_texte
        return lambda ligne: plier(ligne[place] or "") or None
    return itemgetter(place)


def _titres(feuille: FeuilleDeReprise) -> list[str]:
    return ["titre" if champ.requis else "titre_facultatif" for champ in feuille.champs]


# The empty model


def ecrire_modele(chemin: Path) -> None:
    """The model to fill in.

    Headings, lists to choose from, help on each column, the codes, a page of explanations.
    """
    codes = _codes()
    with ecriture.ouvrir(chemin, par_lignes=False) as classeur:
        for feuille in FEUILLES:
            _feuille_vide(classeur, feuille, codes)
        _feuille_des_codes(classeur, codes)
        _feuille_d_aide(classeur)


def _codes() -> dict[str, list[tuple[str, str]]]:
    """The items still proposed, in their order: list → (code, label)."""
    le = aujourd_hui()
    lus = {"mds": db.session.execute(select(Mds.code, Mds.nom).order_by(Mds.code)).all()}
    for liste in sorted({c.liste for f in FEUILLES for c in f.champs if c.liste}):
        classe = LISTES[liste]
        en_usage = classe.retire_le.is_(None) | (classe.retire_le > le)
        lus[liste] = db.session.execute(
            select(classe.code, classe.libelle).where(en_usage).order_by(classe.ordre)
        ).all()
    codes: dict[str, list[tuple[str, str]]] = {}
    for liste, items in lus.items():
        codes[liste] = [(code, libelle) for code, libelle in items]
    return codes


def _feuille_vide(
    classeur: ClasseurExcel, feuille: FeuilleDeReprise, codes: dict[str, list[tuple[str, str]]]
) -> None:
    onglet = classeur.tableau(
        ecriture.Feuille(feuille.nom, _colonnes(feuille, {}), ()), _titres(feuille)
    )
    onglet.set_row(0, 32)
    for place, champ in enumerate(feuille.champs):
        format_ = classeur.format("texte", num_format="@")
        if champ.genre == "date":
            format_ = classeur.format("date")
        largeur = Colonne(champ.titre, _FORMATS.get(champ.genre, "texte"), str).caracteres
        if champ.genre not in ("entier", "nombre"):
            # A phone number keeps its first zero, a date typed is a date.
            onglet.set_column(place, place, largeur, format_)
        if aide := _aide(champ):
            onglet.write_comment(0, place, aide, {"x_scale": 2, "author": "Tandem"})
        regle = _regle_de_saisie(champ, codes)
        if regle:
            onglet.data_validation(1, place, LIGNES_DU_MODELE, place, regle)


def _regle_de_saisie(
    champ: ChampDeReprise, codes: dict[str, list[tuple[str, str]]]
) -> dict[str, object]:
    """What Excel proposes and warns of in a column; empty: anything may be typed."""
    propre: dict[str, object] = {}
    if champ.genre in ("code", "mds"):
        liste = champ.liste or "mds"
        place = 2 * list(codes).index(liste) + 1
        propre = {
            "validate": "list",
            "source": ecriture.plage(FEUILLE_DES_CODES, place, 2, len(codes[liste]) + 1),
            "error_message": "Choisissez dans la liste, ou écrivez le code (feuille Codes).",
        }
    elif champ.genre == "oui_non":
        propre = {
            "validate": "list",
            "source": ["Oui", "Non"],
            "error_message": "Oui, Non, ou vide si on ne le sait pas.",
        }
    elif champ.genre == "date":
        propre = {
            "validate": "date",
            "criteria": ">",
            "value": PREMIER_JOUR,
            "error_message": "Écrivez la date JJ/MM/AAAA.",
        }
    if not propre:
        return {}
    commun = {"ignore_blank": True, "error_type": "warning", "error_title": champ.titre[:32]}
    return commun | propre


def _aide(champ: ChampDeReprise) -> str:
    parties = ["Obligatoire." if champ.requis else "", champ.aide or ""]
    if champ.genre == "jeune":
        parties.append("Code dossier d’un jeune de la feuille Jeunes ou déjà connu de Tandem.")
    elif champ.genre == "partenaire":
        parties.append("Nom d’un partenaire de la feuille Partenaires ou déjà connu de Tandem.")
    elif champ.genre == "mds_liste":
        parties.append("Codes ou noms des MDS, séparés par des points-virgules.")
    elif champ.genre == "heure":
        parties.append("L’heure, HH:MM.")
    elif champ.genre == "oui_non":
        parties.append("Oui, Non, ou vide si on ne le sait pas.")
    return " ".join(p for p in parties if p)


def _feuille_des_codes(classeur: ClasseurExcel, codes: dict[str, list[tuple[str, str]]]) -> None:
    onglet = classeur.onglet(FEUILLE_DES_CODES)
    usages: dict[str, list[str]] = {liste: [] for liste in codes}
    for feuille in FEUILLES:
        for champ in feuille.champs:
            if champ.liste or champ.genre in ("mds", "mds_liste"):
                usages[champ.liste or "mds"].append(f"{feuille.nom}, {champ.titre}")
    for rang, (liste, items) in enumerate(codes.items()):
        place = 2 * rang
        onglet.set_column(place, place, 26)
        onglet.set_column(place + 1, place + 1, 46)
        onglet.write_string(
            0, place, " ; ".join(usages[liste]), classeur.format("titre_facultatif")
        )
        onglet.write_string(0, place + 1, "", classeur.format("titre_facultatif"))
        onglet.write_string(1, place, "Code", classeur.format("titre"))
        onglet.write_string(1, place + 1, "Libellé", classeur.format("titre"))
        for numero, (code, libelle) in enumerate(items, 2):
            onglet.write_string(numero, place, code, classeur.format("texte"))
            onglet.write_string(numero, place + 1, libelle, classeur.format("texte"))
    onglet.freeze_panes(2, 0)


AIDE = (
    ("Le classeur de reprise de Tandem", "titre"),
    (
        (
            "Une feuille par sorte de fiche. La première ligne porte les titres : ne la changez"
            " pas."
            " L’ordre des colonnes et des feuilles est libre."
        ),
        "recit",
    ),
    (
        (
            "Les titres sur fond bleu foncé sont obligatoires. Une cellule vide veut dire « non"
            " renseigné » ; une fin vide veut dire « en cours »."
        ),
        "recit",
    ),
    (
        (
            "Les listes se choisissent dans la cellule ; on peut aussi écrire le code (feuille"
            " Codes)."
            " Les accents et les majuscules ne comptent pas."
        ),
        "recit",
    ),
    ("Les dates s’écrivent JJ/MM/AAAA. Le début et la fin d’une période en font partie.", "recit"),
    (
        (
            "Une ligne dont la clé est déjà connue met la fiche à jour ; les autres en créent une."
            " L’import ne supprime rien."
        ),
        "recit",
    ),
    ("Pas de numéro de sécurité sociale, de diagnostic, d’infraction ni de nationalité.", "recit"),
)
"""The page of explanations, a line a row."""


def _feuille_d_aide(classeur: ClasseurExcel) -> None:
    onglet = classeur.onglet(FEUILLE_D_AIDE)
    onglet.set_column(0, 0, 32)
    onglet.set_column(1, 1, 90)
    for rang, (texte, format_) in enumerate(AIDE):
        onglet.merge_range(rang, 0, rang, 1, texte, classeur.format(format_))
        onglet.set_row(rang, 32)
    depart = len(AIDE) + 1
    for place, titre in enumerate(("Feuille", "Ce qui identifie une ligne (la clé)")):
        onglet.write_string(depart, place, titre, classeur.format("titre"))
    for rang, feuille in enumerate(FEUILLES, depart + 1):
        onglet.write_string(rang, 0, feuille.nom, classeur.format("texte"))
        onglet.write_string(
            rang,
            1,
            " + ".join(feuille.par_attribut[a].titre for a in feuille.cle),
            classeur.format("texte"),
        )
