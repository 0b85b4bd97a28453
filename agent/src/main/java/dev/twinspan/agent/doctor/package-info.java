/**
 * From what an agent says of itself, and what can be tried from this box, to causes with their
 * evidence and the settings to change: {@code twinspan doctor}. Rules are pure functions of {@link
 * dev.twinspan.agent.doctor.Evidence}; only {@link dev.twinspan.agent.doctor.Reaching} and {@link
 * dev.twinspan.agent.doctor.Host} ask the world.
 */
@NullMarked
package dev.twinspan.agent.doctor;

import org.jspecify.annotations.NullMarked;
