import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { test } from 'node:test'
import { DestinationCreate, NexlaClient, SourceCreate } from '@leat/sdk'
import { startPlatform } from '../../tools/platform.ts'
import { detectedNexset } from './detected-nexset.ts'

/** Where records want their files to be. */
const wishes = [
  '../../../outside',
  '/etc',
  '..\\..\\outside',
  '.',
  '..',
  '',
  'a/b',
  'a\0b',
  '.leat-staging',
  '%2e%2e%2f',
  '~root',
]
/** Names that want to be read as something else. */
const fileNames = [
  `it's "quoted"; drop table unit; --.json`,
  'two\nlines.json',
  '$(touch x) `touch x`.json',
  'ünï 🎉.json',
]
const keys = { [`"; drop table x; --`]: 1, ['__proto__']: 2, '{record.id}': 3, constructor: 4 }
/** No column can have such a name: these records are refused, and no others. The second must not pass for a `wish`. */
const refused = [{ 'a\0b': 1 }, { 'wish\0': 'cut' }]

const linesOf = (records: readonly object[]): string => records.map((one) => `${JSON.stringify(one)}\n`).join('')

test('PROMISE-NAMES-CONFINED: names of files, keys and values that want to be elsewhere, or to be read as something else, stay what they are', async () => {
  const base = await mkdtemp(join(tmpdir(), 'leat-names-'))
  const folder = join(base, 'allowed', 'deep', 'down')
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rm(base, { recursive: true, force: true }))
  const platform = stack.use(await startPlatform({ env: { LEAT_LOCAL_FOLDERS: folder } }))
  const client = new NexlaClient({ service_key: platform.serviceKey, base_url: platform.url })
  const good: object[] = []
  await mkdir(join(folder, 'in'), { recursive: true })
  for (const name of fileNames) {
    const records = wishes.map((wish, at) => ({ id: good.length + at, wish, ...keys }))
    good.push(...records)
    const [first, ...rest] = records
    await writeFile(
      join(folder, 'in', name),
      linesOf([first!, ...refused.map((odd) => ({ ...first, ...odd })), ...rest]),
    )
  }
  const source = await client.sources.create(
    SourceCreate({
      name: 'Names',
      source_type: 'local_file',
      source_config: { path: join(folder, 'in'), file_format: 'json' },
    }),
  )
  await client.sources.activate(source.id)
  const nexset = await detectedNexset(client, source.id)
  await client.destinations.create(
    DestinationCreate({
      name: 'Out',
      sink_type: 'local_file',
      data_set_id: nexset.id,
      sink_config: { path: join(folder, 'out'), data_format: 'json', 'output.dir.name.pattern': 'x/{record.wish}/y' },
    }),
  )
  await client.flows.activate(source.id, { all: true })
  const run = (await client.sources.runs(source.id))[0]!
  for await (const { status } of client.runs.watch(run.id, { interval_ms: 100 })) assert.notEqual(status, 'FAILED')

  const { records } = await client.quarantine.list({ data_source_id: source.id } as never)
  assert.equal(records.length, refused.length * fileNames.length)
  for (const { code, reason } of records)
    assert.deepEqual([code, /no field can have NUL in its name/.test(reason)], ['json.unknown_field', true])

  const files = (await readdir(base, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
  const delivered: { readonly id: number }[] = []
  for (const file of files) {
    const place = relative(folder, join(file.parentPath, file.name))
    if (place.startsWith('in/')) continue
    assert.match(place, /^out\/x\/[^/]+\/y\/nexset-[\w-]+\.json$/)
    const text = await readFile(join(folder, place), 'utf8')
    for (const line of text.split('\n').filter(Boolean)) delivered.push(JSON.parse(line))
  }
  assert.deepEqual(linesOf(delivered.toSorted((left, right) => left.id - right.id)), linesOf(good))
})
