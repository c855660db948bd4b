# With MOORING_VECTORS set, AWS's own suites are run too: tests/unit/aws_vectors.h.
aws_kit = tests/unit/aws_kit.c tests/unit/aws_kit.h
aws_vectors = tests/unit/aws_vectors.c tests/unit/aws_vectors.h
aws_oom = tests/unit/oom.c tests/unit/oom.h tests/unit/unit.h

check_PROGRAMS += \
	tests/unit/t_aws_breaker \
	tests/unit/t_aws_cancel \
	tests/unit/t_aws_client \
	tests/unit/t_aws_container \
	tests/unit/t_aws_credentials \
	tests/unit/t_aws_fault \
	tests/unit/t_aws_imds \
	tests/unit/t_aws_outcome \
	tests/unit/t_aws_provider \
	tests/unit/t_aws_refresh \
	tests/unit/t_aws_sts \
	tests/unit/t_aws_tls \
	tests/unit/t_dynamodb_api \
	tests/unit/t_endpoint \
	tests/unit/t_keydoc \
	tests/unit/t_profile \
	tests/unit/t_roleplan \
	tests/unit/t_route53_api \
	tests/unit/t_route53_list \
	tests/unit/t_route53_zone \
	tests/unit/t_sigv4 \
	tests/unit/t_xml
tests_unit_t_aws_breaker_SOURCES = tests/unit/t_aws_breaker.c tests/unit/unit.h
tests_unit_t_aws_cancel_SOURCES = tests/unit/t_aws_cancel.c $(aws_kit) $(aws_oom)
tests_unit_t_aws_cancel_LDFLAGS = $(oom_link)
tests_unit_t_aws_client_SOURCES = tests/unit/t_aws_client.c $(aws_kit) tests/unit/unit.h
tests_unit_t_aws_container_SOURCES = tests/unit/t_aws_container.c $(aws_kit) $(aws_vectors) $(aws_oom)
tests_unit_t_aws_container_LDFLAGS = $(oom_link)
tests_unit_t_aws_credentials_SOURCES = tests/unit/t_aws_credentials.c $(aws_kit) $(aws_vectors) $(aws_oom)
tests_unit_t_aws_credentials_LDFLAGS = $(oom_link)
tests_unit_t_aws_fault_SOURCES = tests/unit/t_aws_fault.c $(aws_vectors) $(aws_oom)
tests_unit_t_aws_fault_LDFLAGS = $(oom_link)
tests_unit_t_aws_imds_SOURCES = tests/unit/t_aws_imds.c $(aws_kit) $(aws_vectors) $(aws_oom)
tests_unit_t_aws_imds_LDFLAGS = $(oom_link)
tests_unit_t_aws_outcome_SOURCES = tests/unit/t_aws_outcome.c $(aws_kit) tests/unit/unit.h
tests_unit_t_aws_provider_SOURCES = tests/unit/t_aws_provider.c tests/unit/unit.h
tests_unit_t_aws_refresh_SOURCES = tests/unit/t_aws_refresh.c tests/unit/unit.h
tests_unit_t_aws_sts_SOURCES = tests/unit/t_aws_sts.c $(aws_kit) $(aws_oom)
tests_unit_t_aws_sts_LDFLAGS = $(oom_link)
tests_unit_t_aws_tls_SOURCES = tests/unit/t_aws_tls.c $(aws_kit) tests/unit/unit.h
tests_unit_t_dynamodb_api_SOURCES = tests/unit/t_dynamodb_api.c $(aws_kit) $(aws_vectors) $(aws_oom)
tests_unit_t_dynamodb_api_LDFLAGS = $(oom_link)
tests_unit_t_endpoint_SOURCES = tests/unit/t_endpoint.c $(aws_vectors) $(aws_oom)
tests_unit_t_endpoint_LDFLAGS = $(oom_link)
tests_unit_t_keydoc_SOURCES = tests/unit/t_keydoc.c $(aws_oom)
tests_unit_t_keydoc_LDFLAGS = $(oom_link)
tests_unit_t_profile_SOURCES = tests/unit/t_profile.c $(aws_vectors) $(aws_oom)
tests_unit_t_profile_LDFLAGS = $(oom_link)
tests_unit_t_roleplan_SOURCES = tests/unit/t_roleplan.c $(aws_vectors) tests/unit/unit.h
tests_unit_t_route53_api_SOURCES = tests/unit/t_route53_api.c $(aws_kit) $(aws_vectors) $(aws_oom)
tests_unit_t_route53_api_LDFLAGS = $(oom_link)
tests_unit_t_route53_list_SOURCES = tests/unit/t_route53_list.c $(aws_kit) $(aws_oom)
tests_unit_t_route53_list_LDFLAGS = $(oom_link)
tests_unit_t_route53_zone_SOURCES = tests/unit/t_route53_zone.c $(aws_kit) $(aws_oom)
tests_unit_t_route53_zone_LDFLAGS = $(oom_link)
tests_unit_t_sigv4_SOURCES = tests/unit/t_sigv4.c $(aws_vectors) $(aws_oom)
tests_unit_t_sigv4_LDFLAGS = $(oom_link)
tests_unit_t_xml_SOURCES = tests/unit/t_xml.c $(aws_oom)
tests_unit_t_xml_LDFLAGS = $(oom_link)
