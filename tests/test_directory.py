"""The staff list: read forgivingly, refused with file, line and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.directory import DirectoryError, read_staff_list

GOOD = "staff,manager,school\nfatima@unicoz.nl,karel@unicoz.nl,De Ark\nkarel@unicoz.nl,,De Ark\n"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_list_as_spreadsheets_write_it(tmp_path: Path, separator: str) -> None:
    file = tmp_path / "staff.csv"
    file.write_text("\ufeff" + GOOD.replace(",", separator).replace("fatima@", "Fatima@"), encoding="utf-8")
    staff = read_staff_list(file)
    assert staff.manager_of("fatima@unicoz.nl") == "karel@unicoz.nl"
    assert staff.school_of("karel@unicoz.nl") == "De Ark"
    assert staff.manager_of("karel@unicoz.nl") == staff.manager_of("nobody@unicoz.nl") == ""


def test_without_a_list_nobody_is_known() -> None:
    assert read_staff_list(None).manager_of("fatima@unicoz.nl") == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name,boss\na,b\n", "line 1: the columns are not staff, manager, school"),
        ("", "line 1"),
        (GOOD + "geen adres,karel@unicoz.nl,De Ark\n", "line 4: staff and manager must be e-mail addresses"),
        (GOOD + "fatima@unicoz.nl,karel@unicoz.nl,De Ark\n", "line 4: this person stands in the list twice"),
        (GOOD + '"open quote,karel@unicoz.nl,De Ark\n', "quotation marks"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "staff.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(DirectoryError, match=said):
        read_staff_list(file)


def test_a_list_that_is_not_there_or_not_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(DirectoryError, match="PROTOCOLWIJZER_STAFF_LIST"):
        read_staff_list(tmp_path / "none.csv")
    (tmp_path / "latin.csv").write_bytes("staff,manager,school\ncafé@unicoz.nl,,\n".encode("latin-1"))
    with pytest.raises(DirectoryError, match="UTF-8"):
        read_staff_list(tmp_path / "latin.csv")
