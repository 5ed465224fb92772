"""Whose words may be used to train a model: decisions, written down, the latest of which counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.models import User

from supportapp.knowledge.models import Workspace
from supportapp.training.models import Consent


@dataclass(frozen=True, slots=True)
class Consents:
    """What counts in a workspace now. Without any decision, customers' words aren't used."""

    is_given: bool
    basis: str
    visitors: dict[UUID, bool]

    def allow(self, visitor: UUID) -> bool:
        """Say whether a visitor's words may be used: the own decision, else the workspace's."""
        return self.visitors.get(visitor, self.is_given)


def of(workspace: Workspace) -> Consents:
    """Return the decisions that count in a workspace."""
    latest: dict[UUID | None, Consent] = {}
    for decision in Consent.objects.filter(workspace=workspace).order_by("pk"):
        latest[decision.visitor] = decision
    general = latest.pop(None, None)
    return Consents(
        is_given=general is not None and general.is_given,
        basis=general.basis if general is not None and general.is_given else "",
        visitors={who: each.is_given for who, each in latest.items() if who is not None},
    )


def decide(
    workspace: Workspace,
    by: User | None,
    *,
    is_given: bool,
    basis: str,
    visitor: UUID | None = None,
) -> Consent:
    """Write a decision down. Earlier ones stay, to be read."""
    return Consent.objects.create(
        workspace=workspace, visitor=visitor, is_given=is_given, basis=basis[:300], decided_by=by
    )


def refused(workspace: Workspace, visitors: Iterable[UUID]) -> set[UUID]:
    """Return those of the visitors whose words may not be used."""
    known = of(workspace)
    return {visitor for visitor in visitors if not known.allow(visitor)}
