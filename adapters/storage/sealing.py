"""Encrypts what people wrote and what they are called before it goes to disk, and reads it back.

A sealed value is "sealed1:", eight hex digits that tell which key, ":" and a Fernet token; any other value is plain.
A plain one that happens to begin as if it were marked has "plain1:" before it, so that nobody can write a sealed one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import Dialect, Text, TypeDecorator
from sqlalchemy.exc import SQLAlchemyError

PREFIX = "sealed1:"
_PLAIN = "plain1:"
KEY_ID = 8  # hex digits after the prefix


class SealError(Exception):
    """A key cannot be used; the text says which and what to do, and never holds the key."""


class UnreadableError(SQLAlchemyError):
    """A sealed value was met that none of the keys opens; the text names the key and holds nothing of the value."""


class Seal:
    """The keys of one server: the first one seals, any of them opens. Without keys all stays plain."""

    def __init__(self, keys: Sequence[str] = ()) -> None:
        try:
            fernets = [Fernet(key) for key in keys]
        except ValueError:
            raise SealError(
                "Een sleutel in PROTOCOLWIJZER_ENCRYPTION_KEYS of PROTOCOLWIJZER_ENCRYPTION_KEY_FILE is er geen: "
                "protocolwijzer privacy new-key maakt er een (44 tekens)."
            ) from None
        self.key_ids = tuple(_id_of(key) for key in keys)
        self._fernets = MultiFernet(fernets) if fernets else None

    @property
    def is_on(self) -> bool:
        return self._fernets is not None

    def close(self, plain: str) -> str:
        """Return the value as it is kept; what is empty stays so."""
        if not plain:
            return plain
        if self._fernets is None:
            return f"{_PLAIN}{plain}" if plain.startswith((PREFIX, _PLAIN)) else plain
        return f"{self.newest}{self._fernets.encrypt(plain.encode()).decode()}"

    def open(self, kept: str) -> str:
        """Return the plain value; raises `UnreadableError` when no key opens it."""
        if not kept.startswith(PREFIX):
            return kept.removeprefix(_PLAIN)
        key = kept[len(PREFIX) : len(PREFIX) + KEY_ID]
        if key not in self.key_ids or self._fernets is None:
            raise UnreadableError(f"A text is sealed with key {key}, which is not set here.")
        try:
            return self._fernets.decrypt(kept[len(PREFIX) + KEY_ID + 1 :]).decode()
        except InvalidToken:
            raise UnreadableError(f"A text that is sealed with key {key} was changed since.") from None

    @property
    def newest(self) -> str:
        """What a value begins with that is sealed with the first key; without keys, what none does."""
        return f"{PREFIX}{self.key_ids[0]}:" if self.key_ids else f"{PREFIX}:"


def new_key() -> str:
    return Fernet.generate_key().decode()


def _id_of(key: str) -> str:
    return hashlib.sha256(b"protocolwijzer" + key.encode()).hexdigest()[:KEY_ID]


_NONE = Seal()
_seals: WeakKeyDictionary[Dialect, Seal] = WeakKeyDictionary()


def use(seal: Seal, dialect: Dialect) -> None:
    """Have all `Personal` columns sealed by this on one engine, to which the dialect belongs alone."""
    _seals[dialect] = seal


class Personal(TypeDecorator[str]):
    """A text that somebody wrote, or a name: sealed where the engine has keys (`use`). Never compared in SQL."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else _seals.get(dialect, _NONE).close(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> str | None:
        return None if value is None else _seals.get(dialect, _NONE).open(value)
