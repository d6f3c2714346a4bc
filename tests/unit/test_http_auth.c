/* SPDX-License-Identifier: Apache-2.0 */
/* bcrypt goes through a gate of the tests': they can hold it up, see in which order it is asked,
 * and make it take longer. It is the library's nonetheless. */
#include "harness.h"

#include "clock.h"
#include "http_auth.h"

#include <crypt.h>
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <gnutls/gnutls.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define MANY 256

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of all that is static here */
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

static struct {
        bool closed;
        unsigned entered, last_cost;
        int nice;
        bool takes_signals;
        unsigned spin_usec[32];  /* at least so long for a cost */
        void (*meanwhile)(void); /* happens while it is computed */
} gate;

static void spin(unsigned usec)
{
        uint64_t until = clock_usec(CLOCK_THREAD_CPUTIME_ID) + usec;

        while (clock_usec(CLOCK_THREAD_CPUTIME_ID) < until)
                ;
}

char *crypt_rn(const char *phrase, const char *setting, void *data, int size)
{
        char *(*real)(const char *, const char *, void *, int);
        unsigned cost = (unsigned)(setting[4] - '0') * 10 + (unsigned)(setting[5] - '0'), usec;
        sigset_t blocked;

        *(void **)&real = dlsym(RTLD_NEXT, "crypt_rn");
        pthread_sigmask(SIG_SETMASK, NULL, &blocked);
        pthread_mutex_lock(&lock);
        gate.entered++;
        gate.last_cost = cost;
        gate.nice = getpriority(PRIO_PROCESS, (id_t)gettid());
        gate.takes_signals = !sigismember(&blocked, SIGTERM) || !sigismember(&blocked, SIGPROF);
        pthread_cond_broadcast(&changed);
        while (gate.closed)
                pthread_cond_wait(&changed, &lock);
        usec = gate.spin_usec[cost];
        pthread_mutex_unlock(&lock);
        spin(usec);
        if (gate.meanwhile)
                gate.meanwhile();
        return real(phrase, setting, data, size);
}

static void set_gate(bool closed)
{
        pthread_mutex_lock(&lock);
        gate.closed = closed;
        pthread_cond_broadcast(&changed);
        pthread_mutex_unlock(&lock);
}

static void wait_entered(unsigned n)
{
        pthread_mutex_lock(&lock);
        while (gate.entered < n)
                pthread_cond_wait(&changed, &lock);
        pthread_mutex_unlock(&lock);
}

/* What was told to whom. */
static struct told {
        unsigned times, order;
        bool good;
} told[MANY];
static unsigned n_told;

static void done(void *cls, bool good)
{
        struct told *t = cls;

        pthread_mutex_lock(&lock);
        t->times++;
        t->good = good;
        t->order = ++n_told;
        pthread_cond_broadcast(&changed);
        pthread_mutex_unlock(&lock);
}

static void wait_told(unsigned n)
{
        pthread_mutex_lock(&lock);
        while (n_told < n)
                pthread_cond_wait(&changed, &lock);
        pthread_mutex_unlock(&lock);
}

static void hash_of(const char *password, unsigned cost, char ret[64])
{
        static struct crypt_data data;
        static char *(*real)(const char *, const char *, void *, int);
        char salt[CRYPT_GENSALT_OUTPUT_SIZE];

        *(void **)&real = dlsym(RTLD_NEXT, "crypt_rn");
        ck_assert_ptr_nonnull(crypt_gensalt_rn("$2b$", cost, NULL, 0, salt, sizeof(salt)));
        ck_assert_ptr_nonnull(real(password, salt, &data, sizeof(data)));
        snprintf(ret, 64, "%.63s", data.output);
}

/* "Basic ..." in one of a few static buffers. */
static const char *header(const char *user, const char *password)
{
        static _Thread_local char ring[8][BUFSIZ];
        static _Thread_local unsigned at;
        char *ret = ring[at++ % 8];
        char text[4096];
        gnutls_datum_t out, in = { (unsigned char *)text, 0 };

        in.size = (unsigned)snprintf(text, sizeof(text), "%s:%s", user, password);
        ck_assert_int_eq(gnutls_base64_encode2(&in, &out), 0);
        snprintf(ret, BUFSIZ, "Basic %.*s", (int)out.size, (char *)out.data);
        gnutls_free(out.data);
        return ret;
}

