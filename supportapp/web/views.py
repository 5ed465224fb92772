"""Pages that belong to no room."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from supportapp.knowledge.models import Workspace


@require_safe
def about_ai(request: HttpRequest) -> HttpResponse:
    """What the assistant can and can't do, that it can be wrong, how to reach a person."""
    return render(request, "web/about.html", {"workspace": Workspace.default()})
