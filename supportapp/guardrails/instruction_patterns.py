"""How text speaks to a language model over its reader's head. Data. Pure."""

from __future__ import annotations

import re

_MODEL = (
    r"(?:ai|a\.i\.|assistants?|chat ?bots?|bots?|llms?|(?:language |ai |chat )models?|gpt\S*|"
    r"chatgpt|"
    r"claude|gemini|copilot|agents?|assistent\w*|asistente\w*|assistente\w*|sprachmodell\w*|ki|ia|"
    r"modelo\w*|modèle\w*|助手|模型|机器人|アシスタント)"
)
_TO = r"(?:to|for|an|für|a|para|pour|au|à|al|per|aan|till|给|致)"
_ANSWER = (
    r"(?:answers?|responses?|repl(?:y|ies)|outputs?|completions?|generation|"
    r"antwort\w*|respuestas?|réponses?|risposta|resposta|回答|回复|答案)"
)
_WORK = (
    r"(?:ends?|begin|start|finish|conclude|close|append|prepend|add|include|insert|put|place|"
    r"integrate|augment|enhance|enrich|modify|alter|change|replace|convert|render|encode|translate|"
    r"repeat|print|output|write|respond|answer|say|state|provide|give|remove|omit|group|combine|"
    r"scramble|jumble|shuffle|rearrange|reverse|anagram|misspell|substitute|introduce|use|format|"
    r"sign|prefix|suffix|make|limit|keep|deliver|present|craft|phrase|word|spell|capitali[sz]e|"
    r"swap|switch|mention|embed|link|promote|recommend|beginne|beende|füge|schreibe|antworte|"
    r"termina|añade|incluye|responde|ajoute|termine|réponds|在|用)"
)
_READER = r"(?:users?|customers?|readers?|clients?|visitors?|humans?)"
_SPOKEN = r"(?:say|tell|reply|respond|answer|claim|state|recommend|promise|promote)"
_OWN = r"(?:previous|prior|above|preceding|earlier|former|foregoing|original|system|existing|other)"
_RULES = (
    r"(?:instructions?|rules?|prompts?|guidelines?|directions?|commands?|context|orders|"
    r"anweisungen|regeln|instrucciones|reglas|consignes|instructions|指令|提示|规则|说明)"
)
_FLAGS = re.IGNORECASE | re.MULTILINE | re.DOTALL

# From here on, the rest of the line speaks with a voice that isn't the article's.
SPEAKERS = frozenset({"role", "addressed", "override"})

