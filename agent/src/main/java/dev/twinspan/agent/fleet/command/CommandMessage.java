package dev.twinspan.agent.fleet.command;

import org.jspecify.annotations.Nullable;

/**
 * What came under {@code cmd/}; all of it may be anything.
 *
 * @param verb last level of the topic
 * @param payload null: too long to be looked at
 * @param size of the payload, bytes
 * @param correlation MQTT's correlation data, the command's id; null: none
 * @param expirySeconds what was left of it on arrival; -1: it does not expire
 * @param responseTopic behind the box's own prefix, as {@code ack/ID}; another one as it came;
 *     null: none
 * @param arrivedNanos monotonic
 */
@SuppressWarnings("ArrayRecordComponent") // handed on once, and changed by nobody
public record CommandMessage(
    String verb,
    byte @Nullable [] payload,
    int size,
    boolean retained,
    byte @Nullable [] correlation,
    long expirySeconds,
    @Nullable String responseTopic,
    long arrivedNanos) {}
