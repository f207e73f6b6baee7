"""What the base is filled with: the code lists, and a fictitious Département to try it."""
