# SPDX-License-Identifier: BSD-2-Clause
"""mooringctl client-config: real clients run what it prints, exactly as it stands there."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest

from system.conftest import Service
from system.harness import BUILD, HOST, NAME, TOP, ZONE, environment, eventually, run

PAGES = TOP / "docs" / "clients"
SENDER = "127.0.0.1"  # what the tests' requests come from, for clients that name no address
ADDRESS = "203.0.113.5"


@dataclass
class Printed:
    """A page as the tool prints it."""

    text: str

    @property
    def blocks(self) -> list[str]:
        """What stands between bare fences: it is the client's."""
        fences = re.findall(r"(?ms)^```(.*?)\n(.*?)^```$", self.text)
        return [text for holds, text in fences if not holds]

    @property
    def urls(self) -> list[str]:
        found = re.findall(r"https?://[^\s'\"]*/nic/update[^\s'\"]*", "".join(self.blocks))
        return list(dict.fromkeys(found))

    @property
    def notes(self) -> list[str]:
        _, _, here = self.text.partition("\n## On this server\n\n")
        return [line.removeprefix("- ") for line in here.splitlines()]


def client_config(service: Service, *words: str) -> Printed:
    return Printed(service.ctl.ok("client-config", *words))


@pytest.fixture(name="served")
def fixture_served(make_service: Callable[..., Service]) -> Service:
    """An account, HTTPS and plain HTTP."""
    service = make_service(top={"listen-plain": ["127.0.0.1:0"]})
    service.start()
    service.secret = service.ctl.add("router1", HOST)
    return service


def printed(
    service: Service, client: str, *, server: str = "localhost", plain: bool = False
) -> Printed:
    """With the real port, and the secret pasted."""
    port = service.daemon.plain_port if plain else service.daemon.https_port
    page = client_config(service, client, "--user", "router1", "--server", f"{server}:{port}")
    return Printed(page.text.replace("SECRET", service.secret))


def state(service: Service) -> str:
    return service.ctl.json("host", "list", "router1")[0]["ipv4"]


def trusting(service: Service, **extra: str) -> dict[str, str]:
    """The environment of a client that knows the tests' authority."""
    ca = str(service.config.tls.ca)
    return environment(CURL_CA_BUNDLE=ca, SSL_CERT_FILE=ca, no_proxy="*", **extra)


def shell(
    service: Service, directory: Path, script: str, before: str = ""
) -> subprocess.CompletedProcess[str]:
    """bash, because a function of it may have the name of any program. What is trusted and where
    the client's files are is said by its environment, not by what is printed."""
    wgetrc = directory / "wgetrc"
    ca = service.config.tls.ca
    wgetrc.write_text(f"ca_certificate = {ca}\nuse_proxy = off\nhsts = off\n")
    settings = trusting(service, HOME=str(directory), WGETRC=str(wgetrc))
    return run(["bash", "-c", before + script], env=settings, cwd=directory)


# The real clients.


@pytest.mark.parametrize("client", ["ddclient", "ddclient-noip", "ddclient-3.11"])
def test_ddclient_updates_as_printed(served: Service, tmp_path: Path, client: str) -> None:
    (block,) = printed(served, client, server="127.0.0.1").blocks
    config = tmp_path / "ddclient.conf"
    config.write_text(block)
    config.chmod(0o600)
    words = ["ddclient", "-daemon=0", "-foreground", "-verbose", "-file", config]
    cache = tmp_path / "ddclient.cache"
    done = run([*words, "-cache", cache], env=trusting(served))
    output = done.stdout + done.stderr
    assert re.search(rf"(?m)^SUCCESS:.*{re.escape(HOST)}", output), output
    assert state(served) == SENDER
    assert f"ipv4={SENDER}" in cache.read_text() or f"ip={SENDER}" in cache.read_text()


