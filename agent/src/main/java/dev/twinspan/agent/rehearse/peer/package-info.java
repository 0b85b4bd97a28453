/** Who stands at the ends of the tunnels on the bench: our own agent, or stock strongSwan. */
@NullMarked
package dev.twinspan.agent.rehearse.peer;

import org.jspecify.annotations.NullMarked;
