"""Where something happened in Slack, and so where its answer can be shown."""

from __future__ import annotations

from dataclasses import dataclass

from bot.events import Event


@dataclass(frozen=True, slots=True)
class Place:
    """`channel` is empty where there is none: the answer then goes to the direct message with `user`.

    `response_url` reaches whoever pressed or typed, also where the bot is no member. `trigger` opens a form, for three
    seconds. `view` is the modal in which a button was pressed. `alone`: nobody else sees what was pressed there.
    """

    user: str
    channel: str = ""
    thread: str = ""
    response_url: str = ""
    trigger: str = ""
    view: str = ""
    alone: bool = False

    @property
    def in_public(self) -> bool:
        return bool(self.channel) and not self.channel.startswith("D") and not self.alone


@dataclass(frozen=True, slots=True)
class Occasion:
    """An event and its place."""

    event: Event
    place: Place
