"""Who looks at a page: somebody the school's proxy has signed in, one of some invented people, or a stranger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from email.headerregistry import Address as EmailAddress
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

from aiohttp import web

from adapters.settings import Settings
from adapters.web.characters import storable
from bot.events import Address, Person
from bot.handoff.people import Profile, is_of
from bot.knowledge.values import Demonstrator, Organisation

COOKIE = "protocolwijzer-as"
_LONGEST = 320  # characters of an e-mail address
_OF_PROXIES = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via")


@dataclass(frozen=True, slots=True)
class Visit:
    """What a page shows of this: who it is, and among whom one can choose."""

    email: str = ""
    name: str = ""
    choices: tuple[Demonstrator, ...] = ()


class Identity:
    """`ports.People` of the web page, from the proxy's header or the demonstration."""

    def __init__(self, settings: Settings, organisation: Callable[[], Organisation]) -> None:
        self._settings = settings
        self._organisation = organisation
        self._desk = frozenset(email.strip().lower() for email in settings.desk_members)

    @property
    def is_on(self) -> bool:
        return bool(self._settings.identity_header) or (self._settings.demonstrating and bool(self._demonstrators))

    def who(self, request: web.Request) -> Person | None:
        """Return who is signed in; nobody when it is a stranger, or the header comes from elsewhere than the proxy."""
        if self._settings.identity_header:
            return self._from_proxy(request)
        if not self._demonstrators or not _from_this_computer(request):
            return None
        chosen = request.cookies.get(COOKIE, "")
        people = {person.email: person for person in self._demonstrators}
        person = people.get(chosen, self._demonstrators[0])
        return Person(person.email, name=person.name)

    def visit(self, request: web.Request) -> Visit:
        person = self.who(request)
        if person is None:
            return Visit()
        return Visit(person.account, person.name, () if self._settings.identity_header else self._demonstrators)

    async def profile(self, person: Person, address: Address) -> Profile:
        return Profile(person.name, person.account)

    async def on_desk(self, person: Person, address: Address) -> bool:
        if self._settings.identity_header:
            return person.account in self._desk
        return any(one.email == person.account and one.role == "communications" for one in self._demonstrators)

    async def forget(self) -> None:
        pass  # nothing is remembered

    def can_sign_in(self, email: str) -> bool:
        """Say whether somebody can come to read what waits for them here, also when they never have."""
        if self._settings.identity_header:
            return is_of(self._organisation(), email)
        return self.is_one_of(email)

    def desk_people(self) -> tuple[str, ...]:
        """Return who works at communications as far as the web page knows."""
        if self._settings.identity_header:
            return tuple(sorted(self._desk))
        return tuple(one.email for one in self._demonstrators if one.role == "communications")

    def is_one_of(self, email: str) -> bool:
        """Say whether this is one of the invented people that can be chosen."""
        return not self._settings.identity_header and any(one.email == email for one in self._demonstrators)

    @property
    def _demonstrators(self) -> tuple[Demonstrator, ...]:
        return self._organisation().demonstrators if self._settings.demonstrating else ()

    def _from_proxy(self, request: web.Request) -> Person | None:
        try:
            remote = ip_address(request.remote or "")
        except ValueError:
            return None
        if not any(remote in network for network in self._settings.identity_proxies):
            return None
        # with two, one may be the client's own, to which the proxy only added: then nobody is believed
        emails = request.headers.getall(self._settings.identity_header, ())
        named = self._settings.identity_name_header
        names = request.headers.getall(named, ()) if named else ()
        if len(emails) != 1 or len(names) > 1 or not _is_address(emails[0].strip()):
            return None
        email = emails[0].strip().lower()
        name = storable(unquote(names[0])).strip()[:_LONGEST] if names else ""
        return Person(email, name=name or email)


def _from_this_computer(request: web.Request) -> bool:
    """Say whether nobody sits in between: no proxy, and no name of elsewhere that points here (DNS rebinding)."""
    if any(header in request.headers for header in _OF_PROXIES):
        return False
    try:
        host = urlsplit(f"//{request.host}").hostname or ""
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _is_address(email: str) -> bool:
    if not email or len(email) > _LONGEST:
        return False
    try:
        return bool(EmailAddress(addr_spec=email).domain)
    except (ValueError, IndexError):
        return False
