package dev.twinspan.agent.sightings;

import java.util.Map;
import java.util.Set;

/** The methods by which a program reaches things by name; by owner, in the JVM's notation. */
final class Watched {
  private static final Set<String> RESOURCES =
      Set.of(
          "getResource",
          "getResources",
          "getResourceAsStream",
          "resources",
          "getSystemResource",
          "getSystemResources",
          "getSystemResourceAsStream");

  private static final Map<String, Set<String>> METHODS =
      Map.ofEntries(
          Map.entry(
              "java/lang/Class",
              Set.of(
                  "forName",
                  "newInstance",
                  "getMethod",
                  "getDeclaredMethod",
                  "getConstructor",
                  "getDeclaredConstructor",
                  "getField",
                  "getDeclaredField",
                  "getMethods",
                  "getDeclaredMethods",
                  "getConstructors",
                  "getDeclaredConstructors",
                  "getFields",
                  "getDeclaredFields",
                  "getClasses",
                  "getDeclaredClasses",
                  "getRecordComponents",
                  "getPermittedSubclasses",
                  "getResource",
                  "getResourceAsStream")),
          Map.entry("java/lang/ClassLoader", union(RESOURCES, "loadClass")),
          Map.entry("java/lang/Module", RESOURCES),
          Map.entry("java/lang/reflect/Method", Set.of("invoke")),
          Map.entry("java/lang/reflect/Constructor", Set.of("newInstance")),
          Map.entry(
              "java/lang/reflect/Field",
              Set.of(
                  "get",
                  "getBoolean",
                  "getByte",
                  "getInt",
                  "getLong",
                  "set",
                  "setBoolean",
                  "setInt",
                  "setLong")),
          Map.entry("java/lang/reflect/Proxy", Set.of("newProxyInstance")),
          Map.entry(
              "java/lang/invoke/MethodHandles$Lookup",
              Set.of(
                  "findClass",
                  "findVirtual",
                  "findStatic",
                  "findSpecial",
                  "findConstructor",
                  "findGetter",
                  "findSetter",
                  "findStaticGetter",
                  "findStaticSetter",
                  "findVarHandle",
                  "findStaticVarHandle")),
          Map.entry("java/util/ServiceLoader", Set.of("load", "loadInstalled")),
          Map.entry("java/util/ResourceBundle", Set.of("getBundle")),
          Map.entry("java/lang/foreign/Linker", Set.of("downcallHandle", "upcallStub")));

  private Watched() {}

  static boolean is(String owner, String name) {
    return METHODS.getOrDefault(owner, Set.of()).contains(name);
  }

  /**
   * Seen before the call, for it may end in the callee's own exception; all others after it, when
   * there is a result, as a look-up that finds nothing wants no metadata.
   */
  static boolean isAccess(String owner, String name) {
    return switch (owner) {
      case "java/lang/reflect/Method", "java/lang/reflect/Constructor", "java/lang/reflect/Field" ->
          true;
      default -> name.equals("newInstance");
    };
  }

  private static Set<String> union(Set<String> names, String name) {
    var all = new java.util.HashSet<>(names);
    all.add(name);
    return Set.copyOf(all);
  }
}
