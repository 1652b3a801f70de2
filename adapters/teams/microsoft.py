"""Our line to Microsoft: one session, our tokens, and connectors to any of its addresses."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
from aiohttp import web

from adapters.settings import Settings
from adapters.teams.authentication import Authentication
from adapters.teams.connector import IN_A_TURN, Connector, Connectors
from adapters.teams.graph import Graph
from adapters.teams.tokens import GRAPH, OwnToken

_TIMEOUT = aiohttp.ClientTimeout(total=9)  # a delivery may take 10 s, and Teams waits 15


class Microsoft:
    """Open as long as the server runs."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.authentication: Authentication
        self.graph: Graph
        self._connectors: Connectors

    async def context(self, _: web.Application) -> AsyncIterator[None]:
        async with aiohttp.ClientSession(timeout=_TIMEOUT) as session:
            self._connectors = Connectors(OwnToken(self.settings, session), session)
            self.authentication = Authentication(self.settings, session, self._connectors)
            self.graph = Graph(self.settings.teams_graph_url, OwnToken(self.settings, session, GRAPH), session)
            yield

    def connector(self, service_url: str, attempts: int = IN_A_TURN) -> Connector:
        return self._connectors.to(service_url or self.settings.teams_service_url, attempts)

    @property
    def bot(self) -> str:
        """Our own account in Teams."""
        return f"28:{self.settings.teams_app_id}"

    @property
    def token(self) -> OwnToken:
        return self._connectors.token
