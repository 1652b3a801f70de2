"""The presses of late, so that a double click has one effect."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

_DOUBLE = 2  # seconds between the presses of a double click, at most
_MOST = 1_000


class Presses:
    """When each button was last pressed by each person, by Slack's own clock."""

    def __init__(self) -> None:
        self._pressed: OrderedDict[str, float | None] = OrderedDict()

    def is_double(self, body: Mapping[str, Any]) -> bool:
        """Say whether this press is the second of a double click, and remember it."""
        button, at = _button(body), _when(body)
        before = self._pressed.get(button)
        self._pressed[button] = at
        if len(self._pressed) > _MOST:
            self._pressed.popitem(last=False)
        return before is not None and at is not None and 0 <= at - before <= _DOUBLE

    def forget(self, body: Mapping[str, Any]) -> None:
        """Count a press as not made: made again, it is no second one."""
        self._pressed.pop(_button(body), None)


def _when(body: Mapping[str, Any]) -> float | None:
    try:
        return float(body["actions"][0]["action_ts"])
    except (KeyError, TypeError, ValueError):
        return None


def _button(body: Mapping[str, Any]) -> str:
    """Return what tells one button, pressed by one person, from any other."""
    action = body["actions"][0]
    where = body.get("container") or (body.get("message") or {}).get("ts", "")
    parts = (body["user"]["id"], where, action.get("block_id"), action.get("action_id"), action.get("value"))
    return json.dumps(parts, sort_keys=True)
