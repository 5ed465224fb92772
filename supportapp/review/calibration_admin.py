"""Staff's page of when not to answer: the curve, the threshold, and what was learned when."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse

from supportapp import row_numbers
from supportapp.admin_base import FixedAdmin, signed_in
from supportapp.evals import calibrations as fits
from supportapp.evals.calibrations import PromiseTooHigh
from supportapp.knowledge.models import Workspace
from supportapp.retrieval import calibrations
from supportapp.retrieval.models import Calibration
from supportapp.review import calibrating, calibration_page
from supportapp.review.calibration_form import PromiseForm, ThresholdForm

SHIPPED = "shipped"
NEXT = "It counts from the next question on."


@admin.register(Calibration)
class CalibrationAdmin(FixedAdmin[Calibration]):
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        name = "retrieval_calibration"
        return [
            path("<int:pk>/promise/", view(self.promise_view), name=f"{name}_promise"),
            path("<int:pk>/threshold/", view(self.threshold_view), name=f"{name}_threshold"),
            path("<int:pk>/recalibrate/", view(self.recalibrate_view), name=f"{name}_recalibrate"),
            path("<int:pk>/job/", view(self.job_view), name=f"{name}_job"),
            path("<int:pk>/switch/", view(self.switch_view), name=f"{name}_switch"),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show one workspace's page."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return self._page(request, self._workspace(request))

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return redirect("admin:retrieval_calibration_changelist")

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        number = row_numbers.parse(object_id)
        known = Calibration.objects.filter(pk=number).first() if number is not None else None
        if known is None:
            raise Http404
        return redirect(_address(known.workspace_id))

    def promise_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Set the threshold that keeps a promise."""
        workspace, known = self._posted(request, pk)
        form = PromiseForm(request.POST)
        if not form.is_valid():
            return self._page(request, workspace, promise_form=form)
        try:
            made = calibrating.promise(known, form.precision, signed_in(request))
        except PromiseTooHigh as error:
            form.add_error("percent", str(error))
            return self._page(request, workspace, promise_form=form)
        return self._done(request, made)

    def threshold_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Set the threshold by hand."""
        workspace, known = self._posted(request, pk)
        form = ThresholdForm(request.POST)
        if not form.is_valid():
            return self._page(request, workspace, threshold_form=form)
        threshold = form.cleaned_data["threshold"]
        return self._done(request, calibrating.set_threshold(known, threshold, signed_in(request)))

    def recalibrate_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Let the worker learn from the labels."""
        workspace = self._writable(request, pk)
        form = PromiseForm(request.POST)
        if not form.is_valid():
            return self._page(request, workspace, fit_form=form)
        calibrating.start(workspace, form.precision, signed_in(request))
        return redirect(_address(pk))

    def job_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show how far the worker is; once it is done, the page is loaded anew."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        page = calibration_page.job_context(_workspace_or_404(pk))
        response = render(request, "admin/retrieval/calibration/_job.html", page)
        if not page["is_running"]:
            response["HX-Redirect"] = _address(pk)
        return response

    def switch_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Let an earlier calibration count again, or the shipped numbers."""
        workspace = self._writable(request, pk)
        chosen = request.POST.get("calibration", "")
        number = row_numbers.parse(chosen)
        stored = Calibration.objects.filter(workspace=workspace)
        known = stored.filter(pk=number).first() if number is not None else None
        if known is None and chosen != SHIPPED:
            raise Http404
        calibrations.switch(workspace, known)
        if known is not None:
            self.log_change(request, known, "Switched back to.")
        name = f"{known} counts" if known else "What was shipped counts"
        messages.success(request, f"{name} from the next question on.")
        return redirect(_address(pk))

    def _done(self, request: HttpRequest, made: Calibration) -> HttpResponse:
        point = fits.curve_of(made).at(made.threshold)
        self.log_addition(request, made, f"Threshold set to {made.threshold:.3f}.")
        messages.success(
            request,
            f"Of 100 questions it answers {point.answered_of_100}, {point.wrong_of_100} of these"
            f" wrongly. {NEXT}",
        )
        return redirect(_address(made.workspace_id))

    def _posted(self, request: HttpRequest, pk: int) -> tuple[Workspace, Calibration]:
        workspace = self._writable(request, pk)
        known = calibrations.active(workspace)
        if known is None:
            raise Http404
        return workspace, known

    def _writable(self, request: HttpRequest, pk: int) -> Workspace:
        if request.method != "POST" or not self.has_add_permission(request):
            raise PermissionDenied
        return _workspace_or_404(pk)

    def _workspace(self, request: HttpRequest) -> Workspace:
        chosen = request.GET.get("workspace")
        if chosen is None:
            return Workspace.default()
        return _workspace_or_404(row_numbers.parse(chosen))

    def _page(self, request: HttpRequest, workspace: Workspace, **forms: object) -> HttpResponse:
        page = {
            **self.admin_site.each_context(request),
            **calibration_page.context(workspace),
            **forms,
            "opts": Calibration._meta,
            "title": "When not to answer",
            "may_set": self.has_add_permission(request),
        }
        return render(request, "admin/retrieval/calibration/page.html", page)


def _workspace_or_404(pk: int | None) -> Workspace:
    workspace = Workspace.objects.filter(pk=pk).first() if pk is not None else None
    if workspace is None:
        raise Http404
    return workspace


def _address(workspace_id: int) -> str:
    return f"{reverse('admin:retrieval_calibration_changelist')}?workspace={workspace_id}"
