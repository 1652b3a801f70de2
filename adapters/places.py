"""Where a platform's conversations live: what it takes to write there later, kept over restarts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

PERSON = "person:"  # begins an address that stands for the chat with one account, wherever that is


@dataclass(frozen=True, slots=True)
class Place:
    """A conversation and the address of the service that has it.

    Of a chat with one person also their `account` and, where the platform vouches for it, their `email`; of a channel
    its `team`.
    """

    conversation: str
    service_url: str
    account: str = ""
    email: str = ""
    team: str = ""


class Places(Protocol):
    """The kept places. Raises `StoreError`."""

    async def get(self, conversation: str) -> Place | None: ...

    async def of_account(self, account: str) -> Place | None:
        """Return the chat with this account alone."""
        ...

    async def of_email(self, email: str) -> Place | None:
        """Return the chat with the person of this address alone; the one seen last."""
        ...

    async def keep(self, place: Place) -> None: ...

    async def forget(self, conversation: str) -> None: ...
