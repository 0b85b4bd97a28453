# Sourced by the others: where things are, and how a problem is told.
# shellcheck shell=bash
# shellcheck disable=SC2034  # by those that source it
STATE=/run/twinspan-box          # gone with the power
INBOX=/efi/twinspan              # what a person put on the boot partition
CONFIG=/etc/twinspan             # /data/config

say() { printf '%s\n' "$*" >&2; }

# problem FILE SENTENCE… : shown on the consoles and the LAN's page until it is gone.
problem() {
  local file=$STATE/problems/$1
  shift
  mkdir -p "$STATE/problems"
  printf '%s\n' "$@" >>"$file"
  printf '%s\n' "$@" >&2
}
