"""The engine of this moment: loaded at start, loaded anew when asked, kept when the new content is broken."""

from __future__ import annotations

import threading
from collections.abc import Callable

from adapters.draft_learning import load_reviewer
from adapters.learning import load_engine
from adapters.settings import Settings
from adapters.storage.cache import Cache
from bot.answering.engine import Engine
from bot.drafts.reviewer import Reviewer
from bot.knowledge import Addition


class KnowledgeSource:
    """Holds one `Engine` and one `Reviewer`, and swaps both.

    Raises `KnowledgeError` at construction when the content is broken.
    """

    def __init__(self, settings: Settings, progress: Callable[[str], None]) -> None:
        self._settings = settings
        self._progress = progress
        self._reloading = threading.Lock()
        self._swapping = threading.Lock()
        self._additions: tuple[Addition, ...] = ()
        self._engine, self._reviewer = self._load()

    def engine(self) -> Engine:
        return self._engine

    def reviewer(self) -> Reviewer:
        return self._reviewer

    def reload(self) -> bool:
        """Load the content again; raises `KnowledgeError` and goes on with the old one when it is broken.

        Return whether anything changed. Blocks while it learns, also from the additions: call it in a thread.
        """
        with self._reloading:
            learnt_from = self._additions
            engine, reviewer = self._load()
            with self._swapping:
                before = (self._engine.knowledge.content_key, self._reviewer.knowledge.key)
                if self._additions != learnt_from:  # something was approved while it learnt
                    engine = Engine(engine.files, engine.model, self._additions)
                self._engine, self._reviewer = engine, reviewer
                return before != (engine.knowledge.content_key, reviewer.knowledge.key)

    def grow(self, additions: tuple[Addition, ...]) -> None:
        """Answer with these additions from now on, without learning: some tenths of a second."""
        with self._swapping:
            self._additions = additions
            self._engine = Engine(self._engine.files, self._engine.model, additions)

    def _load(self) -> tuple[Engine, Reviewer]:
        folder, cache = self._settings.knowledge_folder, Cache(self._settings.cache)
        engine = load_engine(folder, cache, self._progress, self._additions)
        return engine, load_reviewer(folder, engine.files, cache, self._progress)
