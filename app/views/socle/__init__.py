"""What every noun's screens stand on: list, file, form, filters, fields, export. Knows no noun."""
