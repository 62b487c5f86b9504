# Everything starts here. A machine needs Go and make; what else a target needs, it installs or builds.

STACK ?= dev
LAB = squid cloud-init ip nft # what a proxy and its sensors are rehearsed with
IMAGES = .tools/images/bookworm .tools/images/trixie # of machines that boot by the real systemd

FUZZTIME ?= 1m
FUZZERS = site:FuzzLoad reach:FuzzAddedRule
FUZZERS += endpoints:FuzzARangeFileIsReadExactlyOrRefused endpoints:FuzzEndpointDetailsAreHostsThatSquidTakes
FUZZERS += squid:FuzzSquidTakesAProxyOrItIsRefused squid:FuzzSquidTakesAnOnsiteProxyOrItIsRefused

.PHONY: help build generate mutations rehearse live test check tests quick race fuzz steady newest vm bench lint plan
.PHONY: format vet
.NOTPARALLEL: # compiling the Azure SDK takes 3 GB: never twice at once; what may go beside it, make test says
# The same flags everywhere, or everything is compiled twice.
export GOFLAGS := $(shell tools/goflags.sh)
MAKEFLAGS += --no-print-directory

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## the program that the Pulumi CLI runs, if its sources have changed; a preview does it too
	@tools/site build

rehearse: ## pulumi up of STACK (dev) against Azure's stand-in, then a sensor's traffic through the proxy it built
	@tools/packages.sh $(LAB)
	@tools/patience.sh 'compiling (once: Pulumi and the Azure SDK take minutes)' tools/compile.sh rehearsal
	.tools/bin/rehearsal -stack $(STACK) $(ARGS)

# A stack that nobody has named is none to try.
live: ## STACK in a real subscription, which costs money: up, verify, up again, destroy (docs/live.md)
	@tools/live.sh '$(if $(filter file,$(origin STACK)),,$(STACK))'

# What is downloaded or waits for a disk goes beside what computes.
test: plan format ## every check there is
	@tools/packages.sh $(LAB) gcc faketime shellcheck mmdebstrap systemd-nspawn node npm
	@tools/beside.sh '$(MAKE) vet' '$(MAKE) .tools/golangci-lint $(IMAGES) .tools/typescript .tools/npm .tools/bin/scan'
	@tools/beside.sh '$(MAKE) .tools/bin/pulumi build' '$(MAKE) lint'
	@$(MAKE) tests
	@echo 'make test: gofmt, go vet, golangci-lint, actionlint, shellcheck, the tests of all modules: all passed'

check: format vet lint

tests: .tools/bin/pulumi .tools/bin/scan .tools/typescript .tools/npm build
	@tools/packages.sh $(LAB) gcc faketime
	tools/gotest.sh all $(SHARD)

quick: format .tools/npm ## the inner loop: the tests that need neither root nor the Azure SDK
	tools/gotest.sh quick

race: .tools/bin/pulumi .tools/npm build ## the race detector on what links the Azure SDK (11 GB) and on all of the lab
	@tools/packages.sh $(LAB) gcc
	tools/gotest.sh race

