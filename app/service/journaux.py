"""Logs: text for a person, or one JSON object a line for a collector (``TANDEM_JOURNAUX=json``).

Neither holds a name: query strings are stripped, values of statements are never logged.
"""

import json
import logging
import re
from datetime import UTC, datetime

from flask import g, has_request_context, request

en_json = False
"""Whether this process logs in JSON: said once, at start."""


class JsonFormatter(logging.Formatter):
    """One object a line: moment (UTC), level, logger, message; the request's reference and path."""

    def format(self, record: logging.LogRecord) -> str:
        ligne = {
            "moment": datetime.fromtimestamp(record.created, UTC).isoformat(
                timespec="milliseconds"
            ),
            "niveau": record.levelname.lower(),
            "source": record.name,
            "message": re.sub(r"\?\S+", "?…", record.getMessage()),
        }
        if has_request_context():
            ligne["reference"] = g.get("requete", "")
            ligne["chemin"] = request.path
        if record.exc_info:
            ligne["trace"] = self.formatException(record.exc_info)
        return json.dumps(ligne, ensure_ascii=False)


def activer() -> None:
    """From now on every log of this process is JSON, gunicorn's included when it starts."""
    global en_json
    en_json = True
    sortie = logging.StreamHandler()
    sortie.setFormatter(JsonFormatter())
    logging.basicConfig(handlers=[sortie], level=logging.WARNING, force=True)


def mettre_en_json(*journaux: logging.Logger) -> None:
    for journal in journaux:
        for sortie in journal.handlers:
            sortie.setFormatter(JsonFormatter())
