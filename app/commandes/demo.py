"""``flask tandem demo``: a fictitious Département and, outside production, one account a role."""

import base64
import hashlib
import hmac
import sys
from collections.abc import Iterator
from datetime import date

import click
from flask import current_app
from sqlalchemy import select, text
from werkzeug.security import check_password_hash

from app import acces, journal
from app.donnees import envoi_fictif, service_fictif
from app.donnees.demo import TABLES, Departement
from app.extensions import db
from app.models import Agent, Compte, Mds
from app.regles.age import aujourd_hui
from app.regles.texte import accorder
from app.roles import ROLES

from . import CommandeRefusee, consigner_commande, tandem
from .base import actualiser_les_statistiques
from .comptes import DOMAINE_DE_DEMONSTRATION, creer_compte, habiliter
from .emploi import JOUR

VERROU = 7_415_236_203
"""The advisory lock of ``demo``: two machines starting at once fill the base once."""
CANAL = "demo"
COMPTES = (
    ("coordonnateur.artois", "Nour", "Delestrez", "COORDONNATEUR", "ART"),
    ("referent.artois", "Hervé", "Quennoy", "REFERENT_SEF", "ART"),
    ("slai.artois", "Odile", "Marquant", "SLAI", "ART"),
    ("responsable.artois", "Sylvie", "Wancquet", "RESPONSABLE", "ART"),
    ("coordonnateur.lens", "Karim", "Hesdinois", "COORDONNATEUR", "LLI"),
    ("responsable.lens", "Pascal", "Noyellard", "RESPONSABLE", "LLI"),
    ("referent.arras", "Élodie", "Tramecq", "REFERENT_SEF", "ARR"),
    ("responsable.arras", "Bruno", "Caudrelot", "RESPONSABLE", "ARR"),
    ("dpid", "Claire", "Warembert", "DPID", None),
    ("dpo", "Lucas", "Vanhoutrel", "DPO", None),
    ("administrateur", "Maud", "Sailliot", "ADMINISTRATEUR", None),
)
"""Login, first name, last name, role, MDS (None: all)."""


@tandem.command("demo")
@click.option(
    "--jeunes",
    type=click.IntRange(1, 200_000),
    metavar="N",
    default=300,
    show_default=True,
    help="Combien de jeunes.",
)
@click.option(
    "--graine",
    type=int,
    metavar="S",
    default=1,
    show_default=True,
    help="La même graine donne les mêmes données.",
)
@click.option(
    "--date",
    "le",
    type=JOUR,
    help="Le jour où s’arrête l’histoire (sinon : aujourd’hui).",
)
def demo(jeunes: int, graine: int, le: date | None) -> None:
    """Remplit une base vide d’un Département fictif : jeunes, suivis, partenaires, instances, et
    des comptes."""
    jour = le or aujourd_hui()
    with acces.acteur(acces.TOUS, canal=CANAL):
        consigner_commande({"jeunes": jeunes, "graine": graine, "date": le})
        db.session.commit()
        if rempli := remplir(jeunes, graine, jour):
            service_fictif.vivre(graine, jour)
        if current_app.config["TANDEM_ENV"] != "production":
            creer_comptes_de_demonstration()
        db.session.commit()
        if rempli:
            actualiser_les_statistiques(current_app)
            _envoyer_les_tableaux(jeunes, graine, jour)
    if rempli:
        dit = accorder(jeunes, "jeune fictif", "jeunes fictifs")
        click.echo(f"La base contient maintenant {dit} (graine {graine}).")
    else:
        dit = accorder(jeunes, "jeune", "jeunes")
        click.echo(
            f"La base contient déjà cette démonstration ({dit}, graine {graine}) : rien à faire."
        )


def _exiger_ses_mds() -> None:
    """The fictitious people live in MDS that other settings (TANDEM_DEPARTEMENT) may not have."""
    connues = set(db.session.scalars(select(Mds.code)))
    absentes = sorted({code for *_, code in COMPTES if code} - connues)
    if absentes:
        raise CommandeRefusee(
            "la démonstration se passe dans des MDS que ce Département n’a pas"
            f" ({', '.join(absentes)})."
        )


