/*
 * The few functions of OpenSSL 3's libcrypto that ESP needs, bound at run time: no OpenSSL header
 * is needed to build, and the shim loads where no libcrypto is installed. Prototypes as in
 * openssl/evp.h; the types are opaque there as here.
 */
#ifndef TWINSPAN_LIBCRYPTO_H
#define TWINSPAN_LIBCRYPTO_H

#include <stddef.h>

typedef struct evp_cipher_st EVP_CIPHER;
typedef struct evp_cipher_ctx_st EVP_CIPHER_CTX;
typedef struct evp_mac_st EVP_MAC;
typedef struct evp_mac_ctx_st EVP_MAC_CTX;
typedef struct ossl_lib_ctx_st OSSL_LIB_CTX;
typedef struct ossl_provider_st OSSL_PROVIDER;

/* openssl/core.h */
typedef struct ossl_param_st {
    const char *key;
    unsigned int data_type;
    void *data;
    size_t data_size;
    size_t return_size;
} OSSL_PARAM;

/* openssl/core.h: what a provider offers, ended by a name of NULL, and each offer's functions, ended by 0 */
typedef struct ossl_dispatch_st {
    int function_id;
    void (*function)(void);
} OSSL_DISPATCH;

typedef struct ossl_algorithm_st {
    const char *algorithm_names; /* separated by colons */
    const char *property_definition;
    const OSSL_DISPATCH *implementation;
    const char *algorithm_description;
} OSSL_ALGORITHM;

enum {
    OSSL_PARAM_UTF8_STRING = 4,
    OSSL_PARAM_OCTET_STRING = 5,
    OSSL_PARAM_UTF8_PTR = 6,
    OSSL_OP_CIPHER = 2,
    EVP_CTRL_AEAD_GET_TAG = 0x10,
    EVP_CTRL_AEAD_SET_TAG = 0x11,
    OPENSSL_VERSION = 0,
    OPENSSL_CPU_INFO = 9,
};

/* F(return type, name, arguments) */
#define LIBCRYPTO_FUNCTIONS(F)                                                                             \
    F(const char *, OpenSSL_version, (int))                                                                \
    F(OSSL_PROVIDER *, OSSL_PROVIDER_try_load, (OSSL_LIB_CTX *, const char *, int))                        \
    F(int, OSSL_PROVIDER_get_params, (const OSSL_PROVIDER *, OSSL_PARAM *))                                \
    F(int, OSSL_PROVIDER_self_test, (const OSSL_PROVIDER *))                                               \
    F(void *, OSSL_PROVIDER_get0_provider_ctx, (const OSSL_PROVIDER *))                                    \
    F(const OSSL_ALGORITHM *, OSSL_PROVIDER_query_operation, (const OSSL_PROVIDER *, int, int *))          \
    F(void, OSSL_PROVIDER_unquery_operation, (const OSSL_PROVIDER *, int, const OSSL_ALGORITHM *))         \
    F(const OSSL_PROVIDER *, EVP_CIPHER_get0_provider, (const EVP_CIPHER *))                               \
    F(EVP_CIPHER *, EVP_CIPHER_fetch, (OSSL_LIB_CTX *, const char *, const char *))                        \
    F(void, EVP_CIPHER_free, (EVP_CIPHER *))                                                               \
    F(EVP_CIPHER_CTX *, EVP_CIPHER_CTX_new, (void))                                                        \
    F(void, EVP_CIPHER_CTX_free, (EVP_CIPHER_CTX *))                                                       \
    F(int, EVP_CIPHER_CTX_ctrl, (EVP_CIPHER_CTX *, int, int, void *))                                      \
    F(int, EVP_CIPHER_CTX_set_padding, (EVP_CIPHER_CTX *, int))                                            \
    F(int, EVP_CipherInit_ex2,                                                                             \
      (EVP_CIPHER_CTX *, const EVP_CIPHER *, const unsigned char *, const unsigned char *, int,            \
       const OSSL_PARAM *))                                                                                \
    F(int, EVP_CipherUpdate, (EVP_CIPHER_CTX *, unsigned char *, int *, const unsigned char *, int))       \
    F(int, EVP_CipherFinal_ex, (EVP_CIPHER_CTX *, unsigned char *, int *))                                 \
    F(EVP_MAC *, EVP_MAC_fetch, (OSSL_LIB_CTX *, const char *, const char *))                              \
    F(void, EVP_MAC_free, (EVP_MAC *))                                                                     \
    F(EVP_MAC_CTX *, EVP_MAC_CTX_new, (EVP_MAC *))                                                         \
    F(void, EVP_MAC_CTX_free, (EVP_MAC_CTX *))                                                             \
    F(int, EVP_MAC_init, (EVP_MAC_CTX *, const unsigned char *, size_t, const OSSL_PARAM *))               \
    F(int, EVP_MAC_update, (EVP_MAC_CTX *, const unsigned char *, size_t))                                 \
    F(int, EVP_MAC_final, (EVP_MAC_CTX *, unsigned char *, size_t *, size_t))

struct libcrypto {
#define F(type, name, arguments) type(*name) arguments;
    LIBCRYPTO_FUNCTIONS(F)
#undef F
};

/* Loaded once per process; NULL, with the reason, when it cannot be. */
const struct libcrypto *ts_libcrypto_load(const char **reason);

#endif
