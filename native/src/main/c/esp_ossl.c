/*
 * OpenSSL 3: one cipher and one HMAC context per SA, of which only the IV is set per packet. GCM goes
 * to the provider's own functions (ossl_direct.h), the rest and the FIPS provider by EVP.
 * OpenSSL keeps the expanded keys in its own heap (cleared when freed, not locked).
 *
 * As TS_BACKEND_LIBCRYPTO_FIPS it takes every algorithm from the FIPS provider or not at all.
 */
#include <pthread.h>
#include <stdio.h>

#include "internal.h"
#include "libcrypto.h"
#include "ossl_direct.h"

struct ossl_state {
    const struct libcrypto *lib;
    struct ossl_direct direct; /* context NULL: not to be had */
    EVP_CIPHER_CTX *cipher;
    EVP_MAC_CTX *mac;
    uint8_t hmac_key[32];
};

static int probe(char *text, size_t capacity) {
    const char *reason;
    const struct libcrypto *lib = ts_libcrypto_load(&reason);
    if (lib == NULL) {
        snprintf(text, capacity, "%s", reason);
        return 0;
    }
    snprintf(text, capacity, "%s, %s", lib->OpenSSL_version(OPENSSL_VERSION), lib->OpenSSL_version(OPENSSL_CPU_INFO));
    return 1;
}

static OSSL_PROVIDER *fips;
static pthread_once_t fips_once = PTHREAD_ONCE_INIT;

/* Retains the default provider beside it, which the other back-end uses. */
static void load_fips(void) {
    const char *reason;
    const struct libcrypto *lib = ts_libcrypto_load(&reason);
    if (lib != NULL) fips = lib->OSSL_PROVIDER_try_load(NULL, "fips", 1);
}

static int probe_fips(char *text, size_t capacity) {
    const char *reason;
    const struct libcrypto *lib = ts_libcrypto_load(&reason);
    if (lib == NULL) {
        snprintf(text, capacity, "%s", reason);
        return 0;
    }
    pthread_once(&fips_once, load_fips);
    if (fips == NULL) {
        snprintf(text, capacity,
                 "%s has no FIPS provider that loads: install a validated fips.so and its fipsmodule.cnf "
                 "(openssl fipsinstall), and name them in openssl.cnf",
                 lib->OpenSSL_version(OPENSSL_VERSION));
        return 0;
    }
    char *name = NULL, *version = NULL;
    OSSL_PARAM params[3] = {{"name", OSSL_PARAM_UTF8_PTR, &name, 0, 0},
                            {"version", OSSL_PARAM_UTF8_PTR, &version, 0, 0}};
    int known = lib->OSSL_PROVIDER_get_params(fips, params) == 1 && name != NULL && version != NULL;
    if (lib->OSSL_PROVIDER_self_test(fips) != 1) {
        snprintf(text, capacity, "the FIPS provider failed its self-test: install it anew (openssl fipsinstall)");
        return 0;
    }
    snprintf(text, capacity, "%s %s in %s", known ? name : "FIPS provider", known ? version : "",
             lib->OpenSSL_version(OPENSSL_VERSION));
    return 1;
}

static const char *properties(const struct ts_sa *sa) { return sa->backend == &ts_libcrypto_fips ? "fips=yes" : NULL; }

static size_t state_size(const struct ts_sa *sa) {
    (void)sa;
    const char *reason;
    return ts_libcrypto_load(&reason) == NULL ? 0 : sizeof(struct ossl_state);
}

