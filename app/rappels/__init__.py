"""What Tandem writes to people by e-mail, so that nobody forgets what waits for them.

``resume`` says what waits for a person, ``tournee`` writes and sends, ``courriel`` speaks SMTP.
"""
