"""Restore a backup aside, in a PostgreSQL of its own that lives for the time of the trial."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from flask import Flask
from sqlalchemy import Connection, create_engine, text

from app import base_embarquee
from app.regles.texte import accorder
from app.sauvegardes import outils
from app.sauvegardes.archive import Contenu, SauvegardeRefusee
from config import RACINE

_DOSSIER = text("""
    select j.code, (select count(*) from journal e where e.jeune_id = j.id) as evenements
    from jeune j order by j.id limit 1""")


def essayer(app: Flask, contenu: Contenu) -> str:
    """Restore, compare, upgrade, verify the audit log, read a file; say what was found.

    Raises ``SauvegardeRefusee`` with the first thing that is not as it should be.
    """
    instance = Path(tempfile.mkdtemp(prefix="tandem-essai-de-sauvegarde-"))
    try:
        adresses = base_embarquee.demarrer(instance, jetable=True)
        # Counts and hashes are compared before the restoration commits.
        outils.verser(contenu, adresses["DATABASE_OWNER_URL"])
        _executer(app, instance, "init")
        pourquoi = "essai de la sauvegarde, dans une base à part"
        _executer(app, instance, "verifier-journal", "--apres-restauration", pourquoi)
        moteur = create_engine(adresses["SQLALCHEMY_DATABASE_URI"])
        with moteur.connect() as connexion:
            dossier = _lire_un_dossier(connexion)
        moteur.dispose()
    finally:
        base_embarquee.arreter(instance)
        shutil.rmtree(instance, ignore_errors=True)
    lignes = sum(nombre for nombre, _ in contenu.manifeste.values())
    return f"{len(contenu.manifeste)} tables, {lignes} lignes, journal intact, {dossier}."


def _lire_un_dossier(connexion: Connection) -> str:
    """With the application's role, through its policies: what a person will read."""
    connexion.execute(text("select set_config('app.acteur', 'tous', true)"))
    jeune = connexion.execute(_DOSSIER).one_or_none()
    if jeune is None:
        return "aucun dossier à relire"
    return f"dossier {jeune.code} relu ({accorder(jeune.evenements, 'ligne', 'lignes')} d’histoire)"


def _executer(app: Flask, instance: Path, *commande: str) -> None:
    """Run one of our commands on the base of the trial."""
    environnement = {
        nom: valeur for nom, valeur in os.environ.items() if not nom.startswith("DATABASE_")
    }
    environnement |= {
        "TANDEM_INSTANCE": str(instance),
        "TANDEM_REPERES": "",  # older than the base that serves, it accuses nobody
        "TANDEM_ENV": "test",
        "SECRET_KEY": app.config["SECRET_KEY"],
        "TANDEM_ANCIENNES_CLES": " ".join(app.config["ANCIENNES_CLES"]),
        "TANDEM_ANCRE_COURRIEL": "",
        "TANDEM_ANCRE_HORODATAGE": "",
    }
    fini = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "flask", "--app", "app", "tandem", *commande],
        cwd=RACINE,
        env=environnement,
        capture_output=True,
        text=True,
        check=False,
    )
    if fini.returncode:
        raise SauvegardeRefusee(
            f"la base restaurée ne passe pas « {commande[0]} » : {fini.stderr.strip()}"
        )
