"""A message is a draft to check, a question to answer, or perhaps a draft."""

from __future__ import annotations

import pytest

from bot.actions import Action
from bot.answering.engine import Engine
from bot.conversation import Conversation
from bot.drafts.recognising import Kind, kind_of, requested
from bot.drafts.review import Review
from bot.drafts.reviewer import Reviewer
from bot.events import Address, Event, Person, Pressed, Said, Submitted
from bot.replies import Audience, Form, Reply
from tests.conftest import FakeClock, FakeTally
from tests.dialogues import at_once

HERE = Address("test", "here")
POST = (
    "🎉 Wat een feest was het gisteren op ons plein! De hele school danste mee en de limonade was om drie uur al op. "
    "Dank aan alle helpers, en tot volgend jaar! #trots"
)
QUESTION = (
    "ik heb gisteren een filmpje van de sportdag op mijn eigen insta gezet en nu zegt een moeder dat het eraf moet, "
    "wat moet ik doen?"
)


@pytest.mark.parametrize(
    ("message", "draft"),
    [
        ("controleer: Hallo allemaal", "Hallo allemaal"),
        ("Check: hello", "hello"),
        ("controleer dit bericht:\nRegel een\nRegel twee", "Regel een\nRegel twee"),
        ("kun je even nakijken: dit", "dit"),
        ("check", ""),
        ("Wil je dit nakijken: hallo", "hallo"),
        ("Kun je dit bericht controleren?\nhallo", "hallo"),
        ("Can you check this: hello", "hello"),
        ("please check: hello", "hello"),
        ("kijk even na: hallo", "hallo"),
        ("check - hello", "hello"),
        ("Controleer a.u.b.: hallo", "hallo"),
        ("check of dit mag", None),
        ("kun je nagaan of dit mag?", None),
        ("controleer mijn post", ""),
        ("checklist voor foto's", None),
        ("mag ik dit controleren?", None),
    ],
)
def test_a_check_is_asked_for_by_word(message: str, draft: str | None) -> None:
    assert requested(message) == draft


def test_a_pasted_post_is_told_from_a_question(reviewer: Reviewer) -> None:
    assert kind_of(POST, reviewer.model) is Kind.DRAFT
    assert kind_of(QUESTION, reviewer.model) is Kind.QUESTION
    assert kind_of("wat een feest!", reviewer.model) is Kind.QUESTION  # too short to tell


class Talk:
    def __init__(self, engine: Engine, reviewer: Reviewer) -> None:
        self.tally = FakeTally()
        self.reviewer = reviewer
        self.clock = FakeClock()
        self.conversation = Conversation(lambda: engine, lambda: reviewer, self.clock, self.tally)
        self._number = 0

    def do(self, deed: Said | Pressed | Submitted, *, forms: bool = False) -> Reply | Form | None:
        self._number += 1
        event = Event(str(self._number), Person("anna", "nl"), HERE, deed, forms=forms)
        return at_once(self.conversation.handle(event)).reply


@pytest.fixture
def talk(engine: Engine, reviewer: Reviewer) -> Talk:
    return Talk(engine, reviewer)


def test_a_draft_is_shown_to_its_writer_alone_and_only_counted(talk: Talk) -> None:
    reply = talk.do(Said("controleer: Sanne uit groep 6 heeft epilepsie."))
    assert isinstance(reply, Reply)
    assert reply.audience is Audience.PERSON
    assert talk.tally.reviews == [("stop", ("personal-data",))]
    assert talk.tally.answers == []


def test_a_review_is_in_the_language_of_the_draft_where_the_writers_is_not_known(talk: Talk) -> None:
    event = Event("e", Person("kim"), HERE, Said("check: Sanne from group 6 has epilepsy. We went to the museum."))
    reply = at_once(talk.conversation.handle(event)).reply
    assert isinstance(reply, Reply)
    assert reply.language == "en"
    assert "Do not post this yet." in str(reply.parts)
    assert "unofficial translation" in str(reply.parts)


