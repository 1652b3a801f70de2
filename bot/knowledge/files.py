"""The shape of each knowledge file; pydantic says what does not fit, `problems_of` where."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    RootModel,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from bot.events import Language
from bot.knowledge.problems import Problem
from bot.knowledge.values import (
    UNTRANSLATED,
    Contact,
    Demonstrator,
    Example,
    Localised,
    OfficeHours,
    Organisation,
    RequestWords,
    Route,
    School,
    Situation,
    SmallTalk,
)

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Email = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s.]+$")]


class FileModel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LocalisedRow(FileModel):
    nl: Text
    en: Text

    def value(self) -> Localised:
        return Localised(self.nl, self.en)


class QuestionsRow(FileModel):
    nl: Annotated[list[Text], Field(min_length=1)]
    en: Annotated[list[Text], Field(min_length=1)]

    def value(self) -> tuple[tuple[Language, str], ...]:
        dutch: list[tuple[Language, str]] = [("nl", text) for text in self.nl]
        return (*dutch, *(("en", text) for text in self.en))


class SituationQuestionsRow(FileModel):
    """English ones may be missing as long as a situation has still to be translated."""

    nl: Annotated[list[Text], Field(min_length=1)]
    en: list[Text] = []

    def value(self) -> tuple[tuple[Language, str], ...]:
        dutch: list[tuple[Language, str]] = [("nl", text) for text in self.nl]
        return (*dutch, *(("en", text) for text in self.en))


class SectionRow(FileModel):
    title: LocalisedRow
    gist: LocalisedRow
    contact: Contact


class SituationRow(FileModel):
    id: Id
    title: LocalisedRow
    route: Route
    sections: Annotated[list[Id], Field(min_length=1, max_length=5)]
    contact: Contact
    gist: LocalisedRow
    examples: SituationQuestionsRow
    gap: bool = False

    @model_validator(mode="after")
    def _translated(self) -> Self:
        if not self.examples.en and UNTRANSLATED not in (self.gist.en, self.title.en):
            raise ValueError(f"examples.en is empty though the rest is translated; add one, or write '{UNTRANSLATED}'")
        return self

    def value(self) -> Situation:
        return Situation(
            self.id,
            self.title.value(),
            self.route,
            tuple(self.sections),
            self.contact,
            self.gist.value(),
            self.examples.value(),
            self.gap,
        )


class SmallTalkRow(FileModel):
    id: Id
    reply: LocalisedRow
    examples: QuestionsRow

    def value(self) -> SmallTalk:
        return SmallTalk(self.id, self.reply.value(), self.examples.value())


class ExampleRow(FileModel):
    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+-[a-z0-9-]+$")]
    lang: Language
    text: Text
    route: Route
    top: Annotated[list[Id], Field(max_length=3)] = []
    relevant: Annotated[list[Id], Field(max_length=5)] = []
    contact: Contact = "none"
    style: str = "plain"
    situation: str = ""
    note: str = ""

    def value(self) -> Example:
        return Example(
            self.id,
            self.lang,
            self.text,
            self.route,
            tuple(self.top),
            tuple(self.relevant),
            self.contact,
            self.style,
            self.situation,
        )


EXAMPLE_ROWS = TypeAdapter(list[ExampleRow])


class RequestsRow(FileModel):
    numbered: dict[Id, dict[Language, tuple[Text, ...]]]
    numbers: dict[int, tuple[Text, ...]]
    situations: dict[Id, tuple[Text, ...]]
    overview: dict[Language, tuple[Text, ...]]
    filler: tuple[Text, ...]
    follow_up: tuple[Text, ...]
    cases: dict[Language, tuple[Text, ...]]
    mine: dict[Language, tuple[Text, ...]]
    proposals: dict[Language, tuple[Text, ...]] = {}
    # with words of their own: nobody's rights may hang on what an editor left out
    data: dict[Language, tuple[Text, ...]] = Field({"nl": ("mijn gegevens",), "en": ("my data",)}, min_length=2)
    forget: dict[Language, tuple[Text, ...]] = Field({"nl": ("vergeet mij",), "en": ("forget me",)}, min_length=2)

    def value(self) -> RequestWords:
        return RequestWords(
            self.numbered,
            self.numbers,
            self.situations,
            self.overview,
            self.filler,
            self.follow_up,
            self.cases,
            self.mine,
            self.proposals,
            self.data,
            self.forget,
        )


class ConceptsFile(RootModel[dict[Id, dict[Language, tuple[Text, ...]]]]):
    """The whole of `concepts.yaml`."""


class CommunicationsRow(FileModel):
    name: LocalisedRow
    address: str = ""
    fallback: Email | Literal[""] = ""


class DocumentRow(FileModel):
    name: LocalisedRow
    date: str = ""
    advice_section: Id
    urgent_section: Id
    leaders_section: Id


class OwnRow(FileModel):
    domains: tuple[Text, ...] = ()
    numbers: tuple[Annotated[str, StringConstraints(pattern=r"^\+[0-9]{8,15}$")], ...] = ()
    addresses: tuple[Text, ...] = ()
    ibans: tuple[Text, ...] = ()
    people: tuple[Text, ...] = ()


class SchoolRow(FileModel):
    name: Text
    manager: Email | Literal[""] = ""


class ClosedRow(FileModel):
    first: date
    last: date

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last < self.first:
            raise ValueError("last is before first")
        return self


class HoursRow(FileModel):
    zone: Literal["Europe/Amsterdam"] = "Europe/Amsterdam"
    opens: time = time(8, 30)
    closes: time = time(17)
    weekdays: Annotated[tuple[Annotated[int, Field(ge=1, le=7)], ...], Field(min_length=1)] = (1, 2, 3, 4, 5)
    good_friday: bool = False
    liberation_day: Literal["every-year", "every-five-years", "never"] = "every-five-years"
    school_holidays: Literal["Noord", "Midden", "Zuid", ""] = ""
    closed: tuple[ClosedRow, ...] = ()

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.closes <= self.opens:
            raise ValueError("closes is not after opens")
        return self

    def value(self) -> OfficeHours:
        return OfficeHours(
            self.zone,
            self.opens,
            self.closes,
            frozenset(day - 1 for day in self.weekdays),
            self.good_friday,
            self.liberation_day,
            self.school_holidays,
            tuple((days.first, days.last) for days in self.closed),
        )


class DemonstratorRow(FileModel):
    name: Text
    email: Email
    role: Literal["staff", "manager", "communications"]


class OrganisationRow(FileModel):
    name: Text
    based_on: Id | Literal[""] = ""
    rules: dict[Id, Id] = {}
    own: OwnRow = OwnRow()
    document: DocumentRow
    communications: CommunicationsRow
    schools: tuple[SchoolRow, ...] = ()
    hours: HoursRow = HoursRow()
    demonstration: tuple[DemonstratorRow, ...] = ()

    def value(self) -> Organisation:
        return Organisation(
            self.name,
            self.document.name.value(),
            self.document.date,
            self.communications.name.value(),
            self.communications.address,
            self.document.advice_section,
            self.document.urgent_section,
            self.document.leaders_section,
            self.hours.value(),
            (*self.own.domains, *self.own.numbers, *self.own.addresses, *self.own.ibans, *self.own.people),
            tuple(domain.lower() for domain in self.own.domains),
            tuple(School(school.name, school.manager) for school in self.schools),
            self.communications.fallback,
            tuple(Demonstrator(person.name, person.email, person.role) for person in self.demonstration),
        )


def problems_of(error: ValidationError, file: str, place: str = "") -> list[Problem]:
    """Return a problem per mistake that pydantic found, with the path inside the entry as its place."""
    found = []
    for detail in error.errors(include_url=False, include_input=False):
        path = ".".join(str(step) for step in detail["loc"])
        where = " ".join(filter(None, (place, path)))
        found.append(Problem(file, where, f"{detail['msg'].rstrip('.')}.", _remedy(detail["type"])))
    return found


def _remedy(kind: str) -> str:
    remedies = {
        "missing": "Add it.",
        "extra_forbidden": "Take it out, or correct its name.",
        "literal_error": "Choose one of those named.",
        "string_too_short": "Write a text there.",
        "json_invalid": "Write one JSON object a line.",
        "too_short": "Add at least one.",
        "too_long": "Keep the most important ones.",
        "string_pattern_mismatch": "Use small letters, digits and hyphens.",
    }
    return remedies.get(kind, "Compare with a neighbouring entry.")
