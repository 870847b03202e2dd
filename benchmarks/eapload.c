/*
 * eapload: access points behind which many devices log in by EAP-TTLS with PAP, TLS 1.3, P-256.
 *
 * Closed loop (the default): WINDOW conversations are always going on. Open loop (--rate):
 * conversations begin at a fixed rate, at most WINDOW at once. People and passwords are radload's.
 * Each reply's authenticators are verified, of each Access-Accept also that it carries EAP-Success
 * and the keys that the device has derived (RFC 2548 section 2.4, RFC 9427 section 2.1). At its end
 * it prints radload's JSON object, in which a conversation counts where radload counts a request.
 *
 * With --rounds a device walks away after so many replies: 1 after the method was named, 2 after
 * our ServerHello; that is a flood of half-open conversations.
 *
 *     gcc -O2 -o eapload eapload.c -lssl -lcrypto
 *     eapload --port 1812 --secret testing123 --count 2000 --window 64
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "radius.h"
#include "tally.h"

enum {
    STATE = 24, VENDOR_SPECIFIC = 26, EAP_MESSAGE = 79, MAX_VALUE = 253,
    RECV_KEY = 17, KEY = 32,
    EAP_REQUEST = 1, EAP_RESPONSE = 2, EAP_SUCCESS = 3, IDENTITY = 1, TTLS = 21,
    MORE = 0x40, LENGTH = 0x80, MAX_EAP = 3800, MAX_FLIGHT = 16384,
};

struct options {
    const char *source, *secret;
    int port, count, window, people, in_order, retries, rounds;
    double rate, timeout, limit;
};

struct conversation {
    int going_on, person, length, state_length, said, replies, tries;
    unsigned caller;
    SSL *tls;
    BIO *in, *out;
    double begun, last_sent;
    uint8_t state[MAX_VALUE], request[MAX_PACKET];
};

static struct options options = {
    .source = "127.0.0.1", .secret = "testing123", .port = 1812, .count = 2000, .window = 64,
    .people = 10000, .retries = 2, .timeout = 3.0, .limit = 60.0,
};
static struct conversation *conversations; /* IDENTIFIERS for each socket; each keeps its own */
static struct pollfd *sockets;
static int socket_count, going_on, next_slot;
static SSL_CTX *context;

static void fail(const char *what) {
    fprintf(stderr, "eapload: %s\n", what);
    exit(1);
}

/* --- packets --- */

static void send_octets(int slot) {
    struct conversation *one = conversations + slot;
    one->last_sent = now();
    if (send(sockets[slot % socket_count].fd, one->request, one->length, 0) < 0
        && errno != EAGAIN && errno != ECONNREFUSED) perror("eapload: send");
}

/* Each device is a station of its own: the same one's would be taken for retries of one login. */
static void send_response(int slot, int identifier, int type, const uint8_t *data, int octets) {
    struct conversation *one = conversations + slot;
    uint8_t eap[MAX_EAP + 5], *packet = one->request, zeros[DIGEST] = {0};
    char station[32];
    int eap_length = 5 + octets;
    int station_length = snprintf(station, sizeof station, "02-00-00-%02X-%02X-%02X",
                                  one->caller >> 16 & 255, one->caller >> 8 & 255,
                                  one->caller & 255);
    memcpy(eap, (uint8_t[]){EAP_RESPONSE, identifier, eap_length >> 8, eap_length & 255, type}, 5);
    memcpy(eap + 5, data, octets);

    packet[0] = ACCESS_REQUEST;
    packet[1] = slot / socket_count;
    for (int i = 4; i < HEADER; i += 8) memcpy(packet + i, &(uint64_t){random_number()}, 8);
    int length = add_attribute(packet, HEADER, MESSAGE_AUTHENTICATOR, zeros, DIGEST);
    uint8_t *authenticator = packet + length - DIGEST;
    length = add_attribute(packet, length, USER_NAME, "anonymous", 9);
    length = add_attribute(packet, length, 4, "\x7f\0\0\1", 4);           /* NAS-IP-Address */
    length = add_attribute(packet, length, 31, station, station_length); /* Calling-Station-Id */
    length = add_attribute(packet, length, 32, "ap-1", 4);               /* NAS-Identifier */
    length = add_attribute(packet, length, 61, "\0\0\0\x13", 4);         /* NAS-Port-Type: Wi-Fi */
    for (int at = 0; at < eap_length; at += MAX_VALUE) {
        int rest = eap_length - at;
        length = add_attribute(packet, length, EAP_MESSAGE, eap + at,
                               rest < MAX_VALUE ? rest : MAX_VALUE);
    }
    if (one->state_length) length = add_attribute(packet, length, STATE, one->state, one->state_length);
    packet[2] = length >> 8;
    packet[3] = length & 255;
    hmac_md5(packet, length, authenticator);
    one->length = length;
    one->tries = 0;
    send_octets(slot);
}

