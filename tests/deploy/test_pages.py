# SPDX-License-Identifier: BSD-2-Clause
"""The commands of the pages that speak to AWS, as they stand there: AWS's own command line runs them on the
emulator, where an administrator would be by then."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import botocore.client
import pytest
from aws.emulators import REGION, Ministack, clean_environment, sdk_client

from deploy.template import DEPLOY, TOP

sys.path.insert(0, str(TOP / "tests" / "pages"))
from pages import Block, blocks  # noqa: E402  pylint: disable=wrong-import-position

ME = "tests/deploy/test_pages.py"
BUILD = Path(os.environ.get("MOORING_BUILD", TOP))
ALL = [block for page in sorted((TOP / "docs").glob("*.md")) for block in blocks(page)]
COMMANDS = [block for block in ALL if (block.mark, block.argument) == ("run", ME)]
SETTINGS = "mooring.conf"
TABLE, STACK_TABLE = "mooring", "ddns-serverless-app-db"
# Of the serverless stack what matters here.
SERVERLESS = f"""
Resources:
  DBTable:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: {STACK_TABLE}
      DeletionProtectionEnabled: true
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{{AttributeName: user, AttributeType: S}}]
      KeySchema: [{{AttributeName: user, KeyType: HASH}}]
"""
ASSUMED = '{"Version": "2012-10-17", "Statement": []}'


@dataclass
class Account:
    """Of AWS; names: what the page calls something, and what it is here."""

    ministack: Ministack
    folder: Path
    names: dict[str, str] = field(default_factory=lambda: {"/usr/share/mooring/deploy": str(DEPLOY)})
    env: dict[str, str] = field(default_factory=dict)

    def client(self, service: str) -> botocore.client.BaseClient:
        return sdk_client(service, self.ministack.port, self.ministack.root)

    def run(self, text: str) -> subprocess.CompletedProcess[str]:
        for name, here in self.names.items():
            text = text.replace(name, here)
        env = clean_environment(
            AWS_ACCESS_KEY_ID=self.ministack.root.access_key,
            AWS_SECRET_ACCESS_KEY=self.ministack.root.secret_key,
            AWS_DEFAULT_REGION=REGION,
            AWS_ENDPOINT_URL=f"http://127.0.0.1:{self.ministack.port}",
            AWS_PAGER="",
            MOORING_CONFIG=str(self.folder / SETTINGS),
            **self.env,
        )
        env = {name: value for name, value in env.items() if name not in ("MOORING_BUILD", "MOORING_VECTORS")}
        env["PATH"] = f"{Path(sys.executable).parent}:{BUILD}:{env['PATH']}"
        return subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", text],
            cwd=self.folder,
            env=env,
            check=False,
            capture_output=True,
            text=True,
            timeout=300,
        )

    def make_roles(self, *names: str) -> None:
        for name in names:
            self.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=ASSUMED)

    def make_table(self) -> None:
        self.client("dynamodb").create_table(
            TableName=STACK_TABLE,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "user", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "user", "KeyType": "HASH"}],
        )

    def put(self, user: str, **attributes: dict) -> None:
        item = {"user": {"S": user}, "pass": {"S": f"sesame of {user}"}, **attributes}
        self.client("dynamodb").put_item(TableName=STACK_TABLE, Item=item)

    def item(self, user: str) -> dict:
        key = {"user": {"S": user}}
        return self.client("dynamodb").get_item(TableName=STACK_TABLE, Key=key)["Item"]

    def configure(self) -> None:
        """As the page says it."""
        (settings,) = (b for b in ALL if b.page == "AWS.md" and b.argument == "a mooring.conf")
        (self.folder / SETTINGS).write_text(settings.text)


@pytest.fixture(name="account")
def fixture_account(tmp_path: Path) -> Iterator[Account]:
    ministack = Ministack(tmp_path)
    yield Account(ministack, tmp_path)
    ministack.stop()


def before_the_policy(account: Account) -> None:
    account.configure()


def before_the_profile(account: Account) -> None:
    iam, ec2 = account.client("iam"), account.client("ec2")
    iam.create_instance_profile(InstanceProfileName="mooring")
    (made,) = ec2.run_instances(ImageId="ami-12345678", MinCount=1, MaxCount=1)["Instances"]
    account.names["i-0123456789abcdef0"] = made["InstanceId"]


def with_a_target_group(account: Account) -> None:
    made = account.client("elbv2").create_target_group(
        Name="mooring", Protocol="TCP", Port=8443, TargetType="ip", VpcId="vpc-1"
    )
    account.env["ARN"] = made["TargetGroups"][0]["TargetGroupArn"]


def before_the_tasks(account: Account) -> None:
    with_a_target_group(account)
    account.make_roles("mooring-task", "mooring-execution")
    account.client("ecs").create_cluster(clusterName="mooring")


def before_the_pods(account: Account) -> None:
    account.make_roles("mooring-task", "eks")
    account.client("eks").create_cluster(
        name="home",
        roleArn="arn:aws:iam::111122223333:role/eks",
        resourcesVpcConfig={"subnetIds": ["subnet-1", "subnet-2"]},
    )


def before_the_move(account: Account) -> None:
    account.make_table()
    zone = account.client("route53").create_hosted_zone(
        Name="dyn.example.com", CallerReference="before"
    )
    account.names["Z0123456789ABCDEFGHIJ"] = zone["HostedZone"]["Id"].removeprefix("/hostedzone/")


def with_the_serverless_stack(account: Account) -> None:
    account.client("cloudformation").create_stack(StackName="ddns-serverless-app", TemplateBody=SERVERLESS)


def before_a_restore(account: Account) -> None:
    account.make_table()
    for user in ("router1", "router 2's"):
        account.put(user, state={"M": {"seq": {"N": "7"}}})


def with_a_table(account: Account) -> None:
    account.make_table()


def nothing(account: Account) -> None:
    assert account


def has_stack(account: Account) -> None:
    (stack,) = account.client("cloudformation").describe_stacks(StackName="mooring")["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"


def has_table(account: Account, table: str = TABLE) -> None:
    found = account.client("dynamodb").describe_table(TableName=table)["Table"]
    assert [index["IndexName"] for index in found["GlobalSecondaryIndexes"]] == ["owed"]


def has_policy(account: Account) -> None:
    iam = account.client("iam")
    given = iam.get_role_policy(RoleName="mooring", PolicyName="mooring")["PolicyDocument"]
    assert "dynamodb:GetItem" in str(given) and "route53:ChangeResourceRecordSets" in str(given)
    (profile,) = iam.list_instance_profiles()["InstanceProfiles"]
    assert [role["RoleName"] for role in profile["Roles"]] == ["mooring"]


def has_association(account: Account) -> None:
    found = account.client("ec2").describe_iam_instance_profile_associations()
    assert len(found["IamInstanceProfileAssociations"]) == 1


def has_service(account: Account) -> None:
    (found,) = account.client("ecs").describe_services(cluster="mooring", services=["mooring"])["services"]
    assert found["desiredCount"] == 2


def has_pod_identity(account: Account) -> None:
    found = account.client("eks").list_pod_identity_associations(clusterName="home")
    assert len(found["associations"]) == 1


def has_moved(account: Account) -> None:
    has_stack(account)
    found = account.client("dynamodb").describe_table(TableName=STACK_TABLE)["Table"]
    assert found["DeletionProtectionEnabled"]


def has_no_serverless_stack(account: Account) -> None:
    """The emulator deletes its table although it is protected, so what is left is not looked at."""
    stacks = account.client("cloudformation").list_stacks()["StackSummaries"]
    states = {s["StackStatus"] for s in stacks if s["StackName"] == "ddns-serverless-app"}
    assert states <= {"DELETE_COMPLETE"}


def has_listener(account: Account) -> None:
    client = account.client("elbv2")
    (balancer,) = client.describe_load_balancers()["LoadBalancers"]
    found = client.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])
    assert [listener["Port"] for listener in found["Listeners"]] == [443]


def has_attributes(account: Account) -> None:
    found = account.client("elbv2").describe_target_group_attributes(TargetGroupArn=account.env["ARN"])
    values = {each["Key"]: each["Value"] for each in found["Attributes"]}
    assert values["proxy_protocol_v2.enabled"] == "true"
    assert values["preserve_client_ip.enabled"] == "false"


def has_no_states(account: Account) -> None:
    for user in ("router1", "router 2's"):
        assert set(account.item(user)) == {"user", "pass"}


def has_index(account: Account) -> None:
    has_table(account, STACK_TABLE)


Act = Callable[[Account], None]
# By a word of the block: what is there before, and what is to be there afterwards.
AROUND: dict[str, tuple[Act, Act]] = {
    "AlarmEmail=": (nothing, has_stack),
    "create-hosted-zone": (nothing, has_table),
    "put-role-policy": (before_the_policy, has_policy),
    "associate-iam-instance-profile": (before_the_profile, has_association),
    "create-service": (before_the_tasks, has_service),
    "create-pod-identity-association": (before_the_pods, has_pod_identity),
    "ExistingTable=": (before_the_move, has_moved),
    "delete-stack": (with_the_serverless_stack, has_no_serverless_stack),
    "create-listener": (nothing, has_listener),
    "modify-target-group-attributes": (with_a_target_group, has_attributes),
    "REMOVE #s": (before_a_restore, has_no_states),
    "global-secondary-index-updates": (with_a_table, has_index),
}


def test_each_block_has_its_surroundings() -> None:
    for word in AROUND:
        assert sum(word in block.text for block in COMMANDS) == 1, word
    assert len(COMMANDS) == len(AROUND)


@pytest.mark.parametrize("block", COMMANDS, ids=lambda block: block.place)
def test_commands_of_a_page_do_what_it_says(account: Account, block: Block) -> None:
    before, after = next(acts for word, acts in AROUND.items() if word in block.text)
    before(account)
    done = account.run(block.text)
    assert done.returncode == 0, done.stderr + done.stdout
    after(account)
