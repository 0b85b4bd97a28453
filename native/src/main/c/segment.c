/*
 * TSO and USO: one super-packet from the kernel becomes packets of gso_size L4 payload bytes, as
 * net/ipv4/tcp_offload.c and udp_offload.c would cut it. Nothing in the packet or the entry is
 * believed before it was held against in_length.
 */
#include "internal.h"

enum {
    IP_LENGTH = 2,
    IP_ID = 4,
    IP_CHECKSUM = 10,
    TCP = 6,
    UDP = 17,
    TCP_SEQUENCE = 4,
    TCP_DATA_OFFSET = 12,
    TCP_FLAGS = 13,
    TCP_CHECKSUM = 16,
    UDP_LENGTH = 4,
    UDP_CHECKSUM = 6,
    FIN = 0x01,
    PSH = 0x08,
    CWR = 0x80,
};

/* Checks the IP header against the offset of the L4 header. */
static int l3_fits(const uint8_t *ip, uint32_t l4, uint8_t protocol) {
    if (ip[0] >> 4 == 4) return l4 == (ip[0] & 15) * 4u && l4 >= 20 && ip[9] == protocol;
    return l4 >= 40 && (l4 > 40 || ip[6] == protocol); /* beyond 40: extension headers */
}

/* Less a word, in one's complement: plus its complement. */
static uint64_t without16(const uint8_t *field) { return (uint16_t)~load16(field); }

static uint64_t without32(const uint8_t *field) { return (uint32_t)~load32(field); }

/* Each header is summed once; of what differs between segments the sums are free. */
static void sum_headers(const struct ts_encap *e, struct ts_plan *plan) {
    int tcp = (e->flags & TS_SEGMENT_TCP) != 0;
    const uint8_t *ip = plan->in, *l4 = ip + plan->l4;
    const uint8_t *checksum = l4 + (tcp ? TCP_CHECKSUM : UDP_CHECKSUM);
    plan->l3_sum = 0;
    if (ip[0] >> 4 == 4) {
        plan->l3_sum = ts_sum(ip, plan->l4, 0) + without16(ip + IP_LENGTH) + without16(ip + IP_ID) + without16(ip + IP_CHECKSUM);
    }
    uint64_t pseudo;
    if (e->flags & TS_NEEDS_CHECKSUM) {
        /* The kernel's pseudo-header sum holds for headers we do not walk (IPv6 routing). */
        pseudo = (uint64_t)load16(checksum) + (uint16_t)~__builtin_bswap16((uint16_t)(e->in_length - plan->l4));
    } else {
        pseudo = ts_pseudo_sum(ip, tcp ? TCP : UDP, 0);
    }
    plan->l4_sum = pseudo + ts_sum(l4, plan->header_length - plan->l4, 0) + without16(checksum);
    if (tcp) {
        plan->l4_sum += without32(l4 + TCP_SEQUENCE) + without16(l4 + TCP_DATA_OFFSET);
    } else {
        plan->l4_sum += without16(l4 + UDP_LENGTH);
    }
}

static int plan_segments(const struct ts_encap *e, struct ts_plan *plan) {
    int tcp = (e->flags & TS_SEGMENT_TCP) != 0;
    int udp = (e->flags & TS_SEGMENT_UDP) != 0;
    uint32_t l4 = e->checksum_start;
    uint32_t shortest = tcp ? 20 : 8;
    if (tcp == udp || !l3_fits(plan->in, l4, tcp ? TCP : UDP)) return TS_ERROR_MALFORMED;
    if (e->in_length < l4 + shortest) return TS_ERROR_MALFORMED;

    uint32_t l4_header = tcp ? (plan->in[l4 + TCP_DATA_OFFSET] >> 4) * 4u : 8;
    uint32_t header = l4 + l4_header;
    if (l4_header < shortest || e->in_length < header) return TS_ERROR_MALFORMED;
    if (e->header_length != 0 && e->header_length != header) return TS_ERROR_MALFORMED;

    uint32_t payload = e->in_length - header;
    plan->l4 = l4;
    plan->header_length = header;
    plan->count = payload == 0 ? 1 : (payload + e->gso_size - 1) / e->gso_size;
    plan->last_inner_length = header + payload - (plan->count - 1) * e->gso_size;
    plan->inner_length = plan->count == 1 ? plan->last_inner_length : header + e->gso_size;

    sum_headers(e, plan);
    return 0;
}

