"""Read workspace.yaml: what the assistant says about itself and the company."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import yaml
from django.core.exceptions import ValidationError as InvalidEmail
from django.core.validators import validate_email
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from supportapp.knowledge.cleaning import clean_line
from supportapp.knowledge.models import SuggestedPrompt, Workspace
from supportapp.knowledge.values import Refusal, Report

MOST_BYTES = 100_000


def _email(value: str) -> str:
    try:
        validate_email(value)
    except InvalidEmail as error:
        raise ValueError("must be an e-mail address") from error
    return value


Line = Annotated[str, AfterValidator(clean_line)]


class Prompt(BaseModel):
    """A question offered on the empty chat page."""

    text: Line = Field(max_length=150)
    language: str = Field("en", max_length=10)


class Profile(BaseModel):
    """The workspace file's fields; all may be left out, none may be misspelt."""

    model_config = ConfigDict(extra="forbid")

    name: Line = Field("", max_length=100)
    company: Line = Field("", max_length=100)
    assistant_name: Line = Field("", max_length=60)
    about: Line = Field("", max_length=300)
    support_email: Annotated[str, AfterValidator(_email)] | None = None
    support_hours: Line = Field("", max_length=200)
    suggested_prompts: list[Prompt] = Field([], max_length=50)


def apply(path: Path, workspace: Workspace, report: Report, *, dry_run: bool) -> list[str]:
    """Fill in what the workspace doesn't say yet; what staff wrote stays. Returns notes."""
    try:
        profile = _read(path)
    except ValueError as error:
        report.refused.append(Refusal(path.name, str(error)))
        return []
    changed = _fill(workspace, profile)
    prompts = [] if workspace.suggested_prompts.exists() else profile.suggested_prompts
    if not dry_run:
        workspace.save(update_fields=changed)
        _offer(workspace, prompts)
    if not changed and not prompts:
        return []
    return [f"The workspace was described from {path.name}."]


def _read(path: Path) -> Profile:
    if path.stat().st_size > MOST_BYTES:
        raise ValueError("it is too large for a description")
    try:
        return Profile.model_validate(yaml.safe_load(path.read_text("utf-8")) or {})
    except yaml.YAMLError:
        raise ValueError("it isn't valid YAML") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise ValueError(f"{place}: {first['msg']}") from None


def _fill(workspace: Workspace, profile: Profile) -> list[str]:
    changed = []
    for name in ("name", "company", "assistant_name", "about", "support_email", "support_hours"):
        value = getattr(profile, name)
        untouched = getattr(workspace, name) in ("", "Help centre", "Assistant")
        if value and untouched and value != getattr(workspace, name):
            setattr(workspace, name, value)
            changed.append(name)
    return changed


def _offer(workspace: Workspace, prompts: list[Prompt]) -> None:
    SuggestedPrompt.objects.bulk_create(
        [
            SuggestedPrompt(
                workspace=workspace, text=prompt.text, language=prompt.language, position=place
            )
            for place, prompt in enumerate(prompts)
        ],
        ignore_conflicts=True,
    )
