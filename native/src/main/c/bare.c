/* The library's cipher with nothing around it, for what ts_encapsulate and ts_decapsulate are measured against. */
#include "internal.h"

static void prepare(const struct ts_sa *sa, struct ts_packet *p, uint64_t sequence, uint8_t *text, uint32_t length) {
    if (sa->aead) {
        memcpy(p->iv, sa->salt, 4);
        put_be64(p->iv + 4, sequence);
        put_be64(p->aad, sequence);
        p->auth = p->aad;
        p->auth_length = ESP_HEADER_LENGTH;
    } else {
        put_be64(p->iv, 0);
        put_be64(p->iv + 8, sequence);
        p->auth = text;
        p->auth_length = length;
    }
    p->text = text;
    p->text_length = length;
    p->icv = text + length;
    p->status = TS_OK;
}

int ts_bare(struct ts_sa *sa, uint64_t sequence, uint8_t *text, uint32_t stride, uint32_t length, int count) {
    if (!sa->keyed || count < 1 || count > MAX_BATCH) return -1;
    if (length == 0 || length > MAX_IP_LENGTH || length % sa->alignment != 0 || stride < length + sa->icv_length) return -1;
    if (!sa->inbound) {
        uint64_t last = sequence + (uint64_t)count - 1;
        if (sequence <= sa->last_sequence || last < sequence) return -1; /* GCM: no nonce twice */
        sa->last_sequence = last;
    }
    for (int i = 0; i < count; i++) {
        prepare(sa, &sa->packets[i], sequence + (uint64_t)i, text + (size_t)i * stride, length);
    }
    if (sa->inbound) {
        sa->backend->open(sa, sa->state, sa->packets, count);
    } else {
        sa->backend->seal(sa, sa->state, sa->packets, count);
    }
    int good = 0;
    for (int i = 0; i < count; i++) good += sa->packets[i].status == TS_OK;
    return good;
}
