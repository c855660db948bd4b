# SPDX-License-Identifier: BSD-2-Clause
# Completion of mooringctl(1) for bash: commands, options, and the logins and clients that there are.

# The verbs of a noun; of nothing: the nouns.
_mooringctl_verbs() {
    case $1 in
        '') echo user host setup history status notify pseudonym doctor health backup restore export import verify claims test conformance client-config ;;
        user) echo add list show set rename passwd rehash disable enable remove ;;
        host) echo list add set remove clear ;;
        notify) echo list test retry drop ;;
    esac
}

_mooringctl_options() {
    case $1 in
        'user add') echo --ttl --quirk --valid-until --from --shared --secret-stdin --json ;;
        'user list') echo --json ;;
        'user show') echo --json ;;
        'user set') echo --ttl --quirk --valid-until --from --json ;;
        'user rename') echo --json ;;
        'user passwd') echo --secret-stdin --json ;;
        'user rehash') echo --all --dry-run --yes --json ;;
        'user disable') echo --json ;;
        'user enable') echo --json ;;
        'user remove') echo --json ;;
        'host list') echo --json ;;
        'host add') echo --interface-id --shared --json ;;
        'host set') echo --interface-id --json ;;
        'host remove') echo --json ;;
        'host clear') echo --ipv4 --ipv6 --json ;;
        setup) echo --domain --publish --hosted-zone --name-server --address --lab --dns-listen --server --certificate --email --certificate-file --key-file --listen --store --store-path --table --region --user --host --run-certificate --resolver --replace --dry-run --yes ;;
        status) echo --watch --json ;;
        history) echo --last --json ;;
        'notify list') echo --json ;;
        'notify test') ;;
        'notify retry') echo --all ;;
        'notify drop') echo --all ;;
        pseudonym) echo --all --json ;;
        doctor) echo --policy --resolver --dns-port --json ;;
        health) echo --ready --json ;;
        backup) ;;
        restore) ;;
        export) echo --format ;;
        import) echo --format --new-secrets --skip-bad --shared --dry-run --yes --json ;;
        verify) echo --repair --yes --rate --json ;;
        claims) ;;
        test) echo --user --secret-stdin --cacert --json ;;
        conformance) echo --user --host --secret-stdin --rate --resolver --cacert --yes --json ;;
        client-config) echo --user --host --server --json ;;
    esac
    echo -c --help --version
}

# Each quirk, and how it is taken away, on a line.
_mooringctl_quirks() {
    printf '%s\n' {,-}{nochg-as-good,errors-as-4xx,one-line,any-hostname,may-clear}
}

# Those of "export" and of "import", each on a line.
_mooringctl_formats() {
    printf '%s\n' csv json
    [[ $1 == export ]] || printf '%s\n' dynamodb dyndnsd ddclient hosts
}

# The logins, each on a line: nothing where the store cannot be read, and no long wait for one that
# does not answer. A login may hold blanks, host names do not.
_mooringctl_logins() {
    timeout 2 "${COMP_WORDS[0]}" "$@" user list 2>/dev/null </dev/null |
        sed -nE 's/^(.*[^ ]) +(enabled|disabled|malformed)( .*)?$/\1/p'
}

# The clients, each on a line: the first column of the list.
_mooringctl_clients() {
    "${COMP_WORDS[0]}" client-config 2>/dev/null </dev/null | sed 's/ .*//'
}

# Adds the lines of standard input that begin with $1, each quoted as one word of the shell: a login
# may hold quotes and dollars, too.
_mooringctl_reply() {
    local line quoted
    while IFS= read -r line; do
        printf -v quoted '%q' "$line"
        [[ $line == "$1"* || $quoted == "$1"* ]] && COMPREPLY+=("$quoted")
    done
}

_mooringctl_files() {
    compopt -o filenames 2>/dev/null
    _mooringctl_reply "$1" < <(compgen -f -- "$1")
}

# What stands before the word under the cursor: the words of the command into the caller's words,
# "-c FILE" into its conf.
_mooringctl_scan() {
    local i
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
            -c) conf=(-c "${COMP_WORDS[++i]}") ;;
            --ttl | --quirk | --valid-until | --from | --interface-id | --format | --new-secrets | --last | --rate | --resolver | --dns-port | --user | --cacert | --host | --server) ((++i)) ;;
            --domain | --publish | --hosted-zone | --name-server | --address | --lab | --dns-listen | --certificate | --email | --certificate-file | --key-file | --listen | --store | --store-path | --table | --region) ((++i)) ;;
            -*) ;;
            *) words+=("${COMP_WORDS[i]}") ;;
        esac
    done
}

# The value of the option before the cursor; false when there is none.
_mooringctl_value() {
    case $1 in
        -c | --cacert | --new-secrets | --certificate-file | --key-file | --store-path) _mooringctl_files "$2" ;;
        --publish) _mooringctl_reply "$2" < <(printf '%s\n' builtin route53) ;;
        --certificate) _mooringctl_reply "$2" < <(printf '%s\n' certbot lego files none) ;;
        --store) _mooringctl_reply "$2" < <(printf '%s\n' sqlite dynamodb) ;;
        --lab) _mooringctl_reply "$2" < <(printf '%s\n' yes no) ;;
        --format) _mooringctl_reply "$2" < <(_mooringctl_formats "$command") ;;
        --ttl) _mooringctl_reply "$2" <<<default ;;
        --quirk) _mooringctl_reply "$2" < <(_mooringctl_quirks) ;;
        --interface-id) _mooringctl_reply "$2" <<<none ;;
        --user)
            if [[ $command == client-config ]]; then
                _mooringctl_reply "$2" < <(_mooringctl_logins "${conf[@]}")
            fi
            ;;
        --last | --rate | --resolver | --dns-port | --host | --server) ;;
        --domain | --hosted-zone | --name-server | --address | --dns-listen | --email | --listen | --table | --region) ;;
        *) return 1 ;;
    esac
}

_mooringctl_operand() {
    case "${words[*]}" in
        'user show' | 'user set' | 'user rename' | 'user passwd' | 'user rehash' | 'user disable' | \
            pseudonym | 'user enable' | 'user remove' | 'host list' | 'host add' | 'host clear' | 'host set' | 'host remove')
            _mooringctl_reply "$1" < <(_mooringctl_logins "${conf[@]}")
            ;;
        backup | restore | import) _mooringctl_files "$1" ;;
        client-config) _mooringctl_reply "$1" < <(_mooringctl_clients) ;;
        '' | user | host | notify)
            _mooringctl_reply "$1" < <(_mooringctl_verbs "${words[0]}" | tr ' ' '\n')
            ;;
    esac
}

_mooringctl() {
    local current=${COMP_WORDS[COMP_CWORD]} words=() conf=() command
    COMPREPLY=()
    _mooringctl_scan
    command=${words[0]}
    [[ $command == user || $command == host || $command == notify ]] && command="${words[*]:0:2}"
    _mooringctl_value "${COMP_WORDS[COMP_CWORD - 1]}" "$current" && return
    if [[ $current == -* ]]; then
        _mooringctl_reply "$current" < <(_mooringctl_options "$command" | tr ' ' '\n')
    else
        _mooringctl_operand "$current"
    fi
}

complete -F _mooringctl mooringctl
