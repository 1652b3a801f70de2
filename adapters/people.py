"""What the platforms know about people, each about its own."""

from __future__ import annotations

from collections.abc import Mapping

from bot.events import Address, Person
from bot.handoff.people import Profile
from bot.ports import People


class AllPeople:
    """`ports.People` over those of the platforms that are on."""

    def __init__(self) -> None:
        self._of: dict[str, People] = {}

    def add(self, platforms: Mapping[str, People]) -> None:
        self._of.update(platforms)

    async def profile(self, person: Person, address: Address) -> Profile:
        people = self._of.get(address.platform)
        return await people.profile(person, address) if people else Profile(person.name)

    async def on_desk(self, person: Person, address: Address) -> bool:
        people = self._of.get(address.platform)
        return people is not None and await people.on_desk(person, address)

    async def forget(self) -> None:
        for people in self._of.values():
            await people.forget()
