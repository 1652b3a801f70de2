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


class KnowledgeSource:
    """Holds one `Engine` and one `Reviewer`, and swaps both.

    Raises `KnowledgeError` at construction when the content is broken.
    """

    def __init__(self, settings: Settings, progress: Callable[[str], None]) -> None:
        self._settings = settings
        self._progress = progress
        self._reloading = threading.Lock()
        self._engine, self._reviewer = self._load()

    def engine(self) -> Engine:
        return self._engine

    def reviewer(self) -> Reviewer:
        return self._reviewer

    def reload(self) -> bool:
        """Load the content again; raises `KnowledgeError` and goes on with the old one when it is broken.

        Return whether anything changed. Blocks while it learns: call it in a thread.
        """
        with self._reloading:
            engine, reviewer = self._load()
            before = (self._engine.knowledge.content_key, self._reviewer.knowledge.key)
            self._engine, self._reviewer = engine, reviewer
            return before != (engine.knowledge.content_key, reviewer.knowledge.key)

    def _load(self) -> tuple[Engine, Reviewer]:
        folder, cache = self._settings.knowledge_folder, Cache(self._settings.cache)
        engine = load_engine(folder, cache, self._progress)
        return engine, load_reviewer(folder, engine.knowledge, cache, self._progress)
