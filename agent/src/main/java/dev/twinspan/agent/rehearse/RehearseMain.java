package dev.twinspan.agent.rehearse;

import dev.twinspan.agent.rehearse.traffic.TrafficHost;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

public final class RehearseMain {
  public static void main(String[] args) throws Exception {
    new TrafficHost()
        .run(
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)),
            System.out);
  }
}
