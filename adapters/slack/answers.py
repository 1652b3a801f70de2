"""What follows from an event: within Slack's time, and in the language of whoever it is for."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import structlog

from adapters.failures import failure
from adapters.slack.in_time import InTime
from adapters.slack.languages import Languages
from bot.conversation import Conversation
from bot.events import Event, Language
from bot.ports import StoreError
from bot.replies import Form, Reply

_log = structlog.get_logger()


class Answers:
    """Asks the conversation. Whoever did something is given their usual language, where the deed itself has none."""

    def __init__(self, conversation: Conversation, languages: Languages, in_time: InTime) -> None:
        self._conversation = conversation
        self._languages = languages
        self._in_time = in_time

    async def to(self, event: Event) -> Reply | Form | None:
        """Return what follows; raises `StoreError` when it could not be stored in time."""
        try:
            return await self._in_time.do(event.key, partial(self._follow, event))
        except StoreError as error:
            _log.error("case not stored", platform="slack", why=str(error))
            raise
        except Exception as error:  # noqa: BLE001 (logged, and said to the person)
            _log.error("event failed", platform="slack", **failure(error))
            return self._conversation.sorry(self._in_known_language(event))

    async def anyhow(self, event: Event) -> Reply | Form | None:
        """Return what follows, or that it could not be stored."""
        try:
            return await self.to(event)
        except StoreError:
            return self.not_stored(event)

    def not_stored(self, event: Event) -> Reply:
        return self._conversation.not_stored(self._in_known_language(event))

    async def _follow(self, event: Event) -> Reply | Form | None:
        if event.person.language is None:
            event = _in(event, await self._languages.of(event.person.account))
        return (await self._conversation.handle(event)).reply

    def _in_known_language(self, event: Event) -> Event:
        return event if event.person.language else _in(event, self._languages.known(event.person.account))


def _in(event: Event, language: Language | None) -> Event:
    return replace(event, person=replace(event.person, language=language))