static EVP_CIPHER_CTX *new_cipher(const struct libcrypto *lib, const struct ts_sa *sa) {
    char name[16];
    snprintf(name, sizeof name, "AES-%u-%s", sa->key_length * 8, sa->aead ? "GCM" : "CBC");
    EVP_CIPHER *cipher = lib->EVP_CIPHER_fetch(NULL, name, properties(sa));
    EVP_CIPHER_CTX *context = lib->EVP_CIPHER_CTX_new();
    int good = cipher != NULL && context != NULL &&
               lib->EVP_CipherInit_ex2(context, cipher, sa->key, NULL, !sa->inbound, NULL) == 1 &&
               lib->EVP_CIPHER_CTX_set_padding(context, 0) == 1;
    lib->EVP_CIPHER_free(cipher); /* the context holds its own reference */
    if (good) return context;
    lib->EVP_CIPHER_CTX_free(context);
    return NULL;
}

static EVP_MAC_CTX *new_mac(const struct libcrypto *lib, const struct ts_sa *sa) {
    char digest[] = "SHA-256";
    if (sa->integ == TS_AUTH_HMAC_SHA1_96) memcpy(digest, "SHA-1", sizeof "SHA-1");
    /* The digest beneath HMAC is fetched by its own name and properties. */
    char query[] = "fips=yes";
    OSSL_PARAM params[3] = {{"digest", OSSL_PARAM_UTF8_STRING, digest, strlen(digest), 0}};
    if (properties(sa) != NULL) params[1] = (OSSL_PARAM){"properties", OSSL_PARAM_UTF8_STRING, query, strlen(query), 0};
    EVP_MAC *mac = lib->EVP_MAC_fetch(NULL, "HMAC", properties(sa));
    EVP_MAC_CTX *context = mac == NULL ? NULL : lib->EVP_MAC_CTX_new(mac);
    lib->EVP_MAC_free(mac);
    if (context == NULL) return NULL;
    if (lib->EVP_MAC_init(context, sa->key + sa->key_length, sa->hmac_key_length, params) == 1) return context;
    lib->EVP_MAC_CTX_free(context);
    return NULL;
}

static void close_sa(const struct ts_sa *sa, void *state) {
    (void)sa;
    struct ossl_state *s = state;
    if (s->lib == NULL) return;
    ossl_direct_close(s->lib, &s->direct);
    s->lib->EVP_CIPHER_CTX_free(s->cipher);
    s->lib->EVP_MAC_CTX_free(s->mac);
    explicit_bzero(s, sizeof *s);
}

static int open_sa(const struct ts_sa *sa, void *state) {
    struct ossl_state *s = state;
    const char *reason;
    s->lib = ts_libcrypto_load(&reason);
    if (s->lib == NULL) return -1;
#ifndef TS_EVP_ONLY
    if (sa->aead && sa->backend != &ts_libcrypto_fips && ossl_direct_open(s->lib, &s->direct, sa)) return 0;
#endif
    s->cipher = new_cipher(s->lib, sa);
    if (!sa->aead) {
        s->mac = new_mac(s->lib, sa);
        memcpy(s->hmac_key, sa->key + sa->key_length, sa->hmac_key_length);
    }
    if (s->cipher != NULL && (sa->aead || s->mac != NULL)) return 0;
    close_sa(sa, state);
    return -1;
}

static int run_cipher(struct ossl_state *s, struct ts_packet *p) {
    int written = 0;
    if (p->text_length == 0) return 1;
    return s->lib->EVP_CipherUpdate(s->cipher, p->text, &written, p->text, (int)p->text_length);
}

static int start_gcm(struct ossl_state *s, struct ts_packet *p, int seal) {
    int written = 0;
    if (s->lib->EVP_CipherInit_ex2(s->cipher, NULL, NULL, p->iv, seal, NULL) != 1) return 0;
    if (p->auth_length == 0) return 1;
    return s->lib->EVP_CipherUpdate(s->cipher, NULL, &written, p->auth, (int)p->auth_length);
}

