"""The web page's routes: the conversation, the document, and one endpoint that takes events as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import structlog
from aiohttp import web
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from adapters.failures import failure
from adapters.metrics import Metrics
from adapters.settings import Settings
from adapters.versions import kept_versions
from adapters.web.identity import Identity
from adapters.web.pages import STATIC, Pages
from bot.answering.engine import Engine
from bot.conversation import Conversation
from bot.events import LANGUAGES, Address, Event, Language, Person, Pressed, Said, Submitted
from bot.knowledge.kept import read_kept
from bot.ports import StoreError
from bot.presenting import Presenter

LARGEST_BODY = 1024 * 1024  # bytes; a question of 200,000 characters still gets a kind answer, more is refused
_LONGEST_NAME = 100  # characters of an id, session, or action
_MOST_FIELDS = 20  # of a form
_LONGEST_VALUE = 2_000  # characters of a button's value
_log = structlog.get_logger()


class WebRoutes:
    """The routes of one server."""

    def __init__(
        self,
        settings: Settings,
        engine: Callable[[], Engine],
        conversation: Conversation,
        metrics: Metrics,
        identity: Identity,
    ) -> None:
        self._settings = settings
        self._identity = identity
        self._engine = engine
        self._conversation = conversation
        self._metrics = metrics
        self.pages = Pages()
        self._allowed = RateLimitItemPerMinute(settings.questions_per_minute)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def add_to(self, app: web.Application) -> None:
        app.router.add_get("/", self.chat)
        app.router.add_get("/protocol", self.protocol)
        app.router.add_post("/api/events", self.event)
        app.router.add_static("/static/", STATIC)

    async def chat(self, request: web.Request) -> web.Response:
        knowledge, language = self._engine().knowledge, page_language(request)
        greeting = Presenter(knowledge).greeting(language)
        return html(self.pages.chat(knowledge, language, greeting, self._identity.visit(request)))

    async def protocol(self, request: web.Request) -> web.Response:
        knowledge, visit = self._engine().knowledge, self._identity.visit(request)
        kept = kept_versions(self._settings.knowledge_folder)
        wanted = request.query.get("version", knowledge.fingerprint)
        if wanted == knowledge.fingerprint:
            earlier = tuple(version for version in kept if version != wanted)
            return html(self.pages.protocol(knowledge, page_language(request), visit, earlier))
        version = read_kept(kept[wanted]) if wanted in kept else None
        if version is None:
            raise web.HTTPNotFound
        return html(self.pages.kept_protocol(knowledge, page_language(request), visit, version))

    def not_found(self, request: web.Request) -> web.Response:
        """Return the page for a path that does not exist."""
        knowledge, visit = self._engine().knowledge, self._identity.visit(request)
        return html(self.pages.not_found(knowledge, page_language(request), visit), status=404)

    async def event(self, request: web.Request) -> web.Response:
        """Take one event: {"id", "session", "language", and "text" or "action" and "value"}; return {"html"}."""
        if not self._own_origin(request):
            return self._refuse(403, "origin", "This page does not belong to the bot. Open the bot's own address.")
        if not self._limiter.hit(self._allowed, client_address(request, self._settings.proxies)):
            return self._refuse(429, "too fast", "Too many questions. Wait a minute.")
        try:
            event = read_event(json.loads((await request.read()).decode()), self._identity.who(request))
        except RecursionError:
            return self._refuse(400, "not JSON", "The body is nested too deeply.")
        except UnicodeDecodeError:
            return self._refuse(400, "not UTF-8", "The body is not UTF-8.")
        except json.JSONDecodeError:
            return self._refuse(400, "not JSON", 'The body is not JSON. Send {"id", "session", "text"}.')
        except ValueError as error:
            return self._refuse(400, "not an event", str(error))
        try:
            reply = (await self._conversation.handle(event)).reply
        except StoreError as error:
            _log.error("case not stored", platform="web", why=str(error))
            return web.json_response({"html": self.pages.reply(self._conversation.not_stored(event))}, status=503)
        except Exception as error:  # noqa: BLE001 (logged without its words, and said to the person)
            _log.error("event failed", platform="web", **failure(error))
            return web.json_response({"html": self.pages.reply(self._conversation.sorry(event))}, status=500)
        return web.json_response({"html": self.pages.reply(reply) if reply else ""})

    def _own_origin(self, request: web.Request) -> bool:
        """Say whether the request comes from our own page, or from no page at all."""
        origin = request.headers.get("Origin")
        if origin is None:
            return True
        if self._settings.url and origin == self._settings.url.rstrip("/"):
            return True
        if self._settings.on_loopback:
            # a name that somebody points at 127.0.0.1 must not pass for our own
            return urlsplit(origin).hostname in ("127.0.0.1", "localhost", "::1")
        return not self._settings.url and urlsplit(origin).netloc == request.host

    def _refuse(self, status: int, why: str, said: str) -> web.Response:
        self._metrics.refused("web", why)
        return web.json_response({"error": said}, status=status)


def read_event(body: Any, person: Person | None = None) -> Event:
    """Return the event in a request's body; raises `ValueError` with what is wrong.

    Without somebody who is signed in, the session is a stranger's, to whom nothing can be brought back.
    """
    if not isinstance(body, dict):
        raise ValueError('The body is not an object. Send {"id", "session", "text"}.')
    session = _short(body, "session")
    event_id = f"{session} {_short(body, 'id')}"  # nobody's event can pass for a repeat of somebody else's
    language = body.get("language") if body.get("language") in LANGUAGES else None
    if "text" in body:
        if not isinstance(body["text"], str):
            raise ValueError('"text" is not a text.')
        deed: Said | Pressed | Submitted = Said(body["text"])
    elif "form" in body:
        deed = Submitted(_short(body, "form"), _values(body))
    elif "action" in body:
        value = body.get("value", "")
        if not isinstance(value, str) or len(value) > _LONGEST_VALUE:
            raise ValueError(f'"value" is not a text of at most {_LONGEST_VALUE} characters.')
        deed = Pressed(_short(body, "action"), value, language)
    else:
        raise ValueError('There is no "text", "action" or "form". Send {"id", "session", "text"}.')
    if person is None:
        return Event(event_id, Person(session, language), Address("web", session), deed, forms=True)
    known = Person(person.account, language, person.name)
    return Event(event_id, known, Address("web", person.account), deed, forms=True, reachable=True)


def _values(body: dict[str, Any]) -> dict[str, str]:
    values = body.get("values")
    if not isinstance(values, dict) or len(values) > _MOST_FIELDS:
        raise ValueError(f'"values" is not an object of at most {_MOST_FIELDS} fields.')
    if not all(isinstance(value, str) for value in values.values()):
        raise ValueError('"values" holds something that is not a text.')
    return values


def _short(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_NAME:
        raise ValueError(f'"{name}" is not a text of 1 to {_LONGEST_NAME} characters.')
    return value


def page_language(request: web.Request) -> Language:
    """Return the language of a page: as asked for, else as the browser prefers, else Dutch."""
    asked = request.query.get("lang")
    if asked in LANGUAGES:
        return "en" if asked == "en" else "nl"
    preferred = [
        part.split(";")[0].strip()[:2].lower() for part in request.headers.get("Accept-Language", "").split(",")
    ]
    return "en" if next((code for code in preferred if code in LANGUAGES), "nl") == "en" else "nl"


def client_address(request: web.Request, proxies: int) -> str:
    """Return the client's address; with `proxies` in front, the one that the outermost of them saw."""
    seen = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    if proxies and len(seen) >= proxies:
        return seen[-proxies]
    return request.remote or ""


def html(page: str, status: int = 200) -> web.Response:
    return web.Response(text=page, content_type="text/html", status=status, headers={"Cache-Control": "no-cache"})
