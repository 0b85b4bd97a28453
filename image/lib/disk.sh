# Sourced by image/build: the boot partition, the disk, the bundle and the key that signs it.
# shellcheck shell=bash
# shellcheck disable=SC2154  # image/build's and rootfs.sh's

# signing_key KEY CERTIFICATE : those, or a development key that is made once and never leaves image/target.
signing_key() {
  local keys=$ROOT/image/target/keys file
  if [ -n "$1" ]; then
    for file in "$1" "$2"; do [ -r "$file" ] || fail "$file cannot be read: --signing-key and --signing-certificate name PEM files"; done
    key=$(realpath -- "$1") certificate=$(realpath -- "$2")
    [ "$(openssl pkey -in "$key" -pubout 2>/dev/null)" = "$(openssl x509 -in "$certificate" -noout -pubkey 2>/dev/null)" ] ||
      fail "$key and $certificate do not belong together: expected the private key of that certificate"
    return
  fi
  key=$keys/development.key certificate=$keys/development.pem
  [ -s "$key" ] && [ -s "$certificate" ] && return
  install -d -m 700 "$keys"
  (umask 077 && openssl req -x509 -newkey rsa:3072 -nodes -days 7300 -subj "/O=Twinspan/CN=development, not for the field" \
    -addext "extendedKeyUsage=emailProtection" -keyout "$key.new" -out "$certificate" 2>"$keys/log") ||
    { cat "$keys/log" >&2; fail "openssl could not make a development key: its messages are above"; }
  mv "$key.new" "$key"
  say "bundles are signed by a development key, new in $keys: whoever has it can update boxes of this image"
}

