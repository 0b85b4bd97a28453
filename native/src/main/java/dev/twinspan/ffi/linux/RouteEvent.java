package dev.twinspan.ffi.linux;

/** A change of the kernel's tables, whoever made it: also our own come back. */
public sealed interface RouteEvent {
  /** New, or anything about it changed. */
  record LinkChanged(Link link) implements RouteEvent {}

  record LinkRemoved(Link link) implements RouteEvent {}

  record AddressAdded(InterfaceAddress address) implements RouteEvent {}

  record AddressRemoved(InterfaceAddress address) implements RouteEvent {}

  /** New, or replaced what had the same destination, table and metric. */
  record RouteAdded(KernelRoute route) implements RouteEvent {}

  record RouteRemoved(KernelRoute route) implements RouteEvent {}

  record RuleAdded(KernelRule rule) implements RouteEvent {}

  record RuleRemoved(KernelRule rule) implements RouteEvent {}

  /** Events were lost (ENOBUFS): list everything anew. */
  record Overrun() implements RouteEvent {}
}
