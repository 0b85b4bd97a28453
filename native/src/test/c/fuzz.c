/*
 * Hostile entries and packets, under AddressSanitizer and UndefinedBehaviorSanitizer: `make
 * check-asan`. Every buffer ends or begins at a page that may not be touched, so that the libraries'
 * assembler, which the sanitizers do not see, is held to its bounds too. What was encapsulated must
 * decapsulate; what was then changed must not.
 *
 *   fuzz ROUNDS SEED
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../../main/c/twinspan_esp.h"

enum { PAGE = 4096, ROOM = 160 * 1024, ENTRIES = 24, SPI = 0x12345678, ROUNDS_PER_SA = 20 };

static uint64_t state;
static long results[5], packets; /* by -count of each entry */

static void die(int line) {
    fprintf(stderr, "fuzz.c:%d: a promise was broken\n", line);
    abort();
}

static uint32_t random32(void) {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return (uint32_t)(state >> 16);
}

static uint32_t below(uint32_t limit) { return limit == 0 ? 0 : random32() % limit; }

struct guarded {
    uint8_t *first; /* a page nobody may touch lies before it */
    uint8_t *end;   /* and here */
};

static struct guarded allocate(void) {
    uint8_t *at = mmap(NULL, ROOM + 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED || mprotect(at, PAGE, PROT_NONE) || mprotect(at + PAGE + ROOM, PAGE, PROT_NONE)) die(__LINE__);
    return (struct guarded){at + PAGE, at + PAGE + ROOM};
}

static uint8_t *place(struct guarded g, uint32_t length) { return below(2) ? g.first : g.end - length; }

static struct ts_sa *new_sa(int backend, int transform, int flags) {
    static const int bits[] = {128, 192, 256, 128, 256, 128, 256};
    int integ = transform < 3 ? TS_AUTH_NONE : transform < 5 ? TS_AUTH_HMAC_SHA1_96 : TS_AUTH_HMAC_SHA2_256_128;
    int encr = transform < 3 ? TS_ENCR_AES_GCM_16 : TS_ENCR_AES_CBC;
    struct ts_sa *sa = ts_sa_new(backend, encr, bits[transform], integ, flags, SPI);
    if (sa == NULL) return NULL;
    memset(sa, 0x5a + transform, 64);
    if (ts_sa_key(sa) != 0) die(__LINE__);
    return sa;
}

/* An IP packet that is right more often than not. */
static void fill_packet(uint8_t *p, uint32_t length, struct ts_encap *e) {
    for (uint32_t i = 0; i < length; i++) p[i] = (uint8_t)random32();
    if (length < 60 || below(8) == 0) return;
    int v4 = (int)below(2), tcp = (int)below(2);
    uint32_t l4 = v4 ? 20 : 40;
    p[0] = v4 ? 0x45 : 0x60;
    p[v4 ? 9 : 6] = tcp ? 6 : 17;
    if (tcp) p[l4 + 12] = 0x50;
    e->checksum_start = (uint16_t)l4;
    e->checksum_offset = tcp ? 16 : 6;
    e->flags = TS_NEEDS_CHECKSUM | (tcp ? TS_SEGMENT_TCP : TS_SEGMENT_UDP);
    e->gso_size = below(4) ? (uint16_t)(1 + below(1500)) : 0;
    e->header_length = below(2) ? 0 : (uint16_t)(l4 + (tcp ? 20 : 8));
    if (below(6) == 0) ((uint8_t *)e)[12 + below(12)] ^= (uint8_t)random32(); /* gso_size to flags */
}

static uint32_t some_length(void) { return below(3) == 0 ? below(65536) : below(3) ? below(200) : below(2000); }

static void check_round_trip(struct ts_sa *in, struct ts_encap *e, uint32_t high, struct guarded scratch) {
    uint8_t *packet = (uint8_t *)(uintptr_t)e->out;
    for (int i = 0; i < e->count; i++) {
        uint32_t length = i == e->count - 1 ? e->last_length : e->stride;
        uint8_t *copy = place(scratch, length);
        struct ts_decap d = {.in = (uintptr_t)copy, .in_length = length, .sequence_high = high};
        memcpy(copy, packet, length);
        if (ts_decapsulate(in, &d, 1) != 1 || d.inner_offset + d.inner_length > length) die(__LINE__);
        memcpy(copy, packet, length);
        copy[below(length)] ^= (uint8_t)(1 + below(255));
        if (ts_decapsulate(in, &d, 1) != 0) die(__LINE__);
        packet += e->stride;
    }
}

