#define _GNU_SOURCE
#include "mb_tuning.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { LENGTH = 1440, KEY = 32, TRIES = 5, NEVER = MAX_BATCH + 1 };

/* Zeros all: nothing here is secret. */
struct bench {
    uint8_t expanded[15 * 16] __attribute__((aligned(64)));
    uint8_t digests[2][32] __attribute__((aligned(64)));
    uint8_t iv[16];
    uint8_t text[MB_LANES][LENGTH + 32];
    uint8_t tags[MB_LANES][32];
    IMB_JOB jobs[MB_LANES];
    struct ts_packet packet;
};

static struct mb_choice choices[2];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static uint64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static IMB_HASH_ALG hash_of(int integ) { return integ == TS_AUTH_HMAC_SHA1_96 ? IMB_AUTH_HMAC_SHA_1 : IMB_AUTH_HMAC_SHA_256; }

static void fill(struct bench *b, int integ) {
    for (int i = 0; i < MB_LANES; i++) {
        IMB_JOB *job = &b->jobs[i];
        job->src = job->dst = b->text[i];
        job->iv = b->iv;
        job->iv_len_in_bytes = 16;
        job->enc_keys = job->dec_keys = b->expanded;
        job->key_len_in_bytes = KEY;
        job->cipher_mode = IMB_CIPHER_CBC;
        job->msg_len_to_cipher_in_bytes = job->msg_len_to_hash_in_bytes = LENGTH;
        job->hash_alg = hash_of(integ);
        job->auth_tag_output = b->tags[i];
        job->auth_tag_output_len_in_bytes = integ == TS_AUTH_HMAC_SHA1_96 ? 12 : 16;
        job->u.HMAC._hashed_auth_key_xor_ipad = b->digests[0];
        job->u.HMAC._hashed_auth_key_xor_opad = b->digests[1];
    }
}

/* Nanoseconds of the quickest of some bursts of n. */
static uint64_t hash(struct bench *b, IMB_MGR *manager, int n, int integ) {
    uint64_t least = UINT64_MAX;
    for (int i = 0; i < TRIES; i++) {
        uint64_t start = now();
        IMB_SUBMIT_HASH_BURST(manager, b->jobs, (uint32_t)n, hash_of(integ));
        uint64_t took = now() - start;
        if (took < least) least = took;
    }
    return least;
}

static uint64_t cipher(struct bench *b, IMB_MGR *manager, int n, IMB_CIPHER_DIRECTION direction) {
    uint64_t least = UINT64_MAX;
    for (int i = 0; i < MB_LANES; i++) b->jobs[i].cipher_direction = direction;
    for (int i = 0; i < TRIES; i++) {
        uint64_t start = now();
        IMB_SUBMIT_CIPHER_BURST(manager, b->jobs, (uint32_t)n, IMB_CIPHER_CBC, direction, IMB_KEY_256_BYTES);
        uint64_t took = now() - start;
        if (took < least) least = took;
    }
    return least;
}

/* One packet by OpenSSL, sealed and opened; UINT64_MAX where there is none. */
static void ossl(struct bench *b, int integ, uint64_t took[2]) {
    struct ts_sa *out = ts_sa_new(TS_BACKEND_LIBCRYPTO, TS_ENCR_AES_CBC, KEY * 8, integ, 0, 1);
    struct ts_sa *in = ts_sa_new(TS_BACKEND_LIBCRYPTO, TS_ENCR_AES_CBC, KEY * 8, integ, TS_SA_INBOUND, 1);
    struct ts_packet *p = &b->packet;
    int there = out != NULL && in != NULL && ts_sa_key(out) == 0 && ts_sa_key(in) == 0;
    took[0] = took[1] = UINT64_MAX;
    for (int i = 0; there && i < TRIES; i++) {
        p->auth = p->text = b->text[0];
        p->auth_length = p->text_length = LENGTH;
        p->icv = b->tags[0];
        uint64_t start = now();
        out->backend->seal(out, out->state, p, 1);
        uint64_t sealed = now();
        in->backend->open(in, in->state, p, 1);
        uint64_t opened = now();
        if (p->status != TS_OK) break;
        if (sealed - start < took[0]) took[0] = sealed - start;
        if (opened - sealed < took[1]) took[1] = opened - sealed;
    }
    ts_sa_free(out);
    ts_sa_free(in);
}

