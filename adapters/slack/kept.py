"""What Slack does not carry for us: in memory alone, for a while, and found again by a name."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from datetime import datetime, timedelta

from bot.ports import Clock

_FOR_A_FORM = timedelta(hours=1)
_MOST = 1_000


class LostError(Exception):
    """What was kept is gone: too old, or from before a restart."""


class Kept:
    """At most a thousand things, none longer than `lasts`; the oldest give way."""

    def __init__(self, clock: Clock, lasts: timedelta = _FOR_A_FORM) -> None:
        self._clock = clock
        self._lasts = lasts
        self._kept: OrderedDict[str, tuple[datetime, dict[str, str]]] = OrderedDict()

    def keep(self, values: dict[str, str]) -> str:
        """Return the name under which the values are found again."""
        now = self._clock.now()
        while self._kept and (len(self._kept) >= _MOST or now - next(iter(self._kept.values()))[0] > self._lasts):
            self._kept.popitem(last=False)
        name = secrets.token_urlsafe(12)
        self._kept[name] = (now, values)
        return name

    def find(self, name: str) -> dict[str, str]:
        """Return what was kept; raises `LostError` when it is gone."""
        at, values = self._kept.get(name, (None, {}))
        if at is None or self._clock.now() - at > self._lasts:
            raise LostError
        return values
