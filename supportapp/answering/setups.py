"""What counts for a workspace now: read with every question, kept per process until it changes.

The counter that each change raises is read first, so what is kept under a number is never older
than that number: a question asked after a label moved gets the new prompt, in every process.
"""

from __future__ import annotations

from django.db.models.functions import Coalesce

from supportapp.answering import examples
from supportapp.answering.choices import (
    AS_SHIPPED,
    Candidate,
    Choice,
    Retrieval,
    Routing,
    Standing,
)
from supportapp.answering.models import (
    Label,
    PromptLabel,
    PromptVersion,
    Purpose,
    Rollout,
    RoutePolicy,
    Setup,
)
from supportapp.answering.prompting import Prompt, PromptIdentity, ShownExample
from supportapp.answering.sections import Style
from supportapp.knowledge.models import Workspace

MOST_KEPT = 256
_kept: dict[int, tuple[tuple[int, int], Standing]] = {}


def standing(workspace_id: int | None) -> Standing:
    """Return what counts for a workspace; without one, what was shipped."""
    if workspace_id is None:
        return Standing()
    seen = _generations(workspace_id)
    known = _kept.get(workspace_id)
    if known is not None and known[0] == seen:
        return known[1]
    found = _read(workspace_id)
    if len(_kept) >= MOST_KEPT:
        _kept.clear()
    _kept[workspace_id] = (seen, found)
    return found


def forget() -> None:
    """Keep nothing, for when the database was put back to an earlier state: counts come again."""
    _kept.clear()


def as_prompt(row: PromptVersion, shown: tuple[ShownExample, ...] = ()) -> Prompt:
    """Return a stored version as the pipeline uses it."""
    return Prompt(
        PromptIdentity(row.purpose, row.version, row.sha256),
        row.body,
        Style(row.style),
        tuple((pattern, Style(style)) for pattern, style in row.model_styles),
        shown,
    )


def _generations(workspace_id: int) -> tuple[int, int]:
    """The knowledge's counts too: examples rest on articles."""
    rows = Workspace.objects.filter(pk=workspace_id).annotate(
        changes=Coalesce("setup__generation", 0)
    )
    return rows.values_list("changes", "generation").first() or (0, 0)


def _read(workspace_id: int) -> Standing:
    shown = examples.choose(workspace_id)
    labels = PromptLabel.objects.filter(
        workspace=workspace_id, label=Label.PRODUCTION, ended_at=None
    ).select_related("prompt")
    prompts = {
        each.purpose: as_prompt(each.prompt, shown if each.purpose == Purpose.ANSWER else ())
        for each in labels
        if each.prompt is not None
    }
    if shown and Purpose.ANSWER.value not in prompts:
        prompts[Purpose.ANSWER.value] = examples.added(AS_SHIPPED.prompt(Purpose.ANSWER), shown)
    setup = Setup.objects.filter(pk=workspace_id).first()
    choice = Choice(
        prompts,
        setup.model if setup else "",
        Retrieval.of(setup.retrieval if setup else {}),
        routing=_routing(workspace_id),
    )
    running = {
        each.mode: candidate(each)
        for each in Rollout.objects.filter(
            workspace=workspace_id, state=Rollout.State.RUNNING
        ).select_related("prompt")
    }
    return Standing(choice, running.get(Rollout.Mode.CANARY), running.get(Rollout.Mode.SHADOW))


def _routing(workspace_id: int) -> Routing:
    own = RoutePolicy.objects.filter(pk=workspace_id).first()
    return Routing() if own is None else Routing(own.policy, tuple(own.critical), own.votes)


def candidate(row: Rollout) -> Candidate:
    """Return what a stored rollout tries, also of one that has ended."""
    return Candidate(
        id=row.pk,
        kind=row.kind,
        mode=row.mode,
        share=row.share,
        salt=row.salt,
        purpose=row.purpose,
        prompt=None if row.prompt is None else as_prompt(row.prompt),
        model=row.model,
        retrieval=Retrieval.of(row.retrieval),
    )