@pytest.mark.parametrize("client", ["inadyn", "inadyn-dyndns"])
def test_inadyn_updates_as_printed(served: Service, tmp_path: Path, client: str) -> None:
    (block,) = printed(served, client).blocks
    config = tmp_path / "inadyn.conf"
    # The sender's address is a loopback's here, which it takes for a mistake.
    before = f'verify-address = false\nca-trust-file = "{served.config.tls.ca}"\n'
    config.write_text(before + block)
    config.chmod(0o600)
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / f"{HOST}.cache").write_text("192.0.2.0")  # or it would ask the machine's resolver
    done = run(["inadyn", "-1", "-n", "--no-pidfile", f"--cache-dir={cache}", "-f", config])
    assert done.returncode == 0, done.stdout + done.stderr
    assert state(served) == SENDER
    # Its name has the provider in it since 2.12.
    assert SENDER in [each.read_text().strip() for each in cache.glob(f"*{HOST}.cache")]


def test_ddupdate_updates_as_printed(served: Service, tmp_path: Path) -> None:
    plugin, settings, netrc = printed(served, "ddupdate").blocks
    files = {
        ".local/share/ddupdate/plugins/mooring.py": plugin,
        ".config/ddupdate.conf": settings,
        ".netrc": netrc,
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o600)
    # The machine that runs this may have no address of the kind that is looked for.
    words = "ddupdate -a hardcoded-ip -O ip=203.0.113.5"
    done = shell(served, tmp_path, words)
    assert "Update completed: good 203.0.113.5" in done.stdout + done.stderr
    assert state(served) == ADDRESS


@pytest.mark.parametrize("client", ["curl", "asus"])
def test_curl_updates_as_printed(served: Service, tmp_path: Path, client: str) -> None:
    (script,) = printed(served, client).blocks
    done = shell(served, tmp_path, script)
    assert (done.returncode, done.stdout) == (0, f"good {SENDER}"), done.stderr
    wrong = shell(served, tmp_path, script.replace(served.secret, "wrong"))
    assert (wrong.returncode, wrong.stdout) == (22, "")


@pytest.mark.parametrize("client", ["home-assistant", "external-dns"])
def test_curl_updates_with_its_printed_file(served: Service, tmp_path: Path, client: str) -> None:
    page = printed(served, client)
    (curlrc,) = [block for block in page.blocks if block.startswith("url = ")]
    (tmp_path / "curlrc").write_text(curlrc)
    command = re.search(r"curl -fsS.*--config \S+", page.text)[0]
    command = re.sub(r"--config \S+", "--config curlrc", command)
    done = shell(served, tmp_path, command)
    assert (done.returncode, done.stdout) == (0, f"good {SENDER}"), done.stderr


def test_wget_updates_as_printed(served: Service, tmp_path: Path) -> None:
    netrc, script = printed(served, "wget").blocks
    (tmp_path / ".netrc").write_text(netrc)
    done = shell(served, tmp_path, script)
    assert (done.returncode, done.stdout) == (0, f"good {SENDER}"), done.stderr
    (tmp_path / ".netrc").write_text(netrc.replace(served.secret, "wrong"))
    assert shell(served, tmp_path, script).returncode == 6


@pytest.mark.parametrize("secure", [True, False])
def test_busybox_updates_as_printed(served: Service, tmp_path: Path, secure: bool) -> None:
    # Debian 13's tries ::1 alone for localhost.
    server = "localhost" if secure else "127.0.0.1"
    (script,) = printed(served, "busybox", plain=not secure, server=server).blocks
    if not secure:
        script = script.replace("https://", "http://")
    done = shell(served, tmp_path, script)
    assert (done.returncode, done.stdout) == (0, f"good {SENDER}"), done.stderr
    wrong = shell(served, tmp_path, script.replace(served.secret, "wrong"))
    assert wrong.returncode != 0 and wrong.stdout == ""


@pytest.mark.parametrize(("secret_is", "said"), [("right", "updated 1"), ("wrong", "updated 0")])
def test_script_of_merlin_tells_its_firmware(
    served: Service, tmp_path: Path, secret_is: str, said: str
) -> None:
    (script,) = printed(served, "asuswrt-merlin").blocks
    if secret_is == "wrong":
        script = script.replace(served.secret, "wrong")
    before = "/sbin/ddns_custom_updated() { echo updated $1; }; logger() { :; }\n"
    before += f"set -- {ADDRESS}\n"
    done = shell(served, tmp_path, script, before)
    assert done.stdout.strip() == said, done.stderr
    assert state(served) == (ADDRESS if secret_is == "right" else None)


