# Sourced by the others: where things are, and how a problem is told.
# shellcheck shell=bash
# shellcheck disable=SC2034  # by those that source it
BOX=${BOX:-}                     # image/check's, instead of the root directory
STATE=$BOX/run/twinspan-box      # gone with the power
DATA=$BOX/data
CONFIG=$BOX/etc/twinspan         # /data/config
ENROLMENT_CA=$BOX/usr/share/twinspan-box/enrolment-ca.pem   # image/build --enrolment-ca
PORTS=$BOX/sys/class/net
AGENT=$BOX/usr/lib/twinspan/twinspan
BOARD=/usr/share/twinspan-box/board.json
LEDS=/sys/class/leds
JOB=/var/lib/twinspan/update     # the agent's, of an update and how far it is
GRUBENV=/efi/grub/grubenv
CMDLINE=/proc/cmdline

say() { printf '%s\n' "$*" >&2; }

# plain SENTENCE… : what may come from a stick, and goes to a terminal.
plain() { printf '%s\n' "$@" | LC_ALL=C tr -d '\000-\010\013-\037\177'; }

# problem FILE SENTENCE… : shown on the consoles and the LAN's page until it is gone.
problem() {
  local file=$STATE/problems/$1
  shift
  mkdir -p "$STATE/problems"
  plain "$@" | tee -a "$file" >&2
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

# this_slot : the one that runs.
this_slot() { sed -n 's/.*\brauc\.slot=\([^ ]*\).*/\1/p' "$CMDLINE"; }

# on_trial : whether an update into this slot waits for the agent's word, which confirms it or has the old slot started.
# "installing": the power went between RAUC's end and the agent's note of it.
on_trial() {
  [ -e "$CONFIG/twinspan.yaml" ] || return 1
  grep -qsE '^ *"phase" ?: "(installing|installed|trial|rolling-back)"' "$JOB" && grep -qs "^ *\"target\" \?: \"$(this_slot)\"" "$JOB"
}

# because SENTENCE : why this slot's update is taken back, into its job: the agent in the other slot tells it. For the agent's
# user, whose folder it is, while the agent does not run. What the agent itself has said of it stays.
because() {
  if grep -qsE '^ *"phase" ?: "rolling-back"' "$JOB"; then return 0; fi
  (umask 077 && sed -E 's/^( *"reason" ?: )".*"/\1"agent_failed"/; s/^( *"sentence" ?: )".*"/\1"'"$1"'"/' "$JOB" >"$JOB.new") || return
  sync "$JOB.new"
  mv -f "$JOB.new" "$JOB"
  sync -f "$JOB"
}

# mend_environment : a new one for the boot loader where a power cut has spoilt it: FAT keeps no journal, and neither GRUB
# nor RAUC writes one that they cannot read. This slot is first, and on trial; the other may be started, too.
mend_environment() {
  local order="A B"
  if grub-editenv "$GRUBENV" list >/dev/null 2>&1; then return; fi
  [ "$(this_slot)" = A ] || order="B A"
  say "$GRUBENV cannot be read: a new one, which starts slot $(this_slot) first"
  grub-editenv "$GRUBENV" create
  grub-editenv "$GRUBENV" set "ORDER=$order" A_OK=1 A_TRY=0 B_OK=1 B_TRY=0 "$(this_slot)_TRY=1"
  sync -f "$GRUBENV"
}
