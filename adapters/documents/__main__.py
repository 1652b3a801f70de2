"""The process that `apart` starts: NAME SECONDS BYTES, with the file on standard input."""

from __future__ import annotations

import contextlib
import json
import sys
from dataclasses import astuple
from pathlib import Path

from adapters.documents.document import Document, refusal
from bot.knowledge import KnowledgeError

if sys.platform != "win32":
    import resource


def _limit(seconds: int, memory: int) -> None:
    """Let the system end this process when it goes on too long or asks too much, also when nobody waits for it."""
    if sys.platform != "win32":
        for kind, most in ((resource.RLIMIT_CPU, seconds + 1), (resource.RLIMIT_AS, memory)):
            with contextlib.suppress(ValueError, OSError):  # not every system has both
                resource.setrlimit(kind, (most, most))


def _read(path: Path, content: bytes) -> Document:
    if path.suffix.lower() == ".pdf":
        from adapters.documents import pdf  # noqa: PLC0415 (slow to load, and for its own kind alone)

        return pdf.read(path, content)
    from adapters.documents import word  # noqa: PLC0415

    return word.read(path, content)


def main(name: str, seconds: str, memory: str) -> None:
    _limit(int(seconds), int(memory))
    path = Path(name)
    try:
        try:
            read = _read(path, sys.stdin.buffer.read())
        except MemoryError:
            remedy = "Save the text of the protocol by itself, as docx or as txt."
            raise refusal(path, "", "takes too much memory to read.", remedy) from None
    except KnowledgeError as error:
        said: dict[str, object] = {"problems": [astuple(problem) for problem in error.problems]}
    else:
        said = {"lines": [astuple(line) for line in read.lines], "left_out": read.left_out}
    sys.stdout.write(json.dumps(said))


main(*sys.argv[1:])
