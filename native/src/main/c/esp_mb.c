/*
 * intel-ipsec-mb, linked in from its static archive (versions 1.3 and 2.0).
 *
 * GCM goes through the direct API, a packet at a time. CBC with HMAC goes through the synchronous
 * cipher and hash bursts, which work on several packets side by side, in the implementation that suits
 * their number; where none does, few packets go to OpenSSL (mb_tuning.h).
 */
#include <intel-ipsec-mb.h>
#include <pthread.h>
#include <stdio.h>

#include "internal.h"
#include "mb_tuning.h"

enum {
    SHA_BLOCK = 64,
    EXPANDED_KEY = 15 * 16,
};

struct gcm_state {
    struct gcm_key_data key;
    struct gcm_context_data context;
    aes_gcm_enc_dec_t crypt;
};

/* The managers' queues hold keys and digests, so they lie in the SA's locked memory, behind this. */
struct cbc_state {
    uint8_t encrypt_key[EXPANDED_KEY] __attribute__((aligned(64)));
    uint8_t decrypt_key[EXPANDED_KEY] __attribute__((aligned(64)));
    uint8_t inner_digest[32] __attribute__((aligned(64)));
    uint8_t outer_digest[32] __attribute__((aligned(64)));
    IMB_JOB jobs[MAX_BATCH];
    const struct mb_choice *choice;
    IMB_MGR *managers[2]; /* MB_WIDE, MB_NARROW; NULL: not used */
    void *ossl; /* for short queues; NULL: there is no libcrypto */
};

static IMB_MGR *shared; /* for the direct API, which keeps nothing in it */
static pthread_once_t once = PTHREAD_ONCE_INIT;

static int usable(uint64_t features) {
    const uint64_t needed = IMB_FEATURE_AESNI | IMB_FEATURE_PCLMULQDQ | IMB_FEATURE_SSE4_2;
    return (features & needed) == needed;
}

static void make_shared(void) {
    if (!usable(imb_get_feature_flags())) return;
    shared = alloc_mb_mgr(0);
    if (shared != NULL) init_mb_mgr_auto(shared, NULL);
}

static IMB_MGR *shared_manager(void) {
    pthread_once(&once, make_shared);
    return shared;
}

static int probe(char *text, size_t capacity) {
    IMB_MGR *manager = shared_manager();
    if (manager == NULL) {
        snprintf(text, capacity, "this CPU lacks AES-NI, PCLMULQDQ or SSE4.2");
        return 0;
    }
    uint64_t has = manager->features;
    int avx512 = (has & IMB_FEATURE_AVX512_SKX) == IMB_FEATURE_AVX512_SKX;
    snprintf(text, capacity, "ipsec-mb %s, AES-NI%s%s%s%s", imb_get_version_str(),
             has & IMB_FEATURE_VAES ? " + VAES" : "", has & IMB_FEATURE_VPCLMULQDQ ? " + VPCLMULQDQ" : "",
             avx512 ? " + AVX-512" : has & IMB_FEATURE_AVX2 ? " + AVX2" : "", has & IMB_FEATURE_SHANI ? " + SHA" : "");
    return 1;
}

static size_t round_up_64(size_t value) { return (value + 63) & ~(size_t)63; }

static size_t state_size(const struct ts_sa *sa) {
    if (shared_manager() == NULL) return 0;
    if (sa->aead) return sizeof(struct gcm_state);
    const struct mb_choice *choice = mb_choice(sa->integ);
    size_t managers = (size_t)(mb_uses(choice, sa->inbound, MB_WIDE) + mb_uses(choice, sa->inbound, MB_NARROW));
    return sizeof(struct cbc_state) + managers * round_up_64(imb_get_mb_mgr_size()) + ts_libcrypto.state_size(sa);
}

static int open_gcm_sa(const struct ts_sa *sa, struct gcm_state *s) {
    IMB_MGR *m = shared_manager();
    switch (sa->key_length) {
        case 16:
            IMB_AES128_GCM_PRE(m, sa->key, &s->key);
            s->crypt = sa->inbound ? m->gcm128_dec : m->gcm128_enc;
            return 0;
        case 24:
            IMB_AES192_GCM_PRE(m, sa->key, &s->key);
            s->crypt = sa->inbound ? m->gcm192_dec : m->gcm192_enc;
            return 0;
        default:
            IMB_AES256_GCM_PRE(m, sa->key, &s->key);
            s->crypt = sa->inbound ? m->gcm256_dec : m->gcm256_enc;
            return 0;
    }
}

/* Both digests of HMAC's first blocks: the key xor 0x36 and xor 0x5c (RFC 2104). */
static void hash_key(const struct ts_sa *sa, struct cbc_state *s) {
    uint8_t block[2][SHA_BLOCK];
    memset(block[0], 0x36, SHA_BLOCK);
    memset(block[1], 0x5c, SHA_BLOCK);
    for (uint32_t i = 0; i < sa->hmac_key_length; i++) {
        block[0][i] ^= sa->key[sa->key_length + i];
        block[1][i] ^= sa->key[sa->key_length + i];
    }
    if (sa->integ == TS_AUTH_HMAC_SHA1_96) {
        IMB_SHA1_ONE_BLOCK(shared, block[0], s->inner_digest);
        IMB_SHA1_ONE_BLOCK(shared, block[1], s->outer_digest);
    } else {
        IMB_SHA256_ONE_BLOCK(shared, block[0], s->inner_digest);
        IMB_SHA256_ONE_BLOCK(shared, block[1], s->outer_digest);
    }
    explicit_bzero(block, sizeof block);
}

