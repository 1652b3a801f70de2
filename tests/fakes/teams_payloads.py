"""Sending activities as Teams does, and looking into the cards that come back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from io import BytesIO
from typing import Any

from tests.conftest import Server
from tests.fakes.teams import TENANT, Colleague, FakeTeams

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


async def invoke(server: Server, teams: FakeTeams, name: str, value: Any, **changes: Any) -> tuple[int, Any]:
    """Send an invoke with Microsoft's token; return the status and the answer."""
    body = teams.activity(type="invoke", name=name, value=value, **changes)
    return await send(server, json.dumps(body).encode(), f"Bearer {teams.token()}")


def by(person: Colleague, conversation: str = "", kind: str = "personal", **more: Any) -> dict[str, Any]:
    """Return the fields of an activity that say who did it and where; personal chats unless said otherwise."""
    return {
        "from": {"id": person.account, "name": person.name, "aadObjectId": person.user},
        "conversation": {"id": conversation or person.chat, "conversationType": kind, "tenantId": TENANT},
        **more,
    }


def press(card: Any, words: str) -> Mapping[str, Any]:
    """Return the data of the button, or the choice, that bears these words."""
    actions = [*found(card, "Action.Execute"), *found(card, "Action.Submit")]
    offered = {one["title"]: one["data"] for one in actions}
    data: Mapping[str, Any] | None = next((offered[title] for title in offered if words in title), None)
    assert data is not None, f"{words!r} is not offered but {list(offered)}"
    return data


def shown(card: Any) -> str:
    """Return what a card shows, as plain words."""
    blocks = [block["text"].replace("\\", "") for block in found(card, "TextBlock")]
    runs = ["".join(run["text"] for run in found(line, "TextRun")) for line in found(card, "RichTextBlock")]
    return "\n".join((*blocks, *runs))
