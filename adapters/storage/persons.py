"""One person in the tables: where they stand, and how they are erased there."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Row, Select, String, cast, delete, func, literal, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.places import PERSON
from adapters.storage.tables import accounts, case_events, cases, chosen_managers, deliveries, places, proposals
from bot.events import Address
from bot.growth.proposal import State
from bot.handoff.case import ERASED, OPEN, Status
from bot.handoff.holdings import Chat, Decided, SeenAccount, Told
from bot.handoff.people import Account


def steps_elsewhere(person: str) -> Select[Any]:
    """Select the steps that a person took in cases of others."""
    others = select(cases.c.number).where(cases.c.asker != person)
    query = select(case_events).where(case_events.c.by == person, case_events.c.number.in_(others))
    return query.order_by(case_events.c.number, case_events.c.version)


def steps_in_own(person: str) -> Select[Any]:
    """Select all steps of a person's own cases."""
    own = select(cases.c.number).where(cases.c.asker == person)
    return (
        select(case_events).where(case_events.c.number.in_(own)).order_by(case_events.c.number, case_events.c.version)
    )


def open_with(person: str) -> Select[Any]:
    """Select the open cases that a person asked, or that lie with them."""
    named = or_(cases.c.asker == person, cases.c.manager == person, cases.c.claimer == person)
    return select(cases).where(cases.c.status.in_(OPEN), named).order_by(cases.c.number)


def answering(person: str) -> Select[Any]:
    """Select the cases of others that lie or lay with a person."""
    with_them = or_(cases.c.manager == person, cases.c.claimer == person)
    return select(cases).where(cases.c.asker != person, with_them).order_by(cases.c.number)


def touching(person: str) -> Select[Any]:
    """Select the numbers of the cases in which a person stands at all, as asker or otherwise."""
    steps = select(case_events.c.number).where(case_events.c.by == person)
    named = (cases.c.asker == person, cases.c.manager == person, cases.c.claimer == person)
    return select(cases.c.number).where(or_(*named, cases.c.number.in_(steps))).order_by(cases.c.number)


async def seen_accounts(connection: AsyncConnection, person: str) -> tuple[SeenAccount, ...]:
    query = select(accounts).where(accounts.c.person == person).order_by(accounts.c.platform, accounts.c.account)
    return tuple(SeenAccount(account_of(row), row.seen_at) for row in await connection.execute(query))


async def chats(connection: AsyncConnection, person: str) -> tuple[Chat, ...]:
    query = select(places).where(_place_of(person)).order_by(places.c.conversation)
    return tuple(
        Chat(row.account, row.email, row.conversation, row.service_url, row.seen_at)
        for row in await connection.execute(query)
    )


async def chosen_by(connection: AsyncConnection, person: str) -> int:
    """Return how many others chose this person as their manager."""
    query = select(func.count()).select_from(chosen_managers).where(chosen_managers.c.manager == person)
    return (await connection.execute(query)).scalar_one()


async def told(connection: AsyncConnection, person: str) -> tuple[Told, ...]:
    query = select(deliveries).where(_addressed(person)).order_by(deliveries.c.id)
    return tuple(
        Told(row.number, row.kind, row.platform, row.state, row.created, row.sent_at)
        for row in await connection.execute(query)
    )


async def decided(connection: AsyncConnection, person: str) -> tuple[Decided, ...]:
    """Return the proposals that a person made or decided."""
    theirs = or_(proposals.c.proposer == person, proposals.c.decider == person)
    return tuple(
        Decided(
            row.number,
            row.question,
            row.state,
            row.proposed_at if row.proposer == person else None,
            row.decided_at if row.decider == person else None,
        )
        for row in await connection.execute(select(proposals).where(theirs).order_by(proposals.c.number))
    )


async def erase(connection: AsyncConnection, person: str) -> None:
    """Take a person out of all tables: their cases stay as counts, without text; so do their steps in other cases.

    What they told others as an answer stays those others', without a name; so does what they made part of the
    knowledge, which names nobody. What they proposed and nobody approved yet is withdrawn: nobody could tell any more
    that it is not their own that they approve.
    """
    own = select(cases.c.number).where(cases.c.asker == person)
    taken = case_events.c.by == person
    for statement in (
        delete(deliveries).where(_addressed(person)),  # first: it looks at what goes next
        update(case_events).where(case_events.c.number.in_(own)).values(text=""),
        update(case_events).where(taken).values(by=ERASED.id, by_name=""),
        update(cases)
        .where(cases.c.asker == person)
        .values(
            asker=ERASED.id,
            asker_name="",
            text="",
            note="",
            conversation="",
            thread="",
            opened_by=literal(f"{ERASED.id} ") + cast(cases.c.number, String),
        ),
        # nobody can answer what came in while the person was being forgotten: it must not stay open, or taken
        update(cases)
        .where(cases.c.asker == ERASED.id, cases.c.status.in_(OPEN))
        .values(status=Status.WITHDRAWN, remind_at=None, escalate_at=None),
        update(cases)
        .where(cases.c.claimer == person, cases.c.status.in_(OPEN))
        .values(status=Status.NEW, claimer=None, claimer_name=None),
        update(cases)
        .where(cases.c.manager == person)
        .values(manager=None, manager_name=None, handler="communications", at_desk=True),
        update(cases).where(cases.c.claimer == person).values(claimer=ERASED.id, claimer_name=""),
        update(proposals)
        .where(proposals.c.proposer == person, proposals.c.state == State.WAITING)
        .values(state=State.WITHDRAWN),
        update(proposals)
        .where(proposals.c.proposer == person)
        .values(
            proposer=ERASED.id,
            proposer_name="",
            key=literal(f"{ERASED.id} ") + cast(proposals.c.number, String),
        ),
        update(proposals).where(proposals.c.decider == person).values(decider=ERASED.id, decider_name=""),
        delete(places).where(_place_of(person)),  # before the accounts: it looks at them
        delete(accounts).where(accounts.c.person == person),
        delete(chosen_managers).where(or_(chosen_managers.c.person == person, chosen_managers.c.manager == person)),
    ):
        await connection.execute(statement)


def account_of(row: Row[Any]) -> Account:
    return Account(
        row.platform,
        row.account,
        row.person,
        row.name,
        Address(row.platform, row.conversation, row.thread),
        row.language or None,
    )


def _addressed(person: str) -> ColumnElement[bool]:
    """Say of a delivery whether it goes to this person: by name, or to a place that is theirs alone."""
    place = tuple_(deliveries.c.platform, deliveries.c.conversation)
    at_account = select(accounts.c.platform, accounts.c.conversation).where(accounts.c.person == person)
    at_case = select(cases.c.platform, cases.c.conversation).where(cases.c.asker == person, cases.c.private)
    return or_(deliveries.c.person == person, place.in_(at_account), place.in_(at_case))


def _place_of(person: str) -> ColumnElement[bool]:
    """Say of a place whether it is a chat with this person: by their address, or by an account that is theirs."""
    seen = select(accounts.c.account).where(accounts.c.person == person)
    instead = select(literal(PERSON) + accounts.c.account).where(accounts.c.person == person)
    theirs = [places.c.email == person, places.c.account.in_(seen), places.c.conversation.in_(instead)]
    _, is_account, account = person.partition(":")  # who has no address of the organisation
    if is_account and account:
        theirs += [places.c.account == account, places.c.conversation == f"{PERSON}{account}"]
    return or_(*theirs)
