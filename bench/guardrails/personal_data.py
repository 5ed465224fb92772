"""How much personal data is found: in labelled sentences, and in made ones of many countries."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from faker import Faker

from bench.guardrails.attacking import rows
from supportapp.guardrails import personal

NAMES = {
    "CREDIT_CARD": "card",
    "US_SSN": "SSN",
    "EMAIL_ADDRESS": "e-mail",
    "IP_ADDRESS": "IP",
    "PHONE_NUMBER": "phone",
    "PERSON": "name",
    "ADDRESS": "address",
    "IBAN_CODE": "IBAN",
}
LOCALES = (
    "en_US", "en_GB", "en_IN", "en_AU", "de_DE", "fr_FR", "es_ES", "it_IT", "nl_NL", "sv_SE",
    "pl_PL", "pt_BR", "ja_JP", "zh_CN",
)  # fmt: skip
FORMS = (
    "{}",
    "Can somebody look at {}, please?",
    "I never got a code to {}.",
    "It is {} and not the other one",
    "My data: {} (since May)",
)
COVERED = 0.8
EACH = 30


def recall(data: Path) -> dict[str, Any]:
    """Return found and wanted by kind, for labelled and for made sentences."""
    return {"labelled": _labelled(data), "made": _made()}


def _is_found(text: str, start: int, end: int) -> bool:
    spans = personal.find(text)
    covered = sum(max(0, min(end, span.end) - max(start, span.start)) for span in spans)
    return covered >= COVERED * (end - start)


def _labelled(data: Path) -> dict[str, Any]:
    wanted: Counter[str] = Counter()
    found: Counter[str] = Counter()
    for row in rows(data, "pii_spans.jsonl"):
        for start, end, kind in row["spans"]:
            if name := NAMES.get(kind):
                wanted[name] += 1
                found[name] += _is_found(row["text"], start, end)
    return _shares(wanted, found)


def _made() -> dict[str, Any]:
    chance = random.Random(7)
    wanted: Counter[str] = Counter()
    found: Counter[str] = Counter()
    for locale in LOCALES:
        faker = Faker(locale)
        faker.seed_instance(7)
        makers: dict[str, Callable[[], str]] = {
            "e-mail": faker.email,
            "card": faker.credit_card_number,
            "IBAN": faker.iban,
            "IP": chance.choice((faker.ipv4, faker.ipv6)),
            "phone": faker.phone_number,
            "name": faker.name,
            "address": faker.address,
        }
        if locale == "en_US":
            makers["SSN"] = faker.ssn
        for name, make in makers.items():
            for _ in range(EACH):
                value = str(make())
                text = chance.choice(FORMS).format(value)
                start = text.index(value)
                wanted[name] += 1
                found[name] += _is_found(text, start, start + len(value))
    return _shares(wanted, found)


def _shares(wanted: Counter[str], found: Counter[str]) -> dict[str, Any]:
    return {
        name: {"found": found[name], "of": count, "recall": round(found[name] / count, 4)}
        for name, count in wanted.items()
    }