/* Gather the EAP packet of a reply, and keep its State. */
static int read_eap(struct conversation *one, const uint8_t *reply, int length, uint8_t *eap) {
    int octets = 0;
    for (int at = HEADER; at + 2 <= length && reply[at + 1] >= 2; at += reply[at + 1]) {
        int size = reply[at + 1] - 2;
        if (at + 2 + size > length) return 0;
        if (reply[at] == STATE) memcpy(one->state, reply + at + 2, one->state_length = size);
        if (reply[at] != EAP_MESSAGE) continue;
        memcpy(eap + octets, reply + at + 2, size);
        octets += size;
    }
    return octets >= 4 && octets == (eap[2] << 8 | eap[3]) ? octets : 0;
}

/* Say whether MS-MPPE-Recv-Key of an Access-Accept is the first half of the tunnel's MSK. */
static int keys_match(struct conversation *one, const uint8_t *reply, int length) {
    static const char label[] = "EXPORTER_EAP_TLS_Key_Material";
    uint8_t keys[128], plain[48]; /* MSK and EMSK: their length counts */
    if (SSL_export_keying_material(one->tls, keys, sizeof keys, label, sizeof label - 1,
                                   (uint8_t[]){TTLS}, 1, 1) != 1) return 0;
    for (int at = HEADER; at + 2 <= length && reply[at + 1] >= 2; at += reply[at + 1]) {
        const uint8_t *value = reply + at + 2;
        if (reply[at] != VENDOR_SPECIFIC || reply[at + 1] != 58 || at + 58 > length) continue;
        if (memcmp(value, "\0\0\1\x37", 4) || value[4] != RECV_KEY) continue;
        const uint8_t *hidden = value + 8, *vector = one->request + 4;
        for (int block = 0; block < 48; block += DIGEST) {
            uint8_t pad[DIGEST];
            MD5_CTX digest;
            MD5_Init(&digest);
            MD5_Update(&digest, secret, secret_length);
            MD5_Update(&digest, block ? hidden + block - DIGEST : vector, DIGEST);
            if (!block) MD5_Update(&digest, value + 6, 2); /* the salt */
            MD5_Final(pad, &digest);
            for (int i = 0; i < DIGEST; i++) plain[block + i] = hidden[block + i] ^ pad[i];
        }
        return plain[0] == KEY && !memcmp(plain + 1, keys, KEY);
    }
    return 0;
}

/* --- a device --- */

static void send_flight(int slot, int identifier) {
    uint8_t data[MAX_EAP] = {0};
    int octets = BIO_read(conversations[slot].out, data + 1, sizeof data - 1);
    if (octets > 1400) fail("found a flight that wants pieces, which this driver never sends");
    send_response(slot, identifier, TTLS, data, octets > 0 ? octets + 1 : 1);
}

static int add_pair(uint8_t *pairs, int length, int code, const char *value, int octets) {
    int size = 8 + octets;
    uint8_t head[8] = {0, 0, 0, code, 0x40, 0, size >> 8, size & 255};
    memcpy(pairs + length, head, 8);
    memcpy(pairs + length + 8, value, octets);
    return length + (size + 3) / 4 * 4;
}