static const unsigned char *address(unsigned n)
{
        static _Thread_local unsigned char ret[16];

        memset(ret, 0, sizeof(ret));
        memcpy(ret, &n, sizeof(n));
        return ret;
}

static struct auth *a;
static char hash[64], other_hash[64];
static struct web_pair users[2];

static void set_users(size_t n)
{
        ck_assert_int_eq(auth_set_users(a, &(struct web_config){ .users = users, .n_users = n }),
                         0);
}

static void set_up(void)
{
        memset(&gate, 0, sizeof(gate));
        memset(told, 0, sizeof(told));
        n_told = 0;
        hash_of("right", 4, hash);
        hash_of("other", 4, other_hash);
        users[0] = (struct web_pair){ (char *)"alice", hash };
        users[1] = (struct web_pair){ (char *)"bob", other_hash };
        ck_assert_int_eq(auth_new(&a), 0);
        set_users(2);
}

static void tear_down(void)
{
        auth_free(a);
}

static int submit(unsigned to, const char *user, const char *password, unsigned from)
{
        return auth_submit(a, header(user, password), address(from), done, &told[to]);
}

/* Asks as a client would, and waits for the outcome. */
static bool ask(const char *user, const char *password)
{
        struct told t = { 0 };
        unsigned n = n_told;

        if (auth_check(a, header(user, password)) != AUTH_ASK)
                return true;
        ck_assert_int_eq(auth_submit(a, header(user, password), address(1), done, &t), 0);
        wait_told(n + 1);
        ck_assert_uint_eq(t.times, 1);
        return t.good;
}

static void counts_are(uint64_t verified, uint64_t refused, uint64_t busy, uint64_t computed)
{
        struct auth_counts c = auth_counts(a);

        ck_assert_uint_eq(c.verified, verified);
        ck_assert_uint_eq(c.refused, refused);
        ck_assert_uint_eq(c.busy, busy);
        ck_assert_uint_eq(c.computed, computed);
}

START_TEST(without_users_everybody_is_let_in)
{
        struct auth *open;

        ck_assert_int_eq(auth_new(&open), 0);
        ck_assert_int_eq(auth_check(open, NULL), AUTH_OK);
        ck_assert_int_eq(auth_check(open, "nonsense"), AUTH_OK);
        ck_assert_int_eq(auth_check(open, header("alice", "right")), AUTH_OK);
        auth_free(open);
        set_users(0);
        ck_assert_int_eq(auth_check(a, NULL), AUTH_OK);
        counts_are(0, 0, 0, 0);
}
END_TEST

START_TEST(without_credentials_nobody_is_let_in_and_nothing_is_verified)
{
        static const char *const headers[] = {
                NULL, "", "Basic", "Basic ", "Basic QQ==", "Bearer x"
        };

        for (size_t i = 0; i < MX_ARRAY_SIZE(headers); i++)
                ck_assert_int_eq(auth_check(a, headers[i]), AUTH_REFUSED);
        ck_assert_int_eq(auth_submit(a, "Basic QQ==", address(1), done, &told[0]), -EINVAL);
        ck_assert_int_eq(auth_submit(a, NULL, address(1), done, &told[0]), -EINVAL);
        counts_are(0, 0, 0, 0);
}
END_TEST

START_TEST(the_right_password_is_let_in_and_no_other)
{
        static const struct {
                const char *user, *password;
                bool good;
        } table[] = {
                { "alice", "right", true },  { "alice", "wrong", false },
                { "alice", "", false },      { "alice", "right ", false },
                { "alice", "Right", false }, { "bob", "right", false },
                { "bob", "other", true },    { "Alice", "right", false },
                { "", "right", false },      { "alicex", "right", false },
                { "eve", "right", false },   { "eve", "", false },
                { "alice", hash, false },
        };

        for (unsigned again = 0; again < 2; again++)
                for (size_t i = 0; i < MX_ARRAY_SIZE(table); i++)
                        ck_assert_int_eq(ask(table[i].user, table[i].password), table[i].good);
}
END_TEST

START_TEST(an_empty_user_and_an_empty_password_can_be_set)
{
        hash_of("", 4, hash);
        users[0].name = (char *)"";
        set_users(1);
        ck_assert(ask("", ""));
        ck_assert(!ask("", "x"));
        ck_assert(!ask("x", ""));
}
END_TEST

