package dev.twinspan.agent.board;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class BoardReaderTest {
  private static final Path ROOT = Path.of("..");

  @TempDir private Path folder;

  @BeforeEach
  void copy() throws IOException {
    Files.createDirectory(folder.resolve("family"));
    for (String file : List.of("raspberry-pi-4.toml", "family/arm64.toml", "family/pc.toml")) {
      Files.copy(ROOT.resolve("boards").resolve(file), folder.resolve(file));
    }
    Path board = folder.resolve("raspberry-pi-4.toml");
    // However far it has come.
    Files.writeString(
        board, Files.readString(board).replaceFirst("status = \"\\w+\"", "status = \"planned\""));
  }

  private void change(String file, String from, String to) throws IOException {
    Path path = folder.resolve(file);
    String text = Files.readString(path);
    assertThat(text).contains(from);
    Files.writeString(path, text.replace(from, to), StandardCharsets.UTF_8);
  }

  private Board read() throws IOException, BoardException {
    return new BoardReader(folder).read("raspberry-pi-4");
  }

  @Test
  void shouldLayABoardOverItsFamily() throws Exception {
    Board board = read();

    assertThat(board.architecture()).isEqualTo("aarch64");
    assertThat(board.crypto()).isEqualTo(new Board.Crypto("none", "libcrypto"));
    assertThat(board.image().kernel()).isEqualTo("linux-image-arm64");
    assertThat(board.image().packages()).contains("u-boot-rpi");
    assertThat(board.boot().files()).contains("usr/lib/u-boot/rpi_4/u-boot.bin");
    assertThat(board.boot().rawAt()).isZero();
    assertThat(board.cores()).isEqualTo(4);
  }

  /** What the image build and the agent take for granted of each file in the repository. */
  @Test
  void shouldReadAllThatThereAre() throws Exception {
    assertThat(new BoardReader(ROOT.resolve("boards")).all())
        .extracting(Board::id)
        .containsExactly(
            "qemu-aarch64",
            "qemu-x86-64",
            "raspberry-pi-4",
            "raspberry-pi-5",
            "rk3568",
            "x86-64-uefi");
  }

  @Test
  void shouldMakeTheTableInTheReadme() throws Exception {
    String readme = Files.readString(ROOT.resolve("README.md"));
    String from = readme.substring(Math.max(0, readme.indexOf("| board | what it is")));

    assertThat(from.substring(0, from.indexOf("\n\n") + 1))
        .as("README.md's table, made by: twinspan boards")
        .isEqualTo(BoardTable.markdown(new BoardReader(ROOT.resolve("boards")).all()));
  }

  static Stream<Arguments> faults() {
    String board = "raspberry-pi-4.toml";
    String family = "family/arm64.toml";
    return Stream.of(
        arguments(board, "cores = 4", "coers = 4", "agent.coers: unknown key, did you mean cores?"),
        arguments(board, "cores = 4", "cores = 65", "agent.cores: 65, expected"),
        arguments(board, "cores = 4", "cores =", "no TOML"),
        arguments(board, "planned", "works", "status: \"works\", expected one of tested"),
        arguments(board, "\"arm64\"", "\"arm\"", "family: 'arm', expected a file"),
        arguments(board, "\"arm64\"", "\"../arm64\"", "family: '../arm64', expected a file"),
        arguments(board, "u-boot-rpi\"", "u-boot; rm\"", "expected a Debian package's name"),
        arguments(board, "usr/lib/u-boot", "etc/../u-boot", "expected usr/lib/…, of a package"),
        arguments(family, "architecture", "family = \"pc\"\narchitecture", "a family has none"),
        arguments(family, "boot-mib = 128", "", "boot-mib is missing, add it: Size of the boot"));
  }

  @ParameterizedTest
  @MethodSource("faults")
  void shouldRefuseWhatItDoesNotKnow(String file, String from, String to, String sentence)
      throws Exception {
    change(file, from, to);

    assertThatThrownBy(this::read)
        .isInstanceOf(BoardException.class)
        .hasMessageContaining(sentence);
  }

  @Test
  void shouldTellWhichBoardsThereAre() {
    assertThatThrownBy(() -> new BoardReader(folder).read("raspberry-pi-3"))
        .hasMessageEndingWith("no board raspberry-pi-3; there are raspberry-pi-4");
  }

  /** Honest figures only. */
  @Test
  void shouldRefuseFiguresOfABoardThatNobodyTested() throws Exception {
    Files.writeString(
        folder.resolve("raspberry-pi-4.toml"),
        Files.readString(folder.resolve("raspberry-pi-4.toml"))
            + """

            [[figures]]
            what = "encapsulate"
            value = 1.5
            unit = "Gbit/s"
            machine = "one of them"
            commit = "0123abc"
            """);

    assertThatThrownBy(this::read).hasMessageContaining("status: planned, but there are figures");
    change("raspberry-pi-4.toml", "\"planned\"", "\"tested\"");
    assertThat(read().figures().getFirst().value()).isEqualTo(1.5);
  }
}
