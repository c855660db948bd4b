# SPDX-License-Identifier: BSD-2-Clause
"""The targets with the real thing at the other end: HTTPS, SMTP with STARTTLS, SNS, a command."""

from __future__ import annotations

import base64
import email
import email.policy
import hashlib
import hmac
import json
import re
import signal
import socket
import ssl
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from aws.emulators import BATCH_ACTIONS, REGION, Ministack, sdk_client
from aws.iam import Policy
from system.conftest import Amazon, Service
from system.harness import BUILD, HOST, Tls, eventually, run
from system.receiver import Receiver

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests" / "pages"))
from pages import blocks  # noqa: E402  pylint: disable=wrong-import-position

PAGE = TOP / "docs" / "NOTIFICATIONS.md"
FIRST = "203.0.113.1"
KEY = base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()
PASSWORD = "mail-Sesame"

MakeService = Callable[..., Service]


def server_context(tls: Tls) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tls.certificate, tls.key)
    return context


def told(service: Service, **keys: object) -> Service:
    """The service has a target, and a router to tell of."""
    service.config.notifies["target"] = {"events": ["address-changed"], **keys}
    service.secret = service.ctl.add("router1", HOST)
    return service


def change(service: Service) -> None:
    router = service.router("router1", service.secret)
    assert router.update(f"myip={FIRST}").text == f"good {FIRST}"


def write_secret(directory: Path, name: str, text: str) -> str:
    path = directory / name
    path.write_text(text)
    path.chmod(0o600)
    return str(path)


# A webhook.


@pytest.fixture(name="https")
def fixture_https(tls: Tls) -> Iterator[Receiver]:
    receiver = Receiver(server_context(tls))
    yield receiver
    receiver.close()


def test_a_webhook_is_signed_and_sent_by_verified_tls(
    make_service: MakeService, https: Receiver, tls: Tls, tmp_path: Path
) -> None:
    """As the Standard Webhooks specification has its receivers verify."""
    secret = write_secret(tmp_path, "hook.key", f"whsec_{KEY}\n")
    token = write_secret(tmp_path, "hook.token", "tok-Sesame\n")
    service = told(
        make_service(),
        url=f"{https.url}/hook/path-Sesame",
        **{"ca-file": str(tls.ca), "secret-file": secret, "token-file": token},
    )
    service.start()
    change(service)
    eventually("it is told", lambda: len(https.events) == 1)
    headers, body = https.requests[0]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    mac = hmac.digest(base64.b64decode(KEY), signed, hashlib.sha256)
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(mac).decode()}"
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 300
    assert headers["Authorization"] == "Bearer tok-Sesame"
    assert headers["Content-Type"] == "application/json"
    event = json.loads(body)
    assert (event["version"], event["id"]) == (1, headers["webhook-id"])
    assert "Sesame" not in service.daemon.log


def test_the_old_key_and_the_new_one_sign_and_then_the_new_one(
    make_service: MakeService, https: Receiver, tls: Tls, tmp_path: Path
) -> None:
    """A key is replaced without a restart."""
    other = base64.b64encode(bytes(range(32))).decode()
    secret = write_secret(tmp_path, "hook.key", f"{KEY}\n")
    service = told(
        make_service(),
        url=f"{https.url}/hook",
        **{"ca-file": str(tls.ca), "secret-file": secret},
    )
    service.start()
    for n, keys in enumerate(([KEY], [KEY, other], [other]), 1):
        write_secret(tmp_path, "hook.key", "\n".join(keys) + "\n")
        service.daemon.send_signal(signal.SIGHUP)
        service.daemon.wait_log("the certificate was read again", n)
        address = f"203.0.113.{n}"
        router = service.router("router1", service.secret)
        assert router.update(f"myip={address}").text == f"good {address}"
        eventually("it is told", lambda n=n: len(https.requests) == n)
        headers, body = https.requests[n - 1]
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        macs = [hmac.digest(base64.b64decode(key), signed, hashlib.sha256) for key in keys]
        wanted = " ".join(f"v1,{base64.b64encode(mac).decode()}" for mac in macs)
        assert headers["webhook-signature"] == wanted


def test_the_key_of_the_page_signs(
    make_service: MakeService, https: Receiver, tls: Tls, tmp_path: Path
) -> None:
    (block,) = [found for found in blocks(PAGE) if Path(__file__).name in found.argument]
    done = run(["sh", "-c", block.text.replace("/etc/mooring", str(tmp_path))])
    assert done.returncode == 0, done.stderr
    secret = tmp_path / "hook.key"
    service = told(
        make_service(),
        url=f"{https.url}/hook",
        **{"ca-file": str(tls.ca), "secret-file": str(secret)},
    )
    service.start()
    change(service)
    eventually("it is told", lambda: len(https.events) == 1)
    headers, body = https.requests[0]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(secret.read_text().removeprefix("whsec_"))
    mac = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    assert headers["webhook-signature"] == f"v1,{mac}"


