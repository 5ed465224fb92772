"""Make bench/wording/misspelt.jsonl anew: `python -m bench.retrieval.misspelling`.

Every question of the sample help centre that articles answer, if it has words in Latin letters,
with slips of the keyboard in one or two of its longer words: two letters swapped, one left out,
one struck twice, or the neighbouring key. Which word and which slip is drawn with a fixed seed;
neither the corrector nor the articles have a say in it.
"""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

from supportapp.retrieval.stopwords import ENGLISH

BENCH = Path(__file__).parents[1]
ASKED = BENCH / "help-centre" / "questions.jsonl"
OUT = BENCH / "wording" / "misspelt.jsonl"
SEED = 20261121
# How usual each slip is; first letters are seldom mistyped, here never.
SLIPS = {"swap": 3, "drop": 3, "double": 2, "neighbour": 2}
TWO_SLIPS = 0.35
_WORD = re.compile(r"(?<!\w)[A-Za-z]{4,}(?!\w)")
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def neighbours(letter: str) -> str:
    """Return the keys beside a letter in its row."""
    row = next((row for row in _ROWS if letter in row), "")
    place = row.find(letter)
    return (row[max(place - 1, 0) : place] + row[place + 1 : place + 2]) if row else ""


def slipped(word: str, draw: random.Random) -> str:
    """Return the word with one slip."""
    kind = draw.choices(list(SLIPS), weights=list(SLIPS.values()))[0]
    if kind == "swap":
        places = [n for n in range(1, len(word) - 1) if word[n] != word[n + 1]]
        if places:
            place = draw.choice(places)
            return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    place = draw.randrange(1, len(word))
    if kind == "drop":
        return word[:place] + word[place + 1 :]
    near = neighbours(word[place].lower())
    if kind == "neighbour" and near:
        return word[:place] + draw.choice(near) + word[place + 1 :]
    return word[:place] + word[place] + word[place:]


def misspelt(text: str, draw: random.Random) -> str:
    """Return the question with one or two words misspelt; as it is where it has no words."""
    words = [each for each in _WORD.finditer(text) if each[0].lower() not in ENGLISH]
    count = 2 if len(words) > 2 and draw.random() < TWO_SLIPS else 1
    for match in sorted(draw.sample(words, min(count, len(words))), key=lambda each: -each.start()):
        text = text[: match.start()] + slipped(match[0], draw) + text[match.end() :]
    return text


def main() -> None:
    """Write the set."""
    draw = random.Random(SEED)
    lines = []
    for line in map(json.loads, ASKED.read_text(encoding="utf-8").splitlines()):
        text = misspelt(line["text"], draw) if line["articles"] else line["text"]
        if text != line["text"]:
            made = {**line, "id": f"misspelt-{line['id']}", "text": text}
            lines.append(json.dumps(made, ensure_ascii=False))
    OUT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(lines)} questions")


if __name__ == "__main__":
    main()
