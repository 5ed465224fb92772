"""The Makefile knows every name that it uses: an unknown one is silently nothing."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_no_target_uses_an_unknown_name() -> None:
    targets = (ROOT / "Makefile").read_text().split(".PHONY:")[1].splitlines()[0].split()
    command = ["make", "--warn-undefined-variables", "--dry-run", *targets]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "undefined variable" not in done.stderr
    assert "rm -rf .venv .venv-peers " in done.stdout
