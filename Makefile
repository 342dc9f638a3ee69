# Everything that is done with this repository. `make` lists it.

SWIFT ?= swift
DEMO ?=
LYCEUM = .build/release/lyceum
ROOMS = $(notdir $(wildcard Tests/*Tests))
SOURCES = Package.swift $(wildcard Sources Tests Benchmarks)

.DEFAULT_GOAL := help
.PHONY: help setup setup-tests build run test lint format docs bench relevance crashes drill faults soak memory clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  %-12s %s\n", $$1, $$2 }'

setup: ## install what building and running needs: Debian packages, database drivers
	scripts/setup

setup-tests: ## the same, and what the tests need: PostgreSQL, PyArrow
	scripts/setup --tests

build: setup ## the optimised program, .build/release/lyceum
	$(SWIFT) build --configuration release --product lyceum

run: build ## the main job on real sample data; ends with what to look at, serves until Ctrl-C
	$(LYCEUM) demo $(DEMO)

test: setup-tests ## all tests, room by room: they start servers, which must not starve one another
	$(SWIFT) build --build-tests
	@failed=; for room in $(ROOMS); do \
		echo "testing $$room"; \
		$(SWIFT) test --skip-build --filter "^$$room\\." || failed="$$failed $$room"; \
	done; \
	if [ -n "$$failed" ]; then echo "tests failed:$$failed" >&2; exit 1; fi

lint: ## the formatter's opinion; any remark is a failure
	$(SWIFT) format lint --strict --recursive $(SOURCES)

format: ## let the formatter have its way
	$(SWIFT) format --in-place --recursive $(SOURCES)

docs: ## the libraries' documentation, .build/docs/<target>
	scripts/docs

bench: ## measure against named peers; JSON lines
	scripts/bench

relevance: ## judge search on SciFact, MELO, unseen titles and our own set, against BM25 and MiniLM; JSON lines
	scripts/relevance

crashes: build ## kill publications, upkeep, backups and runs, and check that all is before or after; JSON lines
	$(SWIFT) build --configuration release --product lake-crashes
	LYCEUM=$(LYCEUM) scripts/crashes

drill: build ## destroy a campus and restore it from its backups; the recovery time and point, JSON lines
	LYCEUM=$(LYCEUM) scripts/drill

faults: build setup-tests ## make every source fail in every known way and reconcile the lake exactly; JSON lines
	LYCEUM=$(LYCEUM) scripts/faults

soak: ## an hour of searches, changes and swaps under ThreadSanitizer, and writers killed at random; JSON lines
	scripts/soak --seconds 3600

memory: setup-tests ## the Arrow and ADBC tests under AddressSanitizer
	scripts/check-memory

clean: ## remove what was built; data under .lyceum stays
	rm -rf .build
