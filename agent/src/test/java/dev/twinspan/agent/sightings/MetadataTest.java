package dev.twinspan.agent.sightings;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twinspan.agent.sightings.Sighting.Kind;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MetadataTest {
  private static final String OURS =
      """
      {
        "reflection": [
          {"type": "a.Named"},
          {"type": "a.Part", "methods": [{"name": "run", "parameterTypes": ["int", "byte[]"]}]},
          {"type": "a.Open", "allPublicMethods": true, "fields": [{"name": "count"}]},
          {"type": {"proxy": ["a.One", "a.Two"]}}
        ],
        "resources": [{"glob": "a/*.txt"}, {"glob": "a/deep/**"}, {"bundle": "a.words"}]
      }
      """;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          TYPE     | a.Named               | true  | true
          TYPE     | a.Other               | true  | false
          QUERY    | a.Named               | true  | true
          METHOD   | a.Named#run()         | true  | false
          METHOD   | a.Part#run(int,byte[]) | false | true
          METHOD   | a.Part#run(int)       | false | false
          METHOD   | a.Part#<init>()       | true  | false
          METHOD   | a.Open#any()          | true  | true
          METHOD   | a.Open#any()          | false | false
          LOOKUP   | a.Open#any()          | true  | true
          FIELD    | a.Open#count          | false | true
          FIELD    | a.Open#other          | true  | false
          PROXY    | a.One,a.Two           | true  | true
          PROXY    | a.Two,a.One           | true  | false
          RESOURCE | a/b.txt               | true  | true
          RESOURCE | a/b/c.txt             | true  | false
          RESOURCE | a/deep/b/c.js         | true  | true
          RESOURCE | b/deep/c.js           | true  | false
          BUNDLE   | a.words               | true  | true
          BUNDLE   | a.others              | true  | false
          UPCALL   | (i4)v                 | true  | false
          DOWNCALL | (i4)v                 | true  | false
          UNSEEN   | why                   | true  | false
          """)
  void shouldListWhatTheFileLists(Kind kind, String subject, boolean open, boolean listed) {
    Metadata metadata = new Metadata();
    metadata.read("reachability-metadata.json", OURS);

    assertThat(metadata.lists(new Sighting(kind, subject, open, "a.Caller"))).isEqualTo(listed);
  }

  @Test
  void shouldReadTheOlderFilesOfLibraries() {
    Metadata metadata = new Metadata();
    metadata.read(
        "reflect-config.json",
        """
        [{"name": "a.Asked", "queryAllPublicMethods": true},
         {"name": "a.Made", "methods": [{"name": "<init>", "parameterTypes": []}]}]
        """);
    metadata.read(
        "resource-config.json", "{\"resources\": {\"includes\": [{\"pattern\": \".*b\\\\.so\"}]}}");
    metadata.read("proxy-config.json", "[[\"a.One\"]]");

    // Found, but not to be called.
    assertThat(metadata.lists(new Sighting(Kind.LOOKUP, "a.Asked#m()", true, "c"))).isTrue();
    assertThat(metadata.lists(new Sighting(Kind.METHOD, "a.Asked#m()", true, "c"))).isFalse();
    assertThat(metadata.lists(new Sighting(Kind.METHOD, "a.Made#<init>()", true, "c"))).isTrue();
    assertThat(metadata.lists(new Sighting(Kind.RESOURCE, "META-INF/libb.so", true, "c"))).isTrue();
    assertThat(metadata.lists(new Sighting(Kind.PROXY, "a.One", true, "c"))).isTrue();
  }

  @Test
  void shouldAddWhatIsMissingInOrder() {
    Metadata metadata = new Metadata();

    String text =
        MetadataFile.withAll(
            OURS,
            List.of(
                new Sighting(Kind.METHOD, "a.Named#run(int)", true, "c"),
                new Sighting(Kind.FIELD, "a.Another#x", true, "c"),
                new Sighting(Kind.RESOURCE, "z", true, "c")));
    metadata.read("reachability-metadata.json", text);

    assertThat(text).startsWith("{\n  \"reflection\": [\n    {\"type\":\"a.Another\",");
    assertThat(metadata.lists(new Sighting(Kind.METHOD, "a.Named#run(int)", true, "c"))).isTrue();
    assertThat(metadata.lists(new Sighting(Kind.FIELD, "a.Another#x", true, "c"))).isTrue();
    assertThat(metadata.lists(new Sighting(Kind.RESOURCE, "z", true, "c"))).isTrue();
    assertThat(metadata.lists(new Sighting(Kind.RESOURCE, "a/deep/b/c.js", true, "c"))).isTrue();
  }
}
