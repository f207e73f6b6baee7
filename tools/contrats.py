"""A contract of import-linter for ``app/views``: socle < nouns < pages, whatever the nouns."""

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

SOCLE = "app.views.socle"
PAGES = "app.views.pages"


class CouchesDesEcrans(Contract):
    """The socle knows no noun; a noun knows no page.

    A new noun is a module directly below ``app.views``: it needs no line here.
    """

    racine = fields.StringField()

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        fautes = []
        for importateur in sorted(graph.find_descendants(str(self.racine))):
            for importe in sorted(graph.find_modules_directly_imported_by(importateur)):
                if _rang(importe) > _rang(importateur):
                    fautes.append(f"{importateur} -> {importe}")
        return ContractCheck(kept=not fautes, metadata={"fautes": fautes})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for faute in check.metadata["fautes"]:
            output.print_error(f"{faute}: the socle knows no noun, a noun knows no page.")


def _rang(module: str) -> int:
    """0 for the socle and for what stands below the screens, 1 for a noun, 2 for a page."""
    if _sous(module, PAGES):
        return 2
    if _sous(module, "app.views") and not _sous(module, SOCLE):
        return 1
    return 0


def _sous(module: str, paquet: str) -> bool:
    return module == paquet or module.startswith(f"{paquet}.")
