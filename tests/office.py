"""What the rules of Word and Excel say against a file that we wrote."""

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
