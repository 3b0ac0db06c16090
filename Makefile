# make demo: set up, scan this machine, write demo/report.html and demo/report.pdf.   make test: set up, pass all tests.
.PHONY: setup demo test check soak bench schemas lock clean
.DEFAULT_GOAL := demo
bin := .venv/bin

setup:
	@.ci/setup runtime

demo: setup
	@mkdir -p demo
	@COMPLIANCE_STATE=demo $(bin)/compliance scan localhost --report demo/report.html --report demo/report.pdf; \
	code=$$?; case $$code in 0|1|3) echo "demo: open demo/report.html or demo/report.pdf (exit code $$code of the scan is explained by compliance --help)" >&2;; *) exit $$code;; esac

test:
	@.ci/setup tests
	@$(bin)/ruff check .
	@$(bin)/ruff format --check .
	@$(bin)/mypy
	@$(bin)/lint-imports
	@$(bin)/pytest -n 2 --dist loadfile -m "not soak"

check: test

soak:
	@.ci/setup tests
	@COMPLIANCE_SOAK=20 $(bin)/pytest -n 2 --dist loadfile -m soak

bench:
	@.ci/setup tests
	@status=0; for file in tests/benchmarks/[a-z]*.py; do name=$$(basename $$file .py); echo "== $$name"; \
	$(bin)/python -m tests.benchmarks.$$name || status=1; done; exit $$status

schemas:
	@.ci/setup tests
	@$(bin)/python -m tests.schemas

lock:
	@.ci/lock

clean:
	rm -rf .venv demo .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
