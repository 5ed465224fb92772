"""What small talk, distress and injected structure look like. Data; `guardrails` reads it. Pure.

Small talk must be the whole message: "thanks" is thanks, "thanks, how do I cancel?" is a question.
"""

from __future__ import annotations

import re

_OPENERS = r"(?:hi|hello|hey|hiya|good (?:morning|afternoon|evening|day)|greetings)"
_POLITE = r"(?:please|thanks|thank you)"

WHOLE_MESSAGE: tuple[tuple[str, str], ...] = (
    ("greeting", rf"{_OPENERS}(?: (?:there|all|everyone|again|team|support|tally))*"),
    ("greeting", r"(?:你好|您好|嗨|哈喽|早上好|下午好|晚上好|在吗|有人吗)(?:啊|呀|吗)?"),
    (
        "thanks",
        r"(?:(?:ok|okay|great|perfect|super|cool|got it|that helped|that works)[,.! ]*)*"
        r"(?:many |much )?(?:thanks|thank you|thx|ty|cheers|much appreciated)"
        r"(?: (?:a lot|so much|very much|again|you|for (?:your|the) help))*",
    ),
    ("thanks", r"(?:好的|好|明白了|知道了)?[,， ]*(?:谢谢|多谢|感谢|非常感谢)(?:你|您|啦|了|哦)*"),
    ("goodbye", r"(?:bye|bye bye|goodbye|see you|see you later|good night)"),
    ("goodbye", r"(?:再见|拜拜|晚安)"),
    (
        "who",
        rf"(?:{_OPENERS}[,! ]+)?(?:who|what) (?:are|r) (?:you|u)(?: (?:exactly|really))?",
    ),
    (
        "who",
        rf"(?:{_OPENERS}[,! ]+)?(?:so )?(?:are|r) (?:you|u) "
        r"(?:(?:an?|the|really|actually|just) )*(?:real )?"
        r"(?:ai|a\.i\.|bot|robot|chat ?bot|machine|computer|human|person|human being|real|"
        r"chatgpt|gpt)"
        r"(?: or (?:an?|the)? ?(?:real )?(?:ai|bot|robot|machine|human|person|human being))?",
    ),
    (
        "who",
        r"(?:am i|is this) (?:talking|speaking|chatting)? ?(?:to|with)? ?(?:an? )?"
        r"(?:real )?(?:ai|bot|robot|machine|human|person)",
    ),
    ("who", r"(?:what(?:'s| is) your name|do you have a name)"),
    (
        "who",
        r"(?:你|您)(?:到底)?是(?:谁|什么|真人|人工|机器人|人工智能|ai|真的人)(?:吗|还是.{1,8})?",
    ),
    ("who", r"(?:你|您)叫什么(?:名字)?"),
    (
        "abilities",
        r"(?:what can (?:you|u) (?:do|help(?: me)? with)|how can you help(?: me)?|"
        r"what do you do|help|can you help(?: me)?|i need help|what can i ask(?: you)?)",
    ),
    (
        "abilities",
        r"(?:你|您)(?:能|会|可以)(?:做|帮我|干|帮)(?:些|我)?(?:什么|啥|忙吗)?(?:吗)?|帮助",
    ),
    (
        "person",
        r"(?:(?:can|could|may) i |i(?:'d| would)? (?:like|want|need|wish) to |i need to |"
        r"i wanna |let me |how (?:do|can) i |please let me |is it possible to )?"
        r"(?:talk|speak|chat|get through|be connected|be transferred) (?:to|with) "
        r"(?:(?:an?|the|some|your|real|actual|live|human) )*"
        r"(?:person|human|human being|someone|somebody|agent|representative|rep|people|operator|"
        r"support agent|customer service|support team|support|staff|staff member)"
        r"(?: (?:instead|now|please|here|from support))*",
    ),
    (
        "person",
        r"(?:i (?:want|need|would like) |give me |get me |connect me (?:to|with) |"
        r"transfer me to |put me through to |pass me on to )"
        r"(?:(?:an?|the|some|your|real|actual|live|human) )+"
        r"(?:person|human|human being|agent|representative|rep|operator|support agent)"
        r"(?: (?:instead|now|please))*",
    ),
    ("person", r"(?:human|agent|operator|representative|real person|live agent|live chat)"),
    (
        "person",
        r"(?:我)?(?:想|要|需要|可以|能)?(?:不能|能不能|可不可以)?(?:请)?(?:帮我)?"
        r"(?:和|跟|与|找|转|联系|转接|接)(?:一?个|一下|到)?(?:真人|人工客服|人工|客服|"
        r"工作人员|活人)"
        r"(?:聊聊|说话|谈谈|沟通|联系|服务)?(?:吗|吧)?|转?人工(?:客服|服务)?|真人客服",
    ),
)

