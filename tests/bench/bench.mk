# What script/bench drives and measures; not installed.
bench_programs = tests/bench/bare tests/bench/engine tests/bench/load tests/bench/routers
bench_kit = tests/bench/kit.c tests/bench/kit.h
EXTRA_PROGRAMS += $(bench_programs)
tests_bench_bare_SOURCES = tests/bench/bare.c
tests_bench_bare_LDADD = $(DEPS_LIBS)
tests_bench_engine_SOURCES = tests/bench/engine.c tests/bench/slow_dns.c tests/bench/slow_dns.h \
	$(bench_kit)
tests_bench_engine_LDADD = libmooring.a $(DEPS_LIBS)
tests_bench_load_SOURCES = tests/bench/load.c $(bench_kit)
tests_bench_load_LDADD = -lssl -lcrypto -lpthread
tests_bench_routers_SOURCES = tests/bench/routers.c $(bench_kit)
tests_bench_routers_LDADD = $(DEPS_LIBS)

bench-programs: $(bench_programs)
.PHONY: bench-programs
