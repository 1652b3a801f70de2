"""The channel in which communications works: set from inside Teams by an owner of its team, or by a setting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from botbuilder.schema import Activity

from adapters.teams import to_event
from adapters.teams.graph import GraphError
from adapters.teams.known import Known
from adapters.teams.microsoft import Microsoft
from bot.events import Address, Language
from bot.handoff.hand_off import HandOff
from bot.replies import Audience, Reply

_WORDS: Mapping[str, Language] = {"koppel": "nl", "link": "en"}  # what an owner writes behind the mention
_Refusal = Literal["", "desk-not-private", "desk-not-allowed", "teams-owner-unknown"]


@dataclass(frozen=True, slots=True)
class DeskChannel:
    """Links a channel. Raises `StoreError`."""

    microsoft: Microsoft
    known: Known
    hand_off: HandOff

    def is_asked(self, activity: Activity, text: str) -> bool:
        return to_event.is_shared(activity) and text.strip().casefold() in _WORDS

    async def link(self, activity: Activity, text: str) -> Reply:
        """Make the channel the desk's, or say why not, in the language that was asked in."""
        language = _WORDS[text.strip().casefold()]
        refusal = await self._refusal(activity)
        if refusal:
            return replace(self.hand_off.office.plain(language, refusal), audience=Audience.CONVERSATION)
        place = to_event.place(activity)
        await self.known.keep(place)  # without it the cases would not find their way
        linked = await self.hand_off.link_desk(Address("teams", place.conversation), language)
        return replace(linked, audience=Audience.CONVERSATION)

    async def of_setting(self) -> None:
        """Make the channel of the setting the desk's, where there is one."""
        channel = self.microsoft.settings.teams_desk_channel
        if channel and Address("teams", channel) not in await self.hand_off.desks():
            await self.hand_off.link_desk(Address("teams", channel), "nl")

    async def _refusal(self, activity: Activity) -> _Refusal:
        """Return what stands in the way: others than one team's members read along, or this is no owner."""
        data: Mapping[str, Any] = activity.channel_data if isinstance(activity.channel_data, dict) else {}
        kind = to_event.object_in(data, "channel").get("type", "")
        if activity.conversation.conversation_type != "channel" or kind == "shared":
            return "desk-not-private"
        if not self.microsoft.settings.teams_app_id:
            return ""  # development mode: everybody on this computer is an owner
        group = to_event.object_in(data, "team").get("aadGroupId")
        user = activity.from_property.aad_object_id
        if not isinstance(group, str) or not user:
            return "teams-owner-unknown"
        try:
            if kind != "private" and await self.microsoft.graph.is_public(group):
                return "desk-not-private"
            return "" if await self.microsoft.graph.owns(group, user) else "desk-not-allowed"
        except GraphError:
            return "teams-owner-unknown"
