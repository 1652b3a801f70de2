"""What the connector does not tell about a team: whether it is open to all, and who owns it.

Both need the resource-specific consent of the manifest: TeamSettings.Read.Group and TeamMember.Read.Group.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import aiohttp

from adapters.teams.tokens import OwnToken, TokenUnavailableError


class GraphError(Exception):
    """Microsoft Graph does not tell; the text holds a status or a kind of error."""


class Graph:
    """Two questions to Microsoft Graph. Raises `GraphError`."""

    def __init__(self, url: str, token: OwnToken, session: aiohttp.ClientSession) -> None:
        self._url = url.rstrip("/")
        self._token = token
        self._session = session

    async def is_public(self, group: str) -> bool:
        """Say whether everybody in the organisation can join the team by themselves."""
        team = await self._get(f"/teams/{quote(group, safe='')}?$select=visibility")
        return str(team.get("visibility", "")).lower() != "private"

    async def owns(self, group: str, user: str) -> bool:
        """Say whether a person, by their id in the directory, owns the team."""
        asked = f"microsoft.graph.aadUserConversationMember/userId eq '{user.replace(chr(39), '')}'"
        found = await self._get(f"/teams/{quote(group, safe='')}/members?$filter={quote(asked, safe='')}")
        members = found.get("value")
        if not isinstance(members, list):
            raise GraphError("no list")
        # not every tenant applies the filter: the person is looked for in what comes
        mine = [one for one in members if isinstance(one, dict) and one.get("userId") == user]
        return any("owner" in one.get("roles", ()) for one in mine)

    async def _get(self, path: str) -> dict[str, Any]:
        try:
            headers = {"Authorization": f"Bearer {await self._token.get()}"}
            async with self._session.get(f"{self._url}{path}", headers=headers) as response:
                if response.status != 200:  # noqa: PLR2004 (HTTP: all is well)
                    raise GraphError(f"status {response.status}")
                found = await response.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, TokenUnavailableError, ValueError) as error:
            raise GraphError(type(error).__name__) from error
        if not isinstance(found, dict):
            raise GraphError("no object")
        return found
