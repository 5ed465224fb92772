"""What the assistant says in its own words, in each language that it speaks. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from supportapp.answering.values import AssistantProfile

ENGLISH = {
    "greeting": "Hello! I'm {name}, the AI assistant of {company}. {about} What would you like to "
    "know?",
    "thanks": "You're welcome. If anything else comes up, just ask.",
    "goodbye": "Goodbye, and thank you for writing.",
    "who": "I'm {name}, an AI assistant, not a person. I answer from {company}'s help articles and "
    "show the sources, so that you can check them. I can make mistakes. If you'd rather talk to a "
    "person, just say so.",
    "abilities": "I look for answers in {company}'s help articles and show you where they come "
    "from. {about} I can't change anything in your account by myself. When the articles have no "
    "answer, I say so and can pass you on to a person.",
    "person": "Of course. Leave your request with the button below and a person will get back to "
    "you.{reach}",
    "self_harm": "I'm sorry that you are going through this, and I'm glad that you said it. I'm an "
    "AI and can't give you the help you deserve, but people can, right now. If you might be in "
    "danger, please call your local emergency number (112 in Europe, 911 in the US). You can also "
    "talk to someone at any hour: find a helpline for your country at "
    "[findahelpline.com](https://findahelpline.com). "
    "If you like, someone from our team will get in touch with you too.",
    "no_evidence": "I couldn't find an answer to that in our help articles, and I don't want to "
    "guess.",
    "no_evidence_closest": "I couldn't find an answer to that in our help articles, and I don't "
    "want to guess. These articles come closest. If they don't help, a person can.",
    "withheld": "I can't show this answer: it failed one of our safety checks. Please put the "
    "question in other words, or ask for a person.",
    "asks_first": "I can do that for you. Please confirm it below; nothing happens before you do.",
    "abuse": "I'd like to help, but not in this tone. Put your question in other words and I'll "
    "look for the answer, or leave a message for a person.",
    "abuse_safer": "I'd like to help, but not in this tone. I understood the question below; send "
    "it with one click, or put it in other words.",
    "threat": "I can't go on with this. If something has gone wrong for you, a person from our "
    "team "
    "will look at it: leave them a message with the button below.{reach}",
    "language": "I can't read this script yet, because none of our help articles are written in "
    "it. "
    "If you can, please ask in another language. A person can help, too.{reach}",
    "moderated": "I can't help with this as it is worded. Put your question in other words, or "
    "leave a message for a person.",
    "moderation_away": "I can't check messages right now, so I can't answer this one. Please try "
    "again in a few minutes, or leave a message for a person.",
    "attack": "I work only with {company}'s help articles, and no message changes that. I found no "
    "answer in them. Ask me about {company}, or ask for a person.",
    "attack_safer": "I work only with {company}'s help articles, and no message changes that. "
    "Shall "
    "I look up the question below? One click sends it.",
    "off_topic": "That's outside what I can do here: I answer questions about {company} from its "
    "help articles. What would you like to know about {company}?",
    "unconfirmed": "(not confirmed by our articles)",
    "reach_email": " You can also write to {support_email}.",
    "reach_hours": " {support_hours}",
    "suggest_do": "How do I {rest}?",
    "suggest_tell": "Can you tell me {rest}?",
    "suggest_about": "{title}",
}

CHINESE = {
    "greeting": "您好！我是 {company} 的 AI 助手 {name}。请问有什么可以帮您？",
    "thanks": "不客气。如果还有其他问题，随时问我。",
    "goodbye": "再见，感谢您的来信。",
    "who": "我是 {name}，一个 AI 助手，不是真人。我根据 {company} 的帮助文章回答，并列出来源，"
    "方便您核对。我也可能出错。如果您想与人工客服沟通，请告诉我。",
    "abilities": "我会在 {company} 的帮助文章中查找答案，并告诉您出处。我自己不能更改您的账户"
    "内容。如果文章中没有答案，我会如实说明，并可以为您转接人工客服。",
    "person": "好的。请点击下面的按钮留下您的请求，工作人员会与您联系。{reach}",
    "self_harm": "听到您正在经历这些，我很难过，也很感谢您说出来。我是 AI，无法给您应有的帮助，但"
    "现在就有人可以。如果您可能有危险，请立即拨打当地的紧急电话（中国大陆 110 或 120）。您也可以"
    "随时与人倾诉：全国统一心理援助热线 12356，其他国家和地区的热线请见 "
    "[findahelpline.com](https://findahelpline.com)。"
    "如果您愿意，我们的工作人员也可以与您联系。",
    "no_evidence": "我在帮助文章中没有找到这个问题的答案，也不想随意猜测。",
    "no_evidence_closest": "我在帮助文章中没有找到这个问题的答案，也不想随意猜测。下面是最接近的"
    "文章。如果没有帮助，可以请人工客服协助您。",
    "withheld": "这个回答没有通过我们的安全检查，所以无法显示。请换一种说法提问，或联系人工客服。",
    "asks_first": "我可以为您办理。请在下方确认；在您确认之前不会执行任何操作。",
    "abuse": "我很愿意帮忙，但请换一种语气。请换个说法提问，我会查找答案；您也可以给人工客服留言。",
    "abuse_safer": "我很愿意帮忙，但请换一种语气。我理解的问题如下：点击即可发送，您也可以换"
    "个说法。",
    "threat": "我无法继续这样的对话。如果您遇到了问题，我们的工作人员会处理：请点击下面的按钮留言。"
    "{reach}",
    "language": "我还看不懂这种文字，因为我们的帮助文章都不是用它写的。请尽量换一种语言提问，也"
    "可以联系"
    "人工客服。{reach}",
    "moderated": "您的问题以这样的措辞我无法回答。请换一种说法，或给人工客服留言。",
    "moderation_away": "我现在无法检查消息，所以暂时不能回答。请过几分钟再试，或给人工客服留言。",
    "attack": "我只根据 {company} "
    "的帮助文章回答，任何消息都不能改变这一点。文章中没有找到答案。请提出"
    "与 {company} 有关的问题，或联系人工客服。",
    "attack_safer": "我只根据 {company} "
    "的帮助文章回答，任何消息都不能改变这一点。要我查找下面的问题吗？"
    "点击即可发送。",
    "off_topic": "这超出了我的能力范围：我根据 {company} 的帮助文章回答有关 {company} "
    "的问题。您想了解"
    "什么？",
    "unconfirmed": "（文章中未经证实）",
    "reach_email": "您也可以发邮件到 {support_email}。",
    "reach_hours": "{support_hours}",
    "suggest_do": "怎么{rest}？",
    "suggest_tell": "请问{rest}？",
    "suggest_about": "{title}",
}


def phrases(language: str) -> Mapping[str, str]:
    """Return the phrases of a language; English where we have none."""
    return CHINESE if language.lower().startswith("zh") else ENGLISH


def say(key: str, language: str, assistant: AssistantProfile) -> str:
    """Return one of the assistant's own sentences."""
    texts = phrases(language)
    profile = {
        "name": assistant.name,
        "company": assistant.company or assistant.name,
        "about": assistant.about,
        "support_email": assistant.support_email,
        "support_hours": assistant.support_hours,
    }
    reach = texts["reach_email"].format(**profile) if assistant.support_email else ""
    if assistant.support_hours:
        reach += texts["reach_hours"].format(**profile)
    return " ".join(texts[key].format(**profile, reach=reach).split(" ")).replace("  ", " ").strip()
