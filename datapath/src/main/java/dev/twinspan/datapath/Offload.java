package dev.twinspan.datapath;

/**
 * One offload and whether it is in use.
 *
 * @param where {@code twinspan0}, {@code 198.51.100.7:4500}
 * @param name {@code checksum}, {@code TSO}, {@code USO}, {@code coalescing}, {@code UDP_SEGMENT},
 *     {@code UDP_GRO}: see {@link OffloadSwitches}
 * @param reason in words: who refused it, or "in use"
 */
public record Offload(String where, String name, boolean on, String reason) {}
