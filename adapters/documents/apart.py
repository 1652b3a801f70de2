"""Reads a Word document or a PDF in a process of its own, within a time and a memory.

Such a file can be made, or be damaged, so that reading it never ends or takes all memory there is. The process is
`python -m adapters.documents`; what it read comes back as JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from adapters.documents.document import Document, refusal
from bot.knowledge import KnowledgeError, Problem
from bot.revision.lines import Line

LONGEST = 60  # seconds; 60 full pages take some 10
LARGEST = 1024**3  # bytes of memory
_REMEDY = "Save the text of the protocol by itself, as docx or as txt."


def read(path: Path, content: bytes) -> Document:
    """Return what stands in the file; raises `KnowledgeError` when it cannot be read, or not within the limits."""
    # -P: what lies in the folder where somebody works is no module
    command = [sys.executable, "-P", "-m", "adapters.documents", path.name, str(LONGEST), str(LARGEST)]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=LONGEST, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise refusal(path, "", f"takes longer to read than {LONGEST} seconds.", _REMEDY) from None
    if done.returncode:  # the system ended it
        raise refusal(path, "", "cannot be read within the memory and time there are for it.", _REMEDY)
    said = json.loads(done.stdout)
    if problems := said.get("problems"):
        raise KnowledgeError([Problem(*problem) for problem in problems])
    return Document(path.name, tuple(Line(*line) for line in said["lines"]), left_out=tuple(said["left_out"]))
