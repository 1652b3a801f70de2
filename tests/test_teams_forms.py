"""Forms as cards: valid whatever is in them, and what is filled in comes back as it was."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from adapters.teams import forms, messages, render, to_event
from adapters.teams.connector import plain
from adapters.teams.forms import Filled
from bot.actions import Action
from bot.replies import Button, Buttons, Field, FieldKind, Form, Heading, MarkedText, Paragraph, Part, Quotation, Reply
from tests.fakes.parts import replies
from tests.fakes.teams import LARGEST_BODY
from tests.fakes.teams_payloads import found, shown
from tests.test_teams_render import SCHEMAS, official, schema

KINDS: tuple[FieldKind, ...] = ("line", "text", "choice", "choices", "check", "person", "hidden")
TEXTS = st.text(max_size=40) | st.sampled_from(["*a*", "é" * 500, "", "\n"])


@st.composite
def fields(draw: st.DrawFn) -> tuple[Field, ...]:
    names = draw(st.lists(st.sampled_from([f"f{n}" for n in range(9)]), unique=True, min_size=1, max_size=7))
    options = tuple((str(n), f"keuze {n}") for n in range(draw(st.integers(1, 12))))
    return tuple(
        Field(name, f"label {name}", draw(TEXTS), draw(st.sampled_from(KINDS)), 500, draw(st.booleans()), options)
        for name in names
    )


def all_forms() -> st.SearchStrategy[Form]:
    reply = replies().map(lambda made: made.parts[:3])
    return st.builds(Form, st.just("hand-off"), TEXTS, TEXTS, fields(), st.just("Verstuur"), st.just("nl"), reply)


def say(language: object, sentence: str) -> str:
    return f"({sentence})"


@pytest.mark.skipif(not SCHEMAS, reason="PROTOCOLWIJZER_TEST_SCHEMAS is not set: a folder with schemas")
@settings(deadline=None, max_examples=30)
@given(all_forms(), st.booleans())
def test_every_form_is_a_valid_card_with_unique_ids_that_fits(form: Form, in_dialog: bool) -> None:
    card = forms.card(form, say, in_dialog=in_dialog)
    assume(card is not None)  # too large: nothing is shown rather than a part of it
    assert card and schema().is_valid(official(card))
    inputs = [one for kind in ("Text", "ChoiceSet", "Toggle") for one in found(card, f"Input.{kind}")]
    ids = [one["id"] for one in inputs]
    assert sorted(ids) == sorted(f"field-{field.name}" for field in form.fields if field.kind != "hidden")
    assert all(one.get("label") or one.get("title") for one in inputs)
    assert all(one.get("errorMessage") for one in inputs if one.get("isRequired"))
    assert render.size(card) < LARGEST_BODY - 4096


@settings(deadline=None, max_examples=30)
@given(all_forms(), st.booleans())
def test_what_was_filled_in_comes_back_as_it_was(form: Form, in_dialog: bool) -> None:
    card = forms.card(form, say, in_dialog=in_dialog)
    assume(card is not None)
    [action] = found(card, "ActionSet")[-1]["actions"]
    typed = {f"field-{field.name}": field.value for field in form.fields if field.kind != "hidden"}
    values = {field.name: field.value for field in form.fields}
    persons = tuple(field.name for field in form.fields if field.kind == "person")
    assert forms.filled({**action["data"], **typed}) == Filled(form.name, values, persons, "nl")


@pytest.mark.parametrize("data", [{}, {"form": 5, "hidden": {}}, {"form": "x"}, {"form": "x", "hidden": []}])
def test_what_is_no_form_of_ours_is_none(data: dict[str, Any]) -> None:
    assert forms.filled(data) is None


def test_what_is_no_text_or_far_too_long_does_not_get_in() -> None:
    sent = {"form": "x", "hidden": {"a": 5, "b": "y"}, "field-c": "z" * 99_999, "field-d": ["x"], "persons": 5}
    filled = forms.filled(sent)
    assert filled and filled.values == {"b": "y", "c": "z" * 12_000} and filled.persons == ()


def test_a_draft_that_is_shown_twice_loses_its_marks_before_its_words() -> None:
    text = "a" * 9_000
    long = (Field("text", "tekst", text, "text", 10_000), Field("original", "", text, "hidden"))
    form = Form("hand-off", "t", "e", long, "Verstuur", "nl", (Heading("Let op"), MarkedText(text, ((0, 4),))))
    card = forms.card(form, say, in_dialog=True)
    assert card and found(card, "Input.Text")[0]["value"] == text and "Let op" in shown(card)
    assert not found(card, "RichTextBlock")


def test_what_fits_in_no_card_is_not_cut_silently() -> None:
    form = Form("hand-off", "t", "e", (Field("text", "tekst", "😀" * 10_000, "text", 10_000),), "Verstuur", "nl")
    assert forms.card(form, say, in_dialog=True) is None


# Rules for replies, beyond the schema


@settings(deadline=None)
@given(replies(), st.sampled_from(["chat", "shared", "dialog"]))
def test_no_button_in_a_row_is_cut_off_and_each_has_a_way_for_old_clients(reply: Reply, where: Any) -> None:
    for card in render.cards(reply, where):
        for row in found(card, "ActionSet"):
            assert all(len(action["title"]) < 20 for action in row["actions"])
        for action in found(card, "Action.Execute"):
            assert where != "dialog"
            assert action["verb"] and action["fallback"]["type"] == "Action.Submit"
            assert action["fallback"]["data"] == action["data"]


@settings(deadline=None)
@given(replies())
def test_every_message_fits_with_all_that_stands_around_the_card(reply: Reply) -> None:
    for activity in messages.messages(reply, shared=True):
        assert render.size(plain(activity)) < LARGEST_BODY


@settings(deadline=None)
@given(st.text(alphabet="*_[]`~<ab \\", max_size=40))
def test_nothing_that_people_type_is_read_as_markdown(typed: str) -> None:
    parts: list[Part] = [Heading(typed), Paragraph(typed), Quotation("s", typed, typed, "nl")]
    for block in found(render.cards(Reply(tuple(parts), "nl")), "TextBlock"):
        words = re.sub(r" \[\d+\]$", "", block["text"])
        assert not re.search(r"[*_\[\]`~<]", re.sub(r"\\.", "", words))


@pytest.mark.parametrize(
    ("where", "kind"), [("chat", "Action.Execute"), ("shared", "Action.Submit"), ("dialog", "Action.Submit")]
)
def test_a_form_opens_as_a_dialog_only_where_others_read_along(where: Any, kind: str) -> None:
    row = Buttons((Button("Vraag het", Action.ASK_MANAGER, "richtlijn-1"),))
    [card] = render.cards(Reply((row,), "nl"), where)
    [action] = found(card, "ActionSet")[0]["actions"]
    assert action["type"] == kind
    assert ("msteams" in action["data"]) is (where == "shared")


def test_only_a_prepared_chat_becomes_a_link() -> None:
    typed = "https://teams.microsoft.com/l/chat/0/0?users=a@b.nl&message=x en https://example.com/l/chat/0/0?users=a"
    [card] = render.cards(Reply((Paragraph(typed),), "nl"))
    assert [action["url"] for action in found(card, "Action.OpenUrl")] == [typed.split(" en ", maxsplit=1)[0]]


@pytest.mark.parametrize(
    ("markup", "read"),
    [
        ("<p>Een</p><p>Twee</p>", "Een\nTwee"),
        ("<div>a<br>b<br/>c</div>", "a\nb\nc"),
        ("a &amp; b&nbsp;c &lt;d&gt;", "a & b c <d>"),
        ('x <emoji alt="🙂" id="y"></emoji>', "x 🙂"),
        ('<img itemtype="http://schema.skype.com/Emoji" alt="🎉"> y', "🎉 y"),
        ('<img src="foto.png" alt="foto">', ""),
        ("<script>alert(1)</script>", "alert(1)"),
        ("1 < 2", "1 < 2"),
        ("", ""),
    ],
)
def test_a_message_as_html_is_read_as_a_person_reads_it(markup: str, read: str) -> None:
    assert to_event.text_of(markup) == read
