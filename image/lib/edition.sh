# Sourced by image/edition, after boards/bench/lib.sh.
# shellcheck shell=bash

# Of the runtime alone, on any architecture, in bytes.
EDITION_MOST=50000000

# Jackson compiles against them and runs without ("requires static"); with them the runtime is half as large again.
EDITION_WITHOUT='java.desktop|java.sql'

# edition_packages ARCH CHECK
edition_packages() {
  local packages=(binutils)
  # An older processor, for --check.
  [ -z "$2" ] || packages+=(qemu-user-static)
  if [ "$1" != "$(uname -m)" ]; then
    case $1 in
      aarch64) packages+=(gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static debian-archive-keyring) ;;
      *) fail "an edition for $1 is made on $1, this machine is $(uname -m)" ;;
    esac
  fi
  install_missing "${BUILD_PACKAGES[@]}" "${packages[@]}"
}

# edition_mirror LABEL: where this machine's own apt gets Debian from.
edition_mirror() {
  # shellcheck disable=SC2016 # apt's own variables
  apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' | sed -n "s/^$1 //p" | head -n 1 | grep . ||
    fail "apt has no source labelled $1 here: an edition for another architecture is made on Debian, with its security updates among the sources"
}

# edition_foreign ARCH WORK: Debian 13's JDK of that architecture and what its JVM is linked against, unpacked into
# WORK/jdk and WORK/root. By lists and caches of our own: this machine's apt stays as it is.
edition_foreign() {
  local work=$2 debian=arm64 name names mirror security apt=()
  local packages=(openjdk-25-jdk-headless libc6 zlib1g libgcc-s1 libstdc++6 libssl3t64 libzstd1)
  mkdir -p "$work"/apt/{lists/partial,cache/archives/partial,debs}
  : >"$work/apt/status"
  local signed="[arch=$debian signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]"
  mirror=$(edition_mirror Debian)
  security=$(edition_mirror Debian-Security)
  printf '%s\n' "deb $signed $mirror trixie main" "deb $signed $security trixie-security main" >"$work/apt/sources.list"
  apt=(apt-get -qq -o "Dir::Etc::sourcelist=$work/apt/sources.list" -o Dir::Etc::sourceparts=/nowhere
    -o "Dir::State::lists=$work/apt/lists" -o "Dir::State::status=$work/apt/status" -o "Dir::Cache=$work/apt/cache"
    -o APT::Sandbox::User=root -o "APT::Architecture=$debian" -o "APT::Architectures=$debian")
  if ! "${apt[@]}" update >"$work/apt/log" 2>&1; then
    [ -e "$work/jdk/.done" ] || { cat "$work/apt/log" >&2; fail "cannot fetch Debian 13's package lists for $debian"; }
    say "Debian 13's package lists cannot be fetched: staying with the JDK fetched earlier ($work/apt/log says why)"
    return
  fi
  names=$("${apt[@]}" --print-uris download "${packages[@]}" | cut -d' ' -f2)
  # Nothing new since.
  [ -e "$work/jdk/.done" ] && [ "$names" = "$(cat "$work/jdk/.done")" ] && return
  say "fetching Debian 13's JDK for $debian"
  rm -rf -- "$work/jdk" "$work/root" "$work"/apt/debs/*
  (cd "$work/apt/debs" && "${apt[@]}" download "${packages[@]}") >"$work/apt/log" 2>&1 ||
    { cat "$work/apt/log" >&2; fail "cannot fetch ${packages[*]} for $debian"; }
  mkdir -p "$work/jdk" "$work/root"
  for name in "$work"/apt/debs/*.deb; do
    case $name in
      */openjdk*) dpkg-deb -x "$name" "$work/jdk" ;;
      *) dpkg-deb -x "$name" "$work/root" ;;
    esac
  done
  [ -e "$work/root/lib" ] || ln -s usr/lib "$work/root/lib"
  printf '%s\n' "$names" >"$work/jdk/.done"
}

