"""From Slack's payloads to events.

What only one person sees (a direct message, a slash command, a form, App Home) has that person's id as its
conversation: so a follow-up is read with the question before it wherever that was typed, and nothing that is brought
back later can come into a channel.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from adapters.slack.place import Occasion, Place
from bot.actions import Action
from bot.drafts.presenting import CHECK_FORM, DRAFT_FIELD
from bot.events import LANGUAGES, Address, Event, Language, Person, Pressed, Said, Submitted

# the actions of buttons that are Slack's alone
SHARE = "share"  # its value is the question that was answered
MORE = "more"  # its value is the name under which the rest of the reply is kept
# subtypes of messages that a person wrote; all others are edits, joins, and the like
_WRITTEN = (None, "file_share", "thread_broadcast", "me_message")
_CHANNEL = re.compile(r"<#[A-Z0-9]+\|([^>]*)>")
_MENTION = re.compile(r"<[@#!][^>]*>")
_LINK = re.compile(r"<(?:https?://|mailto:)([^|>]+)(?:\|([^>]*))?>")


def alone(user: str, thread: str = "") -> Address:
    """Return the address of what only this person sees."""
    return Address("slack", user, thread)


def message(body: Mapping[str, Any]) -> Occasion | None:
    """Return what somebody wrote, in a direct message or by mention; None for bots, edits and joins.

    A mention comes as `app_mention` and, where the bot is in the channel, as `message` too: only the first counts. In a
    direct message it is the other way about.
    """
    said = body["event"]
    user, text = said.get("user"), said.get("text")
    private = said.get("channel_type") == "im" or str(said.get("channel", "")).startswith("D")
    if private != (said["type"] == "message"):
        return None
    if said.get("bot_id") or said.get("bot_profile") or said.get("edited") or said.get("subtype") not in _WRITTEN:
        return None
    if not user or not isinstance(text, str):
        return None
    thread = said.get("thread_ts") or ("" if private else said["ts"])
    address = alone(user, thread) if private else Address("slack", said["channel"], thread)
    event = Event(body["event_id"], Person(user), address, Said(readable(text)), private, reachable=True)
    return Occasion(event, Place(user, said["channel"], thread))


def press(body: Mapping[str, Any]) -> Occasion | None:
    """Return a pressed button; None when it is none of ours, or of a version that wrote its value differently."""
    try:
        action, value, language = json.loads(body["actions"][0]["value"])
    except (KeyError, IndexError, TypeError, ValueError, RecursionError):
        return None
    place = pressed_at(body)
    address = Address("slack", place.channel, place.thread) if place.in_public else alone(place.user, place.thread)
    deed = Pressed(str(action), str(value), spoken(language))
    person = Person(place.user, deed.language)
    event = Event(body["trigger_id"], person, address, deed, not place.in_public, forms=True, reachable=True)
    return Occasion(event, place)


def pressed_at(body: Mapping[str, Any]) -> Place:
    """Return where a button was pressed: under a message, in a modal, or in App Home."""
    user, trigger = body["user"]["id"], body["trigger_id"]
    view = body.get("view")
    if view:
        modal = view["id"] if view["type"] == "modal" else ""
        return Place(user, thread=str(metadata(view).get("thread", "")), trigger=trigger, view=modal)
    channel = body["channel"]["id"]
    shown_to_one = bool((body.get("container") or {}).get("is_ephemeral"))
    under = body.get("message") or {}
    private = channel.startswith("D") or shown_to_one
    thread = "" if shown_to_one else under.get("thread_ts") or ("" if private else under.get("ts", ""))
    return Place(user, channel, thread, body.get("response_url") or "", trigger, alone=shown_to_one)


def command(body: Mapping[str, Any]) -> Occasion:
    """Return what was typed behind the slash command; its answer is for the asker alone."""
    user = body["user_id"]
    said = Said(readable(body.get("text", "")))
    event = Event(body["trigger_id"], Person(user), alone(user), said, forms=True, reachable=True)
    return Occasion(event, Place(user, body["channel_id"], "", body["response_url"], body["trigger_id"], alone=True))


def shared(body: Mapping[str, Any], question: str, language: Language | None) -> Event:
    """Return a question that is asked anew for all to see, in the channel in which its asker pressed "share"."""
    channel = body["channel"]["id"]
    address = Address("slack", channel, body["trigger_id"])
    return Event(body["trigger_id"], Person(body["user"]["id"], language), address, Said(question), private=False)


def draft_in(body: Mapping[str, Any], language: Language) -> Occasion:
    """Return the message of a message shortcut, as a draft to check; only who chose the shortcut sees the answer."""
    user = body["user"]["id"]
    draft = readable(str((body.get("message") or {}).get("text") or ""))
    deed = Submitted(CHECK_FORM, {DRAFT_FIELD: draft})
    event = Event(body["trigger_id"], Person(user, language), alone(user), deed, forms=True, reachable=True)
    return Occasion(event, Place(user, trigger=body["trigger_id"]))


def check(body: Mapping[str, Any], language: Language) -> Occasion:
    """Return the wish for the form in which a draft is checked, from a shortcut that belongs to no conversation."""
    user, trigger = body["user"]["id"], body["trigger_id"]
    deed = Pressed(Action.CHECK_FORM, "", language)
    event = Event(trigger, Person(user, language), alone(user), deed, forms=True, reachable=True)
    return Occasion(event, Place(user, trigger=trigger))


def submitted(body: Mapping[str, Any], values: Mapping[str, str]) -> Occasion:
    """Return a form that was sent; the same form, sent twice unchanged, is one event."""
    view, user = body["view"], body["user"]["id"]
    carried = metadata(view)
    digest = hashlib.sha256(json.dumps(sorted(values.items())).encode()).hexdigest()[:16]
    person = Person(user, spoken(carried.get("language")))
    address = alone(user, str(carried.get("thread", "")))
    deed = Submitted(str(carried.get("form", "")), values)
    event = Event(f"{view['id']} {view.get('hash', '')} {digest}", person, address, deed, forms=True, reachable=True)
    return Occasion(event, Place(user, thread=address.thread, view=view["id"]))


def metadata(view: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a view of ours carries; nothing for one that carries something else."""
    try:
        carried = json.loads(view.get("private_metadata") or "{}")
    except (TypeError, ValueError, RecursionError):
        return {}
    return carried if isinstance(carried, dict) else {}


def spoken(language: object) -> Language | None:
    """Return a language of ours; "en-GB" is English."""
    found = str(language)[:2]
    return next((one for one in LANGUAGES if one == found), None)


def readable(text: str) -> str:
    """Return Slack's markup as a person typed it: no mentions, links and channels by their name, entities undone."""
    named = _CHANNEL.sub(r"#\1", _LINK.sub(lambda link: link[2] or link[1], text))
    plain = _MENTION.sub(" ", named)
    return plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").strip()
