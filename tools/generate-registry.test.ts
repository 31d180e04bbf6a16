import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import { generatedFiles, outOfDate } from './generate-registry.ts'

const base = await mkdtemp(path.join(os.tmpdir(), 'leat-registry-'))
after(() => rm(base, { recursive: true, force: true }))
let repositories = 0

const connectorSource = (type: string): string =>
  `export const it = { type: '${type}', title: 'T', description: 'D', category: 'file', load: async () => ({}) }\nexport const other = 1\n`

/** A repository with these connector files, and the manifest of the server. */
async function repository(files: Readonly<Record<string, string>>, manifest: object = {}): Promise<string> {
  const root = path.join(base, String(repositories++))
  const server = JSON.stringify({
    name: '@leat/server',
    type: 'module',
    dependencies: { zod: '1', '@leat/connector-gone': '0.1.0' },
  })
  const all: Record<string, string> = { 'apps/server/package.json': server, ...files }
  for (const file of Object.keys(files)) {
    const folder = file.split('/').slice(0, 2).join('/')
    all[`${folder}/package.json`] ??= JSON.stringify({
      name: `@leat/connector-${path.basename(folder)}`,
      version: '0.1.0',
      type: 'module',
      exports: { './*.connector.ts': './src/*.connector.ts' },
      ...manifest,
    })
  }
  for (const [file, text] of Object.entries(all)) {
    await mkdir(path.dirname(path.join(root, file)), { recursive: true })
    await writeFile(path.join(root, file), text)
  }
  return root
}

test('the generated files of this repository are up to date', async () => {
  const root = path.join(import.meta.dirname, '..')
  assert.deepEqual(await outOfDate(root, await generatedFiles(root)), [])
})

test('a new folder is all that a connector needs: registry, dependency and description follow', async () => {
  const root = await repository({ 'connectors/paper-mail/src/paper-mail.connector.ts': connectorSource('paper_mail') })
  const files = await generatedFiles(root)
  assert.match(
    files.get('apps/server/src/connectors.gen.ts') ?? '',
    /import \{ it \} from '@leat\/connector-paper-mail\/paper-mail\.connector\.ts'/,
  )
  assert.deepEqual(JSON.parse(files.get('apps/server/package.json') ?? '').dependencies, {
    '@leat/connector-paper-mail': '0.1.0',
    zod: '1',
  })
  assert.equal(JSON.parse(files.get('connectors/paper-mail/paper_mail.spec.json') ?? '').type, 'paper_mail')
})

test('a changed connector, and a description whose connector is gone, are out of date', async () => {
  const root = await repository({
    'connectors/a/src/a.connector.ts': connectorSource('a'),
    'connectors/a/old.spec.json': '{}',
  })
  const files = await generatedFiles(root)
  for (const [file, text] of files)
    if (text !== null && file !== 'connectors/a/a.spec.json') {
      await mkdir(path.dirname(path.join(root, file)), { recursive: true })
      await writeFile(path.join(root, file), text)
    }
  assert.deepEqual((await outOfDate(root, files)).toSorted(), [
    'connectors/a/a.spec.json',
    'connectors/a/old.spec.json',
  ])
})

test('a connector for tests is described but not shipped', async () => {
  const root = await repository(
    { 'connectors/fake/src/fake.connector.ts': connectorSource('fake') },
    { leat: { test_only: true }, exports: {} },
  )
  const files = await generatedFiles(root)
  assert.ok(files.has('connectors/fake/fake.spec.json'))
  assert.ok(!(files.get('apps/server/src/connectors.gen.ts') ?? '').includes('fake'))
})

const mistakes: readonly [what: string, files: Record<string, string>, manifest: object, message: RegExp][] = [
  [
    'a file named unlike its type',
    { 'connectors/a/src/b.connector.ts': connectorSource('a') },
    {},
    /rename the file to a\.connector\.ts/,
  ],
  [
    'a file without a connector',
    { 'connectors/a/src/a.connector.ts': 'export const x = 1\n' },
    {},
    /exports 0 connectors/,
  ],
  [
    'the same type twice',
    {
      'connectors/a/src/a.connector.ts': connectorSource('a'),
      'connectors/b/src/a.connector.ts': connectorSource('a'),
    },
    {},
    /have the type "a"/,
  ],
  [
    'a package that does not export its connectors',
    { 'connectors/a/src/a.connector.ts': connectorSource('a') },
    { exports: { '.': './x.ts' } },
    /must have "exports"/,
  ],
]
for (const [what, files, manifest, message] of mistakes)
  test(`${what} is refused`, async () => assert.rejects(generatedFiles(await repository(files, manifest)), message))
