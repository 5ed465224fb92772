"""How people and machines speak to each other: insults, threats, and an answer's tone. Pure.

Strong words alone are no reason to refuse: "why the hell was I charged twice" is a question. Only
who insults or threatens somebody is asked to say it otherwise, and is shown how.
"""

from __future__ import annotations

import re

from supportapp.guardrails.values import ALLOWED, Action, Verdict

GUARD = "abuse"
_SWEARING = (
    r"(?:the )?(?:mother)?f+[u*@]+[c*]+k\w*|f\*+\w*|wtf|ffs|bull ?sh[i!*]t\w*|sh[i!*]t(?:ty|s)?|"
    r"crap(?:py)?|"
    r"god ?dam(?:n|mit|ned)|dam(?:n|ned|mit)|(?:bloody|freaking|fricking|effing) |"
    r"(?:the )?hell(?= |$)|"
    r"piss(?:ed)? ?off|screw you|sucks?|arse|ass(?= |$)|bollocks|scheiß\w*|verdammt\w*|merde|puta|"
    r"他妈的?|妈的|操|卧槽"
)
_INSULT = (
    r"idiots?|idiotic|morons?|moronic|imbeciles?|stupid|dumb(?:ass)?|retard(?:ed|s)?|assholes?|"
    r"arseholes?|bitch(?:es)?|bastards?|cunts?|dickheads?|dicks?|pricks?|wankers?|twats?|"
    r"scum(?:bags?)?|"
    r"whores?|sluts?|losers?|pigs?|brain ?dead|clowns?|"
    r"arschl[oö]ch\w*|wichser|hurensohn|connards?|imbécil|gilipollas|pendejo|傻逼|蠢货|白痴|"
    r"垃圾|混蛋"
)
_SLUR = (
    r"n[i1]gg(?:er|a)s?|f[a@]gg?ots?|k[i1]kes?|sp[i1]cs?|ch[i1]nks?|tr[a@]nn(?:y|ies)|g[o0]{2}ks?"
)
_YOU = r"(?:you|u|ur|you're|youre|you are|this bot|this assistant|stupid bot|你们?)"
_AT_SOMEONE = re.compile(
    rf"\b{_YOU}\b(?:\W+\w+){{0,3}}?\W+(?:fucking |bloody |total |complete |"
    rf"absolute )*(?:{_INSULT})\b|"
    rf"\b(?:{_INSULT})\W+(?:\w+\W+){{0,2}}?(?:you|u|bots?|ai|machine|robot|assistant|people|support"
    r"|staff|company|idiots?|morons?)\b|"
    r"\b(?:fuck|screw|damn) (?:you|u|off|this bot|your)\b|\bgo to hell\b|\bshut up\b|"
    rf"\bkiss my (?:arse|ass)\b|\bpiss off\b|\b(?:{_SLUR})\b|"
    rf"(?:你们?|这个?机器人)(?:\w{{0,4}})(?:{_INSULT})|(?:{_INSULT})(?:机器人|客服)|傻逼|操你",
    re.IGNORECASE,
)
_THEM = r"(?:you|your (?:staff|family|people|team|house|agents?|employees?)|(?:all )?of you)"
_THREAT = re.compile(
    r"\b(?:i(?:'ll|’ll| will| am going to|'m going to|’m going to| shall)|we(?:'ll| will)) "
    r"(?:\w+ ){0,2}?(?:(?:kill|hurt|shoot|stab|beat|burn|bomb|destroy|attack|murder|smash)"
    rf"(?: (?:down|up))? (?:{_THEM}|your office|everyone|everybody|somebody|someone)|"
    # Who looks for somebody threatens nobody.
    rf"(?:find|hunt)(?: down)? {_THEM})\b(?! (?:an?|another|some)\b)|"
    r"\b(?:i hope|hope) you (?:all )?(?:die|get cancer|burn)\b|\byou(?:'re| are) (?:all )?(?:dead|"
    r"going "
    r"to (?:die|pay with))\b|我要(?:杀|弄死|打死)(?:了)?你",
    re.IGNORECASE,
)
_SWEAR = re.compile(rf"\b(?:{_SWEARING})\b|(?:他妈的?|妈的|卧槽)", re.IGNORECASE)
# "I'm an idiot, can you help me": nobody but the customer is meant.
_OF_ONESELF = re.compile(
    r"\b(?:i|i['’]?m|me|my|this|that|it|it['’]s|sorry)(?: (?!you\b|u\b|your\b|ur\b)[\w'’]+){0,4}? "
    rf"(?:{_INSULT})(?=\s*(?:[,.;:!?-]|(?:but|and|so|question|mistake|of me)\b|$))",
    re.IGNORECASE,
)
# In an answer of ours there is no place for any of these.
_RUDE = re.compile(
    rf"\b(?:{_SLUR}|f+u+c+k\w*|bull ?shit|shit(?:ty)?|assholes?|bitch(?:es)?|bastards?|idiots?|"
    rf"morons?|"
    rf"stupid|dumb(?:ass)?|shut up|screw you|go to hell|pathetic|retard(?:ed|s)?|cunts?)\b|"
    r"\b(?:that(?:'s| is)|what) (?:a )?(?:stupid|dumb|silly|ridiculous) question\b|"
    r"(?<!if )\b(?:that|it)(?:['’]s| is) (?:all |entirely |just )?your (?:fault|problem)\b|"
    r"\byour own (?:fault|problem)\b|\bas i (?:already )?(?:said|told you)\b|"
    r"\b(?:obviously|clearly),? you\b|\bcalm down\b|\bcan'?t you read\b|傻|蠢|废话",
    re.IGNORECASE,
)
SHOUTED = 5


def inspect(text: str) -> Verdict:
    """Decide whether a message may be answered as it is said."""
    if _THREAT.search(text):
        return Verdict(Action.HAND_OVER, "threat", "threat", GUARD)
    if _AT_SOMEONE.search(_OF_ONESELF.sub(" ", text)):
        return Verdict(Action.BLOCK, "abuse", "abuse", GUARD)
    if _SWEAR.search(text):
        return Verdict(Action.REWRITE, "strong_words", guard=GUARD, text=without_insults(text))
    return ALLOWED


def without_insults(text: str) -> str:
    """Return the message without its swearing and insults."""
    text = re.sub(
        rf",?\s*\b(?:{_YOU})\s+(?:are |'re )?(?:such |all |a |an |the )*(?:(?:{_SWEARING}|"
        rf"{_INSULT}|{_SLUR})\W*)+"
        r"(?:bots?|ai|machines?|robots?|assistants?|people|company|team|trash|garbage)?\b",
        " ",
        text,
        flags=re.IGNORECASE,
    )
    text = _AT_SOMEONE.sub(" ", text)
    return _SWEAR.sub(" ", re.sub(rf"\b(?:{_INSULT}|{_SLUR})\b", " ", text, flags=re.IGNORECASE))


def is_rude(sentence: str) -> bool:
    """Say whether a sentence of an answer has a tone that no answer may have."""
    if _RUDE.search(sentence):
        return True
    words = re.findall(r"\b[^\W\d_]{2,}\b", sentence)
    shouted = sum(word.isupper() and len(word) > 2 for word in words)
    return (len(words) >= SHOUTED and shouted >= 0.7 * len(words)) or "!!!" in sentence
