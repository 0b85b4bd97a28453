# Sourced by image/build: the root file system of a slot, from Debian's packages, image/rootfs and the board's values.
# shellcheck shell=bash
# shellcheck disable=SC2154  # image/build's: board version work out edition agent sources certificate enrolment_ca

# What building an image takes, beside building the agent.
# shellcheck disable=SC2034
IMAGE_PACKAGES=("${BUILD_PACKAGES[@]}" mmdebstrap genimage rauc mtools dosfstools e2fsprogs squashfs-tools jq unzip zstd openssl systemd kmod fdisk file binutils device-tree-compiler)

# board_value PATH : one value of the board, as jq names it.
board_value() { jq -er "$1" "$out/board.json" || fail "boards/$board.toml: no value $1"; }

# board_list PATH : values of the board, one a line; none is no fault.
board_list() { jq -r "$1" "$out/board.json"; }

# read_board ID : its values, its family's included, by the program that knows their schema.
read_board() {
  # shellcheck disable=SC2153  # boards/bench/lib.sh sets ROOT
  out=$ROOT/image/target/$1
  mkdir -p "$out"
  "$ROOT/agent/target/twinspan" boards --boards "$ROOT/boards" "$1" >"$out/board.json" || exit 2
  ARCHITECTURE=$(board_value .architecture)
  case $ARCHITECTURE in
    x86-64) DEBIAN=amd64 GRUB_TARGET=x86_64-efi EFI_NAME=BOOTX64.EFI ROOT_TYPE=4f68bce3-e8cd-4db1-96e7-fbcaf984b709 ;;
    aarch64) DEBIAN=arm64 GRUB_TARGET=arm64-efi EFI_NAME=BOOTAA64.EFI ROOT_TYPE=b921b045-1df0-41c3-af44-4c6f280d3fae ;;
    *) fail "boards/$1.toml: architecture is $ARCHITECTURE, expected x86-64 or aarch64" ;;
  esac
  [ -z "$loader" ] || [ "$(board_value '.boot."raw-at-kib"')" != 0 ] ||
    fail "--loader $loader, but boards/$board.toml has no boot.raw-at-kib: its boot loader comes from Debian, leave the option out"
}

# Programs of the board's architecture run on this machine while its root file system is made.
emulate() {
  local programs=/proc/sys/fs/binfmt_misc
  [ "${ARCHITECTURE/x86-64/x86_64}" != "$(uname -m)" ] || return 0
  [ "$ARCHITECTURE" = aarch64 ] || fail "images for $ARCHITECTURE are made on $ARCHITECTURE, this machine is $(uname -m)"
  install_missing qemu-user-static
  [ -e "$programs/register" ] || mount -t binfmt_misc binfmt_misc "$programs" 2>/dev/null ||
    fail "$programs cannot be mounted: the kernel has no binfmt_misc, by which programs of $ARCHITECTURE run here"
  # Where systemd runs it has done so.
  [ -e "$programs/qemu-$ARCHITECTURE" ] || cat "/usr/lib/binfmt.d/qemu-$ARCHITECTURE.conf" >"$programs/register"
  # F: the emulator is opened now, and need not be in the root file system.
  grep -q '^flags:.*F' "$programs/qemu-$ARCHITECTURE" ||
    fail "$programs/qemu-$ARCHITECTURE has $(grep ^flags: "$programs/qemu-$ARCHITECTURE"), expected F among them: install qemu-user-static anew"
}

# Package names of image/packages and of the board, with commas.
all_packages() {
  {
    sed 's/#.*//; s/[[:space:]]*$//; /^$/d' "$ROOT/image/packages"
    board_value '.image | .kernel + {"trixie-backports": "/trixie-backports"}[."kernel-suite"], .packages[]'
  } | sort -u | paste -sd,
}

