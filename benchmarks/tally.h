/* What a driver of a load counts, and the JSON object that it prints at its end. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

struct tally {
    int sent, done, accepts, rejects, challenges, bad, lost, retransmitted;
    double *seconds; /* of each login, or conversation, that is done */
};

static struct tally tally;

static volatile sig_atomic_t stopping;

static void stop(int signal_number) { (void)signal_number; stopping = 1; }

static int by_size(const void *one, const void *other) {
    double left = *(const double *)one, right = *(const double *)other;
    return (left > right) - (left < right);
}

static double milliseconds(double share) {
    return tally.done ? tally.seconds[(int)((tally.done - 1) * share)] * 1e3 : 0;
}

static void print(double seconds) {
    int answered = tally.accepts + tally.rejects + tally.challenges;
    qsort(tally.seconds, tally.done, sizeof *tally.seconds, by_size);
    printf("{\"rate\": %.1f, \"seconds\": %.3f, \"sent\": %d, \"accepts\": %d, \"rejects\": %d, "
           "\"challenges\": %d, \"bad\": %d, \"lost\": %d, \"retransmitted\": %d, "
           "\"p50_ms\": %.3f, \"p99_ms\": %.3f, \"max_ms\": %.3f}\n",
           answered / seconds, seconds, tally.sent, tally.accepts, tally.rejects, tally.challenges,
           tally.bad, tally.lost, tally.retransmitted, milliseconds(0.5), milliseconds(0.99),
           milliseconds(1));
}