/* As Go's CompareHashAndPassword, and the exporter-toolkit with it. */
START_TEST(of_a_long_password_the_first_72_bytes_count)
{
        char password[1024];

        memset(password, 'p', sizeof(password));
        password[72] = '\0';
        hash_of(password, 4, hash);
        set_users(1);
        ck_assert(ask("alice", password));
        password[72] = 'x';
        password[73] = '\0';
        ck_assert(ask("alice", password));
        memset(password, 'p', sizeof(password) - 1);
        password[sizeof(password) - 1] = '\0'; /* longer than libxcrypt takes */
        ck_assert(ask("alice", password));
        password[71] = 'x';
        ck_assert(!ask("alice", password));
        password[71] = '\0';
        ck_assert(!ask("alice", password));
}
END_TEST

START_TEST(hashes_of_other_makers_are_understood)
{
        /* libxcrypt's own "a" differs from everybody's for this password. */
        static const char tricky[] = "\xff\xff\xa3";
        static const char minors[] = "aby";

        for (const char *m = minors; *m; m++) {
                hash_of(tricky, 4, hash);
                hash[2] = *m;
                set_users(1);
                ck_assert_msg(ask("alice", tricky), "$2%c$", *m);
                ck_assert(!ask("alice", "x"));
                hash[28]++; /* the unused bits of the salt */
                set_users(1);
                ck_assert_msg(ask("alice", tricky), "$2%c$, other salt", *m);
        }
}
END_TEST

START_TEST(what_is_no_hash_verifies_nothing)
{
        static const char *const none[] = {
                "",           "*",
                "right",      "$2b$04$",
                "$6$abc$def", "$2b$99$abcdefghijklmnopqrstuuabcdefghijklmnopqrstuvwxyz01234"
        };

        for (size_t i = 0; i < MX_ARRAY_SIZE(none); i++) {
                snprintf(hash, sizeof(hash), "%s", none[i]);
                set_users(1);
                ck_assert(!ask("alice", "right"));
                ck_assert(!ask("alice", ""));
        }
}
END_TEST

START_TEST(who_was_verified_is_remembered)
{
        ck_assert_int_eq(auth_check(a, header("alice", "right")), AUTH_ASK);
        ck_assert(ask("alice", "right"));
        for (unsigned i = 0; i < 10; i++)
                ck_assert_int_eq(auth_check(a, header("alice", "right")), AUTH_OK);
        counts_are(11, 0, 0, 1);
        ck_assert_int_eq(auth_check(a, header("alice", "wrong")), AUTH_ASK);
        ck_assert_int_eq(auth_check(a, header("bob", "right")), AUTH_ASK);
}
END_TEST

START_TEST(a_wrong_password_is_remembered_and_answered_as_late)
{
        uint64_t begin;

        gate.spin_usec[4] = 30000;
        ck_assert(!ask("alice", "wrong"));
        counts_are(0, 1, 0, 1);
        for (unsigned i = 0; i < 2; i++) {
                ck_assert_int_eq(auth_check(a, header("alice", "wrong")), AUTH_ASK);
                begin = clock_usec(CLOCK_MONOTONIC);
                ck_assert(!ask("alice", "wrong"));
                ck_assert_uint_ge(clock_usec(CLOCK_MONOTONIC) - begin, 30000);
                counts_are(0, 2 + i, 0, 1);
        }
}
END_TEST

START_TEST(unknown_users_take_the_cost_of_the_dearest_hash)
{
        hash_of("other", 7, other_hash);
        set_users(2);
        ck_assert(!ask("eve", "right"));
        ck_assert_uint_eq(gate.last_cost, 7);
        counts_are(0, 1, 0, 1);
        ck_assert(!ask("alice", "wrong"));
        ck_assert_uint_eq(gate.last_cost, 4);
        counts_are(0, 2, 0, 2);
}
END_TEST

