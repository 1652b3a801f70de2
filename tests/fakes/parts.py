"""Arbitrary replies, for rules that hold for all of them."""

from __future__ import annotations

from hypothesis import strategies as st

from bot.actions import Action
from bot.replies import (
    Button,
    Buttons,
    Feedback,
    Footer,
    Heading,
    Listing,
    MarkedText,
    Paragraph,
    Part,
    Quotation,
    Reply,
    Wording,
)

_NASTY = st.sampled_from(
    ["", " ", "&", "<!channel>", "> ", "*a* _b_ `c`", "[x](y)", "a" * 3001, "é<& " * 900, "\n" * 9]
)
_TEXTS = st.text(max_size=60) | st.lists(st.text(max_size=9) | _NASTY, max_size=6).map("".join)
_ROWS = 60  # parts: more than Slack has blocks


@st.composite
def _marked(draw: st.DrawFn) -> MarkedText:
    text = draw(_TEXTS)
    ends = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8)))
    return MarkedText(text, tuple(zip(ends[::2], ends[1::2], strict=False)))


def _buttons() -> st.SearchStrategy[Buttons]:
    labels = st.text(max_size=75)
    values = st.text(max_size=30) | st.sampled_from(['"' * 2000, "\\" * 2000, "\x00" * 2000, "é" * 2000])
    button = st.builds(Button, labels, st.sampled_from(list(Action)), values, st.booleans())
    return st.builds(Buttons, st.lists(button, max_size=30).map(tuple), st.booleans())


def parts() -> st.SearchStrategy[Part]:
    return st.one_of(
        st.builds(Heading, _TEXTS),
        st.builds(Paragraph, _TEXTS),
        st.builds(Quotation, st.just("richtlijn-1"), _TEXTS, _TEXTS, st.sampled_from(["nl", "en"]), _TEXTS),
        st.builds(Listing, st.lists(_TEXTS, max_size=5).map(tuple)),
        _marked(),
        st.builds(Wording, _TEXTS, st.text(max_size=20)),
        _buttons(),
        st.builds(Feedback, _TEXTS, st.text(max_size=20), st.text(max_size=20), st.text(max_size=60)),
        st.builds(Footer, _TEXTS),
    )


def replies() -> st.SearchStrategy[Reply]:
    """Return replies of up to 60 parts, with texts that are empty, long, or look like markup."""
    few = st.lists(parts(), max_size=6)
    many = st.builds(lambda part, count: [part] * count, parts(), st.integers(2, _ROWS))
    return st.builds(Reply, (few | many).map(tuple), st.sampled_from(["nl", "en"]))
