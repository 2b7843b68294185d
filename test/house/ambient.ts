import ts from 'typescript';

const clock = /^src\/core\/clock\.ts$/;

/** What a module takes from its surroundings instead of being given it, and the modules that may. */
const mayUse: Readonly<Record<string, RegExp>> = {
  'Date.now': clock,
  'new Date()': clock,
  'performance.now': clock,
  'process.hrtime': clock,
  'Math.random': /^src\/core\/rng\.ts$/,
  'process.env': /^src\/(main|infer\/engines\/onnx-telemetry)\.ts$/, // the second for what a native library reads
  'process.exit': /^src\/(main\.ts|infer\/worker\.ts|.+-entry\.mjs)$/, // the first modules of a process
};

/** The same things as imports, under names of their own. */
const disguises: Readonly<Record<string, RegExp>> = {
  'node:process': /./,
  'node:perf_hooks': /\bperformance\b|\*/,
};

/** `file:line: what` for each use in `text` of the clock, of chance or of the process where `file` may not. */
export function ambientUses(file: string, text: string): readonly string[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const what = ambientName(node);
    if (what !== undefined && !mayUse[what]?.test(file)) {
      found.push(`${file}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}: ${what}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function ambientName(node: ts.Node): string | undefined {
  if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
    const names = node.importClause?.getText() ?? '';
    return disguises[node.moduleSpecifier.text]?.test(names) ? node.getText() : undefined;
  }
  if ((ts.isNewExpression(node) || ts.isCallExpression(node)) && node.expression.getText() === 'Date') {
    return ts.isCallExpression(node) || !node.arguments?.length ? 'new Date()' : undefined;
  }
  if (ts.isPropertyAccessExpression(node)) return known(node.expression, node.name);
  if (ts.isVariableDeclaration(node) && node.initializer !== undefined && ts.isObjectBindingPattern(node.name)) {
    const { initializer, name } = node;
    return name.elements.map((one) => known(initializer, one.propertyName ?? one.name)).find(Boolean);
  }
  return undefined;
}

function known(owner: ts.Node, member: ts.Node): string | undefined {
  const name = `${owner.getText().replace(/^globalThis\./, '')}.${member.getText()}`;
  return Object.hasOwn(mayUse, name) ? name : undefined;
}
