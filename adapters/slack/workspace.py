"""Which workspace this is, and who the bot is in it: asked of Slack once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.people import CALL_ERRORS
from adapters.slack.trouble import words

_WAIT = 2.0  # seconds that an event waits for the first answer; Slack waits for three
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Identity:
    """The bot in its workspace, by Slack's ids."""

    team: str
    user: str
    bot: str


class Workspace:
    """`team` is that of the settings, or empty: then it is the token's."""

    def __init__(self, client: AsyncWebClient, token: str, team: str = "") -> None:
        self._client = client
        self._token = token
        self._team = team
        self._identity: Identity | None = None
        self._asking = asyncio.Lock()

    async def identity(self) -> Identity | None:
        """Return who the bot is; nothing while Slack does not say so, or says that the token is not good."""
        if self._identity:
            return self._identity
        try:
            async with asyncio.timeout(_WAIT), self._asking:
                if self._identity is None:
                    said = await self._client.auth_test()
                    self._identity = Identity(self._team or said["team_id"], said["user_id"], said["bot_id"])
        except CALL_ERRORS as error:
            _log.error("Slack does not know the bot", platform="slack", problem=words(error))
        return self._identity

    async def authorize(self) -> AuthorizeResult:
        """Tell Bolt on whose behalf it works; the identity is known by then."""
        known = self._identity
        assert known is not None
        return AuthorizeResult(
            enterprise_id=None, team_id=known.team, bot_token=self._token, bot_id=known.bot, bot_user_id=known.user
        )


def team_of(body: Mapping[str, Any]) -> str:
    """Return the workspace that a request is about; empty where it names none."""
    team = body.get("team")
    if isinstance(team, Mapping):
        return str(team.get("id", ""))
    user = body.get("user")
    of_user = user.get("team_id") if isinstance(user, Mapping) else ""
    return str(body.get("team_id") or of_user or "")
