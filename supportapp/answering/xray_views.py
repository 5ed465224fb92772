"""The X-ray's page: staff type a question and see why each passage stands where it does."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from supportapp.answering import xray_page
from supportapp.knowledge import access
from supportapp.web.access import staff_with
from supportapp.web.requests import StaffRequest


@require_http_methods(["GET", "HEAD", "POST"])
@staff_with("knowledge.view_article")
def xray(request: StaffRequest) -> HttpResponse:
    """Show the form; after a POST, the search explained."""
    if not access.is_staff_reader(request.user):
        raise PermissionDenied
    form = xray_page.form_of(request.POST if request.method == "POST" else None)
    template = "_xray.html" if request.htmx else "xray.html"
    return render(request, f"retrieval/{template}", xray_page.context(form))
