# Sourced by image/build: what Debian's packages bring and no box asks for stays out of its root file system.
# shellcheck shell=bash
# shellcheck disable=SC2154  # image/build's and rootfs.sh's

# words FILE : its lines without comments and space around them.
words() { sed 's/#.*//; s/[[:space:]]*$//; /^$/d' "$1"; }

# Paths of image/left-out, which no program may need (hold_libraries).
leave_out() {
  local pattern
  while read -r pattern; do
    # shellcheck disable=SC2086  # patterns
    (cd "$root" && rm -rf -- $pattern)
  done < <(words "$ROOT/image/left-out")
}

# module_files NAME : its file and those it depends on, below the root file system; nothing where it is built in. Fails where the
# kernel has none of that name.
module_files() {
  modprobe --dirname "$root" --set-version "$kernel" --ignore-install --show-depends "$1" 2>/dev/null | sed -n "s|^insmod $root/*lib/\([^ ]*\).*|usr/lib/\1|p"
}

# device_tree_modules FILE : names of the modules that the kernel would load for what the device tree describes.
device_tree_modules() {
  dtc -q -I dtb -O dts "$1" | sed -n 's/^[[:space:]]*compatible = //p' | grep -o '"[^"]*"' | tr -d '"' | sort -u |
    awk 'FNR == NR { known[$0]; next }
      # alias of:N*T*Cvendor,part MODULE, and the same with a C* behind it
      $1 == "alias" && $2 ~ /^of:/ { part = $2; sub(/^of:[^C]*C/, "", part); sub(/C\*$/, "", part); if (part in known) print $3 }' \
      - "$root/lib/modules/$kernel/modules.alias" | sort -u
}

# Of the kernel's modules those of image/modules, of the board's drivers and its device trees.
keep_modules() {
  local kernel name optional tree dtb kept=$work/modules
  kernel=$(basename "$(echo "$root"/usr/lib/modules/*)")
  [ -d "$root/usr/lib/modules/$kernel" ] || fail "expected the modules of one kernel, found: $(ls "$root/usr/lib/modules")"
  : >"$kept"
  while read -r name optional; do
    module_files "$name" >>"$kept" || [ "$optional" = '?' ] ||
      fail "image/modules: the kernel $kernel has no $name, expected one; a ? behind its name makes it optional"
  done < <(words "$ROOT/image/modules")
  while read -r name; do
    module_files "$name" >>"$kept" || fail "boards/$board.toml: image.drivers names $name, and the kernel $kernel has none of that name"
  done < <(board_list '.image.drivers[]')
  while read -r tree; do
    dtb=$root/usr/lib/linux-image-$kernel/$tree
    [ -r "$dtb" ] || fail "boards/$board.toml: image.device-trees names $tree, and the kernel $kernel has none of that name"
    while read -r name; do module_files "$name" >>"$kept"; done < <(device_tree_modules "$dtb")
  done < <(board_list '.image."device-trees"[]')
  (cd "$root" && find usr/lib/modules -name '*.ko*') | sort >"$work/modules-all"
  sort -u "$kept" >"$work/modules-kept"
  [ -z "$(comm -13 "$work/modules-all" "$work/modules-kept")" ] || fail "modprobe names modules that are not there: $(comm -13 "$work/modules-all" "$work/modules-kept")"
  comm -23 "$work/modules-all" "$work/modules-kept" | (cd "$root" && xargs -r -d '\n' rm -f --)
  find "$root/usr/lib/modules" -type d -empty -delete
  depmod --basedir "$root" "$kernel"
  keep_firmware
  say "  $(wc -l <"$work/modules-kept") of $(wc -l <"$work/modules-all") kernel modules"
}

# Of packages with firmware what the modules that are kept may ask for. Processors' microcode is in the initramfs: it is loaded before
# there is a root file system, or never.
keep_firmware() {
  local firmware=$root/usr/lib/firmware module file
  [ -d "$firmware" ] || return 0
  while read -r module; do modinfo -F firmware "$root/$module"; done <"$work/modules-kept" | sort -u >"$work/firmware"
  (cd "$firmware" && find . ! -type d -printf '%P\n') | while read -r file; do
    # Packages may have them packed.
    grep -qxF -e "${file%.xz}" -e "${file%.zst}" -e "$file" "$work/firmware" || rm -f -- "$firmware/$file"
  done
  find "$firmware" -xtype l -delete
  find "$firmware" -type d -empty -delete
}

# Each program finds the libraries it is linked against: nothing that was left out is missed.
hold_libraries() {
  local missing
  find "$root/usr" -xdev -type f ! -path '*/modules/*' \( -perm /111 -o -name '*.so*' \) -print0 |
    xargs -0 file --no-pad --separator '' -- | sed -n 's/ *ELF .*dynamically linked.*//p' >"$work/programs"
  find "$root/usr" -xdev -name '*.so*' -printf '%f\n' | sort -u >"$work/libraries"
  missing=$({ xargs -r -d '\n' readelf -dW /dev/null <"$work/programs" 2>/dev/null || true; } |
    awk 'FNR == NR { there[$0]; next } $1 == "File:" { program = $2 } $2 == "(NEEDED)" { gsub(/[][]/, "", $NF); if (!($NF in there)) print program " needs " $NF }' "$work/libraries" -)
  [ -z "$missing" ] || { printf '%s\n' "${missing//$root/}" >&2; fail "image/left-out leaves out what is needed: see above"; }
}
