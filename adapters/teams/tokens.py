"""Microsoft's keys, and our own token. Both are fetched without blocking the event loop, and kept."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Mapping
from typing import Any

import aiohttp

from adapters.settings import Settings

CONNECTOR = "https://api.botframework.com"  # what a token is for
GRAPH = "https://graph.microsoft.com"
_METADATA = "http://169.254.169.254/metadata/identity/oauth2/token"  # of a virtual machine on Azure
_MARGIN = 300  # seconds before its end at which a token is no longer used
_KEYS_LAST = 24 * 3600  # seconds
_REFRESH_PAUSE = 300  # seconds between two fetches for an unknown key
_ERRORS = (aiohttp.ClientError, TimeoutError, LookupError, ValueError, TypeError, AttributeError)


class KeysUnreachableError(Exception):
    """Microsoft's signing keys cannot be fetched now."""


class TokenUnavailableError(Exception):
    """Microsoft grants us no token now."""


class SigningKeys:
    """Microsoft's public keys by key id, fetched when first needed, after a day, and for an unknown key id.

    Microsoft changes its keys at any time: waiting a day for an unknown one would refuse everybody till then. Yet
    anybody can send unknown key ids, so those lead to a fetch in five minutes at most.
    """

    def __init__(
        self, openid_url: str, session: aiohttp.ClientSession, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self._url = openid_url
        self._session = session
        self._seconds = seconds
        self._keys: Mapping[str, Mapping[str, Any]] = {}
        self._fetched = self._tried = 0.0
        self._lock = asyncio.Lock()

    async def get(self, key_id: str) -> Mapping[str, Any] | None:
        """Return the key with its endorsements; None when there is none; raises `KeysUnreachableError`."""
        if self._wants(key_id):
            tried = self._tried
            async with self._lock:
                if self._tried == tried or not self._keys:  # nobody did it while this one waited
                    await self._fetch()
        return self._keys.get(key_id)

    def _wants(self, key_id: str) -> bool:
        if not self._keys:
            return True
        outdated = self._seconds() - self._fetched > _KEYS_LAST
        return (outdated or key_id not in self._keys) and self._seconds() - self._tried > _REFRESH_PAUSE

    async def _fetch(self) -> None:
        self._tried = self._seconds()
        try:
            async with self._session.get(self._url, raise_for_status=True) as response:
                document = await response.json(content_type=None)
            async with self._session.get(document["jwks_uri"], raise_for_status=True) as response:
                found = await response.json(content_type=None)
            self._keys = {key["kid"]: key for key in found["keys"]}
            self._fetched = self._seconds()
        except _ERRORS as error:
            if not self._keys:  # old keys are better than none
                raise KeysUnreachableError("Microsoft's signing keys cannot be fetched.") from error


class OwnToken:
    """Our own token for one of Microsoft's services, kept until shortly before its end.

    By OAuth 2.0 client credentials (RFC 6749, 4.4), or from Azure where the bot has a user-assigned identity there.
    """

    def __init__(self, settings: Settings, session: aiohttp.ClientSession, resource: str = CONNECTOR) -> None:
        self._settings = settings
        self._session = session
        self._resource = resource
        self._token = ""
        self._ends = 0.0
        self._lock = asyncio.Lock()

    async def get(self) -> str:
        """Return the token; an empty one in development mode. Raises `TokenUnavailableError`."""
        if not self._settings.teams_app_id:
            return ""
        async with self._lock:
            if not self._token or time.monotonic() >= self._ends:
                try:
                    granted = await (
                        self._of_identity() if self._settings.teams_managed_identity else self._of_secret()
                    )
                    self._token, lasts = str(granted["access_token"]), float(granted["expires_in"])
                except _ERRORS as error:
                    raise TokenUnavailableError("Microsoft grants no token.") from error
                self._ends = time.monotonic() + max(lasts - _MARGIN, 0)
            return self._token

    async def _of_secret(self) -> Mapping[str, Any]:
        settings = self._settings
        assert settings.teams_app_password  # whole or absent, see Settings
        form = {
            "grant_type": "client_credentials",
            "client_id": settings.teams_app_id,
            "client_secret": settings.teams_app_password.get_secret_value(),
            "scope": f"{self._resource}/.default",
        }
        url = f"{settings.teams_login_url}/{settings.teams_tenant_id}/oauth2/v2.0/token"
        async with self._session.post(url, data=form, raise_for_status=True) as response:
            granted: Mapping[str, Any] = await response.json(content_type=None)
        return granted

    async def _of_identity(self) -> Mapping[str, Any]:
        """Ask App Service, or else the virtual machine that this runs on."""
        url, secret = os.environ.get("IDENTITY_ENDPOINT", ""), os.environ.get("IDENTITY_HEADER", "")
        headers = {"X-IDENTITY-HEADER": secret} if url else {"Metadata": "true"}
        asked = {
            "api-version": "2019-08-01" if url else "2018-02-01",
            "resource": self._resource,
            "client_id": self._settings.teams_app_id,
        }
        async with self._session.get(
            url or _METADATA, params=asked, headers=headers, raise_for_status=True
        ) as response:
            found: Mapping[str, Any] = await response.json(content_type=None)
        lasts = (
            found.get("expires_in") or float(found["expires_on"]) - time.time()
        )  # App Service gives the moment alone
        return {**found, "expires_in": lasts}

    def forget(self, token: str) -> None:
        """Ask for another one next time, unless that has been done since `token` was given out."""
        if token == self._token:
            self._token = ""
