"""What the person at the terminal reads. Colours and signs only where the terminal has them."""

import os
import sys


def _plain() -> bool:
    return (
        not sys.stdout.isatty()
        or bool(os.environ.get("NO_COLOR"))
        or os.environ.get("TERM", "dumb") == "dumb"
    )


def _sign(fancy: str, simple: str) -> str:
    encoding = sys.stdout.encoding or "ascii"
    try:
        fancy.encode(encoding)
    except UnicodeEncodeError:
        return simple
    return fancy


def _coloured(text: str, code: str) -> str:
    return text if _plain() else f"\033[{code}m{text}\033[0m"


def bold(text: str) -> str:
    """Return the text, heavier."""
    return _coloured(text, "1")


def link(text: str) -> str:
    """Return an address, easy to spot."""
    return _coloured(text, "1;36")


def step(text: str) -> None:
    """Report something done."""
    print(f"{_coloured(_sign('✓', '-'), '32')} {text}", flush=True)


def note(text: str) -> None:
    """Report something worth knowing."""
    print(f"{_coloured(_sign('•', '*'), '33')} {text}", flush=True)


def fault(text: str) -> None:
    """Report what went wrong, on standard error."""
    sys.stdout.flush()
    print(f"{_coloured(_sign('✗', 'x'), '31')} {text}", file=sys.stderr, flush=True)


def table(title: str, rows: list[tuple[str, str]]) -> None:
    """Print a title and rows of name and text; a text may have several lines."""
    width = max(len(name) for name, _ in rows) + 3
    print(f"\n  {bold(title)}\n")
    for name, text in rows:
        first, *more = text.split("\n")
        print(f"  {name:<{width}}{first}")
        for line in more:
            print(f"  {'':<{width}}{line}")
    print(flush=True)
