"""Recalls: the list, one being prepared, one being told, one as a record."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from supportapp.changes import recalling, telling
from supportapp.changes.forms import BeginForm, RecallForm
from supportapp.changes.models import Correction, Recall
from supportapp.conversations import mailing
from supportapp.conversations.models import Message, Turn
from supportapp.knowledge.models import Revision
from supportapp.knowledge.rendering import to_html
from supportapp.review import consequences
from supportapp.review.models import Consequence, ReviewItem
from supportapp.web.access import staff_with
from supportapp.web.requests import StaffRequest

SEE, ADD, CHANGE, SEND = (f"changes.{each}_recall" for each in ("view", "add", "change", "send"))
PER_PAGE = 30
TOLD_SHOWN = 50


@staff_with(SEE)
@require_safe
def recall_list(request: StaffRequest) -> HttpResponse:
    """List recalls, the latest first."""
    found = (
        Recall.objects.select_related("revision__article", "turn", "author")
        .annotate(
            told=Count("corrections", filter=Q(corrections__state=Correction.State.TOLD)),
            all=Count("corrections"),
        )
        .order_by("-pk")
    )
    context = {"page": Paginator(found, PER_PAGE).get_page(request.GET.get("page"))}
    return render(request, "changes/recalls.html", context)


@staff_with(ADD)
@require_POST
def begin(request: StaffRequest) -> HttpResponse:
    """Prepare a recall from a label, a receipt or a revision."""
    form = BeginForm(request.POST)
    given = form.cleaned_data if form.is_valid() else {}
    there = {"conversation__deleted_at": None}
    if given.get("item"):
        items = ReviewItem.objects.filter(turn__conversation__deleted_at=None)
        item = get_object_or_404(items.select_related("turn__conversation"), pk=given["item"])
        recall = recalling.begin(request.user, item=item)
    elif given.get("turn"):
        turns = Turn.objects.filter(state=Turn.State.ANSWERED, **there)
        turn = get_object_or_404(turns.select_related("conversation"), pk=given["turn"])
        recall = recalling.begin(request.user, turn=turn)
    elif given.get("revision"):
        revisions = Revision.objects.filter(published_at__isnull=False)
        revision = get_object_or_404(revisions.select_related("article"), pk=given["revision"])
        recall = recalling.begin(request.user, revision=revision)
    else:
        raise Http404
    return redirect("changes:recall", recall.pk)


@staff_with(SEE)
@require_safe
def recall_page(request: StaffRequest, recall_id: int) -> HttpResponse:
    """Show who would be told what; while it is sent, how far it is; later, who has seen it."""
    recall = _recall(recall_id)
    if request.htmx and recall.state != Recall.State.SENDING:
        return HttpResponseClientRefresh()
    return _page(request, recall)


@staff_with(CHANGE)
@require_POST
def write(request: StaffRequest, recall_id: int) -> HttpResponse:
    """Keep words and passages, show whom that concerns; or, by the other button, send."""
    recall = _recall(recall_id)
    if recall.state != Recall.State.DRAFT:
        messages.warning(request, "It is sent already: its words are kept as they are.")
        return redirect("changes:recall", recall.pk)
    offered = [each.passage.pk for each in recalling.basis(recall)]
    form = RecallForm(request.POST, offered=offered)
    if not form.is_valid():
        return _page(request, recall, form, status=400)
    recalling.choose(recall, form.cleaned_data["passages"])
    telling.write(recall, form.cleaned_data["text"], form.cleaned_data["reason"])
    if request.POST.get("action") == "send":
        return _send(request, recall)
    messages.success(request, "Kept. Nobody is told yet.")
    return redirect("changes:recall", recall.pk)


@staff_with(SEND)
@require_POST
def send(request: StaffRequest, recall_id: int) -> HttpResponse:
    """Go on telling, or tell those who got such an answer since."""
    return _send(request, _recall(recall_id))


@staff_with(SEND)
@require_POST
def stop(request: StaffRequest, recall_id: int) -> HttpResponse:
    """Stop telling."""
    if telling.stop(_recall(recall_id)):
        messages.success(request, "Stopped. Who was told, was told.")
    return redirect("changes:recall", recall_id)


def _send(request: StaffRequest, recall: Recall) -> HttpResponse:
    if not request.user.has_perm(SEND):
        messages.error(request, "You may prepare recalls, but not send them.")
        return redirect("changes:recall", recall.pk)
    try:
        count = telling.send(recall, request.user)
    except telling.NotReady as error:
        messages.error(request, str(error))
    else:
        plural = "" if count == 1 else "s"
        messages.success(request, f"{count} conversation{plural} will be told now.")
        if recall.item is not None:
            consequences.note(
                recall.item,
                Consequence.Kind.TOLD,
                request.user,
                key=f"recall-{recall.pk}",
                summary=f"{count} conversation{plural}",
                url=request.path.removesuffix("send/").removesuffix("write/"),
            )
    return redirect("changes:recall", recall.pk)


def _recall(recall_id: int) -> Recall:
    recalls = Recall.objects.select_related(
        "revision__article", "turn__conversation", "item", "author", "sent_by"
    )
    return get_object_or_404(recalls, pk=recall_id)


def _page(
    request: StaffRequest, recall: Recall, form: RecallForm | None = None, *, status: int = 200
) -> HttpResponse:
    is_draft = recall.state == Recall.State.DRAFT
    corrections = recall.corrections.filter(conversation__deleted_at=None)
    told = corrections.filter(state=Correction.State.TOLD)
    untold = recalling.untold(recall)
    context = {
        "recall": recall,
        "form": form,
        "text": form.data.get("text", "") if form else recall.text,
        "reason": form.data.get("reason", "") if form else recall.reason,
        "text_html": to_html(recall.text),
        "basis": recalling.basis(recall),
        "preview": recalling.preview(recall, untold if is_draft else recalling.turns(recall)),
        "is_live": recalling.is_live(recall),
        "since": 0 if is_draft else untold.values("conversation").distinct().count(),
        "remembered": recalling.remembered(recall).exclude(state="retired").count(),
        "is_mailing": mailing.is_on(),
        "waiting": corrections.filter(state=Correction.State.WAITING).count(),
        "told": told.count(),
        "left_out": recall.corrections.filter(state=Correction.State.LEFT_OUT).count(),
        "seen": told.filter(message__seen_at__isnull=False).count(),
        "mailed": told.filter(message__mail=Message.Mail.SENT).count(),
        "mailing_now": told.filter(message__mail=Message.Mail.SENDING).count(),
        "mail_failed": told.filter(message__mail=Message.Mail.FAILED).count(),
        "corrections": told.select_related("message", "turn").order_by("-told_at")[:TOLD_SHOWN],
        "may_change": request.user.has_perm(CHANGE),
        "may_send": request.user.has_perm(SEND),
    }
    return render(request, "changes/recall.html", context, status=status)
