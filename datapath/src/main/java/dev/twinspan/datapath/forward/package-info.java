@NullMarked
package dev.twinspan.datapath.forward;

import org.jspecify.annotations.NullMarked;
