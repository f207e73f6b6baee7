"""Keep the machine busy beside the tests, which must not feel it: ``python -m tools.charge 10 600``
runs ten loops for ten minutes, then stops by itself."""

import multiprocessing
import sys
import time


def tourner(secondes: float) -> None:
    """Use a processor for so long."""
    fin = time.monotonic() + secondes
    while time.monotonic() < fin:
        sum(range(10_000))


def main(arguments: list[str]) -> int:
    if len(arguments) != 2:
        print("python -m tools.charge BOUCLES SECONDES", file=sys.stderr)
        return 2
    boucles, secondes = int(arguments[0]), float(arguments[1])
    lancees = [
        multiprocessing.Process(target=tourner, args=(secondes,), daemon=True)
        for _ in range(boucles)
    ]
    for boucle in lancees:
        boucle.start()
    for boucle in lancees:
        boucle.join()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
