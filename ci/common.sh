# What the scripts of this folder share. Sourced, not run.

cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Says what comes next.
step() {
    printf '\n==> %s\n' "$*"
}

# Says loudly what is not done, and why.
skipped() {
    printf '\nSKIPPED: %s\n\n' "$*" >&2
}

have() {
    command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ] || [ -x "/sbin/$1" ]
}

is_root() {
    [ "$(id -u)" = 0 ]
}

# Installs Debian packages for the programs that are missing; arguments are PROGRAM:PACKAGE.
# Does nothing where it can't: whoever needs the program says so then.
install_missing() {
    local wanted=() pair
    for pair in "$@"; do
        have "${pair%%:*}" || wanted+=("${pair##*:}")
    done
    [ ${#wanted[@]} -gt 0 ] || return 0
    if ! is_root || ! have apt-get; then
        return 0
    fi
    step "installing ${wanted[*]}"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq || true
    apt-get install -y -qq --no-install-recommends "${wanted[@]}" >/dev/null </dev/null || true
    # Debian starts the service that it installs; the tests start their own.
    local service
    for service in keepalived frr; do
        if [[ " ${wanted[*]} " == *" $service "* ]] && have systemctl; then
            systemctl disable --now "$service" >/dev/null 2>&1 || true
        fi
    done
}

# Whether network namespaces can be made here.
can_make_namespaces() {
    is_root && have ip && ip netns add "bwd-$$-try" 2>/dev/null && ip netns del "bwd-$$-try"
}

# Where cargo builds to.
target_dir() {
    printf '%s' "${CARGO_TARGET_DIR:-target}"
}

export PATH="$PATH:/usr/sbin:/sbin"
