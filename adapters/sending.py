"""What the courier needs of a platform, and how a platform says that it did not take a message."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

from bot.events import Address
from bot.replies import Reply

HTTP_TIMEOUT = timedelta(seconds=10)  # the longest that one request to a platform may take


class NotSentError(Exception):
    """The platform certainly did not take it.

    `why` is a sentence for the desk. `platform_down`: others would fare alike. `blocked`: somebody must mend something.
    """

    def __init__(
        self, why: str, *, retry_after: float | None = None, platform_down: bool = False, blocked: bool = False
    ) -> None:
        super().__init__(why)
        self.why = why
        self.retry_after = retry_after
        self.platform_down = platform_down
        self.blocked = blocked


class OutcomeUnknownError(Exception):
    """The platform did not answer in time: it may have taken it. The text is a sentence for the desk."""


class Sender(Protocol):
    """A platform, as the courier needs it. A request takes at most `HTTP_TIMEOUT`."""

    async def send(self, address: Address, reply: Reply, key: str, edits: str) -> str:
        """Post a reply, or edit the message `edits`; return the platform's id of the message.

        Raises `NotSentError`, or `OutcomeUnknownError`; any other error counts as unknown.
        """
        ...

    async def find(self, address: Address, key: str) -> str | None:
        """Return the id of the message with this key; nothing when there is none, or it cannot be looked up."""
        ...

    async def locate(self, email: str, key: str) -> Address | None:
        """Return where the colleague with this address can be written to; nothing when nowhere.

        Raises `NotSentError` when it cannot be said now, or somebody must do something first.
        """
        ...
