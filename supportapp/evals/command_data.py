"""The command's verbs about datasets: list, import, export, suggest."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import CommandError

from supportapp.evals import datasets, importing, lines, suggesting_for
from supportapp.evals.models import Dataset
from supportapp.evals.scorers import assertions
from supportapp.knowledge.models import Workspace

Options = Mapping[str, Any]
Verb = Callable[[Options, Any], None]


def add_arguments(kinds: Any) -> None:
    """Declare the verbs."""
    listing = kinds.add_parser("list", help="datasets and their latest runs")
    taking = kinds.add_parser("import", help="add examples from lines of JSON")
    taking.add_argument("dataset", help="made where there is none of this name")
    taking.add_argument("file", nargs="?", help="a file, or - for stdin; none: the sample's")
    giving = kinds.add_parser("export", help="write a dataset's examples to stdout")
    giving.add_argument("dataset")
    giving.add_argument("--form", choices=["plain", "openai"], default="plain")
    giving.add_argument("--version", type=int, help="an earlier version of it")
    proposing = kinds.add_parser("suggest", help="propose assertions for examples")
    proposing.add_argument("dataset")
    proposing.add_argument("--key", help="one example's; all by default")
    proposing.add_argument("--write", action="store_true", help="take them over")
    for parser in (listing, taking, giving, proposing):
        common(parser)


def common(parser: ArgumentParser) -> None:
    """Declare what every verb takes."""
    parser.add_argument("--workspace", help="the workspace's slug; the first one by default")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")


def workspace_of(options: Options) -> Workspace:
    """Return the workspace that is meant; raises CommandError."""
    slug = options["workspace"]
    if slug is None:
        return Workspace.default()
    found = Workspace.objects.filter(slug=slug).first()
    if found is None:
        raise CommandError(f"There is no workspace {slug!r}.")
    return found


def dataset_of(options: Options) -> Dataset:
    """Return the dataset that is meant; raises CommandError."""
    workspace = workspace_of(options)
    known = workspace.datasets.select_related("workspace")
    found = known.filter(name=options["dataset"]).first()
    if found is None:
        listed = ", ".join(known.values_list("name", flat=True)) or "none"
        raise CommandError(f"There is no dataset {options['dataset']!r}. There are: {listed}.")
    return found


def say(out: Any, options: Options, found: Any, text: str) -> None:
    """Print one JSON object, or words."""
    out.write(json.dumps(found, ensure_ascii=False) if options["json"] else text)


def list_datasets(options: Options, out: TextIO) -> None:
    """Print each dataset with its latest run."""
    rows = []
    for each in workspace_of(options).datasets.all():
        last = each.runs.first()
        rows.append(
            {
                "dataset": each.name,
                "version": each.version,
                "examples": each.current.count(),
                "runs": each.runs.count(),
                "last_run": last.pk if last else None,
                "last_state": last.state if last else "",
            }
        )
    text = "\n".join(
        f"{row['dataset']}  version {row['version']}, {row['examples']} examples,"
        f" {row['runs']} runs"
        + (f", last {row['last_run']} {row['last_state']}" if row["runs"] else "")
        for row in rows
    )
    say(out, options, {"datasets": rows}, text or "No dataset yet. `evals import golden` adds one.")


def import_lines(options: Options, out: TextIO) -> None:
    """Add a file's examples, all or none; raises BadLine."""
    if options["file"] is None:
        data = importing.SAMPLE.read_bytes()
    elif options["file"] == "-":
        data = sys.stdin.buffer.read(lines.MOST_BYTES + 1)
    else:
        path = Path(options["file"])
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        with path.open("rb") as file:
            data = file.read(lines.MOST_BYTES + 1)
    text = importing.decode(data)
    dataset = datasets.named(workspace_of(options), options["dataset"])
    report = importing.load(dataset, text)
    found = {
        "dataset": dataset.name,
        "version": dataset.version,
        "added": report.added,
        "changed": report.changed,
        "unchanged": report.unchanged,
    }
    said = f"{report.added} added, {report.changed} changed, {report.unchanged} unchanged."
    say(out, options, found, f"{dataset.name}: {said}")


def export_lines(options: Options, out: TextIO) -> None:
    """Print a dataset's examples, one a line."""
    dataset = dataset_of(options)
    version = options["version"] or dataset.version
    form = lines.openai if options["form"] == "openai" else lines.plain
    for example in dataset.in_version(version):
        out.write(lines.dump(form(example)).rstrip("\n"))


def suggest(options: Options, out: TextIO) -> None:
    """Propose assertions; with --write, take them over."""
    dataset = dataset_of(options)
    examples = dataset.current.filter(**({"key": options["key"]} if options["key"] else {}))
    found = {each.key: suggesting_for.suggestions(each) for each in examples}
    if options["write"]:
        for each in list(examples):
            datasets.edit(each, {"assertions": [*each.assertions, *found[each.key]]}, None)
    text = "\n".join(
        f"{key}\n" + "\n".join(f"  {assertions.words(each)}" for each in proposed)
        for key, proposed in found.items()
    )
    say(out, options, {"suggestions": found}, text)


VERBS: Mapping[str, Verb] = {
    "list": list_datasets,
    "import": import_lines,
    "export": export_lines,
    "suggest": suggest,
}
