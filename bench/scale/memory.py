"""What one more web process costs: its memory before its first search here, and after many.

The empty process has Django, a database connection and the embedding model, and has searched an
empty workspace. USS is what ends with the process; PSS counts its share of what is shared too.
"""

from __future__ import annotations

from typing import Any

from bench.scale.others import others

PROCESSES = 3
SEARCHES = 300


def run(size: int) -> dict[str, Any]:
    """Compare processes that share a snapshot with what they were before."""
    with others(PROCESSES, size) as processes:
        empty = [each.tell(memory=True) for each in processes]
        for each in processes:
            each.tell(warm=SEARCHES)
        loaded = [each.tell(memory=True) for each in processes]
    added = [
        {kind: round(after[kind] - before[kind], 1) for kind in after}
        for before, after in zip(empty, loaded, strict=True)
    ]
    return {"processes": PROCESSES, "empty": empty, "loaded": loaded, "added": added}
