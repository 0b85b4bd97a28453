#include <dlfcn.h>
#include <pthread.h>

#include "libcrypto.h"

static struct libcrypto functions;
static const char *failure;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void) {
    void *library = dlopen("libcrypto.so.3", RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        failure = "libcrypto.so.3 not found: install OpenSSL 3 (Debian: libssl3 or libssl3t64)";
        return;
    }
#define F(type, name, arguments)                                                     \
    *(void **)&functions.name = dlsym(library, #name);                               \
    if (functions.name == NULL) failure = "libcrypto.so.3 lacks " #name;
    LIBCRYPTO_FUNCTIONS(F)
#undef F
}

const struct libcrypto *ts_libcrypto_load(const char **reason) {
    pthread_once(&once, load);
    *reason = failure;
    return failure == NULL ? &functions : NULL;
}
