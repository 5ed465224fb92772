"""A customer's own data, and staff who do the same for somebody who wrote to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from supportapp.audit import trail
from supportapp.audit.trail import Action
from supportapp.conversations import visitors
from supportapp.conversations.access import visitor_page
from supportapp.conversations.models import Turn
from supportapp.privacy import erasing, gathering, people
from supportapp.privacy.forms import EraseForm, WhoForm
from supportapp.privacy.people import Person
from supportapp.web import errors, limits
from supportapp.web.access import staff_with
from supportapp.web.requests import HtmxRequest, StaffRequest

PERMISSION = "audit.handle_personal_data"
RUNNING = "An answer is being written. Try again when it is there."


@require_safe
@visitor_page
def mine(request: HtmxRequest) -> HttpResponse:
    """Say what is kept of this browser's conversations, and what can be done about it."""
    return _page(request, people.of_visitor(visitors.current(request)))


def _page(request: HtmxRequest, person: Person, form: EraseForm | None = None) -> HttpResponse:
    context = {
        "form": form,
        "conversations": person.conversations.filter(deleted_at=None).count(),
        "kept_days": settings.RETENTION_DAYS,
        "deleted_days": settings.DELETED_DAYS,
    }
    return render(request, "privacy/mine.html", context, status=422 if form else 200)


@require_POST
@visitor_page
def export_mine(request: HtmxRequest) -> HttpResponse:
    """Give a customer everything that was asked from this browser, as JSON."""
    person = people.of_visitor(visitors.current(request))
    if retry := limits.may_write(visitors.current(request)):
        return errors.page(request, 429, retry_after=retry.seconds)
    return _file(gathering.export(person), "my-conversations")


@require_POST
@visitor_page
def erase_mine(request: HtmxRequest) -> HttpResponse:
    """Erase everything that was asked from this browser."""
    visitor = visitors.current(request)
    person = people.of_visitor(visitor)
    form = EraseForm(request.POST)
    if retry := limits.may_write(visitor):
        return errors.page(request, 429, retry_after=retry.seconds)
    if _is_running(person):
        return errors.page(request, 409, message=RUNNING)
    if not form.is_valid():
        return _page(request, person, form)
    erasing.erase(person)
    return render(request, "privacy/erased.html")


@require_http_methods(["GET", "POST"])
@staff_with(PERMISSION)
def person(request: StaffRequest) -> HttpResponse:
    """Look somebody up; the address or name travels in no URL."""
    form = WhoForm(request.POST or None)
    found = _found(form)
    status = 422 if form.is_bound and found is None else 200
    return render(request, "privacy/person.html", _shown(form, found), status=status)


@require_POST
@staff_with(PERMISSION)
def export_person(request: StaffRequest) -> HttpResponse:
    """Give a person's data to who answers them."""
    found = _found(WhoForm(request.POST))
    if found is None:
        return redirect("privacy:person")
    data = gathering.export(found)
    trail.note(Action.EXPORTED, actor=request.user, what="person", rows=data["rows"])
    return _file(data, "person")


@require_POST
@staff_with(PERMISSION)
def erase_person(request: StaffRequest) -> HttpResponse:
    """Erase a person's data, once the box is ticked."""
    who, sure = WhoForm(request.POST), EraseForm(request.POST)
    found = _found(who)
    if found is None:
        return redirect("privacy:person")
    if _is_running(found):
        return errors.page(request, 409, message=RUNNING)
    if not sure.is_valid():
        shown = _shown(who, found) | {"sure": sure}
        return render(request, "privacy/person.html", shown, status=422)
    erased = erasing.erase(found, request.user)
    done = {"form": WhoForm(), "erased": sum(erased.values())}
    return render(request, "privacy/person.html", done)


def _found(form: WhoForm) -> Person | None:
    if not form.is_bound or not form.is_valid():
        return None
    try:
        return people.find(form.cleaned_data["who"])
    except people.Unknown as error:
        form.add_error("who", str(error))
        return None


def _shown(form: WhoForm, found: Person | None) -> dict[str, Any]:
    if found is None:
        return {"form": form}
    account: User | None = found.account
    return {
        "form": form,
        "found": found,
        "conversations": found.conversations.count(),
        "is_staff": account is not None and account.is_staff,
    }


def _is_running(person: Person) -> bool:
    running = Turn.objects.filter(conversation__in=person.conversations, state__in=Turn.RUNNING)
    return running.exists()


def _file(data: Mapping[str, Any], name: str) -> HttpResponse:
    made = JsonResponse(data, encoder=DjangoJSONEncoder, json_dumps_params={"indent": 1})
    made["Content-Disposition"] = f'attachment; filename="{name}.json"'
    return made
