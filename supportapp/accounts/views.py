"""The second factor: set up, asked for, its recovery codes."""

from __future__ import annotations

from typing import cast

import django_otp
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import mark_safe
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe
from django_otp.models import Device

from supportapp.accounts import second_factor
from supportapp.accounts.forms import CodeForm
from supportapp.accounts.middleware import is_colleague, needs_code

FRESH = "fresh_recovery_codes"
WRONG = "This code isn't right, or it was used. After a wrong one, wait a moment for the next."


@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def second_factor_page(request: HttpRequest) -> HttpResponseBase:
    """Ask for a code, or have the app set up; both end where the log-in was to lead."""
    if not is_colleague(request.user):
        return redirect_to_login(request.get_full_path())
    user = cast(User, request.user)
    if second_factor.is_set_up(user):
        return _ask(request, user)
    if settings.STAFF_SECOND_FACTOR == "off":
        return redirect(_next(request))
    return _set_up(request, user)


def _ask(request: HttpRequest, user: User) -> HttpResponseBase:
    if not needs_code(user):
        return render(request, "accounts/ready.html", {"left": second_factor.codes_left(user)})
    form = CodeForm(request.POST or None)
    if form.is_valid():
        device = second_factor.check(user, form.cleaned_data["code"])
        if device is not None:
            _verified(request, device)
            return redirect(_next(request))
        form.add_error("code", WRONG)
    status = 422 if form.is_bound else 200
    context = {"form": form, "next": _next(request)}
    return render(request, "accounts/ask.html", context, status=status)


def _set_up(request: HttpRequest, user: User) -> HttpResponseBase:
    device = second_factor.begin(user)
    form = CodeForm(request.POST or None)
    if form.is_valid():
        fresh = second_factor.confirm(user, form.cleaned_data["code"])
        if fresh is not None:
            device.refresh_from_db()
            _verified(request, device)
            request.session[FRESH] = fresh
            return redirect(f"{reverse('accounts:codes')}?next={_next(request)}")
        form.add_error("code", WRONG)
    context = {
        "form": form,
        "next": _next(request),
        "picture": mark_safe(second_factor.picture(device)),  # noqa: S308 # drawn here
        "key": second_factor.spelled(device),
        "required": settings.STAFF_SECOND_FACTOR == "required",
    }
    return render(request, "accounts/set_up.html", context, status=422 if form.is_bound else 200)


@require_safe
def codes(request: HttpRequest) -> HttpResponseBase:
    """Show the recovery codes once, right after they were made."""
    fresh = request.session.pop(FRESH, None)
    if not fresh:
        return redirect("accounts:second_factor")
    return render(request, "accounts/codes.html", {"codes": fresh, "next": _next(request)})


def _verified(request: HttpRequest, device: Device) -> HttpResponse | None:
    """Let the session count as fully signed in, under a new id."""
    request.session.cycle_key()
    django_otp.login(request, device)
    return None


def _next(request: HttpRequest) -> str:
    """Return where to go on: an address of this site only."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    here = {request.get_host()}
    is_safe = url_has_allowed_host_and_scheme(wanted, here, require_https=request.is_secure())
    return wanted if is_safe else reverse("admin:index")
