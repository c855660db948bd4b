if WITH_AWS
check_PROGRAMS += \
	tests/unit/aws/attempt \
	tests/unit/aws/aws_file \
	tests/unit/aws/aws_head \
	tests/unit/aws/credentials \
	tests/unit/aws/env \
	tests/unit/aws/environment \
	tests/unit/aws/sigv4_canon \
	tests/unit/aws/aws_dynamodb \
	tests/unit/aws/aws_route53 \
	tests/unit/aws/aws_sns \
	tests/unit/aws/breaker \
	tests/unit/aws/call_life \
	tests/unit/aws/chain \
	tests/unit/aws/client \
	tests/unit/aws/container \
	tests/unit/aws/crc32 \
	tests/unit/aws/credential_process \
	tests/unit/aws/endpoint \
	tests/unit/aws/endpoint_find \
	tests/unit/aws/fault \
	tests/unit/aws/imds \
	tests/unit/aws/keydoc \
	tests/unit/aws/outcome \
	tests/unit/aws/process_line \
	tests/unit/aws/profile \
	tests/unit/aws/profile_load \
	tests/unit/aws/provider \
	tests/unit/aws/refresh \
	tests/unit/aws/retry \
	tests/unit/aws/roleplan \
	tests/unit/aws/route53_change \
	tests/unit/aws/route53_limit \
	tests/unit/aws/route53_list \
	tests/unit/aws/route53_zone \
	tests/unit/aws/service \
	tests/unit/aws/sign \
	tests/unit/aws/sigv4 \
	tests/unit/aws/sts \
	tests/unit/aws/transfer \
	tests/unit/aws/verdict \
	tests/unit/aws/xml
endif
tests_unit_aws_aws_dynamodb_SOURCES = tests/unit/aws/aws_dynamodb.c $(fake_aws) $(aws_vectors) \
	$(fake_malloc) $(unit)
tests_unit_aws_aws_dynamodb_LDFLAGS = $(fake_malloc_link)
tests_unit_aws_aws_route53_SOURCES = tests/unit/aws/aws_route53.c $(fake_aws) $(aws_vectors) \
	$(fake_malloc) $(unit)
tests_unit_aws_aws_route53_LDFLAGS = $(fake_malloc_link)
tests_unit_aws_aws_sns_SOURCES = tests/unit/aws/aws_sns.c $(fake_aws) $(unit)
tests_unit_aws_breaker_SOURCES = tests/unit/aws/breaker.c $(unit)
tests_unit_aws_call_life_SOURCES = tests/unit/aws/call_life.c $(fake_aws) $(fake_malloc) $(unit)
tests_unit_aws_call_life_LDFLAGS = $(fake_malloc_link)
tests_unit_aws_chain_SOURCES = tests/unit/aws/chain.c $(fake_aws) $(aws_vectors) $(fake_malloc) \
	$(unit)
tests_unit_aws_chain_LDFLAGS = $(fake_malloc_link)
tests_unit_aws_client_SOURCES = tests/unit/aws/client.c $(fake_aws) $(unit)
tests_unit_aws_container_SOURCES = tests/unit/aws/container.c $(keys_kit) $(aws_vectors) $(unit)
tests_unit_aws_container_LDFLAGS = $(fake_malloc_link)
tests_unit_aws_crc32_SOURCES = tests/unit/aws/crc32.c $(unit)
tests_unit_aws_credential_process_SOURCES = tests/unit/aws/credential_process.c $(fake_aws) \
	$(fake_malloc) $(unit)
tests_unit_aws_credential_process_LDFLAGS = $(fake_malloc_link)
tests_unit_aws_endpoint_SOURCES = tests/unit/aws/endpoint.c $(aws_vectors) $(fake_malloc) $(unit)
tests_unit_aws_endpoint_LDFLAGS = $(fake_malloc_link)
tests_unit_aws_endpoint_find_SOURCES = tests/unit/aws/endpoint_find.c $(aws_vectors) $(unit)
tests_unit_aws_fault_SOURCES = tests/unit/aws/fault.c $(aws_vectors) $(fake_malloc) $(unit)
tests_unit_aws_fault_LDFLAGS = $(fake_malloc_link)
tests_unit_aws_imds_SOURCES = tests/unit/aws/imds.c $(keys_kit) $(aws_vectors) $(unit)
tests_unit_aws_imds_LDFLAGS = $(fake_malloc_link)
tests_unit_aws_keydoc_SOURCES = tests/unit/aws/keydoc.c $(fake_malloc) $(unit)
tests_unit_aws_keydoc_LDFLAGS = $(fake_malloc_link)
tests_unit_aws_outcome_SOURCES = tests/unit/aws/outcome.c $(fake_aws) $(unit)
tests_unit_aws_process_line_SOURCES = tests/unit/aws/process_line.c $(fake_malloc) $(unit)
tests_unit_aws_process_line_LDFLAGS = $(fake_malloc_link)
tests_unit_aws_profile_SOURCES = tests/unit/aws/profile.c $(aws_vectors) $(fake_malloc) $(unit)
tests_unit_aws_profile_LDFLAGS = $(fake_malloc_link)
tests_unit_aws_profile_load_SOURCES = tests/unit/aws/profile_load.c $(aws_vectors) \
	tests/kit/log_kit.h $(unit)
