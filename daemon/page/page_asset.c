/* SPDX-License-Identifier: Apache-2.0 */
/* The template of the page, as bytes of the program: the assembler includes it. The path is seen
 * from where the compiler runs, which is the top of the tree. */
#include "page_private.h"

#ifndef PAGE_TEMPLATE
#define PAGE_TEMPLATE "daemon/page/page.html"
#endif

__asm__(".pushsection .rodata.page_template, \"a\", %progbits\n"
        ".global page_template\n"
        ".hidden page_template\n"
        ".type page_template, %object\n"
        "page_template:\n"
        ".incbin \"" PAGE_TEMPLATE "\"\n"
        ".global page_template_end\n"
        ".hidden page_template_end\n"
        ".type page_template_end, %object\n"
        "page_template_end:\n"
        ".byte 0\n"
        ".size page_template, . - page_template\n"
        ".popsection\n");