START_TEST(a_wrong_password_against_a_cheap_hash_is_answered_as_late_as_against_the_dearest)
{
        uint64_t begin;

        hash_of("other", 7, other_hash);
        set_users(2);
        gate.spin_usec[4] = 4000;
        gate.spin_usec[7] = 32000;
        for (unsigned i = 0; i < 2;
             i++) { /* at first by what the cheap one took, then by measure */
                begin = clock_usec(CLOCK_MONOTONIC);
                ck_assert(!ask("alice", i ? "wrong" : "Wrong"));
                ck_assert_uint_ge(clock_usec(CLOCK_MONOTONIC) - begin, 32000);
                ck_assert(!ask("bob", "wrong"));
        }
}
END_TEST

START_TEST(bcrypt_runs_at_the_lowest_priority_with_signals_blocked)
{
        int own = getpriority(PRIO_PROCESS, (id_t)gettid());

        ck_assert(ask("alice", "right"));
        ck_assert_int_eq(gate.nice, 19);
        ck_assert(!gate.takes_signals);
        ck_assert_int_eq(getpriority(PRIO_PROCESS, (id_t)gettid()), own);
}
END_TEST

START_TEST(the_same_credentials_are_verified_once_for_all_who_ask)
{
        set_gate(true);
        ck_assert_int_eq(submit(0, "alice", "right", 1), 0);
        wait_entered(1);
        for (unsigned i = 1; i < 6; i++)
                ck_assert_int_eq(submit(i, "alice", "right", 1 + i % 2), 0);
        set_gate(false);
        wait_told(6);
        for (unsigned i = 0; i < 6; i++)
                ck_assert(told[i].times == 1 && told[i].good);
        counts_are(6, 0, 0, 1);
}
END_TEST

START_TEST(one_who_floods_delays_another_by_one_verification)
{
        char password[16];

        set_gate(true);
        for (unsigned i = 0; i < 4; i++) {
                snprintf(password, sizeof(password), "guess%u", i);
                ck_assert_int_eq(submit(i, "alice", password, 1), 0);
        }
        wait_entered(1);
        ck_assert_int_eq(submit(4, "alice", "right", 2), 0);
        set_gate(false);
        wait_told(5);
        ck_assert_uint_eq(told[4].order, 2);
        ck_assert(told[4].good);
        counts_are(1, 4, 0, 5);
}
END_TEST

START_TEST(too_many_are_sent_away_and_counted)
{
        char password[16];
        unsigned n = 0;

        set_gate(true);
        for (; n < 4; n++) {
                snprintf(password, sizeof(password), "guess%u", n);
                ck_assert_int_eq(submit(n, "alice", password, 1), 0);
        }
        ck_assert_int_eq(submit(MANY - 1, "alice", "one more", 1), -EBUSY);
        for (; n < 32; n++) {
                snprintf(password, sizeof(password), "guess%u", n);
                ck_assert_int_eq(submit(n, "alice", password, 10 + n / 3), 0);
        }
        ck_assert_int_eq(submit(MANY - 1, "alice", "one more", 12), -EBUSY);
        for (; n < 64; n++)
                ck_assert_int_eq(submit(n, "alice", "guess3", n), 0);
        ck_assert_int_eq(submit(MANY - 1, "alice", "guess3", 12), -EBUSY);
        counts_are(0, 0, 3, 0);
        set_gate(false);
        wait_told(64);
        ck_assert_uint_eq(told[MANY - 1].times, 0);
        counts_are(0, 64, 3, 32);
        ck_assert(ask("alice", "right"));
}
END_TEST

START_TEST(a_few_addresses_do_not_lock_out_the_right_password)
{
        char password[16];

        set_gate(true);
        for (unsigned n = 0; n < 32; n++) { /* all verifications */
                snprintf(password, sizeof(password), "guess%u", n);
                ck_assert_int_eq(submit(n, "alice", password, n / 4), 0);
        }
        wait_entered(1);
        for (unsigned n = 32; n < 64; n++) /* and all places to wait */
                ck_assert_int_eq(submit(n, "alice", "guess0", n % 8), 0);
        ck_assert_int_eq(submit(100, "alice", "right", 99), 0);
        ck_assert_uint_eq(n_told, 1);
        ck_assert(told[31].times == 1 && !told[31].good);
        ck_assert_int_eq(submit(101, "alice", "guess0", 98), 0);
        ck_assert_uint_eq(n_told, 2);
        ck_assert(told[62].times == 1 && !told[62].good);
        counts_are(0, 0, 2, 0);
        set_gate(false);
        wait_told(66);
        ck_assert(told[100].times == 1 && told[100].good);
        counts_are(1, 63, 2, 32);
}
END_TEST

