# Sourced by rehearse and verify: installs what is missing, builds what is stale.
# Speaks on standard error; standard output belongs to the program.
# shellcheck shell=bash

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
ASSUME_YES=${ASSUME_YES:-}

# What building and rehearsing takes, beside the JDK. util-linux, coreutils and sed are essential packages.
BUILD_PACKAGES=(maven gcc libc6-dev make libssl-dev iproute2 nftables)
[ "$(uname -m)" = x86_64 ] && BUILD_PACKAGES+=(libipsec-mb-dev)
# What the integration tests take on top: the peers that nobody here wrote.
# shellcheck disable=SC2034  # by rehearse and verify
PEER_PACKAGES=(frr bird2 gobgpd strongswan-swanctl charon-systemd libcharon-extra-plugins libstrongswan-standard-plugins iputils-ping keepalived mosquitto mosquitto-clients procps prometheus tcpdump tshark wireguard-go wireguard-tools rauc squashfs-tools dbus)

say() { printf '%s\n' "$*" >&2; }
fail() { say "$(basename "$0"): $*"; exit 1; }

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    fail "needs root for \`$*\`, and there is no sudo: run as root"
  fi
}

# Under sudo, what is built belongs to whoever called it.
as_caller() {
  if [ "$(id -u)" = 0 ] && [ -n "${SUDO_USER:-}" ] && [ "$SUDO_USER" != root ]; then
    sudo -u "$SUDO_USER" -H "$@"
  else
    "$@"
  fi
}

installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

has_candidate() { [ -n "$(apt-cache policy "$1" 2>/dev/null | sed -n '/Candidate: [^(]/p')" ]; }

# install_missing PACKAGE… : asks first, but with --yes.
install_missing() {
  local package missing=() answer log
  if ! command -v dpkg-query >/dev/null; then
    say "not a Debian or Ubuntu: taking it for granted that there are $*"
    return
  fi
  for package in "$@"; do
    installed "$package" || missing+=("$package")
  done
  if ! "$ROOT/mvnw" --jdk-home >/dev/null 2>&1; then
    [ -n "$(find /var/lib/apt/lists -name '*_Packages*' -print -quit 2>/dev/null)" ] || as_root apt-get update -qq >&2
    has_candidate openjdk-25-jdk-headless ||
      fail "no JDK 25 here, and this release has no package of it: unpack one (Temurin, Zulu …) as /usr/lib/jvm/jdk-25 or \$HOME/.jdks/25, or set JAVA_HOME"
    missing+=(openjdk-25-jdk-headless)
  fi
  [ ${#missing[@]} -eq 0 ] && return
  if [ -z "$ASSUME_YES" ]; then
    [ -t 0 ] || fail "missing ${missing[*]}: install them, or say --yes"
    printf 'Install with apt-get: %s? [Y/n] ' "${missing[*]}" >&2
    read -r answer
    case $answer in [nN]*) fail "cannot go on without ${missing[*]}" ;; esac
  fi
  say "installing ${missing[*]}"
  as_root apt-get update -qq >&2
  log=$(mktemp)
  if ! as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >"$log" 2>&1; then
    cat "$log" >&2
    fail "apt-get could not install ${missing[*]}: its messages are above"
  fi
  rm -f "$log"
  # No daemon is to run on this machine because a test wants its program.
  for package in "${missing[@]}"; do
    [ -d /run/systemd/system ] || continue
    case $package in
      charon-systemd) as_root systemctl disable --now strongswan.service >&2 || true ;;
      mosquitto | prometheus) as_root systemctl disable --now "$package.service" >&2 || true ;;
    esac
  done
}

# A kernel with ESP of its own, and libreswan. Both are missing in some releases and architectures; tests that want
# them then say so. libreswan conflicts with strongSwan: it is unpacked beside the system, and only what it is linked
# against is installed.
KERNEL_PEER_PACKAGES=(user-mode-linux kmod libnss3-tools)
install_kernel_peers() {
  local into=$ROOT/boards/bench/target/libreswan package name depends=()
  command -v dpkg-query >/dev/null || return 0
  [ -n "$(find /var/lib/apt/lists -name '*_Packages*' -print -quit 2>/dev/null)" ] || as_root apt-get update -qq >&2
  for name in "${KERNEL_PEER_PACKAGES[@]}" libreswan; do
    if ! has_candidate "$name"; then
      say "no package $name here: tests against a kernel's own ESP are skipped"
      return 0
    fi
  done
  install_missing "${KERNEL_PEER_PACKAGES[@]}"
  [ -x "$into/usr/libexec/ipsec/pluto" ] && return 0
  package=$(mktemp -d)
  (cd "$package" && apt-get download -qq libreswan >/dev/null 2>&1) || fail "apt-get could not download libreswan"
  # Of alternatives the first; versions are the release's own.
  mapfile -t depends < <(dpkg-deb -f "$package"/libreswan_*.deb Depends | tr ',' '\n' |
    sed 's/|.*//; s/([^)]*)//; s/^ *//; s/ *$//')
  install_missing "${depends[@]}"
  as_caller mkdir -p "$into"
  chmod -R a+rX "$package"
  as_caller dpkg-deb -x "$package"/libreswan_*.deb "$into"
  rm -rf "$package"
}

# A browser for the pages' tests, which are skipped where a release has none of that name.
install_browser() {
  command -v dpkg-query >/dev/null || return 0
  [ -n "$(find /var/lib/apt/lists -name '*_Packages*' -print -quit 2>/dev/null)" ] || as_root apt-get update -qq >&2
  if has_candidate chromium; then
    install_missing chromium
  else
    say "no package chromium here: tests of the pages are skipped"
  fi
  command -v npm >/dev/null || say "no npm here: the pages are built without their libraries, and their tests are skipped"
}

# maven ARGUMENTS… : shows modules and test classes as they come, all of it on failure.
maven() {
  local log=$ROOT/target/bench-maven.log
  as_caller mkdir -p "$ROOT/target"
  as_caller touch "$log"
  if ! (cd "$ROOT" && "${MAVEN_AS:-as_caller}" ./mvnw -B "$@") 2>&1 | tee "$log" |
    sed -un -e 's/^\[INFO\] Building \(Twinspan.*\|twinspan.*\) \[\(.*\)\]$/  building \1 (\2)/p' \
      -e 's/^\[INFO\] Running \(.*\)/  \1/p' -e '/Tests run:.*[0-9]$/p' -e '/^\[ERROR\]/p' >&2; then
    fail "the build failed: the lines above say where, all of it is in $log"
  fi
}

# With the AOT cache: an agent starts on two thirds of the CPU time (3.4 → 2.4 s).
# Builds unless nothing has changed since the last time.
build() {
  local stamp=$ROOT/agent/target/.bench-built
  if [ -x "$ROOT/agent/target/twinspan" ] && [ -e "$stamp" ] &&
    [ -z "$(find "$ROOT"/pom.xml "$ROOT"/{native,datapath,agent} -name target -prune -o -type f -newer "$stamp" -print -quit)" ]; then
    return
  fi
  say "building (the first time fetches libraries and takes a few minutes)"
  maven -DskipTests -Dtwinspan.aot=true package
  as_caller touch "$stamp"
}

# Whether this user may make network namespaces.
may_unshare() { [ "$(id -u)" = 0 ] || unshare --user --map-root-user --net true 2>/dev/null; }
