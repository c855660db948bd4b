# shellcheck shell=bash
# For scripts that boot a tree in which systemd is: systemd as process 1, a network of
# its own, and the tree itself is not changed. Sourced; needs root. Whoever sources it calls boot first.
patience=60 # seconds, for anything that is waited for
work=$(mktemp -d)
nspawn=
leader=
beside= # a process of the script's own that the system is served by
passed=0

cleanup() {
    [ -z "$beside" ] || kill "$beside" 2>/dev/null || true
    [ -z "$leader" ] || kill -KILL "$leader" 2>/dev/null || true
    [ -z "$nspawn" ] || wait "$nspawn" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT

fail() {
    echo "$0: $*" >&2
    inside journalctl --no-pager -u mooringd -n 40 >&2 || true
    exit 1
}

ok() {
    passed=$((passed + 1))
    echo "ok: $*"
}

# Runs a command in the booted system.
inside() {
    nsenter -t "$leader" -a /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin TERM=dumb LC_ALL=C "$@"
}

# WHAT COMMAND...: asks until it is so.
wait_for() {
    local what=$1 until=$((SECONDS + patience))
    shift
    until "$@"; do
        [ "$SECONDS" -lt "$until" ] || fail "not within $patience s: $what"
        sleep 0.2
    done
}

# TREE: boots it and waits until it is up.
boot() {
    systemd-nspawn --quiet --directory "$1" --volatile=overlay --boot --register=no --keep-unit --private-network \
        --link-journal=no --console=pipe </dev/null >"$work/console" 2>&1 &
    nspawn=$!
    wait_for "systemd-nspawn starts its process 1" started_process_1
    wait_for "the system is up" is_up
}

started_process_1() {
    kill -0 "$nspawn" 2>/dev/null || fail "systemd-nspawn ended: $(tail -n 3 "$work/console")"
    read -r leader _ <"/proc/$nspawn/task/$nspawn/children"
    [ -n "$leader" ]
}

is_up() {
    case $(inside systemctl is-system-running 2>/dev/null) in
    running | degraded) return 0 ;;
    *) return 1 ;;
    esac
}

# Standard input becomes a file of the booted system.
put() {
    inside sh -c "cat >$1"
}