/* Name and password, the password filled up with zeros (RFC 5281 section 11.2.5). */
static void say_password(struct conversation *one) {
    uint8_t pairs[256] = {0};
    char name[32], password[64] = {0};
    int name_length = snprintf(name, sizeof name, "u%05d", one->person);
    int padded = (snprintf(password, sizeof password, "pw-%s", name) + 15) / 16 * 16;
    int length = add_pair(pairs, 0, USER_NAME, name, name_length);
    length = add_pair(pairs, length, USER_PASSWORD, password, padded);
    if (SSL_write(one->tls, pairs, length) != length) fail("TLS did not take the password");
    one->said = 1;
}

static void begin(int slot) {
    struct conversation *one = conversations + slot;
    memset(one, 0, offsetof(struct conversation, state));
    one->person = (options.in_order ? tally.sent : (int)(random_number() % options.people))
                  % options.people;
    one->caller = random_number();
    one->going_on = 1;
    one->begun = now();
    tally.sent++;
    going_on++;
    send_response(slot, 1, IDENTITY, (const uint8_t *)"anonymous", 9);
}

static void finish(struct conversation *one) {
    tally.seconds[tally.done++] = now() - one->begun;
    SSL_free(one->tls); /* and its two ends */
    one->tls = NULL;
    one->going_on = 0;
    going_on--;
}

static void open_tunnel(struct conversation *one) {
    one->tls = SSL_new(context);
    one->in = BIO_new(BIO_s_mem());
    one->out = BIO_new(BIO_s_mem());
    SSL_set_bio(one->tls, one->in, one->out);
    SSL_set_connect_state(one->tls);
}

/* Answer a request; 0: the server broke the conversation. */
static int answer(int slot, const uint8_t *eap, int octets) {
    struct conversation *one = conversations + slot;
    if (eap[0] != EAP_REQUEST || octets < 6 || eap[4] != TTLS) return 0;
    int skip = eap[5] & LENGTH ? 10 : 6;
    if (!one->tls) open_tunnel(one);
    else if (octets > skip) BIO_write(one->in, eap + skip, octets - skip);
    if (eap[5] & MORE) {
        send_response(slot, eap[1], TTLS, (uint8_t[]){0}, 1);
        return 1;
    }
    int was_open = SSL_is_init_finished(one->tls);
    if (!was_open) {
        int done = SSL_do_handshake(one->tls);
        if (done != 1 && SSL_get_error(one->tls, done) != SSL_ERROR_WANT_READ) return 0;
    } else if (!one->said) {
        uint8_t nothing[16];
        SSL_read(one->tls, nothing, sizeof nothing); /* tickets */
        say_password(one);
    } else return 0; /* nothing more is asked */
    send_flight(slot, eap[1]);
    return 1;
}

static void hear(int slot, uint8_t *reply, int length) {
    struct conversation *one = conversations + slot;
    uint8_t eap[MAX_PACKET];
    if (!is_genuine(reply, length, one->request + 4)) {
        tally.bad++;
        return;
    }
    int octets = read_eap(one, reply, length, eap), code = reply[0];
    one->replies++;
    if (code == ACCESS_CHALLENGE && one->replies == options.rounds) {
        tally.challenges++;
        finish(one);
        return;
    }
    if (code == ACCESS_CHALLENGE && octets && answer(slot, eap, octets)) return;
    if (code == ACCESS_ACCEPT && eap[0] == EAP_SUCCESS && keys_match(one, reply, length))
        tally.accepts++;
    else if (code == ACCESS_REJECT) tally.rejects++;
    else tally.bad++;
    finish(one);
}

/* --- the loop --- */

