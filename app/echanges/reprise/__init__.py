"""The classeur de reprise, both ways: described once in ``feuilles.py``, read, checked, applied,
undone, written."""
