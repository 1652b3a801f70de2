"""The names of what a button can ask for; an adapter passes them through unread."""

from __future__ import annotations

from enum import StrEnum


class Action(StrEnum):
    """Button actions; the comment says what the button's value holds."""

    SAY = "say"  # a question, as if it had been typed
    SECTION = "section"  # a section id
    SITUATION = "situation"  # a situation id
    ORIGINAL = "original"  # a section id: its Dutch words
    OVERVIEW = "overview"  # nothing
    NONE_OF_THESE = "none-of-these"  # nothing
    ASK_MANAGER = "ask-manager"  # section ids, comma between; then "urgent" when it is, and # with the mark of the text
    ASK_COMMUNICATIONS = "ask-communications"  # the same
    CASE = "case"  # a step of `handoff.case.Step`, or "show", a space, and a case's number
    CASES = "cases"  # nothing: the open ones
    PROPOSE = "propose"  # "case" or "rated", a space, and a number: what to make knowledge of
    PROPOSAL = "proposal"  # "show", "approve", "reject" or "withdraw", a space, and a proposal's number
    PROPOSALS = "proposals"  # nothing
    MISSED = "missed"  # the key of a rating and the feedback value of the answer: say what it lacked
    MY_CASES = "my-cases"  # nothing
    FORGET = "forget"  # nothing: after the question whether it is meant
    CHECK_FORM = "check-form"  # nothing
    CHECK = "check"  # nothing: the text that was just sent
    AS_QUESTION = "as-question"  # nothing: the same
    NOT_RIGHT = "not-right"  # a rule id
    HELPED = "helped"  # "yes" or "no", a space, and the feedback value of the answer