static uint32_t seal_gcm(struct ossl_state *s, struct ts_packet *p) {
    if (s->direct.context != NULL) return ossl_direct_seal(&s->direct, p);
    int written = 0;
    int good = start_gcm(s, p, 1) == 1 && run_cipher(s, p) == 1 &&
               s->lib->EVP_CipherFinal_ex(s->cipher, p->text, &written) == 1 &&
               s->lib->EVP_CIPHER_CTX_ctrl(s->cipher, EVP_CTRL_AEAD_GET_TAG, 16, p->icv) == 1;
    return good ? TS_OK : TS_CIPHER_ERROR;
}

static uint32_t open_gcm(struct ossl_state *s, struct ts_packet *p) {
    if (s->direct.context != NULL) return ossl_direct_unseal(&s->direct, p);
    int written = 0;
    int ran = start_gcm(s, p, 0) == 1 && run_cipher(s, p) == 1 &&
              s->lib->EVP_CIPHER_CTX_ctrl(s->cipher, EVP_CTRL_AEAD_SET_TAG, 16, p->icv) == 1;
    if (ran && s->lib->EVP_CipherFinal_ex(s->cipher, p->text, &written) == 1) return TS_OK;
    if (p->text_length != 0) explicit_bzero(p->text, p->text_length); /* unauthenticated plaintext */
    return ran ? TS_AUTHENTICATION_FAILED : TS_CIPHER_ERROR;
}

static int run_cbc(struct ossl_state *s, struct ts_packet *p, int seal) {
    return s->lib->EVP_CipherInit_ex2(s->cipher, NULL, NULL, p->iv, seal, NULL) == 1 && run_cipher(s, p) == 1;
}

/* The key is given each time: before OpenSSL 3.0.3 an EVP_MAC_init without one did not reset HMAC. */
static int run_hmac(struct ossl_state *s, const struct ts_sa *sa, const struct ts_packet *p, uint8_t *icv) {
    uint8_t full[32];
    size_t written = 0;
    int good = s->lib->EVP_MAC_init(s->mac, s->hmac_key, sa->hmac_key_length, NULL) == 1 &&
               s->lib->EVP_MAC_update(s->mac, p->auth, p->auth_length) == 1 &&
               s->lib->EVP_MAC_final(s->mac, full, &written, sizeof full) == 1;
    if (good) memcpy(icv, full, sa->icv_length);
    return good;
}

static uint32_t seal_cbc(struct ossl_state *s, const struct ts_sa *sa, struct ts_packet *p) {
    return run_cbc(s, p, 1) && run_hmac(s, sa, p, p->icv) ? TS_OK : TS_CIPHER_ERROR;
}

static uint32_t open_cbc(struct ossl_state *s, const struct ts_sa *sa, struct ts_packet *p) {
    if (!run_hmac(s, sa, p, p->calculated)) return TS_CIPHER_ERROR;
    if (!equal_constant_time(p->calculated, p->icv, sa->icv_length)) return TS_AUTHENTICATION_FAILED;
    return run_cbc(s, p, 0) ? TS_OK : TS_CIPHER_ERROR;
}

static void seal(const struct ts_sa *sa, void *state, struct ts_packet *packets, int count) {
    for (int i = 0; i < count; i++) {
        struct ts_packet *p = &packets[i];
        p->status = sa->aead ? seal_gcm(state, p) : seal_cbc(state, sa, p);
    }
}

static void open_packets(const struct ts_sa *sa, void *state, struct ts_packet *packets, int count) {
    for (int i = 0; i < count; i++) {
        struct ts_packet *p = &packets[i];
        p->status = sa->aead ? open_gcm(state, p) : open_cbc(state, sa, p);
    }
}

const struct ts_backend ts_libcrypto = {
    .probe = probe,
    .state_size = state_size,
    .open_sa = open_sa,
    .close_sa = close_sa,
    .seal = seal,
    .open = open_packets,
};

const struct ts_backend ts_libcrypto_fips = {
    .probe = probe_fips,
    .state_size = state_size,
    .open_sa = open_sa,
    .close_sa = close_sa,
    .seal = seal,
    .open = open_packets,
};
