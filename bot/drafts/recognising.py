"""Whether a message is a draft to check or a question to answer."""

from __future__ import annotations

import re
from enum import Enum

from bot.drafts.model import POST, DraftModel

_SHORTEST = 80  # characters; no shorter message is taken for a post that somebody pasted
# Margins of the model, by which unseen example questions are hardly ever taken for drafts and unseen posts mostly are
_SURELY, _PERHAPS = 0.30, 0.0
_ASKED = 0.25  # what a question mark at the end takes off, and its absence adds
_REQUEST = re.compile(
    r"\s*/?(?:(?:wil|kun|kan|zou|can|could|would) (?:je|u|you) )?(?:please )?"
    r"(?:(?:dit|deze|mijn) (?:(?:bericht|post|tekst|concept) )?)?(?:(?:even|eens|voor me|voor mij) ){0,2}"
    r"(?:check(?:en)?|controleer|controleren|nakijken|kijk(?: dit| het)?(?: even)?(?: voor me)? na|review)"
    r"(?: (?:dit|deze|mijn|this|my|the))?(?: (?:bericht|post|tekst|concept|draft|text|message))?"
    r"(?: (?:even|eens|na|aub|a\.u\.b\.|please))?\s*(?:[:–-]\s|:|\?|\n|$)\s*",
    re.IGNORECASE,
)


class Kind(Enum):
    """What a message is."""

    DRAFT = "draft"
    PERHAPS = "perhaps"
    QUESTION = "question"


def requested(message: str) -> str | None:
    """Return the draft in "controleer: …", which may be empty; None when the message asks for no check."""
    match = _REQUEST.match(message[:_SHORTEST])
    return message[match.end() :].strip() if match else None


def kind_of(message: str, model: DraftModel) -> Kind:
    """Return what a message without such a word reads as."""
    said = message.strip()
    if len(said) < _SHORTEST:
        return Kind.QUESTION
    margin = float(model.head.scores(model.encoder.encode(said))[model.head.labels.index(POST)])
    likely = margin + (-_ASKED if said.endswith("?") else _ASKED if "?" not in said else 0.0)
    if likely >= _SURELY:
        return Kind.DRAFT
    return Kind.PERHAPS if likely >= _PERHAPS else Kind.QUESTION
