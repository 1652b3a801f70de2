"""`protocolwijzer knowledge import` and `activate`: from a new document to a live version, with a person in between."""

from __future__ import annotations

import asyncio
import difflib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import click
from rich.console import Console
from rich.markup import escape
from rich.text import Text

from adapters import documents, revising, versions
from adapters.resting import resting
from adapters.settings import Settings, SettingsError, read_settings
from bot.knowledge import Knowledge, KnowledgeError, load
from bot.revision.dependants import Added, dependants
from bot.revision.proposing import Proposal, Revision

_COLOUR = {"same": "dim", "renamed": "cyan", "reworded": "yellow", "new": "green", "removed": "red"}


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--to", type=click.Path(path_type=Path), help="Folder of the draft; default knowledge/ORGANISATION.draft."
)
def import_document(file: Path, to: Path | None) -> None:
    r"""Read a new protocol (docx, pdf, txt or md), show what changes and write a draft of the whole folder.

    \b
    protocolwijzer knowledge import nieuw-protocol.docx
    protocolwijzer knowledge check knowledge/unicoz.draft
    protocolwijzer knowledge activate knowledge/unicoz.draft

    Nothing that is live is touched. In the draft, what a person has to write is marked [[te doen…]], and review.md
    lists what rests on sections that changed: tick each point. Sections keep their ids when their words changed or
    their number shifted; correct an id in the draft's protocol.nl.md where that went wrong.
    """
    settings = _settings()
    try:
        live = revising.read_live(settings.knowledge_folder)
        document = documents.read(file)
        revision = revising.revise(document, live)
    except KnowledgeError as error:
        _refuse(error, "nothing was imported")
    console = Console(highlight=False, soft_wrap=True)
    for line in document.left_out:
        console.print(f"[dim]Left out, as it stands at the edge of the pages: {escape(line)}[/]")
    show(revision, console)
    if revision.changes_nothing:
        console.print(
            f"These are the words of version {live.knowledge.fingerprint}, which is live. No draft is needed."
        )
        return
    try:
        folder = to or settings.knowledge_folder.with_name(f"{settings.organisation}.draft")
        used = asyncio.run(resting(settings, live.knowledge))
        cases, additions = (used.cases, used.additions) if used else (None, None)
        found = dependants(revision, live.knowledge, live.drafts, cases, additions)
        written = revising.write_draft(revision, live, folder, found, [one.number for one in additions or ()])
    except KnowledgeError as error:
        _refuse(error, "no draft was written")
    _say_what_is_next(written, console)


def _say_what_is_next(written: revising.Written, console: Console) -> None:
    console.print()
    for one in written.found:
        console.print(Text(one.heading, style="bold"))
        for point in one.points:
            console.print(Text(f"  - {point}"))
    console.print(f"\nVersion {written.fingerprint} stands in {escape(str(written.folder))}; nothing is live yet. Now:")
    console.print("  1. write what is marked \\[\\[te doen…]] there, and tick the points of review.md")
    console.print(f"  2. protocolwijzer knowledge check {escape(str(written.folder))}")
    console.print(f"  3. protocolwijzer knowledge activate {escape(str(written.folder))}")


@click.command("activate")
@click.argument("folder", type=click.Path(path_type=Path))
def activate(folder: Path) -> None:
    """Let a checked folder go live: a draft, or an earlier version. The one before it is kept beside it.

    A running server takes it over on SIGHUP, or by itself with --watch; until then it answers as it did.
    """
    settings = _settings()
    try:
        done = versions.activate(folder, settings.knowledge_folder, _additions(settings))
    except KnowledgeError as error:
        _refuse(error, "nothing went live")
    click.echo(f"Version {done.knowledge.fingerprint} of {done.knowledge.organisation.name} is live.")
    if done.kept:
        click.echo(f"The version before it is kept in {done.kept}, and readable at /protocol?version=….")
    for number, sections in done.resting.items():
        click.echo(f"Look at voorstel {number}: it rests on {', '.join(sections)}, which changes.")
    click.echo("A running server takes it over on SIGHUP, or by itself when it was started with --watch.")


@click.command("versions")
def list_versions() -> None:
    """List what is live, what is being made and what is kept: version, when its document was saved, and folder.

    An earlier version is readable at /protocol?version=VERSION, and goes live with knowledge activate FOLDER.
    """
    for version in versions.versions(_settings().knowledge_folder):
        saved = f"{version.saved:%Y-%m-%d %H:%M}" if version.saved else "-"
        click.echo(f"{version.state:6}  {version.fingerprint or 'damaged':8}  {saved:16}  {version.folder}")


def _additions(settings: Settings) -> Sequence[Added] | None:
    """Return the additions that no file of what is live holds; None when the database cannot be read."""
    knowledge: Knowledge | None
    try:
        knowledge = load(settings.knowledge_folder)
    except KnowledgeError:
        knowledge = None  # it holds nothing that anybody gets to see
    used = asyncio.run(resting(settings, knowledge))
    return used.additions if used else None


def show(revision: Revision, console: Console) -> None:
    """Print what becomes of each section: words that are new in green, words that are gone in red."""
    if revision.title != revision.old_title:
        console.print(Text("title", style="bold"), _compared(revision.old_title, revision.title))
    for proposal in revision.proposals:
        _show_one(proposal, console)
    for section in revision.removed:
        console.print(Text.assemble((f"{'removed':9}", "red"), f" {section.name} ", (section.id, "dim")))
        console.print(Text(section.text, style="red strike"))
    counted = [proposal.change for proposal in revision.proposals]
    numbers = {change: counted.count(change) for change in ("same", "renamed", "reworded", "new")}
    said = ", ".join(f"{number} {change}" for change, number in {**numbers, "removed": len(revision.removed)}.items())
    console.print(f"{len(counted)} sections: {said}.")


def _show_one(proposal: Proposal, console: Console) -> None:
    section, old, change = proposal.section, proposal.old, proposal.change
    heading = Text.assemble((f"{change:9}", _COLOUR[change]), f" {section.name} ", (section.id, "dim"))
    if old and old.name != section.name:
        heading.append(f" was {old.name}", style="cyan")
    console.print(heading)
    if change == "new":
        console.print(Text(section.text, style="green"))
    elif old and change == "reworded":
        console.print(_compared(old.text, section.text))


def _compared(old: str, new: str) -> Text:
    """Return the new text with what went and what came, word by word."""
    before, after = re.findall(r"\s+|\S+", old), re.findall(r"\s+|\S+", new)
    shown = Text()
    for how, a, b, c, d in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if how == "equal":
            shown.append("".join(after[c:d]))
            continue
        shown.append("".join(before[a:b]), style="red strike")
        shown.append("".join(after[c:d]), style="green")
    return shown


def _settings() -> Settings:
    try:
        return read_settings()
    except SettingsError as error:
        raise click.ClickException(str(error)) from None


def _refuse(error: KnowledgeError, what: str) -> NoReturn:
    for problem in error.problems:
        click.echo(str(problem), err=True)
    raise click.ClickException(f"{len(error.problems)} to mend; {what}.")
