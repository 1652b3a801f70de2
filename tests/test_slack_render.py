"""Whatever the reply, Slack takes the messages made of it, and nothing in them is lost or broken."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.slack import render
from adapters.slack.mrkdwn import LONGEST_TEXT, cut, escape
from bot.events import LANGUAGES
from bot.replies import (
    Button,
    Buttons,
    Feedback,
    Heading,
    Listing,
    MarkedText,
    Paragraph,
    Part,
    Quotation,
    Reply,
    Wording,
)
from tests.fakes.parts import replies
from tests.fakes.slack import problems, refusal, texts
from tests.fakes.slack_rules import as_typed, marks

LONG = "Een zin met &, < en > erin. " * 400


def messages(*parts: Part) -> list[render.Message]:
    return render.messages(Reply(parts, "nl"))


def sections(*parts: Part) -> list[str]:
    return [text for message in messages(*parts) for block in message.blocks for text in texts(block)]


@settings(deadline=None)
@given(replies())
def test_slack_takes_every_reply(reply: Reply) -> None:
    for message in render.messages(reply):
        assert message.text.strip() and len(message.text) <= LONGEST_TEXT
        assert [found for block in message.blocks for found in problems(block)] == []
        assert refusal({"channel": "C1", "text": message.text, "blocks": message.blocks}) == ""


@settings(deadline=None)
@given(replies())
def test_a_reply_is_one_message_unless_it_passes_a_limit(reply: Reply) -> None:
    blocks = render.blocks(reply)
    if blocks and len(blocks) <= 50 and sum(len(text) for block in blocks for text in texts(block)) < 12_000:
        assert len(render.messages(reply)) == 1


@settings(deadline=None)
@given(replies())
def test_a_button_comes_back_with_its_action_and_language(reply: Reply) -> None:
    for message in render.messages(reply):
        for block in message.blocks:
            for button in block["elements"] if block["type"] == "actions" else []:
                action, value, language = json.loads(button["value"])
                assert action and isinstance(value, str) and language in LANGUAGES


@settings(deadline=None)
@given(st.text(alphabet="&<>*_a \n", max_size=400), st.integers(5, 60))
def test_a_cut_loses_nothing_and_breaks_no_escaped_character(text: str, room: int) -> None:
    pieces = cut(escape(text), room)
    assert "".join(pieces) == escape(text)
    assert all(0 < len(piece) <= room for piece in pieces)
    assert "".join(map(as_typed, pieces)) == text


def test_a_long_quotation_stays_a_quotation_and_loses_no_word() -> None:
    text = "\n\n".join((LONG, "kort", "x" * 7000))
    shown = sections(Quotation("richtlijn-1", "Richtlijn 1", text, "nl"))
    lines = [line for piece in shown for line in piece.split("\n")][1:]
    assert len(shown) > 1 and all(line.startswith(">") for line in lines)
    assert "".join(as_typed(line.removeprefix(">")) for line in lines) == text.replace("\n", "")


def test_a_long_paragraph_is_cut_between_words() -> None:
    pieces = sections(Paragraph(LONG))
    assert len(pieces) > 1
    assert " ".join(as_typed(piece).strip() for piece in pieces) == LONG.strip()


@pytest.mark.parametrize("text", ["<!channel>", "<!here> <@U123>", "<https://example.com|klik>", "&lt;!channel&gt;"])
def test_what_people_type_can_ping_and_link_nobody(text: str) -> None:
    parts: list[Part] = [Heading(text), Paragraph(text), Quotation("s", text, text, "nl", text), Listing((text,))]
    parts += [MarkedText(text, ((0, 4),)), Buttons((Button(text, "say", text),)), Feedback(text, text, text, "v")]
    for message in messages(*parts):
        assert "<" not in message.text
        for block in message.blocks:
            plain = block["type"] in ("actions", "context_actions")
            shown = [] if plain else texts(block)  # labels are plain text: no markup is read there
            assert not any("<" in piece for piece in shown)


@settings(deadline=None)
@given(st.text(alphabet="*_~`>a1. \n＊é", max_size=40))
def test_what_people_type_is_formatted_nowhere(text: str) -> None:
    assert marks(escape(text)) == []
    for piece in sections(Paragraph(text), Listing((text,)), MarkedText(text, ())):
        assert marks(piece) == []


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("*foto* van _Sanne_", "∗foto∗ van ˍSanneˍ"),
        ("~nee~ of `ja`", "∼nee∼ of ˋjaˋ"),
        ("> echt waar\n> nee", "\u00ad&gt; echt waar\n\u00ad&gt; nee"),
        ("jan_de_vries@unicoz.nl en 3*4", "jan_de_vries@unicoz.nl en 3*4"),  # inside a word Slack formats nothing
        ("＊wijd＊", "∗wijd∗"),  # to Slack these are stars too
    ],
)
def test_stars_and_their_like_become_characters_that_look_the_same(typed: str, shown: str) -> None:
    assert sections(Paragraph(typed)) == [shown]
    assert marks(typed) or typed == shown


def test_our_own_marks_stay_and_hold_what_was_typed() -> None:
    assert sections(MarkedText("bel *Jan* nu", ((4, 9),))) == ["bel *∗Jan∗* nu"]
    assert sections(Wording("*kop*\n> tekst", "Kopieer")) == [">∗kop∗\n>\u00ad&gt; tekst"]


def test_a_quotation_mark_after_a_cut_makes_no_quotation() -> None:
    pieces = sections(Paragraph("x" * 2999 + "> en verder"))
    assert marks("\n".join(pieces)) == [] and "".join(map(as_typed, pieces)) == "x" * 2999 + "> en verder"


@pytest.mark.parametrize("nothing", ["", " ", "\n\n", "\xa0"])
def test_what_is_empty_is_not_shown(nothing: str) -> None:
    parts: list[Part] = [Heading(nothing), Paragraph(nothing), Quotation("s", "naam", nothing, "nl"), Buttons(())]
    parts += [Listing((nothing, nothing)), MarkedText(nothing, ()), Buttons((Button(nothing, "say"),))]
    parts += [Feedback(nothing, nothing, nothing, "v")]
    assert messages(*parts) == []


def test_marks_are_bold_within_a_line_and_hold_over_a_cut() -> None:
    assert sections(MarkedText("bel Jan \n nu", ((4, 11),))) == ["bel *Jan* \n *n*u"]
    shown = sections(MarkedText(LONG, ((0, len(LONG)),)))
    assert len(shown) > 1 and all(piece.count("*") % 2 == 0 for piece in shown)
    assert as_typed("".join(shown)).replace("*", "").replace("\n", "") == LONG


def test_stacked_buttons_stand_under_each_other_and_others_beside() -> None:
    pair = (Button("a", "say"), Button("b", "say", primary=True))
    [stacked], [beside] = messages(Buttons(pair, stacked=True)), messages(Buttons(pair))
    assert [len(block["elements"]) for block in stacked.blocks] == [1, 1]
    assert [len(block["elements"]) for block in beside.blocks] == [2]
    assert beside.blocks[0]["elements"][1]["style"] == "primary"


def test_a_long_label_ends_in_an_ellipsis() -> None:
    button: Any = messages(Buttons((Button("x" * 76, "say"),)))[0].blocks[0]["elements"][0]
    assert button["text"]["text"] == "x" * 74 + "…"


def test_a_value_too_long_for_a_button_gives_way_itself() -> None:
    button: Any = messages(Buttons((Button("a", "say", '"' * 2000),)))[0].blocks[0]["elements"][0]
    action, value, language = json.loads(button["value"])
    assert (action, language) == ("say", "nl") and 980 < len(value) < 1000


def test_screen_readers_get_the_words_of_every_message() -> None:
    parts = (Heading("Ja."), Quotation("s", "Richtlijn 1", LONG, "nl"), Buttons((Button("Vraag het", "say"),)))
    made = messages(*parts)
    assert made[0].text.startswith("*Ja.*\n*Richtlijn 1*\n>Een zin")
    several = messages(*(Paragraph(LONG) for _ in range(3)))
    assert len(several) > 1 and all(message.text.startswith("Een zin") or "zin" in message.text for message in several)