def test_script_of_ipfire_sends_the_red_address(served: Service, tmp_path: Path) -> None:
    (script,) = printed(served, "ipfire").blocks
    before = f'cat() {{ echo {ADDRESS}; }}; logger() {{ echo "$@"; }}\n'
    done = shell(served, tmp_path, script, before)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert state(served) == ADDRESS
    wrong = shell(served, tmp_path, script.replace(served.secret, "wrong"), before)
    assert "no answer" in wrong.stdout


@pytest.mark.parametrize(("client", "status"), [("curl", 22), ("wget", 8), ("busybox", 1)])
def test_script_takes_nohost_as_its_page_says(
    served: Service, tmp_path: Path, client: str, status: int
) -> None:
    server = f"localhost:{served.daemon.https_port}"
    words = ["--user", "router1", "--server", server, "--host", "other." + HOST]
    page = client_config(served, client, *words)
    *files, script = [block.replace("SECRET", served.secret) for block in page.blocks]
    for text in files:
        (tmp_path / ".netrc").write_text(text)
    done = shell(served, tmp_path, script)
    assert (done.returncode, done.stdout) == (0, "nohost")
    told = (
        "| `nohost`, `notfqdn`, `dnserr` | prints it, **status 0**; with the quirk `errors-as-4xx`"
    )
    assert f"{told} status {status} |" in page.text
    served.ctl.ok("user", "set", "router1", "--quirk", "errors-as-4xx")
    eventually(
        "the quirk is known to the daemon",
        lambda: shell(served, tmp_path, script).returncode == status,
    )


# Devices that do not run here: what they make of the printed URL is sent.

FILLED_IN = {
    "%IP%": ADDRESS,
    "__MYIP__": ADDRESS,
    "__HOSTNAME__": HOST,
    "<domain>": HOST,
    "<ipaddr>": ADDRESS,
    "<ip6addr>": "",
    "[DOMAIN]": HOST,
    "[IP]": ADDRESS,
    "<h>": HOST,
    "<a>": ADDRESS,
    "#{domain}": HOST,
    "#{ip}": ADDRESS,
    "[USERNAME]": "router1",
    "__USERNAME__": "router1",
    "%USER%": "router1",
    "%HOST%": HOST,
    "$now": ADDRESS,
}
URLS = [
    "pfsense", "pfsense-dyndns", "opnsense-custom", "openwrt", "fritzbox", "cisco", "hpe",
    "d-link", "omada", "ddns-updater", "ddns-updater-dyn", "ddns-go", "mikrotik",
]  # fmt: skip
PLAIN = ["cisco", "d-link"]
PASSWORDS = ["[PASSWORD]", "__PASSWORD__", "%PASS%"]


@pytest.mark.parametrize("client", URLS)
def test_printed_url_is_served(served: Service, tmp_path: Path, client: str) -> None:
    page = printed(served, client, plain=client in PLAIN)
    (url,) = {re.sub(r"\\\?", "?", url) for url in page.urls}
    if client == "mikrotik":
        url += f"?hostname={HOST}&myip=$now"
        assert f'?hostname={HOST}&myip=$now" user="router1"' in page.blocks[0]
    for word, value in {**FILLED_IN, **dict.fromkeys(PASSWORDS, served.secret)}.items():
        url = url.replace(word, value)
    if client == "openwrt":  # use_https
        url = url.replace("http://", "https://")
    login = [] if "@" in url else ["-u", f"router1:{served.secret}"]
    words = shlex.join(["curl", "-sS", "--globoff", *login, url])
    done = shell(served, tmp_path, words)
    wanted = SENDER if client in ("d-link", "ddns-updater", "ddns-updater-dyn") else ADDRESS
    assert done.stdout == f"good {wanted}", (url, done.stderr)


