"""A change is proposed, the customer says yes or no, and a yes is carried out once.

Pattern: conditional updates and a lease. The row count of each change of state says who won, the
confirmation's id is the idempotency key, and an outbox row written with the yes sees that it is
carried out even where the process dies before it could.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from asgiref.sync import async_to_sync
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from pydantic import BaseModel, ValidationError

from supportapp.outbox import events as outbox
from supportapp.tools import apis, audit, calling, toolbox
from supportapp.tools.models import Confirmation
from supportapp.tools.values import (
    Caller,
    Code,
    Finding,
    Proposal,
    Request,
    Result,
    Tool,
    ToolFault,
    ToolRefused,
    ToolUnavailable,
)

logger = logging.getLogger(__name__)
VALID = timedelta(minutes=30)
LEASE = timedelta(seconds=30)
MOST_ATTEMPTS = 6
CARRY_OUT = "supportapp.tools.tasks.carry_out"
State = Confirmation.State


def propose(turn_id: UUID, visitor: UUID, caller: Caller, proposal: Proposal) -> Confirmation:
    """Store what the customer is asked, in the transaction that stores the answer."""
    return Confirmation.objects.create(
        id=uuid4(),
        workspace_id=caller.workspace_id,
        turn_id=turn_id,
        visitor=visitor,
        username=caller.username,
        language=caller.language,
        audiences=sorted(caller.audiences),
        tool=proposal.tool,
        arguments=dict(proposal.arguments),
        question=proposal.question,
        expires_at=timezone.now() + VALID,
    )


def decline(confirmation_id: UUID, visitor: UUID, now: datetime) -> bool:
    """Take a no; False where it was answered before."""
    return bool(
        Confirmation.objects.filter(pk=confirmation_id, visitor=visitor, state=State.ASKED).update(
            state=State.DECLINED, answered_at=now
        )
    )


def confirm(
    confirmation_id: UUID, visitor: UUID, username: str, now: datetime, *, contact: str = ""
) -> bool:
    """Take a yes of the visitor who was asked, still signed in as then; False where it can't be.

    A second yes changes nothing.
    """
    expire(now)
    with transaction.atomic():
        won = Confirmation.objects.filter(
            pk=confirmation_id, visitor=visitor, username=username, state=State.ASKED
        ).update(state=State.CONFIRMED, answered_at=now, contact=contact)
        if won:
            outbox.add(CARRY_OUT, confirmation_id=confirmation_id)
    return bool(won)


def expire(now: datetime) -> int:
    """Close the questions that nobody answered in time."""
    return Confirmation.objects.filter(state=State.ASKED, expires_at__lte=now).update(
        state=State.EXPIRED
    )


def carry_out(confirmation_id: UUID, now: datetime) -> str:
    """Do what was confirmed, unless it is done or another process is at it; returns the state."""
    free = Q(claimed_until=None) | Q(claimed_until__lte=now)
    claimed = Confirmation.objects.filter(free, pk=confirmation_id, state=State.CONFIRMED).update(
        claimed_until=now + LEASE, attempts=F("attempts") + 1
    )
    confirmation = Confirmation.objects.get(pk=confirmation_id)
    if claimed:
        _attempt(confirmation)
    return confirmation.state


def caller_of(confirmation: Confirmation) -> Caller:
    """Return on whose behalf it is carried out: who was asked."""
    return Caller(
        workspace_id=confirmation.workspace_id,
        audiences=frozenset(confirmation.audiences),
        language=confirmation.language,
        username=confirmation.username,
        turn_id=confirmation.turn_id,
    )


def _attempt(confirmation: Confirmation) -> None:
    caller = caller_of(confirmation)
    request = Request(str(confirmation.pk), confirmation.tool, "{}")
    tool = toolbox.find(caller, confirmation.tool)
    began = time.perf_counter()
    try:
        if tool is None:
            raise ToolFault("not_allowed_any_more")
        finding = _done(confirmation, tool, caller)
        result = Result(request, Code.OK, finding=finding)
    except (ToolUnavailable, TimeoutError):
        result = Result(request, Code.FAILED)
        _put_back(confirmation, tool)
    except ToolFault as fault:
        result = Result(request, Code.REFUSED)
        _settle(confirmation, State.FAILED, error=fault.reason)
    spent = round((time.perf_counter() - began) * 1000, 1)
    kept = {} if tool is None else _kept(tool, confirmation)
    audit.record(
        caller,
        Result(request, result.code, milliseconds=spent, attempts=confirmation.attempts, kept=kept),
        confirmation,
    )


def _done(confirmation: Confirmation, tool: Tool, caller: Caller) -> Finding:
    """Have the effect. Where it is in our own database, it and its note are one transaction."""
    arguments = _arguments(tool, confirmation)
    reserved: Mapping[str, Any] = {
        "caller": caller,
        "key": confirmation.pk,
        apis.KEY: confirmation.pk,
        "contact": confirmation.contact,
    }
    if not tool.is_local:
        run: Any = async_to_sync(calling.run)
        finding: Finding = run(tool, arguments, reserved, None)
        _settle(confirmation, State.DONE, outcome=finding.text)
        return finding
    with transaction.atomic():
        keywords = calling.keywords_of(tool, arguments, reserved)
        finding = toolbox.bounded(lambda: tool.function(**keywords), tool.seconds)
        _settle(confirmation, State.DONE, outcome=finding.text)
    return finding


def _put_back(confirmation: Confirmation, tool: Tool | None) -> None:
    """Leave it to a later attempt, or give up where there were enough."""
    if confirmation.attempts >= MOST_ATTEMPTS:
        _settle(confirmation, State.FAILED, error="unavailable")
        return
    Confirmation.objects.filter(pk=confirmation.pk, state=State.CONFIRMED).update(
        claimed_until=None
    )


def _settle(confirmation: Confirmation, state: str, *, outcome: str = "", error: str = "") -> None:
    confirmation.state, confirmation.outcome, confirmation.error = state, outcome, error[:60]
    confirmation.finished_at, confirmation.contact = timezone.now(), ""
    confirmation.claimed_until = None
    confirmation.save(
        update_fields=["state", "outcome", "error", "finished_at", "contact", "claimed_until"]
    )


def _arguments(tool: Tool, confirmation: Confirmation) -> BaseModel:
    """Return what was confirmed; raises ToolRefused where the tool takes something else by now."""
    try:
        return tool.parameters.model_validate(confirmation.arguments)
    except ValidationError:
        raise ToolRefused("not_possible_any_more") from None


def _kept(tool: Tool, confirmation: Confirmation) -> dict[str, Any]:
    try:
        return calling.audited(tool, _arguments(tool, confirmation), toolbox.hashed)
    except ToolRefused:
        return {}
