"""How long each file of tests takes, kept in ``durees.json``: the longest start first, so that the
workers end together.

``make test ARGS=--noter-durees`` writes the file again; every run tells the slowest files.
"""

import json
from collections import Counter
from pathlib import Path

FICHIER = Path(__file__).with_name("durees.json")
LES_PLUS_LONGS = 10
SECONDES_D_UN_TEST = 1.0


def lire() -> dict[str, float]:
    """Seconds by file, as they were last written; none when they never were."""
    if not FICHIER.exists():
        return {}
    return json.loads(FICHIER.read_text(encoding="utf-8"))


def fichier_de(nodeid: str) -> str:
    return nodeid.partition("::")[0]


class Durees:
    """The plugin of pytest; in a worker of xdist it orders, in the controller it counts."""

    def __init__(self, config):
        self.config = config
        self.secondes: Counter[str] = Counter()

    def pytest_collection_modifyitems(self, items) -> None:
        """The tests of a file stay together, in their order; of a file that is not known yet, the
        number of its tests says how long it may be."""
        connues = lire()
        nombres = Counter(fichier_de(item.nodeid) for item in items)

        def cout(item) -> float:
            fichier = fichier_de(item.nodeid)
            return connues.get(fichier, nombres[fichier] * SECONDES_D_UN_TEST)

        items.sort(key=lambda item: (-cout(item), fichier_de(item.nodeid)))

    def pytest_runtest_logreport(self, report) -> None:
        self.secondes[fichier_de(report.nodeid)] += report.duration

    def pytest_terminal_summary(self, terminalreporter) -> None:
        if hasattr(self.config, "workerinput") or len(self.secondes) < 2:
            return
        terminalreporter.section(f"the {LES_PLUS_LONGS} slowest files")
        for fichier, secondes in self.secondes.most_common(LES_PLUS_LONGS):
            terminalreporter.write_line(f"{secondes:7.1f} s  {fichier}")
        terminalreporter.write_line(f"{sum(self.secondes.values()):7.1f} s  in all")
        if self.config.getoption("--noter-durees"):
            self._noter()

    def _noter(self) -> None:
        """What was not played this time keeps its duration; a file that is gone leaves."""
        racine = FICHIER.parent.parent
        toutes = lire() | {f: round(s, 1) for f, s in self.secondes.items()}
        gardees = {f: s for f, s in sorted(toutes.items()) if (racine / f).exists()}
        FICHIER.write_text(json.dumps(gardees, indent=2) + "\n", encoding="utf-8")
