import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Fault } from '@leat/connector-kit'
import type { IngestCommit } from '@leat/engine'
import { schemaOf, segment, TestServer, work } from './flow-fixture.ts'

let server: TestServer
before(async () => void (server = await TestServer.start()))
after(() => server.stop())

function isFault(kind: string, code?: string) {
  return (error: unknown) =>
    error instanceof Fault && error.kind === kind && (code === undefined || error.code === code)
}

function ingestOf(sourceId: number, runId: number, rest: Partial<IngestCommit>): IngestCommit {
  return { sourceId, runId, outputs: [], quarantine: [], progress: [], metrics: work(0), notices: [], ...rest }
}

test('PROMISE-ONE-COMMIT: segments, schema, checkpoint, metrics, log and jobs appear together', async () => {
  const flow = await server.flow()
  const source = await flow.addSource('orders')
  const {
    runId,
    unitIds: [unit],
  } = await flow.addRun(source, ['a.json'])
  const { nexsetIds } = await flow.ledger.commitIngest(
    ingestOf(source, runId, {
      outputs: [
        { nexset: { create: { name: 'orders', once: false } }, segments: [segment(3), segment(4, schemaOf('a', 'b'))] },
      ],
      progress: [{ unitId: unit as number, epoch: 1, checkpoint: { line: 7 }, done: false }],
      metrics: work(7),
      notices: ['added column "b" BIGINT'],
    }),
  )
  assert.equal(nexsetIds.length, 1)
  const [nexset] = await flow.ledger.nexsetsOf(source)
  assert.deepEqual(nexset, { id: nexsetIds[0], name: 'orders - 1', schema: schemaOf('a', 'b') })
  const segments = await flow.ledger.segmentsAfter(nexsetIds[0] as number, 0, 10)
  assert.deepEqual(
    segments.map(({ seq, lastSeq, rows }) => [seq, lastSeq, rows]),
    [
      [1, 1, 3],
      [2, 2, 4],
    ],
  )
  assert.deepEqual(segments[0]?.origins, [{ origin: 'file', row: 0, rows: 3, ordinal: 0 }])
  assert.deepEqual(await flow.row('select status, checkpoint, attempts from unit'), {
    status: 'LEASED',
    checkpoint: { line: 7 },
    attempts: 0,
  })
  assert.deepEqual(await flow.rows('select node_kind, read, written, bytes from metric order by 1'), [
    { node_kind: 'data_set', read: 7, written: 7, bytes: 70 },
    { node_kind: 'data_source', read: 7, written: 7, bytes: 70 },
  ])
  assert.deepEqual(await flow.rows(`select severity, message from flow_log where message like 'added%'`), [
    { severity: 'INFO', message: 'added column "b" BIGINT' },
  ])
  const node = await flow.row<{ parent: boolean; origin: boolean }>(
    `select parent_node_id = (select id from flow_node where data_source_id = $1) as parent, origin_node_id = parent_node_id as origin from flow_node where data_set_id = $2`,
    [source, nexsetIds[0]],
  )
  assert.deepEqual(node, { parent: true, origin: true })
})

test('PROMISE-NEXSETS: the new shapes of one commit are a nexset each, and the same new shape twice is one', async () => {
  const flow = await server.flow()
  const source = await flow.addSource('orders')
  const { runId } = await flow.addRun(source, ['a.json'])
  const create = { create: { name: 'orders', once: false } }
  const [one, other] = [schemaOf('a', 'b'), schemaOf('x', 'y')]
  const commit = ingestOf(source, runId, {
    outputs: [
      { nexset: create, segments: [segment(3, one)] },
      { nexset: create, segments: [segment(4, other)] },
      { nexset: create, segments: [segment(5, one)] },
    ],
    metrics: work(12),
  })
  const [first, second, third] = (await flow.ledger.commitIngest(commit)).nexsetIds
  assert.equal(third, first)
  assert.deepEqual(
    (await flow.ledger.nexsetsOf(source)).map(({ id, schema }) => [id, schema]),
    [
      [first, one],
      [second, other],
    ],
  )
  const rows = async (id?: number) => (await flow.ledger.segmentsAfter(id!, 0, 10)).map((row) => [row.seq, row.rows])
  assert.deepEqual(await rows(first), [
    [1, 3],
    [2, 5],
  ])
  assert.deepEqual(await rows(second), [[1, 4]])
  assert.deepEqual(await flow.rows('select node_kind, written from metric order by node_kind, written'), [
    { node_kind: 'data_set', written: 4 },
    { node_kind: 'data_set', written: 8 },
    { node_kind: 'data_source', written: 12 },
  ])
})

test('PROMISE-FENCED: a unit that was leased again cannot be committed by its earlier worker, and nothing of it stays', async () => {
  const flow = await server.flow()
  const source = await flow.addSource('orders')
  const nexset = await flow.addNexset(source)
  const {
    runId,
    unitIds: [first, second],
  } = await flow.addRun(source, ['a', 'b'])
  await flow.rows('update unit set epoch = 2 where id = $1', [second])
  const commit = ingestOf(source, runId, {
    outputs: [{ nexset: { id: nexset }, segments: [segment(1)] }],
    progress: [
      { unitId: first as number, epoch: 1, checkpoint: null, done: true },
      { unitId: second as number, epoch: 1, checkpoint: null, done: true },
    ],
    metrics: work(1),
  })
  await assert.rejects(flow.ledger.commitIngest(commit), isFault('fenced'))
  assert.deepEqual(await flow.rows('select 1 from segment'), [])
  assert.deepEqual(await flow.rows('select 1 from metric'), [])
  assert.deepEqual(await flow.row('select next_seq from data_set where id = $1', [nexset]), { next_seq: 1 })
  assert.deepEqual(await flow.rows('select status from unit order by id'), [{ status: 'LEASED' }, { status: 'LEASED' }])
})

for (const [what, change, code] of [
  ['paused', `update data_source set status = 'PAUSED'`, 'run.source_paused'],
  ['edited', 'update data_source set config_version = config_version + 1', 'run.source_edited'],
  ['stopped', `update run set status = 'STOPPED'`, 'run.ended'],
] as const) {
  test(`PROMISE-STOP-AT-COMMIT: a run whose source was ${what} commits nothing more`, async () => {
    const flow = await server.flow()
    const source = await flow.addSource('orders')
    const {
      runId,
      unitIds: [unit],
    } = await flow.addRun(source, ['a'])
    await flow.rows(change)
    const commit = ingestOf(source, runId, {
      outputs: [{ nexset: { create: { name: 'x', once: false } }, segments: [segment(1)] }],
      progress: [{ unitId: unit as number, epoch: 1, checkpoint: null, done: true }],
      metrics: work(1),
    })
    await assert.rejects(flow.ledger.commitIngest(commit), isFault('cancelled', code))
    assert.deepEqual(await flow.rows('select 1 from data_set'), [])
    assert.deepEqual(await flow.row('select status from unit'), { status: 'LEASED' })
  })
}

test('PROMISE-GAPLESS: commits from many connections at once get gapless positions in commit order', async () => {
  const flow = await server.flow()
  const source = await flow.addSource('orders')
  const nexset = await flow.addNexset(source)
  const child = await flow.addChild(nexset)
  const names = Array.from({ length: 24 }, (_, index) => `f${index}`)
  const { runId, unitIds } = await flow.addRun(source, names)
  await Promise.all(
    unitIds.map((unitId) =>
      flow.ledger.commitIngest(
        ingestOf(source, runId, {
          outputs: [{ nexset: { id: nexset }, segments: [segment(1), segment(2)] }],
          progress: [{ unitId, epoch: 1, checkpoint: null, done: true }],
          metrics: work(3),
        }),
      ),
    ),
  )
  const seqs = await flow.rows<{ seq: number }>('select seq from segment where data_set_id = $1 order by id', [nexset])
  assert.deepEqual(
    seqs.map((row) => row.seq),
    Array.from({ length: 48 }, (_, index) => index + 1),
  )
  assert.deepEqual(await flow.row('select status, units_done, bytes_done from run'), {
    status: 'DONE',
    units_done: 24,
    bytes_done: 24 * 60,
  })
  assert.equal(
    (
      await flow.row<{ n: number }>(
        `select count(*)::int as n from pgboss.job where name = 'derive' and singleton_key = $1`,
        [String(child)],
      )
    ).n,
    1,
  )
})

test('PROMISE-ONE-NEXSET: two workers that meet the first data of a source at the same time make one nexset', async () => {
  const flow = await server.flow()
  const source = await flow.addSource('orders')
  const { runId, unitIds } = await flow.addRun(source, ['a', 'b'])
  await Promise.all(
    unitIds.map((unitId) =>
      flow.ledger.commitIngest(
        ingestOf(source, runId, {
          outputs: [{ nexset: { create: { name: 'orders', once: false } }, segments: [segment(1)] }],
          progress: [{ unitId, epoch: 1, checkpoint: null, done: true }],
          metrics: work(1),
        }),
      ),
    ),
  )
  assert.equal((await flow.ledger.nexsetsOf(source)).length, 1)
})

test('PROMISE-CONSERVATION: records that are neither written, filtered nor refused are reported as an error', async () => {
  const flow = await server.flow()
  const source = await flow.addSource('orders')
  const {
    runId,
    unitIds: [unit],
  } = await flow.addRun(source, ['a', 'b'])
  await flow.ledger.commitIngest(
    ingestOf(source, runId, {
      progress: [{ unitId: unit as number, epoch: 1, checkpoint: null, done: true }],
      metrics: work(10, { written: 7, filtered: 1, refused: 1 }),
    }),
  )
  const [line] = await flow.rows<{ message: string }>(`select message from flow_log where severity = 'ERROR'`)
  assert.match(line?.message ?? '', /10 read, but 7 written \+ 1 filtered \+ 1 refused = 9/)
})

test('a quarantine file is indexed and told to people', async () => {
  const flow = await server.flow()
  const source = await flow.addSource('orders')
  const {
    runId,
    unitIds: [unit],
  } = await flow.addRun(source, ['a', 'b'])
  await flow.ledger.commitIngest(
    ingestOf(source, runId, {
      progress: [{ unitId: unit as number, epoch: 1, checkpoint: null, done: true }],
      metrics: work(2, { written: 0, refused: 2 }),
      quarantine: [
        { key: 'q/1', records: 2, bytes: 9, codes: [{ code: 'json.syntax', count: 2, example: 'unclosed brace' }] },
      ],
    }),
  )
  assert.deepEqual(await flow.row('select node_kind, node_id, run_id, records from quarantine'), {
    node_kind: 'data_source',
    node_id: source,
    run_id: runId,
    records: 2,
  })
  const [line] = await flow.rows<{ message: string }>(`select message from flow_log where severity = 'WARNING'`)
  assert.equal(line?.message, '2 records went to quarantine: 2 × json.syntax (unclosed brace)')
})

test('PROMISE-FENCED: of two workers on one child nexset the later claim wins', async () => {
  const flow = await server.flow()
  const source = await flow.addSource('orders')
  const child = await flow.addChild(await flow.addNexset(source))
  const early = await flow.ledger.claim({ kind: 'data_set', id: child })
  const late = await flow.ledger.claim({ kind: 'data_set', id: child })
  assert.deepEqual(
    [early, late],
    [
      { epoch: 1, cursor: 0 },
      { epoch: 2, cursor: 0 },
    ],
  )
  const commit = {
    nexsetId: child,
    upTo: 3,
    segments: [segment(5)],
    quarantine: [],
    metrics: work(5),
    runId: 1,
    notices: [],
  }
  await assert.rejects(flow.ledger.commitDerive({ ...commit, epoch: early.epoch }), isFault('fenced'))
  await flow.ledger.commitDerive({ ...commit, epoch: late.epoch })
  assert.deepEqual(await flow.row('select cursor_seq, next_seq from data_set where id = $1', [child]), {
    cursor_seq: 3,
    next_seq: 2,
  })
  assert.equal((await flow.ledger.segmentsAfter(child, 0, 10)).length, 1)
})

test('PROMISE-SETTLE-TWICE: a token that is settled twice counts once', async () => {
  const flow = await server.flow()
  const sink = await flow.addSink(await flow.addNexset(await flow.addSource('orders')))
  const { epoch } = await flow.ledger.claim({ kind: 'data_sink', id: sink })
  const staged = await flow.ledger.stage({
    sinkId: sink,
    epoch,
    token: { file: 'x' },
    upTo: 4,
    runId: 7,
    quarantine: [],
    metrics: work(6, { commitMs: 2 }),
  })
  assert.deepEqual(await flow.ledger.staged(sink), [{ id: staged.id, token: { file: 'x' }, upTo: 4 }])
  assert.deepEqual(await flow.rows('select 1 from metric'), [])
  await flow.ledger.settle(sink, staged.id, { commitMs: 3 })
  await flow.ledger.settle(sink, staged.id, { commitMs: 3 })
  assert.deepEqual(await flow.ledger.staged(sink), [])
  assert.deepEqual(await flow.row('select cursor_seq from data_sink'), { cursor_seq: 4 })
  assert.deepEqual(await flow.row('select read, written, commit_ms, run_id from metric'), {
    read: 6,
    written: 6,
    commit_ms: 5,
    run_id: 7,
  })
})

test('PROMISE-FENCED: a writer with an older claim cannot stage', async () => {
  const flow = await server.flow()
  const sink = await flow.addSink(await flow.addNexset(await flow.addSource('orders')))
  const early = await flow.ledger.claim({ kind: 'data_sink', id: sink })
  await flow.ledger.claim({ kind: 'data_sink', id: sink })
  const request = { sinkId: sink, epoch: early.epoch, token: {}, upTo: 1, runId: 1, quarantine: [], metrics: work(1) }
  await assert.rejects(flow.ledger.stage(request), isFault('fenced'))
  assert.deepEqual(await flow.rows('select 1 from staged_token'), [])
})

test('a paused follower can neither be claimed nor staged', async () => {
  const flow = await server.flow()
  const sink = await flow.addSink(await flow.addNexset(await flow.addSource('orders')))
  const { epoch } = await flow.ledger.claim({ kind: 'data_sink', id: sink })
  await flow.rows(`update data_sink set status = 'PAUSED'`)
  await assert.rejects(flow.ledger.claim({ kind: 'data_sink', id: sink }), isFault('cancelled', 'sink.paused'))
  await assert.rejects(
    flow.ledger.stage({ sinkId: sink, epoch, token: {}, upTo: 1, runId: 1, quarantine: [], metrics: work(1) }),
    isFault('cancelled', 'sink.paused'),
  )
})

test('PROMISE-NO-LOST-WAKE: a waiting job cannot be taken before the commit that woke it, and a taken one gets a successor', async () => {
  const flow = await server.flow()
  const sink = await flow.addSink(await flow.addNexset(await flow.addSource('orders')))
  const follower = { kind: 'data_sink', id: sink } as const
  await flow.queue.wake(flow.database, follower)
  await flow.database.transaction().execute(async (tx) => {
    await flow.queue.wake(tx, follower)
    assert.equal(await flow.queue.take('deliver'), undefined, 'locked by the open transaction')
  })
  const first = await flow.queue.take('deliver')
  assert.equal(first?.data.id, sink)
  await flow.queue.wake(flow.database, follower)
  assert.equal(await flow.queue.take('deliver'), undefined, 'one active job per sink')
  await flow.queue.complete(flow.database, first as NonNullable<typeof first>)
  assert.equal((await flow.queue.take('deliver'))?.data.id, sink)
})
