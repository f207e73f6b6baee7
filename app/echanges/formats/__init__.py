"""Excel and Word themselves: the only users of xlsxwriter and python-docx. Knows no exchange."""
