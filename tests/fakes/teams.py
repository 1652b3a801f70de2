"""Microsoft on a loopback port: signing keys, the token endpoint, the connector, and tokens right and wrong."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Self

import jwt
from aiohttp import web
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

APP = "11111111-2222-3333-4444-555555555555"
PASSWORD = "fake-password"
TENANT = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
GRANTED = "token-of-the-bot"
ISSUER = "https://api.botframework.com"
LARGEST_BODY = 28 * 1024  # bytes of a message to Teams
PATIENCE = 10  # seconds that a test waits for what must come


@dataclass(frozen=True, slots=True)
class Forgery:
    """How a token differs from a right one. A claim that is None is left out; times are seconds from now."""

    claims: Mapping[str, Any] = field(default_factory=dict)
    kid: str | None = "signing"
    signing: str = "signing"


WRONG_TOKENS: Mapping[str, Forgery | str] = {
    "expired": Forgery({"exp": -3600}),
    "not yet valid": Forgery({"nbf": 3600}),
    "without end": Forgery({"exp": None}),
    "wrong audience": Forgery({"aud": "another-bot"}),
    "wrong issuer": Forgery({"iss": "https://example.com"}),
    "other serviceurl": Forgery({"serviceurl": "https://example.com/"}),
    "no serviceurl": Forgery({"serviceurl": None}),
    "wrong key": Forgery(signing="another"),
    "unknown kid": Forgery(kid="nobody-knows"),
    "no kid": Forgery(kid=None),
    "not endorsed": Forgery(kid="elsewhere", signing="elsewhere"),
    "alg none": "none",
    "HS256": "HS256",
    "garbage": "garbage",
}


@cache
def key(name: str) -> RSAPrivateKey:
    """Return an RSA key; the same one for the same name, for making one takes long."""
    return generate_private_key(public_exponent=65537, key_size=2048)


def jwk(name: str, *endorsed: str) -> dict[str, Any]:
    """Return a public key as Microsoft publishes it, without `alg`."""
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key(name).public_key()))
    return {"kty": "RSA", "use": "sig", "kid": name, "n": public["n"], "e": public["e"], "endorsements": list(endorsed)}


@dataclass(frozen=True, slots=True)
class Sent:
    """An activity that the bot sent; `answers` is the id of the one that it answers."""

    conversation: str
    answers: str
    activity: Mapping[str, Any]

    @property
    def card(self) -> Mapping[str, Any]:
        content: Mapping[str, Any] = self.activity["attachments"][0]["content"]
        return content


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody in Teams; `installed`: the app is there for them, so that they can be written to alone."""

    account: str
    name: str
    email: str = ""
    user: str = ""  # their id in the directory
    role: str = "user"
    tenant: str = TENANT
    installed: bool = True

    @property
    def chat(self) -> str:
        return f"a:{self.account}"

    @property
    def member(self) -> dict[str, str]:
        principal = self.email if self.role == "user" else f"{self.email.replace('@', '_')}#EXT#@school.example"
        return {
            "id": self.account,
            "name": self.name,
            "email": self.email,
            "userPrincipalName": principal,
            "tenantId": self.tenant,
            "userRole": self.role,
            "aadObjectId": self.user,
        }


TEACHER = Colleague("29:teacher", "A. Teacher", "a.teacher@unicoz.nl", "user-teacher")
MANAGER = Colleague("29:manager", "M. Anager", "m.anager@unicoz.nl", "user-manager")
DESK = Colleague("29:desk", "D. Esk", "d.esk@unicoz.nl", "user-desk")
OTHER = Colleague("29:other", "O. Ther", "o.ther@unicoz.nl", "user-other")
GUEST = Colleague("29:guest", "G. Uest", "g.uest@unicoz.nl", "user-guest", role="guest")
STRANGER = Colleague("29:stranger", "S. Tranger", "s.tranger@unicoz.nl", "user-stranger", tenant="elsewhere")
ABSENT = Colleague("29:absent", "A. Bsent", "a.bsent@unicoz.nl", "user-absent", installed=False)
CHANNEL = "19:desk@thread.tacv2"
GROUP = "group-of-the-team"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the connector says instead of taking an activity."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    code: str = "Refused"


