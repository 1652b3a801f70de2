"""From Teams activities to events."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any
from uuid import uuid4

from botbuilder.schema import Activity

from adapters.places import PERSON, Place
from adapters.teams.forms import Filled
from adapters.teams.known import base
from bot.events import LANGUAGES, Address, Arrived, Event, Language, Person, Pressed, Said, Submitted

_MENTION = re.compile(r"<at[^>]*>.*?</at>", re.DOTALL)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")  # not the < of "a < b"
_BLOCKS = ("p", "div", "br", "li", "tr", "blockquote", "h1", "h2", "h3")
_LONGEST_VALUE = 2000  # characters of a button's value
_LONGEST_NAME = 100
Deed = Said | Pressed | Submitted | Arrived


def is_person(activity: Activity) -> bool:
    sender = activity.from_property
    return sender is not None and bool(sender.id) and sender.role != "bot"


def is_shared(activity: Activity) -> bool:
    """Say whether others read along."""
    return activity.conversation.conversation_type not in (None, "personal")


def is_extension(activity: Activity) -> bool:
    """Say whether it comes from a command of the message extension: that works in any chat, the app in it or not."""
    return (activity.name or "").startswith("composeExtension/")


def event(activity: Activity, deed: Deed, *, in_dialog: bool = False, language: Language | None = None) -> Event:
    """Return the event; `language` is that of the form which is sent.

    What is done in a dialog over a shared conversation is done alone, so it gets the person's own.

    Its id is unique over conversations: Teams' own are milliseconds within one.
    """
    shared = is_shared(activity)
    sender = activity.from_property
    person = Person(sender.id, language or language_of(activity.locale), sender.name or "")
    alone = in_dialog and (shared or is_extension(activity))  # the chat of two colleagues is called personal too
    conversation = f"{PERSON}{sender.id}" if alone else activity.conversation.id
    where = hashlib.sha256(activity.conversation.id.encode("utf-8", "replace")).hexdigest()[:16]
    return Event(
        f"{where} {activity.id or uuid4().hex}",
        person,
        Address("teams", conversation),
        deed,
        private=in_dialog or not shared,
        forms=in_dialog or not shared,
        reachable=True,
    )


def place(activity: Activity) -> Place:
    """Return where it happened."""
    sender = activity.from_property
    account = sender.id if sender is not None and not is_shared(activity) else ""
    team = object_in(activity.channel_data, "team").get("id")
    conversation = base(activity.conversation.id)
    return Place(conversation, activity.service_url, account or "", team=team if isinstance(team, str) else "")


def language_of(locale: object) -> Language | None:
    code = locale[:2].lower() if isinstance(locale, str) else ""
    return "en" if code == "en" else "nl" if code == "nl" else None


def object_in(data: object, name: str) -> Mapping[str, Any]:
    """Return a field that should be an object; an empty one when it is not."""
    found = data.get(name) if isinstance(data, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def press(data: Mapping[str, Any]) -> Pressed | None:
    """Return the button of a card of ours; nothing for any other."""
    action, value, language = data.get("action"), data.get("value", ""), data.get("language")
    if not isinstance(action, str) or not 0 < len(action) <= _LONGEST_NAME:
        return None
    text = value if isinstance(value, str) else ""
    return Pressed(action, text[:_LONGEST_VALUE], language if language in LANGUAGES else None)


def submission(filled: Filled) -> Submitted:
    return Submitted(filled.form, filled.values)


def readable(text: str) -> str:
    """Return the text without the mention of the bot and without markup."""
    return html.unescape(_TAG.sub(" ", _MENTION.sub(" ", text))).replace("\xa0", " ").strip()


class _Text(HTMLParser):
    """Reads a message's HTML as a person does: paragraphs as lines, emoji by their sign, pictures not at all."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.text = ""
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS and self.text and not self.text.endswith("\n"):
            self.text += "\n"
        if tag == "emoji" or (tag == "img" and (dict(attrs).get("itemtype") or "").endswith("Emoji")):
            self.text += dict(attrs).get("alt") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS and tag != "br" and not self.text.endswith("\n"):
            self.text += "\n"

    def handle_data(self, data: str) -> None:
        self.text += data.replace("\xa0", " ")


def text_of(markup: str) -> str:
    """Return the words of a message that Teams gives as HTML."""
    return "\n".join(line.strip() for line in _Text(markup).text.strip().splitlines())
