"""What an operator does with approved additions: write them as files of the knowledge."""

from __future__ import annotations

import asyncio

import click

from adapters import knowledge_export
from adapters.clock import SystemClock
from adapters.settings import Settings, SettingsError, read_settings
from adapters.storage.proposals import Proposals
from adapters.terminal.opening import opened
from bot.growth.proposal import State
from bot.knowledge import KnowledgeError


@click.command()
def export() -> None:
    """Write approved additions to examples/added.jsonl and situations/added.yaml, for review and version control.

    What the files hold already is not written again. A server takes the files over on SIGHUP or with --watch; until
    then it goes on answering from the database. To undo an addition, withdraw it and take it out of the file.
    """
    try:
        settings = read_settings()
        exported = asyncio.run(_exported(settings))
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    except KnowledgeError as error:
        for problem in error.problems:
            click.echo(str(problem), err=True)
        raise click.ClickException("The knowledge is not in order; nothing was written.") from None
    for number in exported.unfit:
        click.echo(f"Proposal {number} cites a section that no longer exists; it was not written.", err=True)
    click.echo(f"{len(exported.written)} additions written to {settings.knowledge_folder}.")


async def _exported(settings: Settings) -> knowledge_export.Exported:
    async with opened(settings) as database:
        proposals = Proposals(database)
        approved = await proposals.proposals((State.APPROVED,))
        written = knowledge_export.write(settings.knowledge_folder, approved)
        fresh = [one.number for one in approved if one.number in written.held and not one.exported]
        if fresh:
            await proposals.exported(fresh, SystemClock().now())
    return written
