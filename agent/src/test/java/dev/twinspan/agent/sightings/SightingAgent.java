package dev.twinspan.agent.sightings;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.ClassHierarchyResolverOption;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassHierarchyResolver.ClassHierarchyInfo;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Opcode;
import java.lang.classfile.TypeKind;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.nio.file.Path;
import java.security.ProtectionDomain;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * Rewrites the {@link Watched} call sites of shipped classes, so that each tells {@link Sightings}.
 * The call itself stays where it is: it goes by who calls.
 *
 * <p>{@code -javaagent:twinspan-agent-sightings.jar=DIRECTORY}
 */
public final class SightingAgent implements ClassFileTransformer {
  private static final ClassDesc SIGHTINGS = ClassDesc.of(Sightings.class.getName());
  private static final MethodTypeDesc SAW =
      MethodTypeDesc.of(
          ConstantDescs.CD_void,
          ConstantDescs.CD_String,
          ConstantDescs.CD_Object,
          ConstantDescs.CD_Object.arrayType(),
          ConstantDescs.CD_Object,
          ConstantDescs.CD_String);

  private SightingAgent() {}

  /** Called by the JVM before main. */
  public static void premain(String directory, Instrumentation instrumentation) throws IOException {
    Sightings.open(Path.of(directory));
    instrumentation.addTransformer(new SightingAgent());
  }

  @Override
  public byte @Nullable [] transform(
      @Nullable ClassLoader loader,
      String name,
      @Nullable Class<?> redefined,
      @Nullable ProtectionDomain domain,
      byte[] bytes) {
    if (loader == null || !Origin.isShipped(domain)) {
      return null;
    }
    String caller = name.replace('/', '.');
    try {
      ClassFile format = ClassFile.of(ClassHierarchyResolverOption.of(resolver(loader)));
      ClassModel model = format.parse(bytes);
      return isWatchful(model)
          ? format.transformClass(
              model,
              ClassTransform.transformingMethodBodies(
                  (code, element) -> {
                    if (element instanceof InvokeInstruction call && isWatched(call)) {
                      watch(code, call, caller);
                    } else {
                      code.with(element);
                    }
                  }))
          : null;
    } catch (RuntimeException e) {
      // The JVM would say nothing, and what this class reaches would stay unseen.
      Sightings.add(
          new Sighting(
              Sighting.Kind.UNSEEN, String.valueOf(e).replaceAll("\\s+", " "), true, caller));
      return null;
    }
  }

  private static boolean isWatchful(ClassModel model) {
    return StreamSupport.stream(model.constantPool().spliterator(), false)
        .anyMatch(
            entry ->
                entry instanceof MemberRefEntry member
                    && Watched.is(member.owner().asInternalName(), member.name().stringValue()));
  }

  private static boolean isWatched(InvokeInstruction call) {
    return Watched.is(call.owner().asInternalName(), call.name().stringValue());
  }

  /** Arguments into locals, from where both the call and {@link Sightings#saw} take them. */
  private static void watch(CodeBuilder code, InvokeInstruction call, String caller) {
    MethodTypeDesc type = call.typeSymbol();
    int[] slots = new int[type.parameterCount()];
    for (int i = slots.length - 1; i >= 0; i--) {
      TypeKind kind = TypeKind.from(type.parameterType(i));
      slots[i] = code.allocateLocal(kind);
      code.storeLocal(kind, slots[i]);
    }
    boolean isStatic = call.opcode() == Opcode.INVOKESTATIC;
    int receiver = isStatic ? -1 : code.allocateLocal(TypeKind.REFERENCE);
    if (!isStatic) {
      code.astore(receiver);
    }
    boolean before = Watched.isAccess(call.owner().asInternalName(), call.name().stringValue());
    if (before) {
      saw(code, call, receiver, slots, -1, caller);
    }
    if (!isStatic) {
      code.aload(receiver);
    }
    for (int i = 0; i < slots.length; i++) {
      code.loadLocal(TypeKind.from(type.parameterType(i)), slots[i]);
    }
    code.with(call);
    if (!before) {
      int result = code.allocateLocal(TypeKind.REFERENCE);
      code.astore(result);
      saw(code, call, receiver, slots, result, caller);
      code.aload(result);
    }
  }

  /**
   * @param receiver the local it is in, -1 for none; so too {@code result}
   */
  private static void saw(
      CodeBuilder code,
      InvokeInstruction call,
      int receiver,
      int[] slots,
      int result,
      String caller) {
    code.loadConstant(call.name().stringValue());
    reference(code, receiver);
    code.loadConstant(slots.length).anewarray(ConstantDescs.CD_Object);
    for (int i = 0; i < slots.length; i++) {
      if (TypeKind.from(call.typeSymbol().parameterType(i)) == TypeKind.REFERENCE) {
        code.dup().loadConstant(i).aload(slots[i]).aastore();
      }
    }
    reference(code, result);
    code.loadConstant(caller).invokestatic(SIGHTINGS, "saw", SAW);
  }

  private static void reference(CodeBuilder code, int slot) {
    if (slot < 0) {
      code.aconst_null();
    } else {
      code.aload(slot);
    }
  }

  /**
   * From class files, as nothing may be loaded from here; what is not there is taken for a class.
   */
  private static ClassHierarchyResolver resolver(ClassLoader loader) {
    return ClassHierarchyResolver.ofResourceParsing(loader)
        .orElse(ClassHierarchyResolver.defaultResolver())
        .orElse(_ -> ClassHierarchyInfo.ofClass(ConstantDescs.CD_Object));
  }
}