START_TEST(a_changed_password_ends_what_was_remembered_of_its_user_only)
{
        ck_assert(ask("alice", "right"));
        ck_assert(ask("bob", "other"));
        hash_of("new", 4, hash);
        set_users(2);
        ck_assert_int_eq(auth_check(a, header("alice", "right")), AUTH_ASK);
        ck_assert_int_eq(auth_check(a, header("bob", "other")), AUTH_OK);
        ck_assert(!ask("alice", "right"));
        ck_assert(ask("alice", "new"));
        users[0].name = (char *)"carol"; /* the same hash for another name */
        set_users(2);
        ck_assert_int_eq(auth_check(a, header("alice", "new")), AUTH_ASK);
        ck_assert_int_eq(auth_check(a, header("carol", "new")), AUTH_ASK);
        ck_assert(!ask("alice", "new"));
        ck_assert(ask("carol", "new"));
}
END_TEST

START_TEST(the_outcome_is_for_the_users_at_its_end)
{
        set_gate(true);
        ck_assert_int_eq(submit(0, "alice", "right", 1), 0); /* under way when they change */
        wait_entered(1);
        ck_assert_int_eq(submit(1, "alice", "new", 2), 0); /* waiting */
        ck_assert_int_eq(submit(2, "bob", "other", 3), 0);
        ck_assert_int_eq(submit(3, "carol", "right", 4), 0); /* not yet a user */
        hash_of("new", 4, hash);
        users[1] = (struct web_pair){ (char *)"carol", other_hash };
        hash_of("right", 4, other_hash);
        set_users(2);
        set_gate(false);
        wait_told(4);
        ck_assert(!told[0].good);
        ck_assert(told[1].good);
        ck_assert(!told[2].good);
        ck_assert(told[3].good);
        ck_assert_int_eq(auth_check(a, header("alice", "right")), AUTH_ASK);
}
END_TEST

START_TEST(a_password_hashed_anew_while_it_is_verified_is_let_in)
{
        set_gate(true);
        ck_assert_int_eq(submit(0, "alice", "right", 1), 0);
        wait_entered(1);
        hash_of("right", 5, hash);
        set_users(1);
        set_gate(false);
        wait_told(1);
        ck_assert(told[0].good);
        ck_assert_uint_eq(auth_counts(a).computed, 2);
}
END_TEST

START_TEST(users_taken_away_while_one_is_verified_let_everybody_in)
{
        set_gate(true);
        ck_assert_int_eq(submit(0, "alice", "wrong", 1), 0);
        wait_entered(1);
        set_users(0);
        set_gate(false);
        wait_told(1);
        ck_assert(told[0].good);
}
END_TEST

static void rehash(void)
{
        hash_of("right", 4, hash);
        set_users(1);
}

START_TEST(users_that_do_not_stay_the_same_let_nobody_in)
{
        gate.meanwhile = rehash;
        ck_assert(!ask("alice", "right"));
        counts_are(0, 1, 0, 3);
        gate.meanwhile = NULL;
        ck_assert(ask("alice", "right"));
}
END_TEST

START_TEST(a_stop_tells_all_that_wait_and_refuses_from_then_on)
{
        set_gate(true);
        for (unsigned i = 0; i < 4; i++)
                ck_assert_int_eq(submit(i, i % 2 ? "alice" : "bob", "right", 1 + i), 0);
        wait_entered(1);
        auth_stop(a); /* the gate is still closed */
        ck_assert_uint_eq(n_told, 4);
        for (unsigned i = 0; i < 4; i++)
                ck_assert(told[i].times == 1 && !told[i].good);
        ck_assert_int_eq(submit(5, "alice", "right", 1), -EBUSY);
        counts_are(0, 0, 5, 0);
        auth_stop(a);
        set_gate(false);
}
END_TEST

static unsigned tasks(void)
{
        DIR *dir = opendir("/proc/self/task");
        unsigned n = 0;

        ck_assert_ptr_nonnull(dir);
        while (readdir(dir))
                n++;
        closedir(dir);
        return n;
}