tests_unit_aws_provider_SOURCES = tests/unit/aws/provider.c $(unit)
tests_unit_aws_refresh_SOURCES = tests/unit/aws/refresh.c $(unit)
tests_unit_aws_retry_SOURCES = tests/unit/aws/retry.c $(unit)
tests_unit_aws_roleplan_SOURCES = tests/unit/aws/roleplan.c $(aws_vectors) $(unit)
tests_unit_aws_route53_change_SOURCES = tests/unit/aws/route53_change.c $(fake_aws) $(unit)
tests_unit_aws_route53_limit_SOURCES = tests/unit/aws/route53_limit.c $(fake_aws) $(unit)
tests_unit_aws_route53_list_SOURCES = tests/unit/aws/route53_list.c $(fake_aws) $(fake_malloc) \
	$(unit)
tests_unit_aws_route53_list_LDFLAGS = $(fake_malloc_link)
tests_unit_aws_route53_zone_SOURCES = tests/unit/aws/route53_zone.c $(fake_aws) $(fake_malloc) \
	$(unit)
tests_unit_aws_route53_zone_LDFLAGS = $(fake_malloc_link)
tests_unit_aws_sigv4_SOURCES = tests/unit/aws/sigv4.c $(aws_vectors) $(fake_malloc) $(unit)
tests_unit_aws_sigv4_LDFLAGS = $(fake_malloc_link)
tests_unit_aws_sts_SOURCES = tests/unit/aws/sts.c $(keys_kit) $(unit)
tests_unit_aws_sts_LDFLAGS = $(fake_malloc_link)
tests_unit_aws_transfer_SOURCES = tests/unit/aws/transfer.c $(fake_aws) tests/kit/log_kit.h \
	$(unit)
tests_unit_aws_xml_SOURCES = tests/unit/aws/xml.c $(fake_malloc) $(unit)
tests_unit_aws_xml_LDFLAGS = $(fake_malloc_link)
tests_unit_aws_aws_head_SOURCES = tests/unit/aws/aws_head.c $(unit)
tests_unit_aws_aws_file_SOURCES = tests/unit/aws/aws_file.c $(unit)
tests_unit_aws_credentials_SOURCES = tests/unit/aws/credentials.c $(fake_malloc) $(unit)
tests_unit_aws_credentials_LDFLAGS = $(fake_malloc_link)
tests_unit_aws_env_SOURCES = tests/unit/aws/env.c $(unit)
tests_unit_aws_sigv4_canon_SOURCES = tests/unit/aws/sigv4_canon.c $(fake_malloc) $(unit)
tests_unit_aws_sigv4_canon_LDFLAGS = $(fake_malloc_link)
tests_unit_aws_sign_SOURCES = tests/unit/aws/sign.c $(fake_malloc) $(unit)
tests_unit_aws_sign_LDFLAGS = $(fake_malloc_link)
tests_unit_aws_verdict_SOURCES = tests/unit/aws/verdict.c tests/kit/log_kit.h $(unit)
tests_unit_aws_verdict_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=clock_wall_s,--wrap=rand_bytes
tests_unit_aws_attempt_SOURCES = tests/unit/aws/attempt.c $(unit)
tests_unit_aws_attempt_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=clock_wall_s
tests_unit_aws_environment_SOURCES = tests/unit/aws/environment.c $(fake_malloc) $(unit)
tests_unit_aws_environment_LDFLAGS = $(fake_malloc_link)
tests_unit_aws_service_SOURCES = tests/unit/aws/service.c tests/kit/log_kit.h $(unit)
