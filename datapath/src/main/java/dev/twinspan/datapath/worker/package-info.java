@NullMarked
package dev.twinspan.datapath.worker;

import org.jspecify.annotations.NullMarked;
