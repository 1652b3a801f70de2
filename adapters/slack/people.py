"""`ports.People` of Slack: who somebody is, as far as the workspace vouches for it, who is in the desk's channel."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.to_event import spoken
from adapters.slack.trouble import code, is_passing
from bot.events import Address, Language, Person
from bot.handoff.people import Profile
from bot.ports import Clock, StoreError

_USER_KEPT = timedelta(minutes=5)
_DESK_KEPT = timedelta(minutes=2)
_DESK_STILL_GOOD = timedelta(minutes=10)  # while Slack does not answer
_MOST_USERS = 5_000
_PAGE = 200
CALL_ERRORS = (SlackApiError, aiohttp.ClientError, TimeoutError)


@dataclass(frozen=True, slots=True)
class _Desk:
    channel: str
    members: frozenset[str]
    at: datetime


class SlackPeople:
    """Asks Slack, and remembers the answer for minutes.

    Raises `StoreError` when Slack does not say who somebody is: nothing is stored then under a wrong name.
    """

    def __init__(
        self, client: AsyncWebClient, clock: Clock, desks: Callable[[], Awaitable[tuple[Address, ...]]]
    ) -> None:
        self._client = client
        self._clock = clock
        self._desks = desks
        self._users: dict[str, tuple[datetime, Mapping[str, Any]]] = {}
        self._desk: _Desk | None = None

    async def profile(self, person: Person, address: Address) -> Profile:
        user = await self._user(person.account)
        shown: Mapping[str, Any] = user.get("profile") or {}
        name = str(shown.get("real_name") or user.get("real_name") or user.get("name") or "")
        guest = is_outsider(user)
        vouched = not guest and user.get("is_email_confirmed") is True
        return Profile(name, str(shown.get("email") or "").lower() if vouched else "", guest)

    async def on_desk(self, person: Person, address: Address) -> bool:
        return person.account in await self._members()

    async def email(self, user: str) -> str:
        """Return the address of somebody chosen from Slack's list; empty when the workspace vouches for none."""
        return (await self.profile(Person(user), Address("slack", user))).email

    async def language(self, user: str) -> Language | None:
        """Return the language of somebody's Slack; nothing when it is none of ours, or Slack does not say."""
        try:
            return spoken((await self._user(user)).get("locale"))
        except StoreError:
            return None

    def known_language(self, user: str, *, recent: bool = False) -> Language | None:
        """Return somebody's language without asking Slack: as it was seen, or seen not long ago."""
        at, found = self._users.get(user, (None, {}))
        if at is None or (recent and self._clock.now() - at >= _USER_KEPT):
            return None
        return spoken(found.get("locale"))

    async def is_admin(self, user: str) -> bool:
        found = await self._user(user)
        return not is_outsider(found) and bool(found.get("is_admin") or found.get("is_owner"))

    async def account(self, email: str) -> str:
        """Return the account of the colleague with this address; empty when there is none.

        Raises what the call raises: the courier and the forms each know what to do then.
        """
        try:
            user = (await self._client.users_lookupByEmail(email=email))["user"]
        except SlackApiError as error:
            if code(error) == "users_not_found":
                return ""
            raise
        return "" if is_outsider(user) else str(user["id"])

    async def is_private(self, channel: str) -> bool:
        """Say whether a channel is private and nobody's but this workspace's; raises what the call raises."""
        try:
            found = (await self._client.conversations_info(channel=channel))["channel"]
        except SlackApiError as error:
            if code(error) == "missing_scope":  # the app has the right for private channels alone
                return False
            raise
        return bool(found.get("is_private")) and not (found.get("is_ext_shared") or found.get("is_im"))

    async def forget(self) -> None:
        self._users.clear()

    def forget_desk(self) -> None:
        """Look again who is at the desk: its channel changed."""
        self._desk = None

    async def _user(self, user: str) -> Mapping[str, Any]:
        now = self._clock.now()
        at, found = self._users.get(user, (None, {}))
        if at is not None and now - at < _USER_KEPT:
            return found
        try:
            said = (await self._client.users_info(user=user, include_locale=True)).get("user")
        except CALL_ERRORS as error:
            raise StoreError(f"Slack does not say who this is: {type(error).__name__}.") from None
        if not isinstance(said, Mapping):
            raise StoreError("Slack does not say who this is.")
        if len(self._users) >= _MOST_USERS:
            self._users.clear()
        self._users[user] = (now, said)
        return said

    async def _members(self) -> frozenset[str]:
        desk, now = self._desk, self._clock.now()
        if desk and now - desk.at < _DESK_KEPT:
            return desk.members
        channel = next((one.conversation for one in await self._desks() if one.platform == "slack"), "")
        try:
            members = await self._members_of(channel) if channel else frozenset()
        except SlackApiError as error:
            if not is_passing(error):
                return frozenset()  # the channel is gone, or the app is not in it: then nobody can be checked
            return self._still_good(channel, now)
        except (aiohttp.ClientError, TimeoutError):
            return self._still_good(channel, now)
        self._desk = _Desk(channel, members, now)
        return members

    def _still_good(self, channel: str, now: datetime) -> frozenset[str]:
        if self._desk and self._desk.channel == channel and now - self._desk.at < _DESK_STILL_GOOD:
            return self._desk.members
        raise StoreError("Slack does not say who is at the desk.")

    async def _members_of(self, channel: str) -> frozenset[str]:
        if not await self.is_private(channel):
            return frozenset()
        members: set[str] = set()
        cursor = ""
        while True:
            page = await self._client.conversations_members(channel=channel, limit=_PAGE, cursor=cursor or None)
            members.update(page["members"])
            cursor = (page.get("response_metadata") or {}).get("next_cursor", "")
            if not cursor:
                return frozenset(members)


def is_outsider(user: Mapping[str, Any]) -> bool:
    """Say whether this is a guest, a bot, a stranger from a shared channel, or nobody any more."""
    marks = ("is_bot", "is_restricted", "is_ultra_restricted", "is_stranger", "is_workflow_bot", "deleted")
    return any(user.get(mark) for mark in marks) or user.get("id") == "USLACKBOT"
