import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { DestinationCreate, NexlaClient, NexsetCreate, type RunDetail, SourceCreate } from '@leat/sdk'
import { startPlatform } from '../../tools/platform.ts'
import { detectedNexset } from './detected-nexset.ts'

test('PROMISE-RUN-SUMS: every record that a run found in the files is written, filtered or refused, at every node', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'leat-sums-'))
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const platform = stack.use(await startPlatform({ env: { LEAT_LOCAL_FOLDERS: folder } }))
  await mkdir(join(folder, 'in'))
  for (const part of [1, 2]) {
    const good = Array.from({ length: 50 }, (_, n) => `{"id":${n},"lines":[{"qty":${n}},{"qty":1}]}`)
    await writeFile(join(folder, 'in', `${part}.json`), [...good, '{"id":', '{"id":"x' + part].join('\n'))
  }
  const client = new NexlaClient({ service_key: platform.serviceKey, base_url: platform.url })
  const source = await client.sources.create(
    SourceCreate({
      name: 'In',
      source_type: 'local_file',
      source_config: { path: join(folder, 'in'), file_format: 'json' },
    }),
  )
  await client.sources.activate(source.id)
  const root = await detectedNexset(client, source.id)
  const child = (name: string, parent: number, operation: object) =>
    client.nexsets.create(
      NexsetCreate({
        name,
        parent_data_set_id: parent,
        has_custom_transform: true,
        transform: { version: 1, operations: [operation] } as never,
      }),
    )
  const filtered = await child('Filtered', root.id, { operation: 'filter', condition: 'id >= 10' })
  const flat = await child('Flat', filtered.id, { operation: 'flatten', path: 'lines', alias: 'line' })
  const sink = await client.destinations.create(
    DestinationCreate({
      name: 'Out',
      sink_type: 'local_file',
      data_set_id: flat.id,
      sink_config: { path: join(folder, 'out'), data_format: 'parquet' },
    }),
  )
  await client.flows.activate(source.id, { all: true })
  const [first] = await client.sources.runs(source.id)
  let run: RunDetail | undefined
  for await (const seen of client.runs.watch(first!.id, { interval_ms: 100 })) run = seen
  assert.equal(run?.status, 'DONE')
  const sums = (node: {
    records_read: number
    records_written: number
    records_filtered: number
    records_refused: number
  }) => [node.records_read, node.records_written, node.records_filtered, node.records_refused]
  const node = (type: string, id: number) =>
    sums(run!.nodes.find((one) => one.resource_type === type && one.id === id)!)
  assert.deepEqual(sums(run!), [104, 100, 0, 4])
  assert.deepEqual(node('data_sources', source.id), [104, 100, 0, 4])
  assert.deepEqual(node('data_sets', filtered.id), [100, 80, 20, 0])
  // A flatten makes more records than it reads.
  assert.deepEqual(node('data_sets', flat.id), [80, 160, 0, 0])
  assert.deepEqual(node('data_sinks', sink.id), [160, 160, 0, 0])
  assert.equal(run?.balanced, true)
  for (const { balance, name } of run!.nodes) {
    const { records_in, records_expanded, records_out, records_filtered, records_quarantined, ...rest } = balance
    assert.equal(records_in + records_expanded, records_out + records_filtered + records_quarantined, name ?? '')
    assert.deepEqual(rest, { balanced: true, difference: 0, unbalanced_commits: 0 })
  }
  const made = run!.nodes.map(({ balance }) => balance.records_expanded)
  assert.deepEqual(made, [0, 0, 0, 80, 0], 'the flatten makes two records out of each')
})
