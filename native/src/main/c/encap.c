/* Outbound: segments, lays out ESP, and hands the packets to the back-end a batch at a time. */
#include "internal.h"

static uint32_t esp_length(const struct ts_sa *sa, uint32_t inner) {
    uint32_t padded = (inner + 2 + sa->alignment - 1) & ~(sa->alignment - 1);
    return ESP_HEADER_LENGTH + sa->iv_length + padded + sa->icv_length;
}

/* Padding 1, 2, 3 ..., pad length, next header: RFC 4303 sections 2.4 to 2.6. */
static void write_trailer(uint8_t *at, uint32_t padding, uint8_t next_header) {
    for (uint32_t i = 0; i < padding; i++) at[i] = (uint8_t)(i + 1);
    at[padding] = (uint8_t)padding;
    at[padding + 1] = next_header;
}

static void prepare_gcm(const struct ts_sa *sa, struct ts_packet *p, uint8_t *esp, uint64_t sequence) {
    put_be64(esp + ESP_HEADER_LENGTH, sequence);
    memcpy(p->iv, sa->salt, 4);
    memcpy(p->iv + 4, esp + ESP_HEADER_LENGTH, 8);
    p->text = esp + ESP_HEADER_LENGTH + 8;
    p->auth = esp;
    p->auth_length = ESP_HEADER_LENGTH;
    if (sa->esn) { /* RFC 4106 section 5 */
        memcpy(p->aad, esp, 4);
        put_be64(p->aad + 4, sequence);
        p->auth = p->aad;
        p->auth_length = 12;
    }
}

/* The IV is the text's first block; see twinspan_esp.h. */
static void prepare_cbc(const struct ts_sa *sa, struct ts_packet *p, uint8_t *esp, uint64_t sequence) {
    put_be64(esp + ESP_HEADER_LENGTH, 0);
    put_be64(esp + ESP_HEADER_LENGTH + 8, sequence);
    memset(p->iv, 0, CBC_BLOCK);
    p->text = esp + ESP_HEADER_LENGTH;
    p->auth = esp;
    p->auth_length = (uint32_t)(p->icv - esp);
    if (sa->esn) {
        put_be32(p->icv, (uint32_t)(sequence >> 32)); /* the ICV will be written over it */
        p->auth_length += 4;
    }
}

static void lay_out(const struct ts_sa *sa, struct ts_encap *e, const struct ts_plan *plan, uint32_t i,
                    struct ts_packet *p) {
    uint32_t inner = i == plan->count - 1 ? plan->last_inner_length : plan->inner_length;
    uint32_t length = i == plan->count - 1 ? e->last_length : e->stride;
    uint8_t *esp = (uint8_t *)(uintptr_t)e->out + (size_t)i * e->stride;
    uint8_t *payload = esp + ESP_HEADER_LENGTH + sa->iv_length;
    uint64_t sequence = e->sequence + i;

    put_be32(esp, sa->spi);
    put_be32(esp + 4, (uint32_t)sequence);
    ts_segment(e, plan, i, payload);
    p->icv = esp + length - sa->icv_length;
    write_trailer(payload + inner, (uint32_t)(p->icv - payload) - inner - 2, plan->next_header);
    if (sa->aead) {
        prepare_gcm(sa, p, esp, sequence);
    } else {
        prepare_cbc(sa, p, esp, sequence);
    }
    p->text_length = (uint32_t)(p->icv - p->text);
    p->entry = e;
}

/* How many could not be; their entries are told only where nobody else reads them. */
static uint32_t seal_queued(struct ts_sa *sa, uint32_t queued, int tell) {
    uint32_t failed = 0;
    if (queued == 0) return 0;
    sa->backend->seal(sa, sa->state, sa->packets, (int)queued);
    for (uint32_t i = 0; i < queued; i++) {
        struct ts_packet *p = &sa->packets[i];
        if (p->status == TS_OK) continue;
        memset(p->text, 0, p->text_length); /* it may still be plaintext */
        if (tell) ((struct ts_encap *)p->entry)->count = TS_ERROR_CIPHER;
        failed++;
    }
    return failed;
}

/* Sets count, stride and last_length, and takes the sequence numbers, or sets the error. */
static int admit(struct ts_sa *sa, struct ts_encap *e, struct ts_plan *plan) {
    e->count = ts_plan(e, plan);
    if (e->count < 0) return 0;
    uint32_t stride = esp_length(sa, plan->inner_length);
    uint32_t last = esp_length(sa, plan->last_inner_length);
    if (stride > MAX_IP_LENGTH) {
        e->count = TS_ERROR_MALFORMED;
        return 0;
    }
    if ((uint64_t)stride * (plan->count - 1) + last > e->out_capacity) {
        e->count = TS_ERROR_NO_ROOM;
        return 0;
    }
    uint64_t last_sequence = e->sequence + plan->count - 1;
    int cycles = last_sequence < e->sequence || (!sa->esn && last_sequence > UINT32_MAX);
    if (e->sequence <= sa->last_sequence || cycles) {
        e->count = TS_ERROR_SEQUENCE;
        return 0;
    }
    sa->last_sequence = last_sequence;
    e->count = (int32_t)plan->count;
    e->stride = stride;
    e->last_length = last;
    return 1;
}

int ts_encapsulate(struct ts_sa *sa, struct ts_encap *vector, int entries) {
    if (!sa->keyed || sa->inbound) return 0;
    uint32_t queued = 0;
    for (int n = 0; n < entries; n++) {
        struct ts_encap *e = &vector[n];
        struct ts_plan plan;
        if (!admit(sa, e, &plan)) continue;
        for (uint32_t i = 0; i < plan.count; i++) {
            lay_out(sa, e, &plan, i, &sa->packets[queued]);
            if (++queued == sa->batch) {
                seal_queued(sa, queued, 1);
                queued = 0;
            }
        }
    }
    seal_queued(sa, queued, 1);
    int good = 0;
    for (int n = 0; n < entries; n++) good += vector[n].count > 0;
    return good;
}

int ts_admit(struct ts_sa *sa, struct ts_encap *vector, int entries) {
    if (!sa->keyed || sa->inbound) return 0;
    int packets = 0;
    for (int n = 0; n < entries; n++) {
        struct ts_plan plan;
        if (admit(sa, &vector[n], &plan)) packets += vector[n].count;
    }
    return packets;
}

int ts_encapsulate_part(struct ts_sa *sa, struct ts_encap *vector, int entries, int first, int packets) {
    if (!sa->keyed || sa->inbound || first < 0 || packets < 0) return TS_ERROR_MALFORMED;
    uint32_t queued = 0, failed = 0;
    for (int n = 0; n < entries && packets > 0; n++) {
        struct ts_encap *e = &vector[n];
        struct ts_plan plan;
        if (e->count <= first) { /* not admitted, or before the first */
            first -= e->count > 0 ? e->count : 0;
            continue;
        }
        if (ts_plan(e, &plan) != 0 || plan.count != (uint32_t)e->count) return TS_ERROR_MALFORMED;
        for (; first < e->count && packets > 0; first++, packets--) {
            lay_out(sa, e, &plan, (uint32_t)first, &sa->packets[queued]);
            if (++queued == sa->batch) {
                failed += seal_queued(sa, queued, 0);
                queued = 0;
            }
        }
        first = 0;
    }
    failed += seal_queued(sa, queued, 0);
    return failed != 0 ? TS_ERROR_CIPHER : packets != 0 ? TS_ERROR_MALFORMED : 0;
}
