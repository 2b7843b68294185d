/** Numbers that a channel has of each field. */
export type Layout = Readonly<Record<string, number>>;

/** Fields of numbers, [channel, number], in one array: copied and written down in one go. */
export interface FloatTable<L extends Layout> {
  readonly all: Float64Array;
  readonly of: { readonly [Field in keyof L]: Float64Array };
}

export const widthOf = (layout: Layout): number => Object.values(layout).reduce((sum, width) => sum + width, 0);

/** @param all what it holds, `channels` times the width of the layout; zeros if absent */
export function floatTable<L extends Layout>(
  layout: L,
  channels: number,
  all: Float64Array = new Float64Array(channels * widthOf(layout)),
): FloatTable<L> {
  let from = 0;
  const of = Object.entries(layout).map(([field, width]) => {
    const part = all.subarray(from, from + channels * width);
    from += channels * width;
    return [field, part];
  });
  return { all, of: Object.fromEntries(of) as FloatTable<L>['of'] };
}