unpack_debian() {
  local log=$out/debian.log mirrors=() hooks=() search=$PATH
  root=$work/root
  [ -z "$sources" ] || mirrors=("$(realpath -- "$sources")")
  # With --sources it is among them.
  if [ "$(board_value '.image."kernel-suite"')" = trixie-backports ] && [ -z "$sources" ]; then
    # shellcheck disable=SC2016  # for mmdebstrap's shell
    hooks=(--setup-hook='echo "deb http://deb.debian.org/debian trixie-backports main" >"$1/etc/apt/sources.list.d/backports.list"')
  fi
  if [ "${ARCHITECTURE/x86-64/x86_64}" != "$(uname -m)" ]; then
    native_tools "$work/native"
    search=/native:$PATH
    hooks+=("--extract-hook=sync-in $work/native /")
  fi
  # The overlay comes before the packages, and the initramfs, which has it, after them: each of their scripts makes it anew
  # otherwise. No documentation, no questions.
  # shellcheck disable=SC2016  # for mmdebstrap's shell
  INITRD=No PATH=$search mmdebstrap --verbose --mode=root --format=directory --variant=essential --architectures="$DEBIAN" --components=main,non-free-firmware \
    --include="$(all_packages)" --aptopt='APT::Install-Recommends "false"' --dpkgopt=force-confold --dpkgopt=force-unsafe-io \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/lib/udev/hwdb.d/*' --dpkgopt='path-exclude=/usr/share/info/*' --dpkgopt='path-exclude=/usr/share/lintian/*' \
    "${hooks[@]}" --essential-hook="sync-in $ROOT/image/rootfs /" \
    --customize-hook='chroot "$1" update-initramfs -c -k all' \
    trixie "$root" "${mirrors[@]}" 2>&1 </dev/null | tee "$log" | unpacked ||
    { tail -n 20 "$log" >&2; fail "Debian could not be unpacked: the lines above say where, all of it is in $log"; }
  [ "$search" = "$PATH" ] || rm -rf -- "${root:?}"/{native,lib64,usr/lib64,"usr/lib/$(uname -m)-linux-gnu"}
}

# native_tools TREE : what dpkg calls for each package, of this machine and with its libraries, in /native. Emulated, unpacking takes most of
# the build.
native_tools() {
  local program file
  mkdir -p "$1/native" "$1/usr/lib64" "$1/usr/lib/$(uname -m)-linux-gnu"
  # As base-files asks for it.
  ln -s usr/lib64 "$1/lib64"
  for program in dpkg-deb dpkg-split tar rm; do
    program=$(command -v "$program")
    cp -L "$program" "$1/native/"
    ldd "$program" | grep -o '/[^ ]*' | while read -r file; do
      case $file in
        */ld-linux*) cp -L "$file" "$1/usr/lib64/" ;;
        *) cp -L "$file" "$1/usr/lib/$(uname -m)-linux-gnu/" ;;
      esac
    done
  done
}

# From what apt and dpkg say, a line now and then.
unpacked() {
  awk '
    function tell() { printf "  %d packages unpacked, %d set up\n", unpacked, ready; fflush() }
    / newly installed, / { printf "  %d packages to come\n", $3; fflush() }
    /^Unpacking / { if (++unpacked % 40 == 0) tell() }
    /^Setting up / { if (++ready % 20 == 0) tell() }
    /^update-initramfs: / { print "  " $0; fflush() }
    END { tell() }' >&2
}

