"""Reads the files of one folder, each once, and collects what is wrong with them."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, TypeAdapter, ValidationError

from bot.knowledge import files
from bot.knowledge.problems import Problem

Row = TypeVar("Row", bound=BaseModel)
_BASED_ON = re.compile(r"^based_on:\s*[\"']?([a-z0-9-]+)", re.MULTILINE)
# What says nothing about one organisation, so that another can read it too
_SHARED = ("texts/", "drafts/", "concepts.yaml", "small-talk.yaml", "requests.yaml")
_FASTEST: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C one is ten times as fast


class _StrictLoader(_FASTEST):  # type: ignore[misc]
    """YAML that refuses a key that stands twice, where the last would silently win."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        if len(mapping) < len(node.value):
            keys = [key.value for key, _ in node.value]
            double = next(key for key in keys if keys.count(key) > 1)
            raise yaml.MarkedYAMLError(problem=f"'{double}' stands twice", problem_mark=node.start_mark)
        return mapping


def base_of(path: Path) -> Path | None:
    """Return the folder that this organisation is based on: one beside it, named by `based_on` in organisation.yaml."""
    try:
        named = _BASED_ON.search((path / "organisation.yaml").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return None
    base = path.parent / named[1] if named else path
    return base if base != path and base.is_dir() else None


def files_of(path: Path) -> dict[str, Path]:
    """Return all files of an organisation by their name in the folder, those of its base among them."""
    own = {file.relative_to(path).as_posix(): file for file in path.rglob("*") if file.is_file()}
    base = base_of(path)
    lent = {file.relative_to(base).as_posix(): file for file in base.rglob("*") if file.is_file()} if base else {}
    return {**{name: file for name, file in lent.items() if name.startswith(_SHARED)}, **own}


class Folder:
    """One organisation's folder. What cannot be read becomes a problem, and reads as empty.

    A file that it lacks and that says nothing about the organisation is read from `base`, the folder that it is based
    on.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.base = base_of(path)
        self.problems: list[Problem] = []
        self._digests: dict[str, bytes] = {}

    def problem(self, file: str, place: str, what: str, remedy: str) -> None:
        self.problems.append(Problem(self.name(file), place, what, remedy))

    def name(self, file: str) -> str:
        """Return a file's name as an editor knows it."""
        return f"knowledge/{self._home(file).name}/{file}"

    def matching(self, pattern: str) -> list[str]:
        """Return the files that match, relative to the folder and in order."""
        homes = [self.path]
        if self.base and pattern.startswith(_SHARED):
            homes.append(self.base)
        return sorted(
            {path.relative_to(home).as_posix() for home in homes for path in home.glob(pattern) if path.is_file()}
        )

    def _home(self, file: str) -> Path:
        """Return the folder that a file is read from."""
        lent = self.base and file.startswith(_SHARED) and not (self.path / file).exists()
        return self.base if self.base and lent else self.path

    def digest(self, *without: str) -> str:
        """Return 24 hex digits of all that was read, but for files whose name begins with one of `without`."""
        read = hashlib.sha256()
        for file in sorted(self._digests):
            if not file.startswith(without):
                read.update(file.encode() + b"\0" + self._digests[file])
        return read.hexdigest()[:24]

    def text(self, file: str) -> str:
        try:
            content = (self._home(file) / file).read_bytes()
            self._digests[file] = hashlib.sha256(content).digest()
            return content.decode()
        except FileNotFoundError:
            self.problem(file, "", "the file is missing.", "Restore it, for instance from version control.")
        except UnicodeDecodeError as error:
            self.problem(file, f"byte {error.start}", "is not UTF-8.", "Save the file as UTF-8.")
        except OSError as error:
            self.problem(
                file, "", f"cannot be read ({error.strerror}).", "Check that it is a file and its permissions."
            )
        return ""

    def yaml(self, file: str) -> object:
        try:
            return yaml.load(self.text(file), Loader=_StrictLoader) or {}  # noqa: S506 (a safe loader)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            place = f"line {mark.line + 1}" if mark else ""
            said = getattr(error, "problem", None) or "cannot be read"
            self.problem(file, place, f"{said}.", "Check the indents, quotes and names around that line.")
        except ValueError as error:  # an impossible date, for one
            self.problem(file, "", f"holds a value that cannot be read ({error}).", "Put quotes around it.")
        return {}

    def entries(self, file: str) -> list[tuple[str, object]]:
        """Return the entries of a list with what to call each in a problem."""
        entries = self.yaml(file)
        if not isinstance(entries, list):
            if entries:
                self.problem(file, "", "is not a list.", "Begin each entry with '- id: …'.")
            return []
        return [
            (f"'{entry['id']}'" if isinstance(entry, dict) and "id" in entry else f"entry {number}", entry)
            for number, entry in enumerate(entries, 1)
        ]

    def row(self, kind: type[Row], entry: object, file: str, place: str = "") -> Row | None:
        """Return the entry as a row of this kind, or None after noting what does not fit."""
        try:
            return kind.model_validate(entry)
        except ValidationError as error:
            self.problems += files.problems_of(error, self.name(file), place)
            return None

    def rows(self, kinds: TypeAdapter[list[Row]], kind: type[Row], file: str) -> list[tuple[str, Row]]:
        """Return the rows of a JSON Lines file with their places; `kinds` is a list of `kind`."""
        lines = [(f"line {n}", line) for n, line in enumerate(self.text(file).splitlines(), 1) if line.strip()]
        try:  # all at once is five times as fast; one by one finds the mistake
            rows = kinds.validate_json("[" + ",".join(line for _, line in lines) + "]")
            return [(place, row) for (place, _), row in zip(lines, rows, strict=True)]
        except ValueError:
            found = [(place, self._json_row(kind, line, file, place)) for place, line in lines]
            return [(place, row) for place, row in found if row]

    def _json_row(self, kind: type[Row], line: str, file: str, place: str) -> Row | None:
        try:
            return kind.model_validate_json(line)
        except ValidationError as error:
            self.problems += files.problems_of(error, self.name(file), place)
            return None
