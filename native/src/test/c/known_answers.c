/*
 * The known answers of src/main/resources without a JVM, for the host and for aarch64 under
 * qemu-user: `make check`. Ends with "N passed, M failed, K skipped"; skipped are back-ends that are
 * not here.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../main/c/twinspan_esp.h"

enum { MAX_FIELDS = 8, MAX_BYTES = 512, BURST = 40 };

struct bytes {
    uint8_t at[MAX_BYTES];
    int length;
};

static int passed, failed, skipped;

static void parse(const char *hex, struct bytes *b) {
    b->length = 0;
    if (strcmp(hex, "-") == 0) return;
    for (; isxdigit((unsigned char)hex[0]); hex += 2) {
        unsigned value;
        if (b->length == MAX_BYTES || sscanf(hex, "%2x", &value) != 1) abort();
        b->at[b->length++] = (uint8_t)value;
    }
}

static void result(int backend, const char *name, int good) {
    good ? passed++ : failed++;
    if (!good) printf("FAILED: %s of back-end %d\n", name, backend);
}

static struct ts_sa *sa_of(int backend, int encr, int bits, int integ, int flags, uint32_t spi, const uint8_t *key,
                           int key_length) {
    struct ts_sa *sa = ts_sa_new(backend, encr, bits, integ, flags, spi);
    if (sa == NULL) return NULL;
    memcpy(sa, key, (size_t)key_length);
    if (ts_sa_key(sa) == 0) return sa;
    ts_sa_free(sa);
    return NULL;
}

static int raw_both_ways(int backend, int encr, int bits, int integ, const struct bytes *key, const struct bytes *iv,
                         const struct bytes *aad, const struct bytes *plain, const struct bytes *cipher,
                         const struct bytes *icv) {
    struct ts_sa *out = sa_of(backend, encr, bits, integ, 0, 1, key->at, key->length);
    struct ts_sa *in = sa_of(backend, encr, bits, integ, TS_SA_INBOUND, 1, key->at, key->length);
    if (out == NULL || in == NULL) return 0;
    uint8_t text[MAX_BYTES], tag[16];
    memcpy(text, plain->at, MAX_BYTES);
    int good = ts_seal_raw(out, iv->at, aad->at, aad->length, text, plain->length, tag) == 0 &&
               memcmp(text, cipher->at, (size_t)cipher->length) == 0 &&
               (icv == NULL || memcmp(tag, icv->at, (size_t)icv->length) == 0);
    good = good && ts_open_raw(in, iv->at, aad->at, aad->length, text, plain->length, tag) == 0 &&
           memcmp(text, plain->at, (size_t)plain->length) == 0;
    memcpy(text, cipher->at, MAX_BYTES);
    tag[0] ^= 1;
    good = good && ts_open_raw(in, iv->at, aad->at, aad->length, text, plain->length, tag) != 0;
    ts_sa_free(out);
    ts_sa_free(in);
    return good;
}

static int gcm(int backend, char **f) {
    struct bytes key, nonce, iv, aad, plain, cipher, tag;
    parse(f[2], &key), parse(f[3], &nonce), parse(f[4], &aad), parse(f[5], &plain), parse(f[6], &cipher);
    parse(f[7], &tag);
    int bits = key.length * 8;
    memcpy(key.at + key.length, nonce.at, 4);
    key.length += 4;
    memcpy(iv.at, nonce.at + 4, 8);
    return raw_both_ways(backend, TS_ENCR_AES_GCM_16, bits, TS_AUTH_NONE, &key, &iv, &aad, &plain, &cipher, &tag);
}

static int cbc(int backend, char **f) {
    struct bytes key, iv, plain, cipher, none = {.length = 0};
    parse(f[2], &key), parse(f[3], &iv), parse(f[4], &plain), parse(f[5], &cipher);
    int bits = key.length * 8;
    memset(key.at + key.length, 0, 32);
    key.length += 32;
    return raw_both_ways(backend, TS_ENCR_AES_CBC, bits, TS_AUTH_HMAC_SHA2_256_128, &key, &iv, &none, &plain, &cipher,
                         NULL);
}

static int hmac(int backend, char **f) {
    struct bytes key = {.length = 16}, integrity, data, icv, none = {.length = 0};
    parse(f[3], &integrity), parse(f[4], &data), parse(f[5], &icv);
    memcpy(key.at + 16, integrity.at, (size_t)integrity.length);
    key.length += integrity.length;
    int integ = strcmp(f[2], "sha1") == 0 ? TS_AUTH_HMAC_SHA1_96 : TS_AUTH_HMAC_SHA2_256_128;
    return raw_both_ways(backend, TS_ENCR_AES_CBC, 128, integ, &key, &none, &data, &none, &none, &icv);
}

static int decapsulates(struct ts_sa *sa, const struct bytes *packet, const struct bytes *inner, uint32_t high,
                        unsigned next_header, int copies) {
    static struct bytes packets[BURST];
    struct ts_decap vector[BURST] = {{0}};
    for (int i = 0; i < copies; i++) {
        packets[i] = *packet;
        packets[i].at[packet->length - 1] ^= i % 3 == 2; /* every third is forged */
        vector[i].in = (uintptr_t)packets[i].at;
        vector[i].in_length = (uint32_t)packet->length;
        vector[i].sequence_high = high;
    }
    ts_decapsulate(sa, vector, copies);
    for (int i = 0; i < copies; i++) {
        if (vector[i].status != (i % 3 == 2 ? TS_AUTHENTICATION_FAILED : TS_OK)) return 0;
        if (vector[i].status != TS_OK) continue;
        if (vector[i].next_header != next_header || vector[i].inner_length != (uint32_t)inner->length) return 0;
        if (memcmp(packets[i].at + vector[i].inner_offset, inner->at, (size_t)inner->length) != 0) return 0;
    }
    return 1;
}

