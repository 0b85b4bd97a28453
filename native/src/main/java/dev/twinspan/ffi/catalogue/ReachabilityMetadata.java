package dev.twinspan.ffi.catalogue;

import java.io.IOException;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * Writes what a native image must know of the {@link Downcall}s: the signatures its stubs are made
 * for, with their linker options. Run by the build on the compiled classes.
 *
 * @see <a
 *     href="https://www.graalvm.org/jdk25/reference-manual/native-image/native-code-interoperability/ffm-api/">the
 *     {@code foreign} section of reachability-metadata.json</a>
 */
public final class ReachabilityMetadata {
  /** Where the image builder looks, below the root of the classes. */
  public static final String PATH =
      "META-INF/native-image/dev.twinspan/twinspan-native/reachability-metadata.json";

  private ReachabilityMetadata() {}

  /**
   * @param args the directory of compiled classes
   */
  public static void main(String[] args) throws IOException {
    Path file = Path.of(args[0]).resolve(PATH);
    Files.createDirectories(file.getParent());
    Files.writeString(file, json());
  }

  /** One line per distinct signature, sorted, so that the file is reproducible. */
  public static String json() {
    return Arrays.stream(Downcall.values())
        .map(ReachabilityMetadata::entry)
        .distinct()
        .sorted()
        .collect(
            Collectors.joining(
                ",\n      ",
                "{\n  \"foreign\": {\n    \"downcalls\": [\n      ",
                "\n    ]\n  }\n}\n"));
  }

  private static String entry(Downcall call) {
    String result = call.descriptor().returnLayout().map(ReachabilityMetadata::type).orElse("void");
    String parameters =
        call.descriptor().argumentLayouts().stream()
            .map(layout -> '"' + type(layout) + '"')
            .collect(Collectors.joining(", "));
    return "{\"returnType\": \"%s\", \"parameterTypes\": [%s]%s}"
        .formatted(result, parameters, options(call));
  }

  private static String options(Downcall call) {
    StringBuilder options = new StringBuilder();
    switch (call.style()) {
      case PLAIN -> {}
      case ERRNO -> options.append("\"captureCallState\": true");
      case CRITICAL -> options.append("\"critical\": {\"allowHeapAccess\": false}");
    }
    if (call.isVariadic()) {
      options
          .append(options.isEmpty() ? "" : ", ")
          .append("\"firstVariadicArg\": ")
          .append(call.firstVariadic());
    }
    return options.isEmpty() ? "" : ", \"options\": {" + options + "}";
  }

  /** The canonical layout names of the image builder. */
  private static String type(MemoryLayout layout) {
    return switch (layout) {
      case AddressLayout _ -> "void*";
      case ValueLayout.OfByte _ -> "jbyte";
      case ValueLayout.OfShort _ -> "jshort";
      case ValueLayout.OfInt _ -> "jint";
      case ValueLayout.OfLong _ -> "jlong";
      default ->
          throw new IllegalArgumentException(
              layout + ": structs are passed by address, expected an integer or an address");
    };
  }
}
