check_PROGRAMS += \
	tests/unit/dns/answer \
	tests/unit/dns/builtin \
	tests/unit/dns/pace \
	tests/unit/dns/cookie \
	tests/unit/dns/dns \
	tests/unit/dns/dns_query \
	tests/unit/dns/dns_reply \
	tests/unit/dns/read \
	tests/unit/dns/rrl \
	tests/unit/dns/dns_server \
	tests/unit/dns/tcp \
	tests/unit/dns/tcp_table \
	tests/unit/dns/udp \
	tests/unit/dns/wire \
	tests/unit/dns/zone \
	tests/unit/dns/zone_table
if WITH_AWS
check_PROGRAMS += \
	tests/unit/dns/propagation \
	tests/unit/dns/route53 \
	tests/unit/dns/route53_retries
endif
tests_unit_dns_answer_SOURCES = tests/unit/dns/answer.c $(dns_kit) $(unit)
tests_unit_dns_builtin_SOURCES = tests/unit/dns/builtin.c $(dns_kit) $(dns_suite) $(unit)
tests_unit_dns_cookie_SOURCES = tests/unit/dns/cookie.c $(values) $(unit)
tests_unit_dns_pace_SOURCES = tests/unit/dns/pace.c $(unit)
tests_unit_dns_propagation_SOURCES = tests/unit/dns/propagation.c $(fake_clock) $(unit)
tests_unit_dns_propagation_LDFLAGS = $(fake_clock_link)
tests_unit_dns_dns_reply_SOURCES = tests/unit/dns/dns_reply.c $(dns_kit) $(unit)
tests_unit_dns_route53_SOURCES = tests/unit/dns/route53.c $(fake_malloc) $(fake_clock) $(unit)
tests_unit_dns_route53_LDFLAGS = $(fake_malloc_link) $(fake_clock_link)
tests_unit_dns_route53_retries_SOURCES = tests/unit/dns/route53_retries.c $(fake_aws) $(fake_clock) \
	$(unit)
tests_unit_dns_route53_retries_LDFLAGS = $(fake_clock_link)
tests_unit_dns_rrl_SOURCES = tests/unit/dns/rrl.c $(unit)
tests_unit_dns_dns_server_SOURCES = tests/unit/dns/dns_server.c $(dns_kit) $(unit)
tests_unit_dns_zone_SOURCES = tests/unit/dns/zone.c $(dns_kit) $(fake_malloc) $(unit)
tests_unit_dns_zone_LDFLAGS = $(fake_malloc_link)
tests_unit_dns_dns_query_SOURCES = tests/unit/dns/dns_query.c $(dns_kit) $(unit)
tests_unit_dns_read_SOURCES = tests/unit/dns/read.c $(unit)
tests_unit_dns_wire_SOURCES = tests/unit/dns/wire.c $(values) $(unit)
tests_unit_dns_zone_table_SOURCES = tests/unit/dns/zone_table.c $(fake_malloc) $(values) $(unit)
tests_unit_dns_zone_table_LDFLAGS = $(fake_malloc_link)
tests_unit_dns_dns_SOURCES = tests/unit/dns/dns.c $(unit)
tests_unit_dns_tcp_SOURCES = tests/unit/dns/tcp.c $(fake_malloc) $(unit)
tests_unit_dns_tcp_LDFLAGS = $(fake_malloc_link)
tests_unit_dns_tcp_table_SOURCES = tests/unit/dns/tcp_table.c $(values) $(unit)
tests_unit_dns_udp_SOURCES = tests/unit/dns/udp.c $(fake_malloc) $(unit)
tests_unit_dns_udp_LDFLAGS = $(fake_malloc_link) -Wl,--wrap=recvmsg,--wrap=sendmsg
