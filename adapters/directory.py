"""Who is whose manager, from the organisation's list: a CSV with the columns staff, manager, school."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

COLUMNS = ("staff", "manager", "school")
_LARGEST = 5_000_000  # bytes; tens of thousands of people
_SEPARATORS = ",;\t"


class DirectoryError(Exception):
    """The list cannot be read; the text names the file, the line and the remedy."""


@dataclass(frozen=True, slots=True)
class StaffList:
    """`ports.Directory`; empty when there is no list."""

    managers: dict[str, str]
    schools: dict[str, str]

    def manager_of(self, email: str) -> str:
        return self.managers.get(email, "")

    def school_of(self, email: str) -> str:
        return self.schools.get(email, "")


def read_staff_list(file: Path | None) -> StaffList:
    """Return the list in a file; raises `DirectoryError`."""
    if file is None:
        return StaffList({}, {})
    try:
        if file.stat().st_size > _LARGEST:
            raise DirectoryError(f"{file} is larger than {_LARGEST // 1_000_000} MB: is it the staff list?")
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise DirectoryError(f"{file} cannot be read: {error.strerror}. Check PROTOCOLWIJZER_STAFF_LIST.") from None
    except UnicodeDecodeError:
        raise DirectoryError(f"{file} is not UTF-8: save it as CSV UTF-8.") from None
    lines = text.splitlines()
    separator = max(_SEPARATORS, key=(lines[0] if lines else "").count)
    rows = csv.DictReader(lines, delimiter=separator, strict=True)
    names = [name.strip().lower() for name in rows.fieldnames or []]
    if not set(COLUMNS) <= set(names):
        raise DirectoryError(f"{file}, line 1: the columns are not {', '.join(COLUMNS)}. Name them in the first line.")
    rows.fieldnames = names
    return _list(file, rows)


def _list(file: Path, rows: csv.DictReader[str]) -> StaffList:
    managers: dict[str, str] = {}
    schools: dict[str, str] = {}
    try:
        for row in rows:
            staff, manager, school = ((row[name] or "").strip() for name in COLUMNS)
            staff, manager = staff.lower(), manager.lower()
            where = f"{file}, line {rows.line_num}"
            if not _is_address(staff) or (manager and not _is_address(manager)):
                raise DirectoryError(f"{where}: staff and manager must be e-mail addresses.")
            if staff in managers:
                raise DirectoryError(f"{where}: this person stands in the list twice. Keep one line.")
            managers[staff], schools[staff] = manager, school
    except csv.Error:
        raise DirectoryError(
            f"{file}, line {rows.line_num}: cannot be read as CSV. Check its quotation marks."
        ) from None
    return StaffList(managers, schools)


def _is_address(text: str) -> bool:
    name, at, domain = text.partition("@")
    return bool(name and at and "." in domain and " " not in text)
