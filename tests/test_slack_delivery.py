"""Who somebody is in Slack, and the messages that the courier sends there."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from adapters.sending import NotSentError, OutcomeUnknownError
from adapters.settings import Settings
from adapters.slack.people import SlackPeople
from adapters.slack.problems import problems
from adapters.slack.rooms import Rooms
from adapters.slack.sender import SlackSender
from adapters.slack.to_event import alone
from bot.events import Address, Person
from bot.handoff.people import Profile
from bot.ports import StoreError
from bot.replies import Button, Buttons, Heading, Reply
from tests.conftest import FakeClock, settings
from tests.fakes.slack import TOKEN, Answer, FakeSlack
from tests.fakes.slack_methods import user
from tests.fakes.slack_user import Http, User, shown
from tests.test_slack_trouble import open_form

DESK = Address("slack", "G1")
ANYWHERE = Address("slack", "C1", "1.1")


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as fake:
        yield fake


@pytest.fixture
async def client(slack: FakeSlack) -> AsyncIterator[AsyncWebClient]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
        yield AsyncWebClient(token=TOKEN, base_url=slack.url, retry_handlers=[], session=session)


@pytest.fixture
def people(client: AsyncWebClient, clock: FakeClock) -> SlackPeople:
    async def desks() -> tuple[Address, ...]:
        return (Address("teams", "19:x"), DESK)

    return SlackPeople(client, clock, desks)


@pytest.fixture
def sender(client: AsyncWebClient, people: SlackPeople) -> SlackSender:
    return SlackSender(client, people, Rooms())


def reply(text: str = "Zaak 1", count: int = 1) -> Reply:
    return Reply(
        (*(Heading(f"{text} {n}") for n in range(count)), Buttons((Button("Pak op", "case", "claim 1"),))), "nl"
    )


# Who somebody is


@pytest.mark.parametrize(
    ("account", "profile"),
    [
        ("U1", Profile("Fatima", "fatima@unicoz.nl")),
        ("UGUEST", Profile("Gast", "", guest=True)),
        ("UBOT", Profile("Robot", "", guest=True)),
        ("UOPEN", Profile("Onbevestigd", "")),
    ],
)
async def test_an_address_counts_only_when_the_workspace_vouches_for_it(
    people: SlackPeople, account: str, profile: Profile
) -> None:
    assert await people.profile(Person(account), ANYWHERE) == profile


@pytest.mark.parametrize("mark", ["is_stranger", "deleted", "is_ultra_restricted"])
async def test_a_stranger_counts_as_a_guest(people: SlackPeople, slack: FakeSlack, mark: str) -> None:
    slack.methods.users["U1"] = user("Fatima", **{mark: True})
    assert await people.profile(Person("U1"), ANYWHERE) == Profile("Fatima", "", guest=True)
    assert await people.account("fatima@unicoz.nl") == ""


async def test_who_is_in_the_desks_channel_is_at_the_desk_for_minutes(
    people: SlackPeople, slack: FakeSlack, clock: FakeClock
) -> None:
    joke = Person("U3")
    assert await people.on_desk(joke, DESK) and not await people.on_desk(Person("U1"), DESK)
    slack.methods.channels["G1"].members.remove("U3")
    assert await people.on_desk(joke, DESK)
    clock.advance(minutes=3)
    assert not await people.on_desk(joke, DESK)


@pytest.mark.parametrize("change", ["private", "shared"])
async def test_nobody_is_at_the_desk_in_a_channel_that_others_can_read(
    people: SlackPeople, slack: FakeSlack, change: str
) -> None:
    setattr(slack.methods.channels["G1"], change, change == "shared")
    assert not await people.on_desk(Person("U3"), DESK)


async def test_while_slack_is_away_the_last_answer_holds_for_ten_minutes(
    people: SlackPeople, slack: FakeSlack, clock: FakeClock
) -> None:
    broken = [Answer({"ok": False, "error": "internal_error"}, status=500)]
    assert await people.on_desk(Person("U3"), DESK)
    clock.advance(minutes=5)
    slack.will_say("conversations.info", *broken)
    assert await people.on_desk(Person("U3"), DESK)
    clock.advance(minutes=6)
    slack.will_say("conversations.info", *broken)
    with pytest.raises(StoreError):
        await people.on_desk(Person("U3"), DESK)


async def test_a_channel_that_is_gone_leaves_nobody_at_the_desk_and_askers_alone(
    people: SlackPeople, slack: FakeSlack
) -> None:
    slack.methods.channels["G1"].members.remove(slack.methods.bot)
    assert not await people.on_desk(Person("U3"), DESK)


async def test_an_unknown_account_is_no_profile(people: SlackPeople) -> None:
    with pytest.raises(StoreError):
        await people.profile(Person("U404"), ANYWHERE)


# Sending


async def test_a_message_is_posted_edited_in_place_and_found_by_its_key(sender: SlackSender, slack: FakeSlack) -> None:
    first = await sender.send(DESK, reply("Zaak 1"), "1.1.0", "")
    assert await sender.find(DESK, "1.1.0") == first and await sender.find(DESK, "1.1") is None
    assert await sender.send(DESK, reply("Zaak 1, opgepakt"), "1.2.0", first) == first
    [card] = slack.methods.shown("G1")
    assert "opgepakt" in card["text"]
    assert all(len(json.dumps(call["metadata"])) < 8000 for call in slack.messages)


async def test_a_message_that_is_gone_is_posted_anew(sender: SlackSender, slack: FakeSlack) -> None:
    first = await sender.send(DESK, reply(), "1.1.0", "")
    slack.methods.shown("G1").clear()
    second = await sender.send(DESK, reply(), "1.2.0", first)
    assert second != first and len(slack.methods.shown("G1")) == 1


async def test_a_long_reply_is_several_messages_and_stays_so_when_it_is_edited(
    sender: SlackSender, slack: FakeSlack
) -> None:
    long = await sender.send(DESK, reply("Zaak", 120), "1.1.0", "")
    assert len(long.split()) == len(slack.methods.shown("G1")) == 3
    assert await sender.find(DESK, "1.1.0") == long
    short = await sender.send(DESK, reply("Zaak", 60), "1.2.0", long)
    assert short.split() == long.split()[:2] and len(slack.methods.shown("G1")) == 2
    longer = await sender.send(DESK, reply("Zaak", 120), "1.3.0", short)
    assert longer.split()[:2] == short.split() and len(slack.methods.shown("G1")) == 3


async def test_a_reply_of_which_a_part_is_missing_is_not_found(sender: SlackSender, slack: FakeSlack) -> None:
    await sender.send(DESK, reply("Zaak", 120), "1.1.0", "")
    slack.methods.shown("G1").pop(1)
    assert await sender.find(DESK, "1.1.0") is None


async def test_what_is_for_one_person_goes_to_the_direct_message_and_is_found_there(
    sender: SlackSender, slack: FakeSlack
) -> None:
    place = await sender.locate("karel@unicoz.nl", "7.1.0")
    assert place == alone("U2")
    sent = await sender.send(place, reply(), "1.1.0", "")
    assert slack.methods.shown("DU2")[0]["ts"] == sent == await sender.find(place, "1.1.0")
    threaded = await sender.send(alone("U2", "1.1"), reply(), "1.1.1", "")
    assert await sender.find(alone("U2", "1.1"), "1.1.1") == threaded


@pytest.mark.parametrize(
    ("person", "place"),
    [
        ("gast@unicoz.nl", None),
        ("niemand@unicoz.nl", None),
        ("teams:29:x", None),
        ("slack:U1", alone("U1")),
        ("fatima@unicoz.nl", alone("U1")),
    ],
)
async def test_somebody_is_found_by_address_or_account(sender: SlackSender, person: str, place: Address | None) -> None:
    assert await sender.locate(person, "7.1.0") == place


NOT_SENT = [
    (Answer({"ok": False, "error": "ratelimited"}, 429, {"Retry-After": "7"}), (7.0, True, False), "rustiger"),
    (Answer({"ok": False, "error": "service_unavailable"}, 503), (None, True, False), "Slack ligt eruit."),
    (Answer({"ok": False, "error": "not_in_channel"}), (None, False, True), "/invite @Protocolwijzer"),
    (Answer({"ok": False, "error": "account_inactive"}), (None, True, True), "Installeer die opnieuw"),
    (Answer({"ok": False, "error": "token_revoked"}), (None, True, True), "nieuwe token"),
    (Answer({"ok": False, "error": "missing_scope", "needed": "chat:write"}), (None, False, True), "Nodig is: chat"),
    (Answer({"ok": False, "error": "nooit_gezien"}), (None, False, True), "nooit_gezien"),
]


@pytest.mark.parametrize(("answer", "kind", "said"), NOT_SENT)
async def test_what_slack_certainly_did_not_take_is_told_in_words(
    sender: SlackSender, slack: FakeSlack, answer: Answer, kind: tuple[float | None, bool, bool], said: str
) -> None:
    slack.will_say("chat.postMessage", answer)
    with pytest.raises(NotSentError) as caught:
        await sender.send(DESK, reply(), "1.1.0", "")
    error = caught.value
    assert (error.retry_after, error.platform_down, error.blocked) == kind
    assert said in error.why
    assert len(slack.messages) == 1, "the courier repeats, never the SDK"


@pytest.mark.parametrize("error", ["fatal_error", "internal_error"])
async def test_what_slack_may_have_taken_is_unknown(sender: SlackSender, slack: FakeSlack, error: str) -> None:
    slack.will_say("chat.postMessage", Answer({"ok": False, "error": error}, 500, done=True))
    with pytest.raises(OutcomeUnknownError):
        await sender.send(DESK, reply(), "1.1.0", "")
    assert await sender.find(DESK, "1.1.0") == slack.methods.shown("G1")[0]["ts"]


async def test_an_answer_that_is_not_slacks_is_unknown(sender: SlackSender, slack: FakeSlack) -> None:
    slack.will_say("chat.postMessage", Answer({}, 502))
    with pytest.raises(OutcomeUnknownError):
        await sender.send(DESK, reply(), "1.1.0", "")


async def test_nobody_listening_is_certainly_not_sent(clock: FakeClock) -> None:
    async with FakeSlack() as gone:
        url = gone.url
    async with aiohttp.ClientSession() as session:
        client = AsyncWebClient(token=TOKEN, base_url=url, retry_handlers=[], session=session)

        async def no_desk() -> tuple[Address, ...]:
            return ()

        sender = SlackSender(client, SlackPeople(client, clock, no_desk), Rooms())
        with pytest.raises(NotSentError) as caught:
            await sender.send(DESK, reply(), "1.1.0", "")
    assert caught.value.platform_down


async def test_a_case_says_what_could_not_be_delivered_and_why(slack: FakeSlack, start: Callable[..., Any]) -> None:
    line = Http(await start(**slack.settings))
    await User(slack, line, "UADMIN").commands("koppel", "G1")
    teacher = User(slack, line, "U1")
    form = await open_form(teacher)
    slack.methods.channels["D1"].members.remove(slack.methods.bot)
    assert await teacher.submits(form) == {"response_action": "clear"}
    said = "Kon niet worden bezorgd: Protocolwijzer is geen lid van het kanaal."
    await slack.happens(lambda: any(said in shown(card["blocks"]) for card in slack.methods.shown("G1")))


# For the operator


def on(slack: FakeSlack, **more: str) -> Settings:
    return settings(**slack.settings, **more)


async def test_the_operator_hears_nothing_when_all_is_well_or_slack_is_off(slack: FakeSlack) -> None:
    assert await problems(on(slack), [DESK]) == []
    assert await problems(on(slack, slack_desk_channel="G1"), []) == []
    assert await problems(settings(), []) == []
    assert await problems(settings(**slack.socket_settings), [DESK]) == []


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (lambda slack: slack.methods.scopes.discard("groups:history"), "de app mist groups:history."),
        (lambda slack: setattr(slack.methods.channels["G1"], "private", False), "is openbaar."),
        (lambda slack: slack.methods.channels["G1"].members.remove(slack.methods.bot), "Nodig de app er uit."),
        (lambda slack: slack.will_say("auth.test", Answer({"ok": False, "error": "token_revoked"})), "ingetrokken"),
        (lambda slack: slack.will_say("auth.test", Answer({"ok": False, "error": "account_inactive"})), "verwijderd"),
    ],
)
async def test_the_operator_hears_in_words_what_to_mend(
    slack: FakeSlack, broken: Callable[[FakeSlack], None], said: str
) -> None:
    broken(slack)
    [told] = await problems(on(slack), [DESK])
    assert told.startswith("Slack: ") and said in told


async def test_the_operator_hears_of_a_desk_that_is_not_there_and_of_a_wrong_app_token(slack: FakeSlack) -> None:
    wrong = settings(**{**slack.socket_settings, "slack_app_token": "xapp-wrong"})
    desk, token = await problems(wrong, [])
    assert "/protocol koppel" in desk and "app-token" in token


async def test_an_answer_for_one_comes_in_the_direct_message_when_its_address_has_run_out(
    slack: FakeSlack, start: Callable[..., Any]
) -> None:
    line = Http(await start(**slack.settings))
    joke = User(slack, line, "U3")
    await User(slack, line, "UADMIN").commands("koppel", "G1")
    slack.addresses_work = False
    press = {"type": "button", "action_id": "press-0", "block_id": "b", "value": '["case", "claim 9", "nl"]'}
    await joke.presses(press, {"channel": "G1", "ts": "1.1"})
    await slack.happens(lambda: "DU3" in slack.methods.channels and bool(slack.methods.shown("DU3")))
    assert "Zaak 9 is niet voor jou." in slack.methods.shown("DU3")[0]["text"]
