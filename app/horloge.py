"""The time is the base's, the same for every machine, however far its own clock is.

Whatever is compared with a moment that was kept, in the base or in a cookie, is read here or in
the statement itself (``now()``). Durations within one process use the monotonic clock.
"""

import time
from datetime import datetime

from sqlalchemy import text

from app.extensions import db


def maintenant() -> datetime:
    """This moment; it goes on during a transaction, unlike ``now()``."""
    moment: datetime = db.session.scalars(text("select clock_timestamp()")).one()
    return moment


def ecart() -> float:
    """Seconds by which the clock of this machine differs from the base's; never negative."""
    return abs(time.time() - maintenant().timestamp())
