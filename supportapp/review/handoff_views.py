"""Requests for a person: the list, one request with its conversation, take, close, reopen."""

from urllib.parse import quote
from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from supportapp.conversations import handoffs
from supportapp.conversations.models import Handoff
from supportapp.review import telling
from supportapp.review.forms import MessageForm
from supportapp.review.handoffs import handoff_view, listed, open_count
from supportapp.web import errors
from supportapp.web.access import staff_with
from supportapp.web.requests import StaffRequest

SEE = "conversations.view_handoff"
CHANGE = "conversations.change_handoff"


@staff_with(SEE)
@require_safe
def handoff_list(request: StaffRequest) -> HttpResponse:
    """List the requests in one state, the open ones unless another is asked for."""
    asked = request.GET.get("state", "")
    state = asked if asked in Handoff.State.values else Handoff.State.OPEN.value
    context = {
        "handoffs": listed(state),
        "state": state,
        "states": Handoff.State.choices,
        "open_requests": open_count(),
    }
    return render(request, "review/requests.html", context)


@staff_with(SEE)
@require_safe
def handoff_page(request: StaffRequest, handoff_id: int) -> HttpResponse:
    """Show one request with the conversation that led to it."""
    handoff = get_object_or_404(
        Handoff.objects.select_related("conversation__workspace", "handled_by"), pk=handoff_id
    )
    context = {
        "view": handoff_view(handoff),
        "mail_link": _mail_link(handoff),
        "may_change": request.user.has_perm(CHANGE),
        "may_reply": request.user.has_perm("conversations.add_message"),
        "key": uuid4(),
        "open_requests": open_count(),
    }
    return render(request, "review/request.html", context)


@staff_with(CHANGE)
@require_POST
def take(request: StaffRequest, handoff_id: int) -> HttpResponse:
    """Take a request."""
    get_object_or_404(Handoff, pk=handoff_id)
    if not handoffs.take(handoff_id, request.user):
        messages.warning(request, "Somebody took this request before you.")
    return redirect("review:request", handoff_id)


@staff_with("conversations.add_message")
@require_POST
def reply(request: StaffRequest, handoff_id: int) -> HttpResponse:
    """Answer in the customer's conversation, which takes the request, and perhaps close it."""
    found = Handoff.objects.select_related("conversation", "turn")
    handoff = get_object_or_404(found.filter(conversation__deleted_at=None), pk=handoff_id)
    form = MessageForm(request.POST)
    if not form.is_valid():
        faults = [str(fault) for of_field in form.errors.values() for fault in of_field]
        return errors.page(request, 400, message=" ".join(dict.fromkeys(faults)))
    telling.reply(handoff, request.user, form.cleaned_data["text"], str(form.cleaned_data["key"]))
    if "close" in request.POST and request.user.has_perm(CHANGE):
        handoffs.close(handoff.pk, request.user)
        messages.success(request, "Your reply is in the conversation, and the request is closed.")
        return redirect("review:requests")
    messages.success(request, "Your reply is in the conversation.")
    return redirect("review:request", handoff_id)


@staff_with(CHANGE)
@require_POST
def close(request: StaffRequest, handoff_id: int) -> HttpResponse:
    """Close a request and go on to the next."""
    get_object_or_404(Handoff, pk=handoff_id)
    if handoffs.close(handoff_id, request.user):
        messages.success(request, "The request is closed.")
    return redirect("review:requests")


@staff_with(CHANGE)
@require_POST
def reopen(request: StaffRequest, handoff_id: int) -> HttpResponse:
    """Put a request back among the open ones."""
    get_object_or_404(Handoff, pk=handoff_id)
    handoffs.reopen(handoff_id)
    return redirect("review:request", handoff_id)


def _mail_link(handoff: Handoff) -> str:
    """Return a mailto link whose subject names the company and the request."""
    workspace = handoff.conversation.workspace
    subject = f"Your question to {workspace.company or workspace.name} (request {handoff.pk})"
    return f"mailto:{quote(handoff.contact, safe='@')}?subject={quote(subject)}"
