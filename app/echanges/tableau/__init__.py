"""The monthly table (M11): ``disposition.py`` is its layout; computed, written, sent, handed out."""
