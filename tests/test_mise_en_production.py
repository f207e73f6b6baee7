"""What whoever installs Tandem sees when a setting is missing."""

import subprocess
import sys

from config import RACINE


def test_une_mise_en_production_mal_reglee_s_arrete_avec_une_phrase(tmp_path):
    environnement = {
        "PATH": "/usr/bin:/bin",
        "TANDEM_ENV": "production",
        "TANDEM_INSTANCE": str(tmp_path),
        "PORT": "65000",
    }
    fini = subprocess.run(
        [sys.executable, RACINE / "run.py"], env=environnement, capture_output=True, text=True
    )
    assert fini.returncode == 2
    assert fini.stderr.startswith("Réglage refusé : en production, SECRET_KEY")
    assert "Traceback" not in fini.stderr
