"""From margins to chances: how the sentences, the whole post and the other rules count together.

All numbers were fitted on leave-one-author-out scores of the posts (python -m tests.quality_drafts), never on the
authors that the README's table counts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

# Chance from which a rule is shown. Lower where a miss is worse than a question too many.
_FOUND = 0.50
_FOUND_OF: Mapping[str, float] = {"personal-data": 0.38, "confidential": 0.42, "derailing": 0.40}
WAITS = 0.22  # chance from which a draft must wait for a person; low, since a stop too many costs a question only
WAITS_FOR_A_NAME = 0.35


class _Weights(NamedTuple):
    intercept: float
    sentence: float  # margin of the strongest sentence
    post: float  # margin of the whole post
    length: float  # logarithm of the characters: a long post has more sentences that may score by accident
    others: float  # highest margin of another rule for the post


_USUAL = _Weights(5.96, 2.48, 4.32, -0.75, -0.08)  # the mean: for a rule that was added
_RULES: Mapping[str, _Weights] = {
    "personal-data": _Weights(4.79, 2.38, 3.76, -0.56, 0.26),
    "confidential": _Weights(4.36, 2.74, 5.72, -0.37, 0.03),
    "conversation": _Weights(3.86, 3.06, 3.64, -0.46, 0.07),
    "image-or-copyright": _Weights(8.04, 2.46, 4.30, -1.21, -0.23),
    "insult": _Weights(5.15, 2.41, 3.58, -0.63, 0.16),
    "unsupported-opinion": _Weights(4.96, 3.19, 2.94, -0.63, -0.06),
    "capacity-unclear": _Weights(10.92, 1.83, 4.95, -1.59, 0.22),
    "client-or-competitor": _Weights(6.28, 1.89, 3.60, -0.89, 0.32),
    "silent-correction": _Weights(7.60, 2.86, 4.60, -1.09, 0.28),
    "derailing": _Weights(3.69, 1.91, 6.15, -0.49, -2.17),
}
_SHORTEST = 100  # characters
_STOP = {"sentence": -0.16, "post": 2.12, "length": -0.51}
_STOP_BY_RULE = {"confidential": 4.22, "derailing": 4.07, "personal-data": 2.63, "insult": 1.73, "conversation": 0.69}
_STOP_INTERCEPT = 0.84


def length(text: str) -> float:
    """Return the logarithm of a text's characters; very short ones count alike."""
    return math.log(max(len(text), _SHORTEST))


def found(rule: str) -> float:
    """Return the chance from which a rule is shown."""
    return _FOUND_OF.get(rule, _FOUND)


def chance(rule: str, sentence: float, post: float, length: float, others: float) -> float:
    """Return the chance (0 to 1) that a post breaks the rule."""
    weights = _RULES.get(rule, _USUAL)
    return _logistic(
        weights.intercept
        + weights.sentence * sentence
        + weights.post * post
        + weights.length * length
        + weights.others * others
    )


def stop(sentence: float, post: float, length: float, chances: Mapping[str, float]) -> float:
    """Return the chance (0 to 1) that a post must not go online before somebody saw it."""
    by_rule = sum(weight * chances.get(rule, 0.0) for rule, weight in _STOP_BY_RULE.items())
    own = _STOP["sentence"] * sentence + _STOP["post"] * post + _STOP["length"] * length
    return _logistic(_STOP_INTERCEPT + own + by_rule)


def _logistic(sum_: float) -> float:
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, sum_))))
