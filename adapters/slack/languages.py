"""In which language somebody reads where no text decides it: their choice in App Home, else that of their Slack."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from adapters.slack.people import SlackPeople
from bot.events import Language
from bot.ports import Clock

_WAIT = 0.8  # seconds: a trigger opens a form for three, and a reply is due in as many
_SLOW_FOR = timedelta(seconds=30)  # after Slack let somebody wait in vain, nobody waits


class Languages:
    """Asks Slack once for several minutes, and does not wait where Slack is slow: the next event will know."""

    def __init__(self, people: SlackPeople, clock: Clock) -> None:
        self._people = people
        self._clock = clock
        self._chosen: dict[str, Language] = {}  # of those who chose another than their Slack's, until a restart
        self._asking: dict[str, asyncio.Task[Language | None]] = {}
        self._slow_until: datetime | None = None

    def choose(self, user: str, language: Language) -> None:
        self._chosen[user] = language

    def known(self, user: str) -> Language | None:
        """Return somebody's language as far as it is known already."""
        return self._chosen.get(user) or self._people.known_language(user)

    async def of(self, user: str, wait: float = _WAIT) -> Language | None:
        """Return somebody's language after at most `wait` seconds; nothing when it is none of ours, or not known."""
        found = self._chosen.get(user) or self._people.known_language(user, recent=True)
        if found:
            return found
        asked = self._asking.get(user) or self._ask(user)
        slow = self._slow_until is not None and self._clock.now() < self._slow_until
        done, _ = await asyncio.wait({asked}, timeout=0 if slow else wait)
        if not done and not slow:
            self._slow_until = self._clock.now() + _SLOW_FOR
        return asked.result() if done else self.known(user)

    async def settle(self) -> None:
        """Ask no longer: nobody waits for it any more."""
        for asked in self._asking.values():
            asked.cancel()
        await asyncio.gather(*self._asking.values(), return_exceptions=True)

    def _ask(self, user: str) -> asyncio.Task[Language | None]:
        asked = asyncio.get_running_loop().create_task(self._people.language(user))
        self._asking[user] = asked
        asked.add_done_callback(lambda _: self._asking.pop(user, None))
        return asked
