"""The engine of this moment: loaded at start, loaded anew when asked, kept when the new content is broken."""

from __future__ import annotations

import threading
from collections.abc import Callable

from adapters.settings import Settings
from adapters.storage.model_cache import cached_model
from bot.answering.engine import Engine
from bot.knowledge import load


class KnowledgeSource:
    """Holds one `Engine` and swaps it whole; raises `KnowledgeError` at construction when the content is broken."""

    def __init__(self, settings: Settings, progress: Callable[[str], None]) -> None:
        self._settings = settings
        self._progress = progress
        self._reloading = threading.Lock()
        self._engine = self._load()

    def engine(self) -> Engine:
        return self._engine

    def reload(self) -> bool:
        """Load the content again; raises `KnowledgeError` and goes on with the old one when it is broken.

        Return whether anything changed. Blocks while it learns: call it in a thread.
        """
        with self._reloading:
            new = self._load()
            changed = new.knowledge.content_key != self._engine.knowledge.content_key
            self._engine = new
            return changed

    def _load(self) -> Engine:
        knowledge = load(self._settings.knowledge_folder)
        return Engine(knowledge, cached_model(knowledge, self._settings.cache, self._progress))