# edition_link ARCH WORK RUNTIME
edition_link() {
  local arch=$1 work=$2 runtime=$3 jdk modules strip=strip from=()
  jdk=$("$ROOT/mvnw" --jdk-home)
  # A library's own module-info would ask for all that it could use: as on the class path, only what its classes name.
  modules=$(cd "$ROOT/agent/target" && "$jdk/bin/jdeps" --multi-release 25 --ignore-missing-deps --print-module-deps \
    --class-path 'lib/*' twinspan-agent.jar lib/*.jar 2>/dev/null | grep -v '^Warning') ||
    fail "jdeps cannot read agent/target: try ./mvnw clean package"
  modules=$(tr ',' '\n' <<<"$modules" | grep -vE "^($EDITION_WITHOUT)\$" | paste -sd,)
  if [ "$arch" != "$(uname -m)" ]; then
    strip=$arch-linux-gnu-strip
    from=(--module-path "$(echo "$work"/jdk/usr/lib/jvm/*/jmods)")
  fi
  say "linking a runtime of $modules"
  # Not --strip-debug: with a foreign module path it runs this machine's objcopy.
  "$jdk/bin/jlink" "${from[@]}" --add-modules "$modules" --strip-java-debug-attributes --compress zip-6 \
    --no-header-files --no-man-pages --output "$runtime" >"$work/log" 2>&1 || { cat "$work/log" >&2; fail "jlink failed"; }
  # Of libjvm.so a sixth is names of what nothing links against: a crash report has bare addresses in its place.
  find "$runtime/lib" -name '*.so' -exec "$strip" --strip-unneeded {} +
}

