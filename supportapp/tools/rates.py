"""The home-loan rates service: brought in once a business day, kept for ever, dated when shown.

A source that fails leaves the last sheet in force with its date. The same sheet again changes
nothing; an older one is kept as history and never takes the newest one's place.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.utils import timezone
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from supportapp.tools import sources
from supportapp.tools.models import Rate, RateSheet, RateSync
from supportapp.tools.sources import SourceFault

logger = logging.getLogger(__name__)
# Partners' rates are out at 9:00 on each business day where they are.
PUBLISHED_AT, PUBLISHED_IN = time(9, 5), ZoneInfo("Europe/Berlin")
SATURDAY = 5
# After a failure the source is asked again so much later.
AGAIN_AFTER = timedelta(minutes=30)
FUTURE = timedelta(hours=1)
LOCK = 7_320_001
State = RateSync.State
Country = Literal["DE", "NL", "IE"]
Years = Literal[5, 10, 15, 20]


class _Given(BaseModel):
    model_config = ConfigDict(extra="ignore")


class GivenRate(_Given):
    """One rate as the source writes it."""

    bank: Annotated[str, Field(min_length=1, max_length=100)]
    country: Country
    fixed_years: Years
    percent: Annotated[Decimal, Field(ge=0, le=30, decimal_places=2)]


class GivenSheet(_Given):
    """The source's whole answer."""

    as_of: AwareDatetime
    rates: Annotated[list[GivenRate], Field(min_length=1, max_length=2000)]


def sync(location: str, now: datetime, *, network: sources.Network = sources.PUBLIC) -> RateSync:
    """Bring the rates up to date and say how it went; never raises for a bad source."""
    attempt = RateSync.objects.create(started_at=now)
    try:
        data = sources.read(location, network=network)
        sheet, is_new = _store(_parsed(data, now), data, sources.shown(location))
    except SourceFault as fault:
        attempt.state, attempt.error = State.FAILED, fault.reason
    else:
        attempt.state = State.UPDATED if is_new else State.UNCHANGED
        attempt.sheet = sheet
    attempt.finished_at = timezone.now()
    attempt.save()
    logger.info("rates.synced", extra={"fields": {"state": attempt.state, "error": attempt.error}})
    return attempt


def sync_if_due(location: str, now: datetime) -> RateSync | None:
    """Sync where today's rates should be out and aren't here yet; one process at a time."""
    if not location:
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        row = cursor.fetchone()
        if row is None or not row[0]:
            return None
        try:
            return sync(location, now) if is_due(now, *_last()) else None
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def is_due(now: datetime, succeeded: datetime | None, attempted: datetime | None) -> bool:
    """Say whether the source should be asked now."""
    if attempted is not None and now - attempted < AGAIN_AFTER:
        return False
    return succeeded is None or succeeded < last_publication(now)


def last_publication(now: datetime) -> datetime:
    """Return when rates were last due to be out."""
    there = now.astimezone(PUBLISHED_IN)
    day = there.date()
    if there.time() < PUBLISHED_AT:
        day -= timedelta(days=1)
    while day.weekday() >= SATURDAY:
        day -= timedelta(days=1)
    return datetime.combine(day, PUBLISHED_AT, PUBLISHED_IN).astimezone(UTC)


def is_stale(as_of: datetime, now: datetime) -> bool:
    """Say whether a newer sheet should be here: the one in force is from before the last two."""
    return as_of < last_publication(last_publication(now) - timedelta(minutes=10))


def in_force() -> RateSheet | None:
    """Return the newest sheet."""
    return RateSheet.objects.order_by("-as_of").first()


def listed(
    sheet: RateSheet, country: str | None = None, fixed_years: int | None = None
) -> Sequence[Rate]:
    """Return a sheet's rates, the lowest first within country and period."""
    rates = sheet.rates.all()
    if country:
        rates = rates.filter(country=country)
    if fixed_years:
        rates = rates.filter(fixed_years=fixed_years)
    return list(rates)


def _last() -> tuple[datetime | None, datetime | None]:
    """When a sync last worked, and when one was last tried."""
    tried = RateSync.objects.order_by("-started_at")
    worked = tried.filter(state__in=[State.UPDATED, State.UNCHANGED])
    return (
        worked.values_list("started_at", flat=True).first(),
        tried.values_list("started_at", flat=True).first(),
    )


def _parsed(data: bytes, now: datetime) -> GivenSheet:
    try:
        given = GivenSheet.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise SourceFault(f"unreadable: {place}: {first['msg']}"[:200]) from None
    if given.as_of > now + FUTURE:
        raise SourceFault("as_of lies in the future")
    keys = {(each.bank, each.country, each.fixed_years) for each in given.rates}
    if len(keys) < len(given.rates):
        raise SourceFault("a bank has two rates for the same country and period")
    return given


def _store(given: GivenSheet, data: bytes, source: str) -> tuple[RateSheet, bool]:
    digest = hashlib.sha256(data).hexdigest()
    with transaction.atomic():
        sheet, is_new = RateSheet.objects.get_or_create(
            as_of=given.as_of, defaults={"digest": digest, "source": source}
        )
        if is_new:
            Rate.objects.bulk_create(Rate(sheet=sheet, **each.model_dump()) for each in given.rates)
        elif sheet.digest != digest and not _same(sheet, given):
            raise SourceFault("other rates under the same as_of")
    return sheet, is_new


def _same(sheet: RateSheet, given: GivenSheet) -> bool:
    stored = {(r.bank, r.country, r.fixed_years, r.percent) for r in sheet.rates.all()}
    return stored == {(r.bank, r.country, r.fixed_years, r.percent) for r in given.rates}
