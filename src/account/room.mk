libmooring_a_SOURCES += \
	src/account/account.c src/account/account.h \
	src/account/decay.c src/account/decay.h \
	src/account/penalty.c src/account/penalty.h \
	src/account/pepper.c src/account/pepper.h \
	src/account/hash_cost.c src/account/hash_cost.h \
	src/account/bounds.c src/account/bounds.h \
	src/account/secret.c src/account/secret.h \
	src/account/text.c src/account/text.h \
	src/account/password.c src/account/password.h \
	src/account/verify.c src/account/verify.h
