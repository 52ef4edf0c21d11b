# The commands of Linli. On a bare Debian 12 with python3, python3-venv and make each of them works from nothing.
#
#   make demo    everything from nothing: real communities, plans, a run, PDF reports in var/reports/
#   make serve   the portal at http://127.0.0.1:8000
#   make test    the whole test suite          make check   linters, types, contracts, translations, settings
#   make prove   the two readings of a formula against each other, ten thousand times
#   make bench   how long one city takes, and two other ways of judging it; figures are printed, never asserted

PYTHON ?= python3
PROCESSES ?= 2
BIN := .venv/bin
MESSAGES := locale/zh_Hans/LC_MESSAGES/django

.PHONY: demo serve test check prove bench clean
.DELETE_ON_ERROR:

demo: .venv/.machine-demo .venv/.installed $(MESSAGES).mo var/static/staticfiles.json
	$(BIN)/python manage.py demo

serve: .venv/.machine-demo .venv/.installed $(MESSAGES).mo var/static/staticfiles.json
	$(BIN)/python -m config.embedded run $(BIN)/python -m config.serve

test: .venv/.machine-test .venv/.installed $(MESSAGES).mo
	$(BIN)/python -m config.embedded run --tests $(BIN)/python -m pytest -n $(PROCESSES) --dist worksteal

check: .venv/.machine-test .venv/.installed $(MESSAGES).mo
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports
	$(BIN)/mypy .
	$(BIN)/python manage.py check --fail-level WARNING
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python -m config.translations
	$(BIN)/python -m config.variables --check docs/reference/settings.md
	$(BIN)/python manage.py list_access --format markdown --check docs/reference/access.md
	$(BIN)/python manage.py roles --check docs/reference/roles.md

prove: export HYPOTHESIS_EXAMPLES ?= 10000
prove: .venv/.machine-test .venv/.installed $(MESSAGES).mo
	$(BIN)/python -m config.embedded run --tests $(BIN)/python -m pytest -n 0 \
	  --hypothesis-show-statistics tests/formulas/test_two_readings.py

bench: .venv/.machine-demo .venv/.installed $(MESSAGES).mo
	$(BIN)/python -m config.embedded run $(BIN)/python bench/one_city.py

# What the others stand on. The stamps make a second call quick.

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
	  || { echo "linli: $(PYTHON) must be Python 3.11, 3.12 or 3.13; name one with make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null \
	  || { echo "linli: please have installed (as root):  apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv .venv

.venv/.installed: requirements/dev.txt | .venv/bin/python
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

.venv/.machine-demo: config/machine.sh | .venv/bin/python
	@config/machine.sh demo
	@touch $@

.venv/.machine-test: config/machine.sh | .venv/bin/python
	@config/machine.sh test
	@touch $@ .venv/.machine-demo

$(MESSAGES).mo: $(MESSAGES).po | .venv/.machine-demo
	msgfmt --check-format -o $@ $<

var/static/staticfiles.json: $(shell find static -type f) requirements/base.txt | .venv/.installed
	$(BIN)/python manage.py collectstatic --noinput -v 0

clean:
	rm -rf .venv $(MESSAGES).mo
