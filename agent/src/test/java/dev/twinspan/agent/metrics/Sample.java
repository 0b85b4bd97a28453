package dev.twinspan.agent.metrics;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A line of an exposition that is no comment. */
record Sample(String name, Map<String, String> labels, double value) {
  private static final Pattern LINE =
      Pattern.compile("([a-z_0-9]+)(?:\\{(.*)})? ([-+.0-9eEInfNa]+)");
  private static final Pattern LABEL = Pattern.compile("([a-z_]+)=\"([^\"]*)\",?");

  static List<Sample> of(byte[] exposition) {
    List<Sample> samples = new ArrayList<>();
    for (String line : new String(exposition, StandardCharsets.UTF_8).split("\n", -1)) {
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      Matcher parts = LINE.matcher(line);
      if (!parts.matches()) {
        throw new AssertionError("no sample: " + line);
      }
      Map<String, String> labels = new TreeMap<>();
      if (parts.group(2) != null) {
        Matcher label = LABEL.matcher(parts.group(2));
        while (label.find()) {
          labels.put(label.group(1), label.group(2));
        }
      }
      samples.add(new Sample(parts.group(1), labels, Double.parseDouble(parts.group(3))));
    }
    return samples;
  }
}
