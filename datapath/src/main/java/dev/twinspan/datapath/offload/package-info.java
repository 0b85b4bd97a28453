@NullMarked
package dev.twinspan.datapath.offload;

import org.jspecify.annotations.NullMarked;
