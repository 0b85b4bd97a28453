/* Inbound: lengths, authentication and decryption by the back-end, padding, inner checksum. */
#include "internal.h"

static void prepare(const struct ts_sa *sa, struct ts_decap *e, struct ts_packet *p) {
    uint8_t *esp = (uint8_t *)(uintptr_t)e->in;
    uint8_t *icv = esp + e->in_length - sa->icv_length;
    uint8_t *iv = esp + ESP_HEADER_LENGTH;
    p->entry = e;
    p->text = iv + sa->iv_length;
    p->text_length = (uint32_t)(icv - p->text);
    p->auth = esp;
    p->icv = p->received;
    memcpy(p->received, icv, sa->icv_length);
    if (sa->aead) {
        memcpy(p->iv, sa->salt, 4);
        memcpy(p->iv + 4, iv, 8);
        p->auth_length = ESP_HEADER_LENGTH;
        if (sa->esn) { /* RFC 4106 section 5 */
            memcpy(p->aad, esp, 4);
            put_be32(p->aad + 4, e->sequence_high);
            memcpy(p->aad + 8, esp + 4, 4);
            p->auth = p->aad;
            p->auth_length = 12;
        }
    } else {
        memcpy(p->iv, iv, CBC_BLOCK);
        p->auth_length = (uint32_t)(icv - esp);
        if (sa->esn) { /* RFC 4303 section 2.2.1 */
            put_be32(icv, e->sequence_high);
            p->auth_length += 4;
        }
    }
}

static int padding_counts_up(const uint8_t *end, uint32_t padding) {
    uint8_t difference = 0;
    for (uint32_t i = 0; i < padding; i++) difference |= end[-(int)i - 1] ^ (uint8_t)(padding - i);
    return difference == 0;
}

static void finish(const struct ts_packet *p) {
    struct ts_decap *e = p->entry;
    e->status = p->status;
    if (p->status != TS_OK) return;
    const uint8_t *pad_length = p->text + p->text_length - 2;
    uint32_t padding = *pad_length;
    if (padding + 2 > p->text_length || !padding_counts_up(pad_length, padding)) {
        e->status = TS_BAD_PADDING;
        return;
    }
    e->next_header = pad_length[1];
    e->inner_offset = (uint32_t)(p->text - (const uint8_t *)(uintptr_t)e->in);
    e->inner_length = p->text_length - 2 - padding;
    e->checksum = ts_verify_checksum(p->text, e->inner_length, e->next_header);
}

/* Whether the entry can be a packet of this SA; sets the status when not. */
static int admit(const struct ts_sa *sa, struct ts_decap *e) {
    uint32_t overhead = ESP_HEADER_LENGTH + sa->iv_length + sa->icv_length;
    e->inner_offset = e->inner_length = 0;
    e->next_header = e->checksum = 0;
    e->status = TS_BAD_LENGTH;
    if (e->in_length < overhead + sa->alignment || e->in_length > MAX_IP_LENGTH) return 0;
    if ((e->in_length - overhead) % sa->alignment != 0) return 0;
    e->status = TS_AUTHENTICATION_FAILED;
    return get_be32((const uint8_t *)(uintptr_t)e->in) == sa->spi;
}

static void open_queued(struct ts_sa *sa, uint32_t queued) {
    if (queued == 0) return;
    sa->backend->open(sa, sa->state, sa->packets, (int)queued);
    for (uint32_t i = 0; i < queued; i++) finish(&sa->packets[i]);
}

int ts_decapsulate(struct ts_sa *sa, struct ts_decap *vector, int entries) {
    if (!sa->keyed || !sa->inbound) return 0;
    uint32_t queued = 0;
    for (int n = 0; n < entries; n++) {
        if (!admit(sa, &vector[n])) continue;
        prepare(sa, &vector[n], &sa->packets[queued]);
        if (++queued == sa->batch) {
            open_queued(sa, queued);
            queued = 0;
        }
    }
    open_queued(sa, queued);
    int good = 0;
    for (int n = 0; n < entries; n++) good += vector[n].status == TS_OK;
    return good;
}
