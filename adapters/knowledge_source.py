"""The engine of this moment: loaded at start, loaded anew when asked, kept when the new content is broken."""

from __future__ import annotations

import hashlib
import multiprocessing
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from types import ModuleType

import bot
from adapters.settings import Settings
from adapters.storage.cache import Cache
from bot.answering import concepts, encoding, features, model, neighbours, text, training
from bot.answering.engine import Engine
from bot.knowledge import Concepts, Knowledge, load


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
        return load_engine(self._settings.knowledge_folder, Cache(self._settings.cache), self._progress)


def load_engine(folder: Path, cache: Cache, progress: Callable[[str], None] = print) -> Engine:
    """Return the engine for this folder: what was read and learnt before from the same content, or else anew.

    Learning takes some seconds, in a process of its own; raises `KnowledgeError` when the content is broken.
    """
    content = _digest(folder)
    knowledge = cache.kept(
        "knowledge",
        f"{content}-{_code(*_modules_of(bot))}",
        lambda: load(folder),
        still=lambda: _digest(folder) == content,  # or somebody saved a file while it was read
    )
    learning = (concepts, encoding, features, model, neighbours, text, training)
    key = f"{knowledge.lessons_key}-{_code(*(Path(module.__file__ or '') for module in learning))}"
    return Engine(knowledge, cache.kept("model", key, lambda: _learn(knowledge, progress)))


def _learn(knowledge: Knowledge, progress: Callable[[str], None]) -> model.Model:
    learnt = training.lessons(knowledge)
    progress(f"Ik leer van {len(learnt)} voorbeelden; dat duurt een paar tellen en hoeft maar één keer.")
    # scikit-learn and SciPy would stay in memory for good; a process of its own gives it back
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return process.submit(_train, learnt, knowledge.concepts).result()


def _train(learnt: list[training.Lesson], known: Concepts) -> model.Model:
    return training.train(learnt, concepts.Lexicon(known))


def _digest(folder: Path) -> str:
    """Return 24 hex digits of all files of a folder, by their bytes."""
    read = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        try:
            content = path.read_bytes()
        except OSError:  # gone meanwhile, or not ours to read: `load` says what it means
            content = b""
        read.update(f"{path.relative_to(folder)}\0{len(content)}\0".encode() + content)
    return read.hexdigest()[:24]


def _code(*modules: Path) -> str:
    """Return 12 hex digits of code and of the Python that runs it: what a kept value depends on beside its content."""
    read = hashlib.sha256(sys.version.encode())
    for path in modules:
        read.update(path.read_bytes())
    return read.hexdigest()[:12]


def _modules_of(package: ModuleType) -> list[Path]:
    return sorted(path for folder in package.__path__ for path in Path(folder).rglob("*.py"))
