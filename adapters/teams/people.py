"""Who somebody is, by what Teams says of the members of a conversation."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, Generic, TypeVar

from adapters.places import PERSON, Place
from adapters.teams.connector import NotDeliveredError
from adapters.teams.known import Known, base
from adapters.teams.microsoft import Microsoft
from bot.events import Address, Person
from bot.handoff.people import Profile
from bot.ports import StoreError

_LASTS = 300.0  # seconds: so long somebody who left the team can still answer cases
_PATIENCE = 1.5  # seconds: a turn must end within five
_MOST = 20_000
_NO_MEMBER = (400, 403, 404)  # statuses for who is no member, or whose conversation we are not in
T = TypeVar("T")


class TeamsPeople:
    """`ports.People` of Teams; `desks` returns the channels in which communications works.

    Raises `StoreError` while Teams does not say: nothing is then done in somebody's name.
    """

    def __init__(
        self,
        microsoft: Microsoft,
        known: Known,
        desks: Callable[[], Awaitable[tuple[Address, ...]]],
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._microsoft = microsoft
        self._known = known
        self._desks = desks
        self._profiles: _Kept[Profile] = _Kept(seconds)
        self._members: _Kept[bool] = _Kept(seconds)

    async def profile(self, person: Person, address: Address) -> Profile:
        if (kept := self._profiles.get(person.account)) is not None:
            return kept
        place, member = await self._found(person, address)
        if place is None:  # not kept: the next thing they do may be where Teams tells of them
            return Profile(person.name, guest=True)
        profile = self._profile(member, person.name)
        self._profiles.put(person.account, profile)
        if profile.email:
            own = place.account == person.account
            named = place if own else Place(f"{PERSON}{person.account}", place.service_url)
            await self._known.learn(replace(named, email=profile.email.lower()))
        return profile

    async def on_desk(self, person: Person, address: Address) -> bool:
        for desk in await self._desks():
            if desk.platform != "teams":
                continue
            key = f"{desk.conversation} {person.account}"
            is_member = self._members.get(key)
            if is_member is None:
                place = await self._known.get(desk.conversation) or Place(desk.conversation, "")
                is_member = await self._member(place, person.account) is not None
                self._members.put(key, is_member)
            if is_member:
                return True
        return False

    async def forget(self) -> None:
        await self._known.clear()
        self._profiles.clear()
        self._members.clear()

    async def email_of(self, user: str) -> str:
        """Return the address of a colleague by their id in the directory; empty when Teams does not tell.

        It tells of people for whom the app is installed.
        """
        connector = self._microsoft.connector("")
        settings = self._microsoft.settings
        try:
            async with asyncio.timeout(2 * _PATIENCE):
                conversation = await connector.create_personal(user, self._microsoft.bot, settings.teams_tenant_id)
                member = await connector.member(conversation, user)
        except (NotDeliveredError, TimeoutError):
            return ""
        email = self._profile(member, "").email.lower()
        if email and member.get("id"):
            self._known.note(Place(conversation, self._microsoft.settings.teams_service_url, str(member["id"]), email))
        return email

    async def _found(self, person: Person, address: Address) -> tuple[Place | None, Mapping[str, Any] | None]:
        """Return the first place of this person where Teams tells who they are, and what it tells."""
        for place in (
            self._known.seen_in(person.account),
            await self._known.get(base(address.conversation)),
            await self._known.of_account(person.account),
        ):
            member = await self._member(place, person.account) if place else None
            if member is not None:
                return place, member
        return None, None

    async def _member(self, place: Place, account: str) -> Mapping[str, Any] | None:
        try:
            async with asyncio.timeout(_PATIENCE):
                return await self._microsoft.connector(place.service_url).member(place.conversation, account)
        except TimeoutError:
            raise StoreError("Teams does not say in time who this is.") from None
        except NotDeliveredError as error:
            if error.status in _NO_MEMBER:
                return None
            raise StoreError(f"Teams does not say who this is: {error}.") from None

    def _profile(self, member: Mapping[str, Any] | None, name: str) -> Profile:
        if member is None:
            return Profile(name, guest=True)
        principal, email = str(member.get("userPrincipalName") or ""), str(member.get("email") or "")
        tenant, ours = str(member.get("tenantId") or ""), self._microsoft.settings.teams_tenant_id
        foreign = bool(tenant and ours) and tenant.lower() != ours.lower()
        role = str(member.get("userRole") or "user").lower()
        guest = foreign or role != "user" or "#ext#" in f"{principal} {email}".lower()
        return Profile(str(member.get("name") or name), "" if guest else email or principal, guest)


class _Kept(Generic[T]):
    """Values for some minutes."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        self._seconds = seconds
        self._kept: OrderedDict[str, tuple[float, T]] = OrderedDict()

    def get(self, key: str) -> T | None:
        at, value = self._kept.get(key, (0.0, None))
        return value if value is not None and self._seconds() - at < _LASTS else None

    def clear(self) -> None:
        self._kept.clear()

    def put(self, key: str, value: T) -> None:
        self._kept[key] = (self._seconds(), value)
        self._kept.move_to_end(key)
        if len(self._kept) > _MOST:
            self._kept.popitem(last=False)
