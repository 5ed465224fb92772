"""Messages by e-mail: plain text, to the address that a customer left, each sent once.

A mail server can't promise "once". So a message is marked before it is handed over: what breaks
before the server took it is tried again, what breaks after that is left, and staff see it.
"""

from __future__ import annotations

import logging
import re
from contextlib import suppress
from smtplib import SMTPRecipientsRefused, SMTPResponseException
from textwrap import indent

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.urls import reverse

from supportapp.conversations.models import Conversation, Message
from supportapp.knowledge import plaintext
from supportapp.retrieval import sentences

logger = logging.getLogger(__name__)
Mail = Message.Mail
QUOTED = 600
_MARKER = re.compile(r" ?\[\d{1,3}\]")
_LINK = re.compile(r"\[([^\]]+)\]\((https?://[^)\s]+)\)")
_PARAGRAPHS = re.compile(r"\n\s*\n")
SUBJECTS = {
    Message.Kind.CORRECTION: "A correction to our answer",
    Message.Kind.REPLY: "A reply to your question",
    Message.Kind.FOLLOWUP: "What changed since your question",
}


class NotSent(Exception):
    """The mail server didn't take it; it may be tried again."""


def is_on() -> bool:
    """Say whether mail is set up."""
    return bool(settings.MAIL_FROM)


def address_of(conversation: Conversation) -> str:
    """Return where the customer can be reached: the address of the last request, or the account's.

    Nothing where there is none, or the customer deleted the conversation.
    """
    if conversation.deleted_at is not None:
        return ""
    asked = conversation.handoffs.order_by("-created_at").values_list("contact", flat=True).first()
    user = conversation.user
    account = user.email if user is not None and user.is_active else ""
    return asked or account


def send(message_id: int) -> bool:
    """Mail a message, if nobody has. Raises NotSent where it may be tried again."""
    message = (
        Message.objects.select_related("conversation__workspace", "conversation__user")
        .select_related("about_turn")
        .get(pk=message_id)
    )
    address = address_of(message.conversation)
    waiting = Message.objects.filter(pk=message_id, mail=Mail.PROMISED)
    if not address:
        waiting.update(mail=Mail.NONE)
        return False
    if not waiting.update(mail=Mail.SENDING):
        return False
    try:
        state = _handed_over(message, address)
    except NotSent:
        Message.objects.filter(pk=message_id, mail=Mail.SENDING).update(mail=Mail.PROMISED)
        raise
    Message.objects.filter(pk=message_id).update(mail=state)
    logger.info("message.mailed", extra={"fields": {"message": message_id, "state": state}})
    return state == Mail.SENT


def _handed_over(message: Message, address: str) -> str:
    """Give it to the mail server and return what is known then. Raises NotSent."""
    line = get_connection(timeout=settings.EMAIL_TIMEOUT)
    try:
        line.open()
    except OSError as error:
        raise NotSent(type(error).__name__) from error
    try:
        line.send_messages([_mail(message, address)])
    except SMTPRecipientsRefused:
        return Mail.FAILED
    except SMTPResponseException as error:
        raise NotSent(type(error).__name__) from error
    except OSError:
        # The line broke: nobody knows whether the server took it. It isn't sent twice.
        return Mail.SENDING
    finally:
        with suppress(OSError):
            line.close()
    return Mail.SENT


def _mail(message: Message, address: str) -> EmailMessage:
    company = team_of(message.conversation)
    host = settings.MAIL_FROM.rpartition("@")[2].rstrip(">")
    return EmailMessage(
        subject=f"{SUBJECTS[Message.Kind(message.kind)]} – {company}",
        body=_body(message, company),
        from_email=settings.MAIL_FROM,
        to=[address],
        # A second copy, should there ever be one, is the same message to a reader's program.
        headers={"Message-ID": f"<message-{message.pk}-{message.conversation_id.hex}@{host}>"},
        connection=get_connection(timeout=settings.EMAIL_TIMEOUT),
    )


def team_of(conversation: Conversation) -> str:
    """Return who writes, as the customer knows them: the company, never one person's account."""
    workspace = conversation.workspace
    return workspace.company or workspace.name


def told(message: Message) -> tuple[str, str]:
    """Return the question that a message is about, and what its answer said, both as plain text."""
    turn = message.about_turn
    if turn is None:
        return "", ""
    answer = " ".join(_MARKER.sub("", sentences.plain(turn.answer)).split())
    is_long = len(answer) > QUOTED
    return turn.question, f"{answer[:QUOTED].rstrip()}…" if is_long else answer


def _body(message: Message, company: str) -> str:
    question, answer = told(message)
    parts = []
    if question:
        parts.append("You asked:\n" + indent(question.strip(), "> ", lambda line: True))
    if answer and message.kind == Message.Kind.CORRECTION:
        parts.append("We told you:\n" + indent(answer, "> ", lambda line: True))
    shown = _LINK.sub(r"\1 (\2)", message.text)
    parts += [plaintext.plain(each) for each in _PARAGRAPHS.split(shown)]
    if settings.SITE_URL:
        page = reverse("chat:conversation", args=[message.conversation_id])
        parts.append(
            "The conversation, in the browser in which you asked:\n"
            f"{settings.SITE_URL.rstrip('/')}{page}"
        )
    parts.append(f"The team of {company}")
    return "\n\n".join(parts) + "\n"
