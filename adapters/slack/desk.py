"""The desk's channel: set with "/protocol koppel" by somebody who administers the workspace, or by setting."""

from __future__ import annotations

import structlog
from slack_sdk.errors import SlackApiError

from adapters.slack.forms import Words
from adapters.slack.people import CALL_ERRORS, SlackPeople
from adapters.slack.place import Place
from adapters.slack.trouble import is_passing, words
from bot.events import Address, Language
from bot.handoff.hand_off import HandOff
from bot.ports import StoreError
from bot.replies import Audience, Heading, Reply

LINK = ("koppel", "link")
_log = structlog.get_logger()


class Linking:
    """Makes a channel the desk's."""

    def __init__(self, hand_off: HandOff, people: SlackPeople, say: Words) -> None:
        self._hand_off = hand_off
        self._people = people
        self._say = say

    async def link(self, place: Place) -> Reply:
        """Make the channel of a command the desk's; say so, or why not. Raises `StoreError`."""
        language = await self._people.language(place.user) or "nl"
        if not await self._people.is_admin(place.user):
            return self._sentence(language, "desk-not-allowed")
        if place.channel.startswith("D"):
            return self._sentence(language, "desk-not-private")
        try:
            if not await self._people.is_private(place.channel):
                return self._sentence(language, "desk-not-private")
        except SlackApiError as error:
            if is_passing(error):
                raise StoreError("Slack does not say what channel this is.") from None
            return self._sentence(language, "slack-invite")  # the app sees private channels that it is in, no others
        except CALL_ERRORS:
            raise StoreError("Slack does not say what channel this is.") from None
        return await self._linked(place.channel, language)

    async def link_as_set(self, channel: str) -> bool:
        """Make the channel of the settings the desk's; say whether that needs no second try."""
        try:
            if not await self._people.is_private(channel):
                _log.error("desk not linked", platform="slack", problem="Het kanaal is openbaar, of gedeeld.")
                return True
            if Address("slack", channel) not in await self._hand_off.desks():
                await self._linked(channel, "nl")
        except SlackApiError as error:
            _log.error("desk not linked", platform="slack", problem=words(error))
            return not is_passing(error)
        except (*CALL_ERRORS, StoreError) as error:
            _log.error("desk not linked", platform="slack", problem=type(error).__name__)
            return False
        return True

    async def _linked(self, channel: str, language: Language) -> Reply:
        reply = await self._hand_off.link_desk(Address("slack", channel), language)
        self._people.forget_desk()
        return reply

    def _sentence(self, language: Language, sentence: str) -> Reply:
        return Reply((Heading(self._say(language, sentence)),), language, Audience.PERSON)
