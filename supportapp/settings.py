"""Every setting, read from the environment; the defaults are those of the embedded environment."""

from datetime import timedelta
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from supportapp import environment
from supportapp.settings_doors import *  # noqa: F403  # a part of this file, in one of its own
from supportapp.settings_models import *  # noqa: F403  # another part
from supportapp.web import logs

BASE_DIR = Path(__file__).resolve().parent.parent
ENVIRONMENT = environment.text("SUPPORTAPP_ENV", "embedded")
if ENVIRONMENT not in {"embedded", "production", "test"}:
    raise ImproperlyConfigured(
        f"SUPPORTAPP_ENV must be embedded, production or test, not {ENVIRONMENT!r}."
    )
PRODUCTION = ENVIRONMENT == "production"
DATA_DIR = Path(environment.text("DATA_DIR", str(BASE_DIR / ".data")))
DEBUG = environment.flag("DEBUG")
SECRET_KEY = environment.text("SECRET_KEY", "" if PRODUCTION else "embedded-and-tests-only-" * 3)
SECRET_KEY_FALLBACKS = environment.words("SECRET_KEY_FALLBACKS")
ALLOWED_HOSTS = environment.words(
    "ALLOWED_HOSTS", "" if PRODUCTION else "localhost,127.0.0.1,[::1],testserver"
)
CSRF_TRUSTED_ORIGINS = environment.words("CSRF_TRUSTED_ORIGINS")
LOG_LEVEL = environment.text("LOG_LEVEL", "INFO")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "channels",
    "django_htmx",
    "csp",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_static",
    "django_otp.plugins.otp_totp",
    "supportapp.web",
    "supportapp.audit",
    "supportapp.accounts",
    "supportapp.outbox",
    "supportapp.gateway",
    "supportapp.knowledge",
    "supportapp.retrieval",
    "supportapp.guardrails",
    "supportapp.tools",
    "supportapp.caching",
    "supportapp.answering",
    "supportapp.conversations",
    "supportapp.evals",
    "supportapp.review",
    "supportapp.changes",
    "supportapp.gaps",
    "supportapp.training",
    "supportapp.insight",
    "supportapp.privacy",
]

MIDDLEWARE = [
    "supportapp.web.middleware.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "supportapp.web.static.StaticFiles",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "supportapp.accounts.middleware.StaffDoorMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "supportapp.urls"
ASGI_APPLICATION = "supportapp.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ],
        },
    }
]

DATABASE_POOL = environment.integer("DATABASE_POOL", 8, least=1)
DATABASES = {
    "default": environment.database("DATABASE_URL", "postgresql://localhost:5432/supportapp")
    | {
        "OPTIONS": {
            "connect_timeout": 5,
            # Django's own cursors never prepare; those of retrieval.statements do.
            "prepare_threshold": 5 if environment.flag("DATABASE_PREPARED", True) else None,
            "pool": {
                "min_size": 0,
                "max_size": DATABASE_POOL,
                "timeout": 5,  # then 503: a visitor shouldn't wait longer for nothing
            },
        },
        "TEST": {"NAME": "test_supportapp"},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = environment.text("REDIS_URL", "redis://localhost:6379/0")
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL]},
    }
}

# A killed worker loses nothing: tasks are acknowledged after they ran, and restored at once.
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 600
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,
    "unacked_restore_throttle": 1,
    # A broker that hangs or is away costs a web request seconds at most, not for ever.
    "socket_connect_timeout": 1,
    "socket_timeout": 3,
    "max_retries": 0,
}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False


def _every(period: timedelta, task: str) -> dict[str, object]:
    """A task that nobody took up until the next one is due is dropped."""
    return {"task": task, "schedule": period, "options": {"expires": period.total_seconds()}}


