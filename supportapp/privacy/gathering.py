"""Every row of one person, to be given to them (GDPR, articles 15 and 20)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core import serializers
from django.db import router
from django.db.models import Model
from django.db.models.deletion import Collector
from pgvector.django import HalfVectorField, VectorField

from supportapp.conversations.models import Turn
from supportapp.privacy.people import Person
from supportapp.privacy.places import loose

# Numbers that a model made of words that are exported beside them.
LEFT_OUT = (VectorField, HalfVectorField)


def export(person: Person) -> dict[str, Any]:
    """Return the person's rows by model, each as {"id", fields…}; raises nothing.

    `rows` counts them. Binary vectors are left out; whoever holds the words can make them again.
    """
    rows: dict[str, list[dict[str, Any]]] = {}
    found = _instances(person)
    for model in sorted(found, key=lambda model: model._meta.label):
        ordered = sorted(found[model], key=lambda instance: str(instance.pk))
        rows[model._meta.label] = [_readable(each) for each in ordered]
    return {"rows": sum(map(len, rows.values())), "data": rows}


def _instances(person: Person) -> dict[type[Model], set[Model]]:
    collected = collect(person.conversations)
    turns = [
        *Turn.objects.filter(conversation__in=person.conversations).values_list("pk", flat=True)
    ]
    for place, found in loose(turns, [*person.visitors]):
        collected.setdefault(place.model, set()).update(found)
    if person.account is not None:
        collected.setdefault(type(person.account), set()).add(person.account)
    return {model: instances for model, instances in collected.items() if instances}


def collect(conversations: Iterable[Model]) -> dict[type[Model], set[Model]]:
    """Return what hangs on conversations by foreign keys: all that their deletion would delete."""
    conversations = [*conversations]
    found: dict[type[Model], set[Model]] = {}
    if not conversations:
        return found
    collector = Collector(using=router.db_for_read(type(conversations[0])))
    collector.collect(conversations)
    for model, instances in collector.data.items():
        found.setdefault(model, set()).update(instances)
    for queryset in collector.fast_deletes:
        found.setdefault(queryset.model, set()).update(queryset)
    return found


def _readable(instance: Model) -> dict[str, Any]:
    fields = [
        field.name
        for field in (*instance._meta.concrete_fields, *instance._meta.many_to_many)
        if not isinstance(field, LEFT_OUT) and field.name != "password"
    ]
    (row,) = serializers.serialize("python", [instance], fields=fields)
    return {"id": row["pk"], **row["fields"]}
