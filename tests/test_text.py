"""The text functions hold for any text."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answering.features import inside
from bot.answering.text import clean, fold, has_words, words

ANY = st.text(max_size=300)


@given(ANY)
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(ANY)
def test_cleaned_text_holds_nothing_invisible(text: str) -> None:
    assert not [c for c in clean(text) if unicodedata.category(c) in {"Cc", "Cf", "Co", "Cs", "Cn"}]


@given(ANY)
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(ANY)
def test_every_word_stands_in_the_folded_text(text: str) -> None:
    folded = fold(text)
    assert all(word in folded for word in words(folded))


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz'-", min_size=1, max_size=20))
def test_every_n_gram_stands_in_its_word_and_covers_it(word: str) -> None:
    grams = inside(word)
    assert all(gram in f" {word} " for gram in grams)
    assert {gram for gram in grams if len(gram) == 2} == {f" {word} "[i : i + 2] for i in range(len(word) + 1)}


@pytest.mark.parametrize(
    ("typed", "cleaned"),
    [
        ("  mag  ik\tdit\nplaatsen ", "mag ik dit plaatsen"),
        ("mag\u200b ik\u202e dit\x00", "mag ik dit"),
        ("cafe\u0301", "café"),
        ("", ""),
    ],
)
def test_invisible_characters_and_spaces_go(typed: str, cleaned: str) -> None:
    assert clean(typed) == cleaned


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("Privé-foto’s", "prive-foto's"),
        ("HEEEEEL leuk", "heel leuk"),
        ("“Mag dit?”", '"mag dit?"'),
    ],
)
def test_what_does_not_change_the_meaning_is_folded(typed: str, folded: str) -> None:
    assert fold(typed) == folded


@pytest.mark.parametrize(
    ("typed", "readable"),
    [("?", False), ("a", False), ("🎉🎉", False), ("12", False), ("ja", True), ("X?", False), ("a 1", False)],
)
def test_a_message_needs_a_word(typed: str, readable: bool) -> None:
    assert has_words(typed) is readable
