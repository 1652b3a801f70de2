"""Repeats have one effect; slowness and outages are met in time, and nothing that was typed is lost."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from adapters.slack.people import SlackPeople
from adapters.storage.case_store import CaseStore
from bot.ports import StoreError
from tests.conftest import Server
from tests.fakes.slack import Answer, FakeSlack
from tests.fakes.slack_payloads import finished
from tests.fakes.slack_user import Http, User, button, shown
from tests.test_slack_places import QUESTION, hand_off

Start = Callable[..., Any]
IN_TIME = 3.0  # seconds that Slack waits


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    async with FakeSlack() as fake:
        yield fake


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
async def server(slack: FakeSlack, start: Start, data: Path) -> Server:
    begun: Server = await start(**slack.settings, data=data)
    return begun


@pytest.fixture
def school(server: Server, slack: FakeSlack) -> Callable[[str], User]:
    return lambda account: User(slack, Http(server), account)


@pytest.fixture
def teacher(school: Callable[[str], User]) -> User:
    return school("U1")


@pytest.fixture
def locked(data: Path) -> Callable[[], Awaitable[sqlite3.Connection]]:
    """Return a function that keeps everybody else from writing into the database until it is closed."""

    async def lock() -> sqlite3.Connection:
        connection = sqlite3.connect(data / "unicoz.sqlite3", isolation_level=None, timeout=0)
        while True:
            try:
                if connection.execute("SELECT count(*) FROM deliveries WHERE state != 'sent'").fetchone()[0]:
                    await asyncio.sleep(0)  # what arrived is not recorded yet: it would wait for its lease to end
                    continue
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:  # the server, in this very loop, is in the middle of a transaction
                await asyncio.sleep(0)
            else:
                return connection

    return lock


async def open_form(teacher: User) -> dict[str, Any]:
    """Ask, and open the form that brings the question to communications."""
    slack = teacher.slack
    await teacher.says(QUESTION)
    await finished(slack)
    answer = slack.methods.shown("D1")[-1]
    await teacher.presses(button(answer["blocks"], "Vraag communicatie"), answer)
    await finished(slack)
    return slack.methods.views[-1]


# Repeats


async def test_an_event_that_is_sent_four_times_has_one_effect(teacher: User, slack: FakeSlack) -> None:
    said = {"type": "message", "channel": "D1", "channel_type": "im", "text": QUESTION, "ts": "1.1"}
    for tries in range(4):
        assert await teacher.event(said, "EvSAME", tries) == 200
    assert len(await finished(slack)) == 1


async def test_a_mention_that_also_comes_as_a_message_has_one_effect(teacher: User, slack: FakeSlack) -> None:
    await teacher.says(QUESTION, "C1", ts="1.1")
    await teacher.mentions(QUESTION, "C1", ts="1.1")
    await teacher.says(QUESTION, ts="2.1")
    await teacher.mentions(QUESTION, "D1", ts="2.1")
    assert [message["channel"] for message in await finished(slack)] == ["C1", "D1"]


async def test_a_double_click_has_one_effect(teacher: User, slack: FakeSlack) -> None:
    await teacher.says("overzicht")
    await finished(slack)
    [overview] = slack.methods.shown("D1")
    [first, *_] = [one for one in overview["blocks"] if one["type"] == "actions"]
    pressed = {**first["elements"][0], "block_id": first["block_id"]}
    for at in ("1700000000.1", "1700000000.4"):
        await teacher.presses({**pressed, "action_ts": at}, overview)
    assert len(await finished(slack)) == 2
    await teacher.presses({**pressed, "action_ts": "1700000009.0"}, overview)
    assert len(await finished(slack)) == 3


async def test_a_double_click_on_a_case_takes_one_step(school: Callable[[str], User], slack: FakeSlack) -> None:
    await school("UADMIN").commands("koppel", "G1")
    await hand_off(school("U1"))
    await slack.happens(lambda: bool(slack.methods.shown("G1")))
    card = slack.methods.shown("G1")[0]
    claim = button(card["blocks"], "Pak op")
    for account in ("U3", "U3", "UADMIN"):
        await school(account).presses({**claim, "action_ts": "1700000000.1"}, dict(card))
    await slack.happens(lambda: "Opgepakt door: Joke" in shown(slack.methods.shown("G1")[0]["blocks"]))
    await finished(slack)
    [refused] = slack.called("respond")
    assert "Joke heeft zaak 1 al opgepakt." in shown(refused["blocks"])


async def test_a_form_sent_twice_opens_one_case(teacher: User, slack: FakeSlack) -> None:
    form = await open_form(teacher)
    answers = await asyncio.gather(teacher.submits(form), teacher.submits(form))
    assert {"response_action": "clear"} in answers
    await teacher.submits({**form, "hash": "another"})  # also when it is not recognised in memory
    assert "Zaak 2" not in str((await teacher.commands("mijn vragen"))["blocks"])


# Slack is slow


async def test_everything_is_acknowledged_in_time_while_slack_is_slow(teacher: User, slack: FakeSlack) -> None:
    form = await open_form(teacher)
    slack.hold(
        "chat.postMessage", "users.info", "conversations.open", "views.open", "views.publish", "users.lookupByEmail"
    )
    started = time.monotonic()
    assert await teacher.says(QUESTION) == 200
    assert await teacher.mentions(QUESTION) == 200
    assert time.monotonic() - started < 1.0, "a plain question waits for nothing"
    for work in (
        teacher.commands(QUESTION),
        teacher.chooses("check_draft"),
        teacher.chooses("check_message", "Een bericht"),
        teacher.submits(form),
        teacher.event({"type": "app_home_opened", "tab": "home", "channel": "D1"}),
    ):
        started = time.monotonic()
        await work
        assert time.monotonic() - started < IN_TIME
    slack.release()
    await finished(slack)
    assert len(slack.methods.shown("D1")) >= 2 and len(slack.methods.shown("C1")) == 1


async def test_a_form_keeps_what_was_typed_while_slack_does_not_say_who_sends_it(
    school: Callable[[str], User], slack: FakeSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = await open_form(school("U1"))

    async def unknown(self: SlackPeople, user: str) -> None:
        raise StoreError("Slack does not say who this is.")

    with monkeypatch.context() as context:
        context.setattr(SlackPeople, "_user", unknown)
        kept = await school("U1").submits(form, note="Mijn toelichting")
    assert kept["response_action"] == "errors"
    assert list(kept["errors"].values()) == ["Versturen lukt nu niet. Je tekst staat er nog: probeer het zo nog eens."]
    assert await school("U1").submits(form, note="Mijn toelichting") == {"response_action": "clear"}


# The database is locked, or away


async def test_while_the_database_is_locked_a_form_says_so_in_time_and_keeps_what_was_typed(
    teacher: User, slack: FakeSlack, locked: Callable[[], Awaitable[sqlite3.Connection]]
) -> None:
    form = await open_form(teacher)
    lock = await locked()
    started = time.monotonic()
    shown_again = await teacher.submits(form, note="Mijn toelichting")
    took = time.monotonic() - started
    lock.close()
    assert took < IN_TIME
    if shown_again["response_action"] == "errors":
        assert "Je tekst staat er nog" in str(shown_again["errors"])
        again = form
    else:
        assert "Je tekst staat er nog" in shown(shown_again["view"]["blocks"])
        assert "Mijn toelichting" in str(shown_again["view"])
        again = {**form, **shown_again["view"], "hash": "another"}
    assert await teacher.submits(again, note="Mijn toelichting") == {"response_action": "clear"}


async def test_while_the_database_is_locked_plain_questions_are_answered(
    teacher: User, slack: FakeSlack, locked: Callable[[], Awaitable[sqlite3.Connection]]
) -> None:
    lock = await locked()
    started = time.monotonic()
    assert await teacher.says(QUESTION) == 200
    assert time.monotonic() - started < 1.0
    assert len(await finished(slack)) == 1
    lock.close()


async def test_an_event_that_needs_the_database_gets_503_until_it_is_back_and_at_last_a_sentence(
    teacher: User, slack: FakeSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"type": "message", "channel": "D1", "channel_type": "im", "text": "mijn vragen", "ts": "1.1"}
    with monkeypatch.context() as context:
        context.setattr(CaseStore, "reading", away)
        assert [await teacher.event(asked, "Ev1", tries) for tries in range(3)] == [503] * 3
        assert await teacher.event(asked, "Ev1", 3) == 200
        [sorry] = await finished(slack)
        assert "Dit lukt nu niet: ik kan niets opslaan." in sorry["text"]
    assert await teacher.event(asked, "Ev2") == 200
    assert "Je hebt nog geen vragen voorgelegd." in (await finished(slack))[1]["text"]


def away(self: CaseStore) -> Any:
    raise StoreError("The database is away.")


async def test_a_step_that_could_not_be_stored_is_said_and_can_be_taken_again(
    school: Callable[[str], User], slack: FakeSlack, locked: Callable[[], Awaitable[sqlite3.Connection]]
) -> None:
    await school("UADMIN").commands("koppel", "G1")
    await hand_off(school("U1"))
    await slack.happens(lambda: bool(slack.methods.shown("G1")) and len(slack.methods.shown("D1")) == 2)
    card = slack.methods.shown("G1")[0]
    claim = {**button(card["blocks"], "Pak op"), "action_ts": "1700000000.1"}
    lock = await locked()
    started = time.monotonic()
    assert await school("U3").presses(claim, card) == 200
    assert time.monotonic() - started < IN_TIME
    lock.close()
    await finished(slack)
    assert "Dit lukt nu niet: ik kan niets opslaan." in str(slack.called("respond") + slack.methods.shown("G1"))
    await school("U3").presses({**claim, "action_ts": "1700000000.9"}, card)
    await slack.happens(lambda: "Opgepakt door: Joke" in shown(slack.methods.shown("G1")[0]["blocks"]))


# Strangers


@pytest.mark.parametrize(
    "stranger",
    [{"team_id": "T9"}, {"team": {"id": "T9"}}, {"team_id": ""}],
)
async def test_another_workspaces_event_is_ignored_and_counted(
    server: Server, slack: FakeSlack, stranger: dict[str, Any]
) -> None:
    event = {"type": "message", "channel": "D1", "channel_type": "im", "user": "U1", "text": QUESTION, "ts": "1.1"}
    payload = {"type": "event_callback", "event_id": "Ev1", "event": event, **stranger}
    assert (await Http(server).send("events_api", payload))[0] == 200
    assert await finished(slack) == []
    async with server.client.get("/metrics") as response:
        counted = 'protocolwijzer_refused_total{platform="slack",why="other workspace"} 1.0'
        assert counted in await response.text()


async def test_a_reply_is_tried_again_when_slack_breaks_once(
    teacher: User, slack: FakeSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("random.random", lambda: 0.0)
    slack.will_say("chat.postMessage", Answer({"ok": False, "error": "fatal_error"}, status=503))
    await teacher.says(QUESTION)
    await finished(slack)
    assert len(slack.methods.shown("D1")) == 1 and len(slack.messages) == 2
