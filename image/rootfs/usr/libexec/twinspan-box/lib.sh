# Sourced by the others: where things are, and how a problem is told.
# shellcheck shell=bash
# shellcheck disable=SC2034  # by those that source it
STATE=/run/twinspan-box          # gone with the power
INBOX=/efi/twinspan              # what a person put on the boot partition
CONFIG=/etc/twinspan             # /data/config
BOARD=/usr/share/twinspan-box/board.json
LEDS=/sys/class/leds

say() { printf '%s\n' "$*" >&2; }

# problem FILE SENTENCE… : shown on the consoles and the LAN's page until it is gone.
problem() {
  local file=$STATE/problems/$1
  shift
  mkdir -p "$STATE/problems"
  printf '%s\n' "$@" >>"$file"
  printf '%s\n' "$@" >&2
}

# lamp PICTURE : the board's status LED, where it has one: lit while all tunnels are up and nothing is wrong, else on and
# off from call to call. No trigger of the kernel's blinks it: a console that has died shows by a lamp that stays as it is.
lamp() {
  local led lit
  led=$(sed -n '/"leds"/,/}/s/.*"status" *: *"\([^"/]*\)".*/\1/p' "$BOARD" 2>/dev/null) || true
  [ -n "$led" ] && [ -w "$LEDS/$led/brightness" ] || return 0
  lit=$(cat "$LEDS/$led/max_brightness")
  if ! grep -qE '^  agent  ([1-9][0-9]*) of \1 tunnels up$' <<<"$1" || grep -q '^  failed ' <<<"$1" || [ -n "$(ls -A "$STATE/problems" 2>/dev/null)" ]; then
    [ "$(cat "$LEDS/$led/brightness")" = 0 ] || lit=0
  fi
  echo none >"$LEDS/$led/trigger"
  echo "$lit" >"$LEDS/$led/brightness"
}
