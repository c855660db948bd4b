# SPDX-License-Identifier: BSD-2-Clause
"""deploy/ecs-task.json and deploy/eks.yaml start the image as the Dockerfile and compose.aws.yaml do."""

from __future__ import annotations

import json
import re

import botocore.session
import pytest
from botocore.validate import ParamValidator

from deploy.containers import Image, compose, manifests, settings, task
from deploy.template import DEPLOY, Stack


def default_stack() -> Stack:
    return Stack({"ZoneName": "dyn.example.com"})


@pytest.fixture(name="container")
def fixture_container() -> dict:
    (container,) = task()["containerDefinitions"]
    return container


@pytest.fixture(name="pod")
def fixture_pod() -> dict:
    return manifests()["Deployment"]["spec"]["template"]["spec"]


@pytest.fixture(name="in_pod")
def fixture_in_pod(pod: dict) -> dict:
    (container,) = pod["containers"]
    return container


# ECS.


def test_task_definition_has_the_shape_that_ecs_wants() -> None:
    model = botocore.session.get_session().get_service_model("ecs")
    shape = model.operation_model("RegisterTaskDefinition").input_shape
    assert ParamValidator().validate(task(), shape).generate_report() == ""
    # It says yes to a member that it does not know.
    assert set(task()) <= set(shape.members)
    (container,) = task()["containerDefinitions"]
    assert set(container) <= set(shape.members["containerDefinitions"].member.members)


def test_task_runs_the_image_as_it_is_meant(container: dict) -> None:
    image = Image.read()
    assert container["user"] == image.user
    assert container["readonlyRootFilesystem"] is True
    assert container["linuxParameters"]["capabilities"] == {"drop": ["ALL"]}
    ports = [f"{each['containerPort']}/{each['protocol']}" for each in container["portMappings"]]
    assert ports and set(ports) <= set(image.ports)
    health = container["healthCheck"]
    assert tuple(health["command"]) == ("CMD", *image.health)
    assert {
        "interval": health["interval"],
        "timeout": health["timeout"],
        "start-period": health["startPeriod"],
    } == image.intervals
    mounted = {each["containerPath"]: each["sourceVolume"] for each in container["mountPoints"]}
    assert set(mounted) == {image.volume, "/etc/mooring/tls"}
    assert set(mounted.values()) == {each["name"] for each in task()["volumes"]}


def test_no_variable_of_the_task_is_empty(container: dict) -> None:
    """Some of what deploys task definitions drops these, and the image's own would count."""
    values = {each["name"]: each["value"] for each in container["environment"]}
    assert all(values.values())
    # For the health check alone; routers come by the load balancer.
    assert values["MOORING_LISTEN"].startswith("127.0.0.1:")


def test_task_has_the_limits_of_the_compose_file(container: dict) -> None:
    wanted = compose()
    assert wanted["read_only"] and wanted["cap_drop"] == ["ALL"]
    (limit,) = container["ulimits"]
    assert limit["name"] == "nofile"
    assert {limit["softLimit"], limit["hardLimit"]} == {wanted["ulimits"]["nofile"]}
    assert f"{container['stopTimeout']}s" == wanted["stop_grace_period"]


def test_log_of_the_task_goes_to_the_group_of_the_template(container: dict) -> None:
    options = container["logConfiguration"]["options"]
    assert container["logConfiguration"]["logDriver"] == "awslogs"
    assert options["awslogs-group"] == default_stack().names["LogGroupName"]


# EKS.


