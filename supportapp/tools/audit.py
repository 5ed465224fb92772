"""One row for each call of a tool. What isn't allow-listed is there only as a hash."""

from __future__ import annotations

import logging
from datetime import datetime

from supportapp.tools.models import Confirmation, ToolCall
from supportapp.tools.values import Caller, Code, Result

logger = logging.getLogger(__name__)


def record(caller: Caller, result: Result, confirmation: Confirmation | None = None) -> None:
    """Write down how a call ended."""
    # A name that isn't a tool's came from a model and may hold anything.
    name = "" if result.code is Code.UNKNOWN else result.request.name
    ToolCall.objects.create(
        workspace_id=caller.workspace_id,
        turn_id=caller.turn_id,
        confirmation=confirmation,
        tool=name or "unknown",
        code=result.code.value,
        arguments=dict(result.kept),
        attempts=result.attempts,
        milliseconds=result.milliseconds,
        was_signed_in=caller.is_signed_in,
    )
    logger.info(
        "tool.called",
        extra={
            "fields": {
                "tool": name or "unknown",
                "code": result.code.value,
                "ms": round(result.milliseconds),
                "attempts": result.attempts,
            }
        },
    )


def forget_before(oldest: datetime) -> int:
    """Delete what was written down before then; returns how many calls."""
    deleted, _ = ToolCall.objects.filter(created_at__lt=oldest).delete()
    return deleted
