"""Words that carry grammar and no topic; they are left out of the keyword index."""

_ENGLISH = """
a about above after again against all also am an and any anybody anyone anything are arent as at
be because been before being below between both but by
can cannot cant could couldnt did didnt do does doesnt doing done dont down during
each either else etc ever every few for from further
get gets getting give given go going got gotten
had hadnt has hasnt have havent having he hello her here hers herself hey hi him himself his how
hows however i id if ill im in into is isnt it its itself ive
just kindly know let lets like me might mine more most much must my myself
need no nor not now of off oh ok okay on once one only onto or other our ours ourselves out over own
per please quite rather really same shall she should shouldnt so some somebody someone something
such sure tell than thank thanks that thats the their theirs them themselves then there theres these
they theyre thing things this those though through to too under until up upon us
very want was wasnt way we were werent what whats when where wheres whether which while who whom
whose why will with within without wont would wouldnt yes yet you youd youll your youre yours
yourself yourselves youve
"""

# Single characters only: words of two characters and more are told apart by their bigrams.
_CHINESE = "的了吗呢吧啊是我你您他她它们这那哪个在有和与或就都也很请么"

# Said in every question; between what it asks about, so no pair of characters reaches across.
_CHINESE_WORDS = """
什么 为什么 怎么 怎样 怎么样 怎么办 如何 是否 能否 可否 可以 可不可以 能不能 会不会 有没有
是不是 要不要 行不行 多少 多久 哪里 哪儿 哪些 我的 你的 您的 他的 她的 我们 你们 他们 自己
这个 那个 这样 一下 一个 一张 一封 一份 一种 一台 一家 一间 一部 请问 帮我 帮忙 告诉我 想要
应该 还是 还能 或者 因为 所以 但是 如果 的话 时候 已经 现在
"""

ENGLISH = frozenset(_ENGLISH.split())
CHARACTERS = frozenset(_CHINESE)
CHINESE = frozenset(_CHINESE_WORDS.split())
