"""`python -m supportapp.embedded`, which `make run` calls."""

import os
import sys

from supportapp.embedded import console, places
from supportapp.embedded.errors import EmbeddedError
from supportapp.embedded.supervisor import Port, Supervisor


def main() -> int:
    """Run everything until Ctrl-C; return the exit code."""
    if os.environ.get("SUPPORTAPP_ENV", "embedded") != "embedded":
        console.fault(
            "make run is for SUPPORTAPP_ENV=embedded. docs/operations.md says how to run in "
            "production."
        )
        return 1
    try:
        return Supervisor(places.data_folder(), Port.from_environment()).run()
    except EmbeddedError as error:
        console.fault(str(error))
        return 1


if __name__ == "__main__":
    sys.exit(main())
