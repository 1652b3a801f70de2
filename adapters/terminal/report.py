"""The month's report on the command line."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence

import click

from adapters.draft_learning import load_reviewer
from adapters.settings import Settings, SettingsError, read_settings
from adapters.storage.cache import Cache
from adapters.storage.history import History
from adapters.terminal.opening import opened
from bot.knowledge import Knowledge, KnowledgeError, load
from bot.report import naming
from bot.report.history import Month
from bot.report.report import Line, Report, Spread, made

_WIDEST_NAME = 46  # characters


@click.command()
@click.option("--month", "name", required=True, metavar="2026-11", help="Which month.")
@click.option("--json", "as_json", is_flag=True, help="Print it as one JSON object; times in seconds.")
def report(name: str, as_json: bool) -> None:
    """Print what was asked in a month, what was left unanswered, and how fast people answered. No person anywhere."""
    try:
        month = Month.named(name)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    try:
        settings = read_settings()
        knowledge = load(settings.knowledge_folder)
        found = asyncio.run(_found(month, settings, knowledge))
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
    except KnowledgeError as error:
        raise click.ClickException(f"{error}\nprotocolwijzer knowledge check says more.") from None
    if as_json:
        click.echo(json.dumps(naming.as_row(found), ensure_ascii=False))
        return
    for line in _lines(found, knowledge):
        click.echo(line)


async def _found(month: Month, settings: Settings, knowledge: Knowledge) -> Report:
    async with opened(settings) as database:
        reviewer = load_reviewer(
            settings.knowledge_folder, knowledge, Cache(settings.cache), lambda said: click.echo(said, err=True)
        )
        return await made(month, History(database), knowledge.organisation.hours.zone, reviewer.nameless)


def _lines(report: Report, knowledge: Knowledge) -> Iterator[str]:
    def say(sentence: str, **values: str | int) -> str:
        return knowledge.texts.say("nl", sentence, **values)

    yield say("report", month=str(report.month))
    yield say("report-explained")
    yield ""
    yield from _table(say("report-totals"), [report.total], lambda _: "", say)
    yield f"{say('report-drafts')}: {report.drafts}. {say('report-open')}: {report.open_cases}."
    for sentence, spread in (("report-to-claim", report.to_claim), ("report-to-advise", report.to_advise)):
        yield f"{say(sentence)}: {_spread(spread, knowledge, say)}"
    for sentence, lines, name in (
        ("report-weeks", report.weeks, lambda one: one),
        ("report-routes", report.routes, lambda one: naming.route_name(one, knowledge, "nl")),
        ("report-sections", report.sections, lambda one: naming.section_name(one, knowledge, "nl")),
        ("report-languages", report.languages, lambda one: naming.language_name(one, knowledge, "nl")),
    ):
        yield ""
        yield from _table(say(sentence), lines, name, say)
    yield ""
    yield f"{say('report-ratings')}. {say('report-ratings-explained')}"
    for weak in report.ratings:
        answer = " · ".join(filter(None, (naming.section_name(weak.section, knowledge, "nl"), weak.situation)))
        yield f"{weak.helped:6} {say('report-helped')} {weak.not_helped:6} {say('report-badly')}  {answer}"
    yield ""
    yield say("report-groups")
    for group in report.groups:
        yield f"{say('report-group', count=len(group.wordings)):>12}  {group.wordings[0].text}"
    if report.unshown:
        yield say("report-unshown", count=report.unshown)


def _table(heading: str, lines: Sequence[Line], name: Callable[[str], str], say: Callable[..., str]) -> Iterator[str]:
    columns = [say(f"report-{column}") for column in ("asked", "uncertain", "badly", "handed-off")]
    yield f"{heading:{_WIDEST_NAME}}  {'  '.join(columns)}"
    for line in lines:
        cells = (line.asked, line.uncertain, line.badly, "–" if line.handed_off is None else line.handed_off)
        row = "  ".join(f"{cell:>{len(column)}}" for cell, column in zip(cells, columns, strict=True))
        yield f"{name(line.name)[:_WIDEST_NAME]:{_WIDEST_NAME}}  {row}"


def _spread(spread: Spread, knowledge: Knowledge, say: Callable[..., str]) -> str:
    median, p90 = (naming.duration(time, knowledge, "nl") for time in (spread.median, spread.p90))
    return f"{say('report-median')} {median}, {say('report-p90')} {p90} ({spread.count} {say('report-cases')})"
