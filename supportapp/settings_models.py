"""The settings of models, budgets and answers; `settings` takes them all over."""

from supportapp import environment

# Models. Without a key, answers are quoted from the articles.
OPENAI_API_KEY = environment.text("OPENAI_API_KEY")
OPENAI_BASE_URL = environment.text("OPENAI_BASE_URL")
CHAT_MODEL = environment.text("CHAT_MODEL", "gpt-4o-mini")
MODELS = environment.text("MODELS")  # further ones, as JSON; more in the admin
MODEL_CONNECT_SECONDS = environment.decimal("MODEL_CONNECT_SECONDS", 3.0)
MODEL_BETWEEN_TOKENS_SECONDS = environment.decimal("MODEL_BETWEEN_TOKENS_SECONDS", 15.0)
MODEL_RETRIES = environment.integer("MODEL_RETRIES", 1)
MODEL_LONGEST_RETRY_SECONDS = environment.decimal("MODEL_LONGEST_RETRY_SECONDS", 2.0)
MODEL_BREAKER_FAILURES = environment.integer("MODEL_BREAKER_FAILURES", 5, least=1)
MODEL_BREAKER_SECONDS = environment.decimal("MODEL_BREAKER_SECONDS", 20.0)
MODEL_HEDGE_SECONDS = environment.decimal("MODEL_HEDGE_SECONDS", 0.0)
EVALS_PARALLEL = environment.integer("EVALS_PARALLEL", 4, least=1)
MODEL_CALL_DAYS = environment.integer("MODEL_CALL_DAYS", 90, least=1)
TOOL_CALL_DAYS = environment.integer("TOOL_CALL_DAYS", 180, least=1)
# What may be used in a day, by each workspace and each visitor; 0: without limit.
BUDGET_TOKENS_PER_DAY = environment.integer("BUDGET_TOKENS_PER_DAY", 0)
BUDGET_DOLLARS_PER_DAY = environment.decimal("BUDGET_DOLLARS_PER_DAY", 0.0)
BUDGET_CONCURRENT = environment.integer("BUDGET_CONCURRENT", 0)
BUDGET_VISITOR_TOKENS_PER_DAY = environment.integer("BUDGET_VISITOR_TOKENS_PER_DAY", 0)
BUDGET_VISITOR_CONCURRENT = environment.integer("BUDGET_VISITOR_CONCURRENT", 0)
EMBEDDINGS = environment.text("EMBEDDINGS", "local")
EMBEDDING_MODEL = environment.text("EMBEDDING_MODEL", "all-MiniLM-L6-v2")
EMBEDDING_DIMENSION = environment.integer("EMBEDDING_DIMENSION", 384, least=1)

# A slower reader that orders the best passages once more: off, http or chat.
RERANK = environment.text("RERANK", "off")
RERANK_URL = environment.text("RERANK_URL")
RERANK_API_KEY = environment.text("RERANK_API_KEY")
RERANK_MODEL = environment.text("RERANK_MODEL")
RERANK_TOP_N = environment.integer("RERANK_TOP_N", 20, least=2)
RERANK_DEADLINE_SECONDS = environment.decimal("RERANK_DEADLINE_SECONDS", 1.5)

# How long the model may take that is configured for moderation.
MODERATION_SECONDS = environment.decimal("MODERATION_SECONDS", 1.5)

# How questions are given to quoting, small and large models where a workspace says nothing:
# quality, balanced, cheap or quoting.
ROUTE_POLICY = environment.text("ROUTE_POLICY", "balanced")

# Answers. Below this confidence the assistant says that it doesn't know.
# Chosen on bench/help-centre: higher declines more of what is unanswerable, and more of the rest.
ANSWERING_MIN_CONFIDENCE = environment.decimal("ANSWERING_MIN_CONFIDENCE", 0.62)
ANSWERING_QUOTED_WORDS = environment.integer("ANSWERING_QUOTED_WORDS", 120, least=30)
ANSWERING_EVIDENCE = environment.integer("ANSWERING_EVIDENCE", 6, least=1)
ANSWERING_CORRECTIONS = environment.integer("ANSWERING_CORRECTIONS", 3)
ANSWERING_PROMPT_CHARACTERS = environment.integer("ANSWERING_PROMPT_CHARACTERS", 12_000, least=500)
ANSWERING_MAX_TOKENS = environment.integer("ANSWERING_MAX_TOKENS", 700, least=50)
ANSWERING_TEMPERATURE = environment.decimal("ANSWERING_TEMPERATURE", 0.2)
# With a seed, and temperature 0, a model that can repeat itself is asked to.
ANSWERING_SEED = environment.optional_integer("ANSWERING_SEED")
ANSWERING_FIRST_TOKEN_SECONDS = environment.integer("ANSWERING_FIRST_TOKEN_SECONDS", 10, least=1)
ANSWERING_TOTAL_SECONDS = environment.integer("ANSWERING_TOTAL_SECONDS", 120, least=2)
# With a chat model: make follow-up questions stand alone before they are searched.
ANSWERING_REWRITE = environment.flag("ANSWERING_REWRITE", default=True)
ANSWERING_REWRITE_SECONDS = environment.decimal("ANSWERING_REWRITE_SECONDS", 2.0)
ANSWERING_SUGGESTIONS = environment.integer("ANSWERING_SUGGESTIONS", 3)
# How long a written answer waits for the model's own suggestions; 0: they aren't asked for.
ANSWERING_SUGGEST_SECONDS = environment.decimal("ANSWERING_SUGGEST_SECONDS", 0.5)

# Remembered answers: of the hits that may be wrong, those answered anew to watch it, how long and
# how many are kept in a workspace, and for how many days a person's approval counts.
CACHE_ON = environment.flag("CACHE_ON", default=True)
CACHE_ERROR_BUDGET = environment.decimal("CACHE_ERROR_BUDGET", 0.02)
CACHE_SHADOW_SHARE = environment.decimal("CACHE_SHADOW_SHARE", 0.05)
CACHE_DAYS = environment.integer("CACHE_DAYS", 30, least=1)
CACHE_ENTRIES = environment.integer("CACHE_ENTRIES", 5000, least=1)
CACHE_REVIEW_DAYS = environment.integer("CACHE_REVIEW_DAYS", 180, least=1)

# Guards that are off everywhere, by name or stage (in, knowledge, out); admin has the others.
GUARDRAILS_OFF = environment.words("GUARDRAILS_OFF")
# What becomes of a sentence that no article supports: hold (leave it out) or mark.
GUARDRAILS_UNSUPPORTED = environment.text("GUARDRAILS_UNSUPPORTED", "hold")
GUARDRAILS_MODEL_CHECK = environment.flag("GUARDRAILS_MODEL_CHECK")
# Functions that return the sentences of an article's text which its editor should look at.
ARTICLE_CHECKS = ("supportapp.guardrails.instructions.excerpts",)
TURN_DEADLINE_SECONDS = environment.integer("TURN_DEADLINE_SECONDS", 150, least=2)
TURN_STALE_SECONDS = environment.integer("TURN_STALE_SECONDS", 10, least=4)
TURN_DRAIN_SECONDS = environment.integer("TURN_DRAIN_SECONDS", 5)
