"""Delivering: in order, once, through outages, and visibly given up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import aiohttp
import pytest

from adapters.courier import Courier
from adapters.knowledge_source import KnowledgeSource
from adapters.metrics import Metrics
from adapters.sending import NotSentError
from adapters.storage.outbox import Arrived, Due
from bot.actions import Action
from bot.events import Address
from bot.handoff.case import Case, CaseEvent
from bot.ports import StoreError
from bot.replies import Reply
from tests.fakes.platform import FakePlatform, FakeSender
from tests.offices import FATIMA, JOKE, KAREL, Talking, email, office

DESK = Address("fake", "C-loket")


@dataclass
class Post:
    """An office with a courier to a platform over a socket. The clock moves only when a test moves it."""

    talking: Talking
    platform: FakePlatform
    courier: Courier
    failed: list[Due]

    async def deliver(self, rounds: int = 1) -> None:
        """Deliver all that is due now, and what becomes due by that."""
        for _ in range(rounds):
            while await self.courier._take():
                await self.courier.settle()

    async def pass_time(self, **by: float) -> None:
        self.talking.clock.advance(**by)
        await self.deliver()


@pytest.fixture
async def post(source: KnowledgeSource, database_url: str) -> AsyncIterator[Post]:
    platform = FakePlatform()
    await platform.start()
    staff = {email(FATIMA): (email(KAREL), "De Ark")}
    async with (
        office(database_url, source.engine, source.reviewer, staff) as talking,
        aiohttp.ClientSession() as session,
    ):
        async with talking.store.writing() as writing:
            await writing.set_desk(DESK)
        failed: list[Due] = []

        async def on_failure(due: Due) -> None:
            failed.append(due)

        def compose(due: Due, case: Case, events: Sequence[CaseEvent], undelivered: Sequence[str]) -> Reply:
            present = talking.hand_off.office.present
            return present.delivery(due.kind, case, events, due.version, undelivered, now=talking.clock.now())

        senders = {"fake": FakeSender(platform.url, session, timeout=0.3)}
        courier = Courier(
            talking.outbox,
            talking.store,
            senders,
            clock=talking.clock,
            metrics=Metrics(),
            compose=compose,
            on_failure=on_failure,
        )
        yield Post(talking, platform, courier, failed)
    await platform.stop()


async def test_a_card_is_posted_once_and_edited_in_place(post: Post) -> None:
    await post.talking.hand_off_to(Action.ASK_COMMUNICATIONS)
    await post.deliver()
    await post.talking.step(JOKE, "claim")
    await post.talking.advise(JOKE, "Ja.")
    await post.deliver()
    [card] = post.platform.at("C-loket")
    assert card.text == "Zaak 1 · beantwoord" and card.edits
    assert [message.text.split(" ·")[0] for message in post.platform.at("D-fatima")] == [
        "Zaak 1",
        "Antwoord op zaak 1 van de afdeling communicatie",
    ]


async def test_what_waits_is_edited_once(post: Post) -> None:
    await post.talking.hand_off_to(Action.ASK_COMMUNICATIONS)
    await post.deliver()
    for _ in range(3):
        await post.talking.step(JOKE, "claim")
        await post.talking.step(JOKE, "release")
    await post.deliver()
    assert len(post.platform.at("C-loket")[0].edits) == 1


@pytest.mark.parametrize("ill", ["429", "500"])
async def test_after_an_outage_everything_arrives_once_and_in_order(post: Post, ill: str) -> None:
    post.platform.ill = ill
    for _ in range(10):
        await post.talking.hand_off_to(Action.ASK_COMMUNICATIONS)
    for number in range(1, 11):
        await post.talking.advise(JOKE, "Ja.", number)
    await post.deliver()
    for _ in range(8):
        await post.pass_time(seconds=2)
    assert not post.platform.messages
    asked_while_ill = post.platform.requests
    assert asked_while_ill <= 12, "one probe at a time while it is down"
    post.platform.heal()
    for _ in range(40):
        await post.pass_time(seconds=20)
    assert post.platform.doubles() == []
    for number in range(1, 11):
        mine = [key for place, key in post.platform.order if place == "D-fatima" and key.startswith(f"{number}.")]
        assert [key.split(".")[1] for key in mine] == sorted(key.split(".")[1] for key in mine)
    assert len(post.platform.at("C-loket")) == 10
    assert (await post.talking.outbox.depth()).waiting == 0


async def test_one_broken_address_does_not_hold_up_the_others(post: Post) -> None:
    post.platform.broken.add("D-fatima")
    await post.talking.hand_off_to(Action.ASK_COMMUNICATIONS)
    await post.deliver()
    assert [message.text for message in post.platform.at("C-loket")] == ["Zaak 1 · nieuw"]
    [undelivered] = await post.talking.outbox.undelivered()
    assert undelivered.problem == "Deze plek bestaat niet." and not undelivered.given_up
    assert [due.kind for due in post.failed] == ["status"]


async def test_an_answer_that_never_came_is_looked_up_before_it_is_sent_again(post: Post) -> None:
    post.platform.ill = "silent"
    await post.talking.hand_off_to(Action.ASK_COMMUNICATIONS)
    await post.deliver()
    assert len(post.platform.messages) >= 1
    post.platform.heal()
    for _ in range(4):
        await post.pass_time(seconds=15)
    assert post.platform.doubles() == []
    assert len(post.platform.messages) == 2
    assert (await post.talking.outbox.depth()).waiting == 0


async def test_what_certainly_did_not_arrive_is_sent_after_the_look_up(post: Post) -> None:
    post.platform.ill = "deaf"
    await post.talking.hand_off_to(Action.ASK_COMMUNICATIONS)
    await post.deliver()
    post.platform.heal()
    for _ in range(4):
        await post.pass_time(seconds=15)
    assert len(post.platform.messages) == 2 and post.platform.doubles() == []


async def test_a_courier_that_died_while_sending_leaves_a_lease_and_nothing_is_doubled(post: Post) -> None:
    await post.talking.hand_off_to(Action.ASK_COMMUNICATIONS)
    outbox, now = post.talking.outbox, post.talking.clock.now
    taken = await outbox.take(now(), 10)
    sender = post.courier._senders["fake"]
    address = taken[0].address
    assert address
    card = await post.talking.step(JOKE, "show")
    assert isinstance(card, Reply)
    await sender.send(address, card, taken[0].key, "")  # it arrives, and then the courier dies
    assert await outbox.take(now(), 10) == []
    await post.pass_time(seconds=24)
    assert len(post.platform.messages) == 1
    await post.pass_time(seconds=2)
    assert post.platform.doubles() == [] and len(post.platform.messages) == 2


async def test_after_a_start_leases_last_only_as_long_as_a_request(post: Post) -> None:
    if post.talking.outbox._database.is_postgres:
        pytest.skip("another server may hold the lease: it ends by itself")
    await post.talking.hand_off_to(Action.ASK_COMMUNICATIONS)
    await post.talking.outbox.take(post.talking.clock.now(), 10)
    await post.talking.outbox.after_a_start(post.talking.clock.now())
    await post.pass_time(seconds=9)
    assert not post.platform.messages
    await post.pass_time(seconds=2)
    assert len(post.platform.messages) == 2


async def test_after_a_day_it_is_given_up_and_says_why(post: Post) -> None:
    post.platform.broken.add("D-fatima")
    await post.talking.hand_off_to(Action.ASK_COMMUNICATIONS)
    await post.deliver()
    await post.pass_time(hours=25)
    [undelivered] = await post.talking.outbox.undelivered()
    assert undelivered.given_up and undelivered.case == 1
    card = await post.talking.step(JOKE, "show")
    assert "Kon niet worden bezorgd: Deze plek bestaat niet." in str(card)


async def test_somebody_nobody_can_reach_is_given_up_at_once(post: Post) -> None:
    await post.talking.hand_off_to(Action.ASK_MANAGER, manager="onbekend@unicoz.nl")
    await post.deliver()
    assert [due.person for due in post.failed] == ["onbekend@unicoz.nl"]
    assert "nergens te bereiken" in (await post.talking.outbox.undelivered())[0].problem


async def test_a_platform_that_heals_after_more_than_a_day_is_used_again(post: Post) -> None:
    post.platform.ill = "500"
    await post.talking.hand_off_to(Action.ASK_COMMUNICATIONS)
    await post.deliver()
    for _ in range(30):
        await post.pass_time(hours=1)
    post.platform.heal()
    await post.talking.hand_off_to(Action.ASK_COMMUNICATIONS)
    for _ in range(4):
        await post.pass_time(minutes=20)
    assert {message.text for message in post.platform.messages.values()} >= {"Zaak 2 · nieuw"}
    assert (await post.talking.outbox.depth()).given_up == 2


async def test_a_database_that_stumbles_during_a_probe_leaves_the_platform_usable(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    post.platform.ill = "500"
    await post.talking.hand_off_to(Action.ASK_COMMUNICATIONS)
    await post.deliver()
    post.platform.heal()

    async def stumble(*_: object) -> str:
        raise StoreError("The database is away.")

    monkeypatch.setattr(post.courier, "_send", stumble)
    await post.pass_time(seconds=5)
    monkeypatch.undo()
    for _ in range(4):
        await post.pass_time(seconds=40)
    assert len(post.platform.messages) == 2


async def test_one_address_that_never_answers_holds_up_no_other_and_is_given_up(post: Post) -> None:
    post.platform.silent_at.add("D-fatima")
    await post.talking.hand_off_to(Action.ASK_COMMUNICATIONS)
    await post.deliver()
    for _ in range(3):
        await post.talking.hand_off_to(Action.ASK_COMMUNICATIONS)
        await post.pass_time(minutes=20)
    assert len(post.platform.at("C-loket")) == 4
    await post.pass_time(hours=25)
    await post.pass_time(hours=1)
    assert any(undelivered.given_up for undelivered in await post.talking.outbox.undelivered())


async def test_an_edit_that_is_refused_does_not_hold_up_the_answer(post: Post) -> None:
    await post.talking.hand_off_to(Action.ASK_COMMUNICATIONS)
    await post.deliver()
    post.platform.uneditable.add("D-fatima")
    await post.talking.step(JOKE, "claim")
    await post.deliver()
    await post.talking.advise(JOKE, "Ja.")
    await post.deliver()
    assert "Antwoord op zaak 1 van de afdeling communicatie" in [one.text for one in post.platform.at("D-fatima")]


async def test_a_clock_that_jumps_forward_doubles_nothing_that_is_being_sent(post: Post) -> None:
    await post.talking.hand_off_to(Action.ASK_COMMUNICATIONS)
    post.platform.latency = 0.2
    assert await post.courier._take()
    post.talking.clock.advance(seconds=40)
    await post.courier._take()
    await post.courier.settle()
    await post.deliver()
    assert post.platform.doubles() == [] and len(post.platform.messages) == 2


async def test_a_late_answer_does_not_overwrite_what_another_courier_recorded(post: Post) -> None:
    await post.talking.hand_off_to(Action.ASK_COMMUNICATIONS)
    outbox, clock = post.talking.outbox, post.talking.clock
    [late, *_] = await outbox.take(clock.now(), 1)
    clock.advance(seconds=30)
    [again, *_] = await outbox.take(clock.now(), 1)
    assert again.id == late.id and again.may_have_been_sent
    assert again.address
    await outbox.record([Arrived(again, again.address, "m1", clock.now())])
    await outbox.later(late, clock.now(), "te laat")
    assert late.id not in [due.id for due in await outbox.take(clock.now(), 10)]


async def test_an_urgent_case_goes_before_all_others(post: Post) -> None:
    for _ in range(12):
        await post.talking.hand_off_to(Action.ASK_COMMUNICATIONS)
    form = await post.talking.press(FATIMA, Action.ASK_COMMUNICATIONS, "richtlijn-7 urgent", asked="nu")
    await post.talking.fill(FATIMA, form)
    await post.deliver()
    assert "13" in {key.split(".")[0] for _, key in post.platform.order[:4]}


async def test_the_running_courier_delivers_when_woken(post: Post) -> None:
    running = asyncio.create_task(post.courier.run())
    await post.talking.hand_off_to(Action.ASK_COMMUNICATIONS)
    post.courier.wake()
    await post.platform.until(lambda: len(post.platform.messages) == 2)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await post.courier.settle()


class Unsure(FakeSender):
    """A platform that has its hands full when it is asked where somebody is."""

    async def locate(self, email: str, _key: str) -> Address | None:
        raise NotSentError("Het heeft het druk.", platform_down=True, retry_after=5)


async def test_a_platform_that_does_not_say_where_somebody_is_is_waited_for(post: Post) -> None:
    """The next platform would take them, and the manager would be passed over."""
    knows = post.courier._senders["fake"]
    assert isinstance(knows, FakeSender)
    post.courier._senders = {"busy": Unsure("http://127.0.0.1:1", knows._session, timeout=0.3), "fake": knows}
    await post.talking.hand_off_to(Action.ASK_MANAGER)
    await post.deliver()
    assert post.platform.at("D-karel") == [] and post.failed == []
    async with post.talking.store.reading() as reading:
        case = await reading.case(1)
    assert case is not None and case.handler == "manager"
    post.courier._senders = {"fake": knows}
    for _ in range(4):
        await post.pass_time(seconds=15)
    assert len(post.platform.at("D-karel")) == 1
