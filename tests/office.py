"""What Word, Excel and LibreOffice say of a file that we wrote."""

import subprocess
from functools import cache
from pathlib import Path

from openxml_audit import FileFormat, OpenXmlValidator
from openxml_audit.errors import ValidationSeverity


@cache
def _controle() -> OpenXmlValidator:
    return OpenXmlValidator(file_format=FileFormat.MICROSOFT_365)


def fautes(chemin: Path) -> list[str]:
    """The rules are those of Microsoft’s Open XML SDK: elements, their order, attributes, values,
    relations of each part.

    Remarks are left out: Excel will move the texts that we stream into a part of its own when it
    saves.
    """
    return [
        str(e)
        for e in _controle().validate(chemin).errors
        if e.severity is ValidationSeverity.ERROR
    ]


class LibreOffice:
    """Opens our files as a person would; its profile, which takes seconds to make, serves again."""

    def __init__(self, profil: Path):
        self.profil = profil

    def en_pdf(self, fichier: Path, dossier: Path) -> Path:
        """Print the file in the folder; returns the PDF. Nothing but the file may make it fail:
        however busy the machine is, it is waited for."""
        options = ["--headless", f"-env:UserInstallation={self.profil.as_uri()}"]
        subprocess.run(
            ["soffice", *options, "--convert-to", "pdf", "--outdir", dossier, fichier],
            check=True,
            capture_output=True,
        )
        return dossier / f"{fichier.stem}.pdf"
