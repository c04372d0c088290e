# Every target installs what it needs. `make` alone prints this help.
SHELL := /bin/bash
.DEFAULT_GOAL := help
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
NODE := node
RUN := $(CURDIR)/node_modules/.stamp
STOREFRONT := $(CURDIR)/examples/storefront/node_modules/.stamp

.PHONY: help demo demo-down test check generate verify format lint types unit integration e2e e2e-gitops cluster cluster-down images run bench bench-detection bench-scale bench-cache

help: ## print this help
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(RUN): package.json package-lock.json
	@command -v npm >/dev/null || { echo "npm is missing: install Node.js 20 or newer (Debian: apt-get install nodejs npm)"; exit 1; }
	npm ci --no-progress
	@touch $@

$(STOREFRONT): examples/storefront/package.json examples/storefront/package-lock.json
	npm ci --no-progress --prefix examples/storefront
	@touch $@

demo: $(RUN) $(STOREFRONT) ## set everything up, install the chart on a throw-away cluster, show an app serving, scaling and healing
	@$(NODE) e2e/demo/main.ts up

demo-down: $(RUN) ## remove the demo's cluster and everything it changed on this machine
	@$(NODE) e2e/demo/main.ts down

test: $(RUN) $(STOREFRONT) ## run every test that this machine can run
	@$(NODE) tools/test.ts

check: $(RUN) $(STOREFRONT) ## generated files fresh, format, lint, types, dead code, unit tests: no cluster
	@$(NODE) tools/test.ts check unit

generate: $(RUN) ## write the CRD, the chart's schema and README, the reference docs and the rendered examples
	@$(NODE) tools/generate.ts

verify: $(RUN) ## prove that generated files are fresh
	@$(NODE) tools/generate.ts --verify

format: $(RUN) ## format every source file
	@prettier --write --log-level warn .

lint: $(RUN) $(STOREFRONT) ## type-aware lint
	@oxlint --type-aware --deny-warnings

types: $(RUN) $(STOREFRONT) ## type check
	@tsc --noEmit

unit: $(RUN) $(STOREFRONT) ## unit tests
	@vitest run --project unit

integration: $(RUN) ## tests against a real API server (plain processes, no root, no nodes)
	@$(NODE) tools/test.ts integration

e2e: $(RUN) $(STOREFRONT) ## tests on a real cluster with real pods
	@$(NODE) tools/test.ts e2e

e2e-gitops: $(RUN) ## tests with Argo CD itself (built once, in minutes; plain processes, no root, simulated nodes)
	@$(NODE) tools/test.ts gitops

cluster: $(RUN) $(STOREFRONT) ## start the test cluster (kind) and print how to use it
	@$(NODE) e2e/cluster/main.ts up

cluster-down: $(RUN) ## delete the test cluster and everything it changed on this machine
	@$(NODE) e2e/cluster/main.ts down

images: $(RUN) $(STOREFRONT) ## build the images and load them into the test cluster
	@$(NODE) e2e/images/main.ts

run: $(RUN) ## run the operator out of the cluster against KUBECONFIG
	@$(NODE) operator/main.ts --no-leader-elect --log-format pretty

bench: $(RUN) $(STOREFRONT) ## apply to Ready beside the same manifests applied by hand, then bench-detection
	@$(NODE) bench/main.ts
	@$(NODE) bench/detection.ts

bench-detection: $(RUN) $(STOREFRONT) ## how soon bad canaries are sent back, beside Argo Rollouts (built once)
	@$(NODE) bench/detection.ts

bench-scale: $(RUN) ## what an app costs in requests, time and memory, beside a bare writer and a Go operator (APPS=1000)
	@$(NODE) bench/scale.ts

bench-cache: $(RUN) ## what cached objects cost in each form that the cache could have
	@$(NODE) bench/cache.ts
