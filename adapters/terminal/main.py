"""`protocolwijzer`: the commands."""

from __future__ import annotations

import asyncio
import importlib
import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NoReturn

import click

from adapters.clock import SystemClock
from adapters.learning import load_engine
from adapters.settings import Settings, SettingsError, read_settings
from adapters.storage.cache import Cache
from adapters.terminal import render, rows
from adapters.terminal.manifest import manifest
from bot.answering.answer import Answer
from bot.answering.engine import Engine
from bot.answering.explaining import explain
from bot.events import Address, Arrived, Event, Language, Person, Pressed, Said
from bot.knowledge import KnowledgeError
from bot.presenting import Presenter
from bot.replies import Button, Reply

if TYPE_CHECKING:
    from adapters.knowledge_source import KnowledgeSource

_HERE = Address("terminal", "terminal")
_WIDEST = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class _Later(click.Group):
    """Commands of which some are loaded only when called: a question need not wait for the database's library.

    `_later` names for each the module of this folder and what it is called there.
    """

    _later: ClassVar[dict[str, tuple[str, str]]] = {}

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *self._later])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in self._later:
            module, name = self._later[cmd_name]
            found: click.Command = getattr(importlib.import_module(f"adapters.terminal.{module}"), name)
            return found
        return super().get_command(ctx, cmd_name)


class _Commands(_Later):
    _later: ClassVar[dict[str, tuple[str, str]]] = {
        "doctor": ("operations", "doctor"),
        "cases": ("operations", "cases"),
        "privacy": ("privacy", "privacy"),
        "report": ("report", "report"),
    }


class _KnowledgeCommands(_Later):
    _later: ClassVar[dict[str, tuple[str, str]]] = {
        "import": ("replacing", "import_document"),
        "activate": ("replacing", "activate"),
        "versions": ("replacing", "list_versions"),
        "export": ("growth", "export"),
    }


class Uncounted:
    """`ports.Tally` of a terminal: nobody counts there."""

    def answered(self, route: str, language: str, certain: bool, seconds: float, section: str = "") -> None: ...

    def reviewed(self, verdict: str, language: str, rules: Sequence[str], seconds: float) -> None: ...

    def disputed(self, rule: str) -> None: ...

    def rated(self, helped: bool, route: str, section: str) -> None: ...

    def stepped(self, step: str, handler: str, section: str = "", language: str = "") -> None: ...

    def refused_step(self, step: str, why: str) -> None: ...


@click.group(cls=_Commands, context_settings=_WIDEST)
@click.version_option(package_name="protocolwijzer")
def main() -> None:
    r"""Protocolwijzer answers school staff from their social media protocol.

    It quotes the document, explains it in plain words, and says whom to ask when the document does not decide.

    \b
    protocolwijzer ask "mag ik foto's van leerlingen plaatsen?"
    protocolwijzer check bericht.txt
    protocolwijzer chat
    protocolwijzer serve

    Settings are environment variables that begin with PROTOCOLWIJZER_, or lines of a file .env.
    """


@main.command()
@click.argument("question", required=False)
@click.option("--lang", type=click.Choice(["nl", "en"]), help="Language of the answer; default the question's own.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as one line of JSON.")
@click.option("--jsonl", is_flag=True, help="Read rows of JSON from standard input; see below.")
@click.option("--explain", "explained", is_flag=True, help="Say why each section was found.")
def ask(question: str | None, lang: Language | None, as_json: bool, jsonl: bool, explained: bool) -> None:
    r"""Ask one question, or many.

    \b
    protocolwijzer ask "mag ik mijn klas filmen?"
    echo "may I film my class?" | protocolwijzer ask -
    protocolwijzer ask --jsonl < questions.jsonl > answers.jsonl

    With --jsonl each line of standard input is {"id": …, "text": …}; each line of output, in the same order,
    {"id", "language", "route", "sections": [{"id", "score"}], "situation", "contact", "confidence", "certain",
    "reply"}.
    A line that cannot be read gives {"id", "error"}, and the exit status is then 1.
    """
    if jsonl:
        sys.exit(rows.ask_rows(sys.stdin.buffer, lang, _engine()))
    if question is None:
        raise click.UsageError('Ask something: protocolwijzer ask "mag ik mijn klas filmen?"')
    text = sys.stdin.buffer.read().decode(errors="replace") if question == "-" else _decoded(question)
    engine = _engine()
    answer = engine.answer(text, lang)
    if as_json:
        click.echo(rows.line_of(rows.answer_row(None, answer, engine)))
        return
    reply = Presenter(engine.knowledge).answer(answer)
    if sys.stdout.isatty():
        render.coloured(reply, [])
    else:
        click.echo(render.plain(reply))
    if explained:
        _explain(answer, engine)