@pytest.mark.parametrize(
    ("v4", "v6", "reply"),
    [
        ("100.64.1.2", "2a00:1::1", "good 2a00:1::1"),
        ("", "2a00:1::1", "good 2a00:1::1"),
        ("100.64.1.2", "", "dnserr"),
        ("1.2.3.4", "", "good 1.2.3.4"),
    ],
)
def test_fritzbox_behind_cgnat_is_answered_as_its_page_says(
    make_service: Callable[..., Service], tmp_path: Path, v4: str, v6: str, reply: str
) -> None:
    service = make_service(zones={ZONE: {"name-server-addresses": ["127.0.0.1"]}})
    service.start()
    service.secret = service.ctl.add("router1", HOST)
    (url,) = printed(service, "fritzbox").urls
    for word, value in {"<domain>": HOST, "<ipaddr>": v4, "<ip6addr>": v6}.items():
        url = url.replace(word, value)
    words = ["curl", "-sS", "--globoff", "-u", f"router1:{service.secret}", url]
    assert shell(service, tmp_path, shlex.join(words)).stdout == reply


def test_fritzbox_renumbers_its_lan_as_its_page_says(
    make_service: Callable[..., Service], tmp_path: Path
) -> None:
    service = make_service(zones={ZONE: {"name-server-addresses": ["127.0.0.1"]}})
    service.start()
    service.secret = service.ctl.add("router1", HOST)
    page = printed(service, "fritzbox")
    (command,) = re.findall(r"(?m)^mooringctl (host add .*)$", page.text)
    service.ctl.ok(*shlex.split(command))
    (url,) = re.findall(r"\S+&ip6lanprefix=\S+", page.text)
    sent = {
        "<domain>": HOST,
        "<ipaddr>": "1.2.3.4",
        "<ip6addr>": "2a00:1:2:fe::1",
        "<ip6lanprefix>": "2a00:1:2:3::/64",
    }
    for word, value in sent.items():
        url = url.replace(word, value)
    words = ["curl", "-sS", "--globoff", "-u", f"router1:{service.secret}", url]
    done = shell(service, tmp_path, shlex.join(words))
    assert done.stdout == "good 1.2.3.4,2a00:1:2:fe::1", done.stderr
    nas = [host for host in service.ctl.json("host", "list") if host["host"] == "nas." + HOST]
    assert [host["ipv6"] for host in nas] == ["2a00:1:2:3:1:2:3:4"]


@pytest.mark.parametrize("client", ["synology", "qnap"])
def test_printed_url_with_the_login_in_it_is_served(
    make_service: Callable[..., Service], tmp_path: Path, client: str
) -> None:
    service = make_service(top={"listen": []})
    service.config.listeners["urls"] = {"address": ["127.0.0.1:0"], "query-credentials": "tls"}
    service.start()
    service.secret = service.ctl.add("router1", HOST)
    (url,) = printed(service, client).urls
    for word, value in {**FILLED_IN, **dict.fromkeys(PASSWORDS, service.secret)}.items():
        url = url.replace(word, value)
    done = shell(service, tmp_path, shlex.join(["curl", "-sS", url]))
    assert done.stdout == f"good {ADDRESS}", (url, done.stderr)
    assert service.secret not in service.daemon.log


def fields(block: str) -> dict[str, str]:
    """Of a form, as `Name: value` lines."""
    pairs = (line.split(":", 1) for line in block.splitlines())
    return {name.strip(): value.strip() for name, value in pairs}


INADYN = """\
verify-address = false
ca-trust-file = "{ca}"
custom {host}:1 {{
    hostname = "{host}"
    username = "{user}"
    password = "{password}"
    ddns-server = "{server}"
    ddns-path = "{path}"
    checkip-command = "echo {address}"
}}
"""


@pytest.mark.parametrize("client", ["unifi", "dd-wrt"])
def test_what_a_gateway_makes_of_its_fields_is_served(
    served: Service, tmp_path: Path, client: str
) -> None:
    """They write a configuration of inadyn: UniFi's Server is host and path, its path may lose the
    first slash."""
    form = fields(printed(served, client).blocks[0])
    if client == "unifi":
        server, _, path = form["Server"].partition("/")
        names = ("Hostname", "Username", "Password")
    else:
        server, path = form["DYNDNS Server"], form["URL"]
        names = ("Hostname", "User Name", "Password")
    host, user, password = (form[name] for name in names)
    config = tmp_path / "inadyn.conf"
    config.write_text(
        INADYN.format(
            ca=served.config.tls.ca, host=host, user=user, password=password, server=server,
            path=path, address=ADDRESS,
        )
    )  # fmt: skip
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / f"{HOST}.cache").write_text("192.0.2.0")
    done = run(["inadyn", "-1", "-n", "-C", "--no-pidfile", f"--cache-dir={cache}", "-f", config])
    assert done.returncode == 0, done.stdout + done.stderr
    assert state(served) == ADDRESS


