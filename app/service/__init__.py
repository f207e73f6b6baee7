"""What serves: gunicorn, the processes that are watched, logs, metrics; ``run.py`` joins them."""
