# SPDX-License-Identifier: Apache-2.0
# memory_exporter. `make help` lists what it can do.

VERSION  := 0.1.0
# Of this tree, not of one that it was unpacked in.
REVISION := $(shell [ ! -e .git ] || git rev-parse --short HEAD 2>/dev/null || :)
REVISION := $(or $(REVISION),unknown)
CFLAGS   ?= -O2 -g
CPPFLAGS ?=
LDFLAGS  ?=
SAN      ?=
BUILD    ?= build$(if $(SAN),-$(SAN))
# V=1 shows the commands.
Q        := $(if $(V),,@)

# Where things are installed.
PREFIX     ?= /usr/local
DESTDIR    ?=
SYSCONFDIR ?= /etc
UNITDIR    ?= $(PREFIX)/lib/systemd/system
MANDIR     ?= $(PREFIX)/share/man
DOCDIR     ?= $(PREFIX)/share/doc/memory_exporter
DEVDOCDIR  ?= $(DOCDIR)
# Where alerts say that their runbooks are: an address of yours, if not the files that are installed.
RUNBOOKS   ?= file://$(DOCDIR)/runbooks
ZSHDIR     ?= $(PREFIX)/share/zsh/site-functions

comma     := ,
PKGS      := libmicrohttpd libsystemd yaml-0.1 zlib libzstd libcrypt libpcre2-8 gnutls
WARN      := -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2
# SAN=address (with undefined behaviour), SAN=thread, or SAN=valgrind, which is no matter of the compiler.
SAN_FLAGS := $(if $(filter-out valgrind,$(SAN)),-fsanitize=$(if $(filter address,$(SAN)),address$(comma)undefined,$(SAN)) \
             -fno-sanitize-recover=all -fno-omit-frame-pointer)
# Asked once, and only when something is compiled: `make deps` has to run before pkg-config is there.
PKG_CFLAGS = $(eval PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS)))$(PKG_CFLAGS)
PKG_LIBS   = $(eval PKG_LIBS := $(shell pkg-config --libs $(PKGS)))$(PKG_LIBS)
INCLUDES  := -Iinclude -iquote daemon -iquote daemon/mx -iquote daemon/http -iquote daemon/page -iquote collectors
ALL_CFLAGS = -std=gnu11 -D_GNU_SOURCE $(WARN) $(INCLUDES) $(PKG_CFLAGS) -pthread -fPIE \
             -fstack-protector-strong $(FORTIFY) $(SAN_FLAGS) $(CPPFLAGS) $(CFLAGS)
# A level that the builder chose is not defined twice.
FORTIFY    = $(if $(SAN)$(findstring _FORTIFY_SOURCE,$(CPPFLAGS) $(CFLAGS)),,-D_FORTIFY_SOURCE=2)
LIBS       = $(PKG_LIBS) -pthread -ldl
# The program's tables hold thousands of pointers, and what relocates them is 130 KiB that are resident: packed, 1.5 KiB.
# Asked for only where the linker knows it (GNU ld 2.38) and the C library says that it does (glibc 2.36): with an older
# one the program would not start.
PACK_FLAG := -Wl,-z,pack-relative-relocs
PACKED     = $(eval PACKED := $(shell grep -qs GLIBC_ABI_DT_RELR "$$($(CC) -print-file-name=libc.so.6)" && \
             echo 'int main(void) { return 0; }' | $(CC) $(CFLAGS) $(LDFLAGS) -fPIE -pie $(PACK_FLAG) -Wl,--fatal-warnings \
             -x c - -o /dev/null 2>/dev/null && echo $(PACK_FLAG)))$(PACKED)

