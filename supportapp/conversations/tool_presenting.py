"""What tools did for a turn, as the customer sees it: steps, dated sources, the card that asks."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html
from django.utils.safestring import SafeString

from supportapp.conversations.models import Handoff, Turn
from supportapp.knowledge import rendering
from supportapp.tools import toolbox
from supportapp.tools.confirmations import caller_of
from supportapp.tools.models import Confirmation
from supportapp.tools.values import Code

State = Confirmation.State
WORKED = frozenset({Code.OK.value, Code.REPEATED.value, Code.ASKS.value})
# A model's slips are the receipt's business; a customer sees what was really looked up.
SHOWN = WORKED | {Code.FAILED.value, Code.TIMEOUT.value, Code.REFUSED.value}


@dataclass(frozen=True, slots=True)
class StepView:
    """One tool that was called."""

    label: str
    worked: bool


@dataclass(frozen=True, slots=True)
class ToolSourceView:
    """What a number of the answer stands for, where no article does."""

    number: int
    label: str
    as_of: datetime | None
    anchor: str


@dataclass(frozen=True, slots=True)
class ConfirmationView:
    """The card: asked | confirmed | done | failed | declined | expired."""

    id: uuid.UUID
    state: str
    question: str
    outcome_html: SafeString
    needs_contact: bool
    contact: str


@dataclass(frozen=True, slots=True)
class ToolsView:
    """Everything that tools left behind in a turn."""

    steps: tuple[StepView, ...] = ()
    sources: tuple[ToolSourceView, ...] = ()
    confirmation: ConfirmationView | None = None


def tools_view(turn: Turn) -> ToolsView:
    """Build it from the receipt; only a turn that asked something costs a query."""
    if turn.is_running:
        return ToolsView()
    receipt = turn.receipt
    return ToolsView(
        steps=tuple(_steps(receipt)),
        sources=tuple(_source(turn, each) for each in receipt.get("tool_sources") or []),
        confirmation=_confirmation(turn) if receipt.get("asks") else None,
    )


def links(view: ToolsView) -> dict[int, SafeString]:
    """Return the markers that point to tools' sources, which stand beneath the answer."""
    return {
        each.number: format_html(
            '<a class="citation" href="#{}" data-tool title="{}" aria-label="Source {}: {}">{}</a>',
            each.anchor,
            each.label,
            each.number,
            each.label,
            each.number,
        )
        for each in view.sources
    }


def _steps(receipt: Mapping[str, Any]) -> list[StepView]:
    shown: dict[str, StepView] = {}
    for each in receipt.get("tools") or []:
        if each["label"] and each["code"] in SHOWN:
            label = each["label"].rstrip("…. ")
            known = shown.get(label)
            worked = each["code"] in WORKED or (known is not None and known.worked)
            shown[label] = StepView(label, worked)
    return list(shown.values())


def _source(turn: Turn, given: Mapping[str, Any]) -> ToolSourceView:
    as_of = given.get("as_of")
    return ToolSourceView(
        number=given["number"],
        label=given["label"],
        as_of=parse_datetime(as_of) if as_of else None,
        anchor=f"tool-{turn.pk}-{given['number']}",
    )


def _confirmation(turn: Turn) -> ConfirmationView | None:
    found = Confirmation.objects.filter(turn=turn.pk).first()
    if found is None:
        return None
    is_late = found.state == State.ASKED and found.expires_at <= timezone.now()
    state = State.EXPIRED.value if is_late else found.state
    needs_contact = state == State.ASKED and _needs_contact(found)
    return ConfirmationView(
        id=found.pk,
        state=state,
        question=found.question,
        outcome_html=rendering.to_html(found.outcome),
        needs_contact=needs_contact,
        contact=_known_contact(found) if needs_contact else "",
    )


def _needs_contact(confirmation: Confirmation) -> bool:
    tool = toolbox.find(caller_of(confirmation), confirmation.tool)
    return tool is not None and tool.needs_contact


def _known_contact(confirmation: Confirmation) -> str:
    """What the visitor told us before is not asked again."""
    last = Handoff.objects.filter(conversation__visitor=confirmation.visitor).first()
    if last is not None:
        return last.contact
    user = get_user_model().objects.filter(username=confirmation.username or None).first()
    return getattr(user, "email", "")
