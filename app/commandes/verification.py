"""``flask tandem verifier-journal``: is the audit log as it was written."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import click
from flask.cli import with_appcontext
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, OperationalError

from app import acces, exploitation
from app.acces import reperes, sceau
from app.acces.alteration import PREVENIR, Alteration
from app.acces.ancres import AncreRefusee
from app.extensions import db
from app.indicateurs import saisies_refusees
from app.models import Sceau
from app.regles.parametres import CONSERVATION_LECTURES_MOIS
from app.regles.texte import accorder
from app.travaux.entretien import entretenir
from app.views.socle.fiche import vue_de

from . import (
    CommandeRefusee,
    agissant_pour,
    ancrage,
    application,
    consigner_commande,
    premiere_ligne,
    raison,
    tandem,
)

CHEMINS = ("/", "./", "../", "~")
"""How a path begins, that a key does not."""
DERNIER_SCEAU = 2**63 - 1
"""The last number that the base can give one."""


@tandem.command("verifier-journal")
@click.option(
    "--ancienne-cle",
    "anciennes",
    metavar="CLE",
    multiple=True,
    help="SECRET_KEY d’avant (ou le fichier qui la contient), en plus de TANDEM_ANCIENNES_CLES.",
)
@click.option(
    "--apres-restauration",
    "pourquoi",
    metavar="POURQUOI",
    help="La base a été ramenée en arrière ou changée de serveur : les repères sont repris.",
)
@click.option(
    "--sceau",
    "connus",
    metavar="NUMERO:EMPREINTE",
    multiple=True,
    help="Un sceau noté ailleurs (courriel, papier) : il doit être dans le journal.",
)
@click.pass_context
def verifier_journal(
    contexte: click.Context,
    anciennes: tuple[str, ...],
    pourquoi: str | None,
    connus: tuple[str, ...],
) -> None:
    """Vérifie que le journal et les fiches sont tels qu’ils ont été écrits.

    Code 0 si rien n’a été modifié, supprimé ni ajouté ; sinon 1, ce qui l’a été et que faire. Rien
    n’est scellé avant d’avoir été comparé.
    """
    if pourquoi is not None and len(pourquoi.strip()) < 10:
        raise click.UsageError("--apres-restauration demande pourquoi, en dix caractères au moins.")
    with _anciennes_cles(anciennes):
        constat = _comparer(connus, sans_repere=pourquoi is not None)
        exploitation.noter("verification", not constat.alterations, constat.alteration or "intact")
        if constat.alterations:
            _dire_les_alterations(constat)
            with suppress(DBAPIError):  # what was altered may be what writes and seals
                _sceller_la_commande(pourquoi)
            contexte.exit(1)
        if pourquoi is not None:
            _reprendre_les_reperes(pourquoi)
        _sceller_la_commande(pourquoi)
    scelle = EtatDuJournal.lire()
    exploitation.noter("verification", True, scelle.en_texte())
    _dire(scelle)
    _deposer(scelle)


def _deposer(scelle: "EtatDuJournal") -> None:
    """Hand the last seal over, where the settings say so: nothing of a log that was altered."""
    if scelle.dernier is None:
        return
    try:
        for ou in ancrage.deposer(scelle.dernier):
            click.echo(f"Un sceau du jour est déposé {ou}.")
    except AncreRefusee as erreur:
        db.session.rollback()
        exploitation.noter("verification", False, f"dernier sceau non déposé : {erreur}")
        raise CommandeRefusee(
            f"le journal est intact, mais son dernier sceau n’a pas pu être déposé : {erreur}."
        ) from erreur


def _absents(connus: tuple[str, ...]) -> Iterator[Alteration]:
    """The seals noted elsewhere that the log does not hold."""
    for connu in connus:
        numero, _, empreinte = connu.partition(":")
        if not numero.isdecimal() or not empreinte:
            raise click.UsageError("--sceau attend NUMERO:EMPREINTE, comme dans le courriel.")
        lue = None
        if int(numero) <= DERNIER_SCEAU:
            with acces.acteur(acces.TOUS, canal="commande"):
                lue = db.session.scalar(select(Sceau.empreinte).where(Sceau.id == int(numero)))
                db.session.rollback()
        if lue is None or lue.hex() != empreinte.lower():
            yield Alteration(f"le sceau n° {numero}, noté ailleurs, n’est pas dans le journal")


@contextmanager
def _anciennes_cles(donnees: tuple[str, ...]) -> Iterator[None]:
    """The keys given for this run, besides those of the settings."""
    reglages = application().config
    avant = reglages["ANCIENNES_CLES"]
    reglages["ANCIENNES_CLES"] = (*map(_cle_ou_fichier, donnees), *avant)
    try:
        yield
    finally:
        reglages["ANCIENNES_CLES"] = avant


def _cle_ou_fichier(donnee: str) -> str:
    """The key, or what the file holds; refuses a path where no key can be read.

    A wrong key would tell that the log was altered.
    """
    fichier = Path(donnee).expanduser()
    try:
        if fichier.is_file() or donnee.startswith(CHEMINS):
            return fichier.read_text().strip()
    except (OSError, UnicodeError) as erreur:
        cause = raison(erreur) if isinstance(erreur, OSError) else "ce n’est pas un texte"
        raise CommandeRefusee(f"{donnee} ne peut pas être lu ({cause}).", code=2) from erreur
    return donnee


def _comparer(connus: tuple[str, ...], *, sans_repere: bool) -> sceau.ConstatJournal:
    """What the verification finds; a base that cannot even be compared is refused, with why."""
    try:
        constat = _verifier(sans_repere=sans_repere)
        constat.alterations += _absents(connus)
    except OperationalError as erreur:
        raise CommandeRefusee(
            f"la base ne répond pas : {premiere_ligne(erreur)}", code=2
        ) from erreur
    except DBAPIError as erreur:
        phrase = str(erreur.orig).strip().splitlines()[0]
        exploitation.noter("verification", False, f"comparaison impossible : {phrase}")
        raise CommandeRefusee(
            "le journal n’a pas pu être comparé, un objet de la base manque ou a changé :"
            f" {phrase}. À faire : {PREVENIR}."
        ) from erreur
    return constat


def _verifier(*, sans_repere: bool) -> sceau.ConstatJournal:
    with acces.acteur(acces.TOUS, canal="commande"):
        if db.session.scalar(text("select to_regclass('acces.repere')")) is None:
            raise CommandeRefusee(
                "la base est vide, ou d’une version d’avant : lancez « flask tandem init ».", code=2
            )
        total = db.session.scalar(select(func.coalesce(func.sum(Sceau.nombre), 0)))
        db.session.rollback()
    with click.progressbar(length=total, label="Vérification", file=sys.stderr) as barre:
        return sceau.verifier(barre.update, sans_repere=sans_repere)


def _sceller_la_commande(pourquoi: str | None) -> None:
    """The run itself is told, and sealed, once the rest was compared."""
    with acces.acteur(acces.TOUS, canal="commande"):
        consigner_commande({"pourquoi": pourquoi} if pourquoi else {})
        db.session.commit()
    sceau.sceller()


def _reprendre_les_reperes(pourquoi: str) -> None:
    """Every line is sealed first, so that the mark is that of all that is there."""
    with acces.acteur(acces.TOUS, canal="commande"):
        consigner_commande({"apres_restauration": pourquoi})
        db.session.commit()
    sceau.sceller()
    with db.engine.begin() as connexion:
        sceau.reprendre_les_reperes(connexion)


def _dire_les_alterations(constat: sceau.ConstatJournal) -> None:
    """Each thing found and, once each, what to do about it."""
    for alteration in constat.alterations:
        click.echo(f"Le journal a été altéré : {alteration.dit}.", err=True)
    for faire in dict.fromkeys(alteration.faire for alteration in constat.alterations):
        click.echo(f"À faire : {faire}.", err=True)


@dataclass(frozen=True)
class EtatDuJournal:
    """What is sealed once the run itself is."""

    lignes: int
    sceaux: int
    purges: int
    dernier: reperes.RepereDuSceau | None
    fichier: Path | None

    @classmethod
    def lire(cls) -> "EtatDuJournal":
        compte = text(
            "select coalesce(sum(nombre) filter (where purge_le is null), 0) as lignes,"
            " count(*) as sceaux, coalesce(sum(nombre) filter (where purge_le is not null), 0)"
            " as purges from sceau"
        )
        with acces.acteur(acces.TOUS, canal="commande"):
            connexion = db.session.connection()
            ou = reperes.etat_des_lieux(connexion)
            nombres = connexion.execute(compte).one()
            dernier = reperes.du_dernier_sceau(connexion, ou)
            db.session.rollback()
        fichier = reperes.fichier(str(ou["base"]))
        return cls(nombres.lignes, nombres.sceaux, nombres.purges, dernier, fichier)

    def en_texte(self) -> str:
        return f"{self.lignes} lignes, {self.sceaux} sceaux"


def _dire(scelle: EtatDuJournal) -> None:
    """What was found of a log that is intact."""
    click.echo(f"Le journal est intact : {scelle.en_texte()}.")
    if scelle.purges:
        click.echo(
            f"{scelle.purges} consultations de plus de {CONSERVATION_LECTURES_MOIS.en_lettres}"
            " ont été purgées."
        )
    if scelle.dernier is not None:
        click.echo(
            f"Dernier sceau : n° {scelle.dernier.numero}, empreinte {scelle.dernier.empreinte}."
        )
    if scelle.fichier is None:
        click.echo(
            "Il n’est noté que dans la base : TANDEM_REPERES nomme un dossier hors d’elle, commun "
            "à toutes les machines."
        )
    else:
        click.echo(f"Il est noté dans la base et dans {scelle.fichier}.")


@tandem.command("verifier-donnees")
@click.option("--json", "en_json", is_flag=True, help="La liste en JSON sur la sortie standard.")
@agissant_pour
def verifier_donnees(*, en_json: bool) -> None:
    """Liste les fiches que les règles d’aujourd’hui refuseraient : dates, téléphones, longueurs…

    Chacune avec l’adresse où la corriger. Code 0 s’il n’y en a pas, 1 sinon. Une règle n’empêche
    jamais de corriger un autre champ.
    """
    fautes = [*saisies_refusees.lister()]
    trouvees = len(fautes)
    if en_json:
        dites = [asdict(faute) | {"adresse": _adresse(faute)} for faute in fautes]
        click.echo(json.dumps(dites, ensure_ascii=False))
    else:
        for faute in fautes:
            dossier = f", dossier {faute.dossier}" if faute.dossier else ""
            ou = f"{faute.fiche} {faute.numero}{dossier}, {faute.colonne}"
            click.echo(f"{ou} : {faute.phrase} {_adresse(faute)}".rstrip())
    click.echo(
        f"{accorder(trouvees, 'valeur', 'valeurs')} à corriger."
        if trouvees
        else "Rien à corriger.",
        err=True,
    )
    sys.exit(1 if trouvees else 0)


def _adresse(faute: saisies_refusees.SaisieRefusee) -> str:
    """The page of the record; empty for a noun that has none."""
    vue = vue_de(faute.table)
    return f"{vue.route_base}/{faute.numero}" if vue is not None else ""


@tandem.command("entretien")
@with_appcontext
def entretien() -> None:
    """Scelle le journal et efface ce qui a passé son terme : consultations, fichiers, sessions…"""
    with acces.acteur(acces.TOUS, canal="commande"):
        consigner_commande({})
        db.session.commit()
    sceau.sceller()
    entretenir()
    click.echo("Fait.")
