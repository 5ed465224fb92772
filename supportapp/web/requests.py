"""The request as views see it, with what middleware adds."""

from django.contrib.auth.models import User
from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails


class HtmxRequest(HttpRequest):
    """A request that went through HtmxMiddleware and RequestMiddleware."""

    htmx: HtmxDetails
    request_id: str


class StaffRequest(HtmxRequest):
    """A request of someone who is logged in and has the view's permission."""

    user: User