@pytest.mark.parametrize("client", ["edgerouter", "vyos"])
def test_what_a_router_makes_of_its_commands_is_served(
    served: Service, tmp_path: Path, client: str
) -> None:
    """Both write a configuration of ddclient from the values that are set."""
    (block,) = printed(served, client, server="127.0.0.1").blocks
    lines = [shlex.split(line) for line in block.splitlines() if line.startswith("set ")]
    values = {words[-2]: words[-1] for words in lines}
    login = values["login" if client == "edgerouter" else "username"]
    config = tmp_path / "ddclient.conf"
    config.write_text(
        f"ssl=yes\nuse=ip, ip={ADDRESS}\nprotocol={values['protocol']}\n"
        f"server={values['server']}\nlogin={login}\npassword='{values['password']}'\n"
        f"{values['host-name']}\n"
    )
    config.chmod(0o600)
    words = ["ddclient", "-daemon=0", "-foreground", "-verbose", "-file", config]
    done = run([*words, "-cache", tmp_path / "ddclient.cache"], env=trusting(served))
    assert re.search(r"(?m)^SUCCESS:", done.stdout + done.stderr), done.stdout + done.stderr
    assert state(served) == ADDRESS


# os-ddclient's request, with the fields on standard input.
OPNSENSE = """\
import json, sys, requests
form = json.load(sys.stdin)
scheme = "https" if form["Force SSL"] == "on" else "http"
reply = requests.get(
    f"{scheme}://{form['Server']}/nic/update",
    params={"hostname": form["Hostname(s)"], "myip": form["myip"], "wildcard": "NOCHG"},
    auth=requests.auth.HTTPBasicAuth(form["Username"], form["Password"]),
    headers={"User-Agent": "OPNsense-dyndns"}, timeout=30,
)
print(reply.status_code, reply.text)
"""


def test_what_opnsense_makes_of_its_fields_is_served(served: Service) -> None:
    served.ctl.ok("user", "set", "router1", "--quirk", "errors-as-4xx")
    form = {**fields(printed(served, "opnsense").blocks[0]), "myip": ADDRESS}
    env = environment(REQUESTS_CA_BUNDLE=str(served.config.tls.ca), no_proxy="*")
    done = run(["/usr/bin/python3", "-c", OPNSENSE], input=json.dumps(form), env=env)
    assert done.stdout == f"200 good {ADDRESS}\n", done.stderr
    assert state(served) == ADDRESS
    for field, value, reply in [
        ("Password", "wrong", "401 badauth"),
        ("Hostname(s)", "other." + HOST, "404 nohost"),
        ("Hostname(s)", "a..b", "400 notfqdn"),
        ("myip", "no address", "422 dnserr"),
    ]:
        done = run(
            ["/usr/bin/python3", "-c", OPNSENSE], input=json.dumps({**form, field: value}), env=env
        )
        assert done.stdout == reply + "\n", (field, done.stderr)


def test_json_that_is_printed_is_json(served: Service) -> None:
    settings = json.loads(printed(served, "ddns-updater").blocks[0])["settings"]
    assert settings[0]["domain"] == HOST
    (script,) = printed(served, "openwrt").blocks
    provider = json.loads(re.search(r"(?ms)^\{.*?^\}", script)[0])
    assert provider["name"] == "mooring" and provider["ipv4"]["answer"] == "good|nochg"


def test_match_of_pfsense_takes_what_is_answered(served: Service, tmp_path: Path) -> None:
    """With pfSense's own comparison: alternatives split at '|', the whole body, exactly."""
    page = printed(served, "pfsense")
    match = re.search(r"Result Match: +(.+)", page.text)[1].replace("%IP%", ADDRESS)
    url = page.urls[0].replace("%IP%", ADDRESS)
    words = shlex.join(["curl", "-sS", "-u", f"router1:{served.secret}", url])
    for word in ("good", "nochg"):
        body = shell(served, tmp_path, words).stdout
        assert body.startswith(word) and body in match.split("|")


