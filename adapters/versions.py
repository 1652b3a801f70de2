"""The versions of an organisation's folder: one is live, earlier ones stand beside it, a draft takes its place whole.

`knowledge/unicoz/` is live, `knowledge/unicoz.1a2b3c4d/` an earlier version under its fingerprint, and
`knowledge/unicoz.draft/` one that is being made. None but the first can be chosen as organisation: it has no full stop.
"""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import sys
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from bot.knowledge import Knowledge, KnowledgeError, Problem, load
from bot.knowledge.draft_files import load_drafts
from bot.knowledge.draft_values import DraftKnowledge
from bot.knowledge.kept import read_kept
from bot.revision import review

_EXCHANGE = 2  # of renameat2
_HERE = -100  # AT_FDCWD: names are as this process sees them


@dataclass(frozen=True, slots=True)
class Activated:
    """What went live, and where the version before it is kept; None when there was none."""

    knowledge: Knowledge
    kept: Path | None


def kept_versions(live: Path) -> dict[str, Path]:
    """Return the folders of the earlier versions by their fingerprint."""
    found: dict[str, Path] = {}
    for path in sorted(live.parent.glob(f"{live.name}.*")):
        if (name := re.fullmatch(r"([0-9a-f]{8})(\.\d+)?", path.name.removeprefix(f"{live.name}."))) and path.is_dir():
            found.setdefault(name[1], path)
    return found


def checked(folder: Path) -> tuple[Knowledge, DraftKnowledge]:
    """Return what stands in a folder; raises `KnowledgeError` with its mistakes and with what nobody looked at."""
    file = folder / review.FILE
    source = file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""
    points = review.open_points(source, f"knowledge/{folder.name}/{file.name}")
    try:
        knowledge = load(folder)
        drafts = load_drafts(folder, knowledge.sections)
    except KnowledgeError as error:
        raise KnowledgeError([*error.problems, *points]) from None
    if points:
        raise KnowledgeError(points)
    return knowledge, drafts


def activate(folder: Path, live: Path) -> Activated:
    """Put a checked folder in the place of the live one, which is kept; raises `KnowledgeError` and changes nothing.

    There is no moment without a live folder where the system can exchange two (Linux); elsewhere it is away for the
    time of two renames, and a server that loads just then goes on with what it has.
    """
    if not folder.is_dir() or folder.resolve() == live.resolve():
        what = "is live already." if folder.is_dir() else "there is no such folder."
        raise KnowledgeError([Problem(str(folder), "", what, "Name the folder of a draft or of an earlier version.")])
    knowledge, _ = checked(folder)
    try:
        ready = folder if folder.resolve().parent == live.resolve().parent else _beside(folder, live)
        if not live.exists():
            ready.rename(live)
            return Activated(knowledge, None)
        return Activated(knowledge, _swap(ready, live))
    except OSError as error:
        remedy = "Check the permissions of the folder above; nothing has changed."
        raise KnowledgeError([Problem(str(live), "", f"cannot be replaced ({error.strerror}).", remedy)]) from None


def _beside(folder: Path, live: Path) -> Path:
    """Return a copy of a folder from elsewhere beside the live one: only there can it take its place at once."""
    copy = live.with_name(f".{live.name}.{os.getpid()}")
    shutil.rmtree(copy, ignore_errors=True)
    try:
        shutil.copytree(folder, copy)
    except OSError:
        shutil.rmtree(copy, ignore_errors=True)
        raise
    return copy


def _swap(ready: Path, live: Path) -> Path:
    if _exchanged(ready, live):
        kept = _free_name(live, ready)
        ready.rename(kept)  # it holds what was live
        return kept
    kept = _free_name(live, live)
    live.rename(kept)
    try:
        ready.rename(live)
    except OSError:
        kept.rename(live)
        raise
    return kept


def _exchanged(one: Path, other: Path) -> bool:
    """Exchange two folders at once; False when this system cannot."""
    if not sys.platform.startswith("linux"):
        return False
    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if renameat2 is None:
        return False
    return bool(renameat2(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0)


def _free_name(live: Path, folder: Path) -> Path:
    """Return what to call the version in `folder`: nothing that is kept is ever written over."""
    version = read_kept(folder)
    name = f"{live.name}.{version.fingerprint if version else '00000000'}"
    names = (live.with_name(name if number == 1 else f"{name}.{number}") for number in count(1))
    return next(path for path in names if not path.exists() or path == folder)
