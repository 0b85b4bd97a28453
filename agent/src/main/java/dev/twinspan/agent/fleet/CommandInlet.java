package dev.twinspan.agent.fleet;

import dev.twinspan.agent.fleet.command.Ack;
import dev.twinspan.agent.fleet.command.CommandMessage;
import dev.twinspan.agent.fleet.command.Commands;
import dev.twinspan.agent.json.Json;
import dev.twinspan.agent.status.AgentStatus;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** {@code cmd/VERB} in, {@code ack/ID} out. */
record CommandInlet(Commands commands, long session) implements Inlet {
  private static final String COMMAND = "cmd/";
  private static final String ACK = "ack/";

  @Override
  public Optional<String> filter() {
    return Optional.of(COMMAND + "+");
  }

  @Override
  public boolean take(String path, Inbound message, AgentStatus status) {
    if (!path.startsWith(COMMAND)) {
      return false;
    }
    String prefix = FleetTopic.prefix(status);
    String response = message.responseTopic();
    commands.take(
        new CommandMessage(
            path.substring(COMMAND.length()),
            message.payload(),
            message.size(),
            message.retained(),
            message.correlation(),
            message.expirySeconds(),
            response != null && response.startsWith(prefix)
                ? response.substring(prefix.length())
                : response,
            message.arrivedNanos()),
        status);
    return true;
  }

  @Override
  public void look(long now, AgentStatus status) {
    commands.look(now, status);
  }

  @Override
  public void linked(long now, AgentStatus status) {
    commands.linked(now);
  }

  @Override
  public List<FleetAction> drain(AgentStatus status) {
    return commands.drain().stream().map(ack -> answer(ack, status)).toList();
  }

  private FleetAction answer(Ack ack, AgentStatus status) {
    return new FleetAction.Answer(
        FleetTopic.prefix(status) + ACK + ack.id(),
        Json.compact(ack.tree(session, Instant.now())).getBytes(StandardCharsets.UTF_8),
        ack.id().getBytes(StandardCharsets.UTF_8));
  }
}
