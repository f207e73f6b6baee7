"""What goes in and out: workbooks, the monthly table, the bilan."""
