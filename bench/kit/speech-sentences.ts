/**
 * What the bench of speech says to the house of the sentence table (test/driver/language/house.en.json) for its figures. `orders` and `others` were written
 * before the recogniser was run on them, and looked at once (2026-11-30, docs/figures.md): who mends the recogniser by what they show makes them tuning
 * (speech-tuning.ts), and writes others.
 */

/** Orders and questions. */
export const orders: readonly string[] = [
  "switch the ceiling off please",
  "please turn the cottage lamp on",
  "christmas tree off",
  "turn on all the lamps in the bedroom",
  "worktop off please",
  "switch off the party lamp",
  "turn the reading lamp on",
  "lights off in the kitchen",
  "put the kitchen light off",
  "switch the evening lamps on",
  "turn off everything in the bedroom",
  "set the kitchen light to twenty percent",
  "set the worktop to eighty percent",
  "dim the cottage lamp to sixty percent",
  "set the brightness of the reading lamp to thirty five percent",
  "turn the party lamp down to fifty percent",
  "make the reading lamp dimmer",
  "make the ceiling a little darker",
  "make the party lamp yellow",
  "set the party lamp to pink",
  "set the kitchen light to warm white",
  "set the big heater to nineteen degrees",
  "set the bedroom radiator to twenty three degrees",
  "make the bedroom radiator cooler",
  "switch on the kettle please",
  "turn the desk plug off",
  "lock the front door now",
  "close the garage door please",
  "is the garage door closed",
  "is the reading lamp on",
  "is the big heater off",
  "what is the temperature in the living room",
  "how humid is it in the nursery",
  "start the film time scene",
  "turn off the kettle in half an hour",
  "turn on the cottage lamp at nine oclock",
];

/** What is no order to this house, some of it near to one. */
export const others: readonly string[] = [
  "what shall we have for supper",
  "he forgot his homework again",
  "the washing is still on the line",
  "can you hear the birds in the garden",
  "my sister moved to the cottage last spring",
  "turn around so that i can see you",
  "is your brother coming to the party",
  "how far is it to the next petrol station",
  "set off early if you want to be there at ten",
  "the kettle was a present from my aunt",
  "we lock our bicycles in the garage",
  "there were twenty people in the living room",
  "please wipe your feet before you come in",
  "who wants another slice of cake",
  "the heater in the car is broken",
  "make a list of what you need",
  "it starts at seven and ends at nine",
  "i switched banks two years ago",
  "are we there yet",
  "the lights of the city looked beautiful",
  "did you brush your teeth",
  "close friends of ours are getting married",
  "that is not what i meant at all",
  "the bedroom has a nice view of the lake",
  "dinner will be ready in fifteen minutes",
];

/** Orders that may do harm: none may be carried out by a voice alone. */
export const risky: readonly string[] = [
  "unlock the front door",
  "open the big gate",
  "start the blender",
  "unbolt the front door",
  "sound the house alarm",
  "disarm the house alarm",
  "raise the big gate",
  "turn on the blender",
  "unlock the lock in the hall",
  "open the garage door",
];
