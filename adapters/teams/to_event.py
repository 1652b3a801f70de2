"""From Teams activities to events."""

from __future__ import annotations

import html
import re
from typing import Any

from botbuilder.schema import Activity

from bot.events import LANGUAGES, Address, Event, Person, Pressed, Said

_MENTION = re.compile(r"<at[^>]*>.*?</at>", re.DOTALL)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")  # not the < of "a < b"


def message(activity: Activity) -> Event | None:
    """Return what somebody wrote or submitted; None for everything that is no message of a person."""
    sender = activity.from_property
    if activity.type != "message" or sender is None or not sender.id or sender.role == "bot":
        return None
    language = (activity.locale or "")[:2].lower()
    person = Person(sender.id, "en" if language == "en" else "nl" if language == "nl" else None)
    address = Address("teams", activity.conversation.id)
    private = activity.conversation.conversation_type in (None, "personal")
    deed: Said | Pressed
    if isinstance(activity.value, dict):
        if "action" not in activity.value:
            return None  # the button of another card
        deed = press(activity.value)
    else:
        deed = Said(readable(activity.text or ""))
    return Event(activity.id, person, address, deed, private)


def press(data: dict[str, Any]) -> Pressed:
    language = data.get("language")
    return Pressed(str(data["action"]), str(data.get("value", "")), language if language in LANGUAGES else None)


def readable(text: str) -> str:
    """Return the text without the mention of the bot and without markup."""
    return html.unescape(_TAG.sub(" ", _MENTION.sub(" ", text))).replace("\xa0", " ").strip()
