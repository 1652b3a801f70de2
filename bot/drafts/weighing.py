"""From margins to chances: how the sentences, the whole post and the other rules count together.

All numbers were fitted on leave-one-author-out scores of the posts (python -m tests.quality_drafts), never on the
authors that the README's table counts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

# Chance from which a rule is shown. Lower where a miss is worse than a question too many, and for the two rules that
# words tell least about; higher where finds are plain, so that the same fine posts are left alone
_FOUND = 0.50
_FOUND_OF: Mapping[str, float] = {
    "personal-data": 0.36,
    "confidential": 0.42,
    "derailing": 0.40,
    "insult": 0.40,
    "client-or-competitor": 0.40,
    "capacity-unclear": 0.55,
    "conversation": 0.55,
    "image-or-copyright": 0.55,
    "silent-correction": 0.60,
}
WAITS = 0.18  # chance from which a draft must wait for a person; low, since a stop too many costs a question only
WAITS_FOR_A_NAME = 0.30


class Margins(NamedTuple):
    """What the model says for a rule."""

    sentence: float  # of the strongest sentence
    post: float  # of the whole post
    others: float  # the highest of another rule for the post
    wrong: float  # of the post for breaking any rule at all


class _Weights(NamedTuple):
    intercept: float
    sentence: float  # this and the next three: of the margins
    post: float
    others: float
    wrong: float
    length: float  # of the logarithm of the characters: a long post has more sentences that may score by accident


_USUAL = _Weights(4.73, 2.39, 3.62, -1.17, 1.11, -0.82)  # the mean: for a rule that was added
_RULES: Mapping[str, _Weights] = {
    "capacity-unclear": _Weights(9.97, 1.89, 4.23, -1.22, 1.59, -1.71),
    "client-or-competitor": _Weights(5.31, 1.71, 3.08, -0.79, 1.12, -0.96),
    "confidential": _Weights(2.94, 2.71, 4.90, -0.99, 0.98, -0.34),
    "conversation": _Weights(2.92, 2.88, 3.43, -0.32, 0.49, -0.39),
    "derailing": _Weights(2.40, 1.94, 5.00, -2.52, 0.96, -0.49),
    "image-or-copyright": _Weights(6.33, 2.41, 3.48, -1.70, 1.30, -1.19),
    "insult": _Weights(4.26, 2.06, 3.21, -1.10, 1.16, -0.74),
    "personal-data": _Weights(3.62, 2.26, 3.34, -0.76, 0.85, -0.53),
    "silent-correction": _Weights(5.70, 3.06, 3.22, -1.35, 1.58, -1.13),
    "unsupported-opinion": _Weights(3.83, 2.96, 2.35, -0.97, 1.07, -0.67),
}
_SHORTEST = 100  # characters
_STOP = {"sentence": -0.17, "post": 1.92, "length": -0.44}
_STOP_BY_RULE = {"confidential": 4.29, "derailing": 4.15, "personal-data": 2.66, "insult": 1.77, "conversation": 0.60}
_STOP_INTERCEPT = 0.34


_LEAST = 0.001  # chance; surer than that nothing is
_PERSONAL = {"model": 0.63, "named": 3.06, "name": 0.65, "numbered": 1.46, "private": 0.89, "consent": -0.71}
_PERSONAL_INTERCEPT = -2.31


class Signs(NamedTuple):
    """What beside the model speaks for personal data: the likeliest name, numbers, private words; and consent."""

    named: float | None
    numbered: bool
    private: bool
    consent: bool


def length(text: str) -> float:
    """Return the logarithm of a text's characters; very short ones count alike."""
    return math.log(max(len(text), _SHORTEST))


def found(rule: str) -> float:
    """Return the chance from which a rule is shown."""
    return _FOUND_OF.get(rule, _FOUND)


def chance(rule: str, margins: Margins, length: float) -> float:
    """Return the chance (0 to 1) that a post breaks the rule."""
    weights = _RULES.get(rule, _USUAL)
    return _logistic(
        weights.intercept
        + weights.sentence * margins.sentence
        + weights.post * margins.post
        + weights.others * margins.others
        + weights.wrong * margins.wrong
        + weights.length * length
    )


def personal(chance: float, signs: Signs) -> float:
    """Return the chance (0 to 1) that a post shows personal data, from the model's own and what else was seen."""
    named = 0.0 if signs.named is None else _PERSONAL["named"] + _PERSONAL["name"] * _log_odds(signs.named)
    seen = sum(_PERSONAL[sign] for sign in ("numbered", "private", "consent") if getattr(signs, sign))
    return _logistic(_PERSONAL_INTERCEPT + _PERSONAL["model"] * _log_odds(chance) + named + seen)


def stop(sentence: float, post: float, length: float, chances: Mapping[str, float]) -> float:
    """Return the chance (0 to 1) that a post must not go online before somebody saw it."""
    by_rule = sum(weight * chances.get(rule, 0.0) for rule, weight in _STOP_BY_RULE.items())
    own = _STOP["sentence"] * sentence + _STOP["post"] * post + _STOP["length"] * length
    return _logistic(_STOP_INTERCEPT + own + by_rule)


def _log_odds(chance: float) -> float:
    sure = min(max(chance, _LEAST), 1 - _LEAST)
    return math.log(sure / (1 - sure))


def _logistic(sum_: float) -> float:
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, sum_))))