static void fuzz_encap(struct ts_sa *out, struct ts_sa *in, uint64_t sequence, struct guarded *ins,
                       struct guarded *outs, struct guarded scratch) {
    struct ts_encap vector[ENTRIES];
    int entries = 1 + (int)below(ENTRIES);
    memset(vector, 0, sizeof vector);
    for (int i = 0; i < entries; i++) {
        struct ts_encap *e = &vector[i];
        e->in_length = some_length();
        uint8_t *packet = place(ins[i], e->in_length);
        fill_packet(packet, e->in_length, e);
        if (below(20) == 0) e->flags = TS_DUMMY, e->gso_size = 0;
        if (below(50) == 0) e->in_length = 65536 + random32() % 1000000; /* refused unread */
        e->in = (uintptr_t)packet;
        e->out_capacity = below(4) ? below(ROOM) : below(3000);
        e->out = (uintptr_t)place(outs[i], e->out_capacity);
        e->sequence = below(500) ? sequence : random32();
        sequence += 65536;
    }
    ts_encapsulate(out, vector, entries);
    for (int i = 0; i < entries; i++) {
        struct ts_encap *e = &vector[i];
        results[e->count < 0 ? -e->count : 0]++;
        packets += e->count > 0 ? e->count : 0;
        if (e->count > 0 && (below(8) == 0 || e->count < 4)) check_round_trip(in, e, (uint32_t)(e->sequence >> 32), scratch);
    }
}

static void fuzz_decap(struct ts_sa *in, struct guarded *ins) {
    struct ts_decap vector[ENTRIES];
    int entries = 1 + (int)below(ENTRIES);
    for (int i = 0; i < entries; i++) {
        uint32_t length = below(2) ? below(80) : some_length();
        uint8_t *packet = place(ins[i], length);
        for (uint32_t n = 0; n < length; n++) packet[n] = (uint8_t)random32();
        if (length >= 4 && below(4)) memcpy(packet, (const uint8_t[]){0x12, 0x34, 0x56, 0x78}, 4);
        vector[i] = (struct ts_decap){.in = (uintptr_t)packet, .in_length = length, .sequence_high = random32()};
        if (below(50) == 0) vector[i].in_length = 65536 + random32() % 1000000;
    }
    if (ts_decapsulate(in, vector, entries) != 0) die(__LINE__);
}

int main(int argc, char **argv) {
    long rounds = argc > 1 ? atol(argv[1]) : 200;
    state = (argc > 2 ? strtoull(argv[2], NULL, 10) : 1) * 0x9e3779b97f4a7c15u + 1;
    struct guarded ins[ENTRIES], outs[ENTRIES], scratch = allocate();
    for (int i = 0; i < ENTRIES; i++) ins[i] = allocate(), outs[i] = allocate();
    long runs = 0;
    for (int backend = TS_BACKEND_IPSEC_MB; backend <= TS_BACKEND_LIBCRYPTO; backend++) {
        char text[256];
        int usable = ts_probe(backend, text, sizeof text);
        printf("back-end %d: %s\n", backend, text);
        for (int transform = 0; usable && transform < 7; transform++) {
            for (long round = 0; round < rounds; round += ROUNDS_PER_SA) {
                int esn = (int)below(2);
                struct ts_sa *out = new_sa(backend, transform, esn ? TS_SA_ESN : 0);
                struct ts_sa *in = new_sa(backend, transform, TS_SA_INBOUND | (esn ? TS_SA_ESN : 0));
                if (out == NULL || in == NULL) die(__LINE__);
                uint64_t sequence = esn ? 0xfff00000u : 1;
                for (int i = 0; i < ROUNDS_PER_SA; i++, runs++) {
                    fuzz_encap(out, in, sequence, ins, outs, scratch);
                    fuzz_decap(in, ins);
                    sequence += 65536 * ENTRIES;
                }
                ts_sa_free(out);
                ts_sa_free(in);
            }
        }
    }
    printf("entries: %ld good (%ld packets), %ld no room, %ld malformed, %ld cipher, %ld sequence\n", results[0], packets,
           results[1], results[2], results[3], results[4]);
    printf("%ld rounds without a fault\n", runs);
    return runs == 0;
}
