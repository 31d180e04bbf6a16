import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { SegmentStore } from '@leat/engine'
import { collectGarbage, expireSegments, sweepOrphans } from '../src/retention/retention.ts'
import { nexsetsToMerge, segmentsToMerge, swapMerged } from '../src/retention/merge-segments.ts'
import { mergeNames, schemaOf, TestServer, type TestFlow } from './flow-fixture.ts'

let server: TestServer
before(async () => void (server = await TestServer.start()))
after(() => server.stop())

/** A store that is a map of key to the time of its last change. */
function storeOf(files: Map<string, number>): SegmentStore {
  return {
    put: () => Promise.reject(new Error('not asked for')),
    local: () => Promise.reject(new Error('not asked for')),
    async *open() {},
    remove: (key) => Promise.resolve(void files.delete(key)),
    async *list() {
      for (const [key, modifiedAt] of files) yield { key, bytes: 1, modifiedAt }
    },
  }
}

async function addSegments(flow: TestFlow, nexset: number, ages: readonly number[]): Promise<void> {
  await flow.rows(
    `insert into segment (data_set_id, seq, last_seq, run_id, store_key, rows, bytes, schema, created_at)
     select $1::bigint, n, n, 1, 'n' || $1::bigint || '/' || n, 1, 1, '{"fields": []}', now() - make_interval(days => age)
     from unnest($2::int[]) with ordinality s(age, n)`,
    [nexset, ages],
  )
  await flow.rows('update data_set set next_seq = $2 where id = $1', [nexset, ages.length + 1])
}

const left = (flow: TestFlow) =>
  flow
    .rows<{ store_key: string }>('select store_key from segment order by seq')
    .then((rows) => rows.map((row) => row.store_key))

test('PROMISE-RETENTION: segments go when they are old and every follower has passed, paused ones included', async () => {
  const flow = await server.flow()
  const nexset = await flow.addNexset(await flow.addSource('orders'))
  const child = await flow.addChild(nexset)
  const sink = await flow.addSink(nexset)
  await addSegments(flow, nexset, [20, 10, 8, 1])
  await flow.rows('update data_set set cursor_seq = 4 where id = $1', [child])
  await flow.rows(`update data_sink set cursor_seq = 1, status = 'PAUSED' where id = $1`, [sink])
  assert.equal(await expireSegments(flow.database), 1)
  assert.deepEqual(await left(flow), [`n${nexset}/2`, `n${nexset}/3`, `n${nexset}/4`])
  await flow.rows('update data_sink set cursor_seq = 4')
  assert.equal(await expireSegments(flow.database), 2)
  assert.deepEqual(await left(flow), [`n${nexset}/4`], 'younger than the retention')
})

test('a nexset keeps its segments for its own retention, and without followers too', async () => {
  const flow = await server.flow()
  const nexset = await flow.addNexset(await flow.addSource('orders'))
  await addSegments(flow, nexset, [20, 10])
  await flow.rows('update data_set set retention_days = 15')
  assert.equal(await expireSegments(flow.database), 1)
})

test('the row goes first and the file after a grace', async () => {
  const flow = await server.flow()
  const nexset = await flow.addNexset(await flow.addSource('orders'))
  await addSegments(flow, nexset, [20])
  const files = new Map([[`n${nexset}/1`, 0]])
  await expireSegments(flow.database)
  assert.equal(await collectGarbage(flow.database, storeOf(files)), 0)
  assert.equal(files.size, 1)
  await flow.rows('update garbage set after = now()')
  assert.equal(await collectGarbage(flow.database, storeOf(files)), 1)
  assert.equal(files.size, 0)
  assert.deepEqual(await flow.rows('select 1 from garbage'), [])
})

