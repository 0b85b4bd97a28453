/** Every native function the product calls, declared once. */
@NullMarked
package dev.twinspan.ffi.catalogue;

import org.jspecify.annotations.NullMarked;
