@NullMarked
package dev.twinspan.datapath.packet;

import org.jspecify.annotations.NullMarked;
