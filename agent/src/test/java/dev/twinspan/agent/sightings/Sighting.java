package dev.twinspan.agent.sightings;

/**
 * One thing reached by name.
 *
 * @param subject a class's binary name (TYPE, QUERY, SERVICE), {@code class#name(types)} (METHOD,
 *     LOOKUP; a constructor's name is {@code <init>}), {@code class#name} (FIELD), a path
 *     (RESOURCE), a base name (BUNDLE), interfaces with commas (PROXY), a function's type
 *     (DOWNCALL, UPCALL)
 * @param open whether a member is public, which some entries of the metadata suffice for
 * @param caller the binary name of the class that asked
 */
record Sighting(Kind kind, String subject, boolean open, String caller) {
  enum Kind {
    TYPE,
    /** All methods, fields or constructors of a class were asked for. */
    QUERY,
    METHOD,
    /** A method that was asked for by name; one that is invoked as well is a METHOD too. */
    LOOKUP,
    FIELD,
    RESOURCE,
    BUNDLE,
    SERVICE,
    PROXY,
    DOWNCALL,
    UPCALL,
    /** A class whose call sites could not be rewritten: what it reaches stays unseen. */
    UNSEEN
  }

  String line() {
    return kind + "\t" + subject + "\t" + open + "\t" + caller;
  }

  static Sighting parse(String line) {
    String[] parts = line.split("\t", -1);
    if (parts.length != 4) {
      throw new IllegalArgumentException(
          "'" + line + "' has " + parts.length + " columns, expected 4");
    }
    return new Sighting(Kind.valueOf(parts[0]), parts[1], Boolean.parseBoolean(parts[2]), parts[3]);
  }
}
