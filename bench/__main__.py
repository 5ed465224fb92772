"""`python -m bench [FOLDER]`: measure on every benchmark there is and renew docs/benchmarks.md."""

import os
import sys
from pathlib import Path

from django.core.management import call_command

from bench import django_ready

BENCHMARKS = Path(os.environ.get("BENCHMARKS", "../shared/benchmarks"))


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else BENCHMARKS
    django_ready()
    call_command("bench", "all", "--data", str(folder), "--write")


if __name__ == "__main__":
    main()
