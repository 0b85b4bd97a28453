@NullMarked
package dev.twinspan.ffi.linux;

import org.jspecify.annotations.NullMarked;