static void fill_jobs(const struct ts_sa *sa, struct cbc_state *s) {
    for (int i = 0; i < MAX_BATCH; i++) {
        IMB_JOB *job = &s->jobs[i];
        job->enc_keys = s->encrypt_key;
        job->dec_keys = s->decrypt_key;
        job->key_len_in_bytes = sa->key_length;
        job->iv_len_in_bytes = CBC_BLOCK;
        job->auth_tag_output_len_in_bytes = sa->icv_length;
        job->u.HMAC._hashed_auth_key_xor_ipad = s->inner_digest;
        job->u.HMAC._hashed_auth_key_xor_opad = s->outer_digest;
        job->cipher_mode = IMB_CIPHER_CBC;
        job->cipher_direction = sa->inbound ? IMB_DIR_DECRYPT : IMB_DIR_ENCRYPT;
        job->hash_alg = sa->integ == TS_AUTH_HMAC_SHA1_96 ? IMB_AUTH_HMAC_SHA_1 : IMB_AUTH_HMAC_SHA_256;
        job->chain_order = sa->inbound ? IMB_ORDER_HASH_CIPHER : IMB_ORDER_CIPHER_HASH;
    }
}

static int open_cbc_sa(const struct ts_sa *sa, struct cbc_state *s) {
    uint8_t *after = (uint8_t *)s + sizeof *s;
    s->choice = mb_choice(sa->integ);
    for (int which = MB_WIDE; which <= MB_NARROW; which++) {
        if (!mb_uses(s->choice, sa->inbound, which)) continue;
        IMB_MGR *manager = imb_set_pointers_mb_mgr(after, 0, 1);
        if (manager == NULL) return -1;
        if (which == MB_WIDE) {
            init_mb_mgr_auto(manager, NULL);
        } else {
            mb_init_narrow(manager);
        }
        if (imb_get_errno(manager) != 0) return -1;
        s->managers[which] = manager;
        after += round_up_64(imb_get_mb_mgr_size());
    }
    if (sa->key_length == 16) {
        IMB_AES_KEYEXP_128(shared, sa->key, s->encrypt_key, s->decrypt_key);
    } else if (sa->key_length == 24) {
        IMB_AES_KEYEXP_192(shared, sa->key, s->encrypt_key, s->decrypt_key);
    } else {
        IMB_AES_KEYEXP_256(shared, sa->key, s->encrypt_key, s->decrypt_key);
    }
    hash_key(sa, s);
    fill_jobs(sa, s);
    if (ts_libcrypto.state_size(sa) == 0) return 0;
    if (ts_libcrypto.open_sa(sa, after) != 0) return 0;
    s->ossl = after;
    return 0;
}

static int open_sa(const struct ts_sa *sa, void *state) { return sa->aead ? open_gcm_sa(sa, state) : open_cbc_sa(sa, state); }

/* What lies in the mapping is zeroed with it. */
static void close_sa(const struct ts_sa *sa, void *state) {
    if (sa->aead) return;
    struct cbc_state *s = state;
    if (s->ossl != NULL) ts_libcrypto.close_sa(sa, s->ossl);
}

static void run_gcm(struct gcm_state *s, struct ts_packet *p, uint8_t *icv) {
    s->crypt(&s->key, &s->context, p->text, p->text, p->text_length, p->iv, p->auth, p->auth_length, icv,
             MAX_ICV_LENGTH);
}

static uint32_t verify_gcm(struct gcm_state *s, struct ts_packet *p) {
    run_gcm(s, p, p->calculated);
    if (equal_constant_time(p->calculated, p->icv, MAX_ICV_LENGTH)) return TS_OK;
    explicit_bzero(p->text, p->text_length); /* unauthenticated plaintext */
    return TS_AUTHENTICATION_FAILED;
}

/* Of n packets those that go first, all lanes in use; the others suit another manager, or there are none. */
static int whole_lanes(const uint8_t *choice, int n) {
    int rest = n % MB_LANES;
    return rest == 0 || choice[rest] == choice[MB_LANES] ? n : n - rest;
}

static IMB_MGR *manager_for(const struct cbc_state *s, const uint8_t *choice, int n) {
    return s->managers[choice[n > MB_LANES ? MB_LANES : n]];
}

static int submit_ciphers(const struct ts_sa *sa, IMB_MGR *manager, IMB_JOB *jobs, int n) {
    IMB_CIPHER_DIRECTION direction = sa->inbound ? IMB_DIR_DECRYPT : IMB_DIR_ENCRYPT;
    return n == 0 || IMB_SUBMIT_CIPHER_BURST(manager, jobs, (uint32_t)n, IMB_CIPHER_CBC, direction,
                                             (IMB_KEY_SIZE_BYTES)sa->key_length) == (uint32_t)n;
}

