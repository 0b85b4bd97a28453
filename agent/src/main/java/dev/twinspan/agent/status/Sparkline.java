package dev.twinspan.agent.status;

import java.util.List;

/** A row of bars, one column each, as high as a value. */
final class Sparkline {
  private static final String BARS = "▁▂▃▄▅▆▇█";
  private static final String ASCII_BARS = "_.-:=+*#";

  private Sparkline() {}

  /**
   * The latest values, at the right edge.
   *
   * @param values not negative, oldest first
   * @param width columns
   * @param top what the highest bar stands for; lines drawn with the same top can be compared
   */
  static String of(List<Double> values, int width, double top, boolean unicode) {
    String bars = unicode ? BARS : ASCII_BARS;
    List<Double> shown = values.subList(Math.max(0, values.size() - width), values.size());
    StringBuilder line = new StringBuilder(" ".repeat(width - shown.size()));
    for (double value : shown) {
      line.append(value <= 0 || top <= 0 ? ' ' : bars.charAt(height(value / top, bars.length())));
    }
    return line.toString();
  }

  private static int height(double share, int heights) {
    return Math.clamp((long) Math.ceil(share * heights) - 1, 0, heights - 1);
  }
}
