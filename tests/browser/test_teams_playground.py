"""Teams in Microsoft's Playground, an outside tool: `npm install @microsoft/m365agentsplayground`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.settings import ROOT
from tests.browser.test_screenshots import FOLDER

CLI = os.environ.get("PROTOCOLWIJZER_TEST_PLAYGROUND", "")
# the tool listens to everybody, so it gets a network in which there is nobody
ALONE = ["unshare", "-n", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]


@pytest.mark.browser
@pytest.mark.skipif(not CLI, reason="PROTOCOLWIJZER_TEST_PLAYGROUND is not set: the Playground's cli.js")
def test_from_a_doubt_to_its_answer_and_a_draft_in_the_playground(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    command = [*ALONE, sys.executable, "-m", "tests.browser.playground", CLI, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, timeout=300, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    pictures = ["desk", "draft", "form", "advice", "manager", "preview", "question", "review", "sent"]
    assert sorted(file.stem for file in tmp_path.iterdir()) == sorted(pictures)
    if request.config.getoption("--pictures"):
        shutil.copy(tmp_path / "desk.png", FOLDER / "teams-desk.png")