PLANTED: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (code, re.compile(pattern, _FLAGS))
    for code, pattern in (
        (
            "role",
            r"<\|?/?\s*(?:im_start|im_end|system|assistant|endoftext|begin_of_text|"
            r"start_header_id|eot_id|sep|instructions?|context|prompt|s)\b[^<>\n]{0,40}\|?>|"
            r"\[/?\s*(?:INST|SYS|SYSTEM|ASSISTANT)\s*\]|<</?SYS>>|"
            r"^[ \t>*_#-]*+(?:system|assistant|developer|ai)(?:[ _-]?(?:prompt|message|note|"
            r"override|update|notice|instructions?|command))?[*_ ]*[:：>]|"
            r"[\"']?role[\"']?\s*[:=]\s*[\"'](?:system|assistant|developer)|"
            r"^[ \t]*+#{1,6}[ \t]*+(?:new|system|updated|hidden) instructions?\b|"
            r"\b(?:begin|start|end) (?:of )?(?:system|hidden|admin) (?:prompt|message|"
            r"instructions?)",
        ),
        (
            "override",
            rf"\b(?:ignore|disregard|forget|override|bypass|neglect|discard)\b[^.\n]{{0,30}}"
            rf"\b(?:{_OWN}|all|your|these)\b[^.\n]{{0,30}}\b{_RULES}\b|"
            rf"\b(?:ignore|disregard|forget|override) (?:the |any |those )?{_RULES} "
            rf"(?:above|before|given|so far|you)\b|"
            rf"\b(?:ignorier\w*|vergiss|missachte|ignora|olvida|ignore[zr]?|oublie[zr]?)\b"
            rf"[^.\n]{{0,40}}{_RULES}|(?:忽略|无视|忘记|不要理会).{{0,12}}{_RULES}|"
            rf"\bnew\b[^.\n]{{0,12}}\b(?:instructions?|policy|policies|rules?|orders|task|"
            rf"directives?)"
            r"\s*(?:for (?:you|the (?:ai|assistant|bot|model))\b|[:,：]\s*(?:you|always|never|"
            r"reply|respond|answer|end|tell|say|add|begin|start))|"
            r"\b(?:from now on|starting now|henceforth),? (?:you|reply|respond|answer|always|"
            r"only)\b|"
            r"\byou are (?:now|no longer)\b[^.\n]{0,60}\b(?:ai|assistant|bot|model|mode|dan|"
            r"unrestricted|jailbroken|bound|free|called)\b|"
            r"\b(?:act as|pretend (?:to be|that you are)|roleplay as|behave like)\b[^.\n]{0,40}"
            r"\b(?:ai|assistant|bot|model|dan|admin|developer|hacker|unrestricted)\b",
        ),
        (
            "addressed",
            rf"\b(?:note|message|instructions?|reminder|attention|hint|memo|notice|request|command|"
            rf"info(?:rmation)?|hinweis\w*|notiz|nachricht|anweisung\w*|nota|aviso|mensaje|"
            rf"remarque|"
            rf"message|avviso|important|提示|注意|指示)\b[^.\n:]{{0,20}}\b{_TO}\s+(?:(?:the|any|"
            rf"all|"
            rf"every|den|die|das|el|la|le|les|l'|los|il|this|our|an|a)\s+)*{_MODEL}\b|"
            rf"(?:给|致|对).{{0,6}}(?:助手|模型|机器人|AI).{{0,6}}(?:提示|注意|指示|指令|[:：])|"
            rf"\b(?:dear|hey|hello|hi|attention|attn),? (?:the )?{_MODEL}\b\s*[,:!]|"
            rf"^[^\w\n]*+(?:ai|assistants?|chatbots?|llms?|(?:language |ai )models?|chatgpt|claude|"
            rf"gemini)"
            rf"\s*[,:]\s|"
            rf"\b(?:if|when|while|as) (?:you are |you're )?(?:an? )?"
            rf"(?:ai|llm|(?:language |ai )model|chatbot|assistant)\b"
            rf"(?=[^.\n]{{0,80}}\b(?:{_SPOKEN}|must|should|add|include|ignore|follow)\b)|"
            rf"\b(?:the |any |all |every )?(?:ai|assistants?|chatbots?|llms?|(?:language |"
            rf"ai )models?)"
            rf"\s+(?:reading|processing|summari[sz]ing|answering|that reads?|who reads?)\b|"
            rf"\b(?:the |any |every )(?:ai|assistant|chatbot|llm|(?:language |ai )model)\s+"
            rf"(?:must|shall|should|has to|needs to|is to|will now)\s+(?:always |now |only |"
            rf"never |not )*"
            rf"(?:{_WORK}|{_SPOKEN}|ignore|follow|obey|refuse|send|reveal)\b",
        ),
        (
            "answer",
            rf"\b{_WORK}\b[^.\n]{{0,90}}?\b(?:your|the(?= (?:final |next )?(?:answer|response)s?"
            rf"(?:\W|$))|each|every|all|deine\w*|tu|ta|votre|su)\s+(?:\w+\s+){{0,2}}{_ANSWER}\b|"
            rf"\b(?:in|to|of|at|with|for|within|into|throughout|from) (?:the |all |every |each )?"
            rf"(?:end|start|beginning|top|bottom|body)?(?: of )?(?:your|all|every|each)\s+"
            rf"(?:\w+\s+)?{_ANSWER}\b(?=[^.\n]*\b(?:{_WORK}|{_SPOKEN}|suggest|tease|hint|urge|"
            rf"invite|"
            rf"encourage|ask)\b)|"
            rf"\byour (?:next |final |entire |whole |only )?(?:answer|response|output|completion)s?"
            rf"(?:'s)?\b|\byour reply (?:must|should|has to|is|with|by|without)\b|"
            rf"你的(?:回答|回复|答案)|(?:回答|回复)(?:末尾|结尾|开头|中|里)",
        ),
        (
            "only",
            r"\b(?:reply|respond|answer|output|return|print|say|write|speak)\s+"
            r"(?:only|exactly|solely|just|nothing but|exclusively)\b|"
            r"\bonly (?:reply|respond|answer|output|say|print|return)\b|"
            r"\b(?:reply|respond|answer) (?:with|by|using|in) (?:the (?:word|phrase|text|code|"
            r"string|"
            r"sentence|link)|nothing|exactly|all caps|pirate|rhymes?|base64|emoji)|"
            r"\b(?:nur|ausschließlich) (?:mit|antworten)\b|\bresponde? (?:sólo|solo|únicamente)\b|"
            r"\bréponds? (?:seulement|uniquement)\b|(?:只|仅)(?:回复|回答|输出)",
        ),
        (
            "customer",
            rf"\b(?:tell|inform|advise|convince|persuade|instruct|urge|encourage|assure|trick|"
            rf"suggest(?: to)?"
            rf"|direct) (?:the |your |any |all |every |each )*{_READER}\b(?! of\b)(?=[^.\n]{{3}})|"
            rf"\b(?:ask|remind|warn|offer|give|send|refer|invite) (?:the |your )?(?:user|"
            rf"customer)s?\b"
            rf"(?= (?:for|to|that|about)\b[^.\n]*\b(?:passwords?|card|codes?|bank|pay|account|"
            rf"login|"
            rf"log|click|visit|https?|www|download|install)\b)|"
            rf"\b(?:when|if|whenever) (?:(?:a|the|any|your) (?:users?|customers?|person)|someone|"
            rf"anyone|"
            rf"asked)\b[^.\n]{{0,60}}[, ]\b(?:you (?:must|should|shall)|always|{_SPOKEN}|"
            rf"reveal|send)\b|\b(?:sage|erzähle?|informiere)\w* (?:dem|den|der) "
            rf"(?:nutzer|benutzer|kunden?)|\bdi(?:le|ga) al (?:usuario|cliente)|"
            rf"\bdis? à l'utilisateur|告诉(?:用户|客户|顾客)",
        ),
        (
            "exfiltration",
            r"\b(?:as|with|via|using|in) (?:an? )?(?:image|picture|link|url|tracking pixel)s? in "
            r"markdown\b|\bmarkdown (?:image|picture|link)\b|"
            r"\b(?:add|insert|include|append|show|render|embed|display|output)\b[^.\n]{0,20}"
            r"\b(?:the|this|a|following)\b[^.\n]{0,12}\b(?:link|url|image|picture|pixel)\b"
            r"[^.\n]{0,30}\bhttps?://|"
            r"\b(?:send|post|upload|forward|leak|exfiltrate|reveal|disclose|print|repeat|output)\b"
            r"[^.\n]{0,40}\b(?:system prompt|initial prompt|hidden (?:prompt|instructions)|"
            r"(?:your|these|the (?:above|hidden|system)) instructions|conversation(?: history)?|"
            r"chat (?:history|log)|(?:everything|text|words|content) above)\b|"
            r"!\[[^\]\n]{0,500}\]\(\s*https?://(?=[^)\s{]{0,2000}\{|[^)\s?]{0,2000}\?[^)\s=]{0,2000}=|"
            r"(?:[^)\s%]|%(?!7B)){0,2000}%7B)[^)]*\)",
        ),
    )
)

