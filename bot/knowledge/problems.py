"""What is wrong with a knowledge file, said so that the editor can mend it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: the file, the place in it, what is wrong and what to do."""

    file: str
    place: str
    what: str
    remedy: str

    def __str__(self) -> str:
        place = f" {self.place}:" if self.place else ""
        return f"{self.file}:{place} {self.what} {self.remedy}"


class KnowledgeError(Exception):
    """The knowledge cannot be used; `problems` holds every mistake that was found, in file order."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in problems))
