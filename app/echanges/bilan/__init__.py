"""The bilan (M13): what a year has to show, and the Word document that shows it."""
