"""Renew one part of a Markdown file that is otherwise written by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def renew(path: Path, part: str, lines: Sequence[str]) -> None:
    """Replace what stands between the part's two marks; raises ValueError where they are absent."""
    start, end = f"<!-- {part}: made by a command -->", f"<!-- {part}: end -->"
    text = path.read_text(encoding="utf-8")
    before, found, rest = text.partition(start)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"{path.name} has no part “{part}”.")
    made = "\n".join(lines).strip()
    path.write_text(f"{before}{start}\n\n{made}\n\n{end}{after}", encoding="utf-8")
