"""The YAML dialogues: read, run, compared with what a person sees on any platform."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml

from bot.events import Pressed, Said

T = TypeVar("T")
FILES = sorted((Path(__file__).parent / "scenarios").glob("*.yaml"))


@dataclass(frozen=True, slots=True)
class Seen:
    """What a person sees of one reply: all words, the quoted sections, and the buttons by label."""

    text: str
    quotes: tuple[str, ...]
    buttons: dict[str, Pressed]


Turn = dict[str, Any]
Act = Callable[[Said | Pressed], Awaitable[Seen]]


def at_once(handled: Coroutine[Any, Any, T]) -> T:
    """Return what comes of handling that waits for nothing; a plain question must not."""
    try:
        handled.send(None)
    except StopIteration as ended:
        found: T = ended.value
        return found
    raise AssertionError("it waited")


def dialogues() -> list[tuple[str, list[Turn]]]:
    """Return each dialogue's name and turns."""
    return [
        (entry["dialogue"], entry["turns"])
        for file in FILES
        for entry in yaml.safe_load(file.read_text(encoding="utf-8"))
    ]


async def run(turns: list[Turn], act: Act) -> None:
    """Go through a dialogue; `act` does one deed on a platform and returns what is then seen."""
    seen = Seen("", (), {})
    for turn in turns:
        if "pressed" in turn:
            label = next(label for label in seen.buttons if label.startswith(turn["pressed"]))
            deed: Said | Pressed = seen.buttons[label]
        else:
            deed = Said(turn["said"])
        seen = await act(deed)
        compare(turn, seen)


def compare(turn: Turn, seen: Seen) -> None:
    where = f"after {turn.get('said', turn.get('pressed'))!r}:\n{seen.text}\n{list(seen.buttons)}"
    plain = " ".join(seen.text.split())
    for text in turn.get("sees", []):
        assert text in plain, f"{text!r} is not seen {where}"
    for text in turn.get("not", []):
        assert text not in plain, f"{text!r} is seen {where}"
        assert not [label for label in seen.buttons if label.startswith(text)], f"{text!r} is offered {where}"
    for label in turn.get("offers", []):
        assert [b for b in seen.buttons if b.startswith(label)], f"{label!r} is not offered {where}"
    if "quotes" in turn:
        expected = set(turn["quotes"])
        assert expected <= set(seen.quotes), f"{expected} is not quoted but {seen.quotes} {where}"
        if not expected:
            assert not seen.quotes, f"{seen.quotes} is quoted {where}"
