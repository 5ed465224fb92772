"""The list of changes, and one change: what it does to answers, and the decision."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from supportapp.changes import deciding, opening, replaying, showing
from supportapp.changes.deciding import AT_ONCE, OVERRIDE, NotNow
from supportapp.changes.forms import DecisionForm, ItemForm
from supportapp.changes.models import ArticleChange, Replay
from supportapp.knowledge.models import Article
from supportapp.knowledge.publishing import KnowledgeError
from supportapp.knowledge.values import Publication
from supportapp.review import consequences
from supportapp.review.models import Consequence, ReviewItem
from supportapp.web import errors
from supportapp.web.access import staff_with
from supportapp.web.requests import StaffRequest

SEE, ADD, CHANGE = (f"changes.{each}_articlechange" for each in ("view", "add", "change"))
PUBLISH = "knowledge.publish_article"
PER_PAGE = 30
DECIDABLE = (ArticleChange.State.READY, ArticleChange.State.HELD)


@staff_with(SEE)
@require_safe
def change_list(request: StaffRequest) -> HttpResponse:
    """List what is under way, or what was decided."""
    is_decided = request.GET.get("state") == "decided"
    found = ArticleChange.objects.select_related("article", "author", "reviewer", "decided_by")
    under_way = found.filter(state__in=ArticleChange.UNDER_WAY)
    chosen = found.exclude(state__in=ArticleChange.UNDER_WAY) if is_decided else under_way
    context = {
        "page": Paginator(chosen, PER_PAGE).get_page(request.GET.get("page")),
        "is_decided": is_decided,
        "open_count": under_way.count(),
    }
    return render(request, "changes/list.html", context)


@staff_with(SEE)
@require_safe
def change_page(request: StaffRequest, change_id: int) -> HttpResponse:
    """Show what a change does to answers, while they are replayed and after."""
    change = _change(change_id)
    if request.htmx and change.state != ArticleChange.State.REPLAYING:
        # What was watched is over: there is something to decide now.
        return HttpResponseClientRefresh()
    return _page(request, change)


@staff_with("knowledge.change_article")
@require_POST
def open_change(request: StaffRequest, article_id: int) -> HttpResponse:
    """Begin the change of an article, and its replays where there is a draft."""
    if not request.user.has_perm(ADD):
        raise PermissionDenied
    article = get_object_or_404(Article.objects.select_related("draft"), pk=article_id)
    change = opening.of(article, request.user)
    if article.draft is not None:
        replaying.start(change)
    return redirect("changes:change", change.pk)


@staff_with(CHANGE)
@require_POST
def replay(request: StaffRequest, change_id: int) -> HttpResponse:
    """Replay the draft as it is now, from the beginning."""
    change = _change(change_id)
    if not replaying.start(change):
        messages.warning(request, "There is no draft to replay.")
    return redirect("changes:change", change.pk)


@staff_with(CHANGE)
@require_POST
def cancel(request: StaffRequest, change_id: int) -> HttpResponse:
    """Stop the replays."""
    change = _change(change_id)
    replaying.cancel(change)
    return redirect("changes:change", change.pk)


@staff_with(CHANGE)
@require_POST
def decide(request: StaffRequest, change_id: int) -> HttpResponse:
    """Publish, hold, take up again, give up, or send to a second person."""
    change = _change(change_id)
    form = DecisionForm(request.POST, reviewers=showing.reviewers(change))
    if not form.is_valid():
        messages.error(request, "Choose who looks at it.")
        return redirect("changes:change", change.pk)
    try:
        done = _decided(request, change, form)
    except (NotNow, KnowledgeError) as error:
        messages.error(request, str(error))
        return redirect("changes:change", change.pk)
    messages.success(request, done)
    return redirect("changes:change", change.pk)


def _decided(request: StaffRequest, change: ArticleChange, form: DecisionForm) -> str:
    given, user = form.cleaned_data, request.user
    match given["decision"]:
        case "publish" | "at_once" if not user.has_perm(PUBLISH):
            raise PermissionDenied
        case "publish":
            return _live(deciding.publish(change, user, override_reason=given["reason"]))
        case "at_once":
            return _live(deciding.publish_at_once(change, user, reason=given["reason"]))
        case "hold":
            deciding.hold(change, user)
            return "Held. Nothing is published; the draft stays."
        case "take_up":
            deciding.take_up(change)
            return "Taken up again."
        case "send" if given["reviewer"] is not None:
            deciding.send_to(change, given["reviewer"], user)
            return f"Sent to {given['reviewer']}."
        case "give_up":
            deciding.give_up(change, user)
            return "Given up. The draft stays in the editor."
    raise NotNow("Choose who looks at it.")


def _live(done: Publication) -> str:
    seconds = done.milliseconds / 1000
    return f"Live in {seconds:.2f} s, as revision {done.revision.number}."


@staff_with(ADD)
@require_POST
def fix(request: StaffRequest) -> HttpResponse:
    """Begin to change the article behind an answer under review; goes on in the editor."""
    form = ItemForm(request.POST)
    item = _item(form)
    if not request.user.has_perm("knowledge.change_article"):
        raise PermissionDenied
    chosen = form.cleaned_data["article"]
    workspace = item.turn.conversation.workspace_id
    article = (
        get_object_or_404(Article, pk=chosen, workspace=workspace)
        if chosen
        else opening.article_of(item.turn)
    )
    if article is None:
        return errors.page(
            request, 404, message="This answer rests on no article. Add one instead."
        )
    change = opening.fix(item, article, request.user)
    _note(item, Consequence.Kind.FIX, change, request)
    messages.info(
        request,
        f"Write the fix, then press Publish: past questions are replayed on it. “{article.title}” "
        "was cited by the answer under review.",
    )
    return redirect("admin:knowledge_article_change", article.pk)


@staff_with(ADD)
@require_POST
def draft_article(request: StaffRequest) -> HttpResponse:
    """Draft a new article from an answer under review; goes on in the editor."""
    form = ItemForm(request.POST)
    item = _item(form)
    if not request.user.has_perm("knowledge.add_article"):
        raise PermissionDenied
    change = opening.draft_article(item, request.user, form.cleaned_data["material"])
    _note(item, Consequence.Kind.NEW_ARTICLE, change, request)
    messages.info(request, "Drafted. Nothing is published: read it, mend it, then press Publish.")
    return redirect("admin:knowledge_article_change", change.article_id)


def _note(item: ReviewItem, kind: str, change: ArticleChange, request: StaffRequest) -> None:
    consequences.note(
        item,
        kind,
        request.user,
        key=str(change.pk),
        summary=change.article.title,
        url=reverse("changes:change", args=[change.pk]),
    )


def _item(form: ItemForm) -> ReviewItem:
    wanted = form.cleaned_data["item"] if form.is_valid() else 0
    there = ReviewItem.objects.filter(turn__conversation__deleted_at=None)
    return get_object_or_404(there.select_related("turn__conversation__workspace"), pk=wanted or 0)


def _change(change_id: int) -> ArticleChange:
    changes = ArticleChange.objects.select_related(
        "article", "draft", "author", "reviewer", "decided_by", "item"
    )
    return get_object_or_404(changes, pk=change_id)


def _page(request: StaffRequest, change: ArticleChange) -> HttpResponse:
    user = request.user
    asked = request.GET.get("show", "")
    verdict = asked if asked in Replay.Verdict.values else ""
    view = showing.change_view(change, verdict)
    may_publish = user.has_perm(PUBLISH) and change.reviewer_id in (None, user.pk)
    is_clear = not (view.standing.is_stale or view.standing.is_blocked)
    context = {
        "view": view,
        "change": change,
        "verdict": verdict,
        "may_change": user.has_perm(CHANGE),
        "may_publish": may_publish,
        "may_publish_now": may_publish and is_clear and change.state in DECIDABLE,
        "may_override": user.has_perm(OVERRIDE),
        "may_at_once": user.has_perm(AT_ONCE) and user.has_perm(PUBLISH),
        "reviewers": showing.reviewers(change) if change.is_under_way else (),
    }
    return render(request, "changes/change.html", context)
