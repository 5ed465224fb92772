"""What can go wrong while starting without servers. The text is for the person at the terminal."""


class EmbeddedError(Exception):
    """The embedded services can't do what was asked; the message says what to do."""