def test_settings_of_the_serverless_stack_keep_working(served: Service, tmp_path: Path) -> None:
    """EdgeRouter with the host name "any", pfSense without one, as the stack's guides have it."""
    base = f"https://localhost:{served.daemon.https_port}/nic/update"
    for query, word in [
        (f"?system=dyndns&hostname=any&myip={ADDRESS}", "good"),
        (f"?myip={ADDRESS}", "nochg"),
    ]:
        words = shlex.join(["curl", "-sS", "-u", f"router1:{served.secret}", base + query])
        assert shell(served, tmp_path, words).stdout == f"{word} {ADDRESS}"
    served.ctl.ok("user", "set", "router1", "--quirk", "nochg-as-good")
    eventually(
        "the quirk is known to the daemon",
        lambda: shell(served, tmp_path, words).stdout == f"good {ADDRESS}",
    )
    served.ctl.ok("user", "set", "router1", "--quirk", "any-hostname")
    words = words.replace("?myip", "?hostname=what.stood.there.before&myip")
    eventually(
        "the quirk is known to the daemon",
        lambda: shell(served, tmp_path, words).stdout == f"good {ADDRESS}",
    )


# Logins and host names with odd characters.

ODD = "o'dd \"$(id)\\`x` %41&y=z"


@pytest.fixture(name="odd")
def fixture_odd(make_service: Callable[..., Service]) -> Service:
    service = make_service()
    service.start()
    service.secret = service.ctl.add(ODD, "*." + HOST)
    return service


@pytest.mark.parametrize("client", ["curl", "busybox", "asus"])
def test_odd_login_reaches_the_server_by_a_script(
    odd: Service, tmp_path: Path, client: str
) -> None:
    port = odd.daemon.https_port
    page = client_config(odd, client, "--user", ODD, "--server", f"localhost:{port}")
    done = shell(odd, tmp_path, page.blocks[0].replace("SECRET", odd.secret))
    assert (done.returncode, done.stdout) == (0, f"good {SENDER}"), done.stderr


def test_odd_login_reaches_the_server_by_an_url(odd: Service, tmp_path: Path) -> None:
    port = odd.daemon.https_port
    page = client_config(odd, "ddns-updater", "--user", ODD, "--server", f"localhost:{port}")
    url = json.loads(page.blocks[0])["settings"][0]["url"].replace("SECRET", odd.secret)
    assert quote(ODD, safe="") in url
    done = shell(odd, tmp_path, shlex.join(["curl", "-sS", "--globoff", url]))
    assert done.stdout == f"good {SENDER}", done.stderr


def test_odd_login_reaches_the_server_by_inadyn(odd: Service, tmp_path: Path) -> None:
    port = odd.daemon.https_port
    server = f"localhost:{port}"
    page = client_config(odd, "inadyn", "--user", ODD, "--server", server, "--host", "*." + HOST)
    config = tmp_path / "inadyn.conf"
    before = f'verify-address = false\nca-trust-file = "{odd.config.tls.ca}"\n'
    config.write_text(before + page.blocks[0].replace("SECRET", odd.secret))
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / f"*.{HOST}.cache").write_text("192.0.2.0")
    done = run(["inadyn", "-1", "-n", "--no-pidfile", f"--cache-dir={cache}", "-f", config])
    assert done.returncode == 0, done.stdout + done.stderr
    assert odd.ctl.json("host", "list", ODD)[0]["ipv4"] == SENDER


@pytest.mark.parametrize("client", ["vyos", "wget", "ez-ipupdate", "hpe", "ddclient", "inadyn-1"])
def test_login_that_a_client_cannot_be_told_is_refused(odd: Service, client: str) -> None:
    done = odd.ctl.run("client-config", client, "--user", ODD, "--server", "ddns.example.com")
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(
        r"mooringctl: the login .* has a character that .* cannot be told\n", done.stderr
    )


# What it finds out by itself.


