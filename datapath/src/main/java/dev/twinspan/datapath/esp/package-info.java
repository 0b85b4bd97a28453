@NullMarked
package dev.twinspan.datapath.esp;

import org.jspecify.annotations.NullMarked;
