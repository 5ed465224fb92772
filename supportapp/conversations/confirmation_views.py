"""The customer's yes or no to a proposed change: a plain form, and sent twice it counts once."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from supportapp.conversations import visitors
from supportapp.conversations.access import own_turn, visitor_page
from supportapp.conversations.chat_page import feedback_by, show_turn
from supportapp.conversations.forms import ConfirmationForm
from supportapp.conversations.models import Turn
from supportapp.conversations.tool_presenting import tools_view
from supportapp.tools import confirmations
from supportapp.web import errors, limits
from supportapp.web.requests import HtmxRequest


@require_POST
@visitor_page
def confirm(request: HtmxRequest, turn_id: UUID) -> HttpResponse:
    """Take the answer and carry out a yes at once; what is missed here the worker does."""
    turn = own_turn(request, turn_id)
    card = tools_view(turn).confirmation
    if card is None:
        raise Http404
    form = ConfirmationForm(request.POST, needs_contact=card.needs_contact)
    if not form.is_valid():
        faults = [str(fault) for of_field in form.errors.values() for fault in of_field]
        return errors.page(request, 400, message=" ".join(dict.fromkeys(faults)))
    if card.state == "asked":
        visitor, address = visitors.current(request), limits.request_address(request)
        if retry := limits.may_ask_person(visitor, address):
            return errors.page(request, 429, retry_after=retry.seconds)
    _answer(request, card.id, form)
    return _shown(request, turn)


def _answer(request: HtmxRequest, confirmation_id: UUID, form: ConfirmationForm) -> None:
    visitor, now = visitors.current(request), timezone.now()
    given = form.cleaned_data
    if given["answer"] == "no":
        confirmations.decline(confirmation_id, visitor, now)
        return
    username = request.user.get_username() if request.user.is_authenticated else ""
    confirmations.confirm(confirmation_id, visitor, username, now, contact=given["contact"])
    confirmations.carry_out(confirmation_id, now)


def _shown(request: HtmxRequest, turn: Turn) -> HttpResponse:
    if request.htmx:
        feedback = feedback_by(turn, visitors.current(request))
        context = {"turn": show_turn(turn, feedback), "conversation_id": turn.conversation_id}
        return render(request, "conversations/_tools.html", context)
    page = reverse("chat:conversation", args=[turn.conversation_id])
    return redirect(f"{page}#turn-{turn.pk}")
