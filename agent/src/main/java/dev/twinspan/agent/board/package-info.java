/**
 * Boards as data: {@code boards/<id>.toml}, on top of what its family has in common, becomes one
 * {@link dev.twinspan.agent.board.Board}, which the image build, the agent's defaults and README's
 * table are made from.
 */
@NullMarked
package dev.twinspan.agent.board;

import org.jspecify.annotations.NullMarked;
