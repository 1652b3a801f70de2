"""Sending activities as Teams does, and looking into the cards that come back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from io import BytesIO
from typing import Any

from tests.conftest import Server
from tests.fakes.teams import FakeTeams

QUESTION = "Mag ik een foto van een leerling op Facebook zetten?"


async def send(server: Server, body: bytes, authorization: str = "") -> tuple[int, Any]:
    headers = {"Content-Type": "application/json", **({"Authorization": authorization} if authorization else {})}
    async with server.client.post("/api/messages", data=BytesIO(body), headers=headers) as response:
        return response.status, await response.json()


async def say(server: Server, teams: FakeTeams, text: Any = QUESTION, **changes: Any) -> int:
    """Send a message with Microsoft's token; return the status."""
    body = json.dumps(teams.activity(text, **changes)).encode()
    return (await send(server, body, f"Bearer {teams.token()}"))[0]


def found(element: Any, kind: str) -> list[Mapping[str, Any]]:
    """Return all elements and actions of a kind, at any depth."""
    if isinstance(element, list):
        return [one for inner in element for one in found(inner, kind)]
    if not isinstance(element, dict):
        return []
    inside = [one for inner in element.values() for one in found(inner, kind)]
    return [element, *inside] if element.get("type") == kind else inside
