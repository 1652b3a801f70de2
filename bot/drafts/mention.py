"""Somebody named in a post, and how likely it is that the post should not name them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.drafts.segments import Span
from bot.knowledge.draft_values import Role

# What each piece of evidence adds to the log odds that the name is personal data; "sentence" and "post" are the margins
# of the linear model for that rule. Fitted on leave-one-author-out scores of the posts.
_INTERCEPT = 1.24
_WEIGHTS: Mapping[str, float] = {
    "sentence": 1.63,
    "post": 2.67,
    "class near": 1.82,
    "listed": 1.09,
    "role pupil": 0.86,
    "class behind": 0.79,
    "sensitive": 0.55,
    "introduction": -0.13,
    "title": -0.43,
    "opens": -0.45,
    "quoted": -0.50,
    "ordinary": -0.55,
    "at the end": -0.91,
    "sign-off": -0.99,
    "role colleague": -1.20,
    "function behind": -1.21,
    "famous": -1.98,
    "consent": -3.17,
}
_ANOTHER_TIME = 1.0  # what the log odds of another mention of the same name lose


@dataclass(frozen=True, slots=True)
class Mention:
    """A person named at `start`-`end`; `phrase` reaches from the role before to the class behind it."""

    start: int
    end: int
    phrase: Span
    role: Role
    name: str  # the first name, folded
    evidence: frozenset[str]

    @property
    def is_author(self) -> bool:
        """Say whether somebody signs or introduces themselves: no reader is shown another by that."""
        alone = "at the end" in self.evidence and bool(self.evidence & {"opens", "title"})
        return (alone or bool(self.evidence & {"sign-off", "introduction"})) and self.role != "pupil"

    @property
    def is_perhaps_a_word(self) -> bool:
        """Say whether it may be no name at all ("Dan gaan we"), or that of somebody in a public function."""
        sure = {"class behind", "role pupil", "role parent", "title"}
        if "famous" in self.evidence and not self.evidence & sure:
            return True
        return "public" in self.evidence or (self.evidence >= {"ordinary", "opens"} and not self.evidence & sure)

    @property
    def is_of_another(self) -> bool:
        """Say whether it names somebody else than the author, and is surely a name."""
        return not self.is_author and not self.is_perhaps_a_word

    @property
    def likely_role(self) -> Role:
        """Return the role, or what the evidence makes likely where no word says it."""
        if self.role != "person":
            return self.role
        if "title" in self.evidence or "function behind" in self.evidence:
            return "colleague"
        return "pupil" if self.evidence & {"class behind", "class near"} else "person"

    def odds(self, sentence: float, post: float) -> float:
        """Return the log odds that the name is one that the post should not hold, given the model's two margins."""
        sum_ = _INTERCEPT + _WEIGHTS["sentence"] * sentence + _WEIGHTS["post"] * post
        return sum_ + sum(_WEIGHTS.get(seen, 0.0) for seen in self.evidence)


@dataclass(frozen=True, slots=True)
class NameWords:
    """The lexicons that names need, folded."""

    first: frozenset[str]
    ordinary: frozenset[str]  # first names that are words too: Roos, Mark, Floor
    never: frozenset[str]  # capitalised words that are no persons: Facebook, Zoetermeer
    roles: Mapping[Role, frozenset[str]]
    titles: frozenset[str]  # juf, meester, mevrouw
    public: frozenset[str]  # minister, schrijver
    famous: frozenset[str]  # people and characters whom everybody knows, by their whole name
    sensitive: re.Pattern[str]  # what nobody may read about a recognisable person
    consent: re.Pattern[str]


def chances(named: Sequence[Mention], odds: Sequence[float]) -> tuple[float, ...]:
    """Return how likely (0 to 1) each name is one that the post should not hold: once known, a name stays known."""
    highest: dict[str, float] = {}
    for mention, own in zip(named, odds, strict=True):
        highest[mention.name] = max(own, highest.get(mention.name, own))
    return tuple(
        1 / (1 + math.exp(-(own if mention.is_author else max(own, highest[mention.name] - _ANOTHER_TIME))))
        for mention, own in zip(named, odds, strict=True)
    )
