package dev.twinspan.agent.config;

/** A value and the path it was found at. */
record Located<T>(String path, T value) {}
