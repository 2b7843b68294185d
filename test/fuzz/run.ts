// npm run fuzz [-- --count N] [--seed N] [--first N]: hostile inputs for decoders, config, model packages and codecs.
import { parseArgs } from 'node:util';
import { fuzz } from './fuzz.ts';

const { values } = parseArgs({
  options: { count: { type: 'string' }, seed: { type: 'string' }, first: { type: 'string' } },
});
const whole = (name: 'count' | 'seed' | 'first', otherwise: number): number => {
  const number = Number(values[name] ?? otherwise);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  process.stderr.write(`npm run fuzz: --${name} ${values[name]}: expected a whole number\n`);
  process.exit(2);
};
const [count, seed, first] = [whole('count', 100_000), whole('seed', Date.now() % 1_000_000), whole('first', 0)];

console.log(`seed ${seed}, ${count} inputs`);
const { inputs, failures, slowest } = await fuzz(seed, count, first);
for (const [target, number] of inputs) console.log(`${target.padEnd(16)} ${number}`);
console.log(`slowest: ${slowest.target}, input ${slowest.index}, ${slowest.ms.toFixed(0)} ms`);
for (const { target, index, error, input } of failures) {
  console.log(`\nFAILED ${target}: npm run fuzz -- --seed ${seed} --first ${index} --count 1`);
  console.log(`${error}\ninput (base64): ${input.subarray(0, 3000).toString('base64')}`);
}
console.log(`\n${failures.length} failures`);
process.exit(failures.length === 0 ? 0 : 1);
