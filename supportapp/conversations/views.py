"""The chat as pages: every question, stop, edit and source works here without scripts too."""

from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from supportapp.conversations import live, turns, visitors
from supportapp.conversations.access import (
    new_conversation,
    own_conversation,
    own_turn,
    visitor_page,
)
from supportapp.conversations.chat_page import chat_page, feedback_by, show_turn
from supportapp.conversations.forms import AgainForm, AskForm
from supportapp.conversations.models import Conversation, Turn
from supportapp.conversations.questions import Asker
from supportapp.knowledge.rendering import to_html
from supportapp.web import errors, limits
from supportapp.web.requests import HtmxRequest


@require_safe
@visitor_page
def home(request: HtmxRequest) -> HttpResponse:
    """The page for a new conversation: introduction, notice, suggested questions."""
    return chat_page(request, None)


@require_safe
@visitor_page
def conversation(request: HtmxRequest, conversation_id: UUID) -> HttpResponse:
    """One conversation with all its turns, also one that is being answered."""
    return chat_page(request, own_conversation(request, conversation_id))


@require_POST
@visitor_page
def start(request: HtmxRequest) -> HttpResponse:
    """Ask the first question of a new conversation."""
    return _ask(request, None, AskForm(request.POST))


@require_POST
@visitor_page
def ask(request: HtmxRequest, conversation_id: UUID) -> HttpResponse:
    """Ask a question in a conversation."""
    return _ask(request, own_conversation(request, conversation_id), AskForm(request.POST))


@require_POST
@visitor_page
def regenerate(request: HtmxRequest, turn_id: UUID) -> HttpResponse:
    """Answer the same question again; the new turn takes the old one's place."""
    old = own_turn(request, turn_id)
    return _ask(request, old.conversation, AgainForm(request.POST), Turn.Cause.REGENERATE, old)


@require_http_methods(["GET", "HEAD", "POST"])
@visitor_page
def edit(request: HtmxRequest, turn_id: UUID) -> HttpResponse:
    """Ask a question in other words; the new turn takes the old one's place."""
    old = own_turn(request, turn_id)
    if request.method == "POST":
        return _ask(request, old.conversation, AskForm(request.POST), Turn.Cause.EDIT, old)
    context = {
        "turn": old,
        "conversation": old.conversation,
        "longest": settings.MAX_QUESTION_CHARACTERS,
    }
    return render(request, "conversations/edit.html", context)


@require_POST
@visitor_page
def stop(request: HtmxRequest, turn_id: UUID) -> HttpResponse:
    """Stop an answer, at the model too."""
    found = own_turn(request, turn_id)
    live.stop(found.pk)
    return redirect(_place(found))


@require_safe
@visitor_page
def turn(request: HtmxRequest, turn_id: UUID) -> HttpResponse:
    """One turn as it stands now, for pages whose socket is blocked."""
    found = own_turn(request, turn_id)
    context = {"turn": show_turn(found, feedback_by(found, visitors.current(request)))}
    return render(request, "conversations/_turn.html", context)


@require_safe
@visitor_page
def passage(request: HtmxRequest, turn_id: UUID, number: int) -> HttpResponse:
    """The passage behind a citation, as it was when the answer was given."""
    found = own_turn(request, turn_id)
    citation = (
        found.citations.filter(number=number)
        .select_related("passage", "article", "revision")
        .first()
    )
    if citation is None:
        raise Http404
    article = reverse("help:article", args=[citation.article.slug])
    context = {
        "citation": citation,
        "conversation": found.conversation,
        "passage_html": to_html(citation.passage.text),
        "outdated": citation.article.published_id != citation.revision_id,
        "article_url": f"{article}?passage={citation.passage_id}#passage",
    }
    name = "_passage.html" if request.htmx else "passage.html"
    return render(request, f"conversations/{name}", context)


@require_safe
@permission_required("conversations.view_turn", raise_exception=True)
def receipt(request: HtmxRequest, turn_id: UUID) -> HttpResponse:
    """What an answer was made of, for staff."""
    found = Turn.objects.filter(pk=turn_id).first()
    if found is None:
        raise Http404
    return JsonResponse(
        {
            "turn": str(found.pk),
            "state": found.state,
            "receipt": found.receipt,
            "xray": reverse("chat:xray", args=[found.pk]),
        }
    )


def _ask(
    request: HtmxRequest,
    conversation: Conversation | None,
    form: AskForm | AgainForm,
    cause: Turn.Cause = Turn.Cause.ASK,
    old: Turn | None = None,
) -> HttpResponse:
    """Open a turn and start it, or show the page that says why not, with the words kept."""
    if not form.is_valid():
        faults = [str(fault) for faults in form.errors.values() for fault in faults]
        return _refuse(request, conversation, " ".join(dict.fromkeys(faults)))
    given = form.cleaned_data
    client_id: UUID = given["client_id"]
    text = given["text"] if old is None or cause == Turn.Cause.EDIT else old.question
    try:
        if retry := _counted(request, conversation, text, client_id, old):
            return _too_many(request, conversation, retry)
        found = conversation or new_conversation(request, client_id)
        asker = Asker.of(found, request.user)
        opened = turns.open(found, text, client_id, cause=cause, supersedes=old, asker=asker)
    except turns.Refused as refused:
        return _refuse(request, conversation, refused.message)
    live.start(opened.pk)
    return redirect(_place(opened))


def _counted(
    request: HtmxRequest,
    conversation: Conversation | None,
    text: str,
    client_id: UUID,
    old: Turn | None,
) -> limits.RetryAfter | None:
    """Count a question, but not one that is sent again or can't be asked now."""
    if conversation and turns.known(conversation, text, client_id, supersedes=old):
        return None
    return limits.may_ask(visitors.current(request), limits.request_address(request))


def _refuse(
    request: HtmxRequest, conversation: Conversation | None, problem: str, status: int = 400
) -> HttpResponse:
    draft = request.POST.get("text", "")
    return chat_page(request, conversation, problem=problem, draft=draft, status=status)


def _too_many(
    request: HtmxRequest, conversation: Conversation | None, retry: limits.RetryAfter
) -> HttpResponse:
    problem = f"{errors.TEXTS[429][0]}. Wait {retry.seconds} seconds, then send it again."
    response = _refuse(request, conversation, problem, 429)
    response["Retry-After"] = str(retry.seconds)
    return response


def _place(turn: Turn) -> str:
    page = reverse("chat:conversation", args=[turn.conversation_id])
    return f"{page}#turn-{turn.pk}"