# edition_agent ARCH WORK STAGE: launcher, jars without the other architecture's libraries, and those of this one as files.
edition_agent() {
  local arch=$1 work=$2 stage=$3 target=$ROOT/agent/target jdk jar unpacked files
  jdk=$("$ROOT/mvnw" --jdk-home)
  mkdir -p "$stage/lib" "$stage/native"
  cp -- "$target/twinspan" "$target/twinspan-agent.jar" "$stage/"
  cp -- "$target"/lib/*.jar "$stage/lib/"
  rm -f -- "$stage"/lib/*-linux-*.jar
  "$jdk/bin/java" "$ROOT/image/lib/RenewClasses.java" "$stage"/lib/picocli-*.jar
  unpacked=$(mktemp -d)
  for jar in "$target"/lib/*-linux-"${arch/aarch64/aarch_64}".jar; do
    (cd "$unpacked" && "$jdk/bin/jar" --extract --file "$jar")
    cp -- "$unpacked"/META-INF/native/*.so "$stage/native/"
    rm -rf -- "${unpacked:?}"/*
  done
  jar=$(basename "$target"/lib/twinspan-native-*.jar)
  (cd "$unpacked" && "$jdk/bin/jar" --extract --file "$target/lib/$jar")
  local shim=$unpacked/dev/twinspan/native/linux-$arch/libtwinspan_esp.so
  if [ ! -r "$shim" ]; then
    # The agent was built before the cross compiler came.
    shim=$work/shim/dev/twinspan/native/linux-$arch/libtwinspan_esp.so
    make -s -C "$ROOT/native/src/main/c" OUT="$work/shim" WORK="$work/make" "$shim" >&2 || fail "the ESP shim cannot be built for $arch: see above"
  fi
  cp -- "$shim" "$stage/native/"
  rm -rf -- "$unpacked/dev/twinspan/native"
  mapfile -t files < <(cd "$unpacked" && find . -type f ! -name MANIFEST.MF -printf '%P\n' | sort)
  (cd "$unpacked" && "$jdk/bin/jar" --create --file "$stage/lib/$jar" --date 2026-01-01T00:00:00Z --manifest META-INF/MANIFEST.MF "${files[@]}")
  rm -rf -- "$unpacked"
  "$jdk/bin/java" "$ROOT/image/lib/StoreJars.java" "$stage/twinspan-agent.jar" "$stage"/lib/*.jar
}

# By image/edition's SOURCE_DATE_EPOCH.
edition_date() { find "$1" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +; }

# edition_emulate WORK EDITION: from here on EDITION's java runs under emulation.
edition_emulate() {
  local java=$2/runtime/bin/java
  mv -- "$java" "$java.foreign"
  printf '#!/bin/sh\nexec qemu-aarch64-static -cpu max -L "%s" "%s" "$@"\n' "$1/root" "$java.foreign" >"$java"
  chmod 755 "$java"
}

# edition_old_processor EDITION: from here on EDITION's java runs on one with AES and without AVX.
edition_old_processor() {
  local java=$1/runtime/bin/java
  mv -- "$java" "$java.here"
  printf '#!/bin/sh\nexec qemu-x86_64-static -cpu Westmere "%s" "$@"\n' "$java.here" >"$java"
  chmod 755 "$java"
}

# edition_cache ARCH WORK STAGE
edition_cache() {
  local arch=$1 work=$2 stage=$3 java=$3/runtime/bin/java
  say "making the AOT cache"
  [ "$arch" = "$(uname -m)" ] || edition_emulate "$work" "$stage"
  sh "$ROOT/agent/src/main/dist/make-aot-cache" "$stage"
  [ ! -e "$java.foreign" ] || mv -f -- "$java.foreign" "$java"
  edition_date "$stage"
}

edition_bytes() { du -sb "$1" | cut -f1; }
edition_mb() { awk -v bytes="$1" 'BEGIN { printf "%.1f MB", bytes / 1e6 }'; }
edition_size() {
  echo "$(edition_mb "$(edition_bytes "$1")"), of it runtime $(edition_mb "$(edition_bytes "$1/runtime")"), AOT cache $(edition_mb "$(edition_bytes "$1/twinspan.aot")")"
}

# User and system time in seconds that "$@" took; what it says goes to a file that is shown on failure.
edition_cpu() {
  local log
  log=$(mktemp)
  if ! ( TIMEFORMAT='%U %S'; time "$@" >"$log" 2>&1 ) 2>"$log.time"; then
    cat "$log" "$log.time" >&2
    rm -f "$log" "$log.time"
    return 1
  fi
  awk '{ printf "%.2f\n", $1 + $2 }' "$log.time"
  rm -f "$log" "$log.time"
}

# The least of three: what else goes on here only adds. MODE FLAGS EDITION CONFIG
edition_start() {
  for _ in 1 2 3; do
    TWINSPAN_JAVA_OPTIONS="-XX:AOTMode=$1 $2" edition_cpu "$3/twinspan" check "$4" || return
  done | sort -n | head -n 1
}

# edition_check ARCH WORK EDITION: from another directory than the one it was made in.
edition_check() {
  local arch=$1 work=$2 copy=$2/elsewhere/twinspan config=$2/check size cpu
  size=$(edition_bytes "$3/runtime")
  [ "$size" -le "$EDITION_MOST" ] ||
    fail "the runtime has $(edition_mb "$size"), expected at most $(edition_mb $EDITION_MOST): the modules that jdeps finds have grown, see EDITION_WITHOUT in image/lib/edition.sh"
  rm -rf -- "$work/elsewhere" "$config"
  mkdir -p "$work/elsewhere" "$config"
  cp -a -- "$3" "$copy"
  [ "$arch" = "$(uname -m)" ] || edition_emulate "$work" "$copy"
  cp -- "$ROOT/agent/src/main/dist/twinspan.yaml" "$config"
  (umask 077 && mkdir "$config/secrets" && echo checking >"$config/secrets/hub-weu.psk")

  # AOTMode=on: does not start where the cache does not fit.
  export TWINSPAN_JAVA_OPTIONS=-XX:AOTMode=on
  say "--version"
  "$copy/twinspan" --version | tee "$work/version" >&2
  grep -Eq 'back-end (ipsec-mb|libcrypto) .*: self-test passed' "$work/version" || fail "the shim in C has passed no self-test: see above"
  say "bench crypto"
  "$copy/twinspan" bench crypto --seconds 1 >&2 || fail "bench crypto failed"
  say "check"
  "$copy/twinspan" check "$config/twinspan.yaml" >&2 || fail "check failed"
  if [ "$arch" = x86_64 ]; then
    say "check, on a processor without AVX"
    edition_old_processor "$copy"
    "$copy/twinspan" check "$config/twinspan.yaml" >&2 ||
      fail "check failed on a processor without AVX, as small boards have it: what machine code is in the AOT cache? See make-aot-cache"
    mv -f -- "$copy/runtime/bin/java.here" "$copy/runtime/bin/java"
  fi
  unset TWINSPAN_JAVA_OPTIONS

  # check as it is started, and with both compilers, as up is.
  cpu=("$(edition_start on '' "$copy" "$config/twinspan.yaml")" "$(edition_start off '' "$copy" "$config/twinspan.yaml")"
    "$(edition_start on -XX:TieredStopAtLevel=4 "$copy" "$config/twinspan.yaml")" "$(edition_start off -XX:TieredStopAtLevel=4 "$copy" "$config/twinspan.yaml")")
  rm -rf -- "$work/elsewhere"
  printf '%s: %s\n' "$arch" "$(edition_size "$3")"
  printf '%s: reading a configuration takes %s s of CPU with the AOT cache, %s s without; with the flags of up %s s, %s s\n' "$arch" "${cpu[@]}"
  # A figure, no verdict: what else runs here is in it.
  awk -v with="${cpu[2]}" -v without="${cpu[3]}" 'BEGIN { exit !(with > 0 && with * 2 <= without) }' ||
    say "the AOT cache has not halved the CPU time of a start with the flags of up, as it does on a quiet machine"
}
