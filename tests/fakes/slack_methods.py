"""The methods of the Web API that the bot uses, over a small workspace, each with the right that it needs."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.slack_rules import refusal, wrong_view

# the rights that each method needs, any one of them (method reference); none: a bot token is enough
NEEDS: dict[str, tuple[str, ...]] = {
    "apps.connections.open": (),  # with the app's own token
    "assistant.threads.setSuggestedPrompts": ("assistant:write",),
    "auth.test": (),
    "chat.delete": ("chat:write",),
    "chat.postMessage": ("chat:write",),
    "chat.update": ("chat:write",),
    "conversations.history": ("channels:history", "groups:history", "im:history", "mpim:history"),
    "conversations.info": ("channels:read", "groups:read", "im:read", "mpim:read"),
    "conversations.members": ("channels:read", "groups:read", "im:read", "mpim:read"),
    "conversations.open": ("im:write",),
    "conversations.replies": ("channels:history", "groups:history", "im:history", "mpim:history"),
    "users.info": ("users:read",),
    "users.lookupByEmail": ("users:read.email",),
    "views.open": (),
    "views.publish": (),
    "views.push": (),
    "views.update": (),
}
GRANTED = {
    "app_mentions:read", "assistant:write", "chat:write", "commands", "groups:history", "groups:read", "im:history",
    "im:write", "users:read", "users:read.email",
}  # fmt: skip


def user(name: str, **more: Any) -> dict[str, Any]:
    """Return somebody as users.info does."""
    about = {"email": f"{name.lower()}@unicoz.nl", "real_name": name}
    usual = {"name": name.lower(), "real_name": name, "profile": about, "is_email_confirmed": True, "locale": "nl-NL"}
    return {**usual, "is_bot": False, "is_restricted": False, "is_ultra_restricted": False, "deleted": False, **more}


@dataclass
class Channel:
    """A channel: who is in it, and what was posted."""

    private: bool = False
    members: list[str] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    shared: bool = False


class Methods:
    """Three colleagues, a guest, a public channel, the desk's private one, and direct messages."""

    def __init__(self, bot: str) -> None:
        self.bot = bot
        self.scopes = set(GRANTED)
        self.users: dict[str, dict[str, Any]] = {
            "U1": user("Fatima"),
            "U2": user("Karel"),
            "U3": user("Joke"),
            "UADMIN": user("Ans", is_admin=True),
            "UGUEST": user("Gast", is_restricted=True),
            "UBOT": user("Robot", is_bot=True),
            "UOPEN": user("Onbevestigd", is_email_confirmed=False),
            "UEN": user("Erin", locale="en-GB"),
        }
        self.channels = {
            "C1": Channel(members=["U1", "U2", "U3", bot]),
            "C2": Channel(members=["U1"]),
            "G1": Channel(private=True, members=["U3", "UADMIN", "UGUEST", bot]),
            "D1": Channel(private=True, members=["U1", bot]),
        }
        self.direct = {"U1": "D1"}
        self.views: list[dict[str, Any]] = []
        self.homes: dict[str, Mapping[str, Any]] = {}
        self.triggers_used: set[str] = set()
        self.expired: set[str] = set()
        self._stamps = itertools.count(1)

    def call(self, method: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        if method not in NEEDS:
            return _refused("unknown_method")
        if NEEDS[method] and not self.scopes & set(NEEDS[method]):
            return {**_refused("missing_scope"), "needed": NEEDS[method][0], "provided": ",".join(sorted(self.scopes))}
        done = getattr(self, method.replace(".", "_"))(arguments)
        return done if done.get("error") else {"ok": True, **done}

    def direct_message(self, account: str) -> str:
        """Return the channel of the direct message with somebody."""
        channel = self.direct.setdefault(account, f"D{account}")
        self.channels.setdefault(channel, Channel(private=True, members=[account, self.bot]))
        return channel

    def shown(self, channel: str) -> list[dict[str, Any]]:
        return self.channels[channel].messages

    def auth_test(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        return {"team_id": "T0", "user_id": self.bot, "bot_id": "B0BOT", "team": "School"}

    def chat_postMessage(self, arguments: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802 (Slack's name)
        wrong = refusal(arguments) or self._closed(arguments["channel"])
        if wrong:
            return _refused(wrong)
        stamp = f"1700000100.{next(self._stamps):06}"
        self.channels[arguments["channel"]].messages.append({**arguments, "ts": stamp, "user": self.bot})
        return {"channel": arguments["channel"], "ts": stamp}

    def chat_update(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        wrong = refusal(arguments) or self._closed(arguments["channel"])
        if wrong:
            return _refused(wrong)
        for message in self.channels[arguments["channel"]].messages:
            if message["ts"] == arguments["ts"]:
                message.update(arguments)
                return {"channel": arguments["channel"], "ts": arguments["ts"]}
        return _refused("message_not_found")

    def chat_delete(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        messages = self.channels[arguments["channel"]].messages
        found = [message for message in messages if message["ts"] == arguments["ts"]]
        if not found:
            return _refused("message_not_found")
        messages.remove(found[0])
        return {"ts": arguments["ts"]}

    def conversations_open(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        if arguments["users"] not in self.users:
            return _refused("user_not_found")
        return {"channel": {"id": self.direct_message(arguments["users"])}}

    def conversations_info(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        channel = self.channels.get(arguments["channel"])
        if channel is None or (channel.private and self.bot not in channel.members):
            return _refused("channel_not_found")
        if not channel.private and not self.scopes & {"channels:read"}:
            return {**_refused("missing_scope"), "needed": "channels:read"}
        about = {"id": arguments["channel"], "is_private": channel.private, "is_ext_shared": channel.shared}
        return {"channel": {**about, "is_member": self.bot in channel.members, "is_archived": False}}

    def conversations_members(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Give two a page, so that who forgets to turn it is caught."""
        channel = self.channels.get(arguments["channel"])
        if channel is None:
            return _refused("channel_not_found")
        start = int(arguments.get("cursor") or 0)
        more = str(start + 2) if start + 2 < len(channel.members) else ""
        return {"members": channel.members[start : start + 2], "response_metadata": {"next_cursor": more}}

    def conversations_history(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        wrong = self._closed(arguments["channel"])
        if wrong:
            return _refused(wrong)
        with_metadata = str(arguments.get("include_all_metadata", "")).lower() in ("true", "1")
        newest_first = [m for m in reversed(self.shown(arguments["channel"])) if not m.get("thread_ts")]
        messages = [m if with_metadata else {**m, "metadata": None} for m in newest_first]
        start, limit = int(arguments.get("cursor") or 0), int(arguments.get("limit", 100))
        more = str(start + limit) if start + limit < len(messages) else ""
        return {"messages": messages[start : start + limit], "response_metadata": {"next_cursor": more}}

    def conversations_replies(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        messages = [m for m in self.shown(arguments["channel"]) if m.get("thread_ts") == arguments["ts"]]
        return {"messages": messages}

    def users_info(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        found = self.users.get(arguments["user"])
        if not found:
            return _refused("user_not_found")
        profile = dict(found["profile"])
        if "users:read.email" not in self.scopes:
            profile.pop("email")
        return {"user": {"id": arguments["user"], **found, "profile": profile}}

    def users_lookupByEmail(self, arguments: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802 (Slack's name)
        for account, found in self.users.items():
            if found["profile"]["email"] == arguments["email"]:
                return {"user": {"id": account, **found}}
        return _refused("users_not_found")

    def views_open(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        return self._view(arguments)

    def views_push(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        return self._view(arguments)

    def views_update(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        wrong = wrong_view(arguments["view"])
        if wrong or arguments["view"]["type"] != "modal":
            return {**_refused("invalid_arguments"), "messages": wrong}
        for view in self.views:
            if view["id"] == arguments["view_id"]:
                view.update(arguments["view"], hash=f"h{next(self._stamps)}")
                return {"view": view}
        return _refused("not_found")

    def views_publish(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        wrong = wrong_view(arguments["view"])
        if wrong or arguments["view"]["type"] != "home":
            return {**_refused("invalid_arguments"), "messages": wrong}
        self.homes[arguments["user_id"]] = arguments["view"]
        return {"view": {"id": f"V{next(self._stamps)}", **arguments["view"]}}

    def assistant_threads_setSuggestedPrompts(self, arguments: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        right = 1 <= len(arguments["prompts"]) <= 4 and all(p["title"] and p["message"] for p in arguments["prompts"])
        return {} if right and arguments["channel_id"] in self.channels else _refused("invalid_arguments")

    def _view(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        trigger = arguments["trigger_id"]
        if trigger in self.expired:
            return _refused("expired_trigger_id")
        if trigger in self.triggers_used:
            return _refused("exchanged_trigger_id")
        wrong = wrong_view(arguments["view"])
        if wrong or arguments["view"]["type"] != "modal":
            return {**_refused("invalid_arguments"), "messages": wrong}
        self.triggers_used.add(trigger)
        number = next(self._stamps)
        view = {"id": f"V{number}", "hash": f"h{number}", **arguments["view"]}
        self.views.append(view)
        return {"view": view}

    def _closed(self, channel: str) -> str:
        known = self.channels.get(channel)
        if known is None:
            return "channel_not_found"
        return "" if self.bot in known.members else "not_in_channel"


def _refused(error: str) -> dict[str, Any]:
    return {"ok": False, "error": error}
