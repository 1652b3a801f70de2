"""The versions of an organisation's folder: one is live, earlier ones stand beside it, a draft takes its place whole.

`knowledge/unicoz/` is live, `knowledge/unicoz.1a2b3c4d/` an earlier version under its fingerprint, and
`knowledge/unicoz.draft/` one that is being made. None but the first can be chosen as organisation: it has no full stop.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Literal

import yaml

from adapters import origin
from bot.knowledge import Knowledge, KnowledgeError, Problem, load
from bot.knowledge.document import read_document
from bot.knowledge.draft_files import load_drafts
from bot.knowledge.draft_values import DraftKnowledge
from bot.knowledge.kept import read_kept
from bot.knowledge.reading import base_of
from bot.revision import review
from bot.revision.dependants import Added, changing_under
from bot.revision.proposing import Revision, compare

_EXCHANGE = 2  # of renameat2
_HERE = -100  # AT_FDCWD: names are as this process sees them


@dataclass(frozen=True, slots=True)
class Activated:
    """What went live, where the version before it is kept (None when there was none), and which additions to look at.

    `resting` are the numbers of additions on sections that changed, with those, where nobody had to look before.
    """

    knowledge: Knowledge
    kept: Path | None
    resting: Mapping[int, Sequence[str]]


def kept_versions(live: Path) -> dict[str, Path]:
    """Return the folders of the earlier versions by their fingerprint."""
    found: dict[str, Path] = {}
    for path in sorted(live.parent.glob(f"{live.name}.*")):
        if (version := kept_as(path, live)) and path.is_dir():
            found.setdefault(version, path)
    return found


def kept_as(folder: Path, live: Path) -> str:
    """Return under which fingerprint a folder is kept; empty for one that is not."""
    name = re.fullmatch(r"([0-9a-f]{8})(\.\d+)?", folder.name.removeprefix(f"{live.name}."))
    return name[1] if name and folder.name.startswith(f"{live.name}.") else ""


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the document. `saved`: when its Dutch words were last saved here; both empty when unreadable."""

    state: Literal["live", "draft", "kept"]
    fingerprint: str
    saved: datetime | None
    folder: Path


def versions(live: Path) -> Iterator[Version]:
    """Return what is live, then what is being made, then what is kept, the newest first."""
    beside = [path for path in live.parent.glob(f"{live.name}.*") if path.is_dir()]
    found = [_version(path, "kept" if kept_as(path, live) else "draft") for path in beside]
    found.sort(key=lambda one: (one.saved.timestamp() if one.saved else 0, one.folder.name), reverse=True)
    if live.is_dir():
        yield _version(live, "live")
    yield from (one for one in found if one.state == "draft")
    yield from (one for one in found if one.state == "kept")


def _version(folder: Path, state: Literal["live", "draft", "kept"]) -> Version:
    document = read_kept(folder)
    if document is None:
        return Version(state, "", None, folder)
    saved = datetime.fromtimestamp((folder / "protocol.nl.md").stat().st_mtime, UTC).astimezone()
    return Version(state, document.fingerprint, saved, folder)


def checked(folder: Path) -> tuple[Knowledge, DraftKnowledge]:
    """Return what stands in a folder; raises `KnowledgeError` with its mistakes and with what nobody looked at."""
    points = review.open_points(_review(folder), f"knowledge/{folder.name}/{review.FILE}")
    try:
        knowledge = load(folder)
        drafts = load_drafts(folder, knowledge.sections)
    except KnowledgeError as error:
        raise KnowledgeError([*error.problems, *points]) from None
    if points:
        raise KnowledgeError(points)
    return knowledge, drafts


def _review(folder: Path) -> str:
    file = folder / review.FILE
    return file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""


def activate(folder: Path, live: Path, additions: Sequence[Added] | None = ()) -> Activated:
    """Put a checked folder in the place of the live one, which is kept; raises `KnowledgeError` and changes nothing.

    A draft must undo nothing that changed since it was made, and its list for review must have each of the `additions`
    that rest on what it changes; None when they are not known. Going back to an earlier version undoes on purpose.

    There is no moment without a live folder where the system can exchange two (Linux); elsewhere it is away for the
    time of two renames, and a server that loads just then goes on with what it has.
    """
    folder = folder.resolve()  # a link to a folder is not what should be live
    _refuse_what_is_no_version(folder, live)
    knowledge, _ = checked(folder)
    resting = _accepted(folder, live, additions)
    try:
        ready = _made_ready(folder, live)
        if live.exists():
            kept = _swap(ready, live)
        else:
            ready.rename(live)
            kept = None
    except OSError as error:
        remedy = "Check the permissions of the folder above; nothing has changed."
        raise KnowledgeError([Problem(str(live), "", f"cannot be replaced ({error.strerror}).", remedy)]) from None
    with contextlib.suppress(OSError):
        (live / origin.FILE).unlink(missing_ok=True)  # it said what the draft was made from
    return Activated(knowledge, kept, resting)


