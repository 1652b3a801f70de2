"""What an operator does: check the whole set-up, and look at cases."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import stat
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from zoneinfo import ZoneInfo

import click

from adapters.clock import SystemClock
from adapters.directory import DirectoryError, read_staff_list
from adapters.settings import Settings, SettingsError, read_encryption_keys, read_settings
from adapters.storage.case_store import CaseStore, Reading
from adapters.storage.database import DATABASE_ERRORS, DatabaseError, database_of
from adapters.storage.outbox import Outbox
from adapters.storage.rotating import Unsealed, to_rotate
from adapters.storage.sealing import Seal, SealError
from adapters.terminal.opening import opened
from bot.events import Address
from bot.handoff.case import OPEN, Case, CaseEvent, Status
from bot.handoff.hours import school_holidays_known
from bot.knowledge import Knowledge, KnowledgeError, load
from bot.ports import StoreError

_LATE = 300  # seconds after which a delivery that waits deserves a word
_MOST = 100_000  # cases of one export

Grade = Literal["ok", "let op", "fout"]


@dataclass(frozen=True, slots=True)
class Checked:
    """One thing that `doctor` looked at, and what to do about it."""

    grade: Grade
    what: str


@click.command()
def doctor() -> None:
    """Check the whole set-up: settings, knowledge, staff list, database, deliveries, time zone and holidays.

    A line each; the exit status is 1 when something is wrong ("fout"), 0 when it works or only deserves a look ("let
    op").
    """
    try:
        settings = read_settings()
    except SettingsError as error:
        found = [Checked("fout", line) for line in str(error).splitlines()]
    else:
        found = asyncio.run(examine(settings))
    for checked in found:
        click.secho(
            f"{checked.grade:6}  ", nl=False, fg={"ok": "green", "let op": "yellow", "fout": "red"}[checked.grade]
        )
        click.echo(checked.what)
    sys.exit(any(checked.grade == "fout" for checked in found))


async def examine(settings: Settings) -> list[Checked]:
    """Return everything that was looked at, in the order in which one would mend it."""
    found = [Checked("ok", f"Instellingen gelezen; luistert op {settings.host}:{settings.port}.")]
    found += _identity(settings)
    try:
        knowledge = load(settings.knowledge_folder)
    except KnowledgeError as error:
        found += [Checked("fout", str(problem)) for problem in error.problems]
    else:
        found += _knowledge(knowledge)
    found += _staff(settings)
    found += _encryption(settings)
    found += await _database(settings)
    found += [Checked("fout", line) for line in await _platforms(settings)]
    return found


def _identity(settings: Settings) -> Iterator[Checked]:
    if settings.demonstrating:
        yield Checked("let op", "De webpagina toont verzonnen mensen. Alleen om te proberen, op deze computer.")
    elif settings.identity_header:
        yield Checked("ok", f"Wie is aangemeld, zegt de proxy in {settings.identity_header}.")
        if not settings.desk_members:
            yield Checked("let op", "Niemand is communicatie op de webpagina: zet PROTOCOLWIJZER_DESK_MEMBERS.")
    else:
        yield Checked("ok", "De webpagina beantwoordt vragen; voorleggen kan daar niet, want niemand is aangemeld.")
    on = [name for name, is_on in (("Slack", settings.slack_on), ("Teams", settings.teams_on)) if is_on]
    yield Checked("ok", f"Platforms aan: {', '.join(on) or 'geen'}.")


def _knowledge(knowledge: Knowledge) -> Iterator[Checked]:
    organisation = knowledge.organisation
    yield Checked("ok", f"{organisation.name}: {len(knowledge.sections)} onderdelen, versie {knowledge.fingerprint}.")
    year = datetime.now(UTC).astimezone(ZoneInfo(organisation.hours.zone)).year
    if not school_holidays_known(organisation.hours, year + 1):
        yield Checked(
            "let op", f"De schoolvakanties van {year + 1} zijn niet bekend: zet ze bij 'closed' in organisation.yaml."
        )
    if not organisation.fallback:
        yield Checked(
            "let op", "Er is geen vervanger als communicatie niet reageert: zet 'fallback' in organisation.yaml."
        )
    now = datetime.now(ZoneInfo(organisation.hours.zone))
    yield Checked("ok", f"Tijdzone {organisation.hours.zone}: het is nu {now:%d-%m-%Y %H:%M}.")


def _staff(settings: Settings) -> Iterator[Checked]:
    try:
        staff = read_staff_list(settings.staff_list)
    except DirectoryError as error:
        yield Checked("fout", str(error))
        return
    if settings.staff_list is None:
        yield Checked("let op", "Er is geen personeelslijst: mensen kiezen zelf hun leidinggevende.")
    else:
        yield Checked("ok", f"Personeelslijst: {len(staff.managers)} mensen.")


def _encryption(settings: Settings) -> Iterator[Checked]:
    try:
        keys = read_encryption_keys(settings)
    except SettingsError as error:
        yield Checked("fout", str(error))
        return
    if not keys:
        yield Checked(
            "let op",
            "Teksten en namen staan onversleuteld in de database. protocolwijzer privacy new-key maakt een sleutel; "
            "zet die buiten de gegevensmap in een bestand en noem het in PROTOCOLWIJZER_ENCRYPTION_KEY_FILE.",
        )
        return
    try:
        Seal(keys)
    except SealError as error:
        yield Checked("fout", str(error))
        return
    number = f"{len(keys)} sleutel{'s' if len(keys) > 1 else ''}"
    yield Checked("ok", f"Nieuwe teksten en namen worden versleuteld; {number}.")
    file = settings.encryption_key_file
    if file and os.name == "posix" and file.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
        yield Checked("let op", f"Anderen kunnen {file} lezen: chmod 600 {file}.")


async def _database(settings: Settings) -> list[Checked]:
    try:
        database = database_of(settings)
    except DatabaseError:
        return [Checked("let op", "De database is niet nagekeken: eerst moeten de sleutels kloppen.")]
    where = database.url.render_as_string(hide_password=True)
    if not database.is_there():
        return [Checked("let op", f"Database {where} is er nog niet: de eerste start maakt die.")]
    try:
        if not await database.is_current():
            return [Checked("let op", f"Database {where} is nog niet bijgewerkt: dat gebeurt bij de start.")]
        await database.check_keys()
        found = [Checked("ok", f"Database {where} is bij.")]
        if database.seal.is_on:
            found += _sealed(await to_rotate(database))
        found += await _deliveries(Outbox(database))
    except DatabaseError as error:
        return [Checked("fout", str(error))]
    except DATABASE_ERRORS as error:
        return [
            Checked("fout", f"Database {where} is onbereikbaar: {type(error).__name__}. Zie PROTOCOLWIJZER_DATABASE.")
        ]
    finally:
        await database.close()
    return found


def _sealed(unsealed: Unsealed) -> Iterator[Checked]:
    remedy = "protocolwijzer privacy rotate"
    if unsealed.plain:
        yield Checked("let op", f"{unsealed.plain} teksten en namen staan nog onversleuteld in de database: {remedy}.")
    if unsealed.older:
        yield Checked("let op", f"{unsealed.older} teksten zijn met een oudere sleutel versleuteld: {remedy}.")
    if not unsealed.all:
        yield Checked("ok", "Alle teksten en namen in de database zijn versleuteld met de eerste sleutel.")


async def _platforms(settings: Settings) -> list[str]:
    """Return what keeps a platform that is on from working."""
    from adapters.slack.problems import problems as of_slack  # noqa: PLC0415 (an SDK takes time to load)
    from adapters.teams.problems import problems as of_teams  # noqa: PLC0415

    if not (settings.slack_on or settings.teams_on):
        return []
    database, desks = database_of(settings), tuple[Address, ...]()
    try:
        with contextlib.suppress(StoreError):  # said already
            async with CaseStore(database, SystemClock()).reading() as reading:
                desks = await reading.desks()
    finally:
        await database.close()
    return [*await of_slack(settings, desks), *await of_teams(settings, desks)]


async def _deliveries(outbox: Outbox) -> list[Checked]:
    depth = await outbox.depth()
    age = (SystemClock().now() - depth.oldest).total_seconds() if depth.oldest else 0
    grade: Grade = "let op" if age > _LATE else "ok"
    found = [Checked(grade, f"Te bezorgen: {depth.waiting}; de oudste wacht {age:.0f} s.")]
    for lost in await outbox.undelivered():
        done = "opgegeven" if lost.given_up else "wordt opnieuw geprobeerd"
        found.append(Checked("fout", f"Zaak {lost.case}: {lost.kind} niet bezorgd ({done}): {lost.problem}"))
    return found


@click.group()
def cases() -> None:
    """The cases in the database. Whoever may run this sees everything: it is for the operator."""


@cases.command("list")
@click.option(
    "--status",
    "statuses",
    multiple=True,
    type=click.Choice([status.value for status in Status]),
    help="Only these; may be given more than once.",
)
@click.option("--all", "everything", is_flag=True, help="Ended ones too.")
def list_cases(statuses: tuple[str, ...], everything: bool) -> None:
    """List the open cases: number, status, who answers, since when. No texts."""
    wanted = tuple(Status(status) for status in statuses) or (tuple(Status) if everything else OPEN)

    async def listed() -> None:
        async with _reading() as reading:
            for case in await reading.cases(wanted, limit=_MOST):
                urgent = " dringend" if case.urgent else ""
                click.echo(f"{case.number:6}  {case.status:18} {case.handler:15} {case.created:%Y-%m-%d %H:%M}{urgent}")

    asyncio.run(listed())


@cases.command("show")
@click.argument("number", type=int)
def show_case(number: int) -> None:
    """Show one case with all its steps, as JSON."""

    async def shown() -> None:
        async with _reading() as reading:
            case = await reading.case(number)
            if case is None:
                raise click.ClickException(f"There is no case {number}. protocolwijzer cases list --all shows all.")
            row = _row(case, await reading.events(number))
        click.echo(json.dumps(row, ensure_ascii=False, indent=2))

    asyncio.run(shown())


@cases.command("export")
def export_cases() -> None:
    """Write all cases with their steps to standard output, one JSON object a line."""

    async def exported() -> None:
        async with _reading() as reading:
            for case in await reading.cases(tuple(Status), limit=_MOST):
                click.echo(json.dumps(_row(case, await reading.events(case.number)), ensure_ascii=False))

    asyncio.run(exported())


@asynccontextmanager
async def _reading() -> AsyncIterator[Reading]:
    try:
        settings = read_settings()
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    async with opened(settings) as database, database.reading() as connection:  # an export may take its time
        yield Reading(connection)


def _row(case: Case, events: tuple[CaseEvent, ...]) -> dict[str, object]:
    return {
        "number": case.number,
        "status": case.status,
        "asker": "" if case.unnamed else case.asker.id,
        "school": case.school,
        "kind": case.kind,
        "text": case.text,
        "note": case.note,
        "sections": list(case.sections),
        "urgent": case.urgent,
        "handler": case.handler,
        "manager": case.manager.id if case.manager else None,
        "claimed_by": case.claimed_by.id if case.claimed_by else None,
        "created": case.created.isoformat(),
        "changed": case.changed.isoformat(),
        "document": case.fingerprint,
        "steps": [
            {
                "step": event.step,
                "at": event.at.isoformat(),
                "by": "" if case.unnamed and event.by.id == case.asker.id else event.by.id,
                "text": event.text,
                "sections": list(event.sections),
            }
            for event in events
        ],
    }
