/* One SA direction and the memory its keys live in. */
#define _GNU_SOURCE
#include <sys/mman.h>
#include <unistd.h>

#include "internal.h"

static const struct ts_backend *backend_of(int id) {
#ifdef TS_WITH_IPSEC_MB
    if (id == TS_BACKEND_IPSEC_MB) return &ts_ipsec_mb;
#endif
    if (id == TS_BACKEND_LIBCRYPTO_FIPS) return &ts_libcrypto_fips;
    return id == TS_BACKEND_LIBCRYPTO ? &ts_libcrypto : NULL;
}

int ts_abi(void) { return TS_ABI; }

static int no_room_for(char *text, int capacity) { return text == NULL || capacity <= 0; }

int ts_probe(int backend, char *text, int capacity) {
    if (no_room_for(text, capacity)) return 0;
    const struct ts_backend *b = backend_of(backend);
    if (b != NULL) return b->probe(text, (size_t)capacity);
    strncpy(text, "not built into this shim", (size_t)capacity - 1);
    text[capacity - 1] = 0;
    return 0;
}

static int set_transform(struct ts_sa *sa, int encr, int key_bits, int integ) {
    if (key_bits != 128 && key_bits != 192 && key_bits != 256) return -1;
    sa->key_length = (uint32_t)key_bits / 8;
    sa->integ = integ;
    if (encr == TS_ENCR_AES_GCM_16 && integ == TS_AUTH_NONE) {
        sa->aead = 1;
        sa->iv_length = 8;
        sa->icv_length = 16;
        sa->alignment = 4;
        /* Few enough to lie in the first-level cache, and none is read while its bytes are on their way there. */
        sa->batch = 8;
        return 0;
    }
    if (encr != TS_ENCR_AES_CBC) return -1;
    if (integ != TS_AUTH_HMAC_SHA1_96 && integ != TS_AUTH_HMAC_SHA2_256_128) return -1;
    sa->hmac_key_length = integ == TS_AUTH_HMAC_SHA1_96 ? 20 : 32;
    sa->icv_length = integ == TS_AUTH_HMAC_SHA1_96 ? 12 : 16;
    sa->iv_length = CBC_BLOCK;
    sa->alignment = CBC_BLOCK;
    sa->batch = MAX_BATCH;
    return 0;
}

static size_t round_up(size_t value, size_t to) { return (value + to - 1) / to * to; }

struct ts_sa *ts_sa_new(int backend, int encr, int key_bits, int integ, int flags, uint32_t spi) {
    struct ts_sa wanted = {0};
    wanted.backend = backend_of(backend);
    wanted.inbound = (flags & TS_SA_INBOUND) != 0;
    wanted.esn = (flags & TS_SA_ESN) != 0;
    wanted.spi = spi;
    if (wanted.backend == NULL || set_transform(&wanted, encr, key_bits, integ) != 0) return NULL;
    size_t state = wanted.backend->state_size(&wanted);
    if (state == 0) return NULL;

    size_t before = round_up(sizeof wanted, 64);
    wanted.mapped = round_up(before + state, (size_t)sysconf(_SC_PAGESIZE));
    uint8_t *at = mmap(NULL, wanted.mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED) return NULL;
    /* Past RLIMIT_MEMLOCK the SA still serves; whoever opened it says so. */
    wanted.locked = mlock(at, wanted.mapped) == 0;
    madvise(at, wanted.mapped, MADV_DONTDUMP);
    wanted.state = at + before;
    memcpy(at, &wanted, sizeof wanted);
    return (struct ts_sa *)at;
}

int ts_sa_key(struct ts_sa *sa) {
    if (sa->keyed) return -1;
    if (sa->aead) memcpy(sa->salt, sa->key + sa->key_length, sizeof sa->salt);
    sa->keyed = sa->backend->open_sa(sa, sa->state) == 0;
    explicit_bzero(sa->key, sizeof sa->key);
    return sa->keyed ? 0 : -1;
}

int ts_sa_locked(const struct ts_sa *sa) { return sa->locked; }

void ts_sa_free(struct ts_sa *sa) {
    if (sa == NULL) return;
    if (sa->keyed) sa->backend->close_sa(sa, sa->state);
    size_t mapped = sa->mapped;
    explicit_bzero(sa, mapped);
    munmap(sa, mapped);
}

static struct ts_packet *raw(struct ts_sa *sa, const uint8_t *iv, const uint8_t *aad, int aad_length,
                             uint8_t *text, int text_length) {
    struct ts_packet *p = &sa->packets[0];
    memset(p, 0, sizeof *p);
    if (sa->aead) {
        memcpy(p->iv, sa->salt, 4);
        memcpy(p->iv + 4, iv, 8);
    } else {
        memcpy(p->iv, iv, CBC_BLOCK);
    }
    p->auth = aad;
    p->auth_length = (uint32_t)aad_length;
    p->text = text;
    p->text_length = (uint32_t)text_length;
    return p;
}

int ts_seal_raw(struct ts_sa *sa, const uint8_t *iv, const uint8_t *aad, int aad_length, uint8_t *text,
                int text_length, uint8_t *icv) {
    if (!sa->keyed || sa->inbound || aad_length < 0 || text_length < 0) return -1;
    struct ts_packet *p = raw(sa, iv, aad, aad_length, text, text_length);
    p->icv = icv;
    sa->backend->seal(sa, sa->state, p, 1);
    return p->status == TS_OK ? 0 : -1;
}

int ts_open_raw(struct ts_sa *sa, const uint8_t *iv, const uint8_t *aad, int aad_length, uint8_t *text,
                int text_length, const uint8_t *icv) {
    if (!sa->keyed || !sa->inbound || aad_length < 0 || text_length < 0) return -1;
    struct ts_packet *p = raw(sa, iv, aad, aad_length, text, text_length);
    memcpy(p->received, icv, sa->icv_length);
    p->icv = p->received;
    sa->backend->open(sa, sa->state, p, 1);
    return p->status == TS_OK ? 0 : -1;
}
