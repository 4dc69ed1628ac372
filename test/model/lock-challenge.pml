/*
 * A lock that judges orders (docs/device-link.md 7.1): every order of what an owner's two phones, a hub that is the enemy, and the power do.
 * The hub keeps every sealed order that it was ever given and brings any of them at any time, over two sessions at once; the lock opens them with the
 * hub's help, so between asking and judging anything may happen. Nonces live in memory; names of orders that were carried out live in flash.
 *
 * Rules of the code, each of which can be taken out by -D:
 *   NO_SINGLE   a nonce is used up by its first order             firmware-stubs/virtual/power/nonces.ts, use
 *   NO_END      a nonce is over after its time                    nonces.ts, use
 *   NO_REBOOT   nonces are lost with the power                    nonces.ts: they are in memory
 *   NO_ATOMIC   nothing is waited for between using the nonce and carrying out   power/shared-power.ts, #judge
 *   NO_QUIET    what has no live nonce is refused without a signature  power/order-judge.ts
 *   NO_DELEGATE the lock takes no delegation below the highest    image/image.ts, delegate
 */
#define NONCES 2
#define ORDERS 3
#define NONE 255

/* The lock. Nonce n: whether it is out (in memory), whose order has used it, and whether its time is over. */
bool out[NONCES], over[NONCES];
byte usedBy[NONCES];
byte given = 0;
/* Flash. */
bool seen[ORDERS];
byte generation = 0;

/* Orders: which nonce each was signed for, and whether it exists. Order 2 is signed by a phone that is removed with generation 1. */
bool sealedOrder[ORDERS];
byte nonceOf[ORDERS];

/* What happened. */
byte opened[ORDERS];
bool accepted[ORDERS], rejected[ORDERS];
byte answered[NONCES];
byte boots = 0;
bool removed = false, metRemoval = false, late = false;

init {
  atomic {
    usedBy[0] = NONE; usedBy[1] = NONE;
    run phone(0); run phone(1); run phone(2); run hub(); run hub(); run power(); run owner()
  }
}

/* Asks for a nonce, through the hub, and signs one order for it. */
proctype phone(byte id) {
  byte n;
  /* The hub may also give every phone the same nonce, which it has asked for once. */
  if
  :: atomic { given < NONCES -> n = given; given++; out[n] = true; over[n] = false; usedBy[n] = NONE }
  :: atomic { given > 0 -> n = given - 1 }
  fi;
  atomic { nonceOf[id] = n; sealedOrder[id] = true }
}

/* The owner removes the phone with order 2; the hub brings the delegation when it likes, and the old one, too. */
proctype owner() {
  removed = true
}

inline takeDelegation(g) {
  atomic {
    if
#ifdef NO_DELEGATE
    :: true -> generation = g
#else
    :: g > generation -> generation = g
    :: else -> skip
#endif
    fi;
    if :: g == 1 -> metRemoval = true :: else -> skip fi
  }
}

inline carryOut(o, n) {
  opened[o]++;
  answered[n]++;
  if :: over[n] -> late = true :: else -> skip fi;
  assert(opened[o] <= 1);            /* opens once: no order opens twice */
  assert(answered[n] <= 1);          /* nonce: none answers two messages */
  assert(!late);                     /* late */
  assert(!(o == 2 && metRemoval));   /* met: a phone that the lock knows to be removed */
  accepted[o] = true;
  assert(!(accepted[o] && rejected[o])) /* outcome: one for an order */
}

/* One session of the hostile hub: brings orders and delegations, as often as it likes within the bound. */
proctype hub() {
  byte o, n, tries = 0;
  bool fresh;
  do
  :: tries < 2 ->
     tries++;
     if
     :: removed -> takeDelegation(1)
     :: takeDelegation(0)
     :: atomic { sealedOrder[0] -> o = 0 } ; goto bring
     :: atomic { sealedOrder[1] -> o = 1 } ; goto bring
     :: atomic { sealedOrder[2] -> o = 2 } ; goto bring
     fi;
     goto next;
bring:
     n = nonceOf[o];
     /* Here the lock waits for the hub's half: anything may happen meanwhile. */
#ifdef NO_ATOMIC
     fresh = out[n] && !over[n] && usedBy[n] == NONE && !seen[o];
     if
     :: fresh && !(o == 2 && generation >= 1) -> usedBy[n] = o; seen[o] = true; atomic { carryOut(o, n) }
     :: else -> skip
     fi;
#else
     atomic {
       if
       :: o == 2 && generation >= 1 -> fresh = false
       :: else ->
#ifdef NO_SINGLE
          fresh = out[n]
#else
          fresh = out[n] && usedBy[n] == NONE && !seen[o]
#endif
#ifndef NO_END
          ; fresh = fresh && !over[n]
#endif
       fi;
       if
       :: fresh -> usedBy[n] = o; seen[o] = true; carryOut(o, n)
#ifdef NO_QUIET
       :: else -> rejected[o] = true; assert(!(accepted[o] && rejected[o])) /* outcome: one for an order */
#else
       :: else -> skip
#endif
       fi
     }
#endif
next: atomic { o = 0; n = 0; fresh = false }
  :: break
  od
}

/* Time passes, and the power fails. */
proctype power() {
  byte n;
  do
  :: atomic { given > 0 && !over[0] -> over[0] = true }
  :: atomic { given > 1 && !over[1] -> over[1] = true }
  :: atomic { boots < 1 -> boots++;
#ifdef NO_REBOOT
       for (n : 0 .. NONCES - 1) { usedBy[n] = NONE }
       for (n : 0 .. ORDERS - 1) { seen[n] = false }
#else
       for (n : 0 .. NONCES - 1) { out[n] = false }
#endif
     }
  :: break
  od
}
