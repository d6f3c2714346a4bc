/* SPDX-License-Identifier: Apache-2.0 */
/* MESSAGE_ID= of the events that are worth an alert or a search: `journalctl MESSAGE_ID=...`. Each
 * was drawn at random, means one thing for ever, and is never used again for another; docs/logs.md
 * lists them with what to do. */
#ifndef LOG_IDS_H
#define LOG_IDS_H

/* The daemon listens and its collectors begin. */
#define LOG_ID_STARTED "19419e12c8d6abb2ab4c31ec88589b4f"

/* A run has failed whose predecessor had not. What it said last ages and then is gone. */
#define LOG_ID_COLLECTOR_FAILED "47cc13df4589c857253e35d9a50e3150"

/* A run is past its deadline and goes on: a file does not answer. */
#define LOG_ID_COLLECTOR_OVERDUE "db4629ec95f6a6c0592599491db9782a"

/* A run has kept the deadline, well or not, after one or more that had not. */
#define LOG_ID_COLLECTOR_IN_TIME "afb4d348c5545493fdd0569d05d13c7e"

/* A run has succeeded whose predecessor had failed or found the source missing. */
#define LOG_ID_COLLECTOR_WORKS "89baa741614b5bc0b4ae288bd356fbc6"

/* The new configuration, or web configuration, is refused; the old one stays in force. */
#define LOG_ID_RELOAD_FAILED "f4d4de650c0c15696751dab661ce4006"

/* Its memory is not locked: answers may be late while the host swaps. */
#define LOG_ID_MEMORY_NOT_LOCKED "daa4ff2298321340da4f9132372465eb"

/* An enabled collector loses something for want of a capability. */
#define LOG_ID_CAPABILITY_LACKING "930c13ccd7b035a7714fb8f8bb02a7e9"

/* A thread that serves HTTP does not answer the main thread, which stops feeding the watchdog. */
#define LOG_ID_HTTP_STUCK "918fe3f0c3a281b726402c7ecc7f9be7"

/* The stop took longer than it may, and the process ended as it stood. */
#define LOG_ID_STOP_TOO_LONG "4a166683a19d380ea86c6b12dce67445"

#endif
