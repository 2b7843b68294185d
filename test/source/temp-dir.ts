import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after } from 'node:test';

/** A folder of this test file, removed after it. */
export function tempDir(): { readonly dir: string; file(name: string, content: string | Uint8Array): string } {
  const dir = mkdtempSync(path.join(tmpdir(), 'driftcast-test-'));
  after(() => rmSync(dir, { recursive: true, force: true }));
  return {
    dir,
    file(name, content) {
      const full = path.join(dir, name);
      writeFileSync(full, content);
      return full;
    },
  };
}
