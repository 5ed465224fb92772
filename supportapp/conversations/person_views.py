"""Asking for a person: one short form, from a conversation or from anywhere."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from supportapp import row_numbers
from supportapp.conversations import handoffs, visitors
from supportapp.conversations.access import new_conversation, own_conversation, visitor_page
from supportapp.conversations.forms import HandoffForm
from supportapp.conversations.models import Conversation, Handoff
from supportapp.web import errors, limits
from supportapp.web.requests import HtmxRequest


@require_http_methods(["GET", "HEAD", "POST"])
@visitor_page
def person(request: HtmxRequest) -> HttpResponse:
    """Ask for a person before there is a conversation."""
    return _ask(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@visitor_page
def handoff(request: HtmxRequest, conversation_id: UUID) -> HttpResponse:
    """Ask for a person in a conversation, which goes with the request."""
    return _ask(request, own_conversation(request, conversation_id))


def _ask(request: HtmxRequest, conversation: Conversation | None) -> HttpResponse:
    if request.method == "POST":
        return _store(request, conversation)
    sent = _sent(conversation, request.GET.get("sent", "")) if conversation else None
    form = HandoffForm(initial=_known(request))
    return _page(request, conversation, form, sent)


def _store(request: HtmxRequest, conversation: Conversation | None) -> HttpResponse:
    form = HandoffForm(request.POST)
    if not form.is_valid():
        status = 200 if request.htmx else 400
        return _page(request, conversation, form, None, status=status)
    stored = form.first_handoff()
    if stored is None:
        visitor, address = visitors.current(request), limits.request_address(request)
        if retry := limits.may_ask_person(visitor, address):
            return errors.page(request, 429, retry_after=retry.seconds)
        given = form.cleaned_data
        about = conversation or new_conversation(request, given["client_id"])
        stored = handoffs.request_person(
            about,
            given["client_id"],
            contact=given["contact"],
            name=given["name"],
            message=given["message"],
            turn=form.own_turn(about),
        )
    own_conversation(request, stored.conversation_id)
    if request.htmx:
        return _page(request, stored.conversation, form, stored)
    return redirect(f"{reverse('chat:handoff', args=[stored.conversation_id])}?sent={stored.pk}")


def _sent(conversation: Conversation, given: str) -> Handoff | None:
    number = row_numbers.parse(given)
    return None if number is None else conversation.handoffs.filter(pk=number).first()


def _known(request: HtmxRequest) -> dict[str, str]:
    """What the visitor told us before is not asked again."""
    last = (
        Handoff.objects.filter(conversation__visitor=visitors.current(request))
        .order_by("-created_at")
        .first()
    )
    if last is not None:
        return {"contact": last.contact, "name": last.name}
    if request.user.is_authenticated:
        return {"contact": request.user.email, "name": request.user.get_full_name()}
    return {}


def _page(
    request: HtmxRequest,
    conversation: Conversation | None,
    form: HandoffForm,
    sent: Handoff | None,
    *,
    status: int = 200,
) -> HttpResponse:
    context = {
        "conversation": conversation,
        "conversation_id": conversation.pk if conversation else None,
        "form": form,
        "handoff": sent,
        "turn_id": form.data.get("turn", "") if form.is_bound else request.GET.get("turn", ""),
    }
    template = "person.html"
    if request.htmx:
        template = "_handoff.html" if sent else "_person_form.html"
    return render(request, f"conversations/{template}", context, status=status)
