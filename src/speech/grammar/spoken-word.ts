/** Written words as they are spoken: in small letters, numbers in words, signs left out. */

const ones = [
  "zero",
  "one",
  "two",
  "three",
  "four",
  "five",
  "six",
  "seven",
  "eight",
  "nine",
  "ten",
  "eleven",
  "twelve",
  "thirteen",
  "fourteen",
  "fifteen",
  "sixteen",
  "seventeen",
  "eighteen",
  "nineteen",
];
const tens = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

/** A whole number below a thousand, as words: "forty two", "one hundred five". */
export function numberWords(value: number): readonly string[] {
  if (value < 20) return [ones[value] ?? ""];
  if (value >= 100) {
    const rest = value % 100;
    return [ones[Math.floor(value / 100)] ?? "", "hundred", ...(rest === 0 ? [] : numberWords(rest))];
  }
  const unit = value % 10;
  return [tens[Math.floor(value / 10)] ?? "", ...(unit === 0 ? [] : [ones[unit] ?? ""])];
}

/** The words of a name, or undefined where it has other letters than the recogniser's language. */
export function spokenWords(text: string): readonly string[] | undefined {
  const plain = text
    .toLowerCase()
    .replace(/[’‘ʼ]/g, "'")
    .replaceAll("&", " and ")
    .replace(/[^\p{L}\p{N}']+/gu, " ")
    .trim();
  const words = plain.split(" ").flatMap((word) => (/^\d{1,3}$/.test(word) ? numberWords(Number(word)) : [word]));
  return plain !== "" && words.every((word) => /^[a-z]+('[a-z]+)?'?$/.test(word)) ? words : undefined;
}
