"""What may be logged of an error: its class and where it was, never its message, which may hold what somebody typed."""

from __future__ import annotations

import traceback


def failure(error: BaseException) -> dict[str, object]:
    """Return the fields for a log line."""
    return {"error": type(error).__name__, "where": traceback.format_tb(error.__traceback__)}