# First person and plain words only: "kill a process" and "terminate my account" are not distress.
DISTRESS: tuple[str, ...] = (
    r"\b(?:kill|hurt|harm|cut|hang|shoot|drown) myself\b",
    r"\b(?:end|take|taking|ending) my (?:own )?life\b",
    r"\bi (?:want|wanna|would like|wish|am going|'m going|plan|have decided) (?:to )?"
    r"(?:die|be dead|not be alive|disappear forever)\b",
    r"\b(?:i am|i'm|im|feeling|feel) (?:so |very |really )?suicidal\b",
    r"\b(?:commit|committing|thinking (?:of|about)|thoughts of|considering) (?:a )?suicide\b",
    r"\bi (?:do not|don't|dont) want to (?:live|be alive|be here|exist)(?: any ?more)?\b",
    r"\bno (?:reason|point) (?:to|in) (?:live|living|going on)\b",
    r"\bbetter off (?:dead|without me)\b",
    r"\bself[- ]harm(?:ing)?\b",
    r"(?:我(?:想|要|打算|准备))(?:去)?(?:死|自杀|自尽|轻生|结束生命|了结自己)",
    r"(?:不想活|活不下去|活着没意思|不如死了|自残|割腕)",
)

# Marks that belong to a model's own wire format, or speak to it over our heads.
INJECTION: tuple[str, ...] = (
    r"<\|?(?:im_start|im_end|system|assistant|endoftext|begin_of_text|start_header_id)\|?>",
    r"\[/?(?:INST|SYS)\]|<</?SYS>>",
    r"^[^\S\n]*(?:#{1,6}[^\S\n]*)?(?:system|assistant|developer)\s*(?:prompt|message)?\s*:",
    r"\b(?:ignore|disregard|forget|override|bypass)\b.{0,40}"
    r"\b(?:previous|prior|above|earlier|all|your|the)\b.{0,30}"
    r"\b(?:instruction|instructions|prompt|guidelines|directions)\b",
    r"\b(?:ignore|disregard|forget|override|bypass)\b.{0,20}"
    r"\b(?:previous|prior|above|earlier|all your|your)\b.{0,15}\brules\b",
    r"\b(?:repeat|reveal|show|print|output|display|tell me|what (?:is|are|was|were))\b.{0,50}"
    r"\b(?:system prompt|initial prompt|initial instructions|hidden instructions|"
    r"your instructions|instructions you were given|text above)\b",
    r"\byou are now\b.{0,60}\b(?:mode|dan|unrestricted|jailbroken|developer|no longer)\b",
    r"(?:忽略|无视|忘记).{0,10}(?:之前|以上|上面|所有).{0,10}(?:指令|提示|规则|说明)",
)


def compiled(patterns: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    """Compile patterns that may stand anywhere in a message."""
    return tuple(re.compile(each, re.IGNORECASE | re.MULTILINE | re.DOTALL) for each in patterns)


WHOLE = tuple(
    (kind, re.compile(rf"(?:{_POLITE}[,. ]+)?(?:{each})(?:[,. ]+{_POLITE})?", re.IGNORECASE))
    for kind, each in WHOLE_MESSAGE
)
DISTRESS_ANYWHERE = compiled(DISTRESS)
INJECTION_ANYWHERE = compiled(INJECTION)
