"""What answers a run's examples: prompts and model by their names, fixed when it is asked for.

A run that goes on after a kill must go on with the same, whatever counts by then.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

from supportapp.answering import assemble, prompting, setups
from supportapp.answering.choices import Choice, Retrieval
from supportapp.answering.models import Label, PromptLabel, PromptVersion
from supportapp.answering.prompting import ANSWER, REWRITING, Prompt
from supportapp.answering.values import Parts
from supportapp.evals.models import Run
from supportapp.gateway import registry
from supportapp.knowledge.embeddings import current_embedder
from supportapp.knowledge.models import Workspace

PACKAGE = Path(__file__).resolve().parents[1]
# The name of no model: answers are quoted from the articles.
QUOTING = "quoting"
# Those that an answer is made with; others name conversations or judge.
FIXED = (ANSWER, REWRITING)


class NoSuchChoice(Exception):
    """There is no such prompt or model; the message names those that there are."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is to answer, where that isn't what the workspace answers with now.

    `prompt`: a version such as v2 or 5, or a label. `model`: a configured model's name, or
    “quoting” for none.
    """

    prompt: str = ""
    model: str = ""
    retrieval: dict[str, object] = field(default_factory=dict)
    repeats: int = 1
    seed: int | None = None
    is_judged: bool = True


@registry.with_trials()
def resolve(workspace: Workspace, chosen: Chosen) -> dict[str, Any]:
    """Return a run's fields that say what answers; raises NoSuchChoice.

    A model that is on trial may be named here, and only here: runs are what it must pass.
    """
    choice = setups.standing(workspace.pk).choice
    if chosen.prompt:
        choice = choice.with_prompt(ANSWER, _prompt(workspace, chosen.prompt))
    if chosen.model and chosen.model != QUOTING:
        known = [each.endpoint.name for each in registry.configured()]
        if chosen.model not in known:
            listed = ", ".join([*known, QUOTING])
            raise NoSuchChoice(f"There is no model {chosen.model}. There are: {listed}.")
        choice = replace(choice, model=chosen.model)
    retrieval = Retrieval.of({**choice.retrieval.stored(), **chosen.retrieval})
    choice = replace(choice, retrieval=retrieval)
    answering = choice.prompt(ANSWER).identity
    parts = assemble.parts(workspace.pk, choice)
    chat = None if chosen.model == QUOTING else parts.chat
    return {
        "prompt": answering.version,
        "prompt_sha256": answering.sha256,
        "prompts": {each: choice.prompt(each).identity.noted() for each in FIXED},
        "model": str(getattr(chat, "name", "")),
        "is_routed": chat is not None and not chosen.model,
        "retrieval": _searched_by(retrieval, parts),
        "generation": Workspace.objects.values_list("generation", flat=True).get(pk=workspace.pk),
        "code_version": code_version(),
        "seed": chosen.seed,
        "repeats": chosen.repeats,
        "is_judged": chosen.is_judged,
    }


def choice_of(run: Run) -> Choice:
    """Return what answers in a run; raises NoSuchChoice where a prompt is gone."""
    workspace = run.dataset.workspace
    choice = setups.standing(workspace.pk).choice
    for purpose, noted in run.prompts.items():
        if choice.prompt(purpose).identity.sha256 != noted["sha256"]:
            choice = choice.with_prompt(purpose, _by_hash(workspace, purpose, noted["sha256"]))
    return replace(choice, model=run.model, retrieval=Retrieval.of(run.retrieval), tried=None)


@registry.with_trials()
def parts_of(run: Run, repeat: int) -> Parts:
    """Return the parts for one repeat: the first with the run's seed, each other with the next.

    A run without a model had none to ask, and quotes, also where one was configured since.
    """
    made = assemble.parts(run.dataset.workspace_id, choice_of(run), repeatable=True)
    limits = made.limits
    if run.seed is not None:
        limits = replace(limits, seed=run.seed + repeat)
    if not run.model:
        made = replace(
            made, chat=None, chat_model="", models={}, second_opinion=None, moderate=None
        )
    if not run.is_routed:
        made = replace(made, routes=None)
    return replace(made, limits=limits)


def _searched_by(retrieval: Retrieval, parts: Parts) -> dict[str, object]:
    """Return every number of the search, for the record and for going on with the same."""
    return {
        "evidence": assemble.search_limits(retrieval).evidence,
        "characters": parts.limits.prompt_characters,
        "rerank": retrieval.rerank or settings.RERANK,
        "embedding": current_embedder().name,
        "least_confidence": parts.limits.min_confidence,
    }


@cache
def code_version() -> str:
    """Return the commit that is checked out, where one is, and a digest of the program's files."""
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*")):
        if path.suffix in {".py", ".jinja", ".json"}:
            digest.update(path.relative_to(PACKAGE).as_posix().encode())
            digest.update(path.read_bytes())
    return f"{_commit()} {digest.hexdigest()[:12]}".strip()


def _commit() -> str:
    git = PACKAGE.parent / ".git"
    try:
        head = (git / "HEAD").read_text(encoding="ascii").strip()
        name = head.removeprefix("ref: ")
        return (head if name == head else (git / name).read_text(encoding="ascii"))[:12].strip()
    except OSError:
        return ""


def _prompt(workspace: Workspace, version: str) -> Prompt:
    if version in Label.values:
        label = PromptLabel.objects.filter(
            workspace=workspace, purpose=ANSWER, label=version, ended_at=None
        ).select_related("prompt")
        found = label.first()
        if found is not None and found.prompt is not None:
            return setups.as_prompt(found.prompt)
    rows = PromptVersion.objects.filter(workspace=workspace, purpose=ANSWER)
    own = rows.filter(number=int(version)) if version.isdecimal() else rows.filter(shipped=version)
    if row := own.first():
        return setups.as_prompt(row)
    shipped = prompting.shipped(ANSWER)
    if version == shipped.identity.version:
        return shipped
    known = dict.fromkeys([shipped.identity.version, *(each.version for each in rows)])
    raise NoSuchChoice(f"There is no prompt {version}. There are: {', '.join(known)}.")


def _by_hash(workspace: Workspace, purpose: str, sha256: str) -> Prompt:
    rows = PromptVersion.objects.filter(workspace=workspace, purpose=purpose, sha256=sha256)
    if row := rows.first():
        return setups.as_prompt(row)
    shipped = prompting.shipped(purpose)
    if shipped.identity.sha256 == sha256:
        return shipped
    raise NoSuchChoice(f"The prompt of this run ({purpose}) is gone.")
