"""App Home, and what the conversation suggests to ask."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack import render
from adapters.slack.forms import Words
from adapters.slack.languages import Languages
from adapters.slack.people import CALL_ERRORS
from adapters.slack.to_event import alone
from adapters.slack.trouble import words as trouble_words
from bot.actions import Action
from bot.events import Arrived, Event, Language, Person
from bot.handoff.hand_off import HandOff
from bot.knowledge import Knowledge
from bot.ports import StoreError
from bot.presenting import Presenter
from bot.replies import Button, Buttons, Footer, Heading, Paragraph, Part, Reply

_MOST_PROMPTS = 4
_LANGUAGE_WAIT = 5.0  # seconds: nobody waits for App Home, and it is long in one language
_log = structlog.get_logger()


class Home:
    """Composes App Home of one person from the core's own replies."""

    LANGUAGE = "slack-home-language"  # the action of the button for the other language

    def __init__(
        self,
        client: AsyncWebClient,
        languages: Languages,
        hand_off: HandOff,
        knowledge: Callable[[], Knowledge],
        say: Words,
    ) -> None:
        self._client = client
        self._hand_off = hand_off
        self._knowledge = knowledge
        self._say = say
        self._languages = languages

    async def publish(self, user: str, chosen: Language | None = None) -> None:
        """Show somebody their App Home as it is now."""
        if chosen:
            self._languages.choose(user, chosen)
        view = await self.view(user, await self._language(user))
        try:
            await self._client.views_publish(user_id=user, view=view)
        except CALL_ERRORS as error:
            _log.error("home not shown", platform="slack", problem=trouble_words(error))

    async def suggest(self, user: str, channel: str) -> None:
        """Offer questions in the agent's container; a plan without one has none, and the direct message does."""
        language = await self._language(user)
        greeting = Presenter(self._knowledge()).greeting(language)
        starters = [
            button.value
            for part in greeting.parts
            if isinstance(part, Buttons)
            for button in part.buttons
            if button.action == Action.SAY
        ]
        prompts = [{"title": text, "message": text} for text in starters[:_MOST_PROMPTS]]
        title = self._say(language, "greeting")
        try:
            await self._client.assistant_threads_setSuggestedPrompts(channel_id=channel, prompts=prompts, title=title)
        except CALL_ERRORS as error:
            _log.info("no suggested prompts", platform="slack", problem=trouble_words(error))

    async def view(self, user: str, language: Language) -> dict[str, Any]:
        """Return the view: what to ask, one's cases, and those that one answers."""
        greeting = Presenter(self._knowledge()).greeting(language)
        parts = [*greeting.parts, *await self._cases(user, language), *self._settings(language)]
        blocks = render.view_blocks(Reply(tuple(parts), language))
        return {
            "type": "home",
            "private_metadata": json.dumps({"language": language}),
            "blocks": blocks[: render.MOST_BLOCKS_OF_VIEW],
        }

    async def _language(self, user: str) -> Language:
        return await self._languages.of(user, _LANGUAGE_WAIT) or "nl"

    async def _cases(self, user: str, language: Language) -> list[Part]:
        event = Event("home", Person(user, language), alone(user), Arrived(), reachable=True)
        try:
            answering = await self._hand_off.acting.listing(event)
            own = await self._hand_off.acting.mine(event)
        except StoreError:
            return [Heading(self._say(language, "slack-cases-away"))]
        return [*(answering.parts if answering else ()), *self._own(own.parts, language)]

    def _own(self, parts: Sequence[Part], language: Language) -> list[Part]:
        """Return one's own cases under a heading, also where there are none: above them may stand somebody else's."""
        heading = Heading(self._say(language, "mine"))
        if heading in parts:
            return list(parts)
        return [heading, *(Paragraph(one.text) if isinstance(one, Heading) else one for one in parts)]

    def _settings(self, language: Language) -> list[Part]:
        other: Language = "en" if language == "nl" else "nl"
        button = Button(self._say(language, "page-other-language"), self.LANGUAGE, other)
        return [
            Footer(self._say(language, "slack-home-language")),
            Footer(self._say(language, "slack-home-privacy")),
            Buttons((button,)),
        ]
