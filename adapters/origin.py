"""Where a draft came from: the live folder as it was at the import, so that going live undoes nothing done since."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from bot.knowledge import KnowledgeError, Problem
from bot.revision import review

FILE = "import.json"  # stands in a draft, and goes when that is live
TAKEN_OUT = "examples.taken-out.jsonl"
_OF_THE_DRAFT = (FILE, TAKEN_OUT, review.FILE)
_PASSING = ("~", ".part")  # what an editor or an export leaves for a moment
_SHOWN = 8  # hex digits


@dataclass(frozen=True, slots=True)
class Origin:
    """The live folder at the import: its version and what stood in each file, as digests.

    `additions` are the numbers of those that were known then, and so are in the list for review if they have to be.
    """

    version: str
    files: Mapping[str, str]
    additions: Collection[int]

    def write(self, folder: Path) -> None:
        row = {**asdict(self), "additions": sorted(self.additions)}
        (folder / FILE).write_text(json.dumps(row, indent=1) + "\n", encoding="utf-8")


def origin_of(folder: Path) -> Origin | None:
    """Return where a draft came from, None when it says nothing of it; raises `KnowledgeError` when it is damaged."""
    file = folder / FILE
    if not file.exists():
        return None
    try:
        row = json.loads(file.read_text(encoding="utf-8"))
        return Origin(str(row["version"]), dict(row["files"]), frozenset(map(int, row["additions"])))
    except (OSError, ValueError, TypeError, KeyError):
        remedy = "Restore it, or import the document again."
        raise KnowledgeError([Problem(f"knowledge/{folder.name}/{FILE}", "", "cannot be read.", remedy)]) from None


def digests(folder: Path) -> dict[str, str]:
    """Return what stands in each file of a folder, but for what belongs to a draft alone."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        passes = name.endswith(_PASSING) or any(part.startswith(".") for part in name.split("/"))
        if path.is_file() and not passes and name not in _OF_THE_DRAFT:
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def undone(origin: Origin, draft: Path, live: Path, version: str) -> Iterator[Problem]:
    """Return what changed in the live folder, of this version, since the import and is not in the draft.

    A change that the draft took over otherwise is said in its list for review: "- [x] overgenomen: FILE DIGEST".
    """
    if version != origin.version:
        what = f"was made from version {origin.version}, and version {version} is live by now."
        yield Problem(str(draft), "", what, "Move this folder away and import the document again.")
        return
    now, then, there = digests(live), origin.files, digests(draft)
    listed = review.ticked((draft / review.FILE).read_text(encoding="utf-8")) if (draft / review.FILE).exists() else ()
    for name in sorted({*now, *then}):
        if now.get(name) in (then.get(name), there.get(name)):
            continue
        mark = f"overgenomen: {name} {now.get(name, '')[:_SHOWN] or 'weg'}"
        if mark in listed:
            continue
        remedy = f"Take this over in {draft}, and add the line '- [x] {mark}' to {review.FILE} there."
        if there.get(name) == then.get(name):
            remedy = f"Copy it to {draft}." if name in now else f"Take it out of {draft} too."
        what = "changed" if name in now and name in then else "is new" if name in now else "is gone"
        yield Problem(f"knowledge/{live.name}/{name}", "", f"{what} since the import; this draft undoes that.", remedy)
