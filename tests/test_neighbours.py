"""The nearest labelled questions vote for their sections."""

from __future__ import annotations

import numpy as np

from bot.answering.encoding import Encoded
from bot.answering.neighbours import index


def asked(**features: float) -> Encoded:
    """Return a question with these features, named by their place: f3=0.5."""
    places = [int(name[1:]) for name in features]
    return Encoded(np.array(places, np.int32), np.array(list(features.values()), np.float32))


FIRST = np.array([[1, 0], [1, 0], [0, 1]] + [[0, 0]] * 57, np.float32)
RELEVANT = np.array([[1, 1], [1, 0], [0, 1]] + [[0, 0]] * 57, np.float32)
# features 0 and 1 are rare, feature 9 stands in every question
KNOWN = [asked(f0=1, f9=1), asked(f0=0.5, f9=1), asked(f1=1, f9=1), *[asked(f9=1)] * 57]


def test_the_nearer_a_question_the_more_its_sections_count() -> None:
    first, relevant = index(KNOWN, FIRST, RELEVANT, 10).votes(asked(f0=1, f1=0.5))
    # likeness 1, 0.5 and 0.5; their squares weigh
    np.testing.assert_allclose(first, [1.25 / 1.5, 0.25 / 1.5], rtol=1e-6)
    np.testing.assert_allclose(relevant, [1.25 / 1.5, 1.25 / 1.5], rtol=1e-6)


def test_what_most_questions_share_says_nothing() -> None:
    first, relevant = index(KNOWN, FIRST, RELEVANT, 10).votes(asked(f9=1))
    assert first.tolist() == relevant.tolist() == [0, 0]


def test_a_question_without_a_known_feature_has_no_neighbours() -> None:
    first, _ = index(KNOWN, FIRST, RELEVANT, 10).votes(asked())
    assert first.tolist() == [0, 0]
