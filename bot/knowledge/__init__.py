"""The content of `knowledge/<organisation>/` as frozen values: loaded, validated, never half right."""

from bot.knowledge.additions import Addition, extended
from bot.knowledge.loading import load
from bot.knowledge.problems import KnowledgeError, Problem
from bot.knowledge.values import (
    ROUTES,
    Concepts,
    Contact,
    Example,
    Knowledge,
    Localised,
    Organisation,
    RequestWords,
    Route,
    Section,
    Situation,
    SmallTalk,
)

__all__ = [
    "ROUTES",
    "Addition",
    "Concepts",
    "Contact",
    "Example",
    "Knowledge",
    "KnowledgeError",
    "Localised",
    "Organisation",
    "Problem",
    "RequestWords",
    "Route",
    "Section",
    "Situation",
    "SmallTalk",
    "extended",
    "load",
]
