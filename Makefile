# The commands that developers, packagers and .ci/run use. `make help` lists them.

GO      ?= go
PREFIX  ?= /usr/local
DESTDIR ?=
STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2

# Where the peers are or will be, see scripts/peers.sh; only the targets that need them set it for the tests.
PEERS = $(shell scripts/peers.sh --dir)

all: build ## the same as build

help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):[^#]*## /  \1\t/p' Makefile | expand -t 18

# What the build says of itself: of the history, or in a tree without it, as in a release, of the file VERSION.
VERSION = $(shell scripts/version.sh)
COMMIT  = $(shell scripts/version.sh --commit)

BUILD = CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=false -ldflags='-s -w -buildid= -X main.version=$(VERSION) -X main.commit=$(COMMIT)'

build: ## the command, static, as ./gopahole, and ./gopahole-net, which it calls to speak to servers
	$(BUILD) -o gopahole ./cmd/gopahole
	$(BUILD) -tags gopahole_net -o gopahole-net ./cmd/gopahole

test: ## check, all tests and goldens, race on what has goroutines; needs Go, and a C compiler for race; five minutes
	scripts/test.sh

test-peers: ## the comparison with pahole, bpftool and whole kernels; needs root, apt and 7 GB; half an hour
	scripts/test-peers.sh

# SWEEP is how many modules of each kernel, or all.
test-73: ## what Debian ships of a Linux 7.3 kernel, made again by its pahole and by gopahole for resolve_btfids (350 MB to fetch)
	scripts/peers.sh tools 73c
	GOPAHOLE_PEERS=$(PEERS) $(GO) test -count=1 -v -timeout 20m -run '^TestResolve73$$' ./internal/e2e

test-dumps: ## dump c, json and layout of 200 modules, each header compiled, gen core on 20 kernels (500 MB to fetch); 30 minutes
	scripts/peers.sh tools compilers 61c 612c 72c linux-6.12 boot
	GOPAHOLE_PEERS=$(PEERS) GOPAHOLE_SWEEP=$(or $(SWEEP),100) $(GO) test -count=1 -v -timeout 2h -run '^TestPeer(Kernels|JSON|Samples)$$' ./inspect/cheader ./inspect/layout ./inspect/mincore ./btf

check: vet lint ## format, go vet, staticcheck, go.mod, import direction

vet: ## format and go vet
	@unformatted=$$(gofmt -l .); [ -z "$$unformatted" ] || { echo "gofmt -l: $$unformatted"; exit 1; }
	$(GO) vet ./...
	$(GO) vet -tags gopahole_net ./cmd/gopahole

lint: ## staticcheck, go.mod, import direction
	$(GO) run $(STATICCHECK) ./...
	$(GO) mod tidy -diff
	$(GO) test ./internal/layering

test-report: ## pages of gopahole report in a headless Chromium, with axe; needs node and npm; a minute. PAGE, SHOTS, CHROMIUM
	PAGE='$(PAGE)' SHOTS='$(SHOTS)' CHROMIUM='$(CHROMIUM)' scripts/test-report.sh

cross: ## build and go vet for every machine and system that gopahole may be used on. ONLY=linux/
	scripts/cross.sh

race: ## the tests of what has goroutines, with the race detector (needs a C compiler)
	scripts/race.sh

api-diff: ## what the exported API has lost, changed and gained since the last tag, or since BASE
	scripts/api-diff.sh

licenses: ## the file LICENSES anew, with the licences of all linked modules
	scripts/licenses.sh

licenses-check: ## whether LICENSES is current
	scripts/licenses.sh --check

fuzz: ## every fuzz target for some seconds; FUZZ_SECONDS in all
	scripts/fuzz.sh

fuzz-tool: ## the command on changed copies of the peers' modules, kernels and BTF. FUZZ_MINUTES, FUZZ_SEED, FUZZ_FINDINGS
	scripts/peers.sh tools 61c 612c
	GOPAHOLE_PEERS=$(PEERS) $(GO) run ./internal/toolfuzz -minutes $(or $(FUZZ_MINUTES),2) -findings '$(FUZZ_FINDINGS)' $(if $(FUZZ_SEED),-seed $(FUZZ_SEED))

peers: ## pahole, bpftool and kernels to compare with (needs root; see scripts/peers.sh)
	scripts/peers.sh

e2e: peers ## the command against pahole on whole kernels; E2E is a pattern such as Kernel/612c/default
	GOPAHOLE_PEERS=$(PEERS) $(GO) test ./internal/e2e -timeout 40m -run '$(or $(E2E),.)'

bench: peers ## gopahole and pahole in alternation; the table of BENCHMARKING.md. ROUNDS, KERNEL
	GOPAHOLE_PEERS=$(PEERS) $(GO) run ./internal/bench -rounds $(or $(ROUNDS),5) -kernel $(or $(KERNEL),612c)

bench-modules: ## the same for modules, and the large ones of a full kernel (1 GB more to fetch). ROUNDS, KERNEL
	scripts/peers.sh tools $(or $(KERNEL),612c) 612
	GOPAHOLE_PEERS=$(PEERS) $(GO) run ./internal/bench -modules -rounds $(or $(ROUNDS),3) -kernel $(or $(KERNEL),612c)

bench-cores: peers ## how long vmlinux takes with up to 64 processors, by replaying recorded runs. ROUNDS, KERNEL
	GOPAHOLE_PEERS=$(PEERS) $(GO) run ./internal/bench -cores -rounds $(or $(ROUNDS),5) -kernel $(or $(KERNEL),612c)

bench-build: ## the modules of a kernel's build, in place, by make and in one process. ROUNDS, KERNEL (612all: 1 GB more), EVERY, JOBS
	scripts/peers.sh tools $(or $(KERNEL),612c)
	GOPAHOLE_PEERS=$(PEERS) $(GO) run ./internal/bench -build -rounds $(or $(ROUNDS),3) -kernel $(or $(KERNEL),612c) -every $(or $(EVERY),1) $(if $(JOBS),-jobs $(JOBS))

bench-verbs: peers ## verify, relocate --check, distill and dump on the modules of a kernel. ROUNDS, KERNEL
	GOPAHOLE_PEERS=$(PEERS) $(GO) run ./internal/bench -verbs -rounds $(or $(ROUNDS),3) -kernel $(or $(KERNEL),612c)

bench-dumps: peers ## dump in its forms and gen core on a vmlinux, in alternation with bpftool and pahole. ROUNDS, KERNEL
	GOPAHOLE_PEERS=$(PEERS) $(GO) run ./internal/bench -dumps -rounds $(or $(ROUNDS),15) -kernel $(or $(KERNEL),612c)

bench-machines: peers ## what the settings of the process give without huge pages, with one processor, in 128 MB, uncached. ROUNDS, KERNEL
	GOPAHOLE_PEERS=$(PEERS) $(GO) run ./internal/bench -machines -rounds $(or $(ROUNDS),5) -kernel $(or $(KERNEL),612c)

bench-worst: ## time of the worst known inputs at n, 2n and 4n; the table of BENCHMARKING.md. RUN=part of a name
	$(GO) run ./internal/worst $(if $(RUN),-run '$(RUN)')

bench-archive: ## a debug package to an archive, in alternation with dpkg-deb, pahole and tar; an hour. PACKAGE=FILE.deb, ROUNDS
	@[ -n '$(PACKAGE)' ] || { echo "make bench-archive: PACKAGE=FILE.deb names the debug package of a kernel" >&2; exit 1; }
	scripts/peers.sh tools 612c
	GOPAHOLE_PEERS=$(PEERS) $(GO) run ./internal/bench -archive '$(PACKAGE)' -rounds $(or $(ROUNDS),3)

# KERNELS is a list such as "6.12 7.2"; ENCODER=pahole tests the test; ALL=1 takes all configurations, not two.
KERNELS ?= 6.12
kernel-test: ## build Linux and modules with gopahole, boot them, compare (see docs/kernel-builds.md). KERNELS, ENCODER, ALL
	scripts/peers.sh tools libbpf18 $(addprefix linux-,$(KERNELS))
	GOPAHOLE_PEERS=$(PEERS) $(GO) run ./internal/kerneltest -kernels '$(KERNELS)' -encoder $(or $(ENCODER),gopahole) $(if $(ALL),-all)

matrix: ## gopahole and pahole over compilers, DWARF versions, forms and machines; writes testdata/matrix.md. ONLY
	scripts/peers.sh tools libbpf18 matrix
	GOPAHOLE_PEERS=$(PEERS) $(GO) run ./internal/matrix -only '$(ONLY)' $(if $(ONLY),,-o testdata/matrix.md)

test-old: ## the same with the oldest compilers that there are, and with the C of older kernels. ONLY
	scripts/peers.sh tools libbpf18 matrix
	GOPAHOLE_PEERS=$(PEERS) $(GO) run ./internal/matrix -old -only '$(ONLY)'

pahole-tests: ## pahole's own tests of its encoder, with pahole and with gopahole. DWARVES, a checkout of its sources; VMLINUX
	scripts/peers.sh tools pahole-tests
	GOPAHOLE_PEERS=$(PEERS) scripts/pahole-tests.sh '$(DWARVES)'

pgo: peers ## the profile that the compiler optimises by, cmd/gopahole/default.pgo, anew from both kernels
	GO="$(GO)" scripts/pgo.sh

testdata: ## the objects of testdata/dwarf anew, with the compilers of the peers
	scripts/testdata.sh

golden: peers ## the goldens of these objects anew, with the pahole of the peers; read the difference
	GOPAHOLE_PEERS=$(PEERS) $(GO) test ./internal/e2e -run Golden -update

# What make install puts below PREFIX: mode, source, place. All of it is in the tree but the command.
INSTALLED = \
	755:gopahole:bin/gopahole \
	755:gopahole-net:lib/gopahole/gopahole-net \
	$(foreach page,$(notdir $(wildcard contrib/man/*.1)),644:contrib/man/$(page):share/man/man1/$(page)) \
	644:contrib/completion/gopahole.bash:share/bash-completion/completions/gopahole \
	644:contrib/completion/_gopahole:share/zsh/site-functions/_gopahole \
	644:contrib/completion/gopahole.fish:share/fish/vendor_completions.d/gopahole.fish \
	644:contrib/json/gopahole.schema.json:share/gopahole/gopahole.schema.json \
	644:contrib/dkms/gopahole.conf:share/gopahole/dkms/gopahole.conf \
	755:contrib/dkms/gopahole-dkms:share/gopahole/dkms/gopahole-dkms \
	644:LICENSE:share/doc/gopahole/LICENSE \
	644:LICENSES:share/doc/gopahole/LICENSES \
	644:CHANGELOG.md:share/doc/gopahole/CHANGELOG.md

# Other programs' names for it, beside and not in the way of them: make PAHOLE=PREFIX/lib/gopahole/pahole
PERSONALITIES = pahole resolve_btfids

install: ## all of it into $(DESTDIR)$(PREFIX), after make build; needs no Go
	@[ -x gopahole ] && [ -x gopahole-net ] || { echo "there is no ./gopahole: make build (which needs Go, and not root) comes first" >&2; exit 1; }
	@set -e; for f in $(INSTALLED); do IFS=:; set -- $$f; unset IFS; \
		install -D -m $$1 "$$2" "$(DESTDIR)$(PREFIX)/$$3"; done
	@set -e; install -d "$(DESTDIR)$(PREFIX)/lib/gopahole"; for name in $(PERSONALITIES); do \
		ln -sfn ../../bin/gopahole "$(DESTDIR)$(PREFIX)/lib/gopahole/$$name"; done

# Directories that others may use as well stay if anything is in them.
uninstall: ## removes what make install has put there
	@for f in $(INSTALLED); do rm -f "$(DESTDIR)$(PREFIX)/$${f##*:}"; done
	@for name in $(PERSONALITIES); do rm -f "$(DESTDIR)$(PREFIX)/lib/gopahole/$$name"; done
	@for dir in share/gopahole/dkms share/gopahole share/doc/gopahole lib/gopahole; do \
		rmdir "$(DESTDIR)$(PREFIX)/$$dir" 2>/dev/null || true; done

release: ## sources, binaries for all of Debian's machines, packages, checksums, list of parts: into dist/. ONLY=amd64
	scripts/release.sh

test-release: ## make release twice, compare, install in fresh roots of Debian, use, remove (root; peers). ROOTS
	scripts/peers.sh tools
	GOPAHOLE_PEERS=$(PEERS) scripts/test-release.sh

test-recipes: ## the recipes for Arch and Nix, with Debian's makepkg and Nix (root; peers). UPDATE=--update writes the hash
	GOPAHOLE_PEERS=$(PEERS) scripts/test-recipes.sh $(UPDATE)

test-slurm: ## an archive made by an array of Slurm, on this machine, and by one run (root; peers; apt). ROOT=trixie
	scripts/peers.sh tools 612c
	GOPAHOLE_PEERS=$(PEERS) scripts/test-slurm.sh

test-archive: ## kernels of Debian to an archive, killed ten times on the way (network, 20 GB, an hour). PACKAGES, SUITES, KILLS, SEED
	scripts/test-archive.sh

manual: ## the manual pages and the completion of shells anew, from the options and help texts
	$(GO) test ./cmd/gopahole -run 'Manual|Completion' -update

clean: ## remove what build makes
	rm -rf gopahole gopahole-net dist

.PHONY: all help build test test-peers test-73 test-dumps check vet lint cross race api-diff licenses licenses-check fuzz fuzz-tool peers e2e bench bench-modules bench-cores bench-build bench-verbs bench-dumps bench-machines bench-archive bench-worst kernel-test matrix test-old pahole-tests pgo testdata golden install uninstall release test-release test-recipes test-slurm test-archive test-report manual clean
