import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadAssets } from '../../src/dashboard/assets.ts';

const assets = await loadAssets();

test('everything the page asks for is there', () => {
  for (const path of ['/', '/app.js', '/style.css', '/favicon.svg', '/uplot.js', '/uplot.css']) {
    assert.ok((assets.get(path)?.body.length ?? 0) > 100, path);
  }
});

test('every import and link of the page leads to a file that is served', () => {
  for (const asset of assets.values()) {
    const text = asset.body.toString('utf8');
    const asked = asset.path.endsWith('.js')
      ? [...text.matchAll(/from '(\.[^']+)'/g)].map(([, path]) => path)
      : [...text.matchAll(/(?:src|href)="([^"#]+)"/g)].map(([, path]) => path);
    for (const path of asked)
      assert.ok(assets.has(new URL(path, 'http://x/').pathname), `${asset.path} asks for ${path}`);
  }
});

test('nothing comes from elsewhere, and nothing is inline that the policy would refuse', () => {
  for (const { path, body } of assets.values()) {
    if (path.startsWith('/uplot')) continue;
    const text = body.toString('utf8').replaceAll('http://www.w3.org/2000/svg', '');
    assert.doesNotMatch(text, /https?:\/\//, path);
    assert.doesNotMatch(text, /\sstyle="|\son\w+="|<style|javascript:|innerHTML|eval\(/, path);
  }
});

test('files for editors are not served', () => {
  assert.deepEqual(
    [...assets.keys()].filter((path) => /json|\.d\.ts/.test(path)),
    [],
  );
});
