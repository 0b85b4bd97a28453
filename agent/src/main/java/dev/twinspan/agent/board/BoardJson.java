package dev.twinspan.agent.board;

import dev.twinspan.agent.json.Json;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A board for machines, its family's values included: what the image build reads. */
public final class BoardJson {
  private BoardJson() {}

  public static ArrayNode tree(List<Board> boards) {
    ArrayNode all = Json.array();
    boards.forEach(board -> all.add(tree(board)));
    return all;
  }

  public static ObjectNode tree(Board board) {
    ObjectNode tree =
        Json.object()
            .put("id", board.id())
            .put("name", board.name())
            .put("status", BoardReader.word(board.status()))
            .put("architecture", board.architecture());
    tree.set(
        "crypto",
        Json.object()
            .put("class", board.crypto().instructions())
            .put("back-end", board.crypto().backEnd()));
    ObjectNode boot = Json.object().put("back-end", board.boot().backEnd());
    boot.set("console", texts(board.boot().console()));
    boot.set("files", texts(board.boot().files()));
    boot.put("raw-at-kib", board.boot().rawAt());
    tree.set("boot", boot);
    tree.set("image", image(board.image()));
    ObjectNode network = Json.object().put("wan", board.network().wan());
    network.set("lan", texts(board.network().lan()));
    network.set("offloads-off", texts(board.network().offloadsOff()));
    tree.set("network", network);
    tree.set("agent", Json.object().put("cores", board.cores()).put("nice", board.nice()));
    tree.set(
        "watchdog",
        Json.object()
            .put("device", board.watchdog().device())
            .put("seconds", board.watchdog().seconds()));
    tree.set("leds", Json.object().put("status", board.statusLed()));
    tree.set("temperature", Json.object().put("zone", board.thermalZone()));
    ArrayNode figures = Json.array();
    board
        .figures()
        .forEach(
            f ->
                figures.add(
                    Json.object()
                        .put("what", f.what())
                        .put("value", f.value())
                        .put("unit", f.unit())
                        .put("machine", f.machine())
                        .put("commit", f.commit())));
    tree.set("figures", figures);
    return tree;
  }

  private static ObjectNode image(Board.Image image) {
    ObjectNode tree =
        Json.object().put("kernel", image.kernel()).put("kernel-suite", image.kernelSuite());
    tree.set("packages", texts(image.packages()));
    tree.set("device-trees", texts(image.deviceTrees()));
    tree.set("drivers", texts(image.drivers()));
    return tree.put("boot-mib", image.bootMib())
        .put("slot-mib", image.slotMib())
        .put("data-mib", image.dataMib());
  }

  private static ArrayNode texts(List<String> values) {
    ArrayNode array = Json.array();
    values.forEach(array::add);
    return array;
  }
}
