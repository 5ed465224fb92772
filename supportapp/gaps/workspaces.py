"""Which workspace a page of this room shows."""

from __future__ import annotations

from django.http import HttpRequest

from supportapp import row_numbers
from supportapp.knowledge.models import Workspace


def chosen(request: HttpRequest) -> tuple[Workspace, list[Workspace]]:
    """Return the workspace that a request names, else the first; and all there are."""
    known = list(Workspace.objects.order_by("pk")) or [Workspace.default()]
    named = request.GET.get("workspace") or request.POST.get("workspace") or ""
    wanted = row_numbers.parse(named)
    return next((each for each in known if each.pk == wanted), known[0]), known
