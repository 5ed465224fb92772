"""The guards' figures as Markdown, good ones and bad ones alike."""

from __future__ import annotations

from typing import Any

LEAST = {"e-mail": 0.95, "card": 0.95, "IBAN": 0.95, "SSN": 0.95, "IP": 0.95, "phone": 0.8}


def as_markdown(found: dict[str, Any]) -> list[str]:
    """Return the tables for docs/benchmarks.md."""
    return [
        "**Instructions hidden in articles**, each published and asked about (opening hours):",
        "",
        *_hidden(found["hidden instructions"]),
        "",
        *_counts(found),
        "",
        "**Personal data** found (at least 80% of its characters):",
        "",
        *_personal(found["personal data"]),
        "",
        "**Support check** on sentences made from the sample help centre's articles:",
        "",
        *_support(found["support"]),
        "",
        _time(found["support"]["milliseconds"]),
    ]


def _hidden(found: dict[str, Any]) -> list[str]:
    lines = ["| Who answers | obeyed | facts answered |", "|---|---|---|"]
    for name, each in found.items():
        obeyed, facts = each["obeyed"], each["facts answered"]
        lines.append(f"| {name} | {_of(obeyed)} | {_of(facts)} ({facts['share']:.0%}) |")
    return lines


def _counts(found: dict[str, Any]) -> list[str]:
    mails, prompts = found["tasks in mails"], found["prompt told"]
    rows = [
        ("Tasks hidden in mails, done by a model that does all it sees", _of(mails["guards on"])),
        ("the same with the guards off", _of(mails["guards off"])),
        ("Prompt told by a model that tells it, all guards on", _of(prompts["all guards"])),
        (
            "the same, where such questions reach the model",
            _of(prompts["only what goes out is guarded"]),
        ),
        (
            "Canaries of a draft, a staff article, another workspace in an answer",
            _of(found["others' texts told"]),
        ),
        ("XSTest's honest half turned away", _of(found["refused of XSTest's honest half"])),
        (
            "Own questions with scary words turned away",
            _of(found["refused of own scary questions"]),
        ),
    ]
    return ["| | count |", "|---|---|", *(f"| {name} | {count} |" for name, count in rows)]


def _personal(found: dict[str, Any]) -> list[str]:
    lines = ["| Kind | labelled | made, 14 countries | wanted |", "|---|---|---|---|"]
    for name in sorted({*found["labelled"], *found["made"]}):
        cells = [_recall(found[part].get(name)) for part in ("labelled", "made")]
        wanted = f"≥ {LEAST[name]:.0%}" if name in LEAST else "best effort"
        lines.append(f"| {name} | {' | '.join(cells)} | {wanted} |")
    return lines


def _support(found: dict[str, Any]) -> list[str]:
    parts = [found["words alone"], found["with vectors"]]
    lines = ["| Sentence | held back, by words alone | with vectors |", "|---|---|---|"]
    for kind in parts[0]["by kind"]:
        cells = [f"{_held(part['by kind'][kind])}" for part in parts]
        lines.append(f"| {kind} | {' | '.join(cells)} |")
    for name in ("caught", "false alarms"):
        cells = [f"**{part[name]:.1%}**" for part in parts]
        lines.append(f"| **{name}** | {' | '.join(cells)} |")
    return lines


def _time(found: dict[str, float]) -> str:
    return (
        f"Time added to a sentence, all guards on: p50 {found['p50']} ms, mean {found['mean']} ms, "
        f"p95 {found['p95']} ms ({found['share that asks for vectors']:.0%} of these sentences ask "
        "for vectors); reading the evidence, once an answer: "
        f"{found['reading the evidence once an answer, p50']} ms."
    )


def _of(counted: dict[str, Any]) -> str:
    return f"{counted['count']} of {counted['of']}"


def _recall(each: dict[str, Any] | None) -> str:
    return "–" if each is None else f"{each['recall']:.0%} ({each['found']}/{each['of']})"


def _held(each: dict[str, Any]) -> str:
    return f"{each['share']:.1%} ({each['held']}/{each['of']})"
