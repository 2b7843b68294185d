import { comparePoints, sameFields } from '../support/compare-points.ts';
import type { Expected } from '../support/in-process.ts';
import type { Fields, Points } from '../support/influx.ts';

type Contents = ReadonlyMap<string, readonly Fields[]>;

/** What a disturbed journey left behind. */
export interface Left {
  /** What the database holds at the end. */
  readonly points: Points;
  /** What was written to it on the way. */
  readonly written: Contents;
  /** The same of the result topics. */
  readonly topics: Contents;
  readonly posted: Contents;
  /** Why, and from which partition and offset, in order: each once. */
  readonly letters: readonly string[];
  /** [partition]: one past the last message, and what the group has committed. */
  readonly ends: readonly number[];
  readonly committed: readonly number[];
}

export interface Judgement {
  /** Points, messages and transitions that are missing, too many or other than in an undisturbed run; a line each. */
  readonly differences: readonly string[];
  /** Written or posted on the way with a content that an undisturbed run never writes. */
  readonly duplicates: readonly string[];
}

/** Compares a disturbed journey with the undisturbed run of the same messages. */
export function judge(left: Left, expected: Expected, transitions: Contents): Judgement {
  const { missing, extra, different } = comparePoints(left.points, expected.points);
  const uncommitted = left.ends.flatMap((end, partition) =>
    left.committed[partition] === end
      ? []
      : [`partition ${partition}: ${left.committed[partition]} of ${end} committed`],
  );
  return {
    differences: [
      ...missing.map((key) => `missing in the database: ${key}`),
      ...extra.map((key) => `too many in the database: ${key}`),
      ...different.map((line) => `other in the database: ${line}`),
      ...absent(left.topics, expected.contents, 'the result topics'),
      ...absent(left.posted, transitions, 'what was posted'),
      ...letterDifferences(left.letters, expected),
      ...uncommitted,
    ],
    duplicates: [
      ...foreign(left.written, expected.contents, 'the database'),
      ...foreign(left.topics, expected.contents, 'the result topics'),
      ...foreign(left.posted, transitions, 'what was posted'),
    ],
  };
}

/** "parse_error 1/17" */
export const letterPlace = (reason: unknown, partition: unknown, offset: unknown): string =>
  `${reason} ${partition}/${offset}`;

function letterDifferences(got: readonly string[], { letters }: Expected): string[] {
  const want = letters.map(({ reason, position }) => letterPlace(reason, position?.partition, position?.offset));
  return [
    ...want.filter((place) => !got.includes(place)).map((place) => `missing dead letter: ${place}`),
    ...got.filter((place) => !want.includes(place)).map((place) => `dead letter too many: ${place}`),
  ];
}

const absent = (got: Contents, want: Contents, where: string): string[] =>
  [...want].flatMap(([key, contents]) =>
    contents
      .filter((content) => !(got.get(key) ?? []).some((one) => sameFields(one, content)))
      .map((content) => `missing in ${where}: ${key} ${JSON.stringify(content)}`),
  );

const foreign = (got: Contents, want: Contents, where: string): string[] =>
  [...got].flatMap(([key, contents]) =>
    contents
      .filter((content) => !(want.get(key) ?? []).some((one) => sameFields(content, one)))
      .map((content) => `in ${where}: ${key} ${JSON.stringify(content)}`),
  );