# What the overlay leaves to the board, and to this build.
lay_overlay() {
  local ports led
  # A working copy belongs to whoever made it, by his umask.
  chown 0:0 "$root"
  (cd "$ROOT/image/rootfs" && find . -mindepth 1 -print0) | (cd "$root" && xargs -0 chown --no-dereference 0:0 --)
  (cd "$ROOT/image/rootfs" && find . ! -type l -print0) | (cd "$root" && xargs -0 chmod u=rwX,go=rX --)
  sed "s/@BOARD@/$board/" "$ROOT/image/rootfs/etc/rauc/system.conf.in" >"$root/etc/rauc/system.conf"
  rm "$root/etc/rauc/system.conf.in"
  # The agent, who is not root, looks into bundles by it.
  install -m 644 "$certificate" "$root/etc/rauc/keyring.pem"
  [ -z "$enrolment_ca" ] || install -m 644 "$enrolment_ca" "$root/usr/share/twinspan-box/enrolment-ca.pem"

  # Patterns: the file's | are networkd's spaces.
  mkdir -p "$root/etc/systemd/network/"{10-wan.link.d,10-wan.network.d,20-lan-ports.network.d}
  ports=$(board_value .network.wan | tr '|' ' ')
  printf '# boards/%s.toml\n[Match]\nPath=%s\n' "$board" "$ports" >"$root/etc/systemd/network/10-wan.link.d/board.conf"
  cp "$root/etc/systemd/network/10-wan.link.d/board.conf" "$root/etc/systemd/network/10-wan.network.d/board.conf"
  ports=$(board_value '.network.lan | join(" ")' | tr '|' ' ')
  printf '# boards/%s.toml\n[Match]\nPath=%s\n' "$board" "$ports" >"$root/etc/systemd/network/20-lan-ports.network.d/board.conf"

  if [ -n "$(jq -r .watchdog.device "$out/board.json")" ]; then
    printf '# boards/%s.toml\n[Manager]\nWatchdogDevice=%s\nRuntimeWatchdogSec=%s\nRebootWatchdogSec=2min\n' "$board" \
      "$(board_value .watchdog.device)" "$(board_value .watchdog.seconds)" >"$root/etc/systemd/system.conf.d/watchdog.conf"
  fi

  in_rootfs "$work/users" systemd-sysusers /usr/lib/sysusers.d/twinspan.conf
  # As systemd's own files have it: /etc/os-release leads here.
  sed -i '/^IMAGE_\|^VARIANT/d' "$root/usr/lib/os-release"
  printf 'IMAGE_ID=twinspan\nIMAGE_VERSION=%s\nVARIANT="Twinspan"\nVARIANT_ID=%s\n' "$version" "$board" >>"$root/usr/lib/os-release"
  echo twinspan >"$root/etc/hostname"
  printf '127.0.0.1 localhost twinspan\n::1 localhost\n' >"$root/etc/hosts"
  cp "$out/board.json" "$root/usr/share/twinspan-box/board.json"
  # A clock that was never set starts here, not in 1970.
  touch "$root/usr/lib/clock-epoch"
}

# The launcher finds its runtime beside it; times are kept, the AOT cache goes by them.
lay_agent() {
  local into=$root/usr/lib/twinspan
  if [ "$agent" = native ]; then
    install -D "$ROOT/agent/target/twinspan-native" "$into/twinspan"
  else
    cp -a "$edition" "$into"
    chown -R 0:0 "$into"
  fi
  ln -s ../lib/twinspan/twinspan "$root/usr/bin/twinspan"
  cp "$ROOT/agent/src/main/dist/twinspan.service" "$root/usr/lib/systemd/system/"
}

