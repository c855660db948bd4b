libmooring_a_SOURCES += \
	src/net/addr.c src/net/addr.h \
	src/net/addr_special.c src/net/addr_special.h src/net/addr_special_blocks.h \
	src/net/fqdn.c src/net/fqdn.h \
	src/net/hash.c src/net/hash.h \
	src/net/inherited.c src/net/inherited.h \
	src/net/interface_id.c src/net/interface_id.h \
	src/net/line_limit.c src/net/line_limit.h \
	src/net/listen.c src/net/listen.h \
	src/net/prefix.c src/net/prefix.h \
	src/net/pseudonym.c src/net/pseudonym.h
