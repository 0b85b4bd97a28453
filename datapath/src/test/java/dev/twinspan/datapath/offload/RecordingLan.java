package dev.twinspan.datapath.offload;

import dev.twinspan.ffi.linux.Errno;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** A LAN that keeps what is written to it: each entry a virtio_net_hdr and its packet. */
public final class RecordingLan implements Lan {
  public final List<byte[]> written = new ArrayList<>();

  @Override
  public int read(MemorySegment buffer, long offset, int length) {
    return -Errno.EAGAIN;
  }

  @Override
  public int write(MemorySegment iovecs, int count) {
    int total = 0;
    for (int i = 0; i < count; i++) {
      total += (int) Iovecs.length(iovecs, i);
    }
    byte[] bytes = new byte[total];
    int at = 0;
    for (int i = 0; i < count; i++) {
      int n = (int) Iovecs.length(iovecs, i);
      MemorySegment part = MemorySegment.ofAddress(Iovecs.base(iovecs, i)).reinterpret(n);
      MemorySegment.copy(part, 0, MemorySegment.ofArray(bytes), at, n);
      at += n;
    }
    written.add(bytes);
    return total;
  }

  @Override
  public boolean tso() {
    return true;
  }

  @Override
  public boolean uso() {
    return true;
  }
}
