# SPDX-License-Identifier: BSD-2-Clause
"""Starts and stops AWS emulators that others wrote, on free ports of 127.0.0.1.

ministack speaks all the services and checks signatures by its own code; dynalite knows DynamoDB's
rules more strictly and does not look at signatures. Neither is complete: the gate stands in front.
"""

from __future__ import annotations

import json
import os
import platform
import secrets
import socket
import subprocess
import sys
import uuid
from pathlib import Path
from time import monotonic

import botocore.client
import botocore.config
import botocore.session

from aws.gate import Upstream
from aws.sigv4 import Identity

HERE = Path(__file__).parent
REGION = "eu-west-1"
TABLE = "ddns-serverless-app-db"
FAKETIME = "/usr/lib/MACHINE-linux-gnu/faketime/libfaketimeMT.so.1"
START_TIMEOUT_S = 30
STOP_TIMEOUT_S = 10
BATCH_ACTIONS = frozenset(
    {
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
        "dynamodb:DeleteItem",
        "dynamodb:Scan",
        "dynamodb:Query",
        "dynamodb:DescribeTable",
        "dynamodb:CreateTable",
        "dynamodb:DeleteTable",
        "dynamodb:ListTables",
        "dynamodb:TransactWriteItems",
        "route53:ChangeResourceRecordSets",
        "route53:ListResourceRecordSets",
        "route53:GetHostedZone",
        "route53:GetChange",
    }
)


class Process:
    """A child with its output in a file; stopped by its own id."""

    def __init__(self, argv: list[str], log: Path, **options: object):
        self.log = log
        with log.open("wb") as output:
            self.child = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stderr=output, **{"stdout": output, **options}
            )

    def check_alive(self) -> None:
        status = self.child.poll()
        if status is not None:
            raise RuntimeError(f"{self.child.args[0]} ended with {status}: {self.tail()}")

    def tail(self) -> str:
        return self.log.read_text(errors="replace")[-2000:]

    def stop(self) -> None:
        if self.child.poll() is None:
            self.child.terminate()
            try:
                self.child.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
        if self.child.stdout is not None:
            self.child.stdout.close()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def wait_connectable(process: Process, port: int) -> None:
    deadline = monotonic() + START_TIMEOUT_S
    while True:
        process.check_alive()
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if monotonic() > deadline:
                raise TimeoutError(f"nothing listens: {process.tail()}") from None
        try:
            process.child.wait(0.02)
        except subprocess.TimeoutExpired:
            pass


def sdk_client(
    service: str, port: int, identity: Identity, region: str = REGION
) -> botocore.client.BaseClient:
    """The reference SDK, for setting up and for reading back; never for what is under test."""
    session = botocore.session.Session()
    session.set_credentials(identity.access_key, identity.secret_key, identity.token)
    return session.create_client(
        service,
        region_name=region,
        endpoint_url=f"http://127.0.0.1:{port}",
        config=botocore.config.Config(retries={"total_max_attempts": 1}, proxies={}),
    )