START_TEST(a_stop_does_not_wait_for_an_answer_that_is_put_off)
{
        uint64_t begin;
        unsigned n;

        gate.spin_usec[4] = 1000;
        ck_assert(!ask("alice", "wrong"));
        n = tasks(); /* two of them its own */
        hash_of("other", 5, other_hash);
        memcpy(other_hash, "$2b$17", 6); /* so the wait for the next one is the longest there is */
        set_users(2);
        begin = clock_usec(CLOCK_MONOTONIC);
        ck_assert_int_eq(submit(0, "alice", "wrong", 1), 0);
        ck_assert_int_eq(submit(1, "alice", "wrong", 1), 0);
        auth_stop(a);
        ck_assert_uint_eq(told[0].times, 1);
        auth_free(MX_TAKE_PTR(a));
        /* Half a second hides what waits. But nobody waits in what is left behind, either. */
        while (tasks() > n - 2)
                nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
        ck_assert_uint_lt(clock_usec(CLOCK_MONOTONIC) - begin, 7000000);
        ck_assert_uint_eq(told[0].times, 1);
}
END_TEST

static void *open_gate(void *cls)
{
        wait_told(4);
        set_gate(false);
        return cls;
}

START_TEST(freeing_it_tells_all_that_wait)
{
        pthread_t opener;

        set_gate(true);
        for (unsigned i = 0; i < 4; i++)
                ck_assert_int_eq(submit(i, i % 2 ? "alice" : "bob", "right", 1 + i), 0);
        pthread_create(&opener, NULL, open_gate, NULL);
        auth_free(MX_TAKE_PTR(a));
        pthread_join(opener, NULL);
        for (unsigned i = 0; i < 4; i++)
                ck_assert(told[i].times == 1 && !told[i].good);
}
END_TEST

START_TEST(a_bcrypt_that_takes_long_is_left_behind)
{
        uint64_t begin;
        unsigned n;

        set_gate(true);
        ck_assert_int_eq(submit(0, "alice", "right", 1), 0);
        wait_entered(1);
        n = tasks(); /* two of them its own; a sanitizer may have one, too */
        begin = clock_usec(CLOCK_MONOTONIC);
        auth_free(MX_TAKE_PTR(a));
        /* For a second; but who is not left behind is waited for to the end of this test. */
        ck_assert_uint_lt(clock_usec(CLOCK_MONOTONIC) - begin, 20000000);
        ck_assert(told[0].times == 1 && !told[0].good);
        set_gate(false);
        while (tasks() > n - 2) /* nothing tells of the end of what was left behind */
                nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
        ck_assert_uint_eq(told[0].times, 1);
}
END_TEST

static void submit_again(void *cls, bool good)
{
        ck_assert_int_eq(auth_submit(a, header("bob", "other"), address(2), done, &told[1]), 0);
        ck_assert_int_eq(auth_check(a, header("alice", "right")), AUTH_OK);
        done(cls, good);
}

START_TEST(who_is_told_may_ask_again_at_once)
{
        ck_assert_int_eq(
                auth_submit(a, header("alice", "right"), address(1), submit_again, &told[0]), 0);
        wait_told(2);
        ck_assert(told[0].good && told[1].good);
}
END_TEST

START_TEST(a_flood_of_wrong_passwords_does_not_make_it_forget_the_right_one)
{
        char password[16];

        ck_assert(ask("alice", "right"));
        for (unsigned i = 0; i < 100; i++) {
                snprintf(password, sizeof(password), "guess%u", i);
                ck_assert(!ask("alice", password));
        }
        ck_assert_int_eq(auth_check(a, header("alice", "right")), AUTH_OK);
        counts_are(2, 100, 0, 101);
        ck_assert(!ask("alice", "guess99")); /* remembered */
        counts_are(2, 101, 0, 101);
        ck_assert(!ask("alice", "guess0")); /* no more */
        counts_are(2, 102, 0, 102);
}
END_TEST

static atomic_uint answered, mistaken;

static void is_good(void *cls, bool good)
{
        (void)cls;
        atomic_fetch_add(&mistaken, !good);
        atomic_fetch_add(&answered, 1);
}

static void is_bad(void *cls, bool good)
{
        (void)cls;
        atomic_fetch_add(&mistaken, good);
        atomic_fetch_add(&answered, 1);
}

