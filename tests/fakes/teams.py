"""Microsoft on a loopback port: signing keys, the token endpoint, the connector, and tokens right and wrong."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
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
class Answer:
    """What the connector says instead of taking an activity."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)


class FakeTeams:
    """`async with FakeTeams() as teams`: `teams.settings` switches the bot on and points it here."""

    def __init__(self) -> None:
        self.url = ""
        self.keys = [jwk("signing", "msteams", "webchat"), jwk("elsewhere", "skype")]
        self.keys_reachable = True
        self.keys_fetched = 0
        self.token_requests: list[Mapping[str, Any]] = []
        self.sent: list[Sent] = []
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
        }

    @property
    def service_url(self) -> str:
        return f"{self.url}/emea/"  # Microsoft's ends in a stroke too

    def will_say(self, *answers: Answer) -> None:
        """Refuse the next activities like this, one each."""
        self._answers.extend(answers)

    async def took(self, count: int = 1) -> list[Sent]:
        """Return the activities as soon as there are `count`."""
        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(lambda: len(self.sent) >= count)
        return self.sent

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
        status, headers = 201, {}
        if request.headers.get("Authorization") != f"Bearer {self.accepted}":
            status = 401
        elif len(body) > LARGEST_BODY:
            status = 413
        elif self._answers:
            answer = self._answers.pop(0)
            status, headers = answer.status, dict(answer.headers)
        async with self._changed:
            if status == 201:
                where = request.match_info
                self.sent.append(Sent(where["conversation"], where.get("answers", ""), json.loads(body)))
            else:
                self.refused.append(status)
            self._changed.notify_all()
        said = {"id": f"sent-{len(self.sent)}"} if status == 201 else {"error": {"code": str(status)}}
        return web.json_response(said, status=status, headers=headers)

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