static int plan_whole(const struct ts_encap *e, struct ts_plan *plan) {
    plan->count = 1;
    plan->header_length = 0;
    plan->inner_length = plan->last_inner_length = e->in_length;
    if (e->flags & TS_NEEDS_CHECKSUM) {
        uint32_t field = (uint32_t)e->checksum_start + e->checksum_offset;
        if (e->checksum_start < 20 || field + 2 > e->in_length) return TS_ERROR_MALFORMED;
    }
    return 0;
}

int ts_plan(const struct ts_encap *e, struct ts_plan *plan) {
    plan->in = (const uint8_t *)(uintptr_t)e->in;
    if (e->in_length > MAX_IP_LENGTH) return TS_ERROR_MALFORMED;
    if (e->flags & TS_DUMMY) {
        plan->next_header = 59;
        if (e->flags != TS_DUMMY || e->gso_size != 0) return TS_ERROR_MALFORMED;
        return plan_whole(e, plan);
    }
    if (e->in_length < 20) return TS_ERROR_MALFORMED;
    int version = plan->in[0] >> 4;
    if (version != 4 && version != 6) return TS_ERROR_MALFORMED;
    if (version == 6 && e->in_length < 40) return TS_ERROR_MALFORMED;
    plan->next_header = version == 4 ? 4 : 41;
    return e->gso_size == 0 ? plan_whole(e, plan) : plan_segments(e, plan);
}

/* A sum of zero is sent as all ones, as in the kernel: for UDP zero means no checksum (RFC 768). */
static void write_checksum(uint8_t *field, uint64_t sum) {
    uint16_t checksum = (uint16_t)~ts_fold(sum);
    store16(field, checksum == 0 ? 0xffff : checksum);
}

static void fix_l3(const struct ts_plan *plan, uint32_t i, uint8_t *ip, uint32_t length) {
    if (ip[0] >> 4 == 6) {
        put_be16(ip + 4, (uint16_t)(length - 40));
        return;
    }
    put_be16(ip + IP_LENGTH, (uint16_t)length);
    put_be16(ip + IP_ID, (uint16_t)(get_be16(ip + IP_ID) + i));
    uint64_t sum = plan->l3_sum + load16(ip + IP_LENGTH) + load16(ip + IP_ID);
    store16(ip + IP_CHECKSUM, (uint16_t)~ts_fold(sum));
}

/* sum: of the payload. */
static void fix_l4(const struct ts_encap *e, const struct ts_plan *plan, uint32_t i, uint8_t *l4, uint32_t length,
                   uint64_t sum) {
    sum += plan->l4_sum + __builtin_bswap16((uint16_t)length);
    if (e->flags & TS_SEGMENT_UDP) {
        put_be16(l4 + UDP_LENGTH, (uint16_t)length);
        write_checksum(l4 + UDP_CHECKSUM, sum + load16(l4 + UDP_LENGTH));
        return;
    }
    put_be32(l4 + TCP_SEQUENCE, get_be32(l4 + TCP_SEQUENCE) + i * e->gso_size);
    if (i > 0) l4[TCP_FLAGS] &= (uint8_t)~CWR;
    if (i < plan->count - 1) l4[TCP_FLAGS] &= (uint8_t) ~(FIN | PSH);
    write_checksum(l4 + TCP_CHECKSUM, sum + load32(l4 + TCP_SEQUENCE) + load16(l4 + TCP_DATA_OFFSET));
}

static void fix_headers(const struct ts_encap *e, const struct ts_plan *plan, uint32_t i, uint8_t *packet,
                        uint32_t length, uint64_t payload_sum) {
    fix_l3(plan, i, packet, length);
    fix_l4(e, plan, i, packet + plan->l4, length - plan->l4, payload_sum);
}

static void copy_whole(const struct ts_encap *e, const struct ts_plan *plan, uint8_t *out) {
    uint32_t length = plan->inner_length;
    if (length == 0) return; /* an empty dummy */
    if (!(e->flags & TS_NEEDS_CHECKSUM)) {
        memcpy(out, plan->in, length);
        return;
    }
    uint32_t start = e->checksum_start;
    memcpy(out, plan->in, start);
    uint64_t sum = ts_copy_sum(out + start, plan->in + start, length - start, 0);
    write_checksum(out + start + e->checksum_offset, sum);
}

void ts_segment(const struct ts_encap *e, const struct ts_plan *plan, uint32_t i, uint8_t *out) {
    uint32_t header = plan->header_length;
    if (header == 0) {
        copy_whole(e, plan, out);
        return;
    }
    uint32_t length = i == plan->count - 1 ? plan->last_inner_length : plan->inner_length;
    memcpy(out, plan->in, header);
    uint64_t sum = ts_copy_sum(out + header, plan->in + header + (size_t)i * e->gso_size, length - header, 0);
    fix_headers(e, plan, i, out, length, sum);
}
