"""People as cases know them: matched over platforms by a verified organisation e-mail address, never by name."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from bot.events import Address, Language
from bot.handoff.case import Party
from bot.knowledge.values import Organisation


@dataclass(frozen=True, slots=True)
class Profile:
    """What a platform says about an account: `email` only when the platform vouches for it, `guest` for bots too."""

    name: str
    email: str = ""
    guest: bool = False


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody's account on a platform, and the place where they can be written to alone."""

    platform: str
    account: str
    person: str  # a party's id
    name: str
    address: Address
    language: Language | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something now. `email` is the verified one of the organisation, or empty."""

    party: Party
    email: str
    on_desk: bool

    @property
    def is_colleague(self) -> bool:
        return bool(self.email)


def is_of(organisation: Organisation, email: str) -> bool:
    """Say whether an e-mail address is the organisation's own: of its domains, or of a domain under one of them."""
    return _is_under(email, organisation.domains)


def party_of(profile: Profile, platform: str, account: str, organisation: Organisation) -> Party:
    """Return the person behind an account: one and the same over platforms only by the organisation's address."""
    email = organisation_email(profile, organisation)
    return Party(email or f"{platform}:{account}", profile.name or email)


def organisation_email(profile: Profile, organisation: Organisation) -> str:
    """Return the address by which somebody counts as a colleague; empty for guests, bots and strangers."""
    email = profile.email.strip().lower()
    return email if email and not profile.guest and is_of(organisation, email) else ""


def _is_under(email: str, domains: Collection[str]) -> bool:
    domain = email.rpartition("@")[2].lower()
    return any(domain == own or domain.endswith(f".{own}") for own in domains)
