package dev.twinspan.agent.wire;

/** Words of others, for a sentence of ours. */
public final class ForeignText {
  private static final int MOST = 200;

  private ForeignText() {}

  /** Printable ASCII, and no more than a line of it. */
  public static String printable(String text) {
    String clean = text.strip().replaceAll("[^\\x20-\\x7e]", "?");
    return clean.substring(0, Math.min(clean.length(), MOST));
  }

  /** The cause behind all others says what it was. */
  public static String why(Throwable thrown) {
    String why = "";
    for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      why = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    }
    return printable(why);
  }
}
