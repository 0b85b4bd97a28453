package dev.twinspan.datapath.worker;

import dev.twinspan.datapath.offload.Lan;
import dev.twinspan.ffi.linux.Tun;
import java.lang.foreign.MemorySegment;

/** A TUN queue. */
public final class TunLan implements Lan {
  private final Tun queue;
  private final boolean tso;
  private final boolean uso;

  /**
   * @param coalescing whether super-packets may be written
   */
  public TunLan(Tun.Device device, Tun queue, boolean coalescing) {
    this.queue = queue;
    tso = coalescing;
    uso = coalescing && device.udpWrites();
  }

  public int fd() {
    return queue.fd();
  }

  @Override
  public int read(MemorySegment buffer, long offset, int length) {
    return queue.read(buffer, offset, length);
  }

  @Override
  public int write(MemorySegment iovecs, int count) {
    return queue.write(iovecs, count);
  }

  @Override
  public boolean tso() {
    return tso;
  }

  @Override
  public boolean uso() {
    return uso;
  }
}
