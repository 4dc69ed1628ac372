/*
 * What is replaced unasked when keys are, and whom that leads back (docs/extensions.md §5). A tablet is removed by an administrator that is behind. Another
 * one has begun the next epoch rightly, or not; the tablet has made one of that number, or not. The service shows each machine what it likes of these, and
 * what it can make of them; an honest one has taken the tablet's and shows that. test/model/model.test.ts runs it.
 *
 * Where the rules stand in the code:
 *   NO_PROOF   account/epoch/replace-usurped.ts: what the service alone can have made is left to `account repair`
 *   NO_SHOWN   account/epoch/named-heads.ts: what a Repair names is what was shown and signed, not what the service says of the end
 *   NO_OWN     account/epoch/passage.ts isNamed: a reader has to have a frame that is named, not only fewer of them
 *   NO_NAMED   account/epoch/named-heads.ts: who believed the tablet is named, and goes over
 *   NO_REMOVED account/epoch/usurped.ts isOfRemoved: a removed device's own is replaced
 */
#define FORMER 0         /* the epoch that all have */
#define RIGHT 1          /* the other administrator's */
#define TABLET 2         /* of the tablet, under its key */
#define INVENTED 3       /* of the tablet, by its name alone */
#define CUT 4            /* the right one, cut short or with another bit */
#define REPAIR 5

bool honest;             /* the service: nothing but the tablet began an epoch */
bool hasRight;
byte shown;              /* what the administrator is shown */
byte stated;             /* what the service states as the end in force */
bool isReplaced;
byte named;              /* of which epoch heads are among the Others */
bool isDone;             /* the administrator has begun a Repair, goes on with what it was shown, or says why not */
bool isTold;

byte size[6];            /* frames */

proctype Administrator() {
  bool isProven;
  /* account/epoch/usurped.ts */
  isProven = (shown == TABLET || shown == INVENTED);
#ifdef NO_REMOVED
  isProven = false;
#endif
#ifdef NO_PROOF
  isProven = isProven || shown == CUT;
#endif
  atomic {
    if
    :: isProven ->
       isReplaced = true;
#ifdef NO_SHOWN
       named = stated
#else
#ifdef NO_NAMED
       named = FORMER
#else
       if
       :: shown == TABLET -> named = TABLET
       :: else -> named = FORMER
       fi
#endif
#endif
    :: !isProven && shown == RIGHT
    :: !isProven && shown != RIGHT -> isTold = true
    fi;
    isDone = true
  }
  /* What the removed tablet does alone stops no new key; what is a service's stops it, and is not taken for a device's. */
  assert(!(honest && isTold));
  assert(!(shown == CUT && isReplaced))
}

/* Another machine: in the former epoch, in the right one, or in the tablet's that it took for true. */
proctype Reader(byte at) {
  bool isOver; bool isStuck; byte was;
  was = at;
end:
  (isDone && isReplaced);
  atomic {
    if
    :: at == FORMER -> isOver = true
#ifdef NO_OWN
    :: at != FORMER && named != FORMER && size[at] <= size[named] -> isOver = true
    :: at != FORMER && (named == FORMER || size[at] > size[named]) -> isStuck = true
#else
    :: at != FORMER && named == at -> isOver = true
    :: at != FORMER && named != at -> isStuck = true
#endif
    fi;
    if
    :: isOver -> at = REPAIR
    :: else
    fi
  }
  assert(!(was == RIGHT && isOver));                      /* nobody is led back from what was rightly begun */
  assert(!(was == TABLET && shown == TABLET && isStuck))  /* and who believed the tablet is not left alone */
}

init {
  atomic {
    size[RIGHT] = 2; size[CUT] = 1;
    if
    :: size[TABLET] = 1
    :: size[TABLET] = 3
    fi;
    size[INVENTED] = size[TABLET];
    if
    :: honest = true;
       if
       :: shown = TABLET
       :: shown = INVENTED
       fi;
       stated = shown
    :: hasRight = true;
       if
       :: shown = RIGHT
       :: shown = TABLET
       :: shown = INVENTED
       :: shown = CUT
       fi;
       stated = RIGHT
    fi;
    run Administrator();
    run Reader(FORMER);
    if
    :: hasRight -> run Reader(RIGHT)
    :: else
    fi;
    if
    :: shown == TABLET -> run Reader(TABLET)
    :: else
    fi
  }
}