def test_the_button_shows_a_form_where_there_are_forms(talk: Talk) -> None:
    form = talk.do(Pressed(Action.CHECK_FORM), forms=True)
    assert isinstance(form, Form)
    [field] = form.fields
    reply = talk.do(Submitted(form.name, {field.name: "Sanne uit groep 6 heeft epilepsie."}))
    assert isinstance(reply, Reply)
    assert "Zet dit nog niet online." in str(reply.parts)


def test_without_forms_the_button_says_how_to_paste(talk: Talk) -> None:
    assert "controleer:" in str(talk.do(Pressed(Action.CHECK_FORM)))


def test_what_may_be_a_draft_is_asked_about_and_then_checked_or_answered(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.drafts.recognising.kind_of", lambda *_: Kind.PERHAPS)
    vague = "Iets over van alles en nog wat dat niemand precies begrijpt maar wel heel lang is en doorgaat."
    for action, seen in ((Action.CHECK, "Wat ik niet kan zien"), (Action.AS_QUESTION, "")):
        asked = talk.do(Said(vague))
        assert "Wil je dat ik dit nakijk?" in str(asked)
        reply = talk.do(Pressed(action, "", "nl"))
        assert "Wil je dat ik dit nakijk?" not in str(reply)
        assert seen in str(reply) or "Ik zie niets" in str(reply)


def test_a_draft_that_was_asked_about_is_forgotten_in_time(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.drafts.recognising.kind_of", lambda *_: Kind.PERHAPS)
    talk.do(Said("Iets over van alles en nog wat dat niemand precies begrijpt maar wel heel lang is en doorgaat."))
    talk.clock.advance(minutes=16)
    assert "Ik heb je tekst niet meer." in str(talk.do(Pressed(Action.CHECK, "", "nl")))


def test_nobody_is_shown_the_draft_of_somebody_else(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.drafts.recognising.kind_of", lambda *_: Kind.PERHAPS)
    vague = "Iets over van alles en nog wat dat niemand precies begrijpt maar wel heel lang is en doorgaat"
    for name in ("anna", "bob"):
        said = Event(name, Person(name, "nl"), HERE, Said(f"{vague}, zegt {name}."))
        at_once(talk.conversation.handle(said))
    checked: list[str] = []

    def review(draft: str) -> Review:
        checked.append(draft)
        return Review("ok", "nl")

    monkeypatch.setattr(talk.reviewer, "review", review)
    for name in ("anna", "bob"):
        at_once(talk.conversation.handle(Event(f"{name} 2", Person(name, "nl"), HERE, Pressed(Action.CHECK, "", "nl"))))
    assert [draft.rpartition(" ")[2] for draft in checked] == ["anna.", "bob."]


def test_where_others_read_along_nothing_is_checked(talk: Talk) -> None:
    said = Said("controleer: Sanne uit groep 6 heeft epilepsie.")
    reply = at_once(talk.conversation.handle(Event("e", Person("anna", "nl"), HERE, said, private=False))).reply
    assert isinstance(reply, Reply)
    assert "Stuur me je bericht in een privégesprek." in str(reply.parts)
    assert "Sanne" not in str(reply.parts)
    assert talk.tally.reviews == []


def test_a_long_pasted_post_is_checked_too(talk: Talk) -> None:
    reply = talk.do(Said(POST * 25))
    assert isinstance(reply, Reply)
    assert talk.tally.reviews


def test_what_goes_wrong_now_is_never_taken_for_a_draft(talk: Talk) -> None:
    reply = talk.do(
        Said("HELP de reacties onder ons bericht lopen nu uit de hand!!! het worden er steeds meer, ouders schelden")
    )
    assert talk.tally.reviews == []
    assert "richtlijn-7" in str(reply)


def test_only_rules_of_ours_are_counted_as_wrong(talk: Talk) -> None:
    talk.do(Pressed(Action.NOT_RIGHT, "insult", "nl"))
    talk.do(Pressed(Action.NOT_RIGHT, "a text of somebody", "nl"))
    assert talk.tally.disputes == ["insult"]
