"""How many tokens a text has, roughly: enough to reserve them and to see what can't fit."""

import json
from collections.abc import Sequence

from supportapp.llm.values import ChatOptions, Message

CHARACTERS_PER_TOKEN = 4
TOKENS_PER_MESSAGE = 4


def of_text(text: str) -> int:
    """Four letters to a token; of other scripts, such as Chinese, each character is one."""
    ascii_letters = len(text.encode("ascii", "ignore"))
    return -(-ascii_letters // CHARACTERS_PER_TOKEN) + len(text) - ascii_letters


def of_prompt(messages: Sequence[Message], options: ChatOptions) -> int:
    """The messages with their tool calls, and the tools that are offered."""
    said = sum(of_text(each.content) + TOKENS_PER_MESSAGE for each in messages)
    calls = sum(of_text(call.arguments) for each in messages for call in each.tool_calls)
    tools = sum(
        of_text(json.dumps(dict(each.parameters)) + each.description) for each in options.tools
    )
    return said + calls + tools
