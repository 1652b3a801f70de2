"""From Slack's payloads to events."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from bot.events import LANGUAGES, Address, Event, Person, Pressed, Said

# subtypes of messages that a person wrote; all others are edits, joins, and the like
_WRITTEN = (None, "file_share", "thread_broadcast", "me_message")
_CHANNEL = re.compile(r"<#[A-Z0-9]+\|([^>]*)>")
_MENTION = re.compile(r"<[@#!][^>]*>")
_LINK = re.compile(r"<(?:https?://|mailto:)([^|>]+)(?:\|([^>]*))?>")


def message(body: Mapping[str, Any]) -> Event | None:
    """Return what somebody wrote, in a direct message or by mention; None for bots, edits and joins.

    A mention comes as `app_mention` and, where the bot is in the channel, as `message` too: only the first counts.
    """
    said = body["event"]
    private = said.get("channel_type") == "im"
    if said["type"] == "message" and not private:
        return None
    if said.get("bot_id") or said.get("bot_profile") or said.get("edited") or said.get("subtype") not in _WRITTEN:
        return None
    if not said.get("user") or not isinstance(said.get("text"), str):
        return None
    thread = said.get("thread_ts") or ("" if private else said["ts"])
    address = Address("slack", said["channel"], thread)
    return Event(body["event_id"], Person(said["user"]), address, Said(readable(said["text"])), private)


def press(body: Mapping[str, Any]) -> Event | None:
    """Return a pressed button; None when it is none of ours, or of a version that wrote its value differently."""
    pressed = body["actions"][0]
    try:
        action, value, language = json.loads(pressed["value"])
    except (KeyError, TypeError, ValueError):
        return None
    channel = body["channel"]["id"]
    private = channel.startswith("D")
    pressed_in = body.get("message", {})
    thread = pressed_in.get("thread_ts") or ("" if private else pressed_in.get("ts", ""))
    deed = Pressed(str(action), str(value), language if language in LANGUAGES else None)
    return Event(body["trigger_id"], Person(body["user"]["id"]), Address("slack", channel, thread), deed, private)


def readable(text: str) -> str:
    """Return Slack's markup as a person typed it: no mentions, links and channels by their name, entities undone."""
    named = _CHANNEL.sub(r"#\1", _LINK.sub(lambda link: link[2] or link[1], text))
    plain = _MENTION.sub(" ", named)
    return plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").strip()
