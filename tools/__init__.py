"""What checks the code itself: run by ``make lint``, never by the application."""
