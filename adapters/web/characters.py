"""Characters that come over the web and that no database keeps."""

from __future__ import annotations

import re

_UNSTORABLE = re.compile("[\\x00\\ud800-\\udfff]")  # PostgreSQL refuses NUL; half a surrogate pair has no UTF-8


def storable(text: str) -> str:
    """Return the text with the replacement character for each that cannot be stored."""
    return _UNSTORABLE.sub("\ufffd", text)