@pytest.mark.http_client  # the page has a webhook, mail and a heartbeat
def test_the_sections_of_the_page_are_read(tls: Tls, tmp_path: Path) -> None:
    sections = [
        block.text for block in blocks(PAGE) if block.argument == "a section of mooring.conf"
    ]
    assert len(sections) == 4
    path = tmp_path / "mooring.conf"
    others = (
        f'certificate = "{tls.certificate}"\nprivate-key = "{tls.key}"\n'
        'zone "dyn.example.com" { name-servers = { "ns1.example.com" } }\n'
    )
    # What the sections name is read, too, as a start would read it.
    key = f"whsec_{base64.b64encode(bytes(32)).decode()}"
    for name, text in {"hook.key": key, "mail.password": "Sesame", "hc.key": "token"}.items():
        (tmp_path / name).write_text(f"{text}\n")
        (tmp_path / name).chmod(0o600)
    path.write_text(others + "\n".join(sections).replace("/etc/mooring/", f"{tmp_path}/"))
    done = run([BUILD / "mooringd", "-n", "-c", path])
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_server_of_another_authority_is_sent_nothing(
    make_service: MakeService, https: Receiver
) -> None:
    service = told(make_service(), url=f"{https.url}/path-Sesame")
    service.start()
    change(service)
    service.daemon.wait_log("a notice was not delivered and is tried again")
    assert "is not trusted" in service.daemon.log
    assert https.requests == []
    assert "Sesame" not in service.daemon.log


@pytest.mark.parametrize("format_", ["ntfy", "gotify", "apprise", "slack", "discord", "template"])
def test_a_service_gets_its_form(
    make_service: MakeService, https: Receiver, tls: Tls, format_: str
) -> None:
    https.status = 200
    template = '{"is": "{new}", "who": "{user}", "what": "{event}"}'
    body = {"body": template} if format_ == "template" else {}
    service = told(
        make_service(), url=f"{https.url}/x", format=format_, **{"ca-file": str(tls.ca), **body}
    )
    service.start()
    change(service)
    eventually("it is told", lambda: len(https.requests) == 1)
    headers, sent = https.requests[0]
    title, text = f"{HOST}: address changed", f"{HOST} is now at {FIRST}"
    if format_ == "ntfy":
        assert (headers["Title"], sent.decode()) == (title, text)
        return
    wanted = {
        "gotify": {
            "title": title,
            "message": text,
            "priority": 5,
            "extras": {"client::display": {"contentType": "text/plain"}},
        },
        "apprise": {"title": title, "body": text, "type": "info", "format": "text"},
        "slack": {"text": f"{title}\n{text}", "mrkdwn": False},
        "discord": {
            "content": f"{title}\n{text}".replace(":", "\\:"),
            "allowed_mentions": {"parse": []},
        },
        "template": {"is": FIRST, "who": "router1", "what": "address-changed"},
    }
    assert json.loads(sent) == wanted[format_]


# Mail.


