"""From scores to a decision: the route, whether it is certain, and whom to ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from bot.answering.answer import Passage
from bot.answering.model import Floats
from bot.knowledge import Contact, Route, Section, Situation

# Turn the margins of the linear model into chances; fitted on leave-one-author-out scores (make quality).
SECTION_SHARPNESS = 3.0
ROUTE_SHARPNESS = 3.0
SITUATION_SHARPNESS = 3.0

# Below these the bot asks "Bedoel je": lowest values that keep wrong certain answers rare in leave-one-author-out runs.
SURE_SECTION = 0.5
SURE_MARGIN = 0.15
SURE_ROUTE = 0.5
SURE_SITUATION = 0.5

IN_SCOPE: tuple[Route, ...] = ("answer", "doubt", "handoff", "urgent")


def chances(labels: Sequence[str], scores: Floats, sharpness: float) -> dict[str, float]:
    """Return a chance per label (they add up to 1), likeliest first."""
    grown = np.exp(sharpness * (scores - scores.max()))
    shares = grown / grown.sum()
    return {labels[i]: float(shares[i]) for i in np.argsort(-shares)}


def choose_route(routes: Mapping[str, float]) -> tuple[Route, float]:
    """Return the likeliest route and its chance; `answer` and `doubt` count together, since both show the section."""
    sections = routes["answer"] + routes["doubt"]
    together = {r: p for r, p in routes.items() if r not in ("answer", "doubt")} | {"sections": sections}
    best = max(together, key=together.__getitem__)
    if best == "sections":
        return ("doubt" if routes["doubt"] > routes["answer"] else "answer"), sections
    return best, together[best]  # type: ignore[return-value]


def is_sure(passages: Sequence[Passage], route_chance: float) -> bool:
    """Say whether the first passage may be shown as the answer."""
    if not passages:
        return route_chance >= SURE_ROUTE
    first = passages[0].score
    second = passages[1].score if len(passages) > 1 else 0.0
    return first >= SURE_SECTION and first - second >= SURE_MARGIN and route_chance >= SURE_ROUTE


def contact_for(route: Route, situation: Situation | None, section: Section | None) -> Contact:
    """Return whom to ask: the situation's contact, else the section's, else what the protocol says for the route."""
    if route == "urgent":
        return "communications"  # richtlijn 7
    if route == "answer":
        return "none"
    named: list[Contact] = [place.contact for place in (situation, section) if place is not None]
    return next((contact for contact in named if contact != "none"), "either" if route == "handoff" else "manager")
