"""Who may open a staff page."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.http.response import HttpResponseBase

from supportapp.web.requests import HtmxRequest, StaffRequest

P = ParamSpec("P")
StaffView = Callable[Concatenate[StaffRequest, P], HttpResponseBase]
View = Callable[Concatenate[HtmxRequest, P], HttpResponseBase]


def staff_with(permission: str) -> Callable[[StaffView[P]], View[P]]:
    """Let in who has a permission; send others to log in, or say that they may not.

    A partial isn't replaced by the log-in page: htmx is told to open that instead.
    """

    def decorate(view: StaffView[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HtmxRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not isinstance(request.user, User):
                return _log_in(request)
            if not request.user.has_perm(permission):
                raise PermissionDenied
            return view(cast(StaffRequest, request), *args, **kwargs)

        return guarded

    return decorate


def _log_in(request: HtmxRequest) -> HttpResponse:
    if not request.htmx:
        return redirect_to_login(request.get_full_path())
    page = request.htmx.current_url_abs_path or "/"
    response = HttpResponse(status=401)
    response["HX-Redirect"] = redirect_to_login(page)["Location"]
    return response
