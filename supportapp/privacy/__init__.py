"""WHOSE DATA IT IS: export and erase one person, remove what is past its time."""
