"""What the core needs from the world."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol as Port


class Clock(Port):
    """The time, aware of its zone."""

    def now(self) -> datetime: ...


class Tally(Port):
    """Counts for the operators: never a text, never a person."""

    def answered(self, route: str, language: str, certain: bool, seconds: float) -> None: ...

    def reviewed(self, verdict: str, language: str, rules: Sequence[str], seconds: float) -> None: ...

    def disputed(self, rule: str) -> None: ...

    def rated(self, helped: bool, route: str, section: str) -> None: ...
