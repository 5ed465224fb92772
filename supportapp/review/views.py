"""The reviewers' side: the queue, one item, a verdict in one key press, the export."""

from collections.abc import AsyncIterator

from asgiref.sync import sync_to_async
from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from supportapp import row_numbers
from supportapp.caching import keeping
from supportapp.review import approving, decisions, export, handoffs, queue
from supportapp.review.forms import ApprovalForm, VerdictForm
from supportapp.review.models import Annotation, ReviewItem
from supportapp.review.showing import KEYS, item_view
from supportapp.web import errors
from supportapp.web.access import staff_with
from supportapp.web.requests import StaffRequest

REVIEW = "review.add_annotation"
APPROVE = "caching.add_rememberedanswer"
LISTED = 30
SKIPPED = "review_skipped"
MOST_SKIPPED = 200


@staff_with(REVIEW)
@require_safe
def queue_page(request: StaffRequest) -> HttpResponse:
    """Show the next item, what waits behind it and today's progress."""
    done = row_numbers.parse(request.GET.get("done", ""))
    stored = (
        None
        if done is None
        else Annotation.objects.filter(pk=done, reviewer=request.user, undone_at=None).first()
    )
    return _show(request, _next(request), stored)


@staff_with(REVIEW)
@require_safe
def item_page(request: StaffRequest, item_id: int) -> HttpResponse:
    """Show one item, taken where it is free."""
    return _show(request, _taken(request, item_id))


@staff_with(REVIEW)
@require_POST
def skip(request: StaffRequest, item_id: int) -> HttpResponse:
    """Let an item go without a verdict; it comes again when all others were shown."""
    request.session[SKIPPED] = [*_skipped(request), item_id][-MOST_SKIPPED:]
    queue.release(item_id, request.user)
    return _show(request, _next(request)) if request.htmx else redirect(_queue_address(request))


@staff_with(REVIEW)
@require_POST
def verdict(request: StaffRequest, item_id: int) -> HttpResponse:
    """Store a verdict and show the next item, with an undo."""
    item = get_object_or_404(ReviewItem, pk=item_id)
    form = VerdictForm(request.POST)
    if not form.is_valid():
        return errors.page(request, 400, message=_fault(form))
    stored = decisions.annotate(item, request.user, now=timezone.now(), **form.cleaned_data)
    if request.htmx:
        return _show(request, _next(request), stored)
    if isinstance(stored, decisions.Taken):
        messages.warning(request, f"Not stored: {stored.by} has that answer.")
        return redirect(_queue_address(request))
    return redirect(_queue_address(request, done=stored.pk))


@staff_with(REVIEW)
@require_POST
def undo(request: StaffRequest, annotation_id: int) -> HttpResponse:
    """Take back one's own verdict and show its item again."""
    item = decisions.undo(annotation_id, request.user, timezone.now())
    if item is None:
        return errors.page(request, 404, message="There is no verdict of yours to take back here.")
    if not request.htmx:
        return redirect("review:item", item.pk)
    return _show(request, _taken(request, item.pk))


@staff_with(APPROVE)
@require_http_methods(["GET", "HEAD", "POST"])
def approve(request: StaffRequest, item_id: int) -> HttpResponse:
    """Let a reviewer word the answer that everybody gets first who asks the same."""
    item = get_object_or_404(ReviewItem.objects.select_related("turn__conversation"), pk=item_id)
    turn = item.turn
    if not approving.is_approvable(turn):
        return errors.page(request, 404, message="This answer rests on nothing to approve it by.")
    first = {
        "question": turn.question,
        "answer": turn.answer,
        "review_by": keeping.default_review(),
    }
    form = ApprovalForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            approving.approve(turn, request.user, **form.cleaned_data)
        except keeping.NotApprovable as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Approved. Whoever asks this gets it from now on.")
            return redirect("review:item", item.pk)
    context = {"form": form, "item": item, "open_requests": handoffs.open_count()}
    return render(request, "review/approve.html", context, status=400 if form.errors else 200)


@staff_with("review.view_annotation")
@require_safe
def export_labels(request: StaffRequest) -> StreamingHttpResponse:
    """Stream every standing label as JSONL."""
    response = StreamingHttpResponse(_lines(), content_type="application/jsonl; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="labels.jsonl"'
    return response


async def _lines() -> AsyncIterator[str]:
    after = 0
    while found := await sync_to_async(export.page)(after):
        after = found[-1].pk
        yield "".join(export.line(annotation) + "\n" for annotation in found)


def _fault(form: VerdictForm) -> str:
    if "verdict" in form.errors:
        return "Choose one of the verdicts."
    return " ".join(str(fault) for fault in form.errors.get("note", ()))


def _may_approve(request: StaffRequest, item: ReviewItem) -> bool:
    return request.user.has_perm(APPROVE) and approving.is_approvable(item.turn)


def _taken(request: StaffRequest, item_id: int) -> ReviewItem:
    item = get_object_or_404(ReviewItem.objects.select_related("turn"), pk=item_id)
    if queue.take(item, request.user, timezone.now()):
        item.refresh_from_db()
    return item


def _next(request: StaffRequest) -> ReviewItem | None:
    """Take the next item; those that were skipped come again when nothing else waits."""
    now, reason = timezone.now(), _reason(request)
    item = queue.take_next(request.user, now, reason=reason, skipped=_skipped(request))
    if item is None and request.session.pop(SKIPPED, None):
        item = queue.take_next(request.user, now, reason=reason)
    return item


def _skipped(request: StaffRequest) -> list[int]:
    return list(request.session.get(SKIPPED, []))


def _reason(request: StaffRequest) -> str:
    reason = request.GET.get("reason") or request.POST.get("reason", "")
    return reason if reason in ReviewItem.Reason.values else ""


def _queue_address(request: StaffRequest, *, done: int | None = None) -> str:
    query = {"reason": _reason(request), "done": str(done or "")}
    asked = urlencode({name: value for name, value in query.items() if value})
    return reverse("review:queue") + (f"?{asked}" if asked else "")


def _show(
    request: StaffRequest,
    item: ReviewItem | None,
    done: Annotation | decisions.Taken | None = None,
) -> HttpResponse:
    now = timezone.now()
    reason = _reason(request)
    context = {
        "view": item_view(item) if item else None,
        "may_approve": item is not None and _may_approve(request, item),
        "held_by": queue.holder(item, request.user, now) if item else None,
        "progress": queue.progress(request.user, now),
        "waiting": queue.open_items(reason)[:LISTED],
        "reason": reason,
        "reasons": ReviewItem.Reason.choices,
        "keys": KEYS,
        "done": done if isinstance(done, Annotation) else None,
        "taken": done if isinstance(done, decisions.Taken) else None,
        "now": now,
        "open_requests": handoffs.open_count(),
    }
    if not request.htmx:
        return render(request, "review/queue.html", context)
    response = render(request, "review/_queue.html", context)
    address = reverse("review:item", args=[item.pk]) if item else _queue_address(request)
    response["HX-Push-Url"] = address
    return response
