"""Pages that belong to no room."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.views.decorators.http import require_safe

from supportapp.knowledge.models import Workspace


@require_safe
def about_ai(request: HttpRequest) -> HttpResponse:
    """What the assistant can and can't do, that it can be wrong, how to reach a person."""
    return render(request, "web/about.html", {"workspace": Workspace.default()})


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Lead browsers that look here by themselves to the icon that our pages name."""
    return redirect(static("img/favicon.ico"))


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Tell crawlers what is for everyone: the articles, not what customers wrote."""
    return render(request, "web/robots.txt", content_type="text/plain; charset=utf-8")
