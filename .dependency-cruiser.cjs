/** Who may import whom: docs/architecture.md. Each rule is named after what it keeps true. */
const tests = '\\.(spec|int-spec|e2e-spec)\\.ts$';
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'apps-do-not-import-apps',
      severity: 'error',
      from: { path: '^apps/([^/]+)/', pathNot: '^apps/standalone/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'standalone-imports-only-root-modules',
      severity: 'error',
      from: { path: '^apps/standalone/' },
      to: { path: '^apps/(?!standalone/)', pathNot: '^apps/([^/]+)/src/\\1\\.module\\.ts$' },
    },
    { name: 'libs-do-not-import-apps', severity: 'error', from: { path: '^libs/' }, to: { path: '^apps/' } },
    {
      name: 'libs-are-entered-through-their-index',
      severity: 'error',
      from: { path: '^(apps|test)/' },
      to: { path: '^libs/[^/]+/(?!index\\.ts$)' },
    },
    {
      name: 'libs-enter-each-other-through-the-index',
      severity: 'error',
      from: { path: '^libs/([^/]+)/' },
      to: { path: '^libs/(?!$1/)[^/]+/(?!index\\.ts$)' },
    },
    {
      name: 'contracts-and-keys-stand-alone',
      severity: 'error',
      from: { path: '^libs/(contracts|redis-keys)/' },
      to: { path: '^libs/', pathNot: '^libs/$1/' },
    },
    {
      name: 'redis-connection-knows-only-contracts-and-keys',
      severity: 'error',
      from: { path: '^libs/redis-connection/' },
      to: { path: '^libs/', pathNot: '^libs/(redis-connection|redis-keys|contracts)/' },
    },
    {
      name: 'redis-streams-knows-contracts-connection-keys',
      severity: 'error',
      from: { path: '^libs/redis-streams/' },
      to: { path: '^libs/', pathNot: '^libs/(redis-streams|redis-connection|redis-keys|contracts)/' },
    },
    {
      name: 'limits-knows-only-contracts',
      severity: 'error',
      from: { path: '^libs/limits/' },
      to: { path: '^libs/', pathNot: '^libs/(limits|contracts)/' },
    },
    {
      name: 'llm-knows-only-contracts',
      severity: 'error',
      from: { path: '^libs/llm/' },
      to: { path: '^libs/', pathNot: '^libs/(llm|contracts)/' },
    },
    {
      name: 'embedding-knows-contracts-connection-keys',
      severity: 'error',
      from: { path: '^libs/embedding/' },
      to: { path: '^libs/', pathNot: '^libs/(embedding|redis-connection|redis-keys|contracts)/' },
    },
    {
      name: 'vector-index-knows-contracts-connection-keys',
      severity: 'error',
      from: { path: '^libs/vector-index/' },
      to: { path: '^libs/', pathNot: '^libs/(vector-index|redis-connection|redis-keys|contracts)/' },
    },
    {
      name: 'only-repositories-touch-redis',
      severity: 'error',
      from: { path: '^apps/', pathNot: `(\\.repository\\.ts|\\.module\\.ts|${tests})$` },
      to: { path: '(^libs/(redis-keys|redis-connection)/|node_modules/ioredis/)' },
    },
    {
      name: 'no-banned-names',
      severity: 'error',
      from: { path: '(^|/)(utils?|common|shared|helpers?|misc|core|base|manager)(/|\\.[a-z.-]+$)' },
      to: {},
    },
    {
      name: 'no-tests-from-production-code',
      severity: 'error',
      from: { pathNot: `(${tests}|^test/)` },
      to: { path: `(${tests}|^test/)` },
    },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['types', 'import', 'node', 'default'] },
  },
};
