package dev.twinspan.agent.sightings;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodType;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Enumeration;
import java.util.List;
import java.util.ResourceBundle;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Called by the rewritten call sites, from any thread: writes each new sighting to this JVM's file
 * at once, so that one that is killed leaves what it saw.
 */
public final class Sightings {
  private static final Set<Sighting> SEEN = ConcurrentHashMap.newKeySet();
  private static volatile @Nullable FileOutputStream file;

  private Sightings() {}

  static void open(Path directory) throws IOException {
    Files.createDirectories(directory);
    Path path = Files.createTempFile(directory, ProcessHandle.current().pid() + "-", ".txt");
    // Not a channel: an interrupted thread would close it for all.
    file = new FileOutputStream(path.toFile());
  }

  /**
   * @param receiver null for a static method
   * @param args with null for primitives
   * @param result null when the call is still to come
   */
  public static void saw(
      String method,
      @Nullable Object receiver,
      @Nullable Object[] args,
      @Nullable Object result,
      String caller) {
    switch (method) {
      case "forName", "loadClass", "findClass" -> type(Sighting.Kind.TYPE, result, caller);
      case "getMethod",
          "getDeclaredMethod",
          "getConstructor",
          "getDeclaredConstructor",
          "getField",
          "getDeclaredField" ->
          member(Sighting.Kind.LOOKUP, result, caller);
      case "getMethods",
          "getDeclaredMethods",
          "getConstructors",
          "getDeclaredConstructors",
          "getFields",
          "getDeclaredFields",
          "getClasses",
          "getDeclaredClasses",
          "getRecordComponents",
          "getPermittedSubclasses" ->
          type(Sighting.Kind.QUERY, receiver, caller);
      case "newInstance" -> {
        if (receiver instanceof Class<?> type) {
          member(Sighting.Kind.METHOD, type, "<init>()", true, caller);
        } else {
          member(Sighting.Kind.METHOD, receiver, caller);
        }
      }
      case "getResource",
          "getResources",
          "getResourceAsStream",
          "resources",
          "getSystemResource",
          "getSystemResources",
          "getSystemResourceAsStream" ->
          resource(receiver, (String) args[0], result, caller);
      case "newProxyInstance" -> proxy(result, caller);
      case "load", "loadInstalled" -> type(Sighting.Kind.SERVICE, service(args), caller);
      case "getBundle" -> {
        if (result instanceof ResourceBundle bundle) {
          add(new Sighting(Sighting.Kind.BUNDLE, bundle.getBaseBundleName(), true, caller));
        }
      }
      case "downcallHandle" -> function(Sighting.Kind.DOWNCALL, args, caller);
      case "upcallStub" -> function(Sighting.Kind.UPCALL, args, caller);
      default -> {
        if (method.startsWith("find")) {
          handle(method, args, caller);
        } else {
          member(Sighting.Kind.METHOD, receiver, caller); // Method.invoke, Field.get…, Field.set…
        }
      }
    }
  }

  /** Also of what the agent could not rewrite. */
  static void add(Sighting sighting) {
    FileOutputStream out = file;
    if (out == null || !SEEN.add(sighting)) {
      return;
    }
    try {
      out.write((sighting.line() + "\n").getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void type(Sighting.Kind kind, @Nullable Object type, String caller) {
    if (type instanceof Class<?> seen && !seen.isPrimitive() && Origin.isShippedOrJdk(seen)) {
      add(new Sighting(kind, seen.getTypeName(), true, caller));
    }
  }

  /**
   * @param kind of a method; a field that was asked for counts as used, for its offset is next
   */
  private static void member(Sighting.Kind kind, @Nullable Object member, String caller) {
    switch (member) {
      case Method method ->
          member(kind, method, method.getName() + types(method.getParameterTypes()), caller);
      case Constructor<?> constructor ->
          member(kind, constructor, "<init>" + types(constructor.getParameterTypes()), caller);
      case Field field -> member(Sighting.Kind.FIELD, field, field.getName(), caller);
      case null, default -> {}
    }
  }

  private static void member(Sighting.Kind kind, Member member, String name, String caller) {
    boolean open = Modifier.isPublic(member.getModifiers());
    member(kind, member.getDeclaringClass(), name, open, caller);
  }

  private static void member(
      Sighting.Kind kind, Class<?> type, String name, boolean open, String caller) {
    if (Origin.isShippedOrJdk(type)) {
      add(new Sighting(kind, type.getTypeName() + "#" + name, open, caller));
    }
  }

  private static String types(Class<?>... types) {
    return Arrays.stream(types).map(Class::getTypeName).collect(Collectors.joining(",", "(", ")"));
  }

  /**
   * {@code find…(Class, String, MethodType | Class, …)}, {@code findConstructor(Class,
   * MethodType)}.
   */
  private static void handle(String method, @Nullable Object[] args, String caller) {
    Class<?> type = (Class<?>) args[0];
    if (type == null) {
      return;
    }
    String name = args[1] instanceof String given ? given : "<init>";
    String types =
        Stream.of(args)
            .filter(MethodType.class::isInstance)
            .map(arg -> types(((MethodType) arg).parameterArray()))
            .findFirst()
            .orElse("");
    // The handle does not tell who declares it: taken for not public, which every entry must bear.
    Sighting.Kind kind = types.isEmpty() ? Sighting.Kind.FIELD : Sighting.Kind.METHOD;
    member(kind, type, name + types, false, caller);
  }

  private static void resource(
      @Nullable Object receiver, String name, @Nullable Object result, String caller) {
    if (result == null || result instanceof Enumeration<?> some && !some.hasMoreElements()) {
      return;
    }
    String path = name;
    if (receiver instanceof Class<?> type) {
      if (!Origin.isShippedOrJdk(type)) {
        return;
      }
      path = name.startsWith("/") ? name : type.getPackageName().replace('.', '/') + "/" + name;
    }
    add(
        new Sighting(
            Sighting.Kind.RESOURCE, path.startsWith("/") ? path.substring(1) : path, true, caller));
  }

  private static void proxy(@Nullable Object proxy, String caller) {
    if (proxy == null) {
      return;
    }
    List<Class<?>> interfaces = List.of(proxy.getClass().getInterfaces());
    if (interfaces.stream().allMatch(Origin::isShippedOrJdk)) {
      String names = interfaces.stream().map(Class::getTypeName).collect(Collectors.joining(","));
      add(new Sighting(Sighting.Kind.PROXY, names, true, caller));
    }
  }

  /** A module layer may come first. */
  private static @Nullable Object service(@Nullable Object[] args) {
    return Stream.of(args).filter(Class.class::isInstance).findFirst().orElse(null);
  }

  private static void function(Sighting.Kind kind, @Nullable Object[] args, String caller) {
    String type =
        Stream.of(args)
            .filter(java.lang.foreign.FunctionDescriptor.class::isInstance)
            .map(Object::toString)
            .findFirst()
            .orElse("?");
    add(new Sighting(kind, type, true, caller));
  }
}
