"""Takes due deliveries and hands them to the platform of their address; repeats, waits, and gives up visibly."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from adapters.failures import failure
from adapters.metrics import Metrics
from adapters.sending import HTTP_TIMEOUT, NotSentError, OutcomeUnknownError, Sender
from adapters.storage.database import DATABASE_ERRORS
from adapters.storage.outbox import LEASE, Arrived, Due, Outbox
from bot.events import Address
from bot.handoff.case import Case, CaseEvent
from bot.handoff.deliveries import Kind
from bot.ports import CaseStore, Clock, StoreError
from bot.replies import Reply

AT_ONCE = 4  # requests under way; with 50 a platform that says "slow down" said so 836 times, with 4 fifty
GIVE_UP_AFTER = timedelta(hours=24)
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 900.0  # seconds
_PROBE_AFTER, _LONGEST_PROBE = 1.0, 30.0  # seconds: a platform that failed is asked by one delivery alone
_POLL = 1.0  # seconds, where nothing wakes the courier
_log = structlog.get_logger()


class _NotLocatedError(Exception):
    """Where somebody is cannot be said by this platform now."""

    def __init__(self, platform: str, error: NotSentError) -> None:
        super().__init__(error.why)
        self.platform = platform
        self.error = error


@dataclass
class _Breaker:
    """A platform that failed: closed to all but one probe at a time, until one arrives."""

    until: datetime
    wait: float  # seconds; doubles with every probe that fails
    probing: bool = False


class Courier:
    """One server's courier.

    `compose` gives the words of a delivery as they are now; `on_failure` hears of what could not be delivered,
    `on_sent` that something was, once that is recorded.
    """

    def __init__(
        self,
        outbox: Outbox,
        store: CaseStore,
        senders: Mapping[str, Sender],
        *,
        clock: Clock,
        metrics: Metrics,
        compose: Callable[[Due, Case, Sequence[CaseEvent], Sequence[str]], Reply],
        on_failure: Callable[[Due], Awaitable[None]],
        on_sent: Callable[[], None] = lambda: None,
    ) -> None:
        self._outbox = outbox
        self._store = store
        self._senders = senders
        self._compose = compose
        self._clock = clock
        self._metrics = metrics
        self._on_failure = on_failure
        self._on_sent = on_sent
        self._wake = asyncio.Event()
        self._breakers: dict[str, _Breaker] = {}
        self._silent: dict[str, set[Address]] = {}  # by platform: places that did not answer since one did
        self._sending: set[int] = set()
        self._arrived: list[Arrived] = []  # not recorded yet: the next transaction does
        self._under_way: set[asyncio.Task[None]] = set()
        self._stopped = False
        self.healthy = True

    def wake(self) -> None:
        """Say that there may be something to deliver."""
        self._wake.set()

    def stop(self) -> None:
        """Take nothing more; `run` ends after the query that it is at."""
        self._stopped = True
        self._wake.set()

    async def run(self) -> None:
        """Deliver until stopped; a database that goes away is waited for."""
        started = False
        while not self._stopped:
            try:
                if not started:
                    await self._outbox.after_a_start(self._clock.now())
                    started = True
                self._wake.clear()
                if not self._stopped and not await self._take():
                    await self._rest()
                self.healthy = True
            except DATABASE_ERRORS as error:
                self.healthy = False
                _log.error("courier waits for the database", error=type(error).__name__)
                await asyncio.sleep(_POLL)
            except Exception as error:  # noqa: BLE001 (it goes on, whatever it was)
                _log.error("courier stumbled", **failure(error))
                await asyncio.sleep(_POLL)

    async def settle(self) -> None:
        """Wait until what is under way has come to its end, and record what arrived."""
        await asyncio.gather(*self._under_way, return_exceptions=True)
        arrived, self._arrived = self._arrived, []
        if arrived:
            with contextlib.suppress(*DATABASE_ERRORS):  # the leases end by themselves, and then it is looked up
                await self._outbox.record(arrived)
                self._recorded(arrived)

    async def _take(self) -> bool:
        """Take what fits and start on it; say whether there was anything."""
        room = AT_ONCE - len(self._under_way)
        if room <= 0:
            await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)
            return True
        now, started = self._clock.now(), False
        for platform, breaker in list(self._breakers.items()):
            if breaker.probing or breaker.until > now:
                continue
            for due in await self._outbox.probe(now, platform, self._sending):
                breaker.probing = started = True
                self._start(due, breaker)
        arrived, self._arrived = self._arrived, []
        try:
            taken = await self._outbox.take(now, room, tuple(self._breakers), self._sending, arrived)
        except BaseException:
            self._arrived = [*arrived, *self._arrived]  # recorded when the database is back
            raise
        self._recorded(arrived)
        for due in taken:
            self._start(due, None)
        return started or bool(taken)

    def _recorded(self, arrived: Sequence[Arrived]) -> None:
        self._sending.difference_update(one.due.id for one in arrived)
        if arrived:
            self._on_sent()

    def _start(self, due: Due, probed: _Breaker | None) -> None:
        self._sending.add(due.id)
        task = asyncio.get_running_loop().create_task(self._carry(due))
        self._under_way.add(task)

        def carried(task: asyncio.Task[None]) -> None:
            self._under_way.discard(task)
            if all(one.due.id != due.id for one in self._arrived):  # that one is held until it is recorded
                self._sending.discard(due.id)
            if probed is not None and probed.probing:  # it came to no end that said anything of the platform
                probed.probing = False
                probed.until = self._clock.now() + timedelta(seconds=probed.wait)
            self._wake.set()

        task.add_done_callback(carried)

    async def _rest(self) -> None:
        """Wait until something is stored, something comes back, or a second has passed."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_POLL):
                await self._wake.wait()

    async def _carry(self, due: Due) -> None:
        try:
            await self._deliver(due)
        except (*DATABASE_ERRORS, StoreError) as error:  # the lease ends by itself, and then it is looked up
            _log.error("delivery not recorded", error=type(error).__name__, delivery=due.key)
        except Exception as error:  # noqa: BLE001 (the same)
            _log.error("delivery stumbled", delivery=due.key, **failure(error))

    async def _deliver(self, due: Due) -> None:
        try:
            address = due.address or await self._locate(due)
        except _NotLocatedError as problem:
            await self._not_sent(due, problem.platform, problem.error)
            return
        if address is None or address.platform not in self._senders:
            why = "Deze persoon is nergens te bereiken: nog nooit met Protocolwijzer gesproken."
            if address is not None:
                why = f"{address.platform.capitalize()} staat niet aan."
            await self._give_up(due, address.platform if address else "none", why)
            return
        sender = self._senders[address.platform]
        try:
            message = await self._found(sender, due, address) or await self._send(sender, due, address)
        except NotSentError as error:
            await self._not_sent(due, address.platform, error)
        except (OutcomeUnknownError, TimeoutError) as error:
            await self._unknown(due, address, str(error) or _silent(address.platform))
        except StoreError:
            raise  # the case could not be read: nothing was sent, and the lease ends by itself
        except Exception as error:  # noqa: BLE001 (whatever a platform's library raises: nobody knows what arrived)
            _log.error("delivery stumbled", delivery=due.key, **failure(error))
            await self._unknown(due, address, f"{address.platform.capitalize()} gaf een onverwachte fout.")
        else:
            self._works(address.platform)
            self._metrics.delivered(address.platform, "sent")
            self._arrived.append(Arrived(due, address, message, self._clock.now()))

    async def _found(self, sender: Sender, due: Due, address: Address) -> str | None:
        """Look up what may have been sent before: an edit may be repeated without harm."""
        if not due.may_have_been_sent or due.edits:
            return None
        async with asyncio.timeout(HTTP_TIMEOUT.total_seconds()):
            return await sender.find(address, due.key)

    async def _send(self, sender: Sender, due: Due, address: Address) -> str:
        async with self._store.reading() as reading:
            case = await reading.case(due.case)
            if case is None:  # erased meanwhile
                raise NotSentError("De zaak is gewist.", blocked=True)
            events = await reading.events(due.case)
            undelivered = await reading.undelivered(due.case) if due.kind == Kind.CARD else ()
        reply = self._compose(due, case, events, undelivered)
        async with asyncio.timeout(HTTP_TIMEOUT.total_seconds()):
            return await sender.send(address, reply, due.key, due.edits)

    async def _locate(self, due: Due) -> Address | None:
        """Return where a person can be written to; what was found is kept, and the lease begins anew.

        A platform that does not say is waited for: the next one would say that they are nowhere. Raises
        `_NotLocatedError`.
        """
        for platform, sender in self._senders.items():
            try:
                async with asyncio.timeout(HTTP_TIMEOUT.total_seconds()):
                    address = await sender.locate(due.person, due.key)
            except NotSentError as error:
                raise _NotLocatedError(platform, error) from None
            except (OutcomeUnknownError, TimeoutError):
                raise _NotLocatedError(platform, NotSentError(_silent(platform))) from None
            if address is not None:
                await self._outbox.located(due, address, self._clock.now() + LEASE)
                return address
        return None

    async def _not_sent(self, due: Due, platform: str, error: NotSentError) -> None:
        if error.platform_down:
            self._broke(platform, error.retry_after)
        else:
            self._works(platform)
        if await self._is_too_old(due, platform, error.why):
            return
        wait = max(_wait(due), error.retry_after or 0)
        self._metrics.delivered(platform, "later")
        at = self._clock.now() + timedelta(seconds=wait)
        await self._outbox.later(due, at, error.why, blocked=error.blocked)
        if error.blocked and not due.was_blocked:
            await self._on_failure(due)

    async def _unknown(self, due: Due, address: Address, why: str) -> None:
        """Wait before it is looked up. Two places that do not answer mean that the platform does not."""
        silent = self._silent.setdefault(address.platform, set())
        silent.add(address)
        if len(silent) > 1 or address.platform in self._breakers:
            self._broke(address.platform, None)
        self._metrics.delivered(address.platform, "unknown")
        if not await self._is_too_old(due, address.platform, why):
            wait = max(timedelta(seconds=_wait(due)), HTTP_TIMEOUT)
            await self._outbox.unknown(due, self._clock.now() + wait, why)

    async def _is_too_old(self, due: Due, platform: str, why: str) -> bool:
        if self._clock.now() - due.created < GIVE_UP_AFTER:
            return False
        await self._give_up(due, platform, why)
        return True

    async def _give_up(self, due: Due, platform: str, why: str) -> None:
        self._metrics.delivered(platform, "given-up")
        if await self._outbox.give_up(due, why):
            await self._on_failure(due)

    def _works(self, platform: str) -> None:
        self._breakers.pop(platform, None)
        self._silent.pop(platform, None)

    def _broke(self, platform: str, retry_after: float | None) -> None:
        before = self._breakers.get(platform)
        wait = min(_LONGEST_PROBE, before.wait * 2) if before else _PROBE_AFTER
        wait = max(wait, retry_after or 0)
        self._breakers[platform] = _Breaker(self._clock.now() + timedelta(seconds=wait), wait)


def _silent(platform: str) -> str:
    return f"{platform.capitalize()} antwoordt niet."


def _wait(due: Due) -> float:
    """Return the seconds until the next try: they double, with some chance in them so that not all come at once."""
    longest = min(_LONGEST_WAIT, _FIRST_WAIT * 2.0 ** min(due.attempts - 1, 16))
    return longest * random.uniform(0.5, 1)  # noqa: S311
