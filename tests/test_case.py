"""The life of a case: the table holds, whatever happens in whatever order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.events import Address
from bot.handoff.case import (
    CLOCK,
    NEXT,
    OPEN,
    UNCLAIMED,
    WHO,
    Case,
    Party,
    Status,
    Step,
    Taken,
    TakenError,
    WrongStepError,
    opened,
    possible,
    take,
)
from bot.handoff.hours import Terms
from bot.knowledge.files import HoursRow

ASKER, MANAGER = Party("fatima@demo.unicoz.nl", "Fatima"), Party("karel@demo.unicoz.nl", "Karel")
JOKE, HENK = Party("joke@demo.unicoz.nl", "Joke"), Party("henk@demo.unicoz.nl", "Henk")
TERMS = Terms(HoursRow().value())
START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def case(**chosen: object) -> Case:
    usual: dict[str, object] = {
        "number": 7,
        "asker": ASKER,
        "school": "De Ark",
        "asked_at": Address("web", ASKER.id),
        "private": True,
        "language": "nl",
        "kind": "question",
        "text": "mag ik een klassenfoto plaatsen?",
        "note": "",
        "sections": ("overweging-4",),
        "unnamed": False,
        "urgent": False,
        "fingerprint": "96bea7a0",
        "handler": "communications",
        "manager": None,
        "at_desk": True,
        "created": START,
        "changed": START,
    }
    begun, _ = opened(Case(**{**usual, **chosen}), TERMS)  # type: ignore[arg-type]
    return begun


def after(one: Case, *steps: Step, by: Party = JOKE) -> Case:
    for number, step in enumerate(steps, 1):
        who = {"asker": ASKER, "clock": CLOCK, "handler": by}[WHO[step]]
        one, _ = take(one, Taken(step, who, START + timedelta(minutes=number), "woorden", manager=MANAGER), TERMS)
    return one


def test_a_case_goes_from_question_to_answer_to_end() -> None:
    done = after(case(), Step.CLAIM, Step.ADVISE, Step.HELPED)
    assert done.status == Status.CLOSED and done.claimed_by == JOKE and done.version == 4


@pytest.mark.parametrize(
    ("steps", "status"),
    [
        ((Step.CLAIM, Step.RELEASE), Status.NEW),
        ((Step.ASK_BACK,), Status.WAITING),
        ((Step.ASK_BACK, Step.ADD), Status.CLAIMED),
        ((Step.ADVISE, Step.NOT_HELPED), Status.REOPENED),
        ((Step.ADVISE, Step.ADD), Status.REOPENED),
        ((Step.CLOSE, Step.REOPEN, Step.CLAIM), Status.CLAIMED),
        ((Step.TO_MANAGER, Step.TO_COMMUNICATIONS), Status.NEW),
        ((Step.CLAIM, Step.WITHDRAW), Status.WITHDRAWN),
        ((Step.REMIND, Step.ESCALATE), Status.NEW),
    ],
)
def test_steps_lead_where_the_table_says(steps: tuple[Step, ...], status: Status) -> None:
    assert after(case(), *steps).status == status


def test_an_impossible_step_names_the_possible_ones() -> None:
    answered = after(case(), Step.ADVISE)
    with pytest.raises(WrongStepError) as refused:
        after(answered, Step.CLAIM)
    assert set(refused.value.possible) == {Step.NOTE, Step.CLOSE, Step.REOPEN}


def test_of_two_who_claim_the_second_is_told_who_has_it() -> None:
    claimed = after(case(), Step.CLAIM)
    with pytest.raises(TakenError) as refused:
        take(claimed, Taken(Step.CLAIM, HENK, START), TERMS)
    assert refused.value.by == JOKE
    with pytest.raises(TakenError):
        take(claimed, Taken(Step.ADVISE, HENK, START, "ja"), TERMS)


def test_a_step_that_says_something_needs_words() -> None:
    with pytest.raises(ValueError, match="words"):
        take(case(), Taken(Step.ADVISE, JOKE, START, "  "), TERMS)


def test_terms_run_only_while_nobody_has_the_case() -> None:
    new = case()
    assert new.remind_at == START + timedelta(hours=4) and new.escalate_at
    claimed = after(new, Step.CLAIM)
    assert claimed.escalate_at is None and claimed.remind_at, "who has it is reminded, a working day later"
    assert after(claimed, Step.RELEASE).remind_at is not None


def test_a_reminder_comes_once_and_a_managers_case_goes_on_to_communications() -> None:
    asked = case(handler="manager", manager=MANAGER, at_desk=False)
    reminded = after(asked, Step.REMIND)
    assert reminded.remind_at is None and reminded.escalate_at == asked.escalate_at
    passed = after(reminded, Step.ESCALATE)
    assert passed.handler == "communications" and passed.at_desk and passed.remind_at is not None
    ended = after(passed, Step.ESCALATE)
    assert ended.escalated and ended.escalate_at is None
    assert ended.remind_at and after(ended, Step.REMIND).remind_at, "nothing falls silent"


def test_an_urgent_case_has_ten_and_thirty_minutes() -> None:
    urgent = case(urgent=True)
    assert urgent.remind_at == START + timedelta(minutes=10)
    assert urgent.escalate_at == START + timedelta(minutes=30)


@given(st.lists(st.tuples(st.sampled_from(list(Step)), st.sampled_from([JOKE, HENK])), max_size=40))
def test_whatever_happens_the_case_stays_whole(tries: list[tuple[Step, Party]]) -> None:
    one = case(handler="manager", manager=MANAGER, at_desk=False)
    for step, who in tries:
        if step == Step.HAND_OFF:
            continue
        by = {"asker": ASKER, "clock": CLOCK, "handler": who}[WHO[step]]
        before = one
        claimer: Party | None = None
        still_possible: set[Step] | None = None
        try:
            one, event = take(one, Taken(step, by, START, "woorden", manager=MANAGER), TERMS)
        except WrongStepError as refused:
            still_possible = set(refused.possible)
        except TakenError as refused:
            claimer = refused.by
        if one is before:
            allowed = set(possible(before, WHO[step]))
            assert claimer not in (None, by) or still_possible == allowed
            continue
        assert one.status == NEXT[step][before.status]
        assert one.version == before.version + 1 == event.version
        assert (one.status in UNCLAIMED) or one.escalate_at is None
        assert one.remind_at or one.escalate_at or one.status not in (*UNCLAIMED, Status.CLAIMED)
        assert (one.claimed_by is None) or one.status not in UNCLAIMED
        assert one.handler == "communications" or one.manager is not None
        assert one.status in OPEN or one.status in (Status.ANSWERED, Status.CLOSED, Status.WITHDRAWN)
