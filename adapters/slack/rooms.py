"""The direct message of each person: what `to_event.alone` stands for, as a channel to post in."""

from __future__ import annotations

from slack_sdk.web.async_client import AsyncWebClient

_MOST = 20_000


class Rooms:
    """Remembers the direct messages seen, and asks Slack for the others."""

    def __init__(self) -> None:
        self._of: dict[str, str] = {}

    def saw(self, user: str, channel: str) -> None:
        if len(self._of) >= _MOST:
            self._of.clear()
        self._of[user] = channel

    async def channel(self, client: AsyncWebClient, conversation: str) -> str:
        """Return the channel of an address's conversation; raises what the call raises."""
        if not conversation.startswith(("U", "W")):
            return conversation
        if conversation not in self._of:
            opened = await client.conversations_open(users=conversation)
            self.saw(conversation, str(opened["channel"]["id"]))
        return self._of[conversation]
