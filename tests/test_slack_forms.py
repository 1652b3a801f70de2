"""Forms as modals: within all limits, nothing lost, and what was filled in comes back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.slack import forms
from adapters.slack.kept import Kept, LostError
from adapters.slack.render import modal, view_blocks
from bot.events import LANGUAGES, Language
from bot.knowledge import Knowledge
from bot.replies import Button, Buttons, Field, FieldKind, Form, Heading, MarkedText, Reply
from tests.conftest import FakeClock
from tests.fakes.parts import parts, replies
from tests.fakes.slack import wrong_view
from tests.fakes.slack_user import filled, shown

_TEXTS = st.text(max_size=60) | st.sampled_from(["", "<!channel>", "é<&" * 1500, "x" * 3001, "\x00" * 900, "  "])
_NAMES = ("text", "note", "manager", "sections", "version", "unnamed", "original", "kind")


def say(language: Language, sentence: str, **values: str | int) -> str:
    return sentence


@st.composite
def _field(draw: st.DrawFn, name: str) -> Field:
    kind: FieldKind = draw(st.sampled_from(["line", "text", "choice", "choices", "check", "person", "hidden"]))
    options: tuple[tuple[str, str], ...] = ()
    value = draw(_TEXTS)
    if kind in ("choice", "choices"):
        labels = draw(st.lists(st.text(min_size=1, max_size=90).filter(str.strip), min_size=1, max_size=22))
        options = tuple((f"option-{number}", label) for number, label in enumerate(labels))
        value = draw(st.sampled_from(["", "option-0"]))
    if kind == "check":
        value = draw(st.sampled_from(["", "yes"]))
    if kind == "person":
        value = draw(st.sampled_from(["", "karel@unicoz.nl", "weg@unicoz.nl"]))
    label = draw(st.text(min_size=1, max_size=80).filter(str.strip))
    return Field(name, label, value, kind, draw(st.integers(1, 10_000)), draw(st.booleans()), options)


@st.composite
def any_form(draw: st.DrawFn) -> Form:
    fields = tuple(draw(_field(name)) for name in draw(st.lists(st.sampled_from(_NAMES), min_size=1, unique=True)))
    above = tuple(draw(st.lists(parts(), max_size=5) | st.builds(lambda part: [part] * 60, parts())))
    words = st.text(min_size=1, max_size=60).filter(str.strip)
    return Form("hand-off", draw(words), draw(_TEXTS), fields, draw(words), "nl", above)


@settings(deadline=None)
@given(any_form())
def test_slack_takes_every_form(form: Form) -> None:
    view = forms.view(form, say, Kept(FakeClock()), {"karel@unicoz.nl": "U2"})
    assert wrong_view(view) == []


@settings(deadline=None)
@given(any_form())
def test_a_form_that_is_sent_unchanged_comes_back_as_it_was(form: Form) -> None:
    kept = Kept(FakeClock())
    view = forms.view(form, say, kept, {"karel@unicoz.nl": "U2"})
    back = forms.values_in({**view, "state": filled(view, {})}, kept)
    for field in form.fields:
        value = field.value
        if field.kind in ("line", "text") and len(value) <= forms.LONGEST_INPUT:
            value = "" if not value.strip() else value[: max(1, min(field.limit, forms.LONGEST_INPUT))]
        if field.kind == "person" and value == "karel@unicoz.nl":
            value = "U2"
        assert back[field.name] == value


@settings(deadline=None)
@given(replies())
def test_slack_takes_every_reply_as_a_modal_or_it_is_said_not_to_fit(reply: Reply) -> None:
    view = modal(reply, "Protocolwijzer", "Sluit")
    assert view is None or wrong_view(view) == []
    assert (view is None) == (not 0 < len(view_blocks(reply)) <= 100)


def test_a_text_too_long_for_an_input_is_shown_and_goes_along() -> None:
    draft = "Een zin & <meer>. " * 500
    kept = Kept(FakeClock())
    form = Form("hand-off", "Titel", "", (Field("text", "Je bericht", draft, "text", 10_000),), "Stuur", "nl")
    view = forms.view(form, say, kept, {})
    assert draft.strip() in shown(view["blocks"]).replace("\n", "") and len(view["private_metadata"]) < 3000
    assert forms.values_in({**view, "state": {"values": {}}}, kept)["text"] == draft


def test_what_does_not_fit_is_kept_for_an_hour_and_then_said_to_be_gone() -> None:
    clock = FakeClock()
    kept = Kept(clock)
    form = Form("hand-off", "Titel", "", (Field("original", "", "x" * 5000, "hidden"),), "Stuur", "nl")
    sent = {**forms.view(form, say, kept, {}), "state": {"values": {}}}
    clock.advance(minutes=59)
    assert forms.values_in(sent, kept)["original"] == "x" * 5000
    clock.advance(minutes=2)
    with pytest.raises(LostError):
        forms.values_in(sent, kept)
    with pytest.raises(LostError):
        forms.values_in(sent, Kept(clock))


def test_a_form_with_nothing_to_see_shows_its_title() -> None:
    form = Form("f", "Titel", "", (Field("once", "", "x", "hidden"),), "Stuur", "nl")
    assert shown(forms.view(form, say, Kept(FakeClock()), {})["blocks"]) == "Titel"


def test_not_more_than_a_thousand_forms_are_kept() -> None:
    kept = Kept(FakeClock())
    names = [kept.keep({"text": str(number)}) for number in range(1001)]
    assert kept.find(names[-1]) == {"text": "1000"}
    with pytest.raises(LostError):
        kept.find(names[0])


def test_a_value_that_the_bot_changes_gets_a_block_of_its_own() -> None:
    """Slack keeps what was typed in a block of the same id."""

    def block_id(value: str) -> str:
        form = Form("hand-off", "T", "", (Field("text", "L", value, "text"),), "S", "nl")
        found: str = forms.view(form, say, Kept(FakeClock()), {})["blocks"][-1]["block_id"]
        return found

    assert block_id("Sanne") != block_id("een leerling") and block_id("Sanne") == block_id("Sanne")


def test_a_preview_shows_no_buttons_that_cannot_be_pressed_yet() -> None:
    above = (Heading("Antwoord"), MarkedText("<!channel> ja", ()), Buttons((Button("Ja", "case"),)))
    form = Form("case-step", "T", "uitleg", (Field("text", "L", "", "text"),), "S", "nl", above)
    view = forms.view(form, say, Kept(FakeClock()), {})
    assert [block["type"] for block in view["blocks"]] == ["section", "section", "section", "input"]
    assert "<!" not in json.dumps(view)


def test_a_manager_whom_slack_does_not_know_stays_as_an_address() -> None:
    field = Field("manager", "Wie?", "weg@unicoz.nl", "person", required=False)
    view: Any = forms.view(Form("f", "T", "u", (field,), "S", "nl"), say, Kept(FakeClock()), {})
    assert view["blocks"][-1]["element"]["type"] == "email_text_input"
    assert view["blocks"][-1]["element"]["initial_value"] == "weg@unicoz.nl"


def test_slacks_own_list_of_people_is_not_called_an_address() -> None:
    def label(value: str) -> str:
        field = Field("manager", "E-mailadres", value, "person", required=False)
        view = forms.view(Form("f", "T", "u", (field,), "S", "nl"), say, Kept(FakeClock()), {"karel@unicoz.nl": "U2"})
        found: str = view["blocks"][-1]["label"]["text"]
        return found

    assert label("") == label("karel@unicoz.nl") == "slack-colleague"
    assert label("weg@unicoz.nl") == "E-mailadres"  # there is no list then, but a line to type one in


@pytest.mark.parametrize(("length", "told"), [(0, True), (90, False), (2500, False), (2501, True), (3000, True)])
def test_how_long_a_text_can_be_is_said_where_that_may_matter(length: int, told: bool) -> None:
    form = Form("f", "T", "u", (Field("text", "L", "x" * length, "text", 10_000),), "S", "nl")
    assert ("hint" in forms.view(form, say, Kept(FakeClock()), {})["blocks"][-1]) == told


@pytest.mark.parametrize(("title", "window"), [("x" * 24, "x" * 24), ("x" * 25, "page-title")])
def test_a_title_stands_there_whole_and_once(title: str, window: str) -> None:
    view = forms.view(Form("f", title, "", (Field("t", "L", "", "text"),), "S", "nl"), say, Kept(FakeClock()), {})
    assert view["title"]["text"] == window
    assert [*shown(view["blocks"]).split("\n"), window].count(title) == 1


def test_the_question_to_a_manager_fits_the_title_of_a_window(knowledge: Knowledge) -> None:
    for language in LANGUAGES:
        for sentence in ("hand-off-manager", "hand-off-communications"):
            assert len(knowledge.texts.say(language, sentence)) <= 24
