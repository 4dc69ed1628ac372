/* What a piece of an input is put into: the first octet of it says so. */
#ifndef MESSAGES_H
#define MESSAGES_H

#include "subject.h"

enum { MOST_MESSAGE = 6000 };
enum wrapping { PLAIN, SEALED, DELIVER, RESET, RELEASE, DELEGATE, ORDER, MANIFEST, WAIT, AT_DEVICE, POWER, AGAIN, WRAPPINGS };

#endif
