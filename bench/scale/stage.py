"""One step in a process of its own: `python -m bench.scale.stage NAME SIZE [ARGUMENT…]`.

Started by `python -m bench.scale`, which names the database in the environment. The step's figures
are printed as one JSON object on the last line.
"""

import importlib
import json
import sys

import django


def main() -> None:
    name, size, *rest = sys.argv[1:]
    django.setup()
    figures = importlib.import_module(f"bench.scale.{name}").run(int(size), *rest)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
