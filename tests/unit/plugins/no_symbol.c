/* SPDX-License-Identifier: Apache-2.0 */
/* A shared object that is something else. */
const int not_a_collector = 1;
