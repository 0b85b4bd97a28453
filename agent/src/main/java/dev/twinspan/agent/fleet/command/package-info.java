/**
 * Commands from afar: {@link dev.twinspan.agent.fleet.command.Judge} looks at what came, {@link
 * dev.twinspan.agent.fleet.command.CommandCore} decides and answers (no I/O), {@link
 * dev.twinspan.agent.fleet.command.CommandJournal} remembers ids over the agent's end, {@link
 * dev.twinspan.agent.fleet.command.CommandHands} does what takes a while.
 */
@NullMarked
package dev.twinspan.agent.fleet.command;

import org.jspecify.annotations.NullMarked;