@main.command()
@click.argument("file", required=False)
@click.option("--lang", type=click.Choice(["nl", "en"]), help="Language of the reply; default the draft's own.")
@click.option("--json", "as_json", is_flag=True, help="Print the review as one line of JSON.")
@click.option("--jsonl", is_flag=True, help="Read rows of JSON from standard input; see below.")
def check(file: str | None, lang: Language | None, as_json: bool, jsonl: bool) -> None:
    r"""Check a draft before it goes online: a file, or "-" for standard input.

    \b
    protocolwijzer check bericht.txt
    pbpaste | protocolwijzer check -
    protocolwijzer check --jsonl < drafts.jsonl > reviews.jsonl

    With --jsonl each line of standard input is {"id": …, "text": …, "channel"?: …}; each line of output, in the same
    order, {"id", "verdict": "ok" | "adjust" | "stop", "findings": [{"rule", "start", "end", "quote", "section",
    "message", "score"}], "hints": […], "safe_text"}. Offsets count characters of the text; a finding on the whole text
    has an empty quote. "notice" says why a text was not checked as usual.
    A line that cannot be read gives {"id", "error"}, and the exit status is then 1.
    """
    if jsonl and (file or as_json):
        raise click.UsageError("--jsonl reads standard input alone: protocolwijzer check --jsonl < drafts.jsonl")
    if jsonl:
        sys.exit(rows.check_rows(sys.stdin.buffer, lang, _source()))
    if file is None:
        raise click.UsageError("Name a file, or - for standard input: protocolwijzer check bericht.txt")
    from bot.drafts.presenting import ReviewPresenter  # noqa: PLC0415

    draft = _draft_in(file)
    source = _source()
    review = source.reviewer().review(draft)
    if as_json:
        click.echo(rows.line_of(rows.review_row(None, review, lang, source)))
        return
    present = ReviewPresenter(Presenter(source.engine().knowledge), source.reviewer().knowledge.rules)
    leads = source.reviewer().leads(draft)
    reply = present.review(lang or review.language, draft, review, leads=leads)
    if sys.stdout.isatty():
        render.coloured(reply, [])
    else:
        click.echo(render.plain(reply))


@main.command()
@click.option("--lang", type=click.Choice(["nl", "en"]), default="nl", help="Language of the greeting.")
def chat(lang: Language) -> None:
    """Talk in the terminal: type a question, or the number of a button. An empty line or Ctrl-D ends it."""
    from bot.conversation import Conversation  # noqa: PLC0415

    source = _source()
    conversation = Conversation(source.engine, source.reviewer, SystemClock(), Uncounted())
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")
    buttons: list[Button] = []
    spoken: Language = lang
    reply = asyncio.run(conversation.handle(Event("0", Person("terminal", lang), _HERE, Arrived()))).reply
    number = 0
    while True:
        if isinstance(reply, Reply):
            spoken = reply.language
            buttons = []
            render.coloured(reply, buttons)
        try:
            typed = input("> ").strip()
        except (EOFError, KeyboardInterrupt):
            click.echo()
            return
        if not typed:
            return
        number += 1
        deed: Said | Pressed = Said(typed)
        if typed.isdecimal() and 1 <= int(typed) <= len(buttons):
            button = buttons[int(typed) - 1]
            deed = Pressed(button.action, button.value, spoken)
        reply = asyncio.run(conversation.handle(Event(str(number), Person("terminal"), _HERE, deed))).reply


