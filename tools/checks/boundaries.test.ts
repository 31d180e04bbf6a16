import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { cruiseRepository, judge } from './boundaries.ts'
import { root } from './check.ts'

/** A small repository with planted imports. */
async function planted(
  files: Readonly<Record<string, string>>,
): Promise<{ folder: string; names: readonly string[] } & AsyncDisposable> {
  const folder = await mkdtemp(path.join(tmpdir(), 'leat-boundaries-'))
  await symlink(path.join(root, 'node_modules'), path.join(folder, 'node_modules'))
  await writeFile(
    path.join(folder, 'package.json'),
    '{"type":"module","dependencies":{"zod":"*","fastify":"*","opendal":"*"}}',
  )
  await writeFile(
    path.join(folder, 'tsconfig.json'),
    '{"compilerOptions":{"module":"NodeNext","allowImportingTsExtensions":true,"noEmit":true}}',
  )
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true })
    await writeFile(path.join(folder, name), text)
  }
  return {
    folder,
    names: Object.keys(files),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

const clean = {
  'packages/connector-kit/src/index.ts': "import { z } from 'zod'\nexport const kit = z.string()\n",
  'packages/engine/src/index.ts': "import { kit } from '../../connector-kit/src/index.ts'\nexport const engine = kit\n",
  'connectors/one/src/one.connector.ts':
    "import { kit } from '../../../packages/connector-kit/src/index.ts'\nexport const one = { kit, load: () => import('./driver.ts') }\n",
  'connectors/one/src/driver.ts': "import { Operator } from 'opendal'\nexport const driver = Operator\n",
}

const violations: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  [
    'no-cycles',
    {
      'packages/engine/src/index.ts': "import { b } from './b.ts'\nexport const a = b\n",
      'packages/engine/src/b.ts': "import { a } from './index.ts'\nexport const b = a\n",
    },
  ],
  [
    'connector-sees-the-kit-and-its-own-driver',
    {
      'connectors/one/src/driver.ts':
        "import { engine } from '../../../packages/engine/src/index.ts'\nexport const driver = engine\n",
    },
  ],
  [
    'connector-sees-the-kit-and-its-own-driver',
    {
      'connectors/one/src/driver.ts': "import { two } from '../../two/src/two.ts'\nexport const driver = two\n",
      'connectors/two/src/two.ts': 'export const two = 2\n',
    },
  ],
  [
    'only-the-server-knows-connectors',
    {
      'packages/engine/src/index.ts':
        "import { one } from '../../../connectors/one/src/one.connector.ts'\nexport const engine = one\n",
    },
  ],
  [
    'engine-knows-no-server-and-no-database',
    { 'packages/engine/src/index.ts': "import fastify from 'fastify'\nexport const engine = fastify\n" },
  ],
  [
    'cli-and-web-see-contract-and-sdk',
    {
      'apps/cli/src/main.ts':
        "import { engine } from '../../../packages/engine/src/index.ts'\nexport const cli = engine\n",
    },
  ],
  [
    'formats-and-transforms-see-the-kit',
    {
      'packages/formats/src/index.ts':
        "import { engine } from '../../engine/src/index.ts'\nexport const formats = engine\n",
    },
  ],
  [
    'spec-file-is-pure-data',
    { 'connectors/one/src/one.connector.ts': "import { driver } from './driver.ts'\nexport const one = driver\n" },
  ],
]

test('PROMISE-BOUNDARIES the check reads .ts files and reports every planted violation', async () => {
  await using repository = await planted(clean)
  assert.deepEqual(
    judge(await cruiseRepository(repository.folder), repository.names).lines.filter(
      (line) => !/source files/.test(line),
    ),
    [],
  )
  for (const [rule, files] of violations) {
    await using bad = await planted({ ...clean, ...files })
    const { ok, lines } = judge(await cruiseRepository(bad.folder), bad.names)
    assert.equal(ok, false, rule)
    assert.ok(
      lines.some((line) => line.startsWith(`${rule}: `)),
      `${rule} is not in ${JSON.stringify(lines)}`,
    )
  }
})

test('a source file that was not cruised fails the check', async () => {
  await using repository = await planted(clean)
  const { ok, lines } = judge(await cruiseRepository(repository.folder), [
    ...repository.names,
    'packages/engine/src/missed.ts',
  ])
  assert.equal(ok, false)
  assert.deepEqual(lines, ['not cruised: packages/engine/src/missed.ts'])
})