# Pulumi's engine leaves a listener open after each operation, so no process lives through more than a quarter of the
# configurations.
fuzz: ## 10,000 configurations, every fault, 100 sites, a boot per line of squid.conf, chaos, FUZZTIME of each fuzzer
	@for n in 0 1 2 3; do \
		go -C rehearsal test ./lifecycle -run "EveryConfiguration/generated/$$n" -v -rapid.checks=2500 -timeout 6h || \
			exit 1; \
	done
	go -C rehearsal test ./lifecycle -run 'InjectedFault|AWrite' -faults -v -timeout 6h
	go -C rehearsal test ./engine -run FleetIsRolledOut -sites 100 -kills 100 -v -timeout 4h
	go -C rehearsal test ./lab -run 'Unnoticed|Weakened' -boot -v -timeout 6h
	go -C rehearsal test ./lab -run Chaos -chaos 1h -seed 0 -v -timeout 2h
	@for f in $(FUZZERS); do \
		go test ./internal/$${f%:*} -run '^$$' -fuzz $${f#*:} -fuzztime $(FUZZTIME) -fuzzminimizetime 1s || exit 1; \
	done

RUNS ?= 10

steady: ## all tests, RUNS (10) times in a row, while every core is kept busy by something else: hours
	tools/steady.sh $(RUNS) $(MAKE) tests SHARD=$(SHARD)

newest: .tools/images/sid ## every check on the Squid of Debian unstable, which changes by the day
	@tools/packages.sh $(LAB) gcc
	go -C rehearsal test ./lab -run NewerSquid -newest -v

vm: .tools/images/vm ## the custom data on a kernel of its own, in a virtual machine: half an hour, and 4 GB
	@tools/packages.sh qemu-system-x86_64 mkfs.ext4
	tools/vm.sh .tools/images/vm internal/squid/testdata/cloud-config.yaml

RENDERED = TheDocumentedProxys|TheProxyThatAsks|TheInstallScript$$|TheOnsiteProxiesSquidConf

generate: .tools/bin/pulumi .tools/bin/scan build ## everything that is generated, but for what make mutations writes
	go run ./internal/site/generate
	go -C plugin run ./schema/generate
	go test ./internal/site -run Mistake -update
	go test ./internal/squid -run '$(RENDERED)' -update
	go test ./internal/alerts -run Pages -update
	go -C rehearsal test ./arm -run Catalogue -update
	go -C rehearsal test ./azurenative -run Page -update
	go -C rehearsal test ./lifecycle -run 'ChangesPage|Role|Scanner' -update
	go -C rehearsal test ./calibrate -run Itself -update
	go -C rehearsal test ./engine -run Shown -update

mutations: ## docs/mutations.md, attacks.md, troubles.md, after a change of squid.conf or around it; boots instances
	@tools/packages.sh $(LAB)
	go -C rehearsal test ./lab -parallel 3 -timeout 60m -update

bench: ## measures the figures of the README's performance table, and writes them there and to docs/performance.json
	@tools/packages.sh $(LAB)
	go -C rehearsal run ./bench

# Half of a linter's work is collecting garbage.
lint: export GOGC := 400
lint: export GOMEMLIMIT := 2GiB
lint: .tools/golangci-lint ## golangci-lint and govulncheck on all modules, actionlint, shellcheck
	@tools/packages.sh shellcheck
	.tools/golangci-lint run
	cd plugin && ../.tools/golangci-lint run
	cd rehearsal && ../.tools/golangci-lint run
	cd tools/scan && ../../.tools/golangci-lint run
	@tools/vulncheck.sh .
	@tools/vulncheck.sh plugin
	@tools/vulncheck.sh rehearsal
	.tools/actionlint
	shellcheck tools/*.sh tools/site .ci/run

plan:
	@echo 'make test: gofmt, go vet, golangci-lint, govulncheck, actionlint, shellcheck, then the tests of all modules.'
	@echo 'With cold caches that compiles the Azure SDK and the Pulumi CLI: see the README for how long.'

format:
	@files=$$(gofmt -l .) && [ -z "$$files" ] || \
		{ echo "not as gofmt has it, run gofmt -w on:"; echo "$$files"; exit 1; }

vet:
	go vet ./...
	go -C plugin vet ./...
	go -C rehearsal vet ./...
	go -C tools/scan vet ./...

.tools/golangci-lint: tools/go.mod tools/go.sum # and actionlint and govulncheck with it
	go -C tools build -o ../.tools/ tool

tests race mutations: $(IMAGES)
# The keys of newer releases are in the older one.
.tools/images/trixie .tools/images/sid: .tools/images/bookworm
.tools/images/vm: tools/image.sh tools/mirror.sh
	@tools/packages.sh mmdebstrap systemd-nspawn
	@tools/patience.sh 'making an image of Debian with a kernel' \
		tools/image.sh bookworm $@ linux-image-cloud-amd64
	touch $@
.tools/images/%: tools/image.sh tools/mirror.sh
	@tools/packages.sh mmdebstrap systemd-nspawn
	@tools/patience.sh 'making an image of Debian $*' tools/image.sh $* $@
	touch $@

# What the example in TypeScript needs, in the versions of its package-lock.json. No package's script is run.
.tools/typescript: examples/library-typescript/package.json examples/library-typescript/package-lock.json
	@tools/packages.sh node npm
	mkdir -p $@
	cp $^ $@
	cd $@ && npm ci --engine-strict --ignore-scripts --no-audit --no-fund
	touch $@

# What tests run on Node.js or in a browser: Chromium itself, axe-core, Kusto's parser and Azurite.
.tools/npm: tools/npm/package.json tools/npm/package-lock.json tools/npm.sh
	@tools/packages.sh node npm
	@tools/patience.sh 'installing Chromium and Azurite' tools/npm.sh tools/npm $@
	touch $@

# What reads ARM templates: KICS's queries, and the engine that evaluates them.
.tools/bin/scan: tools/scan/go.mod tools/scan/go.sum tools/scan/main.go
	@tools/patience.sh 'compiling the scanner of templates' go -C tools/scan build -o ../../$@ .

.tools/bin/pulumi: rehearsal/go.mod
	@tools/patience.sh 'compiling the Pulumi CLI' tools/compile.sh
