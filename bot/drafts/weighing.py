"""From margins to chances: how the sentences, the whole post and the other rules count together.

All numbers were fitted on leave-one-author-out scores of the posts (python -m tests.quality_drafts), never on the
authors that the README's table counts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

# Chance from which a rule is shown. Lower where a miss is worse than a question too many.
_FOUND = 0.52
_FOUND_OF: Mapping[str, float] = {"personal-data": 0.44, "confidential": 0.44, "derailing": 0.40}
WAITS = 0.28  # chance from which a draft must wait for a person; low, since a stop too many costs a question only


class _Weights(NamedTuple):
    intercept: float
    sentence: float  # margin of the strongest sentence
    post: float  # margin of the whole post
    length: float  # logarithm of the characters: a long post has more sentences that may score by accident
    others: float  # highest margin of another rule for the post


_USUAL = _Weights(6.45, 2.60, 4.00, -0.95, -0.30)  # the mean: for a rule that was added
_RULES: Mapping[str, _Weights] = {
    "personal-data": _Weights(7.22, 2.83, 3.45, -0.99, -0.02),
    "confidential": _Weights(4.52, 3.25, 5.24, -0.44, -0.27),
    "conversation": _Weights(4.47, 3.22, 3.32, -0.61, 0.00),
    "image-or-copyright": _Weights(8.74, 2.78, 3.88, -1.39, -0.55),
    "insult": _Weights(5.88, 2.31, 3.51, -0.79, -0.04),
    "unsupported-opinion": _Weights(5.32, 3.24, 2.63, -0.74, -0.18),
    "capacity-unclear": _Weights(11.09, 1.67, 5.00, -1.66, 0.01),
    "client-or-competitor": _Weights(6.65, 1.79, 3.51, -1.00, 0.04),
    "silent-correction": _Weights(5.47, 2.90, 4.55, -0.69, 0.11),
    "derailing": _Weights(5.16, 1.89, 5.86, -0.84, -2.29),
}
_STOP = {"sentence": 0.26, "post": 1.80, "length": -0.69}
_STOP_BY_RULE = {"confidential": 4.55, "derailing": 4.07, "personal-data": 2.74, "insult": 1.80, "conversation": 0.82}
_STOP_INTERCEPT = 1.71


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
