"""Words with wrong letters, as people type them."""

import random

ALPHABET = "abcdefghijklmnopqrstuvwxyz"


def abimer(mot: str, hasard: random.Random, fautes: int) -> str:
    """A letter more, less or other, or two exchanged, so many times; never an empty word."""
    for _ in range(fautes):
        n = hasard.randrange(len(mot))
        lettre = hasard.choice(mot + ALPHABET)
        mot = (
            hasard.choice(
                (
                    mot[:n] + lettre + mot[n:],
                    mot[:n] + mot[n + 1 :],
                    mot[:n] + lettre + mot[n + 1 :],
                    mot[:n] + mot[n : n + 2][::-1] + mot[n + 2 :],
                )
            )
            or mot
        )
    return mot
