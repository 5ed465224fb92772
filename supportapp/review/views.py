"""The reviewers' side: the queue, one item, a verdict in one key press, the export."""

from __future__ import annotations

from collections.abc import AsyncIterator

from asgiref.sync import sync_to_async
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from supportapp import row_numbers
from supportapp.review import decisions, desk, export, queue
from supportapp.review.forms import VerdictForm
from supportapp.review.models import Annotation, ReviewItem
from supportapp.web import errors
from supportapp.web.access import staff_with
from supportapp.web.requests import StaffRequest

REVIEW = "review.add_annotation"
SKIPPED = "review_skipped"
MOST_SKIPPED = 200
Stored = Annotation | decisions.Taken


@staff_with(REVIEW)
@require_safe
def queue_page(request: StaffRequest) -> HttpResponse:
    """Show the next item, what waits behind it and today's progress."""
    done = row_numbers.parse(request.GET.get("done", ""))
    mine = Annotation.objects.live().filter(reviewer=request.user)
    stored = None if done is None else _with_item(mine.filter(pk=done).first())
    return _show(request, _next(request), stored)


@staff_with(REVIEW)
@require_safe
def item_page(request: StaffRequest, item_id: int) -> HttpResponse:
    """Show one item, taken where it is free."""
    return _show(request, _taken(request, item_id))


@staff_with(REVIEW)
@require_safe
def ahead(request: StaffRequest, item_id: int) -> HttpResponse:
    """Give the page the item after this one, so that it is there when a key is pressed."""
    now, wanted = timezone.now(), desk.filter_of(request.GET)
    skipped = [*_skipped(request), item_id]
    item = queue.take_next(request.user, now, wanted, skipped=skipped, lock=desk.AHEAD)
    if item is None:
        return HttpResponse(status=204)
    context = desk.item_context(item, request.user, now) | {"query": desk.query_of(wanted)}
    response = render(request, "review/_item.html", context)
    response["X-Review-Item"] = str(item.pk)
    return response


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
    """Store a verdict and show the next item, with an undo and with what may follow."""
    item = get_object_or_404(_items(), pk=item_id)
    form = VerdictForm(item.turn, request.POST)
    if not form.is_valid():
        return _refused(request, form)
    if item.state == ReviewItem.State.DISPUTED and not _may_settle(request):
        return errors.page(request, 403, message="Opinions differ here: a lead settles it.")
    judgement = form.cleaned_data["judgement"]
    stored = decisions.annotate(item, request.user, judgement, timezone.now())
    if request.htmx:
        return _after(request, _with_item(stored))
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


@staff_with(REVIEW)
@require_POST
def assign(request: StaffRequest, item_id: int) -> HttpResponse:
    """Give an item to oneself, to somebody, or to everybody again."""
    item = get_object_or_404(ReviewItem, pk=item_id)
    to = row_numbers.parse(request.POST.get("to", ""))
    who = next((each for each in desk.colleagues() if each.pk == to), None)
    if to is not None and who is None:
        return errors.page(request, 400, message="This person doesn’t review answers.")
    if not queue.assign(item.pk, who, timezone.now()):
        messages.warning(request, "This answer was judged meanwhile.")
    elif who is None:
        messages.success(request, "It is anybody’s again.")
    else:
        messages.success(request, f"It is {who.get_username()}’s now.")
    keeps = who == request.user or who is None
    return redirect("review:item", item.pk) if keeps else redirect(_queue_address(request))


@staff_with("review.view_annotation")
@require_safe
def export_labels(request: StaffRequest) -> StreamingHttpResponse:
    """Stream every label as JSONL."""
    response = StreamingHttpResponse(_lines(), content_type="application/jsonl; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="labels.jsonl"'
    return response


async def _lines() -> AsyncIterator[str]:
    after = 0
    while found := await sync_to_async(export.page)(after):
        after = found[-1].annotation.pk
        yield "".join(export.line(each) + "\n" for each in found)


def _refused(request: StaffRequest, form: VerdictForm) -> HttpResponse:
    """Say what can't be stored; the page shows the same item again, as it was filled in."""
    faults = dict.fromkeys(str(fault) for of_field in form.errors.values() for fault in of_field)
    message = " ".join(faults) if "verdict" not in form.errors else "Choose one of the verdicts."
    if not request.htmx:
        return errors.page(request, 400, message=message)
    response = render(request, "review/_refused.html", {"message": message}, status=422)
    response["HX-Reswap"] = "none"
    return response


def _after(request: StaffRequest, stored: Stored | None) -> HttpResponse:
    """Answer a verdict: with all of the next item, or with what is around it where it is shown."""
    shown = row_numbers.parse(request.POST.get("next", ""))
    now, wanted = timezone.now(), desk.filter_of(request.GET)
    item = _items().filter(pk=shown).first() if shown is not None else None
    if item is None or queue.holder(item, request.user, now) is not None:
        return _show(request, _next(request), stored)
    queue.take(item, request.user, now)
    context = desk.around(request.user, wanted, now) | desk.done_context(stored, request.user)
    response = render(request, "review/_after.html", context | {"current": item.pk})
    response["HX-Reswap"] = "none"
    response["HX-Push-Url"] = reverse("review:item", args=[item.pk]) + desk.query_of(wanted)
    return response


def _show(
    request: StaffRequest, item: ReviewItem | None, stored: Stored | None = None
) -> HttpResponse:
    now, wanted = timezone.now(), desk.filter_of(request.GET)
    context = {
        **desk.around(request.user, wanted, now),
        **desk.item_context(item, request.user, now),
        **desk.done_context(stored, request.user),
        "current": item.pk if item else None,
    }
    if not request.htmx:
        return render(request, "review/queue.html", context)
    response = render(request, "review/_queue.html", context)
    address = reverse("review:item", args=[item.pk]) + desk.query_of(wanted) if item else None
    response["HX-Push-Url"] = address or _queue_address(request)
    return response


def _items() -> QuerySet[ReviewItem]:
    return ReviewItem.objects.filter(turn__conversation__deleted_at=None).select_related(
        "turn__conversation__workspace", "assignee", "locked_by"
    )


def _with_item(stored: Stored | None) -> Stored | None:
    """Read a verdict's item as it is now, with its turn."""
    if isinstance(stored, Annotation):
        stored.item = _items().get(pk=stored.item_id)
    return stored


def _may_settle(request: StaffRequest) -> bool:
    return request.user.has_perm("review.settle_reviewitem")


def _taken(request: StaffRequest, item_id: int) -> ReviewItem:
    item = get_object_or_404(_items(), pk=item_id)
    if queue.take(item, request.user, timezone.now()):
        item.locked_by, item.locked_until = request.user, timezone.now() + decisions.LOCK
    return item


def _next(request: StaffRequest) -> ReviewItem | None:
    """Take the next item; those that were skipped come again when nothing else waits."""
    now, wanted = timezone.now(), desk.filter_of(request.GET)
    item = queue.take_next(request.user, now, wanted, skipped=_skipped(request))
    if item is None and request.session.pop(SKIPPED, None):
        item = queue.take_next(request.user, now, wanted)
    return item


def _skipped(request: StaffRequest) -> list[int]:
    return list(request.session.get(SKIPPED, []))


def _queue_address(request: StaffRequest, *, done: int | None = None) -> str:
    asked = desk.query_of(desk.filter_of(request.GET))
    if done is not None:
        asked += ("&" if asked else "?") + urlencode({"done": done})
    return reverse("review:queue") + asked