def remplir(jeunes: int, graine: int, le: date) -> bool:
    """Fill the base, in the current transaction; False when this demonstration is already there.

    Refused where there is anything else, a demonstration of another size included.
    """
    _exiger_ses_mds()
    connexion = db.session.connection()
    connexion.execute(text("select pg_advisory_xact_lock(:cle)"), {"cle": VERROU})
    presente = connexion.scalar(
        text("select detail from journal where operation = 'demo' order by id desc limit 1")
    )
    if connexion.scalar(_EST_REELLE):
        raise CommandeRefusee(
            "cette base contient de vraies données :"
            " la démonstration ne se met que dans une base vide."
        )
    if presente:
        if (presente["jeunes"], presente["graine"]) != (jeunes, graine):
            raise CommandeRefusee(
                f"cette base contient déjà une démonstration de {presente['jeunes']} jeunes"
                f" (graine {presente['graine']}) : partez d’une base vide pour en avoir une autre."
            )
        return False
    with click.progressbar(length=jeunes, label="Démonstration", file=sys.stderr) as barre:
        Departement(connexion, graine, le).remplir(jeunes, barre.update)
    journal.consigner("demo", detail={"jeunes": jeunes, "graine": graine, "date": le})
    return True


def _envoyer_les_tableaux(jeunes: int, graine: int, le: date) -> None:
    mois = envoi_fictif.combien_de_mois(jeunes)
    territoires = 10
    with click.progressbar(
        length=territoires * mois, label="Tableaux mensuels", file=sys.stderr
    ) as barre:
        envoi_fictif.envoyer(graine, le, mois, barre.update)


_TABLES_REMPLIES = "".join(f" or exists (select 1 from {table})" for table in TABLES)
_EST_REELLE = text(f"""
    select
      exists (
        select 1 from journal where table_nom = 'jeune' and operation = 'creation'
        and canal is distinct from '{CANAL}')
      or (
        not exists (select 1 from journal where operation = 'demo')
        and (false{_TABLES_REMPLIES}))
""")
"""The audit log says that someone else created a youth; or, without a demonstration, there is
anything of what it creates."""


def creer_comptes_de_demonstration() -> None:
    """One account a role, in three MDS; those that exist are left as they are."""
    presents = set(db.session.scalars(select(Compte.username)))
    mds = dict(db.session.execute(select(Mds.code, Mds.id)).all())
    for login, prenom, nom, role, code in COMPTES:
        if login not in presents:
            compte = creer_compte(
                login, prenom, nom, f"{login}@{DOMAINE_DE_DEMONSTRATION}", mot_de_passe(login)
            )
            habiliter(compte, role, mds.get(code))
            if code:
                _rattacher(compte, role, mds[code])


_FONCTIONS = {
    "COORDONNATEUR": "COORDONNATEUR",
    "REFERENT_SEF": "REFERENT_ASE",
    "SLAI": "SLAI",
    "RESPONSABLE": "RESPONSABLE",
}
"""Role of an account → what the agent is."""


def _rattacher(compte: Compte, role: str, mds_id: int) -> None:
    """The agent of an account: of those who accompany, the one that ``Departement`` invented."""
    agent = db.session.scalar(select(Agent).where(Agent.nom == str(compte)))
    if agent is None:
        agent = Agent(nom=str(compte), fonction_code=_FONCTIONS[role], mds_ids=[mds_id])
        db.session.add(agent)
    agent.compte_id = compte.id
    db.session.flush()


def mot_de_passe(login: str) -> str:
    """A password that differs on each installation: reading this file opens none of them."""
    cle = current_app.config["SECRET_KEY"].encode()
    hache = hmac.digest(cle, f"demonstration {login}".encode(), hashlib.sha256)
    lettres = base64.b32encode(hache).decode().lower()
    return "-".join(lettres[i : i + 5] for i in range(0, 20, 5))


def comptes_affichables() -> Iterator[tuple[str, str, str]]:
    """Role and MDS, login, password of the demonstration accounts that are open."""
    with acces.acteur(acces.TOUS, canal="commande"):
        ouverts = {
            c.username: c.password for c in db.session.scalars(select(Compte).where(Compte.active))
        }
        noms = dict(db.session.execute(select(Mds.code, Mds.nom)).all())
        db.session.rollback()
    for login, _, _, role, code in COMPTES:
        if login not in ouverts:
            continue
        titre = ROLES[role].libelle
        if code:
            titre = f"{titre} ({noms[code]})"
        initial = mot_de_passe(login)
        if not check_password_hash(ouverts[login], initial):
            initial = "(mot de passe changé)"
        yield titre, login, initial
