"""The monthly table (M11): ``disposition.py`` is its layout; it is computed, written, sent."""