finish_rootfs() {
  local file kernel
  # One kernel, by names that GRUB need not look for. From 6.19 on Debian has it, and what was made of it, beside its modules.
  for file in "$root"/usr/lib/modules/*/vmlinuz; do
    [ -e "$file" ] || continue
    kernel=$root/boot/vmlinuz-$(basename "$(dirname "$file")")
    # Its postinst has linked it there.
    rm -f -- "$kernel"
    mv -- "$file" "$kernel"
  done
  rm -f "$root"/usr/lib/modules/*/{System.map,config}
  # raspi-firmware's copy of it.
  rm -rf -- "$root/boot/firmware"
  for file in vmlinuz initrd.img; do
    [ "$(find "$root/boot" -name "$file-*" | wc -l)" = 1 ] || fail "expected one /boot/$file-*, found: $(ls "$root/boot")"
    mv "$root/boot/$file-"* "$root/boot/$file"
    rm -f "$root/$file" "$root/$file.old"
  done
  rm -f "$root/boot/System.map-"* "$root/boot/config-"*
  dpkg-query --admindir="$root/var/lib/dpkg" -W -f '${Package}\t${Version}\t${Architecture}\t${source:Package}\t${source:Version}\n' | sort >"$out/packages.txt"
  cp "$out/packages.txt" "$root/usr/share/twinspan-box/"

  systemctl --root="$root" preset-all --preset-mode=full >"$out/units.log" 2>&1 || { cat "$out/units.log" >&2; fail "systemctl preset-all failed: its messages are above"; }
  # Enabled by links of their packages, which a preset does not see. logind: nobody logs in, and it waits a minute for what is not there.
  systemctl --root="$root" mask --quiet systemd-logind.service getty.target systemd-firstboot.service systemd-machine-id-commit.service \
    systemd-hwdb-update.service systemd-journal-catalog-update.service systemd-update-done.service ldconfig.service \
    systemd-journal-flush.service systemd-binfmt.service proc-sys-fs-binfmt_misc.automount systemd-tpm2-setup-early.service \
    systemd-tpm2-setup.service systemd-pcrmachine.service systemd-pcrphase.service systemd-pcrphase-sysinit.service systemd-pstore.service systemd-networkd-wait-online.service

  # Nobody logs in, so nothing needs to become somebody else.
  find "$root" -xdev -type f -perm /6000 -exec chmod ug-s {} +
  keep_modules
  leave_out
  # Empty, not missing: systemd then keeps one of its own in memory.
  : >"$root/etc/machine-id"
  rm -rf "$root"/var/{cache,log,lib,tmp,backups,mail,spool}/* "$root"/etc/ssh/ssh_host_* "$root/etc/resolv.conf" "${root:?}"/dev/*
  ln -s ../run/systemd/resolve/stub-resolv.conf "$root/etc/resolv.conf"
  mkdir -p "$root"/{efi,data,etc/twinspan,var/lib/twinspan}
  # Written by the build, so of its time.
  find "$root" -xdev -newermt "@$SOURCE_DATE_EPOCH" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
}

# Held: what may become root, what anybody may write, and what is started, as image/held has it.
hold_rootfs() {
  local list
  hold_libraries
  mkdir -p "$out/held"
  find "$root" -xdev -type f -perm /6000 -printf '/%P\n' | LC_ALL=C sort >"$out/held/setuid"
  find "$root" -xdev ! -type l -perm /0002 -printf '/%P\n' | LC_ALL=C sort >"$out/held/world-writable"
  (cd "$root/etc/systemd/system" && find . -path '*.wants/*' -printf '%P\n' | LC_ALL=C sort) >"$out/held/units"
  # Who may log in by a password: nobody.
  awk -F: '$2 !~ /^[!*]/ { print $1 }' "$root/etc/shadow" >"$out/held/passwords"
  for list in setuid world-writable units passwords; do
    diff -u --label "image/held/$list" --label "this image" "$ROOT/image/held/$list" "$out/held/$list" >&2 ||
      fail "the image has other $list than image/held/$list: the lines above; change what brings them, or the list if it is meant"
  done
}

pack_rootfs() {
  rm -f "$out/rootfs.squashfs"
  # Not packed: the bundle is, as a whole and so better, and a start has nothing to unpack. SOURCE_DATE_EPOCH is its time as
  # well. gzip is for the tables: GRUB reads the kernel from it, and knows no zstd there.
  mksquashfs "$root" "$out/rootfs.squashfs" -comp gzip -noD -noF -noX -b 128K -no-progress -noappend -quiet >"$out/squashfs.log" 2>&1 ||
    { cat "$out/squashfs.log" >&2; fail "mksquashfs failed: its messages are above"; }
  local mib
  mib=$((($(stat -c %s "$out/rootfs.squashfs") + 1048575) / 1048576))
  [ "$mib" -le "$(board_value .image.\"slot-mib\")" ] ||
    fail "the root file system takes $mib MiB, and boards/$board.toml gives a slot $(board_value .image.\"slot-mib\"): raise image.slot-mib"
}

unmount_rootfs() {
  local mount
  # What a build that was killed may have left.
  while read -r mount; do umount -- "$mount"; done < <(findmnt -rno TARGET 2>/dev/null | grep "^${work:-/nowhere}/" | sort -r)
}
