/**
 * What a native image must be told: every class, member, resource, service and proxy that is
 * reached by name, seen while the tests run, against what the metadata on the class path lists.
 *
 * <pre>
 *   each JVM of the tests                                  at the end of verify
 *   ┌─────────────────────────────────────────────┐       ┌───────────────────────────┐
 *   │ SightingAgent: rewrites call sites of       │       │ SightingCheck             │
 *   │ shipped classes (Watched) ──► Sightings ────┼─ .txt ┼─► Metadata ──► omissions  │
 *   └─────────────────────────────────────────────┘       └───────────────────────────┘
 * </pre>
 *
 * <p>Not seen: what native code looks up (JNI; Netty ships its own list), what the JDK looks up for
 * itself (the image builder knows), method references to the watched methods, and atomic field
 * updaters (which the image builder finds by itself).
 */
@org.jspecify.annotations.NullMarked
package dev.twinspan.agent.sightings;
