/**
 * The directions imports may take; ARCHITECTURE.md draws them.
 * `batch`, `cli` and `index` compose, everything else receives what it needs as values.
 */
const within = (folders) => `^src/(${folders.join('|')})/`;

/** Each folder, and the folders whose code (not only types) it may use. */
const mayUse = {
  schemas: [],
  http: [],
  ratings: [],
  manifest: ['schemas'],
  job: ['manifest'],
  plan: ['manifest', 'job'],
  wiro: ['http', 'manifest', 'job'],
  state: ['manifest', 'job'],
  queue: [],
  outputs: ['manifest', 'job'],
  bucket: ['manifest', 'job'],
  audio: ['manifest', 'job'],
  sandbox: ['http', 'manifest'],
  run: ['manifest', 'job', 'plan'],
  report: ['manifest', 'job', 'plan', 'run', 'ratings'],
  metrics: ['http', 'job', 'run'],
  listening: ['http', 'manifest', 'job', 'plan', 'ratings'],
  // In the browser: types, and what is pure.
  page: ['job', 'listening', 'ratings'],
  library: ['manifest', 'job', 'plan', 'run', 'state', 'batch'],
  batch: [
    'schemas',
    'manifest',
    'job',
    'plan',
    'run',
    'wiro',
    'state',
    'queue',
    'outputs',
    'bucket',
    'audio',
    'sandbox',
    'listening',
    'ratings',
  ],
};

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-circles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    ...Object.entries(mayUse).map(([folder, others]) => ({
      name: `${folder}-looks-down-only`,
      severity: 'error',
      from: { path: `^src/${folder}/` },
      to: { path: '^src/', pathNot: within([folder, ...others]) },
    })),
    {
      name: 'decisions-touch-nothing',
      comment: 'manifest, plan and job know no network, disk, clock or randomness.',
      severity: 'error',
      from: { path: within(['manifest', 'plan', 'job']) },
      to: {
        path: '^(node:)?(fs|fs/promises|net|http|https|child_process|timers|timers/promises|worker_threads|sqlite)$|node_modules/undici',
      },
    },
    {
      name: 'ratings-run-in-a-browser',
      comment: 'The listening page is made of them too: no module of Node, no package.',
      severity: 'error',
      from: { path: within(['ratings']) },
      to: { pathNot: '^src/' },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, pathNot: ['\\.d\\.ts$', '^src/index\\.ts$', '\\.json$'] },
      to: {},
    },
    {
      name: 'shipped-code-uses-shipped-packages',
      severity: 'error',
      // The page is bundled: what it uses ships in it.
      from: { path: '^src/', pathNot: '^src/page/' },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        // Optional peers, which whoever uses many machines has installed, are development dependencies too.
        dependencyTypesNot: ['npm-peer'],
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.json'] },
  },
};
