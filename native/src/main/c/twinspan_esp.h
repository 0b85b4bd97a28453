/*
 * libtwinspan_esp: ESP encapsulation and decapsulation of whole vectors, one call each, and the
 * system calls that move them (hotcalls.c).
 *
 * The shim lays out the packets, segments super-packets and completes or verifies inner checksums;
 * the AES and HMAC are ipsec-mb's or OpenSSL's. It keeps no state but the SA it is handed, starts no
 * threads, and allocates nothing while packets flow.
 *
 * An ESP packet (RFC 4303 section 2):
 *
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+ ----
 *  |               Security Parameters Index (SPI)                 | ^ AAD of GCM;
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+ | HMAC from
 *  |                      Sequence Number                          | v here
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+ ----
 *  |                IV: 8 bytes (GCM) or 16 (CBC)                  |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+ ----
 *  |                Payload Data (the inner packet)                | ^
 *  ~                                                               ~ | encrypted;
 *  |               +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+ | a multiple of
 *  |               |     Padding (1, 2, 3 ...)                     | | 4 (GCM) or
 *  +-+-+-+-+-+-+-+-+               +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+ | 16 (CBC)
 *  |                               |  Pad Length   | Next Header   | v
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+ ----
 *  |   (high half of the sequence number: HMAC with ESN covers it, | to here
 *  |    RFC 4303 section 2.2.1, but it is not sent)                |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |         Integrity Check Value: 12 (SHA1-96) or 16 bytes       |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *
 * The sequence number is the IV: GCM carries it as the 8-byte IV of RFC 4106 section 3.1, so that no
 * nonce repeats under one key. CBC needs an IV nobody can foresee; the one sent is the forward
 * cipher, under the packet's key, of the block 0^64 | sequence number: the first of the two methods
 * of NIST SP 800-38A appendix C, which asks of the nonce only that it be unique. In CBC that is one
 * more block at the head of the text under an IV of zero: it costs one AES block and no random
 * numbers, and every back-end gives the same bytes. ts_encapsulate refuses a sequence number that
 * is not above all earlier ones of its SA.
 */
#ifndef TWINSPAN_ESP_H
#define TWINSPAN_ESP_H

#include <stdint.h>

#define TS_EXPORT __attribute__((visibility("default")))

/* Raised with every change of this file that callers must know of. */
#define TS_ABI 4

/* LIBCRYPTO_FIPS: the same library, but only its FIPS provider. */
enum { TS_BACKEND_IPSEC_MB = 1, TS_BACKEND_LIBCRYPTO = 2, TS_BACKEND_LIBCRYPTO_FIPS = 3 };

/* IANA IKEv2 transform identifiers, types 1 (encryption) and 3 (integrity). */
enum { TS_ENCR_AES_CBC = 12, TS_ENCR_AES_GCM_16 = 20 };
enum { TS_AUTH_NONE = 0, TS_AUTH_HMAC_SHA1_96 = 2, TS_AUTH_HMAC_SHA2_256_128 = 12 };

/* Of ts_sa_new. */
enum { TS_SA_INBOUND = 1, TS_SA_ESN = 2 };

/* struct ts_encap.flags and negative counts, as in EncapVector.java. */
enum {
    TS_NEEDS_CHECKSUM = 1,
    TS_SEGMENT_TCP = 2,
    TS_SEGMENT_UDP = 4,
    TS_DUMMY = 8,

    TS_ERROR_NO_ROOM = -1,
    TS_ERROR_MALFORMED = -2,
    TS_ERROR_CIPHER = -3,
    TS_ERROR_SEQUENCE = -4,
};

struct ts_encap {
    uint64_t in;              /* inner IP packet, or the filler of a dummy */
    uint32_t in_length;       /* at most 65535 */
    uint16_t gso_size;        /* L4 payload of each segment; 0: not segmented */
    uint16_t header_length;   /* L3 + L4 header; 0: read from the L4 header */
    uint16_t checksum_start;  /* offset of the L4 header */
    uint16_t checksum_offset; /* of the checksum field from there */
    uint32_t flags;
    uint64_t out; /* must not overlap in */
    uint32_t out_capacity;
    int32_t count;        /* out: ESP packets, or TS_ERROR_* */
    uint32_t stride;      /* out: length of each but the last */
    uint32_t last_length; /* out */
    uint64_t sequence;
};

/* struct ts_decap.status and .checksum, as in DecapVector.java. */
enum {
    TS_OK = 0,
    TS_AUTHENTICATION_FAILED = 1,
    TS_BAD_LENGTH = 2,
    TS_BAD_PADDING = 3,
    TS_CIPHER_ERROR = 4,

