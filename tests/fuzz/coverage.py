#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Which lines of each parser the committed corpora of its harnesses run, as a table.

    coverage.py SOURCES BUILD      BUILD is configured with --enable-coverage, the harnesses are built

The harnesses of a parser count together, and no other one does. It fails for a parser of which they
run less than AT_LEAST.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from gcov.table import reports


AT_LEAST = 95.0  # percent of the lines


@dataclass(frozen=True)
class Parser:
    """A file of src/."""

    file: str
    harnesses: str
    # Functions of it that read no input: they compare, make, send or open something.
    others: str = ""


PARSERS = [
    Parser("net/addr", "addr", "addr_pair_equal addr_is_unspecified addr_from_sockaddr"),
    Parser("net/interface_id", "addr"),
    Parser("net/prefix", "addr", "prefix_of_client prefix_of_network prefix_hash"),
    Parser("net/fqdn", "host", "fqdn_find_zone"),
    Parser("dyndns/params", "query form json multipart"),
    Parser("dyndns/query", "query"),
    Parser("dyndns/query_auth", "query form json multipart"),
    Parser("dyndns/body", "form json multipart"),
    Parser("dyndns/multipart", "multipart"),
    Parser("dyndns/basic_auth", "basic"),
    Parser("dyndns/user_password", "basic"),
    Parser("http/screen", "screen"),
    Parser("http/target", "target"),
    Parser("http/head", "request"),
    Parser("http/forwarded", "forwarded", "forwarded_header_name"),
    Parser("http/proxy_header", "proxy"),
    Parser("http/tls_profile", "hello", "choose tls_profile_init tls_profile_is_post_quantum"),
    Parser("account/secret", "stored pepper", "secret_generate secret_store secret_store_slow"),
    Parser("account/hash_cost", "stored pepper"),
    Parser("account/bounds", "stored pepper", "bounds_equal bounds_allow bounds_are_over"),
    Parser("account/pepper", "pepper", "pepper_store_plain peppers_store"),
    Parser("base/template", "notify"),
    Parser("notify/webhook_sign", "notify", "webhook_sign"),
    Parser("notify/mail_word", "notify"),
    Parser(
        "notify/event",
        "event",
        "event_kind_word add_addr event_set_addrs replace_controls end_where_broken event_set_text event_set_id"
        " event_title write_json event_write",
    ),
    Parser("conf/scan", "conf"),
    Parser("conf/grammar", "conf", "code_of read_all read_text"),
    Parser("conf/titled", "conf"),
    Parser("conf/value", "conf"),
    Parser("conf/listens", "conf"),
    Parser("conf/check", "conf"),
    Parser("conf/variables", "conf"),
    Parser("ops/envfile", "envfile", "set_variable read_file envfile_load"),
    Parser(
        "ops/status_lines",
        "status",
        "put_character put_number put_flag put_addr status_put_head state_word put_queued status_put_host"
        " status_put_end",
    ),
    Parser("ctl/csv", "import"),
    Parser("ctl/import_csv", "import"),
    Parser("ctl/import_ddclient", "import"),
    Parser("ctl/import_dyndnsd", "import"),
    Parser("ctl/import_hosts", "import"),
    Parser("ctl/import_json", "import"),
    Parser("ctl/resolver", "resolver", "resolver_system resolver_ask ask_each"),
    Parser("dns/read", "dns_query dns_reply"),
    Parser("dns/dns_query", "dns_query"),
    Parser("dns/cookie", "dns_query"),
    Parser("dns/answer", "dns_query"),
    Parser("dns/wire", "dns_query"),
    Parser("dns/dns_reply", "dns_reply"),
    Parser("aws/xml", "xml"),
    Parser("aws/route53_list", "xml", "add_parameter start_page aws_route53_list_page"),
    Parser("aws/route53_change", "xml", "aws_route53_get_change"),
    Parser("aws/route53_zone", "xml", "aws_route53_get_zone"),
    Parser("aws/route53_limit", "xml", "aws_route53_get_limit"),
    Parser("aws/fault", "xml dynamodb"),
    Parser("aws/keydoc", "keys"),
    Parser(
        "aws/credentials",
        "keys",
        "aws_provider_get aws_provider_cancel aws_provider_close",
    ),
    Parser("aws/imds", "metadata", "pick_mode is_url aws_imds_find_endpoint imds_cancel"),
    Parser("aws/aws_head", "head"),
    Parser("aws/profile", "profile", "aws_profiles_leave_out aws_profiles_left_out"),
    Parser("aws/roleplan", "profile"),
    Parser("aws/process_line", "command", "is_passed_on aws_process_env"),
    Parser(
        "store/item",
        "dynamodb",
        "item_value item_string item_number item_ttl item_hosts item_quirks item_interface_ids"
        " item_until item_sources item_state item_wanted item_from_account item_wipe",
    ),
    Parser(
        "store/claim",
        "dynamodb",
        "owners_value claim_of_one claim_content or_none claim_change claim_first_change claim_complete",
    ),
    Parser(
        "store/history_item",
        "dynamodb",
        "history_month history_key put_entry_text put_entry_addr entry_value entry_list room_for add_values"
        " history_request_add",
    ),
    Parser(
        "store/notice_item",
        "dynamodb",
        "seconds names_in add_used values_in slot_request notice_request_get texts_clause fill_slot"
        " notice_request_put notice_request_replace notice_request_claim notice_request_update"
        " notice_request_remove",
    ),
]


def run_corpora(sources: Path, build: Path, harnesses: list[str]) -> int:
    """Runs them, from counters at zero; how many inputs there are."""
    for counters in build.glob("**/*.gcda"):
        counters.unlink()
    environment = dict(os.environ, srcdir=str(sources))
    n = 0
    for harness in harnesses:
        argv = [str(build / "tests" / "fuzz" / harness)]
        done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=True)
        n += int(done.stdout.split()[0])
    return n


def row(parser: Parser, build: Path, n_inputs: int) -> tuple[str, bool]:
    """Of the table; whether enough is run."""
    others = parser.others.split()
    lines: dict[int, bool] = defaultdict(bool)
    for report in reports([build / "src" / f"{parser.file}.gcno"], build):
        if not report["file"].endswith(f"src/{parser.file}.c"):
            continue
        for line in report["lines"]:
            if line.get("function_name") not in others:
                lines[line["line_number"]] |= line["count"] > 0
    missed = [str(number) for number, ran in sorted(lines.items()) if not ran]
    share = 100 * (len(lines) - len(missed)) / len(lines)
    cells = [f"`{parser.file}.c`", parser.harnesses, str(n_inputs), str(len(lines))]
    text = "| " + " | ".join([*cells, f"{share:.1f} %", " ".join(missed)]) + " |"
    return text, share >= AT_LEAST


def main(words: list[str]) -> int:
    if len(words) != 2:
        sys.stderr.write(__doc__)
        return 2
    sources, build = (Path(word).resolve() for word in words)
    groups: dict[str, list[Parser]] = defaultdict(list)
    for parser in PARSERS:
        groups[parser.harnesses].append(parser)
    print("| parser | harnesses | inputs | lines | run | not run |\n|---|---|---|---|---|---|")
    too_little = []
    for harnesses, parsers in groups.items():
        n_inputs = run_corpora(sources, build, harnesses.split())
        for parser in parsers:
            text, is_enough = row(parser, build, n_inputs)
            print(text, flush=True)
            if not is_enough:
                too_little.append(parser.file)
    for file in too_little:
        sys.stderr.write(f"{file}.c: less than {AT_LEAST:.0f} % of its lines are run\n")
    return 1 if too_little else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
