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

ENGLISH = frozenset(_ENGLISH.split())
CHARACTERS = frozenset(_CHINESE)