def _refuse_what_is_no_version(folder: Path, live: Path) -> None:
    what = remedy = ""
    if not folder.is_dir() or folder == live.resolve():
        what = "is live already." if folder.is_dir() else "there is no such folder."
        remedy = "Name the folder of a draft or of an earlier version."
    elif _is_beside(folder, live) and not folder.name.startswith(f"{live.name}."):
        what = f"is another organisation's folder, no version of {live.name}."
        remedy = f"Name a folder {live.name}.…, or choose that organisation with PROTOCOLWIJZER_ORGANISATION."
    elif not _is_beside(folder, live) and live.exists() and (name := _called(folder)) != _called(live):
        what = f"is of '{name}', and '{_called(live)}' is live."
        remedy = f"Is it a version of {live.name}? Put it beside that as {live.name}.draft."
    if what:
        raise KnowledgeError([Problem(str(folder), "", what, remedy)])


def _is_beside(folder: Path, live: Path) -> bool:
    return folder.parent == live.resolve().parent


def _called(folder: Path) -> str:
    """Return the name of the organisation in a folder; empty when it cannot be read."""
    try:
        return str(yaml.safe_load((folder / "organisation.yaml").read_text(encoding="utf-8"))["name"])
    except (OSError, ValueError, TypeError, KeyError, yaml.YAMLError):
        return ""


def _made_ready(folder: Path, live: Path) -> Path:
    """Return a folder beside the live one that can take its place: only from there at once."""
    if _is_beside(folder, live):
        _check_in_place(folder, live)
        return folder
    ready = _beside(folder, live)
    try:
        _check_in_place(ready, live)
    except BaseException:
        shutil.rmtree(ready, ignore_errors=True)
        raise
    return ready


def _accepted(folder: Path, live: Path, additions: Sequence[Added] | None) -> dict[int, tuple[str, ...]]:
    """Refuse a draft that undoes what changed since, or changes what additions rest on that nobody looked at.

    Return the additions that remain to be looked at: those of an earlier version, which has no list for review.
    """
    before = read_kept(live)
    if before is None:
        return {}
    changing = changing_under(additions or (), _between(live, folder))
    if kept_as(folder, live):
        return changing
    made_from = origin.origin_of(folder)
    problems = list(origin.undone(made_from, folder, live, before.fingerprint)) if made_from else []
    known = made_from.additions if made_from else ()
    resting = {number: sections for number, sections in changing.items() if number not in known}
    name = f"knowledge/{folder.name}/{review.FILE}"
    problems += review.unlisted(_review(folder), name, resting)
    if additions is None:
        what = "it cannot be seen which additions of the desk rest on what changes."
        problems.append(Problem("the database", "", what, "See protocolwijzer doctor, and try again."))
    if problems:
        raise KnowledgeError(problems)
    return {}


def _between(live: Path, folder: Path) -> Revision:
    """Return what a folder changes in the document that is live."""
    (title, now, _), (new_title, new, _) = (
        read_document((path / "protocol.nl.md").read_text(encoding="utf-8"), "") for path in (live, folder)
    )
    return compare(new_title, new, title, now)


def _check_in_place(ready: Path, live: Path) -> None:
    """Check a folder under the name that it will have, and those of the organisations that are based on it.

    Raises `KnowledgeError`; an organisation that was not in order before keeps nothing from going live.
    """
    base = base_of(ready)
    if base is not None and base.resolve() == live.resolve():
        what = f"is based on {live.name}, whose place it would take: it is another organisation's."
        raise KnowledgeError([Problem(f"{ready.name}/organisation.yaml", "based_on", what, "Correct based_on.")])
    siblings = [path for path in live.parent.iterdir() if path.is_dir() and "." not in path.name]
    based = [path for path in siblings if (on := base_of(path)) and on.resolve() == live.resolve() and _is_sound(path)]
    with tempfile.TemporaryDirectory() as place:
        for path, name in ((ready, live.name), *((path, path.name) for path in (base, *based) if path)):
            shutil.copytree(path, Path(place, name), dirs_exist_ok=True)
        for name in (live.name, *(path.name for path in based)):
            checked(Path(place, name))


def _is_sound(folder: Path) -> bool:
    try:
        checked(folder)
    except KnowledgeError:
        return False
    return True


def _beside(folder: Path, live: Path) -> Path:
    """Return a copy of a folder from elsewhere beside the live one."""
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
        try:
            kept = _free_name(live, ready)
            ready.rename(kept)  # it holds what was live
        except OSError:
            _exchanged(ready, live)
            raise
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
