"""Debian's Chromium, started so that it calls nobody."""

import os
from pathlib import Path

from playwright.sync_api import Browser, Playwright

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
)


def launch(driver: Playwright) -> Browser:
    """Start it; raises FileNotFoundError, saying how to get it, where there is none."""
    if not CHROMIUM.exists():
        raise FileNotFoundError(f"No Chromium at {CHROMIUM}. Debian: apt-get install chromium")
    return driver.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS))