class Mailbox:
    """What a mail server of aiosmtpd does with mail: keeps it, or refuses what it is told to."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, list[str], EmailMessage]] = []
        self.raw: list[bytes] = []
        self.logins: list[bytes] = []
        self.were_tls: list[bool] = []
        self.rcpt = "250 ok"
        self.n_rcpt = 0

    async def handle_RCPT(  # the name is aiosmtpd's
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: object
    ) -> str:
        self.n_rcpt += 1
        if self.rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:
        self.raw.append(envelope.content)
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.were_tls.append(session.ssl is not None)
        self.mails.append((envelope.mail_from, list(envelope.rcpt_tos), mail))
        return "250 taken"

    def login(self, _server: object, _session: object, _envelope: object, _how: str, given: object):
        assert isinstance(given, LoginPassword)
        self.logins.append(given.login)
        return AuthResult(success=given.password == PASSWORD.encode())


class MailServer(Controller):
    """On a free port, which the base class, as it asks for one, cannot tell or ask."""

    @property
    def bound(self) -> int:
        return self.server.sockets[0].getsockname()[1]

    def _trigger_server(self) -> None:
        with socket.create_connection(("127.0.0.1", self.bound)) as sock:
            sock.recv(1024)


@pytest.fixture(name="mail")
def fixture_mail(tls: Tls) -> Iterator[tuple[Mailbox, int]]:
    box = Mailbox()
    server = MailServer(
        box,
        hostname="127.0.0.1",
        port=0,
        tls_context=server_context(tls),
        require_starttls=True,
        auth_required=True,
        authenticator=box.login,
    )
    server.start()
    yield box, server.bound
    server.stop()


def mail_target(port: int, tls: Tls, tmp_path: Path, **changes: object) -> dict[str, object]:
    return {
        "type": "smtp",
        "url": f"smtp://localhost:{port}",
        "ca-file": str(tls.ca),
        "from": "mooring@dyn.example.com",
        "to": ["admin@example.com", "noc@example.net"],
        "user": "mooring",
        "password-file": write_secret(tmp_path, "mail.password", PASSWORD + "\n"),
        **changes,
    }


def test_mail_is_sent_after_starttls_and_login(
    make_service: MakeService, mail: tuple[Mailbox, int], tls: Tls, tmp_path: Path
) -> None:
    box, port = mail
    service = told(make_service(), **mail_target(port, tls, tmp_path))
    service.start()
    change(service)
    eventually("it arrives", lambda: len(box.mails) == 1)
    sender, recipients, message = box.mails[0]
    assert sender == "mooring@dyn.example.com"
    assert recipients == ["admin@example.com", "noc@example.net"]
    assert box.were_tls == [True] and set(box.logins) == {b"mooring"}
    assert message["Subject"] == f"{HOST}: address changed"
    assert message["To"] == "admin@example.com, noc@example.net"
    assert message["Auto-Submitted"] == "auto-generated"
    assert re.fullmatch(r"<[0-9a-f]{32}@dyn\.example\.com>", message["Message-ID"])
    assert abs(message["Date"].datetime.timestamp() - time.time()) < 300
    assert f"{HOST} is now at {FIRST}" in message.get_content()
    assert b"\n" not in box.raw[0].replace(b"\r\n", b"")
    assert PASSWORD not in service.daemon.log


def test_a_recipient_that_is_refused_for_good_is_given_up(
    make_service: MakeService, mail: tuple[Mailbox, int], tls: Tls, tmp_path: Path
) -> None:
    box, port = mail
    box.rcpt = "550 5.1.1 no such user"
    service = told(make_service(), **mail_target(port, tls, tmp_path))
    service.start()
    change(service)
    service.daemon.wait_log("a notice is given up")
    assert "refused it with 550" in service.daemon.log
    assert box.mails == []


def test_a_recipient_that_is_refused_for_now_is_tried_again(
    make_service: MakeService, mail: tuple[Mailbox, int], tls: Tls, tmp_path: Path
) -> None:
    box, port = mail
    box.rcpt = "451 4.7.1 greylisted"
    service = told(make_service(), **mail_target(port, tls, tmp_path))
    service.start()
    change(service)
    eventually("it is refused", lambda: box.n_rcpt >= 1)
    box.rcpt = "250 ok"
    eventually("it arrives", lambda: len(box.mails) == 1, 60)


def test_mail_is_not_sent_to_a_server_that_nobody_trusts(
    make_service: MakeService, mail: tuple[Mailbox, int], tls: Tls, tmp_path: Path
) -> None:
    box, port = mail
    service = told(make_service(), **mail_target(port, tls, tmp_path, **{"ca-file": ""}))
    service.start()
    change(service)
    service.daemon.wait_log("a notice was not delivered and is tried again")
    assert "is not trusted" in service.daemon.log
    assert box.mails == [] and box.logins == []


# SNS.


class Queue:
    """A topic of ministack's, and a queue that gets what is published there."""

    def __init__(self, ministack: Ministack, fifo: bool):
        self.sqs = sdk_client("sqs", ministack.port, ministack.admin)
        sns = sdk_client("sns", ministack.port, ministack.admin)
        name = f"notify-{uuid.uuid4().hex[:8]}" + (".fifo" if fifo else "")
        kind = {"FifoTopic": "true"} if fifo else {}
        queue_kind = {"FifoQueue": "true"} if fifo else {}
        self.topic = sns.create_topic(Name=name, Attributes=kind)["TopicArn"]
        self.url = self.sqs.create_queue(QueueName=name, Attributes=queue_kind)["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])
        endpoint = arn["Attributes"]["QueueArn"]
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": endpoint,
            "Condition": {"ArnEquals": {"aws:SourceArn": self.topic}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.sqs.set_queue_attributes(QueueUrl=self.url, Attributes={"Policy": policy})
        sns.subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=endpoint)
        self.messages: list[dict] = []

    def take(self) -> list[dict]:
        found = self.sqs.receive_message(
            QueueUrl=self.url, MaxNumberOfMessages=10, AttributeNames=["All"]
        ).get("Messages", [])
        for message in found:
            self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        self.messages.extend(found)
        return self.messages


@pytest.mark.parametrize("fifo", [False, True])
def test_a_topic_hands_it_to_its_queue(
    make_amazon: Callable[..., Amazon], make_service: MakeService, *, fifo: bool
) -> None:
    amazon = make_amazon(actions=BATCH_ACTIONS | {"sns:Publish"})
    amazon.gate.upstreams["sns"] = amazon.ministack.upstream
    queue = Queue(amazon.ministack, fifo)
    service = told(
        make_service(env={**amazon.env(), "AWS_REGION": "us-west-1"}),
        type="sns",
        topic=queue.topic,
    )
    # Under exactly the policy that is printed for it.
    printed = service.ctl.ok("doctor", "--policy")
    assert "mooringctl alone" not in printed and "out of memory" not in printed
    policy = Policy.read(printed[printed.index("{") :])
    key = amazon.identity.access_key
    amazon.gate.identities[key] = replace(amazon.identity, policy=policy)
    service.start()
    change(service)
    (call,) = amazon.gate.wait_calls("sns:Publish")
    assert call.status == 200 and f":{REGION}:" in queue.topic
    eventually("it is in the queue", lambda: len(queue.take()) == 1)
    note = json.loads(queue.messages[0]["Body"])
    event = json.loads(note["Message"])
    assert (event["event"], event["host"], event["new"]) == ("address-changed", HOST, FIRST)
    assert note["Subject"] == f"{HOST}: address changed"
    if fifo:
        attributes = queue.messages[0]["Attributes"]
        assert attributes["MessageGroupId"] == HOST
        assert attributes["MessageDeduplicationId"] == event["id"]


def test_a_topic_that_may_not_be_used_is_told_and_tried_again(
    make_amazon: Callable[..., Amazon], make_service: MakeService
) -> None:
    amazon = make_amazon(actions=BATCH_ACTIONS)
    amazon.gate.upstreams["sns"] = amazon.ministack.upstream
    topic = f"arn:aws:sns:{REGION}:000000000000:nothing"
    service = told(make_service(env=amazon.env()), type="sns", topic=topic)
    service.start()
    change(service)
    service.daemon.wait_log("a notice was not delivered and is tried again")
    assert "sns:Publish" in service.daemon.log


# A command.


def test_a_command_gets_the_event(make_service: MakeService, tmp_path: Path) -> None:
    out, command = tmp_path / "told", tmp_path / "tell"
    command.write_text(
        "#!/bin/sh\n[ -e tries ] || { : >tries; echo not yet; exit 75; }\n"
        'cat >"$1.new"; echo >>"$1.new"; env >>"$1.new"; mv "$1.new" "$1"\n'.replace(
            "tries", str(tmp_path / "tries")
        )
    )
    command.chmod(0o755)
    service = told(make_service(), type="exec", command=[str(command), str(out)])
    service.start()
    change(service)
    service.daemon.wait_log("it ended with exit status 75: not yet")
    eventually("it is told", out.exists, 60)
    event, *variables = out.read_text().splitlines()
    found = dict(line.split("=", 1) for line in variables if "=" in line)
    assert json.loads(event)["new"] == FIRST
    assert (found["MOORING_EVENT"], found["MOORING_HOST"]) == ("address-changed", HOST)
    assert found["MOORING_ID"] == json.loads(event)["id"] and found["MOORING_ATTEMPT"] == "2"
    ours = {name for name in found if name.startswith("MOORING_")}
    assert set(found) - ours <= {"PATH", "LANG", "LC_ALL", "TZ", "PWD", "OLDPWD", "_", "SHLVL"}


def test_a_command_works_behind_the_walls(make_service: MakeService, tmp_path: Path) -> None:
    """Those of Landlock: its own folder and the system's may be read and run."""
    command = tmp_path / "tell"
    command.write_text('#!/bin/sh\necho "$MOORING_HOST" >/tmp/"$1" && exit 100\n')
    command.chmod(0o755)
    name = f"mooring-walls-{uuid.uuid4().hex}"
    service = told(make_service(), type="exec", command=[str(command), name])
    service.config.top["landlock"] = True
    service.start()
    change(service)
    service.daemon.wait_log("a notice is given up")
    out = Path("/tmp") / name
    assert out.read_text() == f"{HOST}\n"
    out.unlink()
