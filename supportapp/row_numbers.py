"""Numbers of rows, as addresses carry them: what no row can have is read as none."""

LARGEST = 2**63 - 1  # of a bigint


def parse(text: str) -> int | None:
    """Read a row's number; None for anything that is none, however long or odd."""
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(LARGEST))):
        return None
    number = int(text)
    return number if number <= LARGEST else None