CELERY_BEAT_SCHEDULE = {
    "relay-outbox": _every(timedelta(seconds=5), "supportapp.outbox.tasks.relay"),
    "guard-rollouts": _every(timedelta(seconds=30), "supportapp.answering.tasks.guard_rollouts"),
    "sweep-turns": _every(timedelta(seconds=15), "supportapp.conversations.tasks.sweep_turns"),
    "embed-missing": _every(timedelta(seconds=20), "supportapp.knowledge.tasks.embed_missing"),
    "go-on-filling": _every(timedelta(seconds=20), "supportapp.knowledge.tasks.go_on_filling"),
    "renew-snapshots": _every(timedelta(seconds=60), "supportapp.retrieval.tasks.renew_snapshots"),
    "sync-rates": _every(timedelta(minutes=5), "supportapp.tools.tasks.sync_rates"),
    "expire-confirmations": _every(timedelta(minutes=5), "supportapp.tools.tasks.expire"),
    "confirm-memory": _every(timedelta(seconds=10), "supportapp.caching.tasks.confirm"),
    "find-who-left": _every(timedelta(minutes=5), "supportapp.review.tasks.find_who_left"),
    "top-up-sample": _every(timedelta(hours=1), "supportapp.review.tasks.top_up_sample"),
    "tidy-memory": _every(timedelta(hours=1), "supportapp.caching.tasks.tidy"),
    "tidy-knowledge": _every(timedelta(hours=6), "supportapp.knowledge.tasks.tidy"),
    "tidy-tool-calls": _every(timedelta(hours=6), "supportapp.tools.tasks.tidy"),
    "tidy-calls": _every(timedelta(hours=6), "supportapp.gateway.tasks.tidy"),
    "count-turns": _every(timedelta(minutes=1), "supportapp.insight.tasks.count_turns"),
    "report-week": _every(timedelta(minutes=20), "supportapp.insight.tasks.report_week"),
    "purge-conversations": _every(timedelta(hours=6), "supportapp.privacy.tasks.purge"),
    "read-questions": _every(timedelta(seconds=60), "supportapp.gaps.tasks.read_questions"),
    "compare-passages": _every(timedelta(seconds=60), "supportapp.gaps.tasks.compare_passages"),
    "watch-golden": _every(timedelta(hours=1), "supportapp.gaps.tasks.watch_golden"),
    "forget-training-files": _every(timedelta(hours=1), "supportapp.training.tasks.forget_stale"),
    "follow-fine-tunings": _every(timedelta(seconds=15), "supportapp.training.tasks.follow"),
    "forget-done-events": _every(timedelta(hours=6), "supportapp.outbox.tasks.forget_done"),
}
READINESS_CHECKS = {
    "database": "supportapp.web.health.database",
    "index": "supportapp.retrieval.health.index",
    "worker": "supportapp.outbox.health.worker",
}
READINESS_REQUIRED = ("database", "index")
# /metrics is there for who knows this token; without one it isn't there at all.
METRICS_TOKEN = environment.text("METRICS_TOKEN")
METRICS = (
    "supportapp.outbox.metrics.collect",
    "supportapp.gateway.metrics.collect",
    "supportapp.conversations.metrics.collect",
)
# Spans go to an OpenTelemetry collector where one is named; customers' words only if that is set.
OTEL_EXPORTER_OTLP_ENDPOINT = environment.text("OTEL_EXPORTER_OTLP_ENDPOINT")
OTEL_SERVICE_NAME = environment.text("OTEL_SERVICE_NAME", "supportapp")
OTEL_CAPTURE_MESSAGES = environment.flag("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT")
OUTBOX_RESEND_SECONDS = environment.integer("OUTBOX_RESEND_SECONDS", 60, least=1)
OUTBOX_MAX_ATTEMPTS = environment.integer("OUTBOX_MAX_ATTEMPTS", 12, least=1)

# Keyword indexes of at least so many passages are kept in DATA_DIR, for processes to share.
SNAPSHOT_PASSAGES = environment.integer("SNAPSHOT_PASSAGES", 5000)

# Conversations are removed so many days after their last question (0: never), and deleted ones so
# many days after that.
RETENTION_DAYS = environment.integer("RETENTION_DAYS", 365)
DELETED_DAYS = environment.integer("DELETED_DAYS", 30)

REVIEW_SAMPLE_PERCENT = environment.decimal("REVIEW_SAMPLE_PERCENT", 5.0)
GAPS_UNUSED_DAYS = environment.integer("GAPS_UNUSED_DAYS", 90, least=1)
REVIEW_SECOND_OPINION_PERCENT = environment.decimal("REVIEW_SECOND_OPINION_PERCENT", 10.0)
REVIEW_GOLD_PERCENT = environment.decimal("REVIEW_GOLD_PERCENT", 5.0)

# Messages to customers are mailed where a sender is named; SITE_URL lets mails link here.
MAIL_FROM = environment.text("MAIL_FROM")
SITE_URL = environment.text("SITE_URL")
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = environment.text("EMAIL_HOST", "localhost")
EMAIL_PORT = environment.integer("EMAIL_PORT", 25, least=1)
EMAIL_HOST_USER = environment.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = environment.text("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = environment.flag("EMAIL_USE_TLS")
EMAIL_USE_SSL = environment.flag("EMAIL_USE_SSL")
EMAIL_TIMEOUT = 10

# Asked before staff publish an article; may name a page on which that goes on.
BEFORE_PUBLISHING = "supportapp.changes.opening.before_publishing"
# A change of an article: how many past questions and golden examples are replayed on it.
CHANGES_QUESTIONS = environment.integer("CHANGES_QUESTIONS", 30)
CHANGES_EXAMPLES = environment.integer("CHANGES_EXAMPLES", 200)

# Tools. The rates service asks its source once a business day; the sample's is a file.
RATES_SOURCE = environment.text(
    "RATES_SOURCE",
    "" if PRODUCTION else str(BASE_DIR / "supportapp/tools/samples/home-loan-rates.json"),
)
TOOLS_ROUNDS = environment.integer("TOOLS_ROUNDS", 4)

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles" if PRODUCTION else None
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION
MEDIA_ROOT = DATA_DIR / "media"

LOGGING = logs.configuration(LOG_LEVEL)

if PRODUCTION:
    from supportapp.web.safety import refuse_unsafe

    refuse_unsafe(
        secret_key=SECRET_KEY,
        debug=DEBUG,
        allowed_hosts=ALLOWED_HOSTS,
        trusted_origins=CSRF_TRUSTED_ORIGINS,
        database_url=environment.text("DATABASE_URL"),
        redis_url=environment.text("REDIS_URL"),
    )
