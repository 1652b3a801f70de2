"""Whose request is it: botbuilder's authentication port, for one bot of one tenant."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import aiohttp
import jwt
from botframework.connector.auth import (
    AuthenticateRequestResult,
    BotFrameworkAuthentication,
    ClaimsIdentity,
    ConnectorFactory,
)

from adapters.settings import Settings
from adapters.teams.connector import Connectors
from adapters.teams.tokens import SigningKeys

_ISSUER = "https://api.botframework.com"  # Bot Connector authentication, "Connector to Bot"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_LEEWAY = 300  # seconds of clock difference, as the documentation allows


class NotAuthenticatedError(Exception):
    """The request is not Microsoft's, or not for this bot."""


class Authentication(BotFrameworkAuthentication):
    """Checks what comes in and hands out connectors for what goes out."""

    def __init__(self, settings: Settings, session: aiohttp.ClientSession, connectors: Connectors) -> None:
        self._app_id = settings.teams_app_id
        self._keys = SigningKeys(settings.teams_openid_url, session)
        self._connectors = connectors

    async def authenticate(self, header: str, channel: str, service_url: str) -> AuthenticateRequestResult:
        """Return whose request it is; raises `NotAuthenticatedError` or `KeysUnreachableError`."""
        if not self._app_id:
            return self._anonymous(service_url)
        kind, _, token = header.partition(" ")
        if kind.lower() != "bearer" or not token:
            raise NotAuthenticatedError("There is no token.")
        claims = await self._claims(token, channel)
        if claims.get("serviceurl") != service_url:
            raise NotAuthenticatedError("The token is for another service address.")
        return self._result(ClaimsIdentity(claims, is_authenticated=True))

    def _anonymous(self, service_url: str) -> AuthenticateRequestResult:
        """Take the request of a tool on this computer; answers must not leave it either."""
        if urlsplit(service_url).hostname not in _LOOPBACK:
            raise NotAuthenticatedError("In development mode the service address must be on this computer.")
        return self._result(ClaimsIdentity({}, is_authenticated=False))

    def _result(self, identity: ClaimsIdentity) -> AuthenticateRequestResult:
        result = AuthenticateRequestResult()
        result.claims_identity = identity
        result.audience = _ISSUER
        result.connector_factory = self._connectors
        return result

    async def _claims(self, token: str, channel: str) -> dict[str, Any]:
        try:
            key = await self._keys.get(jwt.get_unverified_header(token)["kid"])
            if key is None:
                raise NotAuthenticatedError("The token is signed with an unknown key.")
            if channel not in key.get("endorsements", []):
                raise NotAuthenticatedError("The key is not endorsed for this channel.")
            return jwt.decode(
                token,
                jwt.PyJWK(dict(key)),
                algorithms=["RS256"],
                audience=self._app_id,
                issuer=_ISSUER,
                leeway=_LEEWAY,
                options={"require": ["exp", "nbf", "iss", "aud"]},
            )
        # a token is anybody's text: perhaps not in ASCII, or without a key id
        except (jwt.PyJWTError, LookupError, ValueError) as error:
            raise NotAuthenticatedError("The token is not valid.") from error

    async def authenticate_request(self, activity: Any, auth_header: str) -> AuthenticateRequestResult:
        return await self.authenticate(auth_header, activity.channel_id, activity.service_url)

    def create_connector_factory(self, claims_identity: ClaimsIdentity) -> ConnectorFactory:
        return self._connectors

    async def create_user_token_client(self, claims_identity: ClaimsIdentity) -> None:
        """Nobody signs in through this bot."""

    async def authenticate_streaming_request(
        self, auth_header: str, channel_id_header: str
    ) -> AuthenticateRequestResult:
        raise NotAuthenticatedError("Streaming is not offered.")
