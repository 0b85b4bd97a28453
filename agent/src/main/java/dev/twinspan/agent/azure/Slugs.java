package dev.twinspan.agent.azure;

import java.util.Locale;
import java.util.Set;

/** Azure's names as names this box's configuration takes. */
final class Slugs {
  private Slugs() {}

  /** Letters, digits, dots, underscores and hyphens; at most so many; never empty. */
  static String of(String name, int most) {
    String slug =
        name.strip()
            .toLowerCase(Locale.ROOT)
            .replaceAll("[^a-z0-9._-]+", "-")
            .replaceAll("^[^a-z0-9]+|-+$", "");
    String cut = slug.length() > most ? slug.substring(0, most) : slug;
    return cut.isEmpty() ? "azure" : cut;
  }

  /** With a number behind it, where the name is taken; takes it. */
  static String unique(String name, int most, Set<String> taken) {
    String slug = of(name, most);
    String free = slug;
    for (int i = 2; !taken.add(free); i++) {
      String number = "-" + i;
      free = slug.substring(0, Math.min(slug.length(), most - number.length())) + number;
    }
    return free;
  }
}
