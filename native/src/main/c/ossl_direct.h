/*
 * AES-GCM by the functions a provider offers EVP (openssl/core_dispatch.h, provider-cipher(7)), without
 * EVP between: of a 64-byte packet EVP's own work was two thirds. The interface is the one providers
 * are built against and does not change within libcrypto.so.3.
 */
#ifndef TWINSPAN_OSSL_DIRECT_H
#define TWINSPAN_OSSL_DIRECT_H

#include "internal.h"
#include "libcrypto.h"

/* Types as in core_dispatch.h. */
struct ossl_direct {
    void *context;
    EVP_CIPHER *cipher; /* keeps the provider */
    int (*init)(void *, const unsigned char *, size_t, const unsigned char *, size_t, const OSSL_PARAM *);
    int (*update)(void *, unsigned char *, size_t *, size_t, const unsigned char *, size_t);
    int (*final)(void *, unsigned char *, size_t *, size_t);
    int (*get_params)(void *, OSSL_PARAM *);
    void (*free_context)(void *);
};

/* Keyed for the SA's direction. 1, or 0 when the provider lacks something; then nothing is left behind. */
int ossl_direct_open(const struct libcrypto *lib, struct ossl_direct *d, const struct ts_sa *sa);
void ossl_direct_close(const struct libcrypto *lib, struct ossl_direct *d);

/* A status of ts_packet. Nothing unauthenticated is left in the text. */
uint32_t ossl_direct_seal(struct ossl_direct *d, struct ts_packet *p);
uint32_t ossl_direct_unseal(struct ossl_direct *d, struct ts_packet *p);

#endif
