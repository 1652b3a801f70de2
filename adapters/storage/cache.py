"""Keeps what takes time to make in the user's cache folder, by the content that it was made from."""

from __future__ import annotations

import contextlib
import gc
import os
import pickle
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from platformdirs import user_cache_path

Kept = TypeVar("Kept")
_MOST = 3  # of one kind; older ones are removed


class Cache:
    """A folder of values; a value that cannot be read or written is no reason to stop: it is made anew.

    The files are Python's own serialisation, which runs what it says: only files that this user alone can write are
    read, as Python does with its compiled modules.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or user_cache_path("protocolwijzer")

    def kept(self, kind: str, key: str, make: Callable[[], Kept], still: Callable[[], bool] = lambda: True) -> Kept:
        """Return the value kept under this key, or make it, and keep it when the key is `still` the right one."""
        path = self._folder / f"{kind}-{key}.pickle"
        with contextlib.suppress(Exception):  # a damaged file can raise nearly anything
            if _only_ours(path):
                with path.open("rb") as file, _no_collecting():
                    value: Kept = pickle.load(file)  # noqa: S301 (see the class)
                    return value
        value = make()
        if still():
            with contextlib.suppress(OSError):
                self._write(path, value)
                self._forget_old(kind)
        return value

    def _write(self, path: Path, value: object) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self._folder, suffix=".part")  # mode 0600
        try:
            with os.fdopen(handle, "wb") as file:
                pickle.dump(value, file, protocol=5)
            Path(name).replace(path)  # whole or not at all, also when two processes learn at once
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def _forget_old(self, kind: str) -> None:
        kept = sorted(self._folder.glob(f"{kind}-*.pickle"), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in kept[_MOST:]:
            path.unlink(missing_ok=True)


def _only_ours(path: Path) -> bool:
    for place in (path, path.parent):
        about = place.stat()
        if os.name == "posix" and (about.st_uid != os.geteuid() or about.st_mode & (stat.S_IWGRP | stat.S_IWOTH)):
            return False
    return True


@contextlib.contextmanager
def _no_collecting() -> Iterator[None]:
    """Read without garbage collection: all of it stays, and looking for garbage would take as long again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