static int from(const uint64_t *bursts, uint64_t one_by_ossl) {
    if (one_by_ossl == UINT64_MAX) return 1;
    for (int n = 1; n <= MB_LANES; n++) {
        if (bursts[n] <= one_by_ossl * (uint64_t)n) return n;
    }
    return NEVER;
}

/* The narrow one unless the wide one is clearly better: one manager fewer in an SA's locked memory. */
static uint8_t better(const uint64_t *took) { return took[MB_NARROW] * 10 <= took[MB_WIDE] * 11 ? MB_NARROW : MB_WIDE; }

static void measure(struct bench *b, IMB_MGR *wide, IMB_MGR *narrow, int integ, struct mb_choice *choice) {
    uint64_t seal[MB_LANES + 1], open[MB_LANES + 1], one[2];
    fill(b, integ);
    for (int n = 1; n <= MB_LANES; n++) {
        uint64_t h[2] = {hash(b, wide, n, integ), hash(b, narrow, n, integ)};
        uint64_t e[2] = {cipher(b, wide, n, IMB_DIR_ENCRYPT), cipher(b, narrow, n, IMB_DIR_ENCRYPT)};
        choice->hash[n] = better(h);
        choice->encrypt[n] = better(e);
        seal[n] = h[choice->hash[n]] + e[choice->encrypt[n]];
        open[n] = h[choice->hash[n]] + cipher(b, wide, n, IMB_DIR_DECRYPT);
    }
    ossl(b, integ, one);
    choice->seal_from = from(seal, one[0]);
    choice->open_from = from(open, one[1]);
}

#ifdef TS_MB_CHOICE /* for the tests of all ways: 0 wide, 1 narrow, 2 OpenSSL for all but full bursts */
static void make_choices(void) {
    for (int i = 0; i < 2; i++) {
        memset(choices[i].hash, TS_MB_CHOICE & 1, sizeof choices[i].hash);
        memset(choices[i].encrypt, TS_MB_CHOICE & 1, sizeof choices[i].encrypt);
        choices[i].seal_from = choices[i].open_from = TS_MB_CHOICE == 2 ? MB_LANES : 1;
    }
    (void)measure;
}
#else
static void make_choices(void) {
    IMB_MGR *wide = alloc_mb_mgr(0), *narrow = alloc_mb_mgr(0);
    struct bench *b = aligned_alloc(64, (sizeof *b + 63) / 64 * 64);
    if (wide != NULL && narrow != NULL && b != NULL) {
        memset(b, 0, sizeof *b);
        init_mb_mgr_auto(wide, NULL);
        mb_init_narrow(narrow);
        for (int i = 0; i < 2; i++) {
            measure(b, wide, narrow, i == 0 ? TS_AUTH_HMAC_SHA1_96 : TS_AUTH_HMAC_SHA2_256_128, &choices[i]);
        }
    }
    free(b);
    if (narrow != NULL) free_mb_mgr(narrow);
    if (wide != NULL) free_mb_mgr(wide);
}
#endif

const struct mb_choice *mb_choice(int integ) {
    pthread_once(&once, make_choices);
    return &choices[integ == TS_AUTH_HMAC_SHA1_96 ? 0 : 1];
}

int mb_uses(const struct mb_choice *choice, int inbound, int which) {
    for (int n = 1; n <= MB_LANES; n++) {
        if (choice->hash[n] == which || (!inbound && choice->encrypt[n] == which)) return 1;
    }
    return 0;
}

void mb_init_narrow(IMB_MGR *manager) {
    uint64_t has = imb_get_feature_flags();
    if ((has & IMB_FEATURE_AVX512_SKX) == IMB_FEATURE_AVX512_SKX) {
        init_mb_mgr_avx2(manager);
    } else if (has & IMB_FEATURE_SHANI) {
        init_mb_mgr_sse(manager); /* the AVX2 one does without the SHA instructions, seen where there is no GFNI */
    } else {
        init_mb_mgr_auto(manager, NULL);
    }
}
