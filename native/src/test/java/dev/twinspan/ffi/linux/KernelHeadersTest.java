package dev.twinspan.ffi.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The numbers and offsets written in Java, against what the C compiler makes of the headers. */
class KernelHeadersTest {
  private static final List<String> HEADERS =
      List.of(
          "errno.h",
          "fcntl.h",
          "poll.h",
          "sched.h",
          "stddef.h",
          "stdio.h",
          "sys/auxv.h",
          "sys/ioctl.h",
          "sys/mman.h",
          "sys/socket.h",
          "sys/syscall.h",
          "sys/uio.h",
          "sys/un.h",
          "time.h",
          "linux/capability.h",
          "linux/ethtool.h",
          "linux/fib_rules.h",
          "linux/if.h",
          "linux/if_addr.h",
          "linux/if_link.h",
          "linux/if_tun.h",
          "linux/in.h",
          "linux/in6.h",
          "linux/netlink.h",
          "linux/rtnetlink.h",
          "linux/sockios.h",
          "linux/udp.h",
          "linux/virtio_net.h");

  @TempDir Path directory;

  static Stream<Arguments> shouldAgreeWithTheKernelHeaders() {
    return Stream.of(
        Arguments.of("this machine", List.of("cc"), List.of()),
        Arguments.of(
            "aarch64",
            List.of("aarch64-linux-gnu-gcc", "-static"),
            List.of("qemu-aarch64-static")));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource
  void shouldAgreeWithTheKernelHeaders(String machine, List<String> compiler, List<String> emulator)
      throws IOException, InterruptedException {
    Map<String, Long> expected = numbers();
    Map<String, Long> compiled = compile(compiler, emulator, List.copyOf(expected.keySet()));

    assertThat(compiled).containsExactlyInAnyOrderEntriesOf(expected);
  }

  private static Map<String, Long> numbers() {
    Map<String, Long> n = new LinkedHashMap<>();
    files(n);
    sockets(n);
    layouts(n);
    tun(n);
    ethtool(n);
    netlink(n);
    routes(n);
    return n;
  }

  private static void files(Map<String, Long> n) {
    n.put("O_RDWR", (long) FileCalls.O_RDWR);
    n.put("O_NONBLOCK", (long) FileCalls.O_NONBLOCK);
    n.put("O_CLOEXEC", (long) FileCalls.O_CLOEXEC);
    n.put("SOCK_CLOEXEC", (long) SocketCalls.SOCK_CLOEXEC);
    n.put("POLLIN", (long) FileCalls.POLLIN);
    n.put("CLONE_NEWNET", 0x40000000L);
    n.put("SYS_memfd_secret", 447L);
    n.put("PROT_READ | PROT_WRITE", 3L);
    n.put("MAP_SHARED", 1L);
    n.put("MAP_PRIVATE | MAP_ANONYMOUS", 0x22L);
    n.put("MADV_DONTDUMP", 16L);
    n.put("AT_PAGESZ", 6L);
    n.put("AT_HWCAP", 16L);
    n.put("CLOCK_MONOTONIC", (long) Clocks.CLOCK_MONOTONIC);
    n.put("CLOCK_BOOTTIME", (long) Clocks.CLOCK_BOOTTIME);
    n.put("CAP_NET_BIND_SERVICE", 10L);
    n.put("CAP_NET_ADMIN", 12L);
    n.put("CAP_NET_RAW", 13L);
    n.put("CAP_IPC_LOCK", 14L);
    n.put("CAP_SYS_ADMIN", 21L);
    n.put("EADDRNOTAVAIL", (long) Errno.EADDRNOTAVAIL);
    n.put("EHWPOISON", 133L);
  }

  private static void sockets(Map<String, Long> n) {
    n.put("AF_INET", (long) Sockaddr.AF_INET);
    n.put("AF_INET6", (long) Sockaddr.AF_INET6);
    n.put("AF_NETLINK", (long) Sockaddr.AF_NETLINK);
    n.put("SOCK_DGRAM", (long) SocketCalls.SOCK_DGRAM);
    n.put("SOCK_RAW", (long) SocketCalls.SOCK_RAW);
    n.put("MSG_TRUNC", (long) SocketCalls.MSG_TRUNC);
    n.put("MSG_DONTWAIT", (long) SocketCalls.MSG_DONTWAIT);
    n.put("SOL_SOCKET", (long) SocketOptions.SOL_SOCKET);
    n.put("SO_SNDBUF", (long) SocketOptions.SO_SNDBUF);
    n.put("SO_RCVBUF", (long) SocketOptions.SO_RCVBUF);
    n.put("SO_REUSEPORT", (long) SocketOptions.SO_REUSEPORT);
    n.put("SO_SNDBUFFORCE", (long) SocketOptions.SO_SNDBUFFORCE);
    n.put("SO_RCVBUFFORCE", (long) SocketOptions.SO_RCVBUFFORCE);
    n.put("SO_MARK", (long) SocketOptions.SO_MARK);
    n.put("IPPROTO_IP", (long) Ancillary.SOL_IP);
    n.put("IPPROTO_UDP", (long) Ancillary.SOL_UDP);
    n.put("IPPROTO_IPV6", (long) Ancillary.SOL_IPV6);
    n.put("IPPROTO_ESP", (long) RawSocket.ESP);
    n.put("IP_TOS", (long) Ancillary.IP_TOS);
    n.put("IP_PKTINFO", (long) Ancillary.IP_PKTINFO);
    n.put("IP_RECVTOS", (long) SocketOptions.IP_RECVTOS);
    n.put("IP_MTU_DISCOVER", (long) SocketOptions.IP_MTU_DISCOVER);
    n.put("IP_PMTUDISC_DO", (long) SocketOptions.IP_PMTUDISC_DO);
    n.put("IPV6_V6ONLY", (long) SocketOptions.IPV6_V6ONLY);
    n.put("IPV6_MTU_DISCOVER", (long) SocketOptions.IPV6_MTU_DISCOVER);
    n.put("IPV6_PMTUDISC_DO", (long) SocketOptions.IPV6_PMTUDISC_DO);
    n.put("IPV6_RECVPKTINFO", (long) SocketOptions.IPV6_RECVPKTINFO);
    n.put("IPV6_PKTINFO", (long) Ancillary.IPV6_PKTINFO);
    n.put("IPV6_RECVTCLASS", (long) SocketOptions.IPV6_RECVTCLASS);
    n.put("IPV6_TCLASS", (long) Ancillary.IPV6_TCLASS);
    n.put("UDP_SEGMENT", (long) Ancillary.UDP_SEGMENT);
    n.put("UDP_GRO", (long) Ancillary.UDP_GRO);
  }

  private static void layouts(Map<String, Long> n) {
    n.put("sizeof(struct iovec)", (long) Abi.IOVEC_SIZE);
    n.put("offsetof(struct iovec, iov_len)", 8L);
    n.put("sizeof(struct msghdr)", 56L);
    n.put("offsetof(struct msghdr, msg_namelen)", 8L);
    n.put("offsetof(struct msghdr, msg_iov)", 16L);
    n.put("offsetof(struct msghdr, msg_iovlen)", 24L);
    n.put("offsetof(struct msghdr, msg_control)", 32L);
    n.put("offsetof(struct msghdr, msg_controllen)", 40L);
    n.put("offsetof(struct msghdr, msg_flags)", 48L);
    n.put("sizeof(struct cmsghdr)", (long) Ancillary.HEADER);
    n.put("offsetof(struct cmsghdr, cmsg_level)", 8L);
    n.put("offsetof(struct cmsghdr, cmsg_type)", 12L);
    n.put("CMSG_SPACE(1)", 24L);
    n.put("sizeof(struct in_pktinfo)", (long) Ancillary.IN_PKTINFO_LENGTH);
    n.put("offsetof(struct in_pktinfo, ipi_spec_dst)", 4L);
    // struct in6_pktinfo of linux/ipv6.h clashes with the C library's; its size is checked by use.
    n.put("sizeof(struct sockaddr_in)", (long) Sockaddr.INET_LENGTH);
    n.put("offsetof(struct sockaddr_in, sin_port)", 2L);
    n.put("offsetof(struct sockaddr_in, sin_addr)", 4L);
    n.put("sizeof(struct sockaddr_in6)", (long) Sockaddr.INET6_LENGTH);
    n.put("offsetof(struct sockaddr_in6, sin6_addr)", 8L);
    n.put("offsetof(struct sockaddr_in6, sin6_scope_id)", 24L);
    n.put("offsetof(struct sockaddr_un, sun_path)", 2L);
    n.put("sizeof(((struct sockaddr_un *)0)->sun_path)", 108L);
    n.put("sizeof(struct timespec)", 16L);
    n.put("sizeof(struct pollfd)", 8L);
    n.put("offsetof(struct pollfd, events)", 4L);
  }

  private static void tun(Map<String, Long> n) {
    n.put("TUNSETIFF", TunSetup.TUNSETIFF);
    n.put("TUNSETPERSIST", TunSetup.TUNSETPERSIST);
    n.put("TUNSETOFFLOAD", TunSetup.TUNSETOFFLOAD);
    n.put("TUNSETVNETHDRSZ", TunSetup.TUNSETVNETHDRSZ);
    n.put("IFF_TUN", (long) TunSetup.IFF_TUN);
    n.put("IFF_NO_PI", (long) TunSetup.IFF_NO_PI);
    n.put("IFF_VNET_HDR", (long) TunSetup.IFF_VNET_HDR);
    n.put("IFF_MULTI_QUEUE", (long) TunSetup.IFF_MULTI_QUEUE);
    n.put("TUN_F_CSUM", (long) TunSetup.TUN_F_CSUM);
    n.put("TUN_F_TSO4", (long) TunSetup.TUN_F_TSO4);
    n.put("TUN_F_TSO6", (long) TunSetup.TUN_F_TSO6);
    n.put("sizeof(struct ifreq)", (long) TunSetup.IFREQ_SIZE);
    n.put("offsetof(struct ifreq, ifr_flags)", (long) TunSetup.IFREQ_FLAGS);
    n.put("IFNAMSIZ - 1", (long) Tun.NAME_LENGTH);
    n.put("sizeof(struct virtio_net_hdr)", (long) Tun.VNET_HEADER_LENGTH);
    n.put("IFF_UP", (long) Link.IFF_UP);
    n.put("IFF_LOOPBACK", (long) Link.IFF_LOOPBACK);
    n.put("IFF_LOWER_UP", (long) Link.IFF_LOWER_UP);
  }

  private static void ethtool(Map<String, Long> n) {
    n.put("SIOCETHTOOL", Ethtool.SIOCETHTOOL);
    n.put("ETHTOOL_GFLAGS", (long) Ethtool.ETHTOOL_GFLAGS);
    n.put("ETH_FLAG_LRO", (long) Ethtool.ETH_FLAG_LRO);
    n.put("sizeof(struct ethtool_value)", (long) Ethtool.VALUE_SIZE);
    n.put("offsetof(struct ethtool_value, data)", (long) Ethtool.VALUE_DATA);
    n.put("offsetof(struct ifreq, ifr_data)", (long) Ethtool.IFREQ_DATA);
  }

  private static void netlink(Map<String, Long> n) {
    n.put("SOL_NETLINK", 270L);
    n.put("NETLINK_CAP_ACK", 10L);
    n.put("NETLINK_EXT_ACK", 11L);
    n.put("NETLINK_GET_STRICT_CHK", 12L);
    n.put("sizeof(struct sockaddr_nl)", 12L);
    n.put("offsetof(struct sockaddr_nl, nl_groups)", 8L);
    n.put("sizeof(struct nlmsghdr)", (long) NetlinkMessage.HEADER);
    n.put("sizeof(struct nlattr)", (long) NetlinkAttributes.HEADER);
    n.put("NLMSG_ERROR", (long) NetlinkMessage.NLMSG_ERROR);
    n.put("NLMSG_DONE", (long) NetlinkMessage.NLMSG_DONE);
    n.put("NLM_F_REQUEST", (long) NetlinkMessage.NLM_F_REQUEST);
    n.put("NLM_F_ACK", (long) NetlinkMessage.NLM_F_ACK);
    n.put("NLM_F_DUMP", (long) NetlinkMessage.NLM_F_DUMP);
    n.put("NLM_F_DUMP_INTR", (long) NetlinkMessage.NLM_F_DUMP_INTR);
    n.put("NLM_F_REPLACE", (long) NetlinkMessage.NLM_F_REPLACE);
    n.put("NLM_F_EXCL", (long) NetlinkMessage.NLM_F_EXCL);
    n.put("NLM_F_CREATE", (long) NetlinkMessage.NLM_F_CREATE);
    n.put("NLM_F_CAPPED", (long) NetlinkMessage.NLM_F_CAPPED);
    n.put("NLM_F_ACK_TLVS", (long) NetlinkMessage.NLM_F_ACK_TLVS);
    n.put("NLMSGERR_ATTR_MSG", 1L);
    n.put("NLA_F_NESTED", 0x8000L);
    n.put("RTMGRP_LINK", 0x1L);
    n.put("RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR", 0x110L);
    n.put("RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE", 0x440L);
    n.put("RTMGRP_IPV4_RULE | 1 << (RTNLGRP_IPV6_RULE - 1)", 0x40080L);
  }

  private static void routes(Map<String, Long> n) {
    n.put("RTM_NEWLINK", (long) Rtnetlink.RTM_NEWLINK);
    n.put("RTM_GETLINK", (long) Rtnetlink.RTM_GETLINK);
    n.put("RTM_DELADDR", (long) Rtnetlink.RTM_DELADDR);
    n.put("RTM_GETROUTE", (long) Rtnetlink.RTM_GETROUTE);
    n.put("RTM_GETRULE", (long) Rtnetlink.RTM_GETRULE);
    n.put("IFLA_IFNAME", (long) Rtnetlink.IFLA_IFNAME);
    n.put("IFLA_MTU", (long) Rtnetlink.IFLA_MTU);
    n.put("IFLA_LINKINFO", (long) Rtnetlink.IFLA_LINKINFO);
    n.put("IFLA_INFO_KIND", (long) Rtnetlink.IFLA_INFO_KIND);
    n.put("IFLA_AF_SPEC", (long) Rtnetlink.IFLA_AF_SPEC);
    n.put("IFLA_INET6_ADDR_GEN_MODE", (long) Rtnetlink.IFLA_INET6_ADDR_GEN_MODE);
    n.put("IN6_ADDR_GEN_MODE_NONE", (long) Rtnetlink.IN6_ADDR_GEN_MODE_NONE);
    n.put("IFLA_GSO_MAX_SEGS", (long) Rtnetlink.IFLA_GSO_MAX_SEGS);
    n.put("IFLA_GSO_MAX_SIZE", (long) Rtnetlink.IFLA_GSO_MAX_SIZE);
    n.put("IFA_ADDRESS", (long) Rtnetlink.IFA_ADDRESS);
    n.put("IFA_LOCAL", (long) Rtnetlink.IFA_LOCAL);
    n.put("IFA_PROTO", (long) Rtnetlink.IFA_PROTO);
    n.put("IFA_F_NODAD", (long) Rtnetlink.IFA_F_NODAD);
    n.put("RTA_DST", (long) Rtnetlink.RTA_DST);
    n.put("RTA_OIF", (long) Rtnetlink.RTA_OIF);
    n.put("RTA_GATEWAY", (long) Rtnetlink.RTA_GATEWAY);
    n.put("RTA_PRIORITY", (long) Rtnetlink.RTA_PRIORITY);
    n.put("RTA_PREFSRC", (long) Rtnetlink.RTA_PREFSRC);
    n.put("RTA_METRICS", (long) Rtnetlink.RTA_METRICS);
    n.put("RTA_TABLE", (long) Rtnetlink.RTA_TABLE);
    n.put("RTA_MARK", (long) Rtnetlink.RTA_MARK);
    n.put("RTA_VIA", (long) Rtnetlink.RTA_VIA);
    n.put("RTAX_MTU", (long) Rtnetlink.RTAX_MTU);
    n.put("RTM_F_CLONED", (long) Rtnetlink.RTM_F_CLONED);
    n.put("RT_SCOPE_LINK", (long) Rtnetlink.RT_SCOPE_LINK);
    n.put("RT_SCOPE_NOWHERE", (long) Rtnetlink.RT_SCOPE_NOWHERE);
    n.put("RTN_BLACKHOLE", (long) RouteType.BLACKHOLE.number());
    n.put("RTN_UNREACHABLE", (long) RouteType.UNREACHABLE.number());
    n.put("RTN_THROW", (long) RouteType.THROW.number());
    n.put("RTPROT_KERNEL", (long) KernelRoute.PROTOCOL_KERNEL);
    n.put("RTPROT_STATIC", (long) KernelRoute.PROTOCOL_STATIC);
    n.put("RT_TABLE_MAIN", (long) KernelRoute.TABLE_MAIN);
    n.put("RT_TABLE_LOCAL", (long) KernelRoute.TABLE_LOCAL);
    n.put("sizeof(struct ifinfomsg)", 16L);
    n.put("sizeof(struct ifaddrmsg)", 8L);
    n.put("sizeof(struct rtmsg)", 12L);
    n.put("offsetof(struct rtmsg, rtm_type)", 7L);
    n.put("sizeof(struct fib_rule_hdr)", 12L);
    n.put("offsetof(struct fib_rule_hdr, action)", 7L);
    n.put("FRA_DST", (long) Rtnetlink.FRA_DST);
    n.put("FRA_SRC", (long) Rtnetlink.FRA_SRC);
    n.put("FRA_PRIORITY", (long) Rtnetlink.FRA_PRIORITY);
    n.put("FRA_FWMARK", (long) Rtnetlink.FRA_FWMARK);
    n.put("FRA_FWMASK", (long) Rtnetlink.FRA_FWMASK);
    n.put("FRA_TABLE", (long) Rtnetlink.FRA_TABLE);
    n.put("FRA_SUPPRESS_PREFIXLEN", (long) Rtnetlink.FRA_SUPPRESS_PREFIXLEN);
    n.put("FRA_PROTOCOL", (long) Rtnetlink.FRA_PROTOCOL);
    n.put("FR_ACT_TO_TBL", (long) Rtnetlink.FR_ACT_TO_TBL);
    n.put("FIB_RULE_INVERT", (long) Rtnetlink.FIB_RULE_INVERT);
  }

  /** What the expressions are in C. */
  private Map<String, Long> compile(
      List<String> compiler, List<String> emulator, List<String> expressions)
      throws IOException, InterruptedException {
    StringBuilder source = new StringBuilder("#define _GNU_SOURCE\n");
    HEADERS.forEach(header -> source.append("#include <").append(header).append(">\n"));
    source.append("int main(void) {\n");
    expressions.forEach(
        e -> source.append("printf(\"%lld\\n\", (long long)(").append(e).append("));\n"));
    Path file = directory.resolve("numbers.c");
    Files.writeString(file, source.append("}\n"));
    Path program = directory.resolve("numbers");
    String errors = run(compiler, "-w", "-o", program.toString(), file.toString());
    assertThat(program).as(errors).exists();
    List<Long> values = run(emulator, program.toString()).lines().map(Long::valueOf).toList();
    assertThat(values).hasSameSizeAs(expressions);
    return expressions.stream()
        .collect(Collectors.toMap(e -> e, e -> values.get(expressions.indexOf(e))));
  }

  private static String run(List<String> tool, String... arguments) throws InterruptedException {
    List<String> command = Stream.concat(tool.stream(), Stream.of(arguments)).toList();
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      process.waitFor();
      return output;
    } catch (IOException e) {
      return Assumptions.abort("no C compiler for it here to ask: " + e.getMessage());
    }
  }
}
