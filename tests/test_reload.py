"""New content is taken over whole; broken content changes nothing."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from adapters.knowledge_source import KnowledgeSource
from bot.knowledge import KnowledgeError
from tests.conftest import settings

COMMAND = Path(sys.executable).with_name("protocolwijzer")
PATIENCE = 60  # seconds until a test gives up waiting for an event


@pytest.fixture
def small(knowledge_copy: Path, tmp_path: Path) -> KnowledgeSource:
    return KnowledgeSource(settings(knowledge=knowledge_copy.parent, cache=tmp_path / "cache"), lambda said: None)


def change(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_changed_text_is_taken_over_without_learning_again(
    small: KnowledgeSource, knowledge_copy: Path, tmp_path: Path
) -> None:
    before = small.engine()
    change(knowledge_copy, "texts/nl.ftl", "Waar twijfel je over?", "Wat wil je weten?")
    assert small.reload() is True
    assert small.engine().knowledge.texts.say("nl", "greeting") == "Hallo. Wat wil je weten?"
    assert small.engine() is not before
    assert len(list((tmp_path / "cache").glob("model-*.pickle"))) == 1


def test_broken_content_is_refused_and_the_old_stays(small: KnowledgeSource, knowledge_copy: Path) -> None:
    before = small.engine()
    change(knowledge_copy, "sections.yaml", "overlap-3:", "overlap-4:")
    with pytest.raises(KnowledgeError):
        small.reload()
    assert small.engine() is before


def test_nothing_new_is_said_to_be_unchanged(small: KnowledgeSource) -> None:
    assert small.reload() is False


def test_a_damaged_cache_is_learnt_anew(small: KnowledgeSource, tmp_path: Path) -> None:
    [model] = (tmp_path / "cache").glob("model-*.pickle")
    for damage in (b"", b"PK\x03\x04 no archive", model.read_bytes()[:5000]):
        model.write_bytes(damage)
        small.reload()
        assert model.stat().st_size > 100_000


class Lines:
    """What a process says, line by line, as it comes."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._lines: queue.Queue[bytes] = queue.Queue()
        threading.Thread(target=self._read, args=(stream,), daemon=True).start()

    def _read(self, stream: IO[bytes]) -> None:
        for line in stream:
            self._lines.put(line)

    def until(self, said: bytes, patience: float = PATIENCE) -> bytes | None:
        """Return the next line that holds `said`; None when it does not come."""
        try:
            while said not in (line := self._lines.get(timeout=patience)):
                pass
        except queue.Empty:
            return None
        return line


@pytest.fixture
def server(
    small: KnowledgeSource, knowledge_copy: Path, tmp_path: Path
) -> Iterator[tuple[subprocess.Popen[bytes], Lines]]:
    """A server that watches; it stands ready."""
    chosen = {
        "KNOWLEDGE": str(knowledge_copy.parent),
        "CACHE": str(tmp_path / "cache"),
        "DATA": str(tmp_path / "server"),  # not this user's own database
        "LOG_FORMAT": "json",
    }
    environment = {**os.environ, **{f"PROTOCOLWIJZER_{name}": value for name, value in chosen.items()}}
    with subprocess.Popen(
        [COMMAND, "serve", "--watch", "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    ) as process:
        assert process.stdout and process.stderr
        assert Lines(process.stdout).until(b"luistert op")
        yield process, Lines(process.stderr)
        process.terminate()


def test_a_running_server_follows_a_signal_and_a_changed_file(
    server: tuple[subprocess.Popen[bytes], Lines], knowledge_copy: Path
) -> None:
    process, log = server
    process.send_signal(signal.SIGHUP)
    assert log.until(b"knowledge loaded")

    organisation = knowledge_copy / "organisation.yaml"
    whole = organisation.read_text(encoding="utf-8")
    # watching begins a moment after the server stands: an edit that came too early is made again
    edits = (organisation.write_text(f"{whole}# {n}\n", encoding="utf-8") for n in range(30))
    assert any(log.until(b"knowledge loaded", patience=2) for _ in edits)

    organisation.write_text(whole.replace("name: Unicoz", "nam: Unicoz"), encoding="utf-8")
    assert log.until(b"knowledge refused")
    assert process.poll() is None

    organisation.write_text(whole, encoding="utf-8")
    assert log.until(b"knowledge loaded")
