/*
 * The four system calls of the packet path, with the kernel's own convention: a byte count, or -errno.
 *
 * Java can capture errno by itself, but where its compiler does not inline that deep each call then
 * allocates a slice of the segment errno is captured in.
 */
#include "twinspan_esp.h"

#include <errno.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static int64_t outcome(ssize_t n) {
  return n >= 0 ? n : -errno;
}

int64_t ts_read(int fd, void *buffer, uint64_t length) {
  return outcome(read(fd, buffer, length));
}

int64_t ts_writev(int fd, const void *iovecs, int count) {
  return outcome(writev(fd, iovecs, count));
}

int64_t ts_sendmsg(int fd, const void *message, int flags) {
  return outcome(sendmsg(fd, message, flags));
}

int64_t ts_recvmsg(int fd, void *message, int flags) {
  return outcome(recvmsg(fd, message, flags));
}
