PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo demo/graph test check audit licences fuzz unit docs golden screenshots style-figures schemas dist clean

demo: demo/graph  ## build the graph of examples/ and open its page
	$(BIN)/kg view demo/graph -o demo/graph.html

test: check docs unit  ## all that must hold: style, types, licences, documentation, tests with coverage

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

docs: $(VENV)/installed-docs  ## the documentation site, in build/site; a warning is an error
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

golden: $(VENV)/installed-test  ## write the expected results of the golden runs anew
	PAPERKG_GOLDEN=write $(BIN)/pytest -q tests/test_golden.py tests/test_cypher_cookbook.py tests/test_analysis_docs.py tests/test_reference_pages.py tests/test_documented.py

style-figures: $(VENV)/installed  ## count how the code is written, for docs/architecture.md
	$(BIN)/python benchmarks/style_figures.py

screenshots: $(VENV)/installed-test demo/graph  ## pictures of the example page, those of the README among them
	$(BIN)/python -m tests.screenshots demo/graph demo/screenshots
	mkdir -p docs/images
	cp demo/screenshots/map.png docs/images/page-map.png
	cp demo/screenshots/dark.png docs/images/page-dark.png

demo/graph: $(VENV)/installed
	$(BIN)/kg build examples/*.txt examples/papers.jsonl -o demo/graph

schemas: $(VENV)/installed  ## write the JSON Schema files anew
	$(BIN)/python -m schemas.json_schema

dist: $(VENV)/installed  ## the wheel and the sdist of a release
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[release]'
	rm -rf dist
	$(BIN)/python -m build
	$(BIN)/twine check --strict dist/*

$(VENV)/installed: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "paperkg needs Python 3.11 or newer; name one: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/installed-test: $(VENV)/installed
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[test]'
	@touch $@

$(VENV)/installed-docs: $(VENV)/installed
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[docs]'
	@touch $@

clean:
	rm -rf $(VENV) .neo4j demo build dist *.egg-info .coverage* .mypy_cache .pytest_cache .ruff_cache .hypothesis