def test_server_is_what_the_certificate_says(make_service: Callable[..., Service]) -> None:
    service = make_service(top={"listen": ["127.0.0.1:18443"]})
    service.ctl.add("router1", HOST)
    page = client_config(service, "curl", "--user", "router1")
    assert f"https://localhost:18443/nic/update?hostname={HOST}'" in page.text
    (note,) = page.notes
    assert note.startswith(
        "localhost:18443: the name is the first one of the certificate"
        f" {service.config.tls.certificate}, the port that of 127.0.0.1:18443;"
    )
    service.config.top["listen"] = ["127.0.0.1:443"]
    assert (
        "https://localhost/nic/update" in client_config(service, "curl", "--user", "router1").text
    )
    named = client_config(service, "curl", "--user", "router1", "--server", NAME)
    assert f"https://{NAME}/nic/update" in named.text and named.notes == []


def test_server_that_is_not_known_is_one_sentence(make_service: Callable[..., Service]) -> None:
    service = make_service()
    service.ctl.add("router1", HOST)
    for top, why in [
        ({"listen": ["127.0.0.1:0"]}, "127.0.0.1:0: the system chooses the port"),
        ({"certificate": "/nonexistent"}, "/nonexistent: cannot be read"),
        (
            {"listen": [], "listen-plain": ["127.0.0.1:80"]},
            "the configuration has no HTTPS address",
        ),
    ]:
        service.config.top = {**service.config.top, "listen": ["127.0.0.1:443"], **top}
        done = service.ctl.run("client-config", "curl", "--user", "router1")
        assert (done.returncode, done.stdout) == (1, "")
        (said,) = done.stderr.splitlines()
        assert said.startswith("mooringctl: the server's name is not known (" + why), said
        assert said.endswith(": give --server NAME")


def test_hosts_are_those_of_the_account(served: Service) -> None:
    served.ctl.ok("host", "add", "router1", "cam." + HOST)
    server = ["--user", "router1", "--server", NAME]
    assert f"hostname={HOST},cam.{HOST}'" in client_config(served, "curl", *server).text
    page = client_config(served, "inadyn", *server)
    assert f'"{HOST}"' in page.text
    assert page.notes == [
        f"the account also has cam.{HOST}: with --host cam.{HOST} this prints its entry"
    ]
    page = client_config(served, "inadyn", *server, "--host", "Cam." + HOST)
    assert f'"cam.{HOST}"' in page.text and page.notes == []
    page = client_config(served, "curl", *server, "--host", "other.example.com")
    assert page.notes == [
        "the account does not have other.example.com: mooringctl host add router1 other.example.com"
    ]


def test_quirk_that_the_account_lacks_is_named(served: Service) -> None:
    words = ["opnsense", "--user", "router1", "--server", NAME]
    assert client_config(served, *words).notes == [
        "the account lacks the quirk errors-as-4xx:"
        " mooringctl user set router1 --quirk errors-as-4xx"
    ]
    served.ctl.ok("user", "set", "router1", "--quirk", "errors-as-4xx")
    assert client_config(served, *words).notes == []
    served.ctl.ok("user", "disable", "router1")
    assert client_config(served, *words).notes == [
        "the account is disabled: mooringctl user enable router1"
    ]


def test_listener_that_the_configuration_lacks_is_named(
    make_service: Callable[..., Service],
) -> None:
    service = make_service(top={"listen": ["127.0.0.1:443"]})
    service.ctl.add("router1", HOST)
    for client, what in [("synology", "query-credentials"), ("cisco", "listen-plain")]:
        notes = client_config(service, client, "--user", "router1").notes
        assert len(notes) == 2 and what in notes[0], notes
    service.config.listeners = {
        "urls": {"address": ["127.0.0.1:8443"], "query-credentials": "tls"},
        "old": {"address": ["127.0.0.1:8080"], "tls": "no"},
    }
    page = client_config(service, "synology", "--user", "router1")
    assert "https://localhost:8443/nic/update?" in page.text and len(page.notes) == 1
    page = client_config(service, "cisco", "--user", "router1")
    assert "@localhost:8080/nic/update?" in page.text and len(page.notes) == 1


