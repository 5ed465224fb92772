"""Settings that contradict each other, or can't be read, as Django system checks."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from limits import parse_many

RATES = (
    "RATE_ASK_VISITOR",
    "RATE_ASK_ADDRESS",
    "RATE_WRITE_VISITOR",
    "RATE_PERSON_ADDRESS",
    "RATE_SOCKET_FRAMES",
)


@register
def rates_can_be_read(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """Each RATE_… setting is in the notation of `limits`, as in "20/minute"."""
    faults: list[CheckMessage] = []
    for name in RATES:
        try:
            count = len(parse_many(getattr(settings, name)))
        except ValueError:
            count = 0
        if count != 1:
            hint = 'Write it as one rate, as in "20/minute".'
            faults.append(Error(f"{name} can't be read.", hint=hint, id="web.E001"))
    return faults


@register
def tasks_end_before_they_are_sent_again(
    app_configs: Sequence[Any] | None, **kwargs: Any
) -> list[CheckMessage]:
    """A task that outlives the broker's visibility time-out would run twice at once."""
    visible = settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"]
    if visible > settings.CELERY_TASK_TIME_LIMIT:
        return []
    return [
        Error(
            "CELERY_TASK_TIME_LIMIT must be below the broker's visibility_timeout.", id="web.E002"
        )
    ]