static void *client(void *cls)
{
        unsigned number = *(unsigned *)cls, asked = 0;
        char password[32];

        for (unsigned i = 0; i < 40; i++) {
                snprintf(password, sizeof(password), "guess%u", i / 4);
                asked += auth_submit(a, header("alice", password), address(number), is_bad, NULL) ==
                         0;
                if (auth_check(a, header("bob", "other")) != AUTH_OK)
                        asked += auth_submit(a, header("bob", "other"), address(number), is_good,
                                             NULL) == 0;
                (void)auth_counts(a);
        }
        return (void *)(uintptr_t)asked;
}

START_TEST(several_threads_use_it_at_once)
{
        unsigned numbers[] = { 1, 2, 3, 4 }, asked = 0;
        pthread_t threads[4];
        void *n;

        for (unsigned i = 0; i < 4; i++)
                ck_assert_int_eq(pthread_create(&threads[i], NULL, client, &numbers[i]), 0);
        for (unsigned i = 0; i < 20; i++) { /* alice's hash changes, bob's does not */
                hash_of("right", 4, hash);
                set_users(2);
        }
        for (unsigned i = 0; i < 4; i++) {
                pthread_join(threads[i], &n);
                asked += (unsigned)(uintptr_t)n;
        }
        auth_stop(a); /* tells false to those who are left, right or wrong */
        ck_assert_uint_eq(atomic_load(&answered), asked);
        ck_assert_uint_le(atomic_load(&mistaken), auth_counts(a).busy);
}
END_TEST

START_TEST(freeing_accepts_null)
{
        auth_free(NULL);
}
END_TEST

int main(void)
{
        Suite *s = suite_create("http_auth");
        TCase *t = tcase_create("http_auth");

        tcase_add_checked_fixture(t, set_up, tear_down);
        tcase_set_timeout(t, 60);
        tcase_add_test(t, without_users_everybody_is_let_in);
        tcase_add_test(t, without_credentials_nobody_is_let_in_and_nothing_is_verified);
        tcase_add_test(t, the_right_password_is_let_in_and_no_other);
        tcase_add_test(t, an_empty_user_and_an_empty_password_can_be_set);
        tcase_add_test(t, of_a_long_password_the_first_72_bytes_count);
        tcase_add_test(t, hashes_of_other_makers_are_understood);
        tcase_add_test(t, what_is_no_hash_verifies_nothing);
        tcase_add_test(t, who_was_verified_is_remembered);
        tcase_add_test(t, a_wrong_password_is_remembered_and_answered_as_late);
        tcase_add_test(t, unknown_users_take_the_cost_of_the_dearest_hash);
        tcase_add_test(
                t,
                a_wrong_password_against_a_cheap_hash_is_answered_as_late_as_against_the_dearest);
        tcase_add_test(t, bcrypt_runs_at_the_lowest_priority_with_signals_blocked);
        tcase_add_test(t, the_same_credentials_are_verified_once_for_all_who_ask);
        tcase_add_test(t, one_who_floods_delays_another_by_one_verification);
        tcase_add_test(t, too_many_are_sent_away_and_counted);
        tcase_add_test(t, a_few_addresses_do_not_lock_out_the_right_password);
        tcase_add_test(t, a_changed_password_ends_what_was_remembered_of_its_user_only);
        tcase_add_test(t, the_outcome_is_for_the_users_at_its_end);
        tcase_add_test(t, a_password_hashed_anew_while_it_is_verified_is_let_in);
        tcase_add_test(t, users_taken_away_while_one_is_verified_let_everybody_in);
        tcase_add_test(t, users_that_do_not_stay_the_same_let_nobody_in);
        tcase_add_test(t, a_stop_tells_all_that_wait_and_refuses_from_then_on);
        tcase_add_test(t, a_stop_does_not_wait_for_an_answer_that_is_put_off);
        tcase_add_test(t, freeing_it_tells_all_that_wait);
        tcase_add_test(t, a_bcrypt_that_takes_long_is_left_behind);
        tcase_add_test(t, who_is_told_may_ask_again_at_once);
        tcase_add_test(t, a_flood_of_wrong_passwords_does_not_make_it_forget_the_right_one);
        tcase_add_test(t, several_threads_use_it_at_once);
        tcase_add_test(t, freeing_accepts_null);
        suite_add_tcase(s, t);
        return harness_main(s);
}
