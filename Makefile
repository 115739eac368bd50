# The commands of README.md. Each target does one thing and says what it needs.
GO ?= go
# The flags of deployed programs: two builds in different folders are equal byte for byte.
DEPLOY = CGO_ENABLED=0 GOOS=linux $(GO) build -trimpath -buildvcs=false -tags lambda.norpc -ldflags '-s -w -buildid='
COMMIT := $(shell git describe --always --dirty --abbrev=12 2>/dev/null || echo unknown)
AS_OF  := $(shell git log -1 --format=%ct 2>/dev/null || echo 0)
SAM ?= sam
# Pictures are encoded by the WebAssembly that the module carries, never by the
# libwebp of the machine, whose bytes differ from version to version.
export GOFLAGS := $(GOFLAGS) -tags=nodynamic
STAGE ?= default

.PHONY: help run check edition build test verify bench deploy rollback outputs logs local clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  \1\t/' | expand -t 12

run: ## the site on http://127.0.0.1:8080, reloaded at each save (needs Go)
	$(GO) run ./functions/broadsheet serve -live

check: ## check the content only
	$(GO) run ./functions/broadsheet check

edition: ## print the content into .edition/edition, which programs embed
	$(GO) run ./functions/broadsheet edition -commit '$(COMMIT)' -as-of '$(AS_OF)'

build: edition ## the programs of the deployment, into bin/
	$(DEPLOY) -o bin/pages/bootstrap ./functions/pages
	$(DEPLOY) -o bin/subscription/bootstrap ./functions/subscription
	$(GO) build -trimpath -o bin/broadsheet ./functions/broadsheet

test: ## everything that needs only Go
	$(GO) vet ./...
	@# The output of all tests is searched for addresses and tokens, see infra/leaks.
	$(GO) test -json ./... | $(GO) run ./infra/leaks
	@# Not from the cache: these look at the whole tree and compile the programs.
	$(GO) test -json -count=1 ./functions | $(GO) run ./infra/leaks

verify: ## everything else: emulated AWS, browser, checkers, SAM (fetches its tools)
	infra/verify/verify.sh

bench: ## speed and size beside their peers, as ratios in one run (uses valgrind, nginx, caddy, wrk where installed)
	infra/bench/bench.sh

deploy: ## check, test, build, deploy, compare; STAGE=production for the real one (needs SAM and an AWS account)
	SAM='$(SAM)' STAGE='$(STAGE)' infra/deploy.sh deploy

rollback: ## deploy the release before, or TO=<commit>
	SAM='$(SAM)' STAGE='$(STAGE)' infra/deploy.sh rollback '$(TO)'

outputs: ## what the stack has to say: address, table, logs
	@SAM='$(SAM)' STAGE='$(STAGE)' infra/deploy.sh outputs

logs: ## follow the logs of the deployed programs
	@SAM='$(SAM)' STAGE='$(STAGE)' infra/deploy.sh logs

# A container here has this machine's processor, the deployment has arm64. The
# form needs a table: EMULATOR=http://… names an emulator of AWS that containers
# reach; without one it says that the newsletter is resting.
SAM_ARCHITECTURE = $(if $(filter arm64,$(shell $(GO) env GOARCH)),arm64,x86_64)
local: ## the programs in SAM's local API on port 3000 (needs SAM and Docker)
	ARCH=$$($(GO) env GOARCH) SITE_URL=http://127.0.0.1:3000 $(SAM) build
	sed 's#"AWS_ENDPOINT_URL": ""#"AWS_ENDPOINT_URL": "$(EMULATOR)"#' infra/local.json >.aws-sam/local.json
	$(SAM) local start-api --env-vars .aws-sam/local.json --parameter-overrides 'Architecture=$(SAM_ARCHITECTURE)'

clean: ## remove what was built
	rm -rf bin .aws-sam .edition/edition .edition/cache

# Called by `sam build`, which says where the artefact goes. The edition is
# printed first, so that a stale one can never be deployed. ARCH follows the
# template's parameter Architecture: amd64 for x86_64.
ARCH ?= arm64
program = GOARCH=$(ARCH) $(DEPLOY) -o '$(ARTIFACTS_DIR)/bootstrap' ./functions/$(1)

build-PagesFunction: edition
	$(call program,pages)

build-SubscriptionFunction: edition
	$(call program,subscription)

build-NewsletterFunction: edition
	$(call program,newsletter)

build-FeedbackFunction:
	$(call program,feedback)

build-ReadyFunction:
	$(call program,ready)

build-KeysFunction:
	$(call program,keys)
