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
        count = 0
        lines: list[str] = []
        for line in export.labels():
            count += 1
            if isinstance(out, Path):
                lines.append(line)
            else:
                self.stdout.write(line)
        if isinstance(out, Path):
            out.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
            self.stderr.write(f"{count} labels written to {out}.")
