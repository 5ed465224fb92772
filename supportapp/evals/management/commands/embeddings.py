"""`manage.py embeddings`: see, add, fill, compare, switch and remove embedding models."""

from __future__ import annotations

import json
import re
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console

from supportapp.evals import benchmark, comparing, comparison_report
from supportapp.evals.benchmark import BenchmarkError
from supportapp.evals.progress import bars
from supportapp.knowledge import filling, switching
from supportapp.knowledge.embedders import Endpoint
from supportapp.knowledge.models import EmbeddingModel, Workspace
from supportapp.knowledge.models.embedding_models import KEY_VARIABLE
from supportapp.knowledge.switching import Refused, Switched
from supportapp.llm.errors import EmbeddingUnavailable

Kind = EmbeddingModel.Kind


class Command(BaseCommand):
    help = "See, add, fill, compare, switch and remove embedding models while the site answers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        listed = verbs.add_parser("list", help="each model, its state, how far it is filled")
        listed.add_argument("--json", action="store_true", help="print one JSON object")
        _add_arguments(verbs.add_parser("add", help="probe an endpoint and keep it"))
        fill = verbs.add_parser("fill", help="make the vectors it lacks, in the background")
        fill.add_argument("name")
        fill.add_argument("--pause", action="store_true", help="stop until it is filled again")
        fill.add_argument("--here", action="store_true", help="in this process, and wait")
        compare = verbs.add_parser("compare", help="ask labelled questions with either of two")
        compare.add_argument("names", nargs=2, metavar="NAME")
        given = compare.add_mutually_exclusive_group(required=True)
        given.add_argument("--data", type=Path, metavar="DIR", help="a benchmark's folder")
        given.add_argument("--questions", type=Path, metavar="FILE", help="questions as JSONL")
        compare.add_argument("--workspace", default="", help="whose articles answer; its slug")
        compare.add_argument("--limit", type=int, metavar="N", help="only the first N questions")
        compare.add_argument("--json", action="store_true", help="print one JSON object")
        switch = verbs.add_parser("switch", help="let it answer from the next question on")
        switch.add_argument("name")
        switch.add_argument("--force", action="store_true", help="though it lacks vectors")
        verbs.add_parser("rollback", help="let the model before answer again")
        drop = verbs.add_parser("drop", help="remove a model with its vectors and its index")
        drop.add_argument("name")
        drop.add_argument("--yes", action="store_true", help="don't only say what would go")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['verb']}")(options)
        except (Refused, BenchmarkError, EmbeddingUnavailable) as error:
            raise CommandError(str(error)) from None

    def _list(self, options: dict[str, Any]) -> None:
        rows = comparison_report.models()
        if options["json"]:
            self.stdout.write(json.dumps(rows, ensure_ascii=False))
        else:
            Console(file=sys.stdout).print(comparison_report.models_table(rows))

    def _add(self, options: dict[str, Any]) -> None:
        key = options["key_variable"]
        if key and not re.match(KEY_VARIABLE, key):
            raise CommandError("Name the variable of the key EMBEDDING_KEY_ and more capitals.")
        model = switching.add(
            Endpoint(
                name=options["name"],
                kind=Kind.LOCAL if options["local"] else Kind.OPENAI,
                base_url=options["url"],
                served_name=options["model"],
                key_variable=key,
                batch=options["batch"],
                requests_per_minute=options["per_minute"],
            )
        )
        self.stdout.write(
            f"{model.name} gives vectors of {model.dimension} dimensions. Nothing was sent to it"
            f" but a word: `manage.py embeddings fill {model.name}` fills it."
        )

    def _fill(self, options: dict[str, Any]) -> None:
        model = _model(options["name"])
        if options["pause"]:
            if not filling.pause(model):
                raise CommandError(f"{model.name} isn't being filled.")
            self.stdout.write(f"{model.name} is paused.")
        elif options["here"]:
            self._fill_here(model)
        else:
            filling.start(model)
            lacking = filling.missing(model)
            self.stdout.write(
                f"The worker makes {lacking:,} vectors; `manage.py embeddings list` tells how far"
                " it is."
            )

    def _fill_here(self, model: EmbeddingModel) -> None:
        with bars() as show:
            is_ours = filling.run_here(model, lambda done, total: show("Embedding", done, total))
        if not is_ours:
            raise CommandError(f"{model.name} is being filled by another process.")
        found = filling.progress(model)
        self.stdout.write(f"{model.name} has {found.ready:,} of {found.total:,} vectors.")

    def _compare(self, options: dict[str, Any]) -> None:
        first, second = (_model(name) for name in options["names"])
        with bars() as progress:
            if options["data"]:
                known = benchmark.read(options["data"])
                questions = comparing.of_benchmark(known, progress, options["limit"])
            else:
                questions = _questions(options)
            figures = comparing.compare(questions, first, second, progress)
        if options["json"]:
            self.stdout.write(json.dumps(figures, ensure_ascii=False))
        else:
            console = Console(file=sys.stdout)
            console.print(comparison_report.measures_table(figures))
            console.print(comparison_report.changed_table(figures))

    def _switch(self, options: dict[str, Any]) -> None:
        self._say(switching.switch(_model(options["name"]), force=options["force"]))

    def _rollback(self, options: dict[str, Any]) -> None:
        self._say(switching.rollback())

    def _say(self, switched: Switched) -> None:
        before = f", {switched.before.name} stands by" if switched.before else ""
        self.stdout.write(f"{switched.now.name} answers from the next question on{before}.")
        if switched.missing:
            self.stdout.write(f"It lacks {switched.missing:,} vectors; the worker makes them.")

    def _drop(self, options: dict[str, Any]) -> None:
        model = _model(options["name"])
        if model.state == EmbeddingModel.State.ACTIVE:
            raise Refused(f"{model.name} is the active model: switch to another one first.")
        if not options["yes"]:
            count = switching.vectors_of(model)
            self.stdout.write(f"{count:,} vectors and their index would go: repeat with --yes.")
            return
        count = switching.retire(model)
        self.stdout.write(f"The worker removes {model.name}: {count:,} vectors and their index.")


def _add_arguments(add: ArgumentParser) -> None:
    add.add_argument("name", help="what it is called here")
    add.add_argument("--url", default="", help="such as http://127.0.0.1:11434/v1")
    add.add_argument("--model", default="", help="what the endpoint calls it, if not the same")
    add.add_argument("--key-variable", default="", metavar="EMBEDDING_KEY_…", help="its key")
    add.add_argument("--batch", type=int, default=128, help="texts in a request")
    add.add_argument("--per-minute", type=int, default=0, help="requests; 0: no limit")
    add.add_argument("--local", action="store_true", help="the model on this machine")


def _model(name: str) -> EmbeddingModel:
    found = EmbeddingModel.objects.filter(name=name).first()
    if found is None:
        known = ", ".join(EmbeddingModel.objects.values_list("name", flat=True)) or "none"
        raise CommandError(f"There is no model named {name}. There are: {known}.")
    return found


def _questions(options: dict[str, Any]) -> comparing.Questions:
    path: Path = options["questions"]
    try:
        lines = comparing.parse(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        raise CommandError(f"{path} can't be read as text.") from None
    slug = options["workspace"]
    workspace = Workspace.objects.filter(slug=slug).first() if slug else Workspace.default()
    if workspace is None:
        raise CommandError(f"There is no workspace {slug}.")
    return comparing.of_workspace(path.stem, workspace, lines[: options["limit"]])
