# SPDX-License-Identifier: Apache-2.0
# memory_exporter. `make help` lists the targets.

VERSION  := 0.1.0
REVISION := $(shell git rev-parse --short HEAD 2>/dev/null || echo unknown)
PREFIX   ?= /usr/local
DESTDIR  ?=
CC       ?= gcc
CFLAGS   ?= -O2 -g
BUILD    ?= build
SAN      ?=

comma     := ,
PKGS      := libmicrohttpd libsystemd yaml-0.1 zlib libcrypt libpcre2-8
WARN      := -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2
SAN_FLAGS := $(if $(SAN),-fsanitize=$(if $(filter address,$(SAN)),address$(comma)undefined,$(SAN)) \
             -fno-sanitize-recover=all -fno-omit-frame-pointer)
# Asked once, and only when something is compiled: `make deps` has to run before pkg-config is there.
PKG_CFLAGS = $(eval PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS)))$(PKG_CFLAGS)
PKG_LIBS   = $(eval PKG_LIBS := $(shell pkg-config --libs $(PKGS)))$(PKG_LIBS)
ALL_CFLAGS = -std=gnu11 -D_GNU_SOURCE $(WARN) -Iinclude -Idaemon -Idaemon/mx -Icollectors \
             $(PKG_CFLAGS) -pthread -fstack-protector-strong -D_FORTIFY_SOURCE=2 $(SAN_FLAGS) $(CFLAGS)
LIBS       = $(PKG_LIBS) -pthread -ldl

CONTRACT   := $(wildcard daemon/mx/*.c)
COLLECTORS := $(wildcard collectors/*.c)
DAEMON     := $(filter-out daemon/main.c,$(wildcard daemon/*.c))
LIB_OBJS   := $(patsubst %.c,$(BUILD)/%.o,$(CONTRACT) $(COLLECTORS) $(DAEMON))
UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/test_*.c))

all: $(UNIT_TESTS)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	@echo '  CC    $<'
	@$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/libmemory_exporter.a: $(LIB_OBJS)
	@rm -f $@
	@ar rcs $@ $^

$(BUILD)/tests/test_%: $(BUILD)/tests/unit/test_%.o $(BUILD)/tests/unit/harness.o $(BUILD)/libmemory_exporter.a
	@mkdir -p $(@D)
	@echo '  LD    $@'
	@$(CC) $(ALL_CFLAGS) -o $@ $^ -lcheck -lsubunit -lm -lrt $(LIBS)

check-unit: $(UNIT_TESTS)
	@for t in $(UNIT_TESTS); do $$t || exit 1; done

clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
.PHONY: all check-unit clean
.SECONDARY:
