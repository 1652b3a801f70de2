"""The dialogues through the core, and what the conversation remembers and forgets."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.terminal.render import plain
from bot.answering.engine import LONGEST_QUESTION, Engine
from bot.conversation import Conversation
from bot.drafts.reviewer import Reviewer
from bot.events import Address, Arrived, Event, Language, Person, Pressed, Said, Submitted
from bot.replies import Buttons, Feedback, Heading, Quotation, Reply
from tests.conftest import FakeClock, FakeTally
from tests.dialogues import Seen, Turn, at_once, dialogues, run

HERE = Address("test", "room")
NUMBERS = itertools.count()


def seen(reply: Reply) -> Seen:
    """Return what a person would see of a reply."""
    buttons: dict[str, Pressed] = {}
    for part in reply.parts:
        if isinstance(part, Buttons):
            buttons |= {b.label: Pressed(b.action, b.value, reply.language) for b in part.buttons}
        if isinstance(part, Feedback):
            buttons[part.yes] = Pressed("helped", f"yes {part.value}", reply.language)
            buttons[part.no] = Pressed("helped", f"no {part.value}", reply.language)
    quotes = tuple(part.section for part in reply.parts if isinstance(part, Quotation))
    return Seen(plain(reply).replace("\n> ", " "), quotes, buttons)


class Talk:
    """A person in a conversation."""

    def __init__(self, engine: Engine, reviewer: Reviewer, clock: FakeClock, tally: FakeTally) -> None:
        self.conversation = Conversation(lambda: engine, lambda: reviewer, clock, tally)

    def do(
        self, deed: Said | Pressed | Arrived | Submitted, event_id: str = "", language: Language | None = None
    ) -> Reply:
        event = Event(event_id or str(next(NUMBERS)), Person("anna", language), HERE, deed)
        reply = at_once(self.conversation.handle(event)).reply
        assert isinstance(reply, Reply)
        return reply

    def say(self, text: str) -> Reply:
        return self.do(Said(text))


@pytest.fixture
def talk(engine: Engine, reviewer: Reviewer, clock: FakeClock, tally: FakeTally) -> Talk:
    return Talk(engine, reviewer, clock, tally)


@pytest.mark.parametrize(("name", "turns"), dialogues(), ids=[name for name, _ in dialogues()])
async def test_dialogue(talk: Talk, name: str, turns: list[Turn]) -> None:
    async def act(deed: Said | Pressed) -> Seen:
        return seen(talk.do(deed))

    await run(turns, act)


def test_a_repeated_event_has_one_effect(talk: Talk, tally: FakeTally) -> None:
    talk.do(Said("richtlijn 1"), event_id="once")
    event = Event("once", Person("anna"), HERE, Said("richtlijn 1"))
    assert at_once(talk.conversation.handle(event)).reply is None
    assert len(tally.answers) == 1


def test_a_follow_up_is_read_with_the_question_before_for_15_minutes(
    talk: Talk, clock: FakeClock, tally: FakeTally
) -> None:
    talk.say("mag ik foto's van leerlingen plaatsen?")
    clock.advance(minutes=14)
    with_question = talk.say("en van ouders?")
    clock.advance(minutes=16)
    without = talk.say("en van ouders?")
    assert seen(with_question).text != seen(without).text


@pytest.mark.parametrize("between", ["hoeveel vakantiedagen heb ik nog?", "richtlijn 7"])
def test_a_follow_up_follows_the_last_question(talk: Talk, between: str) -> None:
    talk.say("mag ik foto's van leerlingen plaatsen?")
    talk.say(between)
    assert "foto" not in seen(talk.say("en mijn collega?")).text.split("Bedoel je")[0]


def test_a_chosen_reading_is_what_a_follow_up_follows(talk: Talk) -> None:
    alone = seen(talk.say("en van een collega?")).text
    talk.do(Pressed("situation", "pupil-photo", "nl"))
    followed = seen(talk.say("en van een collega?")).text
    assert followed != alone
    assert "Beeldrecht" in followed


@pytest.mark.parametrize("message", ["en bedankt!", "en mag ik muziek onder een video zetten?"])
def test_what_can_stand_alone_is_no_follow_up(talk: Talk, message: str) -> None:
    alone = seen(talk.say(message)).text
    talk.say("mag ik foto's van leerlingen plaatsen?")
    assert seen(talk.say(message)).text == alone


def test_a_follow_up_is_answered_in_its_own_language(talk: Talk) -> None:
    talk.say("mag ik foto's van leerlingen plaatsen?")
    assert talk.say("and if the parents agree?").language == "en"


def test_a_word_of_no_language_is_answered_in_the_askers_own(talk: Talk) -> None:
    for word in ("LinkedIn?", "Facebook", "TikTok"):
        assert talk.do(Said(word), language="en").language == "en"
        assert talk.do(Said(word), language="nl").language == "nl"


def test_old_questions_are_forgotten_also_when_nobody_asks_again(talk: Talk, clock: FakeClock) -> None:
    talk.say("mag ik foto's van leerlingen plaatsen?")
    clock.advance(minutes=16)
    talk.conversation.forget_old()
    assert not len(talk.conversation._memory.before)


def test_a_failed_event_is_tried_again(engine: Engine, reviewer: Reviewer, clock: FakeClock, tally: FakeTally) -> None:
    working: list[Engine] = []

    def flaky() -> Engine:
        if not working:
            raise RuntimeError
        return engine

    conversation = Conversation(flaky, lambda: reviewer, clock, tally)
    event = Event("again", Person("anna"), HERE, Said("richtlijn 1"))
    with pytest.raises(RuntimeError):
        at_once(conversation.handle(event))
    working.append(engine)
    assert at_once(conversation.handle(event)).reply


def test_a_follow_up_stays_within_its_conversation(talk: Talk) -> None:
    talk.say("mag ik foto's van leerlingen plaatsen?")
    followed = seen(talk.say("en van ouders?")).text
    elsewhere = Event("elsewhere", Person("anna"), Address("test", "other room"), Said("en van ouders?"))
    reply = at_once(talk.conversation.handle(elsewhere)).reply
    assert isinstance(reply, Reply)
    assert seen(reply).text != followed


def test_a_message_that_is_too_long_is_said_kindly(talk: Talk) -> None:
    text = seen(talk.say("mag dit " * 25_000)).text
    assert "te lang" in text
    assert "199.999" in text
    assert "4.000" in text


def test_the_longest_question_is_still_answered(talk: Talk) -> None:
    assert "te lang" not in seen(talk.say("a" * LONGEST_QUESTION)).text


def test_arriving_gets_a_greeting_with_starters(talk: Talk) -> None:
    reply = talk.do(Arrived(), language="en")
    assert reply.language == "en"
    assert "May I post photos of pupils?" in seen(reply).buttons


def test_a_starter_is_answered_as_if_typed(talk: Talk) -> None:
    starter = seen(talk.do(Arrived())).buttons["Mag ik foto's van leerlingen plaatsen?"]
    assert "foto" in seen(talk.do(starter)).text


def test_a_button_of_an_older_version_leads_to_the_overview(talk: Talk) -> None:
    for pressed in (
        Pressed("section", "richtlijn-99", "nl"),
        Pressed("wat?", "", "nl"),
        Pressed("situation", "", "nl"),
    ):
        assert "Het protocol in het kort" in seen(talk.do(pressed)).text


def test_an_unsure_answer_offers_readings_and_a_way_out(talk: Talk, engine: Engine) -> None:
    vague = "wat mag wel en niet"
    assert not engine.answer(vague).certain
    reply = seen(talk.say(vague))
    assert "Bedoel je" in reply.text
    assert not reply.quotes
    assert 2 <= len(reply.buttons) - ("Vraag communicatie" in reply.buttons) <= 4
    assert "Dan weet ik het niet." in seen(talk.do(reply.buttons["Geen van deze"])).text


def test_a_rating_is_counted_without_words(talk: Talk, tally: FakeTally) -> None:
    offered = seen(talk.say("richtlijn 8")).buttons
    talk.do(offered["Nee"])
    talk.do(Pressed("helped", "yes anything|at all|of others", "nl"))
    assert tally.ratings == [(False, "answer", "richtlijn-8")]


@given(text=st.text(max_size=400))
def test_any_text_gets_a_reply(engine: Engine, reviewer: Reviewer, text: str) -> None:
    reply = Talk(engine, reviewer, FakeClock(), FakeTally()).say(text)
    assert isinstance(reply.parts[0], Heading)


@given(action=st.text(max_size=40), value=st.text(max_size=200))
def test_any_button_gets_a_reply(engine: Engine, reviewer: Reviewer, action: str, value: str) -> None:
    assert Talk(engine, reviewer, FakeClock(), FakeTally()).do(Pressed(action, value, "nl")).parts
