"""Whatever the reply, Teams takes the cards made of it, and nothing in them is lost or broken."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema.protocols import Validator  # type: ignore[import-untyped]
from jsonschema.validators import validator_for  # type: ignore[import-untyped]

from adapters.teams import render
from bot.replies import Button, Buttons, Feedback, Heading, Listing, MarkedText, Paragraph, Part, Quotation, Reply
from tests.fakes.parts import replies
from tests.fakes.teams import LARGEST_BODY
from tests.fakes.teams_payloads import found

SCHEMAS = os.environ.get("PROTOCOLWIJZER_TEST_SCHEMAS", "")
LONG = "Een zin van een *docent* [met] tekens. " * 400


@cache
def schema() -> Validator:
    """Return the official schema; not a fixture, for Hypothesis would print the whole of it."""
    document = json.loads((Path(SCHEMAS) / "adaptive-card-1.5.0.json").read_text())
    return validator_for(document)(document)


def official(card: render.Element) -> render.Element:
    """Return a card without Teams' own documented additions, which the official schema does not know."""
    own = {name: value for name, value in card.items() if name != "msteams"}
    for choices in found(own, "Input.ChoiceSet"):
        choices.pop("choices.data", None)  # type: ignore[attr-defined]
    return own


def cards(*parts: Part) -> list[render.Element]:
    return render.cards(Reply(parts, "nl"))


def lines(*parts: Part) -> list[str]:
    return [block["text"] for block in found(cards(*parts), "TextBlock")]


@pytest.mark.skipif(
    not SCHEMAS, reason="PROTOCOLWIJZER_TEST_SCHEMAS is not set: a folder with adaptive-card-1.5.0.json"
)
@settings(deadline=None, max_examples=30)
@given(replies())
def test_every_card_is_valid(reply: Reply) -> None:
    for card in render.cards(reply):
        assert schema().is_valid(official(card))


@pytest.mark.skipif(
    not SCHEMAS, reason="PROTOCOLWIJZER_TEST_SCHEMAS is not set: a folder with adaptive-card-1.5.0.json"
)
def test_the_schema_refuses_what_is_no_card() -> None:
    card = {"type": "AdaptiveCard", "version": "1.5", "body": [{"type": "TextBlock", "text": "a", "colour": "red"}]}
    assert not schema().is_valid(card)


@settings(deadline=None)
@given(replies())
def test_every_card_fits_in_a_message_and_shows_something_in_every_text(reply: Reply) -> None:
    for card in render.cards(reply):
        assert len(json.dumps(card, ensure_ascii=False).encode("utf-8", "replace")) < LARGEST_BODY - 4096
        assert card["body"]
        assert all(block["text"].strip() for block in found(card, "TextBlock"))
        assert all(run["text"] for run in found(card, "TextRun"))
        assert all(action["title"].strip() for action in found(card, "Action.Submit"))
        assert all(0 < len(row["actions"]) <= 6 for row in found(card, "ActionSet"))


@settings(deadline=None)
@given(replies())
def test_a_reply_is_one_card_unless_it_is_too_large(reply: Reply) -> None:
    made = render.cards(reply)
    if sum(len(json.dumps(card)) for card in made) < render.LARGEST_BODY:
        assert len(made) <= 1


@settings(deadline=None)
@given(st.text(alphabet="*_[]()#`~>|-+1. \\<a", max_size=30))
def test_escaping_only_adds_backslashes(line: str) -> None:
    escaped = iter(render.escape(line))
    assert all(letter in escaped for letter in line)
    assert len(render.escape(line)) - render.escape(line).count("\\") == len(line) - line.count("\\")


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("*vet* _cursief_ `code`", r"\*vet\* \_cursief\_ \`code\`"),
        ("[klik](https://example.com)", r"\[klik\](https://example.com)"),
        ("<https://example.com>", r"\<https://example.com>"),
        ("- punt", r"\- punt"),
        ("e-mail (school)", "e-mail (school)"),
        ("1. eerst", r"1\. eerst"),
        ("op 1.5 m", "op 1.5 m"),
        ("# kop", r"\# kop"),
    ],
)
def test_what_people_type_is_no_markdown(typed: str, shown: str) -> None:
    assert lines(Paragraph(typed)) == [shown]


def test_a_line_break_is_a_line_break_and_a_blank_line_is_wider() -> None:
    blocks = found(cards(Paragraph("een\ntwee\n\ndrie")), "TextBlock")
    assert [(block["text"], block.get("spacing")) for block in blocks] == [
        ("een", None),
        ("twee", "None"),
        ("drie", None),
    ]


def test_a_long_quotation_keeps_every_word_and_stands_apart_on_every_card() -> None:
    made = cards(Quotation("richtlijn-1", "Richtlijn 1", f"{LONG}\n{LONG}", "nl", "vertaling"))
    shown = [block["text"] for block in found(made, "TextBlock")]
    assert shown[0] == "Richtlijn 1 · vertaling [1]"
    assert "".join(shown[1:]).replace("\\", "") == LONG * 2
    assert len(made) > 1
    assert all(element["type"] == "Container" and element["style"] == "emphasis" for c in made for element in c["body"])


def test_marks_are_highlighted_and_the_text_stays_as_typed() -> None:
    [card] = cards(MarkedText("bel *Jan*\nnu", ((4, 11),)))
    runs = [(run["text"], run.get("highlight", False)) for run in found(card, "TextRun")]
    assert runs == [("bel ", False), ("*Jan*", True), ("n", True), ("u", False)]
    assert len(card["body"]) == 2


@pytest.mark.parametrize("nothing", ["", " ", "\n\n", "\xa0"])
def test_what_is_empty_is_not_shown(nothing: str) -> None:
    parts: list[Part] = [Heading(nothing), Paragraph(nothing), Quotation("s", "naam", nothing, "nl"), Buttons(())]
    parts += [Listing((nothing, nothing)), MarkedText(nothing, ()), Buttons((Button(nothing, "say"),))]
    parts += [Feedback(nothing, nothing, nothing, "v"), Buttons((Button(nothing, "say"),), stacked=True)]
    assert cards(*parts) == []


def test_stacked_choices_show_their_whole_label_and_submit() -> None:
    label = "Richtlijn 7: wat je doet wanneer een discussie uit de hand loopt"
    [card] = cards(Buttons((Button(label, "section", "richtlijn-7"),), stacked=True))
    [choice] = card["body"]
    assert choice["items"][0]["text"] == label and choice["items"][0]["wrap"] is True
    action: Any = choice["selectAction"]
    assert action["data"] == {"action": "section", "value": "richtlijn-7", "language": "nl"}


def test_teams_shows_six_buttons_in_a_row_so_more_get_a_row_of_their_own() -> None:
    [card] = cards(Buttons(tuple(Button(str(number), "say") for number in range(8))))
    assert [len(row["actions"]) for row in found(card, "ActionSet")] == [6, 2]