@main.command()
@click.option("--watch", is_flag=True, help="Load the knowledge again whenever a file of it changes.")
@click.option("--host", help="Address to listen on (setting PROTOCOLWIJZER_HOST; default 127.0.0.1).")
@click.option("--port", type=int, help="Port to listen on (setting PROTOCOLWIJZER_PORT; default 8080).")
def serve(watch: bool, host: str | None, port: int | None) -> None:
    """Start the server: web page, Slack and Teams as set, health and metrics. SIGHUP loads the knowledge again."""
    from adapters import server  # noqa: PLC0415 (the other commands need no server)
    from adapters.directory import DirectoryError  # noqa: PLC0415
    from adapters.storage.database import DatabaseError  # noqa: PLC0415

    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    settings = _settings(**given)
    try:
        server.serve(settings, watch=watch)
    except KnowledgeError as error:
        _refuse(error)
    except (DatabaseError, DirectoryError) as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(
            f"Cannot listen on {settings.host}:{settings.port}: {error.strerror}. "
            "Choose another port: make run PORT=8081, or protocolwijzer serve --port 8081."
        ) from None


@main.group(cls=_KnowledgeCommands)
def knowledge() -> None:
    """The content: the document, its sections, situations, examples and texts."""


@knowledge.command("check")
@click.argument("folder", required=False, type=click.Path(path_type=Path))
def check_knowledge(folder: Path | None) -> None:
    """Validate all content: what is live, or a folder such as a draft.

    Each mistake is named with its file, place and remedy; the exit status is then 1.
    """
    from adapters.versions import checked  # noqa: PLC0415

    try:
        found, drafts = checked(folder or _settings().knowledge_folder)
    except KnowledgeError as error:
        _refuse(error)
    click.echo(
        f"{found.organisation.name}: {len(found.sections)} sections, {len(found.situations)} situations, "
        f"{len(found.examples)} example questions, {len(drafts.rules)} rules for drafts, "
        f"{len(drafts.texts)} labelled pieces and {len(drafts.posts)} posts, version {found.fingerprint}. All in order."
    )
    untranslated = [one.id for one in found.situations.values() if not (one.gist.has_english and one.title.has_english)]
    if untranslated:
        click.echo(f"Still to be translated: {', '.join(untranslated)}.")


main.add_command(manifest)

# What the commands share


def _settings(**given: object) -> Settings:
    try:
        return read_settings(**given)
    except SettingsError as error:
        raise click.ClickException(str(error)) from None


def _refuse(error: KnowledgeError) -> NoReturn:
    for problem in error.problems:
        click.echo(str(problem), err=True)
    count = len(error.problems)
    raise click.ClickException(f"The knowledge has {count} mistake{'s' if count > 1 else ''}; nothing was started.")


def _source() -> KnowledgeSource:
    from adapters.knowledge_source import KnowledgeSource  # noqa: PLC0415 (a question needs no checks of drafts)

    try:
        return KnowledgeSource(_settings(), _progress)
    except KnowledgeError as error:
        _refuse(error)


def _engine() -> Engine:
    """Return the engine alone; it starts the sooner."""
    settings = _settings()
    try:
        return load_engine(settings.knowledge_folder, Cache(settings.cache), _progress)
    except KnowledgeError as error:
        _refuse(error)


def _progress(said: str) -> None:
    click.echo(said, err=True)


def _decoded(argument: str) -> str:
    """Return an argument with bytes that are no UTF-8 replaced; Python hands them over as lone surrogates."""
    return argument.encode(errors="surrogateescape").decode(errors="replace")


def _explain(answer: Answer, engine: Engine) -> None:
    """Print what spoke for each section; for whoever looks after the knowledge, so in plain English."""
    click.echo(f"\nroute {answer.route}, confidence {answer.confidence:.2f}, situation {answer.situation or 'none'}")
    for passage in answer.passages:
        why = explain(engine.model, answer.question, passage.section, engine.knowledge.examples)
        click.echo(f"{passage.score:5.2f}  {passage.section}")
        click.echo(f"       words: {', '.join(why.words) or 'none'}; concepts: {', '.join(why.concepts) or 'none'}")
        click.echo(f"       nearest known question: {why.nearest}")


def _draft_in(file: str) -> str:
    try:
        content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise click.ClickException(f"Cannot read {file}: {error.strerror}. Name a file that exists, or -.") from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise click.ClickException(f"{file} is not UTF-8. Save it as UTF-8 and check again.") from None
