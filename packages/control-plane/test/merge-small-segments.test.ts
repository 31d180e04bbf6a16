import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import {
  chooseNexset,
  compact,
  derive,
  mergeSchema,
  openDuckDb,
  openSegmentStore,
  type NewSegment,
  type Ports,
  type SegmentRef,
} from '@leat/engine'
import type { Field, Schema } from '@leat/connector-kit'
import { PostgresLedger } from '../src/ledger/postgres-ledger.ts'
import { mergeSmallSegments, type Merging } from '../src/retention/merge-small-segments.ts'
import { TestServer, work, type TestFlow } from './flow-fixture.ts'

/* The real engine on a real PostgreSQL: what followers read before, across and after a merge. */

const never = new AbortController().signal
let server: TestServer
let folder: string
let ports: Omit<Ports, 'ledger'>

before(async () => {
  server = await TestServer.start()
  folder = await mkdtemp(join(tmpdir(), 'leat-merge-'))
  const place = { url: join(folder, 'store'), cache: join(folder, 'cache') }
  const scratch = join(folder, 'scratch')
  await mkdir(scratch)
  ports = {
    compute: await openDuckDb({ threads: 2, memoryMb: 256, scratch, folders: [place.url] }),
    segments: await openSegmentStore({ ...place, env: {} }),
    log: () => undefined,
    scratch,
  }
})
after(async () => {
  await ports.compute[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
  await server.stop()
})

/** A source with a nexset whose rows are numbered. */
class NumberedNexset {
  readonly ledger: PostgresLedger
  readonly id: number
  readonly flow: TestFlow
  readonly #source: number
  readonly #run: number
  #next = 0

  private constructor(flow: TestFlow, source: number, id: number, run: number) {
    this.flow = flow
    this.ledger = new PostgresLedger(flow.database, flow.queue, { merge: mergeSchema, choose: chooseNexset })
    this.#source = source
    this.id = id
    this.#run = run
  }

  static async create(): Promise<NumberedNexset> {
    const flow = await server.flow()
    const source = await flow.addSource('orders')
    const id = await flow.addNexset(source)
    const { runId } = await flow.addRun(source, ['file'])
    return new NumberedNexset(flow, source, id, runId)
  }

  /** Appends segments of `rows` rows; from the tenth row on they have a second column. */
  async append(segments: number, rows = 3): Promise<void> {
    for (let index = 0; index < segments; index++) {
      const segment = await this.#write(rows)
      await this.ledger.commitIngest({
        sourceId: this.#source,
        runId: this.#run,
        outputs: [{ nexset: { id: this.id }, segments: [segment] }],
        quarantine: [],
        progress: [],
        metrics: work(rows),
        notices: [],
      })
    }
  }

  async #write(rows: number): Promise<NewSegment> {
    const first = this.#next
    this.#next += rows
    const file = join(ports.scratch, `${this.id}-${first}.parquet`)
    const extra = first >= 10 ? `, 'n' || i AS name` : ''
    await using session = await ports.compute.session()
    await session.copy(
      `COPY (SELECT i${extra} FROM range(${first}, ${first + rows}) r(i)) TO '${file}' (FORMAT parquet)`,
    )
    const key = `segments/${this.#run}/${this.id}-${first}.parquet`
    const { bytes } = await ports.segments.put(file, key)
    const column = (name: string, type: 'BIGINT' | 'VARCHAR'): Field => ({ name, type: { kind: 'scalar', name: type } })
    const schema: Schema = { fields: [column('i', 'BIGINT'), ...(extra ? [column('name', 'VARCHAR')] : [])] }
    return { key, rows, bytes, schema, origins: [{ origin: 'file', row: 0, rows, ordinal: first }] }
  }

  async follow(child: number): Promise<void> {
    await derive(
      { id: child, name: 'child', parentId: this.id, transform: null },
      { ...ports, ledger: this.ledger },
      never,
    )
  }

  /** The numbers in a nexset, in order. */
  async numbersIn(nexset: number): Promise<number[]> {
    const numbers: number[] = []
    await using session = await ports.compute.session()
    for (const segment of await this.segments(nexset)) {
      const path = await ports.segments.local(segment.key)
      const rows = await session.rows(`SELECT i::INTEGER AS i FROM read_parquet('${path}')`)
      assert.equal(rows.length, segment.rows)
      numbers.push(...rows.map((row) => Number(row['i'])))
    }
    return numbers
  }

  segments(nexset = this.id): Promise<readonly SegmentRef[]> {
    return this.ledger.segmentsAfter(nexset, 0, 1000)
  }

  merging(over: Partial<Merging> = {}): Merging {
    return {
      merge: mergeSchema,
      compact: (old, schema) => compact(old, schema, ports, never),
      remove: (key) => ports.segments.remove(key),
      log: (_level, _event, fields) => assert.fail(JSON.stringify(fields)),
      ...over,
    }
  }

  merge(over: Partial<Merging> = {}): ReturnType<typeof mergeSmallSegments> {
    return mergeSmallSegments(this.flow.database, async () => this.merging(over), never)
  }
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

test('PROMISE-MERGE-FOLLOWERS: a follower in the middle, one that has passed and a new one read every row once', async () => {
  const nexset = await NumberedNexset.create()
  const [middle, ahead] = [await nexset.flow.addChild(nexset.id), await nexset.flow.addChild(nexset.id)]
  await nexset.append(9)
  await nexset.follow(middle)
  await nexset.append(11)
  await nexset.follow(ahead)
  assert.deepEqual(await nexset.merge(), { segments: 9, into: 1 }, 'only what both have passed')
  const merged = await nexset.segments()
  assert.deepEqual(
    merged.map((segment) => [segment.seq, segment.lastSeq]),
    [[1, 9], ...Array.from({ length: 11 }, (_, index) => [index + 10, index + 10])],
  )
  assert.deepEqual(merged[0]!.origins, [{ origin: 'file', row: 0, rows: 27, ordinal: 0 }])
  const late = await nexset.flow.addChild(nexset.id)
  await nexset.append(1)
  for (const child of [middle, ahead, late]) {
    await nexset.follow(child)
    assert.deepEqual(await nexset.numbersIn(child), upTo(63))
  }
  assert.deepEqual(await nexset.numbersIn(nexset.id), upTo(63))
})

test('PROMISE-MERGE-PAUSED: segments ahead of a paused follower are merged, and it reads every row once when it goes on', async () => {
  const nexset = await NumberedNexset.create()
  const [paused, active] = [await nexset.flow.addChild(nexset.id), await nexset.flow.addChild(nexset.id)]
  const setStatus = (status: string) =>
    nexset.flow.rows('update data_set set status = $2 where id = $1', [paused, status])
  await nexset.append(5)
  await nexset.follow(paused)
  await setStatus('PAUSED')
  await nexset.append(20)
  assert.deepEqual(await nexset.merge(), { segments: 0, into: 0 }, 'the active one has to read them')
  await nexset.follow(active)
  assert.deepEqual(await nexset.merge(), { segments: 20, into: 1 })
  const merged = (await nexset.segments()).map((segment) => [segment.seq, segment.lastSeq])
  assert.deepEqual(merged.at(-1), [6, 25], 'the stretch begins where the paused one stands')
  await setStatus('ACTIVE')
  for (const child of [paused, active]) {
    await nexset.follow(child)
    assert.deepEqual(await nexset.numbersIn(child), upTo(75))
  }
})

test('PROMISE-MERGE-PAUSED: a follower that goes on while segments ahead of it are merged reads them again, and every row once', async () => {
  const nexset = await NumberedNexset.create()
  const child = await nexset.flow.addChild(nexset.id)
  await nexset.append(10)
  const ledger = new PostgresLedger(nexset.flow.database, nexset.flow.queue, {
    merge: mergeSchema,
    choose: chooseNexset,
  })
  const node = { id: child, name: 'child', parentId: nexset.id, transform: null }
  let merged: Awaited<ReturnType<typeof nexset.merge>> | undefined
  // It has read the index and the rows; before it commits, some of them and some that came later become one segment.
  const late = new Proxy(ledger, {
    get(target, name) {
      if (name === 'segmentsAfter')
        return async (...args: Parameters<typeof ledger.segmentsAfter>) => {
          const found = await target.segmentsAfter(...args)
          if (merged === undefined) {
            await nexset.append(2)
            await nexset.flow.rows(`update data_set set status = 'PAUSED' where id = $1`, [child])
            merged = await nexset.merge()
            await nexset.flow.rows(`update data_set set status = 'ACTIVE' where id = $1`, [child])
          }
          return found
        }
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  await assert.rejects(derive(node, { ...ports, ledger: late }, never), { code: 'follower.segments_merged' })
  assert.deepEqual(merged, { segments: 12, into: 1 })
  assert.deepEqual(await nexset.numbersIn(child), [])
  await nexset.follow(child)
  assert.deepEqual(await nexset.numbersIn(child), upTo(36))
})

test('PROMISE-MERGE-PAUSED: a delivery that a paused destination left unsettled ends where a segment ends', async () => {
  const nexset = await NumberedNexset.create()
  const sink = await nexset.flow.addSink(nexset.id)
  await nexset.append(8)
  await nexset.ledger.claim({ kind: 'data_sink', id: sink })
  await nexset.ledger.stage({
    sinkId: sink,
    epoch: 1,
    token: {},
    upTo: 8,
    runId: 1,
    quarantine: [],
    metrics: work(24),
  })
  await nexset.flow.rows(`update data_sink set status = 'PAUSED' where id = $1`, [sink])
  await nexset.append(8)
  assert.deepEqual(await nexset.merge(), { segments: 16, into: 2 })
  assert.deepEqual(
    (await nexset.segments()).map((segment) => [segment.seq, segment.lastSeq]),
    [
      [1, 8],
      [9, 16],
    ],
  )
})

test('columns that came later are null in the rows before', async () => {
  const nexset = await NumberedNexset.create()
  await nexset.append(10)
  assert.deepEqual(await nexset.merge(), { segments: 10, into: 1 })
  const [segment] = await nexset.segments()
  assert.deepEqual(
    segment!.schema.fields.map((field) => field.name),
    ['i', 'name'],
  )
  await using session = await ports.compute.session()
  const path = await ports.segments.local(segment!.key)
  assert.deepEqual(
    await session.rows(`SELECT i::INTEGER AS i, name FROM read_parquet('${path}') WHERE i IN (0, 11, 29)`),
    [
      { i: 0, name: null },
      { i: 11, name: null },
      { i: 29, name: 'n29' },
    ],
  )
})

test('a follower that comes while rows are merged keeps the segments as they are, and the file goes', async () => {
  const nexset = await NumberedNexset.create()
  await nexset.append(8)
  let late = 0
  let made: NewSegment | undefined
  const merged = await nexset.merge({
    async compact(old, schema) {
      made = await compact(old, schema, ports, never)
      late = await nexset.flow.addChild(nexset.id)
      return made
    },
  })
  assert.deepEqual(merged, { segments: 0, into: 0 })
  assert.equal((await nexset.segments()).length, 8)
  const files = (await Array.fromAsync(ports.segments.list('segments'))).map((file) => file.key)
  assert.ok(made !== undefined && !files.includes(made.key))
  await nexset.follow(late)
  assert.deepEqual(await nexset.numbersIn(late), upTo(24))
})

test('a nexset that cannot be merged does not keep the others from it', async () => {
  const nexset = await NumberedNexset.create()
  await nexset.append(8)
  const other = await nexset.flow.addNexset(await nexset.flow.addSource('other'))
  await nexset.flow.rows(
    `insert into segment (data_set_id, seq, last_seq, run_id, store_key, rows, bytes, schema, origins)
     select $1::bigint, n, n, 1, 'gone/' || n, 1, 1, '{"fields": []}', '[]' from generate_series(1, 8) n`,
    [other],
  )
  await nexset.flow.rows('update data_set set next_seq = 9 where id = $1', [other])
  const failed: unknown[] = []
  const merged = await nexset.merge({ log: (_level, _event, fields) => void failed.push(fields?.['nexset']) })
  assert.deepEqual(merged, { segments: 8, into: 1 })
  assert.deepEqual(failed, [other])
  assert.equal((await nexset.segments(other)).length, 8)
})

test('the engine is not opened when there is nothing to merge', async () => {
  const nexset = await NumberedNexset.create()
  await nexset.append(7)
  const opened = (): Promise<Merging> => assert.fail('opened')
  assert.deepEqual(await mergeSmallSegments(nexset.flow.database, opened, never), { segments: 0, into: 0 })
})
