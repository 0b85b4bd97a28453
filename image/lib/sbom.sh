# Sourced by image/build: what the image is made of, as CycloneDX 1.5: Debian's packages and the agent's libraries.
# shellcheck shell=bash
# shellcheck disable=SC2154  # image/build's

make_sbom() {
  local jar name coordinates=$work/jars.tsv
  : >"$coordinates"
  if [ "$agent" = jvm ]; then
    for jar in "$root"/usr/lib/twinspan/lib/*.jar; do
      name=${jar##*/}
      # Of several (a shaded one) the one that is named as the file is.
      { unzip -p "$jar" 'META-INF/maven/*/pom.properties' 2>/dev/null || true; } | tr -d '\r' |
        awk -F= -v file="${name%.jar}" '
          $1 == "groupId" { group = $2 } $1 == "artifactId" { artifact = $2 } $1 == "version" { version = $2 }
          group && artifact && version { if (index(file, artifact "-" version) == 1) { if (!told++) print group "\t" artifact "\t" version } group = artifact = version = "" }' >"$work/jar.tsv" || true
      [ -s "$work/jar.tsv" ] || printf '%s\n' "$name" | sed -E 's/^(.*)-([0-9][^-]*(-[A-Z]+)?)(-.*)?\.jar$/\t\1\t\2/' >"$work/jar.tsv"
      cat "$work/jar.tsv" >>"$coordinates"
    done
  fi
  jq -n --arg board "$board" --arg version "$version" --arg time "$(date -u -d "@$SOURCE_DATE_EPOCH" +%FT%TZ)" \
    --rawfile debian "$out/packages.txt" --rawfile maven "$coordinates" '
    def rows: split("\n") | map(select(length > 0) | split("\t"));
    {bomFormat: "CycloneDX", specVersion: "1.5", version: 1,
     metadata: {timestamp: $time, component: {type: "operating-system", name: ("twinspan-" + $board), version: $version}},
     components: (
       ($debian | rows | map({type: "library", name: .[0], version: .[1],
          purl: ("pkg:deb/debian/" + (.[0] | @uri) + "@" + (.[1] | @uri) + "?arch=" + .[2] + "&distro=trixie"),
          properties: [{name: "source", value: (.[3] + " " + .[4])}]}))
       + ($maven | rows | map({type: "library", name: .[1], version: .[2]} + (if .[0] == "" then {} else
          {group: .[0], purl: ("pkg:maven/" + .[0] + "/" + .[1] + "@" + (.[2] | @uri))} end)))) }' >"$out/sbom.cdx.json"
}
