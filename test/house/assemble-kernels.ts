import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import loadWabt from 'wabt';

const root = fileURLToPath(new URL('../../src/', import.meta.url));

export interface Assembled {
  readonly file: string;
  readonly text: string;
}

/** For every WebAssembly text in the sources, the module beside it that carries its bytes. */
export async function assembleKernels(): Promise<readonly Assembled[]> {
  const wabt = await loadWabt();
  const sources = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.wat'));
  return sources.map((source) => {
    const module = wabt.parseWat(source, readFileSync(path.join(root, source), 'utf8'), { simd: true });
    module.validate();
    const bytes = Buffer.from(module.toBinary({}).buffer);
    const name = path.basename(source, '.wat');
    const constant = name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
    return {
      file: path.join(root, path.dirname(source), `${name}.wasm.ts`),
      text: `/** The bytes of ${name}.wat, as \`npm run generate\` assembles them. */\nexport const ${constant}Wasm =\n  '${bytes.toString('base64')}';\n`,
    };
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const { file, text } of await assembleKernels()) writeFileSync(file, text);
}
