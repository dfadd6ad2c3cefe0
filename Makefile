PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo demo/graph test check audit licences fuzz unit golden screenshots schemas clean

demo: demo/graph  ## build the graph of examples/ and open its page
	$(BIN)/kg view demo/graph -o demo/graph.html

test: check unit  ## all that must hold: style, types, licences, tests with coverage

check: $(VENV)/installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m tests.dependencies licences
	$(BIN)/python -m tests.dependencies audit

audit: $(VENV)/installed-test  ## what is known against the installed packages; needs the network, and says so where there is none
	$(BIN)/python -m tests.dependencies audit

licences: $(VENV)/installed-test  ## the licences of the packages that a user gets
	$(BIN)/python -m tests.dependencies licences

fuzz: $(VENV)/installed-test  ## inputs made at random, other ones every time; N is the number of examples a test
	PAPERKG_FUZZ=$(or $(N),20000) $(BIN)/pytest -q tests/test_fuzz.py

unit: $(VENV)/installed-test
	$(BIN)/coverage run -m pytest
	$(BIN)/coverage report

golden: $(VENV)/installed-test  ## write the expected results of the golden runs anew
	PAPERKG_GOLDEN=write $(BIN)/pytest -q tests/test_golden.py tests/test_cypher_cookbook.py

screenshots: $(VENV)/installed-test demo/graph  ## pictures of the example page, those of the README among them
	$(BIN)/python -m tests.screenshots demo/graph demo/screenshots
	mkdir -p docs/images
	cp demo/screenshots/map.png docs/images/page-map.png
	cp demo/screenshots/dark.png docs/images/page-dark.png

demo/graph: $(VENV)/installed
	$(BIN)/kg build examples/*.txt examples/papers.jsonl -o demo/graph

schemas: $(VENV)/installed  ## write the JSON Schema files anew
	$(BIN)/python -m schemas.json_schema

$(VENV)/installed: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "paperkg needs Python 3.11 or newer; name one: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/installed-test: $(VENV)/installed
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[test]'
	@touch $@

clean:
	rm -rf $(VENV) .neo4j demo build dist *.egg-info .coverage* .mypy_cache .pytest_cache .ruff_cache .hypothesis
