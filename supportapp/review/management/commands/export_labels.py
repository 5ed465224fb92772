"""manage.py export_labels: reviewers' labels as JSONL, to a file or to stdout."""

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand

from supportapp.review import export


class Command(BaseCommand):
    help = "Write every standing label as JSONL."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--out", type=Path, help="a file; stdout without it")

    def handle(self, *args: object, **options: object) -> None:
        out = options["out"]
        if not isinstance(out, Path):
            for line in export.labels():
                self.stdout.write(line)
            return
        count = 0
        draft = out.with_name(f".{out.name}.part")
        with draft.open("w", encoding="utf-8") as file:
            for line in export.labels():
                file.write(line + "\n")
                count += 1
        draft.replace(out)
        self.stderr.write(f"{count} labels written to {out}.")
