check_PROGRAMS += \
	tests/unit/net/addr \
	tests/unit/net/addr_special \
	tests/unit/net/fqdn \
	tests/unit/net/hash \
	tests/unit/net/inherited \
	tests/unit/net/interface_id \
	tests/unit/net/line_limit \
	tests/unit/net/listen \
	tests/unit/net/prefix \
	tests/unit/net/pseudonym
tests_unit_net_addr_SOURCES = tests/unit/net/addr.c $(unit) $(values)
tests_unit_net_addr_special_SOURCES = tests/unit/net/addr_special.c $(unit) $(values)
tests_unit_net_fqdn_SOURCES = tests/unit/net/fqdn.c $(unit) $(values)
tests_unit_net_fqdn_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=idn2_lookup_u8
tests_unit_net_hash_SOURCES = tests/unit/net/hash.c $(unit)
tests_unit_net_inherited_SOURCES = tests/unit/net/inherited.c $(unit)
tests_unit_net_interface_id_SOURCES = tests/unit/net/interface_id.c $(unit) $(values)
tests_unit_net_line_limit_SOURCES = tests/unit/net/line_limit.c tests/kit/log_kit.h $(unit)
tests_unit_net_listen_SOURCES = tests/unit/net/listen.c $(unit)
tests_unit_net_prefix_SOURCES = tests/unit/net/prefix.c $(unit) $(values)
tests_unit_net_pseudonym_SOURCES = tests/unit/net/pseudonym.c $(unit) $(values)
