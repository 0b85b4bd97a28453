package dev.twinspan.ffi.catalogue;

import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import org.jspecify.annotations.Nullable;

/**
 * Where the symbol of a {@link Downcall} lives. Symbols are looked up when a binding class asks for
 * its handles, never before, so a library that is absent costs nothing until it is wanted.
 */
public enum Library {
  /** The C library the process already runs on. */
  LIBC(Linker.nativeLinker().defaultLookup()),

  /**
   * The shim of {@code src/main/c}; its loader calls {@link #register} before the first binding.
   */
  ESP_SHIM(null);

  private volatile @Nullable SymbolLookup lookup;

  Library(@Nullable SymbolLookup lookup) {
    this.lookup = lookup;
  }

  /**
   * Tells where the symbols are. Once per process: handles are linked for good, so a second library
   * could never take over from the first.
   *
   * @throws IllegalStateException when the library is already there
   */
  public synchronized void register(SymbolLookup symbols) {
    if (lookup != null) {
      throw new IllegalStateException(this + " is already registered");
    }
    lookup = symbols;
  }

  /** Whether symbols can be looked up. */
  public boolean available() {
    return lookup != null;
  }

  /**
   * @throws UnsatisfiedLinkError naming the library and the symbol
   */
  MemorySegment symbol(String name) {
    SymbolLookup symbols = lookup;
    if (symbols == null) {
      throw new UnsatisfiedLinkError(this + " is not loaded, so it has no " + name);
    }
    return symbols
        .find(name)
        .orElseThrow(() -> new UnsatisfiedLinkError(this + " has no symbol " + name));
  }
}