class FakeTeams:
    """`async with FakeTeams() as teams`: `teams.settings` switches the bot on and points it here."""

    def __init__(self) -> None:
        self.url = ""
        self.keys = [jwk("signing", "msteams", "webchat"), jwk("elsewhere", "skype")]
        self.keys_reachable = True
        self.keys_fetched = 0
        self.token_requests: list[Mapping[str, Any]] = []
        self.sent: list[Sent] = []
        self.edited: list[Sent] = []
        self.deleted: list[str] = []
        self.lookups = 0
        self.people = [TEACHER, MANAGER, DESK, OTHER, GUEST, STRANGER, ABSENT]
        self.in_channel = {CHANNEL: {DESK.account, GUEST.account}}
        self.owners = {DESK.user}
        self.visibility = "private"
        self.graph_status = 200
        self.members_status = 0
        self.without_app: set[str] = set()  # conversations that the app is not (or no longer) in
        self.asked_graph: list[str] = []
        self.goes_on = asyncio.Event()  # while it is not set, no chat is opened
        self.goes_on.set()
        self.refused: list[int] = []
        self.accepted = GRANTED
        self._answers: list[Answer] = []
        self._changed = asyncio.Condition()
        app = web.Application()
        app.router.add_get("/openid", self._openid)
        app.router.add_get("/keys", self._keys)
        app.router.add_post("/login/{tenant}/oauth2/v2.0/token", self._grant)
        app.router.add_post("/emea/v3/conversations/{conversation}/activities", self._take)
        app.router.add_post("/emea/v3/conversations/{conversation}/activities/{answers}", self._take)
        app.router.add_put("/emea/v3/conversations/{conversation}/activities/{activity}", self._edit)
        app.router.add_delete("/emea/v3/conversations/{conversation}/activities/{activity}", self._delete)
        app.router.add_get("/emea/v3/conversations/{conversation}/members/{account}", self._member)
        app.router.add_get("/emea/v3/conversations/{conversation}/pagedmembers", self._members)
        app.router.add_post("/emea/v3/conversations", self._open)
        app.router.add_get("/graph/teams/{group}", self._team)
        app.router.add_get("/graph/teams/{group}/members", self._owners)
        app.router.add_get("/identity", self._identity)
        self._runner = web.AppRunner(app, access_log=None)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *exc_details: object) -> None:
        await self._runner.cleanup()

    @property
    def settings(self) -> dict[str, str]:
        return {
            "teams_app_id": APP,
            "teams_app_password": PASSWORD,
            "teams_tenant_id": TENANT,
            "teams_login_url": f"{self.url}/login",
            "teams_openid_url": f"{self.url}/openid",
            "teams_service_url": self.service_url,
            "teams_graph_url": f"{self.url}/graph",
        }

    @property
    def service_url(self) -> str:
        return f"{self.url}/emea/"  # Microsoft's ends in a stroke too

    def will_say(self, *answers: Answer) -> None:
        """Refuse the next activities like this, one each."""
        self._answers.extend(answers)

    async def happens(self, what: Callable[[], object]) -> None:
        """Wait until something is so; looked at after every activity and edit."""
        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(what)

    async def took(self, count: int = 1) -> list[Sent]:
        """Return the activities as soon as there are `count`."""
        await self.happens(lambda: len(self.sent) >= count)
        return self.sent

    async def edits(self, count: int = 1) -> list[Sent]:
        """Return the edits as soon as there are `count`."""
        await self.happens(lambda: len(self.edited) >= count)
        return self.edited

    async def message(self, conversation: str, words: str) -> Sent:
        """Return the newest message in a conversation that shows these words, as soon as there is one."""

        def found() -> list[Sent]:
            told = [*self.sent, *self.edited]
            return [one for one in told if one.conversation == conversation and words in json.dumps(one.activity)]

        await self.happens(found)
        return found()[-1]

    # What the bot reaches

    async def _openid(self, request: web.Request) -> web.Response:
        if not self.keys_reachable:
            return web.Response(status=503)
        return web.json_response({"issuer": ISSUER, "jwks_uri": f"{self.url}/keys"})

    async def _keys(self, request: web.Request) -> web.Response:
        self.keys_fetched += 1
        return web.json_response({"keys": self.keys})

    async def _grant(self, request: web.Request) -> web.Response:
        form = await request.post()
        self.token_requests.append({"tenant": request.match_info["tenant"], **form})
        if (form.get("client_id"), form.get("client_secret")) != (APP, PASSWORD):
            return web.json_response({"error": "invalid_client"}, status=401)
        return web.json_response({"token_type": "Bearer", "expires_in": 3600, "access_token": self.accepted})

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.read()
        refused = await self._refusal(request, len(body))
        where = request.match_info
        if refused is None and not self._may_write(where["conversation"]):
            refused = _said(403, "BotNotInConversationRoster")
        async with self._changed:
            if refused is None:
                self.sent.append(Sent(where["conversation"], where.get("answers", ""), json.loads(body)))
            else:
                self.refused.append(refused.status)
            self._changed.notify_all()
        return refused or web.json_response({"id": f"sent-{len(self.sent)}"}, status=201)

    async def _refusal(self, request: web.Request, size: int = 0) -> web.Response | None:
        if request.headers.get("Authorization") != (f"Bearer {self.accepted}" if self.accepted else None):
            return _said(401, "Unauthorized")
        if size > LARGEST_BODY:
            return _said(413, "MessageSizeTooBig")
        if self._answers:
            answer = self._answers.pop(0)
            return _said(answer.status, answer.code, dict(answer.headers))
        return None

    def _may_write(self, conversation: str) -> bool:
        absent = any(one.chat == conversation and not one.installed for one in self.people)
        return not absent and conversation not in self.without_app

    async def _edit(self, request: web.Request) -> web.Response:
        body = await request.read()
        refused = await self._refusal(request, len(body))
        where = request.match_info
        if refused is None and not self._may_write(where["conversation"]):
            refused = _said(403, "BotNotInConversationRoster")
        if refused is None and where["activity"] in self.deleted:
            refused = _said(404, "ActivityNotFoundInConversation")
        async with self._changed:
            if refused is None:
                self.edited.append(Sent(where["conversation"], where["activity"], json.loads(body)))
            else:
                self.refused.append(refused.status)
            self._changed.notify_all()
        return refused or web.json_response({"id": where["activity"]})

    async def _delete(self, request: web.Request) -> web.Response:
        self.deleted.append(request.match_info["activity"])
        return web.Response(status=200)

    async def _member(self, request: web.Request) -> web.Response:
        self.lookups += 1
        if self.members_status:
            return _said(self.members_status, "Trouble")
        where = request.match_info
        found = next((one for one in self.people if where["account"] in (one.account, one.user)), None)
        inside = self.in_channel.get(where["conversation"])
        if found is None or (inside is not None and found.account not in inside):
            return _said(404, "MemberNotFoundInConversation")
        return web.json_response(found.member)

    async def _members(self, request: web.Request) -> web.Response:
        if request.match_info["conversation"] not in self.in_channel:
            return _said(403, "BotNotInConversationRoster")
        return web.json_response({"members": []})

    async def _open(self, request: web.Request) -> web.Response:
        await self.goes_on.wait()
        refused = await self._refusal(request)
        wanted = json.loads(await request.read())["members"][0]["id"]
        found = next((one for one in self.people if wanted in (one.account, one.user)), None)
        if refused is None and (found is None or not found.installed):
            refused = _said(403, "BotNotInConversationRoster")
        if refused is not None or found is None:
            return refused or _said(403, "BotNotInConversationRoster")
        return web.json_response({"id": found.chat}, status=201)

    async def _team(self, request: web.Request) -> web.Response:
        self.asked_graph.append(request.path)
        if request.headers.get("Authorization") != f"Bearer {self.accepted}":
            return _said(401, "Unauthorized")
        return web.json_response({"visibility": self.visibility}, status=self.graph_status)

    async def _owners(self, request: web.Request) -> web.Response:
        self.asked_graph.append(request.path)
        listed = [{"userId": one.user, "roles": ["owner"] if one.user in self.owners else []} for one in self.people]
        return web.json_response({"value": listed}, status=self.graph_status)

    async def _identity(self, request: web.Request) -> web.Response:
        if request.headers.get("X-IDENTITY-HEADER") != PASSWORD:
            return web.Response(status=401)
        self.token_requests.append(dict(request.query))
        return web.json_response({"access_token": self.accepted, "expires_on": str(int(time.time()) + 3600)})

    # What reaches the bot

    def token(self, kind: str = "valid") -> str:
        """Return Microsoft's token for this bot, or one of `WRONG_TOKENS`."""
        wrong = WRONG_TOKENS.get(kind, Forgery())
        forgery = Forgery() if isinstance(wrong, str) else wrong
        claims = {"iss": ISSUER, "aud": APP, "nbf": -60, "exp": 3600, "serviceurl": self.service_url, **forgery.claims}
        now = int(time.time())
        claims = {
            name: value + now if name in ("nbf", "exp") else value
            for name, value in claims.items()
            if value is not None
        }
        headers = {"kid": forgery.kid} if forgery.kid else {}
        match wrong:
            case "none":
                return jwt.encode(claims, "", algorithm="none", headers=headers)
            case "HS256":
                return _with_public_key_as_secret(claims, headers)
            case "garbage":
                return "nothing.like.a-token"
        return jwt.encode(claims, key(forgery.signing), algorithm="RS256", headers=headers)

    def activity(self, text: str = "", **changes: Any) -> dict[str, Any]:
        """Return a message in a personal chat; `changes` replace fields, and `None` takes a field out."""
        activity: dict[str, Any] = {
            "type": "message",
            "id": "1700000000000",
            "timestamp": "2026-11-24T09:00:00.000Z",
            "channelId": "msteams",
            "serviceUrl": self.service_url,
            "from": {"id": "29:teacher", "name": "A. Teacher", "aadObjectId": "0"},
            "recipient": {"id": f"28:{APP}", "name": "Protocolwijzer"},
            "conversation": {"id": "a:1chat", "conversationType": "personal", "tenantId": TENANT},
            "channelData": {"tenant": {"id": TENANT}},
            "locale": "nl-NL",
            "textFormat": "plain",
            "text": text,
            "entities": [{"type": "clientInfo", "locale": "nl-NL", "country": "NL", "platform": "Web"}],
        }
        activity.update(changes)
        return {name: value for name, value in activity.items() if value is not None}


def _said(status: int, code: str, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.json_response({"error": {"code": code}}, status=status, headers=headers)


def _with_public_key_as_secret(claims: Mapping[str, Any], headers: Mapping[str, str]) -> str:
    """Return the classic forgery: the public key, which all know, used as the secret of an HMAC."""
    pem = key("signing").public_key()
    secret = pem.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    signed = b".".join(
        _base64(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT", **headers}, claims)
    )
    return b".".join((signed, _base64(hmac.new(secret, signed, hashlib.sha256).digest()))).decode()


def _base64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
