"""Keeps the learnt model in the user's cache folder, by the content that it was learnt from."""

from __future__ import annotations

import contextlib
import hashlib
import multiprocessing
import os
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from platformdirs import user_cache_path

from bot.answering import concepts, features, model, text, training
from bot.answering.concepts import Lexicon
from bot.answering.model import Model
from bot.knowledge import Concepts, Knowledge

_KEPT = 4  # models; older ones are removed


def cached_model(knowledge: Knowledge, folder: Path | None = None, progress: Callable[[str], None] = print) -> Model:
    """Return the model for this knowledge, from the cache or learnt now (some seconds, in a process of its own).

    A cache that cannot be read or written is no reason to stop: the model is then learnt again next time.
    """
    folder = folder or user_cache_path("protocolwijzer")
    path = folder / f"model-{_key(knowledge)}.npz"
    lexicon = Lexicon(knowledge.concepts)
    unusable = contextlib.suppress(OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile, zlib.error)
    with unusable, path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        return Model.from_arrays(arrays, lexicon)
    lessons = training.lessons(knowledge)
    progress(f"Ik leer van {len(lessons)} voorbeelden; dat duurt een paar tellen en hoeft maar één keer.")
    # scikit-learn and SciPy would stay in memory for good; a process of its own gives it back
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        model = Model.from_arrays(process.submit(_train, lessons, knowledge.concepts).result(), lexicon)
    with contextlib.suppress(OSError):
        _write(path, model)
        _forget_old(folder)
    return model


def _train(lessons: list[training.Lesson], concepts: Concepts) -> dict[str, Any]:
    return training.train(lessons, Lexicon(concepts)).to_arrays()


def _key(knowledge: Knowledge) -> str:
    code = b"".join(Path(module.__file__ or "").read_bytes() for module in (concepts, features, model, text, training))
    return f"{knowledge.lessons_key}-{hashlib.sha256(code).hexdigest()[:12]}"


def _write(path: Path, model: Model) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(file, **model.to_arrays())
        Path(name).replace(path)  # whole or not at all, also when two processes learn at once
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _forget_old(folder: Path) -> None:
    kept = sorted(folder.glob("model-*.npz"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in kept[_KEPT:]:
        path.unlink(missing_ok=True)
