@NullMarked
package dev.twinspan.ffi.crypto;

import org.jspecify.annotations.NullMarked;
