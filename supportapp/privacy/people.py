"""One person, as the product knows them: browsers (visitors), an account, addresses."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet

from supportapp.conversations.models import Conversation, Handoff


class Unknown(Exception):
    """Nobody is known by that; the message says what may be given."""


@dataclass(frozen=True)
class Person:
    """Whose data it is; an account and addresses only where they are known."""

    visitors: frozenset[UUID] = frozenset()
    account: User | None = None

    @property
    def conversations(self) -> QuerySet[Conversation]:
        """Return every conversation of the person, also those that they deleted."""
        mine = Q(visitor__in=self.visitors)
        if self.account is not None:
            mine |= Q(user=self.account)
        return Conversation.objects.filter(mine)


def of_visitor(visitor: UUID) -> Person:
    """Return who asks from one browser: what its cookie opens, nothing else."""
    return Person(frozenset({visitor}))


def find(known_by: str) -> Person:
    """Return the person behind an e-mail address, an account's name or a conversation's id.

    An address leads to the conversations in which a person was asked for with it, and from those
    to everything else that was asked from the same browsers. Raises Unknown.
    """
    wanted = known_by.strip()
    found = _by_id(wanted) or _by_account(wanted) or _by_address(wanted)
    if found is None:
        raise Unknown(
            "Nobody is known by that. Give an e-mail address, an account's name, or the id of a "
            "conversation."
        )
    return found


def _by_id(wanted: str) -> Person | None:
    try:
        each = UUID(wanted)
    except ValueError:
        return None
    rows = Conversation.objects.filter(Q(pk=each) | Q(visitor=each))
    return _behind(rows) if rows.exists() else None


def _by_account(wanted: str) -> Person | None:
    account = User.objects.filter(Q(username=wanted) | Q(email__iexact=wanted)).first()
    if account is None:
        return None
    return _behind(Conversation.objects.filter(user=account), account)


def _by_address(wanted: str) -> Person | None:
    asked = Handoff.objects.filter(contact__iexact=wanted)
    rows = Conversation.objects.filter(pk__in=asked.values("conversation_id"))
    return _behind(rows) if rows.exists() else None


def _behind(rows: QuerySet[Conversation], account: User | None = None) -> Person:
    account = account or next(
        (each.user for each in rows.select_related("user") if each.user), None
    )
    return Person(frozenset(rows.values_list("visitor", flat=True)), account)
