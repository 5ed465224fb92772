"""Ask a question in the terminal, through the same pipeline as the chat."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from typing import Any

from asgiref.sync import async_to_sync
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console

from supportapp.answering import assemble, pipeline
from supportapp.answering.profiles import profile
from supportapp.answering.values import Answer, Finished, Question, Token
from supportapp.gateway import ledger, recording
from supportapp.guardrails import entrance
from supportapp.guardrails.values import Action
from supportapp.knowledge.models import Audience, Revision, Workspace
from supportapp.llm.errors import ModelError
from supportapp.retrieval.values import Scope
from supportapp.tools.values import Caller
from supportapp.tracing import Trace
from supportapp.work import unit

AUDIENCES = {
    "public": frozenset({Audience.PUBLIC.value}),
    "customers": frozenset({Audience.PUBLIC.value, Audience.CUSTOMERS.value}),
    "staff": frozenset(Audience.values),
}


class Command(BaseCommand):
    help = "Answer a question from the published articles, and show what the answer rests on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("question")
        parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
        parser.add_argument("--workspace", help="the workspace's slug; the first one by default")
        parser.add_argument("--audience", choices=sorted(AUDIENCES), default="public")

    def handle(self, *args: Any, **options: Any) -> None:
        question = _question(options["question"], options["workspace"], options["audience"])
        trace = Trace()
        console = None if options["json"] else Console(stderr=False, highlight=False, markup=False)
        with ledger.opened(workspace_id=question.scope.workspace_id) as kept:
            try:
                answer = async_to_sync(_ask)(question, trace, console)
            except ModelError as error:
                raise CommandError(f"The answer broke off ({error.code}). Try again.") from None
            finally:
                calls = recording.summary(kept.calls)
                recording.close(kept)
        report = _report(answer, trace)
        report["receipt"]["calls"] = calls
        if console is None:
            json.dump(report, sys.stdout, ensure_ascii=False)
            sys.stdout.write("\n")
        else:
            _show(console, answer, report)


def _question(text: str, workspace_slug: str | None, audience: str) -> Question:
    text = entrance.clean(text)
    verdict = entrance.admit(text, longest=settings.MAX_QUESTION_CHARACTERS)
    if verdict.action is Action.BLOCK:
        raise CommandError(f"This can't be asked ({verdict.code}).")
    if workspace_slug is None:
        workspace = Workspace.default()
    else:
        found = Workspace.objects.filter(slug=workspace_slug).first()
        if found is None:
            raise CommandError(f"There is no workspace {workspace_slug!r}.")
        workspace = found
    return Question(
        text=text,
        scope=Scope(workspace.pk, AUDIENCES[audience]),
        assistant=profile(workspace),
        caller=Caller(workspace.pk, AUDIENCES[audience]),
    )


async def _ask(question: Question, trace: Trace, console: Console | None) -> Answer:
    """Stream the answer to the console, if there is one."""
    parts = await unit(assemble.parts, question.scope.workspace_id)
    async for event in pipeline.answer(question, parts=parts, trace=trace):
        if isinstance(event, Token) and console is not None:
            console.print(event.text, end="", soft_wrap=True)
        if isinstance(event, Finished):
            return event.answer
    raise AssertionError("the pipeline ended without an answer")


def _report(answer: Answer, trace: Trace) -> dict[str, Any]:
    numbers = dict(
        Revision.objects.filter(pk__in=[each.revision_id for each in answer.citations]).values_list(
            "pk", "number"
        )
    )
    return {
        "outcome": answer.outcome.value,
        "answer": answer.text,
        "citations": [
            {
                "article": each.slug,
                "revision": numbers.get(each.revision_id),
                "title": each.title,
                "quote": each.quote,
            }
            for each in answer.citations
        ],
        "receipt": {
            **answer.receipt,
            "notices": list(answer.notices),
            "closest": [each.slug for each in answer.closest],
            "suggestions": list(answer.suggestions),
            "steps_ms": {each.name: each.duration_ms for each in trace.records()},
            "total_ms": round(trace.elapsed_ms(), 1),
        },
    }


def _show(console: Console, answer: Answer, report: dict[str, Any]) -> None:
    if answer.kind is None:
        console.print(answer.text, end="")
    console.print("\n")
    for citation, row in zip(answer.citations, report["citations"], strict=True):
        path = " › ".join([citation.title, *citation.headings])
        console.print(f"[{citation.number}] {path}  ({citation.slug}, revision {row['revision']})")
    for closest in answer.closest:
        console.print(f"  closest: {closest.title}  ({closest.slug})")
    receipt = report["receipt"]
    parts = [
        report["outcome"],
        answer.kind.value if answer.kind else "fixed words",
        f"confidence {receipt['confidence']:.2f}" if "confidence" in receipt else "",
        f"generation {receipt['generation']}" if "generation" in receipt else "",
        answer.model,
        *report["receipt"]["notices"],
        f"{receipt['total_ms']:.0f} ms",
    ]
    console.print("\n" + " · ".join(part for part in parts if part), style="dim")
