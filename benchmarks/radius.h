/* What drivers of a load have in common: time, chance, packets of RADIUS and their digests. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/md5.h>
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

enum {
    ACCESS_REQUEST = 1, ACCESS_ACCEPT = 2, ACCESS_REJECT = 3, ACCESS_CHALLENGE = 11,
    USER_NAME = 1, USER_PASSWORD = 2, MESSAGE_AUTHENTICATOR = 80,
    HEADER = 20, DIGEST = 16, IDENTIFIERS = 256, MAX_PACKET = 4096,
};

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec * 1e-9;
}

static uint64_t random_state;

static uint64_t random_number(void) { /* xorshift64: unpredictable enough for a benchmark */
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    return random_state ^= random_state << 17;
}

/* --- digests --- */

static const char *secret;
static size_t secret_length;
static MD5_CTX hmac_inner, hmac_outer; /* keyed once */

static void key_digests(const char *shared_secret) {
    uint8_t inner[64], outer[64];
    secret = shared_secret;
    secret_length = strlen(secret);
    memset(inner, 0x36, sizeof inner);
    memset(outer, 0x5c, sizeof outer);
    for (size_t i = 0; i < secret_length; i++) {
        inner[i] ^= secret[i];
        outer[i] ^= secret[i];
    }
    MD5_Init(&hmac_inner);
    MD5_Update(&hmac_inner, inner, sizeof inner);
    MD5_Init(&hmac_outer);
    MD5_Update(&hmac_outer, outer, sizeof outer);
}

static void hmac_md5(const uint8_t *octets, size_t length, uint8_t digest[DIGEST]) {
    MD5_CTX context = hmac_inner;
    MD5_Update(&context, octets, length);
    MD5_Final(digest, &context);
    context = hmac_outer;
    MD5_Update(&context, digest, DIGEST);
    MD5_Final(digest, &context);
}

/* --- packets --- */

static int add_attribute(uint8_t *packet, int length, int type, const void *value, int octets) {
    packet[length] = type;
    packet[length + 1] = octets + 2;
    memcpy(packet + length + 2, value, octets);
    return length + 2 + octets;
}

/* Say whether a reply was made by somebody who knows the secret and the request. */
static int is_genuine(uint8_t *reply, int length, const uint8_t *request_authenticator) {
    uint8_t digest[DIGEST], claimed[DIGEST];
    memcpy(claimed, reply + 4, DIGEST);
    memcpy(reply + 4, request_authenticator, DIGEST);
    MD5_CTX context;
    MD5_Init(&context);
    MD5_Update(&context, reply, length);
    MD5_Update(&context, secret, secret_length);
    MD5_Final(digest, &context);
    if (memcmp(digest, claimed, DIGEST)) return 0;

    for (int at = HEADER; at + 2 <= length && reply[at + 1] >= 2; at += reply[at + 1]) {
        if (reply[at] != MESSAGE_AUTHENTICATOR || reply[at + 1] != DIGEST + 2) continue;
        if (at + 2 + DIGEST > length) return 0;
        memcpy(claimed, reply + at + 2, DIGEST);
        memset(reply + at + 2, 0, DIGEST);
        hmac_md5(reply, length, digest);
        return !memcmp(digest, claimed, DIGEST);
    }
    return 0; /* both servers of the benchmark send one */
}
