"""Puts like wordings together: what many people asked in their own words comes first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rapidfuzz import fuzz, process

from bot.answering.text import fold

_ALIKE = 65  # of 100, by words in any order; above it two wordings ask the same more often than not
_MOST = 2_000  # wordings that are compared with each other


class Wording(NamedTuple):
    """What somebody asked, without names; `source` leads to the form that makes knowledge of it."""

    text: str
    source: str  # "case" or "rated", a space, and its number


@dataclass(frozen=True, slots=True)
class Group:
    """Like wordings, oldest first; there is at least one."""

    wordings: tuple[Wording, ...]

    @property
    def source(self) -> str:
        """The one to make knowledge of: a case goes before a rating, since it may have an advice."""
        return min(self.wordings, key=lambda one: not one.source.startswith("case")).source


def grouped(wordings: Sequence[Wording]) -> tuple[Group, ...]:
    """Return groups of like wordings, the largest first; each is compared with the first one of every group."""
    leaders: list[str] = []
    members: list[list[Wording]] = []
    for wording in wordings[-_MOST:]:
        plain = fold(wording.text)
        found = process.extractOne(plain, leaders, scorer=fuzz.token_sort_ratio, score_cutoff=_ALIKE)
        if found is None:
            leaders.append(plain)
            members.append([wording])
        else:
            members[found[2]].append(wording)
    return tuple(Group(tuple(some)) for some in sorted(members, key=len, reverse=True))
