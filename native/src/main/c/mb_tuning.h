/*
 * Which of ipsec-mb's implementations suits how many packets, measured once per process.
 *
 * A burst of the widest has 16 lanes, or 8 without AVX-512, and an empty lane costs as much as a full one;
 * where the CPU has SHA instructions the next narrower one hashes two packets at a time at a price that
 * does not depend on how many there are: the AVX2 one beside AVX-512, the SSE one beside AVX2. OpenSSL
 * takes one at a time and is best for few where there are no SHA instructions.
 */
#ifndef TWINSPAN_MB_TUNING_H
#define TWINSPAN_MB_TUNING_H

#include <intel-ipsec-mb.h>

#include "internal.h"

enum { MB_LANES = 16, MB_WIDE = 0, MB_NARROW = 1 };

/* By packets of a burst, 1 to MB_LANES: MB_WIDE or MB_NARROW. */
struct mb_choice {
    uint8_t hash[MB_LANES + 1];
    uint8_t encrypt[MB_LANES + 1];
    int seal_from; /* packets; fewer go to OpenSSL */
    int open_from;
};

/* For TS_AUTH_HMAC_SHA1_96 or TS_AUTH_HMAC_SHA2_256_128. */
const struct mb_choice *mb_choice(int integ);

/* Whether an SA of that direction needs a manager of MB_WIDE or MB_NARROW. */
int mb_uses(const struct mb_choice *choice, int inbound, int which);

void mb_init_narrow(IMB_MGR *manager);

#endif
