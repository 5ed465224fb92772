"""Benchmarks and what is fitted on them. `make bench` runs this package."""

import os


def django_ready() -> None:
    """Start the embedded servers where none are named, and set Django up."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "supportapp.settings")
    from supportapp.embedded import prepare_environment

    prepare_environment(["bench", "bench"])
    import django

    django.setup()
