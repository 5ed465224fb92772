"""What one turn's model calls came to, until it is over and all of it is stored at once.

with ledger.opened(workspace_id=1, visitor=visitor, turn_id=turn.pk) as kept:
    ...                      # every call of a gateway's model in here is noted
recording.close(kept)        # one transaction, when nobody waits any more
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from supportapp.llm.endpoints import Call
from supportapp.llm.errors import ModelError


@dataclass(slots=True)
class Ledger:
    """Who asks, the calls so far, and what is reserved for them. Shared by a turn's threads."""

    workspace_id: int | None = None
    visitor: UUID | None = None
    turn_id: UUID | None = None
    calls: list[Call] = field(default_factory=list)
    reservation: int | None = None
    refused: ModelError | None = None

    def note(self, call: Call) -> None:
        """Keep one call; may be called from any thread."""
        self.calls.append(call)

    @property
    def is_open(self) -> bool:
        """Return whether there is anything to store or to give back."""
        return bool(self.calls) or self.reservation is not None

    @property
    def tokens(self) -> int:
        """Return how many tokens were read and written."""
        used = (each.usage for each in self.calls)
        return sum(each.prompt_tokens + each.completion_tokens for each in used)

    @property
    def cost(self) -> Decimal:
        """Return what the calls cost whose price is known."""
        return sum((each.cost for each in self.calls if each.cost is not None), Decimal(0))


_open: ContextVar[Ledger | None] = ContextVar("ledger", default=None)


def current() -> Ledger | None:
    """Return the ledger in which calls are noted here."""
    return _open.get()


@contextmanager
def opened(
    *,
    workspace_id: int | None = None,
    visitor: UUID | None = None,
    turn_id: UUID | None = None,
) -> Iterator[Ledger]:
    """Note the calls that are made inside, in this task and those that it starts."""
    token = _open.set(Ledger(workspace_id, visitor, turn_id))
    try:
        kept = _open.get()
        assert kept is not None
        yield kept
    finally:
        _open.reset(token)
