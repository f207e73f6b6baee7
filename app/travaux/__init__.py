"""Long work leaves the request: a queue in PostgreSQL, worked by a process of its own.

A person asks (``demander``); ``flask tandem travaux`` does the work with that person's rights,
those they have when it is done; the page shows how far it is, and the file waits for its author
alone.
"""
