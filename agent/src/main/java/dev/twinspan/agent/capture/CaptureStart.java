package dev.twinspan.agent.capture;

import dev.twinspan.agent.status.ControlResult;

/** The answer to a {@link CaptureRequest}. */
public sealed interface CaptureStart {
  record Running(Capture capture) implements CaptureStart {}

  record Refused(ControlResult why) implements CaptureStart {}
}
