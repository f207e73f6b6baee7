"""Rules as pure functions, standard library only.

What the call for projects and the law say, nothing of the base.
"""
