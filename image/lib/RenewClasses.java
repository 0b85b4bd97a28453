import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.ClassHierarchyResolverOption;
import java.lang.classfile.ClassFile.StackMapsOption;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;

/**
 * Rewrites the classes of a jar whose format is that of Java 5 or older (picocli's are) in that of
 * Java 8, with the stack maps it asks for: the JVM keeps no older ones in an AOT cache, and verifies
 * them at each start. Takes a tenth of a second of CPU off every command.
 *
 * <p>{@code java RenewClasses.java JAR}, which is replaced when there was anything to rewrite.
 */
public final class RenewClasses {
  /** The first whose verification needs stack maps, and the first that a cache takes. */
  private static final int FIRST_WITH_STACK_MAPS = ClassFile.JAVA_6_VERSION;

  private RenewClasses() {}

  public static void main(String[] args) throws IOException {
    Path path = Path.of(args[0]);
    ByteArrayOutputStream renewed = new ByteArrayOutputStream();
    int count = 0;
    try (JarFile jar = new JarFile(path.toFile());
        JarOutputStream out = new JarOutputStream(renewed)) {
      for (JarEntry entry : Collections.list(jar.entries())) {
        byte[] content;
        try (InputStream in = jar.getInputStream(entry)) {
          content = in.readAllBytes();
        }
        if (entry.getName().endsWith(".class") && version(content) < FIRST_WITH_STACK_MAPS) {
          content = renew(content, jar);
          count++;
        }
        // What was signed is no longer what it was.
        if (entry.getCodeSigners() != null && count > 0) {
          throw new IOException(path + " is signed: its classes cannot be rewritten");
        }
        JarEntry copy = new JarEntry(entry.getName());
        copy.setLastModifiedTime(entry.getLastModifiedTime());
        out.putNextEntry(copy);
        out.write(content);
        out.closeEntry();
      }
    }
    if (count > 0) {
      Files.write(path, renewed.toByteArray());
    }
  }

  /** Bytes 6 and 7 of a class file. */
  private static int version(byte[] classFile) {
    return (classFile[6] & 0xff) << 8 | classFile[7] & 0xff;
  }

  private static byte[] renew(byte[] classFile, JarFile jar) {
    ClassFile format =
        ClassFile.of(
            StackMapsOption.GENERATE_STACK_MAPS, ClassHierarchyResolverOption.of(resolver(jar)));
    ClassModel old = format.parse(classFile);
    // Through the code as well: else its bytes are copied as they are, without stack maps.
    ClassTransform rewritten =
        ClassTransform.transformingMethodBodies(CodeTransform.ACCEPT_ALL)
            .andThen(
                (builder, element) -> {
                  if (element instanceof ClassFileVersion) {
                    builder.withVersion(ClassFile.JAVA_8_VERSION, 0);
                  } else {
                    builder.with(element);
                  }
                });
    return format.transformClass(old, rewritten);
  }

  /** The JDK's classes, and the jar's own. */
  private static ClassHierarchyResolver resolver(JarFile jar) {
    return ClassHierarchyResolver.defaultResolver()
        .orElse(
            ClassHierarchyResolver.ofResourceParsing(
                type -> {
                  String name = type.descriptorString();
                  JarEntry entry = jar.getJarEntry(name.substring(1, name.length() - 1) + ".class");
                  try {
                    return entry == null ? null : jar.getInputStream(entry);
                  } catch (IOException e) {
                    throw new UncheckedIOException(e);
                  }
                }));
  }
}