def clean_environment(**extra: str) -> dict[str, str]:
    """The environment without what configures AWS clients, proxies and trusted authorities."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "SSL_CERT_"))
        and not name.lower().endswith(("_proxy", "_ca_bundle"))
    }
    return {**kept, **extra}


class Dynamodb:
    """Common to both: the table of the original, empty."""

    port: int
    admin: Identity
    _client: botocore.client.BaseClient | None = None

    def dynamodb(self) -> botocore.client.BaseClient:
        """Made once, for all threads: to make one takes longer than many a request."""
        if self._client is None:
            self._client = sdk_client("dynamodb", self.port, self.admin)
        return self._client

    @property
    def upstream(self) -> Upstream:
        return Upstream("127.0.0.1", self.port)

    def fresh_table(self, projection: str | None = None) -> None:
        """projection: of the index `owed` ("ALL", "KEYS_ONLY"); None: without that index."""
        client = self.dynamodb()
        if TABLE in client.list_tables()["TableNames"]:
            client.delete_table(TableName=TABLE)
            client.get_waiter("table_not_exists").wait(
                TableName=TABLE, WaiterConfig={"Delay": 0.02, "MaxAttempts": 500}
            )
        index = {
            "IndexName": "owed",
            "KeySchema": [{"AttributeName": "owed", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": projection},
        }
        names = ["user", "owed"] if projection else ["user"]
        client.create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": "user", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in names],
            BillingMode="PAY_PER_REQUEST",
            **({"GlobalSecondaryIndexes": [index]} if projection else {}),
        )
        client.get_waiter("table_exists").wait(
            TableName=TABLE, WaiterConfig={"Delay": 0.02, "MaxAttempts": 500}
        )

    def item(self, user: str) -> dict | None:
        reply = self.dynamodb().get_item(
            TableName=TABLE, Key={"user": {"S": user}}, ConsistentRead=True
        )
        return reply.get("Item")

    def put_item(self, item: dict) -> None:
        self.dynamodb().put_item(TableName=TABLE, Item=item)


class Dynalite(Dynamodb):
    def __init__(self, directory: Path):
        self.process = Process(
            ["node", str(HERE / "dynalite.js")],
            directory / "dynalite.log",
            cwd=HERE,
            env=clean_environment(),
            stdout=subprocess.PIPE,
        )
        line = self.process.child.stdout.readline()  # ends at once when the child does
        if not line.strip().isdigit():
            self.process.stop()
            raise RuntimeError(f"dynalite did not start: {self.process.tail()}")
        self.port = int(line)
        self.admin = Identity("setup", "AKIASETUP", secrets.token_hex(20))

    def stop(self) -> None:
        self.process.stop()


class Ministack(Dynamodb):
    """AUTH=true accepts only keys made by CreateAccessKey: new_user() makes one.

    offset: its clock, as faketime(1) takes it ("-2h"): whoever has the right time is then wrong.
    """

    def __init__(self, directory: Path, offset: str | None = None):
        self.port = free_port()
        # Its bootstrap key is never refused, whatever the signature: make it nobody's.
        self.root = Identity("root", "ROOT" + secrets.token_hex(8).upper(), secrets.token_hex(20))
        wrong_clock = {}
        if offset is not None:
            wrong_clock = {
                "LD_PRELOAD": FAKETIME.replace("MACHINE", platform.machine()),
                "FAKETIME": offset,
                "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            }
        self.process = Process(
            [sys.executable, "-m", "ministack"],
            directory / "ministack.log",
            cwd=directory,
            env=clean_environment(
                BIND_HOST="127.0.0.1",
                GATEWAY_PORT=str(self.port),
                AUTH="true",
                IOT_MTLS_ENABLED="0",
                SFTP_ENABLED="0",
                LOG_LEVEL="WARNING",
                TMPDIR=str(directory),
                AWS_ACCESS_KEY_ID=self.root.access_key,
                AWS_SECRET_ACCESS_KEY=self.root.secret_key,
                **wrong_clock,
            ),
        )
        wait_connectable(self.process, self.port)
        # Who sets things up has the right time, and the bootstrap key is not held to it.
        everything = frozenset({"dynamodb:*", "route53:*", "sns:*", "sqs:*"})
        self.admin = self.root if offset is not None else self.new_user("admin", everything)

    def stop(self) -> None:
        self.process.stop()

    def new_user(self, name: str, actions: frozenset[str]) -> Identity:
        """An IAM user with that policy and one access key."""
        iam = sdk_client("iam", self.port, self.root, "us-east-1")
        name = f"{name}-{uuid.uuid4().hex[:8]}"
        statement = {"Effect": "Allow", "Action": sorted(actions), "Resource": "*"}
        iam.create_user(UserName=name)
        iam.put_user_policy(
            UserName=name,
            PolicyName="policy",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        )
        key = iam.create_access_key(UserName=name)["AccessKey"]
        allowed = None if any(action.endswith("*") for action in actions) else actions
        return Identity(name, key["AccessKeyId"], key["SecretAccessKey"], None, allowed)

    def route53(self) -> botocore.client.BaseClient:
        return sdk_client("route53", self.port, self.admin, "us-east-1")

    def new_zone(self, name: str) -> str:
        """The id without its prefix."""
        reply = self.route53().create_hosted_zone(Name=name, CallerReference=uuid.uuid4().hex)
        return reply["HostedZone"]["Id"].removeprefix("/hostedzone/")

    def records(self, zone_id: str) -> dict[tuple[str, str], tuple[int, list[str]]]:
        """(name with final dot, type) -> TTL and values, without the zone's own NS and SOA."""
        pages = self.route53().get_paginator("list_resource_record_sets")
        found = {}
        for page in pages.paginate(HostedZoneId=zone_id):
            for record in page["ResourceRecordSets"]:
                if record["Type"] not in ("NS", "SOA"):
                    values = [value["Value"] for value in record["ResourceRecords"]]
                    found[record["Name"], record["Type"]] = (record["TTL"], values)
        return found
