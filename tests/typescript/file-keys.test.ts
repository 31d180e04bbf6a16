import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import { join, resolve } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { DestinationCreate, NexlaClient, SourceCreate, ValidationError } from '@leat/sdk'
import { startPlatform, type Platform } from '../../tools/platform.ts'
import { offSwitches, shownElsewhere, sinkRows, sourceRows, type SourceRow } from './file-keys-rows.ts'

interface Property {
  readonly type?: string
  readonly enum?: readonly string[]
  readonly anyOf?: readonly Property[]
  readonly unused?: string
}
interface Spec {
  readonly aliases: Readonly<Record<'source' | 'sink', Readonly<Record<string, string>>>>
  readonly source: { readonly options: { readonly properties: Readonly<Record<string, Property>> } }
  readonly sink: { readonly options: { readonly properties: Readonly<Record<string, Property>> } }
}

const root = resolve(import.meta.dirname, '../..')
const spec = JSON.parse(await readFile(join(root, 'connectors/local-file/local_file.spec.json'), 'utf8')) as Spec
let platform: Platform
let client: NexlaClient
let folder: string

before(async () => {
  folder = await mkdtemp(join(os.tmpdir(), 'leat-keys-'))
  platform = await startPlatform({ env: { LEAT_LOCAL_FOLDERS: folder } })
  client = new NexlaClient({ service_key: platform.serviceKey, base_url: platform.url })
})
after(async () => {
  await platform.stop()
  await rm(folder, { recursive: true, force: true })
})

const createSource = (config: Config, query?: { strict: boolean }) =>
  client.sources.create(SourceCreate({ name: 'keys', source_type: 'local_file', source_config: config }), query)
const createSink = (nexset: number, config: Config, query?: { strict: boolean }) =>
  client.destinations.create(
    DestinationCreate({ name: 'keys', sink_type: 'local_file', data_set_id: nexset, sink_config: config }),
    query,
  )

type Config = Readonly<Record<string, unknown>>

let flows = 0
async function ingested(row: SourceRow) {
  const path = join(folder, `in-${flows++}`)
  await mkdir(path)
  for (const [name, content] of Object.entries(row.files)) await writeFile(join(path, name), content)
  const source = await createSource({ path, stable_after_ms: 0, ...row.config }, { strict: true })
  await client.sources.activate(source.id)
  const [started] = await client.runs.list({ data_source_id: source.id })
  const run = await client.runs.wait(started!.id, { interval_ms: 50 })
  const nexsets = (await client.nexsets.list({ per_page: 100 })).filter((one) => one.data_source_id === source.id)
  const found = await Promise.all(nexsets.map(({ id }) => client.nexsets.getSamples(id, { count: 10 })))
  return { run, nexsets, found }
}

const sorted = (records: readonly unknown[]) => records.map((record) => JSON.stringify(record)).toSorted()

for (const row of sourceRows)
  test(`PROMISE-FILE-KEYS of a source: ${JSON.stringify(row.config)}`, async () => {
    const { run, found } = await ingested(row)
    assert.deepEqual(
      found.map((records) => sorted(records)).toSorted(),
      row.nexsets.map((records) => sorted(records)).toSorted(),
    )
    assert.deepEqual([run.status, run.records_refused], ['DONE', row.refused ?? 0])
  })

test('PROMISE-FILE-KEYS of a destination', async (t) => {
  const files = { 'a.json': '{"id":1,"s":"x, y"}\n{"id":2,"s":null}\n' }
  const { nexsets } = await ingested({ keys: [], files, config: {}, nexsets: [] })
  for (const row of sinkRows)
    await t.test(JSON.stringify(row.config), async () => {
      const path = join(folder, `out-${flows++}`)
      const sink = await createSink(nexsets[0]!.id, { path, ...row.config }, { strict: true })
      await client.destinations.activate(sink.id)
      for (;;) {
        const written = await filesBelow(path)
        if (Object.keys(written).length === Object.keys(row.files).length) {
          assert.deepEqual(written, row.files)
          break
        }
        await pause(50)
      }
    })
})

/** Names without positions and dates, and contents; of files that are no text only what they begin with. */
async function filesBelow(path: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => [])
  for (const entry of entries) {
    const file = join(entry.parentPath, entry.name)
    if (!entry.isFile() || file.includes('.leat-staging')) continue
    const name = file.slice(path.length + 1).replace(/^\d{4}\/\d\d\/\d\d\//, 'DATE/')
    const bytes = await readFile(file)
    const text = /\.(parquet|gz)$/.test(name) ? magicOf(bytes) : bytes.toString()
    found[name.replace(/-\d+-\d{8}-\d{8}\./, '.')] = text
      .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/, 'TIME')
      .replaceAll(/"[0-9a-f]{32}"/g, '"HASH"')
  }
  return found
}

function magicOf(bytes: Buffer): string {
  return bytes.readUInt16BE(0) === 0x1f8b ? `gzip of ${gunzipSync(bytes).toString()}` : bytes.toString('latin1', 0, 4)
}

