# SPDX-License-Identifier: Apache-2.0
# memory_exporter. `make help` lists what it can do.

VERSION  := 0.1.0
REVISION := $(shell git rev-parse --short HEAD 2>/dev/null || echo unknown)
PREFIX   ?= /usr/local
DESTDIR  ?=
CFLAGS   ?= -O2 -g
SAN      ?=
BUILD    ?= build$(if $(SAN),-$(SAN))

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
             -fstack-protector-strong $(if $(SAN),,-D_FORTIFY_SOURCE=2) $(SAN_FLAGS) $(CFLAGS)
LIBS       = $(PKG_LIBS) -pthread -ldl

LIB_SRCS   := $(wildcard daemon/*/*.c collectors/*.c) $(filter-out daemon/main.c,$(wildcard daemon/*.c))
LIB_OBJS   := $(LIB_SRCS:%.c=$(BUILD)/%.o)
UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/test_*.c))
PLUGINS    := $(patsubst tests/unit/plugins/%.c,$(BUILD)/tests/plugins/%.so,$(wildcard tests/unit/plugins/*.c))
FUZZERS    := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
E2E_TOOLS  := $(patsubst tests/e2e/%.c,$(BUILD)/tests/e2e/%,$(wildcard tests/e2e/*.c)) \
              $(patsubst tests/e2e/preload/%.c,$(BUILD)/tests/e2e/%.so,$(wildcard tests/e2e/preload/*.c))
LIB        := $(BUILD)/libmemory_exporter.a
PROGRAM    := $(BUILD)/memory_exporter

all: $(PROGRAM)

# What Debian has to have, by what is asked for.
DEPS_BUILD := gcc libc6-dev pkg-config libmicrohttpd-dev libsystemd-dev libyaml-dev zlib1g-dev \
              libzstd-dev libcrypt-dev libpcre2-dev libgnutls28-dev
DEPS_CHECK := check
DEPS_E2E   := curl procps numactl util-linux iproute2 mount valgrind strace zstd openssl \
              jq chromium chromium-driver
DEPS_LINT  := clang clang-format clang-tidy cppcheck shellcheck git
DEPS_FUZZ  := clang libclang-rt-14-dev
DEPS_BENCH := strace procps
# Programs to test with, unpacked below build/ rather than installed: their packages would start services.
TOOLS      := prometheus prometheus-node-exporter prometheus-process-exporter
wants       = $(filter $(1),$(MAKECMDGOALS))
DEPS        = $(sort $(DEPS_BUILD) $(if $(call wants,check check-unit check-e2e golden),$(DEPS_CHECK)) \
              $(if $(call wants,check check-e2e),$(DEPS_E2E)) \
              $(if $(call wants,lint),$(DEPS_LINT)) $(if $(call wants,fuzz),$(DEPS_FUZZ)) \
              $(if $(call wants,bench),$(DEPS_BENCH)))
DEPS_TOOLS  = $(if $(call wants,check check-e2e golden bench),$(TOOLS))

deps: ## Installs what is missing for the other targets named (Debian 12); touches nothing else
	@tests/deps '$(DEPS)' '$(DEPS_TOOLS)'

run: $(PROGRAM) ## Builds and starts the daemon, with its built-in defaults or the flags in ARGS
	@echo 'memory_exporter: once it listens, see http://localhost:10190/metrics (Ctrl-C ends it)'
	@exec $(PROGRAM) $(ARGS)

-include $(shell find $(BUILD) -path $(BUILD)/tools -prune -o -name '*.d' -type f -print 2>/dev/null)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	@echo '  CC    $<'
	@$(CC) $(ALL_CFLAGS) $(DEFINES) -MMD -MP -c -o $@ $<

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
	@$(CC) $(ALL_CFLAGS) -pie -Wl,-z,relro,-z,now -Wl,--dynamic-list=daemon/exports.list -o $@ \
		$(filter %.o,$^) $(LIBS)

$(BUILD)/tests/test_%: $(BUILD)/tests/unit/test_%.o $(BUILD)/tests/unit/harness.o $(LIB)
	@mkdir -p $(@D)
	@echo '  LD    $@'
	@$(CC) $(ALL_CFLAGS) -pie -rdynamic -o $@ $(filter %.o,$^) -Wl,--whole-archive $(LIB) \
		-Wl,--no-whole-archive -lcheck -lsubunit -lm -lrt $(LIBS)

$(BUILD)/tests/plugins/%.so: tests/unit/plugins/%.c $(wildcard include/mx/*.h tests/unit/plugins/*.h)
	@mkdir -p $(@D)
	@$(CC) -std=gnu11 $(WARN) -Iinclude -shared -fPIC $(CFLAGS) -o $@ $<

$(BUILD)/tests/e2e/%: tests/e2e/%.c
	@mkdir -p $(@D)
	@$(CC) -std=gnu11 -D_GNU_SOURCE $(WARN) $(CFLAGS) -pthread -o $@ $<

$(BUILD)/tests/e2e/%.so: tests/e2e/preload/%.c
	@mkdir -p $(@D)
	@$(CC) -std=gnu11 -D_GNU_SOURCE $(WARN) $(CFLAGS) -shared -fPIC -o $@ $< -ldl

# The fuzz harnesses with a plain main(): what was found once is run again at every check.
$(BUILD)/tests/replay_%: $(BUILD)/tests/fuzz/fuzz_%.o $(BUILD)/tests/fuzz/replay.o $(LIB)
	@$(CC) $(ALL_CFLAGS) -pie -o $@ $(filter %.o,$^) $(LIB) $(LIBS)

TEST_PROGRAMS := $(UNIT_TESTS) $(PLUGINS) $(E2E_TOOLS) $(FUZZERS:%=$(BUILD)/tests/replay_%)

check: $(PROGRAM) $(TEST_PROGRAMS) ## Runs all tests: unit, fuzz corpora, end to end
	@BUILD=$(BUILD) SAN=$(SAN) tests/run unit replay e2e

check-unit: $(UNIT_TESTS) $(PLUGINS) $(PROGRAM) ## Runs the unit tests alone
	@BUILD=$(BUILD) SAN=$(SAN) tests/run unit

check-e2e: $(PROGRAM) $(PLUGINS) $(E2E_TOOLS) ## Runs the end-to-end tests alone
	@BUILD=$(BUILD) SAN=$(SAN) tests/run e2e

golden: $(BUILD)/tests/test_golden ## Writes the golden expositions anew; review the difference
	@MX_GOLDEN_WRITE=1 $(BUILD)/tests/test_golden

docs: $(PROGRAM) ## Writes docs/metrics.md and config/memory_exporter.yml anew from the tables
	@$(PROGRAM) --list-metrics > docs/metrics.md
	@$(PROGRAM) --config.print-default > config/memory_exporter.yml

fuzz: ## Fuzzes every parser and the configuration for FUZZ_SECONDS (60) each
	@tests/fuzz/run $(FUZZERS)

# bench. The calls that tests/bench/record.c notes are caught when bench is linked.
BENCH_WRAP  := mx_host_openat pread read getdents64
BENCH_TOOLS := $(addprefix $(BUILD)/bench/,bench crowd load static_server)
$(BUILD)/bench/bench: $(patsubst %,$(BUILD)/tests/bench/%.o,bench record floor) $(LIB)
$(BUILD)/bench/crowd: $(BUILD)/tests/bench/crowd.o
$(BUILD)/bench/load: $(BUILD)/tests/bench/load.o
$(BUILD)/bench/static_server: $(patsubst %,$(BUILD)/tests/bench/%.o,static_server floor)
$(BUILD)/bench/bench: BENCH_LDFLAGS := $(BENCH_WRAP:%=-Wl$(comma)--wrap=%)
$(BENCH_TOOLS):
	@mkdir -p $(@D)
	@echo '  LD    $@'
	@$(CC) $(ALL_CFLAGS) -pie $(BENCH_LDFLAGS) -o $@ $^ $(LIBS)

bench: $(PROGRAM) $(BENCH_TOOLS) ## Measures, and writes docs/benchmarks.md
	@BUILD=$(BUILD) tests/bench/run -o docs/benchmarks.md

lint: ## Checks style, warnings on two compilers, static analysis, and the rules of the house
	@tests/lint

install: $(PROGRAM) ## Installs below DESTDIR and PREFIX
	install -Dm755 $(PROGRAM) $(DESTDIR)$(PREFIX)/bin/memory_exporter
	install -Dm644 config/memory_exporter.yml $(DESTDIR)$(PREFIX)/share/memory_exporter/memory_exporter.yml
	install -d $(DESTDIR)$(PREFIX)/include/mx
	install -m644 include/mx/*.h $(DESTDIR)$(PREFIX)/include/mx/

uninstall: ## Removes what install put there
	rm -f $(DESTDIR)$(PREFIX)/bin/memory_exporter
	rm -rf $(DESTDIR)$(PREFIX)/share/memory_exporter $(DESTDIR)$(PREFIX)/include/mx

clean: ## Removes everything that was built
	rm -rf build build-*

help: ## Says what the targets do
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

FORCE:
.PHONY: all deps run check check-unit check-e2e golden docs fuzz bench lint install uninstall clean help FORCE
.SECONDARY:
