"""Nothing leaves the machine. The tests import it; a program that they start obeys it with this
folder on its PYTHONPATH, for Python reads a file of this name first.
"""

import sys


def _rester_sur_la_machine(evenement: str, arguments: tuple) -> None:
    if (
        evenement == "socket.connect"
        and isinstance(arguments[1], tuple)
        and arguments[1][0] not in ("127.0.0.1", "::1", "localhost")
    ):
        raise AssertionError(f"connection outside the machine: {arguments[1]}")


sys.addaudithook(_rester_sur_la_machine)
