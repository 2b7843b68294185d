import assert from 'node:assert/strict';
import test from 'node:test';
import { style } from '../../../src/eval/report/style.ts';
import { renderReport } from '../../../src/eval/report.ts';
import { madeUpReport } from '../made-up-report.ts';

/** Custom properties of the first or the second :root block. */
function palette(block: 0 | 1): Record<string, string> {
  const body = [...style.matchAll(/:root\{([^}]*)\}/g)][block][1];
  return Object.fromEntries([...body.matchAll(/--([a-z0-9]+):(#[0-9a-f]+)/g)].map(([, name, value]) => [name, value]));
}

/** Relative luminance and contrast as WCAG 2 defines them. */
function contrast(a: string, b: string): number {
  const luminance = (hex: string) => {
    const digits =
      hex.length === 4 ? [...hex.slice(1)].map((digit) => digit + digit) : (hex.slice(1).match(/../g) ?? []);
    const [red, green, blue] = digits.map((pair) => {
      const channel = Number.parseInt(pair, 16) / 255;
      return channel <= 0.03928 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

for (const [name, block] of [
  ['light', 0],
  ['dark', 1],
] as const) {
  test(`text is readable and lines are visible on the ${name} paper`, () => {
    const colours = palette(block);
    for (const text of ['ink', 'soft', 'good', 'bad']) {
      for (const ground of ['paper', 'panel']) {
        const ratio = contrast(colours[text], colours[ground]);
        assert.ok(ratio >= 4.5, `${text} on ${ground}: ${ratio.toFixed(2)}`);
      }
    }
    for (const line of ['c0', 'c1', 'c2', 'c3', 'c4', 'c5', 'alarm']) {
      const ratio = contrast(colours[line], colours.paper);
      assert.ok(ratio >= 3, `${line}: ${ratio.toFixed(2)}`);
    }
  });
}

test('both palettes define the same colours, and every colour used is defined', () => {
  assert.deepEqual(Object.keys(palette(0)), Object.keys(palette(1)));
  for (const [, name] of style.matchAll(/var\(--([a-z0-9]+)\)/g)) assert.ok(name in palette(0), name);
});

test('dark is for screens only: paper stays white', () => {
  assert.match(style, /@media screen and \(prefers-color-scheme:dark\)/);
});

test('every class of the report has a rule', () => {
  const html = renderReport(madeUpReport(500, 1)).replace(/<style>.*<\/style>/s, '');
  const used = new Set([...html.matchAll(/class="([^"]*)"/g)].flatMap(([, names]) => names.split(' ')));
  for (const name of used) assert.ok(style.includes(`.${name}`), name);
});
