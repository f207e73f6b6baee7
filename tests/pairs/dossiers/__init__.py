"""Youths and rencontres as Django and its admin see them."""
