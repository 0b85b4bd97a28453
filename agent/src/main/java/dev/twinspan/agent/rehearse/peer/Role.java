package dev.twinspan.agent.rehearse.peer;

/** Who opens the tunnel, seen from the box that has the role; Azure's connection modes. */
public enum Role {
  DEFAULT("Default"),
  INITIATOR_ONLY("InitiatorOnly"),
  RESPONDER_ONLY("ResponderOnly");

  private final String azureName;

  Role(String azureName) {
    this.azureName = azureName;
  }

  /** As the configuration writes it. */
  public String azureName() {
    return azureName;
  }

  public boolean initiates() {
    return this != RESPONDER_ONLY;
  }
}
