package dev.twinspan.agent.fleet.operator;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What one box is to do, and how far it is. For one thread. */
public final class Errand {
  /** In the order in which they may come; the ones from {@link #DONE} on are final. */
  public enum Stage {
    WAITING,
    SENT,
    ACCEPTED,
    RUNNING,
    DONE,
    FAILED,
    REJECTED,
    EXPIRED,
    /** The broker does not let us. */
    REFUSED,
    /** It did not say how it ended. */
    UNANSWERED;

    public boolean over() {
      return compareTo(DONE) >= 0;
    }

    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final String site;
  private final String device;
  private final String id;
  private Stage stage = Stage.WAITING;
  private long sentAt;
  private @Nullable Answer last;
  private String trouble = "";

  /**
   * @param id of the command; of a configuration its version
   */
  public Errand(String site, String device, String id) {
    this.site = site;
    this.device = device;
    this.id = id;
  }

  public String site() {
    return site;
  }

  public String device() {
    return device;
  }

  public String id() {
    return id;
  }

  public Stage stage() {
    return stage;
  }

  /** Null: it has said nothing. */
  public @Nullable Answer last() {
    return last;
  }

  /** Why it ended on our side; empty: it did not. */
  public String trouble() {
    return trouble;
  }

  /** Of a topic of this box. */
  public String topic(String kind) {
    return FleetModel.ROOT + site + "/" + device + "/" + kind;
  }

  void sent(long now) {
    stage = Stage.SENT;
    sentAt = now;
  }

  boolean overdue(long now, long limit) {
    return !stage.over() && stage != Stage.WAITING && now - sentAt >= limit;
  }

  /**
   * Topics promise no order: what lies behind is dropped, and so is all after the end.
   *
   * @return whether it was news
   */
  boolean take(Answer answer) {
    if (stage.over() || answer.stage().compareTo(stage) < 0) {
      return false;
    }
    stage = answer.stage();
    last = answer;
    return true;
  }

  void end(Stage how, String why) {
    stage = how;
    trouble = why;
  }
}