LIB_SRCS   := $(wildcard daemon/*/*.c collectors/*.c) $(filter-out daemon/main.c,$(wildcard daemon/*.c))
LIB_OBJS   := $(LIB_SRCS:%.c=$(BUILD)/%.o)
UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/test_*.c))
# With TESTS, which are names or patterns, only what they need is built.
WANTED_UNIT_TESTS := $(if $(TESTS),$(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard $(patsubst %,tests/unit/%.c,$(TESTS)))),$(UNIT_TESTS))
PLUGINS    := $(patsubst tests/unit/plugins/%.c,$(BUILD)/tests/plugins/%.so,$(wildcard tests/unit/plugins/*.c))
FUZZERS    := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
E2E_TOOLS  := $(patsubst tests/e2e/%.c,$(BUILD)/tests/e2e/%,$(wildcard tests/e2e/*.c)) \
              $(patsubst tests/e2e/preload/%.c,$(BUILD)/tests/e2e/%.so,$(wildcard tests/e2e/preload/*.c))
VM_TOOLS   := $(patsubst tests/vm/tools/%.c,$(BUILD)/tests/vm/%,$(wildcard tests/vm/tools/*.c))
# Simulated hosts: what is no part of them (model, tree, series_*) is a program.
FLEET_PARTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/fleet/model*.c tests/fleet/tree*.c tests/fleet/series_*.c))
FLEET_TOOLS := $(filter-out $(FLEET_PARTS:%.o=%),$(patsubst %.c,$(BUILD)/%,$(wildcard tests/fleet/*.c)))
LIB        := $(BUILD)/libmemory_exporter.a
PROGRAM    := $(BUILD)/memory_exporter

all: $(PROGRAM)

# What Debian has to have, by what is asked for.
DEPS_BUILD := gcc libc6-dev pkg-config libmicrohttpd-dev libsystemd-dev libyaml-dev zlib1g-dev \
              libzstd-dev libcrypt-dev libpcre2-dev libgnutls28-dev
DEPS_CHECK := check
DEPS_E2E   := curl procps numactl sysstat util-linux iproute2 mount valgrind strace zstd openssl \
              jq chromium chromium-driver zsh fish
DEPS_LINT  := clang clang-format clang-tidy cppcheck shellcheck git mandoc groff-base
DEPS_FUZZ  := clang libclang-rt-14-dev
DEPS_BENCH := strace procps curl jq
DEPS_DEMO  := curl procps util-linux jq
DEPS_DEB   := build-essential debhelper dpkg-dev
# Where Node.js comes from elsewhere, npm comes with it.
DEPS_NODE  := $(if $(shell command -v npm),,nodejs npm)
DEPS_VM    := qemu-system-x86 mmdebstrap e2fsprogs uidmap util-linux curl
DEPS_CHECK_DEB := lintian systemd binutils
# Programs to test with, unpacked below build/ rather than installed: their packages would start services.
TOOLS      := prometheus prometheus-alertmanager prometheus-node-exporter prometheus-process-exporter
# `make deps FOR='lint check-vm'` installs for these and makes nothing.
FOR        ?=
wants       = $(filter $(1),$(MAKECMDGOALS) $(FOR))
DEPS        = $(sort $(DEPS_BUILD) $(if $(call wants,check check-unit check-e2e golden deb check-deb check-vm),$(DEPS_CHECK)) \
              $(if $(call wants,check check-e2e),$(DEPS_E2E)) \
              $(if $(call wants,deb check-deb check-vm),$(DEPS_DEB)) $(if $(call wants,check-deb),$(DEPS_CHECK_DEB)) \
              $(if $(call wants,lint),$(DEPS_LINT)) $(if $(call wants,fuzz),$(DEPS_FUZZ)) \
              $(if $(call wants,bench bench-series),$(DEPS_BENCH)) $(if $(call wants,demo),$(DEPS_DEMO)) \
              $(if $(call wants,check check-e2e dashboards),$(DEPS_NODE)) \
              $(if $(call wants,check-vm),$(DEPS_VM)))
DEPS_TOOLS  = $(if $(call wants,check check-e2e golden bench bench-series demo check-fleet),$(TOOLS))

deps: ## Installs what is missing for the other targets named (Debian 12); touches nothing else
	@tests/deps '$(DEPS)' '$(DEPS_TOOLS)'

# Where it is asked for as well, it comes first, also with -j.
FIRST := $(filter deps,$(MAKECMDGOALS))

run: $(PROGRAM) ## Builds and starts the daemon, with its built-in defaults or the flags in ARGS
	@echo 'memory_exporter: the line "listening" says where, by default http://localhost:10190/metrics (Ctrl-C ends it)'
	@exec $(PROGRAM) $(ARGS)

-include $(shell find $(BUILD) \( -path $(BUILD)/tools -o -path $(BUILD)/dashboards \) -prune -o -name '*.d' -type f -print 2>/dev/null)

$(BUILD)/%.o: %.c | $(FIRST)
	@mkdir -p $(@D)
	@echo '  CC    $<'
	$(Q)$(CC) $(ALL_CFLAGS) $(DEFINES) -MMD -MP -c -o $@ $<

# The version is in the objects that show it, which are made anew when it changes.
VERSIONED := $(BUILD)/daemon/self.o $(BUILD)/daemon/usage.o \
             $(BUILD)/daemon/page/page.o
$(VERSIONED): DEFINES = -DMX_VERSION='"$(VERSION)"' -DMX_REVISION='"$(REVISION)"'
$(VERSIONED): $(BUILD)/version
$(BUILD)/version: FORCE
	@mkdir -p $(@D)
	@echo '$(VERSION) $(REVISION)' | cmp -s - $@ || echo '$(VERSION) $(REVISION)' > $@

# The assembler includes it, which -MMD does not see.
$(BUILD)/daemon/page/page_asset.o: daemon/page/page.html

$(LIB): $(LIB_OBJS)
	@rm -f $@
	@ar rcs $@ $^

$(PROGRAM): $(BUILD)/daemon/main.o $(LIB_OBJS) daemon/exports.list
	@echo '  LD    $@'
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -pie -Wl,-z,relro,-z,now $(PACKED) -Wl,--dynamic-list=daemon/exports.list -o $@ \
		$(filter %.o,$^) $(LIBS)

$(BUILD)/tests/test_%: $(BUILD)/tests/unit/test_%.o $(BUILD)/tests/unit/harness.o $(LIB)
	@mkdir -p $(@D)
	@echo '  LD    $@'
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -pie -rdynamic -o $@ $(filter %.o,$^) -Wl,--whole-archive $(LIB) \
		-Wl,--no-whole-archive -lcheck -lsubunit -lm -lrt $(LIBS)

$(BUILD)/tests/plugins/%.so: tests/unit/plugins/%.c $(wildcard include/mx/*.h tests/unit/plugins/*.h) | $(FIRST)
	@mkdir -p $(@D)
	@$(CC) -std=gnu11 $(WARN) -Iinclude -shared -fPIC $(CFLAGS) -o $@ $<

$(BUILD)/tests/e2e/%: tests/e2e/%.c | $(FIRST)
	@mkdir -p $(@D)
	@$(CC) -std=gnu11 -D_GNU_SOURCE $(WARN) $(CFLAGS) -pthread -o $@ $<

$(BUILD)/tests/vm/%: tests/vm/tools/%.c | $(FIRST)
	@mkdir -p $(@D)
	@$(CC) -std=gnu11 -D_GNU_SOURCE $(WARN) $(CFLAGS) -pthread -o $@ $<

$(BUILD)/tests/e2e/%.so: tests/e2e/preload/%.c | $(FIRST)
	@mkdir -p $(@D)
	@$(CC) -std=gnu11 -D_GNU_SOURCE $(WARN) $(CFLAGS) -shared -fPIC -o $@ $< -ldl

$(BUILD)/tests/test_fleet_model: $(filter $(BUILD)/tests/fleet/model%,$(FLEET_PARTS))
$(FLEET_TOOLS): $(BUILD)/tests/fleet/%: $(BUILD)/tests/fleet/%.o $(FLEET_PARTS)
	@echo '  LD    $@'
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -pie -o $@ $^ -lm

# The fuzz harnesses with a plain main(): what was found once is run again at every check.
$(BUILD)/tests/replay_%: $(BUILD)/tests/fuzz/fuzz_%.o $(BUILD)/tests/fuzz/replay.o $(LIB)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -pie -o $@ $(filter %.o,$^) $(LIB) $(LIBS)

TEST_PROGRAMS := $(UNIT_TESTS) $(PLUGINS) $(E2E_TOOLS) $(FLEET_TOOLS) $(BUILD)/bench/shape $(FUZZERS:%=$(BUILD)/tests/replay_%)

test-programs: $(PROGRAM) $(TEST_PROGRAMS)

check: $(PROGRAM) $(TEST_PROGRAMS) ## Runs all tests: unit, fuzz corpora, end to end, or TESTS of them
	@BUILD=$(BUILD) SAN=$(SAN) TESTS='$(TESTS)' tests/run unit replay e2e

check-unit: $(WANTED_UNIT_TESTS) $(PLUGINS) $(PROGRAM) ## Runs the unit tests alone, or TESTS of them
	@BUILD=$(BUILD) SAN=$(SAN) TESTS='$(TESTS)' tests/run unit

check-e2e: $(PROGRAM) $(PLUGINS) $(E2E_TOOLS) $(FLEET_TOOLS) $(BUILD)/bench/shape ## Runs the end-to-end tests alone, or TESTS of them
	@BUILD=$(BUILD) SAN=$(SAN) TESTS='$(TESTS)' tests/run e2e

demo: $(PROGRAM) $(FLEET_TOOLS) ## Shows rules, alerts and dashboards on this host and DEMO_HOSTS (50) simulated ones, until Ctrl-C
	@BUILD=$(BUILD) tests/fleet/demo

check-fleet: $(FLEET_TOOLS) ## Puts 200 simulated hosts, some with faults, through rules and alerts; reports what was found
	@BUILD=$(BUILD) tests/fleet/check

check-vm: deb $(PROGRAM) $(PLUGINS) $(E2E_TOOLS) $(VM_TOOLS) ## Installs the package in a booted Debian guest and tests it there, or runs TESTS of it
	@BUILD=$(BUILD) TESTS='$(TESTS)' tests/vm/run

golden: $(BUILD)/tests/test_golden ## Writes the golden expositions anew; review the difference
	@MX_GOLDEN_WRITE=1 $(BUILD)/tests/test_golden

docs: $(PROGRAM) ## Writes docs/metrics.md, the manual pages and config/memory_exporter.yml anew from the tables
	@docs/questions/write $(PROGRAM) > $(BUILD)/metrics.md && mv $(BUILD)/metrics.md docs/metrics.md
	@$(PROGRAM) --config.print-default > config/memory_exporter.yml
	@docs/man/write $(PROGRAM) memory_exporter.8 > docs/memory_exporter.8
	@docs/man/write $(PROGRAM) memory_exporter.yml.5 > docs/memory_exporter.yml.5

dashboards: $(FIRST) ## Writes config/grafana/*.json anew from config/grafana/src; npm fetches what it needs below build/
	@config/grafana/src/write build/dashboards config/grafana

fuzz: ## Fuzzes every parser and the configuration for FUZZ_SECONDS (60) each
	@tests/fuzz/run $(FUZZERS)

# bench. The calls that tests/bench/record.c notes are caught when bench is linked.
BENCH_WRAP  := mx_host_openat pread read getdents64
BENCH_TOOLS := $(addprefix $(BUILD)/bench/,bench crowd load look shape static_server)
$(BUILD)/bench/bench: $(patsubst %,$(BUILD)/tests/bench/%.o,bench record floor) $(LIB)
$(BUILD)/bench/crowd: $(BUILD)/tests/bench/crowd.o
$(BUILD)/bench/load: $(BUILD)/tests/bench/load.o
$(BUILD)/bench/look: $(BUILD)/tests/bench/look.o $(LIB)
$(BUILD)/bench/shape: $(BUILD)/tests/bench/shape.o
$(BUILD)/bench/static_server: $(patsubst %,$(BUILD)/tests/bench/%.o,static_server floor)
$(BUILD)/bench/bench: BENCH_LDFLAGS := $(BENCH_WRAP:%=-Wl$(comma)--wrap=%)
$(BENCH_TOOLS):
	@mkdir -p $(@D)
	@echo '  LD    $@'
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -pie $(BENCH_LDFLAGS) -o $@ $^ $(LIBS)

bench: $(PROGRAM) $(BENCH_TOOLS) ## Measures, and writes docs/benchmarks.md
	@BUILD=$(BUILD) tests/bench/run -o docs/benchmarks.md

bench-series: $(PROGRAM) $(BUILD)/bench/shape ## Measures what hosts cost a Prometheus, and writes that into docs/fleet.md
	@BUILD=$(BUILD) tests/bench/series -o docs/fleet.md

lint: ## Checks style, warnings on two compilers, static analysis, and the rules of the house
	@tests/lint

# What is installed, as KIND:FILE:DESTINATION, for install, uninstall and the package alike. The kinds: program; data;
# paths, which is data that names the places of this list; doc, which is that and links to files of the source; conf,
# which is paths, and never replaces what is there.
into      = $(foreach f,$(3),$(1):$(f):$(2)/$(notdir $(f)))
INSTALLED = $(call into,program,$(PREFIX)/bin,$(PROGRAM)) \
            $(call into,conf,$(SYSCONFDIR)/memory_exporter,config/memory_exporter.yml) \
            conf:config/memory_exporter.default:$(SYSCONFDIR)/default/memory_exporter \
            $(call into,paths,$(UNITDIR),$(addprefix systemd/memory_exporter.,service socket slice)) \
            $(call into,program,$(dir $(UNITDIR))system-generators,systemd/memory_exporter-generator) \
            $(call into,paths,$(PREFIX)/share/memory_exporter/systemd,$(wildcard systemd/*.conf)) \
            $(call into,paths,$(PREFIX)/share/memory_exporter/prometheus,$(wildcard config/prometheus/*)) \
            $(call into,data,$(PREFIX)/share/memory_exporter/grafana,$(wildcard config/grafana/*.json)) \
            $(call into,paths,$(MANDIR)/man8,docs/memory_exporter.8) \
            $(call into,paths,$(MANDIR)/man5,docs/memory_exporter.yml.5) \
            data:config/completion/memory_exporter.bash:$(PREFIX)/share/bash-completion/completions/memory_exporter \
            $(call into,data,$(ZSHDIR),config/completion/_memory_exporter) \
            $(call into,data,$(PREFIX)/share/fish/vendor_completions.d,config/completion/memory_exporter.fish) \
            $(call into,doc,$(DOCDIR),README.md $(filter-out $(DEV_DOCS),$(wildcard docs/*.md))) \
            $(call into,data,$(DOCDIR),$(wildcard docs/*.png)) \
            $(call into,doc,$(DOCDIR)/runbooks,$(wildcard docs/runbooks/*.md)) \
            $(call into,data,$(PREFIX)/include/mx,$(wildcard include/mx/*.h)) \
            $(call into,doc,$(DEVDOCDIR),$(DEV_DOCS)) \
            $(call into,data,$(DEVDOCDIR)/example-collector,$(wildcard docs/example-collector/*.c) docs/example-collector/Makefile)
DEV_DOCS := docs/writing-a-collector.md
PLACES    = -e 's|/usr/bin/memory_exporter|$(PREFIX)/bin/memory_exporter|g' \
            -e 's|/etc/memory_exporter\>|$(SYSCONFDIR)/memory_exporter|g' \
            -e 's|/etc/default/memory_exporter\>|$(SYSCONFDIR)/default/memory_exporter|g' \
            -e 's,/usr/\(share\|lib\)/memory_exporter\>,$(PREFIX)/\1/memory_exporter,g' \
            -e 's|file:///usr/share/doc/memory_exporter/runbooks|$(subst |,\|,$(subst &,\&,$(RUNBOOKS)))|g' \
            -e 's|/usr/share/doc/memory\\\{0,1\}-exporter\>|$(DOCDIR)|g' -e 's|/usr/lib/systemd/system\>|$(UNITDIR)|g'
# Links of documents, which lie in one folder; what is installed elsewhere is linked by its whole path. Manual pages may
# be compressed, and what is not installed has no line.
DOC_LINKS = -e '/](CHANGELOG\.md)/d' -e 's,\[docs/\([a-z_.]*\)\.\([58]\)\]([^)]*),`man \2 \1`,g' \
            -e 's,](\(\.\./\)*config/\(prometheus\|grafana\)\>,]($(PREFIX)/share/memory_exporter/\2,g' \
            -e 's,`config/prometheus/\([a-z_-]*\.yml\),`$(PREFIX)/share/memory_exporter/prometheus/\1,g' \
            $(foreach row,$(filter conf:config/% data:config/completion/%,$(INSTALLED)),$(call doc_link,$(subst :, ,$(row)))) \
            -e 's|\[docs/|[|g' -e 's|](docs/|](|g' -e 's|](writing-a-collector\.md)|]($(DEVDOCDIR)/writing-a-collector.md)|g'
doc_link  = -e 's|]($(word 2,$(1)))|]($(word 3,$(1)))|g'
# Each row in turn as $kind, $from and $to.
each_installed = set -e; for row in $(INSTALLED); do kind=$${row%%:*} from=$${row\#*:} to='$(DESTDIR)'$${row\#\#*:}; \
                 from=$${from%:*}

install: $(PROGRAM) ## Installs below DESTDIR and PREFIX; configuration that is there stays as it is
	@$(each_installed); \
		if [ "$$kind" = conf ] && [ -e "$$to" ]; then echo "  KEEP  $$to"; continue; fi; \
		echo "  INST  $$to"; \
		case $$kind in \
		program) install -D -m755 "$$from" "$$to" ;; \
		data) install -D -m644 "$$from" "$$to" ;; \
		doc) [ -r "$$from" ]; sed $(PLACES) $(DOC_LINKS) "$$from" | install -D -m644 /dev/stdin "$$to" ;; \
		*) [ -r "$$from" ]; sed $(PLACES) "$$from" | install -D -m644 /dev/stdin "$$to" ;; \
		esac; \
	done

uninstall: ## Removes what install put there; configuration only as long as it is what was installed
	@$(each_installed); \
		if [ "$$kind" = conf ] && [ -e "$$to" ] && ! sed $(PLACES) "$$from" | cmp -s - "$$to"; then \
			echo "  KEEP  $$to"; continue; fi; \
		rm -f "$$to"; \
		to=$${to%/*}; \
		while case $$to in */memory[_-]exporter*|*/include/mx) [ -d "$$to" ] ;; *) false ;; esac && \
			rmdir --ignore-fail-on-non-empty "$$to" && [ ! -e "$$to" ]; do to=$${to%/*}; done; \
	done

deb: $(FIRST) ## Builds the Debian packages into build/deb
	@tests/package/build build/deb

check-deb: deb ## Checks the Debian packages: lintian, contents, units, scripts
	@tests/run package

clean: ## Removes everything that was built
	rm -rf build build-*

help: ## Says what the targets do
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

FORCE:
.PHONY: all deps run test-programs check check-unit check-e2e check-fleet check-vm demo golden docs dashboards fuzz bench bench-series lint \
        install uninstall deb check-deb clean help FORCE
.SECONDARY:
