import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { WorkMetrics } from '@leat/engine'
import { findRun } from '../src/metrics/present-run.ts'
import { segment, TestServer, work, type TestFlow } from './flow-fixture.ts'

let server: TestServer
before(async () => void (server = await TestServer.start()))
after(() => server.stop())

interface Planted {
  readonly source?: Partial<WorkMetrics>
  readonly nexset?: Partial<WorkMetrics>
  readonly sink?: Partial<WorkMetrics>
}

/** A run of a source with a nexset, a child that filters and a destination; `planted` are figures that are wrong. */
async function runOf({ source, nexset, sink }: Planted) {
  const flow = await server.flow()
  const ids = await flowOf(flow)
  const {
    runId,
    unitIds: [unit],
  } = await flow.addRun(ids.source, ['a.json'])
  const file = { key: `q/${runId}`, records: 2, bytes: 9, codes: [{ code: 'json.syntax', count: 2, example: 'brace' }] }
  await flow.ledger.commitIngest({
    sourceId: ids.source,
    runId,
    outputs: [{ nexset: { id: ids.root }, segments: [segment(8)] }],
    quarantine: [file],
    progress: [{ unitId: unit!, epoch: 1, checkpoint: null, done: true }],
    metrics: work(10, { written: 8, refused: 2, ...source }),
    notices: [],
  })
  const child = await flow.ledger.claim({ kind: 'data_set', id: ids.child })
  await flow.ledger.commitDerive({
    nexsetId: ids.child,
    epoch: child.epoch,
    upTo: 1,
    segments: [segment(5)],
    quarantine: [],
    metrics: work(8, { written: 5, filtered: 3, ...nexset }),
    runId,
    notices: [],
  })
  const { epoch } = await flow.ledger.claim({ kind: 'data_sink', id: ids.sink })
  const metrics = work(5, sink)
  const staged = { sinkId: ids.sink, epoch, token: {}, upTo: 1, runId, quarantine: [], metrics }
  const { id } = await flow.ledger.stage(staged)
  await flow.ledger.settle(ids.sink, id, { commitMs: 0 })
  const run = await findRun(flow.database, runId)
  assert.ok(run)
  const lines = await flow.rows<{ node_kind: string; severity: string; message: string }>(
    `select node_kind, severity, message from flow_log where message ~ 'balance|add up' order by id`,
  )
  return { run, lines, ids }
}

async function flowOf(flow: TestFlow) {
  const source = await flow.addSource('orders')
  const root = await flow.addNexset(source)
  const operations = [{ operation: 'filter', condition: 'a > 3' }]
  const child = await flow.addChild(root, { version: 1, operations })
  const sink = await flow.addSink(child)
  for (const [column, id] of [
    ['data_set_id', root],
    ['data_set_id', child],
    ['data_sink_id', sink],
  ] as const)
    await flow.rows(
      `insert into flow_node (org_id, parent_node_id, origin_node_id, ${column}) select 1, id, id, $2 from flow_node where data_source_id = $1`,
      [source, id],
    )
  return { source, root, child, sink }
}

const nothingElse = { records_expanded: 0, difference: 0, unbalanced_commits: 0 }

test('PROMISE-RUN-BALANCE: the run shows for every node what went in, came out, was filtered and is in quarantine', async () => {
  const { run, lines } = await runOf({})
  assert.equal(run.balanced, true)
  const source = { balanced: true, records_in: 10, records_out: 8, records_filtered: 0, records_quarantined: 2 }
  assert.deepEqual(run.balance, { ...source, ...nothingElse })
  assert.deepEqual(
    run.nodes.map(({ resource_type, balance }) => [resource_type, balance]),
    [
      ['data_sources', { ...source, ...nothingElse }],
      ['data_sets', { ...source, records_in: 8, records_quarantined: 0, ...nothingElse }],
      [
        'data_sets',
        { ...source, records_in: 8, records_out: 5, records_filtered: 3, records_quarantined: 0, ...nothingElse },
      ],
      ['data_sinks', { ...source, records_in: 5, records_out: 5, records_quarantined: 0, ...nothingElse }],
    ],
  )
  assert.deepEqual(
    lines.map((line) => [line.severity, line.message]),
    [['INFO', 'Run balances: 10 records read = 8 written + 0 filtered + 2 in quarantine.']],
  )
})

const planted = [
  {
    name: 'a source that loses a record',
    figures: { source: { read: 11 } },
    node: 'data_source',
    difference: 1,
    says: /11 read, but 8 written \+ 0 filtered \+ 2 refused = 10/,
  },
  {
    name: 'a quarantine that swallows a record',
    figures: { source: { read: 11, refused: 3 } },
    node: 'data_source',
    difference: 1,
    says: /3 refused, but 2 are in quarantine/,
  },
  {
    name: 'a child nexset that passes over a record of its parent, with figures that add up',
    figures: { nexset: { read: 7, filtered: 2 } },
    node: 'data_set',
    difference: 1,
    says: /7 read, but the segments of the parent hold 8/,
  },
  {
    name: 'a destination that drops a record, with figures that add up',
    figures: { sink: { read: 4, written: 4 } },
    node: 'data_sink',
    difference: 1,
    says: /4 read, but the segments of the parent hold 5/,
  },
] as const

for (const { name, figures, node, difference, says } of planted) {
  test(`PROMISE-RUN-BALANCE: ${name} is an error in the log and in the run`, async () => {
    const { run, lines } = await runOf(figures)
    assert.equal(run.balanced, false)
    const errors = lines.filter((line) => line.severity === 'ERROR')
    assert.ok(errors.every((line) => line.node_kind === node))
    assert.match(errors[0]?.message ?? '', says)
    if (node === 'data_source') assert.match(errors[1]?.message ?? '', /Run does not balance: .*: 1 are missing/)
    const broken = run.nodes.filter(({ balance }) => !balance.balanced)
    assert.deepEqual(
      broken.map(({ resource_type, balance }) => [resource_type, balance.difference, balance.unbalanced_commits]),
      [[`${node}s`, difference, 1]],
    )
  })
}