test('PROMISE-ORPHANS: files that no row knows are swept, but not before they were seen for their grace, whatever their date says', async () => {
  const flow = await server.flow()
  const nexset = await flow.addNexset(await flow.addSource('orders'))
  await addSegments(flow, nexset, [0])
  await flow.rows(
    `insert into quarantine (org_id, node_kind, node_id, run_id, store_key, records, bytes) values (1, 'data_source', 1, 1, 'q/1', 1, 1)`,
  )
  await flow.rows(`insert into garbage (store_key, after) values ('g/1', now())`)
  const files = new Map([`n${nexset}/1`, 'q/1', 'g/1', 'orphan', 'committed later'].map((key) => [key, 0]))
  const suspects = new Map<string, number>()
  const sweep = (minute: number) => sweepOrphans(flow.database, storeOf(files), suspects, minute * 60_000)
  // All of these files say that they are from 1970: as after a clock that was wrong.
  assert.deepEqual(await sweep(0), [])
  files.set('young', 0)
  assert.deepEqual(await sweep(59), [])
  await flow.rows(`insert into garbage (store_key, after) values ('committed later', now())`)
  assert.deepEqual(await sweep(60), ['orphan'])
  assert.deepEqual([...files.keys()], [`n${nexset}/1`, 'q/1', 'g/1', 'committed later', 'young'])
  assert.deepEqual(await sweep(119), ['young'])
})

async function mergeable(flow: TestFlow, segments: number): Promise<number> {
  const nexset = await flow.addNexset(await flow.addSource('orders'))
  await addSegments(
    flow,
    nexset,
    Array.from({ length: segments }, () => 1),
  )
  return nexset
}

const mergedOf = (rows: number) => ({ key: 'merged/1', rows, bytes: 5, schema: schemaOf('a'), origins: [] })

test('PROMISE-MERGE: small segments that everyone has passed are merged in one swap; their files become garbage', async () => {
  const flow = await server.flow()
  const nexset = await mergeable(flow, 12)
  await flow.rows(`update segment set bytes = 60000000 where seq in (3, 12)`)
  assert.deepEqual(await nexsetsToMerge(flow.database), [nexset])
  const stretch = await segmentsToMerge(flow.database, nexset)
  assert.deepEqual(
    stretch.map((segment) => segment.seq),
    [4, 5, 6, 7, 8, 9, 10, 11],
  )
  assert.equal(await swapMerged(flow.database, mergeNames, stretch, mergedOf(8)), true)
  const after = await flow.ledger.segmentsAfter(nexset, 0, 100)
  assert.deepEqual(
    after.map(({ seq, lastSeq, rows }) => [seq, lastSeq, rows]),
    [
      [1, 1, 1],
      [2, 2, 1],
      [3, 3, 1],
      [4, 11, 8],
      [12, 12, 1],
    ],
  )
  assert.equal((await flow.rows('select 1 from garbage')).length, 8)
  assert.equal(
    await swapMerged(flow.database, mergeNames, stretch, { ...mergedOf(8), key: 'merged/2' }),
    false,
    'they are gone',
  )
  assert.deepEqual(await nexsetsToMerge(flow.database), [])
})

test('PROMISE-MERGE: nothing is merged under a follower that has still to read it', async () => {
  const flow = await server.flow()
  const nexset = await mergeable(flow, 20)
  const stretch = await segmentsToMerge(flow.database, nexset)
  assert.equal(stretch.length, 20)
  const sink = await flow.addSink(nexset)
  await flow.rows('update data_sink set cursor_seq = 19 where id = $1', [sink])
  assert.equal(await swapMerged(flow.database, mergeNames, stretch, mergedOf(20)), false)
  assert.equal((await flow.ledger.segmentsAfter(nexset, 0, 100)).length, 20)
  assert.equal((await segmentsToMerge(flow.database, nexset)).length, 19)
  await flow.rows('update data_sink set cursor_seq = 0')
  assert.deepEqual(await segmentsToMerge(flow.database, nexset), [])
})

test('PROMISE-MERGE: a merge that lost or invented rows is refused', async () => {
  const flow = await server.flow()
  const stretch = await segmentsToMerge(flow.database, await mergeable(flow, 9))
  await assert.rejects(swapMerged(flow.database, mergeNames, stretch, mergedOf(8)), /made 8 rows of 9/)
})
