"""Import files in the admin: upload, see what would happen, let the worker do it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse

from supportapp import row_numbers
from supportapp.admin_base import ModelAdmin, signed_in
from supportapp.knowledge import jobs
from supportapp.knowledge.admin.forms import MOST_FILES, ImportForm
from supportapp.knowledge.cleaning import clean_line
from supportapp.knowledge.formats.sniffing import SUFFIXES
from supportapp.knowledge.models import ImportJob, Workspace

STATES = ImportJob.State


@admin.register(ImportJob)
class ImportJobAdmin(ModelAdmin[ImportJob]):
    list_display = ("__str__", "workspace", "author", "state", "created_at")
    list_filter = ("state",)
    list_select_related = ("workspace", "author")
    show_full_result_count = False

    def has_import_permission(self, request: HttpRequest) -> bool:
        """Say whether this user may import and so publish."""
        return request.user.has_perms(["knowledge.import_article", "knowledge.publish_article"])

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_import_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: ImportJob | None = None) -> bool:
        return self.has_import_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: ImportJob | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ImportJob | None = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.job_view)
        return [path("<int:pk>/report/", view, name="knowledge_import"), *super().get_urls()]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Take files and check them."""
        if not self.has_import_permission(request):
            raise PermissionDenied
        first = {"workspace": Workspace.default().pk, "audience": "public"}
        form = ImportForm(request.POST or None, initial=first)
        if request.method == "POST" and form.is_valid():
            files = _uploads(request, form)
            if not form.errors:
                data = form.cleaned_data
                job = jobs.check(
                    files,
                    data["workspace"],
                    audience=data["audience"],
                    overwrite=data["overwrite"],
                    author=signed_in(request),
                )
                return redirect(reverse("admin:knowledge_import", args=[job.pk]))
        page = self._context(request) | {
            "form": form,
            "title": "Import articles",
            "suffixes": sorted(SUFFIXES),
            "most_megabytes": settings.MAX_UPLOAD_BYTES // 1_000_000,
            "recent": ImportJob.objects.select_related("author")[:8],
        }
        return render(request, "admin/knowledge/importjob/upload.html", page)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        number = row_numbers.parse(object_id)
        if number is None:
            raise Http404
        return redirect(reverse("admin:knowledge_import", args=[number]))

    def job_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show a job's report and progress; POST starts it."""
        if not self.has_import_permission(request):
            raise PermissionDenied
        job = ImportJob.objects.select_related("workspace", "author").filter(pk=pk).first()
        if job is None:
            raise Http404
        if request.method == "POST":
            if jobs.start(job):
                self.log_addition(request, job, "Import started.")
            else:
                messages.info(request, "This import was started before.")
            return redirect(reverse("admin:knowledge_import", args=[pk]))
        is_running = job.state in (STATES.WAITING, STATES.RUNNING)
        page = self._context(request) | {
            "job": job,
            "report": job.report,
            "is_running": is_running,
            "title": f"Import {job.pk}",
        }
        is_partial = bool(request.headers.get("HX-Request"))
        name = "_job" if is_partial else "job"
        return render(request, f"admin/knowledge/importjob/{name}.html", page)

    def _context(self, request: HttpRequest) -> dict[str, object]:
        return {**self.admin_site.each_context(request), "opts": ImportJob._meta}


def _uploads(request: HttpRequest, form: ImportForm) -> list[tuple[str, bytes]]:
    """Read the uploaded files, after looking at their number and sizes."""
    files: list[UploadedFile[Any]] = request.FILES.getlist("uploads")
    if not files:
        form.add_error("uploads", "Choose one file or more.")
    if len(files) > MOST_FILES:
        form.add_error("uploads", f"At most {MOST_FILES} files at once.")
        return []
    read: dict[str, bytes] = {}
    for file in files:
        name = clean_line(file.name or "")[-200:]
        if (file.size or 0) > settings.MAX_UPLOAD_BYTES:
            limit = settings.MAX_UPLOAD_BYTES // 1_000_000
            form.add_error("uploads", f"{name} is larger than {limit} MB.")
        elif name in read:
            form.add_error("uploads", f"{name} was chosen twice.")
        else:
            read[name] = file.read()
    return list(read.items())
