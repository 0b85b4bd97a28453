/* Internet checksums: RFC 1071, and the pseudo-headers of RFC 9293 section 3.1 and RFC 8200 section 8.1. */
#include "internal.h"

#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__)
/* Resolved once at load. */
#define FAST __attribute__((target_clones("avx2", "default")))
#else
#define FAST
#endif

/* Two 32-byte registers with AVX2, four of 16 bytes with SSE2 or NEON. */
typedef uint64_t lanes __attribute__((vector_size(32)));

/* 32-bit words: no carries to catch below 16 GB. The tail of a sum, and headers. */
static inline uint64_t sum_words(const uint8_t *bytes, size_t length, uint64_t sum) {
    for (; length >= 4; bytes += 4, length -= 4) sum += load32(bytes);
    if (length & 2) sum += load16(bytes);
    if (length & 1) {
        uint8_t last[2] = {bytes[length & 2], 0};
        sum += load16(last);
    }
    return sum;
}

/*
 * 32-bit words into 64-bit lanes, 64 bytes a turn, copied to out unless that is NULL. Vectors by hand,
 * since the compiler does not make them of a plain loop at -O2.
 */
static inline __attribute__((always_inline)) uint64_t sum_lanes(uint8_t *out, const uint8_t *bytes, size_t length,
                                                                uint64_t sum) {
    const lanes low = {UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX};
    lanes a = {0}, b = {0}, c = {0}, d = {0};
    const uint8_t *end = bytes + (length & ~(size_t)63);
    for (; bytes < end; bytes += 64) {
        lanes first, second;
        memcpy(&first, bytes, sizeof first);
        memcpy(&second, bytes + 32, sizeof second);
        if (out != NULL) {
            memcpy(out, &first, sizeof first);
            memcpy(out + 32, &second, sizeof second);
            out += 64;
        }
        a += first & low;
        b += first >> 32;
        c += second & low;
        d += second >> 32;
    }
    a += b + c + d;
    sum += a[0] + a[1] + a[2] + a[3];
    length &= 63;
    if (out != NULL) memcpy(out, bytes, length);
    return sum_words(bytes, length, sum);
}

FAST uint64_t ts_sum(const uint8_t *bytes, size_t length, uint64_t sum) { return sum_lanes(NULL, bytes, length, sum); }

FAST uint64_t ts_copy_sum(uint8_t *out, const uint8_t *bytes, size_t length, uint64_t sum) {
    return sum_lanes(out, bytes, length, sum);
}

uint64_t ts_pseudo_sum(const uint8_t *header, uint8_t protocol, uint32_t l4_length) {
    int v4 = header[0] >> 4 == 4;
    uint64_t addresses = v4 ? sum_words(header + 12, 8, 0) : sum_words(header + 8, 32, 0);
    return addresses + __builtin_bswap16((uint16_t)l4_length) + __builtin_bswap16(protocol);
}

static uint8_t verdict(uint16_t sum) { return sum == 0xffff ? TS_CHECKSUM_GOOD : TS_CHECKSUM_BAD; }

static uint8_t verify_l4(const uint8_t *header, uint8_t protocol, const uint8_t *l4, uint32_t length) {
    if (protocol == 17) {
        if (length < 8 || get_be16(l4 + 4) != length) return TS_CHECKSUM_UNKNOWN;
        if (load16(l4 + 6) == 0) return TS_CHECKSUM_UNKNOWN;
    } else if (protocol != 6 || length < 20) {
        return TS_CHECKSUM_UNKNOWN;
    }
    uint64_t pseudo = ts_pseudo_sum(header, protocol, length);
    return verdict(ts_fold(length < 64 ? sum_words(l4, length, pseudo) : ts_sum(l4, length, pseudo)));
}

static uint8_t verify_v4(const uint8_t *packet, uint32_t length) {
    if (length < 20 || packet[0] >> 4 != 4) return TS_CHECKSUM_UNKNOWN;
    uint32_t header_length = (packet[0] & 15) * 4u;
    uint32_t total = get_be16(packet + 2);
    if (header_length < 20 || total < header_length || total > length) return TS_CHECKSUM_UNKNOWN;
    /* Coalescing writes a new header checksum, so a wrong one must not get that far. */
    if (ts_fold(sum_words(packet, header_length, 0)) != 0xffff) return TS_CHECKSUM_BAD;
    int fragment = (get_be16(packet + 6) & 0x3fff) != 0;
    if (fragment) return TS_CHECKSUM_UNKNOWN;
    return verify_l4(packet, packet[9], packet + header_length, total - header_length);
}

/* Extension headers are not walked: such packets are not coalesced anyway. */
static uint8_t verify_v6(const uint8_t *packet, uint32_t length) {
    if (length < 40 || packet[0] >> 4 != 6) return TS_CHECKSUM_UNKNOWN;
    uint32_t payload = get_be16(packet + 4);
    if (payload > length - 40) return TS_CHECKSUM_UNKNOWN;
    return verify_l4(packet, packet[6], packet + 40, payload);
}

uint8_t ts_verify_checksum(const uint8_t *packet, uint32_t length, uint8_t next_header) {
    if (next_header == 4) return verify_v4(packet, length);
    if (next_header == 41) return verify_v6(packet, length);
    return TS_CHECKSUM_UNKNOWN;
}
