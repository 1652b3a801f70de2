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
    wrong: float  # margin of the post for breaking any rule at all


_USUAL = _Weights(5.05, 2.47, 3.55, -0.87, -1.18, 1.09)  # the mean: for a rule that was added
_RULES: Mapping[str, _Weights] = {
    "capacity-unclear": _Weights(9.86, 1.83, 4.25, -1.70, -1.33, 1.60),
    "client-or-competitor": _Weights(5.66, 1.85, 2.89, -1.01, -0.69, 1.06),
    "confidential": _Weights(2.98, 2.77, 4.82, -0.34, -0.93, 0.92),
    "conversation": _Weights(3.26, 3.03, 3.29, -0.45, -0.34, 0.45),
    "derailing": _Weights(2.75, 1.98, 5.08, -0.54, -2.55, 0.89),
    "image-or-copyright": _Weights(6.74, 2.44, 3.45, -1.26, -1.71, 1.28),
    "insult": _Weights(4.47, 2.33, 2.71, -0.80, -1.08, 1.25),
    "personal-data": _Weights(3.85, 2.35, 3.26, -0.56, -0.69, 0.82),
    "silent-correction": _Weights(6.47, 3.06, 3.48, -1.24, -1.47, 1.61),
    "unsupported-opinion": _Weights(4.42, 3.06, 2.31, -0.77, -1.01, 1.05),
}
_SHORTEST = 100  # characters
_STOP = {"sentence": -0.17, "post": 1.94, "length": -0.49}
_STOP_BY_RULE = {"confidential": 4.35, "derailing": 4.26, "personal-data": 2.64, "insult": 1.51, "conversation": 0.70}
_STOP_INTERCEPT = 0.63


def length(text: str) -> float:
    """Return the logarithm of a text's characters; very short ones count alike."""
    return math.log(max(len(text), _SHORTEST))


def found(rule: str) -> float:
    """Return the chance from which a rule is shown."""
    return _FOUND_OF.get(rule, _FOUND)


def chance(rule: str, sentence: float, post: float, length: float, others: float, wrong: float) -> float:
    """Return the chance (0 to 1) that a post breaks the rule."""
    weights = _RULES.get(rule, _USUAL)
    return _logistic(
        weights.intercept
        + weights.sentence * sentence
        + weights.post * post
        + weights.length * length
        + weights.others * others
        + weights.wrong * wrong
    )


def stop(sentence: float, post: float, length: float, chances: Mapping[str, float]) -> float:
    """Return the chance (0 to 1) that a post must not go online before somebody saw it."""
    by_rule = sum(weight * chances.get(rule, 0.0) for rule, weight in _STOP_BY_RULE.items())
    own = _STOP["sentence"] * sentence + _STOP["post"] * post + _STOP["length"] * length
    return _logistic(_STOP_INTERCEPT + own + by_rule)


def _logistic(sum_: float) -> float:
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, sum_))))
