import { InvalidArgumentError } from 'commander';

const numberWhere =
  (accepts: (value: number) => boolean, expected: string) =>
  (text: string): number => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (!Number.isFinite(value) || !accepts(value)) throw new InvalidArgumentError(`Expected ${expected}.`);
    return value;
  };

/** Parsers of numeric options: what is no such number is a usage error. */
export const wholeNumber = numberWhere(Number.isSafeInteger, 'a whole number');
export const positiveNumber = numberWhere((value) => value > 0, 'a number above 0');