static int esp(int backend, char **f) {
    struct bytes key, packet, inner;
    parse(f[3], &key), parse(f[5], &packet), parse(f[6], &inner);
    int bits, sha_bits = 0, esn = strcmp(f[4], "-") != 0;
    int is_gcm = sscanf(f[2], "AES_GCM_%d", &bits) == 1;
    if (!is_gcm) sscanf(f[2], "AES_CBC_%d_SHA%d", &bits, &sha_bits);
    int integ = is_gcm ? TS_AUTH_NONE : sha_bits == 1 ? TS_AUTH_HMAC_SHA1_96 : TS_AUTH_HMAC_SHA2_256_128;
    uint32_t spi = (uint32_t)packet.at[0] << 24 | packet.at[1] << 16 | packet.at[2] << 8 | packet.at[3];
    uint32_t high = esn ? (uint32_t)strtoul(f[4], NULL, 16) : 0;
    struct ts_sa *sa = sa_of(backend, is_gcm ? TS_ENCR_AES_GCM_16 : TS_ENCR_AES_CBC, bits, integ,
                             TS_SA_INBOUND | (esn ? TS_SA_ESN : 0), spi, key.at, key.length);
    if (sa == NULL) return 0;
    unsigned next_header = (unsigned)strtoul(f[7], NULL, 16);
    int good = decapsulates(sa, &packet, &inner, high, next_header, 1) &&
               decapsulates(sa, &packet, &inner, high, next_header, BURST);
    ts_sa_free(sa);
    return good;
}

static void check_line(int backend, char *line) {
    char *f[MAX_FIELDS] = {NULL};
    int n = 0;
    for (char *word = strtok(line, " \n"); word != NULL && n < MAX_FIELDS; word = strtok(NULL, " \n")) f[n++] = word;
    int good = strcmp(f[0], "gcm") == 0    ? gcm(backend, f)
               : strcmp(f[0], "cbc") == 0  ? cbc(backend, f)
               : strcmp(f[0], "hmac") == 0 ? hmac(backend, f)
                                           : esp(backend, f);
    result(backend, f[1], good);
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: %s known-answers.txt\n", argv[0]);
        return 2;
    }
    for (int backend = TS_BACKEND_IPSEC_MB; backend <= TS_BACKEND_LIBCRYPTO; backend++) {
        char line[4096];
        int usable = ts_probe(backend, line, sizeof line);
        printf("back-end %d: %s\n", backend, line);
        FILE *answers = fopen(argv[1], "r");
        if (answers == NULL) {
            perror(argv[1]);
            return 2;
        }
        while (fgets(line, sizeof line, answers) != NULL) {
            if (line[0] == '#') continue;
            if (usable) {
                check_line(backend, line);
            } else {
                skipped++;
            }
        }
        fclose(answers);
    }
    printf("%d passed, %d failed, %d skipped\n", passed, failed, skipped);
    return failed != 0;
}
