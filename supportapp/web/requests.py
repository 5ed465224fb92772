"""The request as views see it, with what middleware adds."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails


class HtmxRequest(HttpRequest):
    """A request that went through HtmxMiddleware and RequestMiddleware."""

    htmx: HtmxDetails
    request_id: str
