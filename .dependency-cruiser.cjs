// Who may import whom: the rules of ARCHITECTURE.md as `npm run lint` and test/house/imports.test.ts enforce them.
const { readFileSync } = require('node:fs');
const path = require('node:path');

// Everything that stands alone beside `core`: the stages of the stream, and what looks at it from the side.
const rooms = 'alert|config|dashboard|decode|eval|forecast|score|sink|source|telemetry|window';
const entries = 'launch\\.mjs|.+-entry\\.mjs|dashboard/page/app\\.js|diffusion/(index|tfjs)\\.ts'; // first modules of a process, a worker, a page, a library
const withRxjs = 'infer|topology';

// components.ts is the list of concrete components; `core/registry` is the one thing it imports that is none.
const components = [
  ...readFileSync(path.join(__dirname, 'src/components.ts'), 'utf8').matchAll(/from '\.\/((?!core\/).+)\.ts'/g),
].map(([, module]) => module);

/** An error where a module of `from` imports one of `to`. */
const never = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    never('no-cycle', 'Modules that import each other cannot be understood or tested apart.', {}, { circular: true }),
    never(
      'core-stands-alone',
      '`core` holds the types that pass between rooms: it imports nothing from `src`.',
      { path: '^src/core/' },
      { path: '^src/', pathNot: '^src/core/' },
    ),
    never(
      'rooms-import-core-only',
      'A room imports `core`, libraries and itself; what two rooms share belongs into `core`.',
      { path: `^src/(${rooms})/` },
      { path: '^src/', pathNot: '^src/(core|$1)/' },
    ),
    never(
      'infer-imports-core-and-diffusion',
      '`infer` is the one room that runs the model.',
      { path: '^src/infer/' },
      { path: '^src/', pathNot: '^src/(core|infer|diffusion)/' },
    ),
    never(
      'diffusion-is-arithmetic',
      '`diffusion` is tensors only: no I/O, no clock, of `core` only rng, errors, limits, transform, score-group, series-class and reference-names.',
      { path: '^src/diffusion/' },
      {
        path: '^src/',
        pathNot: '^src/(diffusion/|core/(rng|errors|limits|reference-names|score-group|series-class|transform)\\.ts$)',
      },
    ),
    never(
      'topology-takes-components-from-the-registry',
      '`topology` wires the stages; sources, decoders and sinks reach it through the registry.',
      { path: '^src/topology/' },
      { path: '^src/', pathNot: '^src/(topology|core|config|window|infer|forecast|score|alert|diffusion)/' },
    ),
    never(
      'topology-runs-no-model',
      'The model runs behind `infer`; `topology` may name its types and read its calibration.',
      { path: '^src/topology/' },
      { path: '^src/diffusion/', pathNot: '^src/diffusion/calibration\\.ts$', dependencyTypesNot: ['type-only'] },
    ),
    never(
      'components-are-listed-once',
      'components.ts is the only importer of concrete components; `simulate` and `demo` drive the simulator themselves.',
      { path: '^src/', pathNot: '^src/(components\\.ts$|cli/(simulate|demo)(\\.ts$|/))' },
      { path: `^src/(${components.join('|')})\\.ts$` },
    ),
    never(
      'registry-enters-at-main',
      'Commands are given the registry, so that a test can give them another.',
      { path: '^src/', pathNot: '^src/main\\.ts$' },
      { path: '^src/components\\.ts$' },
    ),
    never(
      'main-starts-commands',
      'main.ts is the process: arguments, signals, exit status.',
      { path: '^src/main\\.ts$' },
      { path: '^src/', pathNot: '^src/(cli|core)/|^src/components\\.ts$' },
    ),
    never(
      'nothing-imports-the-commands',
      '`cli` is the outermost room.',
      { path: '^src/', pathNot: '^src/(cli/|main\\.ts$|launch\\.mjs$)' },
      { path: '^src/(cli/|main\\.ts$)' },
    ),
    never(
      'page-runs-in-a-browser',
      'The live page is served as it stands: its modules import each other and uPlot.',
      { path: '^src/dashboard/page/' },
      { path: '.', pathNot: '^src/dashboard/page/|(^|/)node_modules/uplot/' },
    ),
    never(
      'compute-behind-ops-and-engines',
      'Everything else speaks `Ops` or `Engine`, so that a compute library can be replaced.',
      { path: '^src/', pathNot: '^src/(diffusion/ops|infer/engines)/' },
      { path: '(^|/)node_modules/(@tensorflow/|onnxruntime-)' },
    ),
    never(
      'rxjs-in-the-stream-only',
      'Arithmetic is plain functions that know no Observable.',
      { path: '^src/', pathNot: `^src/(${withRxjs})/` },
      { path: '(^|/)node_modules/rxjs/' },
    ),
    never(
      'no-dead-module',
      'No command, no worker and no page reaches this module. (eval/ is the library of metrics: benchmarks read it too.)',
      { path: `^src/(${entries})$` },
      { path: '^src/', pathNot: `^src/(${entries})$|^src/eval/|\\.d\\.ts$`, reachable: false },
    ),
    never('no-unresolvable', 'The file or package is not there.', {}, { couldNotResolve: true }),
    never(
      'no-undeclared-package',
      'package.json does not list it under dependencies: it would be missing where driftcast is installed.',
      { path: '^src/' },
      { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown', 'npm-optional', 'npm-peer'] },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['node', 'import', 'types', 'default'] },
  },
};
