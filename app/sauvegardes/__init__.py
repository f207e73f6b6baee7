"""A backup: one file, signed as a whole, encrypted with a public key; and what reads it back."""
