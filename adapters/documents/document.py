"""What was read from a file, and how a file is refused."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bot.knowledge import KnowledgeError, Problem
from bot.revision.lines import Line

MOST_PAGES = 60


@dataclass(frozen=True, slots=True)
class Document:
    """What stands in a file. `source` is its text as it is, of Markdown alone; `left_out` are headers and footers."""

    file: str
    lines: tuple[Line, ...]
    source: str = ""
    left_out: tuple[str, ...] = ()


def refusal(path: Path, place: str, what: str, remedy: str) -> KnowledgeError:
    return KnowledgeError([Problem(path.name, place, what, remedy)])
