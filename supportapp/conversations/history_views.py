"""One's own conversations: find, rename, delete, take the deletion back."""

from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from supportapp.caching import keeping
from supportapp.conversations import messages, visitors
from supportapp.conversations.access import own_conversation, visitor_page
from supportapp.conversations.forms import TitleForm
from supportapp.conversations.models import Conversation
from supportapp.web import errors, limits
from supportapp.web.requests import HtmxRequest

PER_PAGE = 20
LONGEST_QUERY = 100


@require_safe
@visitor_page
def history(request: HtmxRequest) -> HttpResponse:
    """List one's own conversations, newest first, or those in which some words occur."""
    visitor = visitors.current(request)
    query = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST_QUERY]
    mine = messages.with_unseen(visitors.conversations(visitor))
    found = _containing(mine, query).annotate(
        questions=Count("turns", filter=Q(turns__superseded_by=None), distinct=True)
    )
    context = {
        "query": query,
        "page": Paginator(found.order_by("-updated_at"), PER_PAGE).get_page(
            request.GET.get("page")
        ),
        "deleted": _just_deleted(visitor, request.GET.get("deleted", "")),
    }
    return render(request, "conversations/history.html", context)


def _containing(conversations: QuerySet[Conversation], query: str) -> QuerySet[Conversation]:
    if not query:
        return conversations
    hits = conversations.filter(
        Q(title__icontains=query)
        | Q(turns__question__icontains=query)
        | Q(turns__answer__icontains=query)
        | Q(messages__text__icontains=query)
    )
    return conversations.filter(pk__in=hits.values("pk"))


def _just_deleted(visitor: UUID, conversation_id: str) -> Conversation | None:
    try:
        wanted = UUID(conversation_id)
    except ValueError:
        return None
    return Conversation.objects.filter(pk=wanted, visitor=visitor, deleted_at__isnull=False).first()


@require_POST
@visitor_page
def rename(request: HtmxRequest, conversation_id: UUID) -> HttpResponse:
    """Give a conversation another name."""
    conversation = own_conversation(request, conversation_id)
    if retry := limits.may_write(conversation.visitor):
        return errors.page(request, 429, retry_after=retry.seconds)
    form = TitleForm(request.POST)
    if not form.is_valid():
        return errors.page(request, 400, message="A name needs 1 to 120 characters.")
    conversation.title = form.cleaned_data["title"]
    conversation.save(update_fields=["title"])
    return redirect("chat:history")


@require_POST
@visitor_page
def delete(request: HtmxRequest, conversation_id: UUID) -> HttpResponse:
    """Hide a conversation from everyone; the next page offers to take that back."""
    conversation = own_conversation(request, conversation_id)
    if retry := limits.may_write(conversation.visitor):
        return errors.page(request, 429, retry_after=retry.seconds)
    conversation.deleted_at = timezone.now()
    conversation.save(update_fields=["deleted_at"])
    keeping.forget(list(conversation.turns.values_list("pk", flat=True)))
    return redirect(f"{reverse('chat:history')}?deleted={conversation.pk}")


@require_POST
@visitor_page
def restore(request: HtmxRequest, conversation_id: UUID) -> HttpResponse:
    """Take a deletion back."""
    visitor = visitors.current(request)
    if retry := limits.may_write(visitor):
        return errors.page(request, 429, retry_after=retry.seconds)
    restored = Conversation.objects.filter(pk=conversation_id, visitor=visitor).update(
        deleted_at=None
    )
    if not restored:
        raise Http404
    return redirect("chat:history")
