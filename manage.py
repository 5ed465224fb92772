#!/usr/bin/env python
"""Django's command line. In the embedded environment it starts Postgres and Valkey when needed."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "supportapp.settings")
    from supportapp.embedded import prepare_environment

    prepare_environment(sys.argv)
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
