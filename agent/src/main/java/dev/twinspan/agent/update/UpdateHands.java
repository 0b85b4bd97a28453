package dev.twinspan.agent.update;

import dev.twinspan.agent.config.FleetConfig;
import dev.twinspan.agent.config.FleetTls;
import dev.twinspan.agent.fleet.command.Reboot;
import dev.twinspan.agent.status.AgentControl;
import dev.twinspan.agent.update.UpdateCore.Act;
import dev.twinspan.agent.update.UpdateCore.News;
import dev.twinspan.agent.wire.ForeignText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does what the core wants, one act after the other, on the virtual thread "update-hands", and
 * tells what came of it.
 */
final class UpdateHands implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(UpdateHands.class);
  private static final Duration STALL = Duration.ofSeconds(30);
  private static final Duration FIRST_WAIT = Duration.ofSeconds(1);
  private static final Duration BUSY = Duration.ofSeconds(5);
  private static final int MOST_BUSY = 120;
  private static final String BUNDLE = "update.raucb";

  private final AgentControl agent;
  private final Surroundings box;
  private final Path bundle;
  private final Consumer<News> news;
  private final IntConsumer percent;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(Thread.ofVirtual().name("update-hands").factory());

  /**
   * @param directory where the bundle is kept
   * @param news told what came of an act; may block
   * @param percent told how far it is; does not block
   */
  UpdateHands(
      AgentControl agent,
      Surroundings box,
      Path directory,
      Consumer<News> news,
      IntConsumer percent) {
    this.agent = agent;
    this.box = box;
    this.bundle = directory.resolve(BUNDLE);
    this.news = news;
    this.percent = percent;
  }

  private interface Work {
    @Nullable News run() throws UpdateRefusal, InterruptedException;
  }

  /** Returns at once. One to be kept is not for these hands. */
  void begin(Act act) {
    switch (act) {
      case Act.Keep _ -> throw new IllegalArgumentException("kept by who asks for the rest");
      case Act.Fetch(UpdateOrder order) -> begin(act, () -> fetch(order));
      case Act.Verify(UpdateOrder order) -> begin(act, () -> verify(order));
      case Act.Install _ -> begin(act, this::install);
      case Act.MarkGood _ ->
          begin(
              act,
              () -> {
                box.rauc().mark("mark-good", "booted");
                return new News.MarkedGood();
              });
      case Act.MarkBad(boolean other) ->
          begin(
              act,
              () -> {
                box.rauc().mark("mark-bad", other ? "other" : "booted");
                return other ? new News.MarkedBad() : null;
              });
      case Act.Reboot _ ->
          begin(
              act,
              () -> {
                String fault = Reboot.run(box.reboot());
                return fault.isEmpty() ? null : new News.Failed("no_reboot", fault);
              });
    }
  }

  private void begin(Act act, Work work) {
    var _ =
        thread.submit(
            () -> {
              News told;
              try {
                told = work.run();
              } catch (UpdateRefusal e) {
                told = new News.Failed(e.reason(), e.sentence());
              } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                return;
              } catch (RuntimeException e) {
                // Untold, the job would stand where it is for ever.
                String name = act.getClass().getSimpleName();
                LOG.error("{} ended by a fault of this program", name, e);
                told = new News.Failed("internal_fault", name + ": " + ForeignText.why(e));
              }
              if (told != null) {
                news.accept(told);
              }
            });
  }

  /** Whoever is done with it calls this; any thread. */
  void dropBundle() throws IOException {
    Files.deleteIfExists(bundle);
  }

  private News fetch(UpdateOrder order) throws UpdateRefusal, InterruptedException {
    FleetConfig fleet = agent.config().fleet();
    if (fleet == null) {
      throw new UpdateRefusal(
          "url",
          "there is no fleet in the configuration, whose CAs would vouch for a server: set"
              + " fleet.certificate, or fetch the bundle by other means and install the file");
    }
    try {
      SSLContext tls = FleetTls.context(fleet);
      if (!order.announced()) {
        return new News.Announced(new Enquiry(tls, STALL).complete(order));
      }
      new Download(order, bundle, tls, STALL, FIRST_WAIT, percent).run();
      return new News.Fetched();
    } catch (IOException e) {
      throw new UpdateRefusal("url", String.valueOf(e.getMessage()));
    }
  }

  private News verify(UpdateOrder order) throws UpdateRefusal, InterruptedException {
    Candidate candidate =
        Candidate.of(box.rauc(), bundle, ImageVersion.of(box.osRelease()), order.force());
    return new News.Verified(candidate.bundle().version(), candidate.slots());
  }

  /** An agent that ended in the middle has left RAUC at work on it: its end is waited for. */
  private News install() throws UpdateRefusal, InterruptedException {
    for (int attempt = 1; ; attempt++) {
      try {
        box.rauc().install(bundle, percent);
        return new News.Installed();
      } catch (UpdateRefusal e) {
        if (!e.reason().equals(Words.BUSY) || attempt == MOST_BUSY) {
          throw e;
        }
      }
      Thread.sleep(BUSY);
    }
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
