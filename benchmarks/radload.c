/*
 * radload: a NAS that logs many people in by PAP, and measures how long it takes.
 *
 * Closed loop (the default): WINDOW requests are always on their way. Open loop (--rate): requests
 * leave at a fixed rate, at most WINDOW at once. A person is u and five digits, u00042; the password is
 * "pw-" and the name, or that person's line of the file --passwords, u00000's first. Each reply's Response Authenticator and Message-Authenticator are
 * verified (RFC 2865 section 3, RFC 3579 section 3.2). At its end it prints one JSON object; SIGTERM
 * ends it early, with the figures so far.
 *
 * Identifiers are 8 bits and count for each port, so requests are spread over many sockets.
 *
 *     gcc -O2 -o radload radload.c -lcrypto
 *     radload --port 1812 --secret testing123 --count 10000 --window 128
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "radius.h"
#include "tally.h"

enum {
    MAX_REQUEST = 256,
    MAX_PASSWORD = 64, /* with its end; a multiple of DIGEST */
};

struct options {
    const char *source, *secret, *passwords;
    int port, count, window, people, in_order, retries;
    double rate, timeout, limit;
};

struct request {
    int in_flight, length, tries;
    double first_sent, last_sent;
    uint8_t octets[MAX_REQUEST];
};

/* --- packets --- */

/* Hide a password in place (RFC 2865 section 5.2); its octets are a multiple of 16. */
static void hide_password(uint8_t *password, int octets, const uint8_t *authenticator) {
    const uint8_t *previous = authenticator;
    for (int at = 0; at < octets; at += DIGEST) {
        uint8_t pad[DIGEST];
        MD5_CTX context;
        MD5_Init(&context);
        MD5_Update(&context, secret, secret_length);
        MD5_Update(&context, previous, DIGEST);
        MD5_Final(pad, &context);
        for (int i = 0; i < DIGEST; i++) password[at + i] ^= pad[i];
        previous = password + at;
    }
}

static char (*passwords)[MAX_PASSWORD]; /* one a person; NULL: "pw-" and the name */

static void read_passwords(const char *path, int people) {
    FILE *file = fopen(path, "r");
    passwords = calloc(people, sizeof *passwords);
    for (int i = 0; file && i < people; i++) {
        if (!fgets(passwords[i], MAX_PASSWORD, file) || !strchr(passwords[i], '\n')) {
            fprintf(stderr, "radload: %s: line %d: found no password of at most %d octets\n", path,
                    i + 1, MAX_PASSWORD - 2);
            exit(2);
        }
        passwords[i][strcspn(passwords[i], "\n")] = 0;
    }
    if (!file) {
        perror(path);
        exit(2);
    }
    fclose(file);
}

/* Each login comes from a caller of its own: the same one's would be taken for retries of one. */
static void write_request(struct request *request, int identifier, int person, unsigned caller) {
    uint8_t *packet = request->octets, zeros[DIGEST] = {0};
    char name[32], password[MAX_PASSWORD] = {0}, station[32];
    int station_length = snprintf(station, sizeof station, "10.%u.%u.%u", caller >> 16 & 255,
                                  caller >> 8 & 255, caller & 255);
    int name_length = snprintf(name, sizeof name, "u%05d", person);
    const char *head = passwords ? "" : "pw-", *tail = passwords ? passwords[person] : name;
    int hidden = (snprintf(password, sizeof password, "%s%s", head, tail) + 15) / 16 * 16;

    packet[0] = ACCESS_REQUEST;
    packet[1] = identifier;
    for (int i = 4; i < HEADER; i += 8) memcpy(packet + i, &(uint64_t){random_number()}, 8);
    hide_password((uint8_t *)password, hidden, packet + 4);

    int length = add_attribute(packet, HEADER, MESSAGE_AUTHENTICATOR, zeros, DIGEST);
    uint8_t *authenticator = packet + length - DIGEST;
    length = add_attribute(packet, length, USER_NAME, name, name_length);
    length = add_attribute(packet, length, USER_PASSWORD, password, hidden);
    length = add_attribute(packet, length, 4, "\x7f\0\0\1", 4); /* NAS-IP-Address */
    length = add_attribute(packet, length, 5, "\0\0\0\1", 4);   /* NAS-Port */
    length = add_attribute(packet, length, 6, "\0\0\0\x08", 4); /* Service-Type */
    length = add_attribute(packet, length, 31, station, station_length); /* Calling-Station-Id */
    length = add_attribute(packet, length, 32, "vpn-gw-1", 8);      /* NAS-Identifier */
    packet[2] = length >> 8;
    packet[3] = length & 255;
    hmac_md5(packet, length, authenticator);
    request->length = length;
}

/* --- the loop --- */

