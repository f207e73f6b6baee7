"""The classeur de reprise, both ways.

Described once in ``feuilles.py``, read, checked, applied, undone, written.
"""
