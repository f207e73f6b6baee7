"""Who is there: passwords, second factor, sessions, sign-in by an OpenID Connect provider.

What they may see is decided elsewhere (``app/acces``).
"""
