"""The weekly digest: one week's numbers, kept as they stood, and mailed to staff who want them.

Numbers and names of our own only: no question, no answer, no name of a topic, for those may hold
what a customer wrote. A mail server can't promise "once": a delivery is marked before it is handed
over; what breaks before the server took it is tried again, what breaks after that is left.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import date, datetime
from smtplib import SMTPRecipientsRefused, SMTPResponseException

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from supportapp.insight import dashboard, periods, subjects
from supportapp.insight.dashboard import Dashboard
from supportapp.insight.models import Digest, DigestDelivery, DigestReader
from supportapp.insight.periods import Choice
from supportapp.knowledge.models import Workspace
from supportapp.outbox import events as outbox

logger = logging.getLogger(__name__)
State = DigestDelivery.State
SEND = "supportapp.insight.tasks.send_digest"
SEE = "insight.see_dashboard"
# Monday morning; a worker that was away then does it when it is back, for the last week only.
HOUR = 5


class NotSent(Exception):
    """The mail server didn't take it; it may be tried again."""


def is_due(now: datetime) -> bool:
    """Return whether the last week may be reported: from Monday, five o'clock on."""
    return now.weekday() > 0 or now.hour >= HOUR


def report_all(now: datetime) -> int:
    """Report the last week of each workspace that has none yet; returns how many were made."""
    if not is_due(now):
        return 0
    return sum(report(workspace, now) is not None for workspace in Workspace.objects.order_by("pk"))


def report(workspace: Workspace, now: datetime) -> Digest | None:
    """Keep a workspace's last week and promise its mails; None where that was done, or is empty."""
    week = periods.last_week(now.date())
    if Digest.objects.filter(workspace=workspace, monday=week.first).exists():
        return None
    found = dashboard.gather(choice_of(workspace, week.first, now), now)
    if found.is_empty:
        return None
    with transaction.atomic():
        digest, is_new = Digest.objects.get_or_create(
            workspace=workspace,
            monday=week.first,
            defaults={
                "figures": [each.as_json() for each in found.figures],
                "notes": _notes(found),
            },
        )
        if not is_new:
            return None
        readers = DigestReader.objects.filter(workspace=workspace).values_list("user_id", flat=True)
        for user_id in readers:
            outbox.add(SEND, digest_id=digest.pk, user_id=user_id)
    return digest


def choice_of(workspace: Workspace, monday: date, now: datetime) -> Choice:
    """Return the dashboard's choice that shows the same week."""
    return Choice(
        workspace_id=workspace.pk,
        workspace=workspace.slug,
        period=periods.last_week(monday + periods.WEEK),
        zone=now.tzinfo or timezone.get_current_timezone(),
        name="own",
    )


def send(digest_id: int, user_id: int) -> bool:
    """Mail a digest to one person, once. Raises NotSent where it may be tried again."""
    digest = Digest.objects.select_related("workspace").get(pk=digest_id)
    user = User.objects.filter(pk=user_id, is_active=True).exclude(email="").first()
    if user is None or not settings.MAIL_FROM or not _wants(user, digest):
        return False
    delivery, _ = DigestDelivery.objects.get_or_create(digest=digest, user=user)
    mine = DigestDelivery.objects.filter(pk=delivery.pk, state=State.WAITING)
    if not mine.update(state=State.SENDING):
        return False
    sending = DigestDelivery.objects.filter(pk=delivery.pk, state=State.SENDING)
    try:
        state = _hand_over(_mail(digest, user))
    except NotSent:
        sending.update(state=State.WAITING)
        raise
    sending.update(state=state, sent_at=timezone.now() if state == State.SENT else None)
    logger.info("digest.mailed", extra={"fields": {"digest": digest_id, "state": state}})
    return state == State.SENT


def subscribe(user: User, workspace_id: int, *, wanted: bool) -> None:
    """Note whether somebody wants the digest of a workspace by mail."""
    if wanted:
        DigestReader.objects.get_or_create(user=user, workspace_id=workspace_id)
    else:
        DigestReader.objects.filter(user=user, workspace_id=workspace_id).delete()


def _wants(user: User, digest: Digest) -> bool:
    """Who lost the permission since, or changed their mind, gets nothing."""
    reads = DigestReader.objects.filter(user=user, workspace=digest.workspace).exists()
    return reads and user.has_perm(SEE)


def _notes(found: Dashboard) -> list[str]:
    notes = []
    if found.quiet:
        notes.append(
            f"{found.quiet:,} of the resolved conversations are quiet so far: their seven days"
            " aren't over."
        )
    if count := subjects.open_gap_count(found.choice.workspace_id):
        notes.append(f"{count:,} open gap{'' if count == 1 else 's'} in the articles.")
    if found.unpriced:
        notes.append(
            f"{found.unpriced:,} calls of models without a known price aren't in the cost."
        )
    if found.missing:
        notes.append(f"{found.missing:,} older questions weren't counted yet.")
    return notes


def _mail(digest: Digest, user: User) -> EmailMessage:
    host = settings.MAIL_FROM.rpartition("@")[2].rstrip(">")
    name = digest.workspace.company or digest.workspace.name
    return EmailMessage(
        subject=f"{name}: the week from {digest.monday:%-d %B} to {digest.sunday:%-d %B}",
        body=body(digest),
        from_email=settings.MAIL_FROM,
        to=[user.email],
        # A second copy, should there ever be one, is the same message to a reader's program.
        headers={"Message-ID": f"<digest-{digest.pk}-{user.pk}@{host}>"},
        connection=get_connection(timeout=settings.EMAIL_TIMEOUT),
    )


def body(digest: Digest) -> str:
    """Return the digest as plain text: the numbers of its page."""
    lines = [f"What customers asked from {digest.monday:%-d %B} to {digest.sunday:%-d %B %Y}.", ""]
    for each in digest.figures:
        between = f" ({each['between']})" if each["between"] else ""
        change = f"; {each['change']}" if each["change"] else ""
        lines.append(f"{each['name']}: {each['shown']}{between}{change}")
    if digest.notes:
        lines += ["", *digest.notes]
    if settings.SITE_URL:
        page = reverse("insight:digest", args=[digest.pk])
        lines += ["", f"The same numbers, and how they are counted: {_address(page)}"]
        lines.append(f"No more of these mails: {_address(reverse('insight:digests'))}")
    return "\n".join(lines) + "\n"


def _address(page: str) -> str:
    return f"{settings.SITE_URL.rstrip('/')}{page}"


def _hand_over(mail: EmailMessage) -> str:
    """Give it to the mail server and return what is known then. Raises NotSent."""
    line = mail.connection
    assert line is not None
    try:
        line.open()
    except OSError as error:
        raise NotSent(type(error).__name__) from error
    try:
        line.send_messages([mail])
    except SMTPRecipientsRefused:
        return State.FAILED
    except SMTPResponseException as error:
        raise NotSent(type(error).__name__) from error
    except OSError:
        # The line broke: nobody knows whether the server took it. It isn't sent twice.
        return State.SENDING
    finally:
        with suppress(OSError):
            line.close()
    return State.SENT
