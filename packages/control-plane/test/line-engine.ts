import { setTimeout as pause } from 'node:timers/promises'
import type { Json, Unit } from '@leat/connector-kit'
import type { Ledger } from '@leat/engine'
import type { Engine, WorkContext } from '../src/jobs/work-context.ts'
import { noWork } from '../src/ledger/metrics.ts'
import { queryOne, type Sql } from '../src/ledger/sql.ts'
import { segment, work, type TestFlow } from './flow-fixture.ts'

/** What happens in a test's source and destination. */
export interface Script {
  /** What a listing finds. */
  units: Unit[]
  /** Called before each record of a unit is committed; throws what the source or the engine would throw. */
  onRecord?: (unit: Unit, record: number, signal: AbortSignal) => Promise<void> | void
  onList?: () => Promise<void> | void
  onDeliver?: (signal: AbortSignal) => Promise<void> | void
}

/** A unit whose `records` records are committed one by one. */
export function unit(key: string, records = 1, version: string | null = 'v1', bytes = 100): Unit {
  return { key, version, bytes, payload: { records } }
}

/**
 * The smallest engine that keeps the ledger's rules: each record is one commit with a checkpoint, each delivery goes through stage and settle.
 * No data is moved: what is tested is who does what when, and what is in the ledger afterwards.
 */
export function lineEngine(script: Script, ledger: Ledger): Engine {
  return {
    async *listUnits() {
      await script.onList?.()
      yield* script.units
    },
    async *groupUnits(units, targetBytes) {
      let group: Unit[] = []
      let bytes = 0
      for await (const one of units) {
        group.push(one)
        bytes += one.bytes
        if (bytes < targetBytes && group.length < 2000) continue
        yield group
        group = []
        bytes = 0
      }
      if (group.length > 0) yield group
    },
    async ingest({ source, runId, units }, signal) {
      for (const { id, epoch, unit, checkpoint } of units) {
        const records = Number(unit.payload['records'])
        let next = checkpoint === null ? 0 : Number((checkpoint as { next: number }).next)
        for (; next < records; next++) {
          signal.throwIfAborted()
          await script.onRecord?.(unit, next, signal)
          await ledger.commitIngest({
            sourceId: source.id,
            runId,
            quarantine: [],
            notices: [],
            metrics: work(1),
            outputs: [
              {
                nexset: { create: { name: source.name, once: false } },
                segments: [{ ...segment(1), origins: [{ origin: unit.key, row: 0, rows: 1, ordinal: next }] }],
              },
            ],
            progress: [
              { unitId: id, epoch, checkpoint: { next: next + 1 } satisfies Json, done: next + 1 === records },
            ],
          })
        }
      }
    },
    async derive(node) {
      const { epoch, cursor } = await ledger.claim({ kind: 'data_set', id: node.id })
      for (let at = cursor; ;) {
        const segments = await ledger.segmentsAfter(node.parentId, at, 10)
        const last = segments.at(-1)
        if (!last) return
        await ledger.commitDerive({
          nexsetId: node.id,
          epoch,
          upTo: last.lastSeq,
          quarantine: [],
          notices: [],
          runId: last.runId,
          metrics: work(segments.length),
          segments: segments.map((parent) => ({ ...segment(parent.rows), origins: parent.origins })),
        })
        at = last.lastSeq
      }
    },
    async deliver(sink, signal) {
      const { epoch, cursor } = await ledger.claim({ kind: 'data_sink', id: sink.id })
      let at = cursor
      for (const token of await ledger.staged(sink.id)) {
        await ledger.settle(sink.id, token.id, { commitMs: 0 })
        at = Math.max(at, token.upTo)
      }
      for (;;) {
        const segments = await ledger.segmentsAfter(sink.nexsetId, at, 10)
        const last = segments.at(-1)
        if (!last) return
        await script.onDeliver?.(signal)
        const rows = segments.reduce((sum, { rows }) => sum + rows, 0)
        const token = await ledger.stage({
          sinkId: sink.id,
          epoch,
          token: { upTo: last.lastSeq },
          upTo: last.lastSeq,
          runId: last.runId,
          quarantine: [],
          metrics: { ...noWork, read: rows, written: rows },
        })
        await ledger.settle(sink.id, token.id, { commitMs: 0 })
        at = last.lastSeq
      }
    },
  }
}

export function workContext(flow: Pick<TestFlow, 'database' | 'queue' | 'ledger'>, script: Script): WorkContext {
  const connect = () => Promise.reject(new Error('nothing connects in these tests'))
  return {
    database: flow.database,
    queue: flow.queue,
    engine: lineEngine(script, flow.ledger),
    log: () => undefined,
    nodes: {
      async source(id) {
        const { name } = await only<{ name: string }>(flow.database, 'select name from data_source where id = $1', [id])
        return { id, name, type: 'test', options: {}, connect }
      },
      async derived(id) {
        const { parent } = await only<{ parent: number }>(
          flow.database,
          'select parent_data_set_id as parent from data_set where id = $1',
          [id],
        )
        return { id, name: 'child', parentId: parent, transform: null }
      },
      async sink(id) {
        const { nexset } = await only<{ nexset: number }>(
          flow.database,
          'select data_set_id as nexset from data_sink where id = $1',
          [id],
        )
        return { id, name: 'out', type: 'test', nexsetId: nexset, options: {}, connect }
      },
    },
  }
}

async function only<R>(on: Sql, text: string, values: readonly unknown[]): Promise<R> {
  const row = await queryOne<R>(on, text, values)
  if (row === undefined) throw new Error(`no row: ${text}`)
  return row
}

/** Waits until a query gives a row. The answer to "when" is the database's; the pause only spaces the questions. */
export async function until<R>(flow: TestFlow, text: string, values: readonly unknown[] = []): Promise<R> {
  for (let tries = 0; tries < 1500; tries++) {
    const [row] = await flow.rows<R>(text, values)
    if (row !== undefined) return row
    await pause(20)
  }
  throw new Error(`never came true: ${text}`)
}

/** Ends the wait of every job that is held back, as if its time had come. */
export async function hurry(flow: TestFlow): Promise<void> {
  await flow.rows(`update pgboss.job set start_after = now() where state in ('created', 'retry')`)
  await flow.rows(`select pg_notify('leat_jobs', name) from pgboss.job where state in ('created', 'retry')`)
}

/** Records per origin that a nexset holds: each ordinal once, or the test fails. */
export async function recordsOf(flow: TestFlow, nexset: number): Promise<Record<string, number>> {
  const rows = await flow.rows<{ origin: string; n: number; distinct: number }>(
    `select o->>'origin' as origin, count(*)::int as n, count(distinct o->>'ordinal')::int as "distinct"
     from segment, jsonb_array_elements(origins) o where data_set_id = $1 group by 1 order by 1`,
    [nexset],
  )
  for (const row of rows)
    if (row.n !== row.distinct)
      throw new Error(`${row.origin} has ${row.n} records, of which ${row.distinct} are different`)
  return Object.fromEntries(rows.map((row) => [row.origin, row.n]))
}