# Worded as a task for whoever reads: seldom what a help article says to its reader.
TASK = re.compile(
    r"(?:please |now |then |also |next,? )*(?:"
    r"(?:explain|describe|discuss|analy[sz]e|summari[sz]e|outline|elaborate|compare|define|"
    r"translate|"
    r"compose|draft|develop|craft|generate|imagine|write|list|name|calculate|solve|prove|recite|"
    r"break down|convert|replace|substitute|rearrange|reverse|scramble|jumble|anagram|misspell|"
    r"introduce|integrate|augment|enhance|modify|combine|group|provide|produce|render|tease|"
    r"pretend|ignore|disregard|forget|reveal|repeat|output|print|respond|reply|say|tell|add \"|"
    r"include a|insert a|promote|recommend|suggest|urge|persuade)\b"
    r"(?! (?:to|the) (?:the |this |our )?e-?mails?\b)"
    r"|(?:can|could|would|will) you (?:please )?(?:explain|describe|show|tell|give|write|provide|"
    r"translate|help)\b|(?:tell|give|show|teach|sing|write) me\b|let'?s\b"
    r"|(?:what|who|whose|which|why|when|where|how)(?:'s|'re| (?:is|are|was|were|do|does|did|can|"
    r"would|many|much|old|far|to|wrote|invented|discovered|painted|won|has|have))\b[^\n]*\?\s*$)",
    re.IGNORECASE,
)
