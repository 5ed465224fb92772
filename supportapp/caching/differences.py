"""What makes two questions different, however alike they look: a number, a name, a negation, a
direction, or what is asked for. Pure.

Any of these keeps a remembered answer from being served, whatever the similarity says.
"""

from __future__ import annotations

from supportapp.caching.wording import ANYTHING, Wording
from supportapp.retrieval.analysis import analyser
from supportapp.retrieval.spelling import edits

NUMBER = "number"
NAME = "name"
NEGATION = "negation"
DIRECTION = "direction"
KIND = "kind"

# Whoever asks for the one doesn't want the other.
_OPPOSITES = """
upgrade downgrade | enable disable | activate deactivate | open close | add remove | add delete
increase decrease | raise lower | buy sell | send receive | before after | start stop | start end
begin end | import export | login logout | in out | on off | up down | from to | deposit withdraw
deposit withdrawal | pay refund | monthly yearly | monthly annual | weekly monthly | with without
first last | minimum maximum | lock unlock | block unblock | subscribe unsubscribe
install uninstall | create delete | virtual physical | more less | incoming outgoing | debit credit
domestic international | new old | lost found | upload download | accept reject | accept decline
approve reject | public private | show hide | connect disconnect | allow forbid | allow block
high low | join leave | arrive leave | gain lose | inside outside | internal external
early late | personal business | single family | free paid | buyer seller | customer supplier
mute unmute | follow unfollow | archive restore | freeze unfreeze | freeze thaw | link unlink
pause resume | encrypt decrypt | assign unassign | owner member | admin member | parent child
top bottom | left right | full empty | full partial | temporary permanent | temporarily permanently
android ios | android iphone | mac windows | student teacher | adult child | sender recipient
lend borrow | rent buy | win lose | sign-in sign-out | checkin checkout | check-in check-out
black white | mobile desktop | online offline | manual automatic | manually automatically
fixed variable | gross net | oldest newest | earliest latest | shortest longest
an aus | ein aus | vor nach | mit ohne | avant après | avec sans | antes después | con sin
"""


def _opposites() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for pair in _OPPOSITES.replace("\n", " | ").split("|"):
        words = [_stem(word) for word in pair.split()]
        for word in words:
            found.setdefault(word, set()).update(other for other in words if other != word)
    return {word: frozenset(others) for word, others in found.items()}


def _stem(word: str) -> str:
    return analyser().stem(word)


def difference(one: Wording, other: Wording) -> str:
    """Return what keeps the two from having one answer; "" where nothing is known to."""
    if one.numbers != other.numbers:
        return NUMBER
    if _negates(one, other) or _negates(other, one):
        return NEGATION
    if _unshared(one, other) or _unshared(other, one):
        return NAME
    if _point_apart(one, other):
        return DIRECTION
    if one.kind and other.kind and one.kind != other.kind and not _alike_kinds(one, other):
        return KIND
    return ""


def _negates(one: Wording, other: Wording) -> bool:
    """Say whether one negates what the other, which negates nothing, says plainly."""
    return not other.negated and not one.negated.isdisjoint(other.words | {ANYTHING})


def _unshared(one: Wording, other: Wording) -> bool:
    """Say whether one names what the other doesn't speak of, slips of the keyboard aside."""
    names = one.names
    if other.words - one.words:
        # Another word stands in its place; else it may as well say no more than "incur" does.
        names = names | one.unheard
    return any(not _is_spoken_of(name, other) for name in names - other.names)


def _is_spoken_of(name: str, other: Wording) -> bool:
    if name in other.plain or _stem(name) in other.words:
        return True
    return any(_is_slip(name, word) for word in other.plain)


def _is_slip(word: str, other: str) -> bool:
    if abs(len(word) - len(other)) > 1 or min(len(word), len(other)) < 4:
        return False
    if any(letter.isdigit() for letter in word + other):
        return False
    return word == other or any(edit == other for edit, _ in edits(word))


def _point_apart(one: Wording, other: Wording) -> bool:
    if one.towards & other.away - one.away or one.away & other.towards - one.towards:
        return True
    moved = (one.towards - other.towards) & other.plain
    if moved and (other.towards - one.towards) & one.plain:
        return True
    mine = {_stem(word) for word in one.plain - other.plain}
    theirs = {_stem(word) for word in other.plain - one.plain}
    return any(not theirs.isdisjoint(OPPOSITES.get(word, ())) for word in mine)


def _alike_kinds(one: Wording, other: Wording) -> bool:
    """Where something is done is often how; who asks either wants the same steps."""
    return {one.kind, other.kind} <= {"place", "manner"}


OPPOSITES = _opposites()
