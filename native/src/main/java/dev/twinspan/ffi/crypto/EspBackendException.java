package dev.twinspan.ffi.crypto;

/** A back-end that cannot be had, or a key it refused; the message says which, and the way out. */
public final class EspBackendException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  EspBackendException(String message) {
    super(message);
  }

  EspBackendException(String message, Throwable cause) {
    super(message, cause);
  }
}