test('PROMISE-FILE-KEYS: a key without effect is stored, said with its reason, and refused with strict', async () => {
  const { nexsets } = await ingested({ keys: [], files: { 'a.json': '{"id":1}\n' }, config: {}, nexsets: [] })
  const place = { path: join(folder, 'nowhere') }
  for (const [part, create, properties] of [
    ['source', createSource, spec.source.options.properties],
    ['sink', createSink.bind(null, nexsets[0]!.id), spec.sink.options.properties],
  ] as const) {
    const unused = Object.entries(properties).filter(([, property]) => property.unused !== undefined)
    assert.ok(unused.length >= 5)
    const config = { ...place, ...(part === 'sink' ? { data_format: 'json' } : {}) }
    const values = Object.fromEntries(unused.map(([key, property]) => [key, sampleOf(property)]))
    const made = await create({ ...config, ...values })
    assert.deepEqual(
      made.config_warnings,
      unused.map(([key, { unused: reason }]) => ({ key, reason })),
    )
    const [key] = unused[0]!
    await assert.rejects(create({ ...config, [key]: values[key] }, { strict: true }), (error) => {
      assert.ok(error instanceof ValidationError)
      assert.match(error.message, new RegExp(`"${key}" has no effect: .* not (read|written) by this version`))
      return true
    })
  }
})

function sampleOf({ enum: choices, type, anyOf }: Property): string | number | boolean {
  if (choices !== undefined) return choices.find((choice) => choice !== '')!
  if (anyOf !== undefined) return sampleOf(anyOf[0]!)
  return type === 'boolean' ? true : type === 'integer' ? 1 : 'x'
}

test('PROMISE-FILE-KEYS: what this version cannot do is a 400 at once, and names the key', async () => {
  const { nexsets } = await ingested({ keys: [], files: { 'a.json': '{"id":1}\n' }, config: {}, nexsets: [] })
  const path = join(folder, 'nowhere')
  const wrong: readonly (readonly [part: 'source' | 'sink', config: Config, key: string, message: RegExp])[] = [
    ...offSwitches.map((key) => ['source', { [key]: true }, key, /this version/] as const),
    ...['avro', 'orc', 'edi', 'pdf', 'xlsx', 'fw', 'swift', 'log'].map(
      (format) => ['source', { file_format: format }, 'file_format', /not read by this version.*json, csv/] as const,
    ),
    ['source', { advanced_settings: 'Excel' }, 'advanced_settings', /not read by this version/],
    ['source', { 'overriden.extensions': '*:avro' }, 'overriden.extensions', /not read by this version/],
    ['source', { 'json.path': 'list' }, 'json.path', /json\.path/],
    ['source', { 'json.path': '$.a', 'json.mode': 'row' }, 'json.path', /entire\.file/],
    ['source', { 'json.path.additional': '$.a' }, 'json.path.additional', /needs json\.path/],
    ['source', { 'csv.delimiter': '::' }, 'csv.delimiter', /one ASCII character/],
    ['source', { 'csv.quote.char': '""' }, 'csv.quote.char', /one ASCII character/],
    ['source', { 'xml.mode': 'row' }, 'xml.mode', /entire\.file/],
    ['source', { 'xml.xpath': '//[' }, 'xml.xpath', /xml\.xpath/],
    ...['xml', 'xlsx', 'edi', 'avro', 'orc', 'fw'].map(
      (format) => ['sink', { data_format: format }, 'data_format', /does not write. Choose one of json, csv/] as const,
    ),
    ['sink', { data_format: 'csv', file_compression: 'snappy' }, 'file_compression', /none, gzip, zstd/],
    ['sink', { data_format: 'csv', 'csv.quote.char': ',' }, 'csv.quote.char', /also the delimiter/],
    ['sink', { data_format: 'csv', 'output.dir.name.pattern': '{YYY}' }, 'output.dir.name.pattern', /YYYY/],
    [
      'sink',
      { data_format: 'json', mapping: { header_template: 'a' } },
      'mapping.header_template',
      /choose csv or tsv/,
    ],
  ]
  for (const [part, config, key, message] of wrong) {
    const made = part === 'source' ? createSource({ path, ...config }) : createSink(nexsets[0]!.id, { path, ...config })
    const text = JSON.stringify(config)
    await assert.rejects(made, (error) => {
      assert.ok(error instanceof ValidationError, text)
      assert.deepEqual(
        error.details.map((detail) => detail.field),
        [`${part}_config.${key}`],
        text,
      )
      assert.match(error.message, message, text)
      return true
    })
  }
  for (const key of offSwitches) assert.ok(await createSource({ path, [key]: false }, { strict: true }), key)
})

test('PROMISE-FILE-KEYS: every key and other spelling of a file source and destination is shown somewhere', async () => {
  const texts = new Map<string, string>()
  for (const [part, rows] of [
    ['source', sourceRows],
    ['sink', sinkRows],
  ] as const) {
    const shown = new Set(rows.flatMap((row) => row.keys))
    const { properties } = spec[part].options
    for (const key of [...Object.keys(properties), ...Object.keys(spec.aliases[part])]) {
      if (shown.has(key) || offSwitches.includes(key) || properties[key]?.unused !== undefined) continue
      const file = shownElsewhere[key]
      assert.ok(file, `"${key}" of a ${part} has no row and no test that shows it`)
      const text = texts.get(file) ?? (await readFile(join(root, file), 'utf8'))
      texts.set(file, text)
      const names = key
        .split('+')
        .map((name) => name.replace('?', ''))
        .filter((name) => name !== '**')
      for (const name of names) assert.ok(text.includes(name), `${file} does not name "${name}"`)
    }
  }
})
