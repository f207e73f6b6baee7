"""Another process that uses the embedded base of a folder: ``python -m tests.utilisateur_de_base
FOLDER``. It says the address of the owner, then stays until its standard input is closed."""

import sys
from pathlib import Path

from app import base_embarquee

if __name__ == "__main__":
    print(base_embarquee.demarrer(Path(sys.argv[1]))["DATABASE_OWNER_URL"], flush=True)
    sys.stdin.read()