static void open_sockets(void) {
    socket_count = (options.window + IDENTIFIERS - 1) / IDENTIFIERS;
    if (socket_count < 8) socket_count = 8;
    sockets = calloc(socket_count, sizeof *sockets);
    conversations = calloc((size_t)socket_count * IDENTIFIERS, sizeof *conversations);
    for (int i = 0; i < socket_count; i++) {
        struct sockaddr_in from = {.sin_family = AF_INET}, to = from;
        int opened = socket(AF_INET, SOCK_DGRAM, 0), buffer = 4 << 20;
        inet_pton(AF_INET, options.source, &from.sin_addr);
        inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
        to.sin_port = htons(options.port);
        if (bind(opened, (void *)&from, sizeof from) || connect(opened, (void *)&to, sizeof to)) {
            perror("eapload");
            exit(1);
        }
        setsockopt(opened, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
        fcntl(opened, F_SETFL, O_NONBLOCK);
        sockets[i] = (struct pollfd){.fd = opened, .events = POLLIN};
    }
}

static void begin_new(double begun) {
    int slots = socket_count * IDENTIFIERS;
    while (going_on < options.window && tally.sent < options.count) {
        if (options.rate > 0 && tally.sent >= (int)((now() - begun) * options.rate)) return;
        while (conversations[next_slot % slots].going_on) next_slot++;
        begin(next_slot++ % slots);
    }
}

static void receive(int socket_index) {
    uint8_t reply[MAX_PACKET];
    int length;
    while ((length = recv(sockets[socket_index].fd, reply, sizeof reply, 0)) > 0) {
        int slot = socket_index + (length >= HEADER ? reply[1] : 0) * socket_count;
        if (length >= HEADER && conversations[slot].going_on) hear(slot, reply, length);
    }
}

static void retransmit(void) {
    double time = now();
    for (int slot = 0; slot < socket_count * IDENTIFIERS; slot++) {
        struct conversation *one = conversations + slot;
        if (!one->going_on || time - one->last_sent < options.timeout) continue;
        if (one->tries++ < options.retries) {
            tally.retransmitted++;
            send_octets(slot);
        } else {
            tally.lost++;
            finish(one);
        }
    }
}

static void run(double begun) {
    double looked = begun;
    while (tally.done < options.count && !stopping && now() - begun < options.limit) {
        begin_new(begun);
        if (poll(sockets, socket_count, options.rate > 0 ? 1 : 20) > 0)
            for (int i = 0; i < socket_count; i++)
                if (sockets[i].revents) receive(i);
        if (now() - looked > 0.05) {
            looked = now();
            retransmit();
        }
    }
}

static void read_options(int count, char **words) {
    static const struct option known[] = {
        {"port", required_argument, 0, 'p'},    {"secret", required_argument, 0, 's'},
        {"count", required_argument, 0, 'n'},   {"window", required_argument, 0, 'w'},
        {"people", required_argument, 0, 'u'},  {"rate", required_argument, 0, 'r'},
        {"source", required_argument, 0, 'f'},  {"timeout", required_argument, 0, 't'},
        {"retries", required_argument, 0, 'a'}, {"limit", required_argument, 0, 'l'},
        {"in-order", no_argument, 0, 'o'},      {"rounds", required_argument, 0, 'R'},
        {0},
    };
    int option;
    while ((option = getopt_long(count, words, "", known, NULL)) != -1) switch (option) {
        case 'p': options.port = atoi(optarg); break;
        case 's': options.secret = optarg; break;
        case 'n': options.count = atoi(optarg); break;
        case 'w': options.window = atoi(optarg); break;
        case 'u': options.people = atoi(optarg); break;
        case 'r': options.rate = atof(optarg); break;
        case 'f': options.source = optarg; break;
        case 't': options.timeout = atof(optarg); break;
        case 'a': options.retries = atoi(optarg); break;
        case 'l': options.limit = atof(optarg); break;
        case 'o': options.in_order = 1; break;
        case 'R': options.rounds = atoi(optarg); break;
        default: exit(2);
    }
}

int main(int count, char **words) {
    read_options(count, words);
    key_digests(options.secret);
    random_state = 88172645463325252ULL ^ (uint64_t)(now() * 1e9) ^ (uint64_t)getpid() << 32;
    tally.seconds = calloc(options.count, sizeof *tally.seconds);
    context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    if (SSL_CTX_set1_groups_list(context, "P-256") != 1) fail("no P-256");
    open_sockets();
    signal(SIGTERM, stop);
    double begun = now();
    run(begun);
    print(now() - begun);
    return 0;
}
