"""Production refuses to start on unsafe values, naming the variable."""

from django.core.exceptions import ImproperlyConfigured

SHORTEST_SECRET = 50
FEWEST_CHARACTERS = 10


def refuse_unsafe(
    *,
    secret_key: str,
    debug: bool,
    allowed_hosts: list[str],
    trusted_origins: list[str],
    database_url: str,
    redis_url: str,
) -> None:
    """Raise ImproperlyConfigured naming every variable whose value is unsafe in production."""
    faults = []
    if len(secret_key) < SHORTEST_SECRET or len(set(secret_key)) < FEWEST_CHARACTERS:
        faults.append(f"SECRET_KEY must be set to {SHORTEST_SECRET} or more random characters")
    if debug:
        faults.append("DEBUG must be 0")
    if not allowed_hosts or any(host.startswith(("*", ".")) for host in allowed_hosts):
        faults.append("ALLOWED_HOSTS must name the hosts served, without wildcards")
    if any(not origin.startswith("https://") or "*" in origin for origin in trusted_origins):
        faults.append("CSRF_TRUSTED_ORIGINS must be https:// addresses, without wildcards")
    if not database_url:
        faults.append("DATABASE_URL must be set")
    if not redis_url:
        faults.append("REDIS_URL must be set")
    if faults:
        raise ImproperlyConfigured("Unsafe production settings: " + "; ".join(faults) + ".")
