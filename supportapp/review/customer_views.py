"""The customer's side: feedback on an answer, and what they did with it."""

from uuid import UUID

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from supportapp.conversations.access import own_turn
from supportapp.conversations.models import Turn
from supportapp.outbox import events as outbox
from supportapp.review import intake
from supportapp.review.forms import FeedbackForm, SignalForm
from supportapp.review.models import Feedback
from supportapp.web import errors, limits
from supportapp.web.requests import HtmxRequest


@require_POST
def feedback(request: HtmxRequest, turn_id: UUID) -> HttpResponse:
    """Store, replace or take back what the visitor says of an answer."""
    turn = own_turn(request, turn_id)
    if retry := limits.may_write(turn.conversation.visitor):
        return errors.page(request, 429, retry_after=retry.seconds)
    form = FeedbackForm(request.POST)
    if turn.is_running or not form.is_valid():
        return errors.page(request, 400, message=_fault(turn, form))
    given = form.cleaned_data
    if given["solved"]:
        given["value"] = Feedback.Value.UP
    if not given["value"]:
        intake.withdraw_feedback(turn, turn.conversation.visitor)
        stored = None
    else:
        stored = intake.give_feedback(turn, turn.conversation.visitor, given)
    if request.htmx:
        context = {"turn": turn, "feedback": stored, "reasons": Feedback.Reason.choices}
        return render(request, "conversations/_feedback.html", context)
    page = reverse("chat:conversation", args=[turn.conversation_id])
    return redirect(f"{page}#turn-{turn.pk}")


def _fault(turn: Turn, form: FeedbackForm) -> str:
    if turn.is_running:
        return "This answer is still being written. Rate it when it is done."
    faults = [str(fault) for of_field in form.errors.values() for fault in of_field]
    return " ".join(dict.fromkeys(faults))


@require_POST
def signal(request: HtmxRequest, turn_id: UUID) -> HttpResponse:
    """Note that an answer was copied or a source opened. Always quiet for the visitor."""
    turn = own_turn(request, turn_id)
    form = SignalForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=400)
    if limits.may_write(turn.conversation.visitor):
        return HttpResponse(status=429)
    with transaction.atomic():
        outbox.add(
            "supportapp.review.tasks.record_told_signal",
            turn_id=turn.pk,
            kind=form.cleaned_data["kind"],
            told_id=form.cleaned_data["event_id"],
        )
    return HttpResponse(status=204)
