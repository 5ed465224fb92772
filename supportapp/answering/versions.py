"""The verbs of prompts: save a version, label it, go back to the one before."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from supportapp.answering import prompting, strictness
from supportapp.answering.models import Label, PromptLabel, PromptVersion, Purpose, Rollout, Setup
from supportapp.answering.prompting import Prompt, PromptIdentity
from supportapp.answering.sections import ModelStyles, Style
from supportapp.knowledge.models import Workspace

logger = logging.getLogger(__name__)


class StillTried(Exception):
    """A label that a running rollout needs; the rollout is ended first."""


class NothingBefore(Exception):
    """There is no earlier prompt to go back to."""


@dataclass(frozen=True, slots=True)
class Written:
    """What somebody wrote; a version once it is saved."""

    body: str
    style: Style = Style.TAGS
    model_styles: ModelStyles = ()

    @property
    def sha256(self) -> str:
        return prompting.digest(self.body, self.style, self.model_styles)

    def as_prompt(self, purpose: str, version: str = "unsaved") -> Prompt:
        """Return it as the pipeline uses it."""
        identity = PromptIdentity(purpose, version, self.sha256)
        return Prompt(identity, self.body, self.style, self.model_styles)


def save(
    workspace: Workspace, purpose: str, written: Written, *, author: User | None, why: str
) -> PromptVersion:
    """Store a version; the same words again return the version that has them.

    Raises PromptRefused where a variable is unknown or missing, or text isn't marked.
    """
    written = Written(written.body.replace("\r\n", "\n"), written.style, written.model_styles)
    strictness.require(purpose, written.as_prompt(purpose))
    with transaction.atomic():
        sync(workspace)
        return _store(workspace, purpose, written, author=author, why=why)


@transaction.atomic
def sync(workspace: Workspace) -> list[PromptVersion]:
    """Store the shipped prompts that the workspace doesn't know yet; returns those.

    So an upgrade's new default is a version like others: shown, compared, never put in the place
    of what the workspace chose.
    """
    shipped = {purpose: prompting.shipped(purpose) for purpose in Purpose.values}
    known = set(
        PromptVersion.objects.filter(
            workspace=workspace, sha256__in=[each.identity.sha256 for each in shipped.values()]
        ).values_list("sha256", flat=True)
    )
    return [
        _store(
            workspace,
            purpose,
            Written(prompt.source),
            why="Came with the product.",
            shipped=prompt.identity.version,
        )
        for purpose, prompt in shipped.items()
        if prompt.identity.sha256 not in known
    ]


def label(
    prompt: PromptVersion, name: str, *, by: User | None, why: str = ""
) -> PromptLabel | None:
    """Put a label on a version, taking it from the one that has it. None where it has it already.

    What counts changes with the next question, in every process.
    """
    with transaction.atomic():
        Setup.raise_generation(prompt.workspace_id)
        return _move(prompt.workspace, prompt.purpose, name, prompt, by=by, why=why)


def unlabel(workspace: Workspace, purpose: str, name: str, *, by: User | None, why: str) -> None:
    """Take a label off. Without “production”, the shipped prompt counts.

    Raises StillTried where a running rollout rests on it.
    """
    with transaction.atomic():
        Setup.raise_generation(workspace.pk)
        _move(workspace, purpose, name, None, by=by, why=why)


def roll_back(workspace: Workspace, purpose: str, *, by: User | None) -> PromptLabel:
    """Let the prompt that counted before count again; raises NothingBefore where none did."""
    with transaction.atomic():
        Setup.raise_generation(workspace.pk)
        current = production(workspace, purpose)
        if current is None:
            raise NothingBefore
        before = previous(workspace, purpose)
        moved = _move(workspace, purpose, Label.PRODUCTION, before, by=by, why="", is_rollback=True)
        assert moved is not None
        return moved


def production(workspace: Workspace, purpose: str) -> PromptLabel | None:
    """Return the label that says what counts; None where never one was set."""
    return _current(workspace, purpose).filter(label=Label.PRODUCTION).first()


def previous(workspace: Workspace, purpose: str) -> PromptVersion | None:
    """Return what counted before the current prompt; None: what was shipped.

    Steps that went back aren't gone forward again: two in a row lead two versions back.
    """
    rows = PromptLabel.objects.filter(
        workspace=workspace, purpose=purpose, label=Label.PRODUCTION
    ).select_related("prompt")
    trail: list[PromptVersion | None] = [None]
    for each in rows.order_by("pk"):
        if each.is_rollback and each.prompt in trail:
            del trail[trail.index(each.prompt) + 1 :]
        elif each.prompt != trail[-1]:
            trail.append(each.prompt)
    return trail[-2] if len(trail) > 1 else None


def history(workspace: Workspace, purpose: str) -> QuerySet[PromptLabel]:
    """Return every move of the labels, the newest first."""
    rows = PromptLabel.objects.filter(workspace=workspace, purpose=purpose)
    return rows.select_related("prompt", "set_by")


def _store(
    workspace: Workspace,
    purpose: str,
    written: Written,
    *,
    author: User | None = None,
    why: str,
    shipped: str = "",
) -> PromptVersion:
    # Numbers are given one after another: whoever saves at once waits here.
    Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)
    stored = PromptVersion.objects.filter(workspace=workspace, purpose=purpose)
    same = stored.filter(sha256=written.sha256).first()
    if same is not None:
        return same
    return PromptVersion.objects.create(
        workspace=workspace,
        purpose=purpose,
        number=(stored.aggregate(last=Max("number"))["last"] or 0) + 1,
        body=written.body,
        variables=sorted(strictness.variables(written.body)),
        style=written.style,
        model_styles=[list(each) for each in written.model_styles],
        sha256=written.sha256,
        shipped=shipped,
        why=why[:300],
        author=author,
    )


def _current(workspace: Workspace, purpose: str) -> QuerySet[PromptLabel]:
    rows = PromptLabel.objects.filter(workspace=workspace, purpose=purpose, ended_at=None)
    return rows.select_related("prompt")


def _move(
    workspace: Workspace,
    purpose: str,
    name: str,
    prompt: PromptVersion | None,
    *,
    by: User | None,
    why: str,
    is_rollback: bool = False,
) -> PromptLabel | None:
    """End the current label and begin another; under the workspace's lock."""
    current = _current(workspace, purpose).filter(label=name).first()
    if current is not None and current.prompt == prompt:
        return None
    _refuse_while_tried(workspace, name, current)
    if current is not None:
        PromptLabel.objects.filter(pk=current.pk).update(ended_at=timezone.now())
    if prompt is None and name != Label.PRODUCTION:
        return None
    moved = PromptLabel.objects.create(
        workspace=workspace,
        purpose=purpose,
        label=name,
        prompt=prompt,
        set_by=by,
        why=why[:300],
        is_rollback=is_rollback,
    )
    logger.info(
        "prompt.labelled",
        extra={"fields": {"prompt": prompt.pk if prompt else None, "label": name}},
    )
    return moved


def _refuse_while_tried(workspace: Workspace, name: str, current: PromptLabel | None) -> None:
    if current is None or current.prompt is None or name == Label.PRODUCTION:
        return
    mode = Rollout.Mode.CANARY if name == Label.CANDIDATE else Rollout.Mode.SHADOW
    if Rollout.objects.filter(
        workspace=workspace, state=Rollout.State.RUNNING, mode=mode, prompt=current.prompt
    ).exists():
        raise StillTried
