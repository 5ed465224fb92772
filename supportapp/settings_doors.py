"""The settings of doors: sizes, rates, log-ins, cookies, headers. `settings` takes them over."""

from datetime import timedelta

from csp.constants import NONCE, NONE, SELF

from supportapp import environment

PRODUCTION = environment.text("SUPPORTAPP_ENV") == "production"

# Sizes, counted at the door.
MAX_QUESTION_CHARACTERS = environment.integer("MAX_QUESTION_CHARACTERS", 2000, least=10)
MAX_FRAME_BYTES = environment.integer("MAX_FRAME_BYTES", 16_384, least=1024)
MAX_UPLOAD_BYTES = environment.integer("MAX_UPLOAD_BYTES", 20_000_000, least=1024)
MAX_ARTICLE_CHARACTERS = environment.integer("MAX_ARTICLE_CHARACTERS", 500_000, least=1000)
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_500_000

# Rates, in the notation of the `limits` package.
RATE_ASK_VISITOR = environment.text("RATE_ASK_VISITOR", "20/minute")
RATE_ASK_ADDRESS = environment.text("RATE_ASK_ADDRESS", "60/minute")
RATE_WRITE_VISITOR = environment.text("RATE_WRITE_VISITOR", "60/minute")
RATE_PERSON_ADDRESS = environment.text("RATE_PERSON_ADDRESS", "20/minute")
RATE_SOCKET_FRAMES = environment.text("RATE_SOCKET_FRAMES", "240/minute")
MAX_SOCKETS_PER_ADDRESS = environment.integer("MAX_SOCKETS_PER_ADDRESS", 50, least=1)
TRUSTED_PROXIES = environment.integer("TRUSTED_PROXIES", 0)

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
# Staff show a second factor: "required", "offered" (who set one up needs it), or "off".
STAFF_SECOND_FACTOR = environment.choice(
    "STAFF_SECOND_FACTOR",
    "required" if PRODUCTION else "offered",
    ("required", "offered", "off"),
)
STAFF_IDLE_MINUTES = environment.integer("STAFF_IDLE_MINUTES", 60)
OTP_TOTP_ISSUER = environment.text("OTP_TOTP_ISSUER", "Help centre")
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
LOGIN_URL = "/admin/login/"
LOGIN_REDIRECT_URL = "/"

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = PRODUCTION and environment.flag("SSL_REDIRECT", True)
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if PRODUCTION and TRUSTED_PROXIES else None
)
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "supportapp.web.errors.csrf_failure"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_NAME = "__Host-session" if PRODUCTION else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if PRODUCTION else "csrf"
VISITOR_COOKIE_NAME = "__Host-visitor" if PRODUCTION else "visitor"
SESSION_COOKIE_AGE = 60 * 60 * 12
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
