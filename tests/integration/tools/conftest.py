"""A turn that may ask, and tools of its own."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from supportapp.conversations.models import Conversation, Turn
from supportapp.knowledge.models import Workspace
from supportapp.tools import declaring
from supportapp.tools.declaring import tool
from supportapp.tools.models import Order
from supportapp.tools.values import Caller, Finding

VISITOR = uuid.UUID("33333333-3333-4333-8333-333333333333")
LABELS = {"en": "Cancelling…", "zh": "正在取消…"}


def make_turn(workspace: Workspace, visitor: uuid.UUID = VISITOR) -> Turn:
    conversation = Conversation.objects.create(workspace=workspace, visitor=visitor)
    return Turn.objects.create(
        conversation=conversation,
        position=1,
        client_id=uuid.uuid4(),
        question="Please cancel my order",
        state=Turn.State.ANSWERED,
        answer="Please confirm.",
        receipt={"asker": {"audiences": ["public"], "language": "en"}, "asks": "cancel_order"},
    )


@dataclass
class Desk:
    """A tool that cancels orders, with faults on order; it counts its effects."""

    keys: list[uuid.UUID] = field(default_factory=list)
    faults: list[Exception] = field(default_factory=list)


@pytest.fixture
def desk() -> Iterator[Desk]:
    """Declare `cancel_order` (in our database) and `notify_shop` (elsewhere)."""
    desk = Desk()
    known = declaring.registry._tools.copy()

    @tool(labels=LABELS, changes=True, kept=("number",), question=lambda a, c: f"{a['number']}?")
    def cancel_order(number: str, *, key: uuid.UUID, caller: Caller) -> Finding:
        """Cancel an order."""
        desk.keys.append(key)
        Order.objects.filter(number=number).update(state="cancelled")
        if desk.faults:
            raise desk.faults.pop(0)
        return Finding({}, f"Order {number} is cancelled.", "")

    @tool(labels=LABELS, changes=True, question=lambda a, c: "Tell the shop?")
    async def notify_shop(*, key: uuid.UUID) -> Finding:
        """Tell the shop."""
        desk.keys.append(key)
        if desk.faults:
            raise desk.faults.pop(0)
        return Finding({}, "The shop knows.", "")

    yield desk
    declaring.registry._tools.clear()
    declaring.registry._tools.update(known)