def test_pod_has_no_more_rights_than_the_image_needs(pod: dict, in_pod: dict) -> None:
    user, _, group = Image.read().user.partition(":")
    assert pod["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": int(user),
        "runAsGroup": int(group),
        "fsGroup": int(group),
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert in_pod["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert pod["automountServiceAccountToken"] is False
    mounted = {each["mountPath"]: each["name"] for each in in_pod["volumeMounts"]}
    assert set(mounted) == {Image.read().volume, "/etc/mooring/tls"}
    assert set(mounted.values()) == {each["name"] for each in pod["volumes"]}


def test_probes_ask_what_the_health_check_of_the_image_asks(in_pod: dict) -> None:
    health = list(Image.read().health)
    for probe in ("livenessProbe", "startupProbe"):
        assert in_pod[probe]["exec"]["command"] == health
    assert in_pod["readinessProbe"]["exec"]["command"] == [*health, "--ready"]
    assert "MOORING_ADMIN_LISTEN" in settings()["eks.yaml"], "where --ready asks"


def test_pod_gets_the_time_to_finish(pod: dict, in_pod: dict) -> None:
    """While the load balancer still sends, and then drain-timeout, whose default is 10."""
    pause = in_pod["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert pod["terminationGracePeriodSeconds"] >= pause + 10 + 5


def test_objects_find_each_other(pod: dict, in_pod: dict) -> None:
    found = manifests()
    namespace = found["Namespace"]["metadata"]["name"]
    labels = found["Deployment"]["spec"]["template"]["metadata"]["labels"]
    for kind, each in found.items():
        assert kind == "Namespace" or each["metadata"]["namespace"] == namespace, kind
    for selector in (
        found["Deployment"]["spec"]["selector"]["matchLabels"],
        found["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"],
        found["Service"]["spec"]["selector"],
        pod["topologySpreadConstraints"][0]["labelSelector"]["matchLabels"],
    ):
        assert selector == labels
    assert pod["serviceAccountName"] == found["ServiceAccount"]["metadata"]["name"]
    (source,) = in_pod["envFrom"]
    assert source["configMapRef"]["name"] == found["ConfigMap"]["metadata"]["name"]
    (served,) = found["Service"]["spec"]["ports"]
    (port,) = in_pod["ports"]
    assert (served["port"], served["targetPort"]) == (443, port["name"])
    assert f"{port['containerPort']}/tcp" in Image.read().ports


def test_one_of_two_daemons_may_always_go() -> None:
    found = manifests()
    assert found["Deployment"]["spec"]["replicas"] == 2
    assert found["PodDisruptionBudget"]["spec"]["minAvailable"] == 1
    assert found["Deployment"]["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0


def test_load_balancer_tells_addresses_by_the_protocol_that_the_daemon_expects() -> None:
    prefix = "service.beta.kubernetes.io/aws-load-balancer-"
    annotations = manifests()["Service"]["metadata"]["annotations"]
    assert annotations[f"{prefix}proxy-protocol"] == "*"
    attributes = annotations[f"{prefix}target-group-attributes"]
    assert "preserve_client_ip.enabled=false" in attributes
    assert "proxy_protocol_v2.enabled=true" in attributes


# Both.


@pytest.mark.parametrize("name", ["ecs-task.json", "eks.yaml"])
def test_settings_are_those_of_the_compose_file_and_more(name: str) -> None:
    found = settings()[name]
    more = {
        "MOORING_STORE_TABLE",  # the compose file has the original's
        "MOORING_LISTEN",
        "MOORING_LISTEN_AT",
        "MOORING_LISTEN_AT_ADDRESS",
        "MOORING_LISTEN_AT_PROXY_PROTOCOL",
        "MOORING_TRUSTED_PROXIES",
        "MOORING_ADMIN_LISTEN",
        "MOORING_ROUTE53_REQUESTS_PER_SECOND",
        "MOORING_ROUTE53_CHANGES_PER_SECOND",
        "MOORING_LOG_FORMAT",
        "MOORING_CERTIFICATE",
        "MOORING_PRIVATE_KEY",
    }
    same = {key: value for key, value in found.items() if key not in more}
    wanted = dict(settings()["compose.aws.yaml"])
    del wanted["MOORING_STORE_TABLE"]
    assert same == wanted
    assert found["MOORING_STORE_TABLE"] == default_stack().names["TableName"]
    port = found["MOORING_LISTEN_AT_ADDRESS"].rpartition(":")[2]
    assert f"{port}/tcp" in Image.read().ports
    assert all(isinstance(value, str) for value in found.values()), "a variable is a string"


def test_two_daemons_share_the_quotas() -> None:
    for name in ("ecs-task.json", "eks.yaml"):
        found = settings()[name]
        assert 2 * int(found["MOORING_ROUTE53_REQUESTS_PER_SECOND"]) == 10
        assert 2 * int(found["MOORING_ROUTE53_CHANGES_PER_SECOND"]) == 100


# The agent.


def test_agent_keeps_the_log_where_and_as_long_as_the_template_says() -> None:
    agent = json.loads((DEPLOY / "cloudwatch-agent.json").read_text(encoding="utf-8"))
    names = default_stack().names
    collected = agent["logs"]["logs_collected"]
    # Members that the agent's schema knows; another one keeps it from starting.
    common = {"log_group_name", "log_stream_name", "log_group_class", "retention_in_days", "filters"}
    known = {
        "journald": common | {"units", "priority", "matches"},
        "files": common | {"file_path", "timezone", "timestamp_format", "encoding"},
    }
    assert set(collected) == set(known)
    for kind, found in collected.items():
        (entry,) = found["collect_list"]
        assert set(entry) <= known[kind]
        assert entry["log_group_name"] == names["LogGroupName"]
        assert entry["retention_in_days"] == names["LogRetention"]
    assert collected["journald"]["collect_list"][0]["units"] == ["mooringd.service"]


def test_agent_may_do_what_it_does() -> None:
    allowed = default_stack().policy("LogPolicy")["Statement"][0]["Action"]
    # PutRetentionPolicy: retention_in_days.
    assert {"logs:CreateLogStream", "logs:PutLogEvents", "logs:PutRetentionPolicy"} <= set(allowed)
    assert not any(re.search(r"\*|Delete", action) for action in allowed)
