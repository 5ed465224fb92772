"""The reviewers' side: the queue, one item, a verdict in one key press, the export."""

from collections.abc import Iterator

from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from supportapp.review import decisions, export, queue
from supportapp.review.forms import VerdictForm
from supportapp.review.models import Annotation, ReviewItem
from supportapp.review.showing import KEYS, item_view
from supportapp.web import errors
from supportapp.web.requests import HtmxRequest

reviewer_only = permission_required("review.add_annotation", raise_exception=True)
LISTED = 30


@login_required
@reviewer_only
@require_safe
def queue_page(request: HtmxRequest) -> HttpResponse:
    """Show the next item, what waits behind it and today's progress."""
    after = request.GET.get("after", "")
    item = queue.take_next(
        request.user,  # type: ignore[arg-type]  # login_required
        timezone.now(),
        reason=_reason(request),
        after=int(after) if after.isdecimal() else None,
    )
    return _show(request, item)


@login_required
@reviewer_only
@require_safe
def item_page(request: HtmxRequest, item_id: int) -> HttpResponse:
    """Show one item, taken where it is free."""
    item = get_object_or_404(ReviewItem.objects.select_related("turn"), pk=item_id)
    queue.take(item, request.user, timezone.now())  # type: ignore[arg-type]
    item.refresh_from_db()
    return _show(request, item)


@login_required
@reviewer_only
@require_POST
def verdict(request: HtmxRequest, item_id: int) -> HttpResponse:
    """Store a verdict and show the next item, with an undo."""
    item = get_object_or_404(ReviewItem, pk=item_id)
    form = VerdictForm(request.POST)
    if not form.is_valid():
        return errors.page(request, 400, message="Choose one of the verdicts.")
    stored = decisions.annotate(item, request.user, now=timezone.now(), **form.cleaned_data)  # type: ignore[arg-type]
    if not request.htmx:
        return redirect("review:queue")
    following = queue.take_next(request.user, timezone.now(), reason=_reason(request))  # type: ignore[arg-type]
    return _show(request, following, done=stored)


@login_required
@reviewer_only
@require_POST
def undo(request: HtmxRequest, annotation_id: int) -> HttpResponse:
    """Take back one's own verdict and show its item again."""
    item = decisions.undo(annotation_id, request.user, timezone.now())  # type: ignore[arg-type]
    if item is None:
        return errors.page(request, 404, message="There is no verdict of yours to take back here.")
    if not request.htmx:
        return redirect("review:item", item.pk)
    queue.take(item, request.user, timezone.now())  # type: ignore[arg-type]
    item.refresh_from_db()
    return _show(request, item)


@login_required
@permission_required("review.view_annotation", raise_exception=True)
@require_safe
def export_labels(request: HtmxRequest) -> StreamingHttpResponse:
    """Stream every standing label as JSONL."""
    response = StreamingHttpResponse(_lines(), content_type="application/jsonl")
    response["Content-Disposition"] = 'attachment; filename="labels.jsonl"'
    response["Cache-Control"] = "no-store"
    return response


def _lines() -> Iterator[str]:
    for line in export.labels():
        yield line + "\n"


def _reason(request: HtmxRequest) -> str:
    reason = request.GET.get("reason") or request.POST.get("reason", "")
    return reason if reason in ReviewItem.Reason.values else ""


def _show(
    request: HtmxRequest,
    item: ReviewItem | None,
    done: Annotation | decisions.Taken | None = None,
) -> HttpResponse:
    now = timezone.now()
    reason = _reason(request)
    context = {
        "view": item_view(item) if item else None,
        "progress": queue.progress(request.user, now),  # type: ignore[arg-type]
        "waiting": queue.open_items(reason)[:LISTED],
        "reason": reason,
        "reasons": ReviewItem.Reason.choices,
        "keys": KEYS,
        "done": done if isinstance(done, Annotation) else None,
        "taken": done if isinstance(done, decisions.Taken) else None,
        "now": now,
    }
    if not request.htmx:
        return render(request, "review/queue.html", context)
    response = render(request, "review/_queue.html", context)
    address = reverse("review:queue") + (f"?reason={reason}" if reason else "")
    response["HX-Push-Url"] = reverse("review:item", args=[item.pk]) if item else address
    return response
