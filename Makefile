# Everything that is done with this repository. `make` lists it.

SWIFT ?= swift
DEMO ?=
PARITY ?=
LYCEUM = .build/release/lyceum
SOURCES = Package.swift $(wildcard Sources Tests Benchmarks)

.DEFAULT_GOAL := help
.PHONY: help setup setup-tests build run test lint format docs bench parity spark-failures relevance crashes drill faults load contract soak memory clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  %-15s %s\n", $$1, $$2 }'

setup: ## install what building and running needs: Debian packages, database drivers
	scripts/setup

setup-tests: ## the same, and what the tests need: PostgreSQL, Spark, PyArrow
	scripts/setup --tests

build: setup ## the optimised program, .build/release/lyceum
	$(SWIFT) build --configuration release --product lyceum

run: build ## the main job on real sample data; ends with what to look at, serves until Ctrl-C
	$(LYCEUM) demo $(DEMO)

test: setup-tests ## all tests, room by room, with every failure at the end; one room: scripts/test ROOM
	$(SWIFT) build --build-tests
	SWIFT=$(SWIFT) scripts/test

lint: ## the formatter's opinion; any remark is a failure
	$(SWIFT) format lint --strict --recursive $(SOURCES)

format: ## let the formatter have its way
	$(SWIFT) format --in-place --recursive $(SOURCES)

docs: ## the libraries' documentation, .build/docs/<target>
	scripts/docs

bench: ## measure against named peers; JSON lines
	scripts/bench

parity: build ## build all models on the embedded engine and on Spark, and compare every row; PARITY=--reference; JSON lines
	scripts/setup --tests --spark
	LYCEUM=$(LYCEUM) scripts/parity $(PARITY)

spark-failures: build ## kill a worker and the server of a Spark in mid-run; every row must come out all the same; JSON lines
	scripts/setup --tests --spark
	LYCEUM=$(LYCEUM) scripts/spark-failures

relevance: ## judge search on SciFact, MELO, unseen titles and our own set, against BM25 and MiniLM; JSON lines
	scripts/relevance

crashes: build ## kill publications, upkeep, backups and runs, and check that all is before or after; JSON lines
	$(SWIFT) build --configuration release --product lake-crashes
	LYCEUM=$(LYCEUM) scripts/crashes

drill: build ## destroy a campus and restore it from its backups; the recovery time and point, JSON lines
	LYCEUM=$(LYCEUM) scripts/drill

faults: build setup-tests ## make every source fail in every known way and reconcile the lake exactly; JSON lines
	LYCEUM=$(LYCEUM) scripts/faults

load: build ## serve at 1,000 requests a second, at the peak and beyond it, while certificates change and under kill -9; JSON lines
	LYCEUM=$(LYCEUM) scripts/load

contract: setup-tests ## Schemathesis against the OpenAPI document, as each role and as nobody, two minutes each
	LYCEUM_TESTS=LyceumServerTests $(SWIFT) build --build-tests
	LYCEUM_TESTS=LyceumServerTests LYCEUM_CONTRACT_SECONDS=120 $(SWIFT) test --skip-build --filter '^LyceumServerTests\.ContractTests'

soak: ## an hour of searches, changes and swaps under ThreadSanitizer, and writers killed at random; JSON lines
	scripts/soak --seconds 3600

memory: setup-tests ## the Arrow and ADBC tests under AddressSanitizer
	scripts/check-memory

clean: ## remove what was built; data under .lyceum stays
	rm -rf .build