make_boot_partition() {
  local tree=$work/boot consoles grub=$root/usr/lib/grub/$GRUB_TARGET
  mkdir -p "$tree/EFI/BOOT" "$tree/grub"
  [ -d "$grub" ] || fail "no $grub in the root file system: boards/$board.toml's image.packages must have GRUB for $GRUB_TARGET"
  consoles=$(board_value '.boot.console | map("console=" + .) | join(" ")')
  sed "s|@CONSOLES@|$consoles|" "$ROOT/image/boot/grub-efi.cfg" >"$tree/grub/grub.cfg"
  # GRUB's own program of the release that boots; no other module is looked for at boot.
  local modules=(part_gpt fat squash4 normal linux loadenv regexp test echo sleep reboot configfile)
  [ "$GRUB_TARGET" = arm64-efi ] && modules=("${modules[@]}" fdt)
  in_rootfs "$work/grub" grub-mkimage -O "$GRUB_TARGET" -d "/usr/lib/grub/$GRUB_TARGET" -p /grub -o /tmp/out "${modules[@]}"
  mv "$work/grub/out" "$tree/EFI/BOOT/$EFI_NAME"
  in_rootfs "$work/env" grub-editenv /tmp/grubenv create
  in_rootfs "$work/env" grub-editenv /tmp/grubenv set "ORDER=A B" A_OK=1 A_TRY=0 B_OK=0 B_TRY=0
  mv "$work/env/grubenv" "$tree/grub/grubenv"
  firmware_files "$tree"
  cp "$ROOT/image/boot/README.txt" "$root/usr/share/twinspan-box/network.conf" "$tree/"
  mv "$tree/network.conf" "$tree/network.conf.example"
  # What GRUB needs is in its program.
  rm -rf "$root/usr/lib/grub" "$root"/usr/bin/grub-{mk,file,fstest,glue,kbdcomp,menulst,mount,render,script,syslinux,ntldr}* "$root/usr/sbin"/grub-*
  find "$tree" -exec touch --date="@$SOURCE_DATE_EPOCH" {} +

  rm -f "$out/boot.vfat"
  truncate -s "$(board_value .image.\"boot-mib\")M" "$out/boot.vfat"
  if ! { mkfs.vfat --invariant -F 32 -n TWINSPAN "$out/boot.vfat" && (cd "$tree" && mcopy -s -p -m -i "$out/boot.vfat" ./* ::); } >"$out/boot.log" 2>&1; then
    cat "$out/boot.log" >&2
    fail "the boot partition could not be made: the messages are above"
  fi
}

# firmware_files TREE : what the board's firmware, or U-Boot, reads before GRUB.
firmware_files() {
  local pattern file found
  while read -r pattern; do
    mapfile -t found < <(compgen -G "$root/$pattern")
    [ ${#found[@]} = 1 ] || fail "boards/$board.toml: boot.files has $pattern, expected one file of that name, found ${#found[@]}"
    cp -- "${found[0]}" "$1/"
  done < <(board_list '.boot.files[]')
  while read -r file; do install -D -m 644 "$(echo "$root"/usr/lib/linux-image-*/"$file")" "$1/dtb/$file"; done < <(board_list '.image."device-trees"[]')
  [ ! -d "$ROOT/image/boot/$board" ] || cp -r -- "$ROOT/image/boot/$board/." "$1/"
  rm -rf -- "$root"/usr/lib/{raspi-firmware,u-boot,linux-image-*,modules/*/dtb} "$root/boot/firmware"
}

# in_rootfs TMP COMMAND… : a program of the image's own release, with TMP as its /tmp.
in_rootfs() {
  local tmp=$1
  shift
  mkdir -p "$tmp"
  # shellcheck disable=SC2016  # for the inner shell
  unshare --mount sh -c 'mount --bind "$1" "$2/tmp" && root=$2 && shift 2 && exec chroot "$root" "$@"' sh "$tmp" "$root" "$@" ||
    fail "\`$*\` failed in the new root file system"
}

make_disk() {
  local data=$out/data.ext4 config=$work/disk.cfg folder
  rm -f "$data" "$out/disk.img" "$out/disk.img.zst"
  truncate -s "$(board_value .image.\"data-mib\")M" "$data"
  # Room to grow to what the largest flash cards have: blocks and inodes as for a large one, whatever the image's size.
  E2FSPROGS_FAKE_TIME=$SOURCE_DATE_EPOCH mke2fs -q -t ext4 -L data -U 74776e73-7061-6e00-8000-000000000005 -m 1 \
    -b 4096 -i 65536 -E hash_seed=74776e73-7061-6e00-8000-000000000006,lazy_itable_init=1,resize=67108864 "$data"
  for folder in config state rauc; do
    echo "mkdir $folder"
    echo "set_inode_field $folder mode 040700"
  done | E2FSPROGS_FAKE_TIME=$SOURCE_DATE_EPOCH debugfs -w -f - "$data" >"$out/data.log" 2>&1
  sed "s/@SLOT_MIB@/$(board_value .image.\"slot-mib\")/; s/@ROOT_TYPE@/$ROOT_TYPE/" "$ROOT/image/boot/disk.cfg" >"$config"
  disk_loader "$config"
  rm -rf "$work/genimage"
  mkdir -p "$work/genimage/root"
  genimage --config "$config" --rootpath "$work/genimage/root" --tmppath "$work/genimage/tmp" --inputpath "$out" --outputpath "$out" >"$out/disk.log" 2>&1 ||
    { cat "$out/disk.log" >&2; fail "genimage failed: its messages are above"; }
  # Half of it is empty.
  zstd -q -f -T0 -10 --long --rm "$out/disk.img" -o "$out/disk.img.zst"
  rm -f "$data" "$out/boot.vfat"
}

# disk_loader CONFIG : the boot loader ahead of the partitions; and where there is none, but U-Boot, an entry in the MBR as well, for
# firmware that knows no GPT.
disk_loader() {
  local at
  at=$(board_value '.boot."raw-at-kib"')
  if [ "$at" != 0 ]; then
    sed -i 's/^  partition boot {/&\n    offset = 16M/' "$1"
    [ -z "$loader" ] || sed -i "s|^  partition boot {|  partition loader {\n    in-partition-table = no\n    image = \"$(realpath -- "$loader")\"\n    offset = ${at}K\n  }\n&|" "$1"
  elif [ "$(board_value '.boot."back-end"')" = u-boot ]; then
    sed -i 's/partition-table-type = gpt/partition-table-type = hybrid/; s/^  partition boot {/&\n    partition-type = 0xc/' "$1"
  fi
}

make_bundle() {
  local tree=$work/bundle bundle=$out/twinspan-$board-$version.raucb
  mkdir -p "$tree"
  ln -f "$out/rootfs.squashfs" "$tree/rootfs.squashfs"
  printf '[update]\ncompatible=twinspan-%s\nversion=%s\n\n[bundle]\nformat=verity\n\n[image.rootfs]\nfilename=rootfs.squashfs\n' "$board" "$version" >"$tree/manifest.raucm"
  rm -f "$out"/*.raucb "$out"/*.raucb.sha256
  rauc --cert="$certificate" --key="$key" --mksquashfs-args="-comp xz -b 1M" bundle "$tree" "$bundle" >"$out/bundle.log" 2>&1 ||
    { cat "$out/bundle.log" >&2; fail "rauc could not make the bundle: its messages are above"; }
  # "twinspan update install URL" asks for it.
  (cd "$out" && sha256sum "${bundle##*/}" >"$bundle.sha256")
  rm -f "$out/rootfs.squashfs"
}
