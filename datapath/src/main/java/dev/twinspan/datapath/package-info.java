@NullMarked
package dev.twinspan.datapath;

import org.jspecify.annotations.NullMarked;
