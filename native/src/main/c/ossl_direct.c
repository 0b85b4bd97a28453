#include "ossl_direct.h"

#include <stdio.h>
#include <strings.h>

enum {
    GCM_IV_LENGTH = 12,
    GCM_TAG_LENGTH = 16,
    /* OSSL_FUNC_CIPHER_*, core_dispatch.h */
    NEWCTX = 1,
    ENCRYPT_INIT = 2,
    DECRYPT_INIT = 3,
    UPDATE = 4,
    FINAL = 5,
    FREECTX = 7,
    GET_CTX_PARAMS = 10,
};

typedef void (*function)(void);

static function find(const OSSL_DISPATCH *dispatch, int id) {
    for (; dispatch->function_id != 0; dispatch++) {
        if (dispatch->function_id == id) return dispatch->function;
    }
    return NULL;
}

static const OSSL_DISPATCH *implementation(const OSSL_ALGORITHM *all, const char *name) {
    size_t length = strlen(name);
    for (; all != NULL && all->algorithm_names != NULL; all++) {
        if (strncasecmp(all->algorithm_names, name, length) != 0) continue;
        char end = all->algorithm_names[length];
        if (end == 0 || end == ':') return all->implementation;
    }
    return NULL;
}

static int link_functions(struct ossl_direct *d, const OSSL_DISPATCH *dispatch, const struct ts_sa *sa, void *provider) {
    void *(*new_context)(void *) = (void *(*)(void *))find(dispatch, NEWCTX);
    *(function *)&d->init = find(dispatch, sa->inbound ? DECRYPT_INIT : ENCRYPT_INIT);
    *(function *)&d->update = find(dispatch, UPDATE);
    *(function *)&d->final = find(dispatch, FINAL);
    *(function *)&d->get_params = find(dispatch, GET_CTX_PARAMS);
    *(function *)&d->free_context = find(dispatch, FREECTX);
    int all = new_context && d->init && d->update && d->final && d->get_params && d->free_context;
    if (!all) return 0;
    d->context = new_context(provider);
    return d->context != NULL;
}

int ossl_direct_open(const struct libcrypto *lib, struct ossl_direct *d, const struct ts_sa *sa) {
    char name[16];
    snprintf(name, sizeof name, "AES-%u-GCM", sa->key_length * 8);
    d->cipher = lib->EVP_CIPHER_fetch(NULL, name, NULL);
    if (d->cipher == NULL) return 0;
    const OSSL_PROVIDER *provider = lib->EVP_CIPHER_get0_provider(d->cipher);
    int no_cache = 0;
    const OSSL_ALGORITHM *all =
        provider == NULL ? NULL : lib->OSSL_PROVIDER_query_operation(provider, OSSL_OP_CIPHER, &no_cache);
    const OSSL_DISPATCH *dispatch = implementation(all, name);
    int good = dispatch != NULL &&
               link_functions(d, dispatch, sa, lib->OSSL_PROVIDER_get0_provider_ctx(provider)) &&
               d->init(d->context, sa->key, sa->key_length, NULL, 0, NULL) == 1;
    if (all != NULL) lib->OSSL_PROVIDER_unquery_operation(provider, OSSL_OP_CIPHER, all);
    if (!good) ossl_direct_close(lib, d);
    return good;
}

void ossl_direct_close(const struct libcrypto *lib, struct ossl_direct *d) {
    if (d->context != NULL) d->free_context(d->context);
    lib->EVP_CIPHER_free(d->cipher);
    memset(d, 0, sizeof *d);
}

/* IV, AAD, text; the tag belongs to final. */
static int run(struct ossl_direct *d, struct ts_packet *p, const OSSL_PARAM *params) {
    size_t written = 0;
    if (d->init(d->context, NULL, 0, p->iv, GCM_IV_LENGTH, params) != 1) return 0;
    if (p->auth_length != 0 && d->update(d->context, NULL, &written, p->auth_length, p->auth, p->auth_length) != 1) {
        return 0;
    }
    return p->text_length == 0 ||
           d->update(d->context, p->text, &written, p->text_length, p->text, p->text_length) == 1;
}

uint32_t ossl_direct_seal(struct ossl_direct *d, struct ts_packet *p) {
    OSSL_PARAM tag[2] = {{"tag", OSSL_PARAM_OCTET_STRING, p->icv, GCM_TAG_LENGTH, 0}};
    size_t written = 0;
    int good = run(d, p, NULL) && d->final(d->context, p->text, &written, 0) == 1 && d->get_params(d->context, tag) == 1;
    return good ? TS_OK : TS_CIPHER_ERROR;
}

uint32_t ossl_direct_unseal(struct ossl_direct *d, struct ts_packet *p) {
    const OSSL_PARAM tag[2] = {{"tag", OSSL_PARAM_OCTET_STRING, p->icv, GCM_TAG_LENGTH, 0}};
    size_t written = 0;
    int ran = run(d, p, tag);
    if (ran && d->final(d->context, p->text, &written, 0) == 1) return TS_OK;
    if (p->text_length != 0) explicit_bzero(p->text, p->text_length); /* unauthenticated plaintext */
    return ran ? TS_AUTHENTICATION_FAILED : TS_CIPHER_ERROR;
}
