"""`protocolwijzer privacy`: the record of processing, a person's rights by e-mail address, and the keys."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache

import click

from adapters import logs
from adapters.clock import SystemClock
from adapters.directory import StaffList
from adapters.erasing import Eraser, kept_for
from adapters.knowledge_source import KnowledgeSource
from adapters.people import AllPeople
from adapters.settings import Settings, SettingsError, read_settings
from adapters.storage.case_store import CaseStore
from adapters.storage.database import DatabaseError
from adapters.storage.rotating import begins_anew
from adapters.storage.rotating import rotate as rotate_all
from adapters.storage.sealing import new_key as made_key
from adapters.terminal.main import Uncounted
from adapters.terminal.opening import opened
from adapters.terminal.record import encryption_of
from adapters.terminal.record import record as record_of
from adapters.web.identity import Identity
from bot.handoff.case import Party
from bot.handoff.holdings import readable
from bot.handoff.office import Office
from bot.handoff.privacy import Privacy
from bot.knowledge import Knowledge, KnowledgeError, load

_PATIENCE = 300.0  # seconds: whoever answered cases for years has thousands of them


@click.group(invoke_without_command=True)
@click.pass_context
def privacy(context: click.Context) -> None:
    """What is kept about whom, and the rights of people; alone it prints the record of processing.

    Whoever may run this sees everything: it is for the operator.
    """
    if context.invoked_subcommand is None:
        context.invoke(record)


@privacy.command()
def record() -> None:
    """Print the record of processing from the settings, in Dutch, as Markdown for the school's register.

    Whether texts are encrypted, it looks up in the database.
    """
    settings = _settings()
    try:
        encryption = asyncio.run(encryption_of(settings))
    except DatabaseError as error:
        raise click.ClickException(str(error)) from None
    click.echo(record_of(settings, _knowledge(settings), encryption))


@privacy.command()
@click.argument("email")
def export(email: str) -> None:
    """Write everything that is kept about a person as JSON, internal notes on their cases included.

    EMAIL is an e-mail address, or for who has none of the organisation the platform and account ("slack:U0123").
    """

    async def exported() -> None:
        async with _privacy() as rights:
            person = _person(email)
            held = await rights.held(person)
            if not held:
                raise click.ClickException(f"Over {person} is niets bewaard.")
            click.echo(json.dumps(readable(held, person, whole=True), ensure_ascii=False, indent=2))

    asyncio.run(exported())


@privacy.command()
@click.argument("email")
@click.option("--yes", is_flag=True, help="Do not ask first.")
def forget(email: str, yes: bool) -> None:
    """Erase a person: withdraw their open cases, take away texts and names; counts stay. EMAIL as for `export`."""

    async def forgotten() -> None:
        async with _privacy() as rights:
            person = _person(email)
            held = await rights.held(person)
            if not held:
                raise click.ClickException(f"Over {person} is niets bewaard.")
            if not yes:
                open_cases, waiting = len(held.open_cases), len(held.waiting_for(person))
                click.confirm(
                    f"Alles van {person} wissen? {len(held.cases)} eigen zaken, waarvan {open_cases} open worden "
                    f"ingetrokken; {waiting} zaken van anderen gaan terug naar communicatie. Dit kan niet ongedaan "
                    "worden gemaakt",
                    abort=True,
                )
            done = await rights.forget(Party(person, ""))
            click.echo(f"Gewist. Ingetrokken: {done.withdrawn}. Terug naar communicatie: {done.moved}.")

    asyncio.run(forgotten())


@privacy.command()
def erase() -> None:
    """Erase at once what has been kept long enough; a running server does so every day."""
    logs.configure("console")

    async def erased() -> None:
        settings = _settings()
        async with opened(settings) as database:
            done = await Eraser(database, SystemClock(), kept_for(settings)).once()
        click.echo("Gewist: " + ", ".join(f"{count} {kind}" for kind, count in done.items()) + ".")

    asyncio.run(erased())


@privacy.command("new-key")
def new_key() -> None:
    r"""Print a new encryption key.

    \b
    protocolwijzer privacy new-key > /etc/protocolwijzer/keys
    PROTOCOLWIJZER_ENCRYPTION_KEY_FILE=/etc/protocolwijzer/keys

    Keep it apart from the data and from its backups. Who loses it loses the texts.
    """
    click.echo(made_key())


@privacy.command()
@click.option("--yes", is_flag=True, help="Every server has the new key; do not ask.")
def rotate(yes: bool) -> None:
    """Encrypt everything anew with the first key, also what was not encrypted yet.

    Put the new key before the old one, restart every server, run this, and then take the old key away. A server that
    was not restarted cannot read any case afterwards.
    """

    async def rotated() -> None:
        settings = _settings()
        async with opened(settings) as database:
            if not database.seal.is_on:
                raise click.ClickException(
                    "Er is geen sleutel: zet PROTOCOLWIJZER_ENCRYPTION_KEY_FILE. "
                    "protocolwijzer privacy new-key maakt er een."
                )
            if not yes and await begins_anew(database):
                click.confirm(
                    f"Met sleutel {database.seal.key_ids[0]} is nog niets versleuteld. Een server die nog zonder deze "
                    "sleutel draait, kan straks geen enkele zaak meer lezen: start eerst alle servers opnieuw, met de "
                    "nieuwe sleutel vooraan. Is dat gebeurd",
                    abort=True,
                )
            done = await rotate_all(database)
        click.echo(f"{done} teksten en namen versleuteld met sleutel {database.seal.key_ids[0]}.")

    asyncio.run(rotated())


@asynccontextmanager
async def _privacy() -> AsyncIterator[Privacy]:
    settings = _settings()
    knowledge = _knowledge(settings)
    clock = SystemClock()
    # loaded only where it is needed: it takes seconds
    source = cache(lambda: KnowledgeSource(settings, lambda said: click.echo(said, err=True)))
    identity = Identity(settings, lambda: knowledge.organisation)
    async with opened(settings) as database:
        yield Privacy(
            Office(
                CaseStore(database, clock, patience=_PATIENCE),
                AllPeople(),
                StaffList({}, {}),
                clock,
                Uncounted(),
                lambda: knowledge,
                lambda: source().reviewer(),  # for forms alone: none is shown here
                # whom a server would tell of cases that go back to communications
                lambda: identity.desk_people() if identity.is_on else (),
            )
        )


def _settings() -> Settings:
    try:
        return read_settings()
    except SettingsError as error:
        raise click.ClickException(str(error)) from None


def _knowledge(settings: Settings) -> Knowledge:
    try:
        return load(settings.knowledge_folder)
    except KnowledgeError as error:
        raise click.ClickException("\n".join(map(str, error.problems))) from None


def _person(given: str) -> str:
    """Return a party's id: an e-mail address in small letters, or a platform and account as they are."""
    return given.strip().lower() if "@" in given else given.strip()
