"""The engine for a folder: what was read and learnt before from the same content, or else anew."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import ModuleType
from typing import TypeVar

import bot
from adapters.storage.cache import Cache
from bot.answering import concepts, encoding, features, model, neighbours, text, training
from bot.answering.engine import Engine
from bot.knowledge import Addition, Concepts, Knowledge, extended, load
from bot.knowledge.reading import files_of

Learnt = TypeVar("Learnt")


def load_engine(
    folder: Path, cache: Cache, progress: Callable[[str], None] = print, additions: Sequence[Addition] = ()
) -> Engine:
    """Return the engine for this folder: what was read and learnt before from the same content, or else anew.

    It learns from `additions` too.

    Learning takes some seconds, in a process of its own; raises `KnowledgeError` when the content is broken.
    """
    content = digest_of(folder)
    knowledge = cache.kept(
        "knowledge",
        f"{content}-{code_of_core()}",
        lambda: load(folder),
        still=lambda: digest_of(folder) == content,  # or somebody saved a file while it was read
    )
    learnt_from = extended(knowledge, additions)
    learning = (concepts, encoding, features, model, neighbours, text, training)
    key = f"{learnt_from.lessons_key}-{code_of(learning)}"
    return Engine(knowledge, cache.kept("model", key, lambda: _learn(learnt_from, progress)), additions)


def _learn(knowledge: Knowledge, progress: Callable[[str], None]) -> model.Model:
    learnt = training.lessons(knowledge)
    progress(f"Ik leer van {len(learnt)} voorbeelden; dat duurt een paar tellen en hoeft maar één keer.")
    return apart(_train, learnt, knowledge.concepts)


def _train(learnt: list[training.Lesson], known: Concepts) -> model.Model:
    return training.train(learnt, concepts.Lexicon(known))


def apart(learn: Callable[..., Learnt], *given: object) -> Learnt:
    """Learn in a process of its own: scikit-learn and SciPy would else stay in memory for good."""
    import multiprocessing  # noqa: PLC0415 (rarely needed, slow to load)
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415

    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return process.submit(learn, *given).result()


def digest_of(folder: Path) -> str:
    """Return 24 hex digits of all files of a folder, and of those lent by its base, by their bytes."""
    read = hashlib.sha256()
    for name, path in sorted(files_of(folder).items()):
        try:
            content = path.read_bytes()
        except OSError:  # gone meanwhile, or not ours to read: `load` says what it means
            content = b""
        read.update(f"{name}\0{len(content)}\0".encode() + content)
    return read.hexdigest()[:24]


def code_of(modules: Iterable[ModuleType]) -> str:
    """Return 12 hex digits of these modules' code: what a kept value depends on beside its content."""
    return _code(*(Path(module.__file__ or "") for module in modules))


def _code(*modules: Path) -> str:
    read = hashlib.sha256(sys.version.encode())
    for path in modules:
        read.update(path.read_bytes())
    return read.hexdigest()[:12]


def code_of_core() -> str:
    """Return the same of the whole core."""
    return _code(*sorted(path for folder in bot.__path__ for path in Path(folder).rglob("*.py")))
