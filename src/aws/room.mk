if WITH_AWS
libmooring_a_SOURCES += \
	src/aws/aws_head.c src/aws/aws_head.h \
	src/aws/metadata.c src/aws/metadata.h \
	src/aws/attempt.c src/aws/attempt.h \
	src/aws/breaker.c src/aws/breaker.h \
	src/aws/call.c src/aws/call.h \
	src/aws/call_life.c src/aws/call_life.h \
	src/aws/chain.c src/aws/chain.h \
	src/aws/client.c src/aws/client.h src/aws/client_int.h \
	src/aws/container.c src/aws/container.h \
	src/aws/crc32.c src/aws/crc32.h \
	src/aws/credential_process.c src/aws/credential_process.h \
	src/aws/credentials.c src/aws/credentials.h \
	src/aws/aws_dynamodb.c src/aws/aws_dynamodb.h \
	src/aws/endpoint.c src/aws/endpoint.h \
	src/aws/endpoint_find.c src/aws/endpoint_find.h \
	src/aws/env.c src/aws/env.h \
	src/aws/environment.c src/aws/environment.h \
	src/aws/error.h \
	src/aws/fault.c src/aws/fault.h \
	src/aws/aws_file.c src/aws/aws_file.h \
	src/aws/imds.c src/aws/imds.h \
	src/aws/keydoc.c src/aws/keydoc.h \
	src/aws/outcome.c src/aws/outcome.h \
	src/aws/process_line.c src/aws/process_line.h \
	src/aws/profile.c src/aws/profile.h \
	src/aws/profile_load.c src/aws/profile_load.h \
	src/aws/provider.c src/aws/provider.h \
	src/aws/refresh.c src/aws/refresh.h \
	src/aws/retry.c src/aws/retry.h \
	src/aws/roleplan.c src/aws/roleplan.h \
	src/aws/roles.c src/aws/roles.h \
	src/aws/aws_sns.c src/aws/aws_sns.h \
	src/aws/aws_route53.c src/aws/aws_route53.h src/aws/aws_route53_int.h \
	src/aws/route53_change.c src/aws/route53_change.h \
	src/aws/route53_limit.c src/aws/route53_limit.h \
	src/aws/route53_list.c src/aws/route53_list.h \
	src/aws/route53_zone.c src/aws/route53_zone.h \
	src/aws/sigv4.c src/aws/sigv4.h \
	src/aws/sigv4_canon.c src/aws/sigv4_canon.h \
	src/aws/service.c src/aws/service.h \
	src/aws/service_state.h \
	src/aws/sign.c src/aws/sign.h \
	src/aws/sts.c src/aws/sts.h \
	src/aws/verdict.c src/aws/verdict.h \
	src/aws/xml.c src/aws/xml.h
endif
