"""From the model's scores to a decision: the route, how sure it is, and whom to ask."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from bot.answering.encoding import Floats
from bot.knowledge import Contact, Route, Section, Situation

# All numbers here were fitted on leave-one-author-out scores of the example questions (make quality), never on the
# authors that the README's table counts.

# They turn the margins of the linear model into chances: a higher one makes the likeliest label likelier.
SHARPNESS = {"section": 6.0, "route": 3.0, "situation": 6.0}

# Added to a route's log chance. A missed urgent question is the worst, an outside question with a section the next.
LEANING: Mapping[str, float] = {"urgent": 1.5, "out_of_scope": 1.5, "chitchat": 1.0}

SURE = 0.78  # confidence from which the bot answers without "Bedoel je"
SURE_OUTSIDE = 0.5  # route chance from which it says that a question is not about social media
SURE_SILENT = 0.5  # route chance from which it says that the protocol is silent
SURE_SITUATION = 0.8  # chance from which a situation may speak; a wrong one is worse than none

IN_SCOPE: tuple[Route, ...] = ("answer", "doubt", "handoff", "urgent")


def chances(labels: Sequence[str], scores: Floats, sharpness: float) -> dict[str, float]:
    """Return a chance per label (they add up to 1), likeliest first."""
    grown = np.exp(sharpness * (scores - scores.max()))
    shares = grown / grown.sum()
    return {labels[i]: float(shares[i]) for i in np.argsort(-shares)}


def choose_route(routes: Mapping[str, float]) -> tuple[Route, float]:
    """Return the likeliest route and its chance; `answer` and `doubt` count together, since both show the section."""
    together = {route: chance for route, chance in routes.items() if route not in ("answer", "doubt")}
    together["sections"] = routes["answer"] + routes["doubt"]
    best = max(together, key=lambda route: math.log(max(together[route], 1e-9)) + LEANING.get(route, 0.0))
    if best == "sections":
        return ("doubt" if routes["doubt"] > routes["answer"] else "answer"), together[best]
    return best, together[best]  # type: ignore[return-value]


def confidence(section: float, margin: float, showing: float, agreed: float, disagreed: float) -> float:
    """Return the chance (0 to 1) that the first section is a right answer.

    From the chances of the first section, of its margin over the second, of a route that shows a section, and of the
    likeliest situation when it rests on that section first (`agreed`) or not at all (`disagreed`); one of these is 0.
    """
    sum_ = (
        _INTERCEPT
        + _SECTION * _log_odds(section)
        + _MARGIN * _log_odds(margin)
        + _SHOWING * _log_odds(showing)
        + _AGREED * agreed
        + _DISAGREED * disagreed
    )
    return 1 / (1 + math.exp(-sum_))


_INTERCEPT, _SECTION, _MARGIN, _SHOWING, _AGREED, _DISAGREED = -1.74, 0.11, 0.23, 0.50, 0.44, -1.03


def _log_odds(chance: float) -> float:
    held = min(max(chance, 1e-4), 1 - 1e-4)
    return math.log(held / (1 - held))


def contact_for(route: Route, situation: Situation | None, section: Section | None) -> Contact:
    """Return whom to ask: the situation's contact, else the section's, else what the protocol says for the route."""
    if route == "urgent":
        return "communications"  # richtlijn 7
    if situation is not None and situation.contact != "none":
        return situation.contact
    if route == "answer":
        return "none"
    if section is not None and section.contact != "none":
        return section.contact
    return "either" if route == "handoff" else "manager"
