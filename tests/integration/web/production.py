"""Production settings as they are, with a place for static files that a test may write to."""

import os
from pathlib import Path

from supportapp.settings import *  # noqa: F403

STATIC_ROOT = Path(os.environ["TEST_STATIC_ROOT"])