static int run_ciphers(const struct ts_sa *sa, struct cbc_state *s, struct ts_packet *packets, int count) {
    int n = 0;
    for (int i = 0; i < count; i++) {
        struct ts_packet *p = &packets[i];
        if (p->status != TS_OK || p->text_length == 0) continue;
        IMB_JOB *job = &s->jobs[n++];
        job->src = job->dst = p->text;
        job->iv = p->iv;
        job->cipher_start_src_offset_in_bytes = 0;
        job->msg_len_to_cipher_in_bytes = p->text_length;
        job->status = IMB_STATUS_BEING_PROCESSED;
    }
    if (n == 0) return 1;
    if (sa->inbound) return submit_ciphers(sa, shared, s->jobs, n); /* blocks side by side: no lanes, no queue */
    int first = whole_lanes(s->choice->encrypt, n);
    return submit_ciphers(sa, manager_for(s, s->choice->encrypt, first), s->jobs, first) &&
           submit_ciphers(sa, manager_for(s, s->choice->encrypt, n - first), s->jobs + first, n - first);
}

static int submit_hashes(IMB_MGR *manager, IMB_JOB *jobs, int n) {
    return n == 0 || IMB_SUBMIT_HASH_BURST(manager, jobs, (uint32_t)n, jobs[0].hash_alg) == (uint32_t)n;
}

static int run_hashes(struct cbc_state *s, struct ts_packet *packets, int count) {
    for (int i = 0; i < count; i++) {
        struct ts_packet *p = &packets[i];
        IMB_JOB *job = &s->jobs[i];
        job->src = p->auth;
        job->hash_start_src_offset_in_bytes = 0;
        job->msg_len_to_hash_in_bytes = p->auth_length;
        job->auth_tag_output = p->calculated;
        job->status = IMB_STATUS_BEING_PROCESSED;
    }
    int first = whole_lanes(s->choice->hash, count);
    return submit_hashes(manager_for(s, s->choice->hash, first), s->jobs, first) &&
           submit_hashes(manager_for(s, s->choice->hash, count - first), s->jobs + first, count - first);
}

static void set_status(struct ts_packet *packets, int count, uint32_t status) {
    for (int i = 0; i < count; i++) packets[i].status = status;
}

static void seal_cbc(const struct ts_sa *sa, struct cbc_state *s, struct ts_packet *packets, int count) {
    set_status(packets, count, TS_OK);
    if (!run_ciphers(sa, s, packets, count) || !run_hashes(s, packets, count)) {
        set_status(packets, count, TS_CIPHER_ERROR);
        return;
    }
    for (int i = 0; i < count; i++) memcpy(packets[i].icv, packets[i].calculated, sa->icv_length);
}

static void open_cbc(const struct ts_sa *sa, struct cbc_state *s, struct ts_packet *packets, int count) {
    if (!run_hashes(s, packets, count)) {
        set_status(packets, count, TS_CIPHER_ERROR);
        return;
    }
    for (int i = 0; i < count; i++) {
        struct ts_packet *p = &packets[i];
        int good = equal_constant_time(p->calculated, p->icv, sa->icv_length);
        p->status = good ? TS_OK : TS_AUTHENTICATION_FAILED;
    }
    if (!run_ciphers(sa, s, packets, count)) set_status(packets, count, TS_CIPHER_ERROR);
}

/* Where bursts do not pay; and ipsec-mb refuses to hash nothing, which only known answers ask for. */
static int to_ossl(const struct cbc_state *s, const struct ts_packet *packets, int count, int from) {
    return s->ossl != NULL && (count < from || packets[0].auth_length == 0);
}

static void seal(const struct ts_sa *sa, void *state, struct ts_packet *packets, int count) {
    if (!sa->aead) {
        struct cbc_state *s = state;
        if (to_ossl(s, packets, count, s->choice->seal_from)) {
            ts_libcrypto.seal(sa, s->ossl, packets, count);
        } else {
            seal_cbc(sa, s, packets, count);
        }
        return;
    }
    for (int i = 0; i < count; i++) {
        run_gcm(state, &packets[i], packets[i].icv);
        packets[i].status = TS_OK;
    }
}

static void open_packets(const struct ts_sa *sa, void *state, struct ts_packet *packets, int count) {
    if (!sa->aead) {
        struct cbc_state *s = state;
        if (to_ossl(s, packets, count, s->choice->open_from)) {
            ts_libcrypto.open(sa, s->ossl, packets, count);
        } else {
            open_cbc(sa, s, packets, count);
        }
        return;
    }
    for (int i = 0; i < count; i++) packets[i].status = verify_gcm(state, &packets[i]);
}

const struct ts_backend ts_ipsec_mb = {
    .probe = probe,
    .state_size = state_size,
    .open_sa = open_sa,
    .close_sa = close_sa,
    .seal = seal,
    .open = open_packets,
};
