"""The X-ray of a past turn: its question, in its conversation, for whoever asked it."""

from __future__ import annotations

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from supportapp.answering import xray_page
from supportapp.conversations.models import Turn
from supportapp.conversations.xrays import fields_of
from supportapp.knowledge import access
from supportapp.web.access import staff_with
from supportapp.web.requests import StaffRequest


@require_safe
@staff_with("conversations.view_turn")
def xray(request: StaffRequest, turn_id: UUID) -> HttpResponse:
    """Search a stored question again, as of now, and explain it."""
    if not access.is_staff_reader(request.user):
        raise PermissionDenied
    turns = Turn.objects.select_related("conversation__workspace")
    turn = get_object_or_404(turns, pk=turn_id)
    fields = fields_of(turn)
    fields["article"] = request.GET.get("article", "")
    page = xray_page.context(xray_page.form_of(fields))
    return render(request, "retrieval/xray.html", page | {"turn": turn})
