"""A long reply, a message at a time: under each but the last a button for the next, which is in memory until then.

As long as anything of a conversation is remembered, and no longer: App Home says so.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from adapters.slack import render
from adapters.slack.forms import Words
from adapters.slack.kept import Kept
from adapters.slack.render import Block, Message
from bot.events import Language
from bot.memory import FOLLOW_UP_TIME
from bot.ports import Clock
from bot.replies import Reply


class Instalments:
    """Cuts replies where a message of Slack ends, and keeps what comes after."""

    def __init__(self, words: Words, clock: Clock) -> None:
        self._words = words
        self._kept = Kept(clock, FOLLOW_UP_TIME)

    def first(self, reply: Reply, beside: Sequence[Block] = ()) -> Message | None:
        """Return the first message, with the blocks `beside` under it; nothing where nothing can be seen."""
        made = render.blocks(reply)
        return self._instalment(made, reply.language, beside) if made else None

    def next(self, name: str, language: Language) -> tuple[Message, Message]:
        """Return the message that was shown, without its button for more, and the one after it.

        Raises `LostError` when it is no longer remembered.
        """
        kept = self._kept.find(name)
        return render.message(json.loads(kept["shown"])), self._instalment(json.loads(kept["rest"]), language)

    def _instalment(self, made: list[Block], language: Language, beside: Sequence[Block] = ()) -> Message:
        some, rest = render.head(made, beside)
        shown = [*some, *beside]
        if not rest:
            return render.message(shown)
        name = self._kept.keep({"shown": json.dumps(shown), "rest": json.dumps(rest)})
        return render.message([*shown, render.more_button(self._words(language, "slack-more"), name, language)])
