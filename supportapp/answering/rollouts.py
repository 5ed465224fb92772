"""The verbs of rollouts: start, enter a turn, stop, promote, roll back when a guard is breached.

Pattern: conditional updates. A rollout leaves `running` once; the row count says who won.
"""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from supportapp.answering import rollout_figures, setups, versions
from supportapp.answering.choices import Choice, Retrieval
from supportapp.answering.models import (
    Label,
    PromptVersion,
    Rollout,
    RolloutEvent,
    RolloutTurn,
    Setup,
)
from supportapp.answering.rollout_figures import Breach
from supportapp.knowledge.models import Workspace

logger = logging.getLogger(__name__)
AS_SET = Retrieval()
LABELS = {Rollout.Mode.CANARY.value: Label.CANDIDATE, Rollout.Mode.SHADOW.value: Label.SHADOW}
State = Rollout.State


class AlreadyRunning(Exception):
    """Another rollout of this mode runs in the workspace."""


@dataclass(frozen=True, slots=True)
class Guards:
    """What a candidate must not do more often. None: not watched. Shares, and milliseconds."""

    down: float | None = 0.2
    declined: float | None = 0.5
    errors: float | None = 0.1
    blocked: float | None = 0.1
    first_token_ms: int | None = None
    least_turns: int = 20


USUAL = Guards()


@dataclass(frozen=True, slots=True)
class Plan:
    """What is tried, how, and for whom. Exactly one of prompt, model and retrieval."""

    mode: str
    share: float
    prompt: PromptVersion | None = None
    model: str = ""
    retrieval: Retrieval = AS_SET
    guards: Guards = USUAL
    why: str = ""

    @property
    def kind(self) -> str:
        """Return what the candidate changes; raises ValueError where that isn't one thing."""
        given = {
            Rollout.Kind.PROMPT: self.prompt is not None,
            Rollout.Kind.MODEL: bool(self.model),
            Rollout.Kind.RETRIEVAL: self.retrieval != Retrieval(),
        }
        chosen = [kind.value for kind, is_given in given.items() if is_given]
        if len(chosen) != 1:
            raise ValueError("A rollout tries exactly one prompt, one model or one retrieval.")
        return chosen[0]


def start(workspace: Workspace, plan: Plan, *, by: User | None) -> Rollout:
    """Try a candidate from the next question on; raises AlreadyRunning."""
    prompt, guards = plan.prompt, plan.guards
    if prompt is not None and prompt.workspace_id != workspace.pk:
        raise ValueError("This prompt belongs to another workspace.")
    try:
        with transaction.atomic():
            Setup.raise_generation(workspace.pk)
            rollout = Rollout.objects.create(
                workspace=workspace,
                kind=plan.kind,
                mode=plan.mode,
                purpose=prompt.purpose if prompt else "",
                prompt=prompt,
                model=plan.model,
                retrieval=plan.retrieval.stored(),
                share=plan.share,
                salt=secrets.token_hex(8),
                most_down=guards.down,
                most_declined=guards.declined,
                most_errors=guards.errors,
                most_blocked=guards.blocked,
                most_first_token_ms=guards.first_token_ms,
                least_turns=guards.least_turns,
                why=plan.why[:300],
                author=by,
            )
            if prompt is not None:
                versions.label(prompt, LABELS[plan.mode], by=by, why=f"Rollout {rollout.pk}")
            _note(rollout, "started", plan.why, by)
    except IntegrityError:
        raise AlreadyRunning from None
    return rollout


def enter(workspace_id: int | None, conversation_id: UUID, turn_id: UUID) -> Choice:
    """Return what answers this turn, and keep which side that is."""
    choice = setups.standing(workspace_id).for_conversation(conversation_id)
    if choice.tried is not None:
        RolloutTurn.objects.bulk_create(
            [RolloutTurn(turn_id=turn_id, rollout_id=choice.tried.rollout, side=choice.tried.side)],
            ignore_conflicts=True,
        )
    return choice


def set_share(rollout: Rollout, share: float, *, by: User | None) -> bool:
    """Give the candidate to more conversations, or fewer; those that stay in keep their side."""
    with transaction.atomic():
        Setup.raise_generation(rollout.workspace_id)
        running = Rollout.objects.filter(pk=rollout.pk, state=State.RUNNING)
        if not running.update(share=share):
            return False
        _note(rollout, "share", f"{100 * share:g}% of the conversations", by)
    return True


def stop(rollout: Rollout, *, by: User | None, why: str = "") -> bool:
    """End it; what counted before counts alone. False where it had ended."""
    return _end(rollout, State.STOPPED, "stopped", why, by)


def roll_back(rollout: Rollout, breach: Breach) -> bool:
    """End it because a guard was breached. False where it had ended."""
    won = _end(rollout, State.ROLLED_BACK, "rolled back", breach.says, None)
    if won:
        logger.warning(
            "rollout.rolled_back",
            extra={"fields": {"rollout": rollout.pk, "guard": breach.guard, "turns": breach.turns}},
        )
    return won


def promote(rollout: Rollout, *, by: User | None) -> bool:
    """Let the candidate count for everyone. False where the rollout had ended."""
    with transaction.atomic():
        if not _end(rollout, State.PROMOTED, "promoted", "", by):
            return False
        why = f"Promoted from rollout {rollout.pk}."
        if rollout.prompt is not None:
            versions.label(rollout.prompt, Label.PRODUCTION, by=by, why=why)
        elif rollout.kind == Rollout.Kind.MODEL:
            Setup.objects.filter(pk=rollout.workspace_id).update(model=rollout.model)
        else:
            Setup.objects.filter(pk=rollout.workspace_id).update(retrieval=rollout.retrieval)
    return True


def reset(workspace: Workspace) -> None:
    """Let the settings choose model and retrieval again."""
    with transaction.atomic():
        Setup.raise_generation(workspace.pk)
        Setup.objects.filter(pk=workspace.pk).update(model="", retrieval={})


def guard() -> int:
    """Roll back every rollout whose candidate breaches a guard; returns how many."""
    running = Rollout.objects.filter(state=State.RUNNING).select_related("prompt", "workspace")
    ended = 0
    for rollout in running:
        breach = rollout_figures.breach(rollout)
        if breach is not None and roll_back(rollout, breach):
            ended += 1
    return ended


def _end(rollout: Rollout, state: str, what: str, why: str, by: User | None) -> bool:
    with transaction.atomic():
        Setup.raise_generation(rollout.workspace_id)
        won = Rollout.objects.filter(pk=rollout.pk, state=State.RUNNING).update(
            state=state, ended_at=timezone.now(), ended_why=why[:300]
        )
        if not won:
            return False
        if rollout.prompt is not None:
            label = LABELS[rollout.mode]
            reason = f"Rollout {rollout.pk} {what}."
            versions.unlabel(rollout.workspace, rollout.purpose, label, by=by, why=reason)
        _note(rollout, what, why, by)
    return True


def _note(rollout: Rollout, what: str, why: str, by: User | None) -> None:
    RolloutEvent.objects.create(rollout=rollout, what=what, why=why[:300], by=by)