def test_json_has_the_pieces(served: Service) -> None:
    words = ["opnsense", "--user", "router1", "--server", NAME]
    found = served.ctl.json("client-config", *words)
    assert list(found) == ["client", "title", "config", "notes", "quirks"]
    assert (found["client"], found["quirks"]) == ("opnsense", ["errors-as-4xx"])
    assert found["config"].startswith("Service:  ") and "mooringctl" not in found["config"]
    assert found["notes"][0].startswith("the account lacks the quirk")
    assert any(note.startswith("| reply |") for note in found["notes"])


def test_a_machine_without_configuration_needs_server_and_host(
    served: Service, tmp_path: Path
) -> None:
    """The administrator's own, say."""
    settings = environment(HOME=str(tmp_path), MOORING_CONFIG="")
    program = BUILD / "mooringctl"
    words = [program, "client-config", "curl", "--user", "router1"]
    done = run([*words, "--server", NAME, "--host", HOST], env=settings)
    assert done.returncode == 0 and "there is no configuration here" in done.stdout
    for missing in (["--server", NAME], ["--host", HOST]):
        done = run([*words, *missing], env=settings)
        assert (done.returncode, done.stdout) == (1, "") and len(done.stderr.splitlines()) == 1


def test_secret_is_never_printed(served: Service) -> None:
    for client in served.ctl.json("client-config"):
        words = ["client-config", client["client"], "--user", "router1", "--server", NAME]
        done = served.ctl.run(*words)
        assert done.returncode == 0 and served.secret not in done.stdout + done.stderr
        assert "SECRET" in done.stdout


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["nothing"], 1, 'no client is called "nothing"; near to it are '),
        (["curl"], 2, "client-config curl needs --user NAME"),
        (["curl", "--user", "nobody", "--server", NAME], 1, 'there is no user "nobody"'),
        (
            ["curl", "--user", "router1", "--server", "https://x"],
            2,
            "--server takes NAME or NAME:PORT",
        ),
        (["curl", "--user", "router1", "--host", "x"], 2, "--host takes a host name with a dot"),
        (["curl", "wget", "--user", "router1"], 2, "client-config has an argument too many"),
    ],
)
def test_wrong_usage_is_one_sentence(
    served: Service, words: list[str], status: int, said: str
) -> None:
    done = served.ctl.run("client-config", *words)
    assert (done.returncode, done.stdout) == (status, "")
    assert done.stderr.startswith("mooringctl: " + said) and done.stderr.count("\n") == 1


# The pages.


def test_pages_are_what_is_printed(served: Service) -> None:
    names = [client["client"] for client in served.ctl.json("client-config")]
    assert sorted(path.stem for path in PAGES.glob("*.md")) == sorted([*names, "README"])
    for name in names:
        server = ["--user", "router1", "--server", "ddns.example.com"]
        text = served.ctl.ok("client-config", name, *server).partition("\n## On this server\n")[0]
        title, _, rest = (PAGES / f"{name}.md").read_text().partition("\n\n")
        assert title + "\n\n" + rest.partition("\n\n")[2] == text, name


def test_configurations_of_the_pages_are_taken(tmp_path: Path) -> None:
    """What a page wants to stand in mooring.conf."""
    found = 0
    for path in PAGES.glob("*.md"):
        for block in re.findall(r"(?ms)^```conf\n(.*?)^```$", path.read_text()):
            config = tmp_path / "mooring.conf"
            config.write_text(
                block + 'zone "dyn.example.com" { name-server-addresses = { "192.0.2.1" } }\n'
            )
            done = run([BUILD / "mooringd", "-T", "-c", config])
            assert (done.returncode, "query-credentials" in block) == (0, True), done.stderr
            found += 1
    assert found == 2


def test_commands_of_the_pages_are_there(served: Service) -> None:
    """Each `mooringctl ...` of a page is one that this version takes."""
    for path in PAGES.glob("*.md"):
        for command in re.findall(
            r"(?:^|`)mooringctl ((?:user|host|client-config)[^`\n]*)", path.read_text(), re.M
        ):
            words = shlex.split(command)
            done = served.ctl.run(*words[:2], "--help")
            assert done.returncode == 0, (path.name, command)
            for word in words:
                assert not word.startswith("--") or f"  {word} " in done.stdout, (
                    path.name,
                    command,
                )
