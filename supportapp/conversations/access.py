"""The doors' common checks: whose conversation it is, and the cookie that says so."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec
from uuid import UUID, uuid5

from django.http import Http404, HttpResponse

from supportapp.conversations import visitors
from supportapp.conversations.models import Conversation, Turn
from supportapp.knowledge.models import Workspace
from supportapp.web.requests import HtmxRequest

P = ParamSpec("P")
View = Callable[Concatenate[HtmxRequest, P], HttpResponse]


def visitor_page(view: View[P]) -> View[P]:
    """Give a visitor without a cookie one with the response."""

    @wraps(view)
    def remembering(request: HtmxRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        response = view(request, *args, **kwargs)
        visitors.remember(request, response)
        return response

    return remembering


def own_conversation(request: HtmxRequest, conversation_id: UUID) -> Conversation:
    """Return the visitor's own conversation; anyone else's is not found."""
    found = (
        visitors.conversations(visitors.current(request))
        .select_related("workspace")
        .filter(pk=conversation_id)
        .first()
    )
    if found is None:
        raise Http404
    return found


def own_turn(request: HtmxRequest, turn_id: UUID) -> Turn:
    """Return a turn of the visitor's own conversations; anyone else's is not found."""
    found = (
        Turn.objects.filter(
            pk=turn_id,
            conversation__visitor=visitors.current(request),
            conversation__deleted_at=None,
        )
        .select_related("conversation__workspace", "superseded_by")
        .first()
    )
    if found is None:
        raise Http404
    return found


def new_conversation(request: HtmxRequest, client_id: UUID) -> Conversation:
    """Make the conversation that a form's `client_id` starts; the same form again finds it."""
    visitor = visitors.current(request)
    conversation, _ = Conversation.objects.get_or_create(
        pk=uuid5(visitor, client_id.hex),
        defaults={
            "visitor": visitor,
            "workspace": Workspace.default(),
            "user": request.user if request.user.is_authenticated else None,
        },
    )
    return conversation