static struct options options = {
    .source = "127.0.0.1", .secret = "testing123", .port = 1812, .count = 10000, .window = 128,
    .people = 10000, .retries = 2, .timeout = 3.0, .limit = 60.0,
};
static struct request *requests; /* IDENTIFIERS for each socket */
static struct pollfd *sockets;
static int socket_count, in_flight, next_slot;

static void open_sockets(void) {
    socket_count = (options.window + IDENTIFIERS - 1) / IDENTIFIERS;
    if (socket_count < 8) socket_count = 8;
    sockets = calloc(socket_count, sizeof *sockets);
    requests = calloc((size_t)socket_count * IDENTIFIERS, sizeof *requests);
    for (int i = 0; i < socket_count; i++) {
        struct sockaddr_in from = {.sin_family = AF_INET}, to = from;
        int opened = socket(AF_INET, SOCK_DGRAM, 0), buffer = 4 << 20;
        inet_pton(AF_INET, options.source, &from.sin_addr);
        inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
        to.sin_port = htons(options.port);
        if (bind(opened, (void *)&from, sizeof from) || connect(opened, (void *)&to, sizeof to)) {
            perror("radload");
            exit(1);
        }
        setsockopt(opened, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
        fcntl(opened, F_SETFL, O_NONBLOCK);
        sockets[i] = (struct pollfd){.fd = opened, .events = POLLIN};
    }
}

/* Slots go round by socket first, so that an Identifier is not used again soon. */
static struct request *free_slot(int *socket_index, int *identifier) {
    int slots = socket_count * IDENTIFIERS;
    for (int tries = 0; tries < slots; tries++) {
        int slot = next_slot++ % slots;
        *socket_index = slot % socket_count;
        *identifier = slot / socket_count;
        struct request *found = requests + *socket_index * IDENTIFIERS + *identifier;
        if (!found->in_flight) return found;
    }
    return NULL;
}

static void send_octets(int socket_index, struct request *request) {
    request->last_sent = now();
    if (send(sockets[socket_index].fd, request->octets, request->length, 0) < 0
        && errno != EAGAIN && errno != ECONNREFUSED) perror("radload: send");
}

static void send_new(double begun) {
    while (in_flight < options.window && tally.sent < options.count) {
        if (options.rate > 0 && tally.sent >= (int)((now() - begun) * options.rate)) return;
        int socket_index, identifier;
        struct request *request = free_slot(&socket_index, &identifier);
        if (!request) return;
        int person = options.in_order ? tally.sent : (int)(random_number() % options.people);
        write_request(request, identifier, person % options.people, tally.sent);
        request->in_flight = 1;
        request->tries = 0;
        send_octets(socket_index, request);
        request->first_sent = request->last_sent;
        tally.sent++;
        in_flight++;
    }
}

static void finish(struct request *request) {
    tally.seconds[tally.done++] = now() - request->first_sent;
    request->in_flight = 0;
    in_flight--;
}

static void receive(int socket_index) {
    uint8_t reply[MAX_PACKET];
    int length;
    while ((length = recv(sockets[socket_index].fd, reply, sizeof reply, 0)) > 0) {
        if (length < HEADER) continue;
        struct request *request = requests + socket_index * IDENTIFIERS + reply[1];
        if (!request->in_flight) continue;
        int code = reply[0];
        if (!is_genuine(reply, length, request->octets + 4)) {
            tally.bad++;
            continue;
        }
        tally.accepts += code == ACCESS_ACCEPT;
        tally.rejects += code == ACCESS_REJECT;
        tally.challenges += code == ACCESS_CHALLENGE;
        finish(request);
    }
}

static void retransmit(void) {
    double time = now();
    for (int i = 0; i < socket_count * IDENTIFIERS; i++) {
        struct request *request = requests + i;
        if (!request->in_flight || time - request->last_sent < options.timeout) continue;
        if (request->tries++ < options.retries) {
            tally.retransmitted++;
            send_octets(i / IDENTIFIERS, request);
        } else {
            tally.lost++;
            finish(request);
        }
    }
}

static void run(double begun) {
    double looked = begun;
    while (tally.done < options.count && !stopping && now() - begun < options.limit) {
        send_new(begun);
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
        {"in-order", no_argument, 0, 'o'},      {"passwords", required_argument, 0, 'P'},
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
        case 'P': options.passwords = optarg; break;
        default: exit(2);
    }
}

int main(int count, char **words) {
    read_options(count, words);
    key_digests(options.secret);
    if (options.passwords) read_passwords(options.passwords, options.people);
    random_state = 88172645463325252ULL ^ (uint64_t)(now() * 1e9) ^ (uint64_t)getpid() << 32;
    tally.seconds = calloc(options.count, sizeof *tally.seconds);
    open_sockets();
    next_slot = random_number() % (socket_count * IDENTIFIERS);
    signal(SIGTERM, stop);
    double begun = now();
    run(begun);
    print(now() - begun);
    return 0;
}
