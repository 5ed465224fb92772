"""`make clean`: remove everything that the embedded services keep, after asking."""

import shutil
import sys

from supportapp.embedded import console, places
from supportapp.embedded.errors import EmbeddedError


def main() -> int:
    """Ask, then remove the data folder; return the exit code."""
    data = places.data_folder()
    if not data.exists():
        return 0
    home = places.find(data)
    if home.lock("supervisor").is_held() or home.lock("keeper").is_held():
        console.fault("supportapp runs from this folder; stop it first.")
        return 1
    folders = list(dict.fromkeys((home.data, home.servers)))
    console.note("This removes all articles, conversations and logins in:")
    for folder in folders:
        print(f"    {folder}")
    if input("Type yes to remove them: ").strip() != "yes":
        console.note("Kept.")
        return 0
    for folder in folders:
        shutil.rmtree(folder)
    console.step("Removed.")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except EmbeddedError as error:
        console.fault(str(error))
        sys.exit(1)
    except (EOFError, KeyboardInterrupt):
        sys.exit(1)
