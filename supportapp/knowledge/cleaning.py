"""Take out of a text what no reader sees: control, invisible, tag and direction characters. Pure.

Such characters carry hidden instructions to models and make texts look like other texts.
"""

import re
import unicodedata

# Joiners shape Persian, Indic and emoji sequences; elsewhere they hide.
_JOINERS = re.compile(
    "(?<![\u0600-\u0dff\u200d\u2190-\u2bff\ufe0f\U0001f000-\U0001faff])[\u200c\u200d]"
)
_INVISIBLE = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f"  # controls but tab and line feed
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    "\ue000\ue001"  # rendering marks a highlighted passage by these two
    "\ud800-\udfff]"
)
_LINE_ENDS = re.compile("\r\n?|[\u0085\u2028\u2029]")
_SPACES = re.compile(r"\s+")


def clean(text: str) -> str:
    """Return the text in one Unicode form, with plain line ends, without what can't be seen."""
    text = _INVISIBLE.sub("", _LINE_ENDS.sub("\n", text))
    return unicodedata.normalize("NFC", _JOINERS.sub("", text))


def clean_line(text: str) -> str:
    """Return a cleaned text on one line, without space around it."""
    return _SPACES.sub(" ", clean(text)).strip()
