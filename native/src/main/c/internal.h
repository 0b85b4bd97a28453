/* What the shim's files share. */
#ifndef TWINSPAN_INTERNAL_H
#define TWINSPAN_INTERNAL_H

#include <stddef.h>
#include <string.h>

#include "twinspan_esp.h"

enum {
    ESP_HEADER_LENGTH = 8,
    MAX_IP_LENGTH = 65535,
    MAX_IV_LENGTH = 16,
    MAX_ICV_LENGTH = 16,
    CBC_BLOCK = 16,
    /* Packets handed to a back-end at once: enough to fill ipsec-mb's 16 lanes four times over. */
    MAX_BATCH = 64,
    MAX_KEY_MATERIAL = 64,
};

/* One packet as a back-end sees it. */
struct ts_packet {
    uint8_t iv[MAX_IV_LENGTH]; /* GCM: salt and IV, 12 bytes; CBC: the IV */
    uint8_t aad[12];           /* room for the AAD of GCM with ESN */
    uint32_t auth_length;
    const uint8_t *auth; /* GCM: the AAD; CBC: what the HMAC covers, text included */
    uint8_t *text;       /* encrypted or decrypted in place */
    uint32_t text_length;
    uint32_t status;                    /* out: TS_OK, TS_AUTHENTICATION_FAILED or TS_CIPHER_ERROR */
    uint8_t *icv;                       /* written by seal, compared by open */
    uint8_t received[MAX_ICV_LENGTH];   /* open: where icv points */
    uint8_t calculated[MAX_ICV_LENGTH]; /* open: for the back-end */
    void *entry;                        /* of the vector */
};

struct ts_backend {
    /* As ts_probe. */
    int (*probe)(char *text, size_t capacity);
    /* Bytes of state one SA takes, or 0 when the transform cannot be served. */
    size_t (*state_size)(const struct ts_sa *sa);
    /* Expands sa->key into the state, aligned to 64 bytes. 0 or -1. */
    int (*open_sa)(const struct ts_sa *sa, void *state);
    void (*close_sa)(const struct ts_sa *sa, void *state);
    /* Set status in each of count packets. */
    void (*seal)(const struct ts_sa *sa, void *state, struct ts_packet *packets, int count);
    void (*open)(const struct ts_sa *sa, void *state, struct ts_packet *packets, int count);
};

struct ts_sa {
    uint8_t key[MAX_KEY_MATERIAL]; /* first: where the caller writes */
    uint8_t salt[4];
    const struct ts_backend *backend;
    void *state;
    size_t mapped;
    int locked;
    int keyed;
    int inbound;
    int esn;
    int aead;
    int integ;
    uint32_t spi;
    uint32_t key_length;      /* AES */
    uint32_t hmac_key_length; /* 0 with GCM */
    uint32_t iv_length;
    uint32_t icv_length;
    uint32_t alignment;
    uint32_t batch;         /* packets queued before the back-end is called */
    uint64_t last_sequence; /* outbound: highest used */
    struct ts_packet packets[MAX_BATCH];
};

extern const struct ts_backend ts_libcrypto;
extern const struct ts_backend ts_libcrypto_fips;
#ifdef TS_WITH_IPSEC_MB
extern const struct ts_backend ts_ipsec_mb;
#endif

static inline uint16_t ts_fold(uint64_t sum) {
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

/*
 * The one's complement sum of RFC 1071 over native-order words, so far: any 64-bit value whose
 * folding is the sum. The sum does not depend on byte order (RFC 1071 section 2), so 16-bit fields
 * go in and come out as they lie in memory.
 */
uint64_t ts_sum(const uint8_t *bytes, size_t length, uint64_t sum);

/* Copies length bytes to out, which does not overlap them, and sums them on the way. */
uint64_t ts_copy_sum(uint8_t *out, const uint8_t *bytes, size_t length, uint64_t sum);

/* The sum over the pseudo-header's addresses, protocol and length; header is IPv4 or IPv6. */
uint64_t ts_pseudo_sum(const uint8_t *header, uint8_t protocol, uint32_t l4_length);

/* TS_CHECKSUM_* of an inner packet of at most length bytes. */
uint8_t ts_verify_checksum(const uint8_t *packet, uint32_t length, uint8_t next_header);

/* How one entry is cut up. */
struct ts_plan {
    const uint8_t *in;
    uint32_t count;
    uint32_t header_length; /* 0: one packet as it is */
    uint32_t l4;            /* offset of the L4 header */
    uint32_t inner_length;  /* of each packet but the last */
    uint32_t last_inner_length;
    uint64_t l3_sum; /* of the IPv4 header without what ts_segment changes */
    uint64_t l4_sum; /* of the pseudo-header and the L4 header, likewise */
    uint8_t next_header;
};

/* Checks every offset of the entry against its length. 0 or TS_ERROR_MALFORMED. */
int ts_plan(const struct ts_encap *entry, struct ts_plan *plan);

/* Writes inner packet number i, with headers and checksums made good, to out. */
void ts_segment(const struct ts_encap *entry, const struct ts_plan *plan, uint32_t i, uint8_t *out);

static inline uint16_t load16(const uint8_t *at) {
    uint16_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static inline uint32_t load32(const uint8_t *at) {
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static inline uint64_t load64(const uint8_t *at) {
    uint64_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static inline void store16(uint8_t *at, uint16_t value) { memcpy(at, &value, sizeof value); }

static inline uint16_t get_be16(const uint8_t *at) { return __builtin_bswap16(load16(at)); }

static inline void put_be16(uint8_t *at, uint16_t value) { store16(at, __builtin_bswap16(value)); }

static inline uint32_t get_be32(const uint8_t *at) { return __builtin_bswap32(load32(at)); }

static inline void put_be32(uint8_t *at, uint32_t value) {
    value = __builtin_bswap32(value);
    memcpy(at, &value, sizeof value);
}

static inline void put_be64(uint8_t *at, uint64_t value) {
    value = __builtin_bswap64(value);
    memcpy(at, &value, sizeof value);
}

/* In time that does not tell where they differ; 8 to 16 bytes. */
static inline int equal_constant_time(const uint8_t *a, const uint8_t *b, size_t length) {
    uint64_t difference = load64(a) ^ load64(b);
    difference |= load64(a + length - 8) ^ load64(b + length - 8);
    __asm__("" : "+r"(difference)); /* the compiler may not ask about the halves one by one */
    return difference == 0;
}

#endif
