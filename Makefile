# A list of scripts; nothing here is needed to build or use Entrain.
.PHONY: build test check gen bench bench-peers fuzz mutants same slow cover report release site

build:          ## the static binary
	CGO_ENABLED=0 go build -trimpath -o entrain ./cmd/entrain

test:           ## all tests
	go test ./...

check:          ## what the continuous integration runs
	.ci/run

gen:            ## generated code and the tables of docs/reference.md
	go generate ./...

SITE ?= site
site:           ## the documents as a web site, in the folder SITE
	go run ./internal/site -out $(SITE)

bench:          ## how fast, in Go's benchmarks
	go test -run '^$$' -bench . -benchmem ./...

PYTHON ?= python3
OUT ?= bench/RESULTS.md
VENVS ?= bench/peers
# ONLY=G1,G4 for some problems, WITH=torch for some peers, VENVS=folder for
# environments made elsewhere, OUT=file. What cannot be installed is left out and named.
bench-peers:    ## how fast beside its peers; writes bench/RESULTS.md
	@for r in bench/peers/requirements*.txt; do \
		n=$$(basename $$r .txt); v=$(VENVS)/.venv$${n#requirements}; \
		test -x $$v/bin/python && $$v/bin/python -m pip install -q -r $$r || \
		{ $(PYTHON) -m venv --clear $$v && $$v/bin/python -m pip install -q -r $$r; } || \
		{ echo "$$r cannot be installed; its peers are left out" >&2; rm -rf $$v; }; \
	done
	go run ./bench/compare -environments $(VENVS) -only "$(ONLY)" -with "$(WITH)" -out "$(OUT)"

FUZZTIME ?= 30s
fuzz:           ## every fuzz target in turn
	.ci/fuzz $(FUZZTIME)

BEFORE ?= HEAD
same:           ## fits whose numbers differ from those of the commit BEFORE
	@d=$$(mktemp -d) && trap 'git worktree remove --force $$d/before; rm -rf $$d' EXIT && \
	git worktree add -q --detach $$d/before $(BEFORE) && (cd $$d/before && go build -buildvcs=false -o $$d/old ./cmd/entrain) && \
	go build -buildvcs=false -o $$d/new ./cmd/entrain && \
	go run ./internal/same -entrain $$d/old > $$d/old.txt && go run ./internal/same -entrain $$d/new > $$d/new.txt && \
	diff $$d/old.txt $$d/new.txt && echo "no number differs in $$(wc -l < $$d/new.txt) fits"

MUTATED ?= ./internal/kernel ./program ./field ./ode ./opt ./train/misfit ./train/regress ./train
mutants:        ## how many small faults the short tests of MUTATED notice; takes hours
	go run ./internal/mutants $(MUTATED)

arm64:          ## short tests of the innermost packages for arm64, by qemu
	.ci/arm64

govulncheck:    ## known vulnerabilities, where their database can be reached
	.ci/vulnerabilities

slow:           ## reproductions of published numbers
	go test -tags slow -timeout 60m ./...

cover:          ## lines that the tests reach
	@mkdir -p .cache
	go test -short -coverprofile=.cache/coverage.out ./...
	go tool cover -func=.cache/coverage.out | tail -1

release:        ## binaries for six platforms, with checksums and a bill of materials, in dist/
	go run ./internal/release

report: build   ## the main job on shipped data; look at runs/*/report.html
	./entrain fit examples/lynx-hare.csv
