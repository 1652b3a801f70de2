"""The composition root: the only place that knows everything. One process, one port."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from adapters import logs
from adapters.cases import Cases
from adapters.clock import SystemClock
from adapters.directory import read_staff_list
from adapters.erasing import kept_for
from adapters.failures import failure
from adapters.knowledge_source import KnowledgeSource
from adapters.metrics import Metrics
from adapters.settings import Settings
from adapters.storage.database import database_of
from adapters.web.identity import Identity
from adapters.web.live import LiveRoutes, Mailbox
from adapters.web.report import ReportRoutes
from adapters.web.routes import LARGEST_BODY, WebRoutes
from bot.conversation import Conversation
from bot.knowledge import KnowledgeError
from bot.knowledge.reading import base_of
from bot.ports import Clock, StoreError
from bot.rating import Ratings

CASES = web.AppKey("cases", Cases)
CONVERSATION = web.AppKey("conversation", Conversation)
_log = structlog.get_logger()
_STRICT = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def serve(settings: Settings, *, watch: bool = False) -> None:
    """Run until interrupted.

    Raises `KnowledgeError`, `DirectoryError`, `DatabaseError` or `OSError` before it listens.
    """
    logs.configure(settings.log_format)
    source = KnowledgeSource(settings, progress=lambda said: print(said, flush=True))
    app = build(settings, source, watch=watch)

    def ready(*_: object) -> None:
        print(f"Protocolwijzer luistert op http://{settings.host}:{settings.port} (stoppen met Ctrl-C)", flush=True)

    web.run_app(app, host=settings.host, port=settings.port, access_log=None, print=ready)


def build(
    settings: Settings, source: KnowledgeSource, *, watch: bool = False, clock: Clock | None = None
) -> web.Application:
    """Return the whole server as an application: web page, platforms that are on, cases, health and metrics.

    Raises `DirectoryError` when the staff list cannot be read, `DatabaseError` when an encryption key cannot.
    """
    clock = clock or SystemClock()
    metrics = Metrics()
    identity = Identity(settings, lambda: source.engine().knowledge.organisation)
    staff, database = read_staff_list(settings.staff_list), database_of(settings)
    desk_people = identity.desk_people if identity.is_on else tuple
    cases = Cases(database, source, staff, clock, metrics, kept=kept_for(settings), desk_people=desk_people)
    ratings = Ratings(source.engine, source.reviewer, cases.ratings)
    conversation = Conversation(source.engine, source.reviewer, clock, cases.counts, cases.hand_off, ratings=ratings)
    pages = WebRoutes(settings, source.engine, conversation, metrics, identity)

    app = web.Application(client_max_size=LARGEST_BODY, middlewares=[_errors(pages)])
    app[CASES], app[CONVERSATION] = cases, conversation
    app.on_response_prepare.append(_add_headers)
    pages.add_to(app)
    if identity.is_on:
        LiveRoutes(source.engine, cases, pages, identity).add_to(app)
        ReportRoutes(source.engine, pages, identity, made=cases.report, today=cases.today).add_to(app)
        cases.people.add({"web": identity})
    _add_operations(app, source, metrics, cases)
    _add_platforms(app, settings, conversation, metrics, source=source, cases=cases)
    if identity.is_on:  # after the others: where somebody is never seen, a platform's own message is likelier read
        cases.senders["web"] = Mailbox(identity.can_sign_in)
    app.cleanup_ctx.append(cases.context)
    app.cleanup_ctx.append(cases.counts.context)  # after the database, so that it stops before it
    app.cleanup_ctx.append(cases.growth.context)
    app.cleanup_ctx.append(_forgetting(conversation))
    app.cleanup_ctx.append(_Reloading(settings, source, metrics, watch=watch).context)
    return app


def _add_platforms(
    app: web.Application,
    settings: Settings,
    conversation: Conversation,
    metrics: Metrics,
    *,
    source: KnowledgeSource,
    cases: Cases,
) -> None:
    # a platform's SDK is loaded only where that platform is on: it costs memory and time to start
    if settings.slack_on:
        from adapters.slack.app import SlackApp  # noqa: PLC0415

        slack = SlackApp(settings, source.engine, conversation, cases.hand_off, metrics=metrics, clock=cases.clock)
        slack.add_to(app)
        cases.people.add({"slack": slack.people})
        cases.senders["slack"] = slack.sender
    if settings.teams_on:
        from adapters.teams.app import TeamsApp  # noqa: PLC0415

        teams = TeamsApp(
            settings, source.engine, conversation, hand_off=cases.hand_off, places=cases.places, metrics=metrics
        )
        teams.add_to(app)
        cases.people.add({"teams": teams.people})
        cases.senders["teams"] = teams.sender


def _add_operations(app: web.Application, source: KnowledgeSource, metrics: Metrics, cases: Cases) -> None:
    async def healthz(_: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def readyz(_: web.Request) -> web.Response:
        knowledge = source.engine().knowledge
        status = await _status(cases)
        found = {
            "status": status,
            "organisation": knowledge.organisation.name,
            "version": knowledge.fingerprint,
        }
        return web.json_response(found, status=200 if status == "ok" else 503)

    async def exposition(_: web.Request) -> web.Response:
        metrics.sections.set(len(source.engine().knowledge.sections))
        await cases.measure()
        return web.Response(body=metrics.exposition(), headers={"Content-Type": "text/plain; version=0.0.4"})

    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", exposition)


async def _status(cases: Cases) -> str:
    """Return "ok", or what keeps this server from working."""
    try:
        healthy, missing = await cases.is_healthy(), await cases.unreadable_key()
    except StoreError:
        return "no database"
    if missing:
        return f"encryption key {missing} is missing"
    return "ok" if healthy else "no database"


def _errors(pages: WebRoutes) -> Middleware:
    @web.middleware
    async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPNotFound:
            wants_page = "text/html" in request.headers.get("Accept", "")
            return pages.not_found(request) if wants_page else _said(404, "There is nothing at this path.")
        except web.HTTPMethodNotAllowed as refusal:
            response = _said(405, f"Use {' or '.join(sorted(refusal.allowed_methods))} here.")
            response.headers["Allow"] = ", ".join(sorted(refusal.allowed_methods))
            return response
        except web.HTTPRequestEntityTooLarge:
            return _said(413, f"That is too large: send at most {LARGEST_BODY // 1024} KiB.")
        except web.HTTPException:
            raise
        except Exception as error:  # noqa: BLE001 (the last door: logged, and said)
            _log.error("request failed", **failure(error))
            return _said(500, "Something went wrong here. Try again in a moment.")

    return errors


def _said(status: int, error: str) -> web.Response:
    return web.json_response({"error": error}, status=status)


async def _add_headers(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_STRICT)
    response.headers["Server"] = "Protocolwijzer"  # no versions for strangers


def _forgetting(conversation: Conversation) -> Callable[[web.Application], AsyncIterator[None]]:
    async def every_minute() -> None:
        while True:
            await asyncio.sleep(60)
            conversation.forget_old()

    async def context(_: web.Application) -> AsyncIterator[None]:
        task = asyncio.get_running_loop().create_task(every_minute())
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    return context


class _Reloading:
    """Loads the knowledge again on SIGHUP, and when a file changes if `watch`; broken content changes nothing."""

    def __init__(self, settings: Settings, source: KnowledgeSource, metrics: Metrics, *, watch: bool) -> None:
        self._folder = settings.knowledge_folder
        self._source = source
        self._metrics = metrics
        self._watch = watch
        self._tasks: set[asyncio.Task[None]] = set()

    async def context(self, _: web.Application) -> AsyncIterator[None]:
        """Run as long as the application does."""
        loop = asyncio.get_running_loop()
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):  # no SIGHUP, or not the main thread
            loop.add_signal_handler(signal.SIGHUP, lambda: self._start(self.reload()))
        if self._watch:
            self._start(self._watching())
        yield
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def reload(self) -> None:
        try:
            changed = await asyncio.to_thread(self._source.reload)
        except KnowledgeError as error:
            self._metrics.reloaded("refused")
            for problem in error.problems:
                _log.error("knowledge refused, the old one stays", problem=str(problem))
        except Exception as error:  # noqa: BLE001 (the watch goes on, whatever it was)
            self._metrics.reloaded("refused")
            _log.error("knowledge refused, the old one stays", **failure(error))
        else:
            self._metrics.reloaded("changed" if changed else "unchanged")
            _log.info("knowledge loaded", version=self._source.engine().knowledge.fingerprint, changed=changed)

    async def _watching(self) -> None:
        from watchfiles import Change, DefaultFilter, awatch  # noqa: PLC0415 (only with --watch)

        usual = DefaultFilter()

        def ours(change: Change, path: str) -> bool:
            homes = (self._folder.absolute(), base_of(self._folder.absolute()))
            return usual(change, path) and any(home and Path(path).is_relative_to(home) for home in homes)

        # the folder above: this one is swapped for another when a version goes live
        async for _ in awatch(self._folder.absolute().parent, watch_filter=ours):
            await self.reload()

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