    TS_CHECKSUM_UNKNOWN = 0,
    TS_CHECKSUM_GOOD = 1,
    TS_CHECKSUM_BAD = 2,
};

struct ts_decap {
    uint64_t in; /* SPI; decrypted in place */
    uint32_t in_length;
    uint32_t sequence_high;
    uint32_t status;       /* out */
    uint32_t inner_offset; /* out */
    uint32_t inner_length; /* out */
    uint8_t next_header;   /* out */
    uint8_t checksum;      /* out */
    uint16_t reserved;
};

_Static_assert(sizeof(struct ts_encap) == 56, "EncapVector.ENTRY_SIZE");
_Static_assert(sizeof(struct ts_decap) == 32, "DecapVector.ENTRY_SIZE");

struct ts_sa;

TS_EXPORT int ts_abi(void);

/*
 * Whether a back-end can run here. Writes its version and instruction set (1 returned) or why not
 * (0 returned) as a string of at most capacity bytes with its final zero.
 */
TS_EXPORT int ts_probe(int backend, char *text, int capacity);

/*
 * One direction of one SA, in a mapping of its own: locked (ts_sa_locked) and left out of core
 * dumps. The caller writes the key material (encryption key, then GCM salt or HMAC key) to the
 * returned address, then calls ts_sa_key, which expands and erases it. NULL: no memory, or a back-end
 * or algorithm that is not there.
 */
TS_EXPORT struct ts_sa *ts_sa_new(int backend, int encr, int key_bits, int integ, int flags, uint32_t spi);

/* 0, or -1 when the library refused the key. Once per SA. */
TS_EXPORT int ts_sa_key(struct ts_sa *sa);

TS_EXPORT int ts_sa_locked(const struct ts_sa *sa);

/* Zeroes and frees. */
TS_EXPORT void ts_sa_free(struct ts_sa *sa);

/* Number of entries without error. One thread at a time per SA. */
TS_EXPORT int ts_encapsulate(struct ts_sa *sa, struct ts_encap *vector, int entries);
TS_EXPORT int ts_decapsulate(struct ts_sa *sa, struct ts_decap *vector, int entries);

/*
 * ts_encapsulate in two steps, so that several threads can share the second, each with an SA of its own
 * under the same keys. ts_admit takes the sequence numbers and sets count, stride and last_length, or the
 * error, of each entry; the number of packets. ts_encapsulate_part then writes packets of them, counted
 * over all entries from 0, and leaves the vector as it is: each packet is to be asked for once, for its
 * nonce was taken once. 0, or an error, after which none of those packets may be sent.
 */
TS_EXPORT int ts_admit(struct ts_sa *sa, struct ts_encap *vector, int entries);
TS_EXPORT int ts_encapsulate_part(struct ts_sa *sa, struct ts_encap *vector, int entries, int first, int packets);

/*
 * The SA's bare cipher, for known answers. GCM: iv is the 8 bytes that follow the SA's salt, aad is
 * authenticated with text. CBC: iv is 16 bytes, text a multiple of 16, and the ICV is the HMAC of aad
 * alone. ts_open_raw returns 0, or -1 when the ICV is wrong.
 */
TS_EXPORT int ts_seal_raw(struct ts_sa *sa, const uint8_t *iv, const uint8_t *aad, int aad_length,
                          uint8_t *text, int text_length, uint8_t *icv);
TS_EXPORT int ts_open_raw(struct ts_sa *sa, const uint8_t *iv, const uint8_t *aad, int aad_length,
                          uint8_t *text, int text_length, const uint8_t *icv);

/*
 * The SA's bare cipher over count texts, at most 64, stride bytes apart, each with its ICV right behind
 * it: in one call, with nothing laid out and nothing copied, for what the shim's own work is measured
 * against. An outbound SA seals, an inbound one opens what was sealed with the same sequence, which
 * makes the IVs and must rise as in ts_encapsulate. The number of good texts, or -1: lengths that do
 * not fit the transform, or a sequence used before. Never used on the wire: CBC's IV can be foreseen.
 */
TS_EXPORT int ts_bare(struct ts_sa *sa, uint64_t sequence, uint8_t *text, uint32_t stride, uint32_t length,
                      int count);

/* read, writev, sendmsg and recvmsg: a byte count, or -errno. */
TS_EXPORT int64_t ts_read(int fd, void *buffer, uint64_t length);
TS_EXPORT int64_t ts_writev(int fd, const void *iovecs, int count);
TS_EXPORT int64_t ts_sendmsg(int fd, const void *message, int flags);
TS_EXPORT int64_t ts_recvmsg(int fd, void *message, int flags);

#endif
