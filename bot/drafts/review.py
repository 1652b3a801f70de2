"""What a check of a draft finds, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bot.events import Language
from bot.knowledge.draft_values import Verdict

Hint = Literal["permission", "capacity"]
Notice = Literal["", "nothing-written", "too-long", "only-link", "other-language"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One place that touches the protocol; `start` and `end` in characters of the draft as given.

    Both 0 and no quote: it concerns the text as a whole. `score` (0 to 1) is how sure the check is.
    """

    rule: str
    start: int
    end: int
    quote: str
    score: float


@dataclass(frozen=True, slots=True)
class Review:
    """The findings, gravest first, and what follows from them.

    `hints` are questions that no text answers. `safe_text` is a proposal in which the findings that can be mended are
    mended; empty when there is nothing to propose. `left_out` says how many sentences it lacks. `language` is the
    draft's own. With a `notice` the draft could not be checked, or not as usual.
    """

    verdict: Verdict
    language: Language
    findings: tuple[Finding, ...] = ()
    hints: tuple[Hint, ...] = ()
    safe_text: str = ""
    left_out: int = 0
    notice: Notice = ""
    length: int = 0  # characters of the draft
