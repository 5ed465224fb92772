"""Orders come from the shop as CSV or JSON; the same file again changes nothing."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from django.db import transaction
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from supportapp.knowledge.models import Workspace
from supportapp.tools.models import Order

LARGEST = 50_000_000


def _empty_is_none(value: object) -> object:
    return None if value == "" else value


class GivenOrder(BaseModel):
    """One order as the shop writes it. `customer` is the account's user name."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True)

    number: Annotated[str, Field(pattern=r"^TS-[A-Z0-9]{6}$")]
    customer: Annotated[str, Field(min_length=1, max_length=150)]
    item: Annotated[str, Field(min_length=1, max_length=200)]
    state: Literal["received", "packed", "shipped", "delivered", "cancelled", "returned"]
    ordered_on: date
    expected_on: Annotated[date | None, BeforeValidator(_empty_is_none)] = None
    carrier: Annotated[str, Field(max_length=60)] = ""
    tracking: Annotated[str, Field(max_length=60)] = ""
    updated_at: AwareDatetime


@dataclass(frozen=True, slots=True)
class Report:
    """What an import did; refused rows by line with the reason."""

    added: int
    changed: int
    unchanged: int
    refused: tuple[tuple[int, str], ...]


class BadOrders(Exception):
    """A file that can't be read at all; the message is for staff."""


def load(path: Path, workspace: Workspace) -> Report:
    """Import a file; a row older than what is stored is left alone. Raises BadOrders."""
    good: dict[str, GivenOrder] = {}
    refused: list[tuple[int, str]] = []
    for line, row in enumerate(_rows(path), start=1):
        try:
            given = GivenOrder.model_validate(row)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            refused.append((line, f"{'.'.join(map(str, first['loc']))}: {first['msg']}"))
            continue
        known = good.get(given.number)
        if known is None or known.updated_at <= given.updated_at:
            good[given.number] = given
    with transaction.atomic():
        counts = [_keep(given, workspace) for given in good.values()]
    return Report(
        counts.count("added"), counts.count("changed"), counts.count("same"), tuple(refused)
    )


def _keep(given: GivenOrder, workspace: Workspace) -> str:
    values = given.model_dump(exclude={"number"})
    order, is_new = Order.objects.select_for_update().get_or_create(
        workspace=workspace, number=given.number, defaults=values
    )
    if is_new:
        return "added"
    if order.updated_at >= given.updated_at:
        return "same"
    for name, value in values.items():
        setattr(order, name, value)
    order.save()
    return "changed"


def _rows(path: Path) -> Iterator[Any]:
    try:
        if path.stat().st_size > LARGEST:
            raise BadOrders(f"The file is larger than {LARGEST // 1_000_000} MB.")
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise BadOrders("The file can't be read as UTF-8 text.") from None
    if path.suffix.lower() == ".json":
        yield from _from_json(text)
    else:
        yield from csv.DictReader(io.StringIO(text))


def _from_json(text: str) -> list[Any]:
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError):
        raise BadOrders("The file isn't valid JSON.") from None
    if not isinstance(rows, list):
        raise BadOrders("The file must hold a list of orders.")
    return rows
