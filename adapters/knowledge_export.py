"""Writes approved additions into the folder of the knowledge, whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.growth.files import EXAMPLES_FILE, SITUATIONS_FILE, example_lines, situation_entries
from bot.growth.proposal import Proposal
from bot.knowledge import load
from bot.knowledge.additions import missing_from


@dataclass(frozen=True, slots=True)
class Exported:
    """Which proposals the files hold now; `written` of them were added, `unfit` ones cite a section that is gone."""

    held: tuple[int, ...]
    written: tuple[int, ...]
    unfit: tuple[int, ...]


def write(folder: Path, approved: Sequence[Proposal]) -> Exported:
    """Add what the files lack. When the result is not in order the files are as before, and `KnowledgeError` rises."""
    knowledge = load(folder)
    new = missing_from(knowledge, [one.addition for one in approved])
    unfit = {one.number for one in approved if not set(one.addition.sections) <= set(knowledge.sections)}
    added = {EXAMPLES_FILE: example_lines(new), SITUATIONS_FILE: situation_entries(new)}
    before = {file: _content(folder / file) for file, more in added.items() if more}
    try:
        for file, content in before.items():
            kept = content or b""
            separator = b"" if not kept or kept.endswith(b"\n") else b"\n"
            _replace(folder / file, kept + separator + added[file].encode())
        load(folder)
    except BaseException:
        for file, content in before.items():
            if content is None:
                (folder / file).unlink(missing_ok=True)
            else:
                _replace(folder / file, content)
        raise
    ids = {addition.id for addition in new}
    return Exported(
        tuple(one.number for one in approved if one.number not in unfit),
        tuple(one.number for one in approved if one.addition.id in ids),
        tuple(sorted(unfit)),
    )


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def _replace(path: Path, content: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    Path(name).chmod(0o644)
    Path(name).replace(path)
