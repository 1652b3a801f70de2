"""Cases at work in the whole server: what nobody can be told does not go round in circles."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from aiohttp import web
from sqlalchemy import func, select

from adapters.knowledge_source import KnowledgeSource
from adapters.server import CASES, CONVERSATION, build
from adapters.storage.tables import deliveries
from bot.events import Address, Event, Person, Submitted
from bot.handoff.deliveries import Kind
from tests.conftest import settings


async def test_a_manager_nobody_can_reach_is_passed_over_once_and_the_case_goes_to_communications(
    source: KnowledgeSource,
) -> None:
    app = build(settings(demonstration=True), source)
    runner = web.AppRunner(app)
    await runner.setup()
    cases, teacher = app[CASES], "leerkracht@demo.unicoz.nl"
    values = {"text": "vraag", "to": "manager", "manager": "typefout@unicoz.nl", "once": "o1", "warned": "yes"}
    here = Address("web", teacher)
    event = Event("1", Person(teacher, "nl", "Fatima"), here, Submitted("hand-off", values), forms=True, reachable=True)
    await app[CONVERSATION].handle(event)

    async def count() -> tuple[int, int]:
        async with cases.database.reading() as connection:
            waiting = select(func.count()).where(deliveries.c.state.in_(("due", "sending", "unknown")))
            return (await connection.execute(waiting)).scalar_one(), (
                await connection.execute(select(func.count()).select_from(deliveries))
            ).scalar_one()

    with cases.changes() as changed:
        async with asyncio.timeout(60):
            while True:
                async with cases.store.reading() as reading:
                    case = await reading.case(1)
                if case and case.handler == "communications" and (await count())[0] == 0:
                    break
                changed.clear()
                try:
                    async with asyncio.timeout(0.2):
                        await changed.wait()
                except TimeoutError:
                    continue
    before = (await count())[1]
    await cases.courier._take()
    await cases.courier.settle()
    assert (await count()) == (0, before), "nothing goes round"
    delivered = await cases.delivered(Address("web", "communicatie@demo.unicoz.nl"), timedelta(days=1))
    assert {one.kind for one in delivered} == {"card"}  # a first card needs no reminder beside it
    await runner.cleanup()


async def test_who_is_unnamed_is_named_on_the_page_of_the_manager_alone_whom_they_asked(
    source: KnowledgeSource,
) -> None:
    app = build(settings(demonstration=True), source)
    runner = web.AppRunner(app)
    await runner.setup()
    teacher, manager = "leerkracht@demo.unicoz.nl", "leidinggevende@demo.unicoz.nl"
    values = {"text": "vraag", "to": "manager", "manager": manager, "unnamed": "yes", "once": "o1"}
    here = Address("web", teacher)
    event = Event("1", Person(teacher, "nl", "Fatima"), here, Submitted("hand-off", values), forms=True, reachable=True)
    await app[CONVERSATION].handle(event)
    to_manager = await app[CASES].compose(1, 1, Kind.CARD, manager)
    to_desk = await app[CASES].compose(1, 1, Kind.CARD, "communicatie@demo.unicoz.nl")
    await runner.cleanup()
    assert "Fatima" in str(to_manager) and to_desk and "Fatima" not in str(to_desk)
