"""Show in the terminal why a question finds what it finds: the same as the X-ray's page."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.http import QueryDict
from rich.console import Console

from supportapp.answering import assemble, xray_page, xray_report
from supportapp.answering.reranking import reranking
from supportapp.answering.xray_form import AUDIENCES, LONGEST_CONTEXT, XrayForm
from supportapp.conversations.models import Turn
from supportapp.conversations.xrays import fields_of
from supportapp.knowledge.embeddings import current_embedder
from supportapp.knowledge.models import Workspace
from supportapp.llm.errors import EmbeddingMismatch
from supportapp.retrieval.xray import Shown, explain

MOST_ROWS = 100


class Command(BaseCommand):
    help = "Explain a search: every passage's place and score in each list, and why."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("question", nargs="?")
        parser.add_argument("--workspace", help="the workspace's slug; the first one by default")
        parser.add_argument("--audience", choices=sorted(AUDIENCES), default=None)
        parser.add_argument("--turn", type=UUID, help="take the question from a stored turn")
        parser.add_argument(
            "--context", type=Path, help="a file of earlier lines; the assistant's: “Assistant: …”"
        )
        parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
        parser.add_argument("--limit", type=int, default=10, help="how many passages are shown")

    def handle(self, *args: Any, **options: Any) -> None:
        form = _form(options)
        query = form.query()
        shown = Shown(rows=max(1, min(options["limit"], MOST_ROWS)))
        try:
            xray, _ = explain(
                query,
                form.scope(),
                limits=assemble.search_limits(),
                embedder=current_embedder(),
                shown=shown,
                reranking=reranking(assemble.reader()),
            )
        except EmbeddingMismatch:
            raise CommandError(xray_page.MISMATCH) from None
        verdict = xray_page.verdict(xray, form.cleaned_data["question"])
        if options["json"]:
            json.dump(xray_report.as_json(xray, verdict), sys.stdout, ensure_ascii=False)
            sys.stdout.write("\n")
        else:
            xray_report.show(Console(highlight=False, markup=False), xray, verdict)


def _form(options: dict[str, Any]) -> XrayForm:
    """Fill the page's own form, so that both accept the same."""
    if (options["question"] is None) == (options["turn"] is None):
        raise CommandError("Give either a question or --turn.")
    fields = _turn(options["turn"]) if options["turn"] else QueryDict(mutable=True)
    if options["question"] is not None:
        fields["question"] = options["question"]
        fields["workspace"] = str(_workspace(options["workspace"]).pk)
        fields["audience"] = options["audience"] or "public"
    if options["audience"]:
        fields["audience"] = options["audience"]
    if options["context"]:
        fields["context"] = _read(options["context"])
    form = xray_page.form_of(fields)
    if not form.is_valid():
        faults = [str(fault) for faults in form.errors.values() for fault in faults]
        raise CommandError(" ".join(faults))
    return form


def _turn(turn_id: UUID) -> QueryDict:
    turn = Turn.objects.select_related("conversation__workspace").filter(pk=turn_id).first()
    if turn is None:
        raise CommandError("There is no such turn.")
    return fields_of(turn)


def _workspace(slug: str | None) -> Workspace:
    if slug is None:
        return Workspace.default()
    found = Workspace.objects.filter(slug=slug).first()
    if found is None:
        raise CommandError(f"There is no workspace {slug!r}.")
    return found


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")[-LONGEST_CONTEXT:]
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} can't be read: {error}") from None
