check_PROGRAMS += \
	tests/unit/t_addr \
	tests/unit/t_fqdn \
	tests/unit/t_listen \
	tests/unit/t_prefix
tests_unit_t_addr_SOURCES = tests/unit/t_addr.c tests/unit/unit.h
tests_unit_t_fqdn_SOURCES = tests/unit/t_fqdn.c tests/unit/unit.h
tests_unit_t_listen_SOURCES = tests/unit/t_listen.c tests/unit/unit.h
tests_unit_t_prefix_SOURCES = tests/unit/t_prefix.c tests/unit/unit.h
tests_unit_t_fqdn_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=idn2_lookup_u8
